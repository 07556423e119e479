"""DataFrame -> Plotly figure: pure functions that never change their input.

Figures are built from `plotly.graph_objects` (plotly.express takes about three times as long). Fonts and background
come from Streamlit's theme; the colours here were chosen to stand out on its light and on its dark background alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import text
from dashboard.filters import SHARE
from etl.contract import OUTLIER, RISING

# Blue, vermillion, green, violet, brown, cyan, crimson and olive after Okabe and Ito (2008), each moved to a luminance
# of 0.13 to 0.28: a contrast of 3 or more on paper and on ink.
PALETTE = ("#1f78b8", "#d55e00", "#009270", "#9a62c4", "#a8741a", "#2b93a8", "#c8466e", "#6f8a2e")
OUTLIER_COLOUR = "#84898d"
ACCENT = "#1d8291"
_FAINT = "rgba(128, 140, 148, 0.28)"
_SHADE = "rgba(128, 140, 148, 0.10)"

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_END_LABEL = 15  # characters a line of a label at a line's end


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


def corpus(months: pd.DataFrame) -> go.Figure:
    """Papers per month, with a topic and without one; partial months are hatched.

    Args:
        months: as `queries.months` gives them.
    """
    with_topic = months["papers"] - months["without_topic"]
    figure = go.Figure()
    for name, papers, colour in (
        ("With a topic", with_topic, ACCENT),
        ("Without a topic", months["without_topic"], OUTLIER_COLOUR),
    ):
        figure.add_bar(
            x=months["month"],
            y=papers,
            name=name,
            marker={
                "color": colour,
                "line": {"width": 0},
                "pattern": {
                    "shape": ["/" if partial else "" for partial in months["partial"]],
                    "fillmode": "replace",
                    "size": 5,
                },
            },
            customdata=[
                [text.month(month), text.count(papers), text.count(without), _cut(partial)]
                for month, papers, without, partial in _rows(months)
            ],
            hovertemplate="<b>%{customdata[0]}</b>%{customdata[3]}<br>%{customdata[1]} papers, "
            "%{customdata[2]} of them without a topic<extra></extra>",
        )
    figure.update_layout(
        _layout(280),
        barmode="stack",
        bargap=0.22,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_layout(margin={"t": 36})
    figure.update_yaxes(rangemode="tozero", tickformat=",d", gridcolor=_FAINT)
    _month_axis(figure, months["month"])
    return figure


def effects(topics: pd.DataFrame) -> go.Figure:
    """Change of each topic's share with its 95 % interval, on a log axis; 1 is no change.

    Args:
        topics: rows of `queries.topics` with a change, in the order of the chart, top first.
    """
    rows = topics.iloc[::-1]
    figure = go.Figure(
        go.Scatter(
            x=rows["change"],
            y=list(range(len(rows))),
            mode="markers",
            error_x={
                "type": "data",
                "array": rows["change_high"] - rows["change"],
                "arrayminus": rows["change"] - rows["change_low"],
                "thickness": 1.6,
                "width": 0,
            },
            marker={
                "size": 11,
                "color": [PALETTE[0] if signal == RISING else PALETTE[1] for signal in rows["signal"]],
                "symbol": [
                    "triangle-up" if signal == RISING else "triangle-down" for signal in rows["signal"]
                ],
            },
            customdata=[
                [
                    text.plotly(row["label"]),
                    text.change(row),
                    text.from_to(row),
                    _number(row["window_papers"]),
                ]
                for _, row in rows.iterrows()
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]} of the corpus"
            "<br>%{customdata[3]} papers in the window<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_layout(_layout(90 + 44 * len(rows)))
    figure.add_vline(x=1, line={"color": OUTLIER_COLOUR, "width": 1, "dash": "dot"})
    _ratio_axis(figure, rows)
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[text.lines(label, 20) for label in rows["label"]],
        range=[-0.6, len(rows) - 0.4],
        gridcolor="rgba(0,0,0,0)",
        automargin=True,
    )
    return figure


def _ratio_axis(figure: go.Figure, rows: pd.DataFrame) -> None:
    """A log axis of ratios that covers the intervals (no wider than 1/64 to 64) and always shows 1."""
    low = max(min(rows["change_low"].min(), 1 / 1.5), 1 / 64)
    high = min(max(rows["change_high"].max(), 1.5), 64)
    ticks = [
        tick for tick in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32) if low <= tick <= high
    ]
    figure.update_xaxes(
        type="log",
        range=[np.log10(low / 1.1), np.log10(high * 1.1)],
        tickvals=ticks,
        ticktext=[
            "no change" if tick == 1 else f"{tick:g} times" if tick > 1 else f"1/{1 / tick:g}"
            for tick in ticks
        ],
        gridcolor=_FAINT,
    )


def trends(shares: pd.DataFrame, measure: str = SHARE) -> go.Figure:
    """Topics over time: shares with 95 % bands, or counts.

    Complete months are joined by a solid line with filled points; partial months hang on a dotted line with open
    points, since a month that is cut says little. A clicked point's customdata begins with its topic_id and month.

    Args:
        shares: as `queries.shares` gives them.
        measure: `filters.SHARE` or `filters.PAPERS`.
    """
    figure = go.Figure()
    colour_of = colours(shares["topic_id"])
    groups = [(int(rows["topic_id"].iloc[0]), rows) for _, rows in shares.groupby("topic_id", sort=False)]
    if measure == SHARE:
        for topic, rows in groups:
            figure.add_trace(_band(rows, colour_of[topic]))
    for topic, rows in groups:
        figure.add_traces(_line(rows, measure, colour_of[topic]))
    top = 1.06 * _highest(shares, measure)
    figure.update_layout(_layout(440), clickmode="event+select", hovermode="closest", showlegend=False)
    figure.update_yaxes(
        range=[0, top],
        tickformat=_percent_format(top) if measure == SHARE else ",d",
        nticks=6,
        gridcolor=_FAINT,
        zeroline=True,
        zerolinecolor=_FAINT,
    )
    _month_axis(figure, shares["month"].drop_duplicates())
    _shade_partial(figure, shares)
    _label_ends(figure, groups, measure, colour_of, top)
    return figure


def _band(rows: pd.DataFrame, colour: str) -> go.Scatter:
    known = rows.dropna(subset=["share"])
    return go.Scatter(
        x=[*known["month"], *known["month"][::-1]],
        y=[*known["share_high"], *known["share_low"][::-1]],
        fill="toself",
        fillcolor=_translucent(colour, 0.13),
        line={"width": 0},
        hoverinfo="skip",
        name="band",
    )


def _line(rows: pd.DataFrame, measure: str, colour: str) -> list[go.Scatter]:
    partial = rows["partial"].astype(bool)
    beside = partial | partial.shift(1, fill_value=False) | partial.shift(-1, fill_value=False)
    values = rows[measure].astype(float)
    common: dict[str, Any] = {"x": rows["month"], "hoverinfo": "skip"}
    return [
        go.Scatter(
            **common,
            y=values.where(beside),
            mode="lines",
            line={"color": colour, "width": 1.5, "dash": "dot"},
            name="partial",
        ),
        go.Scatter(
            **common,
            y=values.where(~partial),
            mode="lines",
            line={"color": colour, "width": 2.4},
            name="complete",
        ),
        go.Scatter(
            x=rows["month"],
            y=values,
            mode="markers",
            marker={
                "color": colour,
                "size": 8,
                "symbol": ["circle-open" if cut else "circle" for cut in partial],
                "line": {"width": 1.5},
            },
            # Streamlit hands a click on; Plotly's own dimming of all other points would hide the lines' shape.
            selected={"marker": {"size": 14}},
            unselected={"marker": {"opacity": 1}},
            customdata=[_story(row) for row in _rows(rows)],
            hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[3]}%{customdata[7]}<br>"
            "%{customdata[4]} of the corpus%{customdata[5]}<br>%{customdata[6]}<extra></extra>",
            name="points",
        ),
    ]


def _story(row: Any) -> list[Any]:
    known = not pd.isna(row.share)
    return [
        int(row.topic_id),
        f"{row.month:%Y-%m}",
        text.plotly(row.label),
        text.month(row.month),
        text.percent(row.share),
        f" (95 %: {text.percent(row.share_low)} to {text.percent(row.share_high)})" if known else "",
        f"{text.count(row.papers)} of {text.counted(row.corpus_papers, 'paper')}",
        _cut(row.partial),
    ]


def _rows(frame: pd.DataFrame) -> Any:
    """The rows as tuples, whose cells pandas-stubs cannot type."""
    return frame.itertuples(index=False)


def _cut(partial: bool) -> str:
    return " (partial month)" if partial else ""


def _shade_partial(figure: go.Figure, shares: pd.DataFrame) -> None:
    for month in shares.loc[shares["partial"], "month"].drop_duplicates():
        half = pd.Timedelta(days=15)
        figure.add_vrect(x0=month - half, x1=month + half, fillcolor=_SHADE, line_width=0, layer="below")


def _label_ends(
    figure: go.Figure,
    groups: Sequence[tuple[int, pd.DataFrame]],
    measure: str,
    colour_of: dict[int, str],
    top: float,
) -> None:
    """Name each line at its right end, moved apart where labels would overlap."""
    ends = []
    for topic, rows in groups:
        known = rows.dropna(subset=[measure])
        if len(known):
            ends.append((float(known[measure].iloc[-1]), topic, str(known["label"].iloc[-1])))
    if not ends:
        return
    ends.sort()
    last = max(rows["month"].iloc[-1] for _, rows in groups)
    for (_, topic, label), place in zip(ends, spread([end[0] / top for end in ends], 0.098), strict=True):
        figure.add_annotation(
            x=last,
            xshift=12,
            y=place,
            yref="paper",
            text=f'<span style="color:{colour_of[topic]}">●</span> {text.lines(label, _END_LABEL)}',
            showarrow=False,
            xanchor="left",
            align="left",
            font={"size": 12},
        )
    figure.update_layout(margin={"r": 112})


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Ascending places (0 to 1) moved as little as needed to lie `gap` apart, within 0 to 1 where there is room."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else max(place, gap / 2))
    ceiling = 1 - gap / 2
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - gap
    return moved


def _highest(shares: pd.DataFrame, measure: str) -> float:
    """Top of what is drawn; bands of partial months, wide for want of papers, do not count."""
    complete = shares.loc[~shares["partial"].astype(bool)]
    bands = complete["share_high"].max() if measure == SHARE else np.nan
    return float(np.nanmax([bands, shares[measure].max(), 1e-3 if measure == SHARE else 1.0]))


def _percent_format(top: float) -> str:
    return ".0%" if top > 0.06 else ".1%" if top > 0.006 else ".2%"


def _month_axis(figure: go.Figure, months: pd.Series) -> None:
    if not len(months):
        return
    half = pd.Timedelta(days=17)
    figure.update_xaxes(
        range=[months.min() - half, months.max() + half],
        tickformat="%b<br>%Y" if len(months) <= 8 else "%b %Y",
        nticks=7,
        showgrid=False,
        ticks="outside",
        tickcolor=_FAINT,
        hoverformat="%b %Y",
    )


def _layout(height: int) -> dict[str, Any]:
    """What all figures share. Axes are fixed, so that a finger on a phone scrolls the page."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 16, "b": 8},
        "dragmode": False,
        "xaxis": {"fixedrange": True, "automargin": True},
        "yaxis": {"fixedrange": True, "automargin": True},
        "hoverlabel": {"align": "left"},
    }


def _translucent(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"


def _number(value: Any) -> str:
    return text.UNKNOWN if pd.isna(value) else text.count(int(value))
