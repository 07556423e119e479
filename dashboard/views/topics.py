"""How has each topic's share changed?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import charts, selection, story, text, words
from dashboard.filters import (
    AREAS,
    DAY,
    HEAT,
    LINES,
    MONTH,
    PANELS,
    PAPERS,
    QUARTER,
    SHARE,
    SLOPES,
    WEEK,
    Filters,
)
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import FALLING, OUTLIER, RISING

QUESTION = "How has each topic's share changed?"
COMPARED = 8  # topics in the chart at most: one for each colour
DEFAULT = 4

CHART, TABLE = "trends", "topics_table"
PERIOD_NAMES = {DAY: "Days", WEEK: "Weeks", MONTH: "Months", QUARTER: "Quarters"}
VIEW_NAMES = {LINES: "Lines", PANELS: "Panels", SLOPES: "Slopes", AREAS: "Areas", HEAT: "Heat map"}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    topics = selection.topics(snapshot, filters)
    names = parts.topic_names(topics)
    filters = _complete(filters, topics)
    _controls(topics, names, filters)
    _chart(snapshot, site, filters, topics)
    _table(topics, site, filters)
    parts.foot(snapshot)


def default_topics(topics: pd.DataFrame) -> tuple[int, ...]:
    """The strongest movers in either direction, then the largest topics; without any, the papers that have none."""
    topic_ids, signal, change = (topics[name].to_numpy() for name in ("topic_id", "signal", "change"))
    real = topic_ids != OUTLIER
    moving = real & ((signal == RISING) | (signal == FALLING))
    movers = np.flatnonzero(moving)
    strongest = movers[np.argsort(-np.abs(np.log(change[movers])), kind="stable")]
    chosen = np.concatenate([strongest, np.flatnonzero(real & ~moving)]) if real.any() else slice(None)
    return tuple(topic_ids[chosen][:DEFAULT].tolist())


def _complete(filters: Filters, topics: pd.DataFrame) -> Filters:
    """The filters with the default topics where none were asked for, and no more topics than colours."""
    chosen = default_topics(topics) if filters.topics is None else filters.topics
    return replace(filters, topics=chosen[:COMPARED])


def _controls(topics: pd.DataFrame, names: dict[int, str], filters: Filters) -> None:
    chosen_alone = filters.view in (LINES, PANELS)
    choice, view = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    with choice:
        parts.topics_control(
            names,
            filters.topics or (),
            _apply,
            max_selections=COMPARED,
            placeholder=f"Choose up to {COMPARED} topics",
            disabled=not chosen_alone,
            help=None if chosen_alone else "This view shows every topic",
        )
    with view:
        st.segmented_control(
            "View",
            list(VIEW_NAMES),
            key=parts.control("view", filters.view),
            format_func=VIEW_NAMES.__getitem__,
            required=True,
            on_change=_apply,
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if chosen_alone:
            _pick(topics, filters)
        _drawn(filters)


def _pick(topics: pd.DataFrame, filters: Filters) -> None:
    """Sets of topics that are often wanted: the rising, the falling, those of an area."""
    real = topics[topics["topic_id"] != OUTLIER]
    sets = {
        word: real.loc[real["signal"] == signal, "topic_id"]
        for word, signal in (("Rising topics", RISING), ("Falling topics", FALLING))
    } | {f"Area: {area}": rows["topic_id"] for area, rows in real.groupby("area", sort=True)}
    offered = {name: tuple(map(int, ids.head(COMPARED))) for name, ids in sets.items() if len(ids)}
    current = next((name for name, ids in offered.items() if ids == filters.topics), None)
    st.selectbox(
        "Pick",
        list(offered),
        index=None,
        key=parts.control("pick", current),
        placeholder="Rising, falling, an area …",
        label_visibility="collapsed",
        on_change=lambda: parts.ask(topics=offered.get(st.session_state["pick"]), mark=None),
        width=260,
    )


def _drawn(filters: Filters) -> None:
    """How it is drawn: what a view does not know of is left out."""
    if filters.view == LINES:
        _segments("measure", filters.measure, {SHARE: "Share", PAPERS: "Papers"})
    if filters.view != SLOPES:
        _segments("per", filters.per, PERIOD_NAMES)
    if filters.view == LINES:
        st.toggle("Log axis", key=parts.control("log", filters.log), on_change=_apply)
        st.toggle(
            "Smooth",
            key=parts.control("smooth", filters.smooth),
            on_change=_apply,
            help="Lines go through means of three periods; the points stay where they are.",
        )


def _segments(name: str, value: str, words: dict[str, str]) -> None:
    st.segmented_control(
        name,
        list(words),
        key=parts.control(name, value),
        format_func=words.__getitem__,
        required=True,
        on_change=_apply,
        label_visibility="collapsed",
    )


def _apply() -> None:
    """Ask for what the controls say; those that are not shown stay as they were asked for."""
    state, was = st.session_state, parts.asked()
    parts.ask(
        topics=tuple(state["topics"]),
        **{name: state.get(name, getattr(was, name)) for name in ("measure", "view", "per", "log", "smooth")},
    )


def _chart(snapshot: Snapshot, site: parts.Site, filters: Filters, topics: pd.DataFrame) -> None:
    every = filters.view in (AREAS, HEAT)
    shares = selection.shares(snapshot, filters, every=every)
    if shares.empty or not shares["corpus_papers"].any():
        st.text("Nothing to draw: choose a topic, a wider range of months, or fewer filters.")
        return
    breaks = selection.breaks(snapshot, filters)
    changes = _changes(snapshot, filters, shares)
    if filters.view == LINES:
        figure = charts.trends(
            shares, filters.measure, breaks["month"], changes, log=filters.log, smooth=filters.smooth
        )
    elif filters.view == PANELS:
        figure = charts.panels(shares, changes)
    elif filters.view == SLOPES:
        figure = charts.slopes(topics)
    elif filters.view == AREAS:
        figure = charts.stream(shares, dict(zip(topics["topic_id"], topics["area"], strict=True)))
    else:
        figure = charts.heat(shares)
    title = _title(filters, topics)
    st.subheader(title, anchor=False)
    st.caption(_reading(filters, bool(shares["partial"].any()), bool(len(breaks)), bool(len(changes))))
    parts.chart(
        snapshot,
        site,
        filters,
        figure,
        CHART if filters.view == LINES else f"{CHART}_{filters.view}",
        alt=f"{title}: {', '.join(shares['label'].astype(str).unique()[:COMPARED])}. {_spoken(changes, shares)}"
        "The table below says the same in numbers.",
        title=title,
        data=shares if filters.view != SLOPES else lambda: table(topics),
    )
    if len(breaks):
        st.caption(text.markdown(words.breaks(breaks)))


def _changes(snapshot: Snapshot, filters: Filters, shares: pd.DataFrame) -> pd.DataFrame:
    """Where the shares that are drawn as lines come to another level, within the months that are drawn."""
    if not (filters.view == PANELS or (filters.view == LINES and filters.measure == SHARE)):
        return pd.DataFrame()  # counts may grow where a share does not, and the other views draw no lines
    found = selection.changes(snapshot, filters)
    if found.empty:
        return found
    months = shares["month"].min(), shares["last"].max()
    return found[found["topic_id"].isin(shares["topic_id"]) & found["started_on"].between(*months)]


def _spoken(changes: pd.DataFrame, shares: pd.DataFrame) -> str:
    """The changes of level in sentences, for those who cannot see the signs."""
    labels = dict(zip(shares["topic_id"], shares["label"], strict=True))
    return "".join(f"{labels[row['topic_id']]}: {story.change(row)}. " for _, row in changes.iterrows())


def _title(filters: Filters, topics: pd.DataFrame) -> str:
    """What the chart shows; of slopes what it finds."""
    if filters.view == SLOPES:
        rising, falling = ((topics["signal"] == signal).sum() for signal in (RISING, FALLING))
        return (
            f"{text.counted(int(rising), 'topic')} rose and {text.count(int(falling))} fell over the window"
        )
    return {
        LINES: f"{'Share' if filters.measure == SHARE else 'Number'} of papers a {filters.per} by topic",
        PANELS: f"Share of papers a {filters.per}, each topic on its own scale",
        AREAS: f"How the papers of a {filters.per} divide into areas",
        HEAT: f"When each topic was large: its share of a {filters.per} against its own mean",
    }[filters.view]


def _reading(filters: Filters, partial: bool, broken: bool, changed: bool) -> str:
    of_all = "all papers" if filters.population.is_neutral else "the papers asked for"
    told = [
        {
            LINES: f"Share of {of_all}, with its 95 % band."
            if filters.measure == SHARE
            else "Number of papers.",
            PANELS: f"Share of {of_all}, with its 95 % band.",
            SLOPES: f"Fitted share of {of_all} at the start and at the end of the window; only movers are in colour.",
            AREAS: f"Share of {of_all}; papers without a topic are grey.",
            HEAT: "Orange: more than its mean; blue: less. Topics that were large early stand above.",
        }[filters.view]
    ]
    if partial and filters.view in (LINES, PANELS):
        told.append("Open points are partial: they say little, and no fall.")
    if changed:
        told.append("Where a share comes to another level: ▲ a rise, ▼ a fall, ◆ a burst begins.")
    if broken and filters.measure == SHARE and filters.view in (LINES, PANELS):
        told.append(
            "Between dashed uprights each source keeps its weight, so that its growth moves no share."
        )
    return " ".join([*told, "Click a mark to see the papers behind it."])


def _table(topics: pd.DataFrame, site: parts.Site, filters: Filters) -> None:
    st.subheader("All topics", anchor=False)
    st.caption(words.window(topics, filters))
    # The links ask for what the URL does, without the default topics of the chart.
    addresses = parts.topic_addresses(site, parts.asked(), topics)
    selected = st.dataframe(
        parts.in_percent(table(topics), "Share").assign(Topic=addresses),
        key=TABLE,
        column_config={
            "Share": st.column_config.NumberColumn(format=parts.PERCENT, help="Of all papers"),
            "Topic": parts.TOPIC_COLUMN,
            "Keywords": st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
        placeholder="",
        on_select="rerun",
        selection_mode="multi-row",
        height=420,
    )["selection"]["rows"]
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = tuple(int(topic) for topic in topics["topic_id"].iloc[selected[:COMPARED]])
        st.button(
            f"Compare the {len(chosen)} ticked" if chosen else "Tick rows to compare them",
            on_click=parts.ask,
            kwargs={"topics": chosen, "mark": None},
            disabled=not chosen,
            icon=":material/show_chart:",
        )
        parts.download("Download as CSV", lambda: table(topics), "papertide-topics.csv")


def table(topics: pd.DataFrame) -> pd.DataFrame:
    """The topics as a reader wants them.

    Columns: Topic, Signal (in words), Change and Interval (ratio of shares, end / start), Papers, Share (0 to 1), Area,
    Keywords.
    """
    return pd.DataFrame(
        {
            "Topic": topics["label"],
            "Signal": [text.SIGNAL_WORDS.get(signal, "") for signal in topics["signal"]],
            "Change": topics["change"].round(2),
            "95 % interval": [
                _interval(low, high)
                for low, high in zip(
                    topics["change_low"].tolist(), topics["change_high"].tolist(), strict=True
                )
            ],
            "Papers": topics["papers"],
            "Share": topics["share"],
            "Area": topics["area"],
            "Keywords": [", ".join(keywords) for keywords in topics["keywords"]],
        }
    )


def _interval(low: float, high: float) -> str:
    """An interval of a change; empty where nothing could be fitted."""
    return "" if pd.isna(low) else f"{text.times(low)} to {text.times(high)}"
