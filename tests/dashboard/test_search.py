"""Search on the small corpus, by words and by meaning, with scores worked out by hand."""

from __future__ import annotations

from math import log
from typing import Any

import duckdb
import pandas as pd
import pytest

from dashboard import queries
from dashboard.filters import BOTH, MEANING, WORDS, Filters
from dashboard.queries import search
from dashboard.snapshot import Snapshot
from tests.dashboard import test_app
from tests.dashboard.test_app import Visit, control, everything, press, sound, tick

visit = test_app.visit
ALL = Filters()


def found(small: Snapshot, **asked: Any) -> str:
    """Ids of what is found, best first."""
    return " ".join(small.ask(queries.found, Filters(**asked), 100)["paper_id"])


# ---- by words ----


def test_words_score_by_bm25(small: Snapshot) -> None:
    # "pooling" stands in a2 alone, three times since in its title. Its 6 words are few: the 15 papers have 138 in all.
    scored = small.ask(search.by_words, ALL, "pooling", 10)
    idf = log(1 + (15 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 3 * 2.2 / (3 + 1.2 * (0.25 + 0.75 * 6 / (138 / 15)))
    assert scored.to_numpy().tolist() == [["a2", pytest.approx(expected)]]


def test_titles_count_more_than_abstracts_and_short_texts_more_than_long_ones(small: Snapshot) -> None:
    assert (
        found(small, find="graph", way=WORDS) == "a2 a6 a1 a4"
    )  # a1 has more words, a4 the word in its abstract
    assert found(small, find="attend to a GRAPH!", way=WORDS) == "a1 a2 a6 a4"


def test_words_find_nothing_where_none_of_them_stands(small: Snapshot) -> None:
    for nothing in ("xyzzy", "a", "?!", ""):
        assert found(small, find=nothing, way=WORDS) == ""


def test_only_papers_asked_for_are_found(small: Snapshot) -> None:
    assert found(small, find="graph", way=WORDS, organization="Alpha") == "a2 a6 a1"
    assert found(small, find="nodes", way=MEANING, topics=(-1,)) == "a4"


# ---- by meaning ----


def test_meaning_finds_papers_without_the_word(small: Snapshot) -> None:
    # "nodes" stands in a1 alone and means what "graph" does. Proteins lie between graphs and speech: a6, which is on
    # both, points to (1.6, 0.8), at a cosine of 0.894. Papers of which no word is known have no direction.
    scored = small.ask(search.by_meaning, ALL, "nodes", 10)
    assert scored["paper_id"].tolist() == ["a1", "a2", "a4", "a6", "a3", "b2"]
    assert scored["score"].tolist() == pytest.approx(
        [1, 1, 1, 1.6 / (1.6**2 + 0.8**2) ** 0.5, 0, 0], abs=0.005
    )


def test_meaning_finds_nothing_where_no_word_is_known(small: Snapshot) -> None:
    assert found(small, find="xyzzy", way=MEANING) == ""


# ---- both ----


def test_lists_are_joined_by_reciprocal_ranks() -> None:
    lists = {WORDS: pd.DataFrame({"paper_id": ["p", "q"]}), MEANING: pd.DataFrame({"paper_id": ["q", "r"]})}
    joined = search.fused(lists)
    assert joined["paper_id"].tolist() == ["q", "p", "r"]
    assert joined["score"].tolist() == pytest.approx([1 / 22 + 1 / 21, 1 / 21, 1 / 22])
    assert joined["by"].tolist() == [BOTH, WORDS, MEANING]


def test_what_both_ways_find_comes_first(small: Snapshot) -> None:
    rows = small.ask(queries.found, Filters(find="nodes"), 3)
    assert rows[["paper_id", "by"]].to_numpy().tolist() == [["a1", BOTH], ["a2", MEANING], ["a4", MEANING]]
    assert rows["title"][1] == "Graph pooling"


def test_papers_like_a_paper(small: Snapshot) -> None:
    # By the words of the title of a2: a6 a1 a4; by meaning a1 a4 a6 a3 b2, with a2 itself second in that list.
    assert found(small, like="a2") == "a1 a6 a4 a3 b2"
    assert found(small, like="a5") == ""  # of which no word is known
    assert found(small, like="nobody") == ""


def test_a_snapshot_older_than_search_cannot_be_searched() -> None:
    old = duckdb.connect()
    assert queries.searchable(old).to_numpy().tolist() == [[False, False]]


# ---- the page ----


def test_a_search_is_written_into_the_url_and_shows_the_best_first(visit: Visit) -> None:
    app = visit("papers")
    sound(control(app, "find").set_value("graph pooling").run())
    assert app.query_params == {"find": "graph pooling"}
    assert app.dataframe[0].value["title"].tolist()[0] == "Graph pooling"
    sound(control(app, "way").set_value(WORDS).run())
    assert app.query_params == {"find": "graph pooling", "way": "words"}
    assert app.subheader[0].value == "4 papers for “graph pooling”"
    press(app, "All papers")
    assert app.query_params == {"way": "words"}


def test_a_paper_that_was_found_leads_to_papers_like_it(visit: Visit) -> None:
    app = tick(visit("papers", find="pooling", way="words"), 0, 0)
    (link,) = [link for link in app.main.page_link if link.value == "Papers like it"]
    assert link.proto.query_string == "like=a2"
    app = visit("papers", like="a2")
    assert app.subheader[0].value == "5 papers like “Graph pooling”"


def test_a_search_that_finds_nothing_says_so(visit: Visit) -> None:
    app = visit("papers", find="xyzzy")
    assert any(line.startswith("Nothing was found. Try other words") for line in everything(app))
