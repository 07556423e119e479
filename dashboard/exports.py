"""Papers as files that leave the dashboard: CSV for spreadsheets, JSON lines for programs, BibTeX for references.

Each has every paper that matches, in the order of the page, EXPORTED_AT_MOST of them at most. `etl run --source file`
reads the last two again.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from dashboard import text
from dashboard.bibtex import bibtex

EXPORTED_AT_MOST = 20_000  # papers; about 40 MB with their abstracts

# The columns of a CSV and the keys of a line of JSON, in this order, and what they mean.
FIELDS = {
    "paper_id": "Papertide's id of it",
    "key": "the key that BibTeX cites it by",
    "title": "as given",
    "authors": "all names that the source shows, in order; in a CSV with semicolons between them",
    "authors_count": "how many authors it has, those without a name here among them",
    "published_on": "day of publication, YYYY-MM-DD",
    "listed_on": "day on which the source listed it, YYYY-MM-DD",
    "arxiv_id": "the bare arXiv id",
    "doi": "the DOI",
    "categories": "codes of the source's classification, the primary one first",
    "keywords": "as the source gives them",
    "organization": "as the source names it",
    "journal_ref": "where it appeared, as the source says",
    "topic_id": "number of its topic, -1 for none",
    "topic": "label of its topic",
    "upvotes": "as last read, or as read at the age asked for",
    "comments": "likewise",
    "observed_at": "when they were read, UTC",
    "url": "the paper's page",
    "abstract": "the whole of it",
}
_LISTS = ("authors", "categories", "keywords")


def csv(papers: pd.DataFrame) -> bytes:
    """Papers as CSV that a spreadsheet opens without running anything.

    Args:
        papers: rows of `queries.whole_papers`.
    """
    table = papers[list(FIELDS)].copy()
    for column in _LISTS:
        table[column] = [
            None if values is None else "; ".join(values) for values in map(_plain, table[column])
        ]
    for column in ("published_on", "listed_on"):
        table[column] = table[column].dt.strftime("%Y-%m-%d")
    for column in ("authors_count", "upvotes", "comments"):
        table[column] = table[column].astype("Int64")  # whole, though some are unknown
    return text.csv(table)


def json_lines(papers: pd.DataFrame) -> bytes:
    """Papers as JSON lines in UTF-8: an object a line with the keys of FIELDS, what is unknown as null.

    Args:
        papers: rows of `queries.whole_papers`.
    """
    lines = (
        json.dumps({name: _plain(paper[name]) for name in FIELDS}, ensure_ascii=False, allow_nan=False)
        for paper in papers.to_dict("records")
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _plain(cell: Any) -> Any:
    """A cell as JSON has it: days and times in ISO 8601, whole numbers whole."""
    if isinstance(cell, np.ndarray):
        return cell.tolist()
    if isinstance(cell, list):
        return cell
    if pd.isna(cell):
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat() if cell == cell.normalize() else cell.isoformat(timespec="seconds")
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell.item() if hasattr(cell, "item") else cell


# The kinds of files: the ending, what makes it, and its type.
KINDS = {
    "CSV": ("csv", csv, "text/csv"),
    "BibTeX": ("bib", bibtex, "application/x-bibtex"),
    "JSON lines": ("jsonl", json_lines, "application/jsonl"),
}
