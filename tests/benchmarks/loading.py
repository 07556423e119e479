"""Loading a million lines in the shape of arXiv's snapshot, beside DuckDB's own reader of JSON lines.

    uv run python -m tests.benchmarks.loading [LINES]        (1000000 unless said)

Writes the lines itself, then reads them with `etl run --source arxiv --input … --topics none`, of which the stage Load
counts: parsing, validating, recognising and storing. Before and after that DuckDB's `read_json` reads them into a table
of a database file with a column for each key; the mean of both is compared with, since a machine that others use too
changes its speed within minutes. Prints lines a second and peak memory of all processes together, of the load and of
the whole run, and the ratio of the rates. Exits with 1 where the rate is less than half of DuckDB's or the load takes 1
GB.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from etl.report import now
from tests.benchmarks.hf_days import resident

RATIO_AT_LEAST, BYTES_AT_MOST = 0.5, 1e9
_SAMPLED_EVERY = 0.05  # seconds
_ABSTRACT = 1_000  # characters
_CATEGORIES = ("cs.CL", "cs.CV", "cs.LG", "math.GT", "hep-ph", "quant-ph", "stat.ML")

_READ_JSON = """
import sys, duckdb
lines, database = sys.argv[1:]
with duckdb.connect(database) as connection:
    connection.execute('''CREATE TABLE lines AS FROM read_json($lines, format = 'newline_delimited', columns = {
        id: 'VARCHAR', submitter: 'VARCHAR', authors: 'VARCHAR', title: 'VARCHAR', comments: 'VARCHAR',
        "journal-ref": 'VARCHAR', doi: 'VARCHAR', "report-no": 'VARCHAR', categories: 'VARCHAR', license: 'VARCHAR',
        abstract: 'VARCHAR', versions: 'STRUCT(version VARCHAR, created VARCHAR)[]', update_date: 'DATE',
        authors_parsed: 'VARCHAR[][]'})''', {"lines": lines})
"""


def write_lines(path: Path, count: int) -> None:
    """Lines in the snapshot's shape, of invented words and people; every id its own."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 11))) for _ in range(20_000)]
    people = [[rng.choice(words).title(), rng.choice(words).title(), ""] for _ in range(max(100, count // 2))]
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            stream.write(json.dumps(_line(rng, words, people, number)) + "\n")


def _line(rng: random.Random, words: list[str], people: list[list[str]], number: int) -> dict[str, object]:
    month, day = number // 20_000, number % 28 + 1
    year = 2008 + month // 12
    team = rng.choices(people, k=rng.randint(1, 8))
    return {
        "id": f"{year % 100:02}{month % 12 + 1:02}.{number % 20_000:05}",
        "submitter": f"{team[0][1]} {team[0][0]}",
        "authors": ", ".join(f"{given} {family}" for family, given, _ in team),
        "title": _text(rng, words, 70).capitalize(),
        "comments": f"{rng.randint(5, 40)} pages, {rng.randint(1, 12)} figures" if number % 3 else None,
        "journal-ref": f"Phys.Rev.D{number % 90}:{number},{year}" if number % 3 == 0 else None,
        "doi": f"10.1103/PhysRevD.{number}" if number % 5 < 2 else None,
        "report-no": None,
        "categories": " ".join(rng.sample(_CATEGORIES, rng.randint(1, 3))),
        "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
        "abstract": f"  {_text(rng, words, _ABSTRACT)}\n",
        "versions": [{"version": "v1", "created": f"Mon, {day} Apr {year} 19:18:{number % 60:02} GMT"}],
        "update_date": f"{year}-{month % 12 + 1:02}-{day:02}",
        "authors_parsed": team,
    }


def _text(rng: random.Random, words: list[str], length: int) -> str:
    """Words of about so many characters together; a word has 6.5 and a space."""
    return " ".join(rng.choices(words, k=round(length / 7.5)))


def measure(*command: str) -> tuple[float, list[tuple[datetime, int]]]:
    """Wall seconds of a command, and the bytes resident in its processes together, moment by moment (naive UTC)."""
    start, samples = time.perf_counter(), []
    running = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    while running.poll() is None:
        samples.append((now(), resident(running.pid)))
        time.sleep(_SAMPLED_EVERY)
    if running.returncode:
        sys.exit(f"{' '.join(command)} failed.")
    return time.perf_counter() - start, samples


def peak(samples: list[tuple[datetime, int]]) -> int:
    """The most bytes of any moment."""
    return max((taken for _, taken in samples), default=0)


def main() -> None:
    """Write, measure both, print, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        lines, data_dir = Path(folder, "lines.json"), Path(folder, "data")
        write_lines(lines, count)
        before = measure("-c", _READ_JSON, str(lines), str(Path(folder, "before.duckdb")))
        whole, samples = measure(
            "-m", "etl", "run", "--source", "arxiv", "--input", str(lines), "--topics", "none",
            "--data-dir", str(data_dir),
        )  # fmt: skip
        after = measure("-c", _READ_JSON, str(lines), str(Path(folder, "after.duckdb")))
        (path,) = (data_dir / "runs").glob("*.json")
        report = json.loads(path.read_text(encoding="utf-8"))
    load = report["stages"]["Load"]
    loaded_at = datetime.fromisoformat(report["started_at"]) + timedelta(seconds=load)
    load_peak = peak([sample for sample in samples if sample[0] <= loaded_at])
    reader = (before[0] + after[0]) / 2
    rows = (
        ("read_json", before[0], peak(before[1])),
        ("read_json", after[0], peak(after[1])),
        ("Load", load, load_peak),
        ("Whole run", whole, peak(samples)),
    )
    for name, seconds, resident_bytes in rows:
        print(f"{name:<10}{seconds:8.1f} s{count / seconds:10.0f} lines/s{resident_bytes / 1e9:8.2f} GB")
    print(f"Ratio of the rates {reader / load:.2f}; stages: {report['stages']}")
    sys.exit(int(reader / load < RATIO_AT_LEAST or load_peak >= BYTES_AT_MOST))


if __name__ == "__main__":
    main()
