"""How long a page's script runs on the server: `uv run python tests/benchmarks/pages.py [--data-dir DIR] [--page P]`.

Prints, for each page, the first run (nothing kept), and the median and 95th percentile of reruns in which a filter
changes every time, to one that no page had before, so that nothing but the open snapshot is kept, and what is made of
it in the background (see `dashboard.queries.prepared`), for which it waits; and of reruns in which nothing changes. The
pages of one author and one organisation, to which only names lead, are asked for the one with the most papers, whose
page is the slowest. Then what misses the bar: a median under 150 ms and a 95th percentile under 300, or 400 and 800
above 500,000 papers. The processor time beside them (of all threads) tells how busy the machine was with other work.
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table
from streamlit import config
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.util import calc_hash

from dashboard import queries, server
from dashboard import snapshot as snapshots
from dashboard.filters import Filters
from etl.settings import DATA_DIR_VARIABLE

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
PAGES = (
    "",
    "emerging",
    "topics",
    "topic",
    "map",
    "authors",
    "author",
    "organization",
    "upvotes",
    "papers",
    "sql",
    "trust",
)
RUNS = 41  # of 21, one slow run would be the 95th percentile
SECONDS = 30  # for the runs of a page; where they are slow, there are fewer
RUNS_AT_LEAST = 9
BARS = (150, 300)  # milliseconds: median, 95th percentile
BARS_OF_MANY = (400, 800)
MANY = 500_000  # papers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--page", action="append", choices=[page or "overview" for page in PAGES])
    arguments = parser.parse_args()
    os.environ[DATA_DIR_VARIABLE] = str(arguments.data_dir.resolve())
    # As in the server that the command starts: nothing is told to Streamlit, app.py is compiled once, and garbage is
    # collected as there.
    import_module("dashboard.views.overview")
    server.ease_garbage_collection()
    config.set_option("browser.gatherUsageStats", False)
    compiled = ScriptCache()
    local_script_runner.ScriptCache = lambda: compiled  # type: ignore[attr-defined]
    bars = BARS_OF_MANY if papers_in(arguments.data_dir.resolve()) > MANY else BARS
    columns = ("page", "first", "filter changes", "95 %", "processor", "nothing changes", "95 %", "runs")
    subjects = subjects_of(arguments.data_dir.resolve())
    table, missed = Table(*columns, title=f"Milliseconds; load {os.getloadavg()[0]:.1f}"), []
    for place, page in enumerate(PAGES):
        name = page or "overview"
        if arguments.page and name not in arguments.page:
            continue
        first, changing, processor, same = measure(page, place, subjects.get(page, {}))
        figures = [first, median(changing), high(changing), median(processor), median(same), high(same)]
        table.add_row(name, *(f"{value:.0f}" for value in figures), str(len(changing)))
        if figures[1] >= bars[0] or figures[2] >= bars[1]:
            missed.append(f"{name} ({figures[1]:.0f} / {figures[2]:.0f})")
    told = f"Missed by {', '.join(missed)}." if missed else "No page misses it."
    Console().print(table, f"Bar: a median under {bars[0]} ms, a 95th percentile under {bars[1]} ms. {told}")


def papers_in(data_dir: Path) -> int:
    """How many papers the published snapshot has."""
    snapshot = snapshots.current(data_dir)
    assert snapshot is not None, "nothing is published there"
    return int(snapshot.read(queries.summary, Filters())["corpus"].iloc[0])


def subjects_of(data_dir: Path) -> dict[str, dict[str, str]]:
    """What the pages of one author and one organisation are asked for in the URL."""
    snapshot = snapshots.current(data_dir)
    assert snapshot is not None
    authors = snapshot.read(queries.active_authors, Filters(), 1)["name"]
    organizations = snapshot.read(queries.active_organizations, Filters(), 1)["organization"]
    return {
        "author": dict(zip(["author"], authors, strict=False)),  # nothing where none is named
        "organization": dict(zip(["org"], organizations, strict=False)),
    }


def measure(
    page: str, place: int, subject: dict[str, str]
) -> tuple[float, list[float], list[float], list[float]]:
    """Milliseconds of the first run, of reruns with another filter each (and of the processor), and of the same."""
    app = AppTest.from_file(str(APP), default_timeout=120)
    first = rerun(app, page, **subject)
    for thread in threading.enumerate():
        if thread.name == snapshots.PREPARES:
            thread.join()
    changing: list[float] = []
    processor: list[float] = []
    while len(changing) < RUNS and (len(changing) < RUNS_AT_LEAST or sum(changing) < 1000 * SECONDS):
        # Months and upvotes that this page alone asks for, and each of them once.
        number = len(changing)
        begun = time.process_time()
        changing.append(
            rerun(
                app,
                page,
                **subject,
                min=str(1 + number // 2),
                until=f"{2190 + place % 10}-0{1 + number % 2}",
            )
        )
        processor.append(1000 * (time.process_time() - begun))
    same = [rerun(app, page, **subject) for _ in range(len(changing))]
    return first, changing, processor, same


def rerun(app: AppTest, page: str, **query: str) -> float:
    """One run of a page's script, in milliseconds."""
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    # AppTest switches to pages that are files; ours are functions, known by the hash of their path.
    app._page_hash = calc_hash(page)
    start = time.perf_counter()
    app.run()
    elapsed = 1000 * (time.perf_counter() - start)
    assert not app.exception, app.exception
    assert app.title, "the page has no title"
    return elapsed


def median(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


def high(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    main()
