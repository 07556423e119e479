"""Source `hf`: the lists of a week, of a month, and of what is trending now.

They look at many counters with few requests. Nowhere is it said that they are complete, so they cover no days: their
papers and counts are kept, and months are judged by the days that were fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from etl.days import AskedDay
from etl.errors import InputError, NotFetched
from etl.records import FetchedDay, Raw, Reject
from etl.sources import hf
from etl.sources.hf_api import DailyPapers, DayNotFetched, NoAnswer


@dataclass(frozen=True, slots=True)
class ListAsked:
    """A list that is not a day's: the API's query for it, and its name in a sentence."""

    query: Mapping[str, str]
    name: str

    @classmethod
    def read(cls, options: Mapping[str, Any], today: date) -> ListAsked | None:
        """The list that the options ask for; None where they ask for days.

        Raises:
            InputError: they ask for several things, or for a week or month that cannot be.
        """
        given = [name for name in ("week", "month", "trending") if options.get(name)]
        if not given:
            return None
        if len(given) > 1 or any(options.get(name) for name in ("since", "until", "refresh")):
            raise InputError(
                "--week, --month and --trending ask for one list each; give one of them, without --since, --until and "
                "--refresh."
            )
        (kind,) = given
        if kind == "trending":
            return cls({"sort": "trending"}, "the trending list")
        period = str(options[kind])
        first, last = _week(period) if kind == "week" else _month(period)
        if last < hf.BEGAN_ON:
            raise InputError(
                f"--{kind} {period} is before {hf.BEGAN_ON}, when Daily Papers began; give a later {kind}."
            )
        if first > today:
            raise InputError(
                f"--{kind} {period} is in the future; today is {today} (UTC), so give an earlier {kind}."
            )
        return cls({kind: period}, f"the list of {kind} {period}")


def _week(text: str) -> tuple[date, date]:
    """First and last day of an ISO week."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    try:
        year, week = map(int, found.groups()) if found else (0, 0)
        return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)
    except ValueError:
        raise InputError(f"--week {text} is not a week; write it as YYYY-Www, such as 2025-W14.") from None


def _month(text: str) -> tuple[date, date]:
    """First and last day of a month; day 28 stands for the last, which is near enough to compare."""
    try:
        found = re.fullmatch(r"(\d{4})-(\d{2})", text)
        year, month = map(int, found.groups()) if found else (0, 0)
        return date(year, month, 1), date(year, month, 28)
    except ValueError:
        raise InputError(f"--month {text} is not a month; write it as YYYY-MM, such as 2025-03.") from None


class HfList:
    """One list that is not a day's. Its entries are held in memory: a month has about a thousand.

    Args:
        api: answers with a list.
        asked: which.
        clock: the time as naive UTC.
    """

    name = hf.NAME
    fetched: Sequence[FetchedDay] = ()
    asked: Sequence[AskedDay] = ()
    missing: Mapping[date, str] = {}
    warnings: Sequence[str] = ()
    coverage: Mapping[str, tuple[date, date]] = {}

    def __init__(
        self,
        api: DailyPapers,
        asked: ListAsked,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
    ) -> None:
        self._api = api
        self._list = asked
        self._clock = clock
        self._entries: list[Any] = []
        self._read_at: datetime | None = None

    def plan(self, log: Mapping[date, datetime], missing: Mapping[date, str]) -> int:
        """There is one list to fetch, whatever was fetched before."""
        return 1

    def fetch(self, doing: Callable[[str], None], advance: Callable[[int], None]) -> str:
        """Fetch it; returns the outcome in words.

        Raises:
            NotFetched: it did not come.
        """
        doing(self._list.name)
        try:
            self._entries = self._api.entries(self._list.query)
        except (DayNotFetched, NoAnswer) as error:
            raise NotFetched(
                f"T{self._list.name[1:]} could not be fetched from {self._api.endpoint} ({error}), so nothing "
                "was published; run again later."
            ) from error
        self._read_at = self._clock().replace(microsecond=0)
        advance(1)
        return f"{len(self._entries):,} entries of {self._list.name}"

    def records(self) -> Iterator[Raw | Reject]:
        """Every entry."""
        for number, entry in enumerate(self._entries, start=1):
            yield hf.raw(entry, None, f"{self._list.name}, entry {number}", self._read_at)

    def published(self) -> None:
        """Nothing waits."""
