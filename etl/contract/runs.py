"""How the corpus came to be, and the snapshot itself."""

from __future__ import annotations

from etl.contract.table import Column, Table

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


MISSING_DAYS = Table(
    "missing_days",
    "a day's list that was asked for and not got; the row goes when a later run gets it",
    (
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("day", "DATE NOT NULL", "the day asked for"),
        Column("reason", "VARCHAR NOT NULL", "why there is no list, as the last run that asked was told"),
        Column("run_id", "VARCHAR NOT NULL", "that run"),
    ),
)


HARVESTS = Table(
    "harvests",
    "a span of days of one set of a source: the records that were last changed on them",
    (
        Column("source", "VARCHAR NOT NULL", "as in papers.source"),
        Column("subset", "VARCHAR NOT NULL", "the set, as OAI-PMH writes it: cs:cs:CL"),
        Column("since", "DATE NOT NULL", "first day"),
        Column("until", "DATE NOT NULL", "last day"),
        Column("harvested_at", "TIMESTAMP NOT NULL", "when its first page was fetched (UTC)"),
        Column("records", "INTEGER NOT NULL", "records listed"),
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
