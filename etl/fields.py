"""The rules for the values of a record, one function a kind: what is unknown, what is cut, and what is refused.

A rule takes a value as its source gives it and today's date, and gives the clean value, None where nothing is known.
It raises ValueError with the end of a sentence ("is -3, below zero") where the value cannot be. Nearly all values are
clean as they come, and a run may read millions, so each rule first looks whether there is anything to do.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

# Bounds keep one hostile record from weighing on everybody; what is longer is cut, not refused.
TITLE_LENGTH = 1_000
ABSTRACT_LENGTH = 20_000
NAME_LENGTH = 300
REMARK_LENGTH = 1_000
AUTHORS_KEPT = 5_000
WORDS_KEPT = 100
RAW_LENGTH = 2_000
LARGEST_COUNT = 2**31 - 1  # what an INTEGER column holds
EARLIEST = date(1900, 1, 1)

Rule = Callable[[Any, date], Any]

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # the category Cc, without line break and tabulator
_UNCLEAN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ASCII_CONTROLS = bytes(code for code in range(128) if _CONTROLS.match(chr(code)))
_ASCII_MARKS = bytes(code for code in range(128) if not chr(code).isalnum())
_ASCII_MARKS_IN_NAMES = bytes(code for code in _ASCII_MARKS if code not in b" \t\n")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?\s*(10\.\d[\d.]*/\S+)", re.I)
_DATE_FORMATS = ("%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d.%m.%Y", "%Y-%m")
_INTERNET_DATE = re.compile(
    r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}"
)  # RFC 5322, as in 'Mon, 2 Apr 2007 …'
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "phd", "md"}  # what follows a comma without being a forename


class Author(NamedTuple):
    """An author's name as given; `hidden` where the source keeps them out of its lists."""

    name: str
    hidden: bool = False


# ---- text ----


def is_missing(value: object) -> bool:
    """True for what a file writes where it knows nothing: nothing, blank text, or NaN."""
    if value is None or (isinstance(value, str) and (not value or value.isspace())):
        return True
    return isinstance(value, float) and math.isnan(value)


def clean(text: object, length: int) -> str:
    """Text without control characters and lone surrogates, line breaks kept, at most `length` characters."""
    if not isinstance(text, str):
        if isinstance(text, (bytes, bytearray, Mapping, list, tuple, set)):
            raise ValueError(f"is a {type(text).__name__}, not text")
        text = str(text)
    if len(text) <= length and _is_clean(text):
        return text.strip()
    # Room for what is dropped, so that a 10 MB abstract is not walked to its end.
    text = text[: 2 * length].encode("utf-8", "replace").decode("utf-8")
    kept = _CONTROLS.sub(" ", text).strip()
    return kept if len(kept) <= length else kept[: length - 1].rstrip() + "…"


def _is_clean(text: str) -> bool:
    if text.isascii():  # five times as fast as the pattern
        plain = text.encode("ascii")
        return len(plain.translate(None, _ASCII_CONTROLS)) == len(plain)
    return _UNCLEAN.search(text) is None


def one_line(text: object, length: int) -> str:
    """Clean text with every run of white space folded into one space."""
    # What is printable is clean, and the space itself is its only white space.
    if isinstance(text, str) and len(text) <= length and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(clean(text, length).split())


def title_key(title: str) -> str:
    """The title as two spellings of it compare: letters and digits only, case and width folded."""
    if title.isascii():
        return title.lower().encode("ascii").translate(None, _ASCII_MARKS).decode("ascii") or title.lower()
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(c for c in folded if c.isalnum()) or folded


@lru_cache(maxsize=200_000)
def name_key(name: str) -> str:
    """A person's name as two spellings of it are counted as one.

    Case is folded, accents and punctuation dropped, white space folded, and 'Curie, Marie' turned round. Initials are
    not expanded: 'M. Curie' and 'Marie Curie' may be two people.
    """
    if name.isascii() and name.replace(" ", "").isalnum():
        return " ".join(name.lower().split())  # nothing to drop or to turn round
    family, comma, given = name.partition(",")
    if comma and "," not in given and given.strip(" .").casefold() not in _SUFFIXES:
        name = f"{given} {family}"
    if name.isascii():
        key = name.lower().encode("ascii").translate(None, _ASCII_MARKS_IN_NAMES).decode("ascii")
    else:
        folded = unicodedata.normalize("NFKD", name).casefold()
        key = "".join(c for c in folded if c.isalnum() or c.isspace())
    return " ".join(key.split()) or name.casefold()


def title(value: object, _: date) -> str:
    """A title, on one line; a record must have one."""
    if is_missing(value):
        raise ValueError("is missing")
    text = one_line(value, TITLE_LENGTH)
    if not text:
        raise ValueError("is empty")
    return text


def line(value: object, _: date) -> str | None:
    """A short text, on one line."""
    return None if is_missing(value) else one_line(value, NAME_LENGTH) or None


def remark(value: object, _: date) -> str | None:
    """A longer text, on one line."""
    return None if is_missing(value) else one_line(value, REMARK_LENGTH) or None


def abstract(value: object, _: date) -> str | None:
    """A text of several lines."""
    return None if is_missing(value) else clean(value, ABSTRACT_LENGTH) or None


def link(value: object, _: date) -> str | None:
    """An address. A line break within it means nothing, as in a browser (https://url.spec.whatwg.org)."""
    if isinstance(value, str) and not value.isprintable():
        value = re.sub(r"[\t\r\n]", "", value)
    return None if is_missing(value) else one_line(value, RAW_LENGTH) or None


def doi(value: object, today: date) -> str | None:
    """A DOI without its resolver, in lower case, since case means nothing in it (of several the first).

    What is no DOI ('n/a') is nothing known: it would make one paper of all that have it.
    """
    text = line(value, today)
    found = _DOI.match(text) if text else None
    return found.group(1).lower() if found else None


# ---- numbers and days ----


def count(value: object, _: date) -> int | None:
    """A whole number not below zero; '1,234' and 3.0 are fine, True and 2.5 are not."""
    if is_missing(value):
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        number = int(value.replace(",", "").strip()) if isinstance(value, str) else int(value)  # type: ignore[call-overload]
        if isinstance(value, float) and value != number:
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"is {str(value)[:40]!r}, not a whole number") from None
    if number < 0:
        raise ValueError(f"is {_shown(number)}, below zero")
    if number > LARGEST_COUNT:
        raise ValueError(f"is {_shown(number)}, more than can be true")
    return int(number)


def _shown(number: int) -> str:
    """A number as text; Python refuses to write out very long ones."""
    return str(number) if abs(number) < 10**40 else f"a number of {number.bit_length()} bits"


def moment(value: object, today: date) -> datetime | None:
    """A point in time as naive UTC, neither before EARLIEST nor after tomorrow: today is tomorrow already somewhere."""
    try:
        found = parse_moment(value)
    except OverflowError:
        raise ValueError(f"is {str(value)[:40]!r}, not a date") from None
    if found and not EARLIEST <= found.date() <= today + timedelta(days=1):
        when = "in the future by this computer's clock" if found.date() > today else f"before {EARLIEST.year}"
        raise ValueError(f"is {found.date()}, {when}")
    return found


def known_moment(value: object, today: date) -> datetime:
    """A point in time that must be known."""
    found = moment(value, today)
    if found is None:
        raise ValueError("is missing" if is_missing(value) else f"is {str(value)[:40]!r}, not a day")
    return found


def day(value: object, today: date) -> date | None:
    """The day of a point in time, in UTC."""
    if type(value) is date and EARLIEST <= value <= today:
        return value
    found = moment(value, today)
    return found.date() if found else None


def parse_moment(value: object) -> datetime | None:
    """A point in time as naive UTC, from what files hold; None where missing, or where only a year is known.

    A bare year is no day: to call it 1 January would plant a peak in every January.

    Raises:
        ValueError: the value is not a date, or is ambiguous (03/04/2024).
        OverflowError: it lies outside the years that a date can have.
    """
    if isinstance(value, str):
        found = _from_text(value) if len(value) < NAME_LENGTH else _no_date(value)
    elif is_missing(value) or _is_no_time(value):
        return None
    elif isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    else:
        raise ValueError(f"is a {type(value).__name__}, not a date")
    return found.astimezone(UTC).replace(tzinfo=None) if found and found.tzinfo else found


def _is_no_time(value: object) -> bool:
    """True for the NaT of pandas, which calls itself a datetime."""
    return isinstance(value, date) and str(value) == "NaT"


def _from_number(value: int | float) -> datetime | None:
    if EARLIEST.year <= value <= 9999:
        return None  # a year
    try:
        seconds = value / 1000 if abs(value) >= 1e11 else value  # pandas writes milliseconds
        if abs(seconds) >= 1e8:
            return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        pass
    shown = _shown(value) if isinstance(value, int) else value
    raise ValueError(f"is {shown}, not a date")


@lru_cache(maxsize=20_000)  # most files have few days and many papers
def _from_text(given: str) -> datetime | None:
    text = given.strip()
    if not text or text == "NaT" or re.fullmatch(r"\d{4}(\.0)?", text):
        return None
    if not _INTERNET_DATE.match(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
        for form in _DATE_FORMATS:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return _no_date(text)


def _no_date(text: str) -> datetime:
    raise ValueError(f"is {text[:40]!r}, not a date (write YYYY-MM-DD)")


# ---- lists ----


def authors(value: object, _: date) -> tuple[Author, ...] | None:
    """Authors as given, in order, repeated names among them; None where unknown.

    An element is a name, or a mapping with `name` and perhaps `hidden`.
    """
    if is_missing(value):
        return None
    if isinstance(value, str):
        value = split_names(value)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise ValueError(f"is a {type(value).__name__}, not a list of names")
    return tuple(author for item in value if (author := _author(item)).name) or None


def _author(item: object) -> Author:
    """An author; one without a name where there is none."""
    if isinstance(item, str):
        return Author(one_line(item, NAME_LENGTH))
    name, hidden = (
        (item.get("name"), item.get("hidden") is True) if isinstance(item, Mapping) else (item, False)
    )
    return Author("" if is_missing(name) else one_line(name, NAME_LENGTH), hidden)


def split_names(text: str) -> list[str]:
    """A byline as names: split at semicolons, else BibTeX's 'and', else commas and a last 'and'."""
    if text.lstrip().startswith("["):
        try:
            return list(json.loads(text.replace("'", '"') if '"' not in text else text))
        except (ValueError, TypeError, RecursionError):
            pass
    if ";" in text:
        return text.split(";")
    # Where white space is folded, no run of it is looked through from each of its places.
    people = re.split(r" (?:and|&) ", " ".join(text.split()))
    if len(people) > 1 and all(person.count(",") == 1 for person in people):
        return people  # 'Curie, Marie and Noether, Emmy'
    return [name for person in people for name in person.split(",")]


def words(value: object, _: date) -> tuple[str, ...]:
    """Words or short phrases; a text is split at commas and semicolons."""
    return _listed(re.split("[;,]", value) if isinstance(value, str) else value)


def categories(value: object, _: date) -> tuple[str, ...]:
    """Codes of a classification such as arXiv's, the primary one first; a text is split at spaces as well."""
    if not isinstance(value, str):
        return _listed(value)
    return _codes(value) if len(value) < NAME_LENGTH else _codes.__wrapped__(value)  # what is kept is short


@lru_cache(maxsize=20_000)
def _codes(text: str) -> tuple[str, ...]:
    return _listed(re.split(r"[;,\s]+", text))


def _listed(value: object) -> tuple[str, ...]:
    if is_missing(value):
        return ()
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise ValueError(f"is a {type(value).__name__}, not a list of words")
    given = (one_line(word, NAME_LENGTH) for word in value if not is_missing(word))
    return tuple(islice(filter(None, given), WORDS_KEPT))
