"""The file source: formats, column names, the Daily Papers API's shape, and damaged files."""

from __future__ import annotations

import csv
import gzip
import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etl.errors import InputError
from etl.records import Raw, Reject
from etl.sources.file import FileSource, our_fields

RECORDS = [
    {"id": "a", "title": "First", "authors": ["Ada Lovelace", "Emmy Noether"], "upvotes": 3},
    {"id": "b", "title": "Sécond, with a comma", "authors": ["Marie Curie"], "upvotes": 0},
]
ENTRY: dict[str, Any] = {
    "paper": {
        "id": "2405.19327",
        "title": "A paper",
        "summary": "Its abstract.",
        "authors": [{"name": "Ada Lovelace", "hidden": False}],
        "publishedAt": "2024-05-24T17:58:25.000Z",
        "upvotes": 44,
        "ai_keywords": ["video"],
    },
    "publishedAt": "2024-05-25T13:58:25.000Z",
    "title": "A paper",
    "numComments": 2,
    "organization": {"name": "nvidia", "fullname": "NVIDIA"},
}


def read(*inputs: Path) -> tuple[list[Raw], list[Reject]]:
    items = list(FileSource([str(path) for path in inputs]).records())
    return [item for item in items if isinstance(item, Raw)], [
        item for item in items if isinstance(item, Reject)
    ]


def write(path: Path, name: str) -> Path:
    """RECORDS in the format that the name's ending says."""
    target = path / name
    array, lines = json.dumps(RECORDS), "\n".join(map(json.dumps, RECORDS))
    if name.endswith(".parquet"):
        pd.DataFrame(RECORDS).to_parquet(target)
    elif name.endswith(".csv"):
        rows = [{**record, "authors": "; ".join(record["authors"])} for record in RECORDS]  # type: ignore[arg-type]
        with target.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        text = (array if ".jsonl" not in name else lines).encode()
        target.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return target


@pytest.mark.parametrize(
    "name", ["p.json", "p.json.gz", "p.jsonl", "p.jsonl.gz", "p.csv", "p.parquet", "P.JSON"]
)
def test_every_format_gives_the_same_records(tmp_path: Path, name: str) -> None:
    raws, rejects = read(write(tmp_path, name))
    assert rejects == []
    assert [raw.fields["title"] for raw in raws] == ["First", "Sécond, with a comma"]
    assert [int(raw.fields["upvotes"]) for raw in raws] == [3, 0]
    assert {raw.source for raw in raws} == {"file"}


def test_a_folder_a_glob_and_a_file_named_twice(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    write(tmp_path / "inner", "b.json")
    first = write(tmp_path, "a.csv")
    (tmp_path / "notes.txt").write_text("not papers")
    assert len(read(tmp_path)[0]) == 4
    assert len(read(tmp_path / "*.csv")[0]) == 2
    assert len(read(first, tmp_path)[0]) == 4


@pytest.mark.parametrize("given", ["missing.json", "*.nothing", "empty", "notes.txt"])
def test_nothing_to_read_is_one_sentence(tmp_path: Path, given: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("not papers")
    with pytest.raises(InputError, match=r"^--input .* give a \.json"):
        FileSource([str(tmp_path / given)])


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Title", "title"),
        ("Publication Date", "published_on"),
        ("publishedAt", "published_on"),
        ("PUBLISHED", "published_on"),
        ("n_authors", "authors_count"),
        ("Author Names", "authors"),
        ("summary", "abstract"),
        ("numComments", "comments"),
        ("Organisation", "organization"),
        ("\ufefftitle", "title"),
        ("fetched-at", "observed_at"),
        ("arXivId", "arxiv_id"),
        ("ArXiv ID", "arxiv_id"),
    ],
)
def test_the_usual_names_of_columns(column: str, field: str) -> None:
    assert our_fields({column: "x"}) == {field: "x"}


def test_a_comment_is_a_text_and_comments_may_be() -> None:
    assert our_fields({"comment": "12"}) == {}
    assert our_fields({"comments": "12 pages, 3 figures"}) == {}
    assert our_fields({"comments": "12"}) == {"comments": "12"}
    assert our_fields({"comments": -2}) == {"comments": -2}


def test_of_two_columns_for_a_field_the_first_that_says_something() -> None:
    assert our_fields({"id": None, "paper_id": "7"}) == {"id": "7"}


def test_an_entry_of_the_daily_papers_api(tmp_path: Path) -> None:
    path = tmp_path / "2024-05-27.json.gz"
    path.write_bytes(gzip.compress(json.dumps([ENTRY]).encode()))
    source = FileSource([str(path)])
    (raw,) = source.records()
    assert isinstance(raw, Raw)
    assert raw.source == "hf"
    assert raw.observed_at == datetime(2024, 5, 27)
    assert raw.fields["published_on"] == "2024-05-24T17:58:25.000Z"  # the inner one
    assert raw.fields["listed_on"] == date(2024, 5, 27)  # the requested day
    assert (raw.fields["upvotes"], raw.fields["comments"]) == (44, 2)
    assert raw.fields["organization"] == "NVIDIA"
    assert source.coverage == {"hf": (date(2024, 5, 27), date(2024, 5, 28))}


def test_the_day_an_entry_names_comes_before_the_requested_day(tmp_path: Path) -> None:
    paper = {**ENTRY["paper"], "submittedOnDailyAt": "2024-05-26T00:50:53.746Z"}
    path = tmp_path / "2024-05-27.json"
    path.write_text(json.dumps([{**ENTRY, "paper": paper}]))
    (raw,), _ = read(path)
    assert raw.fields["listed_on"] == "2024-05-26T00:50:53.746Z"


def test_a_week_of_lists_ends_with_its_weekend(tmp_path: Path) -> None:
    for day in ("2024-05-27", "2024-05-31"):  # Monday and Friday
        (tmp_path / f"{day}.json").write_text(json.dumps([ENTRY]))
    source = FileSource([str(tmp_path)])
    list(source.records())
    assert source.coverage == {"hf": (date(2024, 5, 27), date(2024, 6, 3))}


def test_an_entry_of_a_wrong_shape_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"paper": {"id": "1", "title": "t", "authors": 7}}, {"paper": [1]}, ENTRY]))
    raws, rejects = read(path)
    assert len(raws) == 3  # authors and the missing title are the validator's business
    assert rejects == []


def test_bad_lines_do_not_stop_the_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"title": "good"}\nnot json\n\n[1, 2]\n{"title": "caf\xe9"}\n{"title": "last"}')
    raws, rejects = read(path)
    assert [raw.fields["title"] for raw in raws] == ["good", "caf\ufffd", "last"]
    assert [reject.reason.split(":")[0] for reject in rejects] == [
        "the line is not JSON",
        "the record is a list, not an object",
    ]
    assert rejects[0].raw == "not json"


def test_json_lines_under_a_json_name_and_a_single_record(tmp_path: Path) -> None:
    lines, single = tmp_path / "lines.json", tmp_path / "single.json"
    lines.write_text('{"title": "one"}\n{"title": "two"}\n')
    single.write_text('\ufeff{\n "title": "alone"\n}')
    assert [raw.fields["title"] for raw in read(lines)[0]] == ["one", "two"]
    assert [raw.fields["title"] for raw in read(single)[0]] == ["alone"]


def test_a_truncated_file_gives_what_came_before(tmp_path: Path) -> None:
    whole = gzip.compress(json.dumps(RECORDS * 500).encode())
    (tmp_path / "cut.json.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut.json").write_text('[{"title": "one"}, {"title": "tw')
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and nothing more")
    (tmp_path / "nul.json").write_bytes(b'[{"title": "one"}, \x00\x00')
    for name, at_least in (("cut.json.gz", 0), ("cut.json", 1), ("cut.parquet", 0), ("nul.json", 1)):
        raws, rejects = read(tmp_path / name)
        assert len(raws) >= at_least
        assert len(rejects) == 1
        assert "cannot be read any further after record" in rejects[0].reason


def test_a_csv_row_with_too_many_cells_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('title,upvotes\nfine,1\nbroken,2,3\n"long ' + "x" * 200_000 + '",4\n')
    raws, rejects = read(path)
    assert [raw.fields["upvotes"] for raw in raws] == ["1", "4"]
    assert rejects[0].reason == "the row has more cells than the header"


def test_the_time_of_the_counters(tmp_path: Path) -> None:
    dated, plain = write(tmp_path, "list-2025-10-29.json"), write(tmp_path, "list.json")
    os.utime(plain, (1_700_000_000, 1_700_000_000))
    assert read(dated)[0][0].observed_at == datetime(2025, 10, 29)
    assert read(plain)[0][0].observed_at == datetime(2023, 11, 14, 22, 13, 20)


def test_no_coverage_is_claimed_for_plain_records(tmp_path: Path) -> None:
    source = FileSource([str(write(tmp_path, "2025-10-29.json"))])
    list(source.records())
    assert source.coverage == {}
