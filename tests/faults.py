"""Faults that strike real runs of `etl`, and what must hold afterwards, whatever struck.

Runs are forked from a server that has imported what they need, so that hundreds take minutes. A run is struck at a call
of a function, its own or a library's, chosen at random among all calls of one of its stages: a run that was left alone
has counted them. See `KINDS`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet

from etl import contract, report, store
from etl.sources.demo import Demo
from tests.faulty_run import Blow, perform
from tests.hf_api_server import HfApi
from tests.loopback import DROP, Request, Trouble

PAPERS = 200
STAGES = ("", "Load", "Embed", "Topics", "Search", "Write", "Publish")  # '' is what comes before the first
DEMO = ("run", "--source", "demo", "--papers", str(PAPERS))
WITH_TOPICS, WITHOUT_TOPICS = ("--refit",), ("--refit", "--topics", "none")


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, negative for a signal, and the lines it wrote on standard error."""

    code: int
    said: list[str]


@dataclass
class Ground:
    """Where runs are struck: forked processes, folders with something published, and how many calls a stage has."""

    folder: Path
    topics: tuple[str, ...] = WITHOUT_TOPICS
    calls: dict[str, int] = field(default_factory=dict)
    number: int = 0

    def __post_init__(self) -> None:
        self.forks = multiprocessing.get_context("forkserver")
        self.forks.set_forkserver_preload(["tests.faulty_run"])
        counted = self.folder / "calls.json"
        self.sure(self.etl(self.demo, *DEMO, *self.topics))
        self.sure(self.etl(self.demo, *DEMO, *self.topics, blow=Blow("count", told=counted)))
        self.calls = json.loads(counted.read_text())
        self.records = [dict(raw.fields) for raw in Demo(PAPERS, 1).records()]
        write_jsonl(self.jsonl, self.records)
        for _ in range(2):  # two, so that there is one to go back to
            self.sure(self.load(self.files, self.jsonl))

    @property
    def demo(self) -> Path:
        """Demo papers, published twice."""
        return self.folder / "demo"

    @property
    def files(self) -> Path:
        """The same papers from a file, published twice."""
        return self.folder / "files"

    @property
    def jsonl(self) -> Path:
        return self.folder / "papers.jsonl"

    def copy(self, published: Path) -> Path:
        self.number += 1
        return Path(shutil.copytree(published, self.folder / f"struck-{self.number}" / "data"))

    def load(self, data_dir: Path, path: Path, blow: Blow | None = None) -> Ended:
        return self.etl(
            data_dir, "run", "--source", "file", "--input", str(path), "--topics", "none", blow=blow
        )

    def begin(self, data_dir: Path, *arguments: str, blow: Blow | None = None) -> tuple[Any, Path]:
        self.number += 1
        said = self.folder / f"said-{self.number}.txt"
        running = self.forks.Process(
            target=perform, args=([*arguments, "--data-dir", str(data_dir)], str(said), blow)
        )
        running.start()
        return running, said

    def end(self, running: Any, said: Path) -> Ended:
        running.join(120)
        assert running.exitcode is not None, "a run did not end within two minutes"
        lines = said.read_text(errors="replace").splitlines() if said.exists() else []
        said.unlink(missing_ok=True)
        return Ended(running.exitcode, [line for line in lines if line.strip()])

    def etl(self, data_dir: Path, *arguments: str, blow: Blow | None = None) -> Ended:
        return self.end(*self.begin(data_dir, *arguments, blow=blow))

    @staticmethod
    def sure(ended: Ended) -> None:
        assert ended.code == 0, ended


def write_jsonl(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record, default=str) + "\n" for record in records))


# ---- what must hold ----


def sound(data_dir: Path, papers: int = PAPERS) -> str:
    """Assert that what is published is whole, and published once; returns its run.

    Every block of every table is read, the rules of the contract are asked for, rows are counted, and each published
    run stands in the history once.
    """
    pointer = contract.read_pointer(data_dir)
    assert pointer is not None
    assert pointer.run_id == pointer.snapshot.stem
    assert not store.is_damaged(pointer.snapshot)
    assert store.violations(pointer.snapshot) == []
    with duckdb.connect(str(pointer.snapshot), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM papers").fetchall() == [(papers,)]
        assert connection.execute("SELECT count(*) FROM search_papers").fetchall() == [(papers,)]
        (signed,) = connection.execute("FROM snapshot SELECT run_id").fetchall()
        statuses = dict(connection.execute("SELECT run_id, status FROM runs").fetchall())
        (rows,) = connection.execute("SELECT count(*) FROM runs").fetchall()
    assert signed == (pointer.run_id,)
    assert statuses[pointer.run_id] == report.PUBLISHED
    assert rows == (len(statuses),)
    return pointer.run_id


def none_lost(data_dir: Path, struck: str, now: str) -> None:
    """Assert that a run without help published anew, closed every report and left nothing behind."""
    assert now != struck
    reports = {one.run_id: one for one in report.read_all(data_dir)}
    assert reports[now].status == report.PUBLISHED
    assert all(one.status != report.RUNNING for one in reports.values())
    assert not list((data_dir / "building").glob("*"))
    for snapshot in (data_dir / contract.SNAPSHOTS_FOLDER).glob("*.duckdb"):
        assert not store.is_damaged(snapshot), snapshot
        known = reports.get(snapshot.stem)
        assert known is None or known.status == report.PUBLISHED, known


def one_sentence(text: str | None) -> str:
    """Assert that a text is one clear sentence for a user, and return it."""
    assert text, "it said nothing"
    assert "\n" not in text.strip()
    assert not re.search(r"Traceback|File \"|Error\(|unexpected went wrong", text), text
    assert 20 <= len(text) <= 600, text
    return text


# Of libraries that end the process themselves where they get no memory, once a thread.
_LAST_WORDS = ("OpenBLAS error", "cannot allocate memory for thread-local data")


def told(ended: Ended, data_dir: Path) -> str:
    """Assert that a failure is told: by the run, or where it was killed by the report that the next one closes."""
    if ended.code > 0 and not ended.said[0].startswith(_LAST_WORDS):
        assert len(ended.said) == 1, ended
        return one_sentence(ended.said[0])
    failed = [one for one in report.read_all(data_dir) if one.status == report.FAILED]
    return (
        one_sentence(failed[-1].error) if failed else "killed before it had a report, or after it published"
    )


# ---- the faults: each strikes a run, asserts what must hold, and returns what was told ----


def killed(ground: Ground, random: Random, stage: str | None = None) -> str:
    """SIGKILL at a random moment of a stage, be it within a call of DuckDB's or between two lines of ours."""
    stages = [name for name in STAGES if ground.calls.get(name)]
    stage = random.choice(stages) if stage is None else stage
    # What is imported before the first stage makes up most of its calls.
    at = random.randrange(ground.calls[stage])
    data_dir = ground.copy(ground.demo)
    blow = Blow("kill", stage, at, after=random.choice([0.0, random.uniform(0, 0.02)]))
    struck = ground.etl(data_dir, *DEMO, *ground.topics, blow=blow)
    assert struck.code in (-signal.SIGKILL, 0), struck  # 0: it ended before the blow fell
    return _afterwards(ground, data_dir, struck, lambda: ground.etl(data_dir, *DEMO, *WITHOUT_TOPICS))


def disk_full(ground: Ground, random: Random) -> str:
    """No room: a small file system filled but for a part where we may mount one, else a limit on the size of files."""
    if random.random() < 0.5 and (disk := _mounted(ground.folder / "disk")):
        with disk as folder:
            data_dir = Path(shutil.copytree(ground.demo, folder / "data"))
            room = os.statvfs(folder)
            ballast = folder / "ballast"
            ballast.write_bytes(
                bytes(max(0, room.f_bavail * room.f_frsize - random.randrange(10_000, 8_000_000)))
            )
            struck = ground.etl(data_dir, *DEMO, *ground.topics)
            ballast.unlink()
            return _afterwards(
                ground, data_dir, struck, lambda: ground.etl(data_dir, *DEMO, *WITHOUT_TOPICS), "no room"
            )
    data_dir = ground.copy(ground.demo)
    blow = Blow("file size", at=random.randrange(500, 6_000_000))
    struck = ground.etl(data_dir, *DEMO, *ground.topics, blow=blow)
    return _afterwards(
        ground, data_dir, struck, lambda: ground.etl(data_dir, *DEMO, *WITHOUT_TOPICS), "no room"
    )


def short_of_memory(ground: Ground, random: Random) -> str:
    """From a random stage on, the process may have so much more memory and no more (RLIMIT_AS)."""
    data_dir = ground.copy(ground.demo)
    stage = random.choice([name for name in STAGES if ground.calls.get(name)])
    blow = Blow("memory", stage, at=random.randrange(1_000, 200_000_000))
    struck = ground.etl(data_dir, *DEMO, *ground.topics, blow=blow)
    return _afterwards(ground, data_dir, struck, lambda: ground.etl(data_dir, *DEMO, *WITHOUT_TOPICS))


def two_at_once(ground: Ground, random: Random) -> str:
    """Two runs into one folder, begun together: one publishes, the other is told who runs."""
    data_dir = ground.copy(ground.demo)
    before = _published_runs(data_dir)
    both = [ground.begin(data_dir, *DEMO, *WITHOUT_TOPICS) for _ in range(2)]
    ended = [ground.end(*one) for one in both]
    assert sorted(one.code for one in ended) in ([0, 4], [0, 0]), (
        ended
    )  # 0, 0: one began after the other's end
    assert _published_runs(data_dir) - before == sum(one.code == 0 for one in ended)
    refused = next((one for one in ended if one.code), None)
    if refused:
        assert "is in use" in refused.said[0]
        assert "wait until it ends, then run again" in refused.said[0]
    return _afterwards(
        ground, data_dir, refused or ended[0], lambda: ground.etl(data_dir, *DEMO, *WITHOUT_TOPICS)
    )


def clock_jumps(ground: Ground, random: Random) -> str:
    """At a random reading of the clock it jumps, by up to three years to either side, and again at the next ones."""
    data_dir = ground.copy(ground.demo)
    jumps = tuple(random.uniform(-1_100, 1_100) for _ in range(4))
    struck = ground.etl(
        data_dir, *DEMO, *WITHOUT_TOPICS, blow=Blow("clock", at=random.randrange(12), days=jumps)
    )
    # By a clock that is years late, papers may be of the future, and are refused.
    future = "in the future by this computer's clock" if struck.code else ""
    return _afterwards(ground, data_dir, struck, lambda: ground.etl(data_dir, *DEMO, *WITHOUT_TOPICS), future)


def corrupt_input(ground: Ground, random: Random) -> str:
    """Random bytes of a JSON-lines or Parquet file are others, or its end is missing."""
    data_dir = ground.copy(ground.files)
    path = data_dir.parent / random.choice(["papers.jsonl", "papers.parquet"])
    if path.suffix == ".parquet":
        rows = [
            {name: json.dumps(value, default=str) for name, value in one.items()} for one in ground.records
        ]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    else:
        shutil.copyfile(ground.jsonl, path)
    spoil(path, random)
    struck = ground.load(data_dir, path)
    readable = _papers(data_dir)
    assert readable >= PAPERS
    # What could be read of it is in, as new papers where ids or titles are others; the rest is on record.
    return _afterwards(ground, data_dir, struck, lambda: ground.load(data_dir, ground.jsonl), papers=readable)


def corrupt_pointer(ground: Ground, random: Random) -> str:
    """Random bytes of `current.json` are others, or its end is missing."""
    data_dir = ground.copy(ground.files)
    spoil(data_dir / contract.POINTER_NAME, random)
    return _mended(ground, data_dir)


def corrupt_snapshot(ground: Ground, random: Random) -> str:
    """Random bytes of the published snapshot are others, or its end is missing; there is an older one."""
    data_dir = ground.copy(ground.files)
    spoil(_snapshot(data_dir), random)
    return _mended(ground, data_dir)


def corrupt_leftovers(ground: Ground, random: Random) -> str:
    """What a run keeps for itself is damaged: vectors, reports, the lock, a snapshot half built."""
    data_dir = ground.copy(ground.demo)
    for path in (data_dir / "embeddings.duckdb", data_dir / "etl.lock", *(data_dir / "runs").glob("*.json")):
        if path.is_file() and path.stat().st_size:
            spoil(path, random)
    half = data_dir / "building" / "20200101T000000.000Z-000000.duckdb"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(random.randbytes(10_000))
    struck = ground.etl(data_dir, *DEMO, *ground.topics)
    assert struck.code == 0, struck
    return _afterwards(ground, data_dir, struck, lambda: ground.etl(data_dir, *DEMO, *WITHOUT_TOPICS))


def server_restarts(ground: Ground, random: Random) -> str:
    """The server of Daily Papers dies after a random number of answers; it comes back within the run, or after it."""
    first = date(2025, 3, 3)
    days = {
        first + timedelta(days=number): [_entry(number, each) for each in range(4)] for number in range(5)
    }
    data_dir = ground.folder / f"struck-{random.getrandbits(40)}" / "data"
    asked = ("run", "--source", "hf", "--since", str(first), "--until", "2025-03-07", "--topics", "none")
    with Mortal(lambda day: days.get(day, []), random.randrange(5), random.choice([1, 40])) as api:
        blow = Blow("server", endpoint=api.endpoint)
        struck = ground.etl(data_dir, *asked, blow=blow)
        api.answers_left, api.refusals_left = 1_000, 0
        assert struck.code in (0, 1, 3), struck
        said = told(struck, data_dir) if struck.code == 1 else "published"
        again = ground.etl(data_dir, *asked, blow=blow)
        assert again.code == 0, again
        now = sound(data_dir, 20)
    none_lost(data_dir, "", now)
    return said


KINDS: dict[str, Callable[[Ground, Random], str]] = {
    "killed at any moment": killed,
    "disk full": disk_full,
    "out of memory": short_of_memory,
    "two runs at once": two_at_once,
    "clock jumps": clock_jumps,
    "corrupt input": corrupt_input,
    "corrupt current.json": corrupt_pointer,
    "corrupt snapshot": corrupt_snapshot,
    "corrupt leftovers": corrupt_leftovers,
    "server restarts": server_restarts,
}


def spoil(path: Path, random: Random) -> None:
    """Damage a file: other bytes at up to 20 places, or no end."""
    content = bytearray(path.read_bytes())
    if random.random() < 0.25:
        content = content[: random.randrange(len(content))]
    else:
        for _ in range(random.randrange(1, 21)):
            content[random.randrange(len(content))] ^= random.randrange(1, 256)
    path.write_bytes(content)


class Mortal(HfApi):
    """Dies after so many answers: the connection ends within the next one, and so do so many more; then it is back."""

    def __init__(self, lists: Callable[[date], list[Any]], answers: int, refusals: int) -> None:
        super().__init__(lists)
        self.answers_left, self.refusals_left = answers, refusals

    def reply(self, request: Request) -> Trouble:
        if self.answers_left <= 0 and self.refusals_left > 0:
            self.refusals_left -= 1
            return DROP
        self.answers_left -= 1
        return super().reply(request)


def _entry(day: int, number: int) -> dict[str, Any]:
    """An entry of a day's list."""
    paper = f"2503.{day:02}{number:03}"
    listed = f"2025-03-{3 + day:02}T08:00:00.000Z"
    return {
        "paper": {"id": paper, "title": f"Paper {paper}", "publishedAt": listed, "upvotes": number},
        "numComments": 0,
    }


def _ended_by_glibc(struck: Ended) -> bool:
    """Whether not even a thread's own data found room, where glibc ends the process on the spot, as a kill does.

    Several threads can find none in the same moment, and each of them says so.
    """
    return struck.code == 127 and set(struck.said) == {"cannot allocate memory for thread-local data: ABORT"}


def _afterwards(
    ground: Ground,
    data_dir: Path,
    struck: Ended,
    again: Callable[[], Ended],
    expected: str = "",
    papers: int = PAPERS,
) -> str:
    """Assert that nothing is lost after a blow, and that a run without help publishes; returns what was told."""
    if struck.code > 0 and not _ended_by_glibc(struck):
        assert struck.code in (1, 4), struck
        assert expected in struck.said[0]
    before = sound(data_dir, papers)
    published = _published_runs(data_dir)
    next_one = again()
    assert next_one.code == 0, next_one
    now = sound(data_dir, papers)
    assert _published_runs(data_dir) == published + 1
    none_lost(data_dir, before, now)
    said = told(struck, data_dir).replace(str(data_dir), "DIR") if struck.code else "published"
    if data_dir.is_relative_to(ground.folder):
        shutil.rmtree(data_dir, ignore_errors=True)
    return said


def _mended(ground: Ground, data_dir: Path) -> str:
    """Assert that the next run goes on from the newest snapshot that is whole."""
    ended = ground.load(data_dir, ground.jsonl)
    assert ended.code == 0, ended
    now = sound(data_dir)
    none_lost(data_dir, "", now)
    (last,) = [one for one in report.read_all(data_dir) if one.run_id == now]
    # Damage that no reader can tell, such as other white space in the pointer, needs no mending.
    note = one_sentence(last.note.split(" Topics were left out")[0]) if last.note else ""
    first = _published_runs(data_dir)
    assert first >= 2, "the history was lost"
    shutil.rmtree(data_dir)
    return note if "damaged" in note or "could not be read" in note else "no harm"


def _snapshot(data_dir: Path) -> Path:
    pointer = contract.read_pointer(data_dir)
    assert pointer is not None
    return pointer.snapshot


def _papers(data_dir: Path) -> int:
    with duckdb.connect(str(_snapshot(data_dir)), read_only=True) as connection:
        return int(connection.execute("SELECT count(*) FROM papers").fetchall()[0][0])


def _published_runs(data_dir: Path) -> int:
    """How many runs the history of what is published calls published."""
    with duckdb.connect(str(_snapshot(data_dir)), read_only=True) as connection:
        query = "SELECT count(*) FROM runs WHERE status = 'published'"
        return int(connection.execute(query).fetchall()[0][0])


def _mounted(folder: Path) -> Any:
    """A file system of 40 MB, as a context manager; None where we may not mount one."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None

    @contextmanager
    def mounted() -> Iterator[Path]:
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)

    return mounted()
