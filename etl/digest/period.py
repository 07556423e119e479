"""The spans of time that digests are of: complete, half-open, in UTC, and each with a name of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Length(StrEnum):
    """How long."""

    week = "week"
    month = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to the day before `end`; `key` is its name, such as 2026-W12 or 2026-03."""

    key: str
    start: date
    end: date

    def __str__(self) -> str:
        last = self.end - timedelta(days=1)
        return f"{self.start.day} {self.start:%b %Y} to {last.day} {last:%b %Y}"


def last_complete(length: Length, today: date) -> Period:
    """The week (from Monday on) or calendar month that ended last before today, or with the day before it."""
    if length is Length.week:
        end = today - timedelta(days=today.weekday())
        start = end - timedelta(days=7)
        year, week, _ = start.isocalendar()
        return Period(f"{year}-W{week:02}", start, end)
    end = today.replace(day=1)
    start = (end - timedelta(days=1)).replace(day=1)
    return Period(f"{start:%Y-%m}", start, end)
