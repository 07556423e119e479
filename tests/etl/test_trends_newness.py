"""What is new: births, acceleration and growth, by hand and on planted topics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from etl.trends import newness as nw

FLAT = [10] * 24


def test_growth_by_hand() -> None:
    # 30 of 300 papers in the last quarter, 60 of 1,200 in the year before: 10 % / 5 %.
    papers = np.array([[*[10] * 9, *[5] * 12, *[10] * 3]])
    new = nw.judge_newness(papers, np.full(24, 100))
    assert new.growth[0] == pytest.approx(2)
    # Of the topic's 90 papers 30 are recent; Clopper and Pearson give .2374 to .4406, and odds of it times 4 the ratio.
    part = stats.binomtest(30, 90).proportion_ci(method="exact")
    assert new.low[0] == pytest.approx(part.low / (1 - part.low) * 4)
    assert new.high[0] == pytest.approx(part.high / (1 - part.high) * 4)
    # Mid-p of 30 or more of 90 where a fifth is recent.
    assert new.q_value[0] == pytest.approx((stats.binom.sf(29, 90, 0.2) + stats.binom.sf(30, 90, 0.2)) / 2)


def test_a_topic_born_in_the_year_is_dated() -> None:
    born = [0] * 16 + [6] * 8
    old = [0] * 6 + [6] * 18
    new = nw.judge_newness(np.array([born, old, FLAT, FLAT]), np.full(24, 100))
    assert new.kind.tolist() == ["born", "other", "other", "other"]
    assert new.born.tolist() == [16, 6, -1, -1]


def test_nobody_is_born_before_the_first_month_or_from_few_papers() -> None:
    few = [0] * 20 + [1, 0, 1, 0]
    new = nw.judge_newness(np.array([FLAT, few]), np.full(24, 100))
    assert new.born.tolist() == [-1, -1]
    assert new.kind.tolist() == ["other", "other"]


def test_acceleration_by_hand() -> None:
    # Thirds of the year: 40, 40 and 160 papers: from no growth to fourfold.
    papers = np.array([[*[10] * 12, *[10] * 8, *[40] * 4], [*[10] * 12, *[10] * 4, *[20] * 4, *[40] * 4]])
    new = nw.judge_newness(papers, np.full(24, 1_000))
    assert new.acceleration == pytest.approx([160.5 * 40.5 / 40.5**2, 160.5 * 40.5 / 80.5**2])
    assert new.kind.tolist() == [
        "accelerating",
        "growing",
    ]  # the other doubles twice: growth, at an even pace
    assert new.acceleration_q[1] > 0.4


def test_flat_topics_in_a_growing_corpus_are_not_new() -> None:
    rng = np.random.default_rng(3)
    corpus = np.linspace(120, 480, 24).astype(int)
    share = rng.choice([0.01, 0.02, 0.04], (100, 40, 1))
    named = [
        (nw.judge_newness(papers, corpus).kind != nw.OTHER).any() for papers in rng.binomial(corpus, share)
    ]
    # Three families of tests at 5 % each, so at most 15 % of corpora, give or take 2 x 3.6 %.
    assert np.mean(named) <= 0.22


def test_few_papers_do_not_outrank_many() -> None:
    few = [0] * 21 + [0, 1, 0]
    many = [10] * 21 + [30, 30, 30]
    months = pd.date_range("2024-01-01", periods=24, freq="MS")
    tables = [
        pd.DataFrame(
            {"topic_id": topic, "month": months, "papers": row, "corpus_papers": 1_000, "partial": False}
        )
        for topic, row in ((-1, [900] * 24), (0, few), (1, many), (2, [0] * 24))
    ]
    rows = nw.emergence(pd.concat(tables))
    assert rows.topic_id.tolist()[0] == 1
    assert rows["rank"].tolist() == [1, 2, 3]
    assert rows.kind.tolist()[0] == "accelerating"
    assert rows.growth[1] == np.inf
    # 90 of 210 papers are recent, by Clopper and Pearson at least 36.07 %, which is odds of .5642, times 4.
    assert rows.score[0] == pytest.approx(2.257, abs=0.002)
    silent = rows[rows.topic_id == 2].iloc[0]
    assert (silent.kind, silent.score) == ("other", 0)


def test_too_few_months_say_nothing() -> None:
    with pytest.raises(ValueError, match="5 months are too few"):
        nw.judge_newness(np.ones((2, 5)), np.ones(5))
    rows = {"topic_id": [-1, 0], "month": [pd.Timestamp("2024-01-01")] * 2, "papers": 5, "corpus_papers": 10}
    assert nw.emergence(pd.DataFrame({**rows, "partial": False})).empty
