"""The commands by which Papertide runs by itself: health and schedule."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from etl import health, report, schedule
from etl.console import ERROR, AsJson, DataDir, Verbose, in_one_sentence
from etl.errors import InputError
from etl.schedule.plan import name_for, time_of_day
from etl.settings import Settings

_SCHEDULE_EXAMPLES = """Examples:

- etl schedule daily --at 06:00 -- --source hf
- etl schedule hourly --at 00:15 --with cron -- --source file --input 'daily/*.json.gz'
- etl schedule daily --print -- --source hf
- etl schedule --show
- etl schedule --remove"""


def register(app: typer.Typer) -> None:
    """Add the commands to `etl`."""
    app.command("health", epilog="Examples:\n\n- etl health\n- etl health --max-age 36h --json")(_health)
    app.command("schedule", epilog=_SCHEDULE_EXAMPLES)(_schedule)


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


class WayName(StrEnum):
    """What runs by the clock."""

    systemd = "systemd"
    cron = "cron"
    windows = "windows"


def _schedule(
    context: typer.Context,
    every: Annotated[
        schedule.Every | None, typer.Argument(help="How often; weekly is on Mondays.", show_default=False)
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="-- OPTIONS", help="Options of `etl run`, after two dashes.", show_default=False
        ),
    ] = None,
    at: Annotated[
        str, typer.Option(help="Time of day on this machine's clock; hourly takes its minute.")
    ] = "06:00",
    way: Annotated[
        WayName | None,
        typer.Option("--with", help="What runs it. [default: what this machine has]", show_default=False),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Show the schedule of the folder.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the schedule of the folder.")] = False,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print what would be written, and write nothing.")
    ] = False,
    data_dir: DataDir = None,
    verbose: Verbose = False,
) -> None:
    """Run `etl run` by the clock: with a timer of your systemd, an entry of your crontab, or a Windows task.

    One schedule for each data folder; a new one takes the place of the old. Variables such as HF_TOKEN are read from
    ~/.config/papertide.env, if it is there.
    """
    with in_one_sentence(verbose):
        folder = Settings.read(data_dir, demo=_asks_for_demo(options or [])).data_dir.resolve()
        by = schedule.WAYS[way] if way else schedule.way_of_this_machine()
        if show:
            print(by.shown(name_for(folder)) or f"Nothing is scheduled for {folder}.")
        elif remove:
            there = by.remove(name_for(folder))
            print(f"{'Removed the schedule of' if there else 'Nothing is scheduled for'} {folder}.")
        else:
            plan = _plan(context, every, at, options or [], folder)
            if only_print:
                print(by.definition(plan), end="")
            else:
                remark = by.install(plan)
                print(f"Scheduled: etl run {' '.join(plan.options)}, {plan.every}, into {folder}. {remark}")


def _plan(
    context: typer.Context, every: schedule.Every | None, at: str, options: list[str], folder: Path
) -> schedule.Plan:
    """The plan, with options that `etl run` understands.

    Raises:
        InputError: it does not.
    """
    if every is None:
        raise InputError(
            "Say how often: hourly, daily or weekly, such as: etl schedule daily -- --source hf."
        )
    if "--data-dir" in options:
        raise InputError("Give --data-dir before the two dashes; it names the schedule too.")
    group: Any = context.parent.command if context.parent else None
    try:
        group.commands["run"].make_context("run", list(options))
    except typer.Exit:
        raise InputError("--help starts no run; leave it out of the schedule.") from None
    except TyperException as error:
        said = " ".join(error.format_message().split())
        raise InputError(
            f"`etl run` does not understand this: {said.rstrip('.')}; see `etl run --help`."
        ) from error
    return schedule.Plan(every, time_of_day(at), tuple(options), folder, Path.cwd())


def _asks_for_demo(options: list[str]) -> bool:
    return "demo" in options or "--source=demo" in options
