"""Schedules written, shown and removed, in a home folder of our own and with stand-ins for the machine's programs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from etl.cli import app
from etl.schedule.plan import name_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")

runner = CliRunner()

# Each notes how it was called. `crontab` keeps its table in a file; `schtasks` keeps the task; `systemctl` obeys.
STAND_INS = {
    "systemctl": "",
    "crontab": """
case "$1" in
    -l) [ -f "$HOME/table" ] && cat "$HOME/table" || { echo 'no crontab for you' >&2; exit 1; } ;;
    -) cat > "$HOME/table" ;;
esac""",
    "schtasks": """
case "$1" in
    /Create) cp "$6" "$HOME/task.xml" ;;
    /Query) [ -f "$HOME/task.xml" ] && cat "$HOME/task.xml" || exit 1 ;;
    /Delete) rm "$HOME/task.xml" ;;
esac""",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in STAND_INS.items():
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "$HOME/calls"\n{script}\n')
        (programs / name).chmod(0o755)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def schedule(tmp_path: Path, home: Path) -> Callable[..., Any]:
    def call(*arguments: str, data_dir: Path = tmp_path / "data") -> Any:
        dashes = arguments.index("--") if "--" in arguments else len(arguments)
        asked = [*arguments[:dashes], "--data-dir", str(data_dir), *arguments[dashes:]]
        return runner.invoke(app, ["schedule", *asked])

    return call


def calls(home: Path) -> list[str]:
    return (home / "calls").read_text().splitlines()


def test_a_systemd_timer_is_written_shown_and_removed(home: Path, tmp_path: Path, schedule: Any) -> None:
    name = name_for(tmp_path / "data")
    done = schedule("daily", "--at", "06:00", "--with", "systemd", "--", "--source", "hf")
    assert done.exit_code == 0, done.stderr
    folder = home / ".config" / "systemd" / "user"
    timer, service = ((folder / f"{name}.{kind}").read_text() for kind in ("timer", "service"))
    assert "OnCalendar=*-*-* 06:00:00\n" in timer
    assert "Persistent=true\n" in timer
    run = f'"{sys.executable}" "-m" "etl" "run" "--source" "hf" "--data-dir" "{tmp_path / "data"}"'
    assert f"ExecStart={run}\n" in service
    assert f"WorkingDirectory={tmp_path}\n" in service
    assert "EnvironmentFile=-%h/.config/papertide.env\n" in service
    assert "SuccessExitStatus=4\n" in service
    assert calls(home) == ["systemctl --user daemon-reload", f"systemctl --user enable --now {name}.timer"]

    assert service in schedule("--show", "--with", "systemd").output
    assert schedule("--remove", "--with", "systemd").output.startswith("Removed the schedule of")
    assert not list(folder.iterdir())
    assert f"systemctl --user disable --now {name}.timer" in calls(home)
    assert "Nothing is scheduled" in schedule("--remove", "--with", "systemd").output
    assert "Nothing is scheduled" in schedule("--show", "--with", "systemd").output


@pytest.mark.parametrize(
    ("every", "calendar", "cron"),
    [
        ("hourly", "*-*-* *:15:00", "15 * * * *"),
        ("daily", "*-*-* 18:15:00", "15 18 * * *"),
        ("weekly", "Mon *-*-* 18:15:00", "15 18 * * 1"),
    ],
)
def test_how_often(schedule: Any, home: Path, every: str, calendar: str, cron: str) -> None:
    asked = (every, "--at", "18:15", "--print", "--with")
    assert f"OnCalendar={calendar}\n" in schedule(*asked, "systemd", "--", "--source", "demo").output
    assert f"\n{cron} set -a;" in schedule(*asked, "cron", "--", "--source", "demo").output
    assert not list(home.iterdir())  # nothing was called or written


def test_a_crontab_keeps_what_else_is_in_it(home: Path, tmp_path: Path, schedule: Any) -> None:
    (home / "table").write_text("0 1 * * * backup")  # without a line break at its end
    first = schedule("daily", "--with", "cron", "--", "--source", "hf")
    assert first.exit_code == 0, first.stderr
    assert schedule("daily", "--at", "07:30", "--with", "cron", "--", "--source", "hf").exit_code == 0
    other = schedule("daily", "--with", "cron", "--", "--source", "hf", data_dir=tmp_path / "other")
    assert other.exit_code == 0
    table = (home / "table").read_text()
    assert table.startswith("0 1 * * * backup\n")
    assert table.count("\n30 7 * * * ") == 1  # the second took the place of the first
    assert table.count("\n0 6 * * * ") == 1  # another folder has its own
    assert "\n30 7 * * * " in "\n" + schedule("--show", "--with", "cron").output.split("\n", 1)[1]

    assert schedule("--remove", "--with", "cron").exit_code == 0
    assert schedule("--remove", "--with", "cron", data_dir=tmp_path / "other").exit_code == 0
    assert (home / "table").read_text() == "0 1 * * * backup\n"


def test_what_cron_runs_is_what_was_asked_for(tmp_path: Path, schedule: Any) -> None:
    """The line is run by a shell, as cron would: odd names stay whole, and the variables' file is read."""
    odd = "it's 100% $HOME `x`.csv"
    printed = schedule("daily", "--print", "--with", "cron", "--", "--source", "file", "--input", odd).output
    line = printed.splitlines()[1].removeprefix("0 6 * * * ")
    assert "%" not in line.replace(r"\%", "")  # cron would take it for a line break
    (tmp_path / "home" / ".config").mkdir()
    (tmp_path / "home" / ".config" / "papertide.env").write_text("PAPERTIDE_SAID=hello\n")
    seen = tmp_path / "seen"
    shell = line.replace(r"\%", "%").replace(sys.executable, str(_recorder(tmp_path, seen)))
    subprocess.run(["/bin/sh", "-c", shell], check=True)
    said, *arguments = seen.read_text().splitlines()
    assert said == "hello"
    assert arguments == [
        "-m",
        "etl",
        "run",
        "--source",
        "file",
        "--input",
        odd,
        "--data-dir",
        str(tmp_path / "data"),
    ]


def _recorder(folder: Path, seen: Path) -> Path:
    """A program that writes down one variable and its arguments."""
    program = folder / "recorder"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$PAPERTIDE_SAID" "$@" > "{seen}"\n')
    program.chmod(0o755)
    return program


def test_systemd_expands_nothing_in_a_name(schedule: Any) -> None:
    odd = r'50% of "$HOME" \ here.csv'
    printed = schedule(
        "daily", "--print", "--with", "systemd", "--", "--source", "file", "--input", odd
    ).output
    assert r'"50%% of \"$$HOME\" \\ here.csv"' in printed


def test_a_windows_task_is_written_shown_and_removed(home: Path, tmp_path: Path, schedule: Any) -> None:
    done = schedule(
        "hourly", "--at", "06:20", "--with", "windows", "--", "--source", "file", "--input", "a & b.csv"
    )
    assert done.exit_code == 0, done.stderr
    name = name_for(tmp_path / "data")
    assert calls(home)[0].startswith(f"schtasks /Create /F /TN {name} /XML ")
    task = ElementTree.fromstring((home / "task.xml").read_bytes())  # UTF-16, as schtasks asks for
    found = {element.tag.rpartition("}")[2]: element.text for element in task.iter()}
    assert found["Command"] == sys.executable
    assert (
        found["Arguments"] == f'-m etl run --source file --input "a & b.csv" --data-dir {tmp_path / "data"}'
    )
    assert (found["StartBoundary"], found["Interval"]) == ("2025-01-01T00:20:00", "PT1H")

    assert schedule("--show", "--with", "windows").exit_code == 0
    assert schedule("--remove", "--with", "windows").output.startswith("Removed the schedule")
    assert not (home / "task.xml").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Say how often"),
        (("daily", "--", "--help"), "--help starts no run"),
        (
            ("daily", "--at", "25:00", "--", "--source", "hf"),
            "--at 25:00 is no time of day; write it as 06:00.",
        ),
        (("daily", "--at", "6", "--", "--source", "hf"), "--at 6 is no time of day"),
        (("daily", "--", "--sauce", "hf"), "`etl run` does not understand this: No such option: --sauce"),
        (("daily",), "`etl run` does not understand this: Missing option '--source'"),
        (("daily", "--", "--source", "hf", "--data-dir", "x"), "Give --data-dir before the two dashes"),
        (("daily", "--", "--source", "file", "--input", "a\nb"), "A schedule cannot hold line breaks"),
    ],
)
def test_what_cannot_be_scheduled_is_one_sentence(
    schedule: Any, arguments: tuple[str, ...], sentence: str
) -> None:
    dashes = arguments.index("--") if "--" in arguments else len(arguments)
    refused = schedule(*arguments[:dashes], "--with", "cron", *arguments[dashes:])
    assert refused.exit_code == 1
    assert refused.stderr.startswith(sentence)
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_program_that_fails_is_told_of(home: Path, tmp_path: Path, schedule: Any) -> None:
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\necho 'Failed to connect to bus' >&2; exit 1\n")
    refused = schedule("daily", "--with", "systemd", "--", "--source", "hf")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("systemctl --user daemon-reload failed (Failed to connect to bus)")
