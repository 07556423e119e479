"""Validation at the edge: what is kept, what is cut, what is refused and why."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from etl import fields
from etl.records import (
    ABSTRACT_LENGTH,
    AUTHORS_KEPT,
    TITLE_LENGTH,
    Paper,
    Raw,
    Reject,
    paper_from,
    shorten,
    split_names,
    title_key,
)

TODAY = date(2026, 5, 20)


def paper(**fields: object) -> Paper:
    result = paper_from(Raw({"title": "A title", **fields}, "file"), TODAY)
    assert isinstance(result, Paper), result
    return result


def refusal(**fields: object) -> str:
    result = paper_from(Raw({"title": "A title", **fields}, "file"), TODAY)
    assert isinstance(result, Reject), result
    return result.reason


def test_a_title_is_one_trimmed_line() -> None:
    assert paper(title="  Two\r\n lines\tand\x00 more \u2028").title == "Two lines and more"


@pytest.mark.parametrize("title", [None, "", " \n ", float("nan"), "\x00\x01"])
def test_a_record_without_a_title_is_refused(title: object) -> None:
    assert refusal(title=title).startswith("title is")


def test_hostile_text_is_kept_as_text() -> None:
    hostile = "<img src=x onerror=alert(1)> $x$ :red[y] '); DROP TABLE papers; --"
    assert paper(title=hostile).title == hostile


def test_huge_text_is_bounded() -> None:
    huge = paper(title="x" * 10_000, abstract="word " * 2_000_000)
    assert len(huge.title) == TITLE_LENGTH
    assert huge.abstract is not None
    assert len(huge.abstract) <= ABSTRACT_LENGTH
    assert huge.abstract.endswith("…")


def test_a_title_of_10_mb_is_cut() -> None:
    for title in ("word " * 2_000_000, "\n" * 10 + "é" * 10_000_000, "[" * 10_000_000):
        assert 990 < len(paper(title=title).title) <= TITLE_LENGTH


def test_a_million_authors_are_counted_and_the_first_are_kept() -> None:
    names = [f"Author {number}" for number in range(1_000_000)]
    team = paper(authors=names)
    assert team.team_size == 1_000_000
    assert team.authors == tuple((name, False) for name in names[:AUTHORS_KEPT])
    assert paper(authors=names, authors_count=7).team_size == 7
    assert paper(authors=names[:AUTHORS_KEPT]).authors_count is None


@pytest.mark.parametrize("between", [" ", "\n", " \t"])
def test_a_byline_of_white_space_is_read_in_no_time(between: str) -> None:
    began = time.process_time()
    assert split_names(f"Ada{between * 1_000_000}Lovelace and Emmy{between * 1_000_000}Noether") == [
        "Ada Lovelace",
        "Emmy Noether",
    ]
    assert time.process_time() - began < 5


@pytest.mark.parametrize("field", ["keywords", "categories"])
def test_words_that_are_objects_are_refused_and_of_a_million_the_first_are_kept(field: str) -> None:
    assert refusal(**{field: [{"name": "waves"}]}) == f"{field} is a dict, not text"
    assert refusal(**{field: {"waves": 0.9}}) == f"{field} is a dict, not a list of words"
    assert getattr(paper(**{field: ["waves"] * 1_000_000}), field) == ("waves",) * 100
    assert getattr(paper(**{field: "waves," * 1_000_000}), field) == ("waves",) * 100


def test_no_long_text_is_kept_for_the_next_record() -> None:
    before = fields._codes.cache_info().currsize
    for number in range(3):
        paper(categories=f"{number}," * 1_000)
    assert fields._codes.cache_info().currsize == before


def test_lone_surrogates_do_not_reach_the_database() -> None:
    assert paper(title="bad \ud800 half").title.encode("utf-8") == b"bad ? half"


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2024-05-27", date(2024, 5, 27)),
        ("2024-05-27T23:30:00.000Z", date(2024, 5, 27)),
        ("2024-05-27T23:30:00-05:00", date(2024, 5, 28)),  # UTC
        (datetime(2024, 5, 27, 23, 30, tzinfo=timezone(timedelta(hours=-5))), date(2024, 5, 28)),
        (date(2024, 5, 27), date(2024, 5, 27)),
        ("2024/05/27", date(2024, 5, 27)),
        ("27 May 2024", date(2024, 5, 27)),
        ("May 27, 2024", date(2024, 5, 27)),
        ("Mon, 27 May 2024 10:00:00 GMT", date(2024, 5, 27)),
        ("2024-05", date(2024, 5, 1)),
        (1716768000, date(2024, 5, 27)),
        (1716768000000, date(2024, 5, 27)),  # as pandas writes
    ],
)
def test_dates_are_read_as_people_write_them(given: object, day: date) -> None:
    assert paper(published_on=given).published_on == day


@pytest.mark.parametrize("given", ["2024", 2024, 2024.0, None, "", float("nan")])
def test_a_bare_year_is_no_day(given: object) -> None:
    assert paper(published_on=given).published_on is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("03/04/2024", "not a date"),
        ("soon", "not a date"),
        (True, "not a date"),
        ("2031-01-01", "in the future"),
        ("1066-10-14", "before 1900"),
        ([2024], "not a date"),
        (1e300, "not a date"),
        ("9999-12-31T23:59:59-12:00", "not a date"),
        ("0001-01-01T00:00:00+14:00", "not a date"),
        ("0001-01-01", "before 1900"),
        ("9999-12-31", "in the future"),
        (date(9999, 12, 31), "in the future"),
        (date(1, 1, 1), "before 1900"),
    ],
)
def test_dates_that_cannot_be_are_refused(given: object, why: str) -> None:
    assert refusal(published_on=given).startswith("published_on is")
    assert why in refusal(published_on=given)


def test_tomorrow_is_still_today_somewhere() -> None:
    assert paper(published_on=TODAY + timedelta(days=1)).published_on
    assert "in the future" in refusal(published_on=TODAY + timedelta(days=2))


@pytest.mark.parametrize(
    ("given", "count"),
    [(3, 3), ("1,234", 1234), (3.0, 3), ("0", 0), (None, None), ("", None), (float("nan"), None)],
)
def test_counts(given: object, count: int | None) -> None:
    assert paper(upvotes=given).upvotes == count


@pytest.mark.parametrize("given", [-1, "-3", 2.5, "many", True, 2**40, float("inf"), [3]])
def test_counts_that_cannot_be_are_refused(given: object) -> None:
    assert refusal(upvotes=given).startswith("upvotes is")


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ada Lovelace; Noether, Emmy", ["Ada Lovelace", "Noether, Emmy"]),
        ("Ada Lovelace, Emmy Noether and Marie Curie", ["Ada Lovelace", "Emmy Noether", "Marie Curie"]),
        ("Lovelace, Ada and Noether, Emmy", ["Lovelace, Ada", "Noether, Emmy"]),
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("['Ada Lovelace', 'Emmy Noether']", ["Ada Lovelace", "Emmy Noether"]),
        ("Sandy Anderson", ["Sandy Anderson"]),
    ],
)
def test_bylines(byline: str, names: list[str]) -> None:
    assert [name.strip() for name in split_names(byline)] == names
    assert paper(authors=byline).authors == tuple((name, False) for name in names)


def test_authors_are_kept_as_given_and_counted() -> None:
    team = paper(authors=[{"name": "Wei Li", "hidden": True}, {"name": "Wei Li"}, " Ada\nLovelace "])
    assert team.authors == (("Wei Li", True), ("Wei Li", False), ("Ada Lovelace", False))
    assert team.team_size == 3


def test_unknown_authors_are_not_zero_authors() -> None:
    assert paper(authors=[]).team_size is None
    assert paper().team_size is None
    assert paper(authors_count=5).team_size == 5


def test_ids() -> None:
    assert paper(id="2405.19327v2").paper_id == "2405.19327v2"
    assert paper(id="2405.19327v2").bare_arxiv_id == "2405.19327"
    assert paper(id=444).paper_id == "444"
    assert paper(url="https://arxiv.org/abs/2405.19327").paper_id == "2405.19327"
    assert paper(id="https://arxiv.org/abs/math.GT/0309136").bare_arxiv_id == "math.GT/0309136"
    assert paper(doi="10.1/x").paper_id == "10.1/x"
    assert paper(id="00444").bare_arxiv_id is None


def test_without_an_id_two_spellings_of_a_title_are_one_paper() -> None:
    assert paper(title="On  the \uff37ave-Function").paper_id == paper(title="on the wave function.").paper_id
    assert paper(title="On the wave function II").paper_id != paper(title="On the wave function").paper_id
    assert title_key("???") == "???"


def test_a_line_break_within_an_address_means_nothing() -> None:
    assert paper(repository=" https://github.com/\nada/engine ").repository == "https://github.com/ada/engine"


def test_observations_take_the_records_own_time_before_the_files() -> None:
    file_time = datetime(2026, 1, 1)
    own = paper(upvotes=3, observed_at="2026-01-05T00:00:00Z").looks(file_time)
    assert [(look.observed_at, look.upvotes, look.comments) for look in own] == [
        (datetime(2026, 1, 5), 3, None)
    ]
    assert paper(comments=0).looks(file_time)[0].observed_at == file_time
    assert paper().looks(file_time) == ()


def test_the_reject_shows_the_record_shortened() -> None:
    reject = paper_from(
        Raw({"abstract": "x" * 10_000_000, "id": "7", "title": None}, "file", "a.json, record 3"), TODAY
    )
    assert isinstance(reject, Reject)
    assert reject.source == "file: a.json, record 3"
    assert '"id": "7"' in reject.raw
    assert len(reject.raw) <= 2_000
    assert len(shorten(json.dumps({"a": "b" * 5_000}))) <= 2_000
    assert shorten(b"\xff\xfe").encode("utf-8")


def test_times_become_naive_utc() -> None:
    seen = paper(upvotes=1, observed_at=datetime(2026, 1, 1, 12, tzinfo=UTC)).observed_at
    assert seen == datetime(2026, 1, 1, 12)
    assert seen.tzinfo is None
