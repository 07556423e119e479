"""How large every topic was in each period: papers and share with its 95 % band, by day, week, month or quarter.

Where papers come from several sources, shares are standardised to a fixed mix of them between the months in which
another source joins or ends, so that a source which grows is no trend (see `etl.trends.strata`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import counts, queries
from dashboard.filters import DAY, MONTH, QUARTER, WEEK, Filters
from dashboard.snapshot import Snapshot
from etl import trends
from etl.contract import OUTLIER

_MONTHS_OF_A_QUARTER = 3
_DAYS = {DAY: 1, WEEK: 7}


def banded(snapshot: Snapshot, population: Filters, per: str) -> pd.DataFrame:
    """Every topic in every period, over the papers asked for whatever their topic.

    Columns: topic_id, per, month and last (the first day of the period and of its last month; of days and weeks their
    first and last day), papers, corpus_papers (all papers of the period that are asked for), share with its 95 %
    interval share_low and share_high (0 to 1; NaN without papers), papers_low and papers_high (that of the papers
    expected), partial (not covered whole, by any source), stretch (how many times the sources changed before).
    """
    found = trends.with_bands(_counted(snapshot, population, per)).assign(per=per, stretch=0)
    by_source = _by_source(snapshot, population, per)
    if by_source["source"].nunique() < 2:
        return found
    bands = trends.stratified_bands(by_source).set_index(["topic_id", "month"])
    standardised = bands.reindex(pd.MultiIndex.from_frame(found[["topic_id", "month"]]))
    told = standardised["share"].notna().to_numpy()
    for name in ("share", "share_low", "share_high"):
        found[name] = standardised[name].where(told, found[name].to_numpy()).to_numpy()
    stretch = standardised["stretch"].fillna(0).astype(int).to_numpy()
    return found.assign(partial=~told, stretch=stretch)


def by_quarter(months: pd.DataFrame) -> pd.DataFrame:
    """Monthly counts by calendar quarter; one that lacks a month, or whose month is cut, is partial.

    A quarter begins with the first of its months that is there, since a mark leads to what it counts.
    """
    quarters = _quarters(months, ["topic_id"], cut=("partial", np.logical_or))
    partial = quarters["cut"] | (quarters["months"] < _MONTHS_OF_A_QUARTER)
    return quarters.assign(partial=partial).drop(columns=["cut", "months"])


def _quarters(months: pd.DataFrame, of: list[str], **more: tuple[str, np.ufunc]) -> pd.DataFrame:
    """Months summed by calendar quarter, in order; what else is asked for names a column and how it is reduced.

    Columns: those in `of`, month (the first that is there), last, papers, corpus_papers, months, and what else.
    """
    month = months["month"].to_numpy("datetime64[M]").astype(int)
    groups = [*(months[name].factorize(sort=True)[0] for name in of), month // 3]
    order = np.lexsort([month, *reversed(groups)])
    changes = np.logical_or.reduce([np.diff(group[order], prepend=-1) != 0 for group in groups])
    begins = np.flatnonzero(changes)
    ends = np.append(begins[1:], len(order)) - 1 if len(begins) else begins

    def reduced(column: str, how: np.ufunc) -> NDArray[Any]:
        values = months[column].to_numpy()[order]
        return how.reduceat(values, begins) if len(begins) else values

    first, last = months.iloc[order[begins]], months["month"].to_numpy()[order[ends]]
    return (
        first[[*of, "month"]]
        .assign(
            last=last,
            papers=reduced("papers", np.add),
            corpus_papers=reduced("corpus_papers", np.add),
            months=ends - begins + 1,
            **{name: reduced(column, how) for name, (column, how) in more.items()},
        )
        .reset_index(drop=True)
    )


def _counted(snapshot: Snapshot, population: Filters, per: str) -> pd.DataFrame:
    """Columns: topic_id, month, last, papers, corpus_papers, partial."""
    months = snapshot.made(counts.topic_months, population)
    if per == QUARTER:
        return by_quarter(months)
    if per == MONTH:
        return months.assign(last=months["month"])
    days = snapshot.read(queries.topic_days, population)
    counted = days.groupby(["topic_id", "day"], as_index=False).agg(papers=("papers", "sum"))
    calendar = months.loc[months["topic_id"] == OUTLIER, ["month", "partial"]]
    return _summed(counted, calendar, months["topic_id"].unique().tolist(), per)


def _by_source(snapshot: Snapshot, population: Filters, per: str) -> pd.DataFrame:
    """The same for each source by itself. Columns: source, topic_id, month, papers, corpus_papers, covered."""
    if not snapshot.has("topic_source_months"):
        return pd.DataFrame(columns=["source"])
    months = snapshot.made(counts.topic_source_months, population)
    if per == MONTH or months["source"].nunique() < 2:
        return months
    if per == QUARTER:
        quarters = _quarters(months, ["source", "topic_id"], known=("covered", np.logical_and))
        whole = quarters["known"] & (quarters["months"] == _MONTHS_OF_A_QUARTER)
        return quarters.assign(covered=whole)
    days = snapshot.read(queries.topic_days, population)
    parts = []
    for source, rows in months.groupby("source"):
        asked = rows[rows["topic_id"] == OUTLIER]
        calendar = asked[["month"]].assign(partial=~asked["covered"].astype(bool))
        counted = days.loc[days["source"] == source, ["topic_id", "day", "papers"]]
        summed = _summed(counted, calendar, rows["topic_id"].unique().tolist(), per)
        parts.append(summed.assign(source=source, covered=~summed["partial"]))
    return pd.concat(parts, ignore_index=True)


def _summed(counted: pd.DataFrame, calendar: pd.DataFrame, topics: list[int], per: str) -> pd.DataFrame:
    """Counts by day, summed to days or weeks of whole months.

    Args:
        counted: topic_id, day, papers.
        calendar: month (the first day), partial; counts of other months stay out.
        topics: every one that is to have a row in every period.
        per: DAY or WEEK.
    """
    partial = pd.concat(
        [
            pd.Series(bool(cut), pd.date_range(month, month + pd.offsets.MonthEnd()))
            for month, cut in zip(calendar["month"], calendar["partial"], strict=True)
        ]
    )
    dated = counted.assign(day=pd.to_datetime(counted["day"]))
    rows = pd.concat(
        [
            dated[dated["day"].isin(partial.index)],
            pd.DataFrame({"topic_id": OUTLIER, "day": partial.index, "papers": 0}),
            pd.DataFrame({"topic_id": topics, "day": partial.index[0], "papers": 0}),
        ],
        ignore_index=True,
    )
    summed = trends.by_period(rows.assign(partial=rows["day"].map(partial)), per)
    last = summed["start"] + pd.Timedelta(days=_DAYS[per] - 1)
    return summed.rename(columns={"start": "month"}).assign(last=last)
