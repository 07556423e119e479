"""The map: where papers and topics lie. Its unit is that of `etl/places.py`."""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries.matching import ask
from dashboard.queries.prepared import Connection

# Topics of older snapshots have neither places nor `hidden`; what is absent is NULL.
_TOPICS = """
    SELECT any_value(column_name) FILTER (column_name = 'x') AS places,
           any_value(column_name) FILTER (column_name = 'hidden') AS hidden
    FROM duckdb_columns() WHERE table_name = 'topics'
"""


def mapped(connection: Connection) -> pd.DataFrame:
    """How many papers have a place on the map, in one row; 0 in a snapshot older than the map. Columns: papers."""
    (places, _) = connection.execute(_TOPICS).fetchall()[0]
    if places is None:
        return pd.DataFrame({"papers": [0]})
    return connection.execute("SELECT count(x) AS papers FROM papers").df()


def places(connection: Connection, at_most: int) -> pd.DataFrame:
    """Papers with a place, whatever is asked for; of more than `at_most` an even part, the same each time.

    Columns: number (as in `matching`), x, y, topic_id, month (of publication; NaT where unknown), upvotes.
    """
    return connection.execute(
        """
        SELECT number, x, y, topic_id, date_trunc('month', published_on) AS month, upvotes
        FROM (
            SELECT *, rowid::INTEGER AS number FROM papers
            WHERE x IS NOT NULL ORDER BY hash(paper_id), paper_id LIMIT $at_most
        )
        ORDER BY published_on NULLS FIRST, paper_id
        """,
        {"at_most": at_most},
    ).df()


def asked_for(connection: Connection, filters: Filters) -> pd.DataFrame:
    """The papers asked for, in no order. Columns: number.

    Of a million it takes 10 ms; to find and order those of `places` anew, as if they changed with the filters, 300.
    """
    return ask(connection, filters, "SELECT number FROM matching")


def titles(connection: Connection) -> pd.DataFrame:
    """Titles of the papers that have a place, in the order of `places`. Columns: title."""
    return connection.execute(
        "SELECT title FROM papers WHERE x IS NOT NULL ORDER BY published_on NULLS FIRST, paper_id"
    ).df()


def topic_places(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Topics that have a place and are not hidden, the largest first.

    Columns: topic_id, label, area, x, y, radius (of its disc), papers (of all), asked (how many of them are asked for).
    """
    (places, hidden) = connection.execute(_TOPICS).fetchall()[0]
    if places is None:
        return pd.DataFrame(columns=["topic_id", "label", "area", "x", "y", "radius", "papers", "asked"])
    return ask(
        connection,
        filters,
        f"""
        , counted AS (SELECT topic_id, count(*) AS asked FROM matching GROUP BY topic_id)
        SELECT topic_id, label, area, x, y,
            sqrt(papers / (SELECT greatest(sum(papers), 1) FROM topics WHERE topic_id >= 0)) AS radius,
            papers, coalesce(asked, 0)::INTEGER AS asked
        FROM topics LEFT JOIN counted USING (topic_id)
        WHERE topic_id >= 0 AND x IS NOT NULL {"AND NOT hidden" if hidden else ""}
        ORDER BY papers DESC, topic_id
        """,  # noqa: S608 - constants only
    )


def place_of(connection: Connection, paper_id: str) -> pd.DataFrame:
    """Where a paper lies, in one row; no row where it has no place. Columns: x, y."""
    return connection.execute(
        "SELECT x, y FROM papers WHERE paper_id = $paper_id AND x IS NOT NULL", {"paper_id": paper_id}
    ).df()


def nearest_paper(connection: Connection, x: float, y: float) -> pd.DataFrame:
    """The paper nearest to a place, in one row; none without a map. Columns: paper_id."""
    return connection.execute(
        "SELECT paper_id FROM papers WHERE x IS NOT NULL ORDER BY (x - $x)^2 + (y - $y)^2, paper_id LIMIT 1",
        {"x": x, "y": y},
    ).df()
