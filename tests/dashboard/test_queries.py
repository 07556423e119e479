"""Every query on the small corpus, with numbers worked out by hand from the table in `tests.dashboard.corpus`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import duckdb
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from dashboard import counts, queries
from dashboard.counts import TEAM_BINS
from dashboard.filters import COMMENTS, NEW, NEWEST, RETURNING, TYPICAL, UPVOTES, Filters, Range
from dashboard.queries.prepared import Connection
from dashboard.queries.upvotes import BINS
from dashboard.snapshot import Snapshot
from etl.contract import AGES, OUTLIER
from tests.dashboard.corpus import GRAPHS, HOSTILE, PROTEINS, SPEECH

Rows = Callable[..., list[tuple[Any, ...]]]
Ids = Callable[..., str]

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in (1, 2, 3, 4))
NOTHING = Filters(text="xyzzy")


def approx(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows whose fractions may differ in the last digits."""
    return [tuple(pytest.approx(cell) if isinstance(cell, float) else cell for cell in row) for row in rows]


# ---- which papers match ----


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "a1 a2 a3 a4 a5 a6 b1 b2 b3 b4 c1 c2 c3 d1 d2"),
        ({"topics": (GRAPHS,)}, "a1 a2 b1 b3 c1 c3 d1"),
        ({"topics": (OUTLIER,)}, "a4 b4 d2"),
        ({"topics": (SPEECH, PROTEINS)}, "a3 a5 a6 b2 c2"),
        ({"topics": ()}, "a1 a2 a3 a4 a5 a6 b1 b2 b3 b4 c1 c2 c3 d1 d2"),  # none chosen narrows nothing
        ({"assigned": True}, "a1 a2 a3 a5 a6 b1 b2 b3 c1 c2 c3 d1"),
        # Months: both included, and no paper without a date.
        ({"date_from": FEBRUARY}, "b1 b2 b3 b4 c1 c2 c3"),
        ({"date_until": JANUARY}, "a1 a2 a3 a4 a5 a6"),  # 31 January with it
        ({"date_from": MARCH, "date_until": MARCH}, ""),
        ({"organization": "Beta"}, "a3 a5 b2"),
        ({"organization": "beta"}, ""),  # as the source spells it
        ({"author": "Ada"}, "a1 a2 b1 c1 d1"),
        ({"author": "Eve"}, "c1"),  # on a4 she is hidden
        ({"author": "Zoe"}, ""),
        # Words: all of them, in title or abstract, whatever their case, and never as patterns.
        ({"text": "graph"}, "a1 a2 a4 a6"),
        ({"text": "GRAPH nodes"}, "a1"),
        ({"text": "graph speech"}, ""),
        ({"text": "%"}, ""),
        ({"text": "gr_ph"}, ""),
        ({"text": "'); DROP TABLE papers; --"}, ""),
        ({"text": "$5 <b>"}, "b2"),
        # Upvotes: the freshest count, or the one read at an age; what was never read stays out.
        ({"upvotes_from": 0}, "a1 a2 a3 a4 a6 b1 b2 b3 c1 c2 c3 d1 d2"),
        ({"upvotes_from": 28}, "a6 b2 b3 d1"),
        ({"upvotes_from": 7, "age": "listing"}, "b1 b2 b3"),
        ({"age": "week"}, "a1 a6 c2"),
        ({"age": "early"}, "a1 a2 c1"),
        ({"upvotes": Range(5, 7), "age": "listing"}, "a4 b1 b2"),
        ({"upvotes": Range(201, None), "age": "listing"}, "b3"),
        ({"upvotes": Range(None, 1)}, "a3 c3"),
        # Teams: as counted by the source, hidden members among them.
        ({"team": Range(1, 1)}, "a3 b2 c3 d1 d2"),
        ({"team": Range(3, 5)}, "a2 a4 b3 c2"),
        ({"team": Range(51, None)}, "b4"),
        ({"team": Range(0, None)}, "a1 a2 a3 a4 a6 b1 b2 b3 b4 c1 c2 c3 d1 d2"),  # known
        # An area of the map, where a paper lies at its topic's number and its probability.
        ({"within": ((-0.5, 0.45), (1.5, 0.45), (1.5, 1.0), (-0.5, 1.0))}, "a1 a3 a5 b1 b2 b3 c1 c3 d1"),
        ({"within": ((-0.5, 0.3), (0.5, 0.3), (0.5, 0.55))}, "a2"),  # a triangle; at x = 0 it ends at 0.425
        ({"within": ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0))}, ""),
        # Weekdays of listing, else of publication.
        ({"weekday": 1}, "a1 b1 b3 c3"),
        ({"weekday": 3}, "a2 a3 a4 c2 d2"),
        ({"weekday": 5}, "a5 a6 b4"),
        ({"weekday": 7}, ""),
        # Names that are new in a month of the whole corpus: Gus, Hal, Ida in February (BO is Bo); in April all but Ada.
        ({"newcomers": NEW}, "a1 a2 a3 a4 a6 b1 b2 b3 b4 c1 c2 c3"),
        ({"newcomers": RETURNING}, "b1 b3 b4 c1"),
        # A settled count above 0, and one read so many days after listing.
        ({"followed": 0}, "a1 a2 a4 b1 b2 b3"),
        ({"followed": 14}, "a2 a6 b1 b3"),
        ({"followed": 30}, ""),  # a3 settles at 0
        ({"followed": 1}, "a1"),  # c1 has not settled
    ],
)
def test_a_filter_finds_exactly_these_papers(ids: Ids, asked: dict[str, Any], found: str) -> None:
    assert ids(**asked) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"organization": "Alpha", "topics": (GRAPHS,)}, "a1 a2 b1 c1 d1"),
        ({"organization": "Alpha", "topics": (GRAPHS,), "date_from": FEBRUARY}, "b1 c1"),
        ({"organization": "Alpha", "topics": (GRAPHS,), "date_from": FEBRUARY, "upvotes_from": 10}, "b1"),
        ({"author": "Ada", "date_until": JANUARY, "text": "graph"}, "a1 a2"),
        ({"author": "Cy", "newcomers": NEW, "date_from": FEBRUARY}, "b3"),
        ({"weekday": 1, "age": "settled", "upvotes": Range(11, 15)}, "b1"),
        ({"team": Range(2, 3), "followed": 14}, "a2 b1"),
        ({"topics": (GRAPHS, OUTLIER), "assigned": True, "weekday": 3}, "a2"),
        ({"author": "Ada", "organization": "Beta"}, ""),
    ],
)
def test_filters_together_find_what_each_of_them_finds(ids: Ids, asked: dict[str, Any], found: str) -> None:
    assert ids(**asked) == found
    alone = [set(ids(**{name: value}).split()) for name, value in asked.items() if name != "age"]
    assert set(found.split()) <= set.intersection(*alone)


def test_counting_and_listing_agree(rows: Rows, ids: Ids) -> None:
    for asked in ({}, {"age": "listing"}, {"organization": "Beta"}, {"text": "xyzzy"}):
        assert rows(queries.count_papers, Filters(**asked)) == [(len(ids(**asked).split()),)]


# ---- papers ----


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (NEWEST, "c3 c2 c1 b4 b3 b2 b1 a5 a6 a4 a2 a3 a1 d1 d2"),  # of one day by id; without a date last
        (
            UPVOTES,
            "b3 a6 d1 b2 a4 b1 a1 c1 a2 d2 c2 c3 a3 b4 a5",
        ),  # 500 100 33 28 20 14 10 9 6 4 3 1 0, unknown
        (
            COMMENTS,
            "a3 b2 a1 a4 b3 b1 a6 a2 c2 c1 c3 b4 d1 d2 a5",
        ),  # 30 28 20 15 14 14 14 14 5 1 0 0 0 0, unknown
        (TYPICAL, "b1 a1 c3 c2 c1 b3 b2 a5 a6 a3 d1 a2 b4 a4 d2"),  # .9 .9, nine times .5, .4, and no topic
    ],
)
def test_papers_come_in_the_order_asked_for(small: Snapshot, sort: str, order: str) -> None:
    assert " ".join(small.ask(queries.papers, Filters(sort=sort), 100)["paper_id"]) == order


def test_a_page_of_papers_continues_where_the_one_before_ended(small: Snapshot) -> None:
    pages = [
        small.ask(queries.papers, Filters(), 4, offset)["paper_id"].tolist() for offset in (0, 4, 12, 16)
    ]
    assert pages == [["c3", "c2", "c1", "b4"], ["b3", "b2", "b1", "a5"], ["a1", "d1", "d2"], []]


def test_a_paper_in_the_list_has_what_the_reader_is_told(rows: Rows) -> None:
    assert rows(queries.papers, Filters(text="attention"), 1) == [
        (
            "a1",
            "Graph attention",
            date(2025, 1, 6),
            date(2025, 1, 6),
            GRAPHS,
            "Graph networks",
            2,
            10,
            20,
            "Alpha",
            "https://example.org/a1",
            "Ada, Bo",
        )
    ]


def test_papers_without_names_are_the_same_but_for_them(small: Snapshot) -> None:
    whole = small.ask(queries.papers, Filters(sort="upvotes"), 9)
    assert_frame_equal(
        small.ask(queries.nameless_papers, Filters(sort="upvotes"), 9), whole.drop(columns="authors")
    )


def test_with_an_age_counters_are_those_read_then(small: Snapshot) -> None:
    listed = small.ask(queries.papers, Filters(age="listing", author="Ada", sort="oldest"), 9)
    assert listed[["paper_id", "upvotes", "comments"]].to_numpy().tolist() == [
        ["a1", 2, 0],
        ["a2", 0, 0],
        ["b1", 7, 0],
    ]


def test_of_the_authors_three_are_named_and_the_others_counted(small: Snapshot) -> None:
    listed = small.ask(queries.papers, Filters(), 100).set_index("paper_id")["authors"]
    named = {paper_id: listed[paper_id] for paper_id in ("a2", "a4", "a6", "b3", "b4", "c2")}
    assert named == {
        "a2": "Ada, Ada, Cy",  # as given
        "a4": "Cy, Dee and 2 more",  # hidden ones are counted, not named
        "a6": "Fay and 11 more",  # the source counts twelve
        "b3": "Bo, Cy, Dee and 2 more",
        "b4": "Ida, BO and 58 more",
        "c2": "Jon, Kim, Lea and 1 more",
    }
    assert listed.isna()["a5"]


def test_only_a_link_that_a_browser_opens_safely_is_given(small: Snapshot) -> None:
    listed = small.ask(queries.papers, Filters(), 100).set_index("paper_id")["url"]
    assert listed["a1"] == "https://example.org/a1"
    assert listed.isna()["a2"]  # javascript:
    assert small.ask(queries.paper, "a2")["url"].isna().all()


def test_one_paper_in_full(rows: Rows) -> None:
    assert rows(queries.paper, "a4") == [
        (
            "Odd one out",
            "About a graph.",
            date(2025, 1, 15),
            None,
            OUTLIER,
            "No topic",
            None,
            20,
            15,
            datetime(2025, 1, 30, 12),
            4,
            ["Cy", "Dee"],
            None,
        )
    ]
    assert rows(queries.paper, "b2")[0][0] == HOSTILE
    assert rows(queries.paper, "a5")[0][-3:] == (None, None, None)  # no team, no names, no page
    assert rows(queries.paper, "x' OR 1 = 1 --") == []


# ---- the corpus ----


def test_the_summary_counts_papers_and_what_is_odd_about_them(rows: Rows) -> None:
    seen = datetime(2025, 4, 14, 12)
    assert rows(queries.summary, Filters()) == [(15, 2, 3, date(2025, 1, 6), date(2025, 4, 14), seen, 15, 2)]
    assert rows(queries.summary, Filters(organization="Beta")) == [
        (3, 0, 0, date(2025, 1, 7), date(2025, 2, 4), datetime(2025, 3, 4, 12), 15, 2)
    ]
    assert rows(queries.summary, NOTHING) == [(0, 0, 0, None, None, None, 15, 2)]


def test_the_calendar_has_every_month_and_says_which_are_cut(rows: Rows) -> None:
    assert rows(queries.calendar) == [(JANUARY, False), (FEBRUARY, False), (MARCH, False), (APRIL, True)]


def test_a_month_without_papers_is_present_with_zero(rows: Rows) -> None:
    assert rows(counts.months, Filters()) == [
        (JANUARY, 6, 1, False),
        (FEBRUARY, 4, 1, False),
        (MARCH, 0, 0, False),
        (APRIL, 3, 0, True),
    ]
    assert rows(counts.months, Filters(organization="Beta")) == [
        (JANUARY, 2, 0, False),
        (FEBRUARY, 1, 0, False),
        (MARCH, 0, 0, False),
        (APRIL, 0, 0, True),
    ]


def test_months_end_where_the_dates_asked_for_end(rows: Rows) -> None:
    asked = Filters(date_from=FEBRUARY, date_until=MARCH, topics=(GRAPHS,))
    assert rows(counts.months, asked) == [(FEBRUARY, 2, 0, False), (MARCH, 0, 0, False)]


# ---- topics ----


def test_topics_come_largest_first_and_no_topic_last(rows: Rows) -> None:
    assert rows(queries.topics) == [
        (GRAPHS, "Graph networks", "Learning", ["graph", "node"], 7),
        (SPEECH, "Speech recognition", "Perception", ["speech", "audio"], 3),
        (PROTEINS, "Protein folding", "Science", ["protein"], 2),
        (OUTLIER, "No topic", "No topic", [], 3),
    ]


def test_topics_of_counts_the_papers_asked_for(rows: Rows) -> None:
    assert sorted(rows(counts.topics_of, Filters(organization="Alpha"))) == [(GRAPHS, 5), (PROTEINS, 1)]
    assert sorted(rows(counts.topics_of, Filters(date_from=FEBRUARY))) == [
        (OUTLIER, 1),
        (GRAPHS, 4),
        (SPEECH, 1),
        (PROTEINS, 1),
    ]


def test_topic_months_have_every_topic_in_every_month_asked_for(rows: Rows) -> None:
    asked = Filters(organization="Alpha", date_from=JANUARY, date_until=MARCH)
    assert rows(counts.topic_months, asked) == [
        (OUTLIER, JANUARY, 0, 3, False),  # of Alpha: a1, a2 and a6 in January, b1 in February
        (OUTLIER, FEBRUARY, 0, 1, False),
        (OUTLIER, MARCH, 0, 0, False),
        (GRAPHS, JANUARY, 2, 3, False),
        (GRAPHS, FEBRUARY, 1, 1, False),
        (GRAPHS, MARCH, 0, 0, False),
        (SPEECH, JANUARY, 0, 3, False),
        (SPEECH, FEBRUARY, 0, 1, False),
        (SPEECH, MARCH, 0, 0, False),
        (PROTEINS, JANUARY, 1, 3, False),
        (PROTEINS, FEBRUARY, 0, 1, False),
        (PROTEINS, MARCH, 0, 0, False),
    ]


def test_topic_months_count_all_topics_whatever_topics_are_chosen(rows: Rows) -> None:
    everything = rows(counts.topic_months, Filters())
    assert rows(counts.topic_months, Filters(topics=(SPEECH,))) == everything
    assert sum(papers for _, _, papers, _, _ in everything) == 13  # the dated ones


# ---- teams and names ----


def test_team_sizes_by_month_with_the_90th_percentile_between_ranks(rows: Rows) -> None:
    # Sizes: January 1 2 3 4 12 (a5 is unknown), February 1 2 5 60, April 1 2 4; March has no size.
    # The 90th percentile lies at rank .9 * (n - 1) from 0: 3.6, 2.7 and 1.8.
    assert rows(counts.teams_by_month, Filters()) == approx(
        [
            (JANUARY, 5, 3.0, 22 / 5, 4 + 0.6 * 8, False),
            (FEBRUARY, 4, 3.5, 68 / 4, 5 + 0.7 * 55, False),
            (APRIL, 3, 2.0, 7 / 3, 2 + 0.8 * 2, True),
        ]
    )
    assert rows(counts.teams_by_month, Filters(organization="Beta")) == [
        (JANUARY, 1, 1.0, 1.0, 1.0, False),
        (FEBRUARY, 1, 1.0, 1.0, 1.0, False),
    ]
    assert rows(counts.teams_by_month, NOTHING) == []


def test_the_distribution_of_team_sizes_has_every_bin_and_an_open_last_one(rows: Rows) -> None:
    sizes = rows(counts.team_sizes, Filters())
    assert [(low, high) for low, high, _ in sizes] == list(TEAM_BINS)
    counted = {low: papers for low, _, papers in sizes if papers}
    assert counted == {1: 5, 2: 3, 3: 1, 4: 2, 5: 1, 11: 1, 51: 1}  # a6 has 12, b4 60
    assert [papers for _, _, papers in rows(counts.team_sizes, NOTHING)] == [0] * len(TEAM_BINS)


@pytest.mark.parametrize("bins", [TEAM_BINS, BINS])
def test_bins_leave_no_gap_and_end_open(bins: tuple[tuple[int, int | None], ...]) -> None:
    assert bins[-1][1] is None
    assert all(high is not None and high + 1 == low for (_, high), (low, _) in pairwise(bins))


def test_names_are_new_once_and_return_after(rows: Rows) -> None:
    # January: Ada (once for a2), Bo, Cy, Dee, Fay; Eve and Zoe are hidden.
    # February: Gus, Hal and Ida join Ada, Bo (once as BO, which is the same name), Cy and Dee.
    # April: Eve shows for the first time; Ada returns; Jon, Kim, Lea, Max. Ada's and Nia's undated papers do not count.
    by_month = {month: counts for month, *counts in rows(queries.authors_by_month, Filters())}
    assert by_month[JANUARY] == [5, 5, 0, 5, 0, False]
    assert by_month[FEBRUARY] == [7, 3, 4, 4, 3, False]  # new on b1 to b4, returning on b1, b3 and b4
    assert by_month[MARCH] == [0, 0, 0, 0, 0, False]  # nobody published, and the month is there
    assert by_month[APRIL] == [6, 5, 1, 3, 1, True]


def test_a_name_is_new_to_the_corpus_not_to_the_filter(rows: Rows) -> None:
    asked = Filters(author="Cy", date_from=FEBRUARY)  # b3: Bo, Cy, Dee return; Gus and Hal are new
    by_month = {month: counts for month, *counts in rows(queries.authors_by_month, asked)}
    assert by_month[FEBRUARY] == [5, 2, 3, 1, 1, False]


def test_a_name_counts_once_a_month_on_however_many_papers_it_stands(small: Snapshot) -> None:
    def told_apart(connection: Connection, since: date) -> pd.DataFrame:
        return connection.execute(
            "SELECT date_trunc('month', published_on)::DATE AS month, count(DISTINCT name_key) AS authors "
            "FROM authors JOIN papers USING (paper_id) WHERE NOT hidden AND upvotes >= 1 AND published_on >= $since "
            "GROUP BY 1 ORDER BY 1",
            {"since": since},
        ).df()

    for since in (JANUARY, FEBRUARY):
        found = small.ask(queries.authors_by_month, Filters(upvotes_from=1, date_from=since))
        expected = small.ask(told_apart, since)
        assert_frame_equal(
            found.loc[found["authors"] > 0, ["month", "authors"]].reset_index(drop=True), expected
        )
        assert (found["new"] + found["returning"] == found["authors"]).all()


def test_authors_rank_by_papers_then_by_the_latest_then_by_name(rows: Rows) -> None:
    ranked = rows(queries.active_authors, Filters(), 100)
    assert [(name, papers) for name, papers, *_ in ranked] == [
        ("Ada", 5),  # a2 names her twice and counts once; d1 has no date
        ("Bo", 4),  # once as BO
        ("Cy", 3),
        ("Max", 2),  # April
        ("Dee", 2),  # 10 February, as are the next two
        ("Gus", 2),
        ("Hal", 2),
        ("Jon", 1),
        ("Kim", 1),
        ("Lea", 1),
        ("Eve", 1),  # only where she shows
        ("Ida", 1),
        ("Fay", 1),
        ("Nia", 1),  # without a date last
    ]
    assert rows(queries.active_authors, Filters(), 2) == [
        ("Ada", 5, date(2025, 1, 6), date(2025, 4, 1), 1),
        ("Bo", 4, date(2025, 1, 6), date(2025, 2, 28), 2),
    ]
    assert ranked[2][-1] == 1  # Cy: an outlier is no topic


def test_a_ranked_name_leads_to_as_many_papers_as_it_says(rows: Rows) -> None:
    for base in (Filters(), Filters(date_from=FEBRUARY)):
        for name, papers, *_ in rows(queries.active_authors, base, 100):
            asked = Filters.from_query(base.to_query() | {"author": name})
            assert rows(queries.count_papers, asked) == [(papers,)], name


def test_organisations_rank_by_papers(rows: Rows) -> None:
    assert rows(queries.active_organizations, Filters(), 100) == [
        ("Alpha", 6, date(2025, 1, 6), date(2025, 4, 1), 2),
        ("Beta", 3, date(2025, 1, 7), date(2025, 2, 4), 1),
        ("Gamma", 2, date(2025, 4, 2), date(2025, 4, 14), 2),
    ]
    # Of one paper each the latest comes first: c1 of Alpha on 1 April, c2 of Gamma on 2 April.
    tied = Filters(date_from=APRIL, team=Range(2, None))
    assert [name for name, *_ in rows(queries.active_organizations, tied, 100)] == ["Gamma", "Alpha"]
    assert rows(queries.organizations, 2) == [("Alpha", 6), ("Beta", 3)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ada", [("Ada",)]),
        ("bo", [("Bo",)]),  # three papers against one of BO
        ("BO", [("BO",)]),  # but as typed where there is such a name
        ("EVE", [("Eve",)]),
        ("zoe", []),  # hidden wherever she writes
        ("nobody", []),
    ],
)
def test_a_name_is_found_whatever_its_case(rows: Rows, typed: str, found: list[tuple[str]]) -> None:
    assert rows(queries.spelling, typed) == found


# ---- upvotes ----


def test_readings_by_age(rows: Rows) -> None:
    assert dict(rows(queries.readings_by_age, Filters())) == {
        "listing": 9,
        "early": 3,
        "week": 3,
        "settled": 8,
    }
    assert dict(rows(queries.readings_by_age, Filters(organization="Alpha"))) == {
        "listing": 3,  # a1 a2 b1
        "early": 3,  # a1 a2 c1
        "week": 2,  # a1 a6
        "settled": 4,  # a1 a2 a6 b1
    }
    assert rows(queries.readings_by_age, NOTHING) == []


def test_readings_at_each_age_are_those_that_the_charts_of_that_age_show(rows: Rows) -> None:
    for asked in (Filters(upvotes_from=7), Filters(upvotes_from=7, age="early")):
        assert dict(rows(queries.readings_by_age, asked)) == {
            "listing": 3,  # b1 b2 b3
            "early": 1,  # c1
            "week": 2,  # a1 a6
            "settled": 6,  # a1 a4 a6 b1 b2 b3
        }


def test_upvotes_by_month_with_quartiles_between_ranks(rows: Rows) -> None:
    # Settled: January 0 6 10 20 100, February 14 28 500. March has no reading, April none that settled.
    assert rows(counts.upvotes_by_month, Filters(age="settled")) == [
        (JANUARY, 5, 6.0, 10.0, 20.0, False),
        (FEBRUARY, 3, 21.0, 28.0, 264.0, False),
    ]
    # On the day of listing: January 0 1 2 5, February 7 7 250, April 1; d2 has no month. Quartiles at ranks .75, 2.25.
    assert rows(counts.upvotes_by_month, Filters(age="listing")) == [
        (JANUARY, 4, 0.75, 1.5, 2.75, False),
        (FEBRUARY, 3, 7.0, 7.0, 128.5, False),
        (APRIL, 1, 1.0, 1.0, 1.0, True),
    ]


def test_of_several_looks_within_an_age_the_latest_is_read(rows: Rows) -> None:
    # a6: 40 after six days, 50 after nine; b2: 3 at noon, 7 in the evening.
    assert rows(counts.upvotes_by_month, Filters(age="week", organization="Alpha", date_until=JANUARY)) == [
        (JANUARY, 2, 18.5, 29.0, 39.5, False)  # 8 and 50
    ]
    assert (
        rows(queries.week_top, Filters(age="listing", organization="Beta", week=date(2025, 2, 3)), 1)[0][4]
        == 7
    )


def test_upvotes_by_topic_rank_by_median(rows: Rows) -> None:
    # Settled: graphs 6 10 14 500, speech 0 28, proteins 100, no topic 20.
    assert rows(counts.upvotes_by_topic, Filters(age="settled"), 1) == [
        (PROTEINS, "Protein folding", 1, 100.0, 100.0, 100.0),
        (OUTLIER, "No topic", 1, 20.0, 20.0, 20.0),
        (SPEECH, "Speech recognition", 2, 7.0, 14.0, 21.0),
        (GRAPHS, "Graph networks", 4, 9.0, 12.0, 135.5),
    ]
    assert [topic for topic, *_ in rows(counts.upvotes_by_topic, Filters(age="settled"), 2)] == [
        SPEECH,
        GRAPHS,
    ]
    assert rows(counts.upvotes_by_topic, Filters(age="settled"), 5) == []


def test_upvotes_by_weekday_of_listing(rows: Rows) -> None:
    # Settled: Monday 10 14 500, Tuesday 28, Wednesday 0 6 20 (a4 by its publication), Friday 100.
    assert rows(counts.upvotes_by_weekday, Filters(age="settled")) == [
        (1, 3, 12.0, 14.0, 257.0),
        (2, 1, 28.0, 28.0, 28.0),
        (3, 3, 3.0, 6.0, 13.0),
        (5, 1, 100.0, 100.0, 100.0),
    ]


def test_the_distribution_of_upvotes_has_every_bin_and_an_open_last_one(rows: Rows) -> None:
    bins = rows(counts.upvotes_distribution, Filters(age="listing"))  # 0 1 1 2 4 5 7 7 250
    assert [(low, high) for low, high, _ in bins] == list(BINS)
    assert {low: papers for low, _, papers in bins if papers} == {0: 1, 1: 2, 2: 1, 3: 1, 5: 3, 201: 1}


def test_settling_compares_a_count_with_the_papers_own_settled_count(rows: Rows) -> None:
    # Day 0: 0/6, 2/10, 5/20, 7/28, 7/14, 250/500 (a3 settles at 0, the others never do): 0 .2 .25 .25 .5 .5.
    assert rows(queries.settling, Filters(), 28) == approx(
        [
            (0, 6, 0.2125, 0.25, 0.4375),
            (1, 1, 0.4, 0.4, 0.4),  # a1: 4 of 10
            (2, 1, 0.5, 0.5, 0.5),  # a2: 3 of 6
            (6, 1, 0.4, 0.4, 0.4),  # a6: 40 of 100
            (7, 1, 0.8, 0.8, 0.8),  # a1: 8 of 10
            (9, 1, 0.5, 0.5, 0.5),  # a6: 50 of 100
            (14, 4, 1.0, 1.0, 1.0),  # the settled reading itself
            (15, 1, 1.0, 1.0, 1.0),
            (20, 1, 1.0, 1.0, 1.0),
            (28, 1, 1.0, 1.0, 1.0),
        ]
    )
    assert [age for age, *_ in rows(queries.settling, Filters(), 2)] == [0, 1, 2]
    assert rows(queries.settling, Filters(organization="Gamma"), 28) == []


def test_weeks_of_listing_begin_on_monday(rows: Rows) -> None:
    assert rows(counts.weeks, Filters(age="listing")) == [
        (date(2025, 1, 6), 3),  # a1 a2 a3
        (date(2025, 1, 13), 1),  # a4
        (date(2025, 2, 3), 3),  # b1 b2, and d2 that has no date of publication
        (date(2025, 2, 10), 1),
        (date(2025, 4, 14), 1),
    ]


def test_the_top_of_a_week_says_how_many_papers_have_no_more(rows: Rows) -> None:
    asked = Filters(age="listing", week=date(2025, 2, 3))
    assert rows(queries.week_top, asked, 10) == [
        ("Paper b1", date(2025, 2, 3), "Graph networks", "Alpha", 7, 1.0, None, "b1"),
        (HOSTILE, date(2025, 2, 4), "Speech recognition", "Beta", 7, 1.0, None, "b2"),
        ("Paper d2", date(2025, 2, 5), "No topic", None, 4, 0.33, None, "d2"),
    ]
    assert len(rows(queries.week_top, asked, 1)) == 1
    assert rows(queries.week_top, Filters(age="listing", week=date(2025, 3, 3)), 10) == []


# ---- all of them ----


def of_filters() -> list[str]:
    """The queries that take filters."""
    return [
        name for name in queries.__all__ if "filters" in inspect.signature(getattr(queries, name)).parameters
    ]


# What a query of one topic, or of some names, is asked beside the filters.
MORE: dict[str, tuple[Any, ...]] = {
    "terms": (GRAPHS, ("graph",)),
    "title_words": (GRAPHS, 1, 5),
    "typical_papers": (GRAPHS, 5),
    "written_together": ((1, 2),),
}
OF_MOVING = {
    "standing",
    "upvoted_papers",
    "compared_papers",
    "week_upvoted",
}  # whose weeks have papers enough to compare


@pytest.mark.parametrize("name", of_filters())
def test_a_query_promises_the_same_columns_whether_or_not_papers_match(
    small: Snapshot, moving: Snapshot, name: str
) -> None:
    query = getattr(queries, name)
    more = MORE.get(name) or [5] * (
        len(inspect.signature(query).parameters) - 2 - (name in ("papers", "whole_papers"))
    )
    asked: dict[str, Any] = {"age": "listing", "week": date(2025, 2, 3), "find": "graph"}
    if name == "organizations_in_common":
        asked["organization"] = "Alpha"
    snapshot = moving if name in OF_MOVING else small
    some = snapshot.ask(query, Filters(**asked), *more)
    none = snapshot.ask(query, Filters(text="xyzzy", **asked), *more)
    assert len(some)
    assert list(some.columns) == list(none.columns)
    told = inspect.getdoc(query) or ""
    if "Columns:" in told:
        promised = told.split("Columns:")[1]
        assert [column for column in some.columns if column not in promised] == []


@pytest.mark.parametrize("age", AGES)
def test_a_query_of_upvotes_reads_one_age_only(rows: Rows, age: str) -> None:
    counted = dict(rows(queries.readings_by_age, Filters()))[age]
    asked = Filters(age=age)
    assert sum(papers for _, _, papers in rows(counts.upvotes_distribution, asked)) == counted
    assert rows(queries.count_papers, asked) == [(counted,)]


def test_the_snapshot_cannot_be_written_and_reaches_no_other_file(small: Snapshot) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        small.connection.execute("DELETE FROM published.papers")
    with pytest.raises(duckdb.PermissionException):
        small.connection.execute("SELECT * FROM read_csv('/etc/passwd')")
