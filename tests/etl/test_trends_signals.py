"""Statistics, with numbers worked out by hand or known from the literature."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl import trends


@pytest.mark.parametrize(
    ("partial", "expected"),
    [
        ([True, *[False] * 14, True], slice(3, 15)),  # twelve months, not the partial last one
        ([False] * 5, slice(0, 5)),
        ([False, False, True, False, False], slice(3, 5)),  # never across a gap
        ([True, True], slice(0, 0)),
        ([], slice(0, 0)),
    ],
)
def test_the_window_ends_at_the_last_complete_month(partial: list[bool], expected: slice) -> None:
    assert trends.window(partial) == expected


def test_a_slope_recovers_the_change_it_was_made_with() -> None:
    corpus = np.full(12, 10_000)
    share = 0.02 * 3 ** np.linspace(-0.5, 0.5, 12)  # threefold, to 3.46 %
    fit = trends.slopes([np.round(corpus * share)], corpus)
    assert fit.change[0] == pytest.approx(3, rel=0.02)
    assert fit.end[0] == pytest.approx(0.02 * np.sqrt(3), rel=0.02)
    assert fit.low[0] < 3 < fit.high[0]
    # Information of a slope on x in -.5 to .5: n p sum(x^2) = 10,000 * .02 * 1.18 = 237, so a standard error of .065;
    # one topic alone has 10 degrees of freedom to tell its scatter from, hence 2.228.
    assert np.log(fit.high[0] / fit.low[0]) / (2 * 2.228) == pytest.approx(0.065, rel=0.1)


def test_a_topic_born_in_the_window_has_a_finite_change() -> None:
    fit = trends.slopes([[0, 0, 0, 0, 0, 0, 5, 10, 20, 30, 40, 50]], np.full(12, 500))
    assert np.isfinite(fit.change[0])
    assert fit.low[0] > 5
    assert fit.p_value[0] < 1e-4


def test_order_of_time_is_the_sign_of_the_change() -> None:
    papers, corpus = np.array([[9, 8, 9, 6, 5, 4, 2, 1]]), np.array([90, 100, 80, 95, 100, 90, 85, 100])
    forth, back = trends.slopes(papers, corpus), trends.slopes(papers[:, ::-1], corpus[::-1])
    assert forth.change[0] == pytest.approx(1 / back.change[0])
    assert forth.p_value[0] == pytest.approx(back.p_value[0])


def test_dispersion_is_shared_where_topics_scatter_alike() -> None:
    phi, freedom = trends.dispersion(np.full(40, 20.0), 10)  # every topic scatters twice as a binomial does
    assert phi == pytest.approx(np.full(40, 2))
    assert freedom == pytest.approx(np.full(40, 310))  # its own 10, and those of 30 others
    calm, _ = trends.dispersion(np.full(40, 3.0), 10)
    assert calm == pytest.approx(np.ones(40))


def test_one_topic_alone_has_its_own_dispersion() -> None:
    phi, freedom = trends.dispersion([30.0], 10)
    assert (phi[0], freedom[0]) == (3, 10)


def test_a_topic_that_scatters_like_no_other_stands_alone() -> None:
    phi, freedom = trends.dispersion([*[20.0] * 40, 500.0], 10)
    assert phi == pytest.approx([*[2] * 40, 50])
    assert freedom[-1] == 10


def test_the_test_of_a_slope_by_hand() -> None:
    # 3, 4 and 5 papers in 3 equal months of 100: time has mean 0 and variance 1/6, the sum of times is (5 - 3) / 2 = 1,
    # its variance 12 * 1/6 * (300 - 12) / (300 - 1) = 1.9264, so z = .7205; equal months leave no skewness. The fit is
    # close, so nothing scatters more than a binomial; one degree of freedom (Cauchy): p = 1 - 2 atan(.7205) / pi.
    fit = trends.slopes([[3, 4, 5]], [100, 100, 100])
    assert fit.p_value[0] == pytest.approx(0.6026, abs=1e-4)


def test_false_discoveries_count_only_what_may_stand_still() -> None:
    # Benjamini-Hochberg gives .004, .02, .08 and .9; at .05 / 1.05 the first two are rejected, so that two of the four
    # may stand still, and all is halved after the price of the first stage: .004 * 1.05 / 2 = .0021.
    q_values = trends.adaptive_q_values(np.array([0.001, 0.01, 0.06, 0.9]))
    assert q_values == pytest.approx([0.0021, 0.0105, 0.042, 0.4725])
    assert trends.adaptive_q_values(np.array([0.04, 0.9])) == pytest.approx([0.084, 0.945])


def test_flat_topics_are_flagged_no_more_often_than_promised() -> None:
    corpus = np.linspace(120, 480, 24).astype(int)
    shares = np.array([*[0.02] * 40, 0.2])
    draws = np.stack([np.random.default_rng(7).multinomial(n, shares, size=100) for n in corpus], axis=2)
    flagged = [np.isin(trends.verdicts(draw, corpus).signal, ["rising", "falling"]).any() for draw in draws]
    assert np.mean(flagged) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 100)


def test_the_window_may_be_longer() -> None:
    assert trends.window([False] * 30, 24) == slice(6, 30)
    assert trends.window([True, *[False] * 30, True], None) == slice(1, 31)


def test_a_growing_corpus_raises_no_share() -> None:
    corpus = np.linspace(120, 480, 12).astype(int)
    judged = trends.verdicts(np.round(corpus * np.array([[0.05], [0.3]])), corpus)
    assert judged.signal.tolist() == [
        "insufficient",
        "steady",
    ]  # 180 papers leave room for more than 1.5 times


def test_signals() -> None:
    corpus = np.full(12, 1_000)
    ramp = np.linspace(1, 4, 12)
    papers = np.array([20 * ramp, 20 * ramp[::-1], np.full(12, 200), np.full(12, 1), np.zeros(12)]).astype(
        int
    )
    judged = trends.verdicts(papers, corpus)
    assert judged.signal.tolist() == ["rising", "falling", "steady", "insufficient", "insufficient"]
    assert judged.slopes.change[0] > 3
    assert judged.q_value[0] < 1e-6
    assert np.isnan(judged.slopes.change[3:]).all()  # 12 and 0 papers are not judged
    assert judged.papers.tolist() == [int(row.sum()) for row in papers]


@pytest.mark.parametrize("months", [0, 1, 5])
def test_few_months_say_nothing(months: int) -> None:
    judged = trends.verdicts(np.full((3, months), 100), np.full(months, 1_000))
    assert set(judged.signal) == {"insufficient"}
    assert np.isnan(judged.q_value).all()


def test_a_topic_that_is_the_whole_corpus_is_not_judged() -> None:
    assert trends.verdicts([[50] * 12], [50] * 12).signal.tolist() == ["insufficient"]


def test_flat_topics_in_a_growing_corpus_are_left_alone() -> None:
    rng = np.random.default_rng(0)
    corpus = np.linspace(120, 480, 12).astype(int)
    share = rng.choice([0.01, 0.02, 0.04], (100, 40, 1))
    flagged = [
        np.isin(trends.verdicts(papers, corpus).signal, ["rising", "falling"]).any()
        for papers in rng.binomial(corpus, share)
    ]
    # With every topic flat, a false discovery is any flag at all: at most 5 % of corpora, give or take 2 x 2.2 %.
    assert np.mean(flagged) <= 0.094


# ---- sources ----


def test_the_test_of_a_slope_in_two_sources_by_hand() -> None:
    # Each source as in the test above, at another share: the sums of times add up to 2, and their variances to 12 / 6 *
    # 288 / 299 + 12 / 6 * 1188 / 1199 = 3.9081, so z = 1.0117. Six months less two levels and a slope leave 3 degrees
    # of freedom: with a = atan(z / sqrt(3)) = .5288, p = 1 - 2 / pi * (a + sin(a) cos(a)) = .3862.
    papers = [[[3, 4, 5]], [[3, 4, 5]]]
    fit = trends.slopes(papers, [[100] * 3, [400] * 3])
    assert fit.p_value[0] == pytest.approx(0.3862, abs=1e-4)


def test_verdicts_reach_across_the_month_in_which_a_source_joins() -> None:
    # In both sources the topic doubles over the year; the second, in which it is five times as frequent, joins late.
    ramp = 2 ** np.linspace(-0.5, 0.5, 12)
    corpus = np.array([[1_000] * 12, [0] * 6 + [1_000] * 6])
    papers = np.round(corpus[:, None] * ramp * np.array([[0.05, 0.05], [0.25, 0.25]])[..., None])
    papers[:, 1] = np.round(corpus * np.array([[0.05], [0.25]]))  # but for this one, which keeps still
    judged = trends.verdicts(papers, corpus, corpus > 0)
    assert judged.signal.tolist() == ["rising", "steady"]
    assert judged.slopes.change == pytest.approx([2, 1], rel=0.05)
    pooled = trends.verdicts(papers.sum(axis=0), corpus.sum(axis=0))
    assert pooled.signal.tolist() == ["rising", "rising"]


def test_months_that_a_source_does_not_cover_do_not_count() -> None:
    papers, corpus = np.full((2, 1, 12), 20), np.full((2, 12), 400)
    covered = np.array([[True] * 12, [True] * 6 + [False] * 6])
    wild = papers.copy()
    wild[1, 0, 6:] = 300
    judged = trends.verdicts(wild, corpus, covered)
    assert judged.slopes.change == pytest.approx(trends.verdicts(papers, corpus, covered).slopes.change)
    assert judged.papers.tolist() == [18 * 20]


def by_source(months: int, covered: dict[str, list[bool]]) -> pd.DataFrame:
    """One topic of 30 papers of 100 in every month of each source."""
    return pd.DataFrame(
        {
            "source": source,
            "topic_id": topic,
            "month": month,
            "papers": papers,
            "corpus_papers": 100,
            "covered": known,
        }
        for source, all_known in covered.items()
        for topic, papers in ((0, 30), (-1, 70))
        for month, known in zip(
            pd.date_range("2025-01-01", periods=months, freq="MS"), all_known, strict=True
        )
    )


def test_the_window_of_a_table_is_of_months_that_any_source_covers() -> None:
    covered = {"a": [True] * 8 + [False] * 4, "b": [False] * 4 + [True] * 7 + [False]}
    (row,) = trends.signals(by_source(12, covered), [0], 10).to_dict("records")
    assert (row["window_start"], row["window_end"]) == (
        pd.Timestamp("2025-02-01"),
        pd.Timestamp("2025-11-01"),
    )
    assert row["papers"] == 2 * 10 * 30  # all of them, as a reader counts them
    assert row["signal"] == "steady"


def test_a_table_without_sources_is_one_source() -> None:
    rows = by_source(12, {"a": [False, *[True] * 11]})
    plain = rows.drop(columns=["source", "covered"]).assign(partial=~rows.covered)
    pd.testing.assert_frame_equal(trends.signals(plain, [0]), trends.signals(rows, [0]))


def test_a_topic_without_a_month_is_insufficient() -> None:
    rows = by_source(12, {"a": [True] * 12})
    assert trends.signals(rows, [0, 7]).signal.tolist() == ["steady", "insufficient"]
    assert trends.signals(rows.iloc[:0], [0, 7]).signal.tolist() == ["insufficient"] * 2


# ---- seasons ----


def seasonal(months: int, peak: int = 3, change: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A topic of 5 % that swings by half with the year and changes over all months; three of 2 % stand still.

    It is highest in the month `peak`, counted from 0, of every year.
    """
    corpus = np.full(months, 2_000)
    swing = 1 + 0.5 * np.cos(2 * np.pi * (np.arange(months) - peak) / 12)
    course = swing * change ** np.linspace(-0.5, 0.5, months)
    return np.vstack([np.round(corpus * 0.05 * course), np.full((3, months), 40)]), corpus


def test_a_season_is_no_trend_where_two_years_tell() -> None:
    papers, corpus = seasonal(36)
    year = trends.verdicts(papers[:, -12:], corpus[-12:])
    assert (
        year.signal[0] == "falling"
    )  # from the high of spring to the low of autumn, for all that a year can tell
    told = trends.verdicts(papers, corpus, window_months=12)
    assert told.signal[0] != "falling"
    assert told.slopes.low[0] < 1 < told.slopes.high[0]
    assert trends.verdicts(papers[:, -24:], corpus[-24:]).signal[0] == "steady"
    assert set(told.signal[1:]) == {"steady"}


def test_a_trend_beside_a_season_is_found_with_its_size() -> None:
    papers, corpus = seasonal(24, change=3.0)
    judged = trends.verdicts(papers, corpus)
    assert judged.signal[0] == "rising"
    assert judged.slopes.change[0] == pytest.approx(3, rel=0.05)


def test_of_half_a_year_nothing_is_said_of_a_topic_with_a_season() -> None:
    papers, corpus = seasonal(36, peak=0)  # the last six months go up from the low in June
    assert trends.verdicts(papers[:, -6:], corpus[-6:]).signal[0] == "rising"
    told = trends.verdicts(papers, corpus, window_months=6)
    assert (told.signal[0], np.isnan(told.q_value[0])) == ("insufficient", True)
    assert not np.isnan(told.q_value[1:]).any()


def test_less_than_two_years_tell_no_season() -> None:
    papers, corpus = seasonal(23)
    plain = trends.verdicts(papers[:, -12:], corpus[-12:])
    assert trends.verdicts(papers, corpus, window_months=12).q_value == pytest.approx(plain.q_value)
