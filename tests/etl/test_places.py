"""A map of topics and papers: what is alike is near, what did not change does not move."""

from __future__ import annotations

import numpy as np
import pytest

from etl.contract import OUTLIER
from etl.places import Landmarks, Places, join, lay_out

PAPERS = 120


def corpus(topics: int = 6, seed: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Topics 0, 1, .. in pairs that resemble each other, with more papers the lower their number."""
    drawn = np.random.default_rng(seed)
    pairs = drawn.normal(size=((topics + 1) // 2, 32))
    centres = pairs.repeat(2, axis=0)[:topics] + 0.5 * drawn.normal(size=(topics, 32))
    topic = np.repeat(np.arange(topics), [PAPERS - 10 * number for number in range(topics)])
    return unit(centres[topic] + 0.7 * drawn.normal(size=(len(topic), 32))), topic, unit(centres)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.linalg.norm(one[:, None] - other, axis=2)


def radii(topic: np.ndarray) -> np.ndarray:
    """The areas of all discs add up to that of a circle of radius one, and each is its topic's part of it."""
    return np.sqrt(np.bincount(topic) / len(topic))


def test_the_topic_most_alike_is_the_nearest_on_the_map() -> None:
    found = lay_out(*corpus())
    between = distances(found.topics, found.topics) + 9 * np.eye(6)
    assert between.argmin(axis=1).tolist() == [1, 0, 3, 2, 5, 4]


def test_discs_do_not_overlap() -> None:
    vectors, topic, centres = corpus()
    between = distances(*[lay_out(vectors, topic, centres).topics] * 2) + 9 * np.eye(6)
    radius = radii(topic)
    assert (between > radius[:, None] + radius).all()


def test_papers_lie_evenly_in_the_disc_of_their_topic() -> None:
    vectors, topic, centres = corpus()
    found = lay_out(vectors, topic, centres)
    assert (distances(found.papers, found.topics).argmin(axis=1) == topic).all()
    away = np.linalg.norm(found.papers - found.topics[topic], axis=1) / radii(topic)[topic]
    # Half the radius encloses a quarter of an even disc; 0.9 of it encloses 0.81.
    assert (away < 0.5).mean() == pytest.approx(0.25, abs=0.05)
    assert (away < 0.9).mean() == pytest.approx(0.81, abs=0.06)


def test_no_two_papers_hide_each_other() -> None:
    found = lay_out(*corpus())
    assert len(np.unique(found.papers.round(4), axis=0)) == len(found.papers)


def test_a_paper_lies_on_the_side_of_the_topic_that_it_resembles() -> None:
    vectors, topic, centres = corpus()
    found = lay_out(vectors, topic, centres)
    own = topic == 0
    towards = (found.topics[1] - found.topics[0]).astype(float)
    side = (found.papers[own] - found.topics[0]) @ towards
    likeness = vectors[own] @ (centres[1] - centres[0])
    assert np.corrcoef(side, likeness)[0, 1] > 0.4


def test_papers_without_topic_lie_between_those_they_resemble() -> None:
    vectors, topic, centres = corpus()
    halfway = unit((centres[0] + centres[2])[None])
    found = lay_out(np.vstack([vectors, halfway]), np.append(topic, OUTLIER), centres)
    likeness = (halfway @ centres.T)[0]
    weight = np.exp(12 * (likeness - likeness.max()))
    assert found.papers[-1] == pytest.approx(weight @ found.topics / weight.sum(), abs=1e-3)
    assert np.isfinite(found.papers).all()


def test_equal_input_gives_an_equal_map() -> None:
    one, other = lay_out(*corpus()), lay_out(*corpus())
    assert np.array_equal(one.papers, other.papers)
    assert np.array_equal(one.topics, other.topics)


def test_the_former_map_is_kept() -> None:
    vectors, topic, centres = corpus()
    first = lay_out(vectors, topic, centres)
    turned = first.topics @ np.array([[0, 1], [-1, 0]], np.float32) + 3
    again = lay_out(vectors, topic, centres, turned)
    assert np.abs(again.topics - turned).max() < 0.02


def test_a_new_topic_finds_room_beside_the_one_it_resembles() -> None:
    vectors, topic, centres = corpus()
    old = topic < 5
    first = lay_out(vectors[old], topic[old], centres[:5])
    before = np.vstack([first.topics, np.full((1, 2), np.nan, np.float32)])
    found = lay_out(vectors, topic, centres, before)
    assert distances(found.topics[5:], found.topics[:5]).argmin() == 4
    moved = np.linalg.norm(found.topics[:5] - first.topics, axis=1)
    # The map is about 4 wide; nobody moves by more than a disc of a sixth of the papers is wide.
    assert moved.max() < 2 * np.sqrt(1 / 6)


@pytest.mark.parametrize("papers", [0, 1, 2, 3])
def test_the_smallest_corpora(papers: int) -> None:
    vectors, topic, centres = corpus()
    none = lay_out(vectors[:papers], np.full(papers, OUTLIER), centres[:0])
    one = lay_out(vectors[:papers], topic[:papers], centres[:1])
    empty = lay_out(vectors[:papers], topic[:papers], centres)  # most topics have no paper
    for found, topics in ((none, 0), (one, 1), (empty, 6)):
        assert isinstance(found, Places)
        assert found.topics.shape == (topics, 2)
        assert found.papers.shape == (papers, 2)
        assert found.papers.dtype == found.topics.dtype == np.float32
        assert np.isfinite(found.papers).all()
        assert np.isfinite(found.topics).all()
    assert np.abs(one.papers).max(initial=0) <= 1


def test_papers_of_one_text_are_still_told_apart() -> None:
    vectors, _, centres = corpus()
    same = np.repeat(vectors[:1], 20, axis=0)
    found = lay_out(same, np.zeros(20, np.int64), centres[:2])
    assert np.isfinite(found.papers).all()
    assert len(np.unique(found.papers.round(4), axis=0)) == 20


def test_a_paper_that_joins_lies_among_its_like_in_its_topic() -> None:
    axes = np.eye(4, dtype=np.float32)
    places = np.array([[0, 0], [3, 0], [0, 6], [9, 9]], np.float32)
    known = Landmarks(axes, np.array([0, 0, 0, 1]), places, np.array([[1, 2], [9, 8], [5, 5]], np.float32))
    found = join(axes[[0, 3, 3, 0]], np.array([0, 1, 2, OUTLIER]), known)
    assert found[0].tolist() == [1, 2]  # the mean of all three papers of topic 0
    assert found[1].tolist() == [9, 9]  # topic 1 has one paper
    assert found[2].tolist() == [5, 5]  # topic 2 has none: the topic's own place
    assert found[3].tolist() == [1, 2]  # no topic: of all papers, 0 is the nearest, then 1 and 2 before 3
    empty = Landmarks(axes[:0], np.empty(0, np.int64), places[:0], places[:0])
    assert join(axes[:1], np.array([OUTLIER]), empty).tolist() == [[0, 0]]
