"""Tables that a snapshot's connection makes for itself, once, and lets go of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from dashboard.queries import prepared
from dashboard.queries.matching import Connection
from dashboard.snapshot import Snapshot


def tables(connection: Connection) -> pd.DataFrame:
    return connection.execute(
        "SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'memory' ORDER BY table_oid"
    ).df()


def test_names_count_once_a_paper_in_whatever_case(small: Snapshot) -> None:
    def doubled(connection: Connection) -> pd.DataFrame:
        prepared.names(connection)
        return connection.execute(
            "SELECT paper, person FROM memory.main.author_papers GROUP BY ALL HAVING count(*) > 1"
        ).df()

    assert small.ask(doubled).empty


def test_sessions_that_ask_at_the_same_time_make_one_table(small: Snapshot) -> None:
    def made(connection: Connection) -> pd.DataFrame:
        prepared.readings(connection)
        return tables(connection)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: small.ask(made), range(8)))
    assert all((names["name"] == "readings").sum() == 1 for names in found)


def test_texts_of_the_topics_asked_for_first_go_but_not_those_that_are_read(small: Snapshot) -> None:
    def read(connection: Connection) -> pd.DataFrame:
        with prepared.texts(connection, 101):
            for topic in (102, 103, 104, 105, 106):
                with prepared.texts(connection, topic):
                    pass
            return tables(connection)

    kept = small.ask(read)["name"]
    assert [name for name in kept if name.startswith("texts_of_1")] == [
        "texts_of_101",
        "texts_of_104",
        "texts_of_105",
        "texts_of_106",
    ]
