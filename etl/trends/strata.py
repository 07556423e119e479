"""Sources kept apart: shares and slopes of a corpus that comes from several sources.

Each source covers its own months and writes on its own mix of topics, so pooling them turns a source that joins, or
grows faster, into a trend of topics. Here a source is a stratum: it is compared with itself only, and where the set
of sources changes there is a break, never a trend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from etl.trends.bands import dispersion

_CONFIDENCE = 0.95
_ITERATIONS = 50
_STEP_AT_MOST = 2.0  # on the logit scale, in one iteration

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


def breaks(covered: ArrayLike) -> Booleans:
    """Months (m) in which another set of sources is covered than in the month before; the first is none.

    Args:
        covered: whether a source covers all of a month, shape (s, m).
    """
    known = np.asarray(covered, bool)
    changed = np.zeros(known.shape[1], bool)
    changed[1:] = (known[:, 1:] != known[:, :-1]).any(axis=0)
    return changed


@dataclass(frozen=True, slots=True)
class StratifiedShares:
    """Shares (t, m) that a change in the mix of sources does not move; NaN in months that no source covers.

    `papers` out of `corpus` (t, m) are the numbers that a single source of this share and variance would have, so that
    `wilson(papers, corpus)` gives the band.
    """

    share: Floats
    papers: Floats
    corpus: Floats


def stratified_shares(papers: ArrayLike, corpus: ArrayLike, covered: ArrayLike) -> StratifiedShares:
    """Shares standardised to a fixed mix of sources between one break and the next.

    A source weighs as much as its papers of the whole stretch between breaks (direct standardisation, as of Fleiss,
    Levin and Paik, 2003, chapter 19), so its growth within the stretch moves no share.

    Args:
        papers: papers of a source on a topic in a month, shape (s, t, m).
        corpus: all papers of the source in the month, shape (s, m).
        covered: whether the source covers all of the month, shape (s, m).
    """
    k, n, known = np.asarray(papers, float), np.asarray(corpus, float), np.asarray(covered, bool)
    n = np.where(known, n, 0.0)
    stretch = np.cumsum(breaks(known))
    in_stretch = np.array([n[:, stretch == number].sum(axis=1) for number in range(stretch[-1] + 1)])
    # A source without papers in a month says nothing of it; the others stand in.
    weight = np.where(n > 0, in_stretch[stretch].T, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight /= weight.sum(axis=0)
        own = np.where(n[:, None] > 0, k / n[:, None], 0.0)
        share = np.where(n.sum(axis=0) > 0, (weight[:, None] * own).sum(axis=0), np.nan)
        variance = np.where(n > 0, weight**2 / n, 0.0)
        # At no papers, or all, the sources' own variances are 0; the size of the sample is not.
        size = 1 / variance.sum(axis=0) * np.ones_like(share)
        spread = (variance[:, None] * own * (1 - own)).sum(axis=0)
        size = np.where(spread > 0, share * (1 - share) / spread, size)
    return StratifiedShares(share, share * size, size)


@dataclass(frozen=True, slots=True)
class CommonSlopes:
    """The change of each topic (t) that its sources have in common, as `Slopes` gives it for one source."""

    change: Floats  # fitted share in the last month / in the first, at the window's mix of sources
    low: Floats  # 95 % interval of it
    high: Floats
    start: Floats
    end: Floats
    p_value: Floats  # two-sided, of no change


def common_slopes(papers: ArrayLike, corpus: ArrayLike, covered: ArrayLike) -> CommonSlopes:
    """Fit one logistic slope a topic to all its sources, each with a level of its own.

    Levels of a source that joins late are estimated from its own months, so joining moves nothing. The common slope
    weighs sources by their information, as the estimate of Mantel and Haenszel (1959) weighs tables; Firth's
    correction and the dispersion are those of `slopes`, which this equals for a single source.

    Args:
        papers: papers of a source on a topic in a month, shape (s, t, m), m of 3 or more.
        corpus: all papers of the source in the month, shape (s, m).
        covered: whether the source covers all of the month, shape (s, m); other months do not count.
    """
    known = np.asarray(covered, bool) & (np.asarray(corpus) > 0)
    told = known.sum(axis=1) > 0  # of the others there is nothing to fit
    known, k = known[told], np.asarray(papers, float)[told] * known[told][:, None]
    n = np.asarray(corpus, float)[told] * known
    fit = _Fit(k, n, np.linspace(-0.5, 0.5, n.shape[1]))
    fit.run()
    return fit.summary(int(known.sum()) - len(known) - 1)


class _Fit:
    """Levels (s, t) and slopes (t) by Newton's method; the levels are eliminated, which leaves one number a topic."""

    def __init__(self, k: Floats, n: Floats, x: Floats) -> None:
        self.k, self.n, self.x = k, n[:, None], x
        share = (k.sum(axis=2) + 0.5) / (self.n.sum(axis=2) + 1)
        self.level, self.slope = special.logit(share), np.zeros(k.shape[1])

    def run(self) -> None:
        for _ in range(_ITERATIONS):
            fitted, weight, a, centre, information = self._information()
            away = self.x - centre[..., None]
            leverage = weight * (1 / a[..., None] + away**2 / information[:, None])
            score = self.k - self.n * fitted + leverage * (0.5 - fitted)
            step = (score * away).sum(axis=(0, 2)) / information
            level_step = score.sum(axis=2) / a - centre * step
            self.slope = self.slope + np.clip(step, -_STEP_AT_MOST, _STEP_AT_MOST)
            self.level = self.level + np.clip(level_step, -_STEP_AT_MOST, _STEP_AT_MOST)
            if max(np.abs(step).max(initial=0), np.abs(level_step).max(initial=0)) < 1e-8:
                break

    def _information(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Fitted shares and weights (s, t, m), a level's information and mean time (s, t), the slope's own (t)."""
        fitted = np.asarray(special.expit(self.level[..., None] + self.slope[:, None] * self.x), np.float64)
        weight = self.n * fitted * (1 - fitted)
        a = np.maximum(weight.sum(axis=2), 1e-300)
        centre = weight @ self.x / a
        information = (weight * (self.x - centre[..., None]) ** 2).sum(axis=(0, 2))
        return fitted, weight, a, centre, np.maximum(information, 1e-300)

    def summary(self, freedom: int) -> CommonSlopes:
        fitted, _, a, centre, information = self._information()
        expected = self.n * fitted
        variance = np.maximum(expected * (1 - fitted), 1e-12)
        pearson = np.where(self.n > 0, (self.k - expected) ** 2 / variance, 0.0).sum(axis=(0, 2))
        phi, freedom_of_all = dispersion(pearson, freedom)
        mix = self.n.sum(axis=2) / self.n.sum()
        first, last = (special.expit(self.level + self.slope * x) for x in (self.x[0], self.x[-1]))
        start, end = (mix * first).sum(axis=0), (mix * last).sum(axis=0)
        # Delta method: the gradient of log(end / start) in the levels and in the slope.
        at_start, at_end = mix * first * (1 - first) / start, mix * last * (1 - last) / end
        by_level = at_end - at_start
        by_slope = (at_end * self.x[-1] - at_start * self.x[0] - by_level * centre).sum(axis=0)
        log_variance = (by_level**2 / a).sum(axis=0) + by_slope**2 / information
        half = special.stdtrit(freedom_of_all, 0.5 + _CONFIDENCE / 2) * np.sqrt(phi * log_variance)
        change = end / start
        z = -np.abs(self.slope) * np.sqrt(information / phi)
        p_value = np.asarray(2 * special.stdtr(freedom_of_all, z), np.float64)
        return CommonSlopes(change, change * np.exp(-half), change * np.exp(half), start, end, p_value)


# ---- the same for the table of months ----


@dataclass(frozen=True, slots=True)
class Strata:
    """Counts by source: `papers` (s, t, m), `corpus` and `covered` (s, m), and what the axes stand for."""

    sources: list[str]
    topic_ids: list[int]
    months: pd.DatetimeIndex
    papers: Floats
    corpus: Floats
    covered: Booleans

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Strata:
        """The arrays of a table with the columns of `contract.TOPIC_SOURCE_MONTHS`, without gaps."""
        ordered = rows.sort_values(["source", "topic_id", "month"])
        sources, topics, months = (
            np.sort(ordered[name].unique()).tolist() for name in ("source", "topic_id", "month")
        )
        shape = (len(sources), len(topics), len(months))
        papers = ordered.papers.to_numpy(float).reshape(shape)
        corpus = ordered.corpus_papers.to_numpy(float).reshape(shape)[:, 0]
        covered = ordered.covered.to_numpy(bool).reshape(shape)[:, 0]
        return cls(sources, topics, pd.DatetimeIndex(months), papers, corpus, covered)


def source_breaks(topic_source_months: pd.DataFrame) -> pd.DataFrame:
    """Where the sources change: columns of `contract.SOURCE_BREAKS`, a row for each month that begins with a break.

    Months that no source covers are no corpus, so neither their beginning nor their end is a break of one.
    """
    if topic_source_months.empty:
        return pd.DataFrame()
    by_source = Strata.of(topic_source_months)
    told = np.flatnonzero(by_source.covered.any(axis=0))
    covered, months = by_source.covered[:, told], by_source.months[told]
    names = np.array(by_source.sources)
    return pd.DataFrame(
        [
            {
                "month": months[place],
                "joined": names[covered[:, place] & ~covered[:, place - 1]].tolist(),
                "ended": names[~covered[:, place] & covered[:, place - 1]].tolist(),
            }
            for place in np.flatnonzero(breaks(covered)).tolist()
        ]
    )
