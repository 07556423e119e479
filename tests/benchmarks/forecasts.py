"""How good are the forecasts that the dashboard shows? Scored on topics of the real ETL, out of sample.

    uv run python -m tests.benchmarks.forecasts [--keep FOLDER]

Runs the ETL on the demo and, where the real data is (PAPERTIDE_TEST_DATA, by default ../shared/data), on the recorded
Daily Papers and on the cs.CV and the cs.CL papers of the arXiv sample, each by itself: its crawl targets changed, so
shares of a category among all are no trends. Topics are fitted once, on all papers; everything of a forecast, method,
calibration and whether it is shown, is then judged from what was known at its origin. With --keep, snapshots stay in
FOLDER and are used again.

Exits with 1 where a bar is missed: an error below the last value's, 75 to 85 % of targets within the 80 % intervals,
and some topics whose forecast is shown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from etl import contract, trends
from etl.trends.forecast import ORIGINS_TO_SHOW, Backtest

CATEGORIES = ("cs.CV", "cs.CL")
COVERAGE = (0.75, 0.85)
HEAD = (
    f"{'corpus':<14}{'topics':>7}{'months':>7}{'tests':>6}  {'error':>6}{'last':>7}{'ratio':>7}{'month':>7}{'MASE':>7}"
    f"{'80 %':>7}{'shown':>7}  {'shown then: part':>16}{'ratio':>7}{'80 %':>7}  method now"
)
LEGEND = (
    "error, last: mean absolute error of the forecast and of the last quarter's share, in units of sampling noise (0.8 "
    "is a perfect forecast).\nratio: of the two; month: the last month's share instead, over the last quarter's. MASE: "
    "mean over topics of error / last value's.\n80 %: targets within the interval. shown: topics with a forecast shown "
    "now; shown then: at the origin, from what was known there,\nand how these forecasts did."
)


def corpora(keep: Path) -> Iterator[tuple[str, list[str]]]:
    """Names of the corpora that can be had here, and what to ask the ETL for."""
    yield "demo", ["--source", "demo"]
    shared = Path(os.environ.get("PAPERTIDE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not shared.is_dir():
        print(
            f"no real data at {shared}: only the demo is scored; PAPERTIDE_TEST_DATA names a folder that has it"
        )
        return
    yield "hf", ["--source", "file", "--input", str(shared / "hf_api")]
    sample = pd.read_parquet(shared / "arxiv_daily_sample.parquet")
    for category in CATEGORIES:
        path = keep / f"{category}.parquet"
        papers = sample[sample.primary_category == category].drop_duplicates("arxiv_id")
        named = {"arxiv_id": "id", "crawl_date": "published_on"}
        papers[["arxiv_id", "title", "abstract", "authors", "crawl_date"]].rename(columns=named).to_parquet(
            path
        )
        yield category, ["--source", "file", "--input", str(path)]


def months_of(name: str, asked: list[str], keep: Path) -> pd.DataFrame:
    """The published topic_months of a corpus, loaded unless it is there."""
    data_dir = keep / name
    if contract.read_pointer(data_dir) is None:
        command = [sys.executable, "-m", "etl", "run", *asked, "--data-dir", str(data_dir)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    pointer = contract.read_pointer(data_dir)
    assert pointer is not None
    with duckdb.connect(str(pointer.snapshot), read_only=True) as connection:
        return connection.execute("SELECT * FROM topic_months").df()


def shown_then(test: Backtest) -> tuple[float, float, float]:
    """Of the forecasts that were shown at their origin: part of topics, error / last value's, and coverage."""
    part, error, error_of_last, inside = [], 0.0, 0.0, []
    for place, origin in enumerate(test.origins.tolist()):
        known = test.until(origin)
        if len(known.origins) < ORIGINS_TO_SHOW:
            continue
        shown = known.shown()
        part.append(shown.mean())
        actual = test.actual[place]
        error += (np.abs(test.share[place] - actual) / test.noise)[shown].sum()
        error_of_last += (np.abs(test.last[place] - actual) / test.noise)[shown].sum()
        inside.append(((test.low[place] <= actual) & (actual <= test.high[place]))[shown])
    if not part or not error_of_last:
        return 0.0, np.nan, np.nan
    return float(np.mean(part)), error / error_of_last, float(np.concatenate(inside).mean())


def score(name: str, months: pd.DataFrame) -> bool:
    """Print the line of a corpus; returns whether it passes the bars."""
    past = trends.History.of(months)
    made = trends.next_quarter(past.papers, past.corpus)
    test = made.backtest
    last_month = past.papers[:, test.origins - 1].T / past.corpus[test.origins - 1][:, None]
    errors = {
        name: np.abs(forecast - test.actual)
        for name, forecast in (("ours", test.share), ("last", test.last), ("month", last_month))
    }
    month = (errors["month"] / test.noise).mean() / test.scaled_error_of_last
    told = errors["last"].sum(axis=0) > 0
    mase = (errors["ours"].sum(axis=0)[told] / errors["last"].sum(axis=0)[told]).mean()
    ratio, shown = test.scaled_error / test.scaled_error_of_last, test.shown().mean()
    part, then, inside = shown_then(test)
    print(
        f"{name:<14}{len(past.topic_ids):>7}{len(past.months):>7}{len(test.origins):>6}  {test.scaled_error:>6.3f}"
        f"{test.scaled_error_of_last:>7.3f}{ratio:>7.3f}{month:>7.2f}{mase:>7.3f}{test.coverage:>7.1%}{shown:>7.0%}"
        f"  {part:>16.0%}{then:>7.3f}{inside:>7.1%}  {made.method}",
        flush=True,
    )
    return ratio < 1 and mase < 1 and COVERAGE[0] <= test.coverage <= COVERAGE[1] and shown > 0


def main() -> None:
    """Load, score, judge."""
    parser = argparse.ArgumentParser(description="Score the forecasts on the demo and on real papers.")
    parser.add_argument("--keep", type=Path, help="keep the snapshots here and use them again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        keep = asked.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        print(HEAD, flush=True)
        passed = [score(name, months_of(name, wanted, keep)) for name, wanted in corpora(keep)]
    print(LEGEND)
    sys.exit(int(not all(passed)))


if __name__ == "__main__":
    main()
