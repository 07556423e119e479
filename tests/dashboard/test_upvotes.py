"""How counts grow, comments, and standing within the week, on seven papers that can be checked by eye."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import charts, queries
from dashboard.filters import Filters, Range
from dashboard.snapshot import Snapshot
from tests.dashboard import corpus, test_app
from tests.dashboard.conftest import opened, plain
from tests.dashboard.test_app import charts_of, control, everything

visit = test_app.visit
Visit = Callable[..., AppTest]
LISTING = Filters(age="listing")


@dataclass(frozen=True)
class Row(corpus.Row):
    """A paper whose comments are known as given, one number for each of its looks."""

    comments: tuple[int | None, ...] = field(default=())

    @property
    def record(self) -> dict[str, Any]:
        record = corpus.Row.record.fget(self)  # type: ignore[attr-defined]
        for look, comments in zip(record["observations"], self.comments, strict=True):
            look["comments"] = comments
        return record


# fmt: off
PAPERS = (  # of one week but for p7, which is the only one of its own; looked at at noon
    Row("p1", "2025-01-06", None, 0, looks=((0, 10), (14, 20)), comments=(1, 1)),      # settles nobody knows when
    Row("p2", "2025-01-07", None, 0, looks=((0, 20),), comments=(2,)),
    Row("p3", "2025-01-07", None, 0, looks=((0, 20),), comments=(None,)),              # comments unknown
    Row("p4", "2025-01-08", None, 1, looks=((0, 40), (5, 40), (20, 40)), comments=(8, 9, 9)),  # settled at once
    Row("p5", "2025-01-09", None, 1, looks=((0, 50), (1, 75), (2, 100), (14, 100)), comments=(5, 6, 7, 7)),
    Row("p6", "2025-01-10", None, 1, looks=((0, 1),), comments=(0,)),
    Row("p7", "2025-01-20", None, 1, looks=((0, 300),), comments=(None,)),
)
# fmt: on


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("upvotes")
    covered = {"file": (date(2025, 1, 1), date(2025, 2, 1))}
    corpus.publish_corpus(folder, PAPERS, corpus.SMALL_TOPICS, covered)
    return folder


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> Iterator[Snapshot]:
    yield from opened(folder)


def rows(snapshot: Snapshot, query: Callable[..., Any], *parameters: object) -> list[tuple[Any, ...]]:
    frame = snapshot.ask(query, *parameters)
    return [tuple(plain(cell) for cell in row) for row in frame.itertuples(index=False)]


def rounded(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row) for row in found]


# ---- how counts grow ----


def test_papers_are_counted_by_the_full_days_until_their_count_had_settled(snapshot: Snapshot) -> None:
    # p4 has all of its votes at the first look, half a day after listing. p5 passes 95 of its 100 votes between 75 at
    # 1.5 days and 100 at 2.5: after 2.3. p1 passes 19 of 20 somewhere in two weeks. The others were looked at once.
    found = {low: papers for low, _, papers in rows(snapshot, queries.settling_times, Filters()) if papers}
    assert found == {0: 1, 2: 1, None: 1}
    for asked, ids in ((Range(2, 2), ["p5"]), (Range(0, 1), ["p4"]), (Range(3, None), [])):
        assert snapshot.ask(queries.papers, Filters(settled=asked), 9)["paper_id"].tolist() == ids


def test_every_look_at_a_paper_has_its_age(snapshot: Snapshot) -> None:
    looks = rows(snapshot, queries.looks, "p5")
    assert [look[1:] for look in looks] == [(0, 50, 5), (1, 75, 6), (2, 100, 7), (14, 100, 7)]
    assert rows(snapshot, queries.looks, "gone") == []


# ---- standing ----


def test_papers_stand_among_those_of_their_own_week(snapshot: Snapshot) -> None:
    # Of 1 10 20 20 40 50 the mid-ranks are 1 2 3.5 3.5 5 6; each less a half, of six. p7 has no week to stand in.
    top = snapshot.ask(queries.standing, LISTING, 9)
    assert top["paper_id"].tolist()[:2] == ["p5", "p4"]
    assert top["paper_id"].tolist()[-2:] == ["p1", "p6"]
    assert top["percentile"].tolist() == [0.92, 0.75, 0.5, 0.5, 0.25, 0.08]
    assert set(top["peers"]) == {6}
    assert top["week"].dt.date.unique().tolist() == [date(2025, 1, 6)]
    assert snapshot.ask(queries.standing, Filters(age="settled"), 9).empty  # three papers are no week


# ---- comments ----


def test_what_is_unknown_of_comments_is_no_zero(snapshot: Snapshot) -> None:
    # Upvotes 10 20 40 50 1 and comments 1 2 8 5 0 rank 2 3 4 5 1 and 2 3 5 4 1: 1 - 6 * 2 / (5 * 24).
    ((papers, known, correlation),) = rows(snapshot, queries.comments_known, LISTING)
    assert (papers, known) == (7, 5)
    assert correlation == pytest.approx(0.9)
    assert rounded(rows(snapshot, queries.comments_by_month, LISTING)) == [
        (date(2025, 1, 1), 5, 0.4, 2.0, 6.8, False)
    ]
    assert snapshot.ask(queries.papers, Filters(discussed=True, sort="oldest"), 9)["paper_id"].tolist() == [
        *("p1", "p2", "p4", "p5", "p6")
    ]


def test_comments_stand_against_upvotes_of_the_same_look(snapshot: Snapshot) -> None:
    assert rounded(rows(snapshot, queries.comments_by_upvotes, LISTING)) == [
        (1, 1, 1, 0.0, 0.0, 0.0),
        (8, 10, 1, 1.0, 1.0, 1.0),
        (16, 20, 1, 2.0, 2.0, 2.0),
        (31, 50, 2, 5.3, 6.5, 7.7),
    ]
    figure = charts.comments_by_upvotes(snapshot.ask(queries.comments_by_upvotes, LISTING), "listing")
    assert list(figure.data[0].y) == [0.0, 1.0, 2.0, 6.5]
    assert list(figure.data[0].customdata[-1]) == [
        "upvotes=31-50&age=listing&discussed=yes",
        "31-50 upvotes",
        "6.5 comments",
        "5.3 to 7.7",
        "2 papers",
    ]


# ---- the page ----


def test_each_part_of_the_page_has_its_charts_and_its_place_in_the_url(visit: Visit, folder: Path) -> None:
    app = visit("upvotes", folder, age="listing")
    assert charts_of(app) == ["over_time", "distribution", "weekdays"]  # no topic has five papers
    (standing,) = [table.value for table in app.dataframe if "expected" in table.value]
    assert standing["paper_id"].iloc[0] == "p5"
    app = test_app.sound(control(app, "part").set_value("growth").run())
    assert app.query_params == {"age": "listing", "part": "growth"}
    assert charts_of(app) == ["settling", "settling_times"]
    assert any("1 more paper was read too seldom to tell" in line for line in everything(app))
    app = test_app.sound(control(app, "part").set_value("comments").run())
    assert charts_of(app) == ["comments", "comments_upvotes"]
    assert "Comments are known of 5 of 7 papers; the others stay out." in everything(app)


def test_a_clicked_mark_opens_the_part_of_its_chart(visit: Visit, folder: Path) -> None:
    app = visit("upvotes", folder, mark="settling_times:settled=2-2")
    assert charts_of(app) == ["settling", "settling_times"]
    assert any(line.startswith("**1 paper** whose count settled after 2 days") for line in everything(app))
    app = visit("upvotes", folder, mark="comments:from=2025-01&until=2025-01&age=listing&discussed=yes")
    (told,) = [line for line in everything(app) if line.startswith("**5 papers** ")]
    assert "with a known number of comments" in told


def test_where_nothing_was_followed_or_said_the_page_says_so(visit: Visit, folder: Path) -> None:
    app = visit("upvotes", folder, part="growth", q="p2")
    assert any(line.startswith("No paper here was read more than once") for line in everything(app))
    app = visit("upvotes", folder, part="comments", q="p3")
    unknown = "The comments of none of these papers are known, so there is nothing to draw."
    assert unknown in everything(app)
    assert charts_of(app) == []


def test_the_card_of_a_paper_tells_how_its_count_grew(visit: Visit, folder: Path) -> None:
    app = test_app.tick(visit("papers", folder, q="p5"), 0, 0)
    grew = "Upvotes as they grew: 50 on day 0, 75 on day 1, 100 on day 2, 100 on day 14 after listing."
    assert grew in everything(app)
    app = test_app.tick(visit("papers", folder, q="p2"), 0, 0)
    assert not any(line.startswith("Upvotes as they grew") for line in everything(app))
