"""What a digest says, read from a published snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from etl.contract import DEMO
from etl.digest.follows import Follows
from etl.digest.period import Period
from etl.forgotten import name_mark
from etl.reading import opened

TRENDING = 10
FOLLOWED = 30


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of the period. `excess` is upvotes beyond what its age, day and competition predict; None unread."""

    id: str
    title: str
    url: str | None
    listed_on: date
    authors: tuple[str, ...]
    topic_id: int
    topic: str
    upvotes: int | None
    excess: float | None
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic whose share rises or falls: the ratio of fitted shares with its 95 % interval, and both shares."""

    id: int
    label: str
    signal: str
    change: float
    change_low: float
    change_high: float
    share_start: float
    share_end: float
    followed: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """What is new: papers of what is followed first, then those that trend, then the topics that move."""

    period: Period
    run_id: str
    published_at: datetime  # naive UTC
    synthetic: bool
    papers: int  # of the period
    followed: tuple[Paper, ...]
    trending: tuple[Paper, ...]
    topics: tuple[Topic, ...]


def read(snapshot: Path, period: Period, follows: Follows) -> Digest:
    """The digest of a period.

    Papers count from the day they were listed, else published. They trend by how far their upvotes exceed what their
    age and day predict, as read last (table paper_upvotes), since counts of different ages cannot be compared.
    """
    with opened(snapshot) as connection:
        run_id, published_at, corpus = connection.execute(
            "SELECT run_id, published_at, corpus FROM snapshot"
        ).fetchone() or ("", datetime.min, DEMO)
        papers = _papers(connection, period)
        topics = _topics(connection, follows)
    names = {name_mark(name) for name in follows.authors}
    followed = [
        paper
        for paper in papers
        if paper.topic_id in follows.topics
        or paper.organization in follows.organizations
        or any(name_mark(name) in names for name in paper.authors)
    ]
    trending = [paper for paper in papers if paper not in followed and (paper.excess or 0) > 0]
    return Digest(
        period,
        run_id,
        published_at,
        corpus == DEMO,
        len(papers),
        tuple(followed[:FOLLOWED]),
        tuple(trending[:TRENDING]),
        tuple(topics),
    )


def _papers(connection: duckdb.DuckDBPyConnection, period: Period) -> list[Paper]:
    """The papers of the period, those first that exceed most."""
    rows = connection.execute(
        """
        WITH latest AS (
            SELECT paper_id, arg_max(excess, age_days) AS excess
            FROM paper_upvotes JOIN upvote_readings USING (paper_id, age)
            GROUP BY paper_id
        ), named AS (
            SELECT paper_id, list(name ORDER BY position) AS names FROM authors WHERE NOT hidden GROUP BY paper_id
        )
        SELECT paper_id, title, url, coalesce(listed_on, published_on) AS day, coalesce(names, []),
            papers.topic_id, label, upvotes, excess, organization
        FROM papers JOIN topics USING (topic_id) LEFT JOIN latest USING (paper_id) LEFT JOIN named USING (paper_id)
        WHERE day >= $start AND day < $until
        ORDER BY excess DESC NULLS LAST, paper_id
        """,
        {"start": period.start, "until": period.end},
    ).fetchall()
    return [
        Paper(paper_id, title, url, day, tuple(names), topic_id, topic, upvotes, excess, organization)
        for paper_id, title, url, day, names, topic_id, topic, upvotes, excess, organization in rows
    ]


def _topics(connection: duckdb.DuckDBPyConnection, follows: Follows) -> list[Topic]:
    """Topics that move, followed ones first, then the largest changes."""
    rows = connection.execute(
        """
        SELECT topic_id, label, signal, change, change_low, change_high, share_start, share_end
        FROM topic_signals JOIN topics USING (topic_id)
        WHERE signal IN ('rising', 'falling') AND NOT hidden
        ORDER BY abs(ln(change)) DESC, topic_id
        """
    ).fetchall()
    topics = [
        Topic(topic_id, label, signal, change, low, high, start, end, topic_id in follows.topics)
        for topic_id, label, signal, change, low, high, start, end in rows
    ]
    return sorted(topics, key=lambda topic: not topic.followed)
