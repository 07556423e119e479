"""Which papers are behind it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import exports, queries, text
from dashboard.filters import (
    BOTH,
    COMMENTS,
    FIND_AT_MOST,
    MEANING,
    NEWEST,
    OLDEST,
    SORTS,
    TYPICAL,
    UPVOTES,
    WAYS,
    WORDS,
    Filters,
)
from dashboard.snapshot import Snapshot
from dashboard.views import parts, reading
from etl.contract import AGES

QUESTION = "Which papers are behind it?"
PAGE = 50  # papers
LOOKS = 6  # of a paper's counter, told on its card
FOUND = 100  # papers that a search shows

TABLE = "papers_table"
_WAY_WORDS = {BOTH: "Both", WORDS: "Words", MEANING: "Meaning"}
_SORT_WORDS = {
    NEWEST: "Newest",
    OLDEST: "Oldest",
    UPVOTES: "Most upvotes",
    COMMENTS: "Most comments",
    TYPICAL: "Most typical of its topic",
}


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The page."""
    can = snapshot.read(queries.searchable).iloc[0]
    if can["words"]:
        _search_controls(filters, bool(can["meaning"]))
    reading.about(snapshot, filters)
    if filters.among == ():
        parts.foot(snapshot)
        return
    number = count(snapshot, filters)
    if not number:
        parts.nothing_to_show(filters)
        return
    if can["words"] and (filters.find or filters.like):
        _results(snapshot, site, filters)
    else:
        _all(snapshot, site, filters, number)
    _looked(parts.summary_of(snapshot, filters), filters)
    parts.foot(snapshot)


def _search_controls(filters: Filters, by_meaning: bool) -> None:
    """What to search for, and how; the filters say among which papers."""
    box, way = st.columns([3, 2], vertical_alignment="bottom")
    with box:
        st.text_input(
            "Search titles and abstracts",
            key=parts.control("find", filters.find),
            placeholder="Words, a title, or a question in a sentence",
            icon=":material/search:",
            max_chars=FIND_AT_MOST,
            on_change=_apply_search,
        )
    with way:
        st.segmented_control(
            "By",
            WAYS if by_meaning else (WORDS,),
            key=parts.control("way", filters.way if by_meaning else WORDS),
            format_func=_WAY_WORDS.__getitem__,
            required=True,
            on_change=_apply_search,
            help="Words: papers that have the rarest of them most often. Meaning: papers that say something alike, "
            "whatever their words. Both: what either finds, first what both do.",
        )


def _apply_search() -> None:
    state = st.session_state
    found = Filters.from_query({"find": state["find"] or "", "way": state["way"] or BOTH})
    parts.ask(find=found.find, way=found.way, like="", picked="")


def _results(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """The papers that were found, the best first."""
    found = snapshot.read(queries.found, _asked(filters), FOUND)
    heading, close = st.columns([3, 1], vertical_alignment="bottom")
    heading.subheader(_heading(snapshot, filters, len(found)), anchor=False)
    with close:
        st.button(
            "All papers",
            on_click=parts.ask,
            kwargs={"find": "", "like": "", "picked": ""},
            icon=":material/close:",
            type="tertiary",
        )
    if found.empty:
        st.text("Nothing was found. Try other words, search by meaning, or clear the filters.")
        return
    shown = found.assign(by=found["by"].map(_WAY_WORDS))
    selected = st.dataframe(
        shown,
        key=f"{TABLE} {hash(filters)}",
        column_order=["title", "by", *(name for name in parts.PAPER_COLUMNS if name != "title")],
        column_config={**parts.PAPER_COLUMNS, "by": st.column_config.TextColumn("Found by", width=85)},
        hide_index=True,
        placeholder=text.UNKNOWN,
        on_select="rerun",
        selection_mode="single-row",
        height=min(420, 38 + 36 * len(found)),
    )["selection"]["rows"]
    with st.container(horizontal=True):
        reading.page(_titles(found), filters)
        _export(snapshot, _asked(filters), len(found), tuple(found["paper_id"]))
    if selected and selected[0] < len(found):
        detail(snapshot, site, str(found["paper_id"].iloc[selected[0]]))
    else:
        st.caption("Best match first. Tick a row to read its abstract, and to find papers like it.")


def _asked(filters: Filters) -> Filters:
    """What decides which papers are found: equal for views of the same search."""
    return replace(filters.papers_only, find=filters.find, way=filters.way, like=filters.like)


def _heading(snapshot: Snapshot, filters: Filters, number: int) -> str:
    papers = f"{'The first ' if number == FOUND else ''}{text.counted(number, 'paper')}"
    if not filters.like:
        return f"{papers} for “{text.markdown(text.short(filters.find, 80))}”"
    title = snapshot.read(queries.paper, filters.like)["title"]
    return f"{papers} like “{text.markdown(text.short(title.iloc[0], 80) if len(title) else filters.like)}”"


def _all(snapshot: Snapshot, site: parts.Site, filters: Filters, number: int) -> None:
    """Every paper that is asked for, a page at a time."""
    filters = replace(filters, page=min(filters.page, _pages(number)))
    heading, order = st.columns([3, 1], vertical_alignment="bottom")
    heading.subheader(text.counted(number, "paper"), anchor=False)
    with order:
        st.selectbox(
            "Sort",
            SORTS,
            key=parts.control("sort", filters.sort),
            format_func=_SORT_WORDS.__getitem__,
            on_change=_apply,
        )
    _table(snapshot, site, filters, number)


def count(snapshot: Snapshot, filters: Filters) -> int:
    """How many papers match."""
    return int(snapshot.read(queries.count_papers, filters.papers_only)["papers"].iloc[0])


def _pages(number: int) -> int:
    return -(-number // PAGE)


def _apply() -> None:
    parts.ask(sort=st.session_state["sort"])


def _table(snapshot: Snapshot, site: parts.Site, filters: Filters, number: int) -> None:
    offset = (filters.page - 1) * PAGE
    papers = snapshot.read(queries.papers, filters, PAGE, offset)
    selected = st.dataframe(
        papers,
        key=f"{TABLE} {hash(filters)}",
        column_order=list(parts.PAPER_COLUMNS),
        column_config=parts.PAPER_COLUMNS,
        hide_index=True,
        placeholder=text.UNKNOWN,
        on_select="rerun",
        selection_mode="single-row",
        height=min(420, 38 + 36 * len(papers)),
    )["selection"]["rows"]
    with st.container(horizontal=True, vertical_alignment="center"):
        _pager(filters, number, offset, len(papers))
        reading.page(_titles(papers), filters)
        _export(snapshot, filters, number)
    if selected and selected[0] < len(papers):
        detail(snapshot, site, str(papers["paper_id"].iloc[selected[0]]))
    else:
        st.caption("Tick a row to read its abstract and all its authors.")


def _titles(papers: pd.DataFrame) -> dict[str, str]:
    return dict(zip(papers["paper_id"], papers["title"], strict=True))


def _export(
    snapshot: Snapshot, filters: Filters, number: int, paper_ids: tuple[str, ...] | None = None
) -> None:
    """A button that opens the files to be had of all papers that match, each made when it is asked for.

    Args:
        snapshot: where they are.
        filters: which they are.
        number: how many.
        paper_ids: those of a search, in its order.
    """
    at_most = exports.EXPORTED_AT_MOST
    with st.popover(f"Save {'it' if number == 1 else 'all'} as a file", icon=":material/download:"):
        st.caption(
            f"{text.counted(number, 'paper')} with abstracts, all authors and links."
            if number <= at_most
            else f"The first {text.count(at_most)} of {text.count(number)} papers, in this order; filter for fewer."
        )
        with st.container(horizontal=True):
            for name, (ending, written, kind) in exports.KINDS.items():
                st.download_button(
                    name,
                    partial(_file, snapshot, filters, paper_ids, written),
                    f"papertide-papers.{ending}",
                    mime=kind,
                    on_click="ignore",
                    key=f"export_{ending}",
                )
        st.caption("CSV for a spreadsheet, BibTeX for references, JSON lines for programs.")


def _file(
    snapshot: Snapshot,
    filters: Filters,
    paper_ids: tuple[str, ...] | None,
    written: Callable[[pd.DataFrame], bytes],
) -> bytes:
    return written(snapshot.ask(queries.whole_papers, filters, exports.EXPORTED_AT_MOST, paper_ids))


def _pager(filters: Filters, number: int, offset: int, shown: int) -> None:
    last = _pages(number)
    if last == 1:
        return
    for label, page, disabled in (
        ("Previous", filters.page - 1, filters.page == 1),
        ("Next", filters.page + 1, filters.page == last),
    ):
        st.button(label, on_click=parts.ask, kwargs={"page": page}, disabled=disabled)
    st.text(
        f"{text.count(offset + 1)} to {text.count(offset + shown)} of {text.count(number)}", width="content"
    )


def detail(snapshot: Snapshot, site: parts.Site, paper_id: str) -> None:
    """One paper in full; nothing where there is no such paper.

    Titles and abstracts are anybody's text, so they are shown as text, never as Markdown.
    """
    found = snapshot.read(queries.paper, paper_id)
    if found.empty:
        return
    paper = found.iloc[0]
    with st.container(border=True):
        st.subheader(text.markdown(paper["title"]), anchor=False)
        st.text(_facts(paper))
        earlier = Filters(snapshot=snapshot.run_id if snapshot.is_past else "")
        st.markdown(_people(site, earlier, paper))
        if followed := _followed(snapshot.read(queries.looks, paper_id)):
            st.caption(followed)
        st.text(paper["abstract"] if isinstance(paper["abstract"], str) else "No abstract is known.")
        with st.container(horizontal=True):
            if isinstance(paper["url"], str):
                st.link_button("Open the paper's page", paper["url"], icon=":material/open_in_new:")
            if snapshot.read(queries.searchable)["meaning"].iloc[0]:
                st.page_link(
                    site.papers,
                    label="Papers like it",
                    icon=":material/hub:",
                    query_params=Filters(like=paper_id).to_query(),
                )
            reading.card(paper_id, paper["title"])


def _facts(paper: pd.Series) -> str:
    facts = [
        f"Published {text.day(paper['published_on'])}",
        f"Topic: {paper['topic']}",
        f"Upvotes: {_known(paper['upvotes'])}",
        f"Comments: {_known(paper['comments'])}",
    ]
    return " · ".join(facts)


def _followed(looks: pd.DataFrame) -> str:
    """How a paper's count grew, as a sentence; empty where it was read once only."""
    known = looks[looks["upvotes"].notna() & looks["age_days"].notna()]
    by_day = known.drop_duplicates("age_days", keep="last")
    if len(by_day) < 2:
        return ""
    if len(by_day) > LOOKS:  # the first and the last, and some between them
        by_day = by_day.iloc[[round(place * (len(by_day) - 1) / (LOOKS - 1)) for place in range(LOOKS)]]
    told = [f"{int(look['upvotes']):,} on day {int(look['age_days'])}" for _, look in by_day.iterrows()]
    return f"Upvotes as they grew: {', '.join(told)} after listing."


def _people(site: parts.Site, filters: Filters, paper: pd.Series) -> str:
    """Authors and organisation as Markdown, each name leading to its page."""
    names = paper["authors"]
    if isinstance(names, str) or not hasattr(names, "__len__") or not len(names):
        number = paper["authors_count"]
        told = "Authors: " + (text.UNKNOWN if pd.isna(number) else text.counted(int(number), "author"))
    else:
        told = ", ".join(_links(names, parts.name_addresses(site.author, filters, "author", names)))
    if isinstance(paper["organization"], str):
        named = [paper["organization"]]
        told += " · " + _links(named, parts.name_addresses(site.organization, filters, "org", named))[0]
    return told


def _links(names: Sequence[str], addresses: list[str]) -> list[str]:
    return [
        f"[{text.markdown(name)}]({address.partition('#')[0]})"
        for name, address in zip(names, addresses, strict=True)
    ]


def _known(number: float) -> str:
    return text.UNKNOWN if pd.isna(number) else text.count(int(number))


def _looked(summary: pd.Series, filters: Filters) -> None:
    looked = summary["observed_at"]
    if filters.age:
        st.caption(f"Upvotes and comments as read {AGES[filters.age].meaning}.")
    elif pd.isna(looked):
        st.caption("Upvotes and comments were never read for these papers.")
    else:
        st.caption(
            f"Upvotes and comments as last read, at the latest on {text.day(looked)}, so at different ages; "
            "counts settle one to two weeks after a paper is listed."
        )
