"""What is published in a data folder, in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from etl import contract, days, report
from etl.errors import NothingPublished, PapertideError


def pointer_of(data_dir: Path) -> contract.Pointer:
    """The published snapshot.

    Raises:
        NothingPublished: there is none; the sentence says how to get one.
    """
    try:
        pointer = contract.read_pointer(data_dir)
    except (contract.SchemaMismatch, contract.PointerUnreadable) as error:
        raise PapertideError(str(error)) from error
    if pointer:
        return pointer
    demo = data_dir / "demo"
    if (demo / contract.POINTER_NAME).exists():
        raise NothingPublished(
            f"Nothing is published in {data_dir}; the demo is, so ask for it with --data-dir {demo}."
        )
    raise NothingPublished(
        f"Nothing is published in {data_dir} yet; run `etl run --source demo`, `etl run --source hf`, or "
        "`etl run --source file --input PATH` with papers of your own."
    )


def lines(data_dir: Path, now: datetime) -> list[tuple[str, str]]:
    """Status as pairs of a heading and a sentence."""
    pointer = pointer_of(data_dir)
    with duckdb.connect(str(pointer.snapshot), read_only=True) as connection:
        facts = _facts(connection) | _days(connection)
        harvested = _harvested(connection)
    rows = [
        ("Published", f"{pointer.published_at:%Y-%m-%d %H:%M} UTC, {age(now - pointer.published_at)}"),
        ("Corpus", _corpus(pointer.corpus, facts)),
        ("Topics", _topics(facts)),
        ("Moving", _signals(facts)),
        ("Rejects", f"{facts['rejects']:,} records refused so far"),
        ("Run", f"{pointer.run_id}, source {facts['source']}"),
        ("Snapshot", str(pointer.snapshot)),
    ]
    if facts["note"]:
        rows.insert(3, ("Note", facts["note"]))
    if facts["days"]:
        rows[2:2] = [("Fetched", _fetched(facts)), ("Gaps", _gaps(facts))]
    rows[2:2] = [("Harvested", sentence) for sentence in harvested]
    last = list(report.read_all(data_dir))[-1:]
    if last and last[0].status != report.PUBLISHED:
        rows.append(("Last run", f"{last[0].run_id} {last[0].status}: {last[0].error or last[0].stage}"))
    return rows


def topics(data_dir: Path) -> list[dict[str, Any]]:
    """The published topics, the largest first: topic_id, label, papers, area, signal and hidden.

    Raises:
        NothingPublished: there are none.
    """
    with duckdb.connect(str(pointer_of(data_dir).snapshot), read_only=True) as connection:
        # By pattern, since a snapshot may be older than the column `hidden`.
        found = connection.execute(
            "SELECT COLUMNS('^(topic_id|label|papers|area|hidden)$'), "
            "(SELECT any_value(signal) FROM topic_signals WHERE topic_signals.topic_id = topics.topic_id) AS signal "
            "FROM topics WHERE topic_id >= 0 ORDER BY papers DESC, topic_id"
        )
        names = [column[0] for column in found.description or []]
        return [{"hidden": False} | dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _facts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    row = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM papers) AS papers,
            (SELECT count(*) - count(published_on) FROM papers) AS undated,
            (SELECT min(published_on) FROM papers) AS first_day,
            (SELECT max(published_on) FROM papers) AS last_day,
            (SELECT count(*) FROM topics WHERE topic_id >= 0) AS topics,
            (SELECT count(*) FROM papers WHERE topic_id = -1) AS outliers,
            (SELECT count(*) FROM rejects) AS rejects,
            (SELECT note FROM snapshot) AS note,
            (SELECT source FROM runs SEMI JOIN snapshot USING (run_id)) AS source,
            (SELECT count(*) FROM fetched_days) AS days,
            (SELECT min(day) FROM fetched_days) AS first_fetched,
            (SELECT max(day) FROM fetched_days) AS last_fetched,
            (SELECT max(fetched_at) FROM fetched_days) AS fetched_at,
            (SELECT min(window_start) FROM topic_signals) AS window_start,
            (SELECT max(window_end) FROM topic_signals) AS window_end,
            (SELECT count(*) FROM topic_signals WHERE signal = 'rising') AS rising,
            (SELECT count(*) FROM topic_signals WHERE signal = 'falling') AS falling,
            (SELECT count(*) FROM topic_signals WHERE signal = 'steady') AS steady,
            (SELECT count(*) FROM topic_signals WHERE signal = 'insufficient') AS insufficient
        """
    )
    names = [column[0] for column in row.description or []]
    return dict(zip(names, row.fetchone() or (), strict=True))


def _days(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Of sources fetched day by day: days without papers, days that were not got, with the reason, days never asked."""
    empty = connection.execute("SELECT DISTINCT day FROM fetched_days WHERE entries = 0").fetchall()
    tables = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    lost: list[tuple[date, str]] = []
    if contract.MISSING_DAYS.name in tables:  # it may be newer than the snapshot
        lost = connection.execute("SELECT day, reason FROM missing_days ORDER BY day").fetchall()
    covered = connection.execute(
        "SELECT DISTINCT source, unnest(generate_series(covered_from, covered_until - 1, INTERVAL 1 DAY))::DATE "
        "FROM coverage SEMI JOIN fetched_days USING (source)"
    ).fetchall()
    return {
        "empty": {day for (day,) in empty},
        "lost": dict(lost),
        "never_asked": _between(covered) - {day for day, _ in lost},
    }


def _between(covered: list[tuple[str, date]]) -> set[date]:
    """The days between the first and the last that a source covers, and that it does not."""
    found: set[date] = set()
    for source in {source for source, _ in covered}:
        days = {day for name, day in covered if name == source}
        first, last = min(days), max(days)
        found |= {first + timedelta(days=number) for number in range((last - first).days)} - days
    return found


def _corpus(kind: str, facts: dict[str, Any]) -> str:
    synthetic = " (synthetic)" if kind == contract.DEMO else ""
    if not facts["first_day"]:
        return f"{kind}{synthetic}, {facts['papers']:,} papers, none with a publication date, so there are no trends"
    undated = f"; {facts['undated']:,} without a date are left out of trends" if facts["undated"] else ""
    return f"{kind}{synthetic}, {facts['papers']:,} papers of {facts['first_day']} to {facts['last_day']}{undated}"


def _fetched(facts: dict[str, Any]) -> str:
    weekdays = [day for day in facts["empty"] if day.weekday() < days.SATURDAY]
    return (
        f"{facts['days']:,} days, {facts['first_fetched']} to {facts['last_fetched']}, last on "
        f"{facts['fetched_at']:%Y-%m-%d %H:%M} UTC; {len(facts['empty']):,} without papers"
        + f", of weekdays {days.named(weekdays)}"
        * bool(weekdays)
    )


def _gaps(facts: dict[str, Any]) -> str:
    said = []
    if facts["lost"]:
        causes = days.causes(facts["lost"])
        said.append(
            f"{len(facts['lost']):,} days could not be fetched ({causes}), and the next run asks again"
        )
    if facts["never_asked"]:
        said.append(
            f"{len(facts['never_asked']):,} days in between were never asked for ({days.named(facts['never_asked'])})"
        )
    return "; ".join(said) or "none"


def _harvested(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence on each set of arXiv."""
    # A snapshot may be older than the table.
    if not connection.execute("FROM duckdb_tables() WHERE table_name = 'harvests'").fetchone():
        return []
    sets = connection.execute(
        """
        WITH day AS (
            SELECT subset, harvested_at, unnest(generate_series(since, until, INTERVAL 1 DAY))::DATE AS day
            FROM harvests
        )
        SELECT subset, min(day), max(day), max(harvested_at), count(DISTINCT day)
        FROM day GROUP BY subset ORDER BY subset
        """
    ).fetchall()
    return [
        f"{subset}, changes of {first} to {last}"
        + f" but {(last - first).days + 1 - days:,} days between" * (days <= (last - first).days)
        + f", last on {at:%Y-%m-%d %H:%M} UTC"
        for subset, first, last, at, days in sets
    ]


def _topics(facts: dict[str, Any]) -> str:
    return f"{facts['topics']}, with {facts['outliers']:,} papers ({facts['outliers'] / facts['papers']:.1%}) in none"


def _signals(facts: dict[str, Any]) -> str:
    if not facts["window_start"]:
        return "no complete month to judge by"
    return (
        f"{facts['rising']} rising, {facts['falling']} falling, {facts['steady']} steady, {facts['insufficient']} "
        f"cannot be told, in {_month(facts['window_start'])} to {_month(facts['window_end'])}"
    )


def _month(day: date) -> str:
    return f"{day:%b %Y}"


def age(elapsed: Any) -> str:
    """A time span as people say it: '3 hours ago'."""
    seconds = max(0, int(elapsed.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count := seconds // size:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
