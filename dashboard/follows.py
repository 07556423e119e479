"""What the reader keeps: whom and what they follow, and views by name. Small files of the data folder.

`follows.toml` is what the digest reads: lists of topics (numbers), authors and organizations (names). `views.toml` has
a table for each view: a name, a page and the query of its URL. Both may be edited by hand, so comments stay.

They belong to the one person whose computer this is, so they are written only for a browser on the same computer.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from dashboard.visitors import is_at_this_machine

FOLLOWS_NAME, VIEWS_NAME = "follows.toml", "views.toml"
TOPICS, AUTHORS, ORGANIZATIONS = "topics", "authors", "organizations"
_KINDS = {TOPICS: int, AUTHORS: str, ORGANIZATIONS: str}

_writing = threading.Lock()  # sessions run in threads of one server


class Unreadable(Exception):
    """A file has a mistake, or cannot be read or written; its text is a sentence for the user."""


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
    document = _read(data_dir / FOLLOWS_NAME).unwrap()
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

    _change(data_dir / FOLLOWS_NAME, add)


def unfollow(data_dir: Path, kind: str, value: int | str) -> None:
    """Follow it no longer.

    Raises:
        Unreadable: the file has a mistake, or cannot be written.
    """

    def take(document: tomlkit.TOMLDocument) -> None:
        followed(data_dir)  # raises where there is no list
        for _ in range(list(document.get(kind, [])).count(value)):
            document[kind].remove(value)

    _change(data_dir / FOLLOWS_NAME, take)


# ---- views by name ----


def views(data_dir: Path) -> list[View]:
    """The views kept, in the order of the file; none where there is none.

    Raises:
        Unreadable: it has a mistake.
    """
    path = data_dir / VIEWS_NAME
    tables = _read(path).unwrap().get("view", [])
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

    _change(data_dir / VIEWS_NAME, put)


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

    _change(data_dir / VIEWS_NAME, drop)


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


# ---- the files ----


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise Unreadable(f"{path} cannot be read ({error}); mend it or remove it.") from error


def _change(path: Path, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
    """Read, change and replace a file at once, so that nobody ever reads half of it."""
    with _writing:
        document = _read(path)
        change(document)
        try:
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
            ) as aside:
                aside.write(tomlkit.dumps(document))
                aside.flush()
                os.fsync(aside.fileno())
            if path.exists():
                Path(aside.name).chmod(path.stat().st_mode & 0o777)
            Path(aside.name).replace(path)
        except OSError as error:
            raise Unreadable(
                f"{path} cannot be written ({error.strerror}); free its folder for writing."
            ) from error
