"""Statistics, with numbers worked out by hand or known from the literature."""

from __future__ import annotations

import numpy as np
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
    # Information of a slope on x in -.5 to .5: n p sum(x^2) = 10,000 * .02 * 1.18 = 237, so a standard error of .065.
    assert np.log(fit.high[0] / fit.low[0]) / (2 * 1.97) == pytest.approx(0.065, rel=0.1)


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
    assert phi == pytest.approx(2)
    assert freedom == 110
    calm, _ = trends.dispersion(np.full(40, 3.0), 10)
    assert calm == pytest.approx(1)


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
