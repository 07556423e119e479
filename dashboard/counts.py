"""What pages draw, from a few counts: papers by topic and month, and by how many upvotes or authors they have.

A page comes to the same counts again and again. Of a million papers it takes a third of the time to count them once,
for instance by upvotes, than to have DuckDB look at every paper for the quartiles of each month, topic and weekday.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dashboard import queries
from dashboard.filters import Filters
from dashboard.queries.upvotes import BINS, COUNTED_BY
from dashboard.snapshot import Snapshot
from etl.contract import OUTLIER

Bins = tuple[tuple[int, int | None], ...]

# Both ends included; the last is open.
TEAM_BINS: Bins = (
    *((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9), (10, 10), (11, 12), (13, 15)),
    *((16, 20), (21, 30), (31, 50), (51, None)),
)

_QUARTILES = {"low": 0.25, "median": 0.5, "high": 0.75}


# ---- topics and months ----


def topics_of(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """How many of the papers asked for each topic has, those that have any. Columns: topic_id, papers."""
    counted = snapshot.read(queries.topic_counts, filters)
    topics, place = np.unique(counted["topic_id"].to_numpy(), return_inverse=True)
    papers = np.bincount(place, counted["papers"].to_numpy(), len(topics))
    return pd.DataFrame({"topic_id": topics, "papers": papers.astype(np.int64)})


def months(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """The papers asked for, month by month within the dates asked for, months without papers included.

    Columns: month, papers, without_topic (papers of the month in no topic), partial (whether the month is cut).
    """
    counted = snapshot.read(queries.topic_counts, filters)
    calendar = _within(snapshot.read(queries.calendar), filters)
    without = counted[counted["topic_id"] == OUTLIER]
    return pd.DataFrame(
        {
            "month": calendar["month"],
            "papers": _placed(calendar, counted, [["month"]])[0],
            "without_topic": _placed(calendar, without, [["month"]])[0],
            "partial": calendar["partial"],
        }
    )


def topic_months(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Every topic in every month within the dates asked for, counted on the papers asked for, whatever their topic.

    Columns: topic_id, month, papers, corpus_papers (all papers of the month that are asked for), partial.
    """
    return _by_topic(snapshot, filters, snapshot.read(queries.topic_calendar), ["month"], "partial")


def topic_source_months(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """The same for each source by itself.

    Columns: source, topic_id, month, papers, corpus_papers (all papers of the source and month that are asked for),
    covered (whether the source was asked for all of the month).
    """
    return _by_topic(
        snapshot, filters, snapshot.read(queries.source_calendar), ["source", "month"], "covered"
    )


def topic_quarters(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """The papers asked for by topic and calendar quarter, for each topic from the first quarter that any of them is of.

    A quarter begins with the first of its months that is there, since a mark leads to what it counts. One that lacks a
    month, or whose month is cut, is partial.

    Columns: topic_id, month and last (of the quarter), papers, corpus_papers (all of the quarter, whatever their
    topic), partial; in the order of topics and time.
    """
    calendar = _within(snapshot.read(queries.calendar), filters)
    months, cut = (np.asarray(calendar[name]) for name in ("month", "partial"))
    counted = snapshot.read(queries.topic_counts, filters)
    counted = counted[counted["month"].isin(months)]
    if counted.empty:
        return pd.DataFrame(columns=["topic_id", "month", "last", "papers", "corpus_papers", "partial"])
    begins = np.flatnonzero(np.diff(months.astype("datetime64[M]").astype(int) // 3, prepend=-1))
    lengths = np.diff(begins, append=len(months))
    partial = np.logical_or.reduceat(cut, begins) | (lengths < 3)
    topics, topic = np.unique(counted["topic_id"].to_numpy(), return_inverse=True)
    quarter = np.searchsorted(months[begins], counted["month"].to_numpy(), side="right") - 1
    papers = np.zeros((len(topics), len(begins)), int)
    np.add.at(papers, (topic, quarter), counted["papers"].to_numpy())
    first = quarter.min()
    papers, begins, lengths, partial = papers[:, first:], begins[first:], lengths[first:], partial[first:]
    return pd.DataFrame(
        {
            "topic_id": np.repeat(topics, len(begins)),
            "month": np.tile(months[begins], len(topics)),
            "last": np.tile(months[begins + lengths - 1], len(topics)),
            "papers": papers.ravel(),
            "corpus_papers": np.tile(papers.sum(axis=0), len(topics)),
            "partial": np.tile(partial, len(topics)),
        }
    )


def _by_topic(
    snapshot: Snapshot, filters: Filters, calendar: pd.DataFrame, corpus: list[str], flag: str
) -> pd.DataFrame:
    """A calendar of topics with its papers, and those that share the columns `corpus` whatever their topic."""
    counted = snapshot.read(queries.topic_counts, filters.population)
    rows = _within(calendar, filters)
    of_corpus, of_topic = _placed(rows, counted, [corpus, ["topic_id"]])
    is_cut = rows.pop(flag)
    return pd.DataFrame({**rows, "papers": of_topic, "corpus_papers": of_corpus, flag: is_cut})


def _within(calendar: pd.DataFrame, filters: Filters) -> dict[str, Any]:
    """The columns of a calendar, as arrays, of its rows within the dates asked for."""
    columns = {str(name): calendar[name].array for name in calendar.columns}
    asked = np.ones(len(calendar), bool)
    for end, is_within in ((filters.date_from, np.greater_equal), (filters.date_until, np.less_equal)):
        if end:
            asked &= is_within(calendar["month"].to_numpy(), np.datetime64(end))
    return columns if asked.all() else {name: values[asked] for name, values in columns.items()}


def _placed(rows: dict[str, Any], counted: pd.DataFrame, by: list[list[str]]) -> list[NDArray[np.int32]]:
    """The papers counted in each row's cell; 0 in one where none were.

    A cell is told by the columns of the first list in `by`, then by those of the second as well, and so on: there are
    as many counts as lists.
    """
    length = len(rows["month"])
    papers, found = counted["papers"].to_numpy(), []
    cell, cells, is_known = np.zeros(length + len(counted), np.int64), 1, np.ones(len(counted), bool)
    for names in by:
        for name in names:
            # Numbered together, rows and what was counted have one number where they have one value; -1 without any.
            both = np.concatenate([np.asarray(rows[name]), counted[name].to_numpy()])
            place, values = pd.factorize(both)
            is_known &= place[length:] >= 0
            cell, cells = cell * len(values) + place, cells * len(values)
        in_cell = np.bincount(cell[length:][is_known], papers[is_known], cells)
        found.append(in_cell[cell[:length]].astype(np.int32))
    return found


# ---- upvotes, read at the age of the filters ----


def upvotes_by_month(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Upvotes by month of publication. Columns: month, papers, low, median, high (quartiles), partial."""
    found = _spread(_upvotes(snapshot, filters, "month"), "month", "upvotes", _QUARTILES)
    return found.merge(snapshot.read(queries.calendar), on="month")


def upvotes_by_topic(snapshot: Snapshot, filters: Filters, at_least: int) -> pd.DataFrame:
    """Upvotes by topic not hidden, the highest median first; topics of fewer than `at_least` papers stay out.

    Columns: topic_id, label, papers, low, median, high (quartiles).
    """
    found = _spread(_upvotes(snapshot, filters, "topic_id"), "topic_id", "upvotes", _QUARTILES)
    labels = snapshot.read(queries.topics)[["topic_id", "label"]]
    ranked = found[found["papers"] >= at_least].merge(labels, on="topic_id")
    ranked = ranked.sort_values(
        ["median", "high", "topic_id"], ascending=[False, False, True], ignore_index=True
    )
    return ranked[["topic_id", "label", "papers", *_QUARTILES]]


def upvotes_by_weekday(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Upvotes by weekday of listing. Columns: weekday (1 for Monday), papers, low, median, high (quartiles)."""
    return _spread(_upvotes(snapshot, filters, "weekday"), "weekday", "upvotes", _QUARTILES)


def upvotes_distribution(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Distribution of upvotes. Columns: low, high (both included; NA where open), papers."""
    return _binned(_upvotes(snapshot, filters, "topic_id"), "upvotes", BINS)


def weeks(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Weeks of listing that have a paper with a reading, oldest first. Columns: week (its Monday), papers."""
    return _upvotes(snapshot, filters, "week").groupby("week", as_index=False).agg(papers=("papers", "sum"))


def _upvotes(snapshot: Snapshot, filters: Filters, by: str) -> pd.DataFrame:
    """Columns: the one named, upvotes, papers, in their order; papers without it, as those without a date, stay out."""
    counted = snapshot.read(queries.upvote_counts, filters)
    place = COUNTED_BY.index(by)
    first, last = np.searchsorted(counted["by"].to_numpy(), [place, place + 1])
    rows = counted[[by, "upvotes", "papers"]].iloc[first:last]
    return rows.iloc[: rows[by].count()]  # what is unknown comes last


# ---- teams ----


def teams_by_month(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Team sizes by month of publication, over papers whose number of authors is known.

    Columns: month, papers, median, mean, p90 (authors; linear interpolation between ranks), partial.
    """
    counted = snapshot.read(queries.team_counts, filters).dropna(subset=["month"])
    authors = (counted["authors"] * counted["papers"]).groupby(counted["month"]).sum()
    found = _spread(counted, "month", "authors", {"median": 0.5, "p90": 0.9})
    found.insert(3, "mean", authors.to_numpy() / found["papers"].to_numpy())
    return found.merge(snapshot.read(queries.calendar), on="month")


def team_sizes(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Distribution of team sizes. Columns: low, high (authors, both included; NA where open), papers."""
    return _binned(snapshot.read(queries.team_counts, filters), "authors", TEAM_BINS)


def usual_team(snapshot: Snapshot, filters: Filters) -> float:
    """The median number of authors of the papers asked for; NaN where it is known of none."""
    counted = snapshot.read(queries.team_counts, filters)
    sizes, place = np.unique(counted["authors"].to_numpy(), return_inverse=True)
    papers = np.bincount(place, counted["papers"].to_numpy()).astype(int)
    return float(_quantiles(sizes, papers, [0], 0.5)[0]) if len(sizes) else np.nan


# ---- both ----


def _spread(counted: pd.DataFrame, by: str, number: str, quantiles: dict[str, float]) -> pd.DataFrame:
    """Quantiles of a number in each group, of rows in order. Columns: the one named `by`, papers, and the quantiles."""
    keys, begins = np.unique(counted[by].to_numpy(), return_index=True)
    papers = counted["papers"].to_numpy()
    found = {name: _quantiles(counted[number], papers, begins, at) for name, at in quantiles.items()}
    return pd.DataFrame(
        {by: keys, "papers": np.add.reduceat(papers, begins) if len(begins) else papers, **found}
    )


def _quantiles(number: ArrayLike, papers: ArrayLike, begins: ArrayLike, at: float) -> NDArray[np.float64]:
    """A quantile of each group (g), by linear interpolation between ranks (definition 7 of Hyndman and Fan, 1996).

    Args:
        number: ascending within each group (n).
        papers: how many have it (n); 1 or more.
        begins: place of each group's first number (g).
        at: 0 to 1.
    """
    number, papers, begins = np.asarray(number, float), np.asarray(papers), np.asarray(begins, int)
    until = np.cumsum(papers)  # rank after the last paper with a number, through all groups
    first = until[begins] - papers[begins]
    last = np.append(first[1:], until[-1:]) - 1
    rank = first + at * (last - first)
    below, above = (number[np.searchsorted(until, end(rank), side="right")] for end in (np.floor, np.ceil))
    return np.asarray(below + (rank - np.floor(rank)) * (above - below), np.float64)


def _binned(counted: pd.DataFrame, number: str, bins: Bins) -> pd.DataFrame:
    """Papers in each bin. Columns: low, high (NA where open), papers."""
    lows = np.array([low for low, _ in bins])
    place = np.searchsorted(lows, counted[number].to_numpy(), side="right") - 1
    papers = np.bincount(place, weights=counted["papers"].to_numpy(), minlength=len(bins)).astype(int)
    return _frame_of(bins).assign(papers=papers)


@cache
def _frame_of(bins: Bins) -> pd.DataFrame:
    return pd.DataFrame(bins, columns=["low", "high"]).astype("Int32")
