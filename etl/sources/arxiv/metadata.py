"""arXiv: what one record of its metadata means.

Two shapes hold the same: a line of the public snapshot (JSON), and an `arXivRaw` record of the OAI-PMH interface (XML),
which `oai` turns into such an object first. `arXivRaw` it is because `arXiv`, the other format, gives its date of
creation for the latest version only.
See https://info.arxiv.org/help/oa/index.html and https://www.kaggle.com/datasets/Cornell-University/arxiv.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from etl.errors import InputError
from etl.records import Raw, Reject, shorten
from etl.sources.arxiv.text import names, tidy, unaccented

NAME = "arxiv"

_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")  # since April 2007, and before
_SET = re.compile(r"[A-Za-z0-9\-]+(?::[A-Za-z0-9.\-]+){0,2}")
_CATEGORY = re.compile(r"([a-z-]+)\.([A-Za-z-]+)")
_CATEGORY_LENGTH = 50  # what is longer is none, and is not to be kept
_GROUPS = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})  # all others belong to physics
_MONTHS = {
    name: n
    for n, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}


def raw(record: object, origin: str) -> Raw | Reject:
    """A record under our field names, or a Reject where its shape is not that of arXiv's.

    Args:
        record: a line of the snapshot, or an object of that shape.
        origin: where it was found.
    """
    if not isinstance(record, Mapping):
        return refused("the record is no object", record, origin)
    try:
        return Raw(fields(record), NAME, origin)
    except NotArxiv as error:
        return refused(str(error), record, origin)
    except (AttributeError, TypeError, ValueError, LookupError) as error:
        return refused(f"fields have unexpected types: {error}", record, origin)


def refused(reason: str, record: object, origin: str) -> Reject:
    """A Reject of this source."""
    return Reject(f"{NAME}: {origin}", reason, shorten(record))


class NotArxiv(Exception):
    """A record that is none of arXiv's; its text says why."""


def fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record under our field names.

    Raises:
        NotArxiv: its id is not arXiv's.
        AttributeError, TypeError, ValueError, LookupError: a field is of another type than arXiv's.
    """
    arxiv_id = bare_id(record.get("id"))
    versions = record.get("versions") or ()
    return {
        "id": arxiv_id,
        "arxiv_id": arxiv_id,
        "doi": _first_word(record.get("doi")),
        "title": _line(record.get("title")),
        "abstract": _paragraphs(record.get("abstract")),
        "authors": _authors(record),
        "published_on": _day(versions[0]["created"]) if versions else None,
        "updated_on": _day(versions[-1]["created"]) if versions else record.get("update_date"),
        "categories": _words(record.get("categories")),
        "remark": record.get("comments"),
        "journal_ref": record.get("journal-ref"),
        "url": f"https://arxiv.org/abs/{arxiv_id}",
    }


def bare_id(given: object) -> str:
    """An arXiv id without its version, of the new style (2503.00001) or the old one (hep-th/9901001).

    Raises:
        NotArxiv: it is of neither.
    """
    found = _ID.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise NotArxiv("id is missing" if given is None else f"id is {str(given)[:40]!r}, not one of arXiv's")
    return found.group(1)


def published_on(fields: Mapping[str, Any]) -> date | None:
    """The day of the first version, where `fields` could read it."""
    day = fields["published_on"]
    return day if isinstance(day, date) else None


def _line(text: str | None) -> str | None:
    return unaccented(text) if text is not None else None


def _paragraphs(text: str | None) -> str | None:
    """An abstract without its line breaks, but for those before an indented line: there arXiv begins a paragraph."""
    if text is None:
        return None
    text = text.strip()
    return unaccented(text.replace("\n  ", "\r").replace("\n", " ").replace("\r", "\n"))


def _authors(record: Mapping[str, Any]) -> list[str] | None:
    """Names as 'Forenames Keyname Suffix'; from the author line where arXiv has not split it."""
    split: Sequence[Sequence[str]] | None = record.get("authors_parsed")
    if split:
        return [_name(author) for author in split]
    line = record.get("authors")
    return names(line) if line is not None else None


def _name(parts: Sequence[str]) -> str:
    """Of key name, forenames, suffix and affiliations."""
    if not isinstance(parts, list):
        raise TypeError(f"an author is a {type(parts).__name__}, not a list")
    keyname, forenames, suffix = (*parts[:3], "", "")[:3]
    return tidy(unaccented(f"{forenames} {keyname} {suffix}").replace("~", " "))


def _words(text: str | None) -> list[str] | None:
    return text.split() if text is not None else None


def _first_word(text: str | None) -> str | None:
    """Of several DOIs, the first."""
    words = text.split() if text is not None else []
    return words[0].rstrip(",;") if words else None


@lru_cache(maxsize=20_000)
def _day_of(day: str, month: str, year: str) -> date:
    return date(int(year), _MONTHS[month], int(day))


def day_of(text: str) -> date | None:
    """The day of '2 Apr 2007'; None where there is no such day."""
    try:
        return _day_of(*text.split())
    except (ValueError, LookupError):
        return None


def _day(moment: str) -> date | str:
    """The day of 'Mon, 2 Apr 2007 19:18:42 GMT'; as it is where it is written in another way."""
    try:
        _, day, month, year, _, zone = moment.split()
        return _day_of(day, month, year) if zone == "GMT" else moment
    except (ValueError, LookupError):
        return moment


# ---- sets: what OAI-PMH calls the parts of arXiv ----


def as_set(text: str) -> str:
    """The set that a user names, as OAI-PMH writes it: 'cs:cs:CL' as it is, 'cs.CL' and 'hep-th' as the set they are.

    Raises:
        InputError: there can be no set of that name.
    """
    if category := _CATEGORY.fullmatch(text):
        archive, subject = category.groups()
        return f"{_group(archive)}:{archive}:{subject}"
    if not _SET.fullmatch(text):
        raise InputError(f"--set {text} is no set of arXiv; write one such as cs, cs:cs:CL or cs.CL.")
    return text if ":" in text or text in _GROUPS or text == "physics" else f"physics:{text}"


def _group(archive: str) -> str:
    return archive if archive in _GROUPS else "physics"


def in_sets(categories: Collection[str] | None, sets: Collection[str]) -> bool:
    """Whether a paper of these categories belongs to one of the sets."""
    return any(
        _holds(wanted, category[:_CATEGORY_LENGTH]) for category in categories or () for wanted in sets
    )


@lru_cache(maxsize=20_000)
def _holds(wanted: str, category: str) -> bool:
    archive, _, subject = category.partition(".")
    parts = [_group(archive), archive, subject][: 3 if subject else 2]
    return parts[: wanted.count(":") + 1] == wanted.split(":")
