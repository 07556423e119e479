"""Tables that a snapshot's connection makes for itself, once, and lets go of."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import enumerate as enumerate_threads

import duckdb
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from dashboard import queries
from dashboard import snapshot as snapshots
from dashboard.filters import Filters
from dashboard.queries import prepared
from dashboard.queries.prepared import Connection
from dashboard.snapshot import Snapshot
from tests.dashboard import corpus
from tests.dashboard.conftest import opened
from tests.dashboard.corpus import GRAPHS


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
        prepared.facts(connection)
        return tables(connection)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: small.ask(made), range(8)))
    assert all((names["name"] == "facts").sum() == 1 for names in found)


def test_terms_of_the_topics_asked_for_first_go_but_not_those_that_are_read(small: Snapshot) -> None:
    def read(connection: Connection) -> pd.DataFrame:
        with prepared.terms(connection, 101, ("graph",)):
            for topic in (102, 103, 104, 105, 106):
                with prepared.terms(connection, topic, ("graph",)):
                    pass
            return tables(connection)

    names = small.ask(read)["name"]
    for kind in ("texts_of_", "terms_of_"):
        kept = [name for name in names if name.startswith(f"{kind}1")]
        assert kept == [f"{kind}{topic}" for topic in (101, 104, 105, 106)]


def test_a_term_is_looked_for_once(small: Snapshot) -> None:
    def read(connection: Connection) -> pd.DataFrame:
        with prepared.terms(connection, GRAPHS, ("graph", "graph neural")):
            pass
        with prepared.terms(connection, GRAPHS, ("graph neural", "nowhere", "graph")) as written:
            return connection.execute(
                "SELECT wanted.term, count(*) AS known, count(paper) > 0 AS found "
                f"FROM {written} AS written "
                "JOIN (VALUES ('graph'), ('nowhere')) AS wanted(term) ON written.term = hash(wanted.term) "
                "GROUP BY ALL ORDER BY ALL"
            ).df()

    graph, nowhere = small.ask(read).itertuples(index=False)
    assert (graph.found, nowhere.found) == (True, False)
    assert nowhere.known == 1
    assert graph.known == 1 + len(small.ask(queries.papers, Filters(topics=(GRAPHS,), text="graph"), 99))


def test_papers_that_a_filter_leaves_are_kept_and_asked_again(small: Snapshot) -> None:
    beta = Filters(organization="Beta", date_until=date(2033, 1, 1))  # as no other test asks

    def kept(connection: Connection) -> set[str]:
        names = tables(connection)["name"]
        return set(names[names.str.startswith("asked_")])

    def asked(connection: Connection) -> pd.DataFrame:
        before = kept(connection)
        first = queries.topic_counts(connection, beta)
        (table,) = kept(connection) - before
        assert connection.execute(f"SELECT count(*) FROM memory.main.{table}").fetchall() == [(3,)]
        queries.team_counts(connection, beta)
        assert table in kept(connection) <= before | {table}  # the same, though older ones may have gone
        connection.execute(f"DROP TABLE memory.main.{table}")  # as another session makes room
        assert_frame_equal(queries.topic_counts(connection, beta), first)
        return first

    assert small.ask(asked)["papers"].sum() == 3


def test_only_few_papers_are_kept(small: Snapshot) -> None:
    def asked(connection: Connection) -> pd.DataFrame:
        before = set(tables(connection)["name"])
        queries.topic_counts(connection, Filters(upvotes_from=3, date_until=date(2025, 2, 1)))
        queries.topic_counts(connection, Filters(upvotes_from=3, topics=(GRAPHS,)))
        return pd.DataFrame({"name": sorted(set(tables(connection)["name"]) - before)})

    assert small.ask(asked)["name"].str.startswith("asked_").sum() == 1


def test_room_is_made_for_papers_by_letting_go_of_the_oldest(
    small: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_ROWS_AT_MOST", 6)

    def asked(connection: Connection) -> pd.DataFrame:
        for month in range(1, 5):
            queries.topic_counts(connection, Filters(organization="Beta", date_until=date(2031, month, 1)))
        return tables(connection)

    names = small.ask(asked)["name"]
    assert names.str.startswith("asked_").sum() == 2  # of three papers each
    monkeypatch.setattr(prepared, "_ROWS_AT_MOST", 1)
    assert small.ask(asked)["name"].str.startswith("asked_").sum() == 1  # the newest is always kept


def test_sessions_that_make_room_at_the_same_time_do_not_hinder_each_other(
    small: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_KEPT_AT_MOST", 12)
    asked = [Filters(organization="Beta", date_until=date(2040 + place, 1, 1)) for place in range(60)]
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda filters: small.ask(queries.topic_counts, filters)["papers"].sum(), asked)
        )
    assert found == [3] * 60


def test_a_table_that_nothing_makes_is_told(small: Snapshot) -> None:
    with pytest.raises(duckdb.CatalogException):
        small.ask(lambda connection: prepared.answer(connection, "FROM nowhere", {}))
    with pytest.raises(duckdb.CatalogException):
        small.ask(lambda connection: prepared.answer(connection, "FROM nowhere", {}, (prepared.names,)))


def test_what_pages_count_in_is_made_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_PATIENCE", 0.0)
    corpus.publish_small(tmp_path)
    fresh = next(opened(tmp_path))
    made = {"facts", "standings", "author_papers", "spellings", "title_words", "vocabulary", "looks"}
    assert not made & set(fresh.ask(tables)["name"])
    fresh.prepare()
    fresh.prepare()  # does nothing
    for thread in enumerate_threads():
        if thread.name == "prepares a snapshot":
            thread.join()
    assert made <= set(fresh.ask(tables)["name"])


@pytest.mark.parametrize("patience", ["0", "600"])
def test_a_server_that_stops_does_not_wait_for_what_is_made_in_the_background(
    small_dir: Path, patience: str
) -> None:
    script = """
import sys, time
from pathlib import Path
from dashboard import snapshot
from dashboard.queries import prepared

prepared.TABLES = (lambda cursor: cursor.execute("SELECT sum(a.range) FROM range(10**7) a, range(10**7) b"),)
snapshot._PATIENCE = float(sys.argv[2])
snapshot.current(Path(sys.argv[1])).prepare()
time.sleep(0.2)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, small_dir, patience],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
