"""Sources kept apart: a source that joins or grows is no trend."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl import trends
from etl.trends import strata

ALWAYS = np.ones((1, 12), bool)


def test_a_break_is_where_the_sources_change() -> None:
    covered = [[True, True, True, True, False], [False, False, True, True, True]]
    assert strata.breaks(covered).tolist() == [False, False, True, False, True]


def test_stratified_shares_by_hand() -> None:
    # Two sources of 10 % and 30 %; the second grows from 100 to 300 papers beside 100 of the first.
    # Weights of the stretch: 200 and 400 papers, so .1 / 3 + .3 x 2 / 3 = .2333 in both months.
    corpus = np.array([[100, 100], [100, 300]])
    papers = np.array([[[10, 10]], [[30, 90]]])
    made = strata.stratified_shares(papers, corpus, np.ones((2, 2), bool))
    assert made.share[0] == pytest.approx([0.7 / 3] * 2)
    # Variance in the first month: .09 / 900 + .21 x 4 / 900 = .00103; a share of .2333 has it among 173.3 papers.
    assert made.corpus[0, 0] == pytest.approx(0.7 / 3 * (1 - 0.7 / 3) * 900 / 0.93)
    assert made.papers[0] / made.corpus[0] == pytest.approx(made.share[0])


def test_a_source_counts_only_where_it_covers() -> None:
    corpus = np.array([[100, 100, 100], [5, 100, 100]])
    papers = np.array([[[10, 10, 10]], [[5, 30, 30]]])
    covered = [[True, True, False], [False, True, False]]
    made = strata.stratified_shares(papers, corpus, covered)
    assert made.share[0, :2] == pytest.approx([0.1, 0.2])
    assert np.isnan(made.share[0, 2])


def test_a_share_of_zero_keeps_the_size_of_its_sample() -> None:
    made = strata.stratified_shares(np.zeros((1, 1, 2)), [[50, 80]], np.ones((1, 2), bool))
    assert made.corpus[0] == pytest.approx([50, 80])
    assert trends.wilson(made.papers, made.corpus)[2][0] == pytest.approx(
        3.8415 / (np.array([50, 80]) + 3.8415), rel=1e-4
    )


def source_months(counts: dict[str, list[tuple[int, int] | None]]) -> pd.DataFrame:
    """By source and month the papers of topic 0 and of topic 1; None where the source covers no such month."""
    return pd.DataFrame(
        [
            {
                "source": source,
                "topic_id": topic,
                "month": month,
                "papers": pair[topic] if pair else 0,
                "corpus_papers": sum(pair or ()),
                "covered": pair is not None,
            }
            for source, pairs in counts.items()
            for month, pair in zip(
                pd.date_range("2025-01-01", freq="MS", periods=len(pairs)), pairs, strict=True
            )
            for topic in (0, 1)
        ]
    )


def test_bands_of_one_source_are_those_of_its_months() -> None:
    rows = source_months({"hf": [(10, 90), (12, 88), (9, 91), (11, 89)]})
    made = trends.stratified_bands(rows)
    plain = trends.with_bands(rows.assign(partial=False))
    for name in ("share", "share_low", "share_high"):
        assert made[name].to_numpy() == pytest.approx(
            plain.sort_values(["topic_id", "month"])[name].to_numpy()
        )


def test_shares_stand_still_where_only_the_mix_of_sources_moves() -> None:
    # 10 % in one source, 30 % in the other, which joins in the third month and then doubles.
    rows = source_months({"hf": [(10, 90)] * 4, "arxiv": [None, None, (30, 70), (60, 140)]})
    made = trends.stratified_bands(rows)
    first = made[made["topic_id"] == 0]
    # From the break on, 200 papers of one source and 300 of the other: .1 x .4 + .3 x .6 = .22.
    assert first["share"].tolist() == pytest.approx([0.1, 0.1, 0.22, 0.22])
    assert first["stretch"].tolist() == [0, 0, 1, 1]
    # No source scatters, so the bands of the first months are those of 10 in 100.
    assert first["share_low"].iloc[0] == pytest.approx(trends.wilson(10, 100)[1])


def test_a_month_that_no_source_covers_has_no_share() -> None:
    made = trends.stratified_bands(source_months({"hf": [(1, 9), None], "arxiv": [(2, 8), None]}))
    assert made["share"].isna().tolist() == [False, True, False, True]


def test_one_source_has_the_slopes_of_that_source() -> None:
    papers = np.array([[9, 8, 9, 6, 5, 4, 2, 1, 2, 1, 0, 1], [0, 0, 1, 0, 2, 3, 5, 4, 6, 7, 9, 8]])
    corpus = np.linspace(90, 130, 12).astype(int)
    one, plain = trends.slopes(papers[None], corpus[None], ALWAYS), trends.slopes(papers, corpus)
    for name in ("change", "low", "high", "start", "end"):
        assert getattr(one, name) == pytest.approx(getattr(plain, name), rel=1e-6)


def test_a_source_that_joins_is_no_trend() -> None:
    # A topic of 1 % in one source and 10 % in the other, which joins half-way: pooled, its share rises fivefold.
    corpus = np.array([[1_000] * 12, [0] * 6 + [1_000] * 6])
    papers = np.array([[[10] * 12], [[0] * 6 + [100] * 6]])
    covered = corpus > 0
    assert trends.slopes(papers.sum(axis=0), corpus.sum(axis=0)).low[0] > 2
    apart = trends.slopes(papers, corpus, covered)
    assert apart.change[0] == pytest.approx(1, abs=0.02)
    assert apart.p_value[0] > 0.9


def test_a_source_that_grows_is_no_trend_and_a_common_rise_is_one() -> None:
    corpus = np.array([np.full(12, 10_000), np.linspace(1_000, 40_000, 12)])
    flat = np.array([[0.01], [0.05]])
    rising = np.array([[0.01], [0.05]]) * 2 ** np.linspace(-0.5, 0.5, 12)
    papers = np.round(np.stack([corpus * flat, corpus * rising], axis=1))
    made = trends.slopes(papers, corpus, corpus > 0)
    assert made.change == pytest.approx([1, 2], rel=0.02)
    assert made.low[1] < 2 < made.high[1]
    assert made.end[1] / made.start[1] == pytest.approx(made.change[1])


def test_the_precision_of_two_equal_sources_is_that_of_one_twice_as_large() -> None:
    rng = np.random.default_rng(4)
    papers = rng.poisson(20, (5, 12))
    corpus = np.full(12, 400)
    one = trends.slopes(2 * papers[None], 2 * corpus[None], ALWAYS)
    two = trends.slopes(np.stack([papers] * 2), np.stack([corpus] * 2), np.ones((2, 12), bool))
    assert two.change == pytest.approx(one.change, rel=0.01)


def test_a_source_that_covers_nothing_is_left_out() -> None:
    papers = np.array([[5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6]])
    corpus = np.full(12, 100)
    covered = np.vstack([ALWAYS, ~ALWAYS])
    both = trends.slopes(np.stack([papers] * 2), np.stack([corpus] * 2), covered)
    assert both.change == pytest.approx(trends.slopes(papers, corpus).change)


def test_the_arrays_of_a_table() -> None:
    rows = pd.DataFrame(
        {
            "source": ["b", "b", "a", "a"],
            "topic_id": [0, 0, 0, 0],
            "month": pd.to_datetime(["2025-02-01", "2025-01-01"] * 2),
            "papers": [1, 2, 3, 4],
            "corpus_papers": [10, 20, 30, 40],
            "covered": [True, False, True, True],
        }
    )
    made = strata.Strata.of(rows)
    assert made.sources == ["a", "b"]
    assert made.papers.tolist() == [[[4, 3]], [[2, 1]]]
    assert made.corpus.tolist() == [[40, 30], [20, 10]]
    assert made.covered.tolist() == [[True, True], [False, True]]


def test_a_topic_has_no_papers_where_it_has_no_row() -> None:
    rows = source_months({"hf": [(1, 9), (2, 8)], "arxiv": [(3, 7), None]})
    made = strata.Strata.of(rows[rows.papers > 1], [0, 7])
    assert made.topic_ids.tolist() == [0, 7]
    assert made.papers.tolist() == [[[3, 0], [0, 0]], [[0, 2], [0, 0]]]


def test_breaks_name_who_joined_and_who_ended() -> None:
    covered = {"a": [False, True, True, True, False, True], "b": [False, False, True, False, False, False]}
    months = pd.date_range("2025-01-01", periods=6, freq="MS")
    rows = pd.concat(
        pd.DataFrame(
            {
                "source": name,
                "topic_id": 0,
                "month": months,
                "papers": 1,
                "corpus_papers": 2,
                "covered": known,
            }
        )
        for name, known in covered.items()
    )
    made = strata.source_breaks(rows)
    assert made.month.dt.month.tolist() == [3, 4]
    assert made.joined.tolist() == [["b"], []]
    assert made.ended.tolist() == [[], ["b"]]
    assert strata.source_breaks(rows.iloc[:0]).empty
