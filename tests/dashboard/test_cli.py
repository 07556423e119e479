"""The command `dashboard`: help, refusals in one sentence, and a server that really serves."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from dashboard import cli
from etl.contract import DEMO, POINTER_NAME
from etl.settings import DATA_DIR_VARIABLE
from tests.dashboard import corpus

COMMAND = get_command(cli.app)


def dashboard(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, since it becomes the server where nothing stops it."""
    return subprocess.run(
        [sys.executable, "-m", "dashboard", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence with which a command refused."""
    assert done.returncode == 1
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.endswith(".")
    return sentence


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((cli.ADDRESS, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((cli.ADDRESS, 0))
        holder.listen()
        yield holder.getsockname()[1]


# ---- help ----


def test_the_command_explains_itself_and_every_option() -> None:
    assert COMMAND.help
    assert [option.name for option in COMMAND.params if not getattr(option, "help", "")] == []
    shown = CliRunner().invoke(cli.app, ["--help"])
    assert shown.exit_code == 0
    for option in ("--demo", "--data-dir", "--port"):
        assert option in shown.output
    assert str(cli.DEFAULT_PORT) in shown.output
    assert DATA_DIR_VARIABLE in shown.output
    assert "Examples" in shown.output


def test_the_examples_of_the_help_are_commands_that_exist() -> None:
    lines = [line.removeprefix("- ") for line in (COMMAND.epilog or "").splitlines() if line.startswith("- ")]
    assert len(lines) >= 3
    for line in lines:
        name, *arguments = line.split()
        assert name == "dashboard"
        with COMMAND.make_context(name, arguments) as context:
            assert context.params["port"] is not None


@pytest.mark.parametrize("port", ["0", "65536", "web"])
def test_a_port_that_cannot_be_is_a_mistake_of_usage(port: str) -> None:
    done = CliRunner().invoke(cli.app, ["--port", port])
    assert done.exit_code == 2
    assert "--port" in done.stderr


# ---- refusals ----


def test_a_taken_port_is_one_sentence(small_dir: Path, taken_port: int) -> None:
    sentence = refusal(dashboard("--data-dir", small_dir, "--port", taken_port))
    assert sentence == f"Port {taken_port} is taken; choose another with --port."


def test_a_demo_never_shares_a_folder_with_real_papers(small_dir: Path, free_port: int) -> None:
    before = sorted(small_dir.rglob("*"))
    sentence = refusal(dashboard("--demo", "--data-dir", small_dir, "--port", free_port))
    assert sentence == (
        f"{small_dir} holds real papers, which never share a folder with the demo; give another --data-dir."
    )
    assert sorted(small_dir.rglob("*")) == before


def test_the_environment_says_where_snapshots_live(small_dir: Path, free_port: int) -> None:
    done = dashboard("--demo", "--port", free_port, **{DATA_DIR_VARIABLE: str(small_dir)})
    assert refusal(done).startswith(f"{small_dir} holds real papers")


def test_a_demo_in_a_damaged_folder_is_one_sentence(tmp_path: Path, free_port: int) -> None:
    (tmp_path / POINTER_NAME).write_text("{ torn")
    assert "is damaged; run the ETL again" in refusal(
        dashboard("--demo", "--data-dir", tmp_path, "--port", free_port)
    )


def test_where_the_demo_cannot_be_made_the_etl_has_said_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    failing = tmp_path / "python"
    failing.write_text(f'#!/bin/sh\necho "$@" > {told}\nexit 3\n')
    failing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(failing))
    with pytest.raises(SystemExit) as stopped:
        cli._ensure_demo(tmp_path / "demo")
    assert stopped.value.code == 3  # the ETL's own, and no server starts
    assert told.read_text() == f"-m etl run --source demo --data-dir {tmp_path / 'demo'}\n"


def test_a_demo_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    corpus.publish_small(tmp_path, corpus=DEMO)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    cli._ensure_demo(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


# ---- the server ----


def answer(url: str) -> Any:
    try:
        with urlopen(url, timeout=2) as response:
            return response.status, response.read().decode()
    except (URLError, OSError):
        return None


def test_the_server_answers_on_this_machine_alone_and_stops_when_told(
    small_dir: Path, tmp_path: Path, free_port: int
) -> None:
    data_dir = tmp_path / "a folder"
    shutil.copytree(small_dir, data_dir)
    before = {path: path.stat().st_mtime_ns for path in data_dir.rglob("*")}
    command = [sys.executable, "-m", "dashboard", "--data-dir", str(data_dir), "--port", str(free_port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        address = f"http://{cli.ADDRESS}:{free_port}"
        deadline = time.monotonic() + 60
        while (health := answer(f"{address}/_stcore/health")) is None:
            assert server.poll() is None, server.stdout and server.stdout.read()
            assert time.monotonic() < deadline, "no answer within a minute"
            time.sleep(0.05)
        assert health == (200, "ok")
        status, page = answer(address)
        assert status == 200
        assert "<title>" in page
        if sys.platform == "linux":  # where all of 127/8 is this machine
            assert answer(f"http://127.0.0.2:{free_port}/_stcore/health") is None
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=20)
    assert server.returncode in (0, -15)
    assert f"Papertide: {address}  (Ctrl-C stops it)" in said
    assert "Traceback" not in said
    assert answer(f"{address}/_stcore/health") is None  # nothing is left behind
    assert {path: path.stat().st_mtime_ns for path in data_dir.rglob("*")} == before  # it only read
