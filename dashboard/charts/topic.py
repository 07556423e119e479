"""One topic: its share with what is known of it, the same in small, and its words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import text
from dashboard.charts.common import (
    ACCENT,
    FAINT,
    OUTLIER_COLOUR,
    colours,
    layout,
    month_axis,
    rows_of,
    shade_partial,
    translucent,
)
from dashboard.charts.sketch import Sketch, heatmap, scatter
from dashboard.charts.topics import bands, highest, line, percent_format, source_break
from dashboard.filters import SHARE
from etl.contract import FALLING, RISING

_HALF_MONTH = pd.Timedelta(days=15)
_TERM = 22  # characters of a term beside its row
_ROW = 27  # pixels


def share_over_time(
    shares: pd.DataFrame,
    changes: pd.DataFrame,
    forecast: pd.DataFrame,
    breaks: Iterable[pd.Timestamp] = (),
) -> go.Figure:
    """A topic's share with its 95 % band, the levels it kept, when it came to another, and the next quarter.

    Args:
        shares: of one topic, as `selection.shares` gives them.
        changes: of that topic, as `selection.changes` gives them; may be empty.
        forecast: of that topic, as `selection.forecasts` gives it; drawn if it has a row that says `shown`.
        breaks: months from which other sources are covered; a line stands before each.
    """
    colour = _colour(shares)
    # Rows as tuples and columns as arrays: pandas takes longer for each step than all of the rest does.
    shown = next((row for row in rows_of(forecast) if row.shown), None) if len(forecast) else None
    figure = Sketch(*bands(shares, colour), *line(shares, SHARE, colour))
    top = 1.12 * max(highest(shares, SHARE), shown.share_high if shown else 0.0)
    figure.update_layout(layout(400), clickmode="event+select", hovermode="closest", showlegend=False)
    _share_axis(figure, top)
    months = shares["month"].to_numpy()
    complete = months[~shares["partial"].to_numpy(bool)]
    drawn = months
    if shown:
        _draw_forecast(figure, shown)
        quarter = pd.date_range(shown.quarter_start, periods=3, freq="MS").to_numpy()
        drawn = np.concatenate([months, quarter])
    month_axis(figure, np.unique(drawn))
    shade_partial(figure, shares)
    for month in breaks:
        source_break(figure, month)
    if len(changes) and len(complete):
        first, last = pd.Timestamp(complete.min()), pd.Timestamp(complete.max())
        for row in rows_of(changes):
            if first < row.started_on <= last:
                _draw_change(figure, row, last)
    _label_end(figure, shares, colour, shown)
    return figure.finished()


def _colour(shares: pd.DataFrame) -> str:
    """That of the one topic which these shares are of."""
    [colour] = colours(shares["topic_id"].to_numpy()[:1].tolist()).values()
    return colour


def _share_axis(figure: Sketch, top: float) -> None:
    """A vertical axis of shares from zero."""
    figure.update_yaxes(
        range=[0, top],
        tickformat=percent_format(top),
        nticks=6,
        gridcolor=FAINT,
        zeroline=True,
        zerolinecolor=FAINT,
    )


def _draw_change(figure: Sketch, row: Any, last: pd.Timestamp) -> None:
    """A dotted upright where the level begins, its sign and month above, and the level itself."""
    start = row.started_on - _HALF_MONTH
    end = (last if pd.isna(row.ended_on) else row.ended_on) + _HALF_MONTH
    figure.add_vline(x=start, line={"color": OUTLIER_COLOUR, "width": 1, "dash": "dot"})
    figure.add_shape(
        type="line",
        x0=start,
        x1=end,
        y0=row.share,
        y1=row.share,
        line={"color": OUTLIER_COLOUR, "width": 1.5},
        name="level",
    )
    figure.add_annotation(
        x=start,
        y=1,
        yref="paper",
        text=f"{text.CHANGE_SIGNS[row.kind]} {row.started_on:%b %y}",
        showarrow=False,
        xanchor="left",
        yanchor="top",
        xshift=3,
        font={"size": 11},
    )


def _draw_forecast(figure: Sketch, row: Any) -> None:
    """The next quarter: a translucent box for the 80 % interval, a dashed line for the forecast."""
    span = [row.quarter_start - _HALF_MONTH, row.quarter_end + _HALF_MONTH]
    figure.add_trace(
        scatter(
            x=[*span, *span[::-1]],
            y=[row.share_low] * 2 + [row.share_high] * 2,
            mode="lines",
            fill="toself",
            fillcolor=translucent(ACCENT, 0.22),
            line={"width": 0},
            hoverinfo="skip",
            name="forecast interval",
        )
    )
    figure.add_trace(
        scatter(
            x=span,
            y=[row.share] * 2,
            mode="lines",
            line={"color": ACCENT, "width": 2.4, "dash": "dash"},
            hoverinfo="skip",
            name="forecast",
        )
    )


def _label_end(figure: Sketch, shares: pd.DataFrame, colour: str, forecast: Any = None) -> None:
    """The forecast in words at the right end, or the last complete share where there is none."""
    if forecast:
        x, y, tint = forecast.quarter_end + _HALF_MONTH, forecast.share, ACCENT
        words = f"forecast<br>{text.percent(y)}"
    else:
        share, months = shares["share"].to_numpy(float), shares["month"].to_numpy()
        known = np.flatnonzero(~shares["partial"].to_numpy(bool) & ~np.isnan(share))
        if not len(known):
            return
        x, y, tint = pd.Timestamp(months.max()), float(share[known[-1]]), colour
        words = f"{text.percent(y)}<br>in {text.month(pd.Timestamp(months[known[-1]]))}"
    figure.add_annotation(
        x=x,
        y=y,
        xshift=10,
        text=f'<span style="color:{tint}">●</span> {words}',
        showarrow=False,
        xanchor="left",
        align="left",
        font={"size": 12},
    )
    figure.update_layout(margin={"r": 84})


def sparkline(shares: pd.DataFrame) -> go.Figure:
    """A topic's share in small: band and line on a scale of its own from zero, with the last complete share at its end.

    Args:
        shares: of one topic, as `selection.shares` gives them.
    """
    colour = _colour(shares)
    figure = Sketch(*bands(shares, colour), *line(shares, SHARE, colour))
    figure.update_traces({"marker": {"size": 4}}, name="points")
    figure.update_layout(layout(150), clickmode="event+select", hovermode="closest", showlegend=False)
    figure.update_layout(margin={"t": 8, "b": 4})
    top = 1.1 * highest(shares, SHARE)
    _share_axis(figure, top)
    figure.update_yaxes(nticks=3)
    month_axis(figure, np.unique(shares["month"].to_numpy()))
    figure.update_xaxes(nticks=3, tickformat="%b %Y")
    shade_partial(figure, shares)
    _label_end(figure, shares, colour)
    return figure.finished()


def words(periods: pd.DataFrame, signals: dict[str, str], *, partial_mark: str = "*") -> go.Figure:
    """How many of a topic's papers have each term, period by period: the darker a cell, the larger the share.

    Args:
        periods: `Vocabulary.periods`.
        signals: of each term, in the order of the rows, top first.
        partial_mark: what stands after the name of a period that is cut.
    """
    terms = list(signals)
    calendar = periods.head(len(periods) // max(len(terms), 1))
    shares, papers, sizes = (
        periods[column].to_numpy().reshape(len(terms), len(calendar))
        for column in ("share", "papers", "topic_papers")
    )
    known = ~np.isnan(shares)
    names = [
        f"{name.replace(' ', '<br>')}{partial_mark if cut else ''}"
        for name, cut in zip(calendar["period"], calendar["partial"], strict=True)
    ]
    rows = list(range(len(terms)))
    stories = [
        [
            f"{with_term} of {text.counted(size, 'paper')}"
            for with_term, size in zip(of_term, sizes_then, strict=True)
        ]
        for of_term, sizes_then in zip(papers.tolist(), sizes.tolist(), strict=True)
    ]
    figure = Sketch(
        heatmap(
            x=names,
            y=rows,
            z=shares.tolist(),
            zmin=0,
            zmax=max(float(shares[known].max()), 1e-3) if known.any() else 1,
            # Translucent, so that text stands out on it on a light and on a dark ground.
            colorscale=[[0, translucent(ACCENT, 0)], [1, translucent(ACCENT, 0.35)]],
            showscale=False,
            xgap=2,
            ygap=2,
            customdata=stories,
            text=[[text.plotly(term)] * len(names) for term in terms],
            hovertemplate="<b>%{text}</b><br>%{x}: %{z:.0%}<br>%{customdata}<extra></extra>",
        )
    )
    # One trace of points without a mark, since an annotation for each cell made the chart slow to make.
    written = [
        (name, row, f"{share:.0%}")
        for row, of_term in zip(rows, shares.tolist(), strict=True)
        for name, share in zip(names, of_term, strict=True)
        if not math.isnan(share)
    ]
    figure.add_trace(
        scatter(
            x=[name for name, _, _ in written],
            y=[row for _, row, _ in written],
            text=[share for _, _, share in written],
            mode="text",
            textfont={"size": 11},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.update_layout(layout(60 + _ROW * len(terms)), hovermode="closest")
    figure.update_xaxes(type="category", side="top", showgrid=False, tickangle=0, ticks="")
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[_row_name(term, signals[term]) for term in terms],
        range=[len(terms) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        ticks="",
    )
    return figure.finished()


def _row_name(term: str, signal: str) -> str:
    sign = {RISING: " ▲", FALLING: " ▼"}.get(signal, "")
    return text.plotly(text.short(term, _TERM)) + sign
