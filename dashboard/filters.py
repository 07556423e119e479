"""What the reader asks to see, and the same as URL query parameters.

The URL is the one home of a view's state: a page reads it, a control writes it, so that any view can be linked,
reloaded and gone back to. A URL is anybody's text, so a value that makes no sense is left out, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from etl.contract import OUTLIER

SHARE, PAPERS = "share", "papers"
MEASURES = (SHARE, PAPERS)
NEWEST, OLDEST, UPVOTES, COMMENTS, TYPICAL = "newest", "oldest", "upvotes", "comments", "typical"
SORTS = (NEWEST, OLDEST, UPVOTES, COMMENTS, TYPICAL)

TEXT_AT_MOST = 200  # characters
TOPICS_AT_MOST = 50
_PAGES_AT_MOST = 1_000_000
_LARGEST_TOPIC = 2**31 - 1  # topic_id is an INTEGER


@dataclass(frozen=True, slots=True)
class Point:
    """A topic in a month: what a point of the chart stands for."""

    topic: int
    month: date


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. Months are first days, both ends included; None means that nothing was asked for."""

    topics: tuple[int, ...] | None = None
    date_from: date | None = None
    date_until: date | None = None
    text: str = ""
    sort: str = NEWEST
    measure: str = SHARE
    point: Point | None = None
    page: int = 1

    @property
    def words(self) -> list[str]:
        """The words to search for, all of which must occur."""
        return self.text.split()

    @property
    def day_until(self) -> date | None:
        """The first day after the last month, since periods are half-open."""
        return month_after(self.date_until) if self.date_until else None

    def to_query(self) -> dict[str, str]:
        """As query parameters; what stands at its default is left out."""
        written = {
            "topics": None if self.topics is None else ".".join(str(topic) for topic in self.topics),
            "from": f"{self.date_from:%Y-%m}" if self.date_from else None,
            "until": f"{self.date_until:%Y-%m}" if self.date_until else None,
            "q": self.text or None,
            "sort": self.sort if self.sort != NEWEST else None,
            "measure": self.measure if self.measure != SHARE else None,
            "point": f"{self.point.topic}.{self.point.month:%Y-%m}" if self.point else None,
            "page": str(self.page) if self.page != 1 else None,
        }
        return {name: value for name, value in written.items() if value is not None}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Filters:
        """Read query parameters; anything that makes no sense counts as not given."""
        return cls(
            topics=_topics(query["topics"]) if "topics" in query else None,
            date_from=_month(query.get("from", "")),
            date_until=_month(query.get("until", "")),
            text=clean(query.get("q", "")),
            sort=_one_of(SORTS, query.get("sort", "")),
            measure=_one_of(MEASURES, query.get("measure", "")),
            point=_point(query.get("point", "")),
            page=_whole(query.get("page", ""), 1, _PAGES_AT_MOST) or 1,
        )


def month_after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def clean(text: str) -> str:
    """A search text on one line, of bounded length."""
    return " ".join(text.replace("\0", " ").split())[:TEXT_AT_MOST].rstrip()


def _topics(text: str) -> tuple[int, ...] | None:
    """Topics as in "3.17.-1"; an empty text chooses none, and one without any sense counts as not given."""
    found = (_whole(part, OUTLIER, _LARGEST_TOPIC) for part in text.split("."))
    topics = tuple(dict.fromkeys(topic for topic in found if topic is not None))[:TOPICS_AT_MOST]
    return topics if topics or not text else None


def _whole(text: str, lowest: int, highest: int) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if lowest <= number <= highest else None


def _month(text: str) -> date | None:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if 1900 <= month.year <= 2200 else None


def _point(text: str) -> Point | None:
    topic_text, _, month_text = text.partition(".")
    topic, month = _whole(topic_text, OUTLIER, _LARGEST_TOPIC), _month(month_text)
    return None if topic is None or month is None else Point(topic, month)


def _one_of(choices: tuple[str, ...], text: str) -> str:
    return text if text in choices else choices[0]
