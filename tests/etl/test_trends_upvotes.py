"""Upvotes made comparable: percentiles, excess and settling, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl.trends import upvotes as up


def test_percentiles_are_mid_ranks_within_the_group() -> None:
    counts = [1, 5, 5, 9, 100, 3, 4]
    made = up.percentiles(counts, ["a"] * 5 + ["b"] * 2)
    # Ranks 1, 2.5, 2.5, 4 and 5 of 5, less a half; two papers are too few for a rank.
    assert made[:5] == pytest.approx([10, 40, 40, 70, 90])
    assert np.isnan(made[5:]).all()


def days(weeks: int) -> np.ndarray:
    """Weekdays from Monday, 2025-01-06."""
    every = np.datetime64("2025-01-06") + np.arange(7 * weeks)
    return every[np.arange(7 * weeks) % 7 < 5]


def test_expected_upvotes_add_up_within_weekdays_and_months() -> None:
    rng = np.random.default_rng(1)
    listed = np.repeat(days(26), 20)
    counts = rng.negative_binomial(1, 1 / 15, len(listed))
    excess = counts - up.expected(counts, listed, np.zeros(len(listed)))
    table = pd.DataFrame({"excess": excess, "day": pd.to_datetime(listed)})
    # Not quite zero: the ridge holds a coefficient of b back by b upvotes.
    assert table.groupby(table.day.dt.day_of_week).excess.sum().abs().max() < 1
    assert table.groupby(table.day.dt.month).excess.sum().abs().max() < 1


def test_expected_upvotes_follow_the_weekday() -> None:
    # Fridays get 10, other days 20, always: so every paper gets what is expected.
    listed = np.repeat(days(20), 10)
    counts = np.where((listed.astype(int) + 3) % 7 == 4, 10, 20)
    assert up.expected(counts, listed, np.zeros(len(listed))) == pytest.approx(counts, rel=0.001)


def test_expected_upvotes_fall_with_competition_and_rise_with_age() -> None:
    # Days have 5 or 20 papers; each gets votes as 100 / sqrt(1 + papers of the day) times (1 + age).
    every = days(40)
    papers = np.where(np.arange(len(every)) % 3 == 0, 20, 5)
    listed = np.repeat(every, papers)
    others = np.repeat(papers, papers)
    age = np.arange(len(listed)) % 2
    counts = 100 / np.sqrt(1 + others) * (1 + age)
    assert up.expected(counts, listed, age) == pytest.approx(counts, rel=0.01)
    assert up.expected(counts, listed, age, others) == pytest.approx(counts, rel=0.01)


def test_votes_that_nobody_gave_are_expected_of_none() -> None:
    listed = days(2)
    assert up.expected(np.zeros(10), listed, np.zeros(10)) == pytest.approx(np.zeros(10), abs=1e-3)
    assert len(up.expected([], [], [])) == 0


def test_settling_by_hand() -> None:
    # 95 % of 40 is 38: between 30 on day 4 and 40 on day 8, on a straight line on day 7.2.
    made = up.settling([7] * 4, [20, 1, 4, 8], [40, 10, 30, 40])
    assert (made.paper[0], made.settled[0]) == (7, 40)
    assert (made.low[0], made.high[0]) == (4, 8)
    assert made.days[0] == pytest.approx(7.2)


def test_a_paper_read_once_settled_some_time_before() -> None:
    made = up.settling([1], [30], [10])
    assert (made.low[0], made.high[0]) == (0, 30)
    assert np.isnan(made.days[0])  # when in these thirty days nobody saw


def test_only_settled_papers_with_votes_count() -> None:
    paper = [1, 1, 2, 2, 3]
    made = up.settling(paper, [1, 13.9, 1, 20, -1], [5, 9, 0, 0, 4])
    assert len(made.paper) == 0
    assert up.growth(paper, [1, 13.9, 1, 20, -1], [5, 9, 0, 0, 4]).empty


def test_a_count_that_fell_had_settled_before() -> None:
    made = up.settling([1, 1, 1], [2, 5, 20], [10, 20, 18])
    assert (made.settled[0], made.high[0]) == (20, 5)


def test_growth_by_hand() -> None:
    # Five papers with 100 votes in the end; on day 2 they have 10, 20, 30, 40 and 50 of them.
    paper = np.repeat(np.arange(5), 3)
    age = np.tile([2.2, 2.6, 15.0], 5)
    counts = np.column_stack([np.ones(5), np.arange(10, 60, 10), np.full(5, 100)]).ravel()
    rows = up.growth(paper, age, counts)
    assert rows.age_days.tolist() == [2, 15]
    assert rows.iloc[0][["papers", "part_low", "part", "part_high"]].tolist() == [5, 0.2, 0.3, 0.4]
    assert rows.part.tolist() == [0.3, 1]
    assert up.growth(paper[:9], age[:9], counts[:9]).empty  # three papers have no quartiles


def test_comparable_compares_within_age_and_week_only() -> None:
    listed = pd.to_datetime(["2025-01-06"] * 3 + ["2025-01-10"] * 2 + ["2025-01-13"] * 5)
    readings = pd.DataFrame(
        {
            "paper_id": list("abcdefghij") * 2,
            "source": "hf",
            "age": ["listing"] * 10 + ["settled"] * 10,
            "age_days": [0] * 10 + [20] * 10,
            "upvotes": [1, 2, 3, 4, 5, 60, 70, 80, 90, 99, *range(100, 90, -1)],
            "listed_on": list(listed) * 2,
            "listed_papers": [3, 3, 3, 2, 2, 5, 5, 5, 5, 5] * 2,
        }
    )
    rows = up.comparable(readings)
    assert rows.percentile.tolist() == pytest.approx([10, 30, 50, 70, 90] * 2 + [90, 70, 50, 30, 10] * 2)
    assert rows.week.dt.strftime("%Y-%m-%d").tolist() == (["2025-01-06"] * 5 + ["2025-01-13"] * 5) * 2
    assert rows.peers.tolist() == [5] * 20
    assert rows.excess.tolist() == (readings.upvotes - rows.expected).tolist()
    assert rows.groupby("age").excess.sum().abs().max() < 0.5
    assert up.comparable(readings.iloc[:0]).empty
    # Another source's papers change nothing.
    both = up.comparable(pd.concat([readings, readings.assign(source="file", upvotes=5)], ignore_index=True))
    assert both.percentile.tolist() == pytest.approx([*rows.percentile, *[50] * 20])
    assert both.expected.tolist()[:20] == pytest.approx(rows.expected.tolist())


def test_settling_times_name_their_papers() -> None:
    looks = pd.DataFrame({"paper_id": ["b", "a", "b"], "age": [1.0, 15, 20], "upvotes": [10, 3, 10]})
    parts, papers = up.settling_times(looks)
    assert parts.empty  # too few papers at any age
    assert papers.set_index("paper_id").settled_by.to_dict() == {"a": 15, "b": 1}
    assert papers.upvotes.tolist() == [10, 3]
    assert papers.settled_days.tolist() == pytest.approx([0.95, np.nan], nan_ok=True)
    assert all(table.empty for table in up.settling_times(looks.iloc[:0]))
