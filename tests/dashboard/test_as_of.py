"""Looking at an earlier snapshot: chosen in the sidebar, kept in the URL, and never without saying so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from etl.settings import DATA_DIR_VARIABLE
from tests.dashboard import corpus
from tests.dashboard.test_app import APP, sound

OLD, NOW = "20250401T060000.000Z-aaaaaa", "20250501T060000.000Z-bbbbbb"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five papers of January were published first, all 13 of the small corpus after."""
    folder = tmp_path_factory.mktemp("past")
    january = [row for row in corpus.SMALL if row.id.startswith("a")][:5]
    corpus.publish_corpus(
        folder,
        january,
        corpus.SMALL_TOPICS,
        {"file": (date(2025, 1, 1), date(2025, 2, 1))},
        run_id=OLD,
    )
    corpus.publish_small(folder, run_id=NOW)
    return folder


def visit(monkeypatch: pytest.MonkeyPatch, data_dir: Path, path: str = "", **query: str) -> AppTest:
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(data_dir))
    app = AppTest.from_file(APP, default_timeout=30)
    app._page_hash = calc_hash(path)
    app._bidi_component_manager = BidiComponentManager()
    app.query_params.update(query)
    return sound(app.run())


def papers(app: AppTest) -> str:
    return next(metric.value for metric in app.metric if metric.label == "Papers")


def test_the_past_is_chosen_shown_and_left(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    app = visit(monkeypatch, data_dir)
    assert papers(app) == str(len(corpus.SMALL))
    assert not app.warning
    choice = app.selectbox(key="snapshot")
    assert choice.options == ["1 Apr 2025, 06:00 UTC"]

    sound(choice.select("1 Apr 2025, 06:00 UTC").run())
    assert app.query_params["snapshot"] == OLD
    assert papers(app) == "5"
    assert app.warning[0].value.startswith("You are looking at the past")

    sound(app.button(key="now").click().run())
    assert "snapshot" not in app.query_params
    assert papers(app) == str(len(corpus.SMALL))


@pytest.mark.parametrize("path", ["", "topics", "authors", "upvotes", "papers", "topic", "trust"])
def test_every_page_says_that_it_shows_the_past(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, path: str
) -> None:
    app = visit(monkeypatch, data_dir, path, snapshot=OLD)
    assert [warning.value[:30] for warning in app.warning] == ["You are looking at the past: w"]


def test_a_snapshot_that_is_gone_gives_way_to_the_current_one(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    app = visit(monkeypatch, data_dir, snapshot="20200101T000000.000Z-cccccc")
    assert (
        app.warning[0].value == "The snapshot you asked for is not kept any more, so this is the current one."
    )
    assert papers(app) == str(len(corpus.SMALL))


def test_the_current_one_by_its_own_name_is_no_past(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    assert not visit(monkeypatch, data_dir, snapshot=NOW).warning
