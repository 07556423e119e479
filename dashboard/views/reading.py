"""Reading lists: their links, the buttons that fill them, and what stands above the papers of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import follows, lists, queries, text
from dashboard.filters import Filters, clean
from dashboard.kept import Unreadable
from dashboard.lists import Change, ReadingList
from dashboard.snapshot import Snapshot
from dashboard.views import parts
from etl.settings import Settings

# Of the session's state: what was done last and how to undo it, and what went wrong.
_DONE, _FAILED = "list_done", "list_failed"
_GONE_SHOWN = 20


# ---- on every page ----


def resolved(filters: Filters) -> Filters:
    """The filters with the papers of the list that they name; without it, and with a word on it, where it is gone."""
    if not filters.reading:
        return filters
    found = _named(filters.reading)
    if found is None:
        st.warning(
            "The list you asked for is not kept here, so these are all papers.", icon=":material/bookmarks:"
        )
        return replace(filters, reading="")
    return replace(filters, among=tuple(found.papers))


def told(filters: Filters) -> list[str]:
    """The list that is shown, as a phrase of the filters in words."""
    found = _named(filters.reading) if filters.reading else None
    return [f"on the list “{found.name}”"] if found else []


def sidebar(site: parts.Site, filters: Filters) -> None:
    """A link to each list, where there is one."""
    with st.sidebar:
        try:
            kept = lists.kept_lists(Settings.read().data_dir)
        except Unreadable as error:
            st.warning(text.markdown(str(error)), icon=":material/warning:")
            return
        if not kept:
            return
        st.markdown("**Reading lists**")
        with st.container(gap=None, key="reading_lists"):
            for one in kept:
                st.page_link(
                    site.papers,
                    label=f"{text.markdown(one.name)} ({text.count(len(one.papers))})",
                    icon=":material/bookmarks:",
                    query_params=Filters(snapshot=filters.snapshot, reading=one.key).to_query(),
                )


def done() -> None:
    """What was done last, and the way to undo it; or what went wrong."""
    if failed := st.session_state.pop(_FAILED, ""):
        st.error(text.markdown(failed), icon=":material/error:")
    if _DONE not in st.session_state:
        return
    sentence, _, _ = st.session_state[_DONE]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.success(text.markdown(sentence), icon=":material/bookmarks:")
        st.button("Undo", key="undo_list", on_click=_undo, icon=":material/undo:", type="tertiary")
        st.button("Close", key="close_list", on_click=_forget, icon=":material/close:", type="tertiary")


def _named(key: str) -> ReadingList | None:
    return next((one for one in _kept() if one.key == key), None)


def _kept() -> list[ReadingList]:
    """The lists; none where the file has a mistake, of which the sidebar tells."""
    try:
        return lists.kept_lists(Settings.read().data_dir)
    except Unreadable:
        return []


def _refusal() -> str:
    return follows.refusal(st.get_option("server.address"), st.context.headers)


# ---- what fills them ----


def card(paper_id: str, title: str) -> None:
    """For one paper: a box to tick for each list, and a new list."""
    kept = _kept()
    holding = [one for one in kept if paper_id in one.papers]
    label = f"On {text.counted(len(holding), 'list')}" if holding else "Add to a list"
    icon = ":material/bookmark_added:" if holding else ":material/bookmark_add:"
    with st.popover(label, icon=icon, key=f"card_lists {paper_id}"):
        if refusal := _refusal():
            st.text(refusal)
            return
        for one in kept:
            key = f"on_{one.key} {paper_id}"
            st.checkbox(
                text.markdown(one.name),
                key=parts.control(key, paper_id in one.papers),
                on_change=_toggle,
                args=(one, paper_id, title, key),
            )
        _new({paper_id: title}, f"card {paper_id}")


def page(papers: Mapping[str, str], filters: Filters) -> None:
    """For the papers that are shown (titles by id): a button for each list that takes them in, and a new list."""
    number = text.counted(len(papers), "paper")
    with st.popover(
        f"Add {'this' if len(papers) == 1 else 'these'} {number} to a list", icon=":material/bookmark_add:"
    ):
        if refusal := _refusal():
            st.text(refusal)
            return
        for one in _kept():
            missing = {paper: title for paper, title in papers.items() if paper not in one.papers}
            if one.key == filters.reading:
                _take_off(one, papers)
            else:
                st.button(
                    f"{text.markdown(one.name)} ({text.count(len(one.papers))})",
                    key=f"add_to_{one.key}",
                    icon=":material/playlist_add:",
                    type="tertiary",
                    disabled=not missing,
                    help=None if missing else "All of them are on it.",
                    on_click=_attempt,
                    args=(
                        f"{text.counted(len(missing), 'paper')} added to “{one.name}”.",
                        lists.add,
                        one.key,
                        missing,
                    ),
                )
        _new(papers, "page")


def _take_off(one: ReadingList, papers: Mapping[str, str]) -> None:
    st.button(
        f"Take {'it' if len(papers) == 1 else 'them'} off {text.markdown(one.name)}",
        key=f"take_off_{one.key}",
        icon=":material/playlist_remove:",
        type="tertiary",
        on_click=_attempt,
        args=(
            f"{text.counted(len(papers), 'paper')} taken off “{one.name}”.",
            lists.remove,
            one.key,
            tuple(papers),
        ),
    )


def _new(papers: Mapping[str, str], where: str) -> None:
    key = f"new_list {where}"
    st.text_input("New list", key=key, max_chars=lists.NAME_AT_MOST, placeholder="To read")
    st.button("Make it", key=f"make_list {where}", on_click=_make, args=(papers, key))


def _make(papers: Mapping[str, str], key: str) -> None:
    name = clean(st.session_state[key], lists.NAME_AT_MOST)
    if not name:
        st.session_state[_FAILED] = "A list needs a name; write one and make it again."
        return
    _attempt(f"{text.counted(len(papers), 'paper')} put on “{name}”.", lists.make, name, papers)
    st.session_state[key] = ""


def _toggle(one: ReadingList, paper_id: str, title: str, key: str) -> None:
    if st.session_state[key]:
        _attempt(f"Added to “{one.name}”.", lists.add, one.key, {paper_id: title})
    else:
        _attempt(f"Taken off “{one.name}”.", lists.remove, one.key, (paper_id,))


# ---- one list ----


def about(snapshot: Snapshot, filters: Filters) -> None:
    """Above the papers of a list: its name, what can be done with it, and which of its papers are gone."""
    one = _named(filters.reading) if filters.reading else None
    if one is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(text.markdown(one.name), anchor=False, width="content")
        with st.popover("Rename or remove", icon=":material/edit:", type="tertiary"):
            if refusal := _refusal():
                st.text(refusal)
            else:
                st.text_input("New name", key="list_name", max_chars=lists.NAME_AT_MOST, placeholder=one.name)
                st.button("Rename", key="rename_list", on_click=_rename, args=(one,))
                st.button(
                    "Remove the list", key="drop_list", icon=":material/delete:", on_click=_drop, args=(one,)
                )
    if not one.papers:
        st.text("Nothing is on this list yet. Tick a paper on this page and choose “Add to a list”.")
    _gone(snapshot, one)


def _gone(snapshot: Snapshot, one: ReadingList) -> None:
    """The papers of a list that this snapshot does not have, by the titles that they had."""
    present = set(snapshot.read(queries.present, tuple(one.papers))["paper_id"])
    gone = {paper_id: title for paper_id, title in one.papers.items() if paper_id not in present}
    if not gone:
        return
    number = text.counted(len(gone), "paper")
    with st.expander(
        f"{number} of this list {'is' if len(gone) == 1 else 'are'} not in this snapshot", expanded=True
    ):
        for paper_id, title in list(gone.items())[:_GONE_SHOWN]:
            st.text(f"{title or 'Untitled'} ({paper_id})")
        if len(gone) > _GONE_SHOWN:
            st.text(f"and {text.count(len(gone) - _GONE_SHOWN)} more")
        refusal = _refusal()
        st.button(
            f"Take {'it' if len(gone) == 1 else 'them'} off the list",
            key="drop_gone",
            disabled=bool(refusal),
            help=refusal or None,
            on_click=_attempt,
            args=(f"{number} taken off “{one.name}”.", lists.remove, one.key, tuple(gone)),
        )


def _rename(one: ReadingList) -> None:
    name = clean(st.session_state["list_name"], lists.NAME_AT_MOST)
    if not name:
        st.session_state[_FAILED] = "A list needs a name; write one and rename it again."
        return
    _attempt(f"“{one.name}” is now called “{name}”.", lists.rename, one.key, name)
    st.session_state["list_name"] = ""


def _drop(one: ReadingList) -> None:
    _attempt(f"The list “{one.name}” was removed.", lists.drop, one.key)
    if _FAILED not in st.session_state:
        parts.ask(reading="")


# ---- changes ----


def _attempt(sentence: str, change: Callable[..., Change], *arguments: Any) -> None:
    """Make a change, and keep how to undo it; a sentence stands on the page where it fails."""
    shown = parts.asked().reading
    try:
        st.session_state[_DONE] = (sentence, change(Settings.read().data_dir, *arguments), shown)
    except Unreadable as error:
        st.session_state[_FAILED] = str(error)


def _undo() -> None:
    _, change, shown = st.session_state.pop(_DONE)
    try:
        lists.undo(Settings.read().data_dir, change)
    except Unreadable as error:
        st.session_state[_FAILED] = str(error)
        return
    if shown == change.key:  # back to the list, if it was removed while it was shown
        parts.ask(reading=shown)


def _forget() -> None:
    st.session_state.pop(_DONE, None)
