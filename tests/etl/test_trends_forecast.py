"""Forecasts: the methods by hand, what a back-test may know, and how often intervals hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl.trends import forecast as fc

EVEN = np.full(6, 100.0)


def test_the_last_value_is_the_share_of_the_last_quarter() -> None:
    share = fc.last_value(np.array([[9.0, 2, 3, 4]]), np.full(4, 10.0))
    assert share[0] == pytest.approx(9 / 30)


def test_drift_takes_the_mean_step_once_more() -> None:
    # Quarters of 1 %, 2 % and 4 %: a mean step of 1.5 points.
    papers = np.array([[1.0, 1, 1, 2, 2, 2, 4, 4, 4]])
    assert fc.drift(papers, np.full(9, 100.0))[0] == pytest.approx(0.055)
    assert fc.drift(papers[:, :4], EVEN[:4])[0] == pytest.approx(4 / 300)  # one quarter: no step is known


def test_the_smoothed_level_halves_weights_every_two_months() -> None:
    # Weights .5, .7071 and 1.
    share = fc.smoothed_level(np.array([[0.0, 0, 22.071]]), np.full(3, 100.0))
    assert share[0] == pytest.approx(0.1, abs=1e-5)


def test_shrunken_by_hand() -> None:
    # Last share .2, long-run .15, 300 and 600 papers: noise .15 x .85 / 600 = .0002125, squared distance .0025;
    # the weight of the last share is 1 - .0002125 / .0025 = .915.
    share = fc.shrunken(np.array([[10.0, 10, 10, 20, 20, 20]]), EVEN)
    assert share[0] == pytest.approx(0.15 + 0.915 * 0.05)


def test_topics_that_only_scatter_keep_their_long_run_share() -> None:
    share = fc.shrunken(np.array([[2.0, 2, 2, 2, 2, 2], [5, 5, 6, 5, 5, 5]]), EVEN)
    assert share == pytest.approx([0.02, 31 / 600])


def test_a_damped_trend_goes_on_but_fades() -> None:
    corpus = np.full(12, 100_000.0)
    logit = np.linspace(-4, -3, 12)
    papers = np.array([corpus / (1 + np.exp(-logit)), corpus * 0.05])
    rising, flat = fc.damped_trend(papers, corpus)
    undamped = 1 / (1 + np.exp(3 - 2 / 11))  # two more months of 1/11
    assert papers[0, -1] / corpus[-1] < rising < undamped
    assert flat == pytest.approx(0.05, rel=0.001)


def test_the_mean_is_of_four_methods() -> None:
    papers = np.array([[10.0, 10, 10, 20, 20, 20], [3, 5, 3, 4, 3, 5]])
    four = [f(papers, EVEN) for f in (fc.last_value, fc.smoothed_level, fc.damped_trend, fc.shrunken)]
    assert fc.mean_of_all(papers, EVEN) == pytest.approx(sum(four) / 4)


@pytest.mark.parametrize("name", fc.METHODS)
def test_histories_of_any_length_share_an_array(name: str) -> None:
    papers, corpus = planted(4, months=13)
    known = [fc.METHODS[name](papers[:, :months], corpus[:months]) for months in (4, 8, 13)]
    padded = [np.pad(corpus[:months], (13 - months, 0)) for months in (4, 8, 13)]
    padded_papers = [np.pad(papers[:, :months], ((0, 0), (13 - months, 0))) for months in (4, 8, 13)]
    assert fc.METHODS[name](np.array(padded_papers), np.array(padded)) == pytest.approx(np.array(known))


def test_the_method_that_erred_least_is_chosen_by_the_size_of_its_errors() -> None:
    few = np.full((fc.ORIGINS_TO_CHOOSE - 1, len(fc.METHODS), 1), 1.0)
    assert list(fc.METHODS)[fc._choose(few)] == "mean"
    errors = np.full((fc.ORIGINS_TO_CHOOSE, len(fc.METHODS), 2), 1.0)
    errors[:, 1] = [[0.0, 1.8]] * fc.ORIGINS_TO_CHOOSE  # 0.9 in the mean, though its squares are more
    assert list(fc.METHODS)[fc._choose(errors)] == "drift"


def test_a_skill_is_one_minus_the_ratio_of_errors() -> None:
    actual = np.array([[0.10, 0.1], [0.20, 0.1], [0.1, 0.1]])
    last = np.array([[0.14, 0.1], [0.16, 0.1], [0.1, 0.1]])
    share = np.array([[0.12, 0.1], [0.18, 0.1], [0.1, 0.1]])
    test = fc.Backtest(
        np.array([4, 5, 6]), actual, last, share, share - 0.01, share + 0.02, ("mean",) * 3, np.full(2, 0.01)
    )
    assert test.topic_skill == pytest.approx([0.5, 0])
    assert test.scaled_error == pytest.approx(4 / 6)  # 2 + 2 standard deviations over six targets
    assert test.scaled_error_of_last == pytest.approx(8 / 6)
    assert test.shown().tolist() == [True, False]
    assert not test.until(8).shown().any()  # two tests only had ended then
    assert len(test.until(8).origins) == 2


def planted(seed: int, months: int = 24, topics: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    corpus = np.linspace(200, 500, months).astype(int)
    share = rng.choice([0.01, 0.02, 0.05], (topics, 1)) * np.exp(
        rng.normal(0, 0.08, (topics, months)).cumsum(1)
    )
    return rng.binomial(corpus, share), corpus


def test_a_backtest_knows_nothing_of_what_came_later() -> None:
    papers, corpus = planted(1)
    changed = papers.copy()
    changed[:, 15:] = changed[::-1, 15:]
    one, other = (fc.next_quarter(k, corpus).backtest for k in (papers, changed))
    known = one.origins <= 15
    assert known.sum() == 12
    for name in ("share", "last", "low", "high"):
        assert np.array_equal(getattr(one, name)[known], getattr(other, name)[known])
    assert one.method[: known.sum()] == other.method[: known.sum()]
    assert not np.array_equal(one.actual, other.actual)


def test_intervals_hold_eighty_percent_and_forecasts_beat_the_last_value() -> None:
    tests = [fc.next_quarter(*planted(seed)).backtest for seed in range(20)]
    # 20 corpora of 40 topics; corpora differ by about 3 %, so the mean is known to within 1.5 %, twice over.
    assert np.mean([test.coverage for test in tests]) == pytest.approx(0.8, abs=0.03)
    assert np.mean([test.scaled_error / test.scaled_error_of_last for test in tests]) < 0.97
    assert np.mean([test.shown().mean() for test in tests]) > 0.5


def test_an_interval_without_a_backtest_is_that_of_sampling_and_usual_movement() -> None:
    # 1,000 papers a month and a share of 10 %: a variance of .1 x .9 / 3,000 + .02 x .1 ** 2 = .00023, and 1.2816
    # times its root is .01944; half a paper more on either side.
    made = fc.next_quarter(np.full((1, 4), 100), np.full(4, 1_000))
    assert made.share[0] == pytest.approx(0.1, abs=1e-4)  # a trend's level starts from half a paper
    assert made.high[0] - made.low[0] == pytest.approx(2 * 0.01944 + 1 / 3_000, rel=0.01)
    assert np.isnan(made.backtest.coverage)
    assert not made.backtest.shown().any()


def test_a_topic_without_papers_is_forecast_at_none() -> None:
    papers, corpus = planted(2)
    papers[0] = 0
    made = fc.next_quarter(papers, corpus)
    assert made.share[0] < 0.001
    assert made.low[0] == 0
    assert 0 < made.high[0] < 0.01
    assert np.isfinite([made.low, made.high]).all()


def test_too_few_months_are_refused() -> None:
    with pytest.raises(ValueError, match="3 months are too few"):
        fc.next_quarter([[1, 2, 3]], [10, 10, 10])


def table(papers: np.ndarray, corpus: np.ndarray, partial: list[bool]) -> pd.DataFrame:
    months = pd.date_range("2024-01-01", periods=len(corpus), freq="MS")
    counts = np.vstack([corpus - papers.sum(axis=0), papers])
    return pd.concat(
        pd.DataFrame(
            {"topic_id": topic, "month": months, "papers": row, "corpus_papers": corpus, "partial": partial}
        )
        for topic, row in enumerate(counts, start=-1)
    )


def test_the_table_forecasts_the_quarter_after_the_last_complete_month() -> None:
    papers, corpus = planted(3, months=14)
    rows = fc.forecasts(table(papers, corpus, [True, *[False] * 12, True]))
    assert len(rows) == 40
    assert set(rows.quarter_start) == {pd.Timestamp("2025-02-01")}
    assert set(rows.quarter_end) == {pd.Timestamp("2025-04-01")}
    same = fc.next_quarter(papers[:, 1:13], corpus[1:13])
    assert rows.share.tolist() == same.share.tolist()
    assert rows.shown.tolist() == same.backtest.shown().tolist()
    assert (rows.share_low <= rows.share).all()
    assert (rows.share <= rows.share_high).all()


def test_a_month_that_is_not_complete_or_empty_cuts_the_history() -> None:
    papers, corpus = planted(3, months=14)
    rows = fc.forecasts(table(papers, corpus, [False] * 8 + [True] + [False] * 5))
    assert rows.share.tolist() == fc.next_quarter(papers[:, 9:], corpus[9:]).share.tolist()
    assert fc.forecasts(table(papers, corpus, [False] * 10 + [True] + [False] * 3)).empty
    assert fc.forecasts(table(papers, corpus, [True] * 14)).empty
