"""Who may import whom, read from the source; and what a running dashboard has really loaded."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.settings import DATA_DIR_VARIABLE

ROOT = Path(__file__).parents[2]
HEAVY = {"bertopic", "umap", "hdbscan", "sklearn", "torch", "numba", "sentence_transformers", "transformers"}
OPEN_TO_THE_DASHBOARD = {"etl.contract", "etl.trends", "etl.encode", "etl.settings"}


def sources(folder: str) -> Iterator[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    yield from found


def imported(path: Path) -> set[str]:
    """Every module a file imports, wherever the import stands; `from a import b` counts as a and as a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by relative path"
            module = node.module or ""
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


def modules_of_etl() -> set[str]:
    """Every module of the ETL, as it is imported."""
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources("etl")}
    return {name.removesuffix(".__init__") for name in named} - {"etl"}


@pytest.mark.parametrize("path", list(sources("dashboard")), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_dashboard_opens_only_four_doors_of_the_etl(path: Path) -> None:
    assert all(map(is_open, imported(path) & modules_of_etl()))


def test_the_etl_never_imports_the_dashboard() -> None:
    assert [path for path in sources("etl") if packages(path) & {"dashboard", "streamlit", "plotly"}] == []


def files_of(module: str) -> list[Path]:
    """The file of a module, or all files of a package."""
    path = ROOT.joinpath(*module.split("."))
    return sorted(path.rglob("*.py")) or [path.with_suffix(".py")]


def is_open(module: str) -> bool:
    return any(module == door or module.startswith(f"{door}.") for door in OPEN_TO_THE_DASHBOARD)


def test_the_doors_of_the_etl_lead_no_further_than_to_each_other() -> None:
    for path in (path for door in OPEN_TO_THE_DASHBOARD for path in files_of(door)):
        assert all(map(is_open, imported(path) & modules_of_etl()))
        assert not packages(path) & (HEAVY | {"duckdb"})


def test_charts_know_neither_streamlit_nor_duckdb() -> None:
    assert [path for path in sources("dashboard/charts") if packages(path) & {"streamlit", "duckdb"}] == []


def test_only_the_snapshot_and_its_queries_know_duckdb() -> None:
    knowing = {path for path in sources("dashboard") if "duckdb" in packages(path)}
    assert knowing <= {ROOT / "dashboard" / "snapshot.py", *sources("dashboard/queries")}


def test_nothing_below_the_views_draws_on_the_page() -> None:
    drawing = {path for path in sources("dashboard") if "streamlit" in packages(path)}
    cached = ROOT / "dashboard" / "snapshot.py"  # for Streamlit's caches
    starting = ROOT / "dashboard" / "server.py"
    assert drawing <= {ROOT / "dashboard" / "app.py", cached, starting, *sources("dashboard/views")}


def loaded_by(script: str, **environment: str) -> set[str]:
    """The packages that a fresh Python has loaded after a script."""
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return {str(name).partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_a_running_dashboard_has_loaded_no_library_of_topic_models(small_dir: Path) -> None:
    script = (
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('dashboard/app.py', default_timeout=30).run()\n"
        "assert not app.exception and len(app.metric) > 3"
    )
    loaded = loaded_by(script, **{DATA_DIR_VARIABLE: str(small_dir)})
    assert {"dashboard", "etl", "duckdb", "plotly"} <= loaded
    assert not loaded & HEAVY


def test_charts_alone_load_neither_streamlit_nor_duckdb() -> None:
    loaded = loaded_by("import dashboard.charts")
    assert "plotly" in loaded
    assert not loaded & {"streamlit", "duckdb", *HEAVY}
