"""Who writes: team sizes, new and returning names, and how concentrated papers are on few of them.

Everything is computed from histograms (how many papers have a team of this size, how many names have so many papers),
which stay small however large the corpus is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

TOP = 0.1  # the most active tenth of the names
SEED = 20_240
RESAMPLES = 200
_TAIL = 0.025  # of 95 % bands, on either side

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number for each period (p) with its 95 % band; NaN where there is nothing to count."""

    value: Floats
    low: Floats
    high: Floats


# ---- team sizes ----


def quantile(values: ArrayLike, counts: ArrayLike, part: float) -> Estimate:
    """Quantile of a histogram, such as the median team, with a band that assumes no distribution.

    The band's ends are the order statistics between which the quantile lies with 95 % (Conover, 1999, section 3.2);
    of small samples they are the smallest and the largest value. A quantile between two values is their mean.

    Args:
        values: what was counted, ascending, shape (v).
        counts: how often it occurs in each period, shape (p, v).
        part: 0.5 for the median.
    """
    x, c = np.asarray(values, float), np.asarray(counts, np.int64)
    until = np.cumsum(c, axis=1)
    n = until[:, -1]

    def ordered(rank: NDArray[np.int64]) -> Floats:
        """The value of rank 1 to n in each period."""
        place = (until < np.clip(rank, 1, np.maximum(n, 1))[:, None]).sum(axis=1)
        return np.where(n > 0, x[np.minimum(place, len(x) - 1)], np.nan)

    # With j of n values below the quantile, it lies above order statistic j: j is binomial.
    safe = np.maximum(n, 1)
    below = np.floor(special.bdtrik(_TAIL, safe, part)).astype(np.int64) + 1
    above = np.ceil(special.bdtrik(1 - _TAIL, safe, part)).astype(np.int64) + 1
    at = np.floor(n * part).astype(np.int64)
    between = np.isclose(n * part, at)
    value = np.where(between, (ordered(at) + ordered(at + 1)) / 2, ordered(at + 1))
    return Estimate(value, np.minimum(ordered(below), value), np.maximum(ordered(above), value))


def mean(values: ArrayLike, counts: ArrayLike) -> Estimate:
    """Mean of a histogram with Student's 95 % band, arguments as of `quantile`; a single value has no band (NaN)."""
    x, c = np.asarray(values, float), np.asarray(counts, float)
    n = c.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = c @ x / n
        variance = (c * (x - value[:, None]) ** 2).sum(axis=1) / (n - 1)
        half = special.stdtrit(np.where(n > 1, n - 1, np.nan), 1 - _TAIL) * np.sqrt(variance / n)
    return Estimate(value, value - half, value + half)


# ---- concentration ----


@dataclass(frozen=True, slots=True)
class Concentration:
    """How unevenly papers are spread over names, by period (p), with bands that a bootstrap over names gives.

    All three grow with the number of papers a name can have, so compare periods of like size.
    """

    gini: Estimate  # 0: everybody has as many papers; towards 1: one name has nearly all
    hhi: Estimate  # Herfindahl and Hirschman: sum of squared shares; 1 / hhi names of equal size are as concentrated
    top: Estimate  # part of the papers that the most active tenth of the names has


def concentration(
    papers: ArrayLike, names: ArrayLike, *, seed: int = SEED, resamples: int = RESAMPLES
) -> Concentration:
    """Concentration of papers on names.

    Args:
        papers: papers of a name, ascending, shape (v).
        names: how many names have so many papers, by period, shape (p, v).
        seed: of the bootstrap (Efron, 1979); percentile bands.
        resamples: of the bootstrap.
    """
    x, counts = np.asarray(papers, float), np.asarray(names, np.int64)
    bands: list[Floats] = []
    rng = np.random.default_rng(seed)
    measured = _measures(x, counts)
    for row in counts:
        total = int(row.sum())
        drawn = (
            rng.multinomial(total, row / total, size=resamples) if total else np.zeros((1, len(x)), np.int64)
        )
        bands.append(np.quantile(_measures(x, drawn), [_TAIL, 1 - _TAIL], axis=1))
    ends = np.array(bands).reshape(-1, 2, 3)
    # Resamples repeat names, so their measures lean to one side; a band holds its own estimate in any case.
    gini, hhi, top = (
        Estimate(value, np.minimum(ends[:, 0, place], value), np.maximum(ends[:, 1, place], value))
        for place, value in enumerate(measured)
    )
    return Concentration(gini, hhi, top)


def _measures(x: Floats, counts: NDArray[np.int64]) -> Floats:
    """Gini, HHI and top share of each histogram (r, v), shape (3, r); NaN without papers."""
    names = counts.sum(axis=1)
    held = counts * x
    total = held.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Names in order of their papers: those of value v have ranks up to `until`, with the mean rank between.
        until = np.cumsum(counts, axis=1)
        ranks = (until - (counts - 1) / 2) * held
        gini = 2 * ranks.sum(axis=1) / (names * total) - (names + 1) / names
        hhi = (counts * x**2).sum(axis=1) / total**2
        # The most active tenth, rounded up; of names with equally many papers a part.
        wanted = np.ceil(names * TOP - 1e-9)
        above = names[:, None] - until
        taken = np.clip(wanted[:, None] - above, 0, counts)
        top = (taken * x).sum(axis=1) / total
    return np.array([gini, hhi, top])


# ---- the same for tables ----


def histogram(
    rows: pd.DataFrame, value: str, count: str
) -> tuple[pd.DatetimeIndex, Floats, NDArray[np.int64]]:
    """A long table (month, `value`, `count`) as months (p), values (v) ascending, and counts (p, v)."""
    wide = rows.pivot(index="month", columns=value, values=count).sort_index().sort_index(axis=1)
    return pd.DatetimeIndex(wide.index), wide.columns.to_numpy(float), wide.fillna(0).to_numpy(np.int64)


def author_months(teams: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Team sizes, and new and returning names of each month; columns are those of `contract.AUTHOR_MONTHS`.

    Args:
        teams: month, authors (team size) and papers.
        names: month, authors (distinct names) and new_authors (those never seen in an earlier month).
    """
    if teams.empty:
        return pd.DataFrame()
    months, sizes, papers = histogram(teams, "authors", "papers")
    columns = {
        "team_median": quantile(sizes, papers, 0.5),
        "team_mean": mean(sizes, papers),
        "team_p90": quantile(sizes, papers, 0.9),
    }
    rows = pd.DataFrame({"month": months, "papers": papers.sum(axis=1), **_spread(columns)})
    rows = rows.merge(names, on="month", how="left").fillna({"authors": 0, "new_authors": 0})
    return rows.assign(returning_authors=rows.authors - rows.new_authors)


def concentration_months(holders: pd.DataFrame) -> pd.DataFrame:
    """Concentration of each month's papers; columns are those of `contract.CONCENTRATION_MONTHS`.

    Args:
        holders: kind ('author' or 'organization'), month, papers (of a name), names (how many have so many).
    """
    tables = []
    for kind, rows in holders.groupby("kind", sort=True):
        months, papers, names = histogram(rows, "papers", "names")
        made = concentration(papers, names)
        columns = {"gini": made.gini, "hhi": made.hhi, "top_share": made.top}
        tables.append(
            pd.DataFrame({"kind": kind, "month": months, "names": names.sum(axis=1), **_spread(columns)})
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _spread(estimates: dict[str, Estimate]) -> dict[str, Floats]:
    return {
        f"{name}{end}": getattr(estimate, field)
        for name, estimate in estimates.items()
        for end, field in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
