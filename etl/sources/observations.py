"""Looks at the counters of papers that are known already, from files: upvotes over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

from etl.records import RawSighting, Reject
from etl.sources import file, formats
from etl.sources.catalogue import Request

NAME = "observations"

SYNONYMS = {
    "id": ("paper_id", "id"),
    **{name: file.SYNONYMS[name] for name in ("arxiv_id", "observed_at", "upvotes", "comments")},
}


@contextmanager
def opened(request: Request) -> Iterator[ObservationSource]:
    """The files asked for."""
    yield ObservationSource(request.inputs)


class ObservationSource:
    """The observations in files: arxiv_id (or paper_id), observed_at, upvotes and comments, where given.

    Raises:
        InputError: nothing there that can be read.
    """

    name = NAME

    def __init__(self, inputs: list[str]) -> None:
        self.paths = formats.find_all(inputs)

    @property
    def coverage(self) -> Mapping[str, tuple[date, date]]:
        """None: looking at papers asks no source for its papers."""
        return {}

    def records(self) -> Iterator[RawSighting | Reject]:
        """Every row of every file, in the order of the files' names."""
        for path in self.paths:
            for number, item in enumerate(formats.items(path, NAME), start=1):
                if isinstance(item, Reject):
                    yield item
                else:
                    fields = formats.matched(item, SYNONYMS)
                    yield RawSighting(fields, NAME, f"{path.name}, record {number}")
