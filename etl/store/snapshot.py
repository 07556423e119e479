"""The snapshot under construction as a whole: how it begins, what is computed on it, and how it is signed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from duckdb.sqltypes import VARCHAR

from etl import contract, staging
from etl.batches import batches
from etl.forgotten import Forgotten, Found
from etl.records import name_key
from etl.store.database import sql
from etl.store.forgetting import selection
from etl.store.loading import Loading
from etl.store.search import Search

_MEMORY = (
    "500MB"  # of DuckDB; what is more waits on disk. A million papers load in it, and their words are counted
)
_BATCH = 20_000  # rows of planted truth written at once

_CARRIED = (
    contract.PAPERS,
    contract.AUTHORS,
    contract.PAPER_SOURCES,
    contract.TOPICS,
    contract.FITTED_TOPICS,
    contract.TOPIC_FIT,
    contract.TOPIC_LINEAGE,
    contract.UPVOTE_OBSERVATIONS,
    contract.RUNS,
    contract.REJECTS,
    contract.COVERAGE,
    contract.FETCHED_DAYS,
    contract.MISSING_DAYS,
    contract.HARVESTS,
    contract.ENCODER_TERMS,
)


class Store(Loading, Search):
    """A snapshot under construction. Use as a context manager: leaving it closes the file."""

    def __init__(self, path: Path, previous: Path | None, forgotten: Forgotten | None = None) -> None:
        self._connection = duckdb.connect(str(path))
        self._execute(f"SET memory_limit = '{_MEMORY}'")
        self._execute("SET temp_directory = $folder", folder=str(path.with_suffix(".tmp")))
        # Groups of rows that several threads left half full would be written a second time, only to be filled. What is
        # deleted goes with the next snapshot, which is written anew.
        self._execute("SET max_vacuum_tasks = 0")
        for table in contract.TABLES:
            self._execute(table.ddl)
        if previous:
            self._carry_forward(previous, forgotten or Forgotten())
        self._waiting = path.with_suffix(".staged")
        self._waiting.mkdir(exist_ok=True)
        self._staged, self._parts = staging.nothing(self._waiting), 0

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            # Closing writes as well, but keeps it to itself when the disk is full.
            self._execute("CHECKPOINT")
        self._connection.close()
        shutil.rmtree(self._waiting, ignore_errors=True)

    def _carry_forward(self, previous: Path, forgotten: Forgotten) -> None:
        self._execute(f"ATTACH '{str(previous).replace(chr(39), chr(39) * 2)}' AS previous (READ_ONLY)")
        known = {
            f"{table}.{column}"
            for table, column in self._rows(
                "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'previous'"
            )
        }
        tables = {name.partition(".")[0] for name in known}
        gone = forgotten.found_in(self._connection)
        for table in (table for table in _CARRIED if table.name in tables):
            self._carry_table(table.name, known, gone)
        if contract.SEARCH_PAPERS.name in tables:
            self._execute(
                "CREATE TEMP TABLE vectors_kept AS "
                "SELECT paper_id, text_key, model, vector FROM previous.search_papers WHERE vector IS NOT NULL"
            )
        self._execute("DETACH previous")
        # What is newer than the snapshot follows from what it has.
        if contract.FITTED_TOPICS.name not in tables:
            self._keep_as_fitted(self._execute("FROM topics").df())
            self._execute("UPDATE papers SET fitted_topic_id = topic_id")
        if contract.PAPER_SOURCES.name not in tables:
            self._script("sources_of_old")

    def _carry_table(self, name: str, known: set[str], gone: Found) -> None:
        """Copy a table, what is forgotten left out: it is never written into this file."""
        there = {column for table, _, column in (one.partition(".") for one in known) if table == name}
        kept = selection(there, gone)
        columns = kept.columns
        if name == contract.AUTHORS.name and "authors.name_key" not in known:
            self._connection.create_function("name_key", name_key, [VARCHAR], VARCHAR)
            columns += ", name_key(name) AS name_key"
        self._execute(
            f"INSERT INTO {name} BY NAME SELECT {columns} FROM previous.{name} WHERE {kept.where}",  # noqa: S608
            **kept.values,
        )

    def recount(self) -> None:
        """Count the papers of each topic anew."""
        self._execute(
            "UPDATE topics SET papers = (SELECT count(*) FROM papers WHERE papers.topic_id = topics.topic_id)"
        )

    # ---- trends ----

    def topic_months(self, today: date) -> pd.DataFrame:
        """Counts without bands: topic_id, month, papers, corpus_papers, upvotes_median, partial."""
        self._script("calendar", today=today)
        return self._execute(sql("topic_months")).df()

    def write_trends(self, months: pd.DataFrame, signals: pd.DataFrame, changes: pd.DataFrame) -> None:
        """Publish the monthly shares, the verdicts, and the changes of level."""
        self._insert("topic_months", months)
        self._insert("topic_signals", signals)
        self._insert("topic_changes", changes)

    def counted(self, step: str, **values: object) -> pd.DataFrame:
        """Rows of a step in etl/sql that counts: those of its last statement. Of the values it takes what it names."""
        self._script(step, **values)
        return self._connection.df()

    def write(self, table: contract.Table, rows: pd.DataFrame) -> None:
        """Publish rows of a table of the contract."""
        self._insert(table.name, rows)

    # ---- closing ----

    def plant(self, table: contract.Table, rows: Iterable[tuple[object, ...]]) -> None:
        """Write planted truth of the demo corpus, as a stream."""
        self._execute(f"CREATE OR REPLACE {table.ddl.removeprefix('CREATE ')}")
        names = [column.name for column in table.columns]
        for batch in batches(rows, _BATCH):
            self._insert(table.name, pd.DataFrame(batch, columns=names))

    def record_run(self, run: Mapping[str, Any]) -> None:
        """Add a run to the history, unless it is there."""
        self._execute("DELETE FROM runs WHERE run_id = $run_id", run_id=run["run_id"])
        self._insert("runs", pd.DataFrame([dict(run)]))

    def known_runs(self) -> set[str]:
        """Ids of the runs in the history."""
        return {run_id for (run_id,) in self._rows("SELECT run_id FROM runs")}

    def sign(self, run_id: str, published_at: datetime, corpus: str, fit: Mapping[str, Any]) -> None:
        """Write the snapshot's own row; `fit` gives topics_fingerprint, encoder_papers and note."""
        row = {"schema_version": contract.SCHEMA_VERSION, "run_id": run_id, "published_at": published_at}
        self._insert("snapshot", pd.DataFrame([{**row, "corpus": corpus, **fit}]))
