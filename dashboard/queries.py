"""Every read of the snapshot: small named queries with bound values, each giving a documented DataFrame.

Months are their first day. Integers that may be unknown are nullable; an unknown value is NA, never 0.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd

from dashboard.filters import Filters

Connection = duckdb.DuckDBPyConnection


def summary(connection: Connection) -> pd.DataFrame:
    """The snapshot in one row.

    Columns: papers, undated and without_topic (papers), topics, topics_rising, topics_falling, topics_steady and
    topics_insufficient (topics), rejects (records refused), first_on and last_on (dates of publication),
    observed_at (latest look at the counters, UTC; NaT where there was none), note (None, or a sentence for the reader),
    window_start and window_end (months that the verdicts stand on; NaT where there is none).
    """
    return connection.execute(
        """
        WITH
            paper_facts AS (
                SELECT
                    count(*) AS papers,
                    count(*) FILTER (published_on IS NULL) AS undated,
                    count(*) FILTER (topic_id = -1) AS without_topic,
                    min(published_on) AS first_on,
                    max(published_on) AS last_on,
                    max(observed_at) AS observed_at
                FROM papers
            ),
            verdicts AS (
                SELECT
                    count(*) FILTER (signal = 'rising') AS topics_rising,
                    count(*) FILTER (signal = 'falling') AS topics_falling,
                    count(*) FILTER (signal = 'steady') AS topics_steady,
                    count(*) FILTER (signal = 'insufficient') AS topics_insufficient,
                    min(window_start) AS window_start,
                    max(window_end) AS window_end
                FROM topic_signals
                WHERE topic_id != -1
            )
        SELECT
            *,
            (SELECT count(*) FROM topics WHERE topic_id != -1) AS topics,
            (SELECT count(*) FROM rejects) AS rejects,
            (SELECT any_value(note) FROM snapshot) AS note
        FROM paper_facts, verdicts
        """
    ).df()


def months(connection: Connection) -> pd.DataFrame:
    """The corpus month by month, oldest first, months without papers included.

    Columns: month, papers, without_topic (papers of the month in no topic), partial (whether the month is cut).
    """
    return connection.execute(
        """
        SELECT
            month,
            max(corpus_papers) AS papers,
            coalesce(sum(papers) FILTER (topic_id = -1), 0)::BIGINT AS without_topic,
            bool_or(partial) AS partial
        FROM topic_months
        GROUP BY month
        ORDER BY month
        """
    ).df()


def topics(connection: Connection) -> pd.DataFrame:
    """Every topic with its verdict, the largest first; "No topic" (-1) last.

    Columns: topic_id, label, area, keywords (list, the strongest first), papers, share (of all papers, 0 to 1),
    signal (None for -1), change, change_low, change_high (ratio of fitted shares, end / start), share_start,
    share_end (fitted), q_value, window_papers (its papers in the window), window_start, window_end.
    """
    return connection.execute(
        """
        SELECT
            topics.topic_id,
            label,
            area,
            keywords,
            topics.papers,
            topics.papers / nullif((SELECT count(*) FROM papers), 0) AS share,
            signal,
            change,
            change_low,
            change_high,
            share_start,
            share_end,
            q_value,
            topic_signals.papers AS window_papers,
            window_start,
            window_end
        FROM topics
        LEFT JOIN topic_signals ON topic_signals.topic_id = topics.topic_id AND topics.topic_id != -1
        ORDER BY topics.topic_id = -1, topics.papers DESC, topics.topic_id
        """
    ).df()


def shares(connection: Connection, filters: Filters) -> pd.DataFrame:
    """The chosen topics month by month.

    Columns: topic_id, label, month, papers, corpus_papers (all dated papers of the month), share with its 95 %
    interval share_low and share_high (0 to 1; NaN in a month without papers), partial.
    """
    return connection.execute(
        """
        SELECT
            topic_id, label, month, topic_months.papers, corpus_papers, share, share_low, share_high, partial
        FROM topic_months
        JOIN topics USING (topic_id)
        WHERE list_contains($topics::INTEGER[], topic_id)
            AND month >= coalesce($date_from, month)
            AND month <= coalesce($date_until, month)
        ORDER BY topic_id, month
        """,
        {
            "topics": list(filters.topics or ()),
            "date_from": filters.date_from,
            "date_until": filters.date_until,
        },
    ).df()


# A paper matches if it meets every condition that was asked for; $words must all occur in title or abstract.
_MATCHING = """
    WITH matching AS (
        SELECT *
        FROM papers
        WHERE ($topics IS NULL OR list_contains($topics::INTEGER[], topic_id))
            AND ($day_from IS NULL OR published_on >= $day_from)
            AND ($day_until IS NULL OR published_on < $day_until)
            AND (len($words::VARCHAR[]) = 0 OR list_bool_and(list_transform(
                $words::VARCHAR[],
                lambda word: contains(lower(concat_ws(' ', title, abstract)), lower(word))
            )))
    )
"""

_COUNT = _MATCHING + "SELECT count(*) AS papers FROM matching"  # noqa: S608 - constants only

_PAGE = (
    _MATCHING
    + """
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
    ),
    named AS (
        SELECT paper_id, list(name ORDER BY position) AS names
        FROM authors
        WHERE paper_id IN (SELECT paper_id FROM page)
        GROUP BY paper_id
    )
    SELECT
        paper_id,
        title,
        published_on,
        topic_id,
        label AS topic,
        array_to_string(names[1:3], ', ') || CASE
            WHEN greatest(len(names), authors_count) > 3
            THEN ' and ' || (greatest(len(names), authors_count) - 3) || ' more'
            ELSE ''
        END AS authors,
        authors_count,
        upvotes,
        comments,
        organization,
        CASE WHEN regexp_matches(url, '^https?://', 'i') THEN url END AS url
    FROM page
    LEFT JOIN named USING (paper_id)
    LEFT JOIN topics USING (topic_id)
    ORDER BY place
    """
)


def count_papers(connection: Connection, filters: Filters) -> pd.DataFrame:
    """How many papers match, in one row. Columns: papers."""
    return connection.execute(_COUNT, _conditions(filters)).df()


def papers(connection: Connection, filters: Filters, limit: int, offset: int = 0) -> pd.DataFrame:
    """The papers that match, in the order asked for.

    Columns: paper_id, title, published_on, topic_id, topic (label), authors (the first three and how many more; None
    where unknown), authors_count, upvotes, comments, organization, url (None unless http or https).
    """
    return connection.execute(
        _PAGE,
        {**_conditions(filters), "sort": filters.sort, "limit": limit, "offset": offset},
    ).df()


def paper(connection: Connection, paper_id: str) -> pd.DataFrame:
    """One paper in full, or no row.

    Columns: title, abstract, published_on, topic_id, topic (label), organization, upvotes, comments, observed_at
    (when they were read, UTC), authors_count, authors (list of all names in order), url (None unless http or https).
    """
    return connection.execute(
        """
        SELECT
            title, abstract, published_on, topic_id, label AS topic, organization, upvotes, comments, observed_at,
            authors_count,
            (SELECT list(name ORDER BY position) FROM authors WHERE paper_id = $paper_id) AS authors,
            CASE WHEN regexp_matches(url, '^https?://', 'i') THEN url END AS url
        FROM papers
        LEFT JOIN topics USING (topic_id)
        WHERE paper_id = $paper_id
        """,
        {"paper_id": paper_id},
    ).df()


def _conditions(filters: Filters) -> dict[str, Any]:
    return {
        "topics": list(filters.topics) if filters.topics else None,
        "day_from": filters.date_from,
        "day_until": filters.day_until,
        "words": filters.words,
    }
