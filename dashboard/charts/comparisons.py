"""Many topics at once: each in a panel of its own, from start to end of the window, as areas, or as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import text
from dashboard.charts.common import (
    FAINT,
    OUTLIER_COLOUR,
    PALETTE,
    SHADE,
    UNDIMMED,
    colours,
    in_period,
    layout,
    month_axis,
    period,
    rows_of,
    shade_partial,
    translucent,
)
from dashboard.charts.sketch import Sketch, Trace, scatter
from dashboard.charts.topics import bands, beginnings, end_label, highest, line, percent_format, signs, spread
from dashboard.filters import SHARE
from etl.contract import FALLING, OUTLIER, RISING

PANELS_ACROSS = 2  # which a phone still shows
_PANEL = 170  # pixels
_ROW = 24  # pixels of a topic in the heat map
_WIDE = 900  # pixels that the periods of a row share
_MOST = 2.0  # doublings of a share at which the colours of the heat map end
_COOLER, _WARMER = PALETTE[0], PALETTE[1]
_MOVING = {RISING: PALETTE[0], FALLING: PALETTE[1]}


def panels(shares: pd.DataFrame, changes: pd.DataFrame | None = None) -> go.Figure:
    """Small multiples: the share of each topic with its 95 % band, each panel from zero to its own highest band.

    Args:
        shares: as `selection.shares` gives them.
        changes: as `selection.changes` gives them; a sign stands where each begins.
    """
    groups = [rows for _, rows in shares.groupby("topic_id", sort=False)]
    down = -(-len(groups) // PANELS_ACROSS)
    grid = make_subplots(
        rows=down,
        cols=PANELS_ACROSS,
        shared_xaxes="all",
        subplot_titles=[text.lines(str(rows["label"].iloc[0]), 30) for rows in groups],
        horizontal_spacing=0.09,
        vertical_spacing=min(0.3, 52 / (_PANEL * down)),
    )
    grid.update_annotations(font={"size": 13})
    figure = Sketch()
    figure.update_layout(grid.layout.to_plotly_json())
    colour_of = colours(shares["topic_id"])
    for place, rows in enumerate(groups):
        number = "" if place == 0 else str(place + 1)  # as Plotly numbers the axes of a grid
        colour = colour_of[int(rows["topic_id"].iloc[0])]
        begins = beginnings(rows, changes)
        drawn = line(rows, SHARE, colour, begins=begins, small=True)
        for trace in (*bands(rows, colour), *drawn, *signs(rows, SHARE, colour, begins)):
            figure.add_trace({**trace, "xaxis": f"x{number}", "yaxis": f"y{number}"})
        top = 1.06 * highest(rows, SHARE)
        axis = {"range": [0, top], "nticks": 4, "tickformat": percent_format(top)}
        figure.update_layout({f"yaxis{number}": axis})
    figure.update_layout(
        layout(40 + _PANEL * down), clickmode="event+select", hovermode="closest", showlegend=False
    )
    month_axis(figure, shares["month"].drop_duplicates())
    figure.update_xaxes(fixedrange=True, nticks=3)
    figure.update_yaxes(fixedrange=True, gridcolor=FAINT, zerolinecolor=FAINT)
    figure.update_layout(margin={"t": 36})
    return figure.finished()


def _story(row: Any) -> list[str]:
    """What a point of a topic and a month leads to, its name, and what it says."""
    told = f"{period(row)}<br>{text.percent(row.share)} of the papers"
    if not pd.isna(row.share):
        told += f" (95 %: {text.percent(row.share_low)} to {text.percent(row.share_high)})"
    told += f"<br>{text.count(row.papers)} of {text.counted(row.corpus_papers, 'paper')}"
    return [f"topics={row.topic_id}&{in_period(row)}", text.plotly(str(row.label)), told]


def slopes(topics: pd.DataFrame) -> go.Figure:
    """Fitted shares at the start and at the end of the window, on a log axis: movers in colour, the others muted.

    Args:
        topics: rows of `selection.topics`.
    """
    known = topics[(topics["topic_id"] != OUTLIER) & (topics["share_start"] > 0) & (topics["share_end"] > 0)]
    muted_first = known.iloc[np.argsort(known["signal"].isin(list(_MOVING)), kind="stable")]
    figure = Sketch()
    for row in rows_of(muted_first):
        colour = _MOVING.get(row.signal)
        figure.add_trace(
            scatter(
                x=[0, 1],
                y=[row.share_start, row.share_end],
                mode="lines+markers",
                line={"color": colour or FAINT, "width": 2.4 if colour else 1.2},
                marker={"size": 8 if colour else 5, "color": colour or OUTLIER_COLOUR},
                customdata=[_slope_story(row)] * 2,
                hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
                name=str(row.label),
                **UNDIMMED,
            )
        )
    figure.update_layout(layout(520), clickmode="event+select", hovermode="closest", showlegend=False)
    figure.update_yaxes(type="log", gridcolor=FAINT, tickformat=".1%", nticks=6)
    if len(known):
        figure.update_xaxes(
            tickvals=[0, 1],
            ticktext=[text.month(known[edge].iloc[0]) for edge in ("window_start", "window_end")],
            range=[-0.08, 1.08],
            showgrid=False,
        )
        _name_movers(figure, known)
    return figure.finished()


def _slope_story(row: Any) -> list[str]:
    window = f"from={row.window_start:%Y-%m}&until={row.window_end:%Y-%m}"
    told = (
        f"{text.SIGNAL_WORDS.get(row.signal, '')}: from {text.percent(row.share_start)} to "
        f"{text.percent(row.share_end)}"
    )
    return [f"topics={row.topic_id}&{window}", text.plotly(str(row.label)), told]


def _name_movers(figure: Sketch, known: pd.DataFrame) -> None:
    """Labels at the right ends of the movers' lines, moved apart where they would overlap."""
    low = np.log10(known[["share_start", "share_end"]].min().min() / 1.15)
    high = np.log10(known[["share_start", "share_end"]].max().max() * 1.15)
    figure.update_yaxes(range=[low, high])
    movers = known[known["signal"].isin(list(_MOVING))].sort_values("share_end")
    places = [(np.log10(share) - low) / (high - low) for share in movers["share_end"]]
    for row, place in zip(rows_of(movers), spread(places, 0.07), strict=True):
        end_label(figure, 1, place, _MOVING[row.signal], text.lines(str(row.label), 18))
    figure.update_layout(margin={"r": 132})


def stream(shares: pd.DataFrame, area_of: dict[int, str]) -> go.Figure:
    """Areas stacked to all papers of a month: how the corpus is divided. Papers without a topic are grey.

    Args:
        shares: of every topic, as `selection.shares` gives them.
        area_of: the area of each topic.
    """
    named = shares.assign(area=shares["topic_id"].map(area_of))
    total = named.groupby("area")["papers"].sum().sort_values(ascending=False)
    outside = area_of.get(OUTLIER)
    ordered = [
        *(area for area in total.index if area != outside),
        *([outside] if outside in total.index else []),
    ]
    figure = Sketch()
    for place, area in enumerate(ordered):
        colour = OUTLIER_COLOUR if area == outside else PALETTE[place % len(PALETTE)]
        fill = translucent(colour, 0.55 if place < len(PALETTE) else 0.3)
        figure.add_trace(_area(named[named["area"] == area], str(area), colour, fill))
    figure.update_layout(
        layout(520),
        clickmode="event+select",
        hovermode="closest",
        legend={"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )
    figure.update_yaxes(range=[0, 1], tickformat=".0%", nticks=5, gridcolor=FAINT)
    month_axis(figure, shares["month"].drop_duplicates())
    shade_partial(figure, shares)
    return figure.finished()


def _area(shares: pd.DataFrame, name: str, colour: str, fill: str) -> Trace:
    """The topics of one area (rows of `stream`) as a layer, whose points lead to their papers."""
    rows = shares.groupby("month", as_index=False).agg(
        papers=("papers", "sum"),
        corpus=("corpus_papers", "first"),
        partial=("partial", "first"),
        last=("last", "first"),
        per=("per", "first"),
    )
    topics = ".".join(str(topic) for topic in sorted(shares["topic_id"].unique()))
    return scatter(
        x=rows["month"],
        y=rows["papers"] / rows["corpus"].where(rows["corpus"] > 0),
        stackgroup="areas",
        mode="lines+markers",
        marker={"size": 8, "color": "rgba(0, 0, 0, 0)", "line": {"width": 0}},  # what is clicked
        **UNDIMMED,
        line={"width": 0.8, "color": colour},
        fillcolor=fill,
        customdata=[
            [
                f"topics={topics}&{in_period(row)}",
                text.plotly(name),
                f"{period(row)}<br>{text.count(row.papers)} of {text.counted(row.corpus, 'paper')}",
            ]
            for row in rows_of(rows)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{y:.1%} of the papers, %{customdata[2]}<extra></extra>",
        name=text.short(name, 44),
    )


def heat(shares: pd.DataFrame) -> go.Figure:
    """Every topic in every month: its share against its own mean share, on a scale of doublings.

    A cell is a square marker, since a cell of Plotly's own heat map cannot be clicked.

    Args:
        shares: of every topic, as `selection.shares` gives them.
    """
    real = shares[shares["topic_id"] != OUTLIER]
    mean = real.groupby("topic_id")["papers"].sum() / real.groupby("topic_id")["corpus_papers"].sum()
    order = _by_when(real)
    place = {topic: number for number, topic in enumerate(reversed(order))}
    cells = real[real["corpus_papers"] > 0]
    ratio = cells["share"] / cells["topic_id"].map(mean)
    doublings = np.log2(ratio.clip(lower=2.0**-_MOST, upper=2.0**_MOST))
    figure = Sketch(
        scatter(
            x=cells["month"],
            y=cells["topic_id"].map(place),
            mode="markers",
            marker={
                "symbol": "square",
                "size": max(3, min(_ROW - 7, _WIDE // max(1, cells["month"].nunique()))),
                "color": doublings,
                "cmin": -_MOST,
                "cmax": _MOST,
                "colorscale": [[0, _COOLER], [0.5, SHADE], [1, _WARMER]],
                "colorbar": {
                    "title": {"text": "of its mean", "side": "right"},
                    "tickvals": [-2, -1, 0, 1, 2],
                    "ticktext": ["1/4 or less", "1/2", "same", "2×", "4× or more"],
                    "thickness": 12,
                    "outlinewidth": 0,
                },
                "line": {"width": 0},
                "opacity": [0.45 if partial else 1.0 for partial in cells["partial"]],
            },
            customdata=[_story(row) for row in rows_of(cells)],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
            **UNDIMMED,
        )
    )
    label_of = real.drop_duplicates("topic_id").set_index("topic_id")["label"]
    figure.update_layout(layout(70 + _ROW * len(order)), clickmode="event+select", hovermode="closest")
    month_axis(figure, real["month"].drop_duplicates())
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        ticktext=[text.plotly(text.short(str(label_of[topic]), 26)) for topic in reversed(order)],
        range=[-0.6, len(order) - 0.4],
        showgrid=False,
        zeroline=False,
    )
    return figure.finished()


def _by_when(shares: pd.DataFrame) -> Sequence[int]:
    """Topics by the middle of their time, the earliest first, so that what rises late stands below."""
    number = shares["month"].rank(method="dense")
    weight = shares["share"].fillna(0)
    total = weight.groupby(shares["topic_id"]).sum()
    middle = (number * weight).groupby(shares["topic_id"]).sum() / total.where(total > 0)
    return [int(topic) for topic in middle.sort_values(kind="stable").index]
