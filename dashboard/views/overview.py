"""What is moving now?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts, queries, selection, text, words
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import FALLING, INSUFFICIENT, OUTLIER, RISING, STEADY

QUESTION = "What is moving now?"
LISTED = 6  # moving topics each way; the others are on the Topics page


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    summary = parts.summary_of(snapshot, filters)
    if not summary["papers"]:
        parts.nothing_to_show(filters)
        return
    months = snapshot.read(queries.months, filters.papers_only)
    topics = chosen(selection.topics(snapshot, filters), filters)
    st.markdown(story(topics))
    if filters.window:
        st.caption(words.window(topics, filters))
    _metrics(snapshot, summary, months, topics)
    if len(topics):
        _movers(snapshot, topics, site, filters)
    _corpus(snapshot, months, summary, site, filters)
    parts.foot(snapshot)


def chosen(topics: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """The topics that are asked for and have a paper; outliers are no topic."""
    real = topics[(topics["topic_id"] != OUTLIER) & (topics["papers"] > 0)]
    return real[real["topic_id"].isin(filters.topics)] if filters.topics else real


def story(topics: pd.DataFrame) -> str:
    """The page in a paragraph of Markdown.

    Args:
        topics: rows of `selection.topics`, outliers not among them.
    """
    if topics.empty:
        return "There are no topics here, so there are no trends to tell."
    if topics["window_end"].isna().all():
        return "No month is complete yet, so nothing can be said of trends."
    window = f"{text.month(topics['window_start'].min())} to {text.month(topics['window_end'].max())}"
    rising, falling = movers(topics, RISING), movers(topics, FALLING)
    rest = _rest(topics)
    if rising.empty and falling.empty:
        return f"**No topic's share changed beyond what chance explains in {window}.** {rest}"
    parts_told = [
        f"**{text.counted(len(group), 'topic')} {word}**, {'most of all ' if len(group) > 1 else ''}{_strongest(group)}"
        for group, word in ((rising, "rose"), (falling, "fell"))
        if len(group)
    ]
    return f"In {window}, as a share of all papers, {' and '.join(parts_told)}. {rest}"


def _rest(topics: pd.DataFrame) -> str:
    steady, untold = ((topics["signal"] == signal).sum() for signal in (STEADY, INSUFFICIENT))
    told = [f"{text.counted(int(steady), 'topic')} held steady"] if steady else []
    if untold:
        others = text.counted(int(untold), "other" if steady else "topic")
        told.append(f"for {others} there are too few papers to tell")
    return f"{'; '.join(told).capitalize()}." if told else ""


def _strongest(group: pd.DataFrame) -> str:
    topic = group.iloc[0]
    return f"{text.markdown(topic['label'])} ({text.from_to(topic)})"


def movers(topics: pd.DataFrame, signal: str) -> pd.DataFrame:
    """Topics with a signal, the largest change first: for rising the highest ratio, for falling the lowest."""
    return topics[topics["signal"] == signal].sort_values("change", ascending=signal == FALLING)


def _metrics(snapshot: Snapshot, summary: pd.Series, months: pd.DataFrame, topics: pd.DataFrame) -> None:
    papers = int(summary["papers"])
    part = papers / int(summary["corpus"])
    shown = [
        ("Papers", text.count(papers), f"{text.percent(part)} of the corpus." if part < 1 else None),
        ("Topics", text.count(len(topics)), None),
        (
            "Without a topic",
            text.percent(summary["without_topic"] / papers),
            "Papers that resemble no group of others; always counted.",
        ),
        ("Complete months", text.count(int((~months["partial"]).sum())), _span(summary)),
        ("Published", text.age(snapshot.published_at, parts.now()), f"Run {snapshot.run_id}"),
    ]
    if summary["rejects"]:
        shown.append(
            ("Refused records", text.count(int(summary["rejects"])), "See the table rejects for each reason.")
        )
    with st.container(horizontal=True, gap="small"):
        for label, value, explanation in shown:
            st.metric(label, value, help=explanation, border=True, width=163)


def _span(summary: pd.Series) -> str:
    span = f"Papers from {text.day(summary['first_on'])} to {text.day(summary['last_on'])}."
    undated = int(summary["undated"])
    return f"{span} {text.counted(undated, 'paper')} without a date left out of trends." if undated else span


def _movers(snapshot: Snapshot, topics: pd.DataFrame, site: parts.Site, filters: Filters) -> None:
    rising, falling = movers(topics, RISING).head(LISTED), movers(topics, FALLING).head(LISTED)
    if rising.empty and falling.empty:
        st.page_link(
            site.topics,
            label="Compare topics over time",
            icon=":material/show_chart:",
            query_params=filters.shared.to_query(),
        )
        return
    words, picture = st.columns([5, 6], gap="large")
    with words:
        for heading, signal, group in (("▲ Rising", RISING, rising), ("▼ Falling", FALLING, falling)):
            st.subheader(heading, anchor=False)
            _list(group, int((topics["signal"] == signal).sum()), site, filters)
    with picture:
        st.subheader("How much, and how sure", anchor=False)
        st.caption("Share at the end of the window / at its start. The line is the 95 % interval.")
        parts.chart(
            snapshot,
            site,
            filters,
            charts.effects(pd.concat([rising, falling])),
            "effects",
            alt="Change of the share of each moving topic with its 95 % interval; the list beside it says the same.",
            title="How much shares of topics changed, with 95 % intervals",
            data=pd.concat([rising, falling]),
        )


def _list(group: pd.DataFrame, total: int, site: parts.Site, filters: Filters) -> None:
    if group.empty:
        st.caption("None.")
    for _, topic in group.iterrows():
        with st.container(gap=None):
            parts.topic_link(site, filters, int(topic["topic_id"]), topic["label"])
            st.caption(
                f"{text.change(topic)}, {text.from_to(topic)}; "
                f"{text.counted(int(topic['window_papers']), 'paper')}"
            )
    if total > len(group):
        st.page_link(
            site.topics,
            label=f"{total - len(group)} more on the page of topics",
            query_params=filters.shared.to_query(),
        )


def _corpus(
    snapshot: Snapshot, months: pd.DataFrame, summary: pd.Series, site: parts.Site, filters: Filters
) -> None:
    if months.empty:
        return
    st.subheader("How many papers there are", anchor=False)
    st.caption(f"{_partial_sentence(months)} Click a bar to read its papers.")
    parts.chart(
        snapshot,
        site,
        filters,
        charts.corpus(months),
        "corpus",
        alt=f"Papers per month from {text.month(months['month'].min())} to {text.month(months['month'].max())}, "
        f"{text.counted(int(summary['papers']), 'paper')} in all.",
        title="Papers per month",
        data=months,
    )


def _partial_sentence(months: pd.DataFrame) -> str:
    partial = [text.month(month) for month in months.loc[months["partial"], "month"]]
    if not partial:
        return "Papers per month of publication. All months are complete."
    shown = ", ".join(partial) if len(partial) <= 4 else text.counted(len(partial), "month")
    return f"Papers per month of publication. On a grey ground: cut by what was loaded, so too low ({shown})."
