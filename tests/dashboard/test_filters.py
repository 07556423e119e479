"""Filters and the URL: what is asked for survives the way there and back, and nonsense is left out."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from dashboard.filters import (
    COMMENTS,
    DAY,
    HEAT,
    MEANING,
    NAME_AT_MOST,
    NEW,
    NEWEST,
    OLDEST,
    PAPERS,
    QUARTER,
    RETURNING,
    SHARE,
    TEXT_AT_MOST,
    TOPICS_AT_MOST,
    TYPICAL,
    UPVOTES,
    VOTES,
    WEEK,
    Filters,
    Mark,
    Range,
)

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, -0.25))
# One or more values of each field that are not its default, and how they look in the URL.
FIELDS: list[tuple[str, Any, dict[str, str]]] = [
    ("topics", (3, 17, -1), {"topics": "3.17.-1"}),
    ("topics", (), {"topics": ""}),  # none chosen is not the same as nothing asked for
    ("date_from", date(2025, 4, 1), {"from": "2025-04"}),
    ("date_until", date(2024, 12, 1), {"until": "2024-12"}),
    ("organization", "Beta & Söhne", {"org": "Beta & Söhne"}),
    ("author", "Ada Lovelace", {"author": "Ada Lovelace"}),
    ("upvotes_from", 0, {"min": "0"}),
    ("upvotes_from", 12, {"min": "12"}),
    ("text", "graph nets", {"q": "graph nets"}),
    ("age", "week", {"age": "week"}),
    ("upvotes", Range(3, 4), {"upvotes": "3-4"}),
    ("upvotes", Range(0, 0), {"upvotes": "0-0"}),
    ("team", Range(51, None), {"team": "51-"}),
    ("team", Range(None, 5), {"team": "-5"}),
    ("weekday", 7, {"weekday": "7"}),
    ("assigned", True, {"assigned": "yes"}),
    ("newcomers", NEW, {"with": "new"}),
    ("newcomers", RETURNING, {"with": "returning"}),
    ("followed", 0, {"followed": "0"}),
    ("followed", 14, {"followed": "14"}),
    ("reading", "to-read", {"list": "to-read"}),
    ("settled", Range(5, 6), {"settled": "5-6"}),
    ("discussed", True, {"discussed": "yes"}),
    ("part", "growth", {"part": "growth"}),
    ("within", SQUARE, {"within": "0_0.1000_0.1000_-250"}),
    ("find", "attention, please?", {"find": "attention, please?"}),
    ("way", MEANING, {"way": "meaning"}),
    ("like", "arxiv:2401.00001", {"like": "arxiv:2401.00001"}),
    ("picked", "a1", {"picked": "a1"}),
    ("colour", VOTES, {"colour": "upvotes"}),
    ("level", "topics", {"level": "topics"}),
    ("sql", "SELECT 1 -- one\nFROM papers", {"sql": "SELECT 1 -- one\nFROM papers"}),
    ("plot", "bar:month:papers", {"plot": "bar:month:papers"}),
    ("window", 6, {"window": "6"}),
    ("window", 120, {"window": "120"}),
    *[("sort", sort, {"sort": sort}) for sort in (OLDEST, UPVOTES, COMMENTS, TYPICAL)],
    ("measure", PAPERS, {"measure": "papers"}),
    ("view", HEAT, {"view": "heat"}),
    ("per", QUARTER, {"per": "quarter"}),
    ("per", WEEK, {"per": "week"}),
    ("per", DAY, {"per": "day"}),
    ("days", (date(2025, 3, 3), date(2025, 3, 9)), {"days": "2025-03-03_2025-03-09"}),
    ("log", True, {"log": "yes"}),
    ("smooth", True, {"smooth": "yes"}),
    (
        "mark",
        Mark("teams", "from=2025-04&until=2025-04"),
        {"mark": "teams:from=2025-04&until=2025-04"},
    ),
    ("topic", 12, {"topic": "12"}),
    ("week", date(2025, 2, 3), {"week": "2025-02-03"}),
    ("page", 3, {"page": "3"}),
    ("snapshot", "20260301T060012.123Z-0a1b2c", {"snapshot": "20260301T060012.123Z-0a1b2c"}),
]
SHOWN = {
    *("find", "way", "like", "picked", "colour", "level", "part", "sql", "plot"),
    *(
        "window",
        "sort",
        "measure",
        "view",
        "per",
        "log",
        "smooth",
        "mark",
        "topic",
        "week",
        "page",
        "snapshot",
    ),
}
EVERYTHING = Filters(**{name: value for name, value, _ in FIELDS})


@pytest.mark.parametrize(("name", "value", "query"), FIELDS)
def test_a_field_has_one_place_in_the_url(name: str, value: Any, query: dict[str, str]) -> None:
    filters = replace(Filters(), **{name: value})
    assert filters.to_query() == query
    assert Filters.from_query(query) == filters


def test_every_field_is_written_into_the_url() -> None:
    # The papers of a list are looked up; the URL names the list.
    assert {name for name, _, _ in FIELDS} == {field.name for field in fields(Filters)} - {"among"}


def test_all_fields_together_survive_a_real_url() -> None:
    url = urlencode(EVERYTHING.to_query())
    assert Filters.from_query(dict(parse_qsl(url, keep_blank_values=True))) == EVERYTHING


def test_what_stands_at_its_default_is_left_out_of_the_url() -> None:
    assert Filters().to_query() == {}
    assert Filters.from_query({}) == Filters()
    defaults = {"sort": NEWEST, "measure": SHARE, "page": "1", "age": "", "q": "", "org": "", "author": ""}
    assert Filters.from_query(defaults) == Filters()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("topics", "x"),
        ("topics", "-2"),
        ("topics", "99999999999"),
        ("topics", "1,2"),
        ("from", "2025-13"),
        ("from", "2025-04-01"),
        ("from", "1066-10"),
        ("until", "9999-12"),
        ("until", "tomorrow"),
        ("min", "-1"),
        ("min", "1e3"),
        ("min", str(2**31)),
        ("min", "9" * 5000),
        ("age", "old"),
        ("upvotes", "5"),
        ("upvotes", "-"),
        ("upvotes", "a-b"),
        ("team", "--1"),
        ("weekday", "0"),
        ("weekday", "8"),
        ("assigned", "true"),
        ("with", "old"),
        ("followed", "-1"),
        ("window", "5"),
        ("window", "121"),
        ("window", "year"),
        ("sort", "paper_id; DROP TABLE papers"),
        ("measure", "counts"),
        ("view", "pie"),
        ("per", "fortnight"),
        ("log", "no"),
        ("mark", "teams"),
        ("mark", ":from=2025-04"),
        ("mark", "Te<b>ams:from=2025-04"),
        ("topic", "-1"),  # papers without a topic are none
        ("topic", "graphs"),
        ("week", "2025-02-04"),  # a Tuesday
        ("week", "soon"),
        ("page", "0"),
        ("page", "1000001"),
        ("snapshot", "../../etc/passwd"),
        ("snapshot", "20260301T../x"),
        ("utm_source", "elsewhere"),
    ],
)
def test_a_value_without_sense_counts_as_not_given(name: str, value: str) -> None:
    assert Filters.from_query({name: value, "q": "graph"}) == Filters(text="graph")


def test_of_a_list_of_topics_the_sensible_ones_stay_once_and_not_too_many() -> None:
    assert Filters.from_query({"topics": "3.x.-7.3.-1"}).topics == (3, -1)
    many = ".".join(str(number) for number in range(1000))
    assert Filters.from_query({"topics": many}).topics == tuple(range(TOPICS_AT_MOST))


def test_texts_are_kept_on_one_line_and_of_bounded_length() -> None:
    asked = Filters.from_query({"q": "  two\n\twords\0here ", "author": "n" * 10_000})
    assert asked.text == "two words here"
    assert asked.words == ["two", "words", "here"]
    assert asked.author == "n" * NAME_AT_MOST
    assert len(Filters.from_query({"q": "w " * 10_000}).text) <= TEXT_AT_MOST


def test_periods_are_half_open_and_end_after_the_last_month() -> None:
    assert Filters(date_until=date(2025, 2, 1)).day_until == date(2025, 3, 1)
    assert Filters(date_until=date(2024, 12, 1)).day_until == date(2025, 1, 1)
    assert Filters().day_until is None


def test_a_mark_is_written_anew_so_that_only_what_is_known_stays() -> None:
    mark = Filters.from_query(
        {"mark": "teams:until=2025-04&from=2025-04&evil=1&team=x&page=7&sort=upvotes"}
    ).mark
    assert mark == Mark("teams", "from=2025-04&until=2025-04")


def test_marks_within_marks_lead_nowhere() -> None:
    assert Filters.from_query({"mark": "teams:mark=teams:team=3-3"}).mark == Mark("teams", "")
    assert Filters.from_query({"mark": "a:mark=" * 10_000}).mark == Mark("a", "")


def test_narrowed_keeps_what_is_asked_for_and_adds_what_the_mark_counts() -> None:
    asked = Filters(organization="Alpha", text="graph", sort=UPVOTES, page=4, mark=Mark("teams", "team=1-1"))
    assert asked.narrowed("from=2025-01&until=2025-01&team=0-") == Filters(
        organization="Alpha",
        text="graph",
        date_from=date(2025, 1, 1),
        date_until=date(2025, 1, 1),
        team=Range(0, None),
    )


def test_narrowed_takes_the_marks_month_within_the_months_asked_for() -> None:
    asked = Filters(date_from=date(2025, 1, 1), date_until=date(2025, 4, 1), topics=(0, 1))
    assert asked.narrowed("topics=1&from=2025-02&until=2025-02") == Filters(
        date_from=date(2025, 2, 1), date_until=date(2025, 2, 1), topics=(1,)
    )


def test_narrowed_to_nothing_in_particular_is_the_same_papers() -> None:
    assert EVERYTHING.narrowed("") == replace(EVERYTHING.papers_only, snapshot=EVERYTHING.snapshot)


def test_the_population_is_all_that_is_asked_for_but_the_topics() -> None:
    asked = Filters(topics=(1, 2), organization="Alpha", text="graph", sort=UPVOTES, week=date(2025, 2, 3))
    assert asked.population == Filters(organization="Alpha", text="graph")


def test_the_papers_of_a_topic_are_those_of_no_other() -> None:
    asked = Filters(topics=(1, 2), organization="Alpha", topic=3, sort=UPVOTES)
    assert asked.in_topic(3) == Filters(topics=(3,), organization="Alpha")


def test_papers_only_forgets_how_papers_are_judged_and_shown() -> None:
    assert EVERYTHING.papers_only == replace(EVERYTHING, **{name: getattr(Filters(), name) for name in SHOWN})


def test_shared_is_what_the_controls_of_every_page_say() -> None:
    controls = {
        "topics",
        "date_from",
        "date_until",
        "organization",
        "author",
        "upvotes_from",
        "text",
        "snapshot",
        "window",
    }
    assert EVERYTHING.shared == Filters(**{name: getattr(EVERYTHING, name) for name in controls})


@pytest.mark.parametrize("name", sorted({name for name, _, _ in FIELDS}))
def test_filters_are_neutral_when_they_leave_no_paper_out(name: str) -> None:
    assert replace(Filters(), **{name: getattr(EVERYTHING, name)}).is_neutral == (name in SHOWN)


def test_only_the_page_of_papers_understands_what_narrows_to_a_mark() -> None:
    typed = Filters.from_query(
        {"team": "2-3", "age": "week", "with": "new", "q": "graph", "mark": "teams:team=4-4"}
    )
    assert typed.unmarked(keep_age=True) == Filters(text="graph", age="week", mark=typed.mark)
    assert typed.unmarked(keep_age=False) == Filters(text="graph", mark=typed.mark)
