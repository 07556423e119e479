"""What the pages share: the way between them, the state in the URL, and what stands above and below."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.navigation.page import Page

from dashboard import charts, queries, text, words
from dashboard.filters import NEWEST, UPVOTES, Filters, Mark
from dashboard.snapshot import Snapshot
from dashboard.views import saving
from etl.contract import OUTLIER

DEMO_SENTENCE = (
    "Demo corpus: these papers are synthetic, written by Papertide to show what it does. "
    "Nothing here says anything about real research."
)


BEHIND = 10  # papers shown behind a mark


@dataclass(frozen=True, slots=True)
class Site:
    """The pages, in the order of the navigation."""

    overview: Page
    emerging: Page
    topics: Page
    topic: Page
    places: Page
    authors: Page
    author: Page
    organization: Page
    upvotes: Page
    papers: Page
    sql: Page
    trust: Page
    runs: Page

    @property
    def pages(self) -> list[Page]:
        """All of them."""
        return [
            self.overview,
            self.emerging,
            self.topics,
            self.topic,
            self.places,
            self.authors,
            self.author,
            self.organization,
            self.upvotes,
            self.papers,
            self.sql,
            self.trust,
            self.runs,
        ]

    @property
    def navigation(self) -> list[Page]:
        """Those of the navigation; names lead to the others."""
        return [page for page in self.pages if page not in (self.author, self.organization)]


def head(question: str, snapshot: Snapshot) -> None:
    """The page's question, and above all else what the reader must know of the corpus."""
    st.title(question, anchor=False)
    if snapshot.is_past:
        _looking_back(snapshot)
    if snapshot.is_demo:
        st.info(DEMO_SENTENCE, icon=":material/science:")
    note = snapshot.read(queries.note)["note"].iloc[0]
    if isinstance(note, str):
        st.info(text.markdown(note), icon=":material/info:")


def _looking_back(snapshot: Snapshot) -> None:
    """Say on every page that it shows the past, with the way back to the present."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        published = snapshot.published_at
        st.warning(
            f"You are looking at the past: what was published on {text.day(published)}, {published:%H:%M} UTC.",
            icon=":material/history:",
        )
        st.button(
            "Back to now",
            on_click=ask,
            kwargs={"snapshot": ""},
            type="tertiary",
            icon=":material/close:",
            key="now",
        )


def foot(snapshot: Snapshot) -> None:
    """Which snapshot this is."""
    published = snapshot.published_at
    st.caption(
        f"Snapshot of {text.day(published)}, {published:%H:%M} UTC ({text.age(published, now())}), "
        f"run {text.markdown(snapshot.run_id)}. Months are in UTC."
    )


def summary_of(snapshot: Snapshot, filters: Filters) -> pd.Series:
    """The row of `queries.summary`."""
    return snapshot.read(queries.summary, filters.papers_only).iloc[0]


def nothing_to_show(filters: Filters, papers: int = 0, missing: str = "", subject: str = "") -> None:
    """The empty state of a page, and the way back to all papers.

    Args:
        filters: what is asked for.
        papers: how many match.
        missing: what those that match lack, as a sentence.
        subject: the filter that says whom the page is about, which stays; '' without one.
    """
    nothing = "No paper matches all of this. Try fewer words, other topics or more months."
    st.text(missing if papers else nothing)
    if not filters.without(subject).is_neutral:
        st.button("Clear the filters", on_click=clear, args=(subject,), icon=":material/filter_alt_off:")


def now() -> datetime:
    """Now, in UTC and without a zone, as the snapshot's times are."""
    return datetime.now(UTC).replace(tzinfo=None)


def asked() -> Filters:
    """What the URL asks for."""
    return Filters.from_query(st.query_params)


def tell_address() -> None:
    """Tell the browser what is asked for where that has changed.

    A link of Streamlit's changes the browser's address only on the way to another page. After one from a page to
    itself, as from a topic to one like it, the address would stay, and so would what a control changes next.
    """
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    if st.session_state.setdefault("address", query) != query:
        st.session_state["address"] = query
        st.query_params.from_dict(query)


def ask(**changes: Any) -> None:
    """Change what the URL asks for. Any other change starts again at the first page."""
    st.query_params.from_dict(replace(asked(), **{"page": 1, **changes}).to_query())


def clear(subject: str = "") -> None:
    """Ask for every paper again; what the page is about and searches for, and how it judges and shows, stays."""
    kept = asked()
    names = (
        *([subject] if subject else []),
        "window",
        "sort",
        "measure",
        "view",
        "per",
        "topic",
        "find",
        "way",
        "colour",
        "level",
        "sql",
        "plot",
        "snapshot",
    )
    st.query_params.from_dict(Filters(**{name: getattr(kept, name) for name in names}).to_query())


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
        select_all=False,
        **options,
    )


def topic_names(topics: pd.DataFrame) -> dict[int, str]:
    """Label of each topic by its id, in the order of `queries.topics`."""
    return dict(zip(topics["topic_id"].tolist(), topics["label"].tolist(), strict=True))


def topic_link(site: Site, filters: Filters, topic: int, label: str, *, bold: bool = False) -> None:
    """A link to the page of a topic, on the same papers."""
    name = text.markdown(label)
    st.page_link(
        site.topic,
        label=f"**{name}**" if bold else name,
        icon="",
        query_params=replace(filters.shared, topic=topic).to_query(),
    )


def topic_addresses(site: Site, filters: Filters, topics: pd.DataFrame) -> list[str]:
    """The address of each topic's page, relative to any page; behind # stands its label, which a table shows of it.

    Papers without a topic have no such page, so they are listed.

    Args:
        site: the pages.
        filters: what the page asks for, which goes along.
        topics: rows with topic_id and label.
    """
    query = filters.shared.to_query()
    without = replace(filters.shared, topics=(OUTLIER,)).to_query()
    return [
        f"{site.papers.url_path}?{urlencode(without)}#{quote(label, safe='')}"
        if topic == OUTLIER
        else f"{site.topic.url_path}?{urlencode({**query, 'topic': topic})}#{quote(label, safe='')}"
        for topic, label in zip(topics["topic_id"], topics["label"], strict=True)
    ]


def name_addresses(page: Page, filters: Filters, parameter: str, names: Iterable[str]) -> list[str]:
    """The address of the page of each name, relative to any page; behind # stands the name, which a table shows of it.

    Args:
        page: of one author, or of one organisation.
        filters: what the page asks for, which goes along.
        parameter: of the URL, for the name.
        names: as they are shown.
    """
    query = filters.shared.to_query()
    return [
        f"{page.url_path}?{urlencode({**query, parameter: name})}#{quote(name, safe='')}" for name in names
    ]


TOPIC_COLUMN = st.column_config.LinkColumn(
    "Topic", display_text="#(.*)$", width="medium", help="Opens the topic's page"
)


def chart(
    snapshot: Snapshot,
    site: Site,
    filters: Filters,
    figure: go.Figure,
    key: str,
    alt: str,
    title: str = "",
    data: pd.DataFrame | Callable[[], pd.DataFrame] | None = None,
    click: Literal["papers", "view", "nothing"] = "papers",
) -> None:
    """A chart, below it what it can be saved as, and the papers that a clicked mark counts.

    Args:
        snapshot: where the papers are.
        site: the pages.
        filters: what the chart is drawn on; which mark was clicked is one of them.
        figure: each mark's customdata begins with the piece of a query for its papers (see `dashboard.charts`).
        key: of the chart, on any page.
        alt: the chart in words, for those who cannot see it.
        title: what it shows, for files of it.
        data: its numbers, or what makes them once a reader asks for them, where making them takes a while.
        click: what a click on a mark does: show its papers, go to the view that its query asks for, or nothing.
    """
    select: dict[str, Any] = {
        "papers": lambda: ask(mark=_clicked(key)),
        "view": lambda: _go(_clicked(key)),
        "nothing": "ignore",
    }
    st.plotly_chart(
        figure,
        key=key,
        config=charts.CONFIG,
        on_select=select[click],
        selection_mode="points",
        alt=alt,
    )
    saving.save(figure, key, title or alt, data)
    if filters.mark and filters.mark.chart == key:
        papers_behind(snapshot, site, filters, filters.mark)


def _clicked(key: str) -> Mark | None:
    """The mark that was clicked; a click beside the marks lets go of it."""
    points = st.session_state[key]["selection"]["points"]
    return Mark(key, points[0]["customdata"][0]) if points else None


def _go(mark: Mark | None) -> None:
    """Ask for what a clicked mark stands for, on the same page."""
    if mark:
        wanted = {**asked().shared.to_query(), **dict(parse_qsl(mark.query))}
        st.query_params.from_dict(Filters.from_query(wanted).to_query())


def papers_behind(snapshot: Snapshot, site: Site, filters: Filters, mark: Mark) -> None:
    """The papers that a mark counts, and the way to all of them."""
    narrowed = filters.narrowed(mark.query)
    # Upvotes rank papers only where all were read at one age.
    wanted = replace(narrowed, sort=UPVOTES if narrowed.age else NEWEST)
    number = int(snapshot.read(queries.count_papers, wanted.papers_only)["papers"].iloc[0])
    names = topic_names(snapshot.read(queries.topics))
    told = ", ".join(words.told(Filters().narrowed(mark.query), names))
    with st.container(border=True, key=f"behind_{mark.chart}"):
        st.markdown(f"**{text.counted(number, 'paper')}** {text.markdown(told)}")
        if number:
            st.dataframe(
                snapshot.read(queries.papers, wanted, BEHIND),
                column_order=["title", "upvotes", "published_on", "topic", "authors", "url"],
                column_config=PAPER_COLUMNS,
                hide_index=True,
                placeholder=text.UNKNOWN,
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            if number:
                st.page_link(
                    site.papers,
                    label="Read it" if number == 1 else f"Read all {text.count(number)}",
                    icon=":material/article:",
                    query_params=replace(wanted, window=filters.window).to_query(),
                )
            st.button(
                "Close",
                on_click=ask,
                kwargs={"mark": None},
                type="tertiary",
                icon=":material/close:",
                key=f"close_{mark.chart}",
            )


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


def paper_list(snapshot: Snapshot, papers: pd.DataFrame, key: str, order: list[str]) -> None:
    """A short table of papers, and its rows as CSV, with their authors.

    Args:
        snapshot: where they are from.
        papers: with the columns of `queries.nameless_papers`; `percentile` where they were ranked.
        key: of the table, on any page.
        order: the columns to show.
    """
    st.dataframe(
        papers[order],
        key=key,
        column_config={
            **PAPER_COLUMNS,
            "title": st.column_config.TextColumn("Title", width=285),
            "percentile": st.column_config.NumberColumn("Rank in week", format="%.1f", width=100),
        },
        hide_index=True,
        placeholder=text.UNKNOWN,
        height="content",
    )

    def named() -> pd.DataFrame:
        authors = snapshot.read(queries.listed, tuple(papers["paper_id"]))[["paper_id", "authors"]]
        return papers.drop(columns="authors", errors="ignore").merge(authors, how="left", on="paper_id")

    download("CSV", named, f"papertide-{key.replace('_', '-')}-papers.csv")


PERCENT = "%.1f %%"  # as people write it; a column of shares comes from `in_percent`


def in_percent(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with shares (0 to 1) of the columns in percent."""
    return table.assign(**{column: 100 * table[column] for column in columns})


PAPER_COLUMNS = {
    "title": st.column_config.TextColumn("Title", width="large"),
    "published_on": st.column_config.DateColumn("Published", format="D MMM YYYY", width=100),
    "topic": st.column_config.TextColumn("Topic", width=160),
    "upvotes": st.column_config.NumberColumn("Upvotes", width=75),
    "comments": st.column_config.NumberColumn("Comments", width=85),
    "authors": st.column_config.TextColumn("Authors", width=170),
    "authors_count": st.column_config.NumberColumn("Team", width=60, help="Number of authors"),
    "organization": st.column_config.TextColumn("Organisation", width=120),
    "url": st.column_config.LinkColumn("Page", display_text="Open", width=60),
}
