"""What does one organisation publish, and who writes there?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import charts, queries, selection, text
from dashboard.answers import meanwhile
from dashboard.charts.common import rows_of
from dashboard.filters import Filters
from dashboard.follows import ORGANIZATIONS
from dashboard.snapshot import Snapshot
from dashboard.views import keeping, parts, people

QUESTION = "What does one organisation publish?"
SUBJECT = "organization"  # the filter that says whom the page is about
AUTHORS_LISTED = 50

SHARE_CHART = "organization_share"


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    beside = filters.without(SUBJECT)
    asked = which(snapshot, filters)
    if not asked:
        number = int(parts.summary_of(snapshot, filters)["papers"])
        parts.nothing_to_show(filters, number, "The source names no organisation for these papers.")
        parts.foot(snapshot)
        return
    known = snapshot.read(queries.organization, asked)
    if known.empty:
        like = snapshot.read(queries.organizations_like, asked, people.NEAREST)
        people.unknown(snapshot, site.organization, beside, "org", asked, like)
        return
    organization = known.iloc[0]
    is_named = bool(filters.organization)
    filters = replace(filters, organization=str(organization["name"]))
    summary = parts.summary_of(snapshot, filters)
    st.header(text.markdown(organization["name"]), anchor=False)
    if not summary["papers"]:
        missing = "None of this organisation's papers is among those asked for."
        parts.nothing_to_show(filters, int(organization["papers"]), missing, SUBJECT)
        parts.foot(snapshot)
        return
    _what_it_is(snapshot, site, filters, summary, is_named)
    _share(snapshot, site, filters)
    people.topics(snapshot, site, filters, beside)
    _people(snapshot, site, filters, beside)
    people.upvotes(snapshot, site, filters)
    papers, sizes = st.columns(2, gap="large")
    with papers:
        people.newest(snapshot, filters)
    with sizes:
        people.teams(snapshot, site, filters)
    parts.foot(snapshot)


def look_ahead(snapshot: Snapshot, filters: Filters) -> None:
    """Have asked what the page comes to, in the order in which it does."""
    known = snapshot.read(queries.organization, which(snapshot, filters))
    if known.empty:
        return
    of = replace(filters, organization=str(known["name"].iloc[0]))
    meanwhile(parts.summary_of, snapshot, of)
    meanwhile(snapshot.read, queries.organization_months, of.papers_only)
    people.look_ahead(snapshot, of, filters.without(SUBJECT))
    meanwhile(snapshot.read, queries.active_authors, of.papers_only, AUTHORS_LISTED)
    meanwhile(snapshot.read, queries.organizations_in_common, of.papers_only, people.LISTED)


def which(snapshot: Snapshot, filters: Filters) -> str:
    """The organisation asked for, else the one with the most papers of those asked for; '' where none is named."""
    if filters.organization:
        return filters.organization
    names = snapshot.read(queries.active_organizations, filters.papers_only, 1)["organization"]
    return str(names.iloc[0]) if len(names) else ""


def _what_it_is(
    snapshot: Snapshot, site: parts.Site, filters: Filters, summary: pd.Series, is_named: bool
) -> None:
    st.markdown(f"{people.size(summary)}.")
    st.caption(
        ("" if is_named else people.MOST_ACTIVE)
        + "As the source names it; many papers come without an organisation, and none with more than one."
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        people.read_them(site, filters, int(summary["papers"]))
        keeping.follow_button(ORGANIZATIONS, filters.organization, "")


def _share(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    st.subheader("Its share of the papers that name an organisation", anchor=False)
    shares = selection.organization_shares(snapshot, filters)
    if shares.empty:
        st.text("None of these papers has a date within the months asked for, so there is nothing to draw.")
        return
    st.caption(
        f"By month, with its 95 % band, since {text.month(shares['month'].iloc[0])}, before which no paper asked for "
        "names one. How many papers name one changes with the source, so all papers would be no measure. Open points "
        "on a grey ground are partial months. Click a point to see its papers."
    )
    parts.chart(
        snapshot,
        site,
        filters,
        charts.organization_share(shares, filters.organization),
        SHARE_CHART,
        alt=spoken(shares, filters.organization),
        title=f"{filters.organization}: share of the papers that name an organisation",
        data=shares,
    )


def spoken(shares: pd.DataFrame, name: str) -> str:
    """An organisation's share in a sentence, for those who cannot see the chart.

    Args:
        shares: as `selection.organization_shares` gives them.
        name: of the organisation.
    """
    known = np.flatnonzero(~shares["partial"].to_numpy(bool) & shares["share"].notna().to_numpy())
    if not len(known):
        return f"Share of {name} by month; no month is complete."
    told = [
        f"{text.percent(row.share)} ({text.count(row.papers)} of {text.counted(row.corpus_papers, 'paper')}) "
        f"in {text.month(row.month)}"
        for row in rows_of(shares.iloc[np.unique(known[[0, -1]])])
    ]
    return f"Share of {name} among the papers that name an organisation, by month: {', '.join(told)}."


def _people(snapshot: Snapshot, site: parts.Site, filters: Filters, beside: Filters) -> None:
    authors, others = st.columns(2, gap="large")
    with authors:
        st.subheader("Who stands on its papers", anchor=False)
        ranked = snapshot.read(queries.active_authors, filters.papers_only, AUTHORS_LISTED)
        if ranked.empty:
            st.text("No names are known of these papers.")
        else:
            st.caption("Names by papers. Whether all of them belong to it, the source does not say.")
            addresses = parts.name_addresses(site.author, beside, "author", ranked["name"])
            st.dataframe(
                pd.DataFrame({"page": addresses, **ranked[["papers", "topics", "last_on"]]}),
                key="its_authors",
                column_config={
                    "page": st.column_config.LinkColumn(
                        "Name", display_text="#(.*)$", help="Opens the author's page"
                    ),
                    "papers": st.column_config.NumberColumn("Papers", width=65),
                    "topics": st.column_config.NumberColumn("Topics", width=60),
                    "last_on": st.column_config.DateColumn("Latest", format="MMM YYYY", width=80),
                },
                hide_index=True,
                placeholder=text.UNKNOWN,
                height=min(318, 38 + 35 * len(ranked)),
            )
            parts.download("CSV", lambda: ranked, "papertide-its-authors.csv")
    with others:
        st.subheader("Organisations with names in common", anchor=False)
        common = snapshot.read(queries.organizations_in_common, filters.papers_only, people.LISTED)
        if common.empty:
            st.text("None of its names stands on a paper of another organisation.")
            return
        st.caption(
            "On whose papers the same names stand: people who moved, who write with both, or who share a name. Which "
            "of these, the source does not say."
        )
        with st.container(gap=None):
            for _, row in common.iterrows():
                st.page_link(
                    site.organization,
                    label=f"{text.markdown(row['organization'])} ({text.counted(int(row['names']), 'name')} on "
                    f"{text.counted(int(row['papers']), 'paper')} of theirs)",
                    icon="",
                    query_params={**beside.shared.to_query(), "org": row["organization"]},
                )
