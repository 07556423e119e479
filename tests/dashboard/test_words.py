"""Filters in words."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from dashboard import words
from dashboard.filters import NEW, RETURNING, Filters, Mark, Range

NAMES = {0: "Graph networks", 3: "Speech", -1: "No topic"}
APRIL, JUNE = date(2025, 4, 1), date(2025, 6, 1)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, []),
        ({"text": "graph nets"}, ["with the words “graph nets”"]),
        ({"topics": (3,)}, ["in Speech"]),
        ({"topics": (0, -1)}, ["in Graph networks or No topic"]),
        ({"topics": ()}, []),
        ({"topics": (0, 99)}, ["in Graph networks"]),  # a topic that is no more
        ({"topics": (99,)}, []),
        ({"assigned": True}, ["in any topic"]),
        ({"date_from": APRIL, "date_until": APRIL}, ["published in Apr 2025"]),
        ({"date_from": APRIL}, ["published from Apr 2025 on"]),
        ({"date_until": JUNE}, ["published until Jun 2025"]),
        ({"date_from": APRIL, "date_until": JUNE}, ["published Apr 2025 to Jun 2025"]),
        ({"organization": "Alpha"}, ["of Alpha"]),
        ({"author": "Ada"}, ["by Ada"]),
        ({"upvotes_from": 1}, ["with 1 upvote or more"]),
        ({"upvotes_from": 1200}, ["with 1,200 upvotes or more"]),
        ({"upvotes_from": 0}, ["with 0 upvotes or more"]),
        (
            {"upvotes_from": 2, "age": "listing"},
            ["with 2 upvotes or more on the day of listing"],
        ),
        ({"age": "settled"}, ["whose upvotes were read 14 days or more after listing"]),
        (
            {"upvotes": Range(3, 4), "age": "week"},
            ["with 3 to 4 upvotes 5 to 9 days after listing"],
        ),
        (
            {"upvotes": Range(0, 0), "upvotes_from": 0},
            ["with 0 upvotes or more", "with 0 upvotes"],
        ),
        ({"upvotes": Range(201, None)}, ["with 201 upvotes or more"]),
        ({"team": Range(1, 1)}, ["with 1 author"]),
        ({"team": Range(11, 12)}, ["with 11 to 12 authors"]),
        ({"team": Range(51, None)}, ["with 51 authors or more"]),
        ({"team": Range(None, 5)}, ["with at most 5 authors"]),
        ({"team": Range(0, None)}, ["with a known number of authors"]),
        ({"weekday": 1}, ["listed on a Monday"]),
        ({"weekday": 7}, ["listed on a Sunday"]),
        ({"days": (date(2025, 3, 31), date(2025, 4, 6))}, ["published 31 Mar to 6 Apr 2025"]),
        ({"days": (date(2025, 4, 4), date(2025, 4, 4))}, ["published 4 Apr 2025"]),
        ({"newcomers": NEW}, ["with a name new to the corpus that month"]),
        ({"newcomers": RETURNING}, ["with a name that had published before"]),
        ({"followed": 0}, ["with a settled count, and one read 0 days after listing"]),
        ({"settled": Range(5, 6)}, ["whose count settled after 5 to 6 days"]),
        ({"settled": Range(14, None)}, ["whose count settled after 14 days or more"]),
        ({"discussed": True}, ["with a known number of comments"]),
        ({"followed": 1}, ["with a settled count, and one read 1 day after listing"]),
    ],
)
def test_what_is_asked_for_is_told(asked: dict[str, Any], told: list[str]) -> None:
    assert words.told(Filters(**asked), NAMES) == told


def test_all_that_narrows_is_told_and_nothing_of_how_it_is_shown() -> None:
    values = {
        "text": "graph",
        "topics": (0,),
        "date_from": APRIL,
        "date_until": JUNE,
        "organization": "Alpha",
        "author": "Ada",
        "days": (APRIL, JUNE),
        "upvotes_from": 1,
        "age": "week",
        "upvotes": Range(1, 2),
        "team": Range(1, 2),
        "weekday": 2,
        "assigned": True,
        "newcomers": NEW,
        "followed": 3,
        "window": 24,
        "sort": "upvotes",
        "measure": "papers",
        "view": "heat",
        "per": "quarter",
        "log": True,
        "smooth": True,
        "mark": Mark("teams", "team=1-1"),
        "topic": 1,
        "week": date(2025, 2, 3),
        "page": 2,
        "snapshot": "20260301T060012.123Z-0a1b2c",
        "within": ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)),
        "find": "graphs",
        "way": "words",
        "like": "p1",
        "picked": "p1",
        "colour": "date",
        "level": "topics",
        "sql": "FROM papers",
        "plot": "bars:a:b",
        "part": "growth",
        "settled": Range(1, 2),
        "discussed": True,
    }
    # The page tells of a reading list, whose name stands in a file.
    assert {*values, "reading", "among"} == {field.name for field in fields(Filters)}
    for name, value in values.items():
        filters = replace(Filters(), **{name: value})
        assert bool(words.told(filters, NAMES)) == (not filters.is_neutral), name


def judged(start: str | None, end: str | None) -> pd.DataFrame:
    """Two topics of one window, and the papers without one."""
    return pd.DataFrame(
        {"window_start": pd.to_datetime([start, start, None]), "window_end": pd.to_datetime([end, end, None])}
    )


@pytest.mark.parametrize(
    ("start", "end", "asked", "told"),
    [
        ("2024-07-01", "2025-06-01", None, "Verdicts are on Jul 2024 to Jun 2025, 12 complete months."),
        ("2024-07-01", "2025-06-01", 12, "Verdicts are on Jul 2024 to Jun 2025, 12 complete months."),
        (
            "2025-01-01",
            "2025-08-01",
            24,
            "Verdicts are on Jan 2025 to Aug 2025, 8 complete months; of the 24 asked for there are no more in a row.",
        ),
        (
            "2025-03-01",
            "2025-03-01",
            None,
            "Verdicts are on Mar 2025 to Mar 2025, 1 complete month, and fewer than 6 say nothing.",
        ),
        (None, None, 24, "No month is complete yet, so no topic is judged."),
    ],
)
def test_the_window_is_told(start: str | None, end: str | None, asked: int | None, told: str) -> None:
    assert words.window(judged(start, end), Filters(window=asked)) == told


def test_breaks_are_told_by_who_joins_and_who_ends() -> None:
    rows = pd.DataFrame(
        {
            "month": pd.to_datetime(["2025-07-01", "2025-10-01"]),
            "joined": [["hf"], []],
            "ended": [[], ["file", "elsewhere"]],
        }
    )
    assert words.breaks(rows) == (
        "The papers come from other sources in places: from Jul 2025 on those of Hugging Face Daily Papers join; "
        "from Oct 2025 on those of the files and elsewhere are missing. A jump of a share there is no trend. Verdicts "
        "compare each source with itself only."
    )
    assert words.breaks(rows.iloc[:0]) == ""
