"""Source `hf`: Daily Papers live, day by day.

A day's counters move for a week or two after it; SETTLED_AFTER is twice that. A run asks for every day of its span
that was never fetched, or was last fetched before it had settled.

A day that fails while others come is a gap: the rest is published, the gap is told of, and the next run asks again.
When day after day fails the server is out of order: then nothing is published. What was fetched waits in a folder, so
that the next run asks only for what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from etl.days import COMPLETE, EMPTY, FAILED, NOT_ASKED, SATURDAY, AskedDay, causes, last_of, named
from etl.errors import NotFetched
from etl.records import FetchedDay, Raw, Reject
from etl.settings import HfSettings
from etl.sources import hf
from etl.sources.catalogue import Request
from etl.sources.hf_api import DailyPapers, DayNotFetched, NoAnswer, NotBegun, Unreachable
from etl.sources.hf_lists import HfList, ListAsked
from etl.sources.hf_waiting import Waiting

SETTLED_AFTER = timedelta(days=30)
DAYS_BACK = 30  # of a first run that names no day
FRESH_FOR = timedelta(days=1)  # how long a day of a run that failed is used by the next
FAILURES_IN_A_ROW = 3  # after which a run asks for no more days
PATIENCE = 900.0  # seconds that a run spends on days that fail
CLOCKS_DIFFER = timedelta(minutes=5)  # by more than this: one of them is wrong
_BROKE_OFF = "the run broke off before"


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
        return cls(since, last_of(since, until, today, hf.BEGAN_ON, "Daily Papers began"))

    def days(self, log: Mapping[date, datetime]) -> list[date]:
        """The days of the span; without `since` those after the last settled one, else the DAYS_BACK before `until`."""
        since = self.since
        if since is None:
            settled = [
                day for day, fetched_at in log.items() if day < self.until and is_settled(day, fetched_at)
            ]
            back = max(hf.BEGAN_ON, self.until - timedelta(days=DAYS_BACK))
            since = max(settled) + timedelta(days=1) if settled else back
        return [since + timedelta(days=number) for number in range((self.until - since).days + 1)]


def is_settled(day: date, fetched_at: datetime) -> bool:
    """True for a day fetched so late after itself that its counters had settled."""
    return fetched_at.date() - day >= SETTLED_AFTER


@contextmanager
def opened(request: Request) -> Iterator[HfSource | HfList]:
    """The days or the list asked for, at the endpoint that the environment names."""
    today = datetime.now(UTC).date()
    asked, until = ListAsked.read(request.options, today), request.options.get("until")
    span = Span.asked(request.options.get("since"), until, today)
    if until and until > span.until:
        request.remark(f"{until} has not begun (UTC), so the run ends with {span.until}.")
    with DailyPapers(HfSettings.read(), told=request.doing) as api:
        if asked:
            yield HfList(api, asked)
        else:
            yield HfSource(api, span, request.data_dir, refresh=bool(request.options.get("refresh")))


class HfSource:
    """Daily Papers of a span of days: `plan`, `fetch`, `records`, and at the end `published`.

    Args:
        api: answers with a day's list.
        span: the days asked for.
        data_dir: what is fetched waits in a folder of it.
        refresh: ask for settled days too.
        patience: seconds that may be spent on days that fail, before no more are asked for.
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
        patience: float = PATIENCE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
    ) -> None:
        self._api = api
        self._span = span
        self._waiting = Waiting(data_dir / "fetched" / hf.NAME, api.endpoint)
        self._refresh = refresh
        self._patience = patience
        self._clock = clock
        self._days: list[date] = []
        self._log: Mapping[date, datetime] = {}
        self._owed: dict[date, str] = {}  # not got by a run that published nothing
        self._to_fetch: list[date] = []
        self._failed: dict[date, str] = {}
        self._not_begun: set[date] = set()
        self.fetched: list[FetchedDay] = []

    def plan(self, log: Mapping[date, datetime], missing: Mapping[date, str]) -> int:
        """Choose the days to fetch; returns how many.

        Those are the days of the span that never came, or came before they had settled; and where the user named no
        first day, those too that an earlier run asked for in vain.

        Args:
            log: when each day was last fetched, as published.
            missing: the days not got, as published, with the reason.
        """
        self._log = log
        self._owed = {day: why for day, why in self._waiting.owed().items() if day not in missing}
        in_vain = {day for day in (*missing, *self._owed) if hf.BEGAN_ON <= day <= self._span.until}
        days = set(self._span.days(log)) | (in_vain if self._span.since is None else set())
        self._days = sorted(days)
        for day in self._days:
            known_since = log.get(day, datetime.min)
            if is_settled(day, known_since) and day not in in_vain and not self._refresh:
                continue
            waits = self._waiting.find(day)
            if waits and waits.fetched_at > max(known_since, self._clock() - FRESH_FOR):
                self.fetched.append(waits)
            else:
                self._to_fetch.append(day)
        return len(self._to_fetch)

    def fetch(self, doing: Callable[[str], None], advance: Callable[[int], None]) -> str:
        """Fetch the days chosen, telling which is under way and each that is done; returns the outcome in words.

        A day that fails is asked for once more at the end. What fails then is `missing`, and the next run takes it up.

        Raises:
            NotFetched: the server is out of order; the days that were fetched wait for the next run.
        """
        from_before = len(self.fetched)
        try:
            whole = self._ask_for(self._to_fetch, doing, advance)
            if whole and self._failed:
                self._ask_for(list(self._failed), doing, lambda units: None)
        except NoAnswer as error:
            self._owe(str(error))
            raise self._no_answer(error) from error
        if not whole or (self._failed and len(self.fetched) == from_before):
            self._owe(_BROKE_OFF)
            raise self._out_of_order()
        return self._outcome(from_before)

    def _ask_for(
        self, days: list[date], doing: Callable[[str], None], advance: Callable[[int], None]
    ) -> bool:
        """Fetch days one by one; False where it broke off, since too many failed or for too long."""
        in_a_row = 0
        for day in days:
            doing(str(day))
            began = time.monotonic()
            try:
                entries = self._api.day(day)
            except NotBegun:
                self._not_begun.add(day)
                self._failed.pop(day, None)
            except DayNotFetched as error:
                self._failed[day] = str(error)
                self._patience -= time.monotonic() - began
                in_a_row += 1
                if in_a_row == FAILURES_IN_A_ROW or self._patience < 0:
                    return False
            else:
                in_a_row = 0
                self._failed.pop(day, None)
                self.fetched.append(self._waiting.keep(day, self._clock().replace(microsecond=0), entries))
            advance(1)
        return True

    def records(self) -> Iterator[Raw | Reject]:
        """Every entry of every day fetched, day by day."""
        for fetched in sorted(self.fetched, key=lambda fetched: fetched.day):
            for number, entry in enumerate(self._waiting.entries(fetched.day), start=1):
                yield hf.raw(entry, fetched.day, f"{fetched.day}, entry {number}", fetched.fetched_at)

    @property
    def coverage(self) -> Mapping[str, tuple[date, date]]:
        """Nothing beyond the days fetched, each of which covers itself."""
        return {}

    @property
    def asked(self) -> list[AskedDay]:
        """What became of each day of the span so far."""
        entries = {fetched.day: fetched.entries for fetched in self.fetched}
        return [self._asked(day, entries.get(day)) for day in self._days]

    def _asked(self, day: date, entries: int | None) -> AskedDay:
        if entries is not None:
            return AskedDay(day, COMPLETE if entries else EMPTY, entries)
        if day in self._failed:
            return AskedDay(day, FAILED, reason=self._failed[day])
        if day in self._not_begun:
            return AskedDay(day, NOT_ASKED, reason="it has not begun by the server's clock")
        if day in self._to_fetch:
            return AskedDay(day, NOT_ASKED, reason=_BROKE_OFF)
        return AskedDay(day, NOT_ASKED, reason=f"settled, and fetched on {self._log[day]:%Y-%m-%d}")

    @property
    def missing(self) -> Mapping[date, str]:
        """The days that failed, and those that a failed run did not get and this one did not ask for."""
        done = self._done()
        return {day: why for day, why in self._owed.items() if day not in done} | self._failed

    @property
    def warnings(self) -> list[str]:
        """On days that failed, and on a clock that is wrong."""
        said = []
        if self._failed:
            said.append(
                f"{len(self._failed):,} of {len(self._days):,} days could not be fetched from {self._api.endpoint} "
                f"({causes(self._failed)}); what they list is missing, or not up to date, until the next run, which "
                "asks again."
            )
        if abs(self._api.ahead) > CLOCKS_DIFFER:
            fast = "behind" if self._api.ahead > timedelta(0) else "ahead of"
            said.append(
                f"This computer's clock is {_length(abs(self._api.ahead))} {fast} that of {self._api.endpoint}, and "
                "what was read is dated by it; if it is wrong, set it right and run again."
            )
        return said

    def published(self) -> None:
        """What was fetched is published and waits no longer."""
        self._waiting.clear()

    def _outcome(self, from_before: int) -> str:
        asked = len(self.fetched) - from_before
        settled = len(self._days) - len(self._to_fetch) - from_before
        weekdays = [one.day for one in self.fetched if not one.entries and one.day.weekday() < SATURDAY]
        return (
            f"{asked:,} days fetched, {settled:,} skipped as settled"
            + f", {from_before:,} fetched by the run before" * bool(from_before)
            + f", {len(self._failed):,} failed" * bool(self._failed)
            + f", {len(self._not_begun):,} not begun by the server's clock" * bool(self._not_begun)
            + f"; without papers though a weekday: {named(sorted(weekdays))}" * bool(weekdays)
        )

    def _owe(self, why: str) -> None:
        """Remember the days that did not come, for the next run: this one publishes nothing."""
        done = self._done()
        lost = {day: self._failed.get(day, why) for day in self._to_fetch if day not in done}
        self._waiting.owe({day: owed for day, owed in self._owed.items() if day not in done} | lost)

    def _done(self) -> set[date]:
        """The days of which there is no more to be had now."""
        return {fetched.day for fetched in self.fetched} | self._not_begun

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

    def _out_of_order(self) -> NotFetched:
        unasked = len(set(self._to_fetch) - self._done() - self._failed.keys())
        return NotFetched(
            f"{len(self._failed):,} of {len(self._days):,} days could not be fetched from {self._api.endpoint} "
            f"({causes(self._failed)})"
            + f" and {unasked:,} were not asked for any more" * bool(unasked)
            + ", so nothing was published; run the same again to take them up"
            + f", the other {len(self.fetched):,} are kept until then" * bool(self.fetched)
            + "."
        )


def _length(time: timedelta) -> str:
    """A time as people say it, in its largest unit: '3 hours'."""
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if time >= size:
            return f"{round(time / size):,} {unit}{'s' * (round(time / size) > 1)}"
    return f"{round(time / timedelta(minutes=1))} minutes"
