"""What the reader keeps: whom and what they follow, and views by name. Small files of the data folder.

`follows.toml` is what the digest reads: lists of topics (numbers), authors and organizations (names). `views.toml` has
a table for each view: a name, a page and the query of its URL. Both may be edited by hand, so comments stay.

They belong to the one person whose computer this is, so they are written only for a browser on the same computer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from dashboard.kept import Unreadable, change, read
from dashboard.visitors import is_at_this_machine

FOLLOWS_NAME, VIEWS_NAME = "follows.toml", "views.toml"
TOPICS, AUTHORS, ORGANIZATIONS = "topics", "authors", "organizations"
_KINDS = {TOPICS: int, AUTHORS: str, ORGANIZATIONS: str}


@dataclass(frozen=True, slots=True)
class Follows:
    """What is followed, in the order of the file."""

    topics: tuple[int, ...] = ()
    authors: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A view by name: the path of its page ('' for the first), and its query as a URL writes it."""

    name: str
    page: str
    query: str


# ---- who may write ----


def refusal(address: str | None, headers: Mapping[str, str]) -> str:
    """Why nothing is kept for this visitor, as a sentence; empty where it is.

    Args:
        address: the one that the server listens on; None for all.
        headers: of the visitor's connection. A proxy on this computer would pass strangers on, and is told by them.
    """
    if not is_at_this_machine(address, headers):
        return (
            "This dashboard is open to others, so it keeps nothing for one of them; "
            "start it on your own computer with the command dashboard."
        )
    return ""


# ---- what is followed ----


def followed(data_dir: Path) -> Follows:
    """What the file says; nothing where there is none.

    Raises:
        Unreadable: it has a mistake.
    """
    document = read(data_dir / FOLLOWS_NAME).unwrap()
    found = {kind: _list(data_dir, document.get(kind, []), kind) for kind in _KINDS}
    return Follows(**found)


def _list(data_dir: Path, values: Any, kind: str) -> tuple[Any, ...]:
    if not isinstance(values, list) or not all(type(value) is _KINDS[kind] for value in values):
        what = "numbers" if kind == TOPICS else "names"
        raise Unreadable(f"{kind} in {data_dir / FOLLOWS_NAME} must be a list of {what}; mend it.")
    return tuple(dict.fromkeys(values))


def follow(data_dir: Path, kind: str, value: int | str) -> None:
    """Follow a topic, an author or an organisation; once is enough.

    Raises:
        Unreadable: the file has a mistake, or cannot be written.
    """

    def add(document: tomlkit.TOMLDocument) -> None:
        if value not in getattr(followed(data_dir), kind):
            document.setdefault(kind, tomlkit.array()).append(value)

    change(data_dir / FOLLOWS_NAME, add)


def unfollow(data_dir: Path, kind: str, value: int | str) -> None:
    """Follow it no longer.

    Raises:
        Unreadable: the file has a mistake, or cannot be written.
    """

    def take(document: tomlkit.TOMLDocument) -> None:
        followed(data_dir)  # raises where there is no list
        for _ in range(list(document.get(kind, [])).count(value)):
            document[kind].remove(value)

    change(data_dir / FOLLOWS_NAME, take)


# ---- views by name ----


def views(data_dir: Path) -> list[View]:
    """The views kept, in the order of the file; none where there is none.

    Raises:
        Unreadable: it has a mistake.
    """
    path = data_dir / VIEWS_NAME
    tables = read(path).unwrap().get("view", [])
    mistake = f"Each [[view]] in {path} must have a name, a page and a query as texts; mend it."
    try:
        kept = [View(**table) for table in tables]
    except TypeError:
        raise Unreadable(mistake) from None
    if not all(type(text) is str for view in kept for text in (view.name, view.page, view.query)):
        raise Unreadable(mistake)
    return kept


def keep_view(data_dir: Path, view: View) -> None:
    """Keep a view; one of the same name gives way to it, at its place.

    Raises:
        Unreadable: the file has a mistake, or cannot be written.
    """

    def put(document: tomlkit.TOMLDocument) -> None:
        names = [kept.name for kept in views(data_dir)]
        tables = _tables(document)
        table = tomlkit.table()
        table.update({"name": view.name, "page": view.page, "query": view.query})
        if view.name in names:
            tables[names.index(view.name)].update(table)
        else:
            tables.append(table)

    change(data_dir / VIEWS_NAME, put)


def drop_view(data_dir: Path, name: str) -> None:
    """Keep the view of that name no longer.

    Raises:
        Unreadable: the file has a mistake, or cannot be written.
    """

    def drop(document: tomlkit.TOMLDocument) -> None:
        names = [kept.name for kept in views(data_dir)]
        tables = _tables(document)
        if name in names:
            del tables[names.index(name)]
        if not tables:
            del document["view"]

    change(data_dir / VIEWS_NAME, drop)


def _tables(document: tomlkit.TOMLDocument) -> AoT:
    """The tables of views; a list of inline ones, which somebody wrote by hand, becomes tables."""
    found = document.get("view")
    if not isinstance(found, AoT):
        document["view"] = tomlkit.aot()
        for inline in found or []:
            table = tomlkit.table()
            table.update(inline)
            document["view"].append(table)
    tables = document["view"]
    assert isinstance(tables, AoT)
    return tables
