"""How many papers there are."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from dashboard import text
from dashboard.charts.common import (
    ACCENT,
    OUTLIER_COLOUR,
    UNDIMMED,
    cut,
    in_month,
    rows_of,
    stacked_months,
)
from dashboard.charts.sketch import Sketch, bar
from etl.contract import OUTLIER


def corpus(months: pd.DataFrame) -> go.Figure:
    """Papers per month, with a topic and without one; partial months stand on a grey ground.

    Args:
        months: as `counts.months` gives them.
    """
    with_topic = months["papers"] - months["without_topic"]
    figure = Sketch()
    for name, papers, colour, which in (
        ("With a topic", with_topic, ACCENT, "assigned=yes"),
        ("Without a topic", months["without_topic"], OUTLIER_COLOUR, f"topics={OUTLIER}"),
    ):
        figure.add_trace(
            bar(
                x=months["month"],
                y=papers,
                name=name,
                marker={"color": colour, "line": {"width": 0}},
                customdata=[
                    [
                        f"{which}&{in_month(month)}",
                        text.month(month) + cut(partial),
                        text.counted(all_papers, "paper"),
                        text.count(without),
                    ]
                    for month, all_papers, without, partial in rows_of(months)
                ],
                hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}, "
                "%{customdata[3]} of them without a topic<extra></extra>",
                **UNDIMMED,
            )
        )
    stacked_months(figure, months, 280)
    return figure.finished()
