"""Validated records as rows of the tables in which they wait to be merged."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from etl.records import AUTHORS_KEPT, Paper, Raw, Sighting, shorten, title_key

STAGED = pa.schema(
    [
        ("place", pa.int64()),
        ("paper_id", pa.string()),
        ("title_key", pa.string()),
        ("source", pa.string()),
        ("arxiv_id", pa.string()),
        ("title", pa.string()),
        ("abstract", pa.string()),
        ("published_on", pa.date32()),
        ("listed_on", pa.date32()),
        ("authors", pa.list_(pa.struct([("name", pa.string()), ("hidden", pa.bool_())]))),
        ("authors_count", pa.int32()),
        ("organization", pa.string()),
        ("submitter", pa.string()),
        ("repository", pa.string()),
        ("repository_stars", pa.int32()),
        ("keywords", pa.list_(pa.string())),
        ("url", pa.string()),
        (
            "observations",
            pa.list_(
                pa.struct(
                    [("observed_at", pa.timestamp("us")), ("upvotes", pa.int32()), ("comments", pa.int32())]
                )
            ),
        ),
    ]
)
SIGHTED = pa.schema(
    [
        ("place", pa.int64()),
        ("id", pa.string()),
        ("arxiv_id", pa.string()),
        ("observed_at", pa.timestamp("us")),
        ("upvotes", pa.int32()),
        ("comments", pa.int32()),
        ("source", pa.string()),
        ("raw", pa.string()),
    ]
)
REFUSED = pa.schema([("source", pa.string()), ("reason", pa.string()), ("raw", pa.string())])


def staged_row(place: int, raw: Raw, paper: Paper) -> dict[str, Any]:
    """A paper as a row of `staged`; `place` is where it came in the stream of records."""
    return {
        "place": place,
        "paper_id": paper.paper_id,
        "title_key": title_key(paper.title),
        "source": raw.source,
        "arxiv_id": paper.bare_arxiv_id,
        "title": paper.title,
        "abstract": paper.abstract,
        "published_on": paper.published_on,
        "listed_on": paper.listed_on,
        "authors": [author._asdict() for author in paper.authors[:AUTHORS_KEPT]] if paper.authors else None,
        "authors_count": paper.team_size,
        "organization": paper.organization,
        "submitter": paper.submitter,
        "repository": paper.repository,
        "repository_stars": paper.repository_stars,
        "keywords": paper.keywords,
        "url": paper.page,
        "observations": [
            {"observed_at": look.observed_at, "upvotes": look.upvotes, "comments": look.comments}
            for look in paper.looks(raw.observed_at)
            if look.observed_at
        ],
    }


def sighted_row(place: int, raw: Raw, sighting: Sighting) -> dict[str, Any]:
    """A look at a known paper as a row of `sighted`."""
    return {
        "place": place,
        "id": sighting.id,
        "arxiv_id": sighting.bare_arxiv_id or sighting.arxiv_id,
        "observed_at": sighting.observed_at,
        "upvotes": sighting.upvotes,
        "comments": sighting.comments,
        "source": raw.where,
        "raw": shorten(raw.fields),
    }
