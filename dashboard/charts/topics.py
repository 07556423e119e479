"""How topics move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard import text
from dashboard.charts.common import (
    FAINT,
    OUTLIER_COLOUR,
    PALETTE,
    UNDIMMED,
    colours,
    in_period,
    layout,
    month_axis,
    number,
    period,
    rows_of,
    shade_partial,
    translucent,
)
from dashboard.charts.sketch import Sketch, Trace, scatter
from dashboard.filters import SHARE
from etl.contract import RISING

_MANY = 60  # periods above which points are small, lines thin and bands faint
_END_LABEL = 15  # characters a line of a label at a line's end


def effects(topics: pd.DataFrame) -> go.Figure:
    """Change of each topic's share with its 95 % interval, on a log axis; 1 is no change.

    Args:
        topics: rows of `queries.topics` with a change, in the order of the chart, top first.
    """
    rows = topics.iloc[::-1]
    figure = Sketch(
        scatter(
            x=rows["change"],
            y=list(range(len(rows))),
            mode="markers",
            error_x={
                "type": "data",
                "array": rows["change_high"] - rows["change"],
                "arrayminus": rows["change"] - rows["change_low"],
                "thickness": 1.8,
                "width": 0,
                "color": OUTLIER_COLOUR,
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
                    f"topics={row['topic_id']}&from={row['window_start']:%Y-%m}&until={row['window_end']:%Y-%m}",
                    text.plotly(row["label"]),
                    text.change(row),
                    text.from_to(row),
                    number(row["window_papers"]),
                ]
                for _, row in rows.iterrows()
            ],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]} of the papers"
            "<br>%{customdata[4]} papers in the window<extra></extra>",
            showlegend=False,
            **UNDIMMED,
        )
    )
    figure.update_layout(layout(90 + 44 * len(rows)), clickmode="event+select", hovermode="closest")
    figure.add_vline(x=1, line={"color": OUTLIER_COLOUR, "width": 1, "dash": "dot"})
    _ratio_axis(figure, rows)
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[text.lines(label, 20) for label in rows["label"]],
        range=[-0.6, len(rows) - 0.4],
        gridcolor="rgba(0,0,0,0)",
        automargin=True,
    )
    return figure.finished()


def _ratio_axis(figure: Sketch, rows: pd.DataFrame) -> None:
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
        ticktext=["same" if tick == 1 else f"{tick:g}×" if tick > 1 else f"1/{1 / tick:g}" for tick in ticks],
        tickangle=0,
        gridcolor=FAINT,
    )


def trends(
    shares: pd.DataFrame,
    measure: str = SHARE,
    breaks: Iterable[pd.Timestamp] = (),
    changes: pd.DataFrame | None = None,
    *,
    log: bool = False,
    smooth: bool = False,
) -> go.Figure:
    """Topics over time: shares with 95 % bands, or counts.

    Complete months are joined by a solid line with filled points; partial months hang on a dotted line with open
    points, since a month that is cut says little.

    Args:
        shares: as `queries.shares` gives them.
        measure: `filters.SHARE` or `filters.PAPERS`.
        breaks: months from which other sources are covered; a line stands before each.
        changes: as `selection.changes` gives them; a sign stands where each begins.
        log: a logarithmic axis, on which equal ratios are equally far; what is 0 has no place there.
        smooth: lines go through means of three periods, the points stay where they are.
    """
    figure = Sketch()
    colour_of = colours(shares["topic_id"])
    groups = [(int(rows["topic_id"].iloc[0]), rows) for _, rows in shares.groupby("topic_id", sort=False)]
    if measure == SHARE:
        for topic, rows in groups:
            figure.add_trace(*bands(rows, colour_of[topic]))
    for topic, rows in groups:
        begins = beginnings(rows, changes)
        figure.add_trace(*line(rows, measure, colour_of[topic], smooth, begins))
        figure.add_trace(*signs(rows, measure, colour_of[topic], begins))
    top = 1.06 * highest(shares, measure)
    figure.update_layout(layout(440), clickmode="event+select", hovermode="closest", showlegend=False)
    bottom = lowest(shares, measure) / 1.06 if log else 0
    figure.update_yaxes(
        type="log" if log else "linear",
        range=[np.log10(bottom), np.log10(top)] if log else [0, top],
        tickformat=percent_format(top) if measure == SHARE else ",d",
        nticks=6,
        gridcolor=FAINT,
        zeroline=True,
        zerolinecolor=FAINT,
    )
    month_axis(figure, np.unique(shares["month"].to_numpy()))
    shade_partial(figure, shares)
    for month in breaks:
        source_break(figure, month)
    _label_ends(figure, groups, measure, colour_of, (bottom, top) if log else (0, top))
    return figure.finished()


def source_break(figure: Sketch, month: pd.Timestamp) -> None:
    """A dashed upright before a month from which other sources are covered."""
    figure.add_vline(
        x=month - pd.Timedelta(days=15),
        line={"color": OUTLIER_COLOUR, "width": 1.5, "dash": "dash"},
        layer="below",
    )
    figure.add_annotation(
        x=month - pd.Timedelta(days=15),
        y=1,
        yref="paper",
        text="other sources",
        showarrow=False,
        xanchor="left",
        yanchor="top",
        font={"size": 11, "color": OUTLIER_COLOUR},
    )


def bands(rows: pd.DataFrame, colour: str) -> list[Trace]:
    """The 95 % band of a topic's share over its complete periods, broken where other sources come in."""
    stretch, partial = rows["stretch"].to_numpy(), rows["partial"].to_numpy(bool)
    share, high, low = (rows[name].to_numpy(float) for name in ("share", "share_high", "share_low"))
    months = rows["month"].to_numpy()
    traces = []
    for sources in np.unique(stretch):
        within = stretch == sources
        known = np.flatnonzero(within & ~partial & ~np.isnan(share))
        faint = bool(within.sum() > _MANY)
        traces.append(_band(months[known], high[known], low[known], colour, faint=faint))
    return traces


def _band(
    months: NDArray[Any], high: NDArray[np.float64], low: NDArray[np.float64], colour: str, *, faint: bool
) -> Trace:
    return scatter(
        x=pd.DatetimeIndex(np.concatenate([months, months[::-1]])).tolist(),
        y=np.concatenate([high, low[::-1]]).tolist(),
        mode="lines",  # few points would be drawn as such
        fill="toself",
        fillcolor=translucent(colour, 0.07 if faint else 0.13),
        line={"width": 0},
        hoverinfo="skip",
        name="band",
    )


def beginnings(rows: pd.DataFrame, changes: pd.DataFrame | None) -> list[str]:
    """What begins in each period of a topic: "▲ rise from 2.8 % to 7.1 %"; '' for most, and where the period is cut.

    Args:
        rows: of one topic, as `selection.shares` gives them.
        changes: as `selection.changes` gives them, of any topics.
    """
    told = [""] * len(rows)
    if changes is None or changes.empty:
        return told
    first, last = rows["month"].to_numpy(), rows["last"].to_numpy()
    known = rows["share"].notna().to_numpy() & ~rows["partial"].to_numpy(bool)
    for change in rows_of(changes[changes["topic_id"] == rows["topic_id"].iloc[0]]):
        start = np.datetime64(change.started_on)
        for place in np.flatnonzero(known & (first <= start) & (start <= last)):
            told[place] = (
                f"{text.CHANGE_SIGNS[change.kind]} {change.kind} from {text.percent(change.share_before)} to "
                f"{text.percent(change.share)}"
            )
    return told


def signs(rows: pd.DataFrame, measure: str, colour: str, begins: Sequence[str]) -> list[Trace]:
    """The signs of what begins, above the points that tell it; nothing where nothing does."""
    places = [place for place, told in enumerate(begins) if told]
    if not places:
        return []
    return [
        scatter(
            x=rows["month"].iloc[places].tolist(),
            y=rows[measure].iloc[places].tolist(),
            mode="text",
            text=[begins[place][0] for place in places],
            textposition="top center",
            textfont={"color": colour, "size": 17},
            cliponaxis=False,
            hoverinfo="skip",
            name="changes",
        )
    ]


def line(
    rows: pd.DataFrame,
    measure: str,
    colour: str,
    smooth: bool = False,
    begins: Sequence[str] = (),
    *,
    small: bool = False,
) -> list[Trace]:
    """A topic's line, dotted where a period is cut, and its points, each with the query for its papers.

    A smooth line goes through the mean of each complete period and its two neighbours, as far as they are complete. No
    line goes from one stretch of sources to the next.
    """
    partial = rows["partial"].to_numpy(bool)
    beside = partial | np.append(partial[1:], False) | np.append(False, partial[:-1])
    values = rows[measure].to_numpy(float)
    joins = (1 + np.flatnonzero(np.diff(rows["stretch"].to_numpy()))).tolist()
    many = small or len(rows) > _MANY
    complete = np.where(partial, np.nan, values)
    months = rows["month"].tolist()
    common: dict[str, Any] = {"x": _parted(months, joins), "hoverinfo": "skip"}
    return [
        scatter(
            **common,
            y=_parted(np.where(beside, values, np.nan).tolist(), joins),
            mode="lines",
            line={"color": colour, "width": 1.5, "dash": "dot"},
            name="partial",
        ),
        scatter(
            **common,
            y=_parted((_smoothed(complete) if smooth else complete).tolist(), joins),
            mode="lines",
            line={"color": colour, "width": 1.6 if many else 2.4},
            name="complete",
        ),
        scatter(
            x=months,
            y=values.tolist(),
            mode="markers",
            marker={
                "color": colour,
                "size": 4 if many else 5 if smooth else 8,
                "symbol": ["circle-open" if cut else "circle" for cut in partial],
                "line": {"width": 0.5 if many else 1.5, "color": colour},
            },
            selected={"marker": {"size": 14}},
            unselected={"marker": {"opacity": 1}},
            customdata=[_story(*told) for told in zip_longest(rows_of(rows), begins, fillvalue="")],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>"
            "%{customdata[3]} of the papers%{customdata[4]}<br>%{customdata[5]}<extra></extra>",
            name="points",
        ),
    ]


def _parted(values: list[Any], joins: list[int]) -> list[Any]:
    """The values with None before each of these places, where a line ends and the next begins."""
    parted = values.copy()
    for place in reversed(joins):
        parted.insert(place, None)
    return parted


def _story(row: Any, begins: str) -> list[Any]:
    known = not pd.isna(row.share)
    return [
        f"topics={row.topic_id}&{in_period(row)}",
        text.plotly(row.label),
        period(row),
        text.percent(row.share),
        f" (95 %: {text.percent(row.share_low)} to {text.percent(row.share_high)})" if known else "",
        f"{text.count(row.papers)} of {text.counted(row.corpus_papers, 'paper')}{f'<br>{begins}' if begins else ''}",
    ]


def _label_ends(
    figure: Sketch,
    groups: Sequence[tuple[int, pd.DataFrame]],
    measure: str,
    colour_of: dict[int, str],
    ends_of_axis: tuple[float, float],
) -> None:
    """Name each line at its right end, moved apart where labels would overlap."""
    ends = []
    for topic, rows in groups:
        values = rows[measure].to_numpy(float)
        known = np.flatnonzero(~np.isnan(values))
        if len(known):
            ends.append((float(values[known[-1]]), topic, str(rows["label"].iloc[known[-1]])))
    if not ends:
        return
    ends.sort()
    places = [_place(value, ends_of_axis) for value, _, _ in ends]
    last = max(rows["month"].iloc[-1] for _, rows in groups)
    for (_, topic, label), place in zip(ends, spread(places, 0.098), strict=True):
        end_label(figure, last, place, colour_of[topic], text.lines(label, _END_LABEL))
    figure.update_layout(margin={"r": 112})


def end_label(figure: Sketch, x: Any, place: float, colour: str, label: str) -> None:
    """Name a line at its right end, at a place of the whole height (0 at the bottom, 1 at the top)."""
    figure.add_annotation(
        x=x,
        xshift=12,
        y=place,
        yref="paper",
        text=f'<span style="color:{colour}">●</span> {label}',
        showarrow=False,
        xanchor="left",
        align="left",
        font={"size": 12},
    )


def _place(value: float, axis: tuple[float, float]) -> float:
    """Where a value stands on an axis, 0 at its bottom and 1 at its top; one that begins above 0 is logarithmic."""
    bottom, top = axis
    if bottom:
        return float(np.log(max(value, bottom) / bottom) / np.log(top / bottom))
    return value / top


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


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    series = pd.Series(values)
    return series.rolling(3, center=True, min_periods=1).mean().where(series.notna()).to_numpy()


def lowest(shares: pd.DataFrame, measure: str) -> float:
    """The least value above zero of a complete month; a tenth of a percent, or one paper, where there is none."""
    values = shares[measure].to_numpy(float)[~shares["partial"].to_numpy(bool)]
    return float(min([*values[values > 0], 1e-3 if measure == SHARE else 1.0]))


def highest(shares: pd.DataFrame, measure: str) -> float:
    """Top of what is drawn; bands of partial months, wide for want of papers, do not count."""
    drawn = [*shares[measure].to_numpy(float), 1e-3 if measure == SHARE else 1.0]
    if measure == SHARE:
        drawn += shares["share_high"].to_numpy(float)[~shares["partial"].to_numpy(bool)].tolist()
    return float(np.nanmax(drawn))


def percent_format(top: float) -> str:
    """How an axis of shares up to `top` is written."""
    return ".0%" if top > 0.06 else ".1%" if top > 0.006 else ".2%"
