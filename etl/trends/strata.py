"""Sources kept apart: shares of a corpus that comes from several sources, and where these change.

Each source covers its own months and writes on its own mix of topics, so pooling them turns a source that joins, or
grows faster, into a trend of topics. Here a source is a stratum: it is compared with itself only (for slopes see
`regression`), and where the set of sources changes there is a break, never a trend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from etl.trends.bands import scatter_within, wilson
from etl.trends.tables import Floats, Strata

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


# ---- the same for the table of months ----


def stratified_bands(topic_source_months: pd.DataFrame) -> pd.DataFrame:
    """Shares by month with 95 % bands, standardised to a fixed mix of sources between breaks (`stratified_shares`).

    Counts scatter as they do within each source, by all topics together; a source that joins is no scatter.

    Args:
        topic_source_months: columns of `contract.TOPIC_SOURCE_MONTHS`; `month` may be the first of any period.

    Returns:
        topic_id, month, share, share_low, share_high (NaN in months that no source covers), stretch (counts the breaks
        before the month).
    """
    by_source = Strata.of(topic_source_months)
    made = stratified_shares(by_source.papers, by_source.corpus, by_source.covered)
    share, low, high = wilson(made.papers, made.corpus, scatter_within(by_source)[:, None])
    topics, months = len(by_source.topic_ids), by_source.months
    return pd.DataFrame(
        {
            "topic_id": np.repeat(by_source.topic_ids, len(months)),
            "month": np.tile(months, topics),
            "share": share.ravel(),
            "share_low": low.ravel(),
            "share_high": high.ravel(),
            "stretch": np.tile(np.cumsum(breaks(by_source.covered)), topics),
        }
    )


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
