"""One author or organisation: topics, ranks, share, and who writes with whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard import text
from dashboard.charts.common import (
    ACCENT,
    FAINT,
    OUTLIER_COLOUR,
    SHADE,
    UNDIMMED,
    colours,
    count_axis,
    cut,
    in_month,
    layout,
    month_axis,
    rows_of,
    shade_partial,
    translucent,
)
from dashboard.charts.sketch import Sketch, Trace, bar, scatter
from dashboard.charts.topics import bands, highest, line, percent_format
from dashboard.filters import MONTH, SHARE
from etl.contract import OUTLIER

MAIN = 5  # topics in colour
_TICKS = 8  # quarters named below the bars at most
_NAME = 18  # characters of a name beside its point
_ROW = 25  # pixels of a name
_ACROSS, _BULGE = 0.8, 0.72  # how wide the ring is, and how round
_THICK = (1.2, 2.4, 4.0, 6.0)  # pixels, of lines from few papers together to most
_PLAIN = (0.14, 0.35, 0.7)  # opacity of lines between co-authors, likewise


# ---- what they write on ----


class _Part(NamedTuple):
    """A part of a bar: papers of a quarter, of one topic or of several."""

    month: pd.Timestamp  # the first of the quarter
    last: pd.Timestamp
    partial: bool
    topics: str  # their ids, as a query writes them
    papers: int
    corpus_papers: int
    share: float


_Layer = tuple[str, str, list[_Part]]  # name, colour, parts


def topic_mix(mix: pd.DataFrame, measure: str) -> go.Figure:
    """Papers or their share by topic and quarter: the main topics in their own colours, the others muted.

    Above each bar stands how many papers it is of, since a share of few papers is no share to go by.

    Args:
        mix: as `selection.topic_mix` gives it.
        measure: `filters.SHARE` or `filters.PAPERS`.
    """
    rows = sorted(rows_of(mix), key=lambda row: row.month)
    quarters = list({row.month: row for row in reversed(rows)}.values())[::-1]
    place = {quarter.month: number for number, quarter in enumerate(quarters)}
    heights = dict.fromkeys(place, 0.0)
    for row in rows:
        heights[row.month] += getattr(row, measure) if row.papers else 0
    bars = [
        bar(
            x=[place[part.month] for part in layer],
            y=[getattr(part, measure) for part in layer],
            name=text.plotly(text.short(name, 40)),
            marker={"color": colour, "line": {"width": 0}},
            customdata=[_quarter_story(name, part) for part in layer],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
            **UNDIMMED,
        )
        for name, colour, layer in _layers(rows)
    ]
    figure = Sketch(*bars)
    top = 1.0 if measure == SHARE else max(1.0, *heights.values())
    figure.update_layout(
        layout(400),
        barmode="stack",
        bargap=0.22,
        clickmode="event+select",
        hovermode="closest",
        legend={"orientation": "h", "y": -0.26, "yanchor": "top", "x": 0, "traceorder": "normal"},
        annotations=_sizes(quarters, list(heights.values())),
        shapes=[
            {
                **{"type": "rect", "x0": number - 0.5, "x1": number + 0.5, "y0": 0, "y1": 1, "yref": "paper"},
                **{"fillcolor": SHADE, "line": {"width": 0}, "layer": "below"},
            }
            for number, quarter in enumerate(quarters)
            if quarter.partial
        ],
    )
    count_axis(figure, "" if measure == SHARE else "papers")
    figure.update_yaxes(range=[0, 1.1 * top], tickformat=".0%" if measure == SHARE else ",d")
    _quarter_axis(figure, [quarter.month for quarter in quarters])
    return figure.finished()


def _layers(rows: list[Any]) -> list[_Layer]:
    """The layers of rows in order of time, the lowest first: the main topics, the others together, no topic."""
    of_topic: dict[int, list[Any]] = {}
    for row in rows:
        if row.papers:
            of_topic.setdefault(row.topic_id, []).append(row)
    none = of_topic.pop(OUTLIER, [])
    ranked = sorted(of_topic, key=lambda topic: (-sum(row.papers for row in of_topic[topic]), topic))
    main, rest = ranked[:MAIN], sorted(ranked[MAIN:])
    colour_of = colours(main)
    layers = [(str(of_topic[topic][0].label), colour_of[topic], _parts([of_topic[topic]])) for topic in main]
    if rest:
        others = _parts([of_topic[topic] for topic in rest])
        layers.append(("Other topics", translucent(OUTLIER_COLOUR, 0.55), others))
    if none:
        layers.append((str(none[0].label), translucent(OUTLIER_COLOUR, 0.25), _parts([none])))
    return layers


def _parts(topics: list[list[Any]]) -> list[_Part]:
    """The rows of one or more topics, together for each quarter."""
    of_quarter: dict[pd.Timestamp, list[Any]] = {}
    for rows in topics:
        for row in rows:
            of_quarter.setdefault(row.month, []).append(row)
    return [
        _Part(
            month,
            rows[0].last,
            rows[0].partial,
            ".".join(str(row.topic_id) for row in rows),
            sum(row.papers for row in rows),
            rows[0].corpus_papers,
            sum(row.share for row in rows),
        )
        for month, rows in sorted(of_quarter.items())
    ]


def _quarter_story(name: str, part: _Part) -> list[str]:
    told = (
        f"{text.months(part.month, part.last)}{cut(part.partial)}<br>{text.count(part.papers)} of "
        f"{text.counted(part.corpus_papers, 'paper')} ({text.percent(part.share)})"
    )
    return [f"topics={part.topics}&{in_month(part.month, part.last)}", text.plotly(name), told]


def _sizes(quarters: list[Any], heights: list[float]) -> list[dict[str, Any]]:
    """How many papers each bar is of, above it."""
    return [
        {
            "x": number,
            "y": float(height),
            "text": text.count(quarter.corpus_papers),
            "showarrow": False,
            "yanchor": "bottom",
            "font": {"size": 11},
        }
        for number, (quarter, height) in enumerate(zip(quarters, heights, strict=True))
        if quarter.corpus_papers
    ]


def _quarter_axis(figure: Sketch, quarters: list[pd.Timestamp]) -> None:
    """Quarters in a row, some of them by name."""
    step = -(-len(quarters) // _TICKS)
    figure.update_xaxes(
        tickvals=list(range(0, len(quarters), step)),
        ticktext=[f"Q{month.quarter}<br>{month.year}" for month in quarters[::step]],
        range=[-0.6, len(quarters) - 0.4],
        showgrid=False,
    )


# ---- what readers think ----


def ranks(papers: pd.DataFrame) -> go.Figure:
    """Each paper's rank by upvotes among the papers of its week, and the median of all theirs, drawn or not.

    The dotted line is the middle of all papers of the corpus.

    Args:
        papers: as `queries.compared_papers` gives them, oldest first.
    """
    figure = Sketch(
        scatter(
            x=papers["day"],
            y=papers["percentile"],
            mode="markers",
            marker={"size": 9, "color": translucent(ACCENT, 0.55), "line": {"width": 1, "color": ACCENT}},
            customdata=[
                [
                    text.lines(str(row.title), 48),
                    f"{text.day(row.day)}, {text.counted(int(row.upvotes), 'upvote')}",
                    f"above {row.percentile:.0f}{text.PER_CENT} of its week",
                ]
                for row in rows_of(papers)
            ],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
            name="papers",
        )
    )
    middle = float(papers["middle"].iloc[0])
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1}
    label = {
        **{"text": f"median<br>{middle:.0f}", "xref": "paper", "x": 1, "y": middle, "xshift": 6},
        **{"showarrow": False, "xanchor": "left", "align": "left", "font": {"size": 11}},
    }
    figure.update_layout(
        {**layout(280), "margin": {"l": 8, "r": 56, "t": 16, "b": 8}},
        hovermode="closest",
        showlegend=False,
        shapes=[
            {**across, "y0": 50, "y1": 50, "line": {"color": OUTLIER_COLOUR, "width": 1, "dash": "dot"}},
            {**across, "y0": middle, "y1": middle, "line": {"color": ACCENT, "width": 2}},
        ],
        annotations=[label],
    )
    figure.update_yaxes(
        range=[-4, 104], tickvals=[0, 25, 50, 75, 100], gridcolor=FAINT, title="rank in its week"
    )
    month_axis(figure, papers["day"])
    return figure.finished()


# ---- an organisation's share ----


def organization_share(months: pd.DataFrame, name: str) -> go.Figure:
    """An organisation's share of the papers that name one, with its 95 % band.

    Args:
        months: as `selection.organization_shares` gives them.
        name: of the organisation.
    """
    rows = months.assign(topic_id=0, label=name, last=months["month"], per=MONTH, stretch=0)
    *lines, points = line(rows, SHARE, ACCENT)
    for story, month in zip(points["customdata"], months["month"], strict=True):
        story[0] = in_month(month)
    top = 1.12 * highest(rows, SHARE)
    figure = Sketch(*bands(rows, ACCENT), *lines, points)
    figure.update_layout(layout(320), clickmode="event+select", hovermode="closest", showlegend=False)
    figure.update_yaxes(
        range=[0, top], tickformat=percent_format(top), nticks=6, gridcolor=FAINT, zerolinecolor=FAINT
    )
    month_axis(figure, months["month"])
    shade_partial(figure, months)
    return figure.finished()


# ---- who writes with whom ----


def coauthors(name: str, people: pd.DataFrame, together: pd.DataFrame) -> go.Figure:
    """An author amid the co-authors: the thicker a line, the more papers together; who write together stand together.

    Each point's customdata is the piece of a query that asks for this author, the name, and what it says.

    Args:
        name: of the author in the middle.
        people: as `queries.coauthors` gives them.
        together: as `queries.written_together` gives it, of these.
    """
    places = ring(people["person"].tolist(), together)
    left = places[:, 0] < 0
    points = scatter(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers+text",
        marker={
            "size": 8 + 10 * np.sqrt(people["papers"] / people["papers"].max()),
            "color": ACCENT,
            "line": {"width": 0},
        },
        text=[text.plotly(text.short(name, _NAME)) for name in people["name"]],
        textposition=["middle left" if on_left else "middle right" for on_left in left],
        textfont={"size": 11},
        cliponaxis=False,
        customdata=[
            [
                urlencode({"author": row.name}),
                text.plotly(row.name),
                f"{text.counted(row.papers, 'paper')} together",
            ]
            for row in rows_of(people[["name", "papers"]])
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        name="coauthors",
        **UNDIMMED,
    )
    middle = {
        **{"x": 0, "y": 0, "text": f"<b>{text.lines(name, _NAME)}</b>", "showarrow": False},
        **{"font": {"size": 12, "color": "#ffffff"}, "bgcolor": ACCENT, "borderpad": 4},
    }
    figure = Sketch(*_links(people["person"].tolist(), places, together), *_spokes(people, places), points)
    figure.update_layout(
        layout(80 + _ROW * max(6, -(-len(people) // 2))),
        clickmode="event+select",
        hovermode="closest",
        showlegend=False,
        annotations=[middle],
        # As wide as leaves room for names beside the ring.
        xaxis={"visible": False, "range": [-1.75, 1.75]},
        yaxis={"visible": False, "range": [-1.12, 1.12]},
    )
    return figure.finished()


def ring(persons: Sequence[int], together: pd.DataFrame) -> NDArray[np.float64]:
    """Places around the middle, shape (n, 2), in the order of the persons: down the right side and up the left.

    Names lie at even heights, so that they never overlap. Their order round the ring is that of the leaves of a tree
    (average linkage; the more papers together, the nearer), with neighbours as near as the tree allows (Bar-Joseph et
    al., 2001). The same rows give the same places.
    """
    number = len(persons)
    order = list(range(number))
    if number > 2:
        # Loaded late, because only this chart needs it.
        from scipy.cluster import hierarchy  # noqa: PLC0415
        from scipy.spatial.distance import squareform  # noqa: PLC0415

        at = pd.Index(persons)
        far = np.ones((number, number)) - np.eye(number)
        one, other = (at.get_indexer(pd.Index(together[name])) for name in ("one", "other"))
        far[one, other] = far[other, one] = 1 / (1 + together["papers"].to_numpy())
        between = squareform(far)
        tree = hierarchy.linkage(between, "average")
        order = hierarchy.leaves_list(hierarchy.optimal_leaf_ordering(tree, between)).tolist()
    right = -(-number // 2)
    heights = np.concatenate([_even(right), -_even(number - right)])
    sides = np.where(np.arange(number) < right, 1.0, -1.0)
    places = np.empty((number, 2))
    places[order] = np.column_stack([sides * _ACROSS * np.sqrt(1 - _BULGE * heights**2), heights])
    return places


def _even(number: int) -> NDArray[np.float64]:
    """Even heights from the top to the bottom; one alone lies in the middle."""
    return np.linspace(1, -1, number) if number > 1 else np.zeros(number)


def _links(persons: list[int], places: NDArray[np.float64], together: pd.DataFrame) -> list[Trace]:
    """Thin lines between co-authors who have written together, the plainer the more papers."""
    if together.empty:
        return []
    at = pd.Index(persons)
    one, other = (places[at.get_indexer(pd.Index(together[name]))] for name in ("one", "other"))
    steps = _steps(together["papers"], len(_PLAIN))
    return [
        _lines(one[steps == step], other[steps == step], translucent(OUTLIER_COLOUR, alpha), 1, "links")
        for step, alpha in enumerate(_PLAIN)
        if (steps == step).any()
    ]


def _spokes(people: pd.DataFrame, places: NDArray[np.float64]) -> list[Trace]:
    """Lines from the middle to each co-author, in four widths by papers together."""
    steps = _steps(people["papers"], len(_THICK))
    middle = np.zeros_like(places)
    return [
        _lines(middle[steps == step], places[steps == step], translucent(ACCENT, 0.6), width, "spokes")
        for step, width in enumerate(_THICK)
        if (steps == step).any()
    ]


def _steps(papers: pd.Series, number: int) -> NDArray[np.int_]:
    """Which of so many equal steps from 0 to the most papers each count falls in, from 0 on."""
    steps: NDArray[np.int_] = np.ceil(number * papers.to_numpy(float) / papers.max()).astype(int) - 1
    return steps


def _lines(
    begins: NDArray[np.float64], ends: NDArray[np.float64], colour: str, width: float, name: str
) -> Trace:
    """Straight lines (n) from places (n, 2) to others (n, 2), with a gap between them."""
    points = np.stack([begins, ends, np.full_like(ends, np.nan)], axis=1).reshape(-1, 2)
    return scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="lines",
        line={"color": colour, "width": width},
        hoverinfo="skip",
        name=name,
    )
