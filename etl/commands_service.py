"""The commands by which Papertide runs by itself: health and schedule."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from etl import health, report
from etl.console import ERROR, AsJson, DataDir, Verbose, in_one_sentence
from etl.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands to `etl`."""
    app.command("health", epilog="Examples:\n\n- etl health\n- etl health --max-age 36h --json")(_health)


def _health(
    max_age: Annotated[
        str | None,
        typer.Option(
            help="Older than this is unhealthy: 90m, 36h, 2d, 1w. [default: no age is]", show_default=False
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Check what is published, how the last run went, and the room left; exits with 1 if anything is wrong."""
    with in_one_sentence(verbose):
        oldest = None if max_age is None else health.duration("--max-age", max_age)
        found = health.checks(Settings.read(data_dir).data_dir, oldest, report.now())
        ok = all(check.ok for check in found)
        if as_json:
            print(
                json.dumps(
                    {"ok": ok, "checks": [asdict(check) for check in found]}, ensure_ascii=False, indent=2
                )
            )
        else:
            for check in found:
                print(f"{'ok' if check.ok else 'NOT OK':<7} {check.name:<10} {check.told}")
    if not ok:
        sys.exit(ERROR)
