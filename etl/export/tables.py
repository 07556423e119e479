"""The published tables as Parquet, with a data dictionary made of the contract."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from etl import contract
from etl.contract import Column, Table

# What the dashboard needs and nobody else, records that were refused, and what may tell of the machine it ran on.
_LEFT_OUT = {contract.ENCODER_TERMS, contract.REJECTS, contract.FITTED_TOPICS}
_COLUMNS_LEFT_OUT = {"runs": {"options", "error"}}


def write(connection: duckdb.DuckDBPyConnection, folder: Path, *, abstracts: bool) -> dict[Table, int]:
    """Write each table as a Parquet file; returns the rows of each. Names that the source hides stay out."""
    there = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    written = {}
    for table in (*contract.TABLES, *contract.DEMO_TABLES):
        if table.name not in there or table in _LEFT_OUT:
            continue
        kept = [column.name for column in exported(table, abstracts=abstracts)]
        rows = connection.table(table.name)
        if table is contract.AUTHORS:
            rows = rows.filter("NOT hidden")
        found = rows.select(*kept).to_arrow_table()
        pq.write_table(found, folder / f"{table.name}.parquet", compression="zstd")
        written[table] = found.num_rows
    return written


def exported(table: Table, *, abstracts: bool) -> list[Column]:
    """The columns of a table that are exported."""
    left_out = _COLUMNS_LEFT_OUT.get(table.name, set()) | (set() if abstracts else {"abstract"})
    return [column for column in table.columns if column.name not in left_out]


def dictionary_csv(tables: dict[Table, int], *, abstracts: bool) -> str:
    """A row a column: table, column, type, meaning."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\r\n")
    rows.writerow(["table", "column", "type", "meaning"])
    for table in tables:
        for column in exported(table, abstracts=abstracts):
            rows.writerow([table.name, column.name, column.type, column.meaning])
    return stream.getvalue()


def dictionary(tables: dict[Table, int], *, abstracts: bool) -> str:
    """The same to read, in Markdown."""
    parts = ["# Data dictionary\n"]
    for table, rows in tables.items():
        parts.append(f"\n## {table.name}.parquet\n\n{rows:,} rows; one row is {table.row}.\n")
        parts.append("\n| column | type | meaning |\n| --- | --- | --- |\n")
        parts += [
            f"| {column.name} | {column.type} | {column.meaning.replace('|', chr(92) + '|')} |\n"
            for column in exported(table, abstracts=abstracts)
        ]
    return "".join(parts)
