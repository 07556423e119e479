"""The pages of one author and of one organisation: their queries, their charts, and what leads to them."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import duckdb
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from dashboard import charts, counts, queries, selection
from dashboard.charts import people as drawn
from dashboard.filters import PAPERS, SHARE, Filters
from dashboard.queries import authors as query_authors
from dashboard.snapshot import Snapshot
from dashboard.views import organization, people
from etl import contract
from etl.contract import OUTLIER
from tests.dashboard.conftest import opened
from tests.dashboard.corpus import GRAPHS, PROTEINS, SPEECH
from tests.dashboard.test_app import Visit, control, everything, links_of, press, visit
from tests.dashboard.test_topic import add_reading

__all__ = ["visit"]  # a fixture

Rows = Callable[..., list[tuple[Any, ...]]]


# ---- by name ----


def test_an_author_is_found_in_any_case_with_all_spellings(rows: Rows) -> None:
    assert rows(queries.author, "Ada") == [("Ada", ["Ada"], 5)]  # a1 a2 b1 c1 d1
    assert rows(queries.author, "bO") == [("Bo", ["BO", "Bo"], 4)]  # a1 a3 b3, and b4 in capitals
    assert rows(queries.author, "eve") == [("Eve", ["Eve"], 1)]  # c1; on a4 she is hidden
    assert rows(queries.author, "Zoe") == []  # hidden on her only paper
    assert rows(queries.author, "Nobody") == []
    assert rows(queries.organization, "ALPHA") == [("Alpha", 6)]
    assert rows(queries.organization, "Alph") == []


def test_a_search_finds_what_holds_every_word_then_what_is_spelled_alike(rows: Rows) -> None:
    assert rows(queries.authors_like, "DA", 9) == [("Ada", 5, True), ("Ida", 1, True)]
    assert rows(queries.authors_like, "DA", 1) == [("Ada", 5, True)]
    # Three letters of four and of three match, in order, the first two at once:
    # (3/4 + 3/3 + 1) / 3 = 0.917. With "ida" only two match: 0.72.
    assert rows(queries.authors_like, "Adda", 9) == [("Ada", 5, False)]
    assert rows(queries.authors_like, "zoe", 9) == []
    assert rows(queries.organizations_like, "Gama", 9) == [("Gamma", 2, False)]
    assert rows(queries.organizations_like, "xyz xyz", 9) == []


# ---- who writes with whom ----


def test_coauthors_stand_on_the_same_papers_and_are_named_there(rows: Rows) -> None:
    found = rows(queries.coauthors, Filters(author="Ada"), 9)
    first, second, third = date(2025, 4, 1), date(2025, 2, 3), date(2025, 1, 7)
    assert [row[1:] for row in found] == [  # one paper each, the latest first; Ada herself stands twice on a2
        ("Eve", 1, first, first, 4),
        ("Gus", 1, second, second, 4),
        ("Cy", 1, third, third, 4),
        ("Bo", 1, date(2025, 1, 6), date(2025, 1, 6), 4),
    ]
    assert [row[1:3] for row in rows(queries.coauthors, Filters(author="Ada"), 1)] == [("Eve", 1)]
    # Cy's: Ada on a2, Dee on a4 and b3, where Eve and Zoe are hidden on a4.
    assert [(row[1], row[2]) for row in rows(queries.coauthors, Filters(author="Cy"), 2)] == [
        ("Dee", 2),
        ("Bo", 1),
    ]
    assert rows(queries.coauthors, Filters(author="Max", topics=(GRAPHS,)), 9) == []  # c3 is his alone


def test_links_are_on_any_paper_asked_for(rows: Rows) -> None:
    number = {name: person for person, name, *_ in rows(queries.coauthors, Filters(author="Ada"), 9)}
    bo, cy, gus = number["Bo"], number["Cy"], number["Gus"]
    assert (bo, cy) == (2, 3)  # by papers, and Ada has the most
    # Bo, Cy and Gus wrote b3, without Ada; Eve is hidden where Cy stands.
    together = [(bo, cy, 1), (bo, gus, 1), (cy, gus, 1)]
    persons = tuple(number.values())
    assert rows(queries.written_together, Filters(author="Ada"), persons) == together
    assert rows(queries.written_together, Filters(author="Ada", topics=(SPEECH,)), persons) == []
    assert rows(queries.written_together, Filters(author="Ada"), ()) == []


def test_organizations_are_joined_by_names_on_papers_of_both(rows: Rows) -> None:
    assert rows(queries.organizations_in_common, Filters(organization="Alpha"), 9) == [("Beta", 1, 1)]  # Bo
    assert rows(queries.organizations_in_common, Filters(organization="Beta"), 9) == [("Alpha", 1, 1)]  # a1
    assert rows(queries.organizations_in_common, Filters(organization="Gamma"), 9) == []
    february = Filters(organization="Alpha", date_from=date(2025, 2, 1))  # after Bo's papers there
    assert rows(queries.organizations_in_common, february, 9) == []


# ---- their papers ----


@pytest.mark.parametrize("first_looked_at", [1, 2, 3])
@pytest.mark.parametrize("asked", [Filters(), Filters(date_until=date(2025, 1, 1))])
def test_the_most_active_are_the_same_however_many_are_looked_at_first(
    rows: Rows, monkeypatch: pytest.MonkeyPatch, first_looked_at: int, asked: Filters
) -> None:
    everyone = rows(queries.active_authors, asked, 3)
    assert len(everyone) == 3
    monkeypatch.setattr(query_authors, "_MOST_ACTIVE", first_looked_at)
    for limit in (1, 2, 3):
        assert rows(queries.active_authors, asked, limit) == everyone[:limit]


def test_a_name_is_the_same_on_whatever_papers_it_stands(rows: Rows) -> None:
    without_topic = Filters(topics=(OUTLIER,))  # where b4 writes Bo in capitals
    assert [name for name, *_ in rows(queries.active_authors, without_topic, 9) if name.lower() == "bo"] == [
        "Bo"
    ]
    beside = rows(queries.coauthors, Filters(author="Cy"), 9)
    assert "Bo" in [name for _, name, *_ in beside]


def test_the_usual_team_is_the_median(small: Snapshot) -> None:
    assert counts.usual_team(small, Filters(author="Ada")) == 2  # 2 3 2 2 1
    assert math.isnan(counts.usual_team(small, Filters(text="a5")))


def test_an_organization_is_counted_among_the_papers_that_name_one(small: Snapshot, rows: Rows) -> None:
    beta = Filters(organization="Beta")
    assert rows(queries.organization_months, beta) == [
        (date(2025, 1, 1), 2, 5, False),  # a3 a5 of a1 a2 a3 a5 a6
        (date(2025, 2, 1), 1, 2, False),  # b2, and b1
        (date(2025, 3, 1), 0, 0, False),
        (date(2025, 4, 1), 0, 3, True),
    ]
    shares = selection.organization_shares(small, beta)
    assert shares["share"].tolist() == pytest.approx([0.4, 0.5, math.nan, 0.0], nan_ok=True)
    known = shares.dropna()
    assert ((known["share_low"] <= known["share"]) & (known["share"] < known["share_high"])).all()
    assert organization.spoken(shares, "Beta").replace("\N{NO-BREAK SPACE}", " ") == (
        "Share of Beta among the papers that name an organisation, by month: 40 % (2 of 5 papers) in Jan 2025, "
        "50 % (1 of 2 papers) in Feb 2025."
    )
    # Months before the first and after the last paper that names any are no months of a share.
    february = selection.organization_shares(small, Filters(organization="Beta", text="$5"))
    assert february["month"].tolist() == [pd.Timestamp("2025-02-01")]
    assert selection.organization_shares(small, Filters(organization="Beta", text="d2")).empty


def test_topics_are_counted_by_quarter_with_those_without_a_paper(small: Snapshot) -> None:
    mix = selection.topic_mix(small, Filters(author="Bo"))
    # Of his first quarter a1 and b3 are on graphs, a3 on speech, b4 on no topic; April is his second, and cut.
    assert mix[["topic_id", "papers", "corpus_papers", "partial"]].to_numpy().tolist() == [
        [OUTLIER, 1, 4, False],
        [OUTLIER, 0, 0, True],
        [GRAPHS, 2, 4, False],
        [GRAPHS, 0, 0, True],
        [SPEECH, 1, 4, False],
        [SPEECH, 0, 0, True],
    ]
    assert mix["share"].tolist() == pytest.approx(
        [0.25, math.nan, 0.5, math.nan, 0.25, math.nan], nan_ok=True
    )
    assert mix["last"].drop_duplicates().tolist() == [pd.Timestamp("2025-03-01"), pd.Timestamp("2025-04-01")]
    only = selection.topic_mix(small, Filters(author="Bo", topics=(SPEECH,)))
    assert only["share"].dropna().tolist() == [0.25]  # of all his papers
    assert selection.topic_mix(small, Filters(text="d1")).empty  # without a date
    # Before the first paper there is no quarter.
    late = selection.topic_mix(small, Filters(author="Max"))
    assert late[["topic_id", "month", "papers", "corpus_papers"]].to_numpy().tolist() == [
        [GRAPHS, pd.Timestamp("2025-04-01"), 1, 2],
        [PROTEINS, pd.Timestamp("2025-04-01"), 1, 2],
    ]
    on_the_whole = people.shares_of_topics(small, Filters(author="Bo"))
    assert on_the_whole.to_numpy().tolist() == [[GRAPHS, 2, 0.5], [OUTLIER, 1, 0.25], [SPEECH, 1, 0.25]]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot in which only what a test writes stands."""
    with duckdb.connect(config={"python_enable_replacements": "false"}) as empty:
        for table in contract.TABLES:
            empty.execute(table.ddl)
        yield empty


def test_ranks_are_of_one_age(connection: duckdb.DuckDBPyConnection) -> None:
    add_reading(connection, "a", "settled", 900, 20.0)
    add_reading(connection, "b", "settled", 30, 95.0)
    add_reading(connection, "alone", "settled", 99, None)  # too few papers that week
    add_reading(connection, "b", "listing", 3, 50.0)
    found = queries.compared_papers(connection, Filters(), 9, 9)
    assert found[["title", "upvotes", "percentile", "age"]].to_numpy().tolist() == [
        ["A", 900, 20.0, "settled"],
        ["B", 30, 95.0, "settled"],
    ]
    assert found[["compared", "middle"]].to_numpy().tolist() == [[2, 57.5]] * 2
    one = queries.compared_papers(connection, Filters(), 1, 0)
    assert one[["title", "place", "is_drawn", "compared", "middle"]].to_numpy().tolist() == [
        ["B", 1, False, 2, 57.5]  # of both, though one is listed
    ]
    (drawn,) = queries.compared_papers(connection, Filters(), 0, 1).itertuples()
    assert (drawn.place, drawn.is_drawn, drawn.compared, drawn.middle) == (0, True, 2, 57.5)


# ---- charts ----


def mix_of(counts: dict[int, tuple[int, int]]) -> pd.DataFrame:
    """A mix of two quarters, the second cut, of so many papers of each topic."""
    quarters = [("2025-01-01", "2025-03-01", False), ("2025-04-01", "2025-05-01", True)]
    rows = [
        {
            "topic_id": topic,
            "label": "No topic" if topic == OUTLIER else f"<b>{topic}</b>",
            "month": pd.Timestamp(first),
            "last": pd.Timestamp(last),
            "papers": papers[place],
            "corpus_papers": sum(of[place] for of in counts.values()),
            "partial": cut,
        }
        for topic, papers in counts.items()
        for place, (first, last, cut) in enumerate(quarters)
    ]
    mix = pd.DataFrame(rows)
    return mix.assign(share=mix["papers"] / mix["corpus_papers"])


def test_the_main_topics_have_their_colours_and_the_others_are_one_muted_layer() -> None:
    mix = mix_of(
        {1: (9, 1), 2: (8, 0), 3: (7, 0), 4: (6, 0), 5: (5, 0), 6: (2, 1), 17: (1, 0), OUTLIER: (2, 2)}
    )
    before = mix.copy()
    figure = charts.topic_mix(mix, PAPERS)
    assert_frame_equal(mix, before)
    assert [bar.name for bar in figure.data] == [
        *(f"&lt;b&gt;{topic}&lt;/b&gt;" for topic in (1, 2, 3, 4, 5)),
        "Other topics",
        "No topic",
    ]
    colours = [bar.marker.color for bar in figure.data]
    assert colours[0] == "#d55e00"  # topic 1's on every page
    assert len(set(colours)) == 7
    others = figure.data[5]
    assert (list(others.x), list(others.y)) == ([0, 1], [3, 1])
    assert [story[0] for story in others.customdata] == [
        "topics=6.17&from=2025-01&until=2025-03",
        "topics=6&from=2025-04&until=2025-05",
    ]
    assert others.customdata[0][2].replace("\N{NO-BREAK SPACE}", " ") == (
        "Jan to Mar 2025<br>3 of 40 papers (7.5 %)"
    )
    assert [note.text for note in figure.layout.annotations] == ["40", "4"]
    assert [shape.x0 for shape in figure.layout.shapes] == [0.5]  # the second quarter is cut
    shares = charts.topic_mix(mix, SHARE)
    assert list(shares.data[0].y) == [9 / 40, 1 / 4]
    assert [note.y for note in shares.layout.annotations] == pytest.approx([1, 1])


def test_ranks_have_the_middle_of_all_and_their_own() -> None:
    papers = pd.DataFrame(
        {
            "title": ["<i>x</i>", "y", "z"],
            "day": pd.to_datetime(["2025-01-06", "2025-02-03", "2025-02-04"]),
            "upvotes": [1, 7, 9],
            "percentile": [10.0, 90.0, 80.0],
            "middle": 80.0,
        }
    )
    figure = charts.ranks(papers)
    assert list(figure.data[0].y) == [10, 90, 80]
    assert figure.data[0].customdata[0][0] == "&lt;i&gt;x&lt;/i&gt;"
    assert [line.y0 for line in figure.layout.shapes] == [50, 80]
    assert figure.layout.annotations[0].text == "median<br>80"


def test_a_month_of_an_organizations_share_leads_to_its_papers(small: Snapshot) -> None:
    shares = selection.organization_shares(small, Filters(organization="Beta"))
    points = charts.organization_share(shares, "Beta").data[-1]
    assert [story[0] for story in points.customdata[:2]] == [
        "from=2025-01&until=2025-01",
        "from=2025-02&until=2025-02",
    ]
    assert points.customdata[0][5] == "2 of 5 papers"
    narrowed = Filters(organization="Beta").narrowed(points.customdata[0][0])
    assert small.ask(queries.count_papers, narrowed)["papers"].tolist() == [2]


TOGETHER = pd.DataFrame([("b", "d", 5), ("a", "c", 4)], columns=["one", "other", "papers"])


def test_those_who_write_together_stand_side_by_side() -> None:
    names = ["a", "b", "c", "d"]
    places = drawn.ring(names, TOGETHER)
    assert np.array_equal(places, drawn.ring(names, TOGETHER))
    edge = 0.8 * math.sqrt(1 - 0.72)
    assert sorted(map(tuple, places.round(9))) == sorted(
        (round(x, 9), y) for x in (edge, -edge) for y in (1.0, -1.0)
    )
    side = dict(zip(names, places[:, 0] > 0, strict=True))
    assert side["a"] == side["c"] != side["b"] == side["d"]


@pytest.mark.parametrize("number", [1, 2, 3, 30])
def test_no_two_names_have_one_place(number: int) -> None:
    places = drawn.ring([f"n{place}" for place in range(number)], TOGETHER.head(0))
    assert len({(x > 0, y) for x, y in places.tolist()}) == number
    assert (places[:, 0] > 0).sum() == math.ceil(number / 2)


def test_coauthors_are_drawn_by_papers_together_and_lead_to_their_pages() -> None:
    around = pd.DataFrame(
        {"person": list("abcd"), "name": ["A & <b>", "B", "C", "D"], "papers": [8, 4, 2, 1]}
    )
    before = around.copy()
    figure = charts.coauthors("Ada", around, TOGETHER)
    assert_frame_equal(around, before)
    spokes = [trace for trace in figure.data if trace.name == "spokes"]
    # Of 8: up to 2, up to 4, up to 6 (none), up to 8. A line is two ends and a gap.
    assert [(len(trace.x) // 3, trace.line.width) for trace in spokes] == [(2, 1.2), (1, 2.4), (1, 6.0)]
    assert [len(trace.x) // 3 for trace in figure.data if trace.name == "links"] == [2]  # 5 and 4, of 5
    points = figure.data[-1]
    assert dict(parse_qsl(points.customdata[0][0])) == {"author": "A & <b>"}
    assert list(points.customdata[0][1:]) == ["A &amp; &lt;b&gt;", "8 papers together"]
    assert points.text[0] == "A &amp; &lt;b&gt;"
    assert points.textposition[0] == ("middle left" if points.x[0] < 0 else "middle right")
    assert figure.layout.annotations[0].text == "<b>Ada</b>"


# ---- the pages ----


def told(app: Any) -> str:
    return "\n".join(everything(app)).replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def test_an_author_is_told_and_leads_on(visit: Visit) -> None:
    app = visit("author", author="bo", topics="0.1")
    assert app.header[0].value == "Bo"
    assert "**3 papers** from 6 Jan 2025 to 10 Feb 2025, with 5 co-authors. Also written BO." in told(app)
    links = links_of(app)
    assert links["Read all 3 papers"] == ("papers", {"author": "Bo", "topics": "0.1"})
    assert links["Alpha (1 paper)"] == ("organization", {"org": "Alpha", "topics": "0.1"})
    assert "author" not in dict(parse_qsl(app.sidebar.page_link[0].proto.query_string))
    assert [button.label for button in app.button].count("Follow") == 1
    press(app, "Clear")
    assert app.query_params == {"author": "bo"}  # whom the page is about stays


def test_an_organization_is_told_and_leads_on(visit: Visit) -> None:
    app = visit("organization", organization="alpha")  # as `org` is written out
    assert app.header[0].value == "Alpha"
    assert "**6 papers** from 6 Jan 2025 to 1 Apr 2025 (1 without a date among them)." in told(app)
    assert links_of(app)["Beta (1 name on 1 paper of theirs)"] == ("organization", {"org": "Beta"})
    assert app.query_params == {"organization": "alpha"}


def test_a_clicked_quarter_shows_its_papers(visit: Visit) -> None:
    app = visit("author", author="Bo", mark="topic_mix:topics=0&from=2025-01&until=2025-03")
    assert "**2 papers** in Graph networks, published Jan 2025 to Mar 2025" in told(app)


def test_papers_and_shares_are_a_choice(visit: Visit) -> None:
    app = visit("author", author="Bo")
    control(app, "measure").set_value(PAPERS).run()
    assert app.query_params == {"author": "Bo", "measure": "papers"}


def test_an_unknown_name_leads_to_its_nearest_spellings(visit: Visit) -> None:
    app = visit("author", author="Adda", q="graph")
    assert "No paper here names “Adda”." in told(app)
    assert links_of(app) == {"Ada (5 papers)": ("author", {"author": "Ada", "q": "graph"})}
    app = visit("organization", org="Gama")
    assert links_of(app) == {"Gamma (2 papers)": ("organization", {"org": "Gamma"})}
    app = visit("author", author="Zoe")  # who is hidden
    assert "No name is spelled much like it." in told(app)
    assert not app.main.page_link


def test_a_known_name_without_a_paper_among_those_asked_for_says_so(visit: Visit) -> None:
    app = visit("author", author="Ada", topics="1")
    assert "None of this author's papers is among those asked for." in told(app)
    assert press(app, "Clear the filters").query_params == {"author": "Ada"}
    app = visit("organization", org="Alpha", **{"from": "2025-03", "until": "2025-03"})
    assert "None of this organisation's papers is among those asked for." in told(app)
    assert press(app, "Clear the filters").query_params == {"org": "Alpha"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("author", {"author": "Nia"}),  # alone, on a paper without a date
        ("author", {"author": "Fay"}),  # one name of twelve
        ("author", {"author": "Max", "topics": "-1"}),
        ("author", {"q": "a5"}),  # whose authors are unknown
        ("organization", {"q": "d2"}),  # which names none
        ("organization", {"org": "Alpha", "q": "d1"}),
        ("organization", {"org": "Beta", "q": "a5"}),
    ],
)
def test_a_page_stands_whatever_is_asked_for(visit: Visit, path: str, query: dict[str, str]) -> None:
    assert visit(path, **query).title[0].value.endswith("?")


def test_a_search_on_the_page_of_authors_leads_to_both_kinds_of_pages(visit: Visit) -> None:
    app = visit("authors")
    app.text_input(key="find_people").set_value("  ma ").run()
    assert app.query_params == {"find": "ma"}
    assert links_of(app) == {
        "Max (2 papers)": ("author", {"author": "Max"}),
        "Gamma (2 papers)": ("organization", {"org": "Gamma"}),
    }
    assert "No name is much like it." in told(visit("authors", find="qqq"))


# ---- snapshots of older releases ----


def test_a_snapshot_without_name_keys_tells_names_apart_by_their_case_folded(
    visit: Visit, small_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    shutil.copytree(small_dir, folder)
    (path,) = (folder / "snapshots").glob("*.duckdb")
    with duckdb.connect(str(path)) as older:
        older.execute("ALTER TABLE authors DROP COLUMN name_key")
    for snapshot in opened(folder):
        found = snapshot.ask(queries.active_authors, Filters(), 2)
        assert found[["name", "papers"]].to_numpy().tolist() == [["Ada", 5], ["Bo", 4]]
        assert snapshot.ask(queries.author, "bo")["spellings"].tolist()[0].tolist() == ["BO", "Bo"]
        assert len(snapshot.ask(queries.papers, Filters(author="Bo"), 9)) == 4
    assert visit("authors", folder).get("plotly_chart")
    assert visit("author", folder, author="Ada").header[0].value == "Ada"
