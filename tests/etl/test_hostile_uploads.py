"""Files that a stranger made to do harm: each is refused or made harmless, in little memory and time."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import resource
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl import contract, pipeline, staging
from etl.errors import InputError
from etl.records import Raw, Reject
from etl.report import Report
from etl.settings import Settings
from etl.sources import bounds, formats, pages
from etl.sources.arxiv.snapshot import SnapshotSource
from etl.sources.file import FileSource
from etl.sources.listing import lines_of_html

GOOD = {"title": "A good paper", "abstract": "Waves."}
MEGABYTE = 1_000_000
Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def load(tmp_path: Path, silent: Any) -> Callable[[Path], Report]:
    def run(path: Path) -> Report:
        return pipeline.run(
            Settings(tmp_path / "data"), FileSource([str(path)]), contract.REAL, {}, progress=silent
        )

    return run


@contextmanager
def frugal(megabytes: int = 600, seconds: float = 20) -> Iterator[None]:
    """No more than so much memory beside what is held already, and no more than so much time of the processor."""
    began = time.process_time()
    if sys.platform != "linux":
        yield
        return
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * MEGABYTE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert time.process_time() - began < seconds


def read(path: Path) -> list[Any]:
    """What the reader of a file gives, under bounded memory."""
    with frugal():
        return list(formats.items(path, "file"))


def refusal(path: Path) -> str:
    """Why all of a file was refused."""
    (only,) = read(path)
    assert isinstance(only, Reject)
    return only.reason


# ---- bombs ----


def bomb(path: Path, head: bytes, piece: bytes, times: int) -> Path:
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(head)
        for _ in range(times):
            stream.write(piece)
    return path


@pytest.mark.parametrize("name", ["bomb.json.gz", "bomb.jsonl.gz"])
def test_a_bomb_of_many_small_records_is_given_up(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "UNPACKED_FREELY", MEGABYTE)
    path = bomb(tmp_path / name, b"", b'{"title": "x"}\n' * 10_000, 20)  # 3 MB
    assert path.stat().st_size * bounds.UNPACKED_TIMES < 2 * MEGABYTE
    given = 0
    with frugal():
        for item in formats.items(path, "file"):
            given += not isinstance(item, Reject)
            last = item
    assert isinstance(last, Reject)
    assert "it unpacks to more than 100 times its size, which no file of papers does" in last.reason
    assert given * 15 <= 2 * MEGABYTE


def test_a_bomb_of_one_endless_value_is_given_up(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.json.gz", b'[{"title": "', b"x" * MEGABYTE, 25)
    assert "a record is longer than 20,000,000 bytes" in refusal(path)


def test_a_bomb_within_a_bomb_is_not_unpacked_twice(tmp_path: Path) -> None:
    inner = bomb(tmp_path / "inner.gz", b"", b" " * MEGABYTE, 50).read_bytes()
    (tmp_path / "outer.json.gz").write_bytes(gzip.compress(inner))
    assert "cannot be read" in refusal(tmp_path / "outer.json.gz")


def test_a_zip_is_no_file_of_papers(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("papers.json", b"0" * 10 * MEGABYTE)
        link = zipfile.ZipInfo("link.json")
        link.external_attr = 0o120777 << 16  # a symbolic link
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match=r"holds no file of a kind Papertide reads; give a \.json"):
        FileSource([str(path)])
    renamed = path.rename(tmp_path / "papers.json")
    assert "cannot be read" in refusal(renamed)


def test_a_line_of_300_megabytes_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"title": "')
        stream.seek(300 * MEGABYTE)  # a hole, so that it takes no room on the disk
        stream.write(b'"}\n' + json.dumps(GOOD).encode() + b"\n")
    refused, good = read(path)
    assert refused.reason == "the line is longer than 20,000,000 bytes"
    assert len(refused.raw) < 2_000
    assert good == GOOD


@pytest.mark.parametrize(
    ("name", "head"),
    [("long.json", b'{"title": "'), ("long.csv", b'title\n"'), ("long.tsv", b"title\n")],
)
def test_a_value_of_300_megabytes_is_refused(tmp_path: Path, name: str, head: bytes) -> None:
    path = tmp_path / name
    with path.open("wb") as stream:
        stream.write(head + b"x" * 10)
        stream.seek(300 * MEGABYTE)
        stream.write(b"x")
    reason = refusal(path)  # JSON has no place for the NULs of the hole
    assert "is longer than 20,000,000" in reason or "invalid character inside string" in reason


def test_an_open_quotation_mark_does_not_swallow_a_file(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_text('title\n"' + ("a line of prose\n" * 64_000) * 25)  # 25.6 MB
    assert "is longer than 20,000,000" in refusal(path) or "field larger" in refusal(path)


@pytest.mark.parametrize("name", ["long.bib", "long.ris", "long.txt"])
def test_a_reference_file_of_a_gigabyte_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("TY  - JOUR\n")
    os.truncate(path, 1_000 * MEGABYTE)
    assert "it is longer than 200,000,000 bytes; cut it into several files" in refusal(path)


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 200_000, '[{"title":' + "[" * 100_000 + "]" * 100_000 + "}]"]
)
@pytest.mark.parametrize("name", ["deep.json", "deep.jsonl"])
def test_deep_nesting_ends_nothing_but_the_record(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    for item in read(path):
        assert isinstance(item, Reject) or isinstance(staging_of(item), Reject)


def staging_of(fields: dict[str, Any]) -> Any:
    (valid,) = staging.validate([Raw(fields, "file", "record 1", None)], date(2025, 1, 1))
    return valid


def test_rubbish_is_given_up_before_it_fills_the_disk(
    tmp_path: Path, load: Callable[[Path], Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "RUBBISH", 500)
    path = tmp_path / "rubbish.jsonl"
    path.write_text("{}\n" * 5_000)
    with pytest.raises(
        InputError, match=r"None of the first 500 records could be used .* see that it is a file"
    ):
        load(path)
    path.write_text(json.dumps(GOOD) + "\n" + "{}\n" * 5_000)
    assert load(path).rejected == 5_000


def test_records_that_wait_to_be_written_are_cut_already(tmp_path: Path) -> None:
    long = (
        Raw({"title": f"Paper {number}", "abstract": "x" * 10 * MEGABYTE}, "file") for number in range(30)
    )
    with frugal(150):
        (staged,) = staging.stage(staging.validate(long, date(2025, 1, 1)), tmp_path, 0)
    assert staged.records == 30


# ---- arXiv's snapshot ----


def zip_bomb(path: Path, piece: bytes, times: int, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive, archive.open("snapshot.json", "w") as stream:
        for _ in range(times):
            stream.write(piece)
    return path


def gzip_bomb(path: Path, piece: bytes, times: int) -> Path:
    return bomb(path, b"", piece, times)


PAPER = b'{"id": "0704.0001", "title": "x", "categories": "cs.CL"}\n'


@pytest.mark.parametrize("packed", [gzip_bomb, zip_bomb])
@pytest.mark.parametrize(
    ("piece", "times"),
    [(b"x" * MEGABYTE, 120), (b"\n" * MEGABYTE, 12), (PAPER * 20_000, 12)],
    ids=["an endless line", "blank lines", "papers"],
)
def test_a_snapshot_that_is_a_bomb_is_given_up(
    tmp_path: Path, packed: Callable[..., Path], piece: bytes, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "UNPACKED_FREELY", 10 * MEGABYTE)
    path = packed(tmp_path / "snapshot", piece, times)
    at_most = max(10 * MEGABYTE, 100 * path.stat().st_size)
    assert at_most < len(piece) * times
    given, last = 0, None
    with frugal(100):
        for last in SnapshotSource([str(path)]).records():
            given += isinstance(last, Raw)
    assert isinstance(last, Reject)
    assert last.reason.startswith("the file cannot be read any further after line ")
    assert last.reason.endswith("it unpacks to more than 100 times its size, which no file of papers does")
    assert given <= at_most // len(PAPER)


def test_a_snapshot_of_the_usual_ratio_is_no_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "UNPACKED_FREELY", 0)
    monkeypatch.setattr(bounds, "UNPACKED_TIMES", 5)
    path = tmp_path / "snapshot.zip"
    words = [word.encode() for word in os.urandom(30_000).hex(" ", 3).split()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        lines = (
            PAPER.replace(b"x", b" ".join(words[number : number + 150])) for number in range(0, 9_000, 75)
        )
        archive.writestr("snapshot.json", b"".join(lines))
    assert 2 < zipfile.ZipFile(path).infolist()[0].file_size / path.stat().st_size < 5
    assert all(isinstance(record, Raw) for record in SnapshotSource([str(path)]).records())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_unpacked_without_bounds_is_refused(tmp_path: Path, method: int) -> None:
    path = zip_bomb(tmp_path / "snapshot.zip", b"x" * MEGABYTE, 50, method)
    with frugal(100):
        (refused,) = SnapshotSource([str(path)]).records()
    assert isinstance(refused, Reject)
    assert "it is packed with another method than deflate; pack it anew" in refused.reason


def test_a_zip_of_a_million_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"")
    content = path.read_bytes()
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    listed = content[start:end] * 1_000_000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listed), start, 0)
    path.write_bytes(content[:start] + listed + tail)
    with frugal(100):
        (refused,) = SnapshotSource([str(path)]).records()
    assert isinstance(refused, Reject)
    assert "its list of files is longer than 1,000,000 bytes" in refused.reason


def test_millions_of_lines_in_a_part_of_a_snapshot_go_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    path.write_bytes(b"{}\n" * 8_000_000)
    stretches = list(SnapshotSource([str(path)]).parts() or ())
    assert len(stretches) == 3
    with frugal(100):
        assert [stretch.columns() for stretch in stretches] == [None, None, None]
        assert all(isinstance(record, Reject) for stretch in stretches for record in islice(stretch(), 1_000))


# ---- Parquet ----


def test_a_parquet_file_that_claims_more_rows_than_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"title": pa.nulls(3_000_000, pa.string())}), path)
    assert path.stat().st_size < 10_000
    assert "claim 3,000,000 rows" in refusal(path)


def test_one_long_value_in_thousands_of_rows_is_not_made_thousands_of_times(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.parquet"
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), pa.array(["x" * 900_000]))
    ids = pa.array([os.urandom(40).hex() for _ in range(2_000)])
    pq.write_table(pa.table({"title": column, "id": ids}), path, dictionary_pagesize_limit=2**30)
    assert path.stat().st_size < 1_000_000  # and 1.8 GB as texts
    with frugal():
        assert sum(len(item["title"]) for item in formats.items(path, "file")) == 2_000 * 900_000


def varint(number: int, width: int = 0) -> bytes:
    """A number as Thrift's compact protocol writes it, in as many bytes at least."""
    pieces = [number >> shift & 0x7F for shift in range(0, max(7 * width, number.bit_length(), 1), 7)]
    return bytes([*(piece | 0x80 for piece in pieces[:-1]), pieces[-1]])


def with_a_footer_that_lies(path: Path, told: int) -> None:
    """Let the footer of a file with one column say that this unpacks to as many bytes."""
    true = varint(2 * pq.read_metadata(path).row_group(0).total_byte_size)
    content = path.read_bytes()
    assert content.count(true) == 2  # of the column and of the row group
    path.write_bytes(content.replace(true, varint(2 * told, len(true))))


PEAK = """
import sys
from pathlib import Path
from etl.sources import formats

def peak():
    (line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1])

before = peak()
for item in formats.items(Path(sys.argv[1]), "file"):
    pass
print(peak() - before, getattr(item, "reason", None))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where a process can be asked for its peak of memory")
def test_a_page_larger_than_the_footer_says_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "page.parquet"
    table = pa.table({"title": ["x" * 250 * MEGABYTE]})
    pq.write_table(table, path, compression="zstd", use_dictionary=False, write_statistics=False)
    assert path.stat().st_size < 10_000
    with_a_footer_that_lies(path, 1_000)
    assert pq.read_metadata(path).row_group(0).total_byte_size == 1_000
    told = subprocess.run([sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True)
    kilobytes, reason = told.stdout.split(maxsplit=1)
    assert "a page of it claims 250,000,010 bytes; write it with pages of at most 200,000,000" in reason
    assert int(kilobytes) < 50_000  # reading it took 1.5 GB


def test_many_pages_that_unpack_to_more_than_the_footer_says_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pages.parquet"
    title = "x" * 10 * MEGABYTE
    pq.write_table(
        pa.table({"title": [title] * 15}), path, compression="zstd", use_dictionary=False, write_batch_size=1
    )
    with_a_footer_that_lies(path, 1_000)
    assert "claim more than any file of papers holds" in refusal(path)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_list_of_millions_of_nothing_is_refused(tmp_path: Path, version: str) -> None:
    path = tmp_path / "nulls.parquet"
    keywords = pa.ListArray.from_arrays([0, 3_000_000], pa.nulls(3_000_000, pa.string()))
    pq.write_table(pa.table({"title": ["x"], "keywords": keywords}), path, data_page_version=version)
    assert path.stat().st_size < 10_000
    assert "claim more than any file of papers holds" in refusal(path)


def test_one_long_text_in_a_list_thousands_of_times_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), pa.array(["x" * 900_000]))
    keywords = pa.ListArray.from_arrays([0, 2_000], words)
    pq.write_table(pa.table({"title": ["x"], "keywords": keywords}), path, dictionary_pagesize_limit=2**30)
    assert "a record is longer than 20,000,000 bytes" in refusal(path)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_texts_that_begin_like_those_before_them_are_refused(tmp_path: Path, version: str) -> None:
    path = tmp_path / "delta.parquet"
    options = {"use_dictionary": False, "column_encoding": "DELTA_BYTE_ARRAY", "data_page_version": version}
    pq.write_table(
        pa.table({"title": [f"{'x' * 900_000}{number}" for number in range(100)]}), path, **options
    )
    assert path.stat().st_size < MEGABYTE  # and 90 MB as texts
    assert "its texts are encoded as DELTA_BYTE_ARRAY, which may unpack to any size" in refusal(path)


def test_long_values_of_a_fixed_length_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "fixed.parquet"
    values = pa.array([b"x" * 100_000] * 500, pa.binary(100_000))
    pq.write_table(pa.table({"title": ["A title"] * 500, "thumbnail": values}), path)
    assert path.stat().st_size < MEGABYTE
    assert "it has values of a fixed length of more than 100 bytes" in refusal(path)


def test_what_duckdb_writes_is_read_whatever_the_version(tmp_path: Path) -> None:
    rows = (
        "SELECT 'Title ' || i AS title, 'cs.' || i % 3 AS categories, ['a', 'b' || i] FROM range(5000) t(i)"
    )
    for version in ("v1", "v2"):
        path = tmp_path / f"{version}.parquet"
        duckdb.execute(
            f"COPY ({rows}) TO '{path}' (FORMAT parquet, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"
        )
        assert [tuple(item.values()) for item in formats.items(path, "file")] == duckdb.execute(
            rows
        ).fetchall()


def test_a_title_of_30_megabytes_is_refused_and_those_before_it_are_read(tmp_path: Path) -> None:
    path = tmp_path / "title.parquet"
    pq.write_table(pa.table({"title": ["A title"] * 5 + ["x" * 30 * MEGABYTE]}), path)
    *before, refused = read(path)
    assert before == [{"title": "A title"}] * 5
    assert "after record 5: a record is longer than 20,000,000 bytes" in refused.reason


LENGTHS = "DELTA_LENGTH_BYTE_ARRAY"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"data_page_version": "2.0", "compression": "gzip"},
        {"compression": "none", "use_dictionary": False},
        {"row_group_size": 700, "data_page_size": 100},
        {
            "dictionary_pagesize_limit": 1_000,
            "data_page_size": 1_000,
            "write_batch_size": 100,
        },  # plain from then on
        {"write_page_checksum": True, "write_page_index": True},
        {
            "use_dictionary": ["links.key_value.key"],
            "column_encoding": {"title": LENGTHS, "authors.list.element.name": LENGTHS},
        },
    ],
)
def test_what_pages_claim_is_what_the_footer_sums_up(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "papers.parquet"
    people = pa.array([[{"name": f"Name {number}"}] * (number % 4) for number in range(5_000)])
    columns = {"title": [f"Title {number}" for number in range(5_000)], "authors": people}
    maps = pa.array([[("key", "value")]] * 5_000, pa.map_(pa.string(), pa.string()))
    views = pa.array(["seen"] * 5_000, pa.string_view())
    table = pa.table({**columns, "nothing": pa.nulls(5_000, pa.string()), "links": maps, "views": views})
    pq.write_table(table, path, **options)
    assert list(formats.items(path, "file")) == table.to_pylist()
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
        claimed = list(pages.pages(file, path))
    assert sum(page.values for page in claimed) == sum(chunk.num_values for chunk in chunks)
    total = sum(chunk.total_uncompressed_size for chunk in chunks)  # with the headers of pages
    assert total - 400 * len(claimed) < sum(page.unpacked for page in claimed) < total


@pytest.mark.parametrize(
    "header", [b"", b"\xff" * 60, b"\x1c" * 60, b"\x19\xfc\xff\xff\xff\xff\x0f" + b"\x1c" * 50]
)
def test_a_page_without_header_is_refused(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "header.parquet"
    pq.write_table(pa.table({"title": ["A title of a paper"] * 50}), path, compression="none")
    content = bytearray(path.read_bytes())
    content[4 : 4 + len(header) or 30] = header or bytes(26)
    path.write_bytes(content)
    assert "after record 0: a page has no " in refusal(path) or "nested too deep" in refusal(path)


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x7FFFFFFF, 10**6])
def test_an_absurd_length_of_metadata_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "absurd.parquet"
    path.write_bytes(b"PAR1" + b"\x15" * 1_000 + struct.pack("<I", length) + b"PAR1")
    assert "cannot be read" in refusal(path)


def test_absurd_counts_in_the_metadata_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    # Thrift: version 1, then a schema that is a list of 2^31 - 1 elements.
    metadata = b"\x15\x02\x19\xfc\xff\xff\xff\xff\x07" + b"\x15" * 200
    path.write_bytes(b"PAR1" + metadata + struct.pack("<I", len(metadata)) + b"PAR1")
    assert "cannot be read" in refusal(path)


# ---- code that must not run ----


class Ran:
    """Pickled, it makes a file when it is read."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.proof),)


@pytest.mark.parametrize("name", [f"evil{ending}" for ending in formats.READERS])
def test_a_pickle_under_any_name_runs_no_code(tmp_path: Path, name: str) -> None:
    proof = tmp_path / "proof"
    content = pickle.dumps(Ran(proof))
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert all(isinstance(item, Reject) or "title" not in item for item in read(path))
    assert not proof.exists()
    pickle.loads(content)
    assert proof.exists()  # it would have


def test_a_type_of_parquet_that_is_pickled_runs_no_code(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    kind = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Ran(proof)),
    }
    field = pa.field("title", pa.string(), metadata=kind)
    path = tmp_path / "evil.parquet"
    pq.write_table(pa.table([pa.array(["A title"])], schema=pa.schema([field])), path)
    assert [item["title"] for item in read(path)] == ["A title"]
    assert not proof.exists()


LAUGHS = "<!DOCTYPE lolz [<!ENTITY lol0 'lol'>" + "".join(
    f"<!ENTITY lol{number} '{f'&lol{number - 1};' * 10}'>" for number in range(1, 10)
)


def test_a_billion_laughs_are_none() -> None:
    with frugal():
        lines = lines_of_html(f"{LAUGHS}]><html><body><p>&lol9;</p></body></html>".encode())
    assert sum(len(line.text) for line in lines) < 2_000


def test_a_billion_laughs_of_bibtex_and_files_of_tex_stay_unread(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tex"
    secret.write_text("the secret")
    strings = '@string{l0 = "lol"}\n' + "".join(
        f"@string{{l{number} = {' # '.join([f'l{number - 1}'] * 10)}}}\n" for number in range(1, 10)
    )
    path = tmp_path / "laughs.bib"
    path.write_text(
        strings + "@article{a, title = l9, abstract = {\\input{" + str(secret) + "} \\include{secret}}}\n"
        "@article{b, title = {\\def\\x{\\x\\x}\\x}}\n"
    )
    told = "".join(map(str, read(path)))
    assert len(told) < 5_000
    assert "the secret" not in told


# ---- paths ----


@pytest.mark.parametrize("name", ["a\0b.json", "x" * 5_000 + ".json", "~nobody-of-that-name/x.json"])
def test_a_path_that_no_system_has_is_one_sentence(name: str) -> None:
    with pytest.raises(InputError, match=r"^--input .*; give a .*file.*\.$") as told:
        FileSource([name])
    assert len(str(told.value)) < 400
    assert "\0" not in str(told.value)


def test_a_link_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(GOOD))
    folder = tmp_path / "unpacked"
    (folder / "inner").mkdir(parents=True)
    (folder / "good.json").write_text(json.dumps(GOOD))
    (folder / "again.json").symlink_to(folder / "good.json")
    assert len(FileSource([str(folder)]).paths) == 1  # a link within is the same file
    (folder / "inner" / "papers.json").symlink_to(secret)
    with pytest.raises(
        InputError, match=r"holds papers\.json, a link to a file outside of it; give that file"
    ):
        FileSource([str(folder)])


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path, tmp_path / "pipe.json"):
        with pytest.raises(InputError, match=r"holds no file of a kind|matches no file"):
            FileSource([str(path)])


# ---- contents that are not what the name says ----


@pytest.mark.parametrize("ending", list(formats.READERS))
@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n\xe2\xe3", b"\x7fELF" + bytes(200), b"PK\x03\x04" + bytes(300)]
)
def test_what_is_not_what_its_name_says_is_one_sentence(
    tmp_path: Path, load: Callable[[Path], Report], ending: str, content: bytes
) -> None:
    path = tmp_path / f"papers{ending}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"nothing (was published|to publish); (mend|check) .*\.$") as told:
        load(path)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "data" / "current.json").exists()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b"[" * 500 + b"]" * 500, False),
        (b"[" * 501 + b"]" * 501, True),
        (b'{"a":' * 501, True),
        (b"[[],[]]" * 600, False),
        (b'["' + b"[" * 600 + b'"]', False),  # brackets of a text are none
        (b'["\\"' + b"[" * 600 + b'"]', False),  # and a quotation mark that is escaped does not end it
        (b'["\\\\"' + b"[" * 600, True),  # but one after an escaped backslash does
        (b'["]]]]"' + b',["]]]]"' * 501, True),
    ],
)
def test_nesting_is_counted_whatever_the_pieces(text: bytes, deep: bool, size: int) -> None:
    nesting = bounds.Nesting()
    try:
        for start in range(0, len(text), size):
            nesting.follow(text[start : start + size])
    except bounds.TooLarge:
        assert deep
    else:
        assert not deep
