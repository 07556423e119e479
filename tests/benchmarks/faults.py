"""Strikes runs by faults, kind by kind, and prints what became of them: `python -m tests.benchmarks.faults`.

After each blow what is published is read whole, the next run must publish without help, and the failure must be told in
one sentence: see tests/faults.py. A blow after which that does not hold is a loss.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from tests import faults


def main() -> None:
    """Strike so many runs, each kind as often as the others, and being killed as often as all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="Kinds whose names hold this.")
    asked = parser.parse_args()
    kinds = [name for name in faults.KINDS if asked.only in name]
    order = [kinds[number % len(kinds)] for number in range(asked.runs)]
    began, losses = time.perf_counter(), 0
    print(f"{'fault':<24}{'runs':>6}{'lost':>6}{'s each':>8}  told")
    with tempfile.TemporaryDirectory() as folder:
        ground = faults.Ground(Path(folder), faults.WITH_TOPICS)
        for kind in kinds:
            start, said, lost = time.perf_counter(), Counter[str](), 0
            times = order.count(kind)
            for number in range(times):
                try:
                    said[faults.KINDS[kind](ground, Random(f"{asked.seed} {kind} {number}"))] += 1
                except Exception:
                    lost += 1
                    print(f"lost: {kind}, number {number}\n{traceback.format_exc()}")
            each = (time.perf_counter() - start) / max(times, 1)
            print(f"{kind:<24}{times:>6}{lost:>6}{each:>8.1f}  {len(said)} different", flush=True)
            for sentence, times_ in said.most_common(4):
                print(f"{'':>46}{times_} x {sentence[:150]}")
            losses += lost
    print(f"{asked.runs} runs struck, {losses} losses, {time.perf_counter() - began:.0f} s")
    raise SystemExit(bool(losses))


if __name__ == "__main__":
    main()
