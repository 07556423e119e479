"""A DuckDB file being written, and the SQL that builds its tables."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

_BROKEN = (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
_BROKEN_WORDS = ("corrupt", "could not read enough bytes", "not a valid duckdb")


class Database:
    """An open connection, and the few ways in which the store speaks to it."""

    _connection: duckdb.DuckDBPyConnection

    def _script(self, name: str, **values: object) -> None:
        for statement in duckdb.extract_statements(sql(name)):
            used = {key: values[key] for key in statement.named_parameters}
            self._connection.execute(statement, used)

    def _execute(self, query: str, **values: object) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(query, values or None)

    def _rows(self, query: str) -> list[Any]:
        return list(self._execute(query).fetchall())

    def _one(self, query: str) -> tuple[Any, ...]:
        (row,) = self._rows(query)  # to its end, since DuckDB keeps the connection busy until then
        return tuple(row)

    def _insert(self, table: str, rows: pa.Table | pd.DataFrame) -> None:
        if len(rows):
            self._connection.register("incoming", rows)
            self._execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
            self._connection.unregister("incoming")


def is_broken(error: duckdb.Error) -> bool:
    """Whether DuckDB says that a file is not as it wrote it; it does so in a kind of error or in words."""
    return isinstance(error, _BROKEN) or any(words in str(error).lower() for words in _BROKEN_WORDS)


def sql(name: str) -> str:
    """The text of a step in etl/sql."""
    return files("etl").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
