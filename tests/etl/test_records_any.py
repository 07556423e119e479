"""Whatever a record holds, it becomes a paper or a reject that says why: nothing crashes, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.fields import ABSTRACT_LENGTH, NAME_LENGTH, TITLE_LENGTH, name_key, title_key
from etl.records import Observation, Paper, Raw, RawSighting, Reject, Sighting, paper_from, shorten, validated
from etl.staging import stage, validate

TODAY = date(2026, 5, 20)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**5_000), 10**5_000)
    | st.floats()
    | st.text()
    | st.text(alphabet=st.characters())  # lone surrogates too
    | st.binary(max_size=50)
    | st.dates()
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.sampled_from(
        ["2024-05-27", "24 May 2024", "1,234", "Mon, 27 May 2024 10:00:00 GMT", "9" * 5_000, "[", "NaT"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["name", "hidden", "upvotes"]), inner, max_size=4
        )
        | st.tuples(inner, inner)
    ),
    max_leaves=8,
)
NAMES = [*Paper._fields, "something else"]
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES)
TITLED = st.builds(lambda fields: {**fields, "title": "T"}, FIELDS)


@settings(max_examples=400, deadline=None)
@given(FIELDS | TITLED)
def test_any_record_is_a_paper_or_a_reject(fields: dict[str, Any]) -> None:
    found = validated(Raw(fields, "file", "record 1"), TODAY)
    if isinstance(found, Reject):
        assert found.source == "file: record 1"
        assert found.reason.partition(" ")[0].partition(".")[0] in NAMES
        assert len(found.raw) <= 2_000
        return
    assert isinstance(found, Paper)
    assert 0 < len(found.title) <= TITLE_LENGTH
    assert found.title == " ".join(found.title.split())
    assert len(found.abstract or "") <= ABSTRACT_LENGTH
    for author in found.authors or ():
        assert 0 < len(author.name) <= NAME_LENGTH
    for counter in (found.upvotes, found.comments, found.authors_count, found.repository_stars):
        assert counter is None or 0 <= counter < 2**31
    for day in (found.published_on, found.listed_on, found.updated_on):
        assert day is None or date(1900, 1, 1) <= day <= date(2026, 5, 21)
    assert found.paper_id
    assert all(isinstance(look, Observation) for look in found.looks(datetime(2026, 1, 1)))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*Sighting._fields, "something else"]), VALUES))
def test_any_look_is_a_sighting_or_a_reject(fields: dict[str, Any]) -> None:
    found = validated(RawSighting(fields, "observations"), TODAY)
    if isinstance(found, Sighting):
        assert found.id or found.arxiv_id
        assert (found.upvotes, found.comments) != (None, None)
    else:
        assert isinstance(found, Reject)
        assert found.reason


@settings(max_examples=100, deadline=None)
@given(st.lists(FIELDS | TITLED, max_size=5))
def test_every_record_is_staged_once(
    tmp_path_factory: pytest.TempPathFactory, given_fields: list[dict[str, Any]]
) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("staged")
    raws = [Raw(fields, "file") for fields in given_fields]
    written = [
        place
        for batch in stage(validate(raws, TODAY), folder, 3)
        for path in (*batch.staged, *batch.refused)
        for place in pq.read_table(path)["place"].to_pylist()
    ]
    assert sorted(written) == [3 * 2**40 + number for number in range(len(raws))]


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert title_key(title_key(text)) == title_key(text)
    assert name_key(name_key(text)) == name_key(text)


@given(VALUES)
def test_anything_can_be_shown(value: Any) -> None:
    assert len(shorten(value)) <= 2_000
    assert shorten(value).encode("utf-8") is not None


def test_what_no_rule_thought_of_costs_its_record_and_not_the_run() -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError

    found = paper_from(Raw({"title": "T", "organization": Hostile()}, "file"), TODAY)
    assert isinstance(found, Reject)
    assert found.reason == "organization cannot be read (RuntimeError)"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Curie, Marie", "Marie Curie"),
        ("MARIE  CURIE", "Marie Curie"),
        ("Émile Borel", "Emile Borel"),
        ("Jean-Pierre Serre", "JeanPierre Serre"),
        ("O\u2019Neil, Ann", "Ann O'Neil"),
        ("Martin King, Jr.", "Martin King Jr"),
        ("Straße, Anna", "Anna Strasse"),
        ("李 伟", "李　伟"),
    ],
)
def test_two_spellings_of_a_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("M. Curie", "Marie Curie"), ("Wei Li", "Li Wei"), ("Ada", "Bo")])
def test_initials_and_orders_are_not_guessed(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_name_of_nothing_but_marks_is_its_own_key() -> None:
    assert name_key("???") == "???"
