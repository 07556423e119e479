"""Reading lists: the file, what is done with it, and the pages that do it."""

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

from dashboard import lists, queries
from dashboard.filters import Filters
from dashboard.kept import Unreadable
from dashboard.lists import ReadingList
from dashboard.snapshot import Snapshot
from etl.settings import DATA_DIR_VARIABLE
from tests.dashboard import corpus, test_app
from tests.dashboard.test_app import everything

APP = str(Path(__file__).parents[2] / "dashboard" / "app.py")
ODD = 'A "title" \\ = [x] # \N{GRINNING FACE}'


# ---- the file ----


def test_a_list_is_made_filled_renamed_and_removed(tmp_path: Path) -> None:
    assert lists.kept_lists(tmp_path) == []
    lists.make(tmp_path, "To read", {"2405.1": "One"})
    lists.add(tmp_path, "to-read", {"2405.1": "Another title", "x y": ODD})
    assert lists.kept_lists(tmp_path) == [ReadingList("to-read", "To read", {"2405.1": "One", "x y": ODD})]
    lists.rename(tmp_path, "to-read", "Thesis, ch. 2")
    lists.remove(tmp_path, "to-read", ["2405.1", "unknown"])
    assert lists.kept_lists(tmp_path) == [ReadingList("to-read", "Thesis, ch. 2", {"x y": ODD})]
    lists.drop(tmp_path, "to-read")
    assert lists.kept_lists(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["lists.toml"]  # nothing is left beside it


def test_the_file_reads_as_the_documentation_shows_it(tmp_path: Path) -> None:
    lists.make(tmp_path, "To read", {"2405.19327": "A title"})
    assert (tmp_path / "lists.toml").read_text() == (
        '[to-read]\nname = "To read"\n\n[to-read.papers]\n"2405.19327" = "A title"\n'
    )


def test_keys_are_what_an_address_can_hold_and_each_has_its_own(tmp_path: Path) -> None:
    for name in ("Café Ω", "cafe!", "読む", "a" * 70):
        lists.make(tmp_path, name, {})
    assert [one.key for one in lists.kept_lists(tmp_path)] == ["cafe", "cafe-2", "list", "a" * 40]


def test_a_list_of_a_name_that_exists_takes_the_papers(tmp_path: Path) -> None:
    lists.make(tmp_path, "To read", {"a": "A"})
    lists.make(tmp_path, "to READ", {"b": "B"})
    assert [(one.name, list(one.papers)) for one in lists.kept_lists(tmp_path)] == [("To read", ["a", "b"])]
    lists.make(tmp_path, "Other", {})
    with pytest.raises(Unreadable, match="called TO read already"):
        lists.rename(tmp_path, "other", "TO read")
    lists.rename(tmp_path, "to-read", "to read")  # its own name in other letters


def test_comments_and_permissions_of_a_file_written_by_hand_stay(tmp_path: Path) -> None:
    path = tmp_path / "lists.toml"
    path.write_text('# mine\n[to-read]  # soon\n[to-read.papers]\na = "A"  # first\nb = "B"\n')
    path.chmod(0o640)
    lists.add(tmp_path, "to-read", {"c": "C"})
    lists.remove(tmp_path, "to-read", ["b"])
    assert path.read_text().startswith('# mine\n[to-read]  # soon\n[to-read.papers]\na = "A"  # first\n')
    assert tomllib.loads(path.read_text()) == {"to-read": {"papers": {"a": "A", "c": "C"}}}
    assert path.stat().st_mode & 0o777 == 0o640
    assert lists.kept_lists(tmp_path)[0].name == "to-read"  # without a name, its key


def test_the_last_change_can_be_undone_but_not_over_another(tmp_path: Path) -> None:
    lists.make(tmp_path, "To read", {"a": "A"})
    before = (tmp_path / "lists.toml").read_text()
    dropped = lists.drop(tmp_path, "to-read")
    lists.undo(tmp_path, dropped)
    assert (tmp_path / "lists.toml").read_text() == before
    added = lists.add(tmp_path, "to-read", {"b": "B"})
    lists.add(tmp_path, "to-read", {"c": "C"})
    with pytest.raises(Unreadable, match="changed since"):
        lists.undo(tmp_path, added)
    assert list(lists.kept_lists(tmp_path)[0].papers) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "content",
    [
        "to-read = 1",
        "[to-read]\nname = 1",
        "[to-read]\npapers = ['a']",
        "[to-read.papers]\na = 1",
        "['To read']",
        "[",
    ],
)
def test_a_file_with_a_mistake_is_told_of_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "lists.toml").write_text(content)
    with pytest.raises(Unreadable, match=r"lists\.toml"):
        lists.make(tmp_path, "Other", {"a": "A"})
    assert (tmp_path / "lists.toml").read_text() == content


def test_lists_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAPERS_AT_MOST", 3)
    monkeypatch.setattr(lists, "LISTS_AT_MOST", 2)
    lists.make(tmp_path, "One", {"a": "A", "b": "B"})
    with pytest.raises(Unreadable, match="3 papers together"):
        lists.make(tmp_path, "Two", {"a": "A", "c": "C"})
    lists.make(tmp_path, "Two", {"c": "C"})
    with pytest.raises(Unreadable, match="There are 2 lists"):
        lists.make(tmp_path, "Three", {})
    assert [len(one.papers) for one in lists.kept_lists(tmp_path)] == [2, 1]


def test_a_list_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"no list \[gone\]"):
        lists.add(tmp_path, "gone", {"a": "A"})


# ---- what is asked for ----


def test_the_papers_of_a_list_are_asked_for_among_the_filters(small: Snapshot) -> None:
    asked = Filters(reading="mine", among=("b1", "a1", "gone"), sort="oldest")
    assert small.ask(queries.papers, asked, 9)["paper_id"].tolist() == ["a1", "b1"]
    assert small.ask(queries.count_papers, Filters(among=()))["papers"].tolist() == [0]
    february = Filters(among=("b1", "a1"), date_from=corpus.MOVING_MONTHS[1])
    assert small.ask(queries.papers, february, 9)["paper_id"].tolist() == ["b1"]
    found = small.ask(queries.found, Filters(among=("a1", "b1"), find="graph"), 9)
    assert found["paper_id"].tolist() == ["a1"]
    assert small.ask(queries.present, ("b1", "gone"))["paper_id"].tolist() == ["b1"]


def test_the_address_names_the_list_and_nothing_of_it() -> None:
    assert Filters(reading="to-read", among=("a1",)).to_query() == {"list": "to-read"}
    assert Filters.from_query({"list": "to-read"}) == Filters(reading="to-read")
    assert Filters.from_query({"list": "../x"}) == Filters()
    assert Filters(reading="to-read", among=("a1",)).shared == Filters()  # other pages show all papers


# ---- on the pages ----

Visit = Callable[..., AppTest]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lists")
    corpus.publish_small(folder)
    return folder


@pytest.fixture
def folder(published: Path) -> Iterator[Path]:
    yield published
    (published / "lists.toml").unlink(missing_ok=True)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Visit]:
    """Opens a page of the app on a folder of its own, as served to the same computer."""
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(folder))

    def open_page(path: str = "papers", address: str | None = "127.0.0.1", **query: str) -> AppTest:
        config.set_option("server.address", address)
        app = AppTest.from_file(APP, default_timeout=30)
        app._page_hash = calc_hash(path)
        app._bidi_component_manager = BidiComponentManager()
        app.query_params.update(query)
        return test_app.sound(app.run())

    before = config.get_option("server.address")
    yield open_page
    config.set_option("server.address", before)


def button(app: AppTest, key: str) -> AppTest:
    assert not app.button(key=key).disabled
    return test_app.sound(app.button(key=key).click().run())


def papers_of(folder: Path) -> list[tuple[str, list[str]]]:
    return [(one.name, list(one.papers)) for one in lists.kept_lists(folder)]


def test_a_paper_is_put_on_lists_from_its_card(visit: Visit, folder: Path) -> None:
    app = test_app.tick(visit(q="odd"), 0, 0)
    app.text_input(key="new_list card a4").set_value(" Thesis,  ch. 2 ")
    app = button(app, "make_list card a4")
    assert papers_of(folder) == [("Thesis, ch. 2", ["a4"])]
    assert "1 paper put on “Thesis, ch\\. 2”\\." in [one.value for one in app.success]
    box = app.checkbox(key="on_thesis-ch-2 a4")
    assert box.value is True
    app = test_app.sound(box.uncheck().run())
    assert papers_of(folder) == [("Thesis, ch. 2", [])]
    button(app, "undo_list")
    assert papers_of(folder) == [("Thesis, ch. 2", ["a4"])]


def test_all_papers_of_a_page_are_put_on_a_list_and_taken_off(visit: Visit, folder: Path) -> None:
    lists.make(folder, "To read", {"a1": "Graph attention"})
    app = button(visit(q="graph", sort="oldest"), "add_to_to-read")
    # Graph in titles and abstracts: a1, a2, a4, a6.
    assert papers_of(folder) == [("To read", ["a1", "a2", "a4", "a6"])]
    assert any("3 papers added to" in one.value for one in app.success)
    assert app.button(key="add_to_to-read").disabled  # all are on it
    button(visit(list="to-read", org="Alpha"), "take_off_to-read")
    assert papers_of(folder) == [("To read", ["a4"])]


def test_a_list_is_shown_as_papers_with_filters_and_is_linked_from_every_page(
    visit: Visit, folder: Path
) -> None:
    lists.make(folder, "To read", {"b1": "B", "a1": "A", "a3": "A"})
    (link,) = [link for link in visit("").sidebar.page_link if link.value == "To read (3)"]
    assert (link.proto.page, dict(parse_qsl(link.proto.query_string))) == ("papers", {"list": "to-read"})
    app = visit(list="to-read", org="Alpha", sort="oldest")
    assert app.dataframe[0].value["paper_id"].tolist() == ["a1", "b1"]
    assert "2 papers" in [heading.value for heading in app.subheader]
    assert ":material/filter_alt: Only papers of Alpha, on the list “To read”." in everything(app)
    test_app.press(app, "Clear")
    assert app.query_params == {"sort": "oldest"}


def test_papers_that_are_gone_are_named(visit: Visit, folder: Path) -> None:
    lists.make(folder, "To read", {"a1": "Graph attention", "old.1": "*An* old one"})
    app = visit(list="to-read")
    assert [box.label for box in app.expander] == ["1 paper of this list is not in this snapshot"]
    assert "*An* old one (old.1)" in everything(app)
    app = button(app, "drop_gone")
    assert papers_of(folder) == [("To read", ["a1"])]
    assert not app.expander


def test_a_list_is_renamed_and_removed_and_brought_back(visit: Visit, folder: Path) -> None:
    lists.make(folder, "To read", {"a1": "A"})
    app = visit(list="to-read")
    app.text_input(key="list_name").set_value("Read")
    app = button(app, "rename_list")
    assert papers_of(folder) == [("Read", ["a1"])]
    app = button(app, "drop_list")
    assert papers_of(folder) == []
    assert app.query_params == {}
    app = button(app, "undo_list")
    assert papers_of(folder) == [("Read", ["a1"])]
    assert app.query_params == {"list": "to-read"}
    assert not app.success


def test_an_empty_list_says_how_to_fill_it(visit: Visit, folder: Path) -> None:
    lists.make(folder, "To read", {})
    app = visit(list="to-read")
    assert any(line.startswith("Nothing is on this list yet.") for line in everything(app))
    assert not any("No paper matches" in line for line in everything(app))


def test_a_list_that_is_gone_shows_all_papers_and_says_so(visit: Visit) -> None:
    app = visit(list="gone")
    assert [one.value for one in app.main.warning] == [
        "The list you asked for is not kept here, so these are all papers."
    ]
    assert "15 papers" in [heading.value for heading in app.subheader]


def test_a_list_without_a_name_is_not_made(visit: Visit, folder: Path) -> None:
    app = button(visit(), "make_list page")
    assert [one.value for one in app.error] == ["A list needs a name; write one and make it again\\."]
    assert papers_of(folder) == []


def test_a_server_open_to_others_changes_no_list(visit: Visit, folder: Path) -> None:
    lists.make(folder, "To read", {"a1": "A", "gone": "G"})
    app = visit(list="to-read", address=None)
    assert "a1" in app.dataframe[0].value["paper_id"].tolist()
    keys = {one.key for one in app.button}
    assert not keys & {"rename_list", "drop_list", "take_off_to-read", "make_list page"}
    assert app.button(key="drop_gone").disabled
    assert any("open to others" in line for line in everything(app))


def test_a_mistake_in_the_file_is_told_in_the_sidebar(visit: Visit, folder: Path) -> None:
    (folder / "lists.toml").write_text("[to-read")
    (told,) = [warning.value.replace("\\", "") for warning in visit().sidebar.warning]
    assert "lists.toml cannot be read" in told
