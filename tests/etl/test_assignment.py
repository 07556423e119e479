"""Assignment to the nearest topic, and how likely it is to be right."""

from __future__ import annotations

import numpy as np
import pytest

from etl.assignment import Confidence, assign, margins
from etl.confidence import calibrate

CENTRES = np.eye(2, dtype=np.float32)
VECTORS = np.array([[0.8, 0.6], [0.6, 0.8], [1, 0], [0, 0]], np.float32)


def test_the_nearest_topic_with_the_odds_of_its_margin() -> None:
    found = assign(VECTORS, CENTRES, Confidence(intercept=0.0, slope=5.0))
    assert found.topic.tolist() == [0, 1, 0, -1]  # of the last no word is known
    # Margins .8 - .6 = .2 and 1: odds e^1 and e^5.
    assert found.probability == pytest.approx(
        [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-5)), 0]
    )
    assert found.cosine == pytest.approx([0.8, 0.8, 1, 0])


def test_what_a_fit_gave_stands_and_may_be_unlikely() -> None:
    found = assign(VECTORS, CENTRES, Confidence(0.0, 5.0), np.array([1, -1, 1, -1]))
    # The first has a margin of -.2; the third of -1, odds of e^-5: less than one in ten.
    assert found.topic.tolist() == [1, 1, -1, -1]
    assert found.probability[:3] == pytest.approx([1 / (1 + np.exp(1)), 1 / (1 + np.exp(-1)), 0])


def test_without_topics_every_paper_is_an_outlier() -> None:
    found = assign(VECTORS, np.empty((0, 2), np.float32), Confidence(0.0, 5.0))
    assert found.topic.tolist() == [-1] * 4
    assert found.probability.tolist() == [0.0] * 4


def test_the_margin_of_an_only_topic_is_its_cosine() -> None:
    assert margins(VECTORS, CENTRES[:1], np.zeros(4, np.int64)) == pytest.approx([0.8, 0.6, 1, 0])


def planted(wrong: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Margins, topics, and another reading that puts the part `wrong` of the papers of low margin elsewhere."""
    rng = np.random.default_rng(0)
    topic = np.arange(2_000) % 2
    margin = np.where(np.arange(2_000) < 1_000, 0.1, 0.5).astype(np.float32)
    moved = (margin < 0.3) & (rng.random(2_000) < wrong)
    reading = np.eye(2, dtype=np.float32)[np.where(moved, 1 - topic, topic)]
    return margin, topic, reading


def test_probability_is_how_often_another_sorter_agrees() -> None:
    margin, topic, reading = planted(wrong=0.4)
    sure = calibrate(margin, topic, [reading], seed=1)
    assert sure.of(np.array([0.1])) == pytest.approx([0.6], abs=0.03)
    assert sure.of(np.array([0.5]))[0] > 0.99


def test_sorters_who_always_agree_leave_a_little_doubt() -> None:
    margin, topic, reading = planted(wrong=0.0)
    sure = calibrate(margin, topic, [reading, reading], seed=1)
    assert sure.slope == 0
    assert sure.of(np.array([0.1])) == pytest.approx([4_001 / 4_002])
