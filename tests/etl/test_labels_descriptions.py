"""What is said of topics: noun phrases, their counts and scores, and the choice among them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from etl.labels import areas, distinct_labels, grammar, scoring, spelling
from etl.labels.counts import Counts, count
from etl.labels.descriptions import Descriptions, describe

CACHE = ["KV-cache compression for long contexts", "KV Cache Compression made simple", "On KV caches"]
SWARMS = ["Multi-robot motion planning", "Motion planning of robots", "Fast motion planning, with robots"]
ABSTRACTS = [
    "We compress the kv cache.",
    "KV cache compression saves memory.",
    "",
    "Robots plan their motion.",
    "Motion planning.",
    "",
]
TOPIC = np.array([0, 0, 0, 1, 1, 1])


def phrase(text: str) -> bool:
    return grammar.is_noun_phrase(text.split())


@pytest.mark.parametrize(
    "text",
    ["kv cache compression", "anomaly detection", "question answering", "programming languages", "graphs"],
)
def test_noun_phrases(text: str) -> None:
    assert phrase(text)


@pytest.mark.parametrize(
    "text",
    [
        "novel approach",  # commonplaces only
        "neural",  # an adjective
        "graph based",  # likewise
        "answering questions",  # a verb
        "effective graph search",  # says how good it is
        "graph neural network search space",  # five words
        "graph graph",
    ],
)
def test_other_parts_of_speech_are_none(text: str) -> None:
    assert not phrase(text)


def test_what_breaks_a_phrase() -> None:
    broken = [
        word for word in ("via", "highly", "2020", "x", ".", r"\mathbb", "improving") if grammar.breaks(word)
    ]
    assert broken == ["via", "highly", "2020", "x", ".", r"\mathbb", "improving"]
    assert not any(map(grammar.breaks, ("anomaly", "3d", "system", "text-to-image")))


def test_spellings_of_a_phrase_have_one_key() -> None:
    assert {spelling.key(text) for text in ("KV cache", "kv-caches", "KV Caches")} == {"kv cache"}
    singular = [
        spelling.singular(word) for word in ("studies", "boxes", "matrices", "physics", "bias", "gas", "loss")
    ]
    assert singular == ["study", "box", "matrix", "physics", "bias", "gas", "loss"]


def test_tokens() -> None:
    assert spelling.tokens("Text-to-image, x_1.") == ["Text-to-image", ",", "x", "1", "."]
    assert spelling.tokens(r"Fr\'echet and Erd{\"o}s in $\mathbb R$") == [
        *("Frechet", "and", "Erdos", "in", "$", r"\mathbb", "R", "$"),
    ]


def test_phrases_are_found_in_titles_and_counted_in_abstracts() -> None:
    found = count([*CACHE, *SWARMS], ABSTRACTS, None)
    place = {spelling.key(text): number for number, text in enumerate(found.phrases)}
    assert "KV-cache compression" in found.phrases
    assert column(found.in_title, place["kv cache compression"]) == [1, 1, 0, 0, 0, 0]
    assert column(found.in_title, place["kv cache"]) == [1, 1, 1, 0, 0, 0]  # 'KV-cache' is 'KV cache'
    assert column(found.in_text, place["motion planning"]) == [0, 0, 0, 1, 1, 1]
    assert column(found.in_text, place["robot"]) == [0, 0, 0, 1, 1, 1]  # the plural, too
    assert "made simple" not in found.phrases


def test_no_phrase_crosses_punctuation_or_texts() -> None:
    found = count(
        ["graph search", "Graph search", "A graph", "Search, of graphs"], ["", "graph. Search", "", ""], None
    )
    place = found.phrases.index("graph search")
    assert column(found.in_text, place) == [1, 1, 0, 0]


def test_keywords_of_papers_are_phrases_like_those_of_titles() -> None:
    found = count(["On this", "On that"], ["", ""], [["Speech Recognition", "a"], ["speech recognition"]])
    assert found.phrases == ("speech recognition",)
    assert column(found.as_keyword, 0) == [1, 1]
    assert column(found.in_text, 0) == [0, 0]


def test_a_fragment_of_a_longer_phrase_is_none() -> None:
    titles = ["Medical image segmentation"] * 9 + ["Medical images"]
    assert "medical image segmentation" in count(titles, [""] * 10, None).phrases
    assert not any(
        text in ("medical image", "medical images") for text in count(titles, [""] * 10, None).phrases
    )


def test_titles_do_not_tell_the_case_of_a_word_that_abstracts_hold() -> None:
    titles = ["Gaussian Splatting of LLMs", "Gaussian Splatting for LLMs"]
    found = count(
        titles, ["Gaussian splatting with LLMs", "gaussian splatting: a Gaussian, Gaussian LLMs"], None
    )
    assert set(found.phrases) == {"Gaussian", "Gaussian splatting", "LLMs"}


def test_c_tf_idf_by_hand() -> None:
    # A class has 4 words on average. Word 0: 3 of 4 in class 0, 3 in all; word 1: 1 of 4 and 4 of 4, 5 in all.
    score = scoring.c_tf_idf(np.array([[3.0, 1.0], [0.0, 4.0]]))
    rare, common = math.log(1 + (4 - 3 + 0.5) / 3.5), math.log(1 + (4 - 5 + 0.5) / 5.5)
    assert score == pytest.approx(np.array([[math.sqrt(0.75) * rare, 0.5 * common], [0.0, common]]))


def counts_of(phrases: tuple[str, ...], held: list[list[int]]) -> Counts:
    matrix = sparse.csr_matrix(np.array(held, np.float32))
    return Counts(phrases, matrix, matrix, sparse.csr_matrix(matrix.shape, dtype=np.float32))


def test_a_label_score_by_hand() -> None:
    # Four papers in two topics. Phrase 0 stands in both papers of topic 0 and nowhere else: share 1, usual (2+1)/4.
    found = counts_of(("planar graphs", "graphs"), [[1, 1], [1, 1], [0, 1], [0, 1]])
    members = sparse.csr_matrix(np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32))
    label = scoring.scores(found, members).label
    assert label[0, 0] == pytest.approx(math.log(4 / 3))
    assert label[1, 0] == 0
    assert label[:, 1].tolist() == [0, 0]  # no commoner in one topic than in the other


def test_keywords_are_unlike_each_other() -> None:
    phrases = ("KV cache", "KV cache compression", "cache", "attention")
    found = counts_of(phrases, [[1, 0, 1, 0], [1, 1, 1, 0], [0, 0, 1, 1], [1, 0, 1, 1]])
    chosen = scoring.choose_keywords(found, np.array([1.0, 0.9, 0.8, 0.3]), found.in_text)
    assert [phrases[place] for place in chosen][:2] == ["KV cache", "attention"]


def test_a_phrase_that_stands_within_a_longer_one_gives_way() -> None:
    found = counts_of(("spiking", "spiking neural networks"), [[1, 1], [1, 1], [1, 1], [1, 0]])  # 3 of 4: .75
    assert scoring.choose_labels(found, np.array([1.0, 0.5]), found.in_text) == ("spiking neural networks",)


def test_a_single_word_takes_another_along() -> None:
    found = counts_of(("species", "infections", "species trees"), [[1, 0, 0], [1, 1, 1], [0, 1, 0]])
    made = scoring.choose_labels(found, np.array([1.0, 0.6, 0.2]), found.in_text)
    assert made == ("species and infections", "species", "infections", "species trees")
    nearly = scoring.choose_labels(found, np.array([1.0, 0.6, 0.5]), found.in_text)
    assert nearly[0] == "species trees"


def test_labels_are_distinct_whatever_their_spelling() -> None:
    given = [("KV cache", "attention"), ("KV-caches", "sparse attention"), ("kv cache",), ("mRNA",), ()]
    assert distinct_labels(given) == ["KV cache", "Sparse attention", "Topic 3", "mRNA", "Topic 5"]


def test_a_label_is_at_most_60_characters_long() -> None:
    assert distinct_labels([("x" * 61, "y" * 60)]) == ["Y" + "y" * 59]


@pytest.mark.parametrize(
    ("topics", "wanted"), [(0, 0), (1, 1), (3, 1), (4, 2), (10, 5), (15, 8), (37, 11), (60, 15), (200, 15)]
)
def test_how_many_areas(topics: int, wanted: int) -> None:
    assert areas.wanted(topics) == wanted


def test_topics_whose_centres_are_close_share_an_area() -> None:
    centres = np.array([[1, 0], [0, 1], [0.99, 0.1], [0.1, 0.99]], np.float32)
    assert areas.group(centres).tolist() == [0, 1, 0, 1]
    assert areas.group(centres[:3]).tolist() == [0, 0, 0]


def test_an_area_keeps_its_name_where_most_of_its_papers_come_from_it() -> None:
    before = ["Vision", "Vision", "Vision", "Speech", "Speech", None, "Vision"]
    after = np.array([1, 1, 1, 0, 0, 0, -1])
    assert areas.kept_names(before, after, 3) == ["Speech", "Vision", None]
    split = np.array([0, 0, 1, 1, 1, 1, 1])  # of area 1's known papers 2 are of 'Vision', 2 of 'Speech'
    assert areas.kept_names(before, split, 2) == ["Vision", "Speech"]


def test_a_name_that_few_papers_vote_for_is_not_kept() -> None:
    assert areas.kept_names(["A", "B", "C"], np.array([0, 0, 0]), 1) == [None]
    assert areas.kept_names([None, None], np.array([0, 1]), 2) == [None, None]


def described() -> Descriptions:
    centres = np.array([[1, 0], [0, 1]], np.float32)
    return describe([*CACHE, *SWARMS], ABSTRACTS, TOPIC, None, centres)


def test_topics_are_described() -> None:
    made = described()
    assert distinct_labels(made.label_candidates) == ["KV-cache compression", "Motion planning"]
    assert "motion planning" in made.keywords[1]
    assert made.areas.tolist() == [0, 0]
    assert made.area_candidates == [("All topics",)]


def test_the_same_again_is_equal() -> None:
    one, other = described(), described()
    assert (one.keywords, one.label_candidates) == (
        other.keywords,
        other.label_candidates,
    )


def test_papers_without_words_in_common_have_no_phrases() -> None:
    made = describe(
        ["Alpha beta", "Gamma delta"], ["", ""], np.array([0, 1]), None, np.eye(2, dtype=np.float32)
    )
    assert made.keywords == made.label_candidates == [(), ()]
    assert distinct_labels(made.label_candidates) == ["Topic 1", "Topic 2"]


def test_a_topic_of_outliers_only_and_no_topics_at_all() -> None:
    made = describe([*CACHE], ABSTRACTS[:3], np.full(3, -1), None, np.empty((0, 2), np.float32))
    assert (made.keywords, made.area_candidates, made.areas.tolist()) == ([], [], [])


def test_true_categories_get_the_names_of_their_subjects(shared_data: Path) -> None:
    papers = pd.read_parquet(shared_data / "arxiv_labelled_10k.parquet")
    topic, names = pd.factorize(papers.primary_category, sort=True)
    centres = np.eye(len(names), dtype=np.float32)
    made = describe(papers.title.tolist(), papers.abstract.tolist(), topic.astype(np.int64), None, centres)
    labels = dict(zip(names, distinct_labels(made.label_candidates), strict=True))
    assert labels["cs.CV"] == "Computer vision"
    assert labels["cs.PL"] == "Programming languages"
    assert labels["cs.IR"] == "Recommender systems"
    assert labels["cs.SI"] == "Social networks"


def column(matrix: sparse.csr_matrix, place: int) -> list[int]:
    return [int(value) for value in matrix[:, place].toarray().ravel()]
