"""What a run of the ETL left in the snapshot: how topics changed, and which records it refused."""

from __future__ import annotations

import pandas as pd

from dashboard.queries.prepared import Connection


def topic_events(connection: Connection, run_id: str) -> pd.DataFrame:
    """What a run that fitted topics did to them, kept ones left out.

    Columns: event ('born', 'split', 'merged' or 'retired'), topic_id, label and papers (as now; missing where the topic
    is gone), from_topic_id, from_label, overlap.
    """
    return connection.execute(
        """
        SELECT event, topic_id, topics.label, topics.papers, from_topic_id, earlier.label AS from_label, overlap
        FROM topic_lineage
        LEFT JOIN topics USING (topic_id)
        LEFT JOIN topics AS earlier ON earlier.topic_id = from_topic_id
        WHERE run_id = $run_id AND event <> 'kept'
        ORDER BY event, topics.papers DESC NULLS LAST, topic_id, from_topic_id
        """,
        {"run_id": run_id},
    ).df()


def refused(connection: Connection, run_id: str) -> pd.DataFrame:
    """The records that a run was the first to refuse, by reason, the most frequent first. Columns: reason, records.

    Observations of papers that are not loaded are refused for one reason, though each of them names its paper.
    """
    return connection.execute(
        """
        SELECT regexp_replace(reason, '^paper .+ is not among', 'its paper is not among') AS reason, count(*) AS records
        FROM rejects WHERE run_id = $run_id
        GROUP BY ALL ORDER BY records DESC, reason LIMIT 50
        """,
        {"run_id": run_id},
    ).df()
