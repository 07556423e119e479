"""The dashboard's main script: `streamlit run dashboard/app.py`, which is what the command `dashboard` does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import snapshot as snapshots
from dashboard.views import overview, papers, parts, topics, welcome
from etl.contract import PointerUnreadable, SchemaMismatch
from etl.settings import Settings

LOGO = Path(__file__).with_name("logo.svg")


def main() -> None:
    """Open what is published and run the page that was asked for."""
    st.set_page_config("Papertide", page_icon=":material/waves:", layout="wide")
    st.logo(LOGO, size="large")
    data_dir = Settings.read().data_dir
    instead: Callable[[], None] | None = None
    try:
        snapshot = snapshots.current(data_dir)
        if snapshot is None:
            instead = partial(welcome.render, data_dir)
    except (PointerUnreadable, SchemaMismatch) as error:
        instead = partial(welcome.problem, str(error))

    def show(view: Callable[..., None], *site: parts.Site) -> None:
        instead() if instead else view(snapshot, *site)

    topics_page = st.Page(
        lambda: show(topics.render, site), title="Topics", icon=":material/show_chart:", url_path="topics"
    )
    papers_page = st.Page(
        lambda: show(papers.render), title="Papers", icon=":material/article:", url_path="papers"
    )
    overview_page = st.Page(
        lambda: show(overview.render, site), title="Overview", icon=":material/waves:", default=True
    )
    site = parts.Site(topics_page, papers_page)
    st.navigation([overview_page, topics_page, papers_page], position="top").run()


main()
