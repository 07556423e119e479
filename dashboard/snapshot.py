"""Opens the published snapshot for reading, and keeps the answers to its queries.

A snapshot is immutable and has a path of its own, so its path is the key of everything that is kept: a new
publication has another path and is picked up by the next rerun.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread, current_thread, main_thread

import duckdb
import pandas as pd
import streamlit as st

from dashboard import queries
from dashboard.answers import Kept
from dashboard.queries import prepared, sql
from etl.contract import DEMO, POINTER_NAME, SCHEMA_VERSION, PointerUnreadable, read_pointer

Query = Callable[..., pd.DataFrame]  # (connection, *parameters) -> rows
_ANSWERS = Kept(32 * 1024**2)
_PREPARED: set[str] = set()  # paths of snapshots
_PREPARING = Lock()
PREPARES = "prepares a snapshot"  # the name of a thread
_PATIENCE = 5.0  # seconds, in which a browser draws the first page

# Rows that DuckDB gives to one thread at least. Of fewer papers one answers sooner than several that wait for it.
_ROW_GROUP = 122_880

# Columns that a snapshot of an older release may lack, by table, and what queries get in their place.
_SINCE = {"authors": {"name_key": "lower(name)"}}
# What is completed (see `_complete`) stands before what is published.
_WHERE_TO_LOOK = "SET search_path = 'memory.main,published.main'"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open snapshot."""

    path: str
    run_id: str
    published_at: datetime  # naive UTC
    corpus: str
    connection: duckdb.DuckDBPyConnection
    is_past: bool = False  # whether a later one is published

    @property
    def is_demo(self) -> bool:
        """Whether its papers are synthetic."""
        return self.corpus == DEMO

    def read(self, query: Query, *parameters: object) -> pd.DataFrame:
        """The answer to a query of `dashboard.queries`, kept for every session."""
        return _ANSWERS.get((self.path, query, parameters), lambda: self.ask(query, *parameters))

    def made(self, make: Callable[..., pd.DataFrame], *parameters: object) -> pd.DataFrame:
        """What `make` makes of this snapshot and the parameters, kept like the answer to a query."""
        return _ANSWERS.get((self.path, make, parameters), lambda: make(self, *parameters))

    def has(self, table: str) -> bool:
        """Whether there is such a table; a snapshot of an older release may lack it."""
        return table in set(self.read(queries.tables)["name"])

    def ask(self, query: Query, *parameters: object) -> pd.DataFrame:
        """The answer to a query, not kept. Each call has its own cursor, since sessions run in threads."""
        with self.connection.cursor() as cursor:
            cursor.execute(_WHERE_TO_LOOK)  # a cursor starts in the memory database
            return query(cursor, *parameters)

    def prepare(self) -> None:
        """Begin to make what pages count in, so that the first visit of each need not wait; once for a snapshot.

        Of a million papers it takes 15 s and more. Nobody waits for its end, a server that stops least of all.
        """
        with _PREPARING:
            if self.path in _PREPARED:
                return
            _PREPARED.add(self.path)
        # No daemon, as a thread of Streamlit's would make it: Python ends those in a way that DuckDB does not survive.
        Thread(target=self._prepare, name=PREPARES, daemon=False).start()

    def _prepare(self) -> None:
        main_thread().join(_PATIENCE)
        if not main_thread().is_alive():
            return
        # What goes wrong is told by the page that comes to it.
        with suppress(duckdb.Error), self.connection.cursor() as cursor:
            cursor.execute(_WHERE_TO_LOOK)
            Thread(target=_interrupt_at_exit, args=[current_thread(), cursor], daemon=False).start()
            for prepare in prepared.TABLES:
                prepare(cursor)

    def answer(self, query: str) -> pd.DataFrame:
        """The answer to a reader's own query, kept for a while.

        Raises:
            queries.sql.Refused: it is not answered.
        """
        return _own_answer(self.path, query)


def _interrupt_at_exit(worker: Thread, cursor: duckdb.DuckDBPyConnection) -> None:
    """Break off a thread's query once the server stops, which would wait for it."""
    while worker.is_alive():
        main_thread().join(0.5)
        if not main_thread().is_alive():
            with suppress(duckdb.Error):  # it has ended meanwhile
                cursor.interrupt()
            return


def current(data_dir: Path) -> Snapshot | None:
    """The published snapshot, or None where nothing is published.

    Raises:
        PointerUnreadable: the pointer or the snapshot is damaged.
        SchemaMismatch: the snapshot was written by another version of Papertide.
    """
    last = None
    while True:
        try:
            return _current(data_dir)
        except PointerUnreadable:
            # Between a look at the pointer and one at the snapshot, runs may have published and removed it.
            pointed = _pointed_at(data_dir)
            if pointed is None or pointed == last:
                raise
            last = pointed


def _current(data_dir: Path) -> Snapshot | None:
    pointer = read_pointer(data_dir)
    if pointer is None:
        return None
    path = str(pointer.snapshot)
    try:
        connection = _open(path)
    except duckdb.Error as error:
        raise PointerUnreadable(
            f"The snapshot {path} cannot be opened; run the ETL again, which goes on from the newest that is whole."
        ) from error
    return Snapshot(path, pointer.run_id, pointer.published_at, pointer.corpus, connection)


def _pointed_at(data_dir: Path) -> bytes | None:
    try:
        return (data_dir / POINTER_NAME).read_bytes()
    except OSError:
        return None


class SnapshotGone(Exception):
    """An earlier snapshot cannot be shown (any more); its text is a sentence for the user."""


def earlier(now: Snapshot, name: str) -> Snapshot:
    """The snapshot called `name`, which is shown in the place of the current one.

    Raises:
        SnapshotGone: it is not kept any more, or cannot be read.
    """
    path = Path(now.path).with_name(f"{name}.duckdb")
    if str(path) == now.path:
        return now
    if not path.is_file():
        raise SnapshotGone("The snapshot you asked for is not kept any more, so this is the current one.")
    try:
        connection = _open(str(path))
        with connection.cursor() as cursor:
            published_at, version = cursor.execute(
                "SELECT published_at, schema_version FROM published.snapshot"
            ).fetchone() or (None, None)
    except duckdb.Error:
        published_at = version = None
    if version != SCHEMA_VERSION:
        raise SnapshotGone("The snapshot you asked for cannot be read, so this is the current one.")
    return Snapshot(str(path), name, published_at, now.corpus, connection, is_past=True)


def kept(now: Snapshot) -> list[str]:
    """Ids of the snapshots beside the current one that a reader may go back to, the newest first."""
    paths = sorted(Path(now.path).parent.glob("*.duckdb"), reverse=True)
    return [path.stem for path in paths if str(path) != now.path]


def connect(path: str) -> duckdb.DuckDBPyConnection:
    """A connection that reads the snapshot at `path` as `published`, and can reach no other file.

    Attached to a database in memory, because DuckDB answers `connect(path)` with the old data where a file was
    replaced while a connection was open.
    """
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("ATTACH ? AS published (READ_ONLY)", [path])
        _complete(connection)
        [(papers,)] = connection.execute("SELECT count(*) FROM published.papers").fetchall()
        if papers <= _ROW_GROUP:
            connection.execute("SET threads = 1")
        connection.execute(
            "SET enable_external_access = false; SET python_enable_replacements = false; SET lock_configuration = true"
        )
        connection.execute(_WHERE_TO_LOOK)
    except duckdb.Error:
        connection.close()
        raise
    return connection


def _complete(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the tables of an older release the columns that queries ask for: views of the same names, in memory."""
    for table, columns in _SINCE.items():
        has = connection.execute(
            "SELECT list(column_name) FROM duckdb_columns() WHERE database_name = 'published' AND table_name = ?",
            [table],
        ).fetchall()[0][0]
        lacking = [f"{made} AS {column}" for column, made in columns.items() if column not in (has or ())]
        if has and lacking:
            connection.execute(
                f"CREATE VIEW memory.main.{table} AS SELECT *, {', '.join(lacking)} FROM published.{table}"  # noqa: S608
            )


# Three are kept open, so that sessions still looking at the last publications are not cut off.
@st.cache_resource(max_entries=3, show_spinner=False, on_release=lambda connection: connection.close())
def _open(path: str) -> duckdb.DuckDBPyConnection:
    return connect(path)


@st.cache_data(max_entries=20, show_spinner="Asking…")
def _own_answer(path: str, query: str) -> pd.DataFrame:
    return sql.answer(path, query)
