"""All recorded days through the loopback API, end to end: wall seconds, peak memory of all processes, requests.

    uv run python tests/benchmarks/hf_days.py

Runs `etl run --source hf` twice into a temporary folder; the second run finds every day settled. Exits with 1 where a
run fails or misses its bars. PAPERTIDE_TEST_DATA says where the recorded days are, by default ../shared/data.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.hf_api_server import HfApi, recorded

SINCE, UNTIL = "2024-05-27", "2026-03-31"
SECONDS_AT_MOST, BYTES_AT_MOST = 90, 1.5e9
_SAMPLED_EVERY = 0.1  # seconds


def measure(api: HfApi, data_dir: str) -> tuple[float, int, int]:
    """One run: wall seconds, peak bytes resident in all its processes together, and requests made."""
    api.asked.clear()
    span = ["--since", SINCE, "--until", UNTIL]
    command = [sys.executable, "-m", "etl", "run", "--source", "hf", *span, "--data-dir", data_dir]
    start, peak = time.perf_counter(), 0
    running = subprocess.Popen(command, env={**os.environ, "HF_ENDPOINT": api.endpoint})
    while running.poll() is None:
        peak = max(peak, resident(running.pid))
        time.sleep(_SAMPLED_EVERY)
    if running.returncode:
        sys.exit(1)
    return time.perf_counter() - start, peak, len(api.asked)


def resident(pid: int) -> int:
    """Bytes resident in a process and its children."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total


def main() -> None:
    """Measure, print, judge."""
    shared = Path(os.environ.get("PAPERTIDE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    lists = recorded(shared / "hf_api")
    missed = False
    with tempfile.TemporaryDirectory() as data_dir, HfApi(lists, requests_allowed=10_000) as api:
        for name in ("first run", "second run"):
            seconds, peak, requests = measure(api, data_dir)
            print(f"{name:<10} {seconds:6.1f} s   {peak / 1e9:5.2f} GB   {requests:4} requests", flush=True)
            missed |= seconds > SECONDS_AT_MOST or peak > BYTES_AT_MOST
    sys.exit(int(missed))


if __name__ == "__main__":
    main()
