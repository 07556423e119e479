"""Statistics, with numbers worked out by hand or known from the literature."""

from __future__ import annotations

import numpy as np
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
