"""The commands on what was published before: snapshots, diff, rollback, pin and unpin."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from etl import diff as differences
from etl import snapshots
from etl.console import AsJson, DataDir, Verbose, in_one_sentence
from etl.settings import Settings

SnapshotId = Annotated[
    str,
    typer.Argument(
        metavar="SNAPSHOT", help="Its id, the beginning of it, 'current' or 'previous'; see `etl snapshots`."
    ),
]

_FORGET_EXAMPLES = """Examples:

- etl forget --paper 2405.01234
- etl forget --author 'Ada Lovelace' --older prune"""


class Older(StrEnum):
    """What becomes of older snapshots; as in etl.forget, which takes long to import."""

    rebuild = "rebuild"
    prune = "prune"
    keep = "keep"


def register(app: typer.Typer) -> None:
    """Add the commands to `etl`."""
    app.command("snapshots", epilog="Examples:\n\n- etl snapshots\n- etl snapshots --json")(_list)
    app.command("diff", epilog="Examples:\n\n- etl diff\n- etl diff 20260301 current\n- etl diff --json")(
        _diff
    )
    app.command("rollback", epilog="Examples:\n\n- etl rollback\n- etl rollback 20260301T060012")(_roll_back)
    app.command("pin", epilog="Examples:\n\n- etl pin current\n- etl pin 20260301T060012")(_pin)
    app.command("forget", epilog=_FORGET_EXAMPLES)(_forget)
    app.command("unpin", epilog="Examples:\n\n- etl unpin 20260301T060012")(_unpin)


def _list(data_dir: DataDir = None, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """List the snapshots that are kept, the newest first."""
    with in_one_sentence(verbose):
        kept = snapshots.kept(Settings.read(data_dir).data_dir)
        if as_json:
            print(json.dumps([_facts(one) for one in kept], indent=2, default=str))
        else:
            Console().print(_table(kept), highlight=False)


def _facts(kept: snapshots.Kept) -> dict[str, Any]:
    facts = asdict(kept)
    renamed = {"size": "size_bytes", "is_current": "current", "is_pinned": "pinned"}
    facts = {renamed.get(name, name): value for name, value in facts.items()}
    return {**facts, "published_at": kept.published_at.isoformat() if kept.published_at else None}


def _table(kept: list[snapshots.Kept]) -> Table:
    table = Table("id", "published (UTC)", "papers", "topics", "MB", "", box=box.SIMPLE)
    for number in (2, 3, 4):
        table.columns[number].justify = "right"
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for one in kept:
        remarks = [
            "current" if one.is_current else "",
            "pinned" if one.is_pinned else "",
            one.problem or "",
        ]
        table.add_row(
            one.id,
            f"{one.published_at:%Y-%m-%d %H:%M}" if one.published_at else "?",
            "?" if one.papers is None else f"{one.papers:,}",
            "?" if one.topics is None else f"{one.topics:,}",
            f"{one.size / 1e6:.1f}",
            escape(", ".join(filter(None, remarks))),
        )
    return table


def _diff(
    before: SnapshotId = snapshots.PREVIOUS,
    after: SnapshotId = snapshots.CURRENT,
    papers: Annotated[int, typer.Option(min=0, help="Name so many papers of a kind at most.")] = 10,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Tell what changed from one snapshot to another: papers, topics and verdicts."""
    with in_one_sentence(verbose):
        folder = Settings.read(data_dir).data_dir
        found = differences.between(snapshots.usable(folder, before), snapshots.usable(folder, after))
        if as_json:
            print(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
        else:
            print("\n".join(differences.lines(found, papers)))


def _roll_back(
    snapshot: SnapshotId = snapshots.PREVIOUS, data_dir: DataDir = None, verbose: Verbose = False
) -> None:
    """Make an earlier snapshot the current one. Nothing is removed, and the next run starts from it."""
    with in_one_sentence(verbose):
        folder = Settings.read(data_dir).data_dir
        former = snapshots.find(folder, snapshots.CURRENT)
        now = snapshots.roll_back(folder, snapshot)
        print(
            f"{now.id} of {now.published_at:%Y-%m-%d %H:%M} UTC is current; `etl rollback {former.id}` goes back."
        )


def _pin(snapshot: SnapshotId, data_dir: DataDir = None, verbose: Verbose = False) -> None:
    """Keep a snapshot for good, whatever the rules of keeping say."""
    with in_one_sentence(verbose):
        print(f"{snapshots.pin(Settings.read(data_dir).data_dir, snapshot).id} is kept until it is unpinned.")


def _unpin(snapshot: SnapshotId, data_dir: DataDir = None, verbose: Verbose = False) -> None:
    """Let a pinned snapshot go when its time comes."""
    with in_one_sentence(verbose):
        print(
            f"{snapshots.unpin(Settings.read(data_dir).data_dir, snapshot).id} may be removed by a later run."
        )


def _forget(
    paper: Annotated[
        list[str] | None,
        typer.Option("--paper", help="A paper by its id or arXiv id; may be given several times."),
    ] = None,
    author: Annotated[
        list[str] | None,
        typer.Option("--author", help="An author by the whole name; may be given several times."),
    ] = None,
    older: Annotated[
        Older,
        typer.Option(
            help="Older snapshots that hold it: rebuild makes them again without it, prune removes them, keep leaves "
            "them as they are."
        ),
    ] = Older.rebuild,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Remove papers or authors on request, and keep them removed when a source offers them again.

    A new snapshot is published without them. Of an author the name goes; the papers stay, and the size of their teams.
    """
    with in_one_sentence(verbose):
        from etl import forget as forgetting  # noqa: PLC0415
        from etl.display import Display  # noqa: PLC0415

        settings = Settings.read(data_dir).with_retention()
        with Display(Console(stderr=True)) as display:
            done = forgetting.forget(
                settings, paper or [], author or [], forgetting.Older(older), progress=display
            )
        if as_json:
            print(json.dumps(forgetting.as_dict(done), indent=2))
            return
        print(f"Removed: {done.papers:,} papers and {done.names:,} names; they stay away from now on.")
        for ids, what in (
            (done.rebuilt, "rebuilt"),
            (done.pruned, "removed"),
            (done.kept, "left, and still hold it"),
        ):
            if ids:
                print(f"Older snapshots {what}: {', '.join(ids)}")
