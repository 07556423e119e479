"""What a reader keeps: the files, who may write them, and the way to what was kept."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit import config
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import follows
from dashboard.follows import AUTHORS, ORGANIZATIONS, TOPICS, Follows, View
from dashboard.kept import Unreadable
from etl.digest.follows import Follows as OfDigest
from etl.digest.follows import read as read_of_digest
from etl.settings import DATA_DIR_VARIABLE
from tests.dashboard import corpus, test_app

APP = str(Path(__file__).parents[2] / "dashboard" / "app.py")
ODD = 'Ada "x" \\ \x7f \N{GRINNING FACE}'


# ---- the files ----


def test_what_is_followed_is_what_the_digest_reads(tmp_path: Path) -> None:
    assert follows.followed(tmp_path) == Follows()
    for kind, value in ((TOPICS, 12), (AUTHORS, ODD), (ORGANIZATIONS, "Alpha"), (TOPICS, 5), (TOPICS, 12)):
        follows.follow(tmp_path, kind, value)
    assert follows.followed(tmp_path) == Follows((12, 5), (ODD,), ("Alpha",))
    assert read_of_digest(tmp_path) == OfDigest((12, 5), (ODD,), ("Alpha",))
    follows.unfollow(tmp_path, TOPICS, 12)
    follows.unfollow(tmp_path, AUTHORS, "nobody")
    assert follows.followed(tmp_path) == Follows((5,), (ODD,), ("Alpha",))
    assert [path.name for path in tmp_path.iterdir()] == ["follows.toml"]  # nothing is left beside it


def test_comments_and_permissions_of_a_file_written_by_hand_stay(tmp_path: Path) -> None:
    path = tmp_path / "follows.toml"
    path.write_text("# mine\ntopics = [\n  12, # caches\n  31,\n]\n")
    path.chmod(0o640)
    follows.follow(tmp_path, TOPICS, 5)
    follows.unfollow(tmp_path, TOPICS, 31)
    assert path.read_text().startswith("# mine\ntopics = [\n  12, # caches\n")
    assert tomllib.loads(path.read_text()) == {"topics": [12, 5]}
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("content", ["topics = [", "topics = ['x']", "authors = 'Ada'", "topics = [true]"])
def test_a_file_with_a_mistake_is_told_of_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "follows.toml").write_text(content)
    for attempt in (follows.follow, follows.unfollow):
        with pytest.raises(Unreadable, match=r"follows\.toml .*mend it"):
            attempt(tmp_path, TOPICS, 1)
    assert (tmp_path / "follows.toml").read_text() == content


def test_a_folder_that_is_gone_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be written"):
        follows.follow(tmp_path / "gone", TOPICS, 1)


def test_views_are_kept_by_name_in_order(tmp_path: Path) -> None:
    first, second = View("Speech & co.", "topics", "topics=3.5&from=2025-01"), View("All", "", "")
    follows.keep_view(tmp_path, first)
    follows.keep_view(tmp_path, second)
    assert follows.views(tmp_path) == [first, second]
    anew = View("Speech & co.", "map", "colour=date")
    follows.keep_view(tmp_path, anew)
    assert follows.views(tmp_path) == [anew, second]
    follows.drop_view(tmp_path, "Speech & co.")
    follows.drop_view(tmp_path, "unknown")
    assert follows.views(tmp_path) == [second]
    follows.drop_view(tmp_path, "All")
    assert follows.views(tmp_path) == []
    follows.keep_view(tmp_path, first)
    assert follows.views(tmp_path) == [first]


def test_views_written_by_hand_as_a_list_take_another(tmp_path: Path) -> None:
    (tmp_path / "views.toml").write_text('view = [{name = "A", page = "", query = "q=x"}]\n')
    follows.keep_view(tmp_path, View("B", "map", ""))
    assert follows.views(tmp_path) == [View("A", "", "q=x"), View("B", "map", "")]


@pytest.mark.parametrize("content", ['view = ["x"]', '[[view]]\nname = "A"', "view = 1", "[view]\nname = 1"])
def test_views_with_a_mistake_are_told_of_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "views.toml").write_text(content)
    with pytest.raises(Unreadable, match=r"views\.toml"):
        follows.keep_view(tmp_path, View("B", "", ""))
    assert (tmp_path / "views.toml").read_text() == content


# ---- who may write ----


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}),
        ("127.0.0.1", {"Host": "localhost:8501"}),
        ("::1", {"Host": "[::1]:8501"}),
        ("localhost", {}),
    ],
)
def test_on_ones_own_computer_things_are_kept(address: str, headers: dict[str, str]) -> None:
    assert follows.refusal(address, headers) == ""


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (None, {"Host": "localhost:8501"}),  # it listens on every address
        ("0.0.0.0", {"Host": "localhost:8501"}),
        ("192.168.1.7", {"Host": "192.168.1.7:8501"}),
        ("127.0.0.1", {"Host": "papers.example.org"}),  # behind a proxy
        ("127.0.0.1", {"Host": "127.0.0.1:8501", "X-Forwarded-For": "198.51.100.7"}),
    ],
)
def test_for_a_server_that_others_reach_nothing_is_kept(address: str | None, headers: dict[str, str]) -> None:
    assert "open to others" in follows.refusal(address, headers)


# ---- on the pages ----

Visit = Callable[..., AppTest]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus.publish_small(tmp_path)
    return tmp_path


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Visit]:
    """Opens a page of the app on a folder of its own, as served to the same computer."""
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(folder))

    def open_page(path: str = "", address: str | None = "127.0.0.1", **query: str) -> AppTest:
        config.set_option("server.address", address)
        app = AppTest.from_file(APP, default_timeout=30)
        app._page_hash = calc_hash(path)
        app._bidi_component_manager = BidiComponentManager()
        app.query_params.update(query)
        return sound(app.run())

    before = config.get_option("server.address")
    yield open_page
    config.set_option("server.address", before)


def sound(app: AppTest) -> AppTest:
    assert [error.value for error in app.exception] == []
    return app


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    assert not button.disabled
    return sound(button.click().run())


def ways(app: AppTest) -> dict[str, tuple[str, dict[str, str]]]:
    """Page and query of each link of the sidebar but those to all pages, by label."""
    return {
        link.value: (link.proto.page, dict(parse_qsl(link.proto.query_string)))
        for link in app.sidebar.page_link[len(test_app.PAGES) - len(test_app.BY_NAME) :]
    }


def test_a_topic_is_followed_and_unfollowed_on_its_page(visit: Visit, folder: Path) -> None:
    app = visit("topic", topic="1")
    assert ways(app) == {}
    app = press(app, "Follow")
    assert follows.followed(folder) == Follows(topics=(1,))
    assert ways(visit()) == {"Speech recognition": ("topic", {"topic": "1"})}
    press(visit("topic", topic="1"), "Unfollow")
    assert follows.followed(folder) == Follows()


def test_names_are_followed_where_papers_of_theirs_are_asked_for(visit: Visit, folder: Path) -> None:
    press(visit("papers", author="Ada"), "Follow Ada")
    press(visit("papers", org="Alpha"), "Follow Alpha")
    assert follows.followed(folder) == Follows(authors=("Ada",), organizations=("Alpha",))
    app = visit("papers", org="Alpha")
    assert ways(app) == {"Ada": ("author", {"author": "Ada"}), "Alpha": ("organization", {"org": "Alpha"})}
    assert "Unfollow Alpha" in [button.label for button in app.button]


def test_a_followed_topic_that_is_gone_is_told_of(visit: Visit, folder: Path) -> None:
    follows.follow(folder, TOPICS, 99)
    assert "Topic 99 is not in this snapshot." in [caption.value for caption in visit().sidebar.caption]


def test_a_server_open_to_others_says_why_it_keeps_nothing(visit: Visit) -> None:
    app = visit("topic", address=None, topic="1")
    (button,) = [button for button in app.button if button.label == "Follow"]
    assert button.disabled
    assert "open to others" in button.help
    assert any("open to others" in line.value for line in app.sidebar.text)


def test_a_mistake_in_a_file_is_told_in_the_sidebar(visit: Visit, folder: Path) -> None:
    (folder / "follows.toml").write_text("topics = [")
    app = visit("topic", topic="1")
    (told,) = [warning.value.replace("\\", "") for warning in app.sidebar.warning]
    assert "follows.toml cannot be read" in told
    assert "Follow" not in [button.label for button in app.button]


def test_a_view_is_saved_found_again_and_removed(visit: Visit, folder: Path) -> None:
    app = visit("papers", q="graph", sort="upvotes")
    app.text_input(key="view_name").set_value("  Graphs,  *most* voted ")
    app = press(app, "Save")
    assert follows.views(folder) == [View("Graphs, *most* voted", "papers", "q=graph&sort=upvotes")]
    assert app.text_input(key="view_name").value == ""
    app = visit()
    assert ways(app) == {"Graphs, \\*most\\* voted": ("papers", {"q": "graph", "sort": "upvotes"})}
    press(app, "Remove")
    assert follows.views(folder) == []
    assert ways(visit()) == {}


def test_a_view_without_a_name_is_not_saved(visit: Visit, folder: Path) -> None:
    app = press(visit(), "Save")
    assert [error.value for error in app.sidebar.error] == [
        "A view needs a name; write one and save it again\\."
    ]
    assert follows.views(folder) == []


def test_a_view_of_a_page_that_is_no_more_leads_to_the_overview(visit: Visit, folder: Path) -> None:
    follows.keep_view(folder, View("Old", "gone", "q=graph&unknown=1"))
    assert ways(visit()) == {"Old": ("", {"q": "graph"})}
