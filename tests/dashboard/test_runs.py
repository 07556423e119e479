"""Runs of the ETL from the dashboard: who may start one, what is asked for, real runs from start to end, the page."""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psutil
import pytest
import streamlit as st

from dashboard import queries, runs
from dashboard.runs import Access, Refused, Upload, Wish, starting
from dashboard.runs.history import now
from dashboard.snapshot import Snapshot
from dashboard.views import runs as page
from etl.contract import DEMO
from etl.settings import RunSettings
from etl.sources.formats import READERS
from tests.dashboard import corpus, test_app
from tests.dashboard.test_app import Visit, everything, press, sound

visit = test_app.visit

ME = Access("ada@example.org")
LOCAL = {"Host": "localhost:8501"}
SMALL_DEMO = Wish("demo", papers=200)


# ---- who may ----


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_whoever_sits_at_the_machine_may(address: str) -> None:
    assert runs.access(address, LOCAL, {}, RunSettings()).allowed


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (None, LOCAL),  # on every address
        ("0.0.0.0", LOCAL),
        ("192.168.1.5", LOCAL),
        ("127.0.0.1", {"Host": "papers.example.org"}),  # a name that leads here
        ("127.0.0.1", {"Host": "127.0.0.1.example.org:8501"}),
        ("127.0.0.1", {**LOCAL, "X-Forwarded-For": "203.0.113.7"}),
    ],
)
def test_nobody_else_may_unless_the_operator_allows_it(address: str | None, headers: dict[str, str]) -> None:
    refused = runs.access(address, headers, {}, RunSettings())
    assert not refused.allowed
    assert "PAPERTIDE_ALLOW_RUNS=1" in refused.refusal
    assert runs.access(address, headers, {}, RunSettings(allowed=True)).user == "a visitor"


@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        ({"is_logged_in": True, "email": "Ada@Example.org"}, True),
        ({"is_logged_in": True, "email": "Ada@Example.org", "email_verified": True}, True),
        ({"is_logged_in": True, "email": "ada@example.org", "email_verified": False}, False),
        ({"is_logged_in": True, "email": "eve@example.org"}, False),
        ({"is_logged_in": True, "email": ""}, False),
        ({"is_logged_in": True}, False),
        ({"is_logged_in": False}, False),
        ({}, False),  # users are named, but no login is set up
    ],
)
def test_with_a_login_only_those_named_may(user: dict[str, Any], allowed: bool) -> None:
    named = RunSettings(allowed=True, users=("ada@example.org",))
    assert runs.access("127.0.0.1", LOCAL, user, named).allowed is allowed


def test_a_login_without_anybody_named_is_nobody() -> None:
    user = {"is_logged_in": True, "email": "ada@example.org"}
    assert not runs.access("127.0.0.1", LOCAL, user, RunSettings(allowed=True)).allowed


def test_the_environment_says_who(monkeypatch: pytest.MonkeyPatch) -> None:
    assert RunSettings.read() == RunSettings(False, ())
    monkeypatch.setenv("PAPERTIDE_ALLOW_RUNS", "1")
    monkeypatch.setenv("PAPERTIDE_RUN_USERS", "Ada@example.org, ,bob@example.org")
    assert RunSettings.read() == RunSettings(True, ("ada@example.org", "bob@example.org"))


def test_who_may_not_starts_and_stops_nothing(tmp_path: Path) -> None:
    nobody = Access(refusal="No.")
    for ask in (lambda: runs.start(tmp_path, SMALL_DEMO, nobody), lambda: runs.cancel(tmp_path, nobody)):
        with pytest.raises(Refused, match=r"^No\.$"):
            ask()
    assert list(tmp_path.iterdir()) == []


# ---- what is asked for ----


def test_a_wish_becomes_arguments(tmp_path: Path) -> None:
    wish = Wish(
        "arxiv",
        since=date(2025, 1, 1),
        until=date(2025, 2, 1),
        refresh=True,
        sets=("cs.CL", "cs:cs:LG"),
        refit=True,
        topics="more",
        trend_window=24,
    )
    assert wish.arguments(tmp_path) == [
        "run",
        "--source=arxiv",
        f"--data-dir={tmp_path}",
        "--topics=more",
        "--since=2025-01-01",
        "--until=2025-02-01",
        "--refresh",
        "--set=cs.CL",
        "--set=cs:cs:LG",
        "--refit",
        "--trend-window=24",
    ]
    assert Wish.from_json(json.loads(json.dumps(wish.to_json()))) == wish


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("observations"), "no such source"),
        (Wish("hf", since=date(2025, 2, 1), until=date(2025, 1, 1)), "swap them"),
        (Wish("arxiv", sets=("--data-dir=/",)), "no set of arXiv"),
        (Wish("arxiv", sets=("cs.CL\n--verbose",)), "no set of arXiv"),
        (Wish("demo", papers=10), "100 to 1,000,000"),
        (Wish("demo", topics="--help"), "topics"),
        (Wish("demo", trend_window=1), "6 to 120 months"),
        (Wish("file"), "no file to load"),
        (Wish("file", input="/nowhere/papers.csv"), "no file to load"),
    ],
)
def test_a_wish_without_sense_is_refused_before_anything_starts(
    tmp_path: Path, wish: Wish, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        runs.start(tmp_path, wish, ME)
    assert not list(tmp_path.rglob("*.log"))


def test_the_endings_are_those_that_the_etl_reads() -> None:
    assert set(runs.ENDINGS) == set(READERS)


def test_the_server_takes_no_larger_upload_than_we_do() -> None:
    config = Path(page.__file__).parents[1] / ".streamlit" / "config.toml"
    assert tomllib.loads(config.read_text())["server"]["maxUploadSize"] == runs.UPLOAD_AT_MOST


def test_the_name_of_an_upload_tells_its_kind_and_nothing_else(tmp_path: Path) -> None:
    path = starting._keep(tmp_path, Upload("../../etc/cron.d/x.JSON.gz", b"{}"))
    assert path.name == "data.json.gz"
    assert path.parent.parent == tmp_path / "uploads"
    assert len(path.parent.name) == 32
    assert path.read_bytes() == b"{}"


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (Upload("papers.pkl", b"x"), "cannot be read"),
        (Upload("papers.csv.exe", b"x"), "cannot be read"),
        (Upload("papers.csv", b""), "is empty"),
        (Upload("papers.csv", bytes(50_000_001)), "larger than 50 MB"),
    ],
)
def test_an_upload_of_another_kind_or_too_large_is_refused(upload: Upload, said: str) -> None:
    with pytest.raises(Refused, match=said):
        _ = upload.ending


# ---- real runs ----


def wait_for(told: Callable[[], Any], seconds: float = 90) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


def over(data_dir: Path) -> runs.Run | None:
    """The newest run, once it is over and its process, which has a last word to say, has ended."""
    last = runs.history(data_dir)[0]
    child = starting._children.get(last.pid)
    return None if last.is_active or (child and child.poll() is None) else last


@pytest.fixture
def no_cooldown(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(starting, "COOLDOWN", timedelta(0))
    yield
    for child in starting._children.values():  # only what a failed test left
        if child.poll() is None:
            child.kill()
        child.wait()
    starting._children.clear()


def test_a_run_starts_is_seen_refuses_a_second_and_finishes(tmp_path: Path, no_cooldown: None) -> None:
    request = runs.start(tmp_path, SMALL_DEMO, ME)
    run = runs.active(tmp_path)
    assert run is not None
    assert (run.request_id, run.asked_by, run.state) == (request, ME.user, "starting")
    assert os.getpgid(run.pid) == run.pid  # it outlives the server

    with pytest.raises(Refused, match=r"A run is under way: ada@example\.org is loading from demo since"):
        runs.start(tmp_path, SMALL_DEMO, Access("bob@example.org"))

    wait_for(lambda: (seen := runs.active(tmp_path)) and seen.state == "running" and seen.stage)
    done = wait_for(lambda: over(tmp_path))
    assert (done.state, done.source, done.request_id) == ("published", "demo", request)
    assert (done.records, done.papers_added) == (200, 200)
    assert next(iter(done.stages)) == "Load"
    assert "Published" in runs.log_of(tmp_path, done)
    assert runs.outcome(done) == "Published: 200 new papers of 200 records, 0 refused."
    assert (tmp_path / "current.json").is_file()

    with pytest.raises(Refused, match="No run is under way"):
        runs.cancel(tmp_path, ME)


def test_a_run_that_is_cancelled_ends_tidily_and_can_be_repeated(tmp_path: Path, no_cooldown: None) -> None:
    runs.start(tmp_path, Wish("demo", papers=50_000), ME)
    wait_for(lambda: (seen := runs.active(tmp_path)) and seen.state == "running")
    stopped = runs.cancel(tmp_path, ME)
    assert starting._children[stopped.pid].wait(30) == 143
    run = wait_for(lambda: over(tmp_path))
    assert (run.state, run.stopped_by) == ("stopped", ME.user)
    assert runs.outcome(run) == "Stopped by ada@example.org; what was published before is untouched."
    assert not (tmp_path / "current.json").exists()
    assert not (tmp_path / "building").exists()
    assert run.can_be_repeated
    assert run.wish == Wish("demo", papers=50_000)


def test_a_file_is_loaded_and_removed_once_it_is_published(tmp_path: Path, no_cooldown: None) -> None:
    upload = Upload("p.csv", b"title,published\nTides,2025-01-02\n,2025-01-03\n")
    runs.start(tmp_path, Wish("file"), ME, upload)
    done = wait_for(lambda: over(tmp_path))
    assert (done.state, done.papers_added, done.rejected) == ("published", 1, 1)
    (kept,) = (tmp_path / "uploads").iterdir()

    runs.start(tmp_path, Wish("file"), ME, Upload("q.json", b"{nonsense"))
    failed = wait_for(lambda: over(tmp_path))
    assert failed.state == "failed"
    assert failed.error
    assert not kept.exists()
    assert failed.can_be_repeated


def test_after_a_start_one_waits_a_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record_request(tmp_path, asked_at=now() - timedelta(seconds=10))
    with pytest.raises(Refused, match=r"try again in 2[01] s"):
        runs.start(tmp_path, SMALL_DEMO, ME)


# ---- recorded runs ----

RUN_ID = "20250501T080000.000Z-000000"  # as of the small corpus


def record_report(data_dir: Path, **facts: Any) -> None:
    """A report as the ETL writes it."""
    content = {
        "source": "hf",
        "options": {"since": "2025-04-01"},
        "run_id": "20250401T060000.000Z-aaaaaa",
        "started_at": "2025-04-01 06:00:00",
        "finished_at": "2025-04-01 06:01:10",
        "status": "published",
        "stage": "Publish",
        "stages": {"Fetch": 60.0, "Load": 7.5, "Topics": 2.5},
        "records": 1200,
        "rejected": 3,
        "papers_added": 40,
        "observations_added": 900,
        "days": [],
        "note": None,
        "error": None,
        "pid": 999_999_999,
        **facts,
    }
    folder = data_dir / "runs"
    folder.mkdir(exist_ok=True)
    (folder / f"{content['run_id']}.json").write_text(json.dumps(content, default=str))


def record_request(data_dir: Path, **facts: Any) -> None:
    content = {
        "id": "20250401T055958-00000000",
        "asked_at": datetime(2025, 4, 1, 5, 59, 58),
        "asked_by": "ada@example.org",
        "pid": 999_999_999,
        "created": 1.0,
        "wish": Wish("hf").to_json(),
        **facts,
    }
    folder = data_dir / "requests"
    folder.mkdir(exist_ok=True)
    (folder / f"{content['id']}.json").write_text(json.dumps(content, default=str))


def under_way(data_dir: Path, **facts: Any) -> None:
    """A run that goes on: this process stands for it."""
    started = now() - timedelta(seconds=100)
    facts = {"pid": os.getpid(), "started_at": now(), "status": "running", "finished_at": None, **facts}
    facts = {
        "stage": "Load",
        "stage_started_at": started,
        "updated_at": started + timedelta(seconds=50),
    } | facts
    record_report(data_dir, **{"run_id": "20250601T060000.000Z-cccccc", "done": 1000, "total": 4000} | facts)


def test_rate_and_remaining_time_follow_from_what_is_done(tmp_path: Path) -> None:
    under_way(tmp_path)
    run = runs.active(tmp_path)
    assert run is not None
    assert run.rate == pytest.approx(20)  # 1,000 papers in 50 s
    assert run.remaining == timedelta(seconds=150)  # for the other 3,000
    assert page.progress_of(run) == 0.25
    assert page.stage_told(run) == "Load: 1,000 of 4,000 papers"
    assert page.rate_told(run) == "20 papers a second"


def test_a_number_that_another_process_has_now_is_no_run(tmp_path: Path) -> None:
    before = psutil.Process().create_time() - 3600
    under_way(tmp_path, started_at=datetime.fromtimestamp(before, tz=None) - timedelta(days=1))
    assert runs.active(tmp_path) is None
    (run,) = runs.history(tmp_path)
    assert run.state == "interrupted"
    assert runs.outcome(run) == "The process ended during the stage 'Load'; start it again."
    with pytest.raises(Refused):
        runs.cancel(tmp_path, ME)


def test_a_request_is_joined_to_its_report_and_a_failed_one_tells_its_last_line(tmp_path: Path) -> None:
    record_report(tmp_path)
    record_request(tmp_path)
    record_request(tmp_path, id="20250402T060000-00000000", asked_at=datetime(2025, 4, 2, 6), pid=999_999_998)
    (tmp_path / "requests" / "20250402T060000-00000000.log").write_text("Fetch …\nIt is in use, wait.\n")
    failed, published = runs.history(tmp_path)
    assert (published.run_id, published.request_id) == (
        "20250401T060000.000Z-aaaaaa",
        "20250401T055958-00000000",
    )
    assert (failed.state, failed.error) == ("failed", "It is in use, wait.")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"status": "published"}', '{"started_at": "never"}'])
def test_a_damaged_file_is_passed_over(tmp_path: Path, content: str) -> None:
    record_report(tmp_path)
    for folder in ("runs", "requests"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "20990101.json").write_text(content)
    assert len(runs.history(tmp_path)) == 1


def test_what_a_shell_asked_for_can_be_repeated_where_no_file_of_its_is_needed(tmp_path: Path) -> None:
    record_report(tmp_path)
    record_report(tmp_path, run_id="2", source="file", options={"inputs": ["papers.csv"]})
    record_report(tmp_path, run_id="3", options={"week": "2025-W14"})
    repeatable = {run.run_id: run.wish for run in runs.history(tmp_path) if run.can_be_repeated}
    assert repeatable == {"20250401T060000.000Z-aaaaaa": Wish("hf", since=date(2025, 4, 1))}


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (59, "59 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")]
)
def test_spans_of_time(seconds: int, told: str) -> None:
    assert page.span(timedelta(seconds=seconds)) == told


# ---- the page ----


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    corpus.publish_small(tmp_path)
    record_report(tmp_path)
    record_report(
        tmp_path,
        run_id="20250402T060000.000Z-bbbbbb",
        started_at="2025-04-02 06:00:00",
        finished_at="2025-04-02 06:00:05",
        status="failed",
        error="The server *cannot* be reached.",
        stages={},
        records=0,
    )
    return tmp_path


@pytest.fixture
def at_the_machine() -> Iterator[None]:
    before = st.get_option("server.address")
    st.config.set_option("server.address", "127.0.0.1")
    yield
    st.config.set_option("server.address", before)


def labels(app: Any) -> list[str]:
    return [button.label for button in app.button]


def test_where_runs_are_off_the_page_shows_them_and_says_who_may(visit: Visit, data_dir: Path) -> None:
    app = visit("runs", data_dir)
    assert any("PAPERTIDE\\_ALLOW\\_RUNS\\=1" in line for line in everything(app))
    assert not {"Start the run", "Run it again", "Cancel the run"} & set(labels(app))
    assert list(app.dataframe[0].value["Ended as"]) == ["✗ failed", "✓ published"]


def test_the_form_offers_what_fits_the_folder(visit: Visit, data_dir: Path, at_the_machine: None) -> None:
    app = visit("runs", data_dir)
    assert test_app.control(app, "run_source").value == "hf"  # as the last run
    assert "Start the run" in labels(app)
    assert "Run it again" in labels(app)  # the newest is chosen
    corpus.publish_small(data_dir, corpus=DEMO, run_id="20250502T080000.000Z-000001")
    app = visit("runs", data_dir)
    assert test_app.control(app, "run_source").options == ["Demo"]


def test_history_is_filtered_and_a_run_tells_what_it_did(visit: Visit, data_dir: Path) -> None:
    record_report(data_dir, days=[{"day": "2025-03-30", "state": "failed", "reason": "HTTP 500"}])
    app = visit("runs", data_dir)
    sound(test_app.control(app, "history_states").set_value(["published with gaps"]).run())
    table = app.dataframe[0].value
    assert list(table["Took"]) == ["1 min 10 s"]
    assert list(table["How it went"]) == [
        "Published: 40 new papers of 1,200 records, 3 refused; 1 day could not be fetched."
    ]
    assert {metric.label: metric.value for metric in app.metric} == {
        "Records": "1,200",
        "New papers": "40",
        "Refused": "3",
        "New observations": "900",
    }
    assert app.dataframe[1].value.to_dict("list") == {"Day": ["2025-03-30"], "Why": ["HTTP 500"]}
    assert list(app.dataframe[2].value["Part"]) == [
        "86 %".replace(" ", "\N{NO-BREAK SPACE}"),
        "11 %".replace(" ", "\N{NO-BREAK SPACE}"),
        "3.6 %".replace(" ", "\N{NO-BREAK SPACE}"),
    ]  # of 70 s


def test_a_run_under_way_is_shown_with_its_progress(
    visit: Visit, data_dir: Path, at_the_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way(data_dir)
    app = visit("runs", data_dir)
    assert "Cancel the run" in labels(app)
    assert "Start the run" not in labels(app)
    (told,) = [line for line in everything(app) if line.startswith("Rate:")]
    assert "Rate: **20 papers a second** · Left in this stage: **2 min 30 s**" in told
    assert "Started by: **a shell or a schedule**" in told
    asked: list[Access] = []
    monkeypatch.setattr(runs, "cancel", lambda folder, access: asked.append(access))
    press(app, "Cancel the run")
    assert [access.user for access in asked] == ["someone at this machine"]


def test_a_click_starts_what_the_form_says_and_a_refusal_is_told(
    visit: Visit, data_dir: Path, at_the_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Wish, Access]] = []

    def start(folder: Path, wish: Wish, access: Access, upload: Upload | None = None) -> str:
        asked.append((wish, access))
        raise Refused("A run is under way.")

    monkeypatch.setattr(runs, "start", start)
    app = visit("runs", data_dir)
    test_app.control(app, "run_refit").set_value(page.REFIT)
    app = press(sound(app.run()), "Start the run")
    assert asked == [(Wish("hf", refit=True), Access("someone at this machine"))]
    assert [warning.value for warning in app.warning] == ["A run is under way\\."]

    st.config.set_option("server.address", "0.0.0.0")  # the page is still open, with its button
    press(app, "Start the run")
    assert not asked[-1][1].allowed


def test_before_anything_is_published_the_page_is_there(
    visit: Visit, tmp_path: Path, at_the_machine: None
) -> None:
    app = visit("runs", tmp_path)
    assert app.title[0].value == page.QUESTION
    assert test_app.control(app, "run_source").options == ["Demo", "A file of yours", "Daily Papers", "arXiv"]
    assert "No run is on record here yet." in everything(app)


# ---- what a run did to topics ----


def test_topics_that_changed_are_counted_once() -> None:
    events = pd.DataFrame(
        [
            ("born", 4, "Tides", None, None),
            ("merged", 2, "Waves", 1, None),
            ("merged", 2, "Waves", 3, "Foam"),
        ],
        columns=["event", "topic_id", "label", "from_topic_id", "from_label"],
    ).assign(papers=5)
    assert page.events_told(events) == "1 born, 1 merged"
    assert list(page.events_table(events)["From"]) == ["", "topic 1", "Foam"]


def test_the_snapshot_knows_the_records_that_a_run_refused(small: Snapshot) -> None:
    assert small.ask(queries.refused, small.run_id)["records"].sum() == 2
    assert len(small.ask(queries.refused, "another")) == 0
    assert set(small.ask(queries.topic_events, small.run_id)["event"]) <= {
        "born",
        "split",
        "merged",
        "retired",
    }


def test_papers_that_are_not_loaded_are_one_reason() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rejects (run_id VARCHAR, reason VARCHAR)")
        connection.executemany(
            "INSERT INTO rejects VALUES ('r', ?)",
            [
                ["paper 2503.09999 is not among the papers loaded"],
                ["the title is empty"],
                ["paper venue:8 is not among the papers loaded"],
            ],
        )
        assert queries.refused(connection, "r").to_numpy().tolist() == [
            ["its paper is not among the papers loaded", 2],
            ["the title is empty", 1],
        ]
