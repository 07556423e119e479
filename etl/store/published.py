"""What the ETL reads back from a closed snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from etl.store.database import is_broken, sql


def violations(snapshot: Path) -> list[str]:
    """Rules of the contract that a closed snapshot breaks, each with how often; read back from the disk.

    Raises:
        duckdb.Error: it cannot be read.
    """
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        checked = connection.execute(sql("checks")).fetchall()
    return [f"{rule} ({count}x)" for rule, count in checked if count]


def is_damaged(snapshot: Path) -> bool:
    """Whether a closed snapshot is not as it was written: every block of every table is read, and with it its checksum.

    Raises:
        duckdb.Error, OSError: it cannot be read for another reason, such as a lock that somebody holds.
    """
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute("ATTACH ? AS looked_at (READ_ONLY)", [str(snapshot)])
            tables = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'looked_at'"
            ).fetchall()
            for (table,) in tables:
                connection.table(f"looked_at.{table}").aggregate("bit_xor(hash(COLUMNS(*)))").fetchall()
        return not tables
    except duckdb.Error as error:
        if is_broken(error):
            return True
        raise


def signature(snapshot: Path) -> Any:
    """What a snapshot says of itself: schema version, time of publication (UTC), corpus; None where it says nothing."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        return connection.execute("SELECT schema_version, published_at, corpus FROM snapshot").fetchone()


def published_run(snapshot: Path) -> dict[str, Any]:
    """What the ETL needs to know of a published snapshot: its own row, with the last run's options."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        rows = connection.execute(
            "SELECT snapshot.*, runs.options FROM snapshot LEFT JOIN runs USING (run_id)"
        ).df()
    row = {str(column): value for column, value in rows.iloc[0].items()}
    return {**row, "options": json.loads(row["options"])}
