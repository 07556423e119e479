"""The typed records that sources yield, and the validation at the edge.

A source yields `Raw` records (its own field names already turned into ours) and `Reject`s for what it could not
even read. `validated` turns a Raw into a `Paper`, a RawSighting into a `Sighting` of a paper that is known already, or
either into a Reject with the reason.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

# Bounds keep one hostile record from weighing on everybody; what is longer is cut, not refused.
TITLE_LENGTH = 1_000
ABSTRACT_LENGTH = 20_000
NAME_LENGTH = 300
AUTHORS_KEPT = 5_000
RAW_LENGTH = 2_000
LARGEST_COUNT = 2**31 - 1  # what an INTEGER column holds
EARLIEST = date(1900, 1, 1)

Model = TypeVar("Model", bound=BaseModel)

ARXIV_ID = re.compile(
    r"(?:^|arxiv[:.]|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})", re.I
)
_DATE_FORMATS = ("%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d.%m.%Y", "%Y-%m")


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as its source gives it, under our field names.

    `observed_at` (naive UTC) is when the counters were read, for records that do not say it themselves.
    """

    fields: Mapping[str, Any]
    source: str
    origin: str = ""
    observed_at: datetime | None = None

    @property
    def where(self) -> str:
        """The source, with the place in it where known."""
        return f"{self.source}: {self.origin}" if self.origin else self.source


@dataclass(frozen=True, slots=True)
class RawSighting(Raw):
    """A look at the counters of a paper that should be known already: it names the paper and brings none."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record refused: where it came from, why (one sentence), and the record itself, shortened."""

    source: str
    reason: str
    raw: str


class Author(NamedTuple):
    """An author's name as given; `hidden` where the source keeps them out of its lists."""

    name: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class FetchedDay:
    """A day's list of a source: when it was fetched (naive UTC, to the second), and how many entries it had."""

    day: date
    fetched_at: datetime
    entries: int


@dataclass(frozen=True, slots=True)
class Harvest:
    """A span of days of one set of a source: the records last changed on them, and when it was made (naive UTC).

    Both days are included.
    """

    subset: str
    since: date
    until: date
    harvested_at: datetime
    records: int


def is_missing(value: object) -> bool:
    """True for what a file writes where it knows nothing: nothing, blank text, or NaN."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return isinstance(value, float) and math.isnan(value)


def clean(text: object, length: int) -> str:
    """Text without control characters and lone surrogates, line breaks kept, at most `length` characters."""
    if not isinstance(text, str):
        if isinstance(text, (bytes, bytearray, Mapping, list, tuple, set)):
            raise ValueError(f"is a {type(text).__name__}, not text")
        text = str(text)
    # Room for what is dropped, so that a 10 MB abstract is not walked to its end.
    text = text[: 2 * length].encode("utf-8", "replace").decode("utf-8")
    kept = "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else " " for c in text).strip()
    return kept if len(kept) <= length else kept[: length - 1].rstrip() + "…"


def one_line(text: object, length: int) -> str:
    """Clean text with every run of white space folded into one space."""
    return " ".join(clean(text, length).split())


def title_key(title: str) -> str:
    """The title as two spellings of it compare: letters and digits only, case and width folded."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(c for c in folded if c.isalnum()) or folded


def _title(value: object) -> str:
    if is_missing(value):
        raise ValueError("is missing")
    title = one_line(value, TITLE_LENGTH)
    if not title:
        raise ValueError("is empty")
    return title


def _line(value: object) -> str | None:
    return None if is_missing(value) else one_line(value, NAME_LENGTH) or None


def _link(value: object) -> str | None:
    """An address. A line break within it means nothing, as in a browser (https://url.spec.whatwg.org)."""
    if isinstance(value, str):
        value = re.sub(r"[\t\r\n]", "", value)
    return None if is_missing(value) else one_line(value, RAW_LENGTH) or None


def _abstract(value: object) -> str | None:
    return None if is_missing(value) else clean(value, ABSTRACT_LENGTH) or None


def _count(value: object) -> int | None:
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
        raise ValueError(f"is {number}, below zero")
    if number > LARGEST_COUNT:
        raise ValueError(f"is {number}, more than can be true")
    return int(number)


def parse_moment(value: object) -> datetime | None:
    """A point in time as naive UTC, from what files hold; None where missing, or where only a year is known.

    A bare year is no day: to call it 1 January would plant a peak in every January.

    Raises:
        ValueError: the value is not a date, or is ambiguous (03/04/2024).
    """
    if is_missing(value) or str(value) == "NaT":
        return None
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    elif isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"\d{4}(\.0)?", text):
            return None
        moment = _from_text(text)
    else:
        raise ValueError(f"is a {type(value).__name__}, not a date")
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _from_number(value: int | float) -> datetime | None:
    if EARLIEST.year <= value <= 9999:
        return None  # a year
    seconds = value / 1000 if abs(value) >= 1e11 else value  # pandas writes milliseconds
    if abs(seconds) < 1e8:
        raise ValueError(f"is {value}, not a date")
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"is {value}, not a date") from None


def _from_text(text: str) -> datetime:
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
    except (ValueError, TypeError):
        raise ValueError(f"is {text[:40]!r}, not a date (write YYYY-MM-DD)") from None


def _sane(moment: datetime | None, info: ValidationInfo) -> datetime | None:
    today: date = (info.context or {})["today"]
    if moment and not EARLIEST <= moment.date() <= today + timedelta(days=1):
        when = "in the future" if moment.date() > today else f"before {EARLIEST.year}"
        raise ValueError(f"is {moment.date()}, {when}")
    return moment


def _moment(value: object, info: ValidationInfo) -> datetime | None:
    try:
        return _sane(parse_moment(value), info)
    except OverflowError:
        raise ValueError(f"is {str(value)[:40]!r}, not a date") from None


def _known_moment(value: object, info: ValidationInfo) -> datetime:
    moment = _moment(value, info)
    if moment is None:
        raise ValueError("is missing" if is_missing(value) else f"is {str(value)[:40]!r}, not a day")
    return moment


def _day(value: object, info: ValidationInfo) -> date | None:
    moment = _moment(value, info)
    return moment.date() if moment else None


def _authors(value: object) -> tuple[Author, ...] | None:
    """Authors as given, in order, repeated names among them; None where unknown.

    An element is a name, or a mapping with `name` and perhaps `hidden`.
    """
    if is_missing(value):
        return None
    if isinstance(value, str):
        value = split_names(value)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise ValueError(f"is a {type(value).__name__}, not a list of names")
    given = (item if isinstance(item, Mapping) else {"name": item} for item in value)
    authors = tuple(
        Author(one_line(item["name"], NAME_LENGTH), item.get("hidden") is True)
        for item in given
        if not is_missing(item.get("name"))
    )
    return authors or None


def split_names(text: str) -> list[str]:
    """A byline as names: split at semicolons, else BibTeX's 'and', else commas and a last 'and'."""
    if text.lstrip().startswith("["):
        try:
            return list(json.loads(text.replace("'", '"') if '"' not in text else text))
        except (ValueError, TypeError):
            pass
    if ";" in text:
        return text.split(";")
    people = re.split(r"\s+(?:and|&)\s+", text)
    if len(people) > 1 and all(person.count(",") == 1 for person in people):
        return people  # 'Curie, Marie and Noether, Emmy'
    return [name for person in people for name in person.split(",")]


def _words(value: object) -> tuple[str, ...]:
    if is_missing(value):
        return ()
    if isinstance(value, str):
        value = re.split(r"[;,]", value)
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise ValueError(f"is a {type(value).__name__}, not a list of words")
    return tuple(one_line(word, NAME_LENGTH) for word in value if not is_missing(word))[:100]


Count = Annotated[int | None, BeforeValidator(_count)]
Day = Annotated[date | None, BeforeValidator(_day)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Line = Annotated[str | None, BeforeValidator(_line)]
Link = Annotated[str | None, BeforeValidator(_link)]


class Observation(BaseModel):
    """One look at a paper's counters."""

    model_config = ConfigDict(frozen=True)

    observed_at: Moment = None
    upvotes: Count = None
    comments: Count = None


class Sighting(BaseModel):
    """One look at the counters of a paper named by its arXiv id or by its paper_id, validated."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Line = None
    arxiv_id: Line = None
    observed_at: Annotated[datetime, BeforeValidator(_known_moment)]
    upvotes: Count = None
    comments: Count = None

    @model_validator(mode="after")
    def _says_something(self) -> Sighting:
        if self.id is None and self.arxiv_id is None:
            raise ValueError("arxiv_id is missing")
        if self.upvotes is None and self.comments is None:
            raise ValueError("upvotes is missing")
        return self

    @property
    def bare_arxiv_id(self) -> str | None:
        """The arXiv id without prefix and version, from the field of that name, else the id."""
        return _bare_arxiv_id(self.arxiv_id, self.id)


class Paper(BaseModel):
    """A paper, validated. Unknown values are None, never 0."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Line = None
    arxiv_id: Line = None
    doi: Line = None
    title: Annotated[str, BeforeValidator(_title)]
    abstract: Annotated[str | None, BeforeValidator(_abstract)] = None
    authors: Annotated[tuple[Author, ...] | None, BeforeValidator(_authors)] = None
    authors_count: Count = None
    published_on: Day = None
    listed_on: Day = None
    organization: Line = None
    submitter: Line = None
    repository: Link = None
    repository_stars: Count = None
    keywords: Annotated[tuple[str, ...], BeforeValidator(_words)] = ()
    url: Link = None
    upvotes: Count = None
    comments: Count = None
    observed_at: Moment = None
    observations: tuple[Observation, ...] = Field(default=())

    @property
    def bare_arxiv_id(self) -> str | None:
        """The arXiv id without prefix and version, from the field of that name, the id or the link."""
        return _bare_arxiv_id(self.arxiv_id, self.id, self.url)

    @property
    def paper_id(self) -> str:
        """The id as the source gives it, else the arXiv id, the DOI, or one made from the normalised title."""
        made = hashlib.sha256(title_key(self.title).encode()).hexdigest()[:16]
        return self.id or self.bare_arxiv_id or self.doi or f"title:{made}"

    @property
    def page(self) -> str | None:
        """The paper's page: the given link, else arXiv's, else the DOI's."""
        if self.url:
            return self.url
        if arxiv_id := self.bare_arxiv_id:
            return f"https://arxiv.org/abs/{arxiv_id}"
        return f"https://doi.org/{self.doi}" if self.doi and self.doi.startswith("10.") else None

    @property
    def team_size(self) -> int | None:
        """How many authors: as counted by the source, else as listed."""
        listed = len(self.authors) if self.authors else None
        return self.authors_count if self.authors_count is not None else listed

    def looks(self, read_at: datetime | None) -> tuple[Observation, ...]:
        """Every observation of the counters; `read_at` stands in where the record does not say when."""
        if self.upvotes is None and self.comments is None:
            return self.observations
        own = Observation.model_construct(
            observed_at=self.observed_at or read_at, upvotes=self.upvotes, comments=self.comments
        )
        return (*self.observations, own)


def _bare_arxiv_id(*texts: str | None) -> str | None:
    for text in texts:
        if text and (found := ARXIV_ID.search(text)):
            return found.group(1)
    return None


def validated(raw: Raw, today: date) -> Paper | Sighting | Reject:
    """Validate a record of either kind."""
    return _as(Sighting, raw, today) if isinstance(raw, RawSighting) else paper_from(raw, today)


def paper_from(raw: Raw, today: date) -> Paper | Reject:
    """Validate a record: a Paper, or a Reject that says what is wrong with the first bad field."""
    return _as(Paper, raw, today)


def _as(model: type[Model], raw: Raw, today: date) -> Model | Reject:
    try:
        return model.model_validate(raw.fields, context={"today": today})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        cause = (
            "is missing" if first["type"] == "missing" else first.get("ctx", {}).get("error", first["msg"])
        )
        return Reject(raw.where, f"{field} {cause}".strip(), shorten(raw.fields))


def shorten(value: object) -> str:
    """A record as text of at most RAW_LENGTH characters that any database takes."""
    if isinstance(value, bytes):
        text = value[: 4 * RAW_LENGTH].decode("utf-8", "replace")
    elif isinstance(value, str):
        text = value
    else:
        text = json.dumps(_shallow(value), default=str, ensure_ascii=False)
    return clean(text, RAW_LENGTH)


def _shallow(value: object) -> object:
    """The value with long texts cut first, so that a 10 MB abstract does not hide the fields after it."""
    if isinstance(value, str):
        return value[:500]
    if isinstance(value, Mapping):
        return {str(key)[:100]: _shallow(item) for key, item in list(value.items())[:50]}
    if isinstance(value, (list, tuple)):
        return [_shallow(item) for item in value[:20]]
    return value
