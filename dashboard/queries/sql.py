"""A reader's own query, on the published tables and nothing else.

It runs in a database of its own, so that nothing it does reaches other readers: the snapshot attached read-only, the
file system, extensions and settings shut, one SELECT at a time, with a limit on time, memory and rows.
"""

from __future__ import annotations

import threading

import duckdb
import pandas as pd

SECONDS = 10
ROWS = 10_000
_MEMORY = "1GB"

ONLY_SELECT = (
    "Only a SELECT is answered here, one at a time, since the tables are read-only; write a single SELECT."
)
NO_FILES = (
    "A query reads the published tables only, no file and no network; name one of the tables listed here."
)
TOO_LONG = (
    f"The query took longer than {SECONDS} s and was stopped; ask for fewer rows, or filter before joining."
)
TOO_LARGE = f"The query needs more than {_MEMORY} of memory; ask for fewer rows or columns."


class Refused(Exception):
    """A query that is not answered; its text is a sentence for the reader."""


def answer(path: str, sql: str, seconds: float = SECONDS) -> pd.DataFrame:
    """The first ROWS + 1 rows of a query on the snapshot at `path`, with the columns it asks for, each name once.

    Raises:
        Refused: it is not one SELECT, reads what it may not, takes too long, or makes no sense.
    """
    try:
        with duckdb.connect(":memory:") as connection:
            _shut(connection, path)
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise Refused(ONLY_SELECT)
            watch = threading.Timer(seconds, connection.interrupt)
            watch.start()
            try:
                # Chunks of 2,048 rows as they come: what lies behind them is never made.
                found: pd.DataFrame = connection.execute(statements[0]).fetch_df_chunk(ROWS // 2048 + 1)
            finally:
                watch.cancel()
    except duckdb.InterruptException as error:
        raise Refused(TOO_LONG) from error
    except duckdb.OutOfMemoryException as error:
        raise Refused(TOO_LARGE) from error
    except duckdb.PermissionException as error:
        raise Refused(NO_FILES) from error
    except duckdb.Error as error:
        raise Refused(f"The query cannot be answered: {_first_line(error)}") from error
    found.columns = _distinct(found.columns)
    return found.head(ROWS + 1)


def _shut(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Let a connection reach the snapshot and nothing else, for good."""
    connection.execute("ATTACH ? AS published (READ_ONLY)", [path])
    for setting in (
        "python_enable_replacements = false",  # else a table's name may be that of a variable of ours
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        f"memory_limit = '{_MEMORY}'",
        "max_temp_directory_size = '0KB'",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    connection.execute("USE published")


def _first_line(error: duckdb.Error) -> str:
    """What is wrong, without the name of the kind of error."""
    line = str(error).strip().splitlines()[0]
    kind, colon, rest = line.partition(" Error: ")
    told = rest if colon and " " not in kind else line
    return told.rstrip(".") + "."


def _distinct(names: pd.Index) -> list[str]:
    """Names of columns, numbered where they repeat."""
    seen: dict[str, int] = {}
    found = []
    for name in map(str, names):
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found
