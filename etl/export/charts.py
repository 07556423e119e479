"""Charts of the report, as plain dictionaries in the terms of Plotly (https://plotly.com/javascript/reference).

They use what its basic bundle draws: lines, markers and bars.
"""

from __future__ import annotations

import html
import math
from typing import Any

import pandas as pd

from etl.contract import FALLING, OUTLIER, RISING

Figure = dict[str, Any]

# After Okabe and Ito (2008), as in the dashboard.
_COLOURS = ("#1f78b8", "#d55e00", "#009270", "#9a62c4", "#a8741a", "#2b93a8", "#c8466e", "#6f8a2e")
_GREY, _FAINT = "#84898d", "rgba(128,140,148,0.28)"
_POWERS = range(-6, 7)
_RATIOS = {
    "tickvals": [2.0**power for power in _POWERS],
    "ticktext": [
        "same" if not power else f"{2**power}×" if power > 0 else f"1/{2**-power}" for power in _POWERS
    ],
}
SHOWN = 5  # topics drawn at first; the others are switched on in the legend
AT_MOST = 60  # topics that a legend can hold
LABELLED = 16  # topics named on the map; the others say who they are when pointed at


def effects(topics: pd.DataFrame) -> Figure | None:
    """Rising and falling topics: the change of their share with its 95 % interval, on a log axis; None without any.

    Args:
        topics: as in `state.State`.
    """
    moving = topics[topics["signal"].isin((RISING, FALLING)) & topics["change"].notna()].sort_values("change")
    if moving.empty:
        return None
    places = list(range(len(moving)))
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": _numbers(moving["change"]),
        "y": places,
        "error_x": {
            "type": "data",
            "array": _numbers(moving["change_high"] - moving["change"]),
            "arrayminus": _numbers(moving["change"] - moving["change_low"]),
            "color": _GREY,
            "width": 0,
        },
        "marker": {
            "size": 11,
            "color": [_COLOURS[0] if signal == RISING else _COLOURS[1] for signal in moving["signal"]],
            "symbol": ["triangle-up" if signal == RISING else "triangle-down" for signal in moving["signal"]],
        },
        "text": [_shown(label) for label in moving["label"]],
        "hovertemplate": "<b>%{text}</b><br>%{x:.2f} times<extra></extra>",
    }
    layout = _layout(110 + 34 * len(moving))
    layout["xaxis"] |= {"type": "log", "title": {"text": "share at the end / at the start"}, **_RATIOS}
    layout["yaxis"] |= {"tickvals": places, "ticktext": [_short(label) for label in moving["label"]]}
    line = {"type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1}
    layout["shapes"] = [line | {"line": {"color": _GREY, "width": 1, "dash": "dot"}}]
    return {"data": [trace], "layout": layout}


def shares(topics: pd.DataFrame, months: pd.DataFrame) -> Figure | None:
    """Shares of topics month by month with 95 % bands; partial months are left out. None without a complete month.

    Args:
        topics: as in `state.State`; those that move are shown first, then the largest.
        months: likewise.
    """
    whole = months[~months["partial"].astype(bool) & months["share"].notna()]
    moves = topics["signal"].isin((RISING, FALLING))
    order = [*topics.loc[moves, "topic_id"], *topics.loc[~moves, "topic_id"]][:AT_MOST]
    data = []
    for place, topic in enumerate(order):
        rows = whole[whole["topic_id"] == topic]
        if len(rows):
            data += _line_with_band(rows, _COLOURS[place % len(_COLOURS)], shown=place < SHOWN)
    if not data:
        return None
    layout = _layout(520)
    layout["yaxis"] |= {"tickformat": ".1%", "rangemode": "tozero", "title": {"text": "share of papers"}}
    layout |= {"legend": {"orientation": "h", "y": -0.12}, "hovermode": "closest"}
    return {"data": data, "layout": layout}


def _line_with_band(rows: pd.DataFrame, colour: str, *, shown: bool) -> list[dict[str, Any]]:
    months = _months(rows["month"])
    name, group = _shown(str(rows["label"].iloc[0])), f"topic {rows['topic_id'].iloc[0]}"
    common = {"type": "scatter", "legendgroup": group, "visible": True if shown else "legendonly"}
    band = {
        "x": [*months, *months[::-1]],
        "y": [*_numbers(rows["share_high"]), *_numbers(rows["share_low"])[::-1]],
        "fill": "toself",
        "fillcolor": colour + "22",
        "line": {"width": 0},
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
    }
    line = {
        "x": months,
        "y": _numbers(rows["share"]),
        "mode": "lines+markers",
        "name": name,
        "line": {"color": colour, "width": 2},
        "marker": {"size": 5},
        "customdata": rows["papers"].astype(int).tolist(),
        "hovertemplate": "<b>%{fullData.name}</b><br>%{x|%b %Y}: %{y:.2%}, %{customdata} papers<extra></extra>",
    }
    return [common | band, common | line]


def volume(months: pd.DataFrame) -> Figure | None:
    """Papers a month; months that are cut are drawn pale. None without a dated paper."""
    corpus = months[months["topic_id"] == OUTLIER]
    if corpus.empty:
        return None
    bars = {
        "type": "bar",
        "x": _months(corpus["month"]),
        "y": corpus["corpus_papers"].astype(int).tolist(),
        "marker": {"color": [_FAINT if cut else "#1d8291" for cut in corpus["partial"]]},
        "customdata": [" (partial month)" if cut else "" for cut in corpus["partial"]],
        "hovertemplate": "%{x|%b %Y}%{customdata}: %{y:,} papers<extra></extra>",
    }
    layout = _layout(300)
    layout["yaxis"] |= {"tickformat": ",d", "title": {"text": "papers"}}
    return {"data": [bars], "layout": layout | {"bargap": 0.2}}


def teams(teams: pd.DataFrame) -> Figure | None:
    """Median team size a month with its 95 % band; None where no team is known."""
    if teams.empty:
        return None
    months = _months(teams["month"])
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [*months, *months[::-1]],
        "y": [*_numbers(teams["team_median_high"]), *_numbers(teams["team_median_low"])[::-1]],
        "fill": "toself",
        "fillcolor": _COLOURS[0] + "22",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": months,
        "y": _numbers(teams["team_median"]),
        "line": {"color": _COLOURS[0]},
        "hovertemplate": "%{x|%b %Y}: %{y} authors<extra></extra>",
    }
    layout = _layout(300)
    layout["yaxis"] |= {"rangemode": "tozero", "title": {"text": "authors a paper, median"}}
    return {"data": [band, line], "layout": layout | {"showlegend": False}}


def topic_map(topics: pd.DataFrame) -> Figure | None:
    """Topics where they lie on the map, as large as they are; near ones are alike. None without places."""
    placed = topics.dropna(subset=["x", "y"])
    if placed.empty:
        return None
    areas = {area: place for place, area in enumerate(dict.fromkeys(placed["area"]))}
    largest = placed["papers"].max()
    trace = {
        "type": "scatter",
        "mode": "markers+text",
        "x": _numbers(placed["x"]),
        "y": _numbers(placed["y"]),
        "text": [_short(label) if place < LABELLED else "" for place, label in enumerate(placed["label"])],
        "textposition": "top center",
        "textfont": {"size": 11},
        "customdata": [
            [_shown(label), _shown(area), int(papers)]
            for label, area, papers in zip(placed["label"], placed["area"], placed["papers"], strict=True)
        ],
        "marker": {
            "size": [8 + 40 * math.sqrt(papers / largest) for papers in placed["papers"]],
            "color": [_COLOURS[areas[area] % len(_COLOURS)] for area in placed["area"]],
            "opacity": 0.6,
        },
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]:,} papers<extra></extra>",
    }
    layout = _layout(560)
    for axis in ("xaxis", "yaxis"):
        layout[axis] |= {"showticklabels": False, "showgrid": False, "zeroline": False}
    return {"data": [trace], "layout": layout}


def _layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 60, "r": 16, "t": 16, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#5a6268"},
        "xaxis": {"automargin": True, "gridcolor": _FAINT},
        "yaxis": {"automargin": True, "gridcolor": _FAINT},
    }


def _months(months: pd.Series) -> list[str]:
    return [f"{month:%Y-%m-%d}" for month in months]


def _numbers(values: pd.Series) -> list[float | None]:
    """Numbers to six digits; what is unknown or infinite is null, which JSON has."""
    return [float(f"{value:.6g}") if pd.notna(value) and math.isfinite(value) else None for value in values]


def _shown(label: str) -> str:
    """Text that Plotly shows as it is; it reads a little HTML in every label."""
    return html.escape(label, quote=False)


def _short(label: str) -> str:
    return _shown(label if len(label) <= 34 else label[:33].rstrip() + "…")
