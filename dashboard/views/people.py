"""What the pages of one author and of one organisation have in common."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.navigation.page import Page

from dashboard import charts, counts, queries, selection, text
from dashboard.answers import meanwhile
from dashboard.filters import PAPERS, SHARE, Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.contract import AGES, OUTLIER

LISTED = 8  # papers, topics and names
DRAWN = 400  # papers in one chart; more would hide each other
NEAREST = 6  # spellings of a name that nobody has
# Said within the caption below the name, which is always there: a line of its own above would move the page when
# another name is gone to, and leave the old name beside the new one until the page has been written.
MOST_ACTIVE = (
    "No name was asked for, so this is the one with the most papers; find others on the page Authors. "
)

MIX_CHART, RANKS_CHART, TEAMS_CHART = "topic_mix", "ranks", "team_sizes"
_OF_ALL = ["day", "place", "is_drawn", "compared", "middle"]  # columns that say nothing of a paper listed
_MEASURES = {SHARE: "Share", PAPERS: "Papers"}


def look_ahead(snapshot: Snapshot, filters: Filters, beside: Filters) -> None:
    """Have asked what both pages come to, in the order in which they do.

    Args:
        snapshot: that is shown.
        filters: whom the page is about among them.
        beside: the same without.
    """
    papers = filters.papers_only
    meanwhile(snapshot.read, queries.topic_counts, filters.population)
    meanwhile(snapshot.read, queries.topic_counts, papers)
    meanwhile(snapshot.read, queries.topic_counts, beside.papers_only)
    meanwhile(snapshot.read, queries.compared_papers, papers, LISTED, DRAWN)
    meanwhile(snapshot.read, queries.nameless_papers, papers, LISTED)
    meanwhile(snapshot.read, queries.team_counts, papers)


# ---- who it is ----


def unknown(
    snapshot: Snapshot, page: Page, filters: Filters, parameter: str, name: str, like: pd.DataFrame
) -> None:
    """A name that the snapshot does not have: say so, and lead to the nearest spellings.

    Args:
        snapshot: that was looked into.
        page: of one author, or of one organisation.
        filters: what goes along, whom the page is about apart.
        parameter: of the URL, for the name.
        name: that was asked for.
        like: as `queries.authors_like` gives them.
    """
    st.text(f"No paper here names “{text.short(name, 100)}”.")
    if like.empty:
        st.text("No name is spelled much like it. Look for a part of it on the page Authors.")
    else:
        st.text("Choose one of the names most like it, or look for a part of it on the page Authors.")
        links(page, filters, parameter, like)
    parts.foot(snapshot)


def links(page: Page, filters: Filters, parameter: str, names: pd.DataFrame) -> None:
    """Names with their papers, each leading to its page.

    Args:
        page: of one author, or of one organisation.
        filters: what goes along.
        parameter: of the URL, for the name.
        names: rows with name and papers.
    """
    beside = filters.shared.to_query()
    with st.container(gap=None):
        for name, papers in zip(names["name"], names["papers"], strict=True):
            st.page_link(
                page,
                label=f"{text.markdown(name)} ({text.counted(papers, 'paper')})",
                icon="",
                query_params={**beside, parameter: name},
            )


def size(summary: pd.Series) -> str:
    """How many papers and of when, as the begin of a sentence in Markdown: "**12 papers**, Jan 2025 to Apr 2025".

    Args:
        summary: the row of `queries.summary` for the papers.
    """
    papers = f"**{text.counted(int(summary['papers']), 'paper')}**"
    if pd.isna(summary["first_on"]):
        return f"{papers} without a date"
    first, last = summary["first_on"], summary["last_on"]
    when = f"of {text.day(first)}" if first == last else f"from {text.day(first)} to {text.day(last)}"
    undated = int(summary["undated"])
    return f"{papers} {when}" + (f" ({text.count(undated)} without a date among them)" if undated else "")


def read_them(site: parts.Site, filters: Filters, papers: int) -> None:
    """The way to all of the papers."""
    st.page_link(
        site.papers,
        label="Read it" if papers == 1 else f"Read all {text.counted(papers, 'paper')}",
        icon=":material/article:",
        query_params=filters.shared.to_query(),
    )


# ---- topics ----


def topics(snapshot: Snapshot, site: parts.Site, filters: Filters, beside: Filters) -> None:
    """What the papers are on: over time, and on the whole beside all papers."""
    st.subheader("Topics over time", anchor=False)
    drawn, listed = st.columns([3, 2], gap="large")
    with drawn:
        _mix(snapshot, site, filters)
    with listed:
        _topic_table(snapshot, site, filters, beside)


def _mix(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    mix = selection.topic_mix(snapshot, filters)
    if mix.empty:
        st.text("None of these papers has a date, so there is nothing to draw.")
        return
    st.segmented_control(
        "Measure",
        list(_MEASURES),
        key=parts.control("measure", filters.measure),
        format_func=_MEASURES.__getitem__,
        required=True,
        on_change=lambda: parts.ask(measure=st.session_state["measure"]),
        label_visibility="collapsed",
    )
    what = "Share of the papers" if filters.measure == SHARE else "Papers"
    st.caption(
        f"{what} of a quarter by topic; above each bar, of how many papers it is. A grey ground marks a quarter "
        "that is cut. Click a part to see its papers."
    )
    papers_on: Counter[str] = Counter()
    for topic, label, papers in zip(mix["topic_id"], mix["label"], mix["papers"], strict=True):
        papers_on[label] += papers if topic != OUTLIER else 0
    told = ", ".join(
        f"{name} {text.counted(papers, 'paper')}" for name, papers in papers_on.most_common(3) if papers
    )
    parts.chart(
        snapshot,
        site,
        filters,
        charts.topic_mix(mix, filters.measure),
        MIX_CHART,
        alt=f"{what} by topic and quarter. Most papers: {told or 'none has a topic'}.",
        title=f"{what} by topic and quarter",
        data=mix[mix["papers"] > 0].drop(columns="topic_id"),
    )


def _topic_table(snapshot: Snapshot, site: parts.Site, filters: Filters, beside: Filters) -> None:
    """Their topics, the share of each among their papers, and beside it the share among all."""
    own, common = (shares_of_topics(snapshot, asked).set_index("topic_id") for asked in (filters, beside))
    labels = parts.topic_names(snapshot.read(queries.topics))
    listed = [topic for topic in own.index if topic in labels]
    shown = pd.DataFrame(
        {
            "topic_id": listed,
            "label": [labels[topic] for topic in listed],
            "papers": own["papers"].loc[listed].to_numpy(),
            "share": own["share"].loc[listed].to_numpy(),
            "among_all": common["share"].reindex(listed).to_numpy(),
        }
    )
    st.dataframe(
        parts.in_percent(shown, "share", "among_all").assign(
            topic=parts.topic_addresses(site, beside, shown)
        ),
        key="their_topics",
        column_order=["topic", "papers", "share", "among_all"],
        column_config={
            "topic": st.column_config.LinkColumn(
                "Topic", display_text="#(.*)$", width=155, help="Opens the topic's page"
            ),
            "papers": st.column_config.NumberColumn("Papers", width=60),
            "share": st.column_config.NumberColumn(
                "Share", format=parts.PERCENT, width=65, help="Of these papers"
            ),
            "among_all": st.column_config.NumberColumn(
                "Overall",
                format=parts.PERCENT,
                width=70,
                help="Share of all papers asked for, these among them",
            ),
        },
        hide_index=True,
        height=min(400, 38 + 35 * len(shown)),
    )
    parts.download("CSV", lambda: shown, "papertide-their-topics.csv")


def shares_of_topics(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Topics of the papers asked for, the largest first. Columns: topic_id, papers, share (0 to 1)."""
    counted = snapshot.made(counts.topics_of, filters.papers_only)
    topics, papers = counted["topic_id"].to_numpy(), counted["papers"].to_numpy()
    order = np.lexsort([topics, -papers])
    return pd.DataFrame(
        {"topic_id": topics[order], "papers": papers[order], "share": papers[order] / max(papers.sum(), 1)}
    )


# ---- upvotes ----


def upvotes(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """How readers ranked the papers, and which they ranked highest."""
    stood = snapshot.read(queries.compared_papers, filters.papers_only, LISTED, DRAWN)
    ranked = stood if stood["is_drawn"].all() else stood[stood["is_drawn"]]
    drawn, listed = st.columns(2, gap="large")
    with drawn:
        st.subheader("Upvotes, against papers of the same week", anchor=False)
        if ranked.empty:
            st.text("The upvotes of none of these papers can be compared: too few were read at one age.")
            return
        compared, middle = int(ranked["compared"].iloc[0]), ranked["middle"].iloc[0]
        left_out = int(parts.summary_of(snapshot, filters)["papers"]) - compared
        others = f" {text.counted(left_out, 'paper')} could not be compared." if left_out else ""
        part = (
            f" {text.count(len(ranked))} of {text.count(compared)} are drawn, an even part."
            if compared > len(ranked)
            else ""
        )
        st.caption(
            f"Each point is a paper: what part of its week's papers had fewer upvotes, read "
            f"{AGES[ranked['age'].iloc[0]].meaning}. The dotted line is the middle of all papers.{part}{others}"
        )
        parts.chart(
            snapshot,
            site,
            filters,
            charts.ranks(ranked),
            RANKS_CHART,
            alt=f"Rank by upvotes among the papers of its week, of {text.counted(compared, 'paper')}; half rank "
            f"above {middle:.0f}, where 50 is the middle of all papers.",
            title="Rank by upvotes among the papers of the same week",
            data=lambda: ranked[["title", "day", "upvotes", "percentile", "age"]],
            click="nothing",
        )
    with listed:
        st.subheader("Most upvoted", anchor=False)
        st.caption("By that rank; of equals, what exceeds expectation most comes first.")
        shown = stood[stood["place"] > 0].sort_values("place").drop(columns=_OF_ALL)
        parts.paper_list(
            snapshot, shown, "their_upvoted", ["title", "percentile", "upvotes", "published_on", "url"]
        )


# ---- papers and teams ----


def newest(snapshot: Snapshot, filters: Filters) -> None:
    """The latest papers."""
    st.subheader("Newest papers", anchor=False)
    shown = snapshot.read(queries.nameless_papers, filters.papers_only, LISTED)
    parts.paper_list(snapshot, shown, "their_newest", ["title", "published_on", "url", "topic"])


def teams(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """How many write together."""
    st.subheader("Team sizes", anchor=False)
    sizes = snapshot.made(counts.team_sizes, filters.papers_only)
    known = int(sizes["papers"].sum())
    if not known:
        st.text("The number of authors is known of none of these papers.")
        return
    usual = counts.usual_team(snapshot, filters.papers_only)
    st.caption(f"Papers by number of authors, {usual:g} at the median. Click a bar to read its papers.")
    parts.chart(
        snapshot,
        site,
        filters,
        charts.team_sizes(sizes),
        TEAMS_CHART,
        alt=f"{text.counted(known, 'paper')} by number of authors, {usual:g} at the median.",
        title="Papers by number of authors",
        data=sizes,
    )
