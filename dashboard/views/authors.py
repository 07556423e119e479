"""Who writes, and in what teams?"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st
from streamlit.navigation.page import Page

from dashboard import charts, counts, queries, text
from dashboard.answers import meanwhile
from dashboard.filters import TEXT_AT_MOST, Filters, clean
from dashboard.snapshot import Snapshot
from dashboard.views import parts, people

QUESTION = "Who writes, and in what teams?"
RANKED = 200  # names in a ranking
FOUND = 8  # authors, and organisations, that a search shows


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    _search(snapshot, site, filters)
    sizes = snapshot.made(counts.team_sizes, filters.papers_only)
    known = int(sizes["papers"].sum())
    if not known:
        papers = int(parts.summary_of(snapshot, filters)["papers"])
        unknown = "The authors of none of these papers are known, so there is nothing to draw."
        parts.nothing_to_show(filters, papers, unknown)
        return
    _teams(snapshot, site, filters, known)
    names, distribution = st.columns(2, gap="large")
    with names:
        _names(snapshot, site, filters)
    with distribution:
        st.subheader("How large teams are", anchor=False)
        st.caption("Papers by number of authors. Click a bar to read its papers.")
        parts.chart(
            snapshot,
            site,
            filters,
            charts.team_sizes(sizes),
            "team_sizes",
            alt=f"{text.counted(known, 'paper')} by their number of authors.",
            title="Papers by number of authors",
            data=sizes,
        )
    _rankings(snapshot, site, filters)
    parts.foot(snapshot)


def look_ahead(snapshot: Snapshot, filters: Filters) -> None:
    """Have asked what the page comes to."""
    meanwhile(parts.summary_of, snapshot, filters)
    meanwhile(snapshot.read, queries.team_counts, filters.papers_only)
    meanwhile(snapshot.read, queries.authors_by_month, filters.papers_only)
    for ranking in (queries.active_authors, queries.active_organizations):
        meanwhile(snapshot.read, ranking, filters.papers_only, RANKED)


# ---- the way to one of them ----


def _search(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """A box to find an author or an organisation by name, and what it found, in the whole corpus."""
    st.text_input(
        "Find an author or an organisation",
        key=parts.control("find_people", filters.find),
        placeholder="A name, or a part of it",
        icon=":material/person_search:",
        max_chars=TEXT_AT_MOST,
        on_change=lambda: parts.ask(find=clean(st.session_state["find_people"] or "")),
        width=460,
    )
    if not filters.find:
        return
    beside = filters.without("author", "organization")
    sides = st.columns(2, gap="large")
    for side, heading, query, page, parameter in (
        (sides[0], "Authors", queries.authors_like, site.author, "author"),
        (sides[1], "Organisations", queries.organizations_like, site.organization, "org"),
    ):
        found = snapshot.read(query, filters.find, FOUND)
        with side, st.container(key=f"found_{parameter}"):
            st.subheader(heading, anchor=False)
            if found.empty:
                st.text("No name is much like it. Try another part of the name.")
                continue
            holding = found[found["holds"]]
            if holding.empty:
                st.caption("No name holds it; these are spelled most like it.")
            people.links(page, beside, parameter, found if holding.empty else holding)


# ---- teams and names ----


def _teams(snapshot: Snapshot, site: parts.Site, filters: Filters, known: int) -> None:
    st.subheader("How team size changes", anchor=False)
    unknown = int(parts.summary_of(snapshot, filters)["papers"]) - known
    left_out = f" {text.counted(unknown, 'paper')} without a known number left out." if unknown else ""
    months = snapshot.made(counts.teams_by_month, filters.papers_only)
    st.caption(f"Authors of a paper, by month of publication.{left_out} Click a point to read its papers.")
    if months.empty:
        st.text("None of these papers has a date.")
        return
    last = months.iloc[-1]
    parts.chart(
        snapshot,
        site,
        filters,
        charts.teams_over_time(months),
        "teams",
        alt=f"Team size by month, {text.month(months['month'].iloc[0])} to {text.month(last['month'])}; in the last, "
        f"median {last['median']:g}, mean {last['mean']:.1f}, 90th percentile {last['p90']:g} authors.",
        title="How team size changes",
        data=months,
    )


def _names(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    st.subheader("Who is new", anchor=False)
    st.caption(
        "Distinct names a month. New: its first month in this corpus, so that early months are nearly all new."
    )
    months = snapshot.read(queries.authors_by_month, filters.papers_only)
    if not months["authors"].any():
        st.text("No names are known of these papers.")
        return
    last = months.iloc[-1]
    parts.chart(
        snapshot,
        site,
        filters,
        charts.authors_by_month(months),
        "names",
        alt=f"Distinct names by month; in {text.month(last['month'])} {text.count(int(last['new']))} new and "
        f"{text.count(int(last['returning']))} returning.",
        title="Distinct names a month, new and returning",
        data=months,
    )


def _rankings(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    authors, organizations = st.columns(2, gap="large")
    with authors:
        st.subheader("Most active authors", anchor=False)
        _ranking(
            snapshot.read(queries.active_authors, filters.papers_only, RANKED),
            "name",
            "Name",
            site,
            site.author,
            lambda name: Filters(author=name),
            filters,
        )
        st.caption(
            "A name counts once a paper, in whatever spelling: two people of one name are one, and one person of two "
            "names is two. Names that the source hides count in teams but are not listed."
        )
    with organizations:
        st.subheader("Most active organisations", anchor=False)
        ranked = snapshot.read(queries.active_organizations, filters.papers_only, RANKED)
        if ranked.empty:
            st.text("The source names no organisation for these papers.")
            return
        _ranking(
            ranked,
            "organization",
            "Organisation",
            site,
            site.organization,
            lambda name: Filters(organization=name),
            filters,
        )
        st.caption("As the source names them; many papers come without one.")


def _ranking(
    ranked: pd.DataFrame,
    column: str,
    heading: str,
    site: parts.Site,
    page: Page,
    of: Callable[[str], Filters],
    filters: Filters,
) -> None:
    """A table of names by number of papers, each leading to its page; ticking one leads to its papers too."""
    others = filters.without("author", "organization")
    parameter = next(iter(of("x").to_query()))
    chosen = st.dataframe(
        ranked.assign(page=parts.name_addresses(page, others, parameter, ranked[column])),
        key=f"ranking {column}",
        column_order=["page", "papers", "topics", "last_on"],
        column_config={
            "page": st.column_config.LinkColumn(
                heading, display_text="#(.*)$", width=150, help="Opens its page"
            ),
            "papers": st.column_config.ProgressColumn(
                "Papers",
                format="%d",
                width=100,
                min_value=0,
                max_value=int(ranked["papers"].max()) if len(ranked) else 1,
            ),
            "topics": st.column_config.NumberColumn("Topics", width=60),
            "last_on": st.column_config.DateColumn("Latest", format="MMM YYYY", width=80),
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=388,
    )["selection"]["rows"]
    with st.container(horizontal=True, vertical_alignment="center"):
        if chosen and chosen[0] < len(ranked):
            row = ranked.iloc[chosen[0]]
            st.page_link(
                page,
                label=f"The page of {text.markdown(row[column])}",
                icon="",
                query_params=others.shared.to_query() | of(str(row[column])).to_query(),
            )
            st.page_link(
                site.papers,
                label=f"Read the {text.counted(int(row['papers']), 'paper')} of {text.markdown(row[column])}",
                icon=":material/article:",
                query_params=filters.narrowed("").to_query() | of(str(row[column])).to_query(),
            )
        else:
            st.caption("Tick a row to read its papers.", width="content")
        parts.download("CSV", lambda: ranked, f"papertide-{column}s.csv")
