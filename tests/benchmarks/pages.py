"""How long a page's script runs on the server: `uv run python tests/benchmarks/pages.py [--data-dir DIR]`.

Prints, for each page, the first run (nothing cached) and the median and 95th percentile of reruns in which a filter
changes every time, so that nothing but the open snapshot is cached; and of reruns in which nothing changes. The bar
is a median under 300 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

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
RUNS = 21
BAR = 300  # milliseconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    os.environ[DATA_DIR_VARIABLE] = str(parser.parse_args().data_dir.resolve())
    table = Table("page", "first", "filter changes", "95 %", "nothing changes", "95 %", title="Milliseconds")
    for page in PAGES:
        first, changing, same = measure(page)
        row = [median(changing), high(changing), median(same), high(same)]
        table.add_row(page or "overview", f"{first:.0f}", *(f"{value:.0f}" for value in row))
    Console().print(table, f"Bar: a median under {BAR} ms.")


def measure(page: str) -> tuple[float, list[float], list[float]]:
    """Milliseconds of the first run, of reruns with another filter each, and of reruns of the same."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    first = rerun(app, page)
    changing = [rerun(app, page, min=str(number)) for number in range(1, RUNS + 1)]
    same = [rerun(app, page) for _ in range(RUNS)]
    return first, changing, same


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
