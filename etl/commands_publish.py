"""The commands that take results to readers: export and digest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etl import snapshots
from etl.console import DataDir, Verbose, in_one_sentence
from etl.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands to `etl`."""
    app.command("export", epilog="Examples:\n\n- etl export report\n- etl export report --without-abstracts")(
        _export
    )


def _export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Folder to write; an earlier publication there is replaced.",
            show_default=False,
        ),
    ],
    snapshot: Annotated[
        str, typer.Option(help="Of another snapshot; see `etl snapshots`.")
    ] = snapshots.CURRENT,
    without_abstracts: Annotated[
        bool, typer.Option("--without-abstracts", help="Leave abstracts out of the tables.")
    ] = False,
    data_dir: DataDir = None,
    verbose: Verbose = False,
) -> None:
    """Write a publication: a report that opens from disk, the tables as Parquet with their dictionary, a citation."""
    with in_one_sentence(verbose):
        from etl.export import export  # noqa: PLC0415

        source = snapshots.usable(Settings.read(data_dir).data_dir, snapshot)
        done = export(source, folder, abstracts=not without_abstracts)
        print(
            f"Wrote {done.report} ({done.size / 1e6:.1f} MB), {done.tables} tables beside it, and how to cite them."
        )
