"""What the pages share: links between them, the state in the URL, and notices above and below."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.navigation.page import Page

from dashboard import queries, text
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot

DEMO_SENTENCE = (
    "Demo corpus: these papers are synthetic, written by Papertide to show what it does. "
    "Nothing here says anything about real research."
)


@dataclass(frozen=True, slots=True)
class Site:
    """The pages that other pages link to."""

    topics: Page
    papers: Page


def head(question: str, snapshot: Snapshot, summary: pd.Series) -> None:
    """The page's question, and above all else what the reader must know of the corpus."""
    st.title(question, anchor=False)
    if snapshot.is_demo:
        st.info(DEMO_SENTENCE, icon=":material/science:")
    if isinstance(summary["note"], str):
        st.info(text.markdown(summary["note"]), icon=":material/info:")


def foot(snapshot: Snapshot) -> None:
    """Which snapshot this is."""
    published = snapshot.published_at
    st.caption(
        f"Snapshot of {text.day(published)}, {published:%H:%M} UTC ({text.age(published, now())}), "
        f"run {text.markdown(snapshot.run_id)}. Months are in UTC."
    )


def summary_of(snapshot: Snapshot) -> pd.Series:
    """The row of `queries.summary`."""
    return snapshot.read(queries.summary).iloc[0]


def now() -> datetime:
    """Now, in UTC and without a zone, as the snapshot's times are."""
    return datetime.now(UTC).replace(tzinfo=None)


def asked() -> Filters:
    """What the URL asks for."""
    return Filters.from_query(st.query_params)


def ask(**changes: Any) -> None:
    """Change what the URL asks for. Any other change starts again at the first page."""
    st.query_params.from_dict(replace(asked(), **{"page": 1, **changes}).to_query())


def control(key: str, value: object) -> str:
    """Set a control to what the URL says before it is drawn; gives its key."""
    st.session_state[key] = value
    return key


def topics_control(
    names: dict[int, str], chosen: Iterable[int], on_change: Callable[[], None], **options: Any
) -> list[int]:
    """A choice of topics by name."""
    chosen = [topic for topic in chosen if topic in names]
    return st.multiselect(
        "Topics",
        list(names),
        key=control("topics", chosen),
        format_func=lambda topic: names[topic],
        on_change=on_change,
        **options,
    )


def month_controls(months: pd.DataFrame, filters: Filters, on_change: Callable[[], None]) -> None:
    """Two choices of a month, both included; the first entry of each leaves its end open."""
    options = [None, *months["month"].dt.date]
    for label, key, value, open_end in (
        ("From", "from", filters.date_from, "First month"),
        ("Until", "until", filters.date_until, "Last month"),
    ):
        words = {month: text.month(month) if month else open_end for month in options}
        st.selectbox(
            label,
            options,
            key=control(key, value if value in options else None),
            format_func=words.__getitem__,
            on_change=on_change,
            width=150,
        )


def chosen_months() -> dict[str, Any]:
    """What the controls of `month_controls` say, as fields of Filters; ends given in the wrong order are swapped."""
    first, last = st.session_state["from"], st.session_state["until"]
    if first and last and first > last:
        first, last = last, first
    return {"date_from": first, "date_until": last}


def topic_names(topics: pd.DataFrame) -> dict[int, str]:
    """Label of each topic by its id, in the order of `queries.topics`."""
    return dict(zip(topics["topic_id"].astype(int), topics["label"].astype(str), strict=True))


def download(label: str, rows: Callable[[], pd.DataFrame], file_name: str) -> None:
    """A button that makes the CSV only when it is asked for."""
    st.download_button(
        label,
        lambda: text.csv(rows()),
        file_name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


PAPER_COLUMNS = {
    "title": st.column_config.TextColumn("Title", width="large"),
    "published_on": st.column_config.DateColumn("Published", format="D MMM YYYY", width="small"),
    "topic": st.column_config.TextColumn("Topic", width="medium"),
    "authors": st.column_config.TextColumn("Authors", width="medium"),
    "authors_count": st.column_config.NumberColumn("Number of authors", width="small"),
    "upvotes": st.column_config.NumberColumn("Upvotes", width="small"),
    "comments": st.column_config.NumberColumn("Comments", width="small"),
    "organization": st.column_config.TextColumn("Organisation", width="small"),
    "url": st.column_config.LinkColumn("Page", display_text="Open", width="small"),
}
