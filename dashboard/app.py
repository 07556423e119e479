"""The dashboard's main script: `streamlit run dashboard/app.py`, which is what the command `dashboard` does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import streamlit as st

from dashboard import queries, selection
from dashboard import snapshot as snapshots
from dashboard.answers import meanwhile
from dashboard.filters import Filters
from dashboard.views import (
    author,
    authors,
    emerging,
    keeping,
    organization,
    overview,
    papers,
    parts,
    places,
    reading,
    runs,
    sidebar,
    sql,
    topic,
    topics,
    trust,
    upvotes,
    welcome,
)
from etl.contract import PointerUnreadable, SchemaMismatch
from etl.settings import Settings

_HERE = Path(__file__).parent
_JUDGING = (overview, emerging, topics, topic)  # pages of verdicts on topics


def main() -> None:
    """Run the page that was asked for."""
    # Frames are small here, and to pick a few texts from Arrow's arrays took a sixth of the time of a page.
    pd.set_option("mode.string_storage", "python")
    # An icon by Streamlit's name would be fetched from the internet.
    st.set_page_config("Papertide", page_icon=_HERE / "icon.svg", layout="wide")
    st.logo(_HERE / "logo.svg", icon_image=_HERE / "icon.svg", size="large")
    st.html(_HERE / "style.css")
    site = parts.Site(
        overview=st.Page(
            lambda: show(overview, site), title="Overview", icon=":material/waves:", default=True
        ),
        emerging=st.Page(
            lambda: show(emerging, site), title="Emerging", icon=":material/eco:", url_path="emerging"
        ),
        topics=st.Page(
            lambda: show(topics, site), title="Topics", icon=":material/show_chart:", url_path="topics"
        ),
        topic=st.Page(
            lambda: show(topic, site), title="One topic", icon=":material/label:", url_path="topic"
        ),
        places=st.Page(
            lambda: show(places, site), title="Map", icon=":material/scatter_plot:", url_path="map"
        ),
        authors=st.Page(
            lambda: show(authors, site), title="Authors", icon=":material/groups:", url_path="authors"
        ),
        author=st.Page(
            lambda: show(author, site), title="One author", icon=":material/person:", url_path="author"
        ),
        organization=st.Page(
            lambda: show(organization, site),
            title="One organisation",
            icon=":material/apartment:",
            url_path="organization",
        ),
        upvotes=st.Page(
            lambda: show(upvotes, site), title="Upvotes", icon=":material/thumb_up:", url_path="upvotes"
        ),
        papers=st.Page(
            lambda: show(papers, site), title="Papers", icon=":material/article:", url_path="papers"
        ),
        sql=st.Page(lambda: show(sql, site), title="SQL", icon=":material/database:", url_path="sql"),
        trust=st.Page(
            lambda: show(trust, site),
            title="How far to trust this",
            icon=":material/verified:",
            url_path="trust",
        ),
        runs=st.Page(lambda: show(runs, site), title="Runs", icon=":material/sync:", url_path="runs"),
    )
    st.navigation(site.pages, position="hidden").run()


def show(view: ModuleType, site: parts.Site) -> None:
    """Open what is published and draw one page of it: the sidebar, the question, and what answers it."""
    parts.tell_address()
    data_dir = Settings.read().data_dir
    try:
        snapshot = snapshots.current(data_dir)
    except (PointerUnreadable, SchemaMismatch) as error:
        welcome.problem(str(error))
        return
    if snapshot is None and view is runs:  # where the first one comes from
        runs.first(data_dir)
        return
    if snapshot is None:
        welcome.render(data_dir, site)
        return
    asked = parts.asked()
    now, snapshot = snapshot, as_of(snapshot, asked.snapshot)
    names = parts.topic_names(snapshot.read(queries.topics))
    filters = known(replace(asked, snapshot=snapshot.run_id if snapshot.is_past else ""), names)
    if filters.within and not snapshot.read(queries.mapped)["papers"].iloc[0]:
        filters = replace(filters, within=None)  # an area of a map that this snapshot does not have
    if view is not papers:
        filters = filters.unmarked(keep_age=view is upvotes)
    filters = reading.resolved(filters)
    if view in _JUDGING:
        selection.look_ahead(snapshot, filters)
    if hasattr(view, "look_ahead"):
        meanwhile(view.look_ahead, snapshot, filters)
    # Whom a page is about is one of the filters; beside it, and on the way to other pages, only the others count.
    subject = getattr(view, "SUBJECT", "")
    beside = filters.without(subject)
    sidebar.navigation(site, beside)
    page = getattr(site, view.__name__.rpartition(".")[2])  # the field of Site is called as the module
    reading.sidebar(site, beside)
    keeping.sidebar(site, page, beside, names)
    sidebar.as_of(now, filters)
    chooses_topics = view in (topics, topic)
    sidebar.controls(snapshot, filters, with_topics=not chooses_topics)
    parts.head(view.QUESTION, snapshot)
    reading.done()
    sidebar.summary(replace(beside, topics=None) if chooses_topics else beside, names, subject)
    view.render(snapshot, site, filters)
    snapshot.prepare()


def as_of(now: snapshots.Snapshot, name: str) -> snapshots.Snapshot:
    """The earlier snapshot that is asked for; the current one, with a word on it, where that is gone."""
    if not name:
        return now
    try:
        return snapshots.earlier(now, name)
    except snapshots.SnapshotGone as gone:
        st.warning(str(gone), icon=":material/history_off:")
        return now


def known(filters: Filters, names: dict[int, str]) -> Filters:
    """The filters without topics that this snapshot does not have; none of them left counts as not asked for."""
    if not filters.topics:
        return filters
    return replace(filters, topics=tuple(topic for topic in filters.topics if topic in names) or None)


main()
