"""One author, one organisation, and who writes with whom.

A name is told from others by `authors.name_key`; a name that its source hides on a paper is not read there. An
organisation is that of a paper: whose it is among the authors, no source says.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries import prepared
from dashboard.queries.matching import ask
from dashboard.queries.papers import nameless
from dashboard.queries.prepared import MONTH, Connection
from dashboard.queries.topic import OF_STOOD, STOOD
from etl.contract import AGES

_ALIKE = 0.85  # of Jaro-Winkler: spellings further apart are no help

# The names that hold all the words of $text; then the nearest spellings of it, by the similarity of Jaro and Winkler
# (1990). `{}` selects name, folded (as it compares) and papers, one row a name.
_LIKE = """
    WITH known AS ({}),
    compared AS (
        SELECT
            *,
            list_bool_and(list_transform(
                string_split(lower(strip_accents($text)), ' '), lambda word: contains(folded, word)
            )) AS holds,
            jaro_winkler_similarity(folded, lower(strip_accents($text))) AS likeness
        FROM known
    )
    SELECT name, papers, holds
    FROM compared
    WHERE holds OR likeness >= $alike
    ORDER BY holds DESC, CASE WHEN holds THEN papers END DESC, likeness DESC, papers DESC, name
    LIMIT $limit
"""


# ---- by name ----


def author(connection: Connection, name: str) -> pd.DataFrame:
    """The author of a name, whatever its case and accents, in one row, or no row.

    Columns: name (as most papers give it), spellings (all of them, a list), papers (of the whole corpus).
    """
    return prepared.answer(
        connection,
        """
        WITH asked AS (
            SELECT person
            FROM memory.main.spellings AS spelling JOIN memory.main.persons USING (person)
            WHERE lower(spelling.name) = lower($name) OR name_key = lower(strip_accents($name))
            GROUP BY person
            ORDER BY bool_or(spelling.name = $name) DESC, person
            LIMIT 1
        )
        SELECT persons.name, list(spelling.name ORDER BY spelling.name) AS spellings, papers
        FROM asked JOIN memory.main.persons USING (person) JOIN memory.main.spellings AS spelling USING (person)
        GROUP BY ALL
        """,
        {"name": name},
        (prepared.names,),
    )


def organization(connection: Connection, name: str) -> pd.DataFrame:
    """The organisation of a name, whatever its case, in one row, or no row. Columns: name, papers (of the corpus)."""
    return connection.execute(
        """
        SELECT organization AS name, count(*) AS papers
        FROM papers
        WHERE lower(organization) = lower($name)
        GROUP BY organization
        ORDER BY organization = $name DESC, papers DESC, name
        LIMIT 1
        """,
        {"name": name},
    ).df()


def authors_like(connection: Connection, text: str, limit: int) -> pd.DataFrame:
    """Names that hold every word of a text, those with the most papers first; then its nearest spellings.

    Columns: name, papers (of the whole corpus), holds (whether it holds every word).
    """
    prepared.names(connection)
    known = "SELECT name, name_key AS folded, papers FROM memory.main.persons"
    return _like(connection, known, text, limit)


def organizations_like(connection: Connection, text: str, limit: int) -> pd.DataFrame:
    """The same for organisations."""
    known = """
        SELECT organization AS name, lower(strip_accents(organization)) AS folded, count(*) AS papers
        FROM papers
        WHERE organization IS NOT NULL
        GROUP BY organization
    """
    return _like(connection, known, text, limit)


def _like(connection: Connection, known: str, text: str, limit: int) -> pd.DataFrame:
    return connection.execute(
        _LIKE.format(known), {"text": " ".join(text.split()), "alike": _ALIKE, "limit": limit}
    ).df()


# ---- their papers ----


def compared_papers(connection: Connection, filters: Filters, listed: int, drawn: int) -> pd.DataFrame:
    """How papers asked for stood among those of their week, with the rules of `upvoted_papers`: those that stood
    highest, and of all of them an even part, the same each time.

    Args:
        connection: to the snapshot.
        filters: what is asked for.
        listed: how many of the highest.
        drawn: how many of all, at most.

    The columns are those of `upvoted_papers`, and day (of listing, else of publication), place (1 for the highest; 0
    after those listed), is_drawn (of the even part), and in each row of all of them compared (how many) and middle (the
    median percentile). The oldest come first.
    """
    return ask(
        connection,
        filters,
        f"""
        {STOOD},
        highest AS (
            SELECT number, row_number() OVER () AS place
            FROM (SELECT number FROM stood ORDER BY percentile DESC, excess DESC, paper_id LIMIT $listed)
        ),
        even AS (SELECT number, true AS is_drawn FROM stood ORDER BY hash(number), number LIMIT $drawn),
        whole AS (SELECT count(*) AS compared, median(percentile) AS middle FROM stood),
        shown AS (
            SELECT * REPLACE (coalesce(place, 0) AS place, coalesce(is_drawn, false) AS is_drawn)
            FROM stood LEFT JOIN highest USING (number) LEFT JOIN even USING (number), whole
            WHERE even.is_drawn OR highest.place IS NOT NULL
        )
        {OF_STOOD}
        {nameless("day", "percentile", "age", "place", "is_drawn", "compared", "middle", order="day, page.paper_id")}
        """,  # noqa: S608 - constants only
        needs=(prepared.standings,),
        ages=list(AGES),
        listed=listed,
        drawn=drawn,
    )


def organization_months(connection: Connection, filters: Filters) -> pd.DataFrame:
    """An organisation's papers month by month within the dates asked for, beside all that name an organisation.

    How many papers name one depends on the source and its age, so that only these tell what share is whose.

    Args:
        connection: to the snapshot.
        filters: `organization` says which; the others say among which papers.

    Columns: month, papers, corpus_papers (those asked for that name any organisation), partial.
    """
    return ask(
        connection,
        replace(filters, organization=""),
        f"""
        , counted AS (
            SELECT
                {MONTH} AS month,
                count(*) FILTER (organization = $of) AS papers,
                count(organization_number) AS corpus_papers
            FROM matching
            WHERE month_number IS NOT NULL
            GROUP BY month_number
        )
        SELECT
            month,
            coalesce(papers, 0)::INTEGER AS papers,
            coalesce(corpus_papers, 0)::INTEGER AS corpus_papers,
            partial
        FROM (SELECT month, partial FROM topic_months WHERE topic_id = -1) LEFT JOIN counted USING (month)
        WHERE month >= coalesce($date_from, month) AND month <= coalesce($date_until, month)
        ORDER BY month
        """,  # noqa: S608 - constants only
        needs=(prepared.facts,),
        of=filters.organization,
        date_from=filters.date_from,
        date_until=filters.date_until,
    )


# ---- who writes with whom ----


def coauthors(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """Whoever stands beside an author on the papers asked for, those with the most papers together first; of equals the
    latest, then who has more papers in the corpus.

    Args:
        connection: to the snapshot.
        filters: `author` says beside whom; the others say on which papers.
        limit: rows at most.

    Columns: person (see `prepared.names`), name, papers (together), first_on, last_on (dates of publication), known
    (how many names stand beside the author, the limit apart).
    """
    return ask(
        connection,
        filters,
        """
        , beside AS (
            SELECT
                person,
                count(*) AS papers,
                min(published_on) AS first_on,
                max(published_on) AS last_on,
                count(*) OVER () AS known
            FROM memory.main.author_papers JOIN matching ON paper = matching.number
            WHERE person <> coalesce((SELECT min(person) FROM memory.main.spellings WHERE name = $of), 0)
            GROUP BY person
            ORDER BY papers DESC, last_on DESC NULLS LAST, person
            LIMIT $limit
        )
        SELECT person, name, beside.papers, first_on, last_on, known
        FROM beside JOIN memory.main.persons USING (person)
        ORDER BY beside.papers DESC, last_on DESC NULLS LAST, person
        """,
        needs=(prepared.names,),
        of=filters.author,
        limit=limit,
    )


def written_together(connection: Connection, filters: Filters, persons: tuple[int, ...]) -> pd.DataFrame:
    """How many of the papers asked for two of these persons have in common, whoever else wrote them.

    Columns: one, other (persons, the lower number as `one`), papers (1 or more).
    """
    return ask(
        connection,
        replace(filters, author=""),
        """
        , chosen AS MATERIALIZED (
            SELECT paper, person
            FROM (SELECT unnest($persons::INTEGER[]) AS person)
            JOIN memory.main.author_papers USING (person)
            JOIN matching ON paper = matching.number
        )
        SELECT first.person AS one, second.person AS other, count(*) AS papers
        FROM chosen AS first JOIN chosen AS second USING (paper)
        WHERE first.person < second.person
        GROUP BY ALL
        ORDER BY one, other
        """,
        needs=(prepared.names,),
        persons=list(persons),
    )


def organizations_in_common(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """Other organisations on whose papers the names of an organisation's papers stand too.

    Args:
        connection: to the snapshot.
        filters: `organization` says whose names; the others say on which papers, of both.
        limit: rows at most.

    Columns: organization, names (distinct, in common), papers (of the other one, with such a name).
    """
    return ask(
        connection,
        replace(filters, organization=""),
        """
        , own AS MATERIALIZED (
            SELECT DISTINCT person
            FROM memory.main.author_papers JOIN matching ON paper = matching.number
            WHERE organization = $of
        ),
        shared AS (
            SELECT
                organization_number,
                -- A bit for each: many times faster than DISTINCT.
                bit_count(bitstring_agg(person)) AS names,
                bit_count(bitstring_agg(paper)) AS papers
            -- No semi-join, which takes longer than a join in which each name is there once.
            FROM memory.main.author_papers JOIN own USING (person) JOIN matching ON paper = matching.number
            WHERE organization_number <> (
                SELECT organization_number FROM memory.main.organizations WHERE organization = $of
            )
            GROUP BY organization_number
        )
        SELECT organization, names, papers
        FROM shared JOIN memory.main.organizations USING (organization_number)
        ORDER BY names DESC, papers DESC, organization
        LIMIT $limit
        """,
        needs=(prepared.facts, prepared.names),
        of=filters.organization,
        limit=limit,
    )
