"""Filters in words."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

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
        ({"newcomers": NEW}, ["with a name new to the corpus that month"]),
        ({"newcomers": RETURNING}, ["with a name that had published before"]),
        ({"followed": 0}, ["with a settled count, and one read 0 days after listing"]),
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
        "upvotes_from": 1,
        "age": "week",
        "upvotes": Range(1, 2),
        "team": Range(1, 2),
        "weekday": 2,
        "assigned": True,
        "newcomers": NEW,
        "followed": 3,
        "sort": "upvotes",
        "measure": "papers",
        "mark": Mark("teams", "team=1-1"),
        "topic": 1,
        "week": date(2025, 2, 3),
        "page": 2,
    }
    assert set(values) == {field.name for field in fields(Filters)}
    for name, value in values.items():
        filters = replace(Filters(), **{name: value})
        assert bool(words.told(filters, NAMES)) == (not filters.is_neutral), name
