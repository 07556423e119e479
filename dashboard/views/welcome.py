"""What a reader sees where nothing is published, or where it cannot be read."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.views import parts


def render(data_dir: Path, site: parts.Site) -> None:
    """Nothing is published yet: say how to publish something."""
    st.title("Nothing is published here yet", anchor=False)
    st.text(f"There is no snapshot in {data_dir}. Make one, then reload this page.")
    st.markdown("To look around with synthetic papers:")
    st.code("dashboard --demo", language="shell")
    st.markdown("With papers of your own, from JSON, CSV or Parquet:")
    st.code(f"etl run --source file --input papers.csv --data-dir {data_dir}", language="shell")
    st.page_link(site.runs, label="Or start a run here", icon=":material/sync:")


def problem(sentence: str) -> None:
    """The published snapshot cannot be shown: say why and what to do."""
    st.title("This snapshot cannot be shown", anchor=False)
    st.text(sentence)
