"""Bands of shares and counts, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl import trends


def test_wilson_by_hand() -> None:
    # 1 of 10 with z = 1.96: centre (.1 + .19207) / 1.38415 = .2110,
    # half width 1.96 / 1.38415 * sqrt(.009 + .0096) = .1931
    share, low, high = trends.wilson([1], [10])
    assert share[0] == pytest.approx(0.1)
    assert low[0] == pytest.approx(0.0179, abs=5e-5)
    assert high[0] == pytest.approx(0.4042, abs=5e-5)


def test_wilson_at_the_edges() -> None:
    share, low, high = trends.wilson([0, 10, 0], [10, 10, 0])
    assert low[0] == 0
    assert high[0] == pytest.approx(0.2775, abs=5e-5)  # 3.8415 / 13.8415
    assert high[1] == 1
    assert np.isnan([share[2], low[2], high[2]]).all()


def test_scatter_takes_papers_away() -> None:
    # Counts that scatter ten times as a binomial does say as much as a tenth of them would.
    wide = trends.wilson([10], [100], phi=10)
    assert np.array(wide) == pytest.approx(np.array(trends.wilson([1], [10])))


def test_the_band_of_a_count_by_hand() -> None:
    # z^2 = 3.8415: 10 + 1.9207 -+ 1.96 * sqrt(10 + .9604) = 11.9207 -+ 6.4888
    low, high = trends.count_band([10, 0])
    assert low == pytest.approx([5.4319, 0], abs=1e-4)
    assert high == pytest.approx([18.4095, 3.8415], abs=1e-4)


def test_scatter_by_hand() -> None:
    # 10 and 30 papers of 100 and 100: given 40 in both, 20 are expected in either, with a variance of
    # 40 * 1/4 * 160 / 199 = 8.040; the deviation is 100, hence 12.44 times as much. Two pairs count 4/3 of a degree.
    phi, freedom = trends.scatter([[10, 30, 10]], [100, 100, 100])
    assert phi[0] == pytest.approx(100 / 8.0402, rel=1e-4)
    assert freedom[0] == pytest.approx(4 / 3)


def test_a_trend_or_a_step_is_no_scatter() -> None:
    corpus = np.full(24, 1_000)
    ramp, step = np.arange(10, 58, 2), np.repeat([20, 40], 12)
    phi, _ = trends.scatter([ramp, step], corpus)
    assert phi.tolist() == [1, 1]


@pytest.mark.parametrize("papers", [[[0, 0, 0]], [[5, 5, 5]], [[10, 10, 10]]])
def test_nothing_to_tell_scatter_from(papers: list[list[int]]) -> None:
    assert trends.scatter(papers, [10, 10, 10])[0].tolist() == [1]


def test_scatter_is_found_where_it_was_planted() -> None:
    rng, corpus, shares = np.random.default_rng(3), 300, np.array([*[0.02] * 40, 0.2])
    drawn = rng.gamma(
        (corpus - 3) / 2 * shares, size=(24, 41)
    )  # Dirichlet-multinomial with three times the variance
    papers = np.array([rng.multinomial(corpus, row / row.sum()) for row in drawn]).T
    phi, _ = trends.scatter(papers, np.full(24, corpus))
    assert phi[:40].mean() == pytest.approx(3, rel=0.15)


def months(papers: list[list[int]], partial: list[bool]) -> pd.DataFrame:
    """Counts of topics 0, 1 ... and last of the outliers, by month of 2025."""
    ids = [*range(len(papers) - 1), -1]
    rows = [
        (topic, pd.Timestamp(2025, month + 1, 1), count, sum(row[month] for row in papers), partial[month])
        for topic, counts in zip(ids, papers, strict=True)
        for month, count in enumerate(counts)
    ]
    return pd.DataFrame(rows, columns=["topic_id", "month", "papers", "corpus_papers", "partial"])


def test_a_table_gets_bands_as_wide_as_its_counts_scatter() -> None:
    calm = trends.with_bands(months([[20, 20, 20, 20], [80, 80, 80, 80]], [False] * 4))
    wild = trends.with_bands(months([[20, 40, 20, 40], [80, 60, 80, 60]], [False] * 4))
    first = wild.iloc[0]
    assert calm.iloc[0][["share_low", "share_high"]].tolist() == pytest.approx(
        [band[0] for band in trends.wilson([20], [100])[1:]]
    )
    assert first.share == 0.2
    assert first.share_high > calm.iloc[0].share_high
    assert first.papers_low < 20 < first.papers_high


def test_a_partial_month_has_its_band_and_tells_nothing_of_scatter() -> None:
    whole = trends.with_bands(months([[20, 20, 20], [80, 80, 80]], [False] * 3))
    cut = trends.with_bands(months([[20, 20, 20, 0], [80, 80, 80, 9]], [False, False, False, True]))
    assert cut.iloc[0].share_high == whole.iloc[0].share_high
    assert cut.iloc[3].share == 0
    assert cut.iloc[3].share_high == pytest.approx(3.8415 / (9 + 3.8415), abs=1e-4)


def days() -> pd.DataFrame:
    """Topic 0 has a paper on each Monday of January 2025, the outliers one on each day; 31 January is not covered."""
    every = pd.date_range("2025-01-01", "2025-01-31")
    topic = pd.DataFrame({"topic_id": 0, "day": every, "papers": (every.day_of_week == 0).astype(int)})
    table = pd.concat([topic, topic.assign(topic_id=-1, papers=1)])
    return table.assign(partial=table.day == "2025-01-31")


@pytest.mark.parametrize(
    ("period", "starts", "papers", "partial"),
    [
        # The first week began in December, which is not covered; the last one ends on 2 February.
        (
            "week",
            ["2024-12-30", "2025-01-06", "2025-01-13", "2025-01-20", "2025-01-27"],
            [0, 1, 1, 1, 1],
            [1, 0, 0, 0, 1],
        ),
        ("month", ["2025-01-01"], [4], [1]),
        ("quarter", ["2025-01-01"], [4], [1]),
    ],
)
def test_days_are_summed_and_a_cut_period_is_marked(
    period: str, starts: list[str], papers: list[int], partial: list[int]
) -> None:
    table = trends.by_period(days(), period)
    topic = table[table.topic_id == 0]
    assert topic.start.tolist() == [pd.Timestamp(start) for start in starts]
    assert topic.papers.tolist() == papers
    assert topic.partial.tolist() == [bool(cut) for cut in partial]
    assert (topic.corpus_papers.to_numpy() == papers + table[table.topic_id == -1].papers.to_numpy()).all()


def test_days_stay_days() -> None:
    table = trends.by_period(days(), "day")
    assert len(table) == 2 * 31
    assert table.partial.sum() == 2
    assert trends.with_bands(table).share_high.notna().all()


def test_without_days_there_are_no_periods() -> None:
    assert trends.by_period(days().head(0), "week").empty
