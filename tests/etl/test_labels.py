"""Labels a reader understands."""

from __future__ import annotations

from etl import labels


def test_a_phrase_stands_alone_and_words_come_in_pairs() -> None:
    given = [("ASR", "voice", "speech recognition"), ("MoE", "experts")]
    assert labels.distinct_labels(given) == ["Speech recognition", "MoE and experts"]


def test_no_two_topics_share_a_label() -> None:
    given = [("world models", "physics"), ("world models", "games"), ("world models", "physics"), (), ()]
    made = labels.distinct_labels(given, taken={"World models"})
    assert made[:2] == ["World models and physics", "World models and games"]
    assert len(set(made)) == len(made)
    assert "World models" not in made


def test_words_are_joined_and_capitalised_by_their_own_case() -> None:
    assert labels.enumerated(["a", "b", "c"]) == "a, b and c"
    assert labels.capitalised("mRNA folding") == "mRNA folding"
    assert labels.capitalised("graph search") == "Graph search"
