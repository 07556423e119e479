"""Is a topic rising, falling or steady? The verdict on shares, with its effect and false discoveries controlled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.contract import FALLING, INSUFFICIENT, OUTLIER, RISING, STEADY
from etl.trends.bands import CONFIDENCE, Floats, dispersion

WINDOW_MONTHS = 12
MONTHS_AT_LEAST = 6  # fewer complete months say too little of a slope
MONTHS_AT_MOST = 120  # a window that somebody asks for
PAPERS_AT_LEAST = 20  # of a topic in the window
FALSE_DISCOVERIES = 0.05
STEADY_WITHIN = 1.5  # steady: the 95 % interval of the change lies within 1/1.5 to 1.5
_ITERATIONS = 50
_EXPECTED_AT_LEAST = 0.05  # papers a month: a paper where none was expected is no proof of scatter


def window(partial: ArrayLike, months: int | None = WINDOW_MONTHS) -> slice:
    """The window of months, oldest first: at most `months` complete ones in a row, ending at the last complete one.

    With None, as many as there are.
    """
    complete = ~np.asarray(partial, bool)
    if not complete.any():
        return slice(0, 0)
    end = int(np.flatnonzero(complete)[-1]) + 1
    gaps = np.flatnonzero(~complete[:end])
    start = int(gaps[-1]) + 1 if len(gaps) else 0
    return slice(start if months is None else max(start, end - months), end)


@dataclass(frozen=True, slots=True)
class Slopes:
    """Linear change of the share on the logit scale, per topic (t); NaN where it was not fitted."""

    change: Floats  # fitted share in the last month / in the first
    low: Floats  # 95 % interval of it
    high: Floats
    start: Floats  # fitted share in the first month
    end: Floats  # in the last
    p_value: Floats  # two-sided, of no change


def slopes(papers: ArrayLike, corpus: ArrayLike) -> Slopes:
    """Fit a logistic slope over time to the shares of each topic.

    Iteratively reweighted least squares with Firth's correction (Firth, 1993; Heinze and Schemper, 2002), which keeps
    the fit finite where a topic starts from nothing. Overdispersion widens the intervals (see `dispersion`).

    Args:
        papers: a topic's papers in each month, shape (t, m), m of 3 or more.
        corpus: all papers in each month, shape (m).
    """
    k = np.asarray(papers, float)
    n = np.asarray(corpus, float)
    months = len(n)
    x = np.linspace(-0.5, 0.5, months)
    share = (k.sum(axis=1) + 0.5) / (n.sum() + 1)
    intercept, slope = np.log(share / (1 - share)), np.zeros(len(k))
    for _ in range(_ITERATIONS):
        fitted, inverse = _information(intercept, slope, x, n)
        weight = n * fitted * (1 - fitted)
        # The leverage of each month: x' I^-1 x times its weight.
        leverage = weight * (inverse[0][:, None] + 2 * inverse[1][:, None] * x + inverse[2][:, None] * x**2)
        score = k - n * fitted + leverage * (0.5 - fitted)
        score_intercept, score_slope = score.sum(axis=1), score @ x
        step_intercept = inverse[0] * score_intercept + inverse[1] * score_slope
        step_slope = inverse[1] * score_intercept + inverse[2] * score_slope
        intercept = intercept + np.clip(step_intercept, -2, 2)
        slope = slope + np.clip(step_slope, -2, 2)
        if max(np.abs(step_intercept).max(initial=0), np.abs(step_slope).max(initial=0)) < 1e-8:
            break
    return _summary(intercept, slope, x, k, n)


def _information(
    intercept: Floats, slope: Floats, x: Floats, n: Floats
) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Fitted shares (t, m), and the inverse of the 2 x 2 Fisher information as its three entries (t)."""
    fitted = 1 / (1 + np.exp(-(intercept[:, None] + slope[:, None] * x)))
    weight = n * fitted * (1 - fitted)
    a, b, c = weight.sum(axis=1), weight @ x, weight @ x**2
    determinant = np.maximum(a * c - b**2, 1e-300)
    return fitted, (c / determinant, -b / determinant, a / determinant)


def _summary(intercept: Floats, slope: Floats, x: Floats, k: Floats, n: Floats) -> Slopes:
    fitted, (v00, v01, v11) = _information(intercept, slope, x, n)
    phi, freedom = _lack_of_fit(k, n, fitted)
    start, end = fitted[:, 0], fitted[:, -1]
    # Delta method: the gradient of log(end / start) in intercept and slope.
    g0 = (1 - end) - (1 - start)
    g1 = (1 - end) * x[-1] - (1 - start) * x[0]
    variance = g0**2 * v00 + 2 * g0 * g1 * v01 + g1**2 * v11
    half = special.stdtrit(freedom, 0.5 + CONFIDENCE / 2) * np.sqrt(phi * variance)
    change = end / start
    p_value = _p_of_no_slope(k, n, x, phi, freedom)
    return Slopes(change, change * np.exp(-half), change * np.exp(half), start, end, p_value)


def _lack_of_fit(k: Floats, n: Floats, fitted: Floats) -> tuple[Floats, Floats]:
    """Dispersion about the fitted lines, and its degrees of freedom: a season or a burst counts as scatter here."""
    expected = np.maximum(n * fitted, _EXPECTED_AT_LEAST)
    pearson = np.sum((k - n * fitted) ** 2 / (expected * (1 - fitted)), axis=1)
    return dispersion(pearson, len(n) - 2, (1 / expected).mean(axis=1))


def _p_of_no_slope(k: Floats, n: Floats, x: Floats, phi: Floats, freedom: Floats) -> Floats:
    """Two-sided p-value of the conditional score test: where in time a topic's papers lie, given how many there are.

    With a constant share they are drawn from the months without replacement, so that the mean and variance of their
    times are exact for any count; this is the uniformly most powerful unbiased test of a logistic slope (Cox, 1970).
    Skewness is allowed for by a Cornish-Fisher step. Pooled over topics, `phi` costs hardly any power.
    """
    corpus, papers = n.sum(), k.sum(axis=1)
    time = x - (n @ x) / corpus
    variance, third = (n @ time**2) / corpus, (n @ time**3) / corpus
    z = (k @ time) / np.sqrt(phi * variance * papers * (corpus - papers) / (corpus - 1))
    skewness = third / variance**1.5 / np.sqrt(papers) * (2 * phi - 1) / np.sqrt(phi)
    z = np.sign(z) * np.maximum(0, np.sign(z) * (z - skewness * (z**2 - 1) / 6))
    return np.asarray(2 * special.stdtr(freedom, -np.abs(z)), np.float64)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What can be said of each topic (t) over the window."""

    signal: NDArray[np.str_]
    slopes: Slopes
    q_value: Floats
    papers: NDArray[np.int64]


def verdicts(papers: ArrayLike, corpus: ArrayLike) -> Verdicts:
    """Rising, falling, steady, or insufficient: what cannot be told.

    A topic moves if its slope stands with false discoveries held at 5 % over all topics (see `adaptive_q_values`). It
    is steady only if the 95 % interval of its change lies within 1/1.5 to 1.5. A season is not told from a trend: over
    12 months nobody could, over 24 a strong one is at times taken for one (tests/benchmarks/trends).

    Args:
        papers: a topic's papers in each month of the window, shape (t, m).
        corpus: all papers in each month, shape (m).
    """
    k, n = np.asarray(papers, np.int64), np.asarray(corpus, np.int64)
    total = k.sum(axis=1)
    nan = np.full(len(k), np.nan)
    fit = Slopes(nan, nan, nan, nan, nan, nan)
    enough = (total >= PAPERS_AT_LEAST) & (total < n.sum())
    if len(n) >= MONTHS_AT_LEAST and (n > 0).all() and enough.any():
        # Only the topics that are judged are tested, so only they count in the correction.
        fit = _spread(slopes(k[enough], n), enough)
    q_value = nan.copy()
    tested = ~np.isnan(fit.p_value)
    if tested.any():
        q_value[tested] = adaptive_q_values(fit.p_value[tested])
    moves = q_value <= FALSE_DISCOVERIES
    steady = (fit.low >= 1 / STEADY_WITHIN) & (fit.high <= STEADY_WITHIN)
    signal = np.select(
        [moves & (fit.change > 1), moves & (fit.change < 1), steady], [RISING, FALLING, STEADY], INSUFFICIENT
    )
    return Verdicts(signal, fit, q_value, total)


def adaptive_q_values(p_values: Floats) -> Floats:
    """P-values (t) adjusted so that those up to 5 % hold false discoveries at 5 %, whatever the number that move.

    The two stages of Benjamini, Krieger and Yekutieli (2006): a first Benjamini-Hochberg, at a slightly lower level,
    tells how many topics at most stand still, and only those count in the second.
    """
    # Imported here: it takes most of a second, and without topics to judge nobody needs it.
    from scipy.stats import false_discovery_control  # noqa: PLC0415

    first = np.asarray(false_discovery_control(p_values), np.float64) * (1 + FALSE_DISCOVERIES)
    moving = int((first <= FALSE_DISCOVERIES).sum())
    return np.minimum(1, first * max(1, len(p_values) - moving) / len(p_values))


def _spread(fit: Slopes, where: NDArray[np.bool_]) -> Slopes:
    """Results of some topics at their places among all, NaN elsewhere."""

    def place(values: Floats) -> Floats:
        out = np.full(len(where), np.nan)
        out[where] = values
        return out

    return Slopes(
        place(fit.change),
        place(fit.low),
        place(fit.high),
        place(fit.start),
        place(fit.end),
        place(fit.p_value),
    )


# ---- the same for tables of months, as the ETL publishes them and the dashboard makes them for any filter ----


def signals(
    months: pd.DataFrame, topic_ids: Sequence[int], window_months: int = WINDOW_MONTHS
) -> pd.DataFrame:
    """The verdict on each topic over the last complete months; outliers are no topic and get none.

    Without a dated paper there are no months, and nothing can be told of any topic.
    """
    papers = months.pivot(index="topic_id", columns="month", values="papers").reindex(pd.Index(topic_ids))
    calendar = months[months.topic_id == OUTLIER].sort_values("month")
    chosen = window(calendar.partial, window_months)
    judged = verdicts(papers.iloc[:, chosen], calendar.corpus_papers.iloc[chosen])
    judged_months = calendar.month.iloc[chosen]
    return pd.DataFrame(
        {
            "topic_id": papers.index.to_numpy(),
            "signal": judged.signal,
            "change": judged.slopes.change,
            "change_low": judged.slopes.low,
            "change_high": judged.slopes.high,
            "share_start": judged.slopes.start,
            "share_end": judged.slopes.end,
            "p_value": judged.slopes.p_value,
            "q_value": judged.q_value,
            "papers": judged.papers,
            "window_start": judged_months.iloc[0] if len(judged_months) else None,
            "window_end": judged_months.iloc[-1] if len(judged_months) else None,
        }
    )
