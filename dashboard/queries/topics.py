"""Topics: their shares month by month, and what was published of them."""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries.matching import Connection, ask


def topics(connection: Connection) -> pd.DataFrame:
    """Every topic as published that is not hidden, the largest first; "No topic" (-1) last.

    Columns: topic_id, label, area, keywords (list, the strongest first), papers.
    """
    # By pattern, since a snapshot may be older than the column `hidden`.
    found = connection.execute(
        "SELECT COLUMNS('^(topic_id|label|area|keywords|papers|hidden)$') FROM topics "
        "ORDER BY topic_id = -1, papers DESC, topic_id"
    ).df()
    shown = found[~found["hidden"]] if "hidden" in found else found
    return shown[["topic_id", "label", "area", "keywords", "papers"]].reset_index(drop=True)


def topics_of(connection: Connection, filters: Filters) -> pd.DataFrame:
    """How many of the papers asked for each topic has. Columns: topic_id, papers."""
    return ask(connection, filters, "SELECT topic_id, count(*) AS papers FROM matching GROUP BY topic_id")


def signals(connection: Connection) -> pd.DataFrame:
    """The published verdicts, which are on the whole corpus.

    Columns: topic_id, signal, change, change_low, change_high (ratio of fitted shares, end / start), share_start,
    share_end (fitted), q_value, papers (in the window), window_start, window_end.
    """
    return connection.execute("SELECT * FROM topic_signals ORDER BY topic_id").df()


def source_breaks(connection: Connection) -> pd.DataFrame:
    """Months from which another set of sources is covered, oldest first. Columns: month, joined, ended (lists)."""
    return connection.execute("SELECT month, joined, ended FROM source_breaks ORDER BY month").df()


def topic_source_months(connection: Connection, filters: Filters) -> pd.DataFrame:
    """The same as `topic_months` for each source by itself.

    Columns: source, topic_id, month, papers, corpus_papers (all papers of the source and month that are asked for),
    covered (whether the source was asked for all of the month).
    """
    return ask(
        connection,
        filters.population,
        """
        , counted AS (
            SELECT source, topic_id, date_trunc('month', published_on)::DATE AS month, count(*) AS papers
            FROM matching
            WHERE published_on IS NOT NULL
            GROUP BY ALL
        ),
        corpus AS (
            SELECT source, month, sum(papers) AS papers FROM counted GROUP BY ALL
        )
        SELECT
            source,
            topic_source_months.topic_id,
            month,
            coalesce(counted.papers, 0)::INTEGER AS papers,
            coalesce(corpus.papers, 0)::INTEGER AS corpus_papers,
            covered
        FROM topic_source_months
        LEFT JOIN counted USING (source, topic_id, month)
        LEFT JOIN corpus USING (source, month)
        WHERE month >= coalesce($date_from, month) AND month <= coalesce($date_until, month)
        ORDER BY source, topic_source_months.topic_id, month
        """,
        date_from=filters.date_from,
        date_until=filters.date_until,
    )


def topic_months(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Every topic in every month within the dates asked for, counted on the papers asked for, whatever their topic.

    Columns: topic_id, month, papers, corpus_papers (all papers of the month that are asked for), partial.
    """
    return ask(
        connection,
        filters.population,
        """
        , counted AS (
            SELECT topic_id, date_trunc('month', published_on)::DATE AS month, count(*) AS papers
            FROM matching
            WHERE published_on IS NOT NULL
            GROUP BY ALL
        ),
        corpus AS (
            SELECT month, sum(papers) AS papers FROM counted GROUP BY month
        )
        SELECT
            topic_months.topic_id,
            month,
            coalesce(counted.papers, 0)::INTEGER AS papers,
            coalesce(corpus.papers, 0)::INTEGER AS corpus_papers,
            partial
        FROM topic_months
        LEFT JOIN counted USING (topic_id, month)
        LEFT JOIN corpus USING (month)
        WHERE month >= coalesce($date_from, month) AND month <= coalesce($date_until, month)
        ORDER BY topic_months.topic_id, month
        """,
        date_from=filters.date_from,
        date_until=filters.date_until,
    )


def topic_days(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Papers asked for, whatever their topic, by the day of publication; days without any have no row.

    Columns: source, topic_id, day, papers.
    """
    return ask(
        connection,
        filters.population,
        """
        SELECT source, topic_id, published_on AS day, count(*) AS papers
        FROM matching
        WHERE published_on IS NOT NULL
        GROUP BY ALL
        ORDER BY source, topic_id, day
        """,
    )
