"""Validated records as columns, in Parquet files beside the snapshot, where they wait to be merged.

Files, since what waits may be larger than memory, and since any process may write them. `place` is where a record came
in the stream of all records: a part of the stream has a span of places of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from etl import columns
from etl.batches import batches
from etl.columns import Columns
from etl.errors import InputError
from etl.forgotten import Forgotten
from etl.records import (
    Author,
    Observation,
    Paper,
    Raw,
    Reject,
    Sighting,
    name_key,
    shorten,
    title_key,
    validated,
)

Item = tuple[Raw, Paper | Sighting] | Reject

BATCH = 5_000  # records in a file
PLACES_OF_A_PART = 2**40
RUBBISH = 100_000  # records of which none can be used; no more are read

_OBSERVATION = pa.struct(
    [("observed_at", pa.timestamp("us")), ("upvotes", pa.int32()), ("comments", pa.int32())]
)
_AUTHOR = pa.struct([("name", pa.string()), ("name_key", pa.string()), ("hidden", pa.bool_())])
_STAGED = pa.schema(
    [
        ("place", pa.int64()),
        ("paper_id", pa.string()),
        ("title_key", pa.string()),
        ("source", pa.string()),
        ("arxiv_id", pa.string()),
        ("doi", pa.string()),
        ("title", pa.string()),
        ("abstract", pa.string()),
        ("published_on", pa.date32()),
        ("updated_on", pa.date32()),
        ("listed_on", pa.date32()),
        ("authors_count", pa.int32()),
        ("organization", pa.string()),
        ("submitter", pa.string()),
        ("repository", pa.string()),
        ("repository_stars", pa.int32()),
        ("project_page", pa.string()),
        ("thumbnail", pa.string()),
        ("discussion_id", pa.string()),
        ("keywords", pa.list_(pa.string())),
        ("categories", pa.list_(pa.string())),
        ("journal_ref", pa.string()),
        ("remark", pa.string()),
        ("url", pa.string()),
        ("authors", pa.list_(_AUTHOR)),
        ("observations", pa.list_(_OBSERVATION)),
    ]
)
_SIGHTED = pa.schema(
    [
        ("place", pa.int64()),
        ("id", pa.string()),
        ("arxiv_id", pa.string()),
        ("observed_at", pa.timestamp("us")),
        ("upvotes", pa.int32()),
        ("comments", pa.int32()),
        ("source", pa.string()),
        ("raw", pa.string()),
    ]
)
_REFUSED = pa.schema(
    [("place", pa.int64()), ("source", pa.string()), ("reason", pa.string()), ("raw", pa.string())]
)


_NO_LOOKS = pa.nulls(0, _OBSERVATION)
_SCHEMAS = {"staged": _STAGED, "sighted": _SIGHTED, "refused": _REFUSED}


def validate(
    records: Iterable[Raw | Reject], today: date, forgotten: Forgotten | None = None
) -> Iterator[Item]:
    """Each record, and what validation made of it; what was removed on request stays away.

    Raises:
        InputError: of very many records none could be used, so there is no sense in going on.
    """
    removed = forgotten or Forgotten()
    refused: int | None = 0  # in a row since the first record; None once one was not
    for record in records:
        valid = removed.of_record(record if isinstance(record, Reject) else validated(record, today))
        if refused is not None and not isinstance(valid, Reject):
            refused = None
        if isinstance(valid, Reject):
            if refused is not None:
                refused += 1
                _refuse_rubbish(refused, valid)
            yield valid
        elif valid is not None and not isinstance(record, Reject):
            # A batch waits for its last record, and what a paper has no room for need not wait with it.
            yield record if isinstance(valid, Sighting) else replace(record, fields={}), valid


def _refuse_rubbish(refused: int, last: Reject) -> None:
    if refused == RUBBISH:
        raise InputError(
            f"None of the first {refused:,} records could be used (the last: {last.reason}), so nothing was published; "
            "see that it is a file of papers, or mend it, and run again."
        )


@dataclass(slots=True)
class Staged:
    """Files that were written: of papers, of looks at known papers, and of records refused."""

    records: int = 0
    staged: list[str] = field(default_factory=list)
    sighted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def add(self, other: Staged) -> None:
        """Take in what another batch became."""
        self.records += other.records
        self.staged += other.staged
        self.sighted += other.sighted
        self.refused += other.refused


def stage(items: Iterable[Item], folder: Path, part: int) -> Iterator[Staged]:
    """Write a part of the stream, batch by batch; yields what each batch became."""
    numbered = enumerate(items, start=part * PLACES_OF_A_PART)
    for batch in batches(numbered, BATCH):
        yield _write(_tables(batch), folder, batch[0][0])


def stage_columns(given: Columns, today: date, folder: Path, part: int) -> Staged:
    """Write a part that comes as columns; those of its records that are not plain are validated one by one."""
    first = part * PLACES_OF_A_PART
    values, sure = columns.validated(given.fields, today)
    plain = _plain_table(values, given.source, pc.add(given.places, first)).filter(sure)
    others = dict(given.others)
    for place in given.places.filter(pc.invert(sure)).to_pylist():
        others[place] = given.record(place)
    places = sorted(others)
    items = validate((others[place] for place in places), today)
    tables = _tables([(first + place, item) for place, item in zip(places, items, strict=True)])
    if tables["staged"].num_rows:
        plain = pa.concat_tables([plain, tables["staged"]]).sort_by("place")
    return _write(tables | {"staged": plain}, folder, first)


def nothing(folder: Path) -> Staged:
    """Files without rows, so that there are tables even where no record comes."""
    empty = Staged()
    for kind, schema in _SCHEMAS.items():
        getattr(empty, kind).append(_save(schema.empty_table(), folder / f"{kind}.parquet"))
    return empty


def _tables(batch: list[tuple[int, Item]]) -> dict[str, pa.Table]:
    """The tables that records become, each with its place."""
    papers, sighted, refused = [], [], []
    for place, item in batch:
        if isinstance(item, Reject):
            refused.append((place, item.source, item.reason, item.raw))
        elif isinstance(item[1], Sighting):
            sighted.append(_sighted_row(place, item[0], item[1]))
        else:
            papers.append((place, item[0], item[1]))
    return {
        "staged": _papers_table(papers),
        "sighted": _table(sighted, _SIGHTED),
        "refused": _table(refused, _REFUSED),
    }


def _write(tables: dict[str, pa.Table], folder: Path, first: int) -> Staged:
    """Write those that have rows; `first` is a place that no others have."""
    written = Staged(records=sum(table.num_rows for table in tables.values()))
    for kind, table in tables.items():
        if table.num_rows:
            getattr(written, kind).append(_save(table, folder / f"{kind}-{first}.parquet"))
    return written


def _save(table: pa.Table, path: Path) -> str:
    """Write in the way that costs the least time to write and to read once."""
    pq.write_table(
        table, path, compression="lz4", use_dictionary=False, write_statistics=False, store_schema=False
    )
    return str(path)


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = [
        pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _papers_table(papers: list[tuple[int, Raw, Paper]]) -> pa.Table:
    flat = pa.schema(list(_STAGED)[:-2])
    table = _table([_flat_row(place, raw, paper) for place, raw, paper in papers], flat)
    authors = _authors_column([paper.authors for _, _, paper in papers])
    looks = _looks_column([paper.looks(raw.observed_at) for _, raw, paper in papers])
    return table.append_column(_STAGED.field("authors"), authors).append_column(
        _STAGED.field("observations"), looks
    )


def _plain_table(values: dict[str, pa.Array], source: str, places: pa.Array) -> pa.Table:
    """Columns that were validated, as they are staged."""
    names = values["authors"].flatten()
    people = pa.StructArray.from_arrays(
        [names, columns.name_key(names), pa.array(np.zeros(len(names), bool))], fields=list(_AUTHOR)
    )
    team_sizes = pc.list_value_length(values["authors"])
    staged = values | {
        "place": places,
        "paper_id": values["id"],
        "title_key": columns.title_key(values["title"]),
        "source": pa.repeat(source, len(places)),
        "authors_count": team_sizes,
        "authors": _lists(people, team_sizes),
        "observations": _lists(_NO_LOOKS, np.zeros(len(places), np.int32)),
    }
    return pa.Table.from_arrays(
        [staged.get(field.name, pa.nulls(len(places), field.type)) for field in _STAGED], schema=_STAGED
    )


def _flat_row(place: int, raw: Raw, paper: Paper) -> tuple[Any, ...]:
    """The columns of a paper, in the order of the schema, without the two that hold rows themselves."""
    return (
        place,
        paper.paper_id,
        title_key(paper.title),
        raw.source,
        paper.bare_arxiv_id,
        paper.doi,
        paper.title,
        paper.abstract,
        paper.published_on,
        paper.updated_on,
        paper.listed_on,
        paper.team_size,
        paper.organization,
        paper.submitter,
        paper.repository,
        paper.repository_stars,
        paper.project_page,
        paper.thumbnail,
        paper.discussion_id,
        paper.keywords or None,
        paper.categories or None,
        paper.journal_ref,
        paper.remark,
        paper.page,
    )


def _authors_column(teams: list[tuple[Author, ...] | None]) -> pa.Array:
    """Lists of authors; NULL where unknown. Built from flat columns, which is ten times as fast as from rows."""
    names = [author.name for team in teams for author in team or ()]
    hidden = [author.hidden for team in teams for author in team or ()]
    rows = pa.StructArray.from_arrays(
        [
            pa.array(names, pa.string()),
            pa.array(map(name_key, names), pa.string()),
            pa.array(hidden, pa.bool_()),
        ],
        fields=list(_AUTHOR),
    )
    return _lists(rows, [len(team) if team else None for team in teams])


def _looks_column(looks: list[tuple[Observation, ...]]) -> pa.Array:
    """Lists of looks; those without a time are no looks."""
    timed = [[look for look in of_paper if look.observed_at] for of_paper in looks]
    columns = zip(*(look for of_paper in timed for look in of_paper), strict=True)
    values = list(columns) or [(), (), ()]
    rows = pa.StructArray.from_arrays(
        [pa.array(column, kind.type) for column, kind in zip(values, _OBSERVATION, strict=True)],
        fields=list(_OBSERVATION),
    )
    return _lists(rows, [len(of_paper) for of_paper in timed])


def _lists(rows: pa.Array, sizes: Sequence[int | None] | NDArray[np.int32] | pa.Array) -> pa.Array:
    """Lists of rows of the given sizes, NULL where the size is."""
    known = pa.array(sizes, pa.int32())
    ends = np.cumsum(known.fill_null(0).to_numpy(), dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(np.append(np.int32(0), ends)), rows, mask=known.is_null())


def _sighted_row(place: int, raw: Raw, sighting: Sighting) -> tuple[Any, ...]:
    return (
        place,
        sighting.id,
        sighting.bare_arxiv_id or sighting.arxiv_id,
        sighting.observed_at,
        sighting.upvotes,
        sighting.comments,
        raw.where,
        shorten(raw.fields),
    )
