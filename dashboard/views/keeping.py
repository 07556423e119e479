"""What the reader follows, and views by name: in the sidebar of every page, and the buttons that keep them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import follows, text
from dashboard.filters import TEXT_AT_MOST, Filters, clean
from dashboard.follows import AUTHORS, ORGANIZATIONS, View
from dashboard.kept import Unreadable
from dashboard.views import parts
from etl.settings import Settings

_FAILED = "keeping_failed"  # of the session's state: the sentence of what went wrong at the last click


def sidebar(site: parts.Site, page: Page, filters: Filters, names: dict[int, str]) -> None:
    """What is followed, and the views that were kept, each one click away.

    Args:
        site: the pages.
        page: the one that is shown.
        filters: what is asked for.
        names: label of each topic by its id.
    """
    with st.sidebar:
        if failed := st.session_state.pop(_FAILED, ""):
            st.error(text.markdown(failed), icon=":material/error:")
        try:
            _followed(site, filters, names)
            _views(site, page)
        except Unreadable as error:
            st.warning(text.markdown(str(error)), icon=":material/warning:")


def follow_button(kind: str, value: int | str, name: str) -> None:
    """A button that follows, or follows no longer; where nothing is kept for this visitor it says why.

    Args:
        kind: TOPICS, AUTHORS or ORGANIZATIONS.
        value: the topic's number, or the name.
        name: what the button calls it; '' where it stands beside its name.
    """
    data_dir = Settings.read().data_dir
    try:
        is_followed = value in getattr(follows.followed(data_dir), kind)
    except Unreadable:
        return  # the sidebar says so
    refusal = _refusal()
    change = follows.unfollow if is_followed else follows.follow
    st.button(
        f"{'Unfollow' if is_followed else 'Follow'} {text.markdown(text.short(name, 40))}".rstrip(),
        key=f"follow_{kind}",
        icon=":material/bookmark_remove:" if is_followed else ":material/bookmark_add:",
        type="tertiary",
        disabled=bool(refusal),
        help=refusal or "What you follow stands in the sidebar, and first in the digest.",
        on_click=_attempt,
        args=(change, data_dir, kind, value),
    )


def _refusal() -> str:
    return follows.refusal(st.get_option("server.address"), st.context.headers)


def _attempt(change: Callable[..., None], *arguments: Any) -> None:
    """Make a change; a sentence stands in the sidebar where it fails."""
    try:
        change(*arguments)
    except Unreadable as error:
        st.session_state[_FAILED] = str(error)


def _followed(site: parts.Site, filters: Filters, names: dict[int, str]) -> None:
    kept = follows.followed(Settings.read().data_dir)
    offered = [
        (kind, name)
        for kind, name in ((AUTHORS, filters.author), (ORGANIZATIONS, filters.organization))
        if name and name not in getattr(kept, kind)
    ]
    if kept == follows.Follows() and not offered:
        return
    st.markdown("**Followed**")
    with st.container(gap=None, key="followed"):
        for topic in kept.topics:
            if topic in names:
                query = Filters(snapshot=filters.snapshot, topic=topic).to_query()
                st.page_link(
                    site.topic,
                    label=text.markdown(names[topic]),
                    icon=":material/label:",
                    query_params=query,
                )
            else:
                st.caption(f"Topic {topic} is not in this snapshot.")
        for icon, page, asked, listed in (
            (":material/person:", site.author, "author", kept.authors),
            (":material/apartment:", site.organization, "org", kept.organizations),
        ):
            for name in listed:
                query = {**Filters(snapshot=filters.snapshot).to_query(), asked: name}
                st.page_link(page, label=text.markdown(name), icon=icon, query_params=query)
    for kind, name in ((AUTHORS, filters.author), (ORGANIZATIONS, filters.organization)):
        if name:
            follow_button(kind, name, name)


# ---- views by name ----


def _views(site: parts.Site, page: Page) -> None:
    data_dir, refusal = Settings.read().data_dir, _refusal()
    kept = follows.views(data_dir)
    pages = {one.url_path: one for one in site.pages}
    if kept:
        st.markdown("**Saved views**")
    with st.container(gap=None, key="saved_views"):
        for place, view in enumerate(kept):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.page_link(
                    pages.get(view.page, site.overview),
                    label=text.markdown(view.name),
                    icon="",
                    query_params=Filters.from_query(
                        dict(parse_qsl(view.query, keep_blank_values=True))
                    ).to_query(),
                )
                st.button(
                    "Remove",
                    key=f"drop_view_{place}",
                    type="tertiary",
                    disabled=bool(refusal),
                    help=refusal or f"Remove the view {text.markdown(view.name)}",
                    on_click=_attempt,
                    args=(follows.drop_view, data_dir, view.name),
                )
    with st.popover("Save this view", icon=":material/bookmark_add:", type="tertiary"):
        if refusal:
            st.text(refusal)
            return
        st.text_input("Name of the view", key="view_name", max_chars=TEXT_AT_MOST)
        st.button("Save", key="keep_view", on_click=_keep, args=(page.url_path,))


def _keep(page: str) -> None:
    name = clean(st.session_state["view_name"])
    if not name:
        st.session_state[_FAILED] = "A view needs a name; write one and save it again."
        return
    query = urlencode(parts.asked().to_query())
    _attempt(follows.keep_view, Settings.read().data_dir, View(name, page, query))
    st.session_state["view_name"] = ""
