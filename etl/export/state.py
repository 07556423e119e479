"""What a report tells, read from a published snapshot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd


@dataclass(frozen=True, slots=True)
class State:
    """A snapshot as a report tells it.

    `facts`: run_id, published_at, corpus, schema_version, note, papers, undated, first_on, last_on, granularity and
    versions (by package), topics_version and embedder (None without topics).
    `topics`: topic_id, label, area, papers, x, y, signal, change, change_low, change_high, share_start, share_end,
    q_value, window_start, window_end; the largest first, those that a person hid left out.
    `months`: topic_id, label, month, papers, corpus_papers, share, share_low, share_high, partial; -1 counts papers
    without a topic. `teams`: month, team_median, team_median_low, team_median_high. `typical`: topic_id, title, url,
    published_on, three papers a topic at most.
    """

    facts: dict[str, Any]
    topics: pd.DataFrame
    months: pd.DataFrame
    teams: pd.DataFrame
    typical: pd.DataFrame


def read(connection: duckdb.DuckDBPyConnection) -> State:
    """Read the state of an open snapshot."""
    return State(
        _facts(connection),
        connection.execute(
            """
            SELECT topic_id, label, area, topics.papers, x, y, signal, change, change_low, change_high, share_start,
                share_end, q_value, window_start, window_end
            FROM topics LEFT JOIN topic_signals USING (topic_id)
            WHERE topic_id >= 0 AND NOT hidden AND topics.papers > 0
            ORDER BY topics.papers DESC, topic_id
            """
        ).df(),
        connection.execute(
            """
            SELECT topic_id, label, month, topic_months.papers, corpus_papers, share, share_low, share_high, partial
            FROM topic_months JOIN topics USING (topic_id)
            WHERE NOT hidden OR topic_id = -1
            ORDER BY topic_id, month
            """
        ).df(),
        connection.execute(
            "SELECT month, team_median, team_median_low, team_median_high FROM author_months "
            "WHERE team_median IS NOT NULL ORDER BY month"
        ).df(),
        connection.execute(
            """
            SELECT listed.topic_id, title, url, published_on
            FROM (
                SELECT topic_id, unnest(typical[:3]) AS paper_id, generate_subscripts(typical[:3], 1) AS place
                FROM topics
            ) AS listed JOIN papers USING (paper_id)
            ORDER BY listed.topic_id, place
            """
        ).df(),
    )


def _facts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    found = connection.execute(
        """
        SELECT
            snapshot.run_id, published_at, snapshot.corpus, schema_version, note, granularity, versions,
            (SELECT count(*) FROM papers) AS papers,
            (SELECT count(*) - count(published_on) FROM papers) AS undated,
            (SELECT min(published_on) FROM papers) AS first_on,
            (SELECT max(published_on) FROM papers) AS last_on,
            (SELECT any_value(version) FROM topic_fit) AS topics_version,
            (SELECT any_value(topic_fit.embedder) FROM topic_fit) AS embedder,
            (SELECT list(DISTINCT source ORDER BY source) FROM papers) AS sources
        FROM snapshot LEFT JOIN runs USING (run_id)
        """
    )
    names = [column[0] for column in found.description or []]
    facts = dict(zip(names, found.fetchone() or (), strict=True))
    return {**facts, "versions": json.loads(facts["versions"] or "{}")}
