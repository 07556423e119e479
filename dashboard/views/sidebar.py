"""The sidebar of every page: the way to the other pages, which takes the filters along, and the filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import queries, selection, text, words
from dashboard.filters import NAME_AT_MOST, TEXT_AT_MOST, Filters
from dashboard.snapshot import Snapshot, kept
from dashboard.views import parts, reading
from etl.contract import AGES
from etl.trends import MONTHS_AT_LEAST, MONTHS_AT_MOST

_ORGANIZATIONS = 500  # to choose from; any other can be typed


def navigation(site: parts.Site, filters: Filters) -> None:
    """Links to the pages. They ask for the same papers there."""
    with st.sidebar:
        for page in site.navigation:
            st.page_link(page, query_params=filters.shared.to_query())


def as_of(now: Snapshot, filters: Filters) -> None:
    """The choice of an earlier snapshot, where there is one to look at."""
    ids = kept(now)
    if not ids:
        return
    with st.sidebar:
        st.selectbox(
            "As of",
            ids,
            index=None,
            key=parts.control("snapshot", filters.snapshot or None),
            format_func=_started,
            placeholder="Now",
            on_change=lambda: parts.ask(snapshot=st.session_state["snapshot"] or ""),
            help="Look at what was published earlier. Links you send show the same.",
        )


def _started(name: str) -> str:
    """When the run of a snapshot started, which its id begins with: 4 Apr 2025, 06:00 UTC."""
    try:
        started = datetime.strptime(name[:13], "%Y%m%dT%H%M")
    except ValueError:
        return name
    return f"{text.day(started)}, {started:%H:%M} UTC"


def controls(snapshot: Snapshot, filters: Filters, *, with_topics: bool) -> None:
    """The filters, set to what the URL says.

    Args:
        snapshot: to choose from.
        filters: what the URL says.
        with_topics: whether topics are chosen here; the pages of topics and of one topic have a place of their own.
    """
    apply = partial(_apply, snapshot, with_topics)
    with st.sidebar:
        st.markdown("**Filters**")
        st.text_input(
            "Words in title or abstract",
            key=parts.control("text", filters.text),
            placeholder="All must occur",
            icon=":material/search:",
            max_chars=TEXT_AT_MOST,
            on_change=apply,
        )
        if with_topics:
            names = parts.topic_names(snapshot.read(queries.topics))
            parts.topics_control(names, filters.topics or (), apply, placeholder="All topics")
        _months(snapshot.read(queries.calendar), filters, apply)
        _organization(snapshot, filters, apply)
        st.text_input(
            "Author",
            key=parts.control("author", filters.author),
            placeholder="A whole name",
            icon=":material/person:",
            max_chars=NAME_AT_MOST,
            on_change=apply,
        )
        st.number_input(
            "Minimum upvotes",
            key=parts.control("min", filters.upvotes_from),
            min_value=0,
            max_value=1_000_000,
            step=1,
            placeholder="Any",
            on_change=apply,
            help=_upvotes_help(filters),
        )
        st.number_input(
            "Months that verdicts are on",
            key=parts.control("window", filters.window),
            min_value=MONTHS_AT_LEAST,
            max_value=MONTHS_AT_MOST,
            step=1,
            placeholder=f"{selection.published_window(snapshot)}, as published",
            on_change=apply,
            help="Topics are judged rising, falling or steady over the last so many complete months, "
            f"{MONTHS_AT_LEAST} to {MONTHS_AT_MOST}.",
        )


def _months(calendar: pd.DataFrame, filters: Filters, apply: Callable[[], None]) -> None:
    """Two choices of a month of publication, both included; empty leaves that end open."""
    months = [month.date() for month in calendar["month"]]
    for label, key, value, open_end in (
        ("From", "from", filters.date_from, "First month"),
        ("Until", "until", filters.date_until, "Last month"),
    ):
        # A month outside the corpus is still what the URL asks for, so it is shown.
        options = months if value is None or value in months else sorted({*months, value})
        st.selectbox(
            label,
            options,
            index=None,
            key=parts.control(key, value),
            format_func=text.month,
            placeholder=open_end,
            on_change=apply,
        )


def _organization(snapshot: Snapshot, filters: Filters, apply: Callable[[], None]) -> None:
    options = snapshot.read(queries.organizations, _ORGANIZATIONS)["organization"].tolist()
    if not options and not filters.organization:
        return
    if filters.organization and filters.organization not in options:
        options = [filters.organization, *options]
    st.selectbox(
        "Organisation",
        options,
        index=None,
        key=parts.control("organization", filters.organization or None),
        placeholder="Any",
        accept_new_options=True,
        on_change=apply,
    )


def _upvotes_help(filters: Filters) -> str:
    read = AGES[filters.age].meaning if filters.age else "as last read"
    return f"Upvotes {read}. Papers whose upvotes were never read stay out."


def _apply(snapshot: Snapshot, with_topics: bool) -> None:
    """Put what the controls say into the URL; ends given in the wrong order are swapped."""
    state = st.session_state
    first, last = state["from"], state["until"]
    if first and last and first > last:
        first, last = last, first
    changes = {
        "text": Filters.from_query({"q": state["text"] or ""}).text,
        "date_from": first,
        "date_until": last,
        "organization": Filters.from_query({"org": state.get("organization") or ""}).organization,
        "author": _spelled(snapshot, Filters.from_query({"author": state["author"] or ""}).author),
        "upvotes_from": state["min"],
        "window": state["window"],
    }
    if with_topics:
        changes["topics"] = tuple(state["topics"]) or None
    parts.ask(**changes)


def _spelled(snapshot: Snapshot, author: str) -> str:
    """The name as the corpus gives it, for someone who typed it in another case."""
    if not author:
        return author
    known = snapshot.read(queries.spelling, author)["name"]
    return str(known.iloc[0]) if len(known) else author


def summary(filters: Filters, names: dict[int, str], subject: str = "") -> None:
    """Above the page: which papers are asked for, and the way back to all of them.

    Args:
        filters: what is asked for.
        names: label of each topic by its id.
        subject: the filter that says whom the page is about, which stays; '' without one.
    """
    phrases = words.told(filters, names) + reading.told(filters)
    if not phrases:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f":material/filter_alt: Only papers {text.markdown(', '.join(phrases))}.", width="content"
        )
        st.button(
            "Clear",
            on_click=parts.clear,
            args=(subject,),
            type="tertiary",
            icon=":material/close:",
            key="clear",
        )
