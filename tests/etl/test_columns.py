"""Lines of arXiv's snapshot end in the same tables whether they are read as columns or one by one."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import columns
from etl.fields import name_key, title_key
from etl.records import Reject
from etl.sources.arxiv.snapshot import Block, Wanted
from etl.staging import Staged, stage, stage_columns, validate

TODAY = date(2026, 5, 20)
EVERYTHING = Wanted(frozenset(), date.min, date.max)
PLAIN: dict[str, Any] = {
    "id": "2503.00001",
    "submitter": "Emmy Noether",
    "authors": "Emmy Noether, A.-B. Curie",
    "title": "A  title\n  in two lines",
    "comments": "12 pages",
    "journal-ref": "Phys.Rev.D1:1,2025",
    "doi": "10.1103/PhysRevD.1",
    "report-no": None,
    "categories": "cs.CL hep-th",
    "license": None,
    "abstract": "  We ask\nand answer.\n  Then we ask again.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 3 Mar 2025 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 1 Apr 2025 00:00:00 GMT"},
    ],
    "update_date": "2025-04-01",
    "authors_parsed": [["Noether", "Emmy", ""], ["Curie", "A. -B.", "II", "somewhere"]],
}


def rows(parts: list[Staged]) -> dict[str, list[dict[str, Any]]]:
    """What was staged, by the place of its record."""
    whole = Staged()
    for part in parts:
        whole.add(part)
    found = {
        kind: [row for path in getattr(whole, kind) for row in pq.read_table(path).to_pylist()]
        for kind in ("staged", "sighted", "refused")
    }
    assert sum(map(len, found.values())) == whole.records
    return {kind: sorted(of_kind, key=lambda row: row["place"]) for kind, of_kind in found.items()}


def without_places(staged: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Records that nobody wants leave a gap in the places of columns."""
    return {
        kind: [{key: value for key, value in row.items() if key != "place"} for row in of_kind]
        for kind, of_kind in staged.items()
    }


def both_ways(block: Block, folder: Path) -> tuple[Any, Any]:
    """What is staged as columns, nothing where they cannot be, and what is staged one by one."""
    told = block.columns()
    return (
        told and without_places(rows([stage_columns(told, TODAY, folder, 0)])),
        without_places(rows(list(stage(validate(block(), TODAY), folder, 1)))),
    )


def block(*lines: Any, wanted: Wanted = EVERYTHING) -> Block:
    return Block(b"".join(json.dumps(line).encode() + b"\n" for line in lines), "lines.json", wanted)


def test_a_plain_line_as_columns(tmp_path: Path) -> None:
    told = block(PLAIN).columns()
    assert told is not None
    assert columns.validated(told.fields, TODAY)[1].to_pylist() == [True]
    (row,) = rows([stage_columns(told, TODAY, tmp_path, 2)])["staged"]
    assert {name: value for name, value in row.items() if value is not None} == {
        "place": 2 * 2**40,
        "paper_id": "2503.00001",
        "title_key": "atitleintwolines",
        "source": "arxiv",
        "arxiv_id": "2503.00001",
        "doi": "10.1103/physrevd.1",
        "title": "A title in two lines",
        "abstract": "We ask and answer.\nThen we ask again.",
        "published_on": date(2025, 3, 3),
        "updated_on": date(2025, 4, 1),
        "authors_count": 2,
        "categories": ["cs.CL", "hep-th"],
        "journal_ref": "Phys.Rev.D1:1,2025",
        "remark": "12 pages",
        "url": "https://arxiv.org/abs/2503.00001",
        "authors": [
            {"name": "Emmy Noether", "name_key": "emmy noether", "hidden": False},
            {"name": "A.-B. Curie II", "name_key": "ab curie ii", "hidden": False},
        ],
        "observations": [],
    }


TEXTS = (
    st.text(max_size=20)
    | st.text(" \n\t~.,-\\'\"{}$%aAoé", max_size=20)
    | st.sampled_from(
        ["Poincar\\'e", "\\o re", "$\\alpha$", "x" * 1_001, "y" * 301, " \n", "A.B.Curie", "\x1c", "?!"]
    )
)
MOMENTS = st.sampled_from(
    [
        "Fri, 30 Feb 2007 19:18:42 GMT",
        "Mon, 2 Apr 2007 19:18:42 GMT",
        "Mon, 02 Apr 2007 99:18:42 GMT",
        "Mon, 2 Apr 2007 19:18:42 +0100",
        "Mon, 2 Apr 1807 19:18:42 GMT",
        "Mon, 2 Apr 2107 19:18:42 GMT",
        "2 Apr 2007",
        "2007-04-02",
        "2007",
        "",
    ]
)
NAMES = st.lists(st.lists(TEXTS | st.none(), max_size=4) | st.none(), max_size=3)
IDS = (
    "hep-th/9901001",
    "math.GT/0309136",
    "0704.0001v2",
    "0704.00011",
    "x",
    "",
    "2503.00001\n",
    "\uff12503.00001",
)
ODD: dict[str, st.SearchStrategy[Any]] = {
    "id": st.sampled_from(IDS) | st.none(),
    "authors": TEXTS | st.none(),
    "title": TEXTS | st.none(),
    "comments": TEXTS | st.none(),
    "journal-ref": TEXTS | st.none(),
    "doi": TEXTS
    | st.sampled_from(["10.1/A, 10.1/b", "doi:10.1/A", "n/a", "10.1/A,", "10.12/X" + "y" * 300])
    | st.none(),
    "categories": TEXTS | st.sampled_from(["cs.CL  cs.LG", " cs.CL", "a " * 101, "c" * 301]) | st.none(),
    "abstract": TEXTS | st.sampled_from(["a\n  b\n c\r\nd", "z" * 20_001]) | st.none(),
    "versions": st.lists(
        st.fixed_dictionaries({}, optional={"version": st.just("v1"), "created": MOMENTS | st.none()})
        | st.none(),
        max_size=3,
    )
    | st.none(),
    "update_date": MOMENTS | st.none(),
    "authors_parsed": NAMES | st.none(),
}


def odd_lines() -> st.SearchStrategy[dict[str, Any]]:
    """Lines with some fields other than plain ones, or without them."""
    changed = st.sampled_from(sorted(ODD)).flatmap(lambda key: st.tuples(st.just(key), ODD[key]))
    changes = st.lists(changed, max_size=3).map(dict)
    return st.builds(
        lambda changes, gone: {key: value for key, value in (PLAIN | changes).items() if key not in gone},
        changes,
        st.sets(st.sampled_from(sorted(PLAIN)), max_size=2) | st.just(set()),
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(odd_lines(), min_size=1, max_size=4))
def test_any_line_of_texts_goes_both_ways_alike(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, Any]]
) -> None:
    as_columns, one_by_one = both_ways(block(*lines), tmp_path_factory.mktemp("staged"))
    assert as_columns == one_by_one


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*PLAIN, "else"]), VALUES)
def test_a_value_of_any_type_goes_both_ways_alike_or_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any
) -> None:
    as_columns, one_by_one = both_ways(block(PLAIN, PLAIN | {key: value}), tmp_path_factory.mktemp("staged"))
    assert as_columns in (None, one_by_one)


LINE = json.dumps(PLAIN).encode()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINE)),
            st.integers(0, 3),
            st.binary(max_size=2)
            | st.sampled_from([b"}\n{", b'"id":"x",', b"\\ud83d", b"\\u0000", b"\n", b"[", b"}{"]),
        ),
        max_size=3,
    )
)
def test_any_damage_goes_both_ways_alike_or_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, int, bytes]]
) -> None:
    line = LINE
    for at, length, put in damages:
        line = line[:at] + put + line[at + length :]
    damaged = Block(LINE + b"\n" + line + b"\n", "lines.json", EVERYTHING)
    as_columns, one_by_one = both_ways(damaged, tmp_path_factory.mktemp("staged"))
    assert as_columns in (None, one_by_one)


@pytest.mark.parametrize(
    "lines",
    [
        b"[1]\n",
        b"{}{}\n",
        b'{"a":\n1}\n',
        b"\n{}\n",
        b"{}\r\n",
        b'{"title": 1}\n',
        b'{"id": "a", "id": "b"}\n',
        b"{}x\n",
    ],
)
def test_what_is_not_an_object_a_line_goes_one_by_one(lines: bytes) -> None:
    assert Block(lines, "lines.json", EVERYTHING).columns() is None


def test_damage_goes_alone() -> None:
    damage = Reject("arxiv: lines.json", "cannot be read", "lines.json")
    assert Block(damage, "lines.json", EVERYTHING).columns() is None
    assert list(Block(damage, "lines.json", EVERYTHING)()) == [damage]


@pytest.mark.parametrize(
    ("sets", "since", "until", "taken"),
    [
        ({"cs"}, date.min, date.max, [0, 2]),
        ({"physics:hep-th"}, date.min, date.max, [1, 2]),
        (set(), date(2025, 3, 3), date(2025, 3, 3), [1]),
        ({"cs"}, date(2025, 3, 4), date.max, [2]),
        ({"math"}, date.min, date.max, []),
    ],
)
def test_papers_of_some_sets_and_days(
    tmp_path: Path, sets: set[str], since: date, until: date, taken: list[int]
) -> None:
    def line(number: int, categories: str, title: str) -> dict[str, Any]:
        created = [{"created": f"Sun, {number + 2} Mar 2025 10:00:00 GMT"}]
        return PLAIN | {
            "id": f"2503.0000{number}",
            "categories": categories,
            "versions": created,
            "title": title,
        }

    # The last of them goes one by one.
    lines = (
        line(0, "cs.CL", "A"),
        line(1, "hep-th", "B"),
        line(2, "hep-th cs.LG", "É"),
        line(3, "econ.EM", "É"),
    )
    wanted = Wanted(frozenset(sets), since, until)
    as_columns, one_by_one = both_ways(block(*lines, wanted=wanted), tmp_path)
    assert as_columns == one_by_one
    if sets or until < date.max:
        assert [row["paper_id"] for row in as_columns["staged"]] == [f"2503.0000{number}" for number in taken]


def test_records_keep_their_places_whichever_way_they_go(tmp_path: Path) -> None:
    lines = [PLAIN | {"id": f"2503.0000{number}", "title": title} for number, title in enumerate("AÉB")]
    told = block(*lines).columns()
    assert told is not None
    staged = stage_columns(told, TODAY, tmp_path, 0)
    (path,) = staged.staged
    assert [(row["place"], row["title"]) for row in pq.read_table(path).to_pylist()] == [
        (0, "A"),
        (1, "É"),
        (2, "B"),
    ]


PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12)


@given(st.lists(PRINTABLE.filter(lambda text: not text.isspace()), min_size=1, max_size=4))
def test_keys_of_columns_are_those_of_single_values(texts: list[str]) -> None:
    import pyarrow as pa  # noqa: PLC0415

    lines = [" ".join(text.split()) for text in texts]
    assert columns.title_key(pa.array(lines)).to_pylist() == [title_key(text) for text in lines]
    names = [text for text in lines if "," not in text]
    assert columns.name_key(pa.array(names, pa.string())).to_pylist() == [name_key(text) for text in names]
