"""The page of one topic: its queries, its words, what is said of it, and its charts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from dashboard import charts, queries, selection, story
from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import emerging, parts, topic
from dashboard.vocabulary import Vocabulary, vocabulary
from etl import contract
from etl.contract import FALLING, INSUFFICIENT, OUTLIER, RISING, STEADY
from etl.trends.newness import ACCELERATING, BORN, GROWING, OTHER
from tests.dashboard import corpus
from tests.dashboard.conftest import opened
from tests.dashboard.corpus import GRAPHS, PROTEINS, SPEECH

Rows = Callable[..., list[tuple[Any, ...]]]
NO_BREAK = "\N{NO-BREAK SPACE}"


def plain(sentence: str) -> str:
    """A sentence without its escapes, and with plain spaces."""
    return sentence.replace("\\", "").replace(NO_BREAK, " ")


# ---- queries ----


def test_what_was_published_of_a_topic(small: Snapshot) -> None:
    row = small.ask(queries.about, GRAPHS).iloc[0]
    assert (row["label"], row["area"], row["papers"]) == ("Graph networks", "Learning", 7)
    assert topic.neighbours(row) == [PROTEINS, SPEECH]
    assert small.ask(queries.about, 99).empty


def test_typical_papers_are_those_still_in_the_topic_in_their_order(small: Snapshot) -> None:
    def typical(limit: int = 9, **asked: Any) -> str:
        return " ".join(small.ask(queries.typical_papers, Filters(**asked), GRAPHS, limit)["paper_id"])

    assert typical() == "b1 a1 d1"  # a4 and b2 are in other topics now
    assert typical(limit=2) == "b1 a1"
    assert typical(date_until=date(2025, 1, 1)) == "a1"
    assert typical(topics=(SPEECH,)) == "b1 a1 d1"  # which topics the URL compares does not matter
    assert small.ask(queries.typical_papers, Filters(), SPEECH, 9).empty  # none were published


def test_telling_words_are_those_of_its_titles_and_of_few_others(small: Snapshot) -> None:
    found = small.ask(queries.title_words, Filters(), GRAPHS, 1, 10)
    # Seven titles, eight others: "attention" is in 1/7 and in (0 + 0.5) / (8 + 1) = 1/18 of them. "Graph" is in 2/7
    # and, with "Protein graph", in 1.5/9, which is less than twice; "paper" is in more of the others.
    words = dict(zip(found["word"], found["score"], strict=True))
    assert {word: words.get(word) for word in ("attention", "pooling", "graph", "paper")} == {
        "attention": pytest.approx(math.log(18 / 7) / 7),
        "pooling": pytest.approx(math.log(18 / 7) / 7),
        "graph": None,
        "paper": None,
    }
    assert small.ask(queries.title_words, Filters(), GRAPHS, 2, 10).empty  # each is in one title only
    assert len(small.ask(queries.title_words, Filters(), GRAPHS, 1, 1)) == 1


def test_terms_are_counted_as_whole_words_by_quarter(rows: Rows) -> None:
    first, second = date(2025, 1, 1), date(2025, 4, 1)  # April is cut, and alone in its quarter
    wanted = ("Graph", "attend to", "att", "graph-ATTENTION!")
    assert rows(queries.terms, Filters(), GRAPHS, wanted) == [
        ("Graph", first, 2, 4, False),  # a1 a2 of a1 a2 b1 b3
        ("Graph", second, 0, 2, True),
        ("attend to", first, 1, 4, False),  # in the abstract of a1
        ("attend to", second, 0, 2, True),
        ("att", first, 0, 4, False),
        ("att", second, 0, 2, True),
        ("graph-ATTENTION!", first, 1, 4, False),
        ("graph-ATTENTION!", second, 0, 2, True),
    ]
    # Of a quarter that the months asked for cut, only these months count.
    february = Filters(date_from=date(2025, 2, 1), date_until=date(2025, 2, 1))
    assert rows(queries.terms, february, GRAPHS, ("graph",)) == [("graph", first, 0, 2, True)]


def test_the_life_of_a_topic_is_told_by_its_events(rows: Rows) -> None:
    assert rows(queries.lineage, GRAPHS) == [(None, "born", GRAPHS, None, None)]
    assert rows(queries.lineage, 99) == []


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot in which only what a test writes stands."""
    with duckdb.connect(config={"python_enable_replacements": "false"}) as opened:
        for table in contract.TABLES:
            opened.execute(table.ddl)
        yield opened


def add_reading(
    connection: duckdb.DuckDBPyConnection,
    paper_id: str,
    age: str,
    upvotes: int,
    percentile: float | None,
    excess: float = 0.0,
) -> None:
    connection.execute(
        "INSERT INTO papers BY NAME SELECT $1 AS paper_id, $1 AS title_key, 'file' AS source, upper($1) AS title, "
        "7 AS topic_id, 1.0 AS topic_probability, 'r' AS run_id "
        "WHERE NOT EXISTS (FROM papers WHERE paper_id = $1)",
        [paper_id],
    )
    connection.execute(
        "INSERT INTO upvote_readings BY NAME SELECT ? AS paper_id, ? AS age, 1 AS age_days, ? AS upvotes, "
        "TIMESTAMP '2025-01-01' AS observed_at",
        [paper_id, age, upvotes],
    )
    connection.execute(
        "INSERT INTO paper_upvotes BY NAME SELECT ? AS paper_id, ? AS age, DATE '2025-01-06' AS week, 9 AS peers, "
        "? AS percentile, 1.0 AS expected, ? AS excess",
        [paper_id, age, percentile, excess],
    )


def test_upvoted_papers_are_ranked_at_the_age_that_most_were_read_at(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    add_reading(connection, "quiet", "settled", 900, 20.0)  # many upvotes, but more in its week had more
    add_reading(connection, "loud", "settled", 30, 95.0, excess=3.0)
    add_reading(connection, "louder", "settled", 25, 95.0, excess=8.0)  # above what was to be expected of it
    add_reading(connection, "alone", "settled", 99, None)  # too few papers that week
    add_reading(connection, "young", "listing", 5, 99.0)
    add_reading(connection, "loud", "listing", 3, 50.0)
    found = queries.upvoted_papers(connection, Filters().in_topic(7), 10)
    assert found["paper_id"].tolist() == ["louder", "loud", "quiet"]
    assert found[["upvotes", "percentile", "age"]].to_numpy().tolist() == [
        [25, 95.0, "settled"],
        [30, 95.0, "settled"],
        [900, 20.0, "settled"],
    ]
    assert queries.upvoted_papers(connection, Filters().in_topic(7), 1)["paper_id"].tolist() == ["louder"]
    assert queries.upvoted_papers(connection, Filters().in_topic(8), 10).empty


def test_of_two_ages_with_as_many_papers_the_older_counts(connection: duckdb.DuckDBPyConnection) -> None:
    add_reading(connection, "a", "listing", 5, 99.0)
    add_reading(connection, "b", "week", 6, 10.0)
    assert queries.upvoted_papers(connection, Filters().in_topic(7), 10)["paper_id"].tolist() == ["b"]


def test_a_snapshot_without_descriptions_has_none(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "INSERT INTO topics BY NAME SELECT 7 AS topic_id, 'A *b*' AS label, ['x', 'y'] AS keywords, 3 AS papers, "
        "'Area' AS area, 'Papers on x.' AS description"
    )
    told = topic.definition(queries.about(connection, 7).iloc[0])
    assert plain(told) == "Papers on x. Keywords: x, y. Area: Area."
    connection.execute("UPDATE topics SET description = NULL")
    assert plain(topic.definition(queries.about(connection, 7).iloc[0])) == "Keywords: x, y. Area: Area."
    connection.execute("ALTER TABLE topics DROP COLUMN description")
    assert plain(topic.definition(queries.about(connection, 7).iloc[0])) == "Keywords: x, y. Area: Area."
    assert topic.neighbours(queries.about(connection, 7).iloc[0]) == []


# ---- the same for a part of the corpus ----


def test_newness_is_published_for_all_papers_and_made_anew_for_a_part(moving: Snapshot) -> None:
    published = selection.newness(moving, Filters())
    anew = selection.newness(moving, Filters(text="paper"))  # in every title
    assert_frame_equal(anew, published, check_dtype=False, check_like=True)
    first = published.iloc[0]
    # 39 of 240 papers in the last three complete months, 23 of 400 in the five before.
    assert (first["topic_id"], first["papers"]) == (3, 65)
    assert first["growth"] == pytest.approx((39 / 240) / (23 / 400))
    assert first["score"] == first["growth_low"] > 1
    assert first["kind"] in story.NEW
    assert emerging.emerging(published, Filters())["topic_id"].tolist() == [3]
    assert emerging.emerging(published, Filters(topics=(5, 8))).empty


def test_too_few_months_tell_nothing_new(small: Snapshot, moving: Snapshot) -> None:
    assert selection.newness(small, Filters()).empty
    assert selection.newness(moving, Filters(date_from=date(2025, 5, 1))).empty  # four complete months


def test_forecasts_made_anew_equal_the_published_ones(moving: Snapshot) -> None:
    published = selection.forecasts(moving, Filters())
    anew = selection.forecasts(moving, Filters(text="paper"))
    assert len(published) == len(anew) == 0 or published["share"].tolist() == pytest.approx(
        anew["share"].tolist()
    )


# ---- words ----

QUARTERS = [date(year, month, 1) for year in (2023, 2024) for month in (1, 4, 7, 10)]
AGENTS = (2, 4, 6, 8, 10, 12, 14, 16)  # of 20 papers a quarter


def worded() -> Iterator[corpus.Row]:
    """Two years of a topic in which "agents" come up, "parsing" goes and "neural" keeps its place; and other papers."""
    for quarter, agents in zip(QUARTERS, AGENTS, strict=True):
        for number in range(20):
            words = ["neural"] if number % 2 else []
            words.append("agents" if number < agents else "parsing")
            title = f"{' '.join(words)} in {quarter:%B %Y} {number}"
            yield corpus.Row(f"t{quarter}-{number}", quarter.isoformat(), None, 4, title=title)
            other = f"something else {quarter:%B %Y} {number}"
            yield corpus.Row(f"o{quarter}-{number}", quarter.isoformat(), None, 5, title=other)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    folder: Path = tmp_path_factory.mktemp("words")
    known = [
        corpus.Topic(4, "Language", ("neural", "tree banks"), "A"),
        corpus.Topic(5, "Others", ("else",), "B"),
    ]
    corpus.publish_corpus(folder, list(worded()), known, {"file": (date(2023, 1, 1), date(2025, 1, 1))})
    yield from opened(folder)


def test_words_that_come_up_and_go_are_told_from_those_that_stay(words: Snapshot) -> None:
    found = vocabulary(words, Filters(), 4, ["neural", "tree banks"])
    assert found.terms["term"].tolist() == ["agents", "neural", "tree banks", "parsing"]
    assert found.moving(RISING) == ["agents"]
    assert found.moving(FALLING) == ["parsing"]
    signals = found.terms.set_index("term")["signal"]
    assert signals["neural"] == INSUFFICIENT  # 10 of 20 in each quarter, which is too few to call it steady
    assert signals["tree banks"] == INSUFFICIENT  # in no paper
    assert found.terms["papers"].tolist() == [72, 80, 0, 88]
    assert (found.first, found.last) == (pd.Timestamp("2023-01-01"), pd.Timestamp("2024-10-01"))
    assert story.shift(found) == "“agents” came up, “parsing” went"


def test_the_share_of_papers_with_a_term_is_that_of_the_topic(words: Snapshot) -> None:
    found = vocabulary(words, Filters(), 4, ["neural"])
    assert found.span == "quarter"
    agents = found.periods[found.periods["term"] == "agents"]
    assert agents["period"].tolist()[:5] == ["2023 Q1", "2023 Q2", "2023 Q3", "2023 Q4", "2024 Q1"]
    assert agents["papers"].tolist() == list(AGENTS)
    assert agents["share"].tolist() == pytest.approx([number / 20 for number in AGENTS])
    assert not agents["partial"].any()


def test_quarters_cut_by_the_months_asked_for_are_shown_and_not_judged(words: Snapshot) -> None:
    asked = Filters(date_from=date(2023, 2, 1), date_until=date(2024, 11, 1))
    found = vocabulary(words, asked, 4, ["neural"])
    assert (found.first, found.last) == (pd.Timestamp("2023-04-01"), pd.Timestamp("2024-07-01"))
    neural = found.periods[found.periods["term"] == "neural"].set_index("period")
    assert neural["partial"].tolist() == [True, *[False] * 6, True]
    assert math.isnan(neural["share"]["2023 Q1"])  # its papers are of January


def test_without_words_nothing_is_shown_and_nothing_fails(small: Snapshot) -> None:
    found = vocabulary(small, Filters(text="xyzzy"), GRAPHS, [])
    assert found.terms.empty
    assert found.first is None


def test_long_histories_are_shown_by_half_years_and_years() -> None:
    from dashboard.vocabulary import _periods, _Quarters, _span  # noqa: PLC0415

    assert [_span(quarters) for quarters in (0, 8, 9, 16, 17, 60)] == [
        "quarter",
        "quarter",
        "half-year",
        "half-year",
        "year",
        "year",
    ]
    calendar = _Quarters(
        starts=pd.date_range("2024-04-01", periods=5, freq="QS").to_numpy(),
        topic_papers=np.array([10, 10, 10, 10, 0]),
        partial=np.array([False, False, False, True, False]),
    )
    papers = np.array([[1, 2, 3, 4, 5], [0, 1, 0, 1, 0]])
    both = _periods(calendar, papers, ["x", "y"], "half-year")
    assert both["term"].tolist() == ["x"] * 3 + ["y"] * 3
    assert both["papers"].tolist() == [1, 5, 9, 0, 1, 1]
    halves = both[both["term"] == "x"]
    assert halves["share"].tolist() == [0.1, 0.25, 0.9]
    assert halves["period"].tolist() == ["2024 H1", "2024 H2", "2025 H1"]
    assert halves["papers"].tolist() == [1, 5, 9]
    assert halves["partial"].tolist() == [True, False, True]  # half of the first is missing
    years = _periods(calendar, papers[:1], ["x"], "year")
    assert years[["period", "papers", "topic_papers"]].to_numpy().tolist() == [
        ["2024", 6, 30],
        ["2025", 9, 10],
    ]


# ---- sentences ----


def verdict_row(**changes: Any) -> pd.Series:
    row = {
        "signal": RISING,
        "change": 2.4,
        "change_low": 1.6,
        "change_high": 3.5,
        "share_start": 0.011,
        "share_end": 0.026,
        "q_value": 0.0123,
        "window_papers": 143,
        "window_start": pd.Timestamp("2024-04-01"),
        "window_end": pd.Timestamp("2025-03-01"),
    }
    return pd.Series({**row, **changes})


def test_a_verdict_says_how_much_how_sure_and_over_what() -> None:
    told = plain(story.verdict(verdict_row(), "all papers"))
    assert told == (
        "**▲ Rising.** In Apr 2024 to Mar 2025 its share of all papers went from 1.1 % to 2.6 %: 2.4 times what it was "
        "(95 % interval 1.6 to 3.5). 143 papers in the window; q = 0.012, where at most 5 % of the topics called "
        "moving are expected not to be."
    )
    assert plain(story.headline(verdict_row(), CHANGES)) == "Its share rose from 1.1 % to 2.6 %"


@pytest.mark.parametrize(
    ("changes", "headline", "told"),
    [
        ({"signal": FALLING}, "Its share fell from 1.1 % to 2.6 %", "**▼ Falling.** In Apr 2024"),
        (
            {"signal": STEADY, "q_value": 0.8},
            "Its share held steady at about 2.6 %",
            "which leaves no room for a change by half. 143 papers in the window; q = 0.80.",
        ),
        (
            {"signal": INSUFFICIENT, "q_value": 0.0004},
            "Whether its share changed cannot be told",
            "it may have moved, or not. 143 papers in the window; q < 0.001.",
        ),
        (
            {"signal": INSUFFICIENT, "change": math.nan, "window_papers": 1},
            "Whether its share changed cannot be told",
            "**○ Too few papers to tell.** It has 1 paper in Apr 2024 to Mar 2025; no slope can be fitted to so few.",
        ),
        (
            {"signal": INSUFFICIENT, "change": math.nan, "window_start": pd.NaT, "window_end": pd.NaT},
            "Whether its share changed cannot be told",
            "No month is complete yet, so nothing can be said of its trend.",
        ),
    ],
)
def test_every_verdict_has_its_words(changes: dict[str, Any], headline: str, told: str) -> None:
    assert plain(story.headline(verdict_row(**changes), CHANGES.head(0))) == headline
    assert told in plain(story.verdict(verdict_row(**changes), "all papers"))


def attribution_rows(*contributors: tuple[str, str, float]) -> pd.DataFrame:
    corpus_row = {
        "kind": "corpus",
        "name": None,
        "papers_before": 30,
        "papers_after": 61,
        "gained_by_corpus": 12.4,
        "gained_by_share": 18.6,
        "change": 2.0,
        "part": math.nan,
    }
    named = [
        {"kind": kind, "name": name, "part": part, "change": 2.0, "change_without": 1.1}
        for kind, name, part in contributors
    ]
    periods = {"period_start": "2024-04-01", "period_middle": "2024-10-01", "period_end": "2025-04-01"}
    rows = pd.DataFrame([corpus_row, *named])
    return rows.assign(**{name: pd.Timestamp(day) for name, day in periods.items()})


def test_a_change_is_split_into_what_the_corpus_and_what_the_share_did() -> None:
    (told,) = story.attribution(attribution_rows(), moves=True)
    assert told == (
        "It had 30 papers in Apr 2024 to Sep 2024 and 61 in Oct 2024 to Mar 2025: +12 because the whole corpus "
        "changed, +19 because its share did."
    )
    rows = attribution_rows().assign(gained_by_corpus=-3.2, gained_by_share=0.2)
    assert (
        "\N{MINUS SIGN}3 because the whole corpus changed, 0 because"
        in story.attribution(rows, moves=True)[0]
    )
    assert story.attribution(attribution_rows().head(0), moves=True) == []


def test_a_change_that_hangs_on_one_contributor_says_so() -> None:
    rows = attribution_rows(("author", "Ada", 0.4), ("organization", "La*b", 0.6))
    told = plain(story.attribution(rows, moves=True)[1])
    assert told == (
        "**Take care:** most of the change goes with the organisation La*b. Without those papers the share came to 1.1 "
        "times what it was from half-year to half-year, with them to 2.0."
    )
    told = story.attribution(attribution_rows(("day", "2025-01-09", 0.25)), moves=True)[1]
    assert "the day of listing 9 Jan 2025 has the largest part, 25" in plain(told)
    assert len(story.attribution(attribution_rows(("author", "Ada", -0.2)), moves=True)) == 1  # held it back
    assert len(story.attribution(rows, moves=False)) == 1  # there may be no change to carry


CHANGES = pd.DataFrame(
    {
        "topic_id": [4, 4],
        "kind": ["burst", "fall"],
        "started_on": pd.to_datetime(["2025-02-01", "2025-04-01"]),
        "ended_on": pd.to_datetime(["2025-03-01", None]),
        "known_on": pd.to_datetime(["2025-03-01", "2025-05-01"]),
        "months": [2, 2],
        "share_before": [0.02, 0.09],
        "share": [0.09, 0.03],
    }
)


def test_a_movement_that_ended_before_the_window_is_the_headline_where_nothing_moves_within_it() -> None:
    still = verdict_row(signal=INSUFFICIENT)
    assert plain(story.headline(still, CHANGES)) == "Its share fell to 3.0 % in Apr 2025, from 9.0 %"
    assert plain(story.headline(still, CHANGES.head(1))) == "Its share rose to 9.0 % in Feb 2025, from 2.0 %"


def test_changes_of_level_are_told_with_when_they_were_known() -> None:
    assert plain(story.changes(CHANGES)) == (
        "Changes of level: ◆ burst in Feb 2025 from 2.0 % to 9.0 %, until Mar 2025; known by Mar 2025; "
        "▼ fall in Apr 2025 from 9.0 % to 3.0 %; known by May 2025."
    )
    assert "one level all along" in story.changes(CHANGES.head(0))


FORECAST = pd.DataFrame(
    {
        "topic_id": [4],
        "quarter_start": [pd.Timestamp("2025-06-01")],
        "quarter_end": [pd.Timestamp("2025-08-01")],
        "share": [0.05],
        "share_low": [0.03],
        "share_high": [0.08],
        "skill": [0.12],
        "tests": [6],
        "shown": [True],
    }
)


def test_a_forecast_is_told_with_how_good_such_forecasts_were_or_why_not() -> None:
    assert plain(story.forecast(FORECAST)) == (
        "Forecast for Jun 2025 to Aug 2025: 5.0 % (80 % interval 3.0 % to 8.0 %). On past quarters of this topic, "
        "forecasts erred 12 % less than repeating the last share."
    )
    assert "no better than repeating" in story.forecast(FORECAST.assign(shown=False))
    for none in (FORECAST.assign(tests=0), FORECAST.head(0), pd.DataFrame()):
        assert story.forecast(none) == "There are too few complete months to forecast from."


def newness_row(**changes: Any) -> pd.Series:
    row = {
        "kind": GROWING,
        "score": 1.5,
        "growth": 2.3,
        "growth_low": 1.5,
        "growth_high": 3.6,
        "born_on": pd.NaT,
    }
    return pd.Series({**row, **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {},
            "**▲ Growing.** Its share in the last quarter is surely 1.5 times or more what it was in the year before; "
            "best estimate 2.3 times, 95 % interval 1.5 to 3.6.",
        ),
        (
            {
                "kind": BORN,
                "born_on": pd.Timestamp("2024-10-01"),
                "score": 0.4,
                "growth": 0.85,
                "growth_low": 0.4,
            },
            "**✦ Born in Oct 2024.** Whether it grew lately cannot be told: its share in the last quarter came to 0.85 "
            "times that of the year before (95 % interval 0.40 to 3.6).",
        ),
        (
            {"kind": ACCELERATING, "growth": math.inf, "growth_high": math.inf},
            "**⇈ Accelerating.** Its share in the last quarter is surely 1.5 times or more what it was in the year "
            "before, when it had no paper.",
        ),
        ({"kind": OTHER}, ""),
    ],
)
def test_what_is_new_is_told_by_what_is_sure(changes: dict[str, Any], told: str) -> None:
    assert story.newness(newness_row(**changes)) == told


def test_a_headline_counts_each_kind() -> None:
    def said(*kinds: str) -> str:
        return emerging.headline(pd.DataFrame({"kind": list(kinds)}))

    assert said(GROWING) == "1 topic grows"
    assert said(GROWING, BORN, GROWING) == "1 topic was born and 2 grow"
    assert said(BORN, BORN, ACCELERATING, GROWING) == "2 topics were born, 1 accelerates and 1 grows"


def test_a_life_is_told_from_either_side() -> None:
    events = pd.DataFrame(
        [
            ("2024-01-02", "split", 4, 1, 0.4),
            ("2024-02-02", "kept", 4, 4, 0.8),
            ("2024-03-02", "kept", 4, 4, 0.93),
            ("2024-03-02", "merged", 4, 9, 0.2),
            ("2024-03-02", "split", 6, 4, 0.3),
        ],
        columns=["on", "event", "topic_id", "from_topic_id", "overlap"],
    ).assign(on=lambda rows: pd.to_datetime(rows["on"]))
    told = story.lineage(events, 4, {1: "Gra*phs", 4: "Own", 6: "Six"})
    assert [plain(clause) for clause in told] == [
        "split off from Gra*phs on 2 Jan 2024",
        "took in topic 9 (no longer there) on 2 Mar 2024",
        "Six split off from it on 2 Mar 2024",
        "kept through 2 refits, the last time with 93 % of their papers in common",
    ]
    assert [plain(clause) for clause in story.lineage(events[3:4], 9, {4: "Own"})] == [
        "went into Own on 2 Mar 2024"
    ]
    born = pd.DataFrame([(None, "born", 4, None, None)], columns=events.columns)
    assert story.listed(story.lineage(born, 4, {})) == "First found."
    assert story.listed([]) == ""


# ---- charts ----


def shares_of(moving: Snapshot, chosen: int = 3) -> pd.DataFrame:
    return selection.shares(moving, Filters(topics=(chosen,)))


def named(figure: Any, name: str) -> Any:
    (trace,) = (trace for trace in figure.data if trace.name == name)
    return trace


def test_a_share_starts_at_zero_and_its_partial_month_hangs_on_dots(moving: Snapshot) -> None:
    figure = charts.share_over_time(shares_of(moving), pd.DataFrame(), pd.DataFrame())
    assert figure.layout.yaxis.range[0] == 0
    complete, partial = named(figure, "complete"), named(figure, "partial")
    counts = corpus.MOVING_COUNTS[3]
    assert list(complete.y[:8]) == pytest.approx([count / 80 for count in counts[:8]])
    assert math.isnan(complete.y[8])
    assert partial.line.dash == "dot"
    assert list(partial.y[7:]) == pytest.approx([16 / 80, 3 / 10])
    assert "rgba" in named(figure, "band").fillcolor
    (label,) = figure.layout.annotations
    assert plain(label.text).endswith("20 %<br>in Aug 2025")


def test_changes_of_level_are_marked_where_they_began_and_as_long_as_they_last(moving: Snapshot) -> None:
    figure = charts.share_over_time(shares_of(moving), CHANGES, pd.DataFrame())
    uprights = [shape for shape in figure.layout.shapes if shape.type == "line" and shape.line.dash == "dot"]
    levels = [shape for shape in figure.layout.shapes if shape.name == "level"]
    half = pd.Timedelta(days=15)
    assert [shape.x0 for shape in uprights] == [
        pd.Timestamp("2025-02-01") - half,
        pd.Timestamp("2025-04-01") - half,
    ]
    assert [(shape.y0, shape.x1) for shape in levels] == [
        (0.09, pd.Timestamp("2025-03-01") + half),
        (0.03, pd.Timestamp("2025-08-01") + half),  # it lasts to the last complete month
    ]
    assert [note.text for note in figure.layout.annotations[:2]] == ["◆ Feb 25", "▼ Apr 25"]


def test_a_change_before_the_months_shown_is_not_drawn(moving: Snapshot) -> None:
    late = selection.shares(moving, Filters(topics=(3,), date_from=date(2025, 3, 1)))
    figure = charts.share_over_time(late, CHANGES, pd.DataFrame())
    assert [note.text for note in figure.layout.annotations[:-1]] == ["▼ Apr 25"]


def test_a_forecast_is_a_box_with_a_dashed_line_only_where_it_is_worth_showing(moving: Snapshot) -> None:
    shown = FORECAST.assign(quarter_start=pd.Timestamp("2025-09-01"), quarter_end=pd.Timestamp("2025-11-01"))
    figure = charts.share_over_time(shares_of(moving), pd.DataFrame(), shown.assign(share_high=0.9))
    box, ahead = named(figure, "forecast interval"), named(figure, "forecast")
    assert list(box.y) == [0.03, 0.03, 0.9, 0.9]
    assert list(ahead.y) == [0.05, 0.05]
    assert ahead.line.dash == "dash"
    assert figure.layout.yaxis.range[1] > 0.9
    assert pd.Timestamp(figure.layout.xaxis.range[1]) > pd.Timestamp("2025-11-01")
    assert "forecast" in figure.layout.annotations[-1].text
    hidden = charts.share_over_time(shares_of(moving), pd.DataFrame(), shown.assign(shown=False))
    assert not [trace for trace in hidden.data if trace.name.startswith("forecast")]


def test_a_sparkline_is_the_same_line_on_its_own_scale(moving: Snapshot) -> None:
    shares = shares_of(moving, 9)
    figure = charts.sparkline(shares)
    assert list(named(figure, "points").y) == pytest.approx(shares["share"].tolist())
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] == pytest.approx(1.1 * shares["share_high"][:8].max())


def test_words_stand_from_the_top_with_their_shares_and_signs(words: Snapshot) -> None:
    found = vocabulary(words, Filters(date_until=date(2024, 11, 1)), 4, ["neural"])
    signals = dict(zip(found.terms["term"], found.terms["signal"], strict=True))
    before = found.periods.copy()
    figure = charts.words(found.periods, signals)
    assert_frame_equal(found.periods, before)
    cells, written = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["agents ▲", "neural", "parsing ▼"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first is on top
    assert list(cells.z[0][:7]) == pytest.approx([number / 20 for number in AGENTS[:7]])
    assert list(cells.x[-2:]) == ["2024<br>Q3", "2024<br>Q4*"]  # December was not asked for
    assert cells.customdata[0][0] == "2 of 20 papers"
    assert (written.x[0], written.y[0], written.text[0]) == (cells.x[0], 0, "10%")
    assert len(written.text) == 3 * 8


def test_a_hostile_term_is_written_as_it_is() -> None:
    periods = pd.DataFrame(
        {
            "term": ["<b>x</b>"],
            "start": [pd.Timestamp("2024-01-01")],
            "period": ["2024"],
            "papers": [1],
            "topic_papers": [2],
            "share": [0.5],
            "partial": [False],
        }
    )
    figure = charts.words(periods, {"<b>x</b>": RISING})
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;x&lt;/b&gt; ▲"
    assert figure.data[0].text[0][0] == "&lt;b&gt;x&lt;/b&gt;"


def test_a_share_is_spoken_for_those_who_cannot_see_it(moving: Snapshot) -> None:
    told = plain(topic.spoken(shares_of(moving, 5)))
    assert told == (
        "Share of Sinking ships by month: 20 % in Jan 2025, 2.5 % in Aug 2025, highest in Jan 2025 with 20 %."
    )
    cut = shares_of(moving, 5).tail(1)
    assert topic.spoken(cut) == "Share of Sinking ships by month; no month is complete."


# ---- which topic ----


def test_the_topic_is_that_of_the_url_else_of_the_filters_else_the_strongest_mover(moving: Snapshot) -> None:
    every = selection.topics(moving, Filters())
    assert topic.choose(Filters(topic=9, topics=(8,)), every) == 9
    assert topic.choose(Filters(topics=(OUTLIER, 8)), every) == 8
    assert topic.choose(Filters(topics=(OUTLIER,)), every) == topic.choose(Filters(), every)
    assert topic.choose(Filters(), every) in (3, 5)


def test_the_months_of_a_verdict_are_no_clock(moving: Snapshot) -> None:
    row = selection.topics(moving, Filters()).set_index("topic_id").loc[3]
    assert isinstance(row["window_end"], datetime)
    assert plain(story.verdict(row, "all papers")).startswith(
        "**▲ Rising.** In Jan 2025 to Aug 2025 its share of all papers went from 3.0 %"
    )


def test_the_words_of_a_vocabulary_are_named_three_at_most() -> None:
    terms = pd.DataFrame({"term": list("abcd"), "signal": [RISING] * 4})
    found = Vocabulary(terms, pd.DataFrame(), "quarter", None, None)
    assert story.shift(found) == "“a”, “b” and “c” came up"
    assert story.shift(Vocabulary(terms.head(0), pd.DataFrame(), "year", None, None)) == (
        "Which of its words come or go cannot be told"
    )


def test_the_file_of_a_list_names_authors(small: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[Callable[[], pd.DataFrame]] = []
    monkeypatch.setattr(parts, "download", lambda label, make, name: files.append(make))
    listed = small.ask(queries.nameless_papers, Filters(sort="oldest"), 3)
    parts.paper_list(small, listed, "a_list", ["title"])
    (make,) = files
    whole = small.ask(queries.papers, Filters(sort="oldest"), 3)
    assert make()["authors"].tolist() == whole["authors"].tolist()
