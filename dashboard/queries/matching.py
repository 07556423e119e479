"""Which papers are asked for: from Filters to SQL and the values bound to it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dashboard.filters import NEW, Corners, Filters
from dashboard.queries import prepared
from dashboard.queries.prepared import LISTED, Connection, Prepare
from etl.contract import AGES

# Columns of `matching`; what is read of a paper at an age stands in the place of what was read last.
_COLUMNS = """
    number, paper_id, source, topic_id, topic_probability, published_on, listed_on, authors_count, organization
"""
_NUMBERED = f"{_COLUMNS}, month_number, organization_number"
_LAST = f"SELECT {_NUMBERED}, upvotes, comments, observed_at FROM memory.main.facts"  # noqa: S608 - constants only
_READ = {
    age: f"""
        SELECT {_NUMBERED}, upvotes_{age} AS upvotes, comments_{age} AS comments, observed_at_{age} AS observed_at
        FROM memory.main.facts
        WHERE observed_at_{age} IS NOT NULL
    """  # noqa: S608 - constants only
    for age in AGES
}
_EVERY = " UNION ALL ".join(f"SELECT *, '{age}' AS age FROM ({rows})" for age, rows in _READ.items())  # noqa: S608
_ALL = f"""
    SELECT {_COLUMNS}, upvotes, comments, observed_at FROM (SELECT *, rowid::INTEGER AS number FROM papers)
"""  # noqa: S608 - constants only

# A query that reads it twice would keep all columns of all papers in between; two scans of a few take less.
_WITH = "WITH matching AS NOT MATERIALIZED ({})\n"

_SETTLED = "paper_id IN (SELECT paper_id FROM upvote_settling WHERE floor(settled_days) {bound})"

# One condition for each thing that can be asked for; `upvotes` is the reading at the chosen age (see `matching`).
_CONDITIONS = {
    "topics": "list_contains($topics::INTEGER[], topic_id)",
    "day_from": "published_on >= $day_from",
    "day_until": "published_on < $day_until",
    "first_day": "published_on >= $first_day",
    "last_day": "published_on <= $last_day",
    "organization": "organization = $organization",
    # As a list, since DuckDB would expect many papers of one person, and look all others up among them.
    "author": """number IN (SELECT unnest((
        SELECT list(paper) FROM memory.main.author_papers
        WHERE person = (SELECT min(person) FROM memory.main.spellings WHERE name = $author)
    )))""",
    "upvotes_from": "upvotes >= $upvotes_from",
    "words": """number IN (
        SELECT rowid FROM papers
        WHERE list_bool_and(list_transform(
            $words::VARCHAR[],
            lambda word: contains(lower(concat_ws(' ', title, abstract)), lower(word))
        ))
    )""",
    "upvotes_low": "upvotes >= $upvotes_low",
    "upvotes_high": "upvotes <= $upvotes_high",
    "team_low": "authors_count >= $team_low",
    "team_high": "authors_count <= $team_high",
    "weekday": f"isodow({LISTED}) = $weekday",
    "assigned": "topic_id <> -1 AND $assigned",
    "followed": "number IN (SELECT paper FROM memory.main.looks WHERE age_days = $followed)",
    "is_new": "number IN (SELECT paper FROM memory.main.author_papers WHERE is_new = $is_new)",
    "settled_low": _SETTLED.format(bound=">= $settled_low"),
    "settled_high": _SETTLED.format(bound="<= $settled_high"),
    "discussed": "comments IS NOT NULL AND $discussed",
    "among": "list_contains($among::VARCHAR[], paper_id)",
    # A line from the paper to the right crosses the border an odd number of times (even-odd rule).
    "within": """number IN (
        SELECT rowid FROM papers
        WHERE list_sum(list_transform($within::STRUCT(x1 FLOAT, y1 FLOAT, x2 FLOAT, y2 FLOAT)[], lambda side:
            ((side.y1 > y) <> (side.y2 > y)
                AND x < (side.x2 - side.x1) * (y - side.y1) / (side.y2 - side.y1) + side.x1)::INTEGER
        )) % 2 = 1
    )""",
}

# Conditions that few papers fulfil, or that take long to look through: what they leave is kept, since a page asks a
# dozen things of it. Of others, looking again takes less than keeping.
_FEW = {
    *("topics", "organization", "author", "words", "is_new", "followed", "settled_low", "settled_high"),
    *("among", "within"),
}


def ask(
    connection: Connection,
    filters: Filters,
    query: str,
    *,
    needs: tuple[Prepare, ...] = (),
    read: bool = False,
    every_age: bool = False,
    **values: Any,
) -> pd.DataFrame:
    """The answer to a query that begins where `WITH matching AS (…)`, the papers asked for, ends.

    Columns of `matching`: number (see `queries.prepared`), paper_id, source, topic_id, topic_probability, published_on,
    listed_on, authors_count, organization, upvotes, comments, observed_at; and for a query that needs
    `prepared.facts`, month_number and organization_number. The others, such as titles, are long: a query joins
    `papers.rowid = number` for them once it has few rows.

    Args:
        connection: to the snapshot.
        filters: what is asked for; how it is shown does not matter here.
        query: on `matching`.
        needs: what else it needs of `queries.prepared`.
        read: with `filters.age`, keep only papers that have a reading at that age. Upvotes, comments and observed_at
            are then those of the reading. It is implied by every filter on counters.
        every_age: the same for each age that contract.AGES names; a paper then has a row for each of its readings, with
            the column age.
        values: to bind.
    """
    papers, asked, own = _papers(filters, read=read, every_age=every_age, numbered=prepared.facts in needs)
    if not leaves_few(filters):
        return prepared.answer(connection, _WITH.format(papers) + query, {**asked, **values}, (*own, *needs))
    table = prepared.name_of(papers, asked)
    keep = partial(prepared.keep, table=table, rows=papers, values=asked, needs=own)
    kept = _WITH.format(f"FROM memory.main.{table}")
    return prepared.answer(connection, kept + query, values, (keep, *needs))


def _papers(
    filters: Filters, *, read: bool, every_age: bool, numbered: bool
) -> tuple[str, dict[str, Any], tuple[Prepare, ...]]:
    """A query for the papers asked for, the values to bind, and what it needs of `queries.prepared`."""
    if filters.papers_only.is_neutral and not every_age and not numbered:
        return _ALL, {}, ()
    asked = _asked(filters)
    needs: list[Prepare] = [prepared.facts]
    if filters.newcomers or filters.author:
        needs.append(prepared.names)
    if filters.followed is not None:
        needs.append(prepared.looks)
    counters = filters.upvotes or filters.upvotes_from is not None or filters.discussed
    rows = _READ[filters.age] if filters.age and (read or counters) else _LAST
    conditions = " AND ".join(_CONDITIONS[name] for name in asked) or "true"
    return (
        f"SELECT * FROM ({_EVERY if every_age else rows}) WHERE {conditions}",  # noqa: S608 - constants only
        asked,
        tuple(needs),
    )


def leaves_few(filters: Filters) -> bool:
    """Whether something is asked for that few papers fulfil, or that takes long to look through."""
    return bool(_FEW & _asked(filters).keys())


def _asked(filters: Filters) -> dict[str, Any]:
    """What is asked for, by the name of its condition."""
    upvotes, team, settled = filters.upvotes, filters.team, filters.settled
    first_day, last_day = filters.days or (None, None)
    values = {
        "topics": list(filters.topics) if filters.topics else None,
        "day_from": filters.date_from,
        "day_until": filters.day_until,
        "first_day": first_day,
        "last_day": last_day,
        "organization": filters.organization or None,
        "author": filters.author or None,
        "upvotes_from": filters.upvotes_from,
        "words": filters.words or None,
        "upvotes_low": upvotes.low if upvotes else None,
        "upvotes_high": upvotes.high if upvotes else None,
        "team_low": team.low if team else None,
        "team_high": team.high if team else None,
        "weekday": filters.weekday,
        "assigned": filters.assigned or None,
        "followed": filters.followed,
        "is_new": filters.newcomers == NEW if filters.newcomers else None,
        "settled_low": settled.low if settled else None,
        "settled_high": settled.high if settled else None,
        "discussed": filters.discussed or None,
        "among": list(filters.among) if filters.among is not None else None,
        "within": _sides(filters.within) if filters.within else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _sides(corners: Corners) -> list[dict[str, float]]:
    """The sides of an area, each from a corner to the next, the last one back to the first."""
    return [
        {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True)
    ]
