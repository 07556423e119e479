"""Source `arxiv`, live: sets of arXiv harvested over OAI-PMH, window by window.

A window is a set and a span of days of one month at most: those on which its records were last changed. A run asks for
every day of its span that was never harvested, or was harvested before it was surely over. Each page that it fetched
waits in a folder until it is published, so that a run after one that failed, or was killed, goes on with the next page.
A token leads from page to page; where it is good no more, its window begins anew, since records may have moved
meanwhile.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from etl.days import last_of
from etl.errors import InputError, NotFetched
from etl.records import Harvest, Raw, Reject
from etl.sources.arxiv import metadata
from etl.sources.arxiv.oai import DELETED, Oai, Page, PageNotFetched, TokenRefused, Unreachable, read

BEGAN_ON = date(2005, 9, 16)  # no record was last changed before; the interface refuses earlier days
DAYS_BACK = 30  # of a first harvest that names no day
SETTLED_AFTER = timedelta(days=2)  # a day is surely over everywhere, and all its changes are listed
FRESH_FOR = timedelta(days=1)  # how long what waits of days that had not settled is used by the next run
ANNOUNCED_WITHIN = timedelta(
    days=4
)  # of submission, over a weekend and a holiday; before, no record is listed
_BEGINNINGS_AT_MOST = 3  # of one window in a run
_PAGES_AT_MOST = 5_000  # of one window; all of arXiv has some three thousand


@dataclass(frozen=True, slots=True)
class Span:
    """The days asked for, both included. Without `since`, it follows from what was harvested before."""

    since: date | None
    until: date

    @classmethod
    def asked(cls, since: date | None, until: date | None, today: date) -> Span:
        """The span a user asks for, up to today (UTC).

        Raises:
            InputError: there is no such span.
        """
        return cls(since, last_of(since, until, today, BEGAN_ON, "arXiv began to list changes"))

    def first_day(self, settled: Iterable[date]) -> date:
        """The first day: as asked, else the one after the last that had settled, else DAYS_BACK before `until`."""
        if self.since is not None:
            return self.since
        last = max((day for day in settled if day < self.until), default=None)
        back = max(BEGAN_ON, self.until - timedelta(days=DAYS_BACK))
        return back if last is None else last + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What one list is asked for: a set, and days of one month, both included."""

    subset: str
    since: date
    until: date

    def __str__(self) -> str:
        return f"{self.subset} {self.since} to {self.until}"


def windows(subset: str, days: Iterable[date]) -> list[Window]:
    """Days, in order, as windows: each holds days in a row, of one month."""
    found: list[Window] = []
    for day in days:
        if found and day == found[-1].until + timedelta(days=1) and day.day > 1:
            found[-1] = Window(subset, found[-1].since, day)
        else:
            found.append(Window(subset, day, day))
    return found


def days_of(harvest: Harvest | Window) -> Iterator[date]:
    """The days of a harvest or window."""
    for number in range((harvest.until - harvest.since).days + 1):
        yield harvest.since + timedelta(days=number)


def settled_days(harvest: Harvest) -> Iterator[date]:
    """Those of its days that were surely over when it was made."""
    over = harvest.harvested_at.date() - SETTLED_AFTER
    return (day for day in days_of(harvest) if day <= over)


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page that waits: when it was fetched (naive UTC), how many records it has, and what leads to the next."""

    fetched_at: datetime
    records: int
    token: str | None
    expires: datetime | None

    def leads_on(self, now: datetime) -> bool:
        """True where its token is still good. Where the server does not say, it is until the day (UTC) ends."""
        return now < self.expires if self.expires else now.date() == self.fetched_at.date()


class Waiting:
    """Pages that were fetched and wait for publication, a folder a window and a file a page.

    Args:
        folder: holds nothing else.
        endpoint: where they come from; those of another one are not used.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint

    def keep(self, window: Window, number: int, answer: bytes, page: Page, fetched_at: datetime) -> KeptPage:
        """Write a page into its file, atomically."""
        kept = KeptPage(fetched_at, len(page.records), page.token, page.expires)
        content = {
            "endpoint": self._endpoint,
            "fetched_at": fetched_at.isoformat(),
            "records": kept.records,
            "token": kept.token,
            "expires": kept.expires.isoformat() if kept.expires else None,
            "answer": answer.decode("utf-8", "replace"),
        }
        path = self._path(window, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(path.name + ".new")
        aside.write_bytes(gzip.compress(json.dumps(content).encode(), compresslevel=3))
        os.replace(aside, path)
        return kept

    def find(self, window: Window) -> list[KeptPage]:
        """The pages that wait of a window, from the first one to the one before the first that cannot be read."""
        found: list[KeptPage] = []
        try:
            while (content := self._content(window, len(found)))["endpoint"] == self._endpoint:
                expires = content["expires"]
                found.append(
                    KeptPage(
                        datetime.fromisoformat(content["fetched_at"]),
                        int(content["records"]),
                        content["token"],
                        datetime.fromisoformat(expires) if expires else None,
                    )
                )
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            pass
        return found

    def page(self, window: Window, number: int) -> Page:
        """A page that waits."""
        return read(self._content(window, number)["answer"].encode())

    def drop(self, window: Window) -> None:
        """Forget the pages of a window."""
        shutil.rmtree(self._path(window, 0).parent, ignore_errors=True)

    def clear(self) -> None:
        """Forget them all."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _content(self, window: Window, number: int) -> Any:
        return json.loads(gzip.decompress(self._path(window, number).read_bytes()))

    def _path(self, window: Window, number: int) -> Path:
        subset = window.subset.replace(":", "_")
        return self._folder / subset / f"{window.since}_{window.until}" / f"{number:05}.json.gz"


class ArxivSource:
    """Sets of arXiv over a span of days: `plan`, `fetch`, `records`, and at the end `published`.

    Args:
        oai: answers with a page of a list.
        sets: as OAI-PMH writes them; those harvested before if there are none.
        span: the days asked for.
        data_dir: what is fetched waits in a folder of it.
        refresh: ask for settled days too.
        clock: the time as naive UTC.
    """

    name = metadata.NAME
    revises_titles = True  # its ids are sure, and authors revise titles

    def __init__(
        self,
        oai: Oai,
        sets: Sequence[str],
        span: Span,
        data_dir: Path,
        *,
        refresh: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
    ) -> None:
        self._oai = oai
        self._sets = list(dict.fromkeys(sets))
        self._span = span
        self._waiting = Waiting(data_dir / "fetched" / metadata.NAME, oai.endpoint)
        self._refresh = refresh
        self._clock = clock
        self._windows: list[Window] = []
        self._covered_from = span.until
        self._pages: dict[Window, list[KeptPage]] = {}
        self.harvested: list[Harvest] = []
        self.deleted = 0  # records told so far that are no papers any more

    def plan(self, log: Sequence[Harvest]) -> int:
        """Choose the windows to fetch; returns how many. `log` says what was harvested before, as published.

        Raises:
            InputError: no set is named, and none was harvested before.
        """
        self._sets = self._sets or sorted({harvest.subset for harvest in log})
        if not self._sets:
            raise InputError(
                "--source arxiv needs --set SET, such as cs.CL, or --input SNAPSHOT; a set that was harvested once is "
                "harvested again without naming it."
            )
        first_days = []
        for subset in self._sets:
            before = [harvest for harvest in log if harvest.subset == subset]
            settled = {day for harvest in before for day in settled_days(harvest)}
            since = self._span.first_day(settled)
            asked = list(days_of(Window(subset, since, self._span.until)))
            self._windows += windows(subset, [day for day in asked if self._refresh or day not in settled])
            known = {day for harvest in before for day in days_of(harvest)}
            while since - timedelta(days=1) in known:
                since -= timedelta(days=1)
            first_days.append(since)
        self._covered_from = max(first_days)
        return len(self._windows)

    def fetch(self, doing: Callable[[str], None], advance: Callable[[int], None]) -> str:
        """Fetch them, telling which is under way and each that is done; returns the outcome in words.

        Raises:
            NotFetched: pages are missing; those that were fetched wait for the next run.
        """
        from_before = 0
        for window in self._windows:
            before = self._usable(window)
            pages = self._pages[window] = list(before)
            try:
                for number in self._missing_pages(window, pages):
                    doing(f"{window}, page {number}")
            except PageNotFetched as error:
                raise self._failure(window, error) from error
            from_before += sum(page in pages for page in before)
            records = sum(page.records for page in pages)
            self.harvested.append(
                Harvest(window.subset, window.since, window.until, pages[0].fetched_at, records)
            )
            advance(1)
        records = sum(harvest.records for harvest in self.harvested)
        return f"{records:,} records on {self._count():,} pages" + (
            f", {from_before:,} of them fetched by the run before" * bool(from_before)
        )

    def _count(self) -> int:
        """The pages that wait."""
        return sum(map(len, self._pages.values()))

    def _usable(self, window: Window) -> list[KeptPage]:
        """What a run before left of a window, if it can be used still."""
        now = self._clock()
        pages = self._waiting.find(window)
        if not pages:
            return []
        complete = pages[-1].token is None
        settled = window.until <= pages[0].fetched_at.date() - SETTLED_AFTER
        fresh = settled or pages[0].fetched_at > now - FRESH_FOR
        if fresh and (complete or pages[-1].leads_on(now)):
            return pages
        self._waiting.drop(window)
        return []

    def _missing_pages(self, window: Window, pages: list[KeptPage]) -> Iterator[int]:
        """Fetch the pages that are missing, and add them; tells the number of each, from 1, before it is asked for.

        Raises:
            PageNotFetched: one cannot be had.
        """
        beginnings = 1
        while not pages or pages[-1].token is not None:
            yield len(pages) + 1
            token = pages[-1].token if pages else None
            try:
                answer = self._oai.page(window.subset, window.since, window.until, token)
            except TokenRefused as refused:
                if token is None or beginnings == _BEGINNINGS_AT_MOST:
                    raise PageNotFetched(f"its token is refused time and again: {refused}") from refused
                beginnings += 1
                self._waiting.drop(window)
                pages.clear()
                continue
            page = read(answer)
            repeats = page.token is not None and page.token in {kept.token for kept in pages}
            if repeats or len(pages) == _PAGES_AT_MOST:
                raise PageNotFetched(f"the list has no end after {len(pages) + 1:,} pages")
            now = self._clock().replace(microsecond=0)
            pages.append(self._waiting.keep(window, len(pages), answer, page, now))

    def records(self) -> Iterator[Raw | Reject]:
        """Every record of every window, the earliest first, so that the latest change of a record counts."""
        for window in sorted(self._pages, key=lambda window: (window.since, window.subset)):
            for number in range(len(self._pages[window])):
                for record in self._waiting.page(window, number).records:
                    if isinstance(record, Reject):
                        self.deleted += record.reason == DELETED
                        yield Reject(f"{record.source}: {window.subset}", record.reason, record.raw)
                    else:
                        yield metadata.raw(record, window.subset)

    @property
    def coverage(self) -> Mapping[str, tuple[date, date]]:
        """The days whose papers are there, half-open.

        A paper's record is last changed on its day or later. So those of a day are there if every day from it on was
        harvested, but for the last days, whose papers are not all announced yet.
        """
        until = self._span.until + timedelta(days=1) - ANNOUNCED_WITHIN
        return {metadata.NAME: (self._covered_from, max(until, self._covered_from + timedelta(days=1)))}

    def published(self) -> None:
        """What was fetched is published and waits no longer."""
        self._waiting.clear()

    def _failure(self, window: Window, error: PageNotFetched) -> NotFetched:
        pages = self._count()
        kept = f"; the {pages:,} pages fetched so far are kept until then" * bool(pages)
        if isinstance(error, Unreachable):
            return NotFetched(
                f"{self._oai.endpoint} cannot be reached ({error}), so nothing was published; check the network and "
                f"run the same again, or use `--source arxiv --input SNAPSHOT`{kept}."
            )
        return NotFetched(
            f"{window} could not be fetched from {self._oai.endpoint} ({error}), so nothing was published; run the "
            f"same again to go on from there{kept}."
        )
