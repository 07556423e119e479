"""Who writes: teams, names and organisations.

A name, in whatever spelling (`authors.name_key`), counts once a paper, and is shown as most papers give it. Authors
whom the source hides are members of their team, but no names.
"""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries import prepared
from dashboard.queries.matching import ask, leaves_few
from dashboard.queries.prepared import Connection

_MOST_ACTIVE = 2_000  # names that are looked at first
# Distinct topics: a bit for each is faster than DISTINCT.
_TOPICS = "coalesce(bit_count(bitstring_agg(topic_id) FILTER (topic_id <> -1)), 0)"
_EVERYONE = 2**31 - 2  # the largest number but one, since the query counts on


def team_counts(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Papers by month of publication and number of authors; those of which it is unknown stay out.

    Columns: month (NaT without a date), authors, papers; in their order.
    """
    return ask(
        connection,
        filters,
        """
        SELECT date_trunc('month', published_on)::DATE AS month, authors_count AS authors, count(*) AS papers
        FROM matching
        WHERE authors_count IS NOT NULL
        GROUP BY ALL
        ORDER BY ALL
        """,
    )


def authors_by_month(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Distinct names a month, split into those new to the corpus and those that were there in an earlier month; months
    without any within the dates asked for have zero.

    Columns: month, authors, new, returning (names), papers_new, papers_returning (papers that have such a name),
    partial.
    """
    return ask(
        connection,
        filters,
        """
        , dated AS (
            SELECT number, date_trunc('month', published_on)::DATE AS month
            FROM matching
            WHERE published_on IS NOT NULL
        ),
        names AS (
            SELECT
                month,
                -- A bit for each: many times faster than DISTINCT.
                bit_count(bitstring_agg(person) FILTER (is_new)) AS new,
                bit_count(bitstring_agg(person) FILTER (NOT is_new)) AS "returning"
            FROM memory.main.author_papers JOIN dated ON paper = number
            GROUP BY month
        ),
        written AS (
            SELECT
                month,
                count(*) FILTER (has_new) AS papers_new,
                count(*) FILTER (has_returning) AS papers_returning
            FROM memory.main.named_papers JOIN dated ON paper = number
            GROUP BY month
        )
        SELECT
            month,
            coalesce(new, 0) + coalesce("returning", 0) AS authors,
            coalesce(new, 0) AS new,
            coalesce("returning", 0) AS "returning",
            coalesce(papers_new, 0) AS papers_new,
            coalesce(papers_returning, 0) AS papers_returning,
            partial
        FROM topic_months LEFT JOIN names USING (month) LEFT JOIN written USING (month)
        WHERE topic_id = -1 AND month >= coalesce($date_from, month) AND month <= coalesce($date_until, month)
        ORDER BY month
        """,
        needs=(prepared.names,),
        date_from=filters.date_from,
        date_until=filters.date_until,
    )


def active_authors(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The names with the most papers; of equals the latest, then those with more papers in the corpus, then by name.

    Columns: name, papers, first_on, last_on (dates of publication), topics.
    """
    if leaves_few(filters):
        return _active_authors(connection, filters, limit, _EVERYONE).drop(columns="of_others")
    # Nobody has more papers among those asked for than in the whole corpus. So where the last of those found among the
    # most active has more than anyone else has at all, no other can be among them.
    found = _active_authors(connection, filters, limit, _MOST_ACTIVE)
    if len(found) < limit or (found["papers"] <= found["of_others"]).iloc[-1]:
        found = _active_authors(connection, filters, limit, _EVERYONE)
    return found.drop(columns="of_others")


def _active_authors(connection: Connection, filters: Filters, limit: int, until: int) -> pd.DataFrame:
    return ask(
        connection,
        filters,
        f"""
        , first AS (
            SELECT
                person,
                count(*) AS papers,
                min(published_on) AS first_on,
                max(published_on) AS last_on,
                {_TOPICS} AS topics
            FROM memory.main.author_papers JOIN matching ON paper = matching.number
            WHERE person <= $until
            GROUP BY person
            ORDER BY papers DESC, last_on DESC NULLS LAST, person
            LIMIT $limit
        )
        SELECT
            name, first.papers, first_on, last_on, topics,
            coalesce((SELECT papers FROM memory.main.persons WHERE person = $until + 1), 0) AS of_others
        FROM first JOIN memory.main.persons USING (person)
        ORDER BY first.papers DESC, last_on DESC NULLS LAST, person
        """,  # noqa: S608 - constants only
        needs=(prepared.names,),
        limit=limit,
        until=until,
    )


def active_organizations(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The organisations with the most papers. Columns: organization, papers, first_on, last_on, topics."""
    return ask(
        connection,
        filters,
        f"""
        SELECT
            organization,
            count(*) AS papers,
            min(published_on) AS first_on,
            max(published_on) AS last_on,
            {_TOPICS} AS topics
        FROM matching
        WHERE organization IS NOT NULL
        GROUP BY organization
        ORDER BY papers DESC, last_on DESC NULLS LAST, organization
        LIMIT $limit
        """,  # noqa: S608 - constants only
        limit=limit,
    )


def organizations(connection: Connection, limit: int) -> pd.DataFrame:
    """Organisations to choose from, those with the most papers first. Columns: organization, papers."""
    return connection.execute(
        "SELECT organization, count(*) AS papers FROM papers WHERE organization IS NOT NULL "
        "GROUP BY organization ORDER BY papers DESC, organization LIMIT $limit",
        {"limit": limit},
    ).df()


def spelling(connection: Connection, name: str) -> pd.DataFrame:
    """An author's name as it is given most often, whatever its case; no row where nobody has it. Columns: name."""
    return connection.execute(
        "SELECT name FROM authors WHERE lower(name) = lower($name) AND NOT hidden GROUP BY name "
        "ORDER BY name = $name DESC, count(*) DESC, name LIMIT 1",
        {"name": name},
    ).df()
