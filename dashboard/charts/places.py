"""What the browser needs to draw the map, as small as it goes (see `dashboard/views/places.js`).

A hundred thousand points took Plotly 3 to 5 s to draw and moved at 6 frames a second where no graphics card helps; so
the map is drawn on a canvas, from 8 bytes a paper.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import text
from dashboard.charts.common import OUTLIER_COLOUR, PALETTE, rows_of
from dashboard.filters import AREA, DATE

STEPS = 32  # shades of a scale
_STEEPEST = 0.34  # how far the colours of an area's topics go from the area's own, towards white or black
# From the past, or few, to the present, or many; each end stands out on paper and on ink.
_SCALE = ("#7d8fb3", "#2f79b5", "#009270", "#b8860b", "#d9480f")
_UNDATED = 0xFFFF
_GRID = 0xFFFF  # places are whole numbers up to it


def colours_of(topics: pd.DataFrame) -> dict[int, str]:
    """A colour for each topic: areas differ in hue, and an area's topics in shade.

    Args:
        topics: as `queries.topic_places` gives them.
    """
    chosen = {}
    areas = (
        topics.groupby("area")["topic_id"].min().sort_values()
    )  # the oldest topic says which hue: it stays
    for place, area in enumerate(areas.index):
        members = sorted(topics.loc[topics["area"] == area, "topic_id"])
        shifts = np.linspace(-_STEEPEST, _STEEPEST, len(members)) if len(members) > 1 else [0.0]
        for topic, shift in zip(members, shifts, strict=True):
            chosen[int(topic)] = _shade(PALETTE[place % len(PALETTE)], float(shift))
    return chosen


def _shade(colour: str, shift: float) -> str:
    """A colour moved by a part of the way to white (above 0) or to black (below)."""
    target = 255 if shift > 0 else 0
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(part + abs(shift) * (target - part)):02x}" for part in parts)


def scale() -> list[str]:
    """The colours of a scale of numbers, STEPS of them."""
    stops = np.array([[int(colour[place : place + 2], 16) for place in (1, 3, 5)] for colour in _SCALE])
    along = np.linspace(0, len(stops) - 1, STEPS)
    mixed = np.stack([np.interp(along, np.arange(len(stops)), stops[:, part]) for part in range(3)], axis=1)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in mixed.round().astype(int).tolist()]


def places(
    papers: pd.DataFrame, topics: pd.DataFrame, colour: str, titles: pd.Series | None
) -> dict[str, Any]:
    """The map as the browser draws it, JSON-serialisable; arrays are base64 of little-endian whole numbers.

    It is the same whatever is asked for; `asking` adds that.

    Args:
        papers: as `queries.places` gives them.
        topics: as `queries.topic_places` gives them.
        colour: what colours say: `filters.AREA`, `DATE` or `VOTES`.
        titles: of the same papers, for hovering; None where they are too many.
    """
    low, high = _bounds(papers, topics)
    months = pd.date_range(papers["month"].min(), papers["month"].max(), freq="MS")
    shade, palette, legend = _coloured(papers, topics, colour)
    at = topics.reset_index(drop=True).reset_index().set_index("topic_id")["index"]
    own = colours_of(topics)
    return {
        "papers": len(papers),
        "low": low.tolist(),
        "high": high.tolist(),
        "places": _packed(np.round((papers[["x", "y"]].to_numpy() - low) / (high - low) * _GRID), "<u2"),
        "topic": _packed(papers["topic_id"].map(at).fillna(_UNDATED), "<u2"),
        "month": _packed(_months(papers["month"], months), "<u2"),
        "shade": _packed(shade, "u1"),
        "palette": palette,
        "legend": legend,
        "months": [text.month(month) for month in months],
        "titles": None if titles is None else [text.short(title, 110) for title in titles],
        "topics": [
            {
                "id": int(row.topic_id),
                "label": row.label,
                "x": float(row.x),
                "y": float(row.y),
                "papers": int(row.papers),
                "radius": float(row.radius),
                "colour": own[int(row.topic_id)],
            }
            for row in rows_of(topics)
        ],
    }


def asking(drawn: dict[str, Any], matches: pd.Series, topics: pd.DataFrame) -> dict[str, Any]:
    """The map with what is asked for.

    Args:
        drawn: as `places` gives it.
        matches: for each paper that is drawn, whether it is asked for.
        topics: as `queries.topic_places` gives them for what is asked for.
    """
    counted = zip(drawn["topics"], topics["asked"].tolist(), strict=True)
    return drawn | {
        "muted": _packed(~matches, "u1"),
        "topics": [{**topic, "asked": asked} for topic, asked in counted],
    }


def _bounds(papers: pd.DataFrame, topics: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners (2) of a box that holds every paper and every disc."""
    points = papers[["x", "y"]].to_numpy(float)
    centres, radius = topics[["x", "y"]].to_numpy(float), topics[["radius"]].to_numpy(float)
    all_of_them = np.vstack([points, centres - radius, centres + radius])
    low, high = all_of_them.min(axis=0), all_of_them.max(axis=0)
    return low, np.maximum(high, low + 1e-6)


def _months(month: pd.Series, months: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Place of each month among those of the map; of none, the last number there is."""
    return np.where(month.isna(), _UNDATED, months.get_indexer(pd.DatetimeIndex(month)))


def _coloured(
    papers: pd.DataFrame, topics: pd.DataFrame, colour: str
) -> tuple[NDArray[np.int64], list[str], list[list[str]]]:
    """A shade (n) for each paper, the colours of the shades, and what they mean: pairs of colour and words.

    The last shade is that of papers of which nothing is known.
    """
    if colour == AREA:
        own = colours_of(topics)
        palette = [*own.values(), OUTLIER_COLOUR]
        shade: pd.Series[Any] = papers["topic_id"].map({topic: place for place, topic in enumerate(own)})
        middle = (
            topics.sort_values("topic_id")
            .groupby("area")["topic_id"]
            .apply(lambda ids: ids.iloc[len(ids) // 2])
        )
        # The order of the areas by size, as a reader looks for them.
        sizes = topics.groupby("area")["papers"].sum().sort_values(ascending=False)
        legend = [[own[int(middle[area])], str(area)] for area in sizes.index]
    else:
        number = (
            papers["month"].dt.year * 12 + papers["month"].dt.month
            if colour == DATE
            else pd.Series(np.log1p(papers["upvotes"].astype(float)))
        )
        low, high = number.min(), number.max()
        shade = ((number - low) / max(high - low, 1e-9) * (STEPS - 1)).round()
        palette = [*scale(), OUTLIER_COLOUR]
        legend = _ends(papers, colour)
    return shade.fillna(len(palette) - 1).to_numpy(np.int64), palette, legend


def _ends(papers: pd.DataFrame, colour: str) -> list[list[str]]:
    if colour == DATE:
        ends = [text.month(papers["month"].min()), text.month(papers["month"].max())]
    else:
        votes = papers["upvotes"].dropna()
        ends = [text.counted(int(votes.min()), "upvote"), text.count(int(votes.max()))] if len(votes) else []
    named = [[colour, end] for colour, end in zip((scale()[0], scale()[-1]), ends, strict=False)]
    return [*named, [OUTLIER_COLOUR, text.UNKNOWN]]


def _packed(numbers: Any, kind: str) -> str:
    return base64.b64encode(np.asarray(numbers).astype(kind).tobytes()).decode()
