"""Source `hf`: Daily Papers live, day by day.

A day's counters move for a week or two after it; SETTLED_AFTER is twice that. A run asks for every day of its span
that was never fetched, or was last fetched before it had settled. What it fetched waits in a folder until it is
published, so that a run after one that failed asks only for what is missing.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from etl.errors import InputError, NotFetched
from etl.records import FetchedDay, Raw, Reject
from etl.settings import HfSettings
from etl.sources import hf
from etl.sources.catalogue import Request
from etl.sources.hf_api import DailyPapers, DayNotFetched, NoAnswer, Unreachable

BEGAN_ON = date(2023, 5, 1)  # there are no lists before
SETTLED_AFTER = timedelta(days=30)
DAYS_BACK = 30  # of a first run that names no day
FRESH_FOR = timedelta(days=1)  # how long a day of a run that failed is used by the next
FAILURES_IN_A_ROW = 3  # after which a run asks for no more days
_DAYS_NAMED = 5  # in a sentence


@dataclass(frozen=True, slots=True)
class Span:
    """The days asked for, both included. Without `since`, it follows from the days fetched before."""

    since: date | None
    until: date

    @classmethod
    def asked(cls, since: date | None, until: date | None, today: date) -> Span:
        """The span a user asks for. A day that has not begun (UTC) is left out: nobody has its list.

        Raises:
            InputError: there is no such span.
        """
        last = min(until or today, today)
        for name, day in (("--since", since), ("--until", until)):
            if day and day < BEGAN_ON:
                raise InputError(
                    f"{name} {day} is before {BEGAN_ON}, when Daily Papers began; give a later day."
                )
        if since and since > today:
            raise InputError(
                f"--since {since} is in the future; today is {today} (UTC), so give an earlier day."
            )
        if since and since > last:
            raise InputError(f"--since {since} comes after --until {last}; give the earlier day as --since.")
        return cls(since, last)

    def days(self, log: Mapping[date, datetime]) -> list[date]:
        """The days of the span; without `since` those after the last settled one, else the DAYS_BACK before `until`."""
        since = self.since
        if since is None:
            settled = [
                day for day, fetched_at in log.items() if day < self.until and is_settled(day, fetched_at)
            ]
            back = max(BEGAN_ON, self.until - timedelta(days=DAYS_BACK))
            since = max(settled) + timedelta(days=1) if settled else back
        return [since + timedelta(days=number) for number in range((self.until - since).days + 1)]


def is_settled(day: date, fetched_at: datetime) -> bool:
    """True for a day fetched so late after itself that its counters had settled."""
    return fetched_at.date() - day >= SETTLED_AFTER


class Waiting:
    """Lists that were fetched and wait for publication, one file a day.

    Args:
        folder: holds nothing else.
        endpoint: where the lists come from; those of another one are not used.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint

    def keep(self, day: date, fetched_at: datetime, entries: list[Any]) -> FetchedDay:
        """Write a list into its file, atomically."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = {"endpoint": self._endpoint, "fetched_at": fetched_at.isoformat(), "entries": entries}
        path = self._path(day)
        aside = path.with_name(path.name + ".new")
        aside.write_bytes(gzip.compress(json.dumps(content).encode(), compresslevel=3))
        os.replace(aside, path)
        return FetchedDay(day, fetched_at, len(entries))

    def find(self, day: date) -> FetchedDay | None:
        """What waits of a day, if anything that can be read does."""
        try:
            content = self._content(day)
            if content["endpoint"] == self._endpoint:
                return FetchedDay(day, datetime.fromisoformat(content["fetched_at"]), len(content["entries"]))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            pass
        return None

    def entries(self, day: date) -> list[Any]:
        """The entries of a day that waits."""
        return list(self._content(day)["entries"])

    def clear(self) -> None:
        """Forget them all."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _content(self, day: date) -> Any:
        return json.loads(gzip.decompress(self._path(day).read_bytes()))

    def _path(self, day: date) -> Path:
        return self._folder / f"{day}.json.gz"


@contextmanager
def opened(request: Request) -> Iterator[HfSource]:
    """The days asked for, at the endpoint that the environment names."""
    until = request.options.get("until")
    span = Span.asked(request.options.get("since"), until, datetime.now(UTC).date())
    if until and until > span.until:
        request.remark(f"{until} has not begun (UTC), so the run ends with {span.until}.")
    with DailyPapers(HfSettings.read(), told=request.doing) as api:
        yield HfSource(api, span, request.data_dir, refresh=bool(request.options.get("refresh")))


class HfSource:
    """Daily Papers of a span of days: `plan`, `fetch`, `records`, and at the end `published`.

    Args:
        api: answers with a day's list.
        span: the days asked for.
        data_dir: what is fetched waits in a folder of it.
        refresh: ask for settled days too.
        clock: the time as naive UTC.
    """

    name = hf.NAME

    def __init__(
        self,
        api: DailyPapers,
        span: Span,
        data_dir: Path,
        *,
        refresh: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
    ) -> None:
        self._api = api
        self._span = span
        self._waiting = Waiting(data_dir / "fetched" / hf.NAME, api.endpoint)
        self._refresh = refresh
        self._clock = clock
        self._days: list[date] = []
        self._missing: list[date] = []
        self.fetched: list[FetchedDay] = []

    def plan(self, log: Mapping[date, datetime]) -> int:
        """Choose the days to fetch; returns how many. `log` says when each day was last fetched, as published."""
        self._days = self._span.days(log)
        for day in self._days:
            known_since = log.get(day, datetime.min)
            if is_settled(day, known_since) and not self._refresh:
                continue
            waits = self._waiting.find(day)
            if waits and waits.fetched_at > max(known_since, self._clock() - FRESH_FOR):
                self.fetched.append(waits)
            else:
                self._missing.append(day)
        return len(self._missing)

    def fetch(self, doing: Callable[[str], None], advance: Callable[[int], None]) -> str:
        """Fetch the days chosen, telling which is under way and each that is done; returns the outcome in words.

        Raises:
            NotFetched: days are missing; those that were fetched wait for the next run.
        """
        from_before = len(self.fetched)
        failed: dict[date, str] = {}
        in_a_row = 0
        for day in self._missing:
            doing(str(day))
            try:
                entries = self._api.day(day)
            except DayNotFetched as error:
                failed[day] = str(error)
                in_a_row += 1
                if in_a_row == FAILURES_IN_A_ROW:
                    break
            except NoAnswer as error:
                raise self._no_answer(error) from error
            else:
                in_a_row = 0
                self.fetched.append(self._waiting.keep(day, self._clock().replace(microsecond=0), entries))
            advance(1)
        if failed:
            raise self._some_failed(failed, asked=len(self.fetched) - from_before + len(failed))
        settled = len(self._days) - len(self.fetched)
        return (
            f"{len(self._missing):,} days fetched, {settled:,} skipped as settled"
            + f", {from_before:,} fetched by the run before" * bool(from_before)
        )

    def records(self) -> Iterator[Raw | Reject]:
        """Every entry of every day fetched, day by day."""
        for fetched in sorted(self.fetched, key=lambda fetched: fetched.day):
            for number, entry in enumerate(self._waiting.entries(fetched.day), start=1):
                yield hf.raw(entry, fetched.day, f"{fetched.day}, entry {number}", fetched.fetched_at)

    @property
    def coverage(self) -> Mapping[str, tuple[date, date]]:
        """The days asked for, half-open."""
        return {hf.NAME: (self._days[0], self._days[-1] + timedelta(days=1))} if self._days else {}

    def published(self) -> None:
        """What was fetched is published and waits no longer."""
        self._waiting.clear()

    def _no_answer(self, error: NoAnswer) -> NotFetched:
        kept = f"; the {len(self.fetched):,} days fetched so far are kept for the next run" * bool(
            self.fetched
        )
        if isinstance(error, Unreachable):
            return NotFetched(
                f"{self._api.endpoint} cannot be reached ({error}), so nothing was published; check the network, or "
                f"use `--source demo` or `--source file --input PATH`{kept}."
            )
        return NotFetched(
            f"{self._api.endpoint} takes no more requests for now ({error}), so nothing was published; run again "
            f"later{kept}."
        )

    def _some_failed(self, failed: Mapping[date, str], asked: int) -> NotFetched:
        reasons: dict[str, list[date]] = {}
        for day, reason in failed.items():
            reasons.setdefault(reason, []).append(day)
        causes = "; ".join(f"{_named(days)}: {reason}" for reason, days in reasons.items())
        unasked = len(self._missing) - asked
        return NotFetched(
            f"{len(failed):,} of {len(self._days):,} days could not be fetched from {self._api.endpoint} ({causes})"
            + f" and {unasked:,} were not asked for any more" * bool(unasked)
            + ", so nothing was published; run the same again to take them up"
            + f", the other {len(self.fetched):,} are kept until then" * bool(self.fetched)
            + "."
        )


def _named(days: list[date]) -> str:
    named = ", ".join(map(str, days[:_DAYS_NAMED]))
    return named + f" and {len(days) - _DAYS_NAMED:,} more" * (len(days) > _DAYS_NAMED)
