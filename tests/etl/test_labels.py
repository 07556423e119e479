"""Labels a reader understands."""

from __future__ import annotations

from etl import labels

CASE = {"kv": "KV", "llms": "LLMs", "gaussian": "Gaussian"}


def test_a_phrase_replaces_its_words_and_repeats_are_dropped() -> None:
    scored = [
        ("kv", 1.0),
        ("cache", 0.9),
        ("kv cache", 0.8),
        ("llms", 0.5),
        ("llm", 0.4),
        ("cache compression", 0.3),
    ]
    assert labels.keywords(scored, CASE) == ("KV cache", "LLMs", "cache compression")


def test_a_rare_phrase_does_not_hide_a_strong_word() -> None:
    assert labels.keywords([("diffusion", 1.0), ("diffusion bridge", 0.1)], {}) == (
        "diffusion",
        "diffusion bridge",
    )


def test_usual_case() -> None:
    case = labels.usual_case(["Video LLMs see video.", "Video of LLMs", "video"])
    assert case == {"video": "Video", "llms": "LLMs", "see": "see", "of": "of"} | {"video": case["video"]}
    assert labels.usual_case(["the video", "a video", "Video"])["video"] == "video"


def test_a_phrase_stands_alone_and_words_come_in_pairs() -> None:
    given = [("ASR", "voice", "speech recognition"), ("MoE", "experts")]
    assert labels.distinct_labels(given) == ["Speech recognition", "MoE and experts"]


def test_no_two_topics_share_a_label() -> None:
    given = [("world models", "physics"), ("world models", "games"), ("world models", "physics"), (), ()]
    made = labels.distinct_labels(given, taken={"World models"})
    assert made[:2] == ["World models and physics", "World models and games"]
    assert len(set(made)) == len(made)
    assert "World models" not in made


def test_commonplaces_and_other_parts_of_speech_name_nothing() -> None:
    scored = [
        ("problem", 1.0),
        ("proposed method", 0.9),
        ("highly", 0.8),
        ("using graph", 0.7),
        ("graph", 0.5),
    ]
    assert labels.keywords(scored, {}) == ("graph",)
    assert labels.names_a_subject("anomaly detection")
    assert not labels.names_a_subject("graph based")


def test_a_title_does_not_give_a_word_its_case() -> None:
    texts = ["Deep Learning", "Deep Learning and 2020", "Nash Learning", "the deep learning"]
    case = labels.usual_case(texts)
    assert (case["deep"], case["learning"], case["nash"], case["2020"]) == (
        "deep",
        "learning",
        "Nash",
        "2020",
    )


def test_words_are_joined_and_capitalised_by_their_own_case() -> None:
    assert labels.enumerated(["a", "b", "c"]) == "a, b and c"
    assert labels.capitalised("mRNA folding") == "mRNA folding"
    assert labels.capitalised("graph search") == "Graph search"
