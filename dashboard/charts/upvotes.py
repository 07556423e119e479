"""What readers vote for. Every figure shows counts that were read at one age."""

from __future__ import annotations

import calendar
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard import text
from dashboard.charts.common import (
    ACCENT,
    FAINT,
    UNDIMMED,
    bars,
    bin_name,
    bin_query,
    count_axis,
    cut,
    in_month,
    layout,
    month_axis,
    rows_of,
    shade_partial,
    translucent,
)
from dashboard.charts.sketch import Sketch, Trace, scatter

_WITHIN = 0.18
SMALL = 6  # counts for which Plotly would set ticks at halves


def over_time(months: pd.DataFrame, age: str) -> go.Figure:
    """Median of the upvotes by month of publication, with the quartiles as a band.

    Args:
        months: as `counts.upvotes_by_month` gives them.
        age: at which they were read, a name of `contract.AGES`.
    """
    return _months(months, f"&age={age}", "upvotes").finished()


def distribution(bins: pd.DataFrame, age: str) -> go.Figure:
    """Distribution of upvotes.

    Args:
        bins: as `counts.upvotes_distribution` gives them.
        age: at which they were read.
    """
    names = [bin_name(row.low, row.high) for row in rows_of(bins)]
    return bars(
        names,
        bins["papers"],
        [f"{bin_query('upvotes', row.low, row.high)}&age={age}" for row in rows_of(bins)],
        [f"{name} upvote{'' if name == '1' else 's'}" for name in names],
        "upvotes",
    )


def by_topic(topics: pd.DataFrame, age: str) -> go.Figure:
    """Median and quartiles of the upvotes of each topic, in the order given, top first.

    Args:
        topics: as `counts.upvotes_by_topic` gives them.
        age: at which they were read.
    """
    rows = topics.iloc[::-1]
    stories = [
        [f"topics={row.topic_id}&age={age}", text.plotly(row.label), *_told(row)] for row in rows_of(rows)
    ]
    figure = Sketch(_dots(rows, list(range(len(rows))), stories, horizontal=True))
    figure.update_layout(
        layout(70 + 27 * len(rows)), clickmode="event+select", hovermode="closest", showlegend=False
    )
    figure.update_xaxes(rangemode="tozero", gridcolor=FAINT, title="upvotes", zeroline=False, tickformat=",d")
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[text.lines(label, 26, 1) for label in rows["label"]],
        range=[-0.6, len(rows) - 0.4],
        gridcolor="rgba(0,0,0,0)",
    )
    return figure.finished()


def by_weekday(weekdays: pd.DataFrame, age: str) -> go.Figure:
    """Median and quartiles of the upvotes by weekday of listing.

    Args:
        weekdays: as `counts.upvotes_by_weekday` gives them.
        age: at which they were read.
    """
    stories = [
        [f"weekday={row.weekday}&age={age}", calendar.day_name[row.weekday - 1], *_told(row)]
        for row in rows_of(weekdays)
    ]
    figure = Sketch(_dots(weekdays, weekdays["weekday"].tolist(), stories, horizontal=False))
    figure.update_layout(layout(300), clickmode="event+select", hovermode="closest", showlegend=False)
    figure.update_xaxes(
        tickvals=weekdays["weekday"].tolist(),
        ticktext=[calendar.day_abbr[day - 1] for day in weekdays["weekday"]],
        range=[0.5, max(weekdays["weekday"].max(), 5) + 0.5],
        showgrid=False,
    )
    count_axis(figure, "upvotes")
    return figure.finished()


def settling(ages: pd.DataFrame) -> go.Figure:
    """How much of its settled count a paper has so many days after listing: median, with the quartiles as a band.

    Args:
        ages: as `queries.settling` gives them.
    """
    stories = [
        [
            f"followed={row.age_days}",
            _days(row.age_days),
            f"{row.median:.0%}",
            f"{row.low:.0%} to {row.high:.0%}",
            text.counted(row.papers, "paper"),
        ]
        for row in rows_of(ages)
    ]
    figure = Sketch(_band(ages["age_days"], ages), _line(ages["age_days"], ages, stories, None))
    figure.update_layout(layout(300), clickmode="event+select", hovermode="closest", showlegend=False)
    figure.update_xaxes(
        title="days after listing", showgrid=False, dtick=7, range=[-0.7, ages["age_days"].max() + 0.7]
    )
    figure.update_yaxes(rangemode="tozero", tickformat=".0%", gridcolor=FAINT, nticks=6)
    figure.add_hline(y=1, line={"color": FAINT, "width": 1.5, "dash": "dot"})
    return figure.finished()


def settling_times(bins: pd.DataFrame) -> go.Figure:
    """Papers by the days that their count took to settle.

    Args:
        bins: as `queries.settling_times` gives them, those that can be told.
    """
    names = [bin_name(row.low, row.high) for row in rows_of(bins)]
    return bars(
        names,
        bins["papers"],
        [bin_query("settled", row.low, row.high) for row in rows_of(bins)],
        [f"{name} day{'' if name == '1' else 's'} after listing" for name in names],
        "days after listing",
    )


def comments_over_time(months: pd.DataFrame, age: str) -> go.Figure:
    """Median of the comments by month of publication; eight of ten papers lie in the band.

    Args:
        months: as `queries.comments_by_month` gives them.
        age: at which they were read.
    """
    figure = _months(months, f"&age={age}&discussed=yes", "comments")
    figure.update_traces({"hovertemplate": _HOVER_DECILES}, name="median")
    return figure.finished()


def comments_by_upvotes(bins: pd.DataFrame, age: str) -> go.Figure:
    """Median of the comments, and between which numbers eight of ten lie, of papers with so many upvotes.

    Args:
        bins: as `queries.comments_by_upvotes` gives them.
        age: at which both were read.
    """
    names = [bin_name(row.from_upvotes, row.until_upvotes) for row in rows_of(bins)]
    stories = [
        [
            f"{bin_query('upvotes', row.from_upvotes, row.until_upvotes)}&age={age}&discussed=yes",
            f"{name} upvote{'' if name == '1' else 's'}",
            *_told(row, "comments"),
        ]
        for name, row in zip(names, rows_of(bins), strict=True)
    ]
    dots = _dots(bins, list(range(len(bins))), stories, horizontal=False)
    figure = Sketch({**dots, "hovertemplate": _HOVER_DECILES})
    figure.update_layout(layout(300), clickmode="event+select", hovermode="closest", showlegend=False)
    figure.update_xaxes(
        tickvals=list(range(len(bins))),
        ticktext=names,
        range=[-0.6, len(bins) - 0.4],
        title="upvotes",
        showgrid=False,
    )
    _count_axis(figure, bins, "comments")
    return figure.finished()


def _months(months: pd.DataFrame, asked: str, noun: str) -> Sketch:
    """Median by month, with the quartiles as a band; `asked` is what a mark asks for beside its month."""
    stories = [
        [f"{in_month(row.month)}{asked}", text.month(row.month) + cut(row.partial), *_told(row, noun)]
        for row in rows_of(months)
    ]
    figure = Sketch(_band(months["month"], months), _line(months["month"], months, stories, "partial"))
    figure.update_layout(layout(300), clickmode="event+select", hovermode="closest", showlegend=False)
    _count_axis(figure, months, noun)
    month_axis(figure, months["month"])
    shade_partial(figure, months)
    return figure


def _told(row: object, noun: str = "upvotes") -> list[str]:
    """Median, quartiles and papers in words."""
    median, low, high = row.median, row.low, row.high  # type: ignore[attr-defined]
    papers = text.counted(row.papers, "paper")  # type: ignore[attr-defined]
    return [f"{median:,g} {noun}", f"{low:,g} to {high:,g}", papers]


_HOVER = (
    "<b>%{customdata[1]}</b><br>median %{customdata[2]}<br>half of them %{customdata[3]}<br>%{customdata[4]}"
    "<extra></extra>"
)
_HOVER_DECILES = _HOVER.replace("half", "eight in ten")


def _count_axis(figure: Sketch, rows: pd.DataFrame, noun: str) -> None:
    """An axis of counts; where they are small, with a tick for each."""
    count_axis(figure, noun)
    if rows["high"].max() <= SMALL:
        figure.update_yaxes(dtick=1)


def _band(places: pd.Series, rows: pd.DataFrame) -> Trace:
    return scatter(
        x=[*places, *places[::-1]],
        y=[*rows["high"], *rows["low"][::-1]],
        fill="toself",
        fillcolor=translucent(ACCENT, _WITHIN),
        line={"width": 0},
        hoverinfo="skip",
        name="quartiles",
    )


def _line(places: pd.Series, rows: pd.DataFrame, stories: Sequence[list[str]], partial: str | None) -> Trace:
    cuts = rows[partial] if partial else [False] * len(rows)
    return scatter(
        x=places,
        y=rows["median"],
        mode="lines+markers",
        line={"color": ACCENT, "width": 2.4},
        marker={"size": 9, "symbol": ["circle-open" if cut_off else "circle" for cut_off in cuts]},
        customdata=stories,
        hovertemplate=_HOVER,
        name="median",
        **UNDIMMED,
    )


def _dots(rows: pd.DataFrame, places: list[int], stories: Sequence[list[str]], *, horizontal: bool) -> Trace:
    whiskers = {
        "type": "data",
        "array": rows["high"] - rows["median"],
        "arrayminus": rows["median"] - rows["low"],
        "thickness": 5,
        "width": 0,
        "color": translucent(ACCENT, 0.5),
    }
    values = rows["median"]
    return scatter(
        x=values if horizontal else places,
        y=places if horizontal else values,
        mode="markers",
        marker={"size": 11, "color": ACCENT},
        customdata=stories,
        hovertemplate=_HOVER,
        **{"error_x" if horizontal else "error_y": whiskers},
        **UNDIMMED,
    )


def _days(age: int) -> str:
    return "On the day of listing" if age == 0 else f"{text.counted(age, 'day')} after listing"
