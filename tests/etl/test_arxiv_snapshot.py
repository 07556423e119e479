"""Source `arxiv` from its snapshot: packed or not, whole or in part, and what damage does."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from etl import cli, contract, pipeline
from etl.errors import InputError
from etl.records import Raw, Reject
from etl.settings import Settings
from etl.sources.arxiv import snapshot
from etl.sources.arxiv.snapshot import SnapshotSource

Rows = Callable[..., list[tuple[Any, ...]]]


def line(number: int, **given: Any) -> dict[str, Any]:
    """A line of the snapshot: of 1 January 2007 and `number` days, in cs.CL if that is even, else in hep-th."""
    day = date.fromordinal(date(2007, 1, 1).toordinal() + number)
    return {
        "id": f"0704.{number:04}",
        "authors": "A. Lovelace",
        "title": f"Paper {number}",
        "comments": None,
        "categories": "hep-th" if number % 2 else "cs.CL cs.LG",
        "abstract": f"  We study {number}.\n",
        "versions": [{"version": "v1", "created": f"{day:%a, %d %b %Y} 19:18:42 GMT"}],
        "update_date": "2008-11-26",
        "authors_parsed": [["Lovelace", "A.", ""]],
    } | given


def text(*lines: Any) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in lines).encode()


def write(folder: Path, content: bytes) -> Path:
    path = folder / "arxiv-metadata-oai-snapshot.json"
    path.write_bytes(content)
    return path


def zipped(folder: Path, content: bytes) -> Path:
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", "small")
        archive.writestr("arxiv-metadata-oai-snapshot.json", content)
    return path


def gzipped(folder: Path, content: bytes) -> Path:
    path = folder / "snapshot.json.gz"
    path.write_bytes(gzip.compress(content))
    return path


def read_all(path: Path, **options: Any) -> tuple[list[str], list[tuple[str, str]]]:
    """The ids of the papers in a file, and source and reason of its rejects."""
    found = list(SnapshotSource([str(path)], **options).records())
    return (
        [record.fields["id"] for record in found if isinstance(record, Raw)],
        [(record.source, record.reason) for record in found if isinstance(record, Reject)],
    )


@pytest.mark.parametrize("packed", [write, gzipped, zipped])
def test_a_snapshot_is_read_plain_and_packed(tmp_path: Path, packed: Callable[[Path, bytes], Path]) -> None:
    assert read_all(packed(tmp_path, text(line(0), line(1)))) == (["0704.0000", "0704.0001"], [])


def test_what_a_run_publishes(tmp_path: Path, silent: Any, read: Rows) -> None:
    second = line(1, comments="12 pages", authors_parsed=[["Noether", "Emmy", ""], ["Curie", "M.", "II"]])
    source = SnapshotSource([str(zipped(tmp_path, text(line(0), second, {"id": "x"})))])
    done = pipeline.run(Settings(tmp_path / "data"), source, contract.REAL, {}, progress=silent)
    assert (done.records, done.papers, done.rejected) == (3, 2, 1)
    columns = "paper_id, source, arxiv_id, title, abstract, published_on, url"
    assert read(tmp_path / "data", f"SELECT {columns} FROM papers ORDER BY ALL") == [
        (
            "0704.0000",
            "arxiv",
            "0704.0000",
            "Paper 0",
            "We study 0.",
            date(2007, 1, 1),
            "https://arxiv.org/abs/0704.0000",
        ),
        (
            "0704.0001",
            "arxiv",
            "0704.0001",
            "Paper 1",
            "We study 1.",
            date(2007, 1, 2),
            "https://arxiv.org/abs/0704.0001",
        ),
    ]
    more = "SELECT categories, remark, updated_on FROM papers ORDER BY paper_id"
    assert read(tmp_path / "data", more) == [
        (["cs.CL", "cs.LG"], None, date(2007, 1, 1)),
        (["hep-th"], "12 pages", date(2007, 1, 2)),
    ]
    assert read(tmp_path / "data", "SELECT paper_id, position, name FROM authors ORDER BY ALL") == [
        ("0704.0000", 1, "A. Lovelace"),
        ("0704.0001", 1, "Emmy Noether"),
        ("0704.0001", 2, "M. Curie II"),
    ]
    assert read(tmp_path / "data", "SELECT source, covered_from, covered_until FROM coverage") == [
        ("arxiv", date(2007, 1, 1), date(2007, 1, 3))
    ]


def test_a_later_snapshot_may_give_a_paper_another_title(tmp_path: Path, silent: Any, read: Rows) -> None:
    for content in (line(0), line(0, title="A better title")):
        source = SnapshotSource([str(write(tmp_path, text(content)))])
        done = pipeline.run(Settings(tmp_path / "data"), source, contract.REAL, {}, progress=silent)
        assert (done.rejected, done.papers) == (0, 1)
    assert read(tmp_path / "data", "SELECT title FROM papers") == [("A better title",)]


def test_papers_of_some_sets_and_days(tmp_path: Path) -> None:
    undated = line(8, versions=[])
    path = write(tmp_path, text(*map(line, range(6)), undated))
    assert read_all(path, sets=["cs"])[0] == ["0704.0000", "0704.0002", "0704.0004", "0704.0008"]
    since, until = date(2007, 1, 3), date(2007, 1, 5)
    assert read_all(path, since=since, until=until)[0] == ["0704.0002", "0704.0003", "0704.0004", "0704.0008"]
    assert read_all(path, sets=["physics:hep-th"], since=since)[0] == ["0704.0003", "0704.0005"]


def test_rejects_are_told_whatever_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, text({"id": "x"}, line(1)))
    assert read_all(path, sets=["cs"]) == (
        [],
        [("arxiv: arxiv-metadata-oai-snapshot.json", "id is 'x', not one of arXiv's")],
    )


def test_a_line_that_is_no_json_is_refused_and_stops_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, b"\n{" + text(line(0)) + b"[1]\n" + text(line(1)))
    ids, refused = read_all(path)
    assert ids == ["0704.0001"]
    assert [reason for _, reason in refused] == [
        "the line is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "the record is no object",
    ]


def test_what_only_a_lenient_parser_takes_is_taken(tmp_path: Path) -> None:
    half_a_surrogate = text(line(0, title="Half \ud83d"))
    no_utf8 = text(line(1)).replace(b"Paper", b"P\xffper")
    found = list(SnapshotSource([str(write(tmp_path, half_a_surrogate + no_utf8))]).records())
    assert [record.fields["title"] for record in found if isinstance(record, Raw)] == [
        "Half \ud83d",
        "P\ufffdper 1",
    ]


def test_a_line_without_end_is_cut_and_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "_LONGEST_LINE", 1_000)
    path = write(tmp_path, text(line(0)) + b"x" * 5_000 + b"\n" + text(line(1)))
    assert read_all(path) == (
        ["0704.0000", "0704.0001"],
        [("arxiv: arxiv-metadata-oai-snapshot.json", "the line is longer than 1,000 bytes")],
    )


def by_parts(path: Path) -> list[Raw | Reject]:
    """The records of the stretches that a plain file divides into."""
    parts = SnapshotSource([str(path)]).parts()
    assert parts is not None
    return [record for part in parts for record in part()]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.binary(max_size=60) | st.integers(0, 9).map(lambda number: text(line(number)).strip()), min_size=1
    ),
    st.integers(1, 900),
)
def test_wherever_a_plain_file_is_divided_each_line_is_read_once(lines: list[bytes], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = write(Path(folder), b"{}\n" + b"\n".join(lines))
        patch.setattr(snapshot, "_DIVIDED_FROM", 0)
        patch.setattr(snapshot, "_PART", size)
        assert by_parts(path) == list(SnapshotSource([str(path)]).records())


def test_a_line_without_end_is_cut_in_its_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_LONGEST_LINE", 1_000), ("_DIVIDED_FROM", 0), ("_PART", 700)):
        monkeypatch.setattr(snapshot, name, value)
    path = write(tmp_path, text(line(0)) + b"x" * 5_000 + b"\n" + text(line(1)))
    first, cut, last = by_parts(path)
    assert isinstance(first, Raw)
    assert isinstance(last, Raw)
    assert isinstance(cut, Reject)
    assert (first.fields["id"], cut.reason, last.fields["id"]) == (
        "0704.0000",
        "the line is longer than 1,000 bytes",
        "0704.0001",
    )


def test_a_part_that_is_gone_or_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_DIVIDED_FROM", 0), ("_PART", 700)):
        monkeypatch.setattr(snapshot, name, value)
    path = write(tmp_path, text(*map(line, range(10))))
    parts = list(SnapshotSource([str(path)]).parts() or ())
    os.truncate(path, 1_000)
    assert list(parts[0]())
    with pytest.raises(InputError, match="became shorter while it was read, so nothing was published"):
        list(parts[1]())
    path.unlink()
    (refused,) = parts[1]()
    assert isinstance(refused, Reject)
    assert refused.reason == "bytes 700 to 1400 of the file cannot be read (No such file or directory)"


@pytest.mark.parametrize("packed", [gzipped, zipped])
def test_damage_ends_a_file_with_a_reject(tmp_path: Path, packed: Callable[[Path, bytes], Path]) -> None:
    path = packed(tmp_path, text(*map(line, range(2_000))))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 100] = bytes(100)
    path.write_bytes(content)
    ids, refused = read_all(path)
    assert 0 < len(ids) < 2_000
    assert [source for source, _ in refused if "no further" not in source] == [f"arxiv: {path.name}"] * len(
        refused
    )
    assert refused[-1][1].startswith("the file cannot be read any further after line ")


def test_a_cut_download_ends_with_a_reject(tmp_path: Path) -> None:
    path = gzipped(tmp_path, text(*map(line, range(500))))
    path.write_bytes(path.read_bytes()[:-50])
    _, refused = read_all(path)
    assert refused[-1][1].endswith("Compressed file ended before the end-of-stream marker was reached")


def test_an_archive_that_is_none_or_empty_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("folder")
    assert read_all(path)[1] == [
        ("arxiv: archive.zip", "the file cannot be read any further after line 0: it holds no file")
    ]
    path.write_bytes(b"PK\x03\x04 and no more")
    assert read_all(path)[1] == [
        ("arxiv: archive.zip", "the file cannot be read any further after line 0: File is not a zip file")
    ]


@pytest.mark.parametrize("year", ["0001", "9999", "99999"])
def test_a_year_that_cannot_be_costs_its_paper_alone(tmp_path: Path, silent: Any, year: str) -> None:
    far = [{"version": "v1", "created": f"Sat, 1 Jan {year} 00:00:00 GMT"}]
    source = SnapshotSource([str(write(tmp_path, text(line(0, versions=far), line(1))))])
    done = pipeline.run(Settings(tmp_path / "data"), source, contract.REAL, {}, progress=silent)
    assert (done.records, done.papers, done.rejected) == (2, 1, 1)


def test_memory_stays_flat(tmp_path: Path) -> None:
    path = zipped(
        tmp_path, text(*(line(number, abstract="word " * 2_000) for number in range(3_000)))
    )  # 30 MB
    source = SnapshotSource([str(path)])
    tracemalloc.start()
    papers = sum(1 for _ in source.records())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert papers == 3_000
    assert peak < 6_000_000


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"is no file; give the snapshot arxiv-metadata-oai-snapshot\.json, plain"
    ):
        SnapshotSource([str(tmp_path / "absent.json")])
    with pytest.raises(InputError, match=r"--since 2025-01-02 comes after --until 2025-01-01; "):
        SnapshotSource([str(write(tmp_path, b""))], since=date(2025, 1, 2), until=date(2025, 1, 1))


def test_the_command_loads_a_snapshot(tmp_path: Path, read: Rows) -> None:
    path = zipped(tmp_path, text(*map(line, range(4))))
    data_dir = str(tmp_path / "data")
    command = ["run", "--source", "arxiv", "--input", str(path), "--data-dir", data_dir]
    done = CliRunner().invoke(cli.app, [*command, "--set", "cs.CL", "--since", "2007-01-02"])
    assert done.exit_code == 0, done.output
    assert read(tmp_path / "data", "SELECT paper_id FROM papers") == [("0704.0002",)]
    refused = CliRunner().invoke(cli.app, [*command, "--refresh"])
    assert refused.exit_code == 1
    assert "--refresh does not go with --input" in refused.output


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.binary(max_size=60) | st.integers(0, 9).map(lambda number: text(line(number)).strip()), max_size=6
    )
)
def test_any_bytes_are_read_and_no_line_is_lost(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), b"\n".join(lines))
        if path.read_bytes()[:4].startswith((b"\x1f\x8b", b"PK\x03\x04")):
            return
        found = list(SnapshotSource([str(path)]).records())
    assert len(found) == sum(1 for one in b"\n".join(lines).split(b"\n") if one.strip())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([b"\x1f\x8b", b"PK\x03\x04"]), st.binary(max_size=200))
def test_any_bytes_under_the_marks_of_an_archive_end_in_a_reject(magic: bytes, rest: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = list(SnapshotSource([str(write(Path(folder), magic + rest))]).records())
    assert found
    assert isinstance(found[-1], Reject)
