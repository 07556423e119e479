"""Hugging Face Daily Papers: what one entry of the API means.

The entry of `GET /api/daily_papers` nests the paper: upvotes and the true publication time sit on the inner
`paper`, the comment count on the outer entry, whose own `publishedAt` differs by a day in half of all entries.
See https://huggingface.co/docs/hub/api.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from etl.records import Raw, Reject, is_missing, shorten

NAME = "hf"
BEGAN_ON = date(2023, 5, 1)  # there are no lists before


def is_entry(record: object) -> bool:
    """True for an entry of the Daily Papers API."""
    return isinstance(record, Mapping) and isinstance(record.get("paper"), Mapping)


def raw(entry: object, asked_day: date | None, origin: str, observed_at: datetime | None) -> Raw | Reject:
    """An entry as a record, or a Reject where its shape is not that of an entry.

    Args:
        entry: one element of the API's array.
        asked_day: the day it was asked for, where known.
        origin: where it was found.
        observed_at: when its counters were read (naive UTC), where known.
    """
    if not isinstance(entry, Mapping) or not is_entry(entry):
        return Reject(f"{NAME}: {origin}", "the entry holds no paper", shorten(entry))
    if is_missing(
        entry["paper"].get("id")
    ):  # one made from the title would be another paper's on another day
        return Reject(f"{NAME}: {origin}", "id is missing", shorten(entry))
    return Raw(fields(entry, asked_day), NAME, origin, observed_at)


def fields(entry: Mapping[str, Any], asked_day: date | None) -> dict[str, Any]:
    """An entry under our field names.

    Args:
        entry: one element of the API's array.
        asked_day: the day it was asked for, which is the list date where older entries do not say theirs.
    """
    paper = entry["paper"]
    return {
        "id": paper.get("id"),
        "title": paper.get("title") or entry.get("title"),
        "abstract": paper.get("summary") or entry.get("summary"),
        "authors": paper.get("authors"),
        "published_on": paper.get("publishedAt"),
        "listed_on": paper.get("submittedOnDailyAt") or asked_day,
        "organization": _organization(entry, paper),
        "submitter": _submitter(entry, paper),
        "repository": paper.get("githubRepo"),
        "repository_stars": paper.get("githubStars"),
        "project_page": paper.get("projectPage"),
        "thumbnail": entry.get("thumbnail") or entry.get("mediaUrl"),  # as the field was called at first
        "discussion_id": paper.get("discussionId"),
        "keywords": paper.get("ai_keywords"),
        "url": f"https://huggingface.co/papers/{paper.get('id')}" if paper.get("id") else None,
        "upvotes": paper.get("upvotes"),
        "comments": entry.get("numComments"),
    }


def _organization(entry: Mapping[str, Any], paper: Mapping[str, Any]) -> str | None:
    """The organisation's full name; `submitterOrganization` is how the field was called at first."""
    for named in (entry.get("organization"), paper.get("organization"), entry.get("submitterOrganization")):
        if isinstance(named, Mapping):
            return named.get("fullname") or named.get("name")
        if isinstance(named, str):
            return named
    return None


def _submitter(entry: Mapping[str, Any], paper: Mapping[str, Any]) -> str | None:
    """The submitter's handle, which is unique and leads to the profile; older entries have it outside only."""
    for person in (paper.get("submittedOnDailyBy"), entry.get("submittedBy")):
        if isinstance(person, Mapping) and (handle := person.get("user") or person.get("name")):
            return str(handle)
    return None
