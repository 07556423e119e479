"""What was planted in the demo corpus."""

from __future__ import annotations

from etl.contract.table import Column, Table

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
