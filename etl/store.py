"""The only writer of DuckDB: a snapshot under construction, and the cache of vectors.

A snapshot starts from the current one, so that history carries forward; it is built in a file of its own and
nobody reads it until `publish` has moved it into place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from etl import contract, corrections
from etl.corrections import Corrections
from etl.forgotten import REMOVED, Forgotten, Found
from etl.records import AUTHORS_KEPT, FetchedDay, Paper, Raw, Reject, Sighting, shorten, title_key

T = TypeVar("T")

_BATCH = 2_000  # records handed to DuckDB at once
_CARRIED = (
    contract.PAPERS,
    contract.AUTHORS,
    contract.TOPICS,
    contract.FITTED_TOPICS,
    contract.TOPIC_FIT,
    contract.TOPIC_LINEAGE,
    contract.UPVOTE_OBSERVATIONS,
    contract.RUNS,
    contract.REJECTS,
    contract.COVERAGE,
    contract.FETCHED_DAYS,
    contract.ENCODER_TERMS,
)
_STAGED = pa.schema(
    [
        ("place", pa.int64()),
        ("paper_id", pa.string()),
        ("title_key", pa.string()),
        ("source", pa.string()),
        ("arxiv_id", pa.string()),
        ("title", pa.string()),
        ("abstract", pa.string()),
        ("published_on", pa.date32()),
        ("listed_on", pa.date32()),
        ("authors", pa.list_(pa.struct([("name", pa.string()), ("hidden", pa.bool_())]))),
        ("authors_count", pa.int32()),
        ("organization", pa.string()),
        ("submitter", pa.string()),
        ("repository", pa.string()),
        ("repository_stars", pa.int32()),
        ("keywords", pa.list_(pa.string())),
        ("url", pa.string()),
        (
            "observations",
            pa.list_(
                pa.struct(
                    [("observed_at", pa.timestamp("us")), ("upvotes", pa.int32()), ("comments", pa.int32())]
                )
            ),
        ),
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
_REFUSED = pa.schema([("source", pa.string()), ("reason", pa.string()), ("raw", pa.string())])


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a column, of any table, forgets: rows to keep, or what its value becomes; in terms of `forgotten.Found`."""

    column: str
    keep: str = ""
    make: str = ""


_FORGETTING = (
    _Rule("paper_id", keep="NOT list_contains($papers::VARCHAR[], paper_id)"),
    _Rule("name", keep="NOT list_contains($names::VARCHAR[], name)"),
    _Rule("raw", keep="NOT list_contains($texts::VARCHAR[], raw)"),
    _Rule("reason", keep="NOT list_contains($texts::VARCHAR[], reason)"),
    _Rule("error", make=f"if(list_contains($texts::VARCHAR[], error), '{REMOVED}', error)"),
    _Rule("submitter", make="if(list_contains($names::VARCHAR[], submitter), NULL, submitter)"),
    _Rule("organization", make="if(list_contains($names::VARCHAR[], organization), NULL, organization)"),
    # A description quotes the title of the most typical paper.
    _Rule(
        "description",
        make="if(list_has_any(typical, $papers::VARCHAR[]), "
        "regexp_replace(description, ', such as “.*', '.'), description)",
    ),
    _Rule("typical", make="list_filter(typical, lambda paper: NOT list_contains($papers::VARCHAR[], paper))"),
)


class Store:
    """A snapshot under construction. Use as a context manager: leaving it closes the file."""

    def __init__(self, path: Path, previous: Path | None, forgotten: Forgotten | None = None) -> None:
        self._connection = duckdb.connect(str(path))
        self._execute("SET temp_directory = $folder", folder=str(path.with_suffix(".tmp")))
        for table in contract.TABLES:
            self._execute(table.ddl)
        if previous:
            self._carry_forward(previous, forgotten or Forgotten())
        self._script("stage")
        self._staged = 0

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            # Closing writes as well, but keeps it to itself when the disk is full.
            self._execute("CHECKPOINT")
        self._connection.close()

    def _carry_forward(self, previous: Path, forgotten: Forgotten) -> None:
        self._execute(f"ATTACH '{str(previous).replace(chr(39), chr(39) * 2)}' AS previous (READ_ONLY)")
        known = {name for (name,) in self._rows("SHOW TABLES FROM previous")}
        gone = forgotten.found_in(self._connection)
        for table in (
            table for table in _CARRIED if table.name in known
        ):  # a table may be newer than the snapshot
            self._carry(table, gone)
        self._execute("DETACH previous")
        if contract.FITTED_TOPICS.name not in known:  # published before topics could be corrected
            self._keep_as_fitted(self._execute("FROM topics").df())
            self._execute("UPDATE papers SET fitted_topic_id = topic_id")

    def _carry(self, table: contract.Table, gone: Found) -> None:
        """Copy a table of the previous snapshot, what is forgotten left out: it is never written into this file."""
        columns = {row[0] for row in self._rows(f"DESCRIBE previous.{table.name}")}
        rules = [rule for rule in _FORGETTING if rule.column in columns] if gone else []
        where = " AND ".join(rule.keep for rule in rules if rule.keep) or "true"
        made = ", ".join(f"{rule.make} AS {rule.column}" for rule in rules if rule.make)
        select = f"SELECT * REPLACE ({made})" if made else "SELECT *"
        used = {
            name: getattr(gone, name) for name in ("papers", "names", "texts") if f"${name}" in select + where
        }
        self._execute(
            f"INSERT INTO {table.name} BY NAME {select} FROM previous.{table.name} WHERE {where}",
            **used,
        )

    def recount(self) -> None:
        """Count the papers of each topic anew."""
        self._execute(
            "UPDATE topics SET papers = (SELECT count(*) FROM papers WHERE papers.topic_id = topics.topic_id)"
        )

    # ---- loading ----

    def stage(self, records: Iterable[tuple[Raw, Paper | Sighting] | Reject]) -> Iterator[int]:
        """Write records as they come; yields how many were taken in after each batch."""
        for batch in _batches(records, _BATCH):
            staged, sighted, refused = [], [], []
            for place, item in enumerate(batch, start=self._staged):
                if isinstance(item, Reject):
                    refused.append(asdict(item))
                elif isinstance(item[1], Sighting):
                    sighted.append(_sighted_row(place, item[0], item[1]))
                else:
                    staged.append(_staged_row(place, item[0], item[1]))
            self._staged += len(batch)
            self._insert("staged", pa.Table.from_pylist(staged, schema=_STAGED))
            self._insert("sighted", pa.Table.from_pylist(sighted, schema=_SIGHTED))
            self._insert("refused", pa.Table.from_pylist(refused, schema=_REFUSED))
            yield len(batch)

    def merge(self, run_id: str, revising: str = "") -> None:
        """Turn what was staged into papers, authors, observations and rejects.

        Args:
            run_id: the run.
            revising: papers.source of those that may come with another title than before; none unless said.
        """
        self._script("refuse_conflicts", revising=revising)
        self._script("merge_papers", run_id=run_id)
        self._script("recognise")
        self._script("observe")
        self._insert("age_of_reading", _ages())
        self._script("upvote_readings")
        self._script("keep_rejects", run_id=run_id)

    def cover(self, run_id: str, asked: Mapping[str, tuple[date, date]]) -> None:
        """Record the days each source was asked for: as it says, else the days its papers' dates span."""
        spans = self._rows(
            "SELECT source, min(published_on), max(published_on) + 1 FROM staged "
            "WHERE published_on IS NOT NULL GROUP BY source ORDER BY source"
        )
        covered = {source: (first, until) for source, first, until in spans} | dict(asked)
        for source, (first, until) in covered.items():
            self._execute(
                "INSERT INTO coverage SELECT $run_id, $source, $first, $until WHERE NOT EXISTS ("
                "FROM coverage WHERE source = $source AND covered_from = $first AND covered_until = $until)",
                run_id=run_id,
                source=source,
                first=first,
                until=until,
            )

    def fetched_days(self, source: str) -> dict[date, datetime]:
        """When each day of a source's lists was last fetched (UTC)."""
        return dict(
            self._execute(
                "SELECT day, fetched_at FROM fetched_days WHERE source = $source", source=source
            ).fetchall()
        )

    def log_days(self, run_id: str, source: str, days: Iterable[FetchedDay]) -> None:
        """Record the days that were fetched, in the place of what was known of them."""
        rows = pa.Table.from_pylist([{"source": source, "run_id": run_id, **asdict(day)} for day in days])
        if rows:
            self._connection.register("fetched", rows)
            self._execute(
                "DELETE FROM fetched_days USING fetched "
                "WHERE fetched_days.source = fetched.source AND fetched_days.day = fetched.day"
            )
            self._connection.unregister("fetched")
            self._insert("fetched_days", rows)

    # ---- topics ----

    def texts(self, added_by: str | None = None) -> Iterator[pd.DataFrame]:
        """The papers, or those that a run added, in batches, ordered by id.

        Columns are paper_id, title, abstract ('' where unknown), keywords ([] where unknown), text_hash, month ('' if
        undated), and topic_id, the model's, before corrections (-1 for a paper new in this run), with its
        topic_probability, x and y.
        """
        cursor = self._connection.cursor()
        rows = cursor.sql(
            "SELECT paper_id, title, coalesce(abstract, '') AS abstract, "
            "coalesce(keywords, []) AS keywords, fitted_topic_id AS topic_id, topic_probability, x, y, "
            "md5(title || chr(10) || coalesce(abstract, '')) AS text_hash, "
            "coalesce(strftime(published_on, '%Y-%m'), '') AS month FROM papers "
            "WHERE run_id = coalesce($run_id, run_id) ORDER BY paper_id",
            params={"run_id": added_by},
        )
        for batch in cast(pa.RecordBatchReader, rows.to_arrow_reader(5 * _BATCH)):
            yield batch.to_pandas()

    def corpus_fingerprint(self) -> str:
        """Changes when a paper joins or a text changes; the order of loading does not matter."""
        (fingerprint,) = self._one(
            "SELECT count(*) || '-' || coalesce(bit_xor(md5_number("
            "paper_id || chr(10) || title || chr(10) || coalesce(abstract, ''))), 0) FROM papers"
        )
        return str(fingerprint)

    def topic_ids(self) -> list[int]:
        """The topics as they stand, outliers not among them."""
        return [
            topic_id
            for (topic_id,) in self._rows("SELECT topic_id FROM topics WHERE topic_id >= 0 ORDER BY 1")
        ]

    def next_topic_id(self) -> int:
        """The smallest id that no topic ever had."""
        (largest,) = self._one(
            "SELECT max(topic_id) FROM "
            "(SELECT topic_id FROM fitted_topics UNION ALL SELECT topic_id FROM topic_lineage)"
        )
        return 0 if largest is None else int(largest) + 1

    def topic_fit(self) -> dict[str, Any] | None:
        """The fit that the topics come from; None where there was none."""
        rows = self._execute("FROM topic_fit").df().to_dict("records")
        return {str(name): value for name, value in rows[0].items()} if rows else None

    def placed(self, at_most: int) -> pd.DataFrame:
        """Papers with a place on the map, so many at most, the same ones each time: text_hash, topic_id, x, y."""
        return self._execute(
            "SELECT md5(title || chr(10) || coalesce(abstract, '')) AS text_hash, fitted_topic_id AS topic_id, x, y "
            "FROM papers WHERE x IS NOT NULL AND fitted_topic_id >= 0 ORDER BY hash(paper_id) LIMIT $at_most",
            at_most=at_most,
        ).df()

    def replace_topics(
        self, topics: pd.DataFrame, lineage: pd.DataFrame, fit: Mapping[str, Any] | None
    ) -> None:
        """Keep the topics of a fit, which no longer has a row where there are none, and add to the lineage.

        They are published by `correct`.
        """
        self._insert("topic_lineage", lineage)
        self._execute("DELETE FROM fitted_topics")
        self._execute("DELETE FROM topic_fit")
        self._keep_as_fitted(topics)
        if fit:
            self._insert("topic_fit", pd.DataFrame([dict(fit)]))

    def assign(self, assignments: pd.DataFrame) -> None:
        """Give papers the model's topics: paper_id, topic_id, topic_probability, x, y. `correct` counts them."""
        self._connection.register("assignments", assignments)
        self._execute(
            "UPDATE papers SET topic_id = assignments.topic_id, fitted_topic_id = assignments.topic_id, "
            "topic_probability = assignments.topic_probability, x = assignments.x, y = assignments.y "
            "FROM assignments WHERE papers.paper_id = assignments.paper_id"
        )
        self._connection.unregister("assignments")

    def fitted_topics(self) -> pd.DataFrame:
        """The model's topics, before corrections: the table `fitted_topics`."""
        return self._execute("FROM fitted_topics ORDER BY topic_id").df()

    def correct(self, wanted: Corrections, run_id: str) -> str | None:
        """Publish the model's topics with the corrections by people; returns a note on those without a topic."""
        fitted = self.fitted_topics()
        known = set(fitted["topic_id"].tolist())
        targets = wanted.targets(known)
        moved = pd.DataFrame(
            [(topic, targets.get(topic, topic)) for topic in sorted(known)], columns=["fitted", "target"]
        ).astype("int64")
        self._connection.register("moved", moved)
        # Most papers stay where they are, so only the others are written.
        self._execute(
            "UPDATE papers SET topic_id = moved.target FROM moved "
            "WHERE papers.fitted_topic_id = moved.fitted AND papers.topic_id <> moved.target"
        )
        self._execute(
            "INSERT INTO topic_lineage BY NAME SELECT $run_id AS run_id, target AS topic_id, 'merged' AS event, "
            "fitted AS from_topic_id FROM moved WHERE target <> fitted AND NOT EXISTS ("
            "FROM topic_lineage WHERE event = 'merged' AND topic_id = target AND from_topic_id = fitted)",
            run_id=run_id,
        )
        self._connection.unregister("moved")
        self._connection.register("corrected", corrections.apply(fitted, wanted))
        self._execute("DELETE FROM topics")
        self._execute(
            "INSERT INTO topics BY NAME SELECT corrected.*, coalesce(counted.papers, 0) AS papers FROM corrected "
            "LEFT JOIN (SELECT topic_id, count(*) AS papers FROM papers GROUP BY topic_id) AS counted "
            "USING (topic_id) ORDER BY topic_id"
        )
        self._connection.unregister("corrected")
        return wanted.unheeded(known - {contract.OUTLIER})

    def _keep_as_fitted(self, topics: pd.DataFrame) -> None:
        names = {column.name for column in contract.FITTED_TOPICS.columns}
        self._insert("fitted_topics", topics[[name for name in topics.columns if name in names]])

    def encoder_terms(self) -> pa.Table:
        """The published text encoder: model, term, idf, projection; empty without one."""
        return self._connection.sql("SELECT model, term, idf, projection FROM encoder_terms").to_arrow_table()

    def encoder_model(self) -> str:
        """Name of the published text encoder; '' without one."""
        (model,) = self._one("SELECT coalesce(any_value(model), '') FROM encoder_terms")
        return str(model)

    def replace_encoder(self, terms: pa.Table) -> None:
        """Publish another text encoder."""
        self._execute("DELETE FROM encoder_terms")
        self._insert("encoder_terms", terms)

    # ---- trends ----

    def topic_months(self, today: date) -> pd.DataFrame:
        """Counts without bands: topic_id, month, papers, corpus_papers, upvotes_median, partial."""
        self._script("calendar", today=today)
        return self._execute(_sql("topic_months")).df()

    def write_trends(self, months: pd.DataFrame, signals: pd.DataFrame, changes: pd.DataFrame) -> None:
        """Publish the monthly shares, the verdicts, and the changes of level."""
        self._insert("topic_months", months)
        self._insert("topic_signals", signals)
        self._insert("topic_changes", changes)

    def counted(self, step: str, **values: object) -> pd.DataFrame:
        """Rows of a step in etl/sql that counts: those of its last statement. Of the values it takes what it names."""
        self._script(step, **values)
        return self._connection.df()

    def write(self, table: contract.Table, rows: pd.DataFrame) -> None:
        """Publish rows of a table of the contract."""
        self._insert(table.name, rows)

    # ---- closing ----

    def plant(self, table: contract.Table, rows: Iterable[tuple[object, ...]]) -> None:
        """Write planted truth of the demo corpus, as a stream."""
        self._execute(f"CREATE OR REPLACE {table.ddl.removeprefix('CREATE ')}")
        names = [column.name for column in table.columns]
        for batch in _batches(rows, 10 * _BATCH):
            self._insert(table.name, pd.DataFrame(batch, columns=names))

    def record_run(self, run: Mapping[str, Any]) -> None:
        """Add a run to the history, unless it is there."""
        self._execute("DELETE FROM runs WHERE run_id = $run_id", run_id=run["run_id"])
        self._insert("runs", pd.DataFrame([dict(run)]))

    def known_runs(self) -> set[str]:
        """Ids of the runs in the history."""
        return {run_id for (run_id,) in self._rows("SELECT run_id FROM runs")}

    def sign(self, run_id: str, published_at: datetime, corpus: str, fit: Mapping[str, Any]) -> None:
        """Write the snapshot's own row; `fit` gives topics_fingerprint, encoder_papers and note."""
        row = {"schema_version": contract.SCHEMA_VERSION, "run_id": run_id, "published_at": published_at}
        self._insert("snapshot", pd.DataFrame([{**row, "corpus": corpus, **fit}]))

    def counts(self) -> dict[str, int]:
        """What this run changed and what the snapshot holds; `dated` are the papers with a publication date."""
        columns = ("papers", "dated", "topics", "outliers", "papers_added", "observations_added", "refused")
        row = self._one(
            "SELECT (SELECT count(*) FROM papers), (SELECT count(published_on) FROM papers), "
            "(SELECT count(*) FROM topics WHERE topic_id >= 0), "
            "(SELECT count(*) FROM papers WHERE topic_id = -1), "
            "(SELECT count(*) FROM added), (SELECT count(*) FROM looked), (SELECT count(*) FROM refused)"
        )
        return dict(zip(columns, row, strict=True))

    def first_refusal(self) -> str:
        """Why the first refused record was refused."""
        (reason,) = self._one("SELECT coalesce(first(reason ORDER BY rowid), '') FROM refused")
        return str(reason)

    def _script(self, name: str, **values: object) -> None:
        for statement in duckdb.extract_statements(_sql(name)):
            used = {key: values[key] for key in statement.named_parameters}
            self._connection.execute(statement, used)

    def _execute(self, query: str, **values: object) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(query, values or None)

    def _rows(self, query: str) -> list[Any]:
        return list(self._execute(query).fetchall())

    def _one(self, query: str) -> tuple[Any, ...]:
        (row,) = self._rows(
            query
        )  # all of it: DuckDB keeps the connection busy until a result is read to its end
        return tuple(row)

    def _insert(self, table: str, rows: pa.Table | pd.DataFrame) -> None:
        if len(rows):
            self._connection.register("incoming", rows)
            self._execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
            self._connection.unregister("incoming")


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _sql(name: str) -> str:
    return files("etl").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _ages() -> pd.DataFrame:
    """The ages of the contract as rows: age, first_day, last_day."""
    rows = [(name, age.first_day, age.last_day) for name, age in contract.AGES.items()]
    return pd.DataFrame(rows, columns=["age", "first_day", "last_day"]).astype({"last_day": "Int32"})


def _staged_row(place: int, raw: Raw, paper: Paper) -> dict[str, Any]:
    return {
        "place": place,
        "paper_id": paper.paper_id,
        "title_key": title_key(paper.title),
        "source": raw.source,
        "arxiv_id": paper.bare_arxiv_id,
        "title": paper.title,
        "abstract": paper.abstract,
        "published_on": paper.published_on,
        "listed_on": paper.listed_on,
        "authors": [author._asdict() for author in paper.authors[:AUTHORS_KEPT]] if paper.authors else None,
        "authors_count": paper.team_size,
        "organization": paper.organization,
        "submitter": paper.submitter,
        "repository": paper.repository,
        "repository_stars": paper.repository_stars,
        "keywords": paper.keywords,
        "url": paper.page,
        "observations": [
            {"observed_at": look.observed_at, "upvotes": look.upvotes, "comments": look.comments}
            for look in paper.looks(raw.observed_at)
            if look.observed_at
        ],
    }


def _sighted_row(place: int, raw: Raw, sighting: Sighting) -> dict[str, Any]:
    return {
        "place": place,
        "id": sighting.id,
        "arxiv_id": sighting.bare_arxiv_id or sighting.arxiv_id,
        "observed_at": sighting.observed_at,
        "upvotes": sighting.upvotes,
        "comments": sighting.comments,
        "source": raw.where,
        "raw": shorten(raw.fields),
    }


def violations(snapshot: Path) -> list[str]:
    """Rules of the contract that a closed snapshot breaks, each with how often; read back from the disk.

    Raises:
        duckdb.Error: it cannot be read.
    """
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        checked = connection.execute(_sql("checks")).fetchall()
    return [f"{rule} ({count}x)" for rule, count in checked if count]


def published_run(snapshot: Path) -> dict[str, Any]:
    """What the ETL needs to know of a published snapshot: its own row, with the last run's options."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        rows = connection.execute(
            "SELECT snapshot.*, runs.options FROM snapshot LEFT JOIN runs USING (run_id)"
        ).df()
    row = {str(column): value for column, value in rows.iloc[0].items()}
    return {**row, "options": json.loads(row["options"])}


class VectorCache:
    """Vectors of texts in a file of their own, keyed by model and text hash."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = duckdb.connect(str(path))
            self._create()
        except (duckdb.IOException, duckdb.SerializationException, duckdb.CatalogException):
            # A cache that cannot be read costs time, not data: start it anew.
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
            self._connection = duckdb.connect(str(path))
            self._create()

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _create(self) -> None:
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (model VARCHAR, text_hash VARCHAR, vector FLOAT[])"
        )

    def get(self, model: str, hashes: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors known for these texts, by hash."""
        self._connection.register("wanted", pd.DataFrame({"text_hash": pd.Series(hashes, dtype="str")}))
        table = self._connection.execute(
            "SELECT text_hash, any_value(vector) AS vector FROM vectors SEMI JOIN wanted USING (text_hash) "
            "WHERE model = $model GROUP BY text_hash",
            {"model": model},
        ).fetchnumpy()
        self._connection.unregister("wanted")
        return dict(zip(table["text_hash"], table["vector"], strict=True))

    def put(self, model: str, hashes: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors (n, d), and forget those of other models."""
        column = pa.ListArray.from_arrays(
            np.arange(0, vectors.size + 1, vectors.shape[1], dtype=np.int32), vectors.ravel()
        )
        incoming = pa.table({"text_hash": pa.array(hashes), "vector": column})
        self._connection.execute("DELETE FROM vectors WHERE model <> $model", {"model": model})
        self._connection.register("incoming", incoming)
        self._connection.execute(
            "INSERT INTO vectors SELECT $model, text_hash, vector FROM incoming", {"model": model}
        )
        self._connection.unregister("incoming")


def forget_vectors(path: Path, hashes: Collection[str]) -> None:
    """Write the cache of vectors anew without those of some texts; deleting alone would leave them in the file."""
    if not path.is_file() or not hashes:
        return
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with duckdb.connect(str(aside)) as connection:
        connection.execute("ATTACH ? AS known (READ_ONLY)", [str(path)])
        connection.execute(
            "CREATE TABLE vectors AS FROM known.vectors WHERE NOT list_contains($gone, text_hash)",
            {"gone": list(hashes)},
        )
    os.replace(aside, path)
