"""What lies near what? A map of papers and topics."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import charts, queries, text
from dashboard.filters import AREA, COLOURS, DATE, LEVELS, VOTES, Filters, Mark
from dashboard.snapshot import Snapshot
from dashboard.views import papers, parts

QUESTION = "What lies near what?"
MAP = "places"
DRAWN = 200_000  # papers at most; more would cover each other
TITLED = 20_000  # papers whose titles go to the browser, to be hovered over
_HERE = Path(__file__).parent
_COLOUR_WORDS = {AREA: "Topic", DATE: "Date", VOTES: "Upvotes"}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    placed = int(snapshot.read(queries.mapped)["papers"].iloc[0])
    if not placed:
        st.text(
            "This snapshot has no map: it has no topics, or an older release made it. "
            "Run the ETL again with --refit to draw one."
        )
        return
    topics = snapshot.read(queries.topic_places, filters.papers_only)
    _controls(filters)
    _map(snapshot, filters, topics, placed)
    if filters.picked:
        papers.detail(snapshot, site, filters.picked)
    if filters.mark and filters.mark.chart == MAP:
        parts.papers_behind(snapshot, site, filters, filters.mark)
    _table(topics, filters)
    parts.foot(snapshot)


def _controls(filters: Filters) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.segmented_control(
            "Show",
            LEVELS,
            key=parts.control("level", filters.level),
            format_func=str.capitalize,
            required=True,
            on_change=_apply,
        )
        if filters.level == LEVELS[0]:
            st.segmented_control(
                "Colour by",
                COLOURS,
                key=parts.control("colour", filters.colour),
                format_func=_COLOUR_WORDS.__getitem__,
                required=True,
                on_change=_apply,
            )


def _apply() -> None:
    state = st.session_state
    parts.ask(level=state["level"], colour=state.get("colour") or AREA)


def _map(snapshot: Snapshot, filters: Filters, topics: pd.DataFrame, placed: int) -> None:
    asked = int(topics["asked"].sum())
    st.caption(_reading(filters, placed))
    matches = snapshot.made(_matches, filters.papers_only)["matches"]
    drawn = charts.asking(_drawn(snapshot.path, filters.colour, placed, snapshot), matches, topics)
    at = snapshot.read(queries.place_of, filters.picked) if filters.picked else pd.DataFrame()
    region = filters.narrowed(filters.mark.query) if filters.mark and filters.mark.chart == MAP else None
    drawn |= {
        "level": filters.level,
        "at": at.iloc[0].astype(float).tolist() if len(at) else None,
        "region": region.to_query().get("within") if region else None,
        "alt": f"Map of {text.counted(placed, 'paper')} in {text.counted(len(topics), 'topic')}, "
        f"{text.count(asked)} of them asked for; what resembles each other lies together. Arrow keys move, plus and "
        "minus zoom, 0 shows the whole map, Enter lists the papers in view. The table below names the topics.",
    }
    _component()(
        key=MAP,
        data=drawn,
        on_region_change=_marked_region,
        on_topic_change=_marked_topic,
        on_picked_change=lambda: _picked(snapshot),
    )


# Snapshots that are kept open, each in every colour.
@st.cache_data(max_entries=3 * len(COLOURS), show_spinner="Drawing the map…")
def _drawn(path: str, colour: str, placed: int, _snapshot: Snapshot) -> dict[str, Any]:
    """The map before anything is asked for, kept since finding and packing its papers takes most of a page's time."""
    topics = _snapshot.read(queries.topic_places, Filters())
    titles = _snapshot.ask(queries.titles)["title"] if placed <= TITLED else None
    drawn = charts.places(_snapshot.read(queries.places, DRAWN), topics, colour, titles)
    return drawn | {"wide": colour != AREA}


def _matches(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Whether each paper that is drawn is asked for, in the order of `queries.places`. Columns: matches."""
    drawn = snapshot.read(queries.places, DRAWN)["number"]
    return pd.DataFrame({"matches": np.isin(drawn, snapshot.ask(queries.asked_for, filters)["number"])})


def _reading(filters: Filters, placed: int) -> str:
    if filters.level == LEVELS[0]:
        what = "Each point is a paper, each disc a topic, as large as its part of the papers."
    else:
        what = "Each disc is a topic, as large as its part of the papers; filled by those asked for, or until a month."
    more = f" {text.count(DRAWN)} of {text.count(placed)} papers are drawn." if placed > DRAWN else ""
    votes = " Upvotes as last read." if filters.colour == VOTES and filters.level == LEVELS[0] else ""
    grey = "" if filters.population.is_neutral and not filters.topics else " Grey: papers not asked for."
    return (
        f"{what} What resembles each other lies together; the axes mean nothing.{more}{votes}{grey} Drag or scroll, "
        "or use two fingers, to look closer; click to read, draw a lasso (or hold Shift) to list papers."
    )


@cache
def _asset(kind: str) -> str:
    return (_HERE / f"places.{kind}").read_text(encoding="utf-8")


def _component() -> Any:
    """The map's own part of the page, made known to the server that runs now."""
    return st.components.v2.component(
        "papertide_map", html=_asset("html"), css=_asset("css"), js=_asset("js")
    )


def _marked_region() -> None:
    corners = Filters.from_query({"within": str(st.session_state[MAP]["region"])}).to_query()
    if "within" in corners:
        parts.ask(mark=Mark(MAP, f"within={corners['within']}"), picked="")


def _marked_topic() -> None:
    asked = Filters.from_query({"topics": str(st.session_state[MAP]["topic"])})
    if asked.topics:
        parts.ask(mark=Mark(MAP, f"topics={asked.topics[0]}"), picked="")


def _picked(snapshot: Snapshot) -> None:
    """The paper nearest to where the browser says that one was clicked."""
    x, _, y = str(st.session_state[MAP]["picked"]).partition("_")
    try:
        found = snapshot.ask(queries.nearest_paper, int(x) / 1000, int(y) / 1000)
    except ValueError:
        return
    if len(found):
        parts.ask(picked=str(found["paper_id"].iloc[0]), mark=None)


def _table(topics: pd.DataFrame, filters: Filters) -> None:
    """The map in words and numbers."""
    st.subheader("Topics on the map", anchor=False)
    # The axes mean nothing to a reader; who takes the CSV may draw them.
    shown = table(topics).drop(columns=["x", "y"])
    if filters.population.is_neutral and not filters.topics:
        shown = shown.drop(columns="Asked for")
    st.dataframe(
        shown,
        column_config={
            # In pixels, so that the last column is in view beside the filters of a laptop.
            "Topic": st.column_config.TextColumn(width=220),
            "Area": st.column_config.TextColumn(width=220),
            "Nearest on the map": st.column_config.TextColumn(width=340),
            "Page": st.column_config.LinkColumn(display_text="Open", width=60),
        },
        hide_index=True,
        height=min(420, 38 + 36 * len(shown)),
    )
    parts.download("Download as CSV", lambda: table(topics).drop(columns="Page"), "papertide-map.csv")


def table(topics: pd.DataFrame) -> pd.DataFrame:
    """Rows of `queries.topic_places` as they are read.

    Columns: Topic, Area, Papers, Asked for, Nearest on the map (the labels of three topics), x, y, Page.
    """
    return pd.DataFrame(
        {
            "Topic": topics["label"],
            "Area": topics["area"],
            "Papers": topics["papers"],
            "Asked for": topics["asked"],
            "Nearest on the map": _nearest(topics),
            "x": topics["x"].astype(float).round(2),
            "y": topics["y"].astype(float).round(2),
            "Page": [f"topic?topic={topic}" for topic in topics["topic_id"]],
        }
    )


def _nearest(topics: pd.DataFrame) -> list[str]:
    """For each topic the labels of the three whose discs are nearest, rim to rim."""
    labels, centres = topics["label"].to_numpy(), topics[["x", "y"]].to_numpy(float)
    away = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1)) - topics["radius"].to_numpy(float)
    np.fill_diagonal(away, np.inf)
    nearest = away.argsort(axis=1, kind="stable")[:, : min(3, len(topics) - 1)]
    return [", ".join(labels[places]) for places in nearest]
