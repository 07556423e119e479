"""What crosses from the ETL to its readers: the published tables and how to find the current snapshot.

This module is the one home of a table's name, its columns, their types, units and meaning. It imports the
standard library only, so that any reader may use it. Columns may be added freely; renaming or dropping one
takes a new SCHEMA_VERSION.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SCHEMA_VERSION = 1

POINTER_NAME = "current.json"
SNAPSHOTS_FOLDER = "snapshots"

OUTLIER = -1  # the topic_id of papers that belong to no topic
OUTLIER_LABEL = "No topic"

RISING, FALLING, STEADY, INSUFFICIENT = "rising", "falling", "steady", "insufficient"
SIGNALS = (RISING, FALLING, STEADY, INSUFFICIENT)

DEMO, REAL = "demo", "real"  # the two kinds of corpus, which never share a folder


@dataclass(frozen=True, slots=True)
class Age:
    """An age at which counters are compared: days after listing, both ends included; None leaves the end open."""

    first_day: int
    last_day: int | None
    meaning: str


# Upvotes of different ages are never compared raw, so what is compared is read at one of these. Counts settle one to
# two weeks after listing.
AGES = {
    "listing": Age(0, 0, "on the day of listing"),
    "early": Age(1, 2, "1 to 2 days after listing"),
    "week": Age(5, 9, "5 to 9 days after listing"),
    "settled": Age(14, None, "14 days or more after listing"),
}
SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its DuckDB type, and what it means (with the unit where it has one)."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A published table: its name, what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def ddl(self) -> str:
        """The CREATE TABLE statement, unqualified."""
        columns = ",\n    ".join(f"{column.name} {column.type}" for column in self.columns)
        return f"CREATE TABLE {self.name} (\n    {columns}\n)"


PAPERS = Table(
    "papers",
    "a paper",
    (
        Column(
            "paper_id", "VARCHAR NOT NULL", "the source's own id, else made from the normalised title; unique"
        ),
        Column("title_key", "VARCHAR NOT NULL", "the title as two spellings of it compare"),
        Column("source", "VARCHAR NOT NULL", "where the record was first seen: 'demo', 'file' or 'hf'"),
        Column("arxiv_id", "VARCHAR", "the bare arXiv id, without version"),
        Column("title", "VARCHAR NOT NULL", "one line, trimmed"),
        Column("abstract", "VARCHAR", "the whole abstract"),
        Column("published_on", "DATE", "day of publication (UTC); trends are computed on it"),
        Column("listed_on", "DATE", "day the source listed the paper (UTC)"),
        Column(
            "authors_count",
            "INTEGER",
            "number of authors as given, hidden ones and repeated names among them; NULL where unknown",
        ),
        Column("upvotes", "INTEGER", "the freshest count; NULL where unknown"),
        Column("comments", "INTEGER", "the freshest count; NULL where unknown"),
        Column("observed_at", "TIMESTAMP", "when the freshest upvotes or comments were read (UTC)"),
        Column("organization", "VARCHAR", "the organisation the source names"),
        Column("submitter", "VARCHAR", "who brought it to the source, by the name or handle it gives"),
        Column("repository", "VARCHAR", "address of the repository with its code"),
        Column("repository_stars", "INTEGER", "stars of the repository; NULL where unknown"),
        Column("keywords", "VARCHAR[]", "keywords the source gives"),
        Column("url", "VARCHAR", "the paper's page"),
        Column("topic_id", "INTEGER NOT NULL", "its topic; -1 for an outlier"),
        Column(
            "topic_probability",
            "DOUBLE NOT NULL",
            "how likely another sorter puts it there too, 0 to 1; 0 for an outlier",
        ),
        Column("run_id", "VARCHAR NOT NULL", "the run that first loaded it"),
    ),
)

AUTHORS = Table(
    "authors",
    "an author on a paper, as given: every name of the list is a row, so rows of a paper count its team",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("position", "INTEGER NOT NULL", "place in the author list, from 1"),
        Column(
            "name",
            "VARCHAR NOT NULL",
            "the name as given; a name that stands twice on a paper has two rows (namesakes, or the source's slip), "
            "so whoever counts by name counts papers: count(DISTINCT paper_id)",
        ),
        Column(
            "hidden",
            "BOOLEAN NOT NULL DEFAULT false",
            "true where the source hides this author's profile claim: counted in team size, left out of lists of "
            "names",
        ),
    ),
)

TOPICS = Table(
    "topics",
    "a topic, and one row (-1) for the papers without one",
    (
        Column("topic_id", "INTEGER NOT NULL", "stable across runs; -1 stands for the outliers"),
        Column("label", "VARCHAR NOT NULL", "a short name, unique"),
        Column("keywords", "VARCHAR[] NOT NULL", "its terms by c-TF-IDF, the strongest first"),
        Column("words", "VARCHAR[]", "its single words: at most ten, and no other topic's"),
        Column("papers", "INTEGER NOT NULL", "papers assigned to it, with and without a date"),
        Column("area", "VARCHAR NOT NULL", "the level above: a group of related topics"),
        Column("nearest", "INTEGER[]", "the topics most like it, the nearest first"),
        Column(
            "typical",
            "VARCHAR[]",
            "paper_id of its most typical papers as of the fit, the most typical first",
        ),
        Column("centre", "FLOAT[]", "mean vector of its papers, of length one; new papers go to the nearest"),
    ),
)

TOPIC_FIT = Table(
    "topic_fit",
    "the fit that the topics come from; one row, none without topics",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that fitted"),
        Column("reason", "VARCHAR NOT NULL", "why it did, in words"),
        Column("papers", "BIGINT NOT NULL", "papers then"),
        Column("version", "VARCHAR NOT NULL", "of the way topics are fitted"),
        Column(
            "granularity", "VARCHAR NOT NULL", "how many topics were wanted: fewer, normal, more, or a number"
        ),
        Column("embedder", "VARCHAR NOT NULL", "the model of the vectors, with its version"),
        Column(
            "cosine", "DOUBLE NOT NULL", "mean cosine of papers and the centre of their topic, at the fit"
        ),
        Column(
            "intercept", "DOUBLE NOT NULL", "log-odds of an assignment: intercept + slope times the margin"
        ),
        Column(
            "slope", "DOUBLE NOT NULL", "by which its topic is nearer than the next (see etl/confidence.py)"
        ),
    ),
)

TOPIC_MONTHS = Table(
    "topic_months",
    "a topic in a month; every topic has every month, and -1 counts the outliers",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic; -1 for the outliers"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("papers", "INTEGER NOT NULL", "its papers published in the month"),
        Column("corpus_papers", "INTEGER NOT NULL", "all dated papers of the month, outliers included"),
        Column("share", "DOUBLE", "papers / corpus_papers; NULL in a month without papers"),
        Column("share_low", "DOUBLE", "lower end of the 95 % Wilson interval of the share"),
        Column("share_high", "DOUBLE", "upper end of it"),
        Column("upvotes_median", "DOUBLE", "median of the freshest upvotes of its papers"),
        Column("partial", "BOOLEAN NOT NULL", "true where coverage or the clock cuts the month"),
    ),
)

TOPIC_SIGNALS = Table(
    "topic_signals",
    "a topic's verdict over the window",
    (
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("signal", "VARCHAR NOT NULL", "'rising', 'falling', 'steady' or 'insufficient'"),
        Column("change", "DOUBLE", "ratio of the fitted shares, last month of the window / first"),
        Column("change_low", "DOUBLE", "lower end of its 95 % interval"),
        Column("change_high", "DOUBLE", "upper end of it"),
        Column("share_start", "DOUBLE", "fitted share in the window's first month"),
        Column("share_end", "DOUBLE", "fitted share in its last month"),
        Column("p_value", "DOUBLE", "two-sided, of no change"),
        Column(
            "q_value",
            "DOUBLE",
            "p_value with false discoveries controlled over all topics (Benjamini-Hochberg)",
        ),
        Column("papers", "INTEGER NOT NULL", "the topic's papers in the window"),
        Column("window_start", "DATE", "first month of the window; NULL without a complete month"),
        Column("window_end", "DATE", "last month of the window, its first day"),
    ),
)

TOPIC_LINEAGE = Table(
    "topic_lineage",
    "an event in a topic's life",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that refitted the topics"),
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("event", "VARCHAR NOT NULL", "'born', 'kept', 'split', 'merged' or 'retired'"),
        Column("from_topic_id", "INTEGER", "the earlier topic it continues, if any"),
        Column("overlap", "DOUBLE", "Jaccard overlap of the two topics' papers"),
    ),
)

UPVOTE_OBSERVATIONS = Table(
    "upvote_observations",
    "one look at a paper's counters",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("observed_at", "TIMESTAMP NOT NULL", "when the counters were read (UTC)"),
        Column("upvotes", "INTEGER", "the count then; NULL where unknown"),
        Column("comments", "INTEGER", "the count then; NULL where unknown"),
    ),
)

UPVOTE_READINGS = Table(
    "upvote_readings",
    "a paper's counters at an age at which papers can be compared",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column(
            "age", "VARCHAR NOT NULL", "'listing', 'early', 'week' or 'settled': see AGES in etl/contract.py"
        ),
        Column("age_days", "INTEGER NOT NULL", "days from listing (else publication) to the reading"),
        Column("upvotes", "INTEGER NOT NULL", "the count then: the latest reading within the age"),
        Column("comments", "INTEGER", "the count then; NULL where unknown"),
        Column("observed_at", "TIMESTAMP NOT NULL", "when it was read (UTC)"),
    ),
)

RUNS = Table(
    "runs",
    "a run of the ETL",
    (
        Column("run_id", "VARCHAR NOT NULL", "sorts by start"),
        Column("started_at", "TIMESTAMP NOT NULL", "UTC"),
        Column("finished_at", "TIMESTAMP", "UTC"),
        Column("status", "VARCHAR NOT NULL", "'published' or 'failed'"),
        Column("source", "VARCHAR NOT NULL", "the source asked for"),
        Column("options", "VARCHAR NOT NULL", "what it was asked, as JSON"),
        Column("records", "BIGINT NOT NULL", "records read"),
        Column("rejected", "BIGINT NOT NULL", "records refused"),
        Column("papers_added", "BIGINT NOT NULL", "papers not seen before"),
        Column("observations_added", "BIGINT NOT NULL", "looks at counters not seen before"),
        Column("papers", "BIGINT", "papers in the snapshot"),
        Column("topics", "INTEGER", "topics in the snapshot, outliers not counted"),
        Column("outliers", "BIGINT", "papers without a topic"),
        Column("refitted", "BOOLEAN", "whether topics were fitted anew"),
        Column("granularity", "VARCHAR", "how many topics were asked for: fewer, normal, more, or a number"),
        Column("embedder", "VARCHAR", "the model that the topics' vectors came from, with its version"),
        Column("versions", "VARCHAR NOT NULL", "of the packages that shape the result, as JSON"),
        Column("error", "VARCHAR", "why it failed"),
    ),
)

REJECTS = Table(
    "rejects",
    "a record refused",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that first refused it"),
        Column("source", "VARCHAR NOT NULL", "the source, with file and place where known"),
        Column("reason", "VARCHAR NOT NULL", "one sentence"),
        Column("raw", "VARCHAR NOT NULL", "the record as it came, shortened to 2,000 characters"),
    ),
)

COVERAGE = Table(
    "coverage",
    "a span of days that a run's source was asked for",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run"),
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("covered_from", "DATE NOT NULL", "first day"),
        Column("covered_until", "DATE NOT NULL", "the day after the last"),
    ),
)

FETCHED_DAYS = Table(
    "fetched_days",
    "a day's list of a source, as it was last fetched; a day without papers has no entries, and its row",
    (
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("day", "DATE NOT NULL", "the day asked for"),
        Column("fetched_at", "TIMESTAMP NOT NULL", "when (UTC)"),
        Column("entries", "INTEGER NOT NULL", "entries of the list"),
        Column("run_id", "VARCHAR NOT NULL", "the run that published them"),
    ),
)

SNAPSHOT = Table(
    "snapshot",
    "the snapshot itself; one row",
    (
        Column("schema_version", "INTEGER NOT NULL", "of these tables"),
        Column("run_id", "VARCHAR NOT NULL", "the run that published it"),
        Column("published_at", "TIMESTAMP NOT NULL", "UTC"),
        Column("corpus", "VARCHAR NOT NULL", "'demo' (synthetic papers) or 'real'"),
        Column(
            "topics_fingerprint",
            "VARCHAR NOT NULL",
            "of the texts, model and settings the topics were fitted with",
        ),
        Column("encoder_papers", "BIGINT NOT NULL", "papers the text encoder was fitted on; 0 without one"),
        Column("note", "VARCHAR", "a sentence the reader should know, such as why there are no topics"),
    ),
)

ENCODER_TERMS = Table(
    "encoder_terms",
    "a term of the text encoder: BM25 weights times projection give a text's vector (see etl/encode.py)",
    (
        Column("model", "VARCHAR NOT NULL", "name and fingerprint of the fitted encoder"),
        Column("term", "VARCHAR NOT NULL", "a lower-case word; '' is no word but the mean text"),
        Column("idf", "FLOAT NOT NULL", "its inverse document frequency; of '' the mean length in words"),
        Column("projection", "FLOAT[] NOT NULL", "its row of the projection; of '' the mean projection"),
    ),
)

DEMO_TRUTH_TOPICS = Table(
    "demo_truth_topics",
    "a planted topic of the demo corpus",
    (
        Column("truth_topic", "INTEGER NOT NULL", "number of the planted topic, from 0"),
        Column("name", "VARCHAR NOT NULL", "its name"),
        Column("kind", "VARCHAR NOT NULL", "flat, rising, falling, bursting, born, died or balance"),
        Column("change", "DOUBLE", "planted ratio of shares, end / start of the movement"),
        Column("started_on", "DATE", "first month of the movement"),
        Column("ended_on", "DATE", "last month of the movement"),
    ),
)

DEMO_TRUTH_MONTHS = Table(
    "demo_truth_months",
    "a planted topic in a month",
    (
        Column("truth_topic", "INTEGER NOT NULL", "the planted topic"),
        Column("month", "DATE NOT NULL", "the month's first day"),
        Column("share", "DOUBLE NOT NULL", "its planted share of the month's papers"),
    ),
)

DEMO_TRUTH_PAPERS = Table(
    "demo_truth_papers",
    "a paper of the demo corpus and the topic planted in it",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("truth_topic", "INTEGER NOT NULL", "the planted topic"),
    ),
)

TABLES = (
    PAPERS,
    AUTHORS,
    TOPICS,
    TOPIC_FIT,
    TOPIC_MONTHS,
    TOPIC_SIGNALS,
    TOPIC_LINEAGE,
    UPVOTE_OBSERVATIONS,
    UPVOTE_READINGS,
    RUNS,
    REJECTS,
    COVERAGE,
    FETCHED_DAYS,
    SNAPSHOT,
    ENCODER_TERMS,
)
DEMO_TABLES = (DEMO_TRUTH_TOPICS, DEMO_TRUTH_MONTHS, DEMO_TRUTH_PAPERS)


@dataclass(frozen=True, slots=True)
class Pointer:
    """The content of `current.json`: which snapshot is published."""

    snapshot: Path  # absolute
    run_id: str
    published_at: datetime  # naive UTC
    corpus: str
    schema_version: int


class SchemaMismatch(Exception):
    """The published snapshot speaks another SCHEMA_VERSION; its text is a sentence for the user."""


class PointerUnreadable(Exception):
    """`current.json`, or the snapshot it names, cannot be used; its text is a sentence for the user."""


def read_pointer(data_dir: Path) -> Pointer | None:
    """Where the current snapshot is, or None where nothing is published.

    Raises:
        PointerUnreadable: the pointer is damaged, or names a file that is gone.
        SchemaMismatch: the snapshot was written by another version of Papertide.
    """
    path = data_dir / POINTER_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        content = json.loads(text)
        pointer = Pointer(
            snapshot=(data_dir / content["snapshot"]).resolve(),
            run_id=content["run_id"],
            published_at=datetime.fromisoformat(content["published_at"]),
            corpus=content["corpus"],
            schema_version=content["schema_version"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise PointerUnreadable(
            f"{path} is damaged; put a good copy back, or remove it and run the ETL again."
        ) from error
    if pointer.schema_version != SCHEMA_VERSION:
        raise SchemaMismatch(
            f"The snapshot in {data_dir} has schema version {pointer.schema_version} and this Papertide reads "
            f"version {SCHEMA_VERSION}; use the Papertide that wrote it, or run the ETL into another --data-dir."
        )
    if not pointer.snapshot.is_file():
        raise PointerUnreadable(
            f"{path} names {content['snapshot']}, which is gone; put it back, or remove {path} and run the ETL again."
        )
    return pointer
