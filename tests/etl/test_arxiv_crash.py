"""A harvest that is killed at any moment, time and again, ends in the tables of one that never was."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from tests import arxiv_server
from tests.arxiv_server import Listed, deleted, listed
from tests.etl.arxiv_run import run

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]

TODAY = datetime.now(UTC).date()
SINCE = TODAY - timedelta(days=150)
KILLS = 10
Rows = Callable[..., list[tuple[Any, ...]]]

# What a run writes of itself (run ids, times) differs from run to run; all else is compared.
TABLES = {
    "papers": "SELECT * EXCLUDE (run_id) FROM papers",
    "authors": "FROM authors",
    "rejects": "SELECT * EXCLUDE (run_id) FROM rejects",
    "coverage": "SELECT * EXCLUDE (run_id) FROM coverage",
    "harvests": "SELECT source, subset, since, until, records FROM harvests",
}


@pytest.fixture
def records() -> list[Listed]:
    """Two hundred changes of 45 papers on as many days, four of them without a title, and a deletion."""
    days = [SINCE + timedelta(days=3 * number % 148) for number in range(200)]
    changes = [
        listed(
            f"2503.{number % 45:05}",
            day,
            title="" if number % 50 == 7 else f"Paper {number}",
            first="2024-06-01",
        )
        for number, day in enumerate(days)
    ]
    return [*changes, deleted("2401.00001", days[80])]


@pytest.fixture
def server(records: list[Listed]) -> Iterator[arxiv_server.Oai]:
    with arxiv_server.Oai(records, page=4) as running:
        running.expires = f'expirationDate="{TODAY + timedelta(days=2)}T00:00:00Z"'
        yield running


@pytest.fixture(scope="module")
def forks() -> Any:
    """Starts processes that have imported what a run needs: ten would take a minute to do so."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["etl.pipeline", "etl.sources.arxiv", "tests.etl.arxiv_run"])
    return context


def start(forks: Any, server: arxiv_server.Oai, data_dir: Path) -> BaseProcess:
    arguments = [
        "run",
        "--source",
        "arxiv",
        "--set",
        "cs.CL",
        "--since",
        str(SINCE),
        "--data-dir",
        str(data_dir),
    ]
    running: BaseProcess = forks.Process(target=run, args=(server.endpoint, *arguments))
    running.start()
    return running


def finish(running: BaseProcess) -> None:
    running.join(120)
    assert running.exitcode == 0


def kill(running: BaseProcess, server: arxiv_server.Oai, request: int, after: float) -> bool:
    """Kill a run so many seconds after the so manyth request; returns whether it still ran then."""
    while running.is_alive() and len(server.asked) < request:
        time.sleep(0.001)
    time.sleep(after)
    running.kill()
    running.join()
    return running.exitcode == -9


def test_a_harvest_killed_ten_times_ends_as_one_never_killed(
    forks: Any, server: arxiv_server.Oai, records: list[Listed], tmp_path: Path, read: Rows
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    finish(start(forks, server, whole))
    pages = len(server.asked)
    assert pages > 50

    server.asked.clear()
    moments = random.Random(7)
    kills = 0
    while kills < KILLS:
        # Most while pages are fetched, the last while they are loaded.
        request = pages if kills >= KILLS - 2 else len(server.asked) + moments.randrange(1, 7)
        kills += kill(start(forks, server, killed), server, request, moments.uniform(0, 0.02))
        assert not (killed / "current.json").exists()
    finish(start(forks, server, killed))

    for table, query in TABLES.items():
        assert read(killed, f"{query} ORDER BY ALL") == read(whole, f"{query} ORDER BY ALL"), table
    # Each page was asked for once, but for those that a kill took on their way.
    assert pages <= len(server.asked) <= pages + KILLS
    assert not (killed / "fetched" / "arxiv").exists()

    titles = {}  # the last one that each paper was given
    for record in sorted(records, key=lambda record: record.changed_on):
        if given := re.search("<title>(.+)</title>", record.xml):
            titles[record.arxiv_id] = given.group(1)
    assert len(titles) == 45
    assert dict(read(killed, "SELECT paper_id, title FROM papers")) == titles
    assert read(killed, "SELECT count(*) FROM rejects") == [(5,)]
