"""The typed records that sources yield, and the validation at the edge.

A source yields `Raw` records (its own field names already turned into ours) and `Reject`s for what it could not
even read. `validated` turns a Raw into a `Paper`, a RawSighting into a `Sighting` of a paper that is known already, or
either into a Reject with the reason. What a field may be, `fields` says.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from etl import fields
from etl.fields import (
    ABSTRACT_LENGTH,
    AUTHORS_KEPT,
    NAME_LENGTH,
    RAW_LENGTH,
    TITLE_LENGTH,
    Author,
    clean,
    is_missing,
    name_key,
    one_line,
    parse_moment,
    split_names,
    title_key,
)

__all__ = (
    "ABSTRACT_LENGTH",
    "ARXIV_ID",
    "AUTHORS_KEPT",
    "NAME_LENGTH",
    "RAW_LENGTH",
    "TITLE_LENGTH",
    "Author",
    "FetchedDay",
    "Harvest",
    "Observation",
    "Paper",
    "Raw",
    "RawSighting",
    "Reject",
    "Sighting",
    "clean",
    "is_missing",
    "name_key",
    "one_line",
    "paper_from",
    "parse_moment",
    "shorten",
    "split_names",
    "title_key",
    "validated",
)

ARXIV_ID = re.compile(
    r"(?:^|arxiv[:.]|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})", re.I
)


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


class Observation(NamedTuple):
    """One look at a paper's counters."""

    observed_at: datetime | None = None
    upvotes: int | None = None
    comments: int | None = None


class Sighting(NamedTuple):
    """One look at the counters of a paper named by its arXiv id or by its paper_id, validated."""

    observed_at: datetime
    id: str | None = None
    arxiv_id: str | None = None
    upvotes: int | None = None
    comments: int | None = None

    @property
    def bare_arxiv_id(self) -> str | None:
        """The arXiv id without prefix and version, from the field of that name, else the id."""
        return _bare_arxiv_id(self.arxiv_id, self.id)


class Paper(NamedTuple):
    """A paper, validated. Unknown values are None, never 0."""

    title: str
    id: str | None = None
    arxiv_id: str | None = None
    doi: str | None = None
    abstract: str | None = None
    authors: tuple[Author, ...] | None = None
    authors_count: int | None = None
    published_on: date | None = None
    updated_on: date | None = None
    listed_on: date | None = None
    organization: str | None = None
    submitter: str | None = None
    repository: str | None = None
    repository_stars: int | None = None
    project_page: str | None = None
    thumbnail: str | None = None
    discussion_id: str | None = None
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    journal_ref: str | None = None
    remark: str | None = None
    url: str | None = None
    upvotes: int | None = None
    comments: int | None = None
    observed_at: datetime | None = None
    observations: tuple[Observation, ...] = ()

    @property
    def bare_arxiv_id(self) -> str | None:
        """The arXiv id without prefix and version, from the field of that name, the id, the link or arXiv's own DOI."""
        return _bare_arxiv_id(self.arxiv_id, self.id, self.url, self.doi)

    @property
    def paper_id(self) -> str:
        """The id as the source gives it, else the arXiv id, the DOI, or one made from the normalised title."""
        return self.id or self.bare_arxiv_id or self.doi or _made_id(self.title)

    @property
    def page(self) -> str | None:
        """The paper's page: the given link, else arXiv's, else the DOI's."""
        if self.url:
            return self.url
        if arxiv_id := self.bare_arxiv_id:
            return f"https://arxiv.org/abs/{arxiv_id}"
        return f"https://doi.org/{self.doi}" if self.doi else None

    @property
    def team_size(self) -> int | None:
        """How many authors: as counted by the source, else as listed."""
        listed = len(self.authors) if self.authors else None
        return self.authors_count if self.authors_count is not None else listed

    def looks(self, read_at: datetime | None) -> tuple[Observation, ...]:
        """Every observation of the counters; `read_at` stands in where the record does not say when."""
        if self.upvotes is None and self.comments is None:
            return self.observations
        own = Observation(self.observed_at or read_at, self.upvotes, self.comments)
        return (*self.observations, own)


def _bare_arxiv_id(*texts: str | None) -> str | None:
    for text in texts:
        if text and (found := ARXIV_ID.search(text)):
            return found.group(1)
    return None


def _made_id(title: str) -> str:
    return f"title:{hashlib.sha256(title_key(title).encode()).hexdigest()[:16]}"


# ---- validation ----


def _observations(value: object, today: date) -> tuple[Observation, ...]:
    if is_missing(value):
        return ()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, (list, tuple)):
        raise ValueError(f"is a {type(value).__name__}, not a list of observations")
    found = []
    for place, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise _Wrong(str(place), f"is a {type(item).__name__}, not an observation")
        try:
            found.append(Observation(**_known(_OBSERVATION, item, today)))
        except _Wrong as wrong:
            raise _Wrong(f"{place}.{wrong.field}", wrong.cause) from None
    return tuple(found)


# The first bad field, in this order, is the one that a Reject tells of.
_OBSERVATION: Mapping[str, fields.Rule] = {
    "observed_at": fields.moment,
    "upvotes": fields.count,
    "comments": fields.count,
}
_SIGHTING: Mapping[str, fields.Rule] = {
    "id": fields.line,
    "arxiv_id": fields.line,
    "upvotes": fields.count,
    "comments": fields.count,
}
_PAPER: Mapping[str, fields.Rule] = {
    "id": fields.line,
    "arxiv_id": fields.line,
    "doi": fields.doi,
    "abstract": fields.abstract,
    "authors": fields.authors,
    "authors_count": fields.count,
    "published_on": fields.day,
    "updated_on": fields.day,
    "listed_on": fields.day,
    "organization": fields.line,
    "submitter": fields.line,
    "repository": fields.link,
    "repository_stars": fields.count,
    "project_page": fields.link,
    "thumbnail": fields.link,
    "discussion_id": fields.line,
    "keywords": fields.words,
    "categories": fields.categories,
    "journal_ref": fields.remark,
    "remark": fields.remark,
    "url": fields.link,
    "upvotes": fields.count,
    "comments": fields.count,
    "observed_at": fields.moment,
    "observations": _observations,
}


class _Wrong(ValueError):
    """A field that cannot be, and why."""

    def __init__(self, field: str, cause: str) -> None:
        super().__init__(cause)
        self.field, self.cause = field, cause


def validated(raw: Raw, today: date) -> Paper | Sighting | Reject:
    """Validate a record of either kind."""
    return _sighting_from(raw, today) if isinstance(raw, RawSighting) else paper_from(raw, today)


def paper_from(raw: Raw, today: date) -> Paper | Reject:
    """Validate a record: a Paper, or a Reject that says what is wrong with the first bad field."""
    try:
        title = _field("title", fields.title, raw.fields.get("title"), today)
        paper = Paper(title, **_known(_PAPER, raw.fields, today))
    except _Wrong as wrong:
        return _reject(raw, wrong)
    if paper.authors and len(paper.authors) > AUTHORS_KEPT:
        return paper._replace(authors=paper.authors[:AUTHORS_KEPT], authors_count=paper.team_size)
    return paper


def _sighting_from(raw: Raw, today: date) -> Sighting | Reject:
    try:
        seen = _known(_SIGHTING, raw.fields, today)
        moment = _field("observed_at", fields.known_moment, raw.fields.get("observed_at"), today)
    except _Wrong as wrong:
        return _reject(raw, wrong)
    sighting = Sighting(moment, **seen)
    if sighting.id is None and sighting.arxiv_id is None:
        return _reject(raw, _Wrong("arxiv_id", "is missing"))
    if sighting.upvotes is None and sighting.comments is None:
        return _reject(raw, _Wrong("upvotes", "is missing"))
    return sighting


def _known(rules: Mapping[str, fields.Rule], given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The clean values of the fields that are given. Raises _Wrong for the first that cannot be."""
    known = {}
    name = ""
    try:
        for name, rule in rules.items():
            if (value := given.get(name)) is not None:
                known[name] = rule(value, today)
    except Exception as error:
        raise _wrong(name, error) from None
    return known


def _field(name: str, rule: fields.Rule, value: object, today: date) -> Any:
    try:
        return rule(value, today)
    except Exception as error:
        raise _wrong(name, error) from None


def _wrong(name: str, error: Exception) -> _Wrong:
    if isinstance(error, _Wrong):
        return _Wrong(f"{name}.{error.field}", error.cause)
    if isinstance(error, ValueError):
        return _Wrong(name, str(error))
    # Files hold anything: what no rule thought of costs its record, never the run.
    return _Wrong(name, f"cannot be read ({type(error).__name__})")


def _reject(raw: Raw, wrong: _Wrong) -> Reject:
    reason = clean(f"{wrong.field} {wrong.cause}", RAW_LENGTH)
    return Reject(clean(raw.where, RAW_LENGTH), reason, shorten(raw.fields))


def shorten(value: object) -> str:
    """A record as text of at most RAW_LENGTH characters that any database takes."""
    if isinstance(value, bytes):
        text = value[: 4 * RAW_LENGTH].decode("utf-8", "replace")
    elif isinstance(value, str):
        text = value
    else:
        try:
            text = json.dumps(_shallow(value), default=str, ensure_ascii=False)
        except Exception as error:  # what cannot even be written down is still refused by name
            text = f"({type(value).__name__}, which cannot be shown: {type(error).__name__})"
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
