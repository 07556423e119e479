"""What the ETL reads back from a closed snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from etl.store.database import sql


def violations(snapshot: Path) -> list[str]:
    """Rules of the contract that a closed snapshot breaks, each with how often; read back from the disk.

    Raises:
        duckdb.Error: it cannot be read.
    """
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        checked = connection.execute(sql("checks")).fetchall()
    return [f"{rule} ({count}x)" for rule, count in checked if count]


def published_run(snapshot: Path) -> dict[str, Any]:
    """What the ETL needs to know of a published snapshot: its own row, with the last run's options."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        rows = connection.execute(
            "SELECT snapshot.*, runs.options FROM snapshot LEFT JOIN runs USING (run_id)"
        ).df()
    row = {str(column): value for column, value in rows.iloc[0].items()}
    return {**row, "options": json.loads(row["options"])}
