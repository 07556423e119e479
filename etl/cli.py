"""The command `etl`: run, status, path."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.traceback import Traceback

from etl import contract, report
from etl.errors import InputError, PapertideError
from etl.settings import DATA_DIR_VARIABLE, Settings

app = typer.Typer(
    help="Load papers, fit topics, compute trends and publish a snapshot for the dashboard.",
    epilog="Example: etl run --source demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


class SourceName(StrEnum):
    """Where papers come from."""

    demo = "demo"
    file = "file"


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help=f"Folder of the snapshots. [default: ${DATA_DIR_VARIABLE}, else ./data, and for the demo ./data/demo]",
        show_default=False,
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the traceback of an error.")]

_RUN_EXAMPLES = """Examples:

- etl run --source demo
- etl run --source demo --papers 20000 --seed 7
- etl run --source file --input papers.csv
- etl run --source file --input papers.csv --topics 40
- etl run --source file --input 'daily/*.json.gz' --data-dir ~/papers"""


@app.command(epilog=_RUN_EXAMPLES)
def run(
    source: Annotated[SourceName, typer.Option(help="demo: synthetic papers; file: papers of your own.")],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            help="With file: a .json, .jsonl (both also .gz), .csv or .parquet file, a folder, or a quoted glob; "
            "may be given several times.",
        ),
    ] = None,
    papers: Annotated[
        int | None,
        typer.Option(
            help="With demo: how many papers, 100 to 1,000,000. [default: 5000]", show_default=False
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="With demo: another seed, another corpus. [default: 1]", show_default=False),
    ] = None,
    topics: Annotated[
        str, typer.Option(help="How many topics: fewer, normal, more, or a number.")
    ] = "normal",
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit the topics anew even if nothing changed.")
    ] = False,
    data_dir: DataDir = None,
    verbose: Verbose = False,
) -> None:
    """Load papers, fit topics, compute trends, and publish the result.

    What was published before stays readable until the new snapshot takes its place.
    """
    console = Console(stderr=False)
    with _in_one_sentence(verbose):
        settings = Settings.read(data_dir, demo=source is SourceName.demo)
        done = _run(source, inputs or [], papers, seed, settings, console, {"topics": topics, "refit": refit})
        if done.note:
            console.print(f"Note: {escape(done.note)}", highlight=False)
        where = "" if data_dir is None and source is SourceName.file else f" --data-dir {settings.data_dir}"
        look = "dashboard --demo" if not data_dir and source is SourceName.demo else f"dashboard{where}"
        console.print(f"Published. Look at it with: {escape(look)}", highlight=False)


def _run(
    source: SourceName,
    inputs: list[str],
    papers: int | None,
    seed: int | None,
    settings: Settings,
    console: Console,
    wishes: dict[str, Any],
) -> report.Report:
    # Imported here, so that --help, status and path answer at once.
    from etl import pipeline  # noqa: PLC0415
    from etl.display import Display  # noqa: PLC0415

    if source is SourceName.demo:
        if inputs:
            raise InputError("--input goes with --source file; the demo writes its own papers.")
        from etl.sources import demo  # noqa: PLC0415

        corpus = demo.Demo(5_000 if papers is None else papers, 1 if seed is None else seed)
        options = {"papers": corpus.count, "seed": corpus.seed}
        with Display(console) as display:
            return pipeline.run(
                settings, corpus, contract.DEMO, options, progress=display, expected=corpus.count, **wishes
            )
    if papers is not None or seed is not None:
        raise InputError("--papers and --seed go with --source demo; a file has the papers that it has.")
    if not inputs:
        raise InputError("--source file needs --input PATH: a file, a folder or a quoted glob.")
    from etl.sources.file import FileSource  # noqa: PLC0415

    files = FileSource(inputs)
    with Display(console) as display:
        return pipeline.run(settings, files, contract.REAL, {"input": inputs}, progress=display, **wishes)


@app.command(epilog="Examples:\n\n- etl status\n- etl status --data-dir data/demo")
def status(data_dir: DataDir = None, verbose: Verbose = False) -> None:
    """Tell what is published: from when, how many papers, topics and rejects, how old."""
    from etl import status as published  # noqa: PLC0415

    with _in_one_sentence(verbose):
        for heading, sentence in published.lines(Settings.read(data_dir).data_dir, report.now()):
            print(f"{heading:<10} {sentence}")


@app.command(epilog='Examples:\n\n- etl path\n- duckdb -readonly "$(etl path --data-dir data/demo)"')
def path(data_dir: DataDir = None, verbose: Verbose = False) -> None:
    """Print the path of the current snapshot, for any DuckDB client (open it read-only)."""
    from etl import status as published  # noqa: PLC0415

    with _in_one_sentence(verbose):
        print(published.pointer_of(Settings.read(data_dir).data_dir).snapshot)


@contextmanager
def _in_one_sentence(verbose: bool) -> Iterator[None]:
    """Every failure ends as one sentence on standard error and exit code 1 (130 when the user stopped it)."""
    try:
        yield
    except KeyboardInterrupt:
        _say("Stopped; what was published before is untouched.")
        sys.exit(130)
    except PapertideError as error:
        _fail(str(error), verbose)
    except Exception as error:
        what = " ".join(str(error).split()) or type(error).__name__
        _fail(
            f"Something unexpected went wrong ({what[:300]}); run again with --verbose and report it.",
            verbose,
        )


def _fail(sentence: str, verbose: bool) -> None:
    if verbose:
        Console(stderr=True).print(Traceback())
    _say(sentence)
    sys.exit(1)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def main() -> None:
    """Entry point."""
    app()
