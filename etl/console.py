"""What all commands share: their common options, and how a failure ends, in one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.traceback import Traceback

from etl.errors import PapertideError, as_out_of_memory
from etl.settings import DATA_DIR_VARIABLE, SettingRefused

# Exit codes: 0 done or nothing to do, 1 an error, 2 a command line that makes no sense (by click), 3 published, but
# days could not be fetched, 4 another run is under way (etl.errors), and as shells have it, 128 and the signal that
# stopped us.
ERROR, PUBLISHED_WITH_GAPS, STOPPED, TERMINATED = 1, 3, 130, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM stopped us."""


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help=f"Folder of the snapshots. [default: ${DATA_DIR_VARIABLE}, else ./data, and for the demo ./data/demo]",
        show_default=False,
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the traceback of an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


@contextmanager
def in_one_sentence(verbose: bool) -> Iterator[None]:
    """Every failure ends as one sentence on standard error and an exit code, 130 or 143 where it was stopped."""
    try:
        yield
    except KeyboardInterrupt as stop:
        say("Stopped; what was published before is untouched.")
        sys.exit(TERMINATED if isinstance(stop, Terminated) else STOPPED)
    except PapertideError as error:
        _fail(str(error), verbose, error.exit_code)
    except SettingRefused as error:
        _fail(str(error), verbose, ERROR)
    except Exception as error:
        if meant := as_out_of_memory(error):
            _fail(str(meant), verbose, meant.exit_code)
        what = " ".join(str(error).split()) or type(error).__name__
        _fail(
            f"Something unexpected went wrong ({what[:300]}); run again with --verbose and report it.",
            verbose,
            ERROR,
        )


def _fail(sentence: str, verbose: bool, code: int) -> None:
    if verbose:
        Console(stderr=True).print(Traceback())
    say(sentence)
    sys.exit(code)


def say(sentence: str) -> None:
    """Tell the user on standard error."""
    print(sentence, file=sys.stderr)
