"""Papers from files of any format that `formats` reads.

Three shapes are understood, record by record: plain records with the usual column names, the entries of the Daily
Papers API, and what `exports` knows: OpenAlex, Scopus, Web of Science, RIS and BibTeX.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from etl.records import Raw, Reject, shorten
from etl.sources import exports, formats, hf
from etl.sources.catalogue import Request

NAME = "file"

# Our field names and what files call them, the likeliest first. `comment` is left out on purpose: it is a text.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "paper_id", "identifier", "uid", "key"),
    "arxiv_id": ("arxiv_id", "arxiv", "eprint"),
    "doi": ("doi",),
    "title": ("title", "paper_title", "article_title", "document_title", "name"),
    "abstract": ("abstract", "summary", "description"),
    "authors": ("authors", "author", "author_names", "author_list", "creators", "byline"),
    "authors_count": ("authors_count", "author_count", "n_authors", "num_authors", "number_of_authors"),
    "published_on": (
        "published_on",
        "published",
        "published_at",
        "publication_date",
        "published_date",
        "date_published",
        "pub_date",
        "submitted_date",
        "date",
    ),
    "listed_on": ("listed_on", "listed_at", "listed", "submitted_on_daily_at"),
    "organization": ("organization", "organisation", "institution", "org"),
    "submitter": ("submitter", "submitted_by"),
    "repository": ("repository", "repo", "github_repo", "github", "github_url", "repo_url", "code_url"),
    "repository_stars": ("repository_stars", "github_stars", "stars"),
    "keywords": ("keywords", "author_keywords", "ai_keywords", "tags"),
    "url": ("url", "link", "paper_url", "href"),
    "upvotes": ("upvotes", "upvote", "votes", "likes"),
    "comments": ("comments_count", "comment_count", "num_comments", "n_comments", "comments"),
    "observed_at": ("observed_at", "fetched_at", "retrieved_at", "scraped_at", "read_at"),
}


@contextmanager
def opened(request: Request) -> Iterator[FileSource]:
    """The files asked for."""
    yield FileSource(request.inputs)


class FileSource:
    """The records of a file, of a folder (with the folders in it), or of a glob.

    Raises:
        InputError: nothing there that can be read.
    """

    name = NAME

    def __init__(self, inputs: list[str]) -> None:
        self.paths = formats.find_all(inputs)
        self._asked_days: set[date] = set()

    @property
    def coverage(self) -> dict[str, tuple[date, date]]:
        """Half-open days asked for, by papers.source, as far as the files say; complete after `records` ended.

        A file of the Daily Papers API that carries a day in its name was asked for that day. The list has no
        weekends, so a span that ends on a Friday is known up to Monday.
        """
        if not self._asked_days:
            return {}
        until = max(self._asked_days) + timedelta(days=1)
        saturday = 5
        if until.weekday() == saturday:
            until += timedelta(days=2)
        return {hf.NAME: (min(self._asked_days), until)}

    def records(self) -> Iterator[Raw | Reject]:
        """Every record of every file, in the order of the files' names."""
        for path in self.paths:
            yield from self._read(path)

    def _read(self, path: Path) -> Iterator[Raw | Reject]:
        day = formats.day_in_name(path)
        observed_at = datetime(day.year, day.month, day.day) if day else formats.modified_at(path)
        for number, item in enumerate(formats.items(path, NAME), start=1):
            origin = f"{path.name}, record {number}"
            if isinstance(item, Reject):
                yield item
            elif hf.is_entry(item):
                if day:
                    self._asked_days.add(day)
                yield hf.raw(item, day, origin, observed_at)
            else:
                yield _raw(item, origin, observed_at)


def _raw(item: Mapping[str, Any], origin: str, observed_at: datetime) -> Raw | Reject:
    try:
        fields = exports.fields_of(item)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        return Reject(f"{NAME}: {origin}", f"fields have unexpected types: {error}", shorten(item))
    return Raw(our_fields(item) if fields is None else fields, NAME, origin, observed_at)


def our_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """A plain record under our field names; of several columns for one field, the first that says something."""
    return formats.matched(record, SYNONYMS)
