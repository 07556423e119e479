"""Topics keep their ids: matched by the papers they share."""

from __future__ import annotations

import numpy as np

from etl.identity import Event, likeness, match


def papers(*groups: tuple[int, int]) -> np.ndarray:
    """Topic of each paper from (topic, how many) in order."""
    return np.repeat([topic for topic, _ in groups], [count for _, count in groups])


def test_the_first_fit_is_all_births() -> None:
    ids, events = match(papers((-1, 4)), papers((0, 2), (1, 2)), next_id=0)
    assert ids.tolist() == [0, 1]
    assert [event.event for event in events] == ["born", "born"]


def test_numbers_change_and_ids_stay() -> None:
    ids, events = match(papers((7, 10), (3, 5)), papers((1, 9), (-1, 1), (0, 5)), next_id=8)
    assert ids.tolist() == [3, 7]
    # Topic 7 has ten papers and shares nine; its lost paper is an outlier now: 9 of 10.
    assert Event(7, "kept", 7, 0.9) in events


def test_new_papers_do_not_weaken_a_match() -> None:
    ids, (event,) = match(papers((5, 4), (-1, 40)), papers((0, 44)), next_id=6)
    assert ids.tolist() == [5]
    assert event.overlap == 1


def test_a_split_keeps_the_larger_part_and_names_the_parent() -> None:
    ids, events = match(papers((2, 10)), papers((0, 6), (1, 4)), next_id=3)
    assert ids.tolist() == [2, 3]
    assert events == [Event(2, "kept", 2, 0.6), Event(3, "split", 2, 0.4)]


def test_a_merger_keeps_the_larger_id_and_names_the_heir() -> None:
    ids, events = match(papers((2, 6), (4, 4)), papers((0, 10)), next_id=5)
    assert ids.tolist() == [2]
    assert events == [Event(2, "kept", 2, 0.6), Event(2, "merged", 4, 0.4)]


def test_a_topic_whose_papers_scatter_retires_and_its_id_is_never_used_again() -> None:
    ids, events = match(papers((0, 4), (1, 4)), papers((-1, 4), (0, 4)), next_id=2)
    assert ids.tolist() == [1]
    assert Event(0, "retired", 0, None) in events
    ids, _ = match(papers((1, 4), (-1, 4)), papers((0, 4), (1, 4)), next_id=2)
    assert ids.tolist() == [1, 2]


def test_all_topics_may_go() -> None:
    ids, events = match(papers((0, 3)), papers((-1, 3)), next_id=1)
    assert ids.tolist() == []
    assert [event.event for event in events] == ["retired"]


def test_of_two_halves_the_one_that_is_alike_continues_the_topic() -> None:
    halves = papers((2, 10)), papers((0, 5), (1, 5))
    ids, _ = match(*halves, next_id=3, cosine=np.array([[0.2, 0.9]]))
    assert ids.tolist() == [3, 2]
    ids, _ = match(*halves, next_id=3, cosine=np.array([[0.9, 0.2]]))
    assert ids.tolist() == [2, 3]


def test_a_topic_that_lost_most_papers_goes_on_only_if_its_centre_stays() -> None:
    # Two of ten papers: 2 / 10 is less than a quarter.
    shrunk = papers((2, 10)), papers((0, 2), (-1, 8))
    assert match(*shrunk, next_id=3, cosine=np.array([[0.95]]))[0].tolist() == [2]
    assert match(*shrunk, next_id=3, cosine=np.array([[0.8]]))[0].tolist() == [3]


def test_likeness_is_that_of_the_papers_vectors_today() -> None:
    vectors = np.array([[1, 0], [0, 1], [0, 1], [1, 0]], np.float32)
    # Topic 4 has the first two papers, whose mean lies half-way; topic 9 the third.
    found = likeness(np.array([4, 4, 9, -1]), vectors, np.array([[1, 0], [0, 1]], np.float32))
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0, 1]], atol=1e-6)
