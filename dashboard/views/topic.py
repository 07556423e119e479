"""What is happening in one topic?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import charts, queries, selection, story, text, words
from dashboard.answers import meanwhile
from dashboard.filters import TYPICAL, Filters
from dashboard.follows import TOPICS
from dashboard.snapshot import Snapshot
from dashboard.views import keeping, parts, topics
from dashboard.vocabulary import Vocabulary, by_quarter, vocabulary
from etl.contract import AGES, FALLING, OUTLIER, RISING

QUESTION = "What is happening in one topic?"
LISTED = 8  # papers, and names
NEIGHBOURS = 5

SHARE_CHART, WORDS_CHART = "topic_share", "topic_words"


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    every = selection.topics(snapshot, filters)
    named = parts.topic_names(every)
    names = {topic: label for topic, label in named.items() if topic != OUTLIER}
    if not names:
        st.text("There are no topics here. Load more papers (`etl run`), and topics are fitted to them.")
        parts.foot(snapshot)
        return
    chosen = choose(filters, every)
    _control(names, chosen)
    if chosen not in names:
        _gone(snapshot, chosen, named)
        parts.foot(snapshot)
        return
    topic = every.iloc[list(named).index(chosen)]
    about = snapshot.read(queries.about, chosen).iloc[0]
    _what_it_is(snapshot, site, filters, topic, about)
    if not topic["papers"]:
        papers = int(parts.summary_of(snapshot, filters.population)["papers"])
        parts.nothing_to_show(filters, papers, "None of the papers asked for is in this topic.")
    else:
        _share(snapshot, site, filters, topic)
        _words(snapshot, site, filters, topic)
        _papers(snapshot, site, filters, topic)
        _people(snapshot, site, filters, topic)
    _relations(snapshot, site, filters, about, names)
    parts.foot(snapshot)


def look_ahead(snapshot: Snapshot, filters: Filters) -> None:
    """Have asked what the page comes to last, which takes longest, once it is known of which topic."""
    every = selection.topics(snapshot, filters) if filters.topic is None else snapshot.read(queries.topics)
    if every.empty:
        return
    chosen = choose(filters, every)
    asked = _of_topic(every, chosen)
    if asked.empty or chosen == OUTLIER:
        return
    own = filters.in_topic(chosen)
    meanwhile(by_quarter, snapshot, filters, chosen, asked["keywords"].iloc[0])
    meanwhile(snapshot.read, queries.typical_papers, filters.papers_only, chosen, LISTED)
    meanwhile(snapshot.read, queries.upvoted_papers, own, LISTED)
    meanwhile(snapshot.read, queries.active_authors, own, LISTED)
    meanwhile(snapshot.read, queries.active_organizations, own, LISTED)


def choose(filters: Filters, every: pd.DataFrame) -> int:
    """The topic asked for; else the first of the topics that the filters ask for; else the strongest mover."""
    if filters.topic is not None:
        return filters.topic
    asked = [topic for topic in filters.topics or () if topic != OUTLIER]
    return asked[0] if asked else topics.default_topics(every)[0]


def _control(names: dict[int, str], chosen: int) -> None:
    st.selectbox(
        "Topic",
        list(names),
        index=0 if chosen in names else None,
        key=parts.control("topic", chosen if chosen in names else None),
        format_func=names.__getitem__,
        placeholder="Choose a topic",
        on_change=_apply,
        width=460,
    )


def _apply() -> None:
    parts.ask(topic=st.session_state["topic"], mark=None)


def _gone(snapshot: Snapshot, topic: int, names: dict[int, str]) -> None:
    """A topic that this snapshot does not have, or does not show: say so, and where its papers went if known."""
    st.text(f"This snapshot has no topic {topic} to show: it is of another corpus, has ended, or was hidden.")
    life = story.lineage(snapshot.read(queries.lineage, topic), topic, names)
    if life:
        st.markdown(f"What is known of it: {story.listed(life)}")
    st.text("Choose another topic above.")


# ---- what it is, and what is said of it ----


def _what_it_is(
    snapshot: Snapshot, site: parts.Site, filters: Filters, topic: pd.Series, about: pd.Series
) -> None:
    st.header(text.markdown(topic["label"]), anchor=False)
    of = "all papers" if filters.population.is_neutral else "the papers asked for"
    told = [definition(about), story.verdict(topic, of)]
    if filters.population.is_neutral:
        moves = topic["signal"] in (RISING, FALLING)
        rows = snapshot.read(queries.attribution, int(topic["topic_id"]))
        told.append(" ".join(story.attribution(rows, moves=moves)))
    new = _of_topic(selection.newness(snapshot, filters), int(topic["topic_id"]))
    told += [story.newness(row) for _, row in new.iterrows()]
    st.markdown("\n\n".join(sentence for sentence in told if sentence))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        papers = int(topic["papers"])
        if papers:
            st.page_link(
                site.papers,
                label=f"Read its {text.counted(papers, 'paper')}",
                icon=":material/article:",
                query_params=replace(filters.shared, topics=(int(topic["topic_id"]),)).to_query(),
            )
        st.page_link(
            site.topics,
            label="Compare it with others",
            icon=":material/show_chart:",
            query_params=replace(filters.shared, topics=(int(topic["topic_id"]),)).to_query(),
        )
        keeping.follow_button(TOPICS, int(topic["topic_id"]), "")


def _of_topic(rows: pd.DataFrame, topic: int) -> pd.DataFrame:
    """The rows of one topic; of a table without any rows, and maybe without columns, none."""
    return rows[rows["topic_id"].to_numpy() == topic] if len(rows) else rows


def definition(about: pd.Series) -> str:
    """The topic's description where one was published, its keywords, and its area, as Markdown."""
    described = about.get("description")
    sentence = f"{text.markdown(described)} " if isinstance(described, str) and described.strip() else ""
    keywords = ", ".join(text.markdown(keyword) for keyword in about["keywords"])
    return f"{sentence}Keywords: {keywords or 'none'}. Area: {text.markdown(about['area'])}."


# ---- its share, and its words ----


def _share(snapshot: Snapshot, site: parts.Site, filters: Filters, topic: pd.Series) -> None:
    chosen = int(topic["topic_id"])
    shares = selection.shares(snapshot, filters.in_topic(chosen))
    changes = _of_topic(selection.changes(snapshot, filters), chosen)
    headline = story.headline(topic, changes)
    st.subheader(text.markdown(headline), anchor=False)
    if shares.empty or not shares["corpus_papers"].to_numpy().any():
        st.text("None of these papers has a date within the months asked for, so there is nothing to draw.")
        return
    forecast = _of_topic(selection.forecasts(snapshot, filters), chosen)
    of = "all papers" if filters.population.is_neutral else "the papers asked for"
    st.caption(f"{_reading(of, shares)} Click a point to see the papers behind it.")
    breaks = selection.breaks(snapshot, filters)
    told = (
        f"{story.changes(changes)} {story.forecast(forecast)} {text.markdown(words.breaks(breaks))}".rstrip()
    )
    parts.chart(
        snapshot,
        site,
        filters,
        charts.share_over_time(shares, changes, forecast, breaks["month"]),
        SHARE_CHART,
        alt=f"{spoken(shares)} {told}",
        title=f"{topic['label']}: {headline[0].lower()}{headline[1:]}",
        data=lambda: shares.drop(columns=["topic_id", "papers_low", "papers_high"]),
    )
    st.markdown(told)


def _reading(of: str, shares: pd.DataFrame) -> str:
    told = f"Share of {of} of a month, with its 95 % band; flat lines are levels that it kept."
    if shares["partial"].to_numpy().any():
        told += " Open points on a grey ground are partial months: they say little, and no fall."
    return told


def spoken(shares: pd.DataFrame) -> str:
    """A topic's share in a sentence, for those who cannot see the chart.

    Args:
        shares: of one topic, as `selection.shares` gives them.
    """
    label, share = shares["label"].iloc[0], shares["share"].to_numpy(float)
    known = np.flatnonzero(~shares["partial"].to_numpy(bool) & ~np.isnan(share))
    if not len(known):
        return f"Share of {label} by month; no month is complete."
    places = (known[0], known[-1], known[share[known].argmax()])
    first, last, highest = (
        (text.percent(float(share[place])), text.month(shares["month"].iloc[place])) for place in places
    )
    return (
        f"Share of {label} by month: {first[0]} in {first[1]}, {last[0]} in {last[1]}, highest in {highest[1]} with "
        f"{highest[0]}."
    )


def _words(snapshot: Snapshot, site: parts.Site, filters: Filters, topic: pd.Series) -> None:
    found = vocabulary(snapshot, filters, int(topic["topic_id"]), topic["keywords"])
    if found.terms.empty or not found.periods["topic_papers"].to_numpy().any():
        return
    shift = story.shift(found)
    st.subheader(text.markdown(shift), anchor=False)
    st.caption(_reading_of_words(found))
    signals = dict(zip(found.terms["term"], found.terms["signal"], strict=True))
    parts.chart(
        snapshot,
        site,
        filters,
        charts.words(found.periods, signals),
        WORDS_CHART,
        alt=f"Share of the topic's papers with each of {len(signals)} terms, by {found.span}. {shift}.",
        title=f"Words of {topic['label']}: {shift}",
        data=lambda: found.periods.drop(columns="start").merge(
            found.terms[["term", "signal", "change", "change_low", "change_high", "q_value"]], on="term"
        ),
    )


def _reading_of_words(found: Vocabulary) -> str:
    told = f"Part of the topic's papers with the term in title or abstract, by {found.span}."
    if found.first is None or found.last is None:
        told += " No quarter is complete, so no term is judged."
    else:
        until = found.last + pd.DateOffset(months=2)
        told += (
            f" ▲ comes up, ▼ goes: judged as topics are, over {text.month(found.first)} to {text.month(until)}, on "
            "the topic's keywords and the telling words of its titles. Of these, those that move are shown too."
        )
    return told + (" * cut by what was loaded." if found.periods["partial"].to_numpy().any() else "")


# ---- its papers, and who writes them ----


def _papers(snapshot: Snapshot, site: parts.Site, filters: Filters, topic: pd.Series) -> None:
    chosen = int(topic["topic_id"])
    typical, upvoted = st.columns(2, gap="large")
    with typical:
        st.subheader("Typical papers", anchor=False)
        shown = snapshot.read(queries.typical_papers, filters.papers_only, chosen, LISTED)
        if shown.empty:
            st.text("None of its most typical papers is among those asked for.")
        else:
            st.caption("Nearest to the middle of the topic, the nearest first.")
            parts.paper_list(snapshot, shown, "topic_typical", ["title", "published_on", "url"])
        st.page_link(
            site.papers,
            label="All of them, the most typical first",
            icon=":material/article:",
            query_params={**replace(filters.shared, topics=(chosen,)).to_query(), "sort": TYPICAL},
        )
    with upvoted:
        st.subheader("Most upvoted", anchor=False)
        shown = snapshot.read(queries.upvoted_papers, filters.in_topic(chosen), LISTED)
        if shown.empty:
            st.text("The upvotes of none of these papers can be compared: too few were read at one age.")
            return
        st.caption(
            f"Upvotes read {AGES[shown['age'].iloc[0]].meaning}, ranked among all papers listed the same week: at 90, "
            "about 90 % of them have fewer."
        )
        parts.paper_list(
            snapshot, shown, "topic_upvoted", ["title", "percentile", "upvotes", "published_on", "url"]
        )


def _people(snapshot: Snapshot, site: parts.Site, filters: Filters, topic: pd.Series) -> None:
    own = filters.in_topic(int(topic["topic_id"]))
    beside = filters.shared.to_query()
    authors, organizations = st.columns(2, gap="large")
    for place, heading, query, column, page, asked, none in (
        (
            authors,
            "Authors",
            queries.active_authors,
            "name",
            site.author,
            "author",
            "No names are known of these papers.",
        ),
        (
            organizations,
            "Organisations",
            queries.active_organizations,
            "organization",
            site.organization,
            "org",
            "The source names no organisation for these papers.",
        ),
    ):
        with place:
            st.subheader(heading, anchor=False)
            ranked = snapshot.read(query, own, LISTED)
            if ranked.empty:
                st.text(none)
                continue
            with st.container(gap=None):
                for name, papers in zip(ranked[column], ranked["papers"], strict=True):
                    st.page_link(
                        page,
                        label=f"{text.markdown(name)} ({text.counted(papers, 'paper')})",
                        icon="",
                        query_params={**beside, asked: name},
                    )


# ---- its neighbours, and its life ----


def _relations(
    snapshot: Snapshot, site: parts.Site, filters: Filters, about: pd.Series, names: dict[int, str]
) -> None:
    nearest, life = st.columns(2, gap="large")
    with nearest:
        st.subheader("Topics most like it", anchor=False)
        near = [int(topic) for topic in neighbours(about) if int(topic) in names][:NEIGHBOURS]
        if not near:
            st.text("None is known.")
        with st.container(gap=None):
            for topic in near:
                parts.topic_link(site, filters, topic, names[topic])
    with life:
        st.subheader("Its life", anchor=False)
        events = story.lineage(
            snapshot.read(queries.lineage, int(about["topic_id"])), int(about["topic_id"]), names
        )
        st.markdown(story.listed(events) or "Nothing is on record.")


def neighbours(about: pd.Series) -> list[int]:
    """The topics most like it, the nearest first; none where none were published."""
    nearest = about["nearest"]
    return list(nearest) if hasattr(nearest, "__len__") else []
