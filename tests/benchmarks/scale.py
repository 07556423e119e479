"""What a run of many demo papers costs: seconds of each stage, papers a second, peak memory of all its processes.

    uv run python -m tests.benchmarks.scale [PAPERS ...]        (10000 and 30000 unless said; up to 1000000)

Every run is cold, in a folder of its own. Read down a column to see how a stage grows with the papers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.hf_days import resident

_SAMPLED_EVERY = 0.1  # seconds
_STAGES = ("Load", "Embed", "Topics", "Search", "Write", "Publish")


def measure(papers: int, data_dir: str) -> tuple[float, int, dict[str, float]]:
    """Wall seconds of a run, peak bytes resident in its processes together, and seconds of its stages."""
    command = [
        sys.executable,
        "-m",
        "etl",
        "run",
        "--source",
        "demo",
        "--papers",
        str(papers),
        "--data-dir",
        data_dir,
    ]
    start, peak = time.perf_counter(), 0
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while running.poll() is None:
        peak = max(peak, resident(running.pid))
        time.sleep(_SAMPLED_EVERY)
    if running.returncode:
        sys.exit(f"The run of {papers:,} papers failed.")
    (report,) = Path(data_dir, "runs").glob("*.json")
    return time.perf_counter() - start, peak, json.loads(report.read_text(encoding="utf-8"))["stages"]


def main() -> None:
    """Measure one size after the other and print a row each."""
    sizes = [int(size) for size in sys.argv[1:]] or [10_000, 30_000]
    print(
        f"{'papers':>10}{'seconds':>9}{'GB':>6}{'papers/s':>10}" + "".join(f"{name:>9}" for name in _STAGES)
    )
    for papers in sizes:
        with tempfile.TemporaryDirectory() as data_dir:
            seconds, peak, stages = measure(papers, data_dir)
        parts = "".join(f"{stages.get(name, 0):>9.1f}" for name in _STAGES)
        print(f"{papers:>10,}{seconds:>9.1f}{peak / 1e9:>6.2f}{papers / seconds:>10.0f}{parts}", flush=True)


if __name__ == "__main__":
    main()
