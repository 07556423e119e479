"""The command `dashboard`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from etl.contract import DEMO, PointerUnreadable, SchemaMismatch, read_pointer
from etl.settings import DATA_DIR_VARIABLE, Settings

ADDRESS = "127.0.0.1"  # this machine only
DEFAULT_PORT = 8501

_EXAMPLES = """Examples:

- dashboard --demo
- dashboard --data-dir ~/papers
- dashboard --data-dir ~/papers --port 8600"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown")


@app.command(epilog=_EXAMPLES)
def dashboard(
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="Show synthetic papers; the first time they are made, which takes a little."
        ),
    ] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir",
            help=f"Folder of the snapshots. [default: ${DATA_DIR_VARIABLE}, else ./data, and for the demo ./data/demo]",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of this machine to answer on.")
    ] = DEFAULT_PORT,
) -> None:
    """Show trends of topics, and the papers behind them, in the browser.

    It reads what `etl run` published and never changes it; a new publication shows on the next click.
    """
    folder = Settings.read(data_dir, demo=demo).data_dir.resolve()
    if not _is_free(port):
        _refuse(f"Port {port} is taken; choose another with --port.")
    if demo:
        _ensure_demo(folder)
    print(f"Papertide: http://{ADDRESS}:{port}  (Ctrl-C stops it)", flush=True)
    _become_server(folder, port)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does it: a port that was closed a moment ago counts as free.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except PermissionError:
            _refuse(f"Port {port} needs administrator rights; choose one of 1024 or more with --port.")
        except OSError:
            return False
    return True


def _ensure_demo(folder: Path) -> None:
    """Publish the demo corpus into the folder unless it is there."""
    try:
        pointer = read_pointer(folder)
    except (PointerUnreadable, SchemaMismatch) as error:
        _refuse(str(error))
    if pointer is None:
        _run_etl(folder)
    elif pointer.corpus != DEMO:
        _refuse(
            f"{folder} holds real papers, which never share a folder with the demo; give another --data-dir."
        )


def _run_etl(folder: Path) -> None:
    """Run the ETL as a shell would; it shows its own progress and says what goes wrong."""
    command = [sys.executable, "-m", "etl", "run", "--source", "demo", "--data-dir", str(folder)]
    try:
        code = subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:  # the ETL got it as well and has said so
        code = 130
    if code:
        sys.exit(code)


def _become_server(folder: Path, port: int) -> None:
    """Hand this process over to Streamlit, so that signals reach it and nothing is left behind."""
    options: dict[str, object] = {
        "server.address": ADDRESS,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.runOnSave": "false",
        "runner.magicEnabled": "false",
        "browser.gatherUsageStats": "false",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        # Charts are always sent whole. When pages follow each other fast, as on two steps back at once, the browser has
        # dropped what it said it still had, and ends with "Cached ForwardMsg MISS".
        "global.minCachedMessageSize": 1e12,
        "logger.hideWelcomeMessage": "true",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    script = Path(__file__).with_name("app.py")
    command = [sys.executable, "-m", "dashboard.server", "run", str(script), *flags]
    os.execve(sys.executable, command, {**os.environ, DATA_DIR_VARIABLE: str(folder)})


def _refuse(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


def main() -> None:
    """Entry point."""
    app()
