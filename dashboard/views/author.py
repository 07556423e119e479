"""Who is one author, and with whom do they write?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import charts, queries, text
from dashboard.answers import meanwhile
from dashboard.filters import Filters
from dashboard.follows import AUTHORS
from dashboard.snapshot import Snapshot
from dashboard.views import keeping, parts, people

QUESTION = "What does one author write, and with whom?"
SUBJECT = "author"  # the filter that says whom the page is about
NEIGHBOURS = 30  # co-authors in the drawing

COAUTHORS_CHART = "coauthors"


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    beside = filters.without(SUBJECT)
    asked = whom(snapshot, filters)
    if not asked:
        parts.nothing_to_show(
            filters, int(parts.summary_of(snapshot, filters)["papers"]), "No names are known here."
        )
        parts.foot(snapshot)
        return
    known = snapshot.read(queries.author, asked)
    if known.empty:
        like = snapshot.read(queries.authors_like, asked, people.NEAREST)
        people.unknown(snapshot, site.author, beside, "author", asked, like)
        return
    author = known.iloc[0]
    is_named = bool(filters.author)
    filters = replace(filters, author=str(author["name"]))
    summary = parts.summary_of(snapshot, filters)
    st.header(text.markdown(author["name"]), anchor=False)
    if not summary["papers"]:
        missing = "None of this author's papers is among those asked for."
        parts.nothing_to_show(filters, int(author["papers"]), missing, SUBJECT)
        parts.foot(snapshot)
        return
    around = _around(snapshot, filters)
    _who_it_is(snapshot, site, filters, author, summary, around, is_named)
    people.topics(snapshot, site, filters, beside)
    _coauthors(snapshot, site, filters, beside, around)
    people.upvotes(snapshot, site, filters)
    papers, sizes = st.columns(2, gap="large")
    with papers:
        people.newest(snapshot, filters)
    with sizes:
        people.teams(snapshot, site, filters)
        _organizations(snapshot, site, filters, beside)
    parts.foot(snapshot)


def look_ahead(snapshot: Snapshot, filters: Filters) -> None:
    """Have asked what the page comes to, in the order in which it does."""
    asked = whom(snapshot, filters)
    known = snapshot.read(queries.author, asked)
    if known.empty:
        return
    of = replace(filters, author=str(known["name"].iloc[0]))
    meanwhile(parts.summary_of, snapshot, of)
    meanwhile(_together, snapshot, of)
    people.look_ahead(snapshot, of, filters.without(SUBJECT))
    meanwhile(snapshot.read, queries.active_organizations, of.papers_only, people.LISTED)


def whom(snapshot: Snapshot, filters: Filters) -> str:
    """The name asked for, else the one with the most papers of those asked for; '' where no names are known."""
    if filters.author:
        return filters.author
    names = snapshot.read(queries.active_authors, filters.papers_only, 1)["name"]
    return str(names.iloc[0]) if len(names) else ""


def _who_it_is(
    snapshot: Snapshot,
    site: parts.Site,
    filters: Filters,
    author: pd.Series,
    summary: pd.Series,
    around: pd.DataFrame,
    is_named: bool,
) -> None:
    beside = int(around["known"].iloc[0]) if len(around) else 0
    told = f"{people.size(summary)}, with {text.counted(beside, 'co-author') if beside else 'nobody else named'}."
    spellings = [name for name in author["spellings"] if name != author["name"]]
    if spellings:
        told += f" Also written {', '.join(text.markdown(name) for name in spellings)}."
    st.markdown(told)
    st.caption(
        ("" if is_named else people.MOST_ACTIVE)
        + "By name, as it is given: two people of one name are one here, and two names of one person are two."
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        people.read_them(site, filters, int(summary["papers"]))
        keeping.follow_button(AUTHORS, str(author["name"]), "")


# ---- who they write with ----


def _around(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Those who have written the most with the author."""
    return snapshot.read(queries.coauthors, filters.papers_only, NEIGHBOURS)


def _together(snapshot: Snapshot, filters: Filters) -> pd.DataFrame:
    """Who of them has written with whom."""
    persons = tuple(_around(snapshot, filters)["person"].tolist())
    return snapshot.read(queries.written_together, filters.papers_only, persons)


def _coauthors(
    snapshot: Snapshot,
    site: parts.Site,
    filters: Filters,
    beside: Filters,
    around: pd.DataFrame,
) -> None:
    st.subheader("Who they write with", anchor=False)
    if around.empty:
        st.text("Nobody else is named on these papers.")
        return
    drawn, listed = st.columns([3, 2], gap="large")
    with drawn:
        of = int(around["known"].iloc[0])
        shown = (
            f"The {len(around)} of {text.count(of)} with the most papers together"
            if of > len(around)
            else "All"
        )
        st.caption(
            f"{shown}: the thicker the line, the more. Thin lines join those who have written together, "
            "the plainer the more; they stand side by side. Click a name to go to its page."
        )
        first = around.iloc[0]
        parts.chart(
            snapshot,
            site,
            filters,
            charts.coauthors(filters.author, around, _together(snapshot, filters)),
            COAUTHORS_CHART,
            alt=f"{filters.author} amid {text.counted(len(around), 'co-author')}; most papers together, "
            f"{text.count(int(first['papers']))}, with {first['name']}.",
            title=f"Who {filters.author} writes with",
            data=lambda: around[["name", "papers", "first_on", "last_on"]],
            click="view",
        )
    with listed:
        shown_names = around[["name", "papers", "first_on", "last_on"]]
        addresses = parts.name_addresses(site.author, beside, "author", shown_names["name"])
        st.dataframe(
            pd.DataFrame({"page": addresses, **shown_names[["papers", "first_on", "last_on"]]}),
            key="their_coauthors",
            column_config={
                "page": st.column_config.LinkColumn(
                    "Name", display_text="#(.*)$", help="Opens the author's page"
                ),
                "papers": st.column_config.NumberColumn("Together", width=75, help="Papers together"),
                "first_on": st.column_config.DateColumn("First", format="MMM YYYY", width=80),
                "last_on": st.column_config.DateColumn("Latest", format="MMM YYYY", width=80),
            },
            hide_index=True,
            placeholder=text.UNKNOWN,
            height=min(420, 38 + 35 * len(shown_names)),
        )
        parts.download("CSV", lambda: shown_names, "papertide-coauthors.csv")


def _organizations(snapshot: Snapshot, site: parts.Site, filters: Filters, beside: Filters) -> None:
    st.subheader("Organisations of these papers", anchor=False)
    ranked = snapshot.read(queries.active_organizations, filters.papers_only, people.LISTED)
    if ranked.empty:
        st.text("The source names no organisation for these papers.")
        return
    st.caption("A paper's organisation, which need not be this author's.")
    people.links(site.organization, beside, "org", ranked.rename(columns={"organization": "name"}))
