"""The map: what is sent to the browser, and what comes back from it.

In the small corpus a paper lies at (number of its topic, its probability), and a topic at (its number, 0.5).
"""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import charts, queries
from dashboard.charts.places import STEPS, colours_of, scale
from dashboard.filters import AREA, DATE, VOTES, Filters
from dashboard.snapshot import Snapshot
from dashboard.views.places import table
from tests.dashboard import test_app
from tests.dashboard.corpus import GRAPHS, PROTEINS, SPEECH
from tests.dashboard.test_app import Visit, everything, sound

ALL = Filters()
visit = test_app.visit


def numbers(packed: str, kind: str) -> list[int]:
    found: list[int] = np.frombuffer(base64.b64decode(packed), kind).tolist()
    return found


def drawn(small: Snapshot, colour: str = AREA, filters: Filters = ALL) -> dict[str, Any]:
    found = small.ask(queries.places, 100)
    matches = found["number"].isin(small.ask(queries.asked_for, filters)["number"])
    packed = charts.places(found, small.ask(queries.topic_places, ALL), colour, found["x"].astype(str))
    return charts.asking(packed, matches, small.ask(queries.topic_places, filters))


# ---- queries ----


def test_every_paper_has_a_place_and_says_whether_it_is_asked_for(small: Snapshot) -> None:
    found = small.ask(queries.places, 100)
    assert len(found) == 15
    asked = found["number"].isin(small.ask(queries.asked_for, Filters(organization="Beta"))["number"])
    assert found["x"][asked].tolist() == [SPEECH] * 3  # a3 a5 b2
    assert found["month"].isna().tolist() == [
        True,
        True,
        *[False] * 13,
    ]  # d1 and d2 have no date, and come first
    assert found["month"].is_monotonic_increasing or found["month"][2:].is_monotonic_increasing


def test_of_too_many_papers_the_same_ones_are_drawn_each_time(small: Snapshot) -> None:
    some = small.ask(queries.places, 6)
    assert len(some) == 6
    pd.testing.assert_frame_equal(some, small.ask(queries.places, 6))


def test_discs_have_the_area_of_their_part_of_the_papers(rows: Any) -> None:
    # Twelve of the fifteen papers have a topic: 7, 3 and 2 of them.
    found = rows(queries.topic_places, Filters(organization="Alpha"))
    assert [(topic, label, papers, asked) for topic, label, *_, papers, asked in found] == [
        (GRAPHS, "Graph networks", 7, 5),
        (SPEECH, "Speech recognition", 3, 0),
        (PROTEINS, "Protein folding", 2, 1),
    ]
    assert [radius**2 for *_, radius, _, _ in found] == pytest.approx([7 / 12, 3 / 12, 2 / 12])


def test_the_paper_at_a_place_is_the_nearest(rows: Any) -> None:
    assert rows(queries.nearest_paper, 0.05, 0.38) == [("a2",)]  # at (0, 0.4)
    assert rows(queries.place_of, "a2") == [(0.0, pytest.approx(0.4))]
    assert rows(queries.place_of, "nobody") == []


def test_a_snapshot_older_than_the_map_has_none() -> None:
    old = duckdb.connect()
    old.execute(
        "CREATE TABLE topics (topic_id INTEGER, label VARCHAR); CREATE TABLE papers (paper_id VARCHAR)"
    )
    assert queries.mapped(old)["papers"].tolist() == [0]
    assert queries.topic_places(old, ALL).empty


# ---- what the browser draws ----


def test_places_are_packed_as_parts_of_the_map(small: Snapshot) -> None:
    packed = drawn(small)
    low, high = np.array(packed["low"]), np.array(packed["high"])
    parts = np.array(numbers(packed["places"], "<u2")).reshape(-1, 2) / 0xFFFF
    places = low + parts * (high - low)
    found = small.ask(queries.places, 100)
    np.testing.assert_allclose(places, found[["x", "y"]], atol=1e-4)
    assert low[0] <= -1  # a4 at -1; every disc lies within
    assert high[0] >= 2 + (2 / 12) ** 0.5 - 1e-9


def test_topics_months_and_what_is_asked_for_are_packed(small: Snapshot) -> None:
    packed = drawn(small, filters=Filters(topics=(PROTEINS,)))
    found = small.ask(queries.places, 100)
    ids = [topic["id"] for topic in packed["topics"]]
    topics = [ids[place] if place != 0xFFFF else -1 for place in numbers(packed["topic"], "<u2")]
    assert topics == found["topic_id"].tolist()
    assert packed["months"] == ["Jan 2025", "Feb 2025", "Mar 2025", "Apr 2025"]
    assert numbers(packed["month"], "<u2") == [0xFFFF] * 2 + [0] * 6 + [1] * 4 + [3] * 3
    assert numbers(packed["muted"], "u1").count(0) == 2  # a6 and c2


def test_colours_by_topic_differ_in_hue_by_area() -> None:
    topics = pd.DataFrame({"topic_id": [4, 1, 3], "area": ["Sky", "Sea", "Sky"]})
    chosen = colours_of(topics)
    assert chosen[1] == charts.common.PALETTE[0]  # the area of the oldest topic takes the first hue
    assert len({chosen[3], chosen[4], charts.common.PALETTE[1]}) == 3  # a darker and a lighter one
    assert colours_of(topics.iloc[::-1]) == chosen  # whatever the order


def test_colours_by_date_and_by_upvotes_run_from_end_to_end(small: Snapshot) -> None:
    found = small.ask(queries.places, 100)
    by_date = drawn(small, DATE)
    shades = np.array(numbers(by_date["shade"], "u1"))
    assert shades.tolist() == [STEPS] * 2 + [0] * 6 + [10] * 4 + [31] * 3  # a third of the way: 31 / 3
    assert by_date["legend"] == [
        [scale()[0], "Jan 2025"],
        [scale()[-1], "Apr 2025"],
        [by_date["palette"][-1], "unknown"],
    ]
    by_votes = drawn(small, VOTES)
    shades = np.array(numbers(by_votes["shade"], "u1"))
    assert [name for _, name in by_votes["legend"]] == ["0 upvotes", "500", "unknown"]
    assert found["upvotes"][shades == STEPS - 1].tolist() == [500]
    assert found["upvotes"][shades == STEPS].isna().all()


def test_the_table_says_who_lies_beside_whom(small: Snapshot) -> None:
    shown = table(small.ask(queries.topic_places, ALL))
    assert shown["Topic"].tolist() == ["Graph networks", "Speech recognition", "Protein folding"]
    assert shown["Nearest on the map"][0] == "Speech recognition, Protein folding"
    assert shown["Page"].tolist() == ["topic?topic=0", "topic?topic=1", "topic?topic=2"]


# ---- the page ----


def component(app: AppTest) -> dict[str, Any]:
    (found,) = app.get("bidi_component")
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def test_the_page_draws_a_map_and_says_it_in_words(visit: Visit) -> None:
    data = component(visit("map"))
    assert data["papers"] == 15
    assert data["titles"][-1] == "Paper c3"
    assert data["alt"].startswith("Map of 15 papers in 3 topics, 12 of them asked for")
    assert data["level"] == "papers"
    assert component(visit("map", level="topics", colour="date"))["level"] == "topics"


def test_filters_change_what_is_grey_and_counted_and_nothing_else(visit: Visit) -> None:
    every, some = component(visit("map")), component(visit("map", topics=str(PROTEINS)))
    assert numbers(every["muted"], "u1") == [0] * 15
    assert numbers(some["muted"], "u1").count(0) == 2  # a6 and c2
    assert [topic["asked"] for topic in every["topics"]] == [7, 3, 2]
    assert [topic["asked"] for topic in some["topics"]] == [0, 0, 2]
    same = every.keys() - {"muted", "topics", "alt"}
    assert {name: every[name] for name in same} == {name: some[name] for name in same}


def test_a_marked_area_lists_its_papers_and_leads_to_them(visit: Visit) -> None:
    app = visit("map", mark="places:within=-500_300.500_300.500_450.-500_450")
    assert any(line == "**1 paper** within the area marked on the map" for line in everything(app))
    assert component(app)["region"] == "-500_300.500_300.500_450.-500_450"
    (link,) = [link for link in app.main.page_link if link.proto.page == "papers"]
    assert link.proto.query_string == "within=-500_300.500_300.500_450.-500_450"


def test_a_picked_paper_is_shown_in_full_and_ringed(visit: Visit) -> None:
    app = visit("map", picked="a2")
    assert "Graph pooling" in [line.value for line in app.subheader]
    assert component(app)["at"] == [0.0, pytest.approx(0.4)]
    assert visit("map", picked="nobody").title[0].value  # leaves the page as it is


def test_without_places_the_page_says_what_to_do(visit: Visit, small_dir: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_dir, tmp_path / "old"))
    (snapshot,) = (folder / "snapshots").iterdir()
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("ALTER TABLE papers DROP x; ALTER TABLE topics DROP x")
    app = visit("map", folder)
    assert any("This snapshot has no map" in line.value for line in app.text)
    assert not app.get("bidi_component")
    sound(visit("papers", folder, within="0_0.1000_0.1000_1000"))  # an area of another snapshot's map
