"""Papers, one by one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.filters import COMMENTS, NEWEST, OLDEST, TYPICAL, UPVOTES, Filters
from dashboard.queries.matching import ask
from dashboard.queries.prepared import Connection

# Only what a browser opens safely; a link is anybody's text.
_SAFE_URL = "CASE WHEN regexp_matches(papers.url, '^https?://', 'i') THEN papers.url END"

_ORDERS = {
    NEWEST: "published_on DESC NULLS LAST, paper_id",
    OLDEST: "published_on NULLS LAST, paper_id",
    UPVOTES: "upvotes DESC NULLS LAST, published_on DESC NULLS LAST, paper_id",
    COMMENTS: "comments DESC NULLS LAST, published_on DESC NULLS LAST, paper_id",
    TYPICAL: "topic_probability DESC NULLS LAST, published_on DESC NULLS LAST, paper_id",
}
# `{}` is one of them.
_PAGE = """
    , page AS (
        SELECT *, row_number() OVER () AS place
        FROM (SELECT * FROM matching ORDER BY {} LIMIT $limit OFFSET $offset)
    )
"""

_LISTED = """
    WITH page AS (
        SELECT *, rowid AS number, list_position($ids::VARCHAR[], paper_id) AS place
        FROM papers
        WHERE list_contains($ids::VARCHAR[], paper_id)
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
_COLUMNS = f"""
        page.paper_id,
        papers.title,
        page.published_on,
        page.listed_on,
        page.topic_id,
        label AS topic,
        page.authors_count,
        page.upvotes,
        page.comments,
        page.organization,
        {_SAFE_URL} AS url
"""
LIST = f"""
    SELECT
        {_COLUMNS},
        array_to_string(names[1:3], ', ') || CASE WHEN more > 0 THEN ' and ' || more || ' more' ELSE '' END AS authors
    FROM page
    JOIN papers ON papers.rowid = page.number
    LEFT JOIN named ON named.paper_id = page.paper_id
    LEFT JOIN topics ON topics.topic_id = page.topic_id
    ORDER BY place
"""  # noqa: S608 - constants only
# Words that tell no title from others.
_SMALL = (
    "a an and are as at be by can do does for from has have how in is it its not of on or our than that the their this "
    "to toward towards via we what when where which who why will with without"
)
# Keys of papers for BibTeX, unique: what is numbered has a hyphen, which no other key has.
_WHOLE = f"""
    , first_authors AS (
        SELECT paper_id, arg_min(name_key, position) AS name_key, list(name ORDER BY position) AS authors
        FROM authors
        WHERE NOT hidden
        GROUP BY paper_id
    ),
    stems AS (
        SELECT
            paper_id,
            run_id,
            authors,
            regexp_replace(
                translate(strip_accents(string_split(name_key, ' ')[-1]), 'øłđı', 'oldi'), '[^a-z0-9]', '', 'g'
            ) AS family,
            coalesce(year(published_on)::VARCHAR, 'nd') AS year,
            list_filter(
                regexp_split_to_array(lower(strip_accents(title)), '[^a-z0-9]+'),
                lambda word: word <> '' AND NOT list_contains($small::VARCHAR[], word)
            )[1] AS word
        FROM papers LEFT JOIN first_authors USING (paper_id)
    ),
    keys AS (
        SELECT
            paper_id,
            authors,
            coalesce(nullif(family, ''), 'anon') || year || coalesce(word, '') AS stem,
            row_number() OVER (PARTITION BY stem ORDER BY run_id, paper_id) AS place
        FROM stems
    )
    SELECT
        page.paper_id,
        stem || CASE WHEN keys.place > 1 THEN '-' || keys.place ELSE '' END AS key,
        papers.title, authors, page.authors_count, page.published_on, page.listed_on, papers.arxiv_id, papers.doi,
        papers.categories, papers.keywords, page.organization, papers.journal_ref, page.topic_id, label AS topic,
        page.upvotes, page.comments, page.observed_at, {_SAFE_URL} AS url, papers.abstract
    FROM page
    JOIN papers ON papers.rowid = page.number
    JOIN keys ON keys.paper_id = page.paper_id
    LEFT JOIN topics ON topics.topic_id = page.topic_id
    ORDER BY page.place
"""  # noqa: S608 - constants only


def nameless(*more: str, order: str = "place") -> str:
    """The same without names, which takes half the time.

    Args:
        more: other columns of `page`.
        order: of the rows.
    """
    return f"""
        SELECT {", ".join([_COLUMNS, *more])}
        FROM page
        JOIN papers ON papers.rowid = page.number
        LEFT JOIN topics ON topics.topic_id = page.topic_id
        ORDER BY {order}
    """  # noqa: S608 - constants only


def count_papers(connection: Connection, filters: Filters) -> pd.DataFrame:
    """How many papers match, in one row. Columns: papers."""
    return ask(connection, filters, "SELECT count(*) AS papers FROM matching", read=True)


def papers(connection: Connection, filters: Filters, limit: int, offset: int = 0) -> pd.DataFrame:
    """The papers that match, in the order asked for.

    Columns: paper_id, title, published_on, listed_on, topic_id, topic (label), authors_count, upvotes and comments (as
    last read, or with filters.age as read then), organization, url (None unless http or https), authors (the first
    three names, hidden ones left out, and how many more; None where unknown).
    """
    return ask(
        connection,
        filters,
        _PAGE.format(_ORDERS[filters.sort]) + NAMED + LIST,
        read=True,
        limit=limit,
        offset=offset,
    )


def nameless_papers(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The first papers that match, with the columns of `papers` but authors."""
    page = _PAGE.format(_ORDERS[filters.sort])
    return ask(connection, filters, page + nameless(), read=True, limit=limit, offset=0)


def whole_papers(
    connection: Connection, filters: Filters, limit: int, paper_ids: Sequence[str] | None = None
) -> pd.DataFrame:
    """The papers that match with all that is known of them, for files, in the order asked for.

    A paper's key is made of its first author's last name, its year and the first telling word of its title. Where
    several of the corpus would have the same, the one loaded first keeps it and the others are numbered, so that a key
    is the same in every file and stays when papers come in.

    Args:
        connection: to the snapshot.
        filters: what is asked for.
        limit: papers at most.
        paper_ids: those of a search, in its order, in the place of all that match.

    The columns are those of `exports.FIELDS`; authors, categories and keywords are lists, None where unknown.
    """
    if paper_ids is None:
        return ask(
            connection,
            filters,
            _PAGE.format(_ORDERS[filters.sort]) + _WHOLE,
            read=True,
            limit=limit,
            offset=0,
            small=_SMALL.split(),
        )
    return connection.execute(
        _LISTED + _WHOLE, {"ids": list(paper_ids)[:limit], "small": _SMALL.split()}
    ).df()


def present(connection: Connection, paper_ids: Sequence[str]) -> pd.DataFrame:
    """Which of these papers the snapshot has. Columns: paper_id."""
    return connection.execute(
        "SELECT paper_id FROM papers WHERE list_contains($ids::VARCHAR[], paper_id)", {"ids": list(paper_ids)}
    ).df()


def listed(connection: Connection, paper_ids: Sequence[str]) -> pd.DataFrame:
    """These papers in this order, with the columns of `papers`."""
    return connection.execute(_LISTED + NAMED + LIST, {"ids": list(paper_ids)}).df()


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
