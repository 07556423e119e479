"""Demo corpora through the whole ETL: what becomes of planted trends when topics are found, not given."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from tests.benchmarks.trends.measures import Rate

PAPERS = 10_000
WINDOW = 12
_IS_IT = 0.5  # of a found topic's papers that one planted topic must make up


def measure(corpora: int) -> dict[str, Rate]:
    """False discoveries, false alarms on flat topics, and recall of risers and fallers, over demo corpora."""
    found = [_run(seed) for seed in range(1, corpora + 1)]
    names = dict.fromkeys(name for rates in found for name in rates)
    return {name: Rate.of([rates.get(name, np.nan) for rates in found]) for name in names}


def _run(seed: int) -> dict[str, float]:
    asked = ["--source", "demo", "--papers", str(PAPERS), "--seed", str(seed), "--trend-window", str(WINDOW)]
    with published(asked) as connection:
        return _scored(_matched(connection))


@contextmanager
def published(asked: list[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The snapshot of a run of its own, gone when done with."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "etl", "run", *asked, "--data-dir", folder]
        subprocess.run(command, check=True, capture_output=True)
        snapshot = Path(folder) / json.loads((Path(folder) / "current.json").read_text())["snapshot"]
        with duckdb.connect(str(snapshot), read_only=True) as connection:
            yield connection


def _matched(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Each found topic with the planted one that makes up most of it: signal, kind, moves (inside the window)."""
    return connection.execute(
        """
        WITH overlap AS (
            SELECT topic_id, truth_topic, count(*) AS papers
            FROM papers JOIN demo_truth_papers USING (paper_id)
            WHERE topic_id >= 0
            GROUP BY ALL
        ),
        matched AS (
            SELECT topic_id, arg_max(truth_topic, papers) AS truth_topic, max(papers) / sum(papers) AS purity
            FROM overlap GROUP BY topic_id
        )
        SELECT signal, kind, truth_topic, coalesce(ended_on >= window_start, false) AS moves
        FROM topic_signals JOIN matched USING (topic_id) JOIN demo_truth_topics USING (truth_topic)
        WHERE purity >= $purity
        """,
        {"purity": _IS_IT},
    ).df()


def _scored(topics: pd.DataFrame) -> dict[str, float]:
    flagged = topics[topics.signal.isin(["rising", "falling"])]
    # A topic that was born or died before the window, or bursts and comes back, has no direction that could be wrong.
    wrong = (flagged.kind == "flat") | (
        flagged.kind.isin(["rising", "falling"]) & flagged.moves & (flagged.kind != flagged.signal)
    )
    scores = {
        "false discoveries": wrong.mean() if len(flagged) else 0.0,
        "false alarms on flat topics": topics[topics.kind == "flat"]
        .signal.isin(["rising", "falling"])
        .mean(),
    }
    for kind in ("rising", "falling"):
        planted = topics[topics.kind == kind].groupby("truth_topic").signal
        scores[f"recall of {kind} topics"] = planted.agg(lambda said, kind=kind: (said == kind).any()).mean()
    return scores
