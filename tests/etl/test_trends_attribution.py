"""Where a change comes from, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl.trends import attribution as at


def test_papers_gained_by_corpus_and_by_share_add_up() -> None:
    # 10 of 100, then 40 of 200: a mean share of 15 % times 100 more papers, and 10 points more of 150 papers.
    parts = at.growth([[10, 40], [10, 20], [0, 0]], [100, 200])
    assert parts.by_corpus == pytest.approx([15, 10, 0])
    assert parts.by_share == pytest.approx([15, 0, 0])


def test_a_change_is_finite() -> None:
    assert at.change([[9.5, 19.5], [0, 4.5]], [99, 99]) == pytest.approx([2, 10])


def test_influence_by_hand() -> None:
    # The topic doubles, 9.5 to 19.5 of 99; without a contributor of 0 and 10 papers it stays at 9.5 of 99 and of 89.
    made = at.influence([[9.5, 19.5]], [99, 99], [[0, 10]], [[0, 10]])
    assert made.change[0] == pytest.approx(2)
    assert made.without[0] == pytest.approx(100 / 90)
    assert made.part[0] == pytest.approx(1 - np.log(10 / 9) / np.log(2))


def test_no_change_has_no_parts() -> None:
    assert at.influence([[5, 5]], [99, 99], [[0, 0]], [[0, 3]]).part.tolist() == [0]


def test_who_carried_a_change_most() -> None:
    topics = pd.DataFrame(
        {"topic_id": [0, 1], "before": [10, 10], "after": [30, 10], "corpus_before": 100, "corpus_after": 100}
    )
    contributors = pd.DataFrame(
        [
            (0, "organization", "C", 5, 0, 5, 0),
            (0, "organization", "A", 0, 9, 0, 9),
            (0, "organization", "B", 0, 6, 0, 6),
            (0, "organization", "D", 0, 2, 0, 2),
            (0, "author", "Ada", 0, 4, 0, 4),
            (0, "author", "Emmy", 0, 4, 0, 4),
            (1, "day", "2025-10-29", 1, 1, 1, 1),
        ],
        columns=["topic_id", "kind", "name", "before", "after", "corpus_before", "corpus_after"],
    )
    rows = at.most_influential(topics, contributors)
    assert rows[["topic_id", "kind", "rank"]].to_numpy().tolist() == [
        [0, "corpus", 1],
        [1, "corpus", 1],
        [0, "author", 1],
        [0, "author", 2],
        [0, "organization", 1],
        [0, "organization", 2],
        [0, "organization", 3],
        [1, "day", 1],
    ]
    named = rows[rows.kind == "organization"]
    assert named["name"].tolist() == ["A", "B", "D"]  # without C the topic would have risen more
    assert named.change.tolist() == pytest.approx([30.5 / 10.5] * 3)
    assert named.change_without.tolist()[0] == pytest.approx(21.5 / 92 / (10.5 / 101))
    assert named.change_without_all.tolist() == pytest.approx(
        [21.5 / 92 / (10.5 / 101), 15.5 / 86 / (10.5 / 101), 13.5 / 84 / (10.5 / 101)]
    )
    assert rows[rows.kind == "author"].change_without_all.isna().all()
    assert rows.gained_by_share.tolist()[:2] == pytest.approx([20, 0])
    assert rows[rows.kind != "corpus"].gained_by_share.isna().all()


def test_without_topics_or_contributors() -> None:
    topics = pd.DataFrame(
        {"topic_id": [0], "before": [1], "after": [2], "corpus_before": [10], "corpus_after": [10]}
    )
    assert at.most_influential(topics, pd.DataFrame()).kind.tolist() == ["corpus"]
    assert at.most_influential(topics.iloc[:0], pd.DataFrame()).empty


def test_periods_are_the_halves_of_the_last_complete_year() -> None:
    months = pd.date_range("2024-01-01", periods=16, freq="MS")
    table = pd.DataFrame({"topic_id": -1, "month": months, "papers": 1, "corpus_papers": 1, "partial": False})
    table.loc[15, "partial"] = True
    made = at.periods(table)
    assert made == at.Periods(*(pd.Timestamp(day) for day in ("2024-04-01", "2024-10-01", "2025-04-01")))
    odd = at.periods(table.iloc[10:])
    assert odd == at.Periods(*(pd.Timestamp(day) for day in ("2024-12-01", "2025-02-01", "2025-04-01")))
    assert at.periods(table.iloc[14:]) is None
