"""Is a topic rising, falling or steady? The verdict on shares, with its effect and false discoveries controlled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.contract import FALLING, INSUFFICIENT, OUTLIER, RISING, STEADY

WINDOW_MONTHS = 12
MONTHS_AT_LEAST = 6  # fewer complete months say too little of a slope
PAPERS_AT_LEAST = 20  # of a topic in the window
FALSE_DISCOVERIES = 0.05
STEADY_WITHIN = 1.5  # steady: the 95 % interval of the change lies within 1/1.5 to 1.5
_CONFIDENCE = 0.95
_ITERATIONS = 50
_PRIOR_AT_MOST = 10  # weight of the common dispersion, in topics

Floats = NDArray[np.float64]


def wilson(papers: ArrayLike, corpus: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Share with its 95 % interval, of `papers` out of `corpus` (any equal shapes); NaN where the corpus is empty.

    The score interval (Wilson, 1927): honest for small counts, never outside 0 to 1.
    """
    k, n = np.asarray(papers, float), np.asarray(corpus, float)
    z = special.ndtri(0.5 + _CONFIDENCE / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / n
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At 0 and at n the interval touches the share itself; rounding must not push it past.
    return (
        share,
        np.clip(np.minimum(centre - half, share), 0, 1),
        np.clip(np.maximum(centre + half, share), 0, 1),
    )


def window(partial: ArrayLike, months: int = WINDOW_MONTHS) -> slice:
    """The window of months, oldest first: at most `months` complete ones in a row, ending at the last complete one."""
    complete = ~np.asarray(partial, bool)
    if not complete.any():
        return slice(0, 0)
    end = int(np.flatnonzero(complete)[-1]) + 1
    gaps = np.flatnonzero(~complete[:end])
    start = int(gaps[-1]) + 1 if len(gaps) else 0
    return slice(max(start, end - months), end)


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
    expected = n * fitted
    pearson = np.sum((k - expected) ** 2 / np.maximum(expected * (1 - fitted), 1e-12), axis=1)
    phi, freedom = dispersion(pearson, len(n) - 2)
    start, end = fitted[:, 0], fitted[:, -1]
    # Delta method: the gradient of log(end / start) in intercept and slope.
    g0 = (1 - end) - (1 - start)
    g1 = (1 - end) * x[-1] - (1 - start) * x[0]
    variance = g0**2 * v00 + 2 * g0 * g1 * v01 + g1**2 * v11
    half = special.stdtrit(freedom, 0.5 + _CONFIDENCE / 2) * np.sqrt(phi * variance)
    change = end / start
    p_value = np.asarray(2 * special.stdtr(freedom, -np.abs(slope) / np.sqrt(phi * v11)), np.float64)
    return Slopes(change, change * np.exp(-half), change * np.exp(half), start, end, p_value)


def dispersion(pearson: Floats, freedom: int) -> tuple[Floats, float]:
    """How much more the counts scatter than a binomial does, per topic, and the degrees of freedom behind it.

    A dozen months say little of one topic's scatter, so its own estimate, Pearson's statistic over its degrees of
    freedom (McCullagh and Nelder, 1989, section 4.5), is drawn towards the mean of all topics, the more the less the
    topics differ (as Smyth, 2004, moderates variances). Never below 1: a binomial scatters at least that much.

    Args:
        pearson: Pearson's statistic of each topic, shape (t).
        freedom: degrees of freedom of one topic's fit.
    """
    own = pearson / freedom
    common = own.mean()
    # Chi-square noise alone gives a squared coefficient of variation of 2 / freedom; the rest is true difference.
    spread = own.var() / common**2 - 2 / freedom if common > 0 else 0.0
    prior = min(2 / spread if spread > 0 else np.inf, _PRIOR_AT_MOST * freedom)
    return np.maximum(1, (prior * common + freedom * own) / (prior + freedom)), prior + freedom


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What can be said of each topic (t) over the window."""

    signal: NDArray[np.str_]
    slopes: Slopes
    q_value: Floats
    papers: NDArray[np.int64]


def verdicts(papers: ArrayLike, corpus: ArrayLike) -> Verdicts:
    """Rising, falling, steady, or insufficient: what cannot be told.

    A topic moves if its slope stands with false discoveries held at 5 % over all topics (Benjamini and Hochberg,
    1995). It is steady only if the 95 % interval of its change lies within 1/1.5 to 1.5.

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
        # Imported here: it takes most of a second, and without topics to judge nobody needs it.
        from scipy.stats import false_discovery_control  # noqa: PLC0415

        q_value[tested] = false_discovery_control(fit.p_value[tested])
    moves = q_value <= FALSE_DISCOVERIES
    steady = (fit.low >= 1 / STEADY_WITHIN) & (fit.high <= STEADY_WITHIN)
    signal = np.select(
        [moves & (fit.change > 1), moves & (fit.change < 1), steady], [RISING, FALLING, STEADY], INSUFFICIENT
    )
    return Verdicts(signal, fit, q_value, total)


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


def with_bands(months: pd.DataFrame) -> pd.DataFrame:
    """Monthly counts with share, share_low and share_high."""
    share, low, high = wilson(months.papers, months.corpus_papers)
    return months.assign(share=share, share_low=low, share_high=high)


def signals(months: pd.DataFrame, topic_ids: Sequence[int]) -> pd.DataFrame:
    """The verdict on each topic over the last complete months; outliers are no topic and get none.

    Without a dated paper there are no months, and nothing can be told of any topic.
    """
    papers = months.pivot(index="topic_id", columns="month", values="papers").reindex(pd.Index(topic_ids))
    calendar = months[months.topic_id == OUTLIER].sort_values("month")
    chosen = window(calendar.partial)
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
