"""Upvotes and comments: looks at the counters, and what makes them comparable."""

from __future__ import annotations

from etl.contract.table import Column, Table

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
            "age",
            "VARCHAR NOT NULL",
            "'listing', 'early', 'week' or 'settled': see AGES in etl/contract/vocabulary.py",
        ),
        Column("age_days", "INTEGER NOT NULL", "days from listing (else publication) to the reading"),
        Column("upvotes", "INTEGER NOT NULL", "the count then: the latest reading within the age"),
        Column("comments", "INTEGER", "the count then; NULL where unknown"),
        Column("observed_at", "TIMESTAMP NOT NULL", "when it was read (UTC)"),
    ),
)


PAPER_UPVOTES = Table(
    "paper_upvotes",
    "a reading of upvote_readings, made comparable among papers of its source and age",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("age", "VARCHAR NOT NULL", "as in upvote_readings"),
        Column("week", "DATE NOT NULL", "Monday of the week in which it was listed"),
        Column("peers", "INTEGER NOT NULL", "papers of that week read at this age, itself among them"),
        Column("percentile", "DOUBLE", "mid-rank among them, 0 to 100; NULL where they are fewer than 5"),
        Column(
            "expected", "DOUBLE NOT NULL", "upvotes that age, weekday, month and papers of the day predict"
        ),
        Column("excess", "DOUBLE NOT NULL", "upvotes - expected"),
    ),
)


UPVOTE_GROWTH = Table(
    "upvote_growth",
    "an age in days, and how much of their settled count papers have by then; of papers read again when settled",
    (
        Column("age_days", "INTEGER NOT NULL", "full days from the start of the day of listing"),
        Column("papers", "INTEGER NOT NULL", "papers read at this age"),
        Column("part", "DOUBLE NOT NULL", "median of upvotes / settled upvotes"),
        Column("part_low", "DOUBLE NOT NULL", "lower quartile of it"),
        Column("part_high", "DOUBLE NOT NULL", "upper quartile"),
    ),
)


UPVOTE_SETTLING = Table(
    "upvote_settling",
    "a paper read when settled, and when it had 95 % of that count",
    (
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("upvotes", "INTEGER NOT NULL", "its settled count"),
        Column(
            "settled_after",
            "DOUBLE NOT NULL",
            "age at the last look at a lower count, in days; 0 without one",
        ),
        Column("settled_by", "DOUBLE NOT NULL", "age at the first look that was not lower"),
        Column(
            "settled_days",
            "DOUBLE",
            "between the two, on a straight line; NULL where they are more than a week apart",
        ),
    ),
)
