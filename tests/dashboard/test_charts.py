"""Charts are pure functions, so what they show is looked up in the figure, not in pixels."""

from __future__ import annotations

import copy
import html
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from pandas.testing import assert_frame_equal

from dashboard import charts, counts, queries, selection
from dashboard.charts.common import OUTLIER_COLOUR, PALETTE, colours, translucent
from dashboard.charts.topics import spread
from dashboard.filters import PAPERS, Filters
from dashboard.snapshot import Snapshot
from etl.contract import FALLING, OUTLIER, RISING
from tests.dashboard.corpus import GRAPHS, SPEECH

HOSTILE = '<b>bold</b> <a href="http://evil.example">R&D</a>'
MONTHS = pd.date_range("2025-01-01", periods=4, freq="MS")
SETTLED = Filters(age="settled")
AREAS = {3: "First", 5: "First", 8: "Second", 9: "Second", OUTLIER: "No topic"}


def effects_frame(moving: Snapshot) -> pd.DataFrame:
    topics = selection.topics(moving, Filters())
    return topics[topics["signal"].isin([RISING, FALLING])]


# Each chart on the corpus that shows it best: the frame it is given, and how it is drawn.
Given = Callable[[Snapshot, Snapshot], pd.DataFrame]
DRAWN: dict[str, tuple[Given, Callable[[pd.DataFrame], go.Figure]]] = {
    "corpus": (lambda small, _: small.made(counts.months, Filters()), charts.corpus),
    "teams": (lambda small, _: small.made(counts.teams_by_month, Filters()), charts.teams_over_time),
    "names": (lambda small, _: small.ask(queries.authors_by_month, Filters()), charts.authors_by_month),
    "team_sizes": (lambda small, _: small.made(counts.team_sizes, Filters()), charts.team_sizes),
    "over_time": (
        lambda small, _: small.made(counts.upvotes_by_month, SETTLED),
        lambda frame: charts.over_time(frame, "settled"),
    ),
    "distribution": (
        lambda small, _: small.made(counts.upvotes_distribution, SETTLED),
        lambda frame: charts.distribution(frame, "settled"),
    ),
    "by_topic": (
        lambda small, _: small.made(counts.upvotes_by_topic, SETTLED, 1),
        lambda frame: charts.by_topic(frame, "settled"),
    ),
    "weekdays": (
        lambda small, _: small.made(counts.upvotes_by_weekday, SETTLED),
        lambda frame: charts.by_weekday(frame, "settled"),
    ),
    "settling": (lambda small, _: small.ask(queries.settling, Filters(), 28), charts.settling),
    "effects": (lambda _, moving: effects_frame(moving), charts.effects),
    "shares": (
        lambda small, _: selection.shares(small, Filters(topics=(GRAPHS, SPEECH, OUTLIER))),
        charts.trends,
    ),
    "counts": (
        lambda small, _: selection.shares(small, Filters(topics=(GRAPHS, SPEECH, OUTLIER))),
        lambda frame: charts.trends(frame, PAPERS),
    ),
    "panels": (
        lambda small, _: selection.shares(small, Filters(topics=(GRAPHS, SPEECH, OUTLIER))),
        charts.panels,
    ),
    "slopes": (lambda _, moving: selection.topics(moving, Filters()), charts.slopes),
    "stream": (
        lambda _, moving: selection.shares(moving, Filters(topics=(3, 5, 8, 9, OUTLIER))),
        lambda frame: charts.stream(frame, AREAS),
    ),
    "heat": (
        lambda _, moving: selection.shares(moving, Filters(topics=(3, 5, 8, 9, OUTLIER))),
        charts.heat,
    ),
}


@pytest.fixture(params=DRAWN)
def drawn(request: pytest.FixtureRequest, small: Snapshot, moving: Snapshot) -> tuple[pd.DataFrame, Any]:
    """A frame and how it is drawn, for every chart."""
    given, draw = DRAWN[request.param]
    return given(small, moving), draw


def months_in(figure: go.Figure) -> list[tuple[int, int]]:
    """Year and month at the middle of each grey ground."""
    shades = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    middles = [
        pd.Timestamp(shape.x0) + (pd.Timestamp(shape.x1) - pd.Timestamp(shape.x0)) / 2 for shape in shades
    ]
    return [(middle.year, middle.month) for middle in middles]


def named(figure: go.Figure, name: str) -> list[Any]:
    return [trace for trace in figure.data if trace.name == name]


# ---- all charts ----


def test_a_chart_never_changes_its_input(drawn: tuple[pd.DataFrame, Any]) -> None:
    frame, draw = drawn
    before = copy.deepcopy(frame)
    draw(frame)
    assert_frame_equal(frame, before)


def test_a_chart_of_the_same_frame_is_the_same_chart(drawn: tuple[pd.DataFrame, Any]) -> None:
    frame, draw = drawn
    assert draw(frame).to_json() == draw(frame.sample(frac=1, random_state=1).sort_index()).to_json()


def test_the_axes_are_fixed_so_that_a_finger_scrolls_the_page(drawn: tuple[pd.DataFrame, Any]) -> None:
    frame, draw = drawn
    figure = draw(frame)
    assert figure.layout.dragmode is False
    assert figure.layout.xaxis.fixedrange
    assert figure.layout.yaxis.fixedrange


def test_a_click_is_handed_on_and_dims_nothing(drawn: tuple[pd.DataFrame, Any]) -> None:
    frame, draw = drawn
    figure = draw(frame)
    assert figure.layout.clickmode == "event+select"
    marks = [trace for trace in figure.data if trace.customdata is not None]
    assert marks
    assert all(trace.unselected.marker.opacity == 1 for trace in marks)
    assert all(len(trace.customdata) == len(trace.x) for trace in marks)


def test_every_hover_shows_only_what_the_customdata_holds(drawn: tuple[pd.DataFrame, Any]) -> None:
    frame, draw = drawn
    for trace in draw(frame).data:
        if trace.customdata is None:
            assert trace.hoverinfo == "skip"
            continue
        places = [int(piece.split("]")[0]) for piece in trace.hovertemplate.split("customdata[")[1:]]
        assert 0 not in places  # the query is for the machine
        assert max(places) < min(len(story) for story in trace.customdata)


# ---- colours ----


def test_up_to_eight_topics_have_different_colours() -> None:
    for topics in (range(8), (3, 11, 19, 27, 35, 43, 51, 59), (0, 8, 1, 9, 2, 10, 3, 11)):
        assert len(set(colours(topics).values())) == 8
        assert set(colours(topics).values()) == set(PALETTE)
    assert len(colours(range(20))) == 20  # more topics than colours share them


def test_a_topic_keeps_its_colour_whatever_is_shown_beside_it() -> None:
    alone = {topic: colours([topic])[topic] for topic in range(30)}
    for beside in ([5], [1, 2], [29, 6]):  # of other places in the palette
        for topic in (3, 11, 20):
            assert colours([*beside, topic])[topic] == alone[topic]
    assert colours([11, 3])[3] == colours([3, 11])[3] == alone[3]  # the lowest id keeps what both want


def test_no_topic_is_grey_and_takes_no_colour_from_a_topic() -> None:
    assert colours([OUTLIER, 7])[OUTLIER] == OUTLIER_COLOUR
    assert colours([OUTLIER, 7])[7] == colours([7])[7]
    assert OUTLIER_COLOUR not in PALETTE


def test_a_colour_is_made_translucent() -> None:
    assert translucent("#1f78b8", 0.5) == "rgba(31, 120, 184, 0.5)"


# ---- numbers in traces ----


def test_the_corpus_is_stacked_with_and_without_a_topic(small: Snapshot) -> None:
    figure = charts.corpus(small.made(counts.months, Filters()))
    with_topic, without = figure.data
    assert [with_topic.name, without.name] == ["With a topic", "Without a topic"]
    assert list(with_topic.y) == [5, 3, 0, 3]
    assert list(without.y) == [1, 1, 0, 0]
    assert [pd.Timestamp(month) for month in with_topic.x] == list(MONTHS)  # March with them
    assert figure.layout.barmode == "stack"
    assert list(with_topic.customdata[0]) == [
        "assigned=yes&from=2025-01&until=2025-01",
        "Jan 2025",
        "6 papers",
        "1",
    ]


def test_teams_show_median_mean_and_90th_percentile(small: Snapshot) -> None:
    figure = charts.teams_over_time(small.made(counts.teams_by_month, Filters()))
    assert {trace.name: pytest.approx(list(trace.y)) for trace in figure.data} == {
        "Median": [3, 3.5, 2],
        "Mean": [4.4, 17, 7 / 3],
        "90th percentile": [8.8, 43.5, 3.6],
    }
    (median,) = named(figure, "Median")
    assert [trace.mode for trace in figure.data if trace is not median] == ["lines", "lines"]
    assert median.customdata[1][2] == "3.5, mean 17.0, 90th percentile 43.5"


def test_names_are_stacked_returning_below_new(small: Snapshot) -> None:
    figure = charts.authors_by_month(small.ask(queries.authors_by_month, Filters()))
    by_month = [
        {pd.Timestamp(month).month: names for month, names in zip(trace.x, trace.y, strict=True) if names}
        for trace in figure.data
    ]
    assert [trace.name for trace in figure.data] == ["Returning", "New"]
    assert by_month == [{2: 4, 4: 1}, {1: 5, 2: 3, 4: 5}]


def test_a_distribution_names_its_bins_and_leaves_the_last_open(small: Snapshot) -> None:
    (bars,) = charts.team_sizes(small.made(counts.team_sizes, Filters())).data
    assert list(bars.x) == [
        *(str(size) for size in range(1, 11)),
        "11-12",
        "13-15",
        "16-20",
        "21-30",
        "31-50",
        "51+",
    ]
    assert list(bars.y) == [5, 3, 1, 2, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert list(bars.customdata[0]) == ["team=1-1", "1 author"]
    assert list(bars.customdata[-1]) == ["team=51-", "51+ authors"]

    (bars,) = charts.distribution(
        small.made(counts.upvotes_distribution, Filters(age="listing")), "listing"
    ).data
    assert dict(zip(bars.x, bars.y, strict=True))["5-7"] == 3
    assert list(bars.customdata[1]) == ["upvotes=1-1&age=listing", "1 upvote"]
    assert list(bars.customdata[-1]) == ["upvotes=201-&age=listing", "201+ upvotes"]


def test_upvotes_over_time_show_the_median_within_its_quartiles(small: Snapshot) -> None:
    band, median = charts.over_time(small.made(counts.upvotes_by_month, SETTLED), "settled").data
    assert list(median.y) == [10, 28]
    assert list(band.y) == [20, 264, 21, 6]  # the upper quartiles there, the lower ones back
    assert [pd.Timestamp(month).month for month in band.x] == [1, 2, 2, 1]
    assert list(median.customdata[1]) == [
        "from=2025-02&until=2025-02&age=settled",
        "Feb 2025",
        "28 upvotes",
        "21 to 264",
        "3 papers",
    ]


def test_topics_are_listed_from_the_top_with_whiskers_at_the_quartiles(small: Snapshot) -> None:
    figure = charts.by_topic(small.made(counts.upvotes_by_topic, SETTLED, 1), "settled")
    (dots,) = figure.data
    assert list(figure.layout.yaxis.ticktext) == [
        "Graph networks",
        "Speech recognition",
        "No topic",
        "Protein folding",
    ]
    assert list(dots.y) == [0, 1, 2, 3]  # the last is on top
    assert list(dots.x) == [12, 14, 20, 100]
    assert list(dots.error_x.array) == [123.5, 7, 0, 0]
    assert list(dots.error_x.arrayminus) == [3, 7, 0, 0]


def test_weekdays_stand_at_their_place_in_the_week(small: Snapshot) -> None:
    figure = charts.by_weekday(small.made(counts.upvotes_by_weekday, SETTLED), "settled")
    (dots,) = figure.data
    assert list(dots.x) == [1, 2, 3, 5]
    assert list(dots.y) == [14, 28, 6, 100]
    assert list(figure.layout.xaxis.ticktext) == ["Mon", "Tue", "Wed", "Fri"]
    assert list(dots.error_y.arrayminus) == [2, 0, 3, 0]
    assert dots.customdata[0][1] == "Monday"


def test_settling_stands_at_days_after_listing_as_shares(small: Snapshot) -> None:
    figure = charts.settling(small.ask(queries.settling, Filters(), 7))
    band, median = figure.data
    assert list(median.x) == [0, 1, 2, 6, 7]
    assert list(median.y) == pytest.approx([0.25, 0.4, 0.5, 0.4, 0.8])
    assert max(band.y) == pytest.approx(0.8)
    assert list(median.customdata[0]) == [
        "followed=0",
        "On the day of listing",
        "25%",
        "21% to 44%",
        "6 papers",
    ]
    assert median.customdata[1][1] == "1 day after listing"


def test_effects_stand_at_their_ratio_with_their_interval(moving: Snapshot) -> None:
    topics = effects_frame(moving).sort_values("topic_id")  # 3 rises and is on top, 5 falls
    figure = charts.effects(topics)
    (marks,) = figure.data
    assert list(marks.marker.symbol) == ["triangle-down", "triangle-up"]
    assert len(set(marks.marker.color)) == 2
    assert list(marks.x) == topics["change"].tolist()[::-1]
    ends = [value + more for value, more in zip(marks.x, marks.error_x.array, strict=True)]
    starts = [value - less for value, less in zip(marks.x, marks.error_x.arrayminus, strict=True)]
    assert ends == pytest.approx(topics["change_high"].tolist()[::-1])
    assert starts == pytest.approx(topics["change_low"].tolist()[::-1])
    assert figure.layout.xaxis.type == "log"
    assert [shape.x0 for shape in figure.layout.shapes] == [1]  # no change
    assert "same" in figure.layout.xaxis.ticktext
    assert marks.customdata[1][0] == "topics=3&from=2025-01&until=2025-08"
    assert marks.customdata[1][4] == "62"


def test_the_axis_of_effects_covers_the_intervals_but_no_more_than_64_times() -> None:
    wild = effect_rows([("A", RISING, 500.0, 2.0, 9e9), ("B", FALLING, 0.001, 1e-9, 0.5)])
    low, high = charts.effects(wild).layout.xaxis.range
    assert 10**low == pytest.approx(1 / 64 / 1.1)
    assert 10**high == pytest.approx(64 * 1.1)
    low, high = charts.effects(effect_rows([("A", RISING, 1.1, 1.05, 1.2)])).layout.xaxis.range
    assert 10**low < 1 < 10**high  # it always shows what no change would be


def effect_rows(rows: Sequence[tuple[str, str, float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "topic_id": place,
                "label": label,
                "signal": signal,
                "change": change,
                "change_low": low,
                "change_high": high,
                "share_start": 0.01,
                "share_end": 0.02,
                "window_papers": 30,
                "window_start": pd.Timestamp(2025, 1, 1),
                "window_end": pd.Timestamp(2025, 8, 1),
            }
            for place, (label, signal, change, low, high) in enumerate(rows)
        ]
    )


def test_trends_draw_shares_with_bands_or_counts_without(small: Snapshot) -> None:
    shares = selection.shares(small, Filters(topics=(GRAPHS, SPEECH)))
    as_shares, as_counts = charts.trends(shares), charts.trends(shares, PAPERS)
    graphs, speech = named(as_shares, "points")
    assert list(graphs.y) == pytest.approx([2 / 6, 2 / 4, float("nan"), 2 / 3], nan_ok=True)
    assert list(speech.y) == pytest.approx([2 / 6, 1 / 4, float("nan"), 0], nan_ok=True)
    graphs, speech = named(as_counts, "points")
    assert list(graphs.y) == [2, 2, 0, 2]
    assert list(speech.y) == [2, 1, 0, 0]
    assert len(named(as_shares, "band")) == 2
    assert named(as_counts, "band") == []
    assert as_shares.layout.yaxis.tickformat == ".0%"
    assert as_counts.layout.yaxis.tickformat == ",d"
    assert list(graphs.customdata[1][1:3]) == ["Graph networks", "Feb 2025"]
    assert graphs.customdata[1][5] == "2 of 4 papers"


def test_a_band_covers_complete_months_that_have_papers(small: Snapshot) -> None:
    shares = selection.shares(small, Filters(topics=(GRAPHS,)))
    (band,) = named(charts.trends(shares), "band")
    assert [pd.Timestamp(month).month for month in band.x] == [1, 2, 2, 1]
    high, low = shares["share_high"], shares["share_low"]
    assert list(band.y) == [high[0], high[1], low[1], low[0]]


# ---- partial months ----


@pytest.mark.parametrize("chart", ["corpus", "teams", "names", "shares", "counts"])
def test_a_month_that_is_cut_stands_on_a_grey_ground(small: Snapshot, moving: Snapshot, chart: str) -> None:
    given, draw = DRAWN[chart]
    assert months_in(draw(given(small, moving))) == [(2025, 4)]


def test_a_point_of_a_month_that_is_cut_is_open_and_hangs_on_a_dotted_line(small: Snapshot) -> None:
    figure = charts.trends(selection.shares(small, Filters(topics=(SPEECH,))), PAPERS)
    (points,), (complete,), (partial,) = (named(figure, name) for name in ("points", "complete", "partial"))
    assert list(points.marker.symbol) == ["circle", "circle", "circle", "circle-open"]
    assert list(complete.y) == pytest.approx([2, 1, 0, float("nan")], nan_ok=True)
    assert list(partial.y) == pytest.approx(
        [float("nan"), float("nan"), 0, 0], nan_ok=True
    )  # joined to March
    assert partial.line.dash == "dot"
    assert complete.line.dash is None
    assert points.customdata[3][2] == "Apr 2025 (partial month)"
    assert points.customdata[2][2] == "Mar 2025"


def test_open_points_mark_partial_months_of_medians(small: Snapshot) -> None:
    (median,) = named(charts.teams_over_time(small.made(counts.teams_by_month, Filters())), "Median")
    assert list(median.marker.symbol) == ["circle", "circle", "circle-open"]
    assert median.customdata[2][1] == "Apr 2025 (partial month)"
    listing = small.made(counts.upvotes_by_month, Filters(age="listing"))
    _, line = charts.over_time(listing, "listing").data
    assert list(line.marker.symbol) == ["circle", "circle", "circle-open"]


def test_a_wide_band_of_a_cut_month_does_not_stretch_the_axis() -> None:
    shares = share_rows([0.1, 0.11, 0.1, 0.0], partial=[False, False, False, True])
    shares.loc[3, "share_high"] = 0.9
    top = charts.trends(shares).layout.yaxis.range[1]
    assert top == pytest.approx(1.06 * (0.11 + 0.02))


def share_rows(
    shares: Sequence[float], partial: Sequence[bool], label: str = "A topic", topic: int = 0
) -> pd.DataFrame:
    """Monthly shares of one topic out of 100 papers, with bands of 2 points each way."""
    values = pd.Series(shares, dtype=float)
    return pd.DataFrame(
        {
            "topic_id": topic,
            "label": label,
            "month": MONTHS[: len(values)],
            "last": MONTHS[: len(values)],
            "papers": (100 * values).fillna(0).astype(int),
            "corpus_papers": [0 if missing else 100 for missing in values.isna()],
            "share": values,
            "share_low": (values - 0.02).clip(0),
            "share_high": values + 0.02,
            "partial": list(partial),
            "per": "month",
            "stretch": 0,
        }
    )


def test_no_line_and_no_band_goes_from_one_stretch_of_sources_to_the_next() -> None:
    rows = share_rows([0.1, 0.1, 0.3, 0.3], [False] * 4).assign(stretch=[0, 0, 1, 1])
    figure = charts.trends(rows)
    (line,) = named(figure, "complete")
    assert [None if pd.isna(value) else value for value in line.y] == [0.1, 0.1, None, 0.3, 0.3]
    assert line.x[2] is None or pd.isna(line.x[2])
    assert [len(band.x) for band in named(figure, "band")] == [4, 4]
    assert list(named(figure, "points")[0].y) == [0.1, 0.1, 0.3, 0.3]


def test_a_smooth_line_goes_through_means_of_three_and_leaves_the_points_where_they_are() -> None:
    figure = charts.trends(share_rows([0.1, 0.2, 0.6, 0.9], [False, False, False, True]), smooth=True)
    (line,), (points,) = (named(figure, name) for name in ("complete", "points"))
    # The mean of .1 and .2; of all three; of .2 and .6: the cut month takes no part, and has no place on the line.
    assert list(line.y[:3]) == pytest.approx([0.15, 0.3, 0.4])
    assert np.isnan(line.y[3])
    assert list(points.y) == [0.1, 0.2, 0.6, 0.9]


def test_a_log_axis_begins_below_the_least_share_that_is_not_zero() -> None:
    frame = share_rows([0.0, 0.01, 0.4], [False, False, False])
    axis = charts.trends(frame, log=True).layout.yaxis
    assert axis.type == "log"
    assert axis.range == pytest.approx((np.log10(0.001 / 1.06), np.log10(1.06 * 0.42)))


def level(kind: str, started_on: str, before: float, share: float, topic: int = 0) -> dict[str, object]:
    """A row of `selection.changes`, as far as charts read it."""
    started = pd.Timestamp(started_on)
    return {"topic_id": topic, "kind": kind, "started_on": started, "share_before": before, "share": share}


CHANGES = pd.DataFrame(
    [
        level("rise", "2025-02-01", 0.1, 0.4),
        level("fall", "2025-04-01", 0.4, 0.1),  # a month that is cut
        level("burst", "2025-09-01", 0.1, 0.4),  # a month that is not drawn
        level("fall", "2025-01-01", 0.4, 0.1, topic=7),
    ]
)


@pytest.mark.parametrize("draw", [lambda rows, changes: charts.trends(rows, changes=changes), charts.panels])
def test_a_sign_stands_where_a_share_comes_to_another_level(
    draw: Callable[[pd.DataFrame, pd.DataFrame], Any],
) -> None:
    rows = share_rows([0.1, 0.4, 0.4, 0.1], [False, False, False, True])
    figure = draw(rows, CHANGES)
    (signs,) = named(figure, "changes")
    assert [list(signs.x), list(signs.y), list(signs.text)] == [[MONTHS[1].to_pydatetime()], [0.4], ["▲"]]
    (points,) = named(figure, "points")
    told = [story[-1].replace("\N{NO-BREAK SPACE}", " ") for story in points.customdata]
    assert told[1].endswith("40 of 100 papers<br>▲ rise from 10 % to 40 %")
    assert not any("rise" in other or "fall" in other for other in (told[0], *told[2:]))


@pytest.mark.parametrize("changes", [None, pd.DataFrame(), CHANGES[CHANGES["topic_id"] == 7]])
def test_without_a_change_there_is_no_sign(changes: pd.DataFrame | None) -> None:
    rows = share_rows([0.1, 0.4], [False, False])
    assert named(charts.trends(rows, changes=changes), "changes") == []


def test_a_quarter_bears_the_sign_of_what_begins_within_it() -> None:
    quarter = share_rows([0.5], [False]).assign(last=pd.Timestamp("2025-03-01"))
    (signs,) = named(charts.trends(quarter, changes=CHANGES), "changes")
    assert list(signs.text) == ["▲"]


def test_a_point_of_a_quarter_leads_to_its_three_months() -> None:
    quarter = share_rows([0.5], [False]).assign(last=pd.Timestamp("2025-03-01"))
    (points,) = named(charts.trends(quarter), "points")
    assert points.customdata[0][0] == "topics=0&from=2025-01&until=2025-03"
    assert points.customdata[0][2] == "Jan to Mar 2025"


# ---- many topics at once ----


def test_each_topic_has_a_panel_of_its_own_from_zero_to_its_highest_band() -> None:
    frame = pd.concat(
        [share_rows([0.5, 0.6], [False, False]), share_rows([0.01, 0.02], [False, True], "B", topic=1)]
    )
    figure = charts.panels(frame)
    assert [note["text"] for note in figure.layout.annotations] == ["A topic", "B"]
    assert figure.layout.yaxis.range == pytest.approx((0, 1.06 * 0.62))
    assert figure.layout.yaxis2.range == pytest.approx(
        (0, 1.06 * 0.03)
    )  # the band of the cut month does not count
    _, cut = named(figure, "points")
    assert list(cut.marker.symbol) == ["circle", "circle-open"]
    assert [list(line.y) for line in named(figure, "partial")][1] == [0.01, 0.02]  # dotted
    assert np.isnan(named(figure, "complete")[1].y[1])


def test_slopes_go_from_start_to_end_with_movers_in_colour_above_the_others(moving: Snapshot) -> None:
    topics = selection.topics(moving, Filters())
    figure = charts.slopes(topics)
    row = topics.set_index("topic_id").loc[3]
    line = next(trace for trace in figure.data if trace.name == row["label"])
    assert list(line.y) == [row["share_start"], row["share_end"]]
    assert [trace.line.width for trace in figure.data] == sorted(trace.line.width for trace in figure.data)
    named = [note["text"].partition("</span> ")[2].replace("<br>", " ") for note in figure.layout.annotations]
    movers = topics["label"][topics["signal"].isin([RISING, FALLING])]
    assert sorted(named) == sorted(html.escape(label, quote=False) for label in movers)


def test_areas_are_stacked_to_all_papers(moving: Snapshot) -> None:
    figure = charts.stream(selection.shares(moving, Filters(topics=(3, 5, 8, 9, OUTLIER))), AREAS)
    assert {trace.name for trace in figure.data} == {"First", "Second", "No topic"}
    assert figure.data[-1].name == "No topic"
    total = np.sum([np.asarray(trace.y, float) for trace in figure.data], axis=0)
    assert total == pytest.approx(np.ones(len(total)))
    assert next(t for t in figure.data if t.name == "First").customdata[0][0].startswith("topics=3.5&from=")


def test_the_heat_map_tells_shares_against_their_own_mean() -> None:
    frame = pd.concat(
        [
            share_rows([0.1, 0.1, 0.4], [False, False, False], "late", topic=1),
            share_rows([0.8, 0.0, 0.4], [False, False, True], "early", topic=2),
        ]
    )
    (cells,) = charts.heat(frame).data
    # Means .2 and .4: half, half and twice; twice, none (the scale ends at a quarter) and the same.
    assert list(cells.marker.color) == pytest.approx([-1, -1, 1, 1, -2, 0])
    assert list(cells.y) == [0, 0, 0, 1, 1, 1]  # what was early stands above
    assert list(cells.marker.opacity) == [1, 1, 1, 1, 1, 0.45]


# ---- labels ----


def test_a_hostile_label_is_shown_as_it_is() -> None:
    shares = share_rows([0.1, 0.2], [False, False], HOSTILE)
    ranked = pd.DataFrame(
        [{"topic_id": 0, "label": HOSTILE, "papers": 9, "low": 1.0, "median": 2.0, "high": 3.0}]
    )
    for figure in (
        charts.trends(shares),
        charts.effects(effect_rows([(HOSTILE, RISING, 2.0, 1.5, 2.5)])),
        charts.by_topic(ranked, "week"),
    ):
        shown = figure.to_json().replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")
        assert "&lt;b&gt;" in shown
        assert "R&amp;D" in shown or "…" in shown
        for tag in ("<b>bold", "<a ", "<a>", "</a>"):
            assert tag not in shown


def test_lines_are_named_at_their_ends_in_their_colour_and_apart(moving: Snapshot) -> None:
    shares = selection.shares(moving, Filters(topics=(3, 5, 8, 9)))
    labels = charts.trends(shares).layout.annotations
    assert len(labels) == 4
    places = [label.y for label in labels]
    assert all(later - earlier >= 0.098 - 1e-9 for earlier, later in pairwise(places))
    # From the lowest line to the highest in September: 5 and 9 at 0, 3 of 10 and 4 of 10.
    assert [label.text.split("color:")[1][:7] for label in labels] == [
        colours([3, 5, 8, 9])[topic] for topic in (5, 9, 3, 8)
    ]


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([0.2, 0.8], [0.2, 0.8]),
        ([0.5, 0.5], [0.5, 0.6]),
        ([0.0], [0.05]),  # a label is no lower than half its height
        ([0.94, 0.96, 1.0], [0.75, 0.85, 0.95]),
        ([], []),
    ],
)
def test_labels_move_as_little_as_needed(places: list[float], moved: list[float]) -> None:
    assert spread(places, 0.1) == pytest.approx(moved)


# ---- little data ----


def test_a_trend_of_one_month_or_of_none_with_papers_is_drawn() -> None:
    one = charts.trends(share_rows([0.1], [False]))
    assert list(named(one, "points")[0].y) == [0.1]
    nothing = charts.trends(share_rows([float("nan")] * 2, [False, True]))
    assert nothing.layout.annotations == ()  # a line that is nowhere has no end to name
    assert nothing.layout.yaxis.range[1] > 0
    assert named(nothing, "points")[0].customdata[0][3] == "unknown"


def test_a_trend_with_partial_months_only_is_drawn() -> None:
    for measure in ("share", PAPERS):
        figure = charts.trends(share_rows([0.1, 0.2], [True, True]), measure)
        assert figure.layout.yaxis.range[1] > 0
        assert set(named(figure, "points")[0].marker.symbol) == {"circle-open"}


def test_a_topic_without_any_paper_stays_at_zero() -> None:
    for measure in ("share", PAPERS):
        figure = charts.trends(share_rows([0.0, 0.0], [False, False]), measure)
        assert list(named(figure, "points")[0].y) == [0, 0]
        assert figure.layout.yaxis.range[0] == 0 < figure.layout.yaxis.range[1]


def test_two_topics_of_one_palette_place_are_told_apart() -> None:
    both = pd.concat(
        [share_rows([0.1, 0.2], [False] * 2, topic=2), share_rows([0.3, 0.1], [False] * 2, topic=10)]
    )
    first, second = named(charts.trends(both), "points")
    assert first.marker.color != second.marker.color


@pytest.mark.parametrize(
    ("query", "more", "draw"),
    [
        (counts.months, [], charts.corpus),
        (counts.team_sizes, [], charts.team_sizes),
        (counts.teams_by_month, [], charts.teams_over_time),
        (queries.authors_by_month, [], charts.authors_by_month),
        (counts.upvotes_distribution, [], lambda frame: charts.distribution(frame, "settled")),
        (counts.upvotes_by_month, [], lambda frame: charts.over_time(frame, "settled")),
        (counts.upvotes_by_topic, [1], lambda frame: charts.by_topic(frame, "settled")),
        (counts.upvotes_by_weekday, [], lambda frame: charts.by_weekday(frame, "settled")),
        (queries.settling, [28], charts.settling),
    ],
)
def test_one_paper_is_enough_for_a_chart(small: Snapshot, query: Any, more: list[int], draw: Any) -> None:
    ask = small.made if query.__module__ == counts.__name__ else small.ask
    one = ask(query, Filters(text="attention", age="settled"), *more)
    figure = draw(one)
    assert sum(len(trace.x) for trace in figure.data) >= 1


def test_months_out_of_papers_are_drawn_as_zero(small: Snapshot) -> None:
    march = Filters(date_from=date(2025, 3, 1), date_until=date(2025, 3, 1))
    with_topic, without = charts.corpus(small.made(counts.months, march)).data
    assert list(with_topic.y) == list(without.y) == [0]
    sizes = charts.team_sizes(small.made(counts.team_sizes, march))
    assert set(sizes.data[0].y) == {0}
