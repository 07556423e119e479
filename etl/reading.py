"""Opens a published snapshot, of any age, with all tables and columns that the contract names today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from etl import contract
from etl.contract import Column, Table


@contextmanager
def opened(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the snapshot's tables by their names, and can reach no other file.

    A column that is newer than the snapshot has its default, else NULL, and a table that is newer has no rows.
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute("ATTACH ? AS published (READ_ONLY)", [str(snapshot)])
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        there: dict[str, set[str]] = {}
        for table, column in connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'published'"
        ).fetchall():
            there.setdefault(table, set()).add(column)
        for table in contract.TABLES:
            connection.execute(_view(table, there.get(table.name)))
        for table in contract.DEMO_TABLES:  # planted truth is there or not
            if table.name in there:
                connection.execute(_view(table, there[table.name]))
        yield connection


def _view(table: Table, there: set[str] | None) -> str:
    """The statement that shows a table with all its columns, given those that are there; None without the table."""
    missing = ", ".join(_stand_in(column) for column in table.columns if column.name not in (there or ()))
    if there is None:
        return f"CREATE VIEW {table.name} AS SELECT {missing} WHERE false"
    columns = f"*, {missing}" if missing else "*"
    return f"CREATE VIEW {table.name} AS FROM published.{table.name} SELECT {columns}"


def _stand_in(column: Column) -> str:
    type_, _, default = column.type.partition(" DEFAULT ")
    bare = re.split(" NOT NULL| USING ", type_)[0]
    return f"CAST({default or 'NULL'} AS {bare}) AS {column.name}"
