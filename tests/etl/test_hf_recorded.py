"""Every recorded day through a loopback API, fetched and loaded, against counts taken from the files themselves.

The counts are made by other means than ours: DuckDB reads the JSON. Topics are left out, so that it takes seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.records import Raw, Reject, validated
from etl.settings import HfSettings
from etl.sources.hf_api import DailyPapers
from etl.sources.hf_days import HfSource, Span
from etl.store import Store
from tests.hf_api_server import HfApi, recorded

pytestmark = pytest.mark.slow

SPAN = Span(date(2024, 5, 27), date(2026, 3, 31))
NOW = datetime(2026, 5, 20, 12)


@dataclass(frozen=True)
class Loaded:
    """What came of all recorded days: the raw records, a connection to the tables, and one to the files as `entry`."""

    raws: list[Raw]
    rejects: list[Reject]
    requests: int
    states: Counter[str]
    tables: duckdb.DuckDBPyConnection
    files: duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def loaded(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("recorded")
    with (
        HfApi(recorded(shared_data / "hf_api"), requests_allowed=10_000) as api,
        DailyPapers(HfSettings(api.endpoint)) as client,
    ):
        source = HfSource(client, SPAN, folder, clock=lambda: NOW)
        source.plan({}, {})
        source.fetch(lambda doing: None, lambda units: None)
        requests = len(api.asked)
    records = list(source.records())
    raws = [record for record in records if isinstance(record, Raw)]
    snapshot = folder / "loaded.duckdb"
    with Store(snapshot, None) as store:
        papers = ((raw, validated(raw, NOW.date())) for raw in raws)
        staged = [paper if isinstance(paper, Reject) else (raw, paper) for raw, paper in papers]
        assert sum(store.stage(staged)) == len(records)
        store.merge("a run", source.name)
        store.log_days("a run", source.name, source.fetched, source.missing)
        assert store.counts()["refused"] == 0
    files = duckdb.connect()
    files.execute(
        "CREATE TABLE entry AS SELECT json ->> '$.paper.id' AS id, json, "
        "regexp_extract(filename, '(\\d{4}-\\d{2}-\\d{2})\\.json\\.gz$', 1)::DATE AS day "
        "FROM read_json_objects($paths, format = 'array', filename = true)",
        {"paths": str(shared_data / "hf_api" / "*.json.gz")},
    )
    return Loaded(
        raws,
        [record for record in records if isinstance(record, Reject)],
        requests,
        Counter(day.state for day in source.asked),
        duckdb.connect(str(snapshot), read_only=True),
        files,
    )


def test_all_days_came_with_a_request_each(loaded: Loaded) -> None:
    days = (SPAN.until - date(2024, 5, 27) + timedelta(days=1)).days
    assert days == 674
    assert loaded.requests == days
    assert loaded.states == {"complete": 479, "empty": 674 - 479}
    log = "SELECT count(*), sum(entries), count(*) FILTER (entries > 0) FROM fetched_days"
    assert loaded.tables.execute(log).fetchall() == [(674, 7_414, 479)]
    assert loaded.tables.execute("SELECT covered_from, covered_until FROM coverage").fetchall() == [
        (date(2024, 5, 27), date(2026, 4, 1))
    ]
    assert loaded.tables.execute("SELECT count(*) FROM missing_days").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("ours", "theirs", "number"),
    [
        ("count(*) FROM papers", "count(DISTINCT id) FROM entry", 7_414),
        ("count(*) FROM authors", "sum(json_array_length(json, '$.paper.authors')) FROM entry", None),
        (
            "sum(authors_count) FROM papers",
            "sum(json_array_length(json, '$.paper.authors')) FROM entry",
            None,
        ),
        ("sum(upvotes) FROM papers", "sum((json -> '$.paper.upvotes')::INTEGER) FROM entry", None),
        (
            "sum(upvotes) FROM upvote_observations",
            "sum((json -> '$.paper.upvotes')::INTEGER) FROM entry",
            None,
        ),
        ("count(*) FROM upvote_observations", "count(*) FROM entry", 7_414),
        ("sum(comments) FROM papers", "sum((json -> '$.numComments')::INTEGER) FROM entry", None),
        (
            "count(organization) FROM papers",
            "count(coalesce(json -> '$.organization', json -> '$.submitterOrganization')) FROM entry",
            1_460,
        ),
        (
            "count(DISTINCT organization) FROM papers",
            "count(DISTINCT trim(regexp_replace(coalesce(json ->> '$.organization.fullname', "
            "json ->> '$.submitterOrganization.fullname'), '\\s+', ' ', 'g'))) FROM entry",
            None,
        ),
        ("count(submitter) FROM papers", "count(json ->> '$.submittedBy.name') FROM entry", 7_190),
        (
            "count(repository) FROM papers",
            "count(nullif(json ->> '$.paper.githubRepo', '')) FROM entry",
            None,
        ),
        (
            "sum(repository_stars) FROM papers",
            "sum((json -> '$.paper.githubStars')::INTEGER) FROM entry",
            None,
        ),
        (
            "count(keywords) FROM papers",
            "count(*) FROM entry WHERE len(list_filter((json -> '$.paper.ai_keywords')::VARCHAR[], "
            "lambda word: trim(word) <> '')) > 0",
            None,
        ),
        (
            "count(*) FROM papers WHERE listed_on IS NOT NULL",
            "count(coalesce((json ->> '$.paper.submittedOnDailyAt')[:10]::DATE, day)) FROM entry",
            7_414,
        ),
        ("count(*) FROM rejects", "0", 0),
    ],
)
def test_counts_agree_to_the_last_one(loaded: Loaded, ours: str, theirs: str, number: int | None) -> None:
    ((counted,),) = loaded.files.execute(f"SELECT {theirs}").fetchall()
    assert loaded.tables.execute(f"SELECT {ours}").fetchall() == [(counted,)]
    assert number is None or counted == number
    assert number == 0 or counted > 1_000 or "organization" in ours


@pytest.mark.parametrize(
    ("field", "theirs", "number"),
    [
        ("project_page", "count(nullif(json ->> '$.paper.projectPage', '')) FROM entry", None),
        ("thumbnail", "count(coalesce(json ->> '$.thumbnail', json ->> '$.mediaUrl')) FROM entry", 7_414),
        ("discussion_id", "count(json ->> '$.paper.discussionId') FROM entry", 6_711),
    ],
)
def test_what_a_record_carries_besides(loaded: Loaded, field: str, theirs: str, number: int | None) -> None:
    ((counted,),) = loaded.files.execute(f"SELECT {theirs}").fetchall()
    assert sum(bool(raw.fields[field]) for raw in loaded.raws) == counted
    assert number is None or counted == number
    assert loaded.rejects == []


def one_line(text: str | None) -> str | None:
    return " ".join(text.split()) if text else None


def test_every_paper_arrives_as_its_file_has_it(loaded: Loaded, shared_data: Path) -> None:
    lists: Callable[[date], list[Any]] = recorded(shared_data / "hf_api")
    papers: dict[str, tuple[Any, ...]] = {}
    authors = set()
    for number in range(674):
        day = date(2024, 5, 27) + timedelta(days=number)
        for listed in lists(day):
            paper = listed["paper"]
            organization = listed.get("organization") or listed.get("submitterOrganization") or {}
            papers[paper["id"]] = (
                paper["id"],
                len(paper["authors"]),
                paper["upvotes"],
                listed["numComments"],
                one_line(organization.get("fullname") or organization.get("name")),
                (listed.get("submittedBy") or {}).get("name"),
                "".join(paper.get("githubRepo", "").split()) or None,
                paper.get("githubStars"),
                [one_line(word) for word in paper.get("ai_keywords", []) if word] or None,
                date.fromisoformat(paper.get("submittedOnDailyAt", str(day))[:10]),
                date.fromisoformat(paper["publishedAt"][:10]),
            )
            authors |= {
                (paper["id"], place, one_line(author["name"]), author["hidden"])
                for place, author in enumerate(paper["authors"], start=1)
            }
    columns = (
        "paper_id, authors_count, upvotes, comments, organization, submitter, repository, repository_stars, keywords, "
        "listed_on, published_on"
    )
    published = loaded.tables.execute(f"SELECT {columns} FROM papers").fetchall()
    assert {row[0]: row for row in published} == papers
    names = loaded.tables.execute("SELECT paper_id, position, name, hidden FROM authors").fetchall()
    assert len(names) == len(authors) == sum(row[1] for row in papers.values())
    assert set(names) == authors
    looks = loaded.tables.execute(
        "SELECT paper_id, observed_at, upvotes, comments FROM upvote_observations"
    ).fetchall()
    assert len(looks) == len(papers)
    assert set(looks) == {(row[0], NOW, row[2], row[3]) for row in papers.values()}
