"""What crosses from the ETL to its readers: the published tables and how to find the current snapshot.

This package is the one home of a table's name, its columns, their types, units and meaning: a module for each group of
tables. It imports the standard library only, so that any reader may use it. Columns may be added freely; renaming or
dropping one takes a new SCHEMA_VERSION.
"""

from __future__ import annotations

from etl.contract.demo import DEMO_TRUTH_MONTHS, DEMO_TRUTH_PAPERS, DEMO_TRUTH_TOPICS
from etl.contract.papers import AUTHOR_MONTHS, AUTHORS, CONCENTRATION_MONTHS, PAPER_SOURCES, PAPERS
from etl.contract.pointer import (
    POINTER_NAME,
    SNAPSHOTS_FOLDER,
    Pointer,
    PointerUnreadable,
    SchemaMismatch,
    read_pointer,
)
from etl.contract.runs import COVERAGE, FETCHED_DAYS, HARVESTS, MISSING_DAYS, REJECTS, RUNS, SNAPSHOT
from etl.contract.table import Column, Table
from etl.contract.topics import ENCODER_TERMS, FITTED_TOPICS, TOPIC_FIT, TOPIC_LINEAGE, TOPICS
from etl.contract.trends import (
    SOURCE_BREAKS,
    TOPIC_ATTRIBUTION,
    TOPIC_CHANGES,
    TOPIC_FORECASTS,
    TOPIC_MONTHS,
    TOPIC_NEWNESS,
    TOPIC_SIGNALS,
    TOPIC_SOURCE_MONTHS,
)
from etl.contract.upvotes import (
    PAPER_UPVOTES,
    UPVOTE_GROWTH,
    UPVOTE_OBSERVATIONS,
    UPVOTE_READINGS,
    UPVOTE_SETTLING,
)
from etl.contract.vocabulary import (
    AGES,
    DEMO,
    FALLING,
    INSUFFICIENT,
    OUTLIER,
    OUTLIER_LABEL,
    REAL,
    RISING,
    SCHEMA_VERSION,
    SETTLED,
    SIGNALS,
    STEADY,
    Age,
)

__all__ = (
    "AGES",
    "AUTHORS",
    "AUTHOR_MONTHS",
    "CONCENTRATION_MONTHS",
    "COVERAGE",
    "DEMO",
    "DEMO_TABLES",
    "DEMO_TRUTH_MONTHS",
    "DEMO_TRUTH_PAPERS",
    "DEMO_TRUTH_TOPICS",
    "ENCODER_TERMS",
    "FALLING",
    "FETCHED_DAYS",
    "FITTED_TOPICS",
    "HARVESTS",
    "INSUFFICIENT",
    "MISSING_DAYS",
    "OUTLIER",
    "OUTLIER_LABEL",
    "PAPERS",
    "PAPER_SOURCES",
    "PAPER_UPVOTES",
    "POINTER_NAME",
    "REAL",
    "REJECTS",
    "RISING",
    "RUNS",
    "SCHEMA_VERSION",
    "SETTLED",
    "SIGNALS",
    "SNAPSHOT",
    "SNAPSHOTS_FOLDER",
    "SOURCE_BREAKS",
    "STEADY",
    "TABLES",
    "TOPICS",
    "TOPIC_ATTRIBUTION",
    "TOPIC_CHANGES",
    "TOPIC_FIT",
    "TOPIC_FORECASTS",
    "TOPIC_LINEAGE",
    "TOPIC_MONTHS",
    "TOPIC_NEWNESS",
    "TOPIC_SIGNALS",
    "TOPIC_SOURCE_MONTHS",
    "UPVOTE_GROWTH",
    "UPVOTE_OBSERVATIONS",
    "UPVOTE_READINGS",
    "UPVOTE_SETTLING",
    "Age",
    "Column",
    "Pointer",
    "PointerUnreadable",
    "SchemaMismatch",
    "Table",
    "read_pointer",
)

TABLES = (
    PAPERS,
    AUTHORS,
    PAPER_SOURCES,
    TOPICS,
    FITTED_TOPICS,
    TOPIC_FIT,
    TOPIC_MONTHS,
    TOPIC_SIGNALS,
    TOPIC_CHANGES,
    TOPIC_LINEAGE,
    UPVOTE_OBSERVATIONS,
    UPVOTE_READINGS,
    RUNS,
    REJECTS,
    COVERAGE,
    FETCHED_DAYS,
    MISSING_DAYS,
    HARVESTS,
    SNAPSHOT,
    ENCODER_TERMS,
    TOPIC_FORECASTS,
    TOPIC_NEWNESS,
    TOPIC_ATTRIBUTION,
    TOPIC_SOURCE_MONTHS,
    SOURCE_BREAKS,
    PAPER_UPVOTES,
    UPVOTE_GROWTH,
    UPVOTE_SETTLING,
    AUTHOR_MONTHS,
    CONCENTRATION_MONTHS,
)

DEMO_TABLES = (DEMO_TRUTH_TOPICS, DEMO_TRUTH_MONTHS, DEMO_TRUTH_PAPERS)
