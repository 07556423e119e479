"""What is moving now?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts, queries, text
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import FALLING, RISING

QUESTION = "What is moving now?"
LISTED = 6  # moving topics each way; the others are on the Topics page


def render(snapshot: Snapshot, site: parts.Site) -> None:
    """The page."""
    summary = parts.summary_of(snapshot)
    months = snapshot.read(queries.months)
    topics = snapshot.read(queries.topics)
    parts.head(QUESTION, snapshot, summary)
    st.markdown(story(summary, topics))
    _metrics(snapshot, summary, months)
    if summary["topics"]:
        _movers(topics, site)
    _corpus(months, summary)
    parts.foot(snapshot)


def story(summary: pd.Series, topics: pd.DataFrame) -> str:
    """The page in a paragraph of Markdown.

    Args:
        summary: the row of `queries.summary`.
        topics: as `queries.topics` gives them.
    """
    if not summary["topics"]:
        return "There are no topics in this snapshot, so there are no trends to tell."
    if pd.isna(summary["window_end"]):
        return "No month is complete yet, so nothing can be said of trends."
    window = f"{text.month(summary['window_start'])} to {text.month(summary['window_end'])}"
    rising, falling = movers(topics, RISING), movers(topics, FALLING)
    rest = (
        f"{text.counted(summary['topics_steady'], 'topic')} held steady; of "
        f"{text.count(summary['topics_insufficient'])} there are too few papers to tell."
    )
    if rising.empty and falling.empty:
        return f"**No topic's share changed beyond what chance explains in {window}.** {rest}"
    parts_told = [
        f"**{text.counted(len(group), 'topic')} {word}**, most of all {_strongest(group)}"
        for group, word in ((rising, "rose"), (falling, "fell"))
        if len(group)
    ]
    return f"In {window}, as a share of all papers, {' and '.join(parts_told)}. {rest}"


def _strongest(group: pd.DataFrame) -> str:
    topic = group.iloc[0]
    return f"{text.markdown(topic['label'])} ({text.from_to(topic)})"


def movers(topics: pd.DataFrame, signal: str) -> pd.DataFrame:
    """Topics with a signal, the largest change first: for rising the highest ratio, for falling the lowest."""
    return topics[topics["signal"] == signal].sort_values("change", ascending=signal == FALLING)


def _metrics(snapshot: Snapshot, summary: pd.Series, months: pd.DataFrame) -> None:
    papers = int(summary["papers"])
    without = summary["without_topic"] / papers if papers else None
    complete = int((~months["partial"]).sum())
    shown = [
        ("Papers", text.count(papers), None),
        ("Topics", text.count(int(summary["topics"])), None),
        (
            "Without a topic",
            text.percent(without),
            "Papers that resemble no group of others; always counted.",
        ),
        ("Complete months", text.count(complete), _span(summary)),
        ("Published", text.age(snapshot.published_at, parts.now()), f"Run {snapshot.run_id}"),
    ]
    if summary["rejects"]:
        shown.append(
            ("Refused records", text.count(int(summary["rejects"])), "See the table rejects for each reason.")
        )
    with st.container(horizontal=True, gap="small"):
        for label, value, explanation in shown:
            st.metric(label, value, help=explanation, border=True, width=168)


def _span(summary: pd.Series) -> str:
    span = f"Papers from {text.day(summary['first_on'])} to {text.day(summary['last_on'])}."
    undated = int(summary["undated"])
    return f"{span} {text.counted(undated, 'paper')} without a date left out of trends." if undated else span


def _movers(topics: pd.DataFrame, site: parts.Site) -> None:
    rising, falling = movers(topics, RISING).head(LISTED), movers(topics, FALLING).head(LISTED)
    if rising.empty and falling.empty:
        st.page_link(site.topics, label="Compare topics over time", icon=":material/show_chart:")
        return
    words, picture = st.columns([5, 6], gap="large")
    with words:
        for heading, signal, group in (("▲ Rising", RISING, rising), ("▼ Falling", FALLING, falling)):
            st.subheader(heading, anchor=False)
            _list(group, int((topics["signal"] == signal).sum()), site)
    with picture:
        st.subheader("How much, and how sure", anchor=False)
        st.caption("Share at the end of the window / at its start. The line is the 95 % interval.")
        both = pd.concat([rising, falling])
        st.plotly_chart(
            charts.effects(both),
            key="effects",
            config=charts.CONFIG,
            alt="Change of the share of each moving topic with its 95 % interval; the list beside it says the same.",
        )


def _list(group: pd.DataFrame, total: int, site: parts.Site) -> None:
    if group.empty:
        st.caption("None.")
    for _, topic in group.iterrows():
        with st.container(gap=None):
            st.page_link(
                site.topics,
                label=text.markdown(topic["label"]),
                query_params=Filters(topics=(int(topic["topic_id"]),)).to_query(),
            )
            st.caption(
                f"{text.change(topic)}, {text.from_to(topic)}; "
                f"{text.counted(int(topic['window_papers']), 'paper')}"
            )
    if total > len(group):
        st.page_link(site.topics, label=f"{total - len(group)} more on the page of topics")


def _corpus(months: pd.DataFrame, summary: pd.Series) -> None:
    if months.empty:
        return
    st.subheader("How many papers there are", anchor=False)
    st.caption(_partial_sentence(months))
    st.plotly_chart(
        charts.corpus(months),
        key="corpus",
        config=charts.CONFIG,
        alt=f"Papers per month from {text.month(months['month'].min())} to {text.month(months['month'].max())}, "
        f"{text.counted(int(summary['papers']), 'paper')} in all.",
    )


def _partial_sentence(months: pd.DataFrame) -> str:
    partial = [text.month(month) for month in months.loc[months["partial"], "month"]]
    if not partial:
        return "Papers per month of publication. All months are complete."
    shown = ", ".join(partial) if len(partial) <= 4 else text.counted(len(partial), "month")
    return f"Papers per month of publication. Hatched: cut by what was loaded, so lower than they would be ({shown})."
