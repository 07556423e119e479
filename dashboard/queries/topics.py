"""Topics: their shares month by month, and what was published of them."""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Filters
from dashboard.queries.matching import ask
from dashboard.queries.prepared import Connection


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


def topic_counts(connection: Connection, filters: Filters) -> pd.DataFrame:
    """Papers by source, topic and month of publication.

    Columns: source, topic_id, month (NaT without a date), papers.
    """
    return ask(
        connection,
        filters,
        """
        SELECT source, topic_id, date_trunc('month', published_on)::DATE AS month, count(*) AS papers
        FROM matching
        GROUP BY ALL
        """,
    )


def signals(connection: Connection) -> pd.DataFrame:
    """The published verdicts, which are on the whole corpus.

    Columns: topic_id, signal, change, change_low, change_high (ratio of fitted shares, end / start), share_start,
    share_end (fitted), q_value, papers (in the window), window_start, window_end.
    """
    return connection.execute("SELECT * FROM topic_signals ORDER BY topic_id").df()


def source_breaks(connection: Connection) -> pd.DataFrame:
    """Months from which another set of sources is covered, oldest first. Columns: month, joined, ended (lists)."""
    return connection.execute("SELECT month, joined, ended FROM source_breaks ORDER BY month").df()


def topic_calendar(connection: Connection) -> pd.DataFrame:
    """Every topic in every month of the corpus, in order. Columns: topic_id, month, partial (whether it is cut)."""
    return connection.execute(
        "SELECT topic_id, month, partial FROM topic_months ORDER BY topic_id, month"
    ).df()


def source_calendar(connection: Connection) -> pd.DataFrame:
    """Every topic in every month of each source, in order.

    Columns: source, topic_id, month, covered (whether the source was asked for all of the month).
    """
    return connection.execute(
        "SELECT source, topic_id, month, covered FROM topic_source_months ORDER BY source, topic_id, month"
    ).df()


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
