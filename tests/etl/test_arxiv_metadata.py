"""What arXiv's records mean: names, accents, dates, ids and sets."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import InputError
from etl.records import Raw, Reject
from etl.sources.arxiv.metadata import as_set, bare_id, fields, in_sets, raw
from etl.sources.arxiv.text import names, unaccented

# Invented, in the shape of a line of the snapshot.
LINE: dict[str, Any] = {
    "id": "0704.0001",
    "submitter": "Ada Lovelace",
    "authors": "A. Lovelace, C. Bal\\'azs, S. Power Jr.",
    "title": 'A calculation of\n  K\\"ahler engines',
    "comments": "37 pages, 15 figures",
    "journal-ref": "J.Engines 7:1-9,2007",
    "doi": "10.1000/engines.7",
    "report-no": "E-7",
    "categories": "hep-ph cs.CL",
    "license": None,
    "abstract": "  A full calculation of\nengines is shown.\n  It has two parts: $E=\\'e$.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Lovelace", "A.", ""], ["Balázs", "C. -P.", ""], ["Power", "S.", "Jr.", "Lancaster"]],
}


def test_a_line_of_the_snapshot_says() -> None:
    assert fields(LINE) == {
        "id": "0704.0001",
        "arxiv_id": "0704.0001",
        "doi": "10.1000/engines.7",
        "title": "A calculation of\n  Kähler engines",
        "abstract": "A full calculation of engines is shown.\nIt has two parts: $E=\\'e$.",
        "authors": ["A. Lovelace", "C.-P. Balázs", "S. Power Jr."],
        "published_on": date(2007, 4, 2),
        "updated_on": date(2007, 7, 24),
        "categories": ["hep-ph", "cs.CL"],
        "remark": "37 pages, 15 figures",
        "journal_ref": "J.Engines 7:1-9,2007",
        "url": "https://arxiv.org/abs/0704.0001",
    }


def test_authors_that_are_not_split_are_read_from_their_line() -> None:
    assert fields({**LINE, "authors_parsed": []})["authors"] == ["A. Lovelace", "C. Balázs", "S. Power Jr."]


def test_a_record_without_most_fields_says_what_it_can() -> None:
    said = fields({"id": "hep-th/9901001", "title": "Bare"})
    assert {name: value for name, value in said.items() if value is not None} == {
        "id": "hep-th/9901001",
        "arxiv_id": "hep-th/9901001",
        "title": "Bare",
        "url": "https://arxiv.org/abs/hep-th/9901001",
    }


def test_without_versions_the_day_of_the_last_change_is_that_of_the_record() -> None:
    said = fields({**LINE, "versions": []})
    assert (said["published_on"], said["updated_on"]) == (None, "2008-11-26")


def test_a_date_in_another_form_is_left_to_validation() -> None:
    versions = [
        {"version": "v1", "created": "2007-04-02"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 EST"},
    ]
    said = fields({**LINE, "versions": versions})
    assert (said["published_on"], said["updated_on"]) == ("2007-04-02", "Tue, 24 Jul 2007 20:10:27 EST")


def test_of_two_dois_the_first_counts() -> None:
    assert fields({**LINE, "doi": "10.1000/a, 10.1000/b"})["doi"] == "10.1000/a"
    assert fields({**LINE, "doi": " "})["doi"] is None


@pytest.mark.parametrize(
    ("given_id", "bare"),
    [
        ("0704.0001", "0704.0001"),
        ("2503.00001v2", "2503.00001"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("math.GT/0309136v1", "math.GT/0309136"),
    ],
)
def test_ids_of_both_styles_are_known(given_id: str, bare: str) -> None:
    assert bare_id(given_id) == bare
    record = raw({**LINE, "id": given_id}, "here")
    assert isinstance(record, Raw)
    assert record.fields["url"] == f"https://arxiv.org/abs/{bare}"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (7, "the record is no object"),
        ({"title": "x"}, "id is missing"),
        ({**LINE, "id": "10.1000/engines.7"}, "id is '10.1000/engines.7', not one of arXiv's"),
        ({**LINE, "id": "0704.00011234"}, "id is '0704.00011234', not one of arXiv's"),
        ({**LINE, "id": 704.0001}, "id is '704.0001', not one of arXiv's"),
        ({**LINE, "abstract": 7}, "fields have unexpected types: "),
        ({**LINE, "versions": [{}]}, "fields have unexpected types: 'created'"),
        (
            {**LINE, "authors_parsed": ["Lovelace, A."]},
            "fields have unexpected types: an author is a str, not a list",
        ),
        ({**LINE, "authors_parsed": [[]]}, "fields have unexpected types: "),
    ],
)
def test_what_is_no_record_of_arxiv_is_refused(record: Any, reason: str) -> None:
    refused = raw(record, "here")
    assert isinstance(refused, Reject)
    assert refused.source == "arxiv: here"
    assert refused.reason.startswith(reason)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Poincar\'e and K\"ahler", "Poincaré and Kähler"),
        (r"{\"o} \"{o} {\'{e}} \'{\i}", "ö ö é í"),
        (r"Erd\H{o}s, \v{S}id\'ak, G\"{o}del", "Erdős, Šidák, Gödel"),
        (r"\c{c}elik, \v s, Stra\ss e, {\L}ukasz", "çelik, š, Straße, Łukasz"),
        (r"\O{}rsted \AA ngstr\"om", "Ørsted Ångström"),
        (r"$\'e$ stays, \'e does not, and $x$", r"$\'e$ stays, é does not, and $x$"),
        (r"50% of \emph{all} \varepsilon", r"50% of \emph{all} \varepsilon"),
        ("no TeX", "no TeX"),
    ],
)
def test_accents_become_letters(tex: str, text: str) -> None:
    assert unaccented(tex) == text


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("A. Noether, B.Curie, and C.-P. Ahn", ["A. Noether", "B. Curie", "C.-P. Ahn"]),
        (
            'A. Noether (1), B. Curie (1 and 2) & C. Ahn ((1) G\\"ottingen (DE), (2) Paris)',
            ["A. Noether", "B. Curie", "C. Ahn"],
        ),
        ("LIGO Collaboration: A. Noether, et al.", ["LIGO Collaboration", "A. Noether"]),
        ("Sammy Davis, Jr., Henry Tudor, III", ["Sammy Davis Jr.", "Henry Tudor III"]),
        ("J.~Nash\n  and Andy Band", ["J. Nash", "Andy Band"]),
        ("A. Noether (Lab of", ["A. Noether"]),
        ("A. Noether), B. Curie", ["A. Noether", "B. Curie"]),
        ("", []),
        (" , ,", []),
    ],
)
def test_an_author_line_is_split_into_names(line: str, people: list[str]) -> None:
    assert names(line) == people


@pytest.mark.parametrize(
    ("text", "subset"),
    [
        ("cs:cs:CL", "cs:cs:CL"),
        ("cs", "cs"),
        ("physics", "physics"),
        ("cs.CL", "cs:cs:CL"),
        ("astro-ph.CO", "physics:astro-ph:CO"),
        ("cond-mat.mes-hall", "physics:cond-mat:mes-hall"),
        ("hep-th", "physics:hep-th"),
    ],
)
def test_a_set_may_be_named_as_a_category(text: str, subset: str) -> None:
    assert as_set(text) == subset


@pytest.mark.parametrize("text", ["", "cs:cs:CL:x", "cs&from=1991", "../etc", "cs CL"])
def test_what_can_be_no_set_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"is no set of arXiv; write one such as"):
        as_set(text)


@pytest.mark.parametrize(
    ("categories", "sets", "belongs"),
    [
        (["cs.CL", "hep-th"], ["cs:cs:CL"], True),
        (["cs.CL"], ["cs"], True),
        (["cs.CL"], ["cs:cs:CV", "physics"], False),
        (["hep-th"], ["physics:hep-th"], True),
        (["hep-th"], ["physics"], True),
        (["astro-ph.CO"], ["physics:astro-ph"], True),
        (["physics.optics"], ["physics:physics:optics"], True),
        ([], ["cs"], False),
        (None, ["cs"], False),
    ],
)
def test_papers_belong_to_the_sets_of_their_categories(
    categories: list[str] | None, sets: list[str], belongs: bool
) -> None:
    assert in_sets(categories, sets) is belongs


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional={name: ANYTHING | st.just(value) for name, value in LINE.items()})
    | ANYTHING
)
def test_any_record_is_taken_or_refused(record: Any) -> None:
    assert isinstance(raw(record, "here"), Raw | Reject)


@settings(deadline=None)
@given(st.text(alphabet="aé\\'\"{}$~(),:. and&", max_size=60))
def test_any_author_line_is_split(line: str) -> None:
    for name in names(line):
        assert name == name.strip()
        assert name
        assert not set(name) & set(",:(")
