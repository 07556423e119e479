"""What tells how far to trust this corpus' trends: back-tests, verdicts that hang on little, and planted truth."""

from __future__ import annotations

import pandas as pd

from dashboard.queries.prepared import Connection

Q_NEAR = (0.01, 0.05)  # a verdict whose q-value lies between is close to none


def tables(connection: Connection) -> pd.DataFrame:
    """The tables that the snapshot has; one of an older release has fewer. Columns: name."""
    return connection.execute("SELECT table_name AS name FROM duckdb_tables() ORDER BY 1").df()


def verdicts(connection: Connection) -> pd.DataFrame:
    """How many topics have each verdict. Columns: signal, topics."""
    return connection.execute(
        "SELECT signal, count(*) AS topics FROM topic_signals GROUP BY signal ORDER BY topics DESC, signal"
    ).df()


def backtest(connection: Connection) -> pd.DataFrame:
    """The back-test of forecasts, one row, none without a forecast that was ever tested.

    Columns: topics, shown, skill (1 - error / error of the last observed share), coverage (of the 80 % intervals),
    tests (past quarters).
    """
    return connection.execute(
        """
        SELECT
            count(*) AS topics,
            count(*) FILTER (shown) AS shown,
            max(corpus_skill) AS skill,
            max(coverage) AS coverage,
            max(tests) AS tests
        FROM topic_forecasts
        HAVING max(tests) > 0
        """
    ).df()


def fragile(connection: Connection) -> pd.DataFrame:
    """Moving topics whose verdict hangs on one organisation, author or day, or is close to chance.

    Columns: topic_id, label, signal, change, q_value, kind, name (of the contributor), without (the change between the
    halves of the last year without it). A contributor is named if without it the topic would have moved less than half
    as far on the log scale, or the other way.
    """
    return connection.execute(
        """
        WITH heaviest AS (
            SELECT topic_id, kind, name, change_without
            FROM topic_attribution
            WHERE kind <> 'corpus' AND part >= 0.5
            QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY part DESC, kind, name) = 1
        )
        SELECT topic_id, label, signal, change, q_value, kind, name, change_without AS without
        FROM topic_signals
        JOIN topics USING (topic_id)
        LEFT JOIN heaviest USING (topic_id)
        WHERE signal IN ('rising', 'falling') AND (kind IS NOT NULL OR q_value BETWEEN $low AND $high)
        ORDER BY q_value DESC, topic_id
        """,
        {"low": Q_NEAR[0], "high": Q_NEAR[1]},
    ).df()


def newness(connection: Connection) -> pd.DataFrame:
    """Topics that are new in some way, the newest first.

    Columns: topic_id, label, kind ('born', 'accelerating' or 'growing'), growth (share of the last quarter / of the
    year before; infinite from nothing), growth_low (lower end of its 95 % interval, by which topics are ranked),
    born_on.
    """
    return connection.execute(
        """
        SELECT topic_id, label, kind, growth, growth_low, born_on
        FROM topic_newness JOIN topics USING (topic_id)
        WHERE kind <> 'other'
        ORDER BY rank
        """
    ).df()


def planted(connection: Connection) -> pd.DataFrame:
    """What was planted in a demo corpus beside what was found of it.

    Columns: planted, kind, change (planted), started_on and ended_on (of the planted movement), label (of the topic
    that shares most papers with it), shared (part of the planted topic's papers in it), signal, found_change,
    window_start (of the verdict), seen_on (when the topic came to another level, the way it was planted to and within a
    month of the movement; missing where it did not).
    """
    return connection.execute(
        """
        WITH shared AS (
            SELECT truth_topic, topic_id, count(*) AS papers,
                   sum(count(*)) OVER (PARTITION BY truth_topic) AS planted_papers
            FROM demo_truth_papers JOIN papers USING (paper_id)
            GROUP BY truth_topic, topic_id
        ),
        best AS (
            SELECT * FROM shared WHERE topic_id >= 0
            QUALIFY row_number() OVER (PARTITION BY truth_topic ORDER BY papers DESC, topic_id) = 1
        )
        SELECT
            demo_truth_topics.name AS planted,
            demo_truth_topics.kind,
            demo_truth_topics.change,
            demo_truth_topics.started_on,
            demo_truth_topics.ended_on,
            topics.label,
            best.papers / best.planted_papers AS shared,
            topic_signals.signal,
            topic_signals.change AS found_change,
            topic_signals.window_start,
            (
                SELECT min(topic_changes.started_on)
                FROM topic_changes
                WHERE topic_changes.topic_id = best.topic_id
                    AND topic_changes.started_on BETWEEN demo_truth_topics.started_on - INTERVAL 1 MONTH
                        AND demo_truth_topics.ended_on + INTERVAL 1 MONTH
                    AND CASE demo_truth_topics.kind
                        WHEN 'bursting' THEN
                            topic_changes.kind = 'burst'
                            OR topic_changes.kind = 'rise' AND topic_changes.ended_on IS NULL
                        WHEN 'rising' THEN topic_changes.kind IN ('rise', 'burst')
                        WHEN 'born' THEN topic_changes.kind IN ('rise', 'burst')
                        WHEN 'falling' THEN topic_changes.kind = 'fall'
                        WHEN 'died' THEN topic_changes.kind = 'fall'
                        ELSE false
                    END
            ) AS seen_on
        FROM demo_truth_topics
        LEFT JOIN best USING (truth_topic)
        LEFT JOIN topics USING (topic_id)
        LEFT JOIN topic_signals USING (topic_id)
        ORDER BY demo_truth_topics.kind, demo_truth_topics.name
        """
    ).df()
