"""The answer to a reader's own query, drawn as asked for."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from dashboard import text
from dashboard.charts.common import ACCENT, FAINT, layout
from dashboard.charts.sketch import Sketch, bar, scatter

LINE, BAR, POINTS = "line", "bar", "points"
KINDS = (LINE, BAR, POINTS)
BARS_AT_MOST = 200  # more are thinner than a pixel is wide
_MANY = 1_000  # points that are drawn on a canvas instead of one by one


def answer(rows: pd.DataFrame, kind: str, x: str, y: str) -> go.Figure:
    """Two columns of rows against each other, in their order; of bars the first BARS_AT_MOST.

    Args:
        rows: any frame.
        kind: LINE, BAR or POINTS.
        x: name of the column to the right.
        y: name of the column upwards, of numbers.
    """
    shown = rows.head(BARS_AT_MOST) if kind == BAR else rows
    along, up = shown[x], shown[y]
    if kind == BAR:
        figure = Sketch(bar(x=along, y=up, marker={"color": ACCENT}))
    else:
        mode = "lines" if kind == LINE else "markers"
        drawn = scatter(x=along, y=up, mode=mode, line={"color": ACCENT}, marker={"color": ACCENT, "size": 7})
        figure = Sketch(drawn | {"type": "scattergl"} if len(shown) > _MANY else drawn)
    figure.update_layout(layout(380), showlegend=False, hovermode="closest")
    figure.update_xaxes(title=text.plotly(x), showgrid=False)
    figure.update_yaxes(title=text.plotly(y), gridcolor=FAINT)
    return figure.finished()
