"""Published snapshots of the corpora of `tests.dashboard.corpus`, opened as the dashboard opens them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.charts import sketch
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot, connect
from etl.contract import read_pointer
from tests.dashboard import corpus

pd.set_option("mode.string_storage", "python")  # as the app does
sketch.checked = True  # every figure that tests make is one that Plotly knows


@pytest.fixture(scope="session")
def small_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    corpus.publish_small(folder)
    return folder


@pytest.fixture(scope="session")
def moving_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moving")
    corpus.publish_moving(folder)
    return folder


@pytest.fixture(scope="session")
def joined_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joined")
    corpus.publish_joined(folder)
    return folder


@pytest.fixture(scope="session")
def joined(joined_dir: Path) -> Iterator[Snapshot]:
    yield from opened(joined_dir)


@pytest.fixture(scope="session")
def small(small_dir: Path) -> Iterator[Snapshot]:
    yield from opened(small_dir)


@pytest.fixture(scope="session")
def moving(moving_dir: Path) -> Iterator[Snapshot]:
    yield from opened(moving_dir)


def opened(data_dir: Path) -> Iterator[Snapshot]:
    """A published folder, opened for as long as it is needed."""
    pointer = read_pointer(data_dir)
    assert pointer is not None
    path = str(pointer.snapshot)
    connection = connect(path)
    yield Snapshot(path, pointer.run_id, pointer.published_at, pointer.corpus, connection)
    connection.close()


@pytest.fixture(scope="session")
def rows(small: Snapshot) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of a query on the small corpus, or of what is made of it, with days as dates and the unknown as None."""

    def answer(query: Callable[..., Any], *parameters: object) -> list[tuple[Any, ...]]:
        is_made = next(iter(inspect.signature(query).parameters)) == "snapshot"
        frame = (small.made if is_made else small.ask)(query, *parameters)
        return [tuple(plain(cell) for cell in row) for row in frame.itertuples(index=False)]

    return answer


def plain(cell: Any) -> Any:
    """A cell as plain Python."""
    import pandas as pd  # noqa: PLC0415

    if hasattr(cell, "tolist") and getattr(cell, "ndim", 0):
        return cell.tolist()
    if pd.isna(cell):
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.date() if cell == cell.normalize() else cell.to_pydatetime()
    return cell.item() if hasattr(cell, "item") else cell


@pytest.fixture(scope="session")
def ids(small: Snapshot) -> Callable[..., str]:
    """The ids of the papers of the small corpus that match, oldest first, those without a date last."""
    from dashboard import queries  # noqa: PLC0415

    def matching(**asked: Any) -> str:
        frame = small.ask(queries.papers, Filters(sort="oldest", **asked), 100)
        return " ".join(frame["paper_id"])

    return matching
