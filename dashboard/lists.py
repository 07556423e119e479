"""Reading lists: papers that a reader keeps under a name, in `lists.toml` of the data folder.

A list has a key, which the URL names it by and which stays when it is renamed, a name, and its papers: titles by id, so
that a paper can be named even where a later snapshot no longer has it. The file may be edited by hand:

    [to-read]
    name = "To read"

    [to-read.papers]
    "2405.19327" = "A title"

It belongs to the one person whose computer this is, so it is written only for a browser there (`follows.refusal`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from dashboard import kept
from dashboard.filters import LIST_KEY
from dashboard.kept import Unreadable

LISTS_NAME = "lists.toml"
LISTS_AT_MOST = 50
PAPERS_AT_MOST = 10_000  # in all lists together: read in a tenth of a second
NAME_AT_MOST = 80  # characters
_KEY_AT_MOST = 40
_TITLE_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class ReadingList:
    """A list: its key in the URL, its name, and titles by paper_id in the order in which they were added."""

    key: str
    name: str
    papers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to the file, so that it can be undone."""

    key: str  # of the list
    before: str
    after: str


def kept_lists(data_dir: Path) -> list[ReadingList]:
    """The lists, in the order of the file; none where there is none.

    Raises:
        Unreadable: the file has a mistake.
    """
    path = data_dir / LISTS_NAME
    return [_list(path, key, table) for key, table in kept.values(path).items()]


def _list(path: Path, key: str, table: Any) -> ReadingList:
    if not re.fullmatch(LIST_KEY, key):
        raise Unreadable(f"[{key}] in {path} is no key of a list; write small letters, digits and hyphens.")
    papers = table.get("papers", {}) if isinstance(table, dict) else None
    name = table.get("name", key) if isinstance(table, dict) else None
    if not isinstance(name, str) or not isinstance(papers, dict):
        raise Unreadable(f"[{key}] in {path} must have a name and a table of papers; mend it.")
    if not all(isinstance(title, str) for title in papers.values()):
        raise Unreadable(f"[{key}.papers] in {path} must have a title for each id; mend it.")
    return ReadingList(key, name, papers)


def make(data_dir: Path, name: str, papers: Mapping[str, str]) -> Change:
    """A new list with papers (titles by id); where there is one of that name, they are added to it.

    Raises:
        Unreadable: the file has a mistake, cannot be written, or is full.
    """
    lists = kept_lists(data_dir)
    same = [one.key for one in lists if one.name.casefold() == name.casefold()]
    if same:
        return add(data_dir, same[0], papers)
    if len(lists) >= LISTS_AT_MOST:
        raise Unreadable(f"There are {LISTS_AT_MOST} lists, and no more are kept; remove one first.")
    key = _key(name, {one.key for one in lists})

    def put(document: tomlkit.TOMLDocument) -> None:
        table = tomlkit.table()
        table["name"] = name
        table["papers"] = tomlkit.table()
        document[key] = table
        _put(document, data_dir, key, papers)

    return _change(data_dir, key, put)


def add(data_dir: Path, key: str, papers: Mapping[str, str]) -> Change:
    """Add papers (titles by id) to a list; those that it has stay as they are.

    Raises:
        Unreadable: the file has a mistake, has no such list, cannot be written, or is full.
    """
    return _change(data_dir, key, lambda document: _put(document, data_dir, key, papers))


def remove(data_dir: Path, key: str, paper_ids: Iterable[str]) -> Change:
    """Take papers off a list.

    Raises:
        Unreadable: the file has a mistake, has no such list, or cannot be written.
    """

    def take(document: tomlkit.TOMLDocument) -> None:
        papers = _table(document, data_dir, key).get("papers", {})
        for paper_id in paper_ids:
            if paper_id in papers:
                del papers[paper_id]

    return _change(data_dir, key, take)


def rename(data_dir: Path, key: str, name: str) -> Change:
    """Give a list another name; its key, and with it every link to it, stays.

    Raises:
        Unreadable: another list has that name; the file has a mistake, has no such list, or cannot be written.
    """
    if any(one.name.casefold() == name.casefold() and one.key != key for one in kept_lists(data_dir)):
        raise Unreadable(f"Another list is called {name} already; choose another name.")

    def put(document: tomlkit.TOMLDocument) -> None:
        _table(document, data_dir, key)["name"] = name

    return _change(data_dir, key, put)


def drop(data_dir: Path, key: str) -> Change:
    """Keep a list no longer.

    Raises:
        Unreadable: the file has a mistake, has no such list, or cannot be written.
    """

    def take(document: tomlkit.TOMLDocument) -> None:
        _table(document, data_dir, key)
        del document[key]

    return _change(data_dir, key, take)


def undo(data_dir: Path, change: Change) -> None:
    """Take a change back.

    Raises:
        Unreadable: the file was changed since, or cannot be written.
    """
    kept.undo(data_dir / LISTS_NAME, change.before, change.after)


def _change(data_dir: Path, key: str, changed: Callable[[tomlkit.TOMLDocument], None]) -> Change:
    kept_lists(data_dir)  # raises where there is a mistake
    return Change(key, *kept.change(data_dir / LISTS_NAME, changed))


def _put(document: tomlkit.TOMLDocument, data_dir: Path, key: str, papers: Mapping[str, str]) -> None:
    table = _table(document, data_dir, key)
    listed = table.setdefault("papers", tomlkit.table())
    for paper_id, title in papers.items():
        listed.setdefault(paper_id, title[:_TITLE_AT_MOST])
    if sum(len(one.get("papers", {})) for one in document.values()) > PAPERS_AT_MOST:
        raise Unreadable(f"Lists keep {PAPERS_AT_MOST:,} papers together; take some off first.")


def _table(document: tomlkit.TOMLDocument, data_dir: Path, key: str) -> Any:
    if key not in document:
        raise Unreadable(f"{data_dir / LISTS_NAME} has no list [{key}] any more; choose another.")
    return document[key]


def _key(name: str, taken: set[str]) -> str:
    """A name as the URL writes it, such as to-read; numbered where another list has it."""
    plain = unicodedata.normalize("NFKD", name).casefold().encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_KEY_AT_MOST].strip("-") or "list"
    numbered = (f"{key}-{number}" for number in range(2, LISTS_AT_MOST + 3))
    return key if key not in taken else next(one for one in numbered if one not in taken)
