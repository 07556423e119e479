"""Who writes: teams, names and organisations.

A name, in whatever spelling (`authors.name_key`), counts once a paper, and is shown as most papers give it. Authors
whom the source hides are members of their team, but no names.
"""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries import prepared
from dashboard.queries.matching import ask, leaves_few
from dashboard.queries.prepared import MONTH, Connection

_MOST_ACTIVE = 2_000  # names that are looked at first
# Distinct topics: a bit for each is faster than DISTINCT.
_TOPICS = "coalesce(bit_count(bitstring_agg(topic_id) FILTER (topic_id <> -1)), 0)"


def team_counts(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Papers by month of publication and number of authors; those of which it is unknown stay out.

    Columns: month (NaT without a date), authors, papers; in their order.
    """
    return ask(
        connection,
        filters,
        f"""
        SELECT {MONTH} AS month, authors_count AS authors, count(*) AS papers
        FROM matching
        WHERE authors_count IS NOT NULL
        GROUP BY month_number, authors_count
        ORDER BY ALL
        """,  # noqa: S608 - constants only
        needs=(prepared.facts,),
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
        f"""
        , dated AS (
            SELECT number, month_number FROM matching WHERE month_number IS NOT NULL
        ),
        several AS (
            SELECT
                month_number,
                -- Names on several papers of the month. A bit for each: many times faster than DISTINCT.
                bit_count(bitstring_agg(person)) AS authors,
                bit_count(bitstring_agg(person) FILTER (is_new)) AS new
            FROM memory.main.author_papers JOIN dated ON paper = number
            WHERE NOT is_alone
            GROUP BY month_number
        ),
        written AS (
            SELECT
                month_number,
                count(*) FILTER (has_new) AS papers_new,
                count(*) FILTER (has_returning) AS papers_returning,
                sum(alone) AS authors,
                sum(alone_new) AS new
            FROM memory.main.named_papers JOIN dated ON paper = number
            GROUP BY month_number
        ),
        counted AS (
            SELECT
                {MONTH} AS month,
                papers_new,
                papers_returning,
                written.authors + coalesce(several.authors, 0) AS authors,
                written.new + coalesce(several.new, 0) AS new
            FROM written LEFT JOIN several USING (month_number)
        )
        SELECT
            month,
            coalesce(authors, 0)::BIGINT AS authors,
            coalesce(new, 0)::BIGINT AS new,
            -- In one month a name is new on all of its papers or on none.
            coalesce(authors - new, 0)::BIGINT AS "returning",
            coalesce(papers_new, 0) AS papers_new,
            coalesce(papers_returning, 0) AS papers_returning,
            partial
        FROM topic_months LEFT JOIN counted USING (month)
        WHERE topic_id = -1 AND month >= coalesce($date_from, month) AND month <= coalesce($date_until, month)
        ORDER BY month
        """,  # noqa: S608 - constants only
        needs=(prepared.facts, prepared.names),
        date_from=filters.date_from,
        date_until=filters.date_until,
    )


def active_authors(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The names with the most papers; of equals the latest, then those with more papers in the corpus, then by name.

    Columns: name, papers, first_on, last_on (dates of publication), topics.
    """
    if leaves_few(filters):
        return _active_authors(connection, filters, limit)
    # Nobody has more papers among those asked for than in the whole corpus. So where the last of those found among the
    # most active has more than anyone else has at all, no other can be among them.
    found = _most_active_authors(connection, filters, limit, _MOST_ACTIVE)
    if len(found) < limit or (found["papers"] <= found["of_others"]).iloc[-1]:
        return _active_authors(connection, filters, limit)
    return found.drop(columns="of_others")


def _most_active_authors(connection: Connection, filters: Filters, limit: int, until: int) -> pd.DataFrame:
    """The same of those with the most papers in the corpus, with how many papers anyone else has at most."""
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


def _active_authors(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    # Topics are counted of those found only: of everyone, they would take most of the time.
    return ask(
        connection,
        filters,
        f"""
        , written AS MATERIALIZED (
            SELECT person, published_on, topic_id
            FROM memory.main.author_papers JOIN matching ON paper = matching.number
        ),
        first AS (
            SELECT person, count(*) AS papers, min(published_on) AS first_on, max(published_on) AS last_on
            FROM written
            GROUP BY person
            ORDER BY papers DESC, last_on DESC NULLS LAST, person
            LIMIT $limit
        )
        SELECT name, first.papers, first_on, last_on, {_TOPICS} AS topics
        FROM first JOIN memory.main.persons USING (person) JOIN written USING (person)
        GROUP BY person, name, first.papers, first_on, last_on
        ORDER BY first.papers DESC, last_on DESC NULLS LAST, person
        """,  # noqa: S608 - constants only
        needs=(prepared.names,),
        limit=limit,
    )


def active_organizations(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The organisations with the most papers. Columns: organization, papers, first_on, last_on, topics."""
    return ask(
        connection,
        filters,
        f"""
        SELECT
            any_value(organization) AS organization,
            count(*) AS papers,
            min(published_on) AS first_on,
            max(published_on) AS last_on,
            {_TOPICS} AS topics
        FROM matching
        WHERE organization_number IS NOT NULL
        GROUP BY organization_number
        ORDER BY papers DESC, last_on DESC NULLS LAST, organization_number
        LIMIT $limit
        """,  # noqa: S608 - constants only
        needs=(prepared.facts,),
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
    """An author's name as it was typed, else, in another case, as most papers have it; no row where nobody has it.

    Columns: name.
    """
    return prepared.answer(
        connection,
        """
        SELECT CASE WHEN spelling.name = $name THEN spelling.name ELSE persons.name END AS name
        FROM memory.main.spellings AS spelling JOIN memory.main.persons USING (person)
        WHERE lower(spelling.name) = lower($name)
        ORDER BY spelling.name = $name DESC, person
        LIMIT 1
        """,
        {"name": name},
        (prepared.names,),
    )
