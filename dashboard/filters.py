"""What the reader asks to see, and the same as URL query parameters.

The URL is the one home of a view's state: a page reads it, a control writes it, so that any view can be linked,
reloaded and gone back to. A URL is anybody's text, so a value that makes no sense is left out, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Self
from urllib.parse import parse_qsl, urlencode

from etl.contract import AGES, OUTLIER
from etl.trends import MONTHS_AT_LEAST, MONTHS_AT_MOST

SHARE, PAPERS = "share", "papers"
MEASURES = (SHARE, PAPERS)
LINES, PANELS, SLOPES, AREAS, HEAT = "lines", "panels", "slopes", "areas", "heat"
VIEWS = (LINES, PANELS, SLOPES, AREAS, HEAT)
DAY, WEEK, MONTH, QUARTER = "day", "week", "month", "quarter"
PERIODS = (MONTH, QUARTER, WEEK, DAY)
NEWEST, OLDEST, UPVOTES, COMMENTS, TYPICAL = "newest", "oldest", "upvotes", "comments", "typical"
SORTS = (NEWEST, OLDEST, UPVOTES, COMMENTS, TYPICAL)
NEW, RETURNING = "new", "returning"
NEWCOMERS = (NEW, RETURNING)
BOTH, WORDS, MEANING = "both", "words", "meaning"
WAYS = (BOTH, WORDS, MEANING)  # of searching
AREA, DATE, VOTES = "area", "date", "upvotes"
COLOURS = (AREA, DATE, VOTES)  # of the map
LEVELS = ("papers", "topics")  # of the map

COMPARED, GROWTH, DISCUSSION = "compared", "growth", "comments"
PARTS = (COMPARED, GROWTH, DISCUSSION)  # of the page of upvotes
LIST_KEY = "[a-z0-9_-]{1,60}"  # of a reading list

TEXT_AT_MOST = 200  # characters
NAME_AT_MOST = 300
FIND_AT_MOST = 1_000  # a sentence or two to search for
SQL_AT_MOST = 10_000
CORNERS_AT_MOST = 64
TOPICS_AT_MOST = 50
_PAGES_AT_MOST = 1_000_000
_LARGEST = 2**31 - 1  # topic_id and counts are INTEGER


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of a chart that was clicked: the chart's key, and the piece of a query for the papers it counts."""

    chart: str
    query: str


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from `low` to `high`, both included; None leaves that end open."""

    low: int | None = None
    high: int | None = None

    def __str__(self) -> str:
        return f"{'' if self.low is None else self.low}-{'' if self.high is None else self.high}"


Corners = tuple[tuple[float, float], ...]  # of an area drawn on the map, in its unit


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. Months are first days, both ends included; None means that nothing was asked for.

    The first group says which papers (the controls of every page). The second narrows them to what a mark of a chart
    counts. The third is what topics are judged on, also on every page. The fourth is how a page shows them.
    """

    topics: tuple[int, ...] | None = None
    date_from: date | None = None
    date_until: date | None = None
    organization: str = ""
    author: str = ""  # a name as given
    upvotes_from: int | None = None
    text: str = ""

    age: str = (
        ""  # a name of contract.AGES: upvotes are those read then, and papers without such a reading stay out
    )
    days: tuple[date, date] | None = None  # of publication, both included
    upvotes: Range | None = None  # what one bar of the distribution counts
    team: Range | None = None  # number of authors
    weekday: int | None = None  # of listing, 1 for Monday
    assigned: bool = False  # papers that have a topic
    newcomers: str = ""  # papers with a name that is new that month, or that returns
    followed: int | None = None  # papers with a settled count and one read so many days after listing
    settled: Range | None = None  # whole days after listing until the count had settled
    discussed: bool = False  # papers whose number of comments is known
    within: Corners | None = None  # papers within an area of the map
    reading: str = ""  # the key of a reading list
    among: tuple[str, ...] | None = None  # paper_ids of that list; never in the URL, which names the list

    window: int | None = None  # months that verdicts are on; None for those of the published ones

    find: str = ""  # what papers are ranked by: words or sentences
    way: str = BOTH  # how they are searched
    like: str = ""  # the paper that others are compared with
    picked: str = ""  # the paper shown in full
    colour: str = AREA
    level: str = LEVELS[0]
    part: str = ""  # of the page of upvotes
    sql: str = ""
    plot: str = ""  # kind, x and y of the chart of a query's answer, parted by colons
    sort: str = NEWEST
    measure: str = SHARE
    view: str = LINES  # how topics are compared
    per: str = MONTH
    log: bool = False  # a logarithmic axis
    smooth: bool = False  # lines through means of three periods
    mark: Mark | None = None
    topic: int | None = None  # the one that a page of one topic is about
    week: date | None = None  # its Monday
    page: int = 1

    snapshot: str = ""  # the id of an earlier snapshot to look at; '' for the current one

    @property
    def words(self) -> list[str]:
        """The words to search for, all of which must occur."""
        return self.text.split()

    @property
    def day_until(self) -> date | None:
        """The first day after the last month, since periods are half-open."""
        return month_after(self.date_until) if self.date_until else None

    @property
    def population(self) -> Filters:
        """Which papers shares are shares of: what is asked for, whatever their topic."""
        return replace(self.papers_only, topics=None)

    @property
    def judged(self) -> Filters:
        """What verdicts on topics are made of: which papers, whatever their topic, and over how many months."""
        return replace(self.population, window=self.window)

    def in_topic(self, topic: int) -> Filters:
        """The papers of one topic among those asked for, whichever topics were asked for."""
        return replace(self.papers_only, topics=(topic,))

    @property
    def shared(self) -> Filters:
        """What the controls of every page say, which goes along from page to page."""
        return replace(self, **{name: getattr(_NOTHING, name) for name in (*_MARKS, *_SHOWN)})

    def without(self, *names: str) -> Filters:
        """As if these had not been asked for; '' is none of them."""
        return replace(self, **{name: getattr(_NOTHING, name) for name in names if name})

    def unmarked(self, *, keep_age: bool) -> Filters:
        """Without what narrows papers to those of a mark, which only the page of papers understands."""
        kept = {name for name in _MARKS if not (keep_age and name == "age")}
        return replace(self, **{name: getattr(_NOTHING, name) for name in kept})

    @property
    def papers_only(self) -> Filters:
        """Which papers, without how they are judged and shown: equal for views of the same papers of a snapshot."""
        return replace(self, snapshot="", **{name: getattr(_NOTHING, name) for name in (*_JUDGED, *_SHOWN)})

    @property
    def is_neutral(self) -> bool:
        """True where every paper is asked for."""
        return self.papers_only == _NOTHING

    def narrowed(self, query: str) -> Filters:
        """The same papers, narrowed to what a mark of a chart counts (see `dashboard.charts`)."""
        narrowed = Filters.from_query({**self.papers_only.to_query(), **dict(parse_qsl(query))})
        return replace(narrowed, snapshot=self.snapshot)

    def to_query(self) -> dict[str, str]:
        """As query parameters; what stands at its default is left out."""
        written = {
            "topics": None if self.topics is None else ".".join(str(topic) for topic in self.topics),
            "from": f"{self.date_from:%Y-%m}" if self.date_from else None,
            "until": f"{self.date_until:%Y-%m}" if self.date_until else None,
            "org": self.organization or None,
            "author": self.author or None,
            "min": None if self.upvotes_from is None else str(self.upvotes_from),
            "q": self.text or None,
            "age": self.age or None,
            "days": f"{self.days[0].isoformat()}_{self.days[1].isoformat()}" if self.days else None,
            "upvotes": str(self.upvotes) if self.upvotes else None,
            "team": str(self.team) if self.team else None,
            "weekday": str(self.weekday) if self.weekday else None,
            "assigned": "yes" if self.assigned else None,
            "with": self.newcomers or None,
            "followed": None if self.followed is None else str(self.followed),
            "settled": str(self.settled) if self.settled else None,
            "discussed": "yes" if self.discussed else None,
            "within": _written(self.within) if self.within else None,
            "list": self.reading or None,
            "find": self.find or None,
            "way": self.way if self.way != BOTH else None,
            "like": self.like or None,
            "picked": self.picked or None,
            "colour": self.colour if self.colour != AREA else None,
            "level": self.level if self.level != LEVELS[0] else None,
            "part": self.part or None,
            "sql": self.sql or None,
            "plot": self.plot or None,
            "window": None if self.window is None else str(self.window),
            "sort": self.sort if self.sort != NEWEST else None,
            "measure": self.measure if self.measure != SHARE else None,
            "view": self.view if self.view != LINES else None,
            "per": self.per if self.per != MONTH else None,
            "log": "yes" if self.log else None,
            "smooth": "yes" if self.smooth else None,
            "mark": f"{self.mark.chart}:{self.mark.query}" if self.mark else None,
            "topic": None if self.topic is None else str(self.topic),
            "week": self.week.isoformat() if self.week else None,
            "page": str(self.page) if self.page != 1 else None,
            "snapshot": self.snapshot or None,
        }
        return {name: value for name, value in written.items() if value is not None}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read query parameters; anything that makes no sense counts as not given."""
        return cls(
            topics=_topics(query["topics"]) if "topics" in query else None,
            date_from=_month(query.get("from", "")),
            date_until=_month(query.get("until", "")),
            organization=clean(query.get("org", query.get("organization", "")), NAME_AT_MOST),
            author=clean(query.get("author", ""), NAME_AT_MOST),
            upvotes_from=_whole(query.get("min", ""), 0, _LARGEST),
            text=clean(query.get("q", "")),
            age=_one_of(("", *AGES), query.get("age", "")),
            days=_days(query.get("days", "")),
            upvotes=_range(query.get("upvotes", "")),
            team=_range(query.get("team", "")),
            weekday=_whole(query.get("weekday", ""), 1, 7),
            assigned=query.get("assigned") == "yes",
            newcomers=_one_of(("", *NEWCOMERS), query.get("with", "")),
            followed=_whole(query.get("followed", ""), 0, 10_000),
            settled=_range(query.get("settled", "")),
            discussed=query.get("discussed") == "yes",
            within=_corners(query.get("within", "")),
            reading=query.get("list", "") if re.fullmatch(LIST_KEY, query.get("list", "")) else "",
            find=clean(query.get("find", ""), FIND_AT_MOST),
            way=_one_of(WAYS, query.get("way", "")),
            like=clean(query.get("like", ""), NAME_AT_MOST),
            picked=clean(query.get("picked", ""), NAME_AT_MOST),
            colour=_one_of(COLOURS, query.get("colour", "")),
            level=_one_of(LEVELS, query.get("level", "")),
            part=_one_of(("", *PARTS), query.get("part", "")),
            sql=query.get("sql", "").replace("\0", " ").strip()[:SQL_AT_MOST],
            plot=clean(query.get("plot", ""), NAME_AT_MOST),
            window=_whole(query.get("window", ""), MONTHS_AT_LEAST, MONTHS_AT_MOST),
            sort=_one_of(SORTS, query.get("sort", "")),
            measure=_one_of(MEASURES, query.get("measure", "")),
            view=_one_of(VIEWS, query.get("view", "")),
            per=_one_of(PERIODS, query.get("per", "")),
            log=query.get("log") == "yes",
            smooth=query.get("smooth") == "yes",
            mark=_mark(query.get("mark", "")),
            topic=_whole(query.get("topic", ""), 0, _LARGEST),
            week=_monday(query.get("week", "")),
            page=_whole(query.get("page", ""), 1, _PAGES_AT_MOST) or 1,
            snapshot=_snapshot(query.get("snapshot", "")),
        )


_NOTHING = Filters()
_MARKS = (
    *("age", "days", "upvotes", "team", "weekday", "assigned", "newcomers", "followed", "within"),
    *("settled", "discussed", "reading", "among"),
)
_JUDGED = ("window",)
_SHOWN = (
    *("find", "way", "like", "picked", "colour", "level", "part", "sql", "plot"),
    *("sort", "measure", "view", "per", "log", "smooth", "mark", "topic", "week", "page"),
)
assert {*_MARKS, *_JUDGED, *_SHOWN} < {field.name for field in fields(Filters)}


def month_after(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def clean(text: str, at_most: int = TEXT_AT_MOST) -> str:
    """A text on one line, of bounded length."""
    return " ".join(text.replace("\0", " ").split())[:at_most].rstrip()


def _topics(text: str) -> tuple[int, ...] | None:
    """Topics as in "3.17.-1"; an empty text chooses none, and one without any sense counts as not given."""
    found = (_whole(part, OUTLIER, _LARGEST) for part in text.split("."))
    topics = tuple(dict.fromkeys(topic for topic in found if topic is not None))[:TOPICS_AT_MOST]
    return topics if topics or not text else None


def _whole(text: str, lowest: int, highest: int) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if lowest <= number <= highest else None


def _days(text: str) -> tuple[date, date] | None:
    """Days as in "2025-03-03_2025-03-09"."""
    first, _, last = text.partition("_")
    try:
        found = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return found if found[0] <= found[1] else None


def _range(text: str) -> Range | None:
    """A range as in "3-7" or "50-"."""
    low, dash, high = text.partition("-")
    found = Range(_whole(low, 0, _LARGEST), _whole(high, 0, _LARGEST))
    return found if dash and found != Range() else None


def _written(corners: Corners) -> str:
    """An area of the map in thousandths of its unit, as in "-120_45.300_45.90_-7": no sign that a URL would escape."""
    return ".".join(f"{round(1000 * x)}_{round(1000 * y)}" for x, y in corners)


def _corners(text: str) -> Corners | None:
    """The corners of an area, three or more."""
    found = re.findall(r"(-?\d{1,6})_(-?\d{1,6})(?:\.|$)", text)[:CORNERS_AT_MOST]
    corners = tuple((int(x) / 1000, int(y) / 1000) for x, y in found)
    return corners if len(corners) >= 3 else None


def _month(text: str) -> date | None:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if 1900 <= month.year <= 2200 else None


def _monday(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.weekday() == 0 and 1900 <= day.year <= 2200 else None


def _mark(text: str) -> Mark | None:
    """A mark as in "teams:from=2025-04&until=2025-04"; its query is written anew, so that only what is known stays."""
    chart, colon, query = text.partition(":")
    if not colon or not re.fullmatch(r"[a-z0-9_]{1,40}", chart):
        return None
    return Mark(chart, urlencode(Filters().narrowed(query[:1000]).papers_only.to_query()))


def _snapshot(text: str) -> str:
    """An id of a snapshot, which is the name of a file and no way out of its folder."""
    return text if re.fullmatch(r"[0-9]{8}T[0-9A-Za-z.-]{1,60}", text) else ""


def _one_of(choices: tuple[str, ...], text: str) -> str:
    return text if text in choices else choices[0]
