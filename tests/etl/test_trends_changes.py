"""Change points and bursts, on shares whose levels are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl import trends

CORPUS = np.full(24, 1_000)


def test_a_step_is_one_change_that_lasts() -> None:
    (change,) = trends.changes([np.repeat([10, 40], 12)], CORPUS)
    assert (change.kind, change.start, change.end, change.open) == (trends.RISE, 12, 24, True)
    assert (change.share_before, change.share) == (0.01, 0.04)
    # Its first month alone is worth 2 * (40 ln(40 / 12.3) + 120 ln(120 / 147.7)) = 44, the penalty 12.3.
    assert change.known == 12


def test_a_step_down_is_a_fall() -> None:
    (change,) = trends.changes([np.repeat([40, 10], 12)], CORPUS)
    assert (change.kind, change.start, change.share) == (trends.FALL, 12, 0.01)


def test_a_burst_begins_and_ends() -> None:
    papers = np.full(24, 10)
    papers[10:13] = 40
    burst, end = trends.changes([papers], CORPUS)
    assert (burst.kind, burst.start, burst.end, burst.open) == (trends.BURST, 10, 13, False)
    assert (end.kind, end.start, end.open) == (trends.FALL, 13, True)
    assert (burst.share, end.share) == (0.04, 0.01)


def test_a_small_rise_is_known_later_than_it_starts() -> None:
    # From 10 to 20 a month: one month is worth 2 * (20 ln(20 / 10.77) + 120 ln(120 / 129.2)) = 7.0, two 12.8.
    (change,) = trends.changes([np.repeat([10, 20], 12)], CORPUS)
    assert (change.start, change.known) == (12, 13)


def test_what_never_changes_has_no_change() -> None:
    growing = np.linspace(100, 1_000, 24).astype(int)
    assert trends.changes([growing // 10, np.zeros(24, int), growing], growing) == []
    assert trends.changes(np.zeros((3, 0)), []) == []
    assert trends.changes([[4]], [9]) == []
    assert trends.changes(np.zeros((0, 24)), CORPUS) == []


def test_a_period_without_papers_changes_nothing() -> None:
    papers, corpus = np.repeat([10, 40], 12), CORPUS.copy()
    papers[5] = corpus[5] = 0
    (change,) = trends.changes([papers], corpus)
    assert change.start == 12


def test_raised_says_what_was_seen_at_the_time() -> None:
    raised = trends.levels([np.repeat([10, 40], 12), np.repeat([40, 10], 12)], CORPUS).raised
    assert raised[0].tolist() == [False] * 12 + [True] * 12
    assert not raised[1].any()


def test_false_alarms_are_as_rare_as_promised() -> None:
    rng, corpus = np.random.default_rng(11), np.linspace(120, 480, 24).astype(int)
    shares = np.array([*[0.01] * 40, 0.6])
    alarms = [
        (trends.levels(np.array([rng.multinomial(n, shares) for n in corpus]).T, corpus).begins > 0).any(
            axis=1
        )
        for _ in range(25)
    ]
    assert np.mean(alarms) <= 0.05  # of 1,025 topics, at any of the 24 looks


def months(papers: list[int], partial: list[bool]) -> pd.DataFrame:
    month = pd.date_range("2024-01-01", periods=len(papers), freq="MS")
    topic = pd.DataFrame(
        {"topic_id": 7, "month": month, "papers": papers, "corpus_papers": 1_000, "partial": partial}
    )
    return pd.concat([topic, topic.assign(topic_id=-1, papers=1_000 - np.array(papers))])


def test_the_table_tells_months() -> None:
    papers = [*[10] * 10, *[40] * 3, *[10] * 10, 0]
    table = trends.topic_changes(months(papers, [False] * 23 + [True]), [7])
    assert table.columns.tolist() == [
        "topic_id", "kind", "started_on", "ended_on", "known_on", "months", "share_before", "share",
    ]  # fmt: skip
    assert table.kind.tolist() == ["burst", "fall"]  # the cut month is no fall to nothing
    assert table.started_on.tolist() == [pd.Timestamp(2024, 11, 1), pd.Timestamp(2025, 2, 1)]
    assert table.ended_on[0] == pd.Timestamp(2025, 1, 1)
    assert pd.isna(table.ended_on[1])
    assert table.months.tolist() == [3, 10]
    assert table.share.tolist() == pytest.approx([0.04, 0.01])


def test_no_level_reaches_across_a_gap() -> None:
    papers = [*[10] * 12, 5, *[40] * 12]
    assert trends.topic_changes(months(papers, [False] * 12 + [True] + [False] * 12), [7]).empty


@pytest.mark.parametrize("partial", [[True] * 3, []])
def test_without_a_complete_month_nothing_changes(partial: list[bool]) -> None:
    assert trends.topic_changes(months([10] * len(partial), partial), [7]).empty
