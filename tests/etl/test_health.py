"""What monitoring reads: freshness, the outcome of runs as JSON, and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from etl import contract, health
from etl.cli import app
from etl.errors import InputError
from etl.lock import LOCK_NAME
from etl.report import Report

runner = CliRunner()


def etl(*arguments: object) -> Any:
    return runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def papers(write_jsonl: Any) -> Path:
    return Path(write_jsonl([{"title": "One"}, {"title": "Two"}, {"title": ""}]))


@pytest.fixture
def data_dir(tmp_path: Path, papers: Path) -> Path:
    """A folder with two papers just published."""
    assert etl("run", "--source", "file", "--input", papers, "--data-dir", tmp_path / "data").exit_code == 0
    return tmp_path / "data"


def published_at(data_dir: Path) -> datetime:
    pointer = contract.read_pointer(data_dir)
    assert pointer is not None
    return pointer.published_at


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90m", timedelta(minutes=90)),
        ("36h", timedelta(hours=36)),
        ("2d", timedelta(2)),
        ("1w", timedelta(7)),
    ],
)
def test_spans_of_time(text: str, span: timedelta) -> None:
    assert health.duration("--max-age", text) == span


@pytest.mark.parametrize("text", ["", "6", "h", "-1h", "0h", "1.5h", "6 h", "9999999d", "٣h"])
def test_what_is_no_span_of_time(text: str) -> None:
    with pytest.raises(InputError, match="is no span of time; write it as 90m, 36h, 2d or 1w"):
        health.duration("--max-age", text)


def test_fresh_is_up_to_and_with_the_age_asked_for(data_dir: Path) -> None:
    at = published_at(data_dir)
    six = timedelta(hours=6)
    assert health.fresh(data_dir, six, at + six) is not None
    assert health.fresh(data_dir, six, at + six + timedelta(seconds=1)) is None
    assert health.fresh(data_dir / "nowhere", six, at) is None


def test_a_run_that_is_not_needed_does_nothing(data_dir: Path, papers: Path) -> None:
    before = published_at(data_dir)
    asked = ("run", "--source", "file", "--input", papers, "--data-dir", data_dir, "--if-older-than", "6h")
    done = etl(*asked)
    assert done.exit_code == 0
    assert "Nothing to do" in done.output
    assert published_at(data_dir) == before
    told = json.loads(etl(*asked, "--json").stdout)
    assert (told["status"], told["exit_code"], told["published_at"]) == ("fresh", 0, before.isoformat())


def test_a_run_reports_itself_as_json(tmp_path: Path, papers: Path) -> None:
    done = etl("run", "--source", "file", "--input", papers, "--data-dir", tmp_path, "--json")
    told = json.loads(done.stdout)  # nothing but JSON there
    assert done.exit_code == told["exit_code"] == 0
    assert (told["status"], told["records"], told["papers"], told["rejected"]) == ("published", 3, 2, 1)
    assert told["run_id"] == contract.read_pointer(tmp_path).run_id  # type: ignore[union-attr]
    assert "Load" in done.stderr


def test_a_run_that_fails_reports_itself_too(tmp_path: Path) -> None:
    done = etl("run", "--source", "file", "--input", "nowhere", "--data-dir", tmp_path, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == told["exit_code"] == 1
    assert told["status"] == "failed"
    assert told["error"].startswith("--input nowhere matches no file")


def test_another_run_under_way_is_its_own_exit_code(data_dir: Path, papers: Path) -> None:
    with FileLock(data_dir / LOCK_NAME):
        done = etl("run", "--source", "file", "--input", papers, "--data-dir", data_dir, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == told["exit_code"] == 4
    assert told["status"] == "busy"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_sigterm_ends_a_run_tidily(data_dir: Path, papers: Path) -> None:
    struck = Path(__file__).with_name("struck_run.py")
    command = [sys.executable, str(struck), "SIGTERM", "before", "etl.publish:check"]
    run = ["run", "--source", "file", "--input", str(papers), "--data-dir", str(data_dir)]
    done = subprocess.run([*command, *run], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr.strip() == "Stopped; what was published before is untouched."
    assert not (data_dir / "building").exists()
    assert [check.ok for check in health.checks(data_dir, None, published_at(data_dir))] == [
        True,
        True,
        False,
        True,
    ]


def test_a_healthy_folder(data_dir: Path) -> None:
    shown = etl("health", "--max-age", "1h", "--data-dir", data_dir)
    assert shown.exit_code == 0
    assert "with 2 papers" in shown.output
    assert "NOT OK" not in shown.output


def test_what_is_too_old_or_failed_is_unhealthy(data_dir: Path) -> None:
    late = published_at(data_dir) + timedelta(hours=37)
    found = {check.name: check for check in health.checks(data_dir, timedelta(hours=36), late)}
    assert [name for name, check in found.items() if not check.ok] == ["fresh"]
    assert "published 1 day ago; at most 1 day, 12:00:00 is asked for" in found["fresh"].told

    Report("hf", {}).fail(data_dir, "the server is down")
    told = json.loads(etl("health", "--json", "--data-dir", data_dir).output)
    assert told["ok"] is False
    assert [check["name"] for check in told["checks"] if not check["ok"]] == ["last run"]
    assert etl("health", "--data-dir", data_dir).exit_code == 1


def test_nothing_published_and_a_broken_snapshot_are_unhealthy(tmp_path: Path, data_dir: Path) -> None:
    assert etl("health", "--data-dir", tmp_path / "nowhere").exit_code == 1
    pointer = contract.read_pointer(data_dir)
    assert pointer is not None
    pointer.snapshot.write_bytes(b"no database")
    shown = etl("health", "--data-dir", data_dir)
    assert shown.exit_code == 1
    assert shown.output.startswith("NOT OK  published")
