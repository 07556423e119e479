"""Fixtures for every test: real data where it is, small corpora we write, and a run without a display."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# As many processes as processors run tests, so each is to use one thread: more only get in each other's way. It must be
# said before NumPy is loaded, and holds for the programs that tests start.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import duckdb  # noqa: E402
import pytest  # noqa: E402


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file, and all that drive the browser, share a process, for the sake of what they share."""
    for item in items:
        alone = "browser" if "browser" in item.path.parts else item.path.stem
        item.add_marker(pytest.mark.xdist_group(alone))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("PAPERTIDE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set PAPERTIDE_TEST_DATA to a folder that has it")
    return folder


@pytest.fixture
def write_jsonl(tmp_path: Path) -> Callable[[Iterable[Any]], Path]:
    """Writes records, one JSON a line, into a file and returns its path."""

    def write(records: Iterable[Any], name: str = "papers.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return path

    return write


class Silent:
    """A Progress that shows nothing and remembers what it was told."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.outcomes.append(name)

    def advance(self, units: int) -> None:
        pass

    def note(self, doing: str) -> None:
        pass

    def finish(self, outcome: str) -> None:
        self.outcomes[-1] += f": {outcome}"


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture
def read() -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of a query on the published snapshot of a folder, as a client of ours would read them."""
    from etl import contract  # noqa: PLC0415

    def rows(data_dir: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
        pointer = contract.read_pointer(data_dir)
        assert pointer is not None
        with duckdb.connect(str(pointer.snapshot), read_only=True) as connection:
            return connection.execute(query, list(values) or None).fetchall()

    return rows
