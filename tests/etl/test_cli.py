"""The command line: help, refusals in one sentence, status and path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from etl import contract
from etl.cli import app

runner = CliRunner()


def run(*arguments: object) -> Any:
    return runner.invoke(app, [str(argument) for argument in arguments])


COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_with_examples(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert f"etl {name}" in command.epilog
    assert all(option.help for option in command.params)
    shown = run(name, "--help").output
    assert "Example" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--source", "file"], "--source file needs --input PATH: a file, a folder or a quoted glob."),
        (
            ["--source", "demo", "--input", "x"],
            "--input goes with --source file, listing, arxiv or observations; the demo writes its own papers.",
        ),
        (
            ["--source", "file", "--input", "x", "--papers", "5"],
            "--papers and --seed go with --source demo; a file has the papers that it has.",
        ),
        (["--source", "file", "--input", "nowhere"], "--input nowhere matches no file"),
        (["--source", "demo", "--papers", "99"], "--papers 99 is out of range; give 100 to 1,000,000."),
        (
            ["--source", "hf", "--trend-window", "5"],
            "--trend-window 5 is out of range; give 6 to 120 months.",
        ),
        (["--source", "demo", "--trend-window", "121"], "--trend-window 121 is out of range"),
        (["--source", "demo", "--llm-labels"], "No language model is set up; set PAPERTIDE_LLM_ENDPOINT"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    result = run("run", *arguments, "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith(sentence)
    assert len(result.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.glob("snapshots/*"))


def test_the_embedder_may_be_set_for_all_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERTIDE_EMBEDDER", "nonsense:nowhere")
    result = run("run", "--source", "demo", "--papers", "100", "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert "nonsense:nowhere" in result.stderr


@pytest.mark.parametrize("command", ["status", "path"])
def test_nothing_published_says_how_to_get_papers(tmp_path: Path, command: str) -> None:
    result = run(command, "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert "Nothing is published in" in result.stderr
    assert "etl run --source demo" in result.stderr


def test_a_demo_nearby_is_pointed_at(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / contract.POINTER_NAME).write_text("{}")
    assert f"--data-dir {tmp_path / 'demo'}" in run("status", "--data-dir", tmp_path).stderr


def test_status_and_path_of_a_published_folder(tmp_path: Path, write_jsonl: Any) -> None:
    records = [{"title": f"Paper {i}", "date": "2024-05-01"} for i in range(3)] + [
        {"title": ""},
        {"title": "Undated"},
    ]
    loaded = run("run", "--source", "file", "--input", write_jsonl(records), "--data-dir", tmp_path)
    assert loaded.exit_code == 0, loaded.stderr
    assert "5 records, 4 new papers, 1 refused" in loaded.output
    assert "too few for topics" in loaded.output

    shown = run("status", "--data-dir", tmp_path).output
    assert "real, 4 papers of 2024-05-01 to 2024-05-01; 1 without a date are left out of trends" in shown
    assert "0, with 4 papers (100.0%) in none" in shown
    assert "1 records refused" in shown
    assert "just now" in shown

    path = Path(run("path", "--data-dir", tmp_path).output.strip())
    assert path == tmp_path / json.loads((tmp_path / contract.POINTER_NAME).read_text())["snapshot"]
    assert path.is_file()


def test_the_environment_says_where_snapshots_live(tmp_path: Path, write_jsonl: Any) -> None:
    command = [
        sys.executable,
        "-m",
        "etl",
        "run",
        "--source",
        "file",
        "--input",
        str(write_jsonl([{"title": "A"}])),
    ]
    environment = {**os.environ, "PAPERTIDE_DATA_DIR": str(tmp_path / "there")}
    subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "there" / contract.POINTER_NAME).is_file()
    assert not (tmp_path / "data").exists()


def test_the_window_asked_for_is_recorded(tmp_path: Path, write_jsonl: Any) -> None:
    papers = write_jsonl([{"title": "One", "date": "2024-05-01"}])
    asked = ("--source", "file", "--input", papers, "--trend-window", "24", "--data-dir", tmp_path)
    assert run("run", *asked).exit_code == 0
    with duckdb.connect(run("path", "--data-dir", tmp_path).output.strip(), read_only=True) as connection:
        (options,) = connection.execute("SELECT options FROM runs").fetchone() or ()
    assert json.loads(options)["trend_window"] == 24


def test_an_unwritable_folder_is_one_sentence(tmp_path: Path, write_jsonl: Any) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    result = run("run", "--source", "file", "--input", write_jsonl([{"title": "A"}]), "--data-dir", blocked)
    assert result.exit_code == 1
    assert "cannot be written to" in result.stderr


def test_verbose_adds_the_traceback(tmp_path: Path) -> None:
    result = run("run", "--source", "file", "--input", "nowhere", "--data-dir", tmp_path, "--verbose")
    assert "Traceback" in result.stderr
    assert result.stderr.strip().splitlines()[-1].startswith("--input nowhere matches no file")


def test_commands_that_only_read_do_not_wait_for_what_a_run_needs() -> None:
    heavy = ("pandas", "scipy", "sklearn", "pyarrow", "bertopic", "httpx2")
    code = f"import sys, etl.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
