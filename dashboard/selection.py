"""Topics as the filters show them: published tables for the whole corpus, the same statistics made anew for a part.

A share is a share of the papers that are asked for, whatever their topic: with an organisation chosen, of its papers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import counts, prevalence, queries
from dashboard.answers import meanwhile
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from etl import trends
from etl.contract import OUTLIER

_Make = Callable[[Snapshot, Filters], pd.DataFrame]


def _kept(make: _Make) -> _Make:
    """Keep what is made of a snapshot and of what `Filters.judged` tells of the filters."""

    @wraps(make)
    def kept(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
        return snapshot.made(make, filters.judged)

    return kept


def look_ahead(snapshot: Snapshot, filters: Filters) -> None:
    """Have asked what statistics on a part of the papers are made of."""
    population = filters.population
    if population.is_neutral and filters.window is None:
        return  # they are published
    meanwhile(snapshot.read, queries.topic_counts, population)


@_kept
def topics(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Every topic not hidden, with its verdict on the papers asked for, the largest first; "No topic" (-1) last.

    Columns: topic_id, label, area, keywords (list, the strongest first), papers, share (of the papers asked for, 0 to
    1), signal (None for -1), change, change_low, change_high (ratio of fitted shares, end / start), share_start,
    share_end (fitted), q_value, window_papers (its papers in the window), window_start, window_end.
    """
    population = filters.population
    published = snapshot.read(queries.topics)
    verdicts = signals(snapshot, filters)
    counted = snapshot.made(counts.topics_of, population)
    columns = {str(name): published[name].array for name in published.columns}
    topic_ids, of_all = published["topic_id"].to_numpy(), counted["papers"].to_numpy()
    if not population.is_neutral:
        # One without papers is at -1, after the last of those that have any.
        papers = np.append(of_all, 0)[_places(topic_ids, counted["topic_id"].to_numpy())]
        order = np.lexsort([topic_ids, -papers, topic_ids == OUTLIER])
        columns = {name: values[order] for name, values in {**columns, "papers": papers}.items()}
    corpus = of_all.sum()  # the papers of hidden topics too
    columns["share"] = columns["papers"] / corpus if corpus else np.full(len(published), np.nan)
    place = _places(np.asarray(columns["topic_id"]), verdicts["topic_id"].to_numpy())
    for name in verdicts.columns:
        if name != "topic_id":
            columns["window_papers" if name == "papers" else name] = _at(place, verdicts[name])
    return pd.DataFrame(columns)


def _places(wanted: NDArray[np.int64], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of the wanted ids stands among others, none of which is there twice; -1 where it does not."""
    place = {each: place for place, each in enumerate(among.tolist())}
    return np.array([place.get(each, -1) for each in wanted.tolist()], np.int64)


def _at(places: NDArray[np.int64], column: pd.Series) -> Any:
    """The cells at these places as an array; what is unknown in such a column, NaN for one, at -1."""
    return pd.api.extensions.take(column.array, places, allow_fill=True)


@_kept
def signals(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Verdicts on the papers asked for over the window asked for, with the columns of the table `topic_signals`."""
    population = filters.population
    published = snapshot.read(queries.signals)
    if population.is_neutral and filters.window is None:
        return published
    months = snapshot.made(_by_source(snapshot), population)
    return trends.signals(months, _topic_ids(months), filters.window or published_window(snapshot))


def _topic_ids(months: pd.DataFrame) -> list[int]:
    """The topics of a table of months; outliers are no topic."""
    return [topic for topic in np.unique(months["topic_id"].to_numpy()).tolist() if topic != OUTLIER]


def _by_source(snapshot: Snapshot) -> _Make:
    return counts.topic_source_months if snapshot.has("topic_source_months") else counts.topic_months


def published_window(snapshot: Snapshot) -> int:
    """Months of the window that the published verdicts are on."""
    published = snapshot.read(queries.signals)
    starts, ends = (published[name].to_numpy("datetime64[M]") for name in ("window_start", "window_end"))
    known = np.flatnonzero(~(np.isnat(starts) | np.isnat(ends)))
    return int((ends - starts)[known[0]].astype(int)) + 1 if len(known) else trends.WINDOW_MONTHS


def breaks(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Months within those asked for from which other sources are covered. Columns: month, joined, ended (lists)."""
    if not snapshot.has("source_breaks"):
        return pd.DataFrame({"month": pd.to_datetime([]), "joined": [], "ended": []})
    found = snapshot.read(queries.source_breaks)
    month = found["month"].to_numpy()
    asked = np.ones(len(found), bool)
    if filters.date_from:
        # A break in the first month asked for has nothing before it.
        asked &= month > np.datetime64(filters.date_from)
    if filters.date_until:
        asked &= month <= np.datetime64(filters.date_until)
    return found if asked.all() else found[asked].reset_index(drop=True)


@_kept
def changes(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """When shares came to another level, over the papers asked for, with the columns of the table `topic_changes`."""
    months = snapshot.made(counts.topic_months, filters.population)
    return trends.topic_changes(months, _topic_ids(months))


@_kept
def forecasts(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """The next quarter of each topic, over the papers asked for, with the columns of `topic_forecasts`."""
    population = filters.population
    if population.is_neutral and snapshot.has("topic_forecasts"):
        return snapshot.read(queries.forecasts)
    return trends.forecasts(snapshot.made(counts.topic_months, population))


@_kept
def newness(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """What is new about each topic not hidden, over the papers asked for, the newest first.

    Columns: those of `topic_newness`, where rank 1 is the first of the corpus, and label, papers (of all months). No
    rows with fewer than `trends.newness.MONTHS_AT_LEAST` complete months.
    """
    population = filters.population
    if population.is_neutral and snapshot.has("topic_newness"):
        found = snapshot.read(queries.topic_newness)
    else:
        found = trends.emergence(snapshot.made(counts.topic_months, population))
    if found.empty:
        return pd.DataFrame(columns=["topic_id", "rank", "kind", "label", "papers"])
    listed = topics(snapshot, filters)
    place = _places(found["topic_id"].to_numpy(), listed["topic_id"].to_numpy())
    if (place < 0).any():
        found, place = found[place >= 0].reset_index(drop=True), place[place >= 0]
    return found.assign(label=_at(place, listed["label"]), papers=_at(place, listed["papers"]))


def missing_days(snapshot: Snapshot) -> pd.DataFrame:
    """Days asked for and not got, as `queries.missing_days` gives them; none where it has no such table."""
    if not snapshot.has("missing_days"):
        return pd.DataFrame(columns=["source", "day", "reason"])
    return snapshot.read(queries.missing_days)


def shares(snapshot: Snapshot, filters: Filters, *, every: bool = False) -> pd.DataFrame:
    """The chosen topics, or every one that is not hidden, period by period, in the order of their ids.

    Columns: those of `prevalence.banded`, and label.
    """
    # All topics together say how much counts scatter, so the chosen ones are taken after the bands.
    banded = snapshot.made(prevalence.banded, filters.population, filters.per)
    topics = snapshot.read(queries.topics)
    topic_ids = topics["topic_id"].to_numpy()
    wanted = topic_ids if every else np.array(filters.topics or (), int)
    chosen = banded[np.isin(banded["topic_id"].to_numpy(), wanted)].reset_index(drop=True)
    shown, topic = np.unique(chosen["topic_id"].to_numpy(), return_inverse=True)
    # A topic that lists leave out has no label.
    return chosen.assign(label=_at(_places(shown, topic_ids)[topic], topics["label"]))


def topic_mix(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """What the papers asked for are on, by quarter; every topic of theirs has a row for each quarter since the first.

    Columns: topic_id, label ("A hidden topic" for one that lists leave out), month and last (of the quarter), papers,
    corpus_papers (all of the quarter that are asked for, whatever their topic), share (of these, 0 to 1; NaN without
    papers), partial.
    """
    found = snapshot.made(counts.topic_quarters, filters.population)
    if filters.topics:
        found = found[found["topic_id"].isin(filters.topics)]
    topics = snapshot.read(queries.topics)
    labels = dict(zip(topics["topic_id"], topics["label"], strict=True))
    of_all = found["corpus_papers"].to_numpy(float)
    return found.assign(
        label=[labels.get(topic, "A hidden topic") for topic in found["topic_id"]],
        share=found["papers"].to_numpy() / np.where(of_all > 0, of_all, np.nan),
    )


def organization_shares(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """An organisation's share of the papers that name an organisation, month by month, from the first with any to the
    last.

    Columns: month, papers, corpus_papers (those that name any), share with its 95 % interval share_low and share_high
    (0 to 1; NaN in a month without any), partial.
    """
    months = snapshot.read(queries.organization_months, filters.papers_only)
    named = np.flatnonzero(months["corpus_papers"].to_numpy())
    months = months.iloc[named[0] : named[-1] + 1] if len(named) else months.head(0)
    own, of_all = months["papers"].to_numpy(), months["corpus_papers"].to_numpy()
    # Its papers and the others', as with_bands takes topics, to tell from both how much the counts scatter.
    both = pd.DataFrame(
        {
            "topic_id": np.repeat([0, 1], len(months)),
            "month": np.tile(months["month"].to_numpy(), 2),
            "papers": np.concatenate([own, of_all - own]),
            "corpus_papers": np.tile(of_all, 2),
            "partial": np.tile(months["partial"].to_numpy(), 2),
        }
    )
    banded = trends.with_bands(both).iloc[: len(months)]
    return banded[["month", "papers", "corpus_papers", "partial", "share", "share_low", "share_high"]]
