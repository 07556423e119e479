"""The promise of every chart: a mark leads to exactly the papers it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from dashboard import charts, counts, queries, selection
from dashboard.filters import DAY, NEW, PAPERS, QUARTER, RETURNING, WEEK, Filters
from dashboard.snapshot import Snapshot
from dashboard.views import overview
from etl.contract import OUTLIER
from tests.dashboard.corpus import GRAPHS, PROTEINS, SPEECH

# A mark: what its customdata holds, and how many papers the data that it was drawn from say it counts.
Mark = tuple[list[Any], int]
Drawn = Callable[[Snapshot, Filters], Iterator[Mark]]


def marks_of(figure: Any, trace: int, papers: Any) -> Iterator[Mark]:
    """The marks of a trace; a bar without height is no mark, since nobody can click it."""
    drawn = figure.data[trace]
    claims = [int(number) for number in papers]
    assert len(drawn.customdata) == len(claims)
    for story, claimed in zip(drawn.customdata, claims, strict=True):
        if claimed or drawn.type != "bar":
            yield list(story), claimed


def corpus(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    months = snapshot.made(counts.months, filters)
    figure = charts.corpus(months)
    yield from marks_of(figure, 0, months["papers"] - months["without_topic"])
    yield from marks_of(figure, 1, months["without_topic"])


def teams(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    months = snapshot.made(counts.teams_by_month, filters)
    figure = charts.teams_over_time(months)
    p90, mean, median = range(3)
    assert all(figure.data[line].hoverinfo == "skip" for line in (p90, mean))  # no marks of their own
    yield from marks_of(figure, median, months["papers"])


def names(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    months = snapshot.ask(queries.authors_by_month, filters)
    figure = charts.authors_by_month(months)
    for trace, kind in enumerate((RETURNING, NEW)):
        assert figure.data[trace].name.lower() == kind
        yield from marks_of(figure, trace, months[f"papers_{kind}"])


def team_sizes(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    sizes = snapshot.made(counts.team_sizes, filters)
    yield from marks_of(charts.team_sizes(sizes), 0, sizes["papers"])


def trends(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    topics = filters.topics or (GRAPHS, SPEECH, PROTEINS, 3, 5, 8, 9, OUTLIER)
    shares = selection.shares(snapshot, Filters.from_query(filters.to_query() | chosen(topics)))
    for measure in ("share", PAPERS):
        figure = charts.trends(shares, measure)
        points = [place for place, trace in enumerate(figure.data) if trace.name == "points"]
        groups = shares.groupby("topic_id", sort=False)
        assert len(points) == len(groups)
        for place, (_, group) in zip(points, groups, strict=True):
            yield from marks_of(figure, place, group["papers"])


def chosen(topics: tuple[int, ...]) -> dict[str, str]:
    return Filters(topics=topics).to_query()


def share_over_time(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    changes, forecasts = selection.changes(snapshot, filters), selection.forecasts(snapshot, filters)
    for topic in set(snapshot.ask(queries.topics)["topic_id"]):
        shares = selection.shares(snapshot, filters.in_topic(topic))
        own, ahead = (rows[rows["topic_id"] == topic] if len(rows) else rows for rows in (changes, forecasts))
        yield from points_of(charts.share_over_time(shares, own, ahead), shares)


def sparkline(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    for topic in set(snapshot.ask(queries.topics)["topic_id"]):
        shares = selection.shares(snapshot, filters.in_topic(topic))
        yield from points_of(charts.sparkline(shares), shares)


def every_topic(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    topics = tuple(int(topic) for topic in snapshot.ask(queries.topics)["topic_id"])
    return selection.shares(snapshot, Filters.from_query(filters.to_query() | chosen(topics)))


def panels(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    shares = every_topic(snapshot, filters)
    figure = charts.panels(shares)
    lines = [place for place, trace in enumerate(figure.data) if trace.customdata is not None]
    for place, (_, group) in zip(lines, shares.groupby("topic_id", sort=False), strict=True):
        yield from marks_of(figure, place, group["papers"])


def stream(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    shares = every_topic(snapshot, filters)
    area_of = snapshot.ask(queries.topics).set_index("topic_id")["area"].to_dict()
    papers = shares.groupby([shares["topic_id"].map(area_of), "month"])["papers"].sum()
    figure = charts.stream(shares, area_of)
    for place, trace in enumerate(figure.data):
        yield from marks_of(figure, place, papers[trace.name])


def heat(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    shares = every_topic(snapshot, filters)
    cells = shares[(shares["topic_id"] != OUTLIER) & (shares["corpus_papers"] > 0)]
    yield from marks_of(charts.heat(shares), 0, cells["papers"])


def topic_mix(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    mix = selection.topic_mix(snapshot, filters)
    for trace in charts.topic_mix(mix, PAPERS).data:
        for story, height in zip(trace.customdata, trace.y, strict=True):
            yield list(story), int(height)


def slopes(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    topics = selection.topics(snapshot, filters).set_index("label", drop=False)
    figure = charts.slopes(topics)
    for place, trace in enumerate(figure.data):
        yield from marks_of(figure, place, [topics.loc[trace.name, "window_papers"]] * 2)


def points_of(figure: Any, shares: pd.DataFrame) -> Iterator[Mark]:
    (points,) = (place for place, trace in enumerate(figure.data) if trace.name == "points")
    others = [trace for place, trace in enumerate(figure.data) if place != points]
    assert all(trace.hoverinfo == "skip" for trace in others)  # no marks of their own
    yield from marks_of(figure, points, shares["papers"])


def effects(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    topics = overview.chosen(selection.topics(snapshot, filters), filters)
    fitted = topics[topics["change"].notna()]
    if len(fitted):
        yield from marks_of(charts.effects(fitted), 0, fitted["window_papers"][::-1])


def over_time(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    months = snapshot.made(counts.upvotes_by_month, filters)
    yield from marks_of(charts.over_time(months, filters.age), 1, months["papers"])


def distribution(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    bins = snapshot.made(counts.upvotes_distribution, filters)
    yield from marks_of(charts.distribution(bins, filters.age), 0, bins["papers"])


def by_topic(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    topics = snapshot.made(counts.upvotes_by_topic, filters, 1)
    yield from marks_of(charts.by_topic(topics, filters.age), 0, topics["papers"][::-1])


def by_weekday(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    weekdays = snapshot.made(counts.upvotes_by_weekday, filters)
    yield from marks_of(charts.by_weekday(weekdays, filters.age), 0, weekdays["papers"])


def settling(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    ages = snapshot.ask(queries.settling, filters, 28)
    yield from marks_of(charts.settling(ages), 1, ages["papers"])


def settling_times(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    times = snapshot.ask(queries.settling_times, filters)
    told = times[times["low"].notna()]
    yield from marks_of(charts.settling_times(told), 0, told["papers"])


def comments_over_time(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    months = snapshot.ask(queries.comments_by_month, filters)
    yield from marks_of(charts.comments_over_time(months, filters.age), 1, months["papers"])


def comments_by_upvotes(snapshot: Snapshot, filters: Filters) -> Iterator[Mark]:
    bins = snapshot.ask(queries.comments_by_upvotes, filters)
    yield from marks_of(charts.comments_by_upvotes(bins, filters.age), 0, bins["papers"])


PLAIN: dict[str, Drawn] = {
    drawn.__name__: drawn
    for drawn in (
        *(corpus, teams, names, team_sizes, trends, share_over_time, sparkline, effects, settling),
        *(panels, stream, heat, slopes, settling_times, topic_mix),
    )
}
AT_AN_AGE: dict[str, Drawn] = {
    drawn.__name__: drawn
    for drawn in (over_time, distribution, by_topic, by_weekday, comments_over_time, comments_by_upvotes)
}

BASES = {
    "every paper": Filters(),
    "a topic": Filters(topics=(GRAPHS,)),
    "no topic": Filters(topics=(OUTLIER,)),
    "months": Filters(date_from=date(2025, 2, 1), date_until=date(2025, 4, 1)),
    "an organisation": Filters(organization="Alpha"),
    "an author": Filters(author="Ada"),
    "upvotes": Filters(upvotes_from=5),
    "words": Filters(text="graph"),
    "several": Filters(author="Ada", organization="Alpha", topics=(GRAPHS, SPEECH), upvotes_from=9),
}


def check(snapshot: Snapshot, base: Filters, marks: list[Mark]) -> None:
    for story, claimed in marks:
        query, *told = story
        papers = snapshot.ask(queries.count_papers, base.narrowed(query))["papers"].iloc[0]
        assert papers == claimed, (query, told)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("chart", PLAIN)
def test_a_mark_leads_to_exactly_the_papers_it_counts(small: Snapshot, chart: str, base: str) -> None:
    check(small, BASES[base], list(PLAIN[chart](small, BASES[base])))


@pytest.mark.parametrize("per", [QUARTER, WEEK, DAY])
@pytest.mark.parametrize("base", ["every paper", "months", "several"])
@pytest.mark.parametrize("chart", ["trends", "stream"])
def test_a_mark_of_any_period_leads_to_its_papers(small: Snapshot, chart: str, base: str, per: str) -> None:
    check(small, BASES[base], list(PLAIN[chart](small, replace(BASES[base], per=per))))


@pytest.mark.parametrize("age", ["listing", "settled"])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("chart", AT_AN_AGE)
def test_a_mark_of_upvotes_leads_to_the_papers_read_at_its_age(
    small: Snapshot, chart: str, base: str, age: str
) -> None:
    asked = Filters.from_query(BASES[base].to_query() | {"age": age})
    marks = list(AT_AN_AGE[chart](small, asked))
    check(small, asked, marks)
    if age == "settled":
        check(small, BASES[base], marks)  # a mark carries its age, wherever it is read


@pytest.mark.parametrize("base", [Filters(), Filters(organization="Beta"), Filters(topics=(3, 9))])
def test_a_moving_topic_leads_to_its_papers_in_the_window(moving: Snapshot, base: Filters) -> None:
    marks = list(effects(moving, base))
    assert len(marks) >= (1 if base.topics else 3)
    check(moving, base, marks)
    check(moving, base, list(trends(moving, base)))


@pytest.mark.parametrize("chart", sorted({*PLAIN, *AT_AN_AGE} - {"effects", "slopes"}))
def test_every_chart_has_marks_on_the_small_corpus(small: Snapshot, chart: str) -> None:
    assert list({**PLAIN, **AT_AN_AGE}[chart](small, Filters(age="settled" if chart in AT_AN_AGE else "")))


def test_every_chart_is_held_to_its_promise() -> None:
    # Settings; the answer to a query of one's own; words and names, which are no papers; points that are each a paper;
    # and an organisation's share, which test_people.py holds to its promise.
    without_marks = {
        "CONFIG",
        "answer",
        "words",
        "coauthors",
        "places",
        "asking",
        "ranks",
        "organization_share",
    }
    assert len(PLAIN) + len(AT_AN_AGE) == len(set(charts.__all__) - without_marks)
