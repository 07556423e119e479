"""Who writes: team sizes and names over time."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from dashboard import text
from dashboard.charts.common import (
    ACCENT,
    OUTLIER_COLOUR,
    PALETTE,
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
    stacked_months,
)
from dashboard.charts.sketch import Sketch, bar, scatter
from dashboard.filters import NEW, RETURNING

_LINES = (
    ("p90", "90th percentile", PALETTE[3], "dash"),
    ("mean", "Mean", PALETTE[1], "dot"),
)


def teams_over_time(months: pd.DataFrame) -> go.Figure:
    """Median, mean and 90th percentile of the team size by month; the marks stand on the median.

    Args:
        months: as `counts.teams_by_month` gives them.
    """
    figure = Sketch()
    for column, name, colour, dash in _LINES:
        figure.add_trace(
            scatter(
                x=months["month"],
                y=months[column],
                name=name,
                mode="lines",
                line={"color": colour, "width": 1.6, "dash": dash},
                hoverinfo="skip",  # where lines meet, a click is for the marks of the median
            )
        )
    figure.add_trace(
        scatter(
            x=months["month"],
            y=months["median"],
            name="Median",
            mode="lines+markers",
            line={"color": ACCENT, "width": 2.4},
            marker={
                "size": 9,
                "symbol": ["circle-open" if partial else "circle" for partial in months["partial"]],
            },
            customdata=[
                [
                    f"{in_month(row.month)}&team=0-",
                    text.month(row.month) + cut(row.partial),
                    f"{row.median:g}, mean {row.mean:.1f}, 90th percentile {row.p90:g}",
                    text.counted(row.papers, "paper"),
                ]
                for row in rows_of(months)
            ],
            hovertemplate="<b>%{customdata[1]}</b><br>median %{customdata[2]} authors<br>"
            "%{customdata[3]}<extra></extra>",
            **UNDIMMED,
        )
    )
    figure.update_layout(
        layout(300),
        clickmode="event+select",
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "reversed"},
    )
    figure.update_layout(margin={"t": 36})
    count_axis(figure, "authors")
    month_axis(figure, months["month"])
    shade_partial(figure, months)
    return figure.finished()


def authors_by_month(months: pd.DataFrame) -> go.Figure:
    """Distinct names a month, new and returning.

    Args:
        months: as `queries.authors_by_month` gives them.
    """
    figure = Sketch()
    for kind, colour in ((RETURNING, OUTLIER_COLOUR), (NEW, ACCENT)):
        figure.add_trace(
            bar(
                x=months["month"],
                y=months[kind],
                name=kind.capitalize(),
                marker={"color": colour, "line": {"width": 0}},
                customdata=[
                    [
                        f"{in_month(month)}&with={kind}",
                        text.month(month) + cut(partial),
                        text.counted(papers, "paper"),
                    ]
                    for month, papers, partial in zip(
                        months["month"], months[f"papers_{kind}"], months["partial"], strict=True
                    )
                ],
                hovertemplate=f"<b>%{{customdata[1]}}</b><br>%{{y:,}} {kind} names<br>"
                "on %{customdata[2]}<extra></extra>",
                **UNDIMMED,
            )
        )
    stacked_months(figure, months, 300, "names")
    return figure.finished()


def team_sizes(sizes: pd.DataFrame) -> go.Figure:
    """Distribution of team sizes.

    Args:
        sizes: as `counts.team_sizes` gives them.
    """
    names = [bin_name(row.low, row.high) for row in rows_of(sizes)]
    return bars(
        names,
        sizes["papers"],
        [bin_query("team", row.low, row.high) for row in rows_of(sizes)],
        [f"{name} author{'' if name == '1' else 's'}" for name in names],
        "authors",
    )
