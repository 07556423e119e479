"""Papers, one by one."""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries.matching import Connection, ask

# Only what a browser opens safely; a link is anybody's text.
_SAFE_URL = "CASE WHEN regexp_matches(url, '^https?://', 'i') THEN url END"

_PAGE = """
    , page AS (
        SELECT *, row_number() OVER () AS place
        FROM (
            SELECT *
            FROM matching
            ORDER BY
                CASE $sort
                    WHEN 'oldest' THEN -epoch(published_on)
                    WHEN 'upvotes' THEN upvotes
                    WHEN 'comments' THEN comments
                    WHEN 'typical' THEN topic_probability
                END DESC NULLS LAST,
                published_on DESC NULLS LAST,
                paper_id
            LIMIT $limit OFFSET $offset
        )
    )
"""

# The papers of an expression `page`, which numbers them by `place`, as a list shows them: names, then all of it.
NAMED = """
    , named AS (
        SELECT
            paper_id,
            list(name ORDER BY position) AS names,
            greatest(len(names), authors_count) - least(len(names), 3) AS more
        FROM authors JOIN page USING (paper_id)
        WHERE NOT hidden
        GROUP BY paper_id, authors_count
    )
"""
LIST = f"""
    SELECT
        paper_id,
        title,
        published_on,
        listed_on,
        topic_id,
        label AS topic,
        array_to_string(names[1:3], ', ') || CASE WHEN more > 0 THEN ' and ' || more || ' more' ELSE '' END AS authors,
        authors_count,
        upvotes,
        comments,
        organization,
        {_SAFE_URL} AS url
    FROM page
    LEFT JOIN named USING (paper_id)
    LEFT JOIN topics USING (topic_id)
    ORDER BY place
"""  # noqa: S608 - constants only


def count_papers(connection: Connection, filters: Filters) -> pd.DataFrame:
    """How many papers match, in one row. Columns: papers."""
    return ask(connection, filters, "SELECT count(*) AS papers FROM matching", read=True)


def papers(connection: Connection, filters: Filters, limit: int, offset: int = 0) -> pd.DataFrame:
    """The papers that match, in the order asked for.

    Columns: paper_id, title, published_on, listed_on, topic_id, topic (label), authors (the first three names, hidden
    ones left out, and how many more; None where unknown), authors_count, upvotes and comments (as last read, or with
    filters.age as read then), organization, url (None unless http or https).
    """
    return ask(
        connection,
        filters,
        _PAGE + NAMED + LIST,
        read=True,
        sort=filters.sort,
        limit=limit,
        offset=offset,
    )


def paper(connection: Connection, paper_id: str) -> pd.DataFrame:
    """One paper in full, or no row.

    Columns: title, abstract, published_on, listed_on, topic_id, topic (label), organization, upvotes, comments,
    observed_at (when they were read, UTC), authors_count, authors (list of all names in order, hidden ones left out),
    url (None unless http or https).
    """
    return connection.execute(
        f"""
        SELECT
            title, abstract, published_on, listed_on, topic_id, label AS topic, organization, upvotes, comments,
            observed_at, authors_count,
            (SELECT list(name ORDER BY position) FROM authors WHERE paper_id = $paper_id AND NOT hidden) AS authors,
            {_SAFE_URL} AS url
        FROM papers
        LEFT JOIN topics USING (topic_id)
        WHERE paper_id = $paper_id
        """,  # noqa: S608 - constants only
        {"paper_id": paper_id},
    ).df()
