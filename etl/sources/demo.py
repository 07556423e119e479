"""The demo source: papers that we wrote ourselves, with trends that we planted and therefore know.

Everything follows from the number of papers and the seed; no clock, no environment. Papers are made in chunks, each
from random numbers of its own, so that memory stays flat and the truth of a chunk can be told again without keeping
it. What is planted stays out of the records: it is published in the tables `demo_truth_*` only, by `Demo.truth`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, partial
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl import contract
from etl.errors import InputError
from etl.records import Raw
from etl.sources.catalogue import Request
from etl.sources.demo_corpus import attention, vocabulary
from etl.sources.demo_corpus.attention import Look
from etl.sources.demo_corpus.draws import Stream, generator
from etl.sources.demo_corpus.people import People
from etl.sources.demo_corpus.plan import Plan, draw_plan, next_month
from etl.sources.demo_corpus.prose import Text, Writer

NAME = "demo"

FEWEST, MOST = 100, 1_000_000
_SEEDS = 2**32
_CHUNK = 2_000  # papers made at once
_PART = 10 * _CHUNK  # papers that a process makes before it is given others
_DIVIDED_FROM = 30_000  # papers; fewer are made before other processes have started

Rows = Iterator[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Up to _CHUNK papers of one month."""

    number: int
    month: int
    first_paper: int  # counted from 0 over the whole corpus
    papers: int


@contextmanager
def opened(request: Request) -> Iterator[Demo]:
    """The corpus asked for."""
    yield Demo(request.options["papers"], request.options["seed"])


class Demo:
    """`count` synthetic papers; equal counts and seeds give equal papers.

    Raises:
        InputError: the count or the seed is out of range.
    """

    name = NAME

    def __init__(self, count: int, seed: int) -> None:
        if not FEWEST <= count <= MOST:
            raise InputError(f"--papers {count} is out of range; give {FEWEST} to {MOST:,}.")
        if not 0 <= seed < _SEEDS:
            raise InputError(f"--seed {seed} is out of range; give 0 to {_SEEDS - 1:,}.")
        self.count = count
        self.seed = seed

    @property
    def expected(self) -> int:
        """How many records there are."""
        return self.count

    @property
    def coverage(self) -> Mapping[str, tuple[date, date]]:
        """The whole calendar, month by month complete."""
        return {NAME: (self._plan.months[0], self._plan.end)}

    def records(self) -> Iterator[Raw]:
        """Every paper, month by month."""
        for chunk in self._chunks():
            yield from self._make(chunk)

    def parts(self) -> Iterator[Callable[[], Iterator[Raw]]] | None:
        """Runs of chunks, each of about _PART papers."""
        if self.count < _DIVIDED_FROM:
            return None
        return (partial(_records_of, self.count, self.seed, numbers) for numbers in self._spans())

    def _spans(self) -> Iterator[range]:
        chunks = sum(1 for _ in self._chunks())
        at_once = _PART // _CHUNK
        return (range(start, min(start + at_once, chunks)) for start in range(0, chunks, at_once))

    def truth(self) -> Mapping[contract.Table, Rows]:
        """What was planted, as rows of the contract's truth tables."""
        return {
            contract.DEMO_TRUTH_TOPICS: self._topic_rows(),
            contract.DEMO_TRUTH_MONTHS: self._month_rows(),
            contract.DEMO_TRUTH_PAPERS: self._paper_rows(),
        }

    @cached_property
    def _plan(self) -> Plan:
        return draw_plan(self.count, len(vocabulary.load().topics), self.seed)

    @cached_property
    def _writer(self) -> Writer:
        return Writer(vocabulary.load())

    @cached_property
    def _people(self) -> People:
        return People(self.count, len(self._plan.curves), self.seed)

    @cached_property
    def _appeal(self) -> NDArray[np.float64]:
        return attention.appeal(len(self._plan.curves), self.seed)

    def _chunks(self) -> Iterator[_Chunk]:
        number = first = 0
        for month, papers in enumerate(self._plan.papers.tolist()):
            for start in range(0, papers, _CHUNK):
                size = min(_CHUNK, papers - start)
                yield _Chunk(number, month, first, size)
                number, first = number + 1, first + size

    def _topics_of(self, chunk: _Chunk) -> NDArray[np.int64]:
        """The planted topic of each paper of the chunk, drawn from the month's shares."""
        until = np.cumsum(self._plan.shares[:, chunk.month])
        drawn = generator(self.seed, Stream.TOPICS, chunk.number).random(chunk.papers)
        topics: NDArray[np.int64] = np.searchsorted(until[:-1], drawn * until[-1], side="right")
        return topics

    def _paper_id(self, number: int) -> str:
        return f"{NAME}-{self.seed}-{number + 1:07d}"

    def _make(self, chunk: _Chunk) -> Iterator[Raw]:
        rng = generator(self.seed, Stream.PAPERS, chunk.number)
        random = Random(int(rng.integers(2**63)))
        topic = self._topics_of(chunk)
        first = self._plan.months[chunk.month]
        published, listed = attention.days(chunk.papers, first, next_month(first), self._plan.end, rng)
        looks = attention.looks(listed, self._appeal[topic], self._plan.end, rng)
        progress = (chunk.month / (len(self._plan.months) - 1), chunk.first_paper / self.count)
        teams, organizations = self._people.teams(topic, progress, rng)
        columns = zip(
            topic.tolist(), published.tolist(), listed.tolist(), teams, organizations, looks, strict=True
        )
        for place, (number, day, listing, team, organization, seen) in enumerate(columns):
            paper = chunk.first_paper + place
            text = self._writer.write(number, random)
            fields = self._fields(paper, text, day, listing, seen)
            yield Raw({**fields, "authors": team, "organization": organization}, NAME, f"paper {paper + 1}")

    def _fields(
        self, paper: int, text: Text, published: date, listed: date | None, looks: list[Look]
    ) -> dict[str, Any]:
        paper_id = self._paper_id(paper)
        fields: dict[str, Any] = {
            "id": paper_id,
            "title": text.title,
            "abstract": text.abstract,
            "keywords": text.keywords,
            "published_on": published,
            "listed_on": listed,
            "url": f"https://example.org/papers/{paper_id}",
        }
        if looks:
            *earlier, latest = (look._asdict() for look in looks)
            fields |= {**latest, "observations": earlier}
        return fields

    def _topic_rows(self) -> Rows:
        months = self._plan.months
        for number, (topic, curve) in enumerate(
            zip(vocabulary.load().topics, self._plan.curves, strict=True)
        ):
            span = (None if place is None else months[place] for place in (curve.first, curve.last))
            yield (number, topic.name, curve.kind, curve.change, *span)

    def _month_rows(self) -> Rows:
        for number, curve in enumerate(self._plan.curves):
            for month, share in zip(self._plan.months, curve.shares.tolist(), strict=True):
                yield (number, month, share)

    def _paper_rows(self) -> Rows:
        for chunk in self._chunks():
            for place, topic in enumerate(self._topics_of(chunk).tolist()):
                yield (self._paper_id(chunk.first_paper + place), topic)


@lru_cache(maxsize=1)
def _corpus(count: int, seed: int) -> Demo:
    """The corpus as a process keeps it from part to part: its people alone take a second to draw."""
    return Demo(count, seed)


def _records_of(count: int, seed: int, chunks: range) -> Iterator[Raw]:
    corpus = _corpus(count, seed)
    for chunk in corpus._chunks():
        if chunk.number in chunks:
            yield from corpus._make(chunk)
