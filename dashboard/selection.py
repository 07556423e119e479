"""Topics as the filters show them: published tables for the whole corpus, the same statistics made anew for a part.

A share is a share of the papers that are asked for, whatever their topic: with an organisation chosen, of its papers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np
import pandas as pd

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
    verdicts = signals(snapshot, filters).rename(columns={"papers": "window_papers"})
    counted = snapshot.made(counts.topics_of, population)
    if not population.is_neutral:
        published = published.drop(columns="papers").merge(counted, how="left", on="topic_id")
        published["papers"] = published["papers"].fillna(0).astype(int)
        published["is_outlier"] = published["topic_id"] == OUTLIER
        published = published.sort_values(
            ["is_outlier", "papers", "topic_id"], ascending=[True, False, True], ignore_index=True
        ).drop(columns="is_outlier")
    corpus = counted["papers"].sum()  # the papers of hidden topics too
    share = published["papers"] / corpus if corpus else float("nan")
    return published.assign(share=share).merge(verdicts, how="left", on="topic_id")


@_kept
def signals(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Verdicts on the papers asked for over the window asked for, with the columns of the table `topic_signals`."""
    population = filters.population
    published = snapshot.read(queries.signals)
    if population.is_neutral and filters.window is None:
        return published
    months = snapshot.made(_by_source(snapshot), population)
    topic_ids = [topic for topic in months["topic_id"].unique() if topic != OUTLIER]
    return trends.signals(months, topic_ids, filters.window or published_window(snapshot))


def _by_source(snapshot: Snapshot) -> _Make:
    return counts.topic_source_months if snapshot.has("topic_source_months") else counts.topic_months


def published_window(snapshot: Snapshot) -> int:
    """Months of the window that the published verdicts are on."""
    spans = snapshot.read(queries.signals)[["window_start", "window_end"]].dropna()
    if spans.empty:
        return trends.WINDOW_MONTHS
    start, end = spans.iloc[0]
    return int(12 * (end.year - start.year) + end.month - start.month + 1)


def breaks(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Months within those asked for from which other sources are covered. Columns: month, joined, ended (lists)."""
    if not snapshot.has("source_breaks"):
        return pd.DataFrame({"month": pd.to_datetime([]), "joined": [], "ended": []})
    found = snapshot.read(queries.source_breaks)
    asked = pd.Series(True, index=found.index)
    if filters.date_from:
        # A break in the first month asked for has nothing before it.
        asked &= found["month"] > pd.Timestamp(filters.date_from)
    if filters.date_until:
        asked &= found["month"] <= pd.Timestamp(filters.date_until)
    return found[asked].reset_index(drop=True)


@_kept
def changes(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """When shares came to another level, over the papers asked for, with the columns of the table `topic_changes`."""
    months = snapshot.made(counts.topic_months, filters.population)
    return trends.topic_changes(months, [topic for topic in months["topic_id"].unique() if topic != OUTLIER])


@_kept
def forecasts(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """The next quarter of each topic, over the papers asked for, with the columns of `topic_forecasts`."""
    if filters.population.is_neutral and snapshot.has("topic_forecasts"):
        return snapshot.read(queries.forecasts)
    return trends.forecasts(snapshot.made(counts.topic_months, filters.population))


@_kept
def newness(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """What is new about each topic not hidden, over the papers asked for, the newest first.

    Columns: those of `topic_newness`, where rank 1 is the first of the corpus, and label, papers (of all months). No
    rows with fewer than `trends.newness.MONTHS_AT_LEAST` complete months.
    """
    if filters.population.is_neutral and snapshot.has("topic_newness"):
        found = snapshot.read(queries.topic_newness)
    else:
        found = trends.emergence(snapshot.made(counts.topic_months, filters.population))
    if found.empty:
        return pd.DataFrame(columns=["topic_id", "rank", "kind", "label", "papers"])
    return found.merge(topics(snapshot, filters)[["topic_id", "label", "papers"]], on="topic_id")


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
    labels = snapshot.read(queries.topics).set_index("topic_id")["label"]
    chosen = banded[banded["topic_id"].isin(labels.index if every else filters.topics or ())]
    return chosen.assign(label=chosen["topic_id"].map(labels)).reset_index(drop=True)


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
    named = months.index[months["corpus_papers"] > 0]
    months = months.loc[named.min() : named.max()] if len(named) else months.head(0)
    # Its papers and the others', as with_bands takes topics, to tell from both how much the counts scatter.
    both = [
        months.assign(topic_id=0),
        months.assign(topic_id=1, papers=months["corpus_papers"] - months["papers"]),
    ]
    banded = trends.with_bands(pd.concat(both, ignore_index=True))
    own = banded[banded["topic_id"] == 0]
    return own.drop(columns=["topic_id", "papers_low", "papers_high"]).reset_index(drop=True)
