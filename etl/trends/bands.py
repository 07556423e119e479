"""How sure is a share? Bands for shares and counts of any period, as wide as the counts scatter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.trends.tables import Floats, Strata

CONFIDENCE = 0.95
PERIODS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC"}  # a week begins on Monday

_PRIOR_AT_MOST = 30  # weight of the common dispersion, in topics
_OUTLYING = 3.0  # standard errors above the common dispersion: such a topic has a scatter of its own
_PAIRS_ARE_WORTH = 2 / 3  # of a degree of freedom, because neighbouring differences share a period
_ROUNDS = 10


def wilson(papers: ArrayLike, corpus: ArrayLike, phi: ArrayLike = 1.0) -> tuple[Floats, Floats, Floats]:
    """Share with its 95 % interval, of `papers` out of `corpus` (any equal shapes); NaN where the corpus is empty.

    The score interval (Wilson, 1927): honest for small counts, never outside 0 to 1. Where counts scatter `phi` times
    as a binomial does, they say as much as a `phi`-th of the papers would.
    """
    n = np.asarray(corpus, float)
    z2 = special.ndtri(0.5 + CONFIDENCE / 2) ** 2 * np.asarray(phi, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.asarray(papers, float) / n
        centre = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2) / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    # At 0 and at n the interval touches the share itself; rounding must not push it past.
    return (
        share,
        np.clip(np.minimum(centre - half, share), 0, 1),
        np.clip(np.maximum(centre + half, share), 0, 1),
    )


def count_band(papers: ArrayLike, phi: ArrayLike = 1.0) -> tuple[Floats, Floats]:
    """The 95 % interval of the expected number of papers, where a number was counted: Wilson's in an endless corpus."""
    k = np.asarray(papers, float)
    z2 = special.ndtri(0.5 + CONFIDENCE / 2) ** 2 * np.asarray(phi, float)
    half = np.sqrt(z2) * np.sqrt(k + z2 / 4)
    return np.maximum(k + z2 / 2 - half, 0), k + z2 / 2 + half


def scatter(papers: ArrayLike, corpus: ArrayLike) -> tuple[Floats, Floats]:
    """How much each topic's counts scatter from one period to the next, and the degrees of freedom behind it.

    Neighbouring periods are compared (von Neumann, 1941), so that a trend, a season or a step hardly counts as
    scatter. Given the papers of both, those of the first are hypergeometric; their squared deviation is 1 on average
    where nothing but chance is at work.

    Args:
        papers: a topic's papers in each period, shape (t, m), m of 2 or more.
        corpus: all papers in each period, shape (m).

    Returns:
        Dispersion and degrees of freedom, both of shape (t), as `dispersion` makes them.
    """
    k, n = np.asarray(papers, float), np.asarray(corpus, float)
    both, all_papers = k[:, :-1] + k[:, 1:], n[:-1] + n[1:]
    part = n[:-1] / np.maximum(all_papers, 1)
    variance = both * part * (1 - part) * (all_papers - both) / np.maximum(all_papers - 1, 1)
    deviation = (k[:, :-1] - both * part) ** 2
    total = variance.sum(axis=1)
    # A ratio of sums, because pairs of few papers say little of scatter, and would say that there is none.
    worth = _PAIRS_ARE_WORTH * total**2 / np.where(total > 0, (variance**2).sum(axis=1), 1)
    total = np.where(total > 0, total, 1)
    ratio, excess = deviation.sum(axis=1) / total, _PAIRS_ARE_WORTH * len(part) / total
    return dispersion(ratio * worth, worth, excess)


def scatter_within(counts: Strata) -> Floats:
    """Dispersion (t), the mean over sources by their degrees of freedom; 1 where none can be told.

    From what each source covers: one that joins is no scatter.
    """
    total, freedom = np.zeros(len(counts.topic_ids)), np.zeros(len(counts.topic_ids))
    for papers, corpus, covered in zip(counts.papers, counts.corpus, counts.covered, strict=True):
        told = covered & (corpus > 0)
        if told.sum() > 1:
            phi, degrees = scatter(papers[:, told], corpus[told])
            total, freedom = total + phi * degrees, freedom + degrees
    return np.where(freedom > 0, total / np.maximum(freedom, 1e-9), 1.0)


def dispersion(pearson: ArrayLike, freedom: ArrayLike, excess: ArrayLike = 0.0) -> tuple[Floats, Floats]:
    """How much more the counts scatter than a binomial does, per topic, and the degrees of freedom behind it.

    A dozen months say little of one topic's scatter, so its own estimate, Pearson's statistic over its degrees of
    freedom (McCullagh and Nelder, 1989, section 4.5), is drawn towards the mean of all topics, the more the less the
    topics differ (as Smyth, 2004, moderates variances). A topic that scatters far more than the rest, because it
    bursts or has seasons, neither widens the others' bands nor is drawn to them (as Phipson et al., 2016, do). Never
    below 1: a binomial scatters at least that much.

    Args:
        pearson: Pearson's statistic of each topic, shape (t).
        freedom: degrees of freedom of each topic's fit, shape (t) or one for all; 0 where nothing was fitted.
        excess: mean excess kurtosis of the residuals, 1 / expected for small counts, likewise.
    """
    statistic = np.asarray(pearson, float)
    own_freedom = np.broadcast_to(np.asarray(freedom, float), statistic.shape)
    fitted = own_freedom > 0
    if not fitted.any():
        return np.ones_like(statistic), np.zeros_like(statistic)
    own = np.divide(statistic, own_freedom, out=np.ones_like(statistic), where=fitted)
    # Chance alone gives this squared coefficient of variation; what is more is true difference.
    chance = (2 + np.maximum(excess, 0)) / np.maximum(own_freedom, 1)
    common, usual = _common(own, own_freedom, chance)
    weights = own_freedom[usual]
    spread = _mean((own[usual] / common - 1) ** 2 - chance[usual], weights) if common > 0 else 0.0
    others = min(_PRIOR_AT_MOST, usual.sum() - 1) * weights.mean()
    prior = np.where(usual | ~fitted, min(2 / spread if spread > 0 else np.inf, others), 0)
    total = np.maximum(prior + own_freedom, 1e-9)
    return np.maximum(1, (prior * common + own_freedom * own) / total), prior + own_freedom


def _common(own: Floats, freedom: Floats, chance: Floats) -> tuple[float, NDArray[np.bool_]]:
    """The mean dispersion of the usual topics, and which those are."""
    usual = freedom > 0
    for _ in range(_ROUNDS):
        common = _mean(own[usual], freedom[usual])
        kept = (freedom > 0) & (own <= max(common, 1e-9) * (1 + _OUTLYING * np.sqrt(chance)))
        if not kept.any() or (kept == usual).all():
            break
        usual = kept
    return common, usual


def _mean(values: Floats, weights: Floats) -> float:
    return float(values @ weights / weights.sum())


# ---- the same for tables of periods, as the ETL publishes them and the dashboard makes them for any filter ----


def with_bands(periods: pd.DataFrame) -> pd.DataFrame:
    """Counts of every topic by period, with share, share_low, share_high, papers_low and papers_high (95 %).

    Args:
        periods: topic_id, papers, corpus_papers, partial, and `month`, or `start` where periods are not months. Every
            topic has every period, because together they say how much counts scatter: choose topics afterwards.
    """
    table = Strata.of(periods, when="month" if "month" in periods else "start")
    columns = {name: periods[name].array for name in periods.columns}
    papers, corpus = periods["papers"].to_numpy(), periods["corpus_papers"].to_numpy()
    phi = scatter_within(table)[np.searchsorted(table.topic_ids, periods["topic_id"].to_numpy())]
    share, low, high = wilson(papers, corpus, phi)
    papers_low, papers_high = count_band(papers, phi)
    bands = {
        "share": share,
        "share_low": low,
        "share_high": high,
        "papers_low": papers_low,
        "papers_high": papers_high,
    }
    return pd.DataFrame({**columns, **bands}, index=periods.index)


def by_period(days: pd.DataFrame, period: str) -> pd.DataFrame:
    """Counts by day, summed to days, weeks, months or quarters; a period is partial if any of its days is.

    Args:
        days: topic_id, day, papers, and partial, true where the day was not wholly covered; days that a topic lacks
            have none of its papers, and days that all lack were not covered.
        period: one of PERIODS.

    Returns:
        topic_id, start (the period's first day), papers, corpus_papers (of all topics, outliers too), partial; every
        topic has every period.

    Raises:
        KeyError: no such period.
    """
    frequency = PERIODS[period]
    dated = days.assign(day=pd.to_datetime(days.day))
    covered = dated.groupby("day").partial.max()
    if covered.empty:
        return pd.DataFrame(columns=["topic_id", "start", "papers", "corpus_papers", "partial"])
    first, last = covered.index.min().to_period(frequency), covered.index.max().to_period(frequency)
    calendar = pd.date_range(first.start_time, last.end_time.normalize())
    missing = covered.reindex(calendar).isna() | covered.reindex(calendar).eq(True)
    partial = missing.groupby(calendar.to_period(frequency)).max()
    papers = (
        dated.assign(start=dated.day.dt.to_period(frequency))
        .pivot_table(index="start", columns="topic_id", values="papers", aggfunc="sum", fill_value=0)
        .reindex(partial.index, fill_value=0)
    )
    long = (
        papers.rename_axis(index="start")
        .reset_index()
        .melt("start", var_name="topic_id", value_name="papers")
    )
    return long.assign(
        topic_id=long.topic_id.astype(int),
        corpus_papers=long.start.map(papers.sum(axis=1)),
        partial=long.start.map(partial).astype(bool),
        start=long.start.dt.start_time,
    )[["topic_id", "start", "papers", "corpus_papers", "partial"]]
