"""The corpus as a whole."""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries.matching import ask
from dashboard.queries.prepared import Connection


def summary(connection: Connection, filters: Filters) -> pd.DataFrame:
    """The papers asked for, and the snapshot, in one row.

    Columns: papers, undated and without_topic (papers), first_on and last_on (dates of publication),
    observed_at (latest look at the counters, UTC; NaT where there was none), corpus (all papers of the snapshot),
    rejects (records refused).
    """
    return ask(
        connection,
        filters,
        """
        SELECT
            count(*) AS papers,
            count(*) FILTER (published_on IS NULL) AS undated,
            count(*) FILTER (topic_id = -1) AS without_topic,
            min(published_on) AS first_on,
            max(published_on) AS last_on,
            max(observed_at) AS observed_at,
            (SELECT count(*) FROM papers) AS corpus,
            (SELECT count(*) FROM rejects) AS rejects
        FROM matching
        """,
    )


def note(connection: Connection) -> pd.DataFrame:
    """What the reader must know of the snapshot, in one row. Columns: note (None, or a sentence)."""
    return connection.execute("SELECT any_value(note) AS note FROM snapshot").df()


def calendar(connection: Connection) -> pd.DataFrame:
    """The months of the corpus, oldest first, those without papers included.

    Columns: month, partial (whether the month is cut).
    """
    return connection.execute(
        "SELECT month, partial FROM topic_months WHERE topic_id = -1 ORDER BY month"
    ).df()


def missing_days(connection: Connection) -> pd.DataFrame:
    """Days whose list was asked for and not got, oldest first. Columns: source, day, reason."""
    return connection.execute("SELECT source, day, reason FROM missing_days ORDER BY day, source").df()


def uncovered_months(connection: Connection) -> pd.DataFrame:
    """Months within the span covered of a source of which no day is covered. Columns: source, month."""
    return connection.execute(
        """
        WITH spans AS (
            SELECT
                source,
                unnest(generate_series(
                    date_trunc('month', min(covered_from))::TIMESTAMP,
                    max(covered_until)::TIMESTAMP - INTERVAL 1 DAY,
                    INTERVAL 1 MONTH
                ))::DATE AS month
            FROM coverage
            GROUP BY source
        )
        SELECT source, month
        FROM spans
        WHERE NOT EXISTS (
            FROM coverage
            WHERE coverage.source = spans.source
                AND covered_from < spans.month + INTERVAL 1 MONTH AND covered_until > spans.month
        )
        ORDER BY month, source
        """
    ).df()
