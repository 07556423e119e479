"""Days whose lists are fetched: what became of them, and how a sentence names them. Light, as `etl status` is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from etl.errors import InputError

COMPLETE, EMPTY, FAILED, NOT_ASKED = "complete", "empty", "failed", "not asked"
SATURDAY = 5  # as date.weekday() counts
_NAMED = 5  # in a sentence


@dataclass(frozen=True, slots=True)
class AskedDay:
    """What became of a day in a run: complete, empty, failed or not asked; why, where it has no list."""

    day: date
    state: str
    entries: int = 0
    reason: str | None = None


def last_of(since: date | None, until: date | None, today: date, began_on: date, began: str) -> date:
    """The last day of a span that a user asks for: `until`, but none that has not begun (UTC).

    Args:
        since: its first day, if one is asked for.
        until: its last, likewise.
        today: in UTC.
        began_on: there is nothing before.
        began: what began then, as a sentence has it: 'Daily Papers began'.

    Raises:
        InputError: there is no such span.
    """
    last = min(until or today, today)
    for name, day in (("--since", since), ("--until", until)):
        if day and day < began_on:
            raise InputError(f"{name} {day} is before {began_on}, when {began}; give a later day.")
    if since and since > today:
        raise InputError(f"--since {since} is in the future; today is {today} (UTC), so give an earlier day.")
    if since and since > last:
        raise InputError(f"--since {since} comes after --until {last}; give the earlier day as --since.")
    return last


def spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days as half-open spans of days in a row, the earliest first."""
    first = until = None
    for day in sorted(days):
        if day != until:
            if first and until:
                yield first, until
            first = day
        until = day + timedelta(days=1)
    if first and until:
        yield first, until


def named(days: Iterable[date]) -> str:
    """Days in words: '2025-03-10, 2025-03-12 to 2025-03-20 and 3 more'."""
    found = list(spans(days))
    words = []
    for first, until in found[:_NAMED]:
        last = until - timedelta(days=1)
        words.append(str(first) if first == last else f"{first} to {last}")
    more = sum((until - first).days for first, until in found[_NAMED:])
    return ", ".join(words) + f" and {more:,} more" * bool(more)


def causes(lost: Mapping[date, str]) -> str:
    """Why there is no list of some days: '2025-03-10 to 2025-03-12: the server answered 502'."""
    reasons: dict[str, list[date]] = {}
    for day, reason in lost.items():
        reasons.setdefault(reason, []).append(day)
    return "; ".join(f"{named(days)}: {reason}" for reason, days in reasons.items())
