"""The whole app, run as Streamlit runs it but without a browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pandas as pd
import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import answers, counts, queries, selection, text
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import (
    author,
    authors,
    emerging,
    organization,
    overview,
    papers,
    people,
    places,
    runs,
    sql,
    topic,
    topics,
    trust,
    upvotes,
)
from etl.contract import DEMO, POINTER_NAME, SCHEMA_VERSION
from etl.settings import DATA_DIR_VARIABLE
from tests.dashboard import corpus

APP = str(Path(__file__).parents[2] / "dashboard" / "app.py")
PAGES = {
    "": overview,
    "emerging": emerging,
    "topics": topics,
    "topic": topic,
    "map": places,
    "authors": authors,
    "author": author,
    "organization": organization,
    "upvotes": upvotes,
    "papers": papers,
    "sql": sql,
    "trust": trust,
    "runs": runs,
}
CHARTS = {
    "": ["effects", "corpus"],
    "emerging": ["new_3"],
    "topics": ["trends"],
    "topic": ["topic_share", "topic_words"],
    "map": [],  # a component of its own: see test_places.py
    "authors": ["teams", "names", "team_sizes"],
    "author": ["topic_mix", "coauthors", "ranks", "team_sizes"],
    "organization": ["organization_share", "topic_mix", "ranks", "team_sizes"],
    "upvotes": ["over_time", "distribution", "weekdays", "by_topic"],
    "papers": [],
    "sql": [],
    "trust": [],
    "runs": [],
}
IF_MOVING = {"effects", "new_3"}  # the small corpus does not move
IF_COMPARED = {"ranks"}  # and its weeks have too few papers to compare
BY_NAME = ("author", "organization")  # pages that names lead to, not the navigation
SINKING = 5  # the topic "Sinking ships"
Visit = Callable[..., AppTest]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, small_dir: Path) -> Visit:
    """Opens a page of the app with a query, on the small corpus or on another folder."""

    def open_page(path: str = "", data_dir: Path = small_dir, **query: str) -> AppTest:
        monkeypatch.setenv(DATA_DIR_VARIABLE, str(data_dir))
        app = AppTest.from_file(APP, default_timeout=30)
        # AppTest.switch_page takes files only; this is what it sets, for a page that is a function.
        app._page_hash = calc_hash(path)
        # Else every AppTest looks for components through all installed packages, which takes longer than a page.
        app._bidi_component_manager = BidiComponentManager()
        app.query_params.update(query)
        return sound(app.run())

    return open_page


def sound(app: AppTest) -> AppTest:
    """The app, which ran without an exception and without a traceback on the page."""
    assert [error.value for error in app.exception] == []
    assert not any("Traceback" in line for line in everything(app))
    return app


def everything(app: AppTest) -> list[str]:
    """Every text of the page, but of tables and charts."""
    kinds = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
        app.text,
        app.info,
        app.error,
        app.warning,
        app.code,
    )
    return [element.value for elements in kinds for element in elements]


def control(app: AppTest, key: str) -> Any:
    return next(widget for kind in CONTROLS for widget in app.get(kind) if widget.key == key)


CONTROLS = ("text_input", "multiselect", "selectbox", "number_input", "button_group")


def charts_of(app: AppTest) -> list[str]:
    return [chart.key for chart in app.get("plotly_chart")]


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    assert not button.disabled
    return sound(button.click().run())


def papers_told(app: AppTest) -> int:
    """How many papers the page of papers says there are."""
    found = re.fullmatch(r"([\d,]+) papers?", app.subheader[0].value)
    assert found is not None
    return int(found.group(1).replace(",", ""))


def tick(app: AppTest, table: int, row: int) -> AppTest:
    key = app.dataframe[table].key
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return sound(app.run())


# ---- every page ----


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("folder", ["small_dir", "moving_dir"])
def test_a_page_asks_its_question_and_answers_it_with_charts(
    visit: Visit, request: pytest.FixtureRequest, path: str, folder: str
) -> None:
    app = visit(path, request.getfixturevalue(folder))
    assert [title.value for title in app.title] == [PAGES[path].QUESTION]
    assert PAGES[path].QUESTION.endswith("?")
    moves = folder == "moving_dir"
    assert charts_of(app) == [
        chart for chart in CHARTS[path] if moves or chart not in IF_MOVING | IF_COMPARED
    ]
    assert any("run 20250501T080000" in line for line in everything(app))  # which snapshot it is


def test_the_pages_stand_in_the_order_of_the_questions(visit: Visit) -> None:
    app = visit("topics")
    links = app.sidebar.page_link
    assert [link.value for link in links] == [
        "Overview",
        "Emerging",
        "Topics",
        "One topic",
        "Map",
        "Authors",
        "Upvotes",
        "Papers",
        "SQL",
        "How far to trust this",
        "Runs",
    ]
    assert [link.proto.page for link in links] == [path for path in PAGES if path not in BY_NAME]


def test_the_way_to_another_page_takes_the_filters_along_but_not_what_a_page_shows(visit: Visit) -> None:
    app = visit("papers", q="graph", org="Alpha", **{"from": "2025-01"}, sort="upvotes", team="2-3", page="2")
    for link in app.sidebar.page_link:
        assert dict(parse_qsl(link.proto.query_string)) == {"q": "graph", "org": "Alpha", "from": "2025-01"}


@pytest.mark.parametrize("path", PAGES)
def test_what_is_asked_for_stands_above_the_page(visit: Visit, path: str) -> None:
    app = visit(path, author="Ada", topics="0", min="1")
    # These pages have a choice of topics of their own.
    told = "" if path in ("topics", "topic") else "in Graph networks, "
    told += "" if path == "author" else "by Ada, "  # whom that page is about
    assert f":material/filter_alt: Only papers {told}with 1 upvote or more." in everything(app)
    assert any(button.label == "Clear" for button in app.button)


def test_one_click_leads_back_to_every_paper(visit: Visit) -> None:
    app = press(visit("papers", author="Ada", topics="0", team="2-2"), "Clear")
    assert app.query_params == {}
    assert not any("Only papers" in line for line in everything(app))
    assert papers_told(app) == 15


@pytest.mark.parametrize("path", PAGES)
def test_a_query_of_nonsense_shows_the_page_as_without_it(visit: Visit, path: str) -> None:
    nonsense = {
        "topics": "x.999",
        "from": "never",
        "min": "-3",
        "age": "old",
        "week": "1",
        "page": "-1",
        "mark": "x",
    }
    app = visit(path, **nonsense, team="a", sort="DROP", **{"until": "2025-99", "with": "?"})
    assert app.title[0].value == PAGES[path].QUESTION
    assert not any("paper matches" in line or "Only papers" in line for line in everything(app))
    assert charts_of(app) == [chart for chart in CHARTS[path] if chart not in IF_MOVING | IF_COMPARED]
    assert path != "papers" or papers_told(app) == 15


# ---- controls ----


def test_the_url_sets_the_controls(visit: Visit) -> None:
    app = visit(
        "papers",
        **{"q": "graph", "topics": "1.0", "from": "2025-01", "until": "2025-02", "org": "Alpha"},
        **{"author": "Ada", "min": "3", "sort": "upvotes"},
    )
    values = {
        key: control(app, key).value for key in ("text", "topics", "author", "organization", "min", "sort")
    }
    assert values == {
        "text": "graph",
        "topics": [1, 0],
        "author": "Ada",
        "organization": "Alpha",
        "min": 3,
        "sort": "upvotes",
    }
    assert control(app, "from").value == date(2025, 1, 1)
    assert control(app, "until").value == date(2025, 2, 1)


@pytest.mark.parametrize(
    ("key", "value", "query"),
    [
        ("text", "  graph   nets ", {"q": "graph nets"}),
        ("topics", [2, 0], {"topics": "2.0"}),
        ("from", date(2025, 2, 1), {"from": "2025-02"}),
        ("organization", "Beta", {"org": "Beta"}),
        ("author", "ada", {"author": "Ada"}),  # as the corpus spells it
        ("author", "Nobody", {"author": "Nobody"}),
        ("min", 5, {"min": "5"}),
        ("window", 24, {"window": "24"}),
        ("sort", "typical", {"sort": "typical"}),
    ],
)
def test_a_control_writes_what_it_says_into_the_url(
    visit: Visit, key: str, value: Any, query: dict[str, str]
) -> None:
    app = visit("papers")
    sound(control(app, key).set_value(value).run())
    assert app.query_params == query
    assert control(app, key).value == (Filters.from_query(query).text if key == "text" else named(value))


def named(value: Any) -> Any:
    return "Ada" if value == "ada" else value


def test_months_given_in_the_wrong_order_are_swapped(visit: Visit) -> None:
    app = visit("papers", **{"from": "2025-02"})
    sound(control(app, "until").set_value(date(2025, 1, 1)).run())
    assert app.query_params == {"from": "2025-01", "until": "2025-02"}
    assert papers_told(app) == 10


def test_what_the_corpus_does_not_have_is_shown_as_asked_for(visit: Visit) -> None:
    app = visit("papers", **{"from": "2019-07"})
    assert control(app, "from").value == date(2019, 7, 1)
    assert papers_told(app) == 13  # those with a date
    assert control(visit("papers", org="Elsewhere"), "organization").value == "Elsewhere"


def test_another_filter_starts_again_at_the_first_page(visit: Visit, moving_dir: Path) -> None:
    app = visit("papers", moving_dir, page="3", sort="oldest")
    sound(control(app, "organization").set_value("Beta").run())
    assert app.query_params == {"org": "Beta", "sort": "oldest"}


def test_topics_are_compared_as_shares_or_as_papers(visit: Visit) -> None:
    app = visit("topics", topics="0.1")
    assert control(app, "topics").value == [0, 1]
    sound(control(app, "measure").set_value("papers").run())
    assert app.query_params == {"topics": "0.1", "measure": "papers"}
    (chart,) = app.get("plotly_chart")
    drawn = json.loads(chart.proto.spec)
    assert [trace["name"] for trace in drawn["data"] if trace["name"] == "band"] == []


def test_topics_ticked_in_the_table_are_compared(visit: Visit) -> None:
    app = visit("topics", topics="0")
    assert any(button.label == "Tick rows to compare them" and button.disabled for button in app.button)
    tick(app, 0, 2)  # the third largest
    press(app, "Compare the 1 ticked")
    assert app.query_params == {"topics": "2"}
    assert control(app, "topics").value == [2]


def test_the_topics_page_begins_with_what_moves_and_other_pages_with_everything(
    visit: Visit, moving_dir: Path
) -> None:
    assert set(control(visit("topics", moving_dir), "topics").value[:2]) == {3, 5}
    assert control(visit("papers", moving_dir), "topics").value == []


# ---- the window of verdicts ----


def test_verdicts_are_made_anew_on_the_window_asked_for(
    visit: Visit, moving_dir: Path, moving: Snapshot
) -> None:
    eight, six = (interval_of(moving, Filters(window=months), SINKING) for months in (None, 6))
    assert eight != six
    app = visit("topics", moving_dir)
    assert control(app, "window").value is None
    assert control(app, "window").placeholder == "8, as published"
    assert "Verdicts are on Jan 2025 to Aug 2025, 8 complete months." in everything(app)
    assert interval(app, "Sinking ships") == eight
    sound(control(app, "window").set_value(6).run())
    assert app.query_params == {"window": "6"}
    assert "Verdicts are on Mar 2025 to Aug 2025, 6 complete months." in everything(app)
    assert interval(app, "Sinking ships") == six
    for link in app.sidebar.page_link:
        assert dict(parse_qsl(link.proto.query_string)) == {"window": "6"}


def interval_of(snapshot: Snapshot, filters: Filters, topic: int) -> str:
    verdict = selection.signals(snapshot, filters).set_index("topic_id").loc[topic]
    return f"{text.times(verdict['change_low'])} to {text.times(verdict['change_high'])}"


def interval(app: AppTest, topic: str) -> str:
    """What the table of topics says of a topic's change."""
    table = app.dataframe[0].value
    (row,) = table.index[table["Topic"].str.endswith(f"#{quote(topic)}")]
    return str(table.loc[row, "95 % interval"])


def test_the_overview_says_which_window_it_is_on(visit: Visit, moving_dir: Path) -> None:
    app = visit("", moving_dir, window="24")
    told = "Verdicts are on Jan 2025 to Aug 2025, 8 complete months; of the 24 asked for there are no more in a row."
    assert told in everything(app)
    assert all("window=24" in link.proto.query_string for link in app.main.page_link)


def test_the_window_stays_when_the_filters_are_cleared(visit: Visit) -> None:
    app = press(visit("papers", author="Ada", window="24"), "Clear")
    assert app.query_params == {"window": "24"}


# ---- sources that join ----


def test_a_break_is_drawn_and_told_where_shares_are_drawn(
    visit: Visit, joined_dir: Path, small_dir: Path
) -> None:
    app = visit("topics", joined_dir, topics="0.1")
    assert any("from Jul 2025 on those of Hugging Face Daily Papers join" in line for line in everything(app))
    assert "other sources" in drawn_words(app)
    alone = visit("topics", small_dir)
    assert not any("other sources" in line for line in [*everything(alone), *drawn_words(alone)])


def drawn_words(app: AppTest) -> list[str]:
    (chart,) = app.get("plotly_chart")
    return [note["text"] for note in json.loads(chart.proto.spec)["layout"].get("annotations", [])]


# ---- the overview ----


def test_the_overview_tells_what_moved_and_how_sure_it_is(visit: Visit, moving_dir: Path) -> None:
    app = visit("", moving_dir)
    story = app.markdown[0].value.replace("\N{NO-BREAK SPACE}", " ")
    assert story.startswith("In Jan 2025 to Aug 2025, as a share of all papers, **1 topic rose**")
    assert "**1 topic fell**, Sinking ships (from 22 % to 3.4 %)" in story
    assert story.endswith("1 topic held steady; for 1 other there are too few papers to tell.")
    assert {metric.label: metric.value for metric in app.metric if metric.label != "Published"} == {
        "Papers": "650",
        "Topics": "4",
        "Without a topic": "39\N{NO-BREAK SPACE}%",  # 253 of 650
        "Complete months": "8",
    }
    (moved,) = [line for line in everything(app) if line.startswith("7.0 times (2.7 to 18), from 3.0")]
    assert moved.endswith("; 62 papers; virtually certain")  # those of eight complete months
    # 39 of 240 papers in the last three complete months, 23 of 400 in the five before.
    assert app.markdown[1].value.startswith("- **New: Rising")
    assert app.dataframe[0].value["upvotes"].tolist() == [14, 13, 12, 11, 10]  # of the week of 1 September


def test_the_overview_of_too_few_papers_claims_nothing(visit: Visit) -> None:
    app = visit()
    assert app.markdown[0].value == (
        "**No topic's share changed beyond what chance explains in Jan 2025 to Mar 2025.** "
        "For 3 topics there are too few papers to tell."
    )
    assert app.markdown[1].value.endswith("2 records were refused; the page Runs says why.")


def test_the_overview_says_which_months_are_cut(visit: Visit) -> None:
    assert any("too low (Apr 2025)" in caption.value for caption in visit().caption)


def test_a_moving_topic_leads_to_its_page(visit: Visit, moving_dir: Path) -> None:
    app = visit("", moving_dir, org="Alpha")
    links = [(link.proto.page, link.proto.query_string) for link in app.main.page_link]
    # Topic 3 rises and is new.
    rising, falling = ("topic", "org=Alpha&topic=3"), ("topic", "org=Alpha&topic=5")
    assert sorted(links) == [rising, rising, falling, ("upvotes", "org=Alpha")]


# ---- one topic, and what is new ----


def links_of(app: AppTest) -> dict[str, tuple[str, dict[str, str]]]:
    """Label, page and query of each link of the page."""
    return {
        link.value: (link.proto.page, dict(parse_qsl(link.proto.query_string))) for link in app.main.page_link
    }


def test_a_topic_is_told_with_its_evidence_and_leads_on(visit: Visit, moving_dir: Path) -> None:
    app = visit("topic", moving_dir, topic="3")
    assert control(app, "topic").value == 3
    assert app.header[0].value == "Rising \\*stars\\* \\& \\<b\\>quarks\\</b\\>"
    told = "\n".join(everything(app)).replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")
    assert "**▲ Rising.** In Jan 2025 to Aug 2025 its share of all papers went from 3.0 % to 21 %" in told
    # Its halves of the eight complete months: 2 + 3 + 4 + 6 and 8 + 10 + 13 + 16 papers, of 320 each.
    assert "15 papers in Jan 2025 to Apr 2025 and 47 in May 2025 to Aug 2025: 0 because" in told
    assert "+32 because its share did." in told
    links = links_of(app)
    assert links["Read its 65 papers"] == ("papers", {"topics": "3"})
    assert links["Compare it with others"] == ("topics", {"topics": "3"})
    assert links["Ada (65 papers)"] == ("author", {"author": "Ada"})
    assert "First found." in everything(app)


def test_a_topic_is_shown_within_the_filters(visit: Visit, small: Snapshot) -> None:
    title_of = small.ask(queries.papers, Filters(), 99).set_index("paper_id")["title"]
    app = visit("topic", topic="0", org="Alpha", topics="1")
    told = everything(app)
    assert any("Only papers of Alpha." in line for line in told)  # which topics are compared is not told here
    links = links_of(app)
    assert links["Read its 5 papers"] == ("papers", {"topics": "0", "org": "Alpha"})
    assert links["Protein folding"] == ("topic", {"topics": "1", "org": "Alpha", "topic": "2"})
    assert links["Speech recognition"] == ("topic", {"topics": "1", "org": "Alpha", "topic": "1"})
    typical = [title_of[paper] for paper in ("b1", "a1", "d1")]
    assert [frame.value["title"].tolist() for frame in app.dataframe] == [typical]
    assert press(app, "Clear").query_params == {"topic": "0"}  # still about this topic


def test_another_topic_is_chosen_on_its_page(visit: Visit) -> None:
    app = visit("topic", topic="0", q="graph", mark="topic_share:topics=0")
    sound(control(app, "topic").set_value(1).run())
    assert app.query_params == {"topic": "1", "q": "graph"}
    assert app.header[0].value == "Speech recognition"


def test_a_topic_without_papers_among_those_asked_for_says_so(visit: Visit) -> None:
    app = visit("topic", topic="2", org="Beta")
    assert "None of the papers asked for is in this topic." in everything(app)
    assert charts_of(app) == []
    press(app, "Clear the filters")
    assert app.query_params == {"topic": "2"}


def test_a_topic_that_is_gone_is_one_sentence_and_a_choice(visit: Visit) -> None:
    app = visit("topic", topic="999")
    assert any(line.startswith("This snapshot has no topic 999 to show") for line in everything(app))
    assert control(app, "topic").value is None
    sound(control(app, "topic").set_value(0).run())
    assert app.query_params == {"topic": "0"}


def test_what_is_new_leads_to_its_topic_and_its_papers(visit: Visit, moving_dir: Path) -> None:
    app = visit("emerging", moving_dir, org="Alpha")
    assert app.subheader[0].value == "1 topic grows"
    links = links_of(app)
    assert ("topic", {"org": "Alpha", "topic": "3"}) in links.values()
    papers = next(query for page, query in links.values() if page == "papers")
    assert papers == {"topics": "3", "org": "Alpha"}
    (table,) = (frame.value for frame in app.dataframe if "Surely" in frame.value)
    assert table["Topic"].iloc[0].startswith("topic?org=Alpha&topic=3#Rising%20")


@pytest.mark.parametrize(
    ("folder", "query", "why"),
    [
        ("small_dir", {}, "To tell what is new takes 6 complete months in a row with papers"),
        ("moving_dir", {"topics": "8"}, "None of the topics asked for is new; others are."),
        ("moving_dir", {"q": "-7"}, "No topic's growth stands out from chance."),
    ],
)
def test_where_nothing_is_new_the_page_says_why_and_what_to_do(
    visit: Visit, request: pytest.FixtureRequest, folder: str, query: dict[str, str], why: str
) -> None:
    app = visit("emerging", request.getfixturevalue(folder), **query)
    assert any(line.startswith(why) for line in everything(app))
    assert charts_of(app) == []
    assert any(page == "topics" for page, _ in links_of(app).values())
    assert any(button.label == "Clear the filters" for button in app.button) == bool(query)


def test_labels_in_the_table_of_topics_lead_to_their_pages(visit: Visit) -> None:
    table = visit("topics", topics="1", org="Alpha").dataframe[0].value
    assert table["Topic"].tolist() == [
        "topic?topics=1&org=Alpha&topic=0#Graph%20networks",
        "topic?topics=1&org=Alpha&topic=2#Protein%20folding",
        "topic?topics=1&org=Alpha&topic=1#Speech%20recognition",
        "papers?topics=-1&org=Alpha#No%20topic",
    ]


# ---- the papers behind a mark ----


@pytest.mark.parametrize(
    ("path", "mark", "told", "link"),
    [
        (
            "",
            "corpus:assigned=yes&from=2025-02&until=2025-02",
            "**3 papers** in any topic, published in Feb 2025",
            3,
        ),
        (
            "topics",
            "trends:topics=0&from=2025-01&until=2025-01",
            "**2 papers** in Graph networks, published in Jan",
            2,
        ),
        (
            "authors",
            "teams:from=2025-04&until=2025-04&team=0-",
            "**3 papers** published in Apr 2025, with a known",
            3,
        ),
        (
            "authors",
            "names:from=2025-02&until=2025-02&with=returning",
            "**3 papers** published in Feb 2025, with a",
            3,
        ),
        ("authors", "team_sizes:team=51-", "**1 paper** with 51 authors or more", 1),
        (
            "upvotes",
            "over_time:from=2025-01&until=2025-01&age=listing",
            "**4 papers** published in Jan 2025",
            4,
        ),
        (
            "upvotes",
            "distribution:upvotes=5-7&age=listing",
            "**3 papers** with 5 to 7 upvotes on the day of",
            3,
        ),
        ("upvotes", "weekdays:weekday=1&age=listing", "**4 papers** whose upvotes were read on the day", 4),
        ("upvotes", "by_topic:topics=0&age=listing", "**5 papers** in Graph networks", 5),
        ("upvotes", "settling:followed=14", "**4 papers** with a settled count, and one read 14 days", 4),
        ("topics", "trends:topics=1&from=2025-03&until=2025-03", "**0 papers** in Speech recognition", None),
    ],
)
def test_a_clicked_mark_shows_its_papers_and_the_way_to_all_of_them(
    visit: Visit, small: Snapshot, path: str, mark: str, told: str, link: int | None
) -> None:
    app = visit(path, mark=mark)
    (shown,) = [line for line in everything(app) if re.match(r"\*\*\d+ papers?\*\*", line)]
    assert shown.replace("\\", "").startswith(told)
    links = [link for link in app.main.page_link if link.proto.page == "papers"]
    if link is None:
        assert links == []
        return
    (read,) = links
    assert read.value == ("Read it" if link == 1 else f"Read all {link}")
    asked = Filters.from_query(dict(parse_qsl(read.proto.query_string)))
    assert small.ask(queries.count_papers, asked)["papers"].tolist() == [link]


def test_the_papers_behind_a_mark_can_be_closed(visit: Visit) -> None:
    app = press(visit("authors", org="Alpha", mark="team_sizes:team=2-2"), "Close")
    assert app.query_params == {"org": "Alpha"}
    assert not app.main.page_link


def test_a_mark_is_read_within_the_filters_of_the_page(visit: Visit) -> None:
    app = visit("authors", org="Alpha", mark="team_sizes:team=2-2")
    assert any(line.startswith("**3 papers** with 2 authors") for line in everything(app))
    app = visit("authors", org="Alpha", topics="0", q="attention", mark="team_sizes:team=2-2")
    assert any(line.startswith("**1 paper** with 2 authors") for line in everything(app))


def test_a_mark_of_a_chart_that_the_page_does_not_have_is_left_alone(visit: Visit) -> None:
    app = visit("topics", mark="team_sizes:team=2-2")
    assert not any(line.startswith("**") and "paper" in line for line in everything(app)[1:])
    assert app.get("plotly_chart")


# ---- papers ----


def test_papers_are_shown_a_page_at_a_time(visit: Visit, moving_dir: Path) -> None:
    app = visit("papers", moving_dir)
    assert papers_told(app) == 650
    assert "1 to 50 of 650" in everything(app)
    press(app, "Next")
    assert app.query_params == {"page": "2"}
    assert "51 to 100 of 650" in everything(app)
    last = visit("papers", moving_dir, page="999999")
    assert "601 to 650 of 650" in everything(last)
    assert any(button.label == "Next" and button.disabled for button in last.button)


def test_a_ticked_paper_is_shown_in_full(visit: Visit) -> None:
    app = tick(visit("papers", q="odd"), 0, 0)
    shown = everything(app)
    assert "Published 15 Jan 2025 · Topic: No topic · Upvotes: 20 · Comments: 15" in shown
    assert "[Cy](author?author=Cy), [Dee](author?author=Dee)" in shown  # hidden authors are not named
    assert "About a graph." in shown


def test_what_is_unknown_of_a_paper_is_said_to_be(visit: Visit) -> None:
    app = tick(visit("papers", q="a5"), 0, 0)
    shown = everything(app)
    assert "Published 31 Jan 2025 · Topic: Speech recognition · Upvotes: unknown · Comments: unknown" in shown
    assert "Authors: unknown · [Beta](organization?org=Beta)" in shown
    assert "No abstract is known." in shown


def test_a_hostile_title_is_shown_as_it_is(visit: Visit) -> None:
    app = tick(visit("papers", q="$5"), 0, 0)
    title = app.subheader[1].value
    assert re.sub(r"\\(.)", r"\1", title).replace("\N{WORD JOINER}", "") == corpus.HOSTILE
    for sign in "<>[]()*:$!":
        assert not re.search(rf"(?<!\\){re.escape(sign)}", title)


def test_hostile_words_are_shown_as_they_are(visit: Visit) -> None:
    app = visit("papers", q="![x](http://evil.example) :red[$x$]")
    told = next(line for line in everything(app) if "Only papers" in line)
    _, _, words = told.partition("Only papers ")
    for sign in "[]():$!":
        assert not re.search(rf"(?<!\\){re.escape(sign)}", words)


def test_a_hostile_label_is_escaped_wherever_markdown_would_read_it(visit: Visit, moving_dir: Path) -> None:
    app = visit("", moving_dir, topics="3")
    label = "Rising \\*stars\\* \\& \\<b\\>quarks\\</b\\>"
    assert (
        sum(label in line for line in everything(app)) == 3
    )  # the story, what is new, and what is asked for
    assert label in [link.value for link in app.main.page_link]


# ---- authors and upvotes ----


def test_a_ranked_name_that_is_ticked_leads_to_its_papers(visit: Visit) -> None:
    app = visit("authors", **{"from": "2025-01"})
    names = next(place for place, frame in enumerate(app.dataframe) if frame.key == "ranking name")
    tick(app, names, 0)
    page, link = app.main.page_link
    assert link.value == "Read the 4 papers of Ada"  # of her five one has no date
    for way in (page, link):
        assert dict(parse_qsl(way.proto.query_string)) == {"from": "2025-01", "author": "Ada"}
    assert (page.value, page.proto.page, link.proto.page) == ("The page of Ada", "author", "papers")


def test_upvotes_are_compared_at_the_age_most_papers_were_read_at(visit: Visit, small: Snapshot) -> None:
    app = visit("upvotes")
    assert control(app, "age").value == "listing"  # nine papers, against eight that settled
    assert control(app, "age").options == [
        "on the day of listing (9 papers)",
        "1 to 2 days after listing (3 papers)",
        "5 to 9 days after listing (3 papers)",
        "14 days or more after listing (8 papers)",
    ]
    sound(control(app, "age").set_value("week").run())
    assert app.query_params == {"age": "week"}
    bins = small.made(counts.upvotes_distribution, Filters(age="week"))
    drawn = json.loads(app.get("plotly_chart")[1].proto.spec)["data"][0]
    assert sum(bins["papers"]) == 3
    assert len(drawn["x"]) == len(bins)


def test_an_age_that_no_paper_was_read_at_says_so(visit: Visit) -> None:
    app = visit("upvotes", org="Gamma", age="settled")
    assert "None of these papers was read at that age; choose another." in everything(app)
    assert charts_of(app) == []
    assert control(app, "age").value == "settled"  # and can be changed


def test_one_can_walk_through_the_weeks(visit: Visit) -> None:
    app = visit("upvotes", age="listing")
    assert control(app, "week").value == date(2025, 4, 14)  # the latest
    press(app, "Earlier")
    assert app.query_params == {"age": "listing", "week": "2025-02-10"}
    press(app, "Earlier")
    assert any("3 papers listed 3 Feb 2025 to 9 Feb 2025." in line for line in everything(app))
    press(app, "Later")
    assert control(app, "week").value == date(2025, 2, 10)


# ---- nothing to show ----


@pytest.mark.parametrize(
    "path", [path for path in PAGES if path not in ("trust", "sql", "map", "runs")]
)  # those pages are on the whole corpus
def test_filters_that_match_nothing_leave_a_way_back(visit: Visit, path: str) -> None:
    app = visit(path, q="xyzzy", **({"sort": "oldest"} if path == "papers" else {}))
    if path == "topics":
        nothing = "Nothing to draw: choose a topic, a wider range of months, or fewer filters."
    else:
        nothing = "No paper matches all of this. Try fewer words, other topics or more months."
    assert nothing in everything(app)
    assert charts_of(app) == []
    press(app, "Clear" if path == "topics" else "Clear the filters")
    assert "q" not in app.query_params
    assert nothing not in everything(app)
    if path == "papers":
        assert app.query_params == {"sort": "oldest"}  # how papers are shown stays


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("authors", "The authors of none of these papers are known, so there is nothing to draw."),
        ("upvotes", "The upvotes of none of these papers were ever read, so there is nothing to draw."),
    ],
)
def test_papers_that_lack_what_a_page_shows_are_not_called_missing(visit: Visit, path: str, why: str) -> None:
    app = visit(path, q="a5")  # one paper, with neither authors nor readings
    assert why in everything(app)
    assert not any("No paper matches" in line for line in everything(app))
    assert not press(app, "Clear the filters").query_params


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", {"from": "2025-03", "until": "2025-03"}),  # a month without papers
        ("", {"from": "2025-04"}),  # a cut month alone
        ("", {"topics": "-1"}),
        ("topics", {"from": "2030-01"}),
        ("topics", {"from": "2025-04"}),
        ("topics", {"topics": ""}),
        ("topics", {"topics": "-1", "measure": "papers"}),
        ("authors", {"q": "d1"}),  # a paper without a date
        ("authors", {"author": "Zoe"}),  # who is hidden
        ("authors", {"from": "2025-04"}),
        ("upvotes", {"q": "d2", "age": "listing"}),  # without a date of publication
        ("upvotes", {"q": "d1"}),  # read, but of no age
        ("upvotes", {"min": "100", "age": "week"}),
        ("upvotes", {"from": "2025-04", "weekday": "1"}),
        ("topic", {"topic": "1", "q": "d1"}),
        ("topic", {"topic": "0", "q": "d1"}),  # its only paper has no date
        ("topic", {"topic": "0", "from": "2025-04"}),  # a cut month alone
        ("topic", {"topics": "-1"}),
        ("emerging", {"from": "2025-03", "until": "2025-03"}),
        ("emerging", {"q": "d1"}),
        ("papers", {"q": "b4"}),  # whose upvotes are unknown
        ("papers", {"until": "1990-01"}),
    ],
)
def test_a_page_stands_whatever_is_asked_for(visit: Visit, path: str, query: dict[str, str]) -> None:
    assert visit(path, **query).title[0].value == PAGES[path].QUESTION


# ---- what is published ----


def test_where_nothing_is_published_the_page_says_how_to_publish(visit: Visit, tmp_path: Path) -> None:
    app = visit("", tmp_path)
    assert [title.value for title in app.title] == ["Nothing is published here yet"]
    commands = [code.value for code in app.code]
    assert commands == ["dashboard --demo", f"etl run --source file --input papers.csv --data-dir {tmp_path}"]
    assert str(tmp_path) in app.text[0].value
    assert not app.sidebar.page_link


@pytest.fixture
def broken_dir(small_dir: Path, tmp_path: Path) -> Path:
    """A copy of the small corpus, to be damaged."""
    folder = tmp_path / "copy"
    shutil.copytree(small_dir, folder)
    return folder


def one_sentence(app: AppTest) -> str:
    """What the page says of why nothing can be shown."""
    assert [title.value for title in app.title] == ["This snapshot cannot be shown"]
    (text,) = app.text
    assert len(everything(app)) == 2
    assert "\n" not in text.value
    return str(text.value)


def test_a_damaged_pointer_is_one_sentence(visit: Visit, broken_dir: Path) -> None:
    pointer = broken_dir / POINTER_NAME
    pointer.write_text("{ torn")
    told = one_sentence(visit("topics", broken_dir))
    assert (
        told
        == f"{pointer} is damaged; run the ETL again, which goes on from the newest snapshot that is whole."
    )


def test_another_schema_version_is_one_sentence(visit: Visit, broken_dir: Path) -> None:
    pointer = broken_dir / POINTER_NAME
    pointer.write_text(json.dumps({**json.loads(pointer.read_text()), "schema_version": SCHEMA_VERSION + 1}))
    told = one_sentence(visit("", broken_dir))
    assert (
        f"has schema version {SCHEMA_VERSION + 1} and this Papertide reads version {SCHEMA_VERSION}" in told
    )
    assert "run the ETL into another --data-dir." in told


def test_a_snapshot_that_is_gone_is_one_sentence(visit: Visit, broken_dir: Path) -> None:
    for snapshot in (broken_dir / "snapshots").iterdir():
        snapshot.unlink()
    assert "which is gone; put it back" in one_sentence(visit("", broken_dir))


def test_a_damaged_snapshot_is_one_sentence(visit: Visit, broken_dir: Path) -> None:
    (snapshot,) = (broken_dir / "snapshots").iterdir()
    snapshot.write_bytes(b"no database" * 1000)
    told = one_sentence(visit("", broken_dir))
    assert told.startswith(f"The snapshot {snapshot} cannot be opened; run the ETL again")


def test_a_new_publication_shows_on_the_next_click(visit: Visit, broken_dir: Path) -> None:
    app = visit("papers", broken_dir)
    assert papers_told(app) == 15
    (old,) = (broken_dir / "snapshots").iterdir()
    rows = [row for row in corpus.SMALL if row.organization == "Alpha"]
    corpus.publish_corpus(
        broken_dir,
        rows,
        corpus.SMALL_TOPICS,
        {"file": (date(2025, 1, 1), date(2025, 5, 1))},
        run_id="20250601T080000-later",
    )
    assert old.exists()
    sound(app.run())
    assert papers_told(app) == 6


def test_synthetic_papers_are_said_to_be_on_every_page(visit: Visit, tmp_path: Path) -> None:
    corpus.publish_small(tmp_path, corpus=DEMO, note="12 papers are *too few*.")
    for path in PAGES:
        app = visit(path, tmp_path)
        demo, note = (info.value for info in app.info)
        assert demo.startswith("Demo corpus: these papers are synthetic")
        assert note == "12 papers are \\*too few\\*\\."


def test_real_papers_carry_no_notice(visit: Visit) -> None:
    assert [info.value for info in visit().info] == []


ASKING_AHEAD = ["", "emerging", "topics", "topic", "authors", "upvotes", *BY_NAME]


@pytest.mark.parametrize("page", ASKING_AHEAD)
def test_a_page_comes_to_all_that_it_has_asked_ahead(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, moving_dir: Path, page: str
) -> None:
    ahead, met = set(), set()
    of, read = met, Snapshot.read

    def recorded(snapshot: Snapshot, query: Any, *parameters: object) -> pd.DataFrame:
        of.add((query, parameters))
        return read(snapshot, query, *parameters)

    def at_once(ask: Callable[..., object], *parameters: object) -> None:
        nonlocal of
        before, of = of, ahead
        ask(*parameters)
        of = before

    monkeypatch.setattr(Snapshot, "read", recorded)
    for module in (answers, overview, topic, authors, upvotes, author, organization, people, selection):
        monkeypatch.setattr(module, "meanwhile", at_once)
    # A filter that no other test asks for, so that nothing of it is kept.
    visit(page, moving_dir, until=f"2180-{1 + ASKING_AHEAD.index(page):02}")
    # What is asked of all papers is kept for every page.
    ahead = {(query, parameters) for query, parameters in ahead if parameters and parameters[0] != Filters()}
    assert ahead
    assert ahead <= met


def test_topics_say_where_shares_come_to_another_level(visit: Visit, moving_dir: Path) -> None:
    marked = "▲ a rise, ▼ a fall, ◆ a burst begins"
    # Topic 3 rises; of counts nothing is marked, since they may grow where a share does not.
    assert any(marked in caption.value for caption in visit("topics", moving_dir, topics="3").caption)
    counts = visit("topics", moving_dir, topics="3", measure="papers")
    assert not any(marked in caption.value for caption in counts.caption)
