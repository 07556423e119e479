"""The tables beyond shares and verdicts, published from a corpus small enough to count by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from etl import contract, outlook
from etl.corrections import Corrections
from etl.records import Paper, Raw, paper_from
from etl.store import Store

Rows = list[tuple[Any, ...]]
Publish = Callable[..., Callable[[str], Rows]]

TODAY = date(2026, 1, 1)


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Writes the tables of papers whose topic is given (-1 unless said), and returns who reads them."""

    def write(
        records: Iterable[dict[str, Any]], asked: dict[str, tuple[date, date]] | None = None
    ) -> Callable[[str], Rows]:
        path = tmp_path / "snapshot.duckdb"
        papers = [
            {"id": f"p{number}", "title": f"T{number}", **record} for number, record in enumerate(records)
        ]
        assigned = pd.DataFrame(
            {
                "paper_id": [paper["id"] for paper in papers],
                "topic_id": [paper.pop("topic", contract.OUTLIER) for paper in papers],
                "topic_probability": 1.0,
                "x": 0.0,
                "y": 0.0,
            }
        )
        raws = [Raw(paper, paper.pop("source", "file")) for paper in papers]
        validated = [(raw, paper_from(raw, TODAY)) for raw in raws]
        with Store(path, None) as store:
            assert all(isinstance(paper, Paper) for _, paper in validated), validated[0]
            list(store.stage(validated))
            store.merge("run")
            store.cover("run", asked or {})
            store.replace_topics(topics_of(assigned), pd.DataFrame(), None)
            store.assign(assigned)
            store.correct(Corrections(), "run")
            months = store.topic_months(TODAY)
            outlook.write(store, months, store.counted("topic_source_months"))

        def read(query: str) -> Rows:
            with duckdb.connect(str(path), read_only=True) as connection:
                return connection.execute(query).fetchall()

        return read

    return write


def topics_of(assigned: pd.DataFrame) -> pd.DataFrame:
    counts = assigned.topic_id.value_counts().reindex([contract.OUTLIER, 0, 1], fill_value=0)
    labels = [f"topic {number}" for number in counts.index]
    return pd.DataFrame(
        {
            "topic_id": counts.index,
            "label": labels,
            "keywords": [[]] * 3,
            "papers": counts.to_numpy(),
            "area": "x",
        }
    )


def year(source: str = "file") -> list[dict[str, Any]]:
    """Twelve months of ten papers: five in topic 0; in topic 1 one a month, and three in the second half."""
    papers = []
    for month in range(1, 13):
        day = f"2025-{month:02}-{{:02}}"
        in_one = 1 if month <= 6 else 3
        topics = [0] * 5 + [1] * in_one + [-1] * (5 - in_one)
        # The first and the last day of a month, so that the year is covered.
        days = [1, 28] if month == 2 else [1, 30] if month in (4, 6, 9, 11) else [1, 31]
        papers += [
            {"topic": topic, "published_on": day.format(days[place % 2]), "source": source}
            for place, topic in enumerate(topics)
        ]
    return papers


def test_forecasts_of_the_next_quarter(publish: Publish) -> None:
    read = publish(year())
    rows = read(
        "SELECT topic_id, quarter_start, quarter_end, round(share, 2), share_low < share, share < share_high, tests "
        "FROM topic_forecasts ORDER BY topic_id"
    )
    quarter = (date(2026, 1, 1), date(2026, 3, 1))
    assert rows[0] == (0, *quarter, 0.5, True, True, 6)
    assert rows[1][0] == 1
    assert 0.2 < rows[1][3] < 0.35  # it was .1, then .3
    assert read(
        "SELECT count(*) FROM topic_forecasts WHERE shown AND NOT (skill > 0 AND corpus_skill > 0)"
    ) == [(0,)]


def test_newness_is_ranked(publish: Publish) -> None:
    read = publish(year())
    # Topic 1 has 9 of 30 papers in the last quarter and 15 of 90 before: 1.8 times. Topic 0 stays.
    assert read(
        "SELECT rank, topic_id, kind, round(growth, 4), born_on FROM topic_newness ORDER BY rank"
    ) == [
        (1, 1, "other", 1.8, None),
        (2, 0, "other", 1.0, None),
    ]


def test_attribution_by_hand(publish: Publish) -> None:
    papers = year()
    # All papers of topic 1 in the second half are from one organisation, and two a month by one author.
    for paper in papers:
        paper["organization"] = "Elsewhere"
        if paper["topic"] == 1 and paper["published_on"] >= "2025-07":
            paper |= {"organization": "Lab", "authors": ["Ada", "Ada", f"Coauthor {paper['published_on']}"]}
    read = publish(papers)
    (corpus,) = read(
        "SELECT papers_before, papers_after, gained_by_corpus, gained_by_share, change, period_start, period_middle, "
        "period_end FROM topic_attribution WHERE topic_id = 1 AND kind = 'corpus'"
    )
    assert corpus[:4] == (6, 18, 0, pytest.approx(12))
    assert corpus[4] == pytest.approx(18.5 / 6.5)
    assert corpus[5:] == (date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1))
    others = read(
        "SELECT kind, name, papers_before, papers_after, change_without FROM topic_attribution "
        "WHERE topic_id = 1 AND kind <> 'corpus' AND rank = 1 ORDER BY kind"
    )
    without = pytest.approx(0.5 / 43 / (6.5 / 61))  # 60 papers before; of 60 after, 18 are left out
    assert others[0] == ("author", "Ada", 0, 18, without)  # a name counts once a paper
    assert others[2] == ("organization", "Lab", 0, 18, without)
    assert others[1][:2] == ("day", "2025-07-31")
    assert others[1][2:4] == (0, 2)


def test_a_source_that_begins_to_name_organisations_is_no_change_of_them(publish: Publish) -> None:
    papers = [
        paper | ({"organization": "Lab"} if paper["published_on"] >= "2025-07" else {}) for paper in year()
    ]
    kinds = "SELECT DISTINCT kind FROM topic_attribution ORDER BY kind"
    assert publish(papers)(kinds) == [("corpus",), ("day",)]


def test_sources_are_counted_apart_and_a_source_that_joins_is_a_break(publish: Publish) -> None:
    late = [paper for paper in year("hf") if paper["published_on"] >= "2025-07"]
    asked = {"file": (date(2025, 1, 1), date(2026, 1, 1)), "hf": (date(2025, 7, 1), date(2026, 1, 1))}
    read = publish([*year(), *late], asked)
    assert read(
        "SELECT source, papers, corpus_papers, covered FROM topic_source_months "
        "WHERE topic_id = 1 AND month IN ('2025-06-01', '2025-07-01') ORDER BY source, month"
    ) == [("file", 1, 10, True), ("file", 3, 10, True), ("hf", 0, 0, False), ("hf", 3, 10, True)]
    assert read("SELECT * FROM source_breaks") == [(date(2025, 7, 1), ["hf"], [])]
    # The months before the break are no history of the corpus after it.
    assert read("SELECT DISTINCT tests FROM topic_forecasts") == [(0,)]


def test_upvotes_are_compared_at_the_same_age_within_the_week(publish: Publish) -> None:
    read = publish(
        {
            "published_on": "2025-03-03",
            "listed_on": f"2025-03-0{3 + number}",
            "upvotes": 30 - number,
            "observed_at": f"2025-03-{23 + number}",
            "observations": [{"observed_at": f"2025-03-0{3 + number}T12:00:00", "upvotes": 1 + number}],
        }
        for number in range(5)
    )
    rows = read("SELECT age, week, peers, percentile FROM paper_upvotes ORDER BY age, paper_id")
    week = date(2025, 3, 3)
    assert rows[:5] == [("listing", week, 5, percent) for percent in (10, 30, 50, 70, 90)]
    assert rows[5:] == [("settled", week, 5, percent) for percent in (90, 70, 50, 30, 10)]
    assert read("SELECT round(sum(excess), 1) FROM paper_upvotes GROUP BY age") == [(0,), (0,)]
    # Half a day after listing: 1 of 30, 2 of 29, 3 of 28 ...: the median is 3 of 28.
    assert read("SELECT age_days, papers, round(part, 4) FROM upvote_growth ORDER BY 1") == [
        (0, 5, round(3 / 28, 4)),
        (20, 5, 1),
    ]
    assert read(
        "SELECT upvotes, settled_after, settled_by, settled_days FROM upvote_settling ORDER BY 1 LIMIT 1"
    ) == [(26, 0.5, 20, None)]


def test_author_statistics_by_hand(publish: Publish) -> None:
    read = publish(
        [
            {"published_on": "2025-01-01", "authors": ["Ada", "Emmy"], "organization": "Lab"},
            {
                "published_on": "2025-01-31",
                "authors": ["Ada", "Ada", "Kurt", {"name": "Hidden", "hidden": True}],
            },
            {"published_on": "2025-02-28", "authors": ["Kurt", "Sofia"], "organization": "Lab"},
        ]
    )
    assert read(
        "SELECT month, papers, team_median, team_mean, authors, new_authors, returning_authors FROM author_months "
        "ORDER BY month"
    ) == [
        (date(2025, 1, 1), 2, 3, 3, 3, 3, 0),  # teams of 2 and 4; Ada, Emmy and Kurt
        (date(2025, 2, 1), 1, 2, 2, 2, 1, 1),  # Sofia is new
    ]
    # In January Ada has two papers, Emmy and Kurt one: HHI (4 + 1 + 1) / 16, and the top tenth, one name, has half.
    assert read(
        "SELECT kind, month, names, hhi, top_share FROM concentration_months ORDER BY kind, month"
    ) == [
        ("author", date(2025, 1, 1), 3, 0.375, 0.5),
        ("author", date(2025, 2, 1), 2, 0.5, 0.5),
        ("organization", date(2025, 1, 1), 1, 1, 1),
        ("organization", date(2025, 2, 1), 1, 1, 1),
    ]


def test_papers_without_dates_votes_or_authors_publish_empty_tables(publish: Publish) -> None:
    read = publish([{}, {"upvotes": 3, "observed_at": "2025-03-01"}])
    tables = (
        contract.TOPIC_FORECASTS,
        contract.TOPIC_NEWNESS,
        contract.TOPIC_ATTRIBUTION,
        contract.SOURCE_BREAKS,
        contract.PAPER_UPVOTES,
        contract.UPVOTE_GROWTH,
        contract.UPVOTE_SETTLING,
        contract.AUTHOR_MONTHS,
        contract.CONCENTRATION_MONTHS,
    )
    assert [read(f"SELECT count(*) FROM {table.name}") for table in tables] == [[(0,)]] * len(tables)
