"""Which papers are asked for: from Filters to SQL and the values bound to it."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd

from dashboard.filters import NEW, Corners, Filters
from dashboard.queries import prepared
from dashboard.queries.prepared import LISTED

Connection = duckdb.DuckDBPyConnection

_SETTLED = "paper_id IN (SELECT paper_id FROM upvote_settling WHERE floor(settled_days) {bound})"

# One condition for each thing that can be asked for; `upvotes` is the reading at the chosen age (see `matching`).
_CONDITIONS = {
    "topics": "list_contains($topics::INTEGER[], topic_id)",
    "day_from": "published_on >= $day_from",
    "day_until": "published_on < $day_until",
    "first_day": "published_on >= $first_day",
    "last_day": "published_on <= $last_day",
    "organization": "organization = $organization",
    "author": """number IN (
        SELECT paper FROM memory.main.author_papers
        WHERE person = (SELECT min(person) FROM memory.main.spellings WHERE name = $author)
    )""",
    "upvotes_from": "upvotes >= $upvotes_from",
    "words": """list_bool_and(list_transform(
        $words::VARCHAR[],
        lambda word: contains(lower(concat_ws(' ', title, abstract)), lower(word))
    ))""",
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
    "within": """list_sum(list_transform($within::STRUCT(x1 FLOAT, y1 FLOAT, x2 FLOAT, y2 FLOAT)[], lambda side:
        ((side.y1 > y) <> (side.y2 > y)
            AND x < (side.x2 - side.x1) * (y - side.y1) / (side.y2 - side.y1) + side.x1)::INTEGER
    )) % 2 = 1""",
}


def matching(
    connection: Connection, filters: Filters, *, read: bool = False, every_age: bool = False
) -> tuple[str, dict[str, Any]]:
    """A common table expression `matching`, the papers asked for, and the values to bind.

    Its columns are those of `papers`, and number, the place of the row (see `queries.prepared`).

    Args:
        connection: what is asked; what the expression needs is prepared there.
        filters: what is asked for; how it is shown does not matter here.
        read: with `filters.age`, keep only papers that have a reading at that age. Upvotes, comments and observed_at
            are then those of the reading. It is implied by every filter on counters.
        every_age: the same for each age that contract.AGES names; a paper then has a row for each of its readings, with
            the column age.
    """
    asked = _asked(filters)
    conditions = [_CONDITIONS[name] for name in asked]
    if filters.newcomers or filters.author:
        prepared.names(connection)
    if filters.followed is not None:
        prepared.looks(connection)
    source = "(SELECT *, rowid::INTEGER AS number FROM papers)"
    counters = filters.upvotes or filters.upvotes_from is not None or filters.discussed
    if every_age or (filters.age and (read or counters)):
        prepared.readings(connection)
        source = f"""(
            SELECT papers.* REPLACE (
                reading.upvotes AS upvotes, reading.comments AS comments, reading.observed_at AS observed_at
            ), reading.paper AS number {", reading.age" if every_age else ""}
            FROM papers JOIN memory.main.readings AS reading ON papers.rowid = reading.paper
            {"" if every_age else "WHERE reading.age = $age"}
        )"""  # noqa: S608 - constants only
        asked |= {} if every_age else {"age": filters.age}
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    # A query that reads it twice would keep all columns of all papers in between; two scans of a few take less, but
    # where texts are searched.
    kept = "" if filters.words else "NOT MATERIALIZED"
    return f"WITH matching AS {kept} (SELECT * FROM {source} {where})\n", asked  # noqa: S608 - constants only


def ask(
    connection: Connection, filters: Filters, query: str, *, read: bool = False, **values: object
) -> pd.DataFrame:
    """The answer to a query on `matching`."""
    expression, asked = matching(connection, filters, read=read)
    return connection.execute(expression + query, {**asked, **values} or None).df()


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
