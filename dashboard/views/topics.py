"""How has each topic's share changed?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import charts, selection, text, words
from dashboard.filters import PAPERS, SHARE, Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import FALLING, OUTLIER, RISING

QUESTION = "How has each topic's share changed?"
COMPARED = 8  # topics in the chart at most: one for each colour
DEFAULT = 4

CHART, TABLE = "trends", "topics_table"


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    topics = selection.topics(snapshot, filters)
    names = parts.topic_names(topics)
    filters = _complete(filters, topics)
    _controls(names, filters)
    _chart(snapshot, site, filters)
    _table(topics, site, filters)
    parts.foot(snapshot)


def default_topics(topics: pd.DataFrame) -> tuple[int, ...]:
    """The strongest movers in either direction, then the largest topics; without any, the papers that have none."""
    real = topics[topics["topic_id"] != OUTLIER]
    moving = real[real["signal"].isin([RISING, FALLING])]
    strength = moving["change"].where(moving["change"] >= 1, 1 / moving["change"])
    ordered = [*strength.sort_values(ascending=False).index, *real.index.difference(moving.index, sort=True)]
    chosen = real.loc[ordered] if len(real) else topics
    return tuple(int(topic) for topic in chosen["topic_id"].head(DEFAULT))


def _complete(filters: Filters, topics: pd.DataFrame) -> Filters:
    """The filters with the default topics where none were asked for, and no more topics than colours."""
    chosen = default_topics(topics) if filters.topics is None else filters.topics
    return replace(filters, topics=chosen[:COMPARED])


def _controls(names: dict[int, str], filters: Filters) -> None:
    choice, measure = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    with choice:
        parts.topics_control(
            names,
            filters.topics or (),
            _apply,
            max_selections=COMPARED,
            placeholder=f"Choose up to {COMPARED} topics",
        )
    with measure:
        st.segmented_control(
            "Show",
            [SHARE, PAPERS],
            key=parts.control("measure", filters.measure),
            format_func={SHARE: "Share", PAPERS: "Papers"}.__getitem__,
            required=True,
            on_change=_apply,
        )


def _apply() -> None:
    state = st.session_state
    parts.ask(topics=tuple(state["topics"]), measure=state["measure"] or SHARE)


def _chart(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    shares, breaks = selection.shares(snapshot, filters), selection.breaks(snapshot, filters)
    if shares.empty or not shares["corpus_papers"].any():
        st.text("Nothing to draw: choose a topic, a wider range of months, or fewer filters.")
        return
    parts.chart(
        snapshot,
        site,
        filters,
        charts.trends(shares, filters.measure, breaks["month"]),
        CHART,
        alt=f"{'Share' if filters.measure == SHARE else 'Number'} of papers a month of "
        f"{', '.join(shares['label'].unique())}. The table below says the same in numbers.",
        title=f"{'Share' if filters.measure == SHARE else 'Number'} of papers a month by topic",
        data=shares,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_reading(filters, bool(shares["partial"].any()), bool(len(breaks))), width="stretch")
    if len(breaks):
        st.caption(text.markdown(words.breaks(breaks)))


def _reading(filters: Filters, partial: bool, broken: bool) -> str:
    of_all = "all papers" if filters.population.is_neutral else "the papers asked for"
    told = [
        f"Share of {of_all} of a month, with its 95 % band."
        if filters.measure == SHARE
        else "Papers a month."
    ]
    if partial:
        cut = "partial months, or months that not every source covers" if broken else "partial months"
        told.append(f"Open points on a grey ground are {cut}: they say little, and no fall.")
    return " ".join([*told, "Click a point to see the papers behind it."])


def _table(topics: pd.DataFrame, site: parts.Site, filters: Filters) -> None:
    st.subheader("All topics", anchor=False)
    st.caption(words.window(topics, filters))
    # The links ask for what the URL does, without the default topics of the chart.
    addresses = parts.topic_addresses(site, parts.asked(), topics)
    selected = st.dataframe(
        table(topics).assign(Topic=addresses),
        key=TABLE,
        column_config={
            "Share": st.column_config.NumberColumn(format="percent", help="Of all papers"),
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
            "95 % interval": [_interval(row) for _, row in topics.iterrows()],
            "Papers": topics["papers"],
            "Share": topics["share"],
            "Area": topics["area"],
            "Keywords": [", ".join(keywords) for keywords in topics["keywords"]],
        }
    )


def _interval(topic: pd.Series) -> str:
    if pd.isna(topic["change"]):
        return ""
    return f"{text.times(topic['change_low'])} to {text.times(topic['change_high'])}"
