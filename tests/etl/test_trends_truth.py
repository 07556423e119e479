"""The truth suite itself: what it plants, and the rules of others, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks.trends import abstracts, corpora, measures, peers
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
    assert shares.sum(axis=0) == pytest.approx(np.ones(scenario.months))
    papers = scenario.draw(np.random.default_rng(1))
    assert papers.shape == (len(scenario.topics), scenario.months)
    assert (papers.sum(axis=0) <= scenario.corpus).all()


def test_a_second_source_joins_half_way_with_another_mix() -> None:
    kind = Scenario(
        "two",
        (Topic(corpora.FLAT, 0.1), Topic(corpora.RISE, 0.3, 2.0)),
        12,
        papers=(10_000, 10_000),
        second=0.5,
    )
    assert kind.corpus_by_source.tolist() == [[10_000] * 12, [0] * 6 + [5_000] * 6]
    first, second = kind.draw_by_source(np.random.default_rng(2))
    assert not second[:, :6].any()
    # Topics change places: the one that keeps still has 30 % there, and the one that doubles over the year has 10 %, so
    # 11 to 14 % in its second half. 30,000 papers: a standard error of .26 % and .2 %.
    assert first[0].sum() / 120_000 == pytest.approx(0.1, abs=0.004)
    assert second[0].sum() / 30_000 == pytest.approx(0.3, abs=0.008)
    assert second[1, 6:].sum() / 30_000 == pytest.approx(kind.topics[1].course(12)[6:].mean() / 3, abs=0.006)


def test_rules_of_others_see_the_months_judged_and_all_sources_as_one() -> None:
    kind = Scenario("two", (Topic(corpora.FLAT, 0.1),) * 3, second=1.0, judged=12)
    seen = []

    def rule(papers: np.ndarray, corpus: np.ndarray) -> np.ndarray:
        seen.append((papers.shape, corpus.tolist()))
        return np.zeros(len(papers), int)

    measures.judge(kind, rule, 1, 1)
    assert seen == [((3, 12), (2 * kind.corpus[12:]).tolist())]


# ---- real abstracts with planted dates ----


@pytest.mark.parametrize("moving", [24, 12])
def test_flat_categories_keep_their_share_to_the_last_digit(moving: int) -> None:
    planned = abstracts.plan(25, moving, np.random.default_rng(3))
    assert planned.shares.sum(axis=0) == pytest.approx(np.ones(24))
    flat = planned.change == 1
    assert flat.sum() == 13
    assert np.ptp(planned.shares[flat], axis=1) == pytest.approx(np.zeros(13))
    # All of the change lies in the months that move; those before stand still.
    assert planned.shares[:, -1] / planned.shares[:, -moving] == pytest.approx(planned.change)
    assert np.ptp(planned.shares[:, : 25 - moving], axis=1) == pytest.approx(np.zeros(25))


def test_papers_are_dealt_out_once_and_fill_every_month() -> None:
    papers = pd.DataFrame(
        {"id": [f"p{n}" for n in range(10_000)], "category": [f"c{n % 25:02}" for n in range(10_000)]}
    )
    rng = np.random.default_rng(3)
    planned = abstracts.plan(25, 24, rng)
    corpus = abstracts.dealt(papers, planned, rng)
    assert corpus.id.is_unique
    assert (corpus.published_on.min(), corpus.published_on.max()) == (
        pd.Timestamp("2023-01-01"),
        pd.Timestamp("2024-12-31"),
    )
    assert corpus.groupby(corpus.published_on.dt.to_period("M")).size().tolist() == abstracts.CORPUS.tolist()


def test_what_is_found_of_real_abstracts_is_scored_by_hand() -> None:
    # Four categories; topic 0 is that of a fourfold riser, topic 1 mixes it with a flat one, 2 and 3 are of flat ones.
    change = np.array([4.0, 1.0, 1.0, 0.25])
    passed = np.linspace(0, 1, 24)
    course = 1 + (change[:, None] - 1) * passed
    planned = abstracts.Plan(change, 0.25 * course / course.mean(axis=1, keepdims=True))
    mixed = np.array([[90, 10, 0, 0], [40, 60, 0, 0], [0, 0, 100, 0], [0, 20, 30, 50]])
    rates = abstracts._scored(mixed, np.array(["rising", "rising", "falling", "steady"]), planned, 24)
    assert rates["categories with a topic of their own"] == 1  # half is enough for the faller
    assert rates["recall of risers by 4"] == 1
    assert rates["recall of fallers by 4"] == 0
    assert rates["flat topics flagged"] == 1  # topics 1 and 2
    assert rates["reports that are false"] == pytest.approx(2 / 3)
    # The riser's share goes from .1 to .4 and is .283 in the mean over a corpus that grows fourfold; the flat one keeps
    # .25. Of 40 and 60 papers, topic 1 goes from 40 x .1 / .283 + 60 = 74 to 40 x .4 / .283 + 60 = 117, and so moves.
    assert rates["reports that are false of the topic's papers"] == pytest.approx(1 / 3)
    assert rates["topics whose papers stand still flagged"] == 1  # topic 2 alone
    assert np.isnan(rates["recall of risers by 2"])
    # The riser has a topic of its own and is found, the faller has one and is not.
    assert rates["recall of movers by 4 with a topic of their own"] == pytest.approx(1 / 2)
    # Topic 0 goes from 90 x .1 / .283 + 10 = 41.8 to 90 x .4 / .283 + 10 = 137.1: 86 % of a fourfold change, in logs.
    # Topic 3 from 50 x .4 / .217 + 50 = 142.3 to 50 x .1 / .217 + 50 = 73.1: 48 %. The faller's mean is .5 - .283.
    assert rates["change left in topics of movers by 4"] == pytest.approx((0.857 + 0.481) / 2, abs=0.002)


def test_a_mover_without_a_topic_counts_as_missed_but_not_among_topics() -> None:
    # Two fourfold risers and two flat categories; the second riser is spread over the topics of others.
    change = np.array([4.0, 4.0, 1.0, 1.0])
    planned = abstracts.Plan(
        change, np.full((4, 24), 0.25) * np.linspace(0.4, 1.6, 24) ** (change[:, None] > 1)
    )
    mixed = np.array([[90, 20, 0, 0], [0, 40, 60, 0], [0, 40, 0, 100]])
    rates = abstracts._scored(mixed, np.array(["rising", "rising", "steady"]), planned, 24)
    assert rates["recall of risers by 4"] == 1 / 2
    assert rates["recall of movers by 4 with a topic of their own"] == 1


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


def test_forecasts_are_measured_beside_the_last_value() -> None:
    # Shares that keep still: the more months are averaged, the better, so the last quarter alone errs more.
    still = Scenario("still", (Topic(corpora.FLAT, 0.1),) * 5, papers=(200, 200))
    seen = measures.foresee(still, 5, 1)
    assert 0.6 < seen.error.value < 0.95
    assert 0.7 < seen.inside.value < 0.95
    assert seen.shown.value > 0.5
