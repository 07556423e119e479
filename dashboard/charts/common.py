"""What all charts share: colours, layout, the axis of months, and how partial months look.

Figures are built from `plotly.graph_objects` (plotly.express takes about three times as long). Fonts and background
come from Streamlit's theme; the colours here were chosen to stand out on its light and on its dark background alike.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from dashboard import text
from dashboard.charts.sketch import Sketch, bar
from dashboard.filters import DAY, MONTH, QUARTER, WEEK
from etl.contract import OUTLIER

# Blue, vermillion, green, violet, brown, cyan, crimson and olive after Okabe and Ito (2008), each moved to a luminance
# of 0.13 to 0.28: a contrast of 3 or more on paper and on ink.
PALETTE = ("#1f78b8", "#d55e00", "#009270", "#9a62c4", "#a8741a", "#2b93a8", "#c8466e", "#6f8a2e")
OUTLIER_COLOUR = "#84898d"
ACCENT = "#1d8291"
FAINT = "rgba(128, 140, 148, 0.28)"
SHADE = "rgba(128, 140, 148, 0.10)"

# Streamlit hands a click on; Plotly's own dimming of all that was not clicked would hide the shape of the rest.
UNDIMMED = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}

# The one button of the bar, which is not shown, is what saves a chart as an image (see views/save_image.js).
CONFIG = {"modeBarButtons": [["toImage"]], "displaylogo": False, "scrollZoom": False, "doubleClick": False}

# Half of what a period takes on an axis that has the first day of each in its middle.
_HALF = {
    DAY: pd.Timedelta(hours=12),
    WEEK: pd.Timedelta(days=3.5),
    MONTH: pd.Timedelta(days=15),
    QUARTER: pd.Timedelta(days=45),
}


def colours(topics: Iterable[int]) -> dict[int, str]:
    """A colour for each topic, the same on every page and in every run.

    A topic's own colour follows from its id. Where several want one colour, the lowest id keeps it and the others take
    the next that is free, if any.
    """
    chosen: dict[int, str] = {}
    for topic in sorted(set(topics)):
        if topic == OUTLIER:
            chosen[topic] = OUTLIER_COLOUR
            continue
        wanted = [PALETTE[(topic + step) % len(PALETTE)] for step in range(len(PALETTE))]
        chosen[topic] = next((colour for colour in wanted if colour not in chosen.values()), wanted[0])
    return chosen


def rows_of(frame: pd.DataFrame) -> Any:
    """The rows as named tuples, whose cells pandas-stubs cannot type. `itertuples` makes a class at every call."""
    columns = (column.tolist() for _, column in frame.items())
    return map(_row(tuple(frame.columns))._make, zip(*columns, strict=True))


@cache
def _row(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)


def cut(partial: bool, per: str = MONTH) -> str:
    """A remark for months, or other periods, that are cut."""
    return f" (partial {per})" if partial else ""


def shade_partial(figure: Sketch, shares: pd.DataFrame) -> None:
    """A grey ground behind the partial periods of a frame with columns month and partial, and per where not months.

    Periods in a row have one ground.
    """
    per = shares["per"].iloc[0] if "per" in shares and len(shares) else MONTH
    months, first_rows = np.unique(shares["month"].to_numpy(), return_index=True)
    partial = np.flatnonzero(shares["partial"].to_numpy(bool)[first_rows])
    for run in np.split(partial, np.flatnonzero(np.diff(partial) > 1) + 1) if len(partial) else ():
        figure.add_vrect(
            x0=pd.Timestamp(months[run[0]]) - _HALF[per],
            x1=pd.Timestamp(months[run[-1]]) + _HALF[per],
            fillcolor=SHADE,
            line={"width": 0},
            layer="below",
        )


def month_axis(figure: Sketch, months: ArrayLike) -> None:
    """A horizontal axis that shows these months whole."""
    shown = np.asarray(months)
    if not len(shown):
        return
    first, last = (pd.Timestamp(end.reduce(shown)) for end in (np.fmin, np.fmax))
    half = pd.Timedelta(days=17)
    figure.update_xaxes(
        range=[first - half, last + half],
        tickformat="%b<br>%Y" if len(shown) <= 8 else "%b %Y",
        nticks=7,
        showgrid=False,
        ticks="outside",
        tickcolor=FAINT,
        hoverformat="%b %Y",
    )


def layout(height: int) -> dict[str, Any]:
    """What all figures share. Axes are fixed, so that a finger on a phone scrolls the page."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 16, "b": 8},
        "dragmode": False,
        "xaxis": {"fixedrange": True, "automargin": True},
        "yaxis": {"fixedrange": True, "automargin": True},
        "hoverlabel": {"align": "left"},
    }


def in_month(month: pd.Timestamp, last: pd.Timestamp | None = None) -> str:
    """The papers of a month, or from it to a last one, as a piece of a query: what a mark of that time counts."""
    first = f"{month:%Y-%m}"
    return f"from={first}&until={first if last is None or last == month else f'{last:%Y-%m}'}"


def in_period(row: Any) -> str:
    """The papers of a period, a row with month, last and per, as a piece of a query."""
    if row.per in (DAY, WEEK):
        return f"days={row.month:%Y-%m-%d}_{row.last:%Y-%m-%d}"
    return in_month(row.month, row.last)


def period(row: Any) -> str:
    """Such a period in words, and that it is cut where it is."""
    told = text.days if row.per in (DAY, WEEK) else text.months
    return told(row.month, row.last) + cut(row.partial, row.per)


def count_axis(figure: Sketch, title: str = "") -> None:
    """A vertical axis of whole numbers from zero."""
    figure.update_yaxes(rangemode="tozero", tickformat=",d", nticks=6, gridcolor=FAINT, title=title or None)


def stacked_months(figure: Sketch, months: pd.DataFrame, height: int, axis: str = "") -> None:
    """Lay out bars of a frame with columns month and partial, stacked month by month."""
    figure.update_layout(
        layout(height),
        barmode="stack",
        bargap=0.22,
        clickmode="event+select",
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_layout(margin={"t": 36})
    count_axis(figure, axis)
    month_axis(figure, months["month"])
    shade_partial(figure, months)


def bars(
    names: Sequence[str], papers: Iterable[int], queries: Iterable[str], stories: Iterable[str], axis: str
) -> go.Figure:
    """A distribution over named bins. Each bar's customdata is the piece of a query for its papers, and its story.

    Args:
        names: of the bins, in order.
        papers: in each bin.
        queries: what the papers of a bin have in common, as query parameters.
        stories: the bin in words, for hovering.
        axis: what the bins are.
    """
    figure = Sketch(
        bar(
            x=list(names),
            y=list(papers),
            marker={"color": ACCENT, "line": {"width": 0}},
            customdata=[list(pair) for pair in zip(queries, stories, strict=True)],
            hovertemplate="<b>%{customdata[1]}</b><br>%{y:,} papers<extra></extra>",
            **UNDIMMED,
        )
    )
    figure.update_layout(layout(280), bargap=0.12, clickmode="event+select", hovermode="closest")
    # Every second bin is named, the last among them: all of them would have to be turned to have room.
    figure.update_xaxes(type="category", title=axis, tickangle=0, tick0=(len(names) - 1) % 2, dtick=2)
    count_axis(figure)
    return figure.finished()


def bin_name(low: int, high: int | None) -> str:
    """A bin as "3", "11-12" or "51+"."""
    if pd.isna(high):
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


def bin_query(name: str, low: int, high: int | None) -> str:
    """What the papers of a bin have in common, as a query parameter."""
    return f"{name}={low}-{'' if pd.isna(high) else high}"


def translucent(colour: str, alpha: float) -> str:
    """A colour written #rrggbb, made translucent."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"


def number(value: Any) -> str:
    """A whole number, or that it is unknown."""
    return text.UNKNOWN if pd.isna(value) else text.count(int(value))
