"""Two corpora that can be checked by eye, published as the ETL publishes: one small, one whose topics move.

The small corpus is the specification of every query. Months: January and February 2025 are whole, March is whole and
without a paper, April is cut after the 15th. Weekdays of listing stand in the comments; a paper without a day of
listing counts from its publication.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from etl import contract, outlook, publish, search, trends
from etl.corrections import Corrections
from etl.embed import to_terms
from etl.encode import Encoder
from etl.records import Paper, Raw, Reject, paper_from
from etl.store import Store

TODAY = date(2025, 5, 1)
PUBLISHED_AT = datetime(2025, 5, 1, 8)
RUN_ID = "20250501T080000-by-hand"

GRAPHS, SPEECH, PROTEINS = 0, 1, 2
HOSTILE = (
    "Speech <b>for</b> $5 and $6 [here](http://evil.example) *now* :red[loud] ![x](http://evil.example/x.png)"
)


@dataclass(frozen=True)
class Topic:
    topic_id: int
    label: str
    keywords: tuple[str, ...]
    area: str
    nearest: tuple[int, ...] = ()
    typical: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A paper as the source gives it, and the topic it gets. `looks` are (days after listing at noon, upvotes)."""

    id: str
    published: str | None
    listed: str | None
    topic: int
    authors: tuple[str, ...] = ()
    organization: str | None = None
    looks: tuple[tuple[float, int | None], ...] = ()
    title: str = ""
    abstract: str | None = None
    url: str | None = None
    team: int | None = None  # where the source counts more authors than it names
    probability: float = 0.5
    source: str = "file"
    read_on: str | None = None  # the day that `looks` count from, for a paper without any date

    @property
    def record(self) -> dict[str, Any]:
        start = self.listed or self.published or self.read_on
        return {
            "id": self.id,
            "title": self.title or f"Paper {self.id}",
            "abstract": self.abstract,
            "authors": list(self.authors) or None,
            "authors_count": self.team,
            "published_on": self.published,
            "listed_on": self.listed,
            "organization": self.organization,
            "url": self.url,
            "observations": [
                {
                    "observed_at": datetime.fromisoformat(f"{start}T12:00") + timedelta(days=days),
                    "upvotes": upvotes,
                    "comments": int(days),  # any count will do, if it tells which reading it is of
                }
                for days, upvotes in self.looks
            ],
        }


SMALL_TOPICS = (
    # a4 was typical of graphs at the fit and has no topic now; b2 is of speech.
    Topic(
        GRAPHS,
        "Graph networks",
        ("graph", "node"),
        "Learning",
        (PROTEINS, SPEECH),
        ("b1", "a4", "a1", "b2", "d1"),
    ),
    Topic(SPEECH, "Speech recognition", ("speech", "audio"), "Perception"),
    Topic(PROTEINS, "Protein folding", ("protein",), "Science"),
)

# fmt: off
SMALL = (
    # January 2025: six papers
    Row("a1", "2025-01-06", "2025-01-06", GRAPHS, ("Ada", "Bo"), "Alpha",               # Monday
        ((0, 2), (1, 4), (7, 8), (20, 10)), "Graph attention", "Nodes attend to nodes.",
        "https://example.org/a1", probability=0.9),
    Row("a2", "2025-01-07", "2025-01-08", GRAPHS, ("Ada", "Ada", "Cy"), "Alpha",        # Wednesday; a name twice
        ((0, 0), (2, 3), (14, 6)), "Graph pooling", url="javascript:alert(1)", probability=0.4),
    Row("a3", "2025-01-07", "2025-01-08", SPEECH, ("Bo",), "Beta",                      # Wednesday; settles at 0
        ((0, 1), (30, 0)), "Speech for all"),
    Row("a4", "2025-01-15", None, contract.OUTLIER, ("Cy", "Dee", "Eve", "Zoe"), None,  # Wednesday; Eve, Zoe hidden
        ((0, 5), (15, 20)), "Odd one out", "About a graph.", probability=0.0),
    Row("a5", "2025-01-31", None, SPEECH, (), "Beta"),                                  # Friday; authors unknown
    Row("a6", "2025-01-31", None, PROTEINS, ("Fay",), "Alpha",                          # Friday; one of twelve named
        ((6, 40), (9, 50), (14, 100)), "Protein graph", team=12),
    # February 2025: four papers
    Row("b1", "2025-02-03", "2025-02-03", GRAPHS, ("Ada", "Gus"), "Alpha",              # Monday
        ((0, 7), (14, 14)), probability=0.9),
    Row("b2", "2025-02-04", "2025-02-04", SPEECH, ("Hal",), "Beta",                     # Tuesday; read twice on its day
        ((0, 3), (0.25, 7), (28, 28)), HOSTILE),
    Row("b3", "2025-02-10", "2025-02-10", GRAPHS, ("Bo", "Cy", "Dee", "Gus", "Hal"), None,  # Monday; the open last bin
        ((0, 250), (14, 500))),
    Row("b4", "2025-02-28", None, contract.OUTLIER, ("Ida", "BO"), None,                # Friday; votes unknown
        ((0, None),), team=60, probability=0.0),
    # March 2025: none
    # April 2025: three papers, cut after the 15th
    Row("c1", "2025-04-01", "2025-04-01", GRAPHS, ("Eve", "Ada"), "Alpha", ((1, 9),)),  # Tuesday; here Eve shows
    Row("c2", "2025-04-02", "2025-04-02", PROTEINS, ("Jon", "Kim", "Lea", "Max"), "Gamma", ((5, 3),)),  # Wednesday
    Row("c3", "2025-04-14", "2025-04-14", GRAPHS, ("Max",), "Gamma", ((0, 1),)),        # Monday
    # without a date of publication: two papers
    Row("d1", None, None, GRAPHS, ("Ada",), "Alpha", ((0, 33),), read_on="2025-04-10"),  # no age can be told
    Row("d2", None, "2025-02-05", contract.OUTLIER, ("Nia",), None, ((0, 4),), probability=0.0),  # Wednesday
)
# fmt: on

HIDDEN = (("a4", "Eve"), ("a4", "Zoe"))  # by the source, on this paper

# Knows four words by two directions: graphs and their nodes are one, speech is the other, proteins lie between.
ENCODER = Encoder(
    "by hand",
    ("graph", "nodes", "protein", "speech"),
    np.ones(4, np.float32),
    np.pad(
        np.array([[1, 0], [1, 0], [0.6, 0.8], [0, 1]], np.float32), ((0, 0), (0, 4))
    ),  # other views say nothing
    np.zeros(6, np.float32),
    10.0,
)

# Eight whole months of 80 papers, and a ninth that is cut after ten days; papers not counted here have no topic.
MOVING_TOPICS = (
    Topic(3, "Rising *stars* & <b>quarks</b>", ("star",), "Sky"),
    Topic(5, "Sinking ships", ("ship",), "Sea"),
    Topic(8, "Steady hands", ("hand",), "Land"),
    Topic(9, "Rare birds", ("bird",), "Sky"),
)
MOVING_COUNTS = {
    3: (2, 3, 4, 6, 8, 10, 13, 16, 3),  # from 2.5 to 20 %
    5: (16, 14, 11, 9, 7, 5, 3, 2, 0),  # back
    8: (32, 32, 32, 32, 32, 32, 32, 32, 4),  # 40 %
    9: (1, 0, 1, 0, 1, 0, 1, 0, 0),
}
MOVING_MONTHS = tuple(date(2025, month, 1) for month in range(1, 10))
MOVING_CORPUS = (80,) * 8 + (10,)


def moving() -> Iterator[Row]:
    """650 papers: topic 3 rises, 5 falls, 8 holds, 9 is too small to tell."""
    for place, month in enumerate(MOVING_MONTHS):
        topics = [topic for topic, counts in MOVING_COUNTS.items() for _ in range(counts[place])]
        topics += [contract.OUTLIER] * (MOVING_CORPUS[place] - len(topics))
        for number, topic in enumerate(topics):
            day = month + timedelta(days=number % 10)
            yield Row(
                f"m{place}-{number:02}",
                day.isoformat(),
                None,
                topic,
                ("Ada", "Bo", "Cy")[: 1 + number % 3],
                "Alpha" if number % 2 else "Beta",
                ((0, number % 7), (14, number % 7 + place)),
            )


# A year of 40 papers a month from files; from July on as many from the Daily Papers, which write on other topics.
JOINED_TOPICS = (Topic(0, "Voices", ("voice",), "Sound"), Topic(1, "Images", ("image",), "Sight"))
JOINED_COUNTS = {"file": {0: 4, 1: 20}, "hf": {0: 24, 1: 8}}  # a month


def joined() -> Iterator[Row]:
    """720 papers: neither source changes, but together topic 0 goes from 10 to 35 %, and topic 1 from 50 to 35 %."""
    for month in range(1, 13):
        for source, counts in JOINED_COUNTS.items():
            if source == "hf" and month < 7:
                continue
            topics = [topic for topic, papers in counts.items() for _ in range(papers)]
            topics += [contract.OUTLIER] * (40 - len(topics))
            for number, topic in enumerate(topics):
                day = f"2025-{month:02}-{1 + number % 28:02}"
                organization = "Alpha" if number % 2 else "Beta"
                yield Row(
                    f"{source}{month}-{number}", day, None, topic, organization=organization, source=source
                )


def publish_corpus(
    data_dir: Path,
    rows: Sequence[Row],
    topics: Sequence[Topic],
    covered: Mapping[str, tuple[date, date]],
    *,
    today: date = TODAY,
    corpus: str = contract.REAL,
    note: str | None = None,
    hidden: Iterable[tuple[str, str]] = (),
    refused: int = 0,
    run_id: str = RUN_ID,
) -> Path:
    """Publish papers with the topics they are given, with everything derived by the ETL's own code.

    Args:
        covered: the days that each source was asked for, half-open.
        hidden: (paper_id, name) of authors whom the source hides.
        refused: how many records were refused.
    """
    folder = publish.Folder(data_dir)
    folder.prepare()
    built = folder.building / f"{run_id}.duckdb"
    records = [_validated(row) for row in rows]
    refusals = [Reject("file", "title is missing", f"{{{number}}}") for number in range(refused)]
    with Store(built, None) as store:
        for _ in store.stage([*records, *refusals]):
            pass
        store.merge(run_id)
        store.cover(run_id, covered)
        assigned, described, lineage = _assigned(rows, topics)
        store.replace_topics(described, lineage, None)
        store.assign(assigned)
        store.correct(Corrections(), run_id)
        months = store.topic_months(today)
        by_source, ids = store.counted("topic_source_months"), store.topic_ids()
        store.write_trends(
            trends.with_bands(months), trends.signals(by_source, ids), trends.topic_changes(months, ids)
        )
        outlook.write(store, months, by_source)
        store.replace_encoder(to_terms(ENCODER))
        search.index(store, data_dir / "embeddings.duckdb", lambda papers: None)
        fit: Mapping[str, Any] = {"topics_fingerprint": "by hand", "encoder_papers": 0, "note": note}
        store.sign(run_id, PUBLISHED_AT, corpus, fit)
    publish.check(built)
    with duckdb.connect(str(built)) as connection:
        for paper_id, name in hidden:
            connection.execute(
                "UPDATE authors SET hidden = true WHERE paper_id = ? AND name = ?", [paper_id, name]
            )
    return publish.make_current(folder, built, PUBLISHED_AT, corpus)


def publish_small(data_dir: Path, **options: Any) -> Path:
    covered = {"file": (date(2025, 1, 1), date(2025, 4, 16))}
    return publish_corpus(data_dir, SMALL, SMALL_TOPICS, covered, hidden=HIDDEN, refused=2, **options)


def publish_moving(data_dir: Path, **options: Any) -> Path:
    covered = {"file": (date(2025, 1, 1), date(2025, 9, 11))}
    return publish_corpus(
        data_dir, list(moving()), MOVING_TOPICS, covered, today=date(2025, 9, 12), **options
    )


def publish_joined(data_dir: Path, **options: Any) -> Path:
    covered = {"file": (date(2025, 1, 1), date(2026, 1, 1)), "hf": (date(2025, 7, 1), date(2026, 1, 1))}
    return publish_corpus(data_dir, list(joined()), JOINED_TOPICS, covered, today=date(2026, 1, 1), **options)


def _validated(row: Row) -> tuple[Raw, Paper]:
    raw = Raw(row.record, row.source)
    paper = paper_from(raw, date(2025, 12, 31))
    assert isinstance(paper, Paper), paper
    return raw, paper


def _assigned(
    rows: Sequence[Row], topics: Sequence[Topic]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    assignments = pd.DataFrame(
        [(row.id, row.topic, row.probability, float(row.topic), row.probability) for row in rows],
        columns=["paper_id", "topic_id", "topic_probability", "x", "y"],  # on the map, one column a topic
    )
    sizes = assignments["topic_id"].value_counts()
    known = [*topics, Topic(contract.OUTLIER, contract.OUTLIER_LABEL, (), contract.OUTLIER_LABEL)]
    table = pd.DataFrame(
        [
            (
                topic.topic_id,
                topic.label,
                list(topic.keywords),
                int(sizes.get(topic.topic_id, 0)),
                topic.area,
                float(topic.topic_id),
                0.5,
                list(topic.nearest),
                list(topic.typical),
            )
            for topic in known
        ],
        columns=["topic_id", "label", "keywords", "papers", "area", "x", "y", "nearest", "typical"],
    )
    born = pd.DataFrame(
        [(RUN_ID, topic.topic_id, "born", None, None) for topic in topics],
        columns=["run_id", "topic_id", "event", "from_topic_id", "overlap"],
    ).astype({"from_topic_id": "Int64", "overlap": "float64"})
    return assignments, table, born
