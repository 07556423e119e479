"""The truth suite itself: what it plants, and the rules of others, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.trends import corpora, peers
from tests.benchmarks.trends.corpora import Scenario, Topic

CORPUS = np.full(12, 100)


def test_a_share_is_the_mean_over_the_calendar_and_changes_as_planted() -> None:
    course = Topic(corpora.RISE, 0.02, 4.0).course(24)
    assert course.mean() == pytest.approx(0.02)
    assert course[-1] / course[0] == pytest.approx(4)


@pytest.mark.parametrize(
    "scenario", [*corpora.BARS, *corpora.STILL, *corpora.SHAPES], ids=lambda kind: kind.name
)
def test_planted_shares_are_those_of_all_papers(scenario: Scenario) -> None:
    shares = scenario.shares
    assert shares.min() >= 0
    assert shares.sum(axis=0) == pytest.approx(np.ones(24))
    papers = scenario.draw(np.random.default_rng(1))
    assert papers.shape == (len(scenario.topics), 24)
    assert (papers.sum(axis=0) <= scenario.corpus).all()


def test_doubled_variance_is_doubled() -> None:
    rng = np.random.default_rng(5)
    kind = Scenario("one", (Topic(corpora.FLAT, 0.1),), papers=(300, 300), phi=2.0)
    drawn = np.concatenate([kind.draw(rng)[0] for _ in range(300)])
    assert drawn.var() / (300 * 0.1 * 0.9) == pytest.approx(
        2, rel=0.06
    )  # 7,200 draws: 1.7 % of standard error


def test_what_grows_with_the_corpus_is_called_a_trend_by_rules_on_counts() -> None:
    corpus = np.arange(100, 1_300, 100)
    papers = corpus[None] // 20  # a share of 5 % throughout
    on_counts = (peers.bertrend, peers.biblium_hot, peers.mann_kendall_counts, peers.bertopic)
    assert [rule(papers, corpus).tolist() for rule in on_counts] == [[1]] * 4
    on_shares = (
        peers.mann_kendall_shares,
        peers.binomial,
        peers.quasi_binomial,
        peers.papertide,
        peers.pybibx,
    )
    assert [rule(papers, corpus).tolist() for rule in on_shares] == [[0]] * 5


def test_kleinberg_by_hand() -> None:
    # 40 papers of 1,200: rates of 1/30 and 1/15. A month of 10 papers of 100 costs 10 ln 2 - 90 ln(.9667 / .9333) = 3.8
    # less in the upper state, which is more than the step of 1; one of 2 costs 98 ln(.9667 / .9333) - 2 ln 2 = 2.1
    # more.
    papers = np.array([[2, 2, 2, 2, 2, 10, 10, 2, 2, 2, 2, 2]])
    assert peers.kleinberg_states(papers, CORPUS)[0].tolist() == [0] * 5 + [1, 1] + [0] * 5


def test_gaps_between_papers_that_come_at_once_are_bursts() -> None:
    # Seven gaps of next to nothing gain 7 ln 2 = 4.9, a step up costs ln 32 = 3.5; with three papers, 1.4 and 2.5.
    eight, three = np.full((1, 4), 8), np.full((1, 4), 3)
    assert peers.biblium_bursts(eight, CORPUS[:4]).tolist() == [1]
    assert peers.biblium_bursts(three, CORPUS[:4]).tolist() == [0]


def test_mann_kendall_by_hand() -> None:
    # Eight rising values: S = 28, variance 8 * 7 * 21 / 18 = 65.3, z = 27 / 8.08 = 3.34; of five, S = 10 and z = 2.20;
    # of four, S = 6, variance 8.67 and z = 1.70.
    assert peers.mann_kendall(np.arange(8.0)[None]).tolist() == [1]
    assert peers.mann_kendall(-np.arange(5.0)[None]).tolist() == [-1]
    assert peers.mann_kendall(np.arange(4.0)[None]).tolist() == [0]
    assert peers.mann_kendall(np.ones((1, 8))).tolist() == [0]
