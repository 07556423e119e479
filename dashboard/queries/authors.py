"""Who writes: teams, names and organisations.

A name, in whatever spelling (`authors.name_key`), counts once a paper, and is shown as most papers give it. Authors
whom the source hides are members of their team, but no names.
"""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries import prepared
from dashboard.queries.matching import Connection, ask

# The last bin of the distribution is open.
TEAM_BINS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9), (10, 10), (11, 12), (13, 15),
             (16, 20), (21, 30), (31, 50), (51, None))  # fmt: skip


def teams_by_month(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Team sizes by month of publication, over papers whose number of authors is known.

    Columns: month, papers, median, mean, p90 (authors; linear interpolation between ranks), partial.
    """
    return ask(
        connection,
        filters,
        """
        SELECT
            month,
            count(*) AS papers,
            median(authors_count) AS median,
            avg(authors_count) AS mean,
            quantile_cont(authors_count, 0.9) AS p90,
            any_value(partial) AS partial
        FROM matching
        JOIN topic_months ON topic_months.topic_id = -1 AND month = date_trunc('month', published_on)
        WHERE authors_count IS NOT NULL
        GROUP BY month
        ORDER BY month
        """,
    )


def team_sizes(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Distribution of team sizes. Columns: low, high (authors, both included; NA where open), papers."""
    bins = pd.DataFrame(TEAM_BINS, columns=["low", "high"]).astype("Int32")
    sizes = ask(
        connection,
        filters,
        """
        SELECT bin.low, count(*) AS papers
        FROM matching
        JOIN (SELECT unnest($lows::INTEGER[]) AS low, unnest($highs::INTEGER[]) AS high) AS bin
            ON authors_count BETWEEN bin.low AND coalesce(bin.high, authors_count)
        GROUP BY bin.low
        """,
        lows=[low for low, _ in TEAM_BINS],
        highs=[high for _, high in TEAM_BINS],
    )
    return bins.merge(sizes, how="left", on="low").fillna({"papers": 0}).astype({"papers": int})


def authors_by_month(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Distinct names a month, split into those new to the corpus and those that were there in an earlier month; months
    without any within the dates asked for have zero.

    Columns: month, authors, new, returning (names), papers_new, papers_returning (papers that have such a name),
    partial.
    """
    prepared.names(connection)
    return ask(
        connection,
        filters,
        """
        , counted AS (
            SELECT
                date_trunc('month', published_on)::DATE AS month,
                -- A bit for each: many times faster than DISTINCT.
                bit_count(bitstring_agg(person)) AS authors,
                bit_count(bitstring_agg(person) FILTER (is_new)) AS new,
                bit_count(bitstring_agg(person) FILTER (NOT is_new)) AS "returning",
                bit_count(bitstring_agg(paper) FILTER (is_new)) AS papers_new,
                bit_count(bitstring_agg(paper) FILTER (NOT is_new)) AS papers_returning
            FROM memory.main.author_papers JOIN matching ON paper = matching.number
            WHERE published_on IS NOT NULL
            GROUP BY 1
        )
        SELECT
            month,
            coalesce(authors, 0) AS authors,
            coalesce(new, 0) AS new,
            coalesce("returning", 0) AS "returning",
            coalesce(papers_new, 0) AS papers_new,
            coalesce(papers_returning, 0) AS papers_returning,
            partial
        FROM topic_months LEFT JOIN counted USING (month)
        WHERE topic_id = -1 AND month >= coalesce($date_from, month) AND month <= coalesce($date_until, month)
        ORDER BY month
        """,
        date_from=filters.date_from,
        date_until=filters.date_until,
    )


def active_authors(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The names with the most papers. Columns: name, papers, first_on, last_on (dates of publication), topics."""
    prepared.names(connection)
    return ask(
        connection,
        filters,
        """
        , first AS (
            SELECT person, count(*) AS papers, max(published_on) AS last_on
            FROM memory.main.author_papers JOIN matching ON paper = matching.number
            GROUP BY person
            -- Which of equals come first is told by their names, below.
            QUALIFY rank() OVER (ORDER BY papers DESC, last_on DESC NULLS LAST) <= $limit
        )
        SELECT
            mode(name ORDER BY name) AS name,
            count(*) AS papers,
            min(published_on) AS first_on,
            max(published_on) AS last_on,
            count(DISTINCT topic_id) FILTER (topic_id <> -1) AS topics
        FROM first
        JOIN memory.main.author_papers USING (person)
        JOIN memory.main.spellings USING (person, spelling)
        JOIN matching ON paper = matching.number
        GROUP BY person
        ORDER BY papers DESC, last_on DESC NULLS LAST, name
        LIMIT $limit
        """,
        limit=limit,
    )


def active_organizations(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The organisations with the most papers. Columns: organization, papers, first_on, last_on, topics."""
    return ask(
        connection,
        filters,
        """
        SELECT
            organization,
            count(*) AS papers,
            min(published_on) AS first_on,
            max(published_on) AS last_on,
            count(DISTINCT topic_id) FILTER (topic_id <> -1) AS topics
        FROM matching
        WHERE organization IS NOT NULL
        GROUP BY organization
        ORDER BY papers DESC, last_on DESC NULLS LAST, organization
        LIMIT $limit
        """,
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
