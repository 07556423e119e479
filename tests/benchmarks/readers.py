"""What readers notice while snapshots are published: `python -m tests.benchmarks.readers`.

Readers are processes that look at what is published as a page of the dashboard does, time and again: the pointer, the
snapshot, several queries. Each publication adds one paper, so that what belongs together within a view is known. Prints
how long views took while nothing was published, and while it was; a view that is torn, or an error, ends it.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import psutil

from dashboard import counts, queries
from dashboard import snapshot as snapshots
from dashboard.filters import Filters
from etl import contract, pipeline
from etl.modelling import Wish
from etl.records import Raw
from etl.settings import Settings

PAUSE = 0.1  # seconds that a reader looks at a view


@dataclass
class Growing:
    """A source that gives so many papers."""

    papers: int
    name = "growing"
    coverage: Any = None

    def __post_init__(self) -> None:
        self.coverage = {}

    def records(self) -> Any:
        """Papers of consecutive days, each with two authors."""
        for number in range(self.papers):
            fields = {
                "id": f"p{number}",
                "title": f"Paper {number} of the series on {('tides', 'moons', 'shores')[number % 3]}",
                "abstract": "Waves rise and fall with the moon, and the shore remembers. " * 10,
                "authors": ["Ada Lovelace", f"Author {number}"],
                "published_on": str(date(2024, 1, 1) + timedelta(days=number % 400)),
            }
            yield Raw(fields, self.name, f"record {number}", None)


class Silent:
    """A Progress that shows nothing."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None: ...
    def advance(self, units: int) -> None: ...
    def note(self, doing: str) -> None: ...
    def finish(self, outcome: str) -> None: ...


def publish(data_dir: Path, papers: int, keep: int = 10) -> None:
    """Publish so many papers, without topics."""
    wish = Wish("none")
    pipeline.run(Settings(data_dir, keep), Growing(papers), contract.REAL, {}, progress=Silent(), wish=wish)


def _papers(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute(
        "SELECT (SELECT count(*) FROM papers) AS papers, "
        "(SELECT count(DISTINCT paper_id) FROM authors) AS with_authors, (SELECT run_id FROM snapshot) AS run_id"
    ).df()


def _runs(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute("SELECT count(*) AS runs, max(papers) AS papers FROM runs").df()


def _months(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute("SELECT sum(papers) AS papers FROM topic_months").df()


def view(data_dir: Path, first: int) -> str:
    """Look at what is published once, by the queries of the page Overview and three more; returns its run.

    Args:
        data_dir: where.
        first: papers of the first publication.

    Raises:
        AssertionError: what was seen does not belong together.
    """
    now = snapshots.current(data_dir)
    assert now is not None
    papers, runs, by_topic = (now.ask(query).iloc[0] for query in (_papers, _runs, _months))
    every = Filters()
    for query in (
        queries.topics,
        queries.mapped,
        queries.calendar,
        queries.signals,
        queries.uncovered_months,
    ):
        now.ask(query)
    now.ask(queries.organizations, 1_000)
    now.ask(queries.week_upvoted, every, 5)
    now.made(counts.topic_months, every)
    months, summary = now.made(counts.months, every), now.ask(queries.summary, every).iloc[0]
    assert papers["run_id"] == now.run_id
    seen = {
        *(papers["papers"], papers["with_authors"], runs["papers"], by_topic["papers"]),
        *(summary["papers"], summary["corpus"], months["papers"].sum(), first + runs["runs"] - 1),
    }
    assert len(seen) == 1, f"a torn view of {now.run_id}: {seen}"
    return now.run_id


def read(data_dir: Path, first: int, looking: Any, stop: Event, found: Any) -> None:
    """A reader: says that it is looking, and looks until it is told to stop, and once more.

    What it found are the seconds of each view but the first, the runs seen, and the error that ended it.
    """
    logging.disable(logging.WARNING)  # Streamlit misses its server
    seconds, runs = [], set()
    try:
        runs.add(view(data_dir, first))
        looking.release()
        last = False
        while not last:
            last = stop.is_set()
            start = time.perf_counter()
            runs.add(view(data_dir, first))
            seconds.append(time.perf_counter() - start)
            time.sleep(PAUSE)
    except BaseException as error:
        found.put((seconds, runs, repr(error)))
    else:
        found.put((seconds, runs, ""))


def watched(
    data_dir: Path, readers: int, first: int, meanwhile: Callable[[], None]
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], set[str], list[str]]:
    """What readers find while something is done: seconds of every view, runs that any saw, and errors."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.benchmarks.readers"])
    looking, stop, found = forks.Semaphore(0), forks.Event(), forks.Queue()
    every = [forks.Process(target=read, args=(data_dir, first, looking, stop, found)) for _ in range(readers)]
    for one in every:
        one.start()
    for _ in every:
        assert looking.acquire(timeout=60), "a reader did not come to look within a minute"
    meanwhile()
    stop.set()
    results = [found.get(timeout=60) for _ in every]
    for one in every:
        one.join()
    seconds = np.concatenate([each for each, _, _ in results])
    return seconds, set().union(*(runs for _, runs, _ in results)), [error for *_, error in results if error]


def publish_on(data_dir: Path, asked: argparse.Namespace) -> None:
    """Publish time and again, each time a paper more."""
    psutil.Process().nice(asked.nice)
    for number in range(1, asked.publications + 1):
        publish(data_dir, asked.papers + number, asked.keep)


def main() -> None:
    """Compare a quiet system with one that publishes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--publications", type=int, default=50)
    parser.add_argument("--papers", type=int, default=200, help="Of the first publication.")
    parser.add_argument("--keep", type=int, default=10, help="Snapshots kept.")
    parser.add_argument(
        "--nice", type=int, default=0, help="Of the publisher; a run that the dashboard started has 10."
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        publish(data_dir, asked.papers)

        def publishing() -> None:
            publisher = multiprocessing.get_context("forkserver").Process(
                target=publish_on, args=(data_dir, asked)
            )
            publisher.start()
            publisher.join()
            assert publisher.exitcode == 0

        print(
            f"{'':<12}{'views':>8}{'median ms':>11}{'95 % ms':>9}{'worst ms':>10}{'runs seen':>11}{'errors':>8}"
        )
        ninety_fifth = {}
        for name, what in (("quiet", lambda: time.sleep(15)), ("publishing", publishing)):
            seconds, runs, errors = watched(data_dir, asked.readers, asked.papers, what)
            middle, ninety_fifth[name], worst = 1_000 * np.quantile(seconds, [0.5, 0.95, 1])
            print(
                f"{name:<12}{len(seconds):>8}{middle:>11.1f}{ninety_fifth[name]:>9.1f}{worst:>10.1f}"
                f"{len(runs):>11}{len(errors):>8}",
                flush=True,
            )
            for error in errors:
                print(error)
        print(f"95 % while publishing: {ninety_fifth['publishing'] / ninety_fifth['quiet']:.2f} x quiet")


if __name__ == "__main__":
    main()
