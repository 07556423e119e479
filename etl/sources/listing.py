"""Source `listing`: the results page of Daily Papers as a person saves it, as text or as HTML.

A page is a heading with the page's own date, and then one entry a paper:

    title
    abstract
    "5 authors", or an organisation's handle and name
    ·
    a date, its year left out where it is the page's own, and the number of comments where there are any

The last three lines, here called the foot, may be missing. Of an HTML page only the text is used, and the links of
titles, which hold the papers' arXiv ids. Nothing is guessed: the page tells no names of authors, no upvotes and no day
of listing, so these stay unknown.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from bs4.exceptions import ParserRejectedMarkup

from etl.errors import InputError
from etl.records import Raw, Reject, shorten
from etl.sources import bounds, formats
from etl.sources.catalogue import Request

NAME = "listing"
ENDINGS = (".txt", ".html", ".htm")

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_DATE = re.compile(
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+(\d{1,2})(?:,\s*([12]\d{3}))?(?:\s+(\d[\d,]{,12}))?"
)
_AUTHORS = re.compile(r"(?:[•*·-]\s*)?(\d[\d,]{,12})\s+authors?")
_NUMBER = re.compile(r"\d[\d,]{,12}")
_DOT = "·"
_PAPER_LINK = re.compile(r"(?:^|huggingface\.co)/papers/([^/?#]+)/?$")
_LONGEST_TITLE = 300
_SHORTEST_PROSE = 100
_HEADING = "daily papers"
_HEADING_LINES = 4  # within which the page's own date follows


class Line(NamedTuple):
    """A line of a page; those of one `paragraph` have no blank line between them."""

    text: str
    paragraph: int
    paper: str | None = None  # the id in the link that it is


class Day(NamedTuple):
    """A date as the page has it; `year` is None where it is left out."""

    month: int
    day: int
    year: int | None

    def within(self, year: int) -> date | None:
        """The date, its year left out being `year`; None where there is no such day."""
        try:
            return date(self.year or year, self.month, self.day)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{calendar.month_abbr[self.month]} {self.day}" + (f", {self.year}" if self.year else "")


@dataclass
class Entry:
    """A paper of the page, as far as the page tells."""

    title: str = ""
    abstract: str | None = None
    authors_count: int | None = None
    organization: str | None = None
    day: Day | None = None
    comments: int | None = None
    paper: str | None = None
    leftover: str = ""  # text that is no entry


@dataclass
class Page:
    """What a page holds; `day` is its own date."""

    day: Day | None = None
    entries: list[Entry] = field(default_factory=list)


@contextmanager
def opened(request: Request) -> Iterator[ListingSource]:
    """The pages asked for."""
    yield ListingSource(request.inputs, request.options.get("page_date"))


class ListingSource:
    """The papers of saved pages.

    Args:
        inputs: .txt or .html files, folders of them, or globs.
        page_date: the day the pages were saved; else the page's own date, in the year that it implies.

    Raises:
        InputError: nothing there that can be read.
    """

    name = NAME

    def __init__(self, inputs: list[str], page_date: date | None = None) -> None:
        self.paths = formats.find_all(inputs, ENDINGS)
        self._page_date = page_date

    @property
    def coverage(self) -> Mapping[str, tuple[date, date]]:
        """None: a page of results says nothing about the days that it was asked for."""
        return {}

    def records(self) -> Iterator[Raw | Reject]:
        """Every entry of every page, in the order of the files' names.

        Raises:
            InputError: dates lack a year, and the page does not imply it.
        """
        for path in self.paths:
            try:
                page = read_page(path)
            except (OSError, ParserRejectedMarkup, bounds.TooLarge) as error:
                yield Reject(
                    f"{NAME}: {path.name}", f"the page cannot be read: {shorten(str(error))}", path.name
                )
                continue
            yield from self._of(page, path)

    def _of(self, page: Page, path: Path) -> Iterator[Raw | Reject]:
        saved = self._page_date or saved_on(page) or formats.day_in_name(path)
        seen = datetime(saved.year, saved.month, saved.day) if saved else formats.modified_at(path)
        if not page.entries:
            yield Reject(f"{NAME}: {path.name}", "the page holds no entry of a listing", path.name)
        for number, entry in enumerate(page.entries, start=1):
            origin = f"{path.name}, entry {number}"
            if saved is None and entry.day and entry.day.year is None:
                raise InputError(
                    f"{path.name} leaves the year out of {entry.day} and does not imply it; give the day it was saved, "
                    "--page-date YYYY-MM-DD."
                )
            refusal = _refusal(entry, saved)
            if refusal:
                yield Reject(f"{NAME}: {origin}", refusal, shorten(entry.leftover or entry.title))
            else:
                yield Raw(_fields(entry, saved), NAME, origin, seen)


def saved_on(page: Page) -> date | None:
    """The page's own date, in the earliest year in which it is not before any other date of the page.

    None where the page has no date of its own, or no date with a year by which to tell.
    """
    own = page.day
    days = [entry.day for entry in page.entries if entry.day]
    dated = [day.within(day.year) for day in days if day.year]
    latest = max((day for day in dated if day), default=None)
    if own is None or (own.year is None and latest is None):
        return None
    first = own.year or (latest.year if latest else 0)
    for year in range(
        first, first + 1 if own.year else first + 9
    ):  # leap years are eight years apart at most
        day = own.within(year)
        exist = day and all(other.within(year) for other in days if (other.month, other.day) == (2, 29))
        if day and exist and (own.year or not latest or day >= latest):
            return day
    return None


def _refusal(entry: Entry, saved: date | None) -> str | None:
    """Why an entry cannot be used, if so."""
    if not entry.title:
        return "the text belongs to no entry" if entry.leftover else "the entry has no title"
    if entry.day and entry.day.year is None and saved:
        day = entry.day.within(saved.year)
        # Elsewhere it may be tomorrow already.
        if day and day > saved + timedelta(days=1):
            return f"its date {entry.day} comes after the page's own, {saved}"
    return None


def _fields(entry: Entry, saved: date | None) -> dict[str, Any]:
    day = entry.day
    return {
        "id": entry.paper,
        "title": entry.title,
        "abstract": entry.abstract,
        "authors_count": entry.authors_count,
        "organization": entry.organization,
        # A day that no calendar has is told as it stands, for the validation to refuse.
        "published_on": day and (day.within(saved.year if saved else 0) or str(day)),
        "comments": entry.comments,
        "url": f"https://huggingface.co/papers/{entry.paper}" if entry.paper else None,
    }


# ---- from a file to lines ----


def read_page(path: Path) -> Page:
    """The entries of a saved page.

    Raises:
        OSError, ParserRejectedMarkup: it cannot be read.
    """
    if path.suffix.lower() == ".txt":
        return page_of(lines_of_text(formats.text_of(path)))
    return page_of(lines_of_html(path.read_bytes()))


def lines_of_text(text: str) -> list[Line]:
    """The lines of a page saved as text, blank ones left out."""
    return _lines((line, None) for line in text.splitlines())


_UNSEEN = {"head", "script", "style", "noscript", "template", "svg", "nav", "footer", "button", "form"}
_PARAGRAPHS = {"p", "article", "section", "main", *(f"h{level}" for level in range(1, 7))}
_LINES = {"div", "li", "ul", "ol", "br", "tr", "header", "body"}
_WORDS = {"a", "time", "span"}  # what stands beside each other in a foot


def lines_of_html(content: bytes) -> list[Line]:
    """The lines of a page saved as HTML, as a browser would copy them: an image is its alternative text."""
    soup = BeautifulSoup(content, "html.parser")
    pieces: list[tuple[str, str | None]] = [("", None)]
    paper: str | None = None  # that the link under way is of
    for element, ends in _walk(soup):
        if isinstance(element, Tag):
            if element.name == "a":
                paper = None if ends else _paper(element)
            if element.name in _PARAGRAPHS:
                pieces += [("", None), ("", None)]
            elif element.name in _LINES:
                pieces.append(("", None))
            elif element.name == "img" and not ends:
                _append(pieces, f" {element.get('alt') or ''} ", None)
            elif element.name in _WORDS:
                _append(pieces, " ", None)
        elif type(element) is NavigableString:
            _append(pieces, str(element), paper)
    return _lines((" ".join(text.split()), paper) for text, paper in pieces)


def _walk(soup: BeautifulSoup) -> Iterator[tuple[PageElement, bool]]:
    """Every element that is seen, tags at their start and (True) at their end, without recursion."""
    waiting: list[tuple[PageElement, bool]] = [(soup, False)]
    while waiting:
        element, ends = waiting.pop()
        yield element, ends
        if isinstance(element, Tag) and not ends:
            waiting.append((element, True))
            waiting += [
                (child, False)
                for child in reversed(element.contents)
                if not (isinstance(child, Tag) and child.name in _UNSEEN)
            ]


def _append(pieces: list[tuple[str, str | None]], text: str, paper: str | None) -> None:
    before, known = pieces[-1]
    pieces[-1] = (before + text, known or (paper if text.strip() else None))


def _paper(link: Tag) -> str | None:
    """The id of the paper that a link leads to."""
    found = _PAPER_LINK.search(str(link.get("href") or ""))
    return found.group(1) if found else None


def _lines(pieces: Iterable[tuple[str, str | None]]) -> list[Line]:
    """Lines trimmed, blank ones counted as ends of paragraphs, and a foot in one line taken apart."""
    lines: list[Line] = []
    paragraph = 0
    for piece, paper in pieces:
        text = piece.strip()
        if not text:
            paragraph += 1
            continue
        before, dot, after = text.rpartition(_DOT)
        if dot and len(text) <= _LONGEST_TITLE and _DATE.fullmatch(after.strip()):
            lines += [Line(part, paragraph) for part in (before.strip(), dot, after.strip()) if part]
        else:
            lines.append(Line(text, paragraph, paper))
    return lines


# ---- from lines to entries ----


def page_of(lines: Sequence[Line]) -> Page:
    """The page that lines make up."""
    day, start = _heading(lines)
    page = Page(day)
    text: list[Line] = []
    place = start
    while place < len(lines):
        foot, length = _foot(lines, place, text)
        if foot is None:
            text.append(lines[place])
            place += 1
            continue
        page.entries += _entries(text, foot)
        text = []
        place += length
    page.entries += _entries(text, None)
    return page


def _heading(lines: Sequence[Line]) -> tuple[Day | None, int]:
    """The page's own date, and the number of the line where entries begin."""
    if lines and (found := _DATE.fullmatch(lines[0].text)):
        return _day(found), 1
    begin = 0
    for place, line in enumerate(lines):
        if line.text.lower() == _HEADING:
            begin = place + 1
            for after in range(begin, min(begin + _HEADING_LINES, len(lines))):
                if found := _DATE.fullmatch(lines[after].text):
                    return _day(found), after + 1
        elif line.text == _DOT or _AUTHORS.fullmatch(line.text):
            break
    if begin and begin < len(lines) and lines[begin].text.startswith("by"):
        begin += 1  # the line that says who chose the papers
    return None, begin


def _day(found: re.Match[str]) -> Day:
    month, day, year, _ = found.groups()
    return Day(_MONTHS[month.lower()], int(day), int(year) if year else None)


def _foot(lines: Sequence[Line], place: int, text: Sequence[Line]) -> tuple[Entry | None, int]:
    """What the foot that begins at a line says, and how many lines it has; None where none begins there.

    Args:
        lines: of the page.
        place: of the line.
        text: the lines of the entry so far.
    """
    foot = Entry()
    at = place
    if found := _AUTHORS.fullmatch(lines[at].text):
        foot.authors_count = int(found.group(1).replace(",", "")) or None
        at += 1
    elif _is_organization(lines, at, text):
        foot.organization = _organization(lines[at].text)
        at += 1
    if at < len(lines) and lines[at].text == _DOT:
        at += 1
    if at < len(lines) and (found := _DATE.fullmatch(lines[at].text)):
        foot.day = _day(found)
        comments = found.group(4)
        at += 1
        if comments is None and at < len(lines) and _NUMBER.fullmatch(lines[at].text):
            comments = lines[at].text  # in HTML it is an element of its own
            at += 1
        foot.comments = int(comments.replace(",", "")) if comments else None
    elif foot.authors_count is None and not _AUTHORS.fullmatch(lines[place].text):
        return None, 0
    return foot, at - place


def _is_organization(lines: Sequence[Line], place: int, text: Sequence[Line]) -> bool:
    """True for a short line between an abstract and the dot before a date."""
    line, after = lines[place], lines[place + 1 : place + 3]
    if len(after) < 2 or after[0].text != _DOT or not _DATE.fullmatch(after[1].text) or not text:
        return False
    if line.paragraph == after[0].paragraph != text[-1].paragraph:
        return True
    has_abstract = len({other.paragraph for other in text}) > 1
    return has_abstract and len(line.text) < _SHORTEST_PROSE and not line.text.endswith(".")


def _organization(text: str) -> str:
    """The name in a handle (one word, the alternative text of a picture) followed by a name."""
    return text.split(maxsplit=1)[-1]


def _entries(lines: Sequence[Line], foot: Entry | None) -> list[Entry]:
    """The entries that the text before a foot holds: the last one has the foot, those before it have none.

    Text that is followed by no foot and has no abstract is no entry, and kept as left over.
    """
    paragraphs = _paragraphs(lines)
    starts = _starts(paragraphs)
    if not paragraphs:
        return [foot] if foot else []
    entries = []
    for start, end in zip(starts, [*starts[1:], len(paragraphs)], strict=True):
        entry = foot if foot and end == len(paragraphs) else Entry()
        (entry.title, entry.paper), *rest = paragraphs[start:end]
        entry.abstract = "\n\n".join(text for text, _ in rest) or None
        if entry is not foot and not entry.paper and not (rest and _is_prose(rest[0][0])):
            entry.leftover = "\n\n".join([entry.title, *(text for text, _ in rest)])
            entry.title = ""
        entries.append(entry)
    return entries


def _paragraphs(lines: Sequence[Line]) -> list[tuple[str, str | None]]:
    """Lines joined to paragraphs, each with the id of the paper that it links to."""
    joined: dict[int, list[Line]] = {}
    for line in lines:
        joined.setdefault(line.paragraph, []).append(line)
    return [
        (" ".join(line.text for line in part), next((line.paper for line in part if line.paper), None))
        for part in joined.values()
    ]


def _starts(paragraphs: Sequence[tuple[str, str | None]]) -> list[int]:
    """Where entries begin: at linked titles, else at the first paragraph and wherever a title stands before prose."""
    if any(paper for _, paper in paragraphs):
        linked = [place for place, (_, paper) in enumerate(paragraphs) if paper]
        return sorted({0, *linked})
    starts = [0]
    for place, ((text, _), (after, _)) in enumerate(pairwise(paragraphs)):
        if place >= starts[-1] + 2 and _is_title(text) and _is_prose(after):
            starts.append(place)
    return starts


def _is_title(text: str) -> bool:
    return len(text) <= _LONGEST_TITLE and not text.endswith((".", ":", ",", ";")) and "://" not in text


def _is_prose(text: str) -> bool:
    return len(text) >= _SHORTEST_PROSE or text.endswith((".", "!"))
