"""What is moving now?"""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.navigation.page import Page

from dashboard import briefing, charts, counts, queries, selection, text, words
from dashboard.answers import meanwhile
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import emerging, parts
from etl.contract import AGES, FALLING, INSUFFICIENT, OUTLIER, RISING, STEADY

QUESTION = "What is moving now?"
LISTED = 4  # topics that rise, fall or are new; the others are on pages of their own
UPVOTED = 5  # papers of the last week


def look_ahead(snapshot: Snapshot, filters: Filters) -> None:
    """Have asked what the page comes to first, and what takes longest."""
    meanwhile(parts.summary_of, snapshot, filters)
    meanwhile(snapshot.read, queries.week_upvoted, filters.papers_only, UPVOTED)


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    summary = parts.summary_of(snapshot, filters)
    if not summary["papers"]:
        parts.nothing_to_show(filters)
        return
    months = snapshot.made(counts.months, filters.papers_only)
    topics = chosen(selection.topics(snapshot, filters), filters)
    judged = selection.newness(snapshot, filters)
    new = emerging.emerging(judged, filters)
    upvoted = snapshot.read(queries.week_upvoted, filters.papers_only, UPVOTED)
    st.markdown(story(topics))
    st.markdown(
        "\n".join(
            f"- {sentence}"
            for sentence in (
                briefing.news(new, judged=len(judged) > 0),
                briefing.week(upvoted),
                f"{briefing.size(summary, snapshot.published_at)} {_gaps(snapshot)} "
                f"{briefing.refused(int(summary['rejects']))}",
            )
        )
    )
    if filters.window:
        st.caption(words.window(topics, filters))
    _metrics(snapshot, summary, months, topics)
    if len(topics):
        _lists(topics, new, site, filters)
        papers, effects = st.columns(2, gap="large")
        with effects:
            _effects(snapshot, topics, site, filters)
        with papers:
            _upvoted(upvoted, site, filters)
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
    with st.container(horizontal=True, gap="small"):
        for label, value, explanation in shown:
            st.metric(label, value, help=explanation, border=True, width=163)


def _span(summary: pd.Series) -> str:
    span = f"Papers from {text.day(summary['first_on'])} to {text.day(summary['last_on'])}."
    undated = int(summary["undated"])
    return f"{span} {text.counted(undated, 'paper')} without a date left out of trends." if undated else span


def _gaps(snapshot: Snapshot) -> str:
    return briefing.gaps(selection.missing_days(snapshot), snapshot.read(queries.uncovered_months))


def _lists(topics: pd.DataFrame, new: pd.DataFrame, site: parts.Site, filters: Filters) -> None:
    """What rises, falls and is new, side by side."""
    rising, falling, newest = st.columns(3, gap="medium")
    for place, heading, signal in ((rising, "▲ Rising", RISING), (falling, "▼ Falling", FALLING)):
        group = movers(topics, signal)
        with place, st.container(border=True, height="stretch"):
            st.subheader(heading, anchor=False)
            _list(group, [_moved(topic) for _, topic in group.head(LISTED).iterrows()], site, filters)
            _more(len(group) - LISTED, site.topics, filters)
    with newest, st.container(border=True, height="stretch"):
        st.subheader("✦ New", anchor=False)
        _list(new, [briefing.newest(topic) for _, topic in new.head(LISTED).iterrows()], site, filters)
        _more(len(new) - LISTED, site.emerging, filters)


def _moved(topic: pd.Series) -> str:
    papers = text.counted(int(topic["window_papers"]), "paper")
    sure = briefing.certainty(topic["q_value"])
    return f"{text.change(topic)}, {text.from_to(topic)}; {papers}; {sure}"


def _list(group: pd.DataFrame, told: list[str], site: parts.Site, filters: Filters) -> None:
    """Links to the first topics of a group, with what is told of each."""
    if group.empty:
        st.caption("None beyond what chance explains.")
    for (_, topic), sentence in zip(group.iterrows(), told, strict=False):
        with st.container(gap=None):
            parts.topic_link(site, filters, int(topic["topic_id"]), topic["label"])
            st.caption(sentence)


def _more(number: int, page: Page, filters: Filters) -> None:
    if number > 0:
        st.page_link(
            page,
            label=f"{number} more on the page {page.title}",
            query_params=filters.shared.to_query(),
        )


def _effects(snapshot: Snapshot, topics: pd.DataFrame, site: parts.Site, filters: Filters) -> None:
    moving = pd.concat([movers(topics, signal).head(LISTED) for signal in (RISING, FALLING)])
    if moving.empty:
        st.page_link(
            site.topics,
            label="Compare topics over time",
            icon=":material/show_chart:",
            query_params=filters.shared.to_query(),
        )
        return
    st.subheader("How much, and how sure", anchor=False)
    st.caption("Share at the end of the window / at its start. The line is the 95 % interval.")
    parts.chart(
        snapshot,
        site,
        filters,
        charts.effects(moving),
        "effects",
        alt="Change of the share of each moving topic with its 95 % interval; the lists above it say the same.",
        title="How much shares of topics changed, with 95 % intervals",
        data=moving,
    )


def _upvoted(papers: pd.DataFrame, site: parts.Site, filters: Filters) -> None:
    """The papers that readers voted for most in the last complete week."""
    st.subheader("Most upvoted in a week", anchor=False)
    if papers.empty:
        st.caption("No complete week has enough upvotes read at one age to compare.")
        return
    week, age = papers["week"].iloc[0], papers["age"].iloc[0]
    st.caption(
        f"The last complete week, from {text.day(week)} on. Upvotes read {AGES[age].meaning}, ranked among all papers "
        "listed that week: at 90, about 90 % of them have fewer."
    )
    st.dataframe(
        papers,
        key="week_upvoted",
        column_order=["title", "percentile", "upvotes", "url", "topic"],
        column_config={
            **parts.PAPER_COLUMNS,
            "title": st.column_config.TextColumn("Title", width=240),
            "percentile": st.column_config.NumberColumn("Rank in week", format="%.1f", width=95),
        },
        hide_index=True,
        placeholder=text.UNKNOWN,
        height="content",
    )
    st.page_link(
        site.upvotes,
        label="What readers vote for",
        icon=":material/thumb_up:",
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
