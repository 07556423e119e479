"""Publishing survives: processes really killed, a disk really full, two runs at once."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from etl.cli import app

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")]

STRUCK_RUN = Path(__file__).with_name("struck_run.py")
Rows = Callable[..., list[tuple[Any, ...]]]


def etl(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "etl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)


def load(path: Path, data_dir: Path) -> list[str]:
    return ["run", "--source", "file", "--input", str(path), "--data-dir", str(data_dir)]


@pytest.fixture(scope="module")
def first_published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    (folder / "first.jsonl").write_text('{"title": "First"}\n')
    done = etl(*load(folder / "first.jsonl", folder / "data"))
    assert done.returncode == 0, done.stderr
    return folder / "data"


@pytest.fixture
def published(first_published: Path, tmp_path: Path) -> Path:
    """A folder with one paper published."""
    return Path(shutil.copytree(first_published, tmp_path / "data"))


@pytest.fixture
def second(write_jsonl: Any) -> Path:
    return write_jsonl([{"title": f"Second {i}", "abstract": "x" * 1_000} for i in range(40)], "second.jsonl")


MOMENTS = [
    ("after", "etl.store:Store.merge", 1),
    ("after", "etl.store:Store.assign", 1),
    ("after", "etl.store:Store.write_trends", 1),
    ("after", "etl.publish:check", 1),
    ("before", "replace:*.duckdb", 1),
    ("after", "replace:*.duckdb", 1),
    ("before", "replace:current.json", 1),
    ("after", "replace:current.json", 41),
]


@pytest.mark.parametrize(("when", "what", "readable"), MOMENTS)
def test_a_killed_run_leaves_what_was_published(
    published: Path, second: Path, read: Rows, when: str, what: str, readable: int
) -> None:
    killed = subprocess.run(
        [sys.executable, str(STRUCK_RUN), "SIGKILL", when, what, *load(second, published)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert read(published, "SELECT count(*) FROM papers") == [(readable,)]

    again = CliRunner().invoke(app, load(second, published))  # in this process, which spares it the start
    assert again.exit_code == 0, again.stderr
    assert read(published, "SELECT count(*) FROM papers") == [(41,)]
    assert not list((published / "building").glob("*"))
    outcomes = [
        status for (status,) in read(published, "SELECT status FROM runs ORDER BY started_at, run_id")
    ]
    assert outcomes == ["published", "failed" if readable == 1 else "published", "published"]


def test_a_full_disk_is_one_sentence_and_loses_nothing(published: Path, second: Path, read: Rows) -> None:
    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    full = etl(*load(second, published), preexec_fn=small_files_only)
    assert full.returncode == 1
    assert full.stderr.strip() == (
        f"There is no room left to write in {published}; what was published is untouched, so free some space "
        "and run again."
    )
    assert read(published, "SELECT title FROM papers") == [("First",)]
    assert etl(*load(second, published)).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB, where we may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_really_full_disk(small_disk: Path, write_jsonl: Any, read: Rows) -> None:
    data_dir = small_disk / "data"
    assert etl(*load(write_jsonl([{"title": "First"}], "first.jsonl"), data_dir)).returncode == 0
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(b"x" * (free.f_bavail * free.f_frsize - 100_000))
    large = write_jsonl(
        [{"title": f"Large {i}", "abstract": os.urandom(9_000).hex()} for i in range(40)], "large.jsonl"
    )
    full = etl(*load(large, data_dir))
    assert full.returncode == 1
    assert full.stderr.startswith("There is no room left to write in")
    assert len(full.stderr.strip().splitlines()) == 1
    assert read(data_dir, "SELECT title FROM papers") == [("First",)]
    ballast.unlink()
    again = etl(*load(large, data_dir))
    assert again.returncode == 0, again.stderr
    assert read(data_dir, "SELECT count(*) FROM papers") == [(41,)]


def test_of_two_runs_at_once_the_second_is_told_who_runs(published: Path, second: Path, read: Rows) -> None:
    command = [
        sys.executable,
        str(STRUCK_RUN),
        "SIGSTOP",
        "before",
        "etl.publish:check",
        *load(second, published),
    ]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        os.waitpid(first.pid, os.WUNTRACED)  # until it has stopped itself
        refused = etl(*load(second, published))
        assert refused.returncode == 4
        assert f"(process {first.pid}) is loading papers there; wait until it ends" in refused.stderr
        assert read(published, "SELECT count(*) FROM papers") == [(1,)]
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert first.wait(timeout=60) == 0
    assert read(published, "SELECT count(*) FROM papers") == [(41,)]


def test_an_interrupted_run_says_so(published: Path, second: Path, read: Rows) -> None:
    stopped = subprocess.run(
        [sys.executable, str(STRUCK_RUN), "SIGINT", "before", "etl.publish:check", *load(second, published)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert stopped.returncode == 130
    assert stopped.stderr.strip() == "Stopped; what was published before is untouched."
    assert read(published, "SELECT count(*) FROM papers") == [(1,)]


def test_a_reader_is_not_disturbed_by_a_publication(published: Path, second: Path) -> None:
    import duckdb  # noqa: PLC0415

    from etl import contract  # noqa: PLC0415

    pointer = contract.read_pointer(published)
    assert pointer is not None
    with duckdb.connect(str(pointer.snapshot), read_only=True) as reader:
        running = subprocess.Popen(
            [sys.executable, "-m", "etl", *load(second, published)], stdout=subprocess.PIPE
        )
        while running.poll() is None:
            assert reader.execute("SELECT title FROM papers").fetchall() == [("First",)]
            time.sleep(0.02)
        assert running.returncode == 0
        assert reader.execute("SELECT title FROM papers").fetchall() == [("First",)]
