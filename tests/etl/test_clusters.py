"""Clusters anchored at words: on papers so few and plain that the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from etl import clusters
from etl.clusters import AnchoredTopics
from etl.errors import InputError
from etl.granularity import Granularity


def planted(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, sparse.csr_matrix, np.ndarray]:
    """Vectors around one axis a topic, counts of five words of each topic's own, and the topic (n)."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    vectors = np.eye(8)[truth] + rng.normal(0, 0.15, (len(truth), 8))
    counts = rng.poisson(0.05, (len(truth), 5 * len(sizes)))
    for topic in range(len(sizes)):
        counts[truth == topic, 5 * topic : 5 * topic + 5] += rng.poisson(1.0, (sizes[topic], 5))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit, sparse.csr_matrix(counts, dtype=np.float32), truth


def test_planted_topics_are_found_the_largest_first() -> None:
    vectors, counts, truth = planted((40, 90, 60))
    found = AnchoredTopics(counts, Granularity(topics=3)).fit(vectors)
    assert np.bincount(found.labels_).tolist() == [90, 60, 40]
    assert found.labels_[truth == 1].tolist() == [0] * 90


def test_the_order_of_papers_does_not_matter() -> None:
    vectors, counts, _ = planted((40, 90, 60))
    order = np.random.default_rng(1).permutation(len(vectors))
    straight = AnchoredTopics(counts, Granularity(topics=3)).fit(vectors)
    shuffled = AnchoredTopics(counts[order], Granularity(topics=3)).fit(vectors[order])
    assert shuffled.labels_.tolist() == straight.labels_[order].tolist()


def test_topics_end_where_another_gains_too_little() -> None:
    # Ten papers on each of two axes. The first topic serves its ten fully: a gain of .5; so does the second.
    # A third could add nothing.
    vectors = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    anchors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    topic = clusters.anchored_means(vectors, anchors, Granularity(gain=0.1))
    assert len(set(topic[:10])) == len(set(topic[10:])) == 1
    assert topic[0] != topic[10]
    # From (.6, .8), which serves all twenty best at first (.7 in the mean), the others gain .2 and .1.
    assert set(clusters.anchored_means(vectors, anchors, Granularity(gain=0.6))) == {0}


def test_words_win_a_paper_over_from_a_topic_whose_words_it_lacks() -> None:
    counts = sparse.csr_matrix(np.array([[3, 0]] * 4 + [[0, 3]] * 4 + [[0, 3]], np.float32))
    alone = sparse.csr_matrix((9, 9), dtype=np.float32)
    topic = clusters.refine(np.array([0] * 4 + [1] * 4 + [0]), counts, alone)
    assert topic.tolist() == [0] * 4 + [1] * 5
    score = clusters.word_scores(topic, counts, alone)
    # Topic 0 has 12 uses of the first word: 12.1 of 12.2 with its prior, and four papers of nine.
    assert score[0, 0] == pytest.approx(3 * np.log(12.1 / 12.2) + np.log(4 / 9))


def test_nearest_by_hand() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
    places, cosines = clusters.nearest(vectors[:1], vectors, 2)
    assert places.tolist() == [[0, 1]]
    assert cosines[0] == pytest.approx([1, 0.8])


def test_a_wish_for_topics_is_understood_or_refused_in_one_sentence() -> None:
    assert Granularity.read("25") == Granularity(topics=25)
    assert Granularity.read("more").gain < Granularity.read("normal").gain < Granularity.read("fewer").gain
    with pytest.raises(
        InputError, match=r"^'lots' is no number of topics; say fewer, normal, more, none, or a number"
    ):
        Granularity.read("lots")
