"""Loading: records are staged as they come, then merged into papers, authors, observations and rejects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from etl import contract
from etl.days import spans
from etl.records import FetchedDay, Harvest, Paper, Raw, Reject, Sighting
from etl.store.database import Database, batches
from etl.store.staging import REFUSED, SIGHTED, STAGED, sighted_row, staged_row

BATCH = 2_000  # records handed to DuckDB at once


class Loading(Database):
    """The part of the store that takes papers in."""

    _staged: int

    def stage(self, records: Iterable[tuple[Raw, Paper | Sighting] | Reject]) -> Iterator[int]:
        """Write records as they come; yields how many were taken in after each batch."""
        for batch in batches(records, BATCH):
            staged, sighted, refused = [], [], []
            for place, item in enumerate(batch, start=self._staged):
                if isinstance(item, Reject):
                    refused.append(asdict(item))
                elif isinstance(item[1], Sighting):
                    sighted.append(sighted_row(place, item[0], item[1]))
                else:
                    staged.append(staged_row(place, item[0], item[1]))
            self._staged += len(batch)
            self._insert("staged", pa.Table.from_pylist(staged, schema=STAGED))
            self._insert("sighted", pa.Table.from_pylist(sighted, schema=SIGHTED))
            self._insert("refused", pa.Table.from_pylist(refused, schema=REFUSED))
            yield len(batch)

    def merge(self, run_id: str, revising: str = "") -> None:
        """Turn what was staged into papers, authors, observations and rejects.

        Args:
            run_id: the run.
            revising: papers.source of those that are asked live: they may come with another title than before, and
                in several lists of one run, of which the last look at their counters is kept; none unless said.
        """
        self._script("refuse_conflicts", revising=revising)
        self._script("merge_papers", run_id=run_id)
        self._script("recognise")
        self._script("observe", revising=revising)
        self._insert("age_of_reading", _ages())
        self._script("upvote_readings")
        self._script("keep_rejects", run_id=run_id)

    def cover(self, run_id: str, asked: Mapping[str, tuple[date, date]]) -> None:
        """Record the days each source was asked for: as it says, else the days its papers' dates span."""
        spans = self._rows(
            "SELECT source, min(published_on), max(published_on) + 1 FROM staged "
            "WHERE published_on IS NOT NULL GROUP BY source ORDER BY source"
        )
        covered = {source: (first, until) for source, first, until in spans} | dict(asked)
        for source, (first, until) in covered.items():
            self._cover(run_id, source, first, until)

    def _cover(self, run_id: str, source: str, first: date, until: date) -> None:
        self._execute(
            "INSERT INTO coverage SELECT $run_id, $source, $first, $until WHERE NOT EXISTS ("
            "FROM coverage WHERE source = $source AND covered_from = $first AND covered_until = $until)",
            run_id=run_id,
            source=source,
            first=first,
            until=until,
        )

    def fetched_days(self, source: str) -> dict[date, datetime]:
        """When each day of a source's lists was last fetched (UTC)."""
        return dict(
            self._execute(
                "SELECT day, fetched_at FROM fetched_days WHERE source = $source", source=source
            ).fetchall()
        )

    def missing_days(self, source: str) -> dict[date, str]:
        """The days of a source's lists that were asked for and not got, each with the reason."""
        return dict(
            self._execute(
                "SELECT day, reason FROM missing_days WHERE source = $source", source=source
            ).fetchall()
        )

    def log_days(
        self, run_id: str, source: str, days: Iterable[FetchedDay], missing: Mapping[date, str]
    ) -> None:
        """Record the days that were fetched, and cover them; and those that were not, with the reason.

        Either takes the place of what was known of the day. A day that is missing was not covered by this run.
        """
        got = [{"source": source, "run_id": run_id, **asdict(day)} for day in days]
        lost = [
            {"source": source, "run_id": run_id, "day": day, "reason": reason}
            for day, reason in missing.items()
        ]
        self._forget_days(("fetched_days", "missing_days"), got)
        self._forget_days(("missing_days",), lost)
        for table, rows in (("fetched_days", got), ("missing_days", lost)):
            self._insert(table, pd.DataFrame(rows))
        for first, until in spans(row["day"] for row in got):
            self._cover(run_id, source, first, until)

    def _forget_days(self, tables: Sequence[str], rows: list[dict[str, Any]]) -> None:
        """Delete what tables say of the days in these rows."""
        if rows:
            self._connection.register("logged", pa.Table.from_pylist(rows))
            for table in tables:
                self._execute(
                    f"DELETE FROM {table} USING logged "  # noqa: S608
                    f"WHERE {table}.source = logged.source AND {table}.day = logged.day"
                )
            self._connection.unregister("logged")

    def harvests(self, source: str) -> list[Harvest]:
        """What was harvested of a source."""
        rows = self._execute(
            "SELECT subset, since, until, harvested_at, records FROM harvests WHERE source = $source ORDER BY ALL",
            source=source,
        ).fetchall()
        return [Harvest(*row) for row in rows]

    def log_harvests(self, run_id: str, source: str, harvests: Iterable[Harvest]) -> None:
        """Record what was harvested, in the place of what was known of the same set and days."""
        rows = [{"source": source, "run_id": run_id, **asdict(harvest)} for harvest in harvests]
        if rows:
            self._connection.register("harvested", pa.Table.from_pylist(rows))
            self._execute(
                "DELETE FROM harvests USING harvested WHERE harvests.source = harvested.source AND "
                "harvests.subset = harvested.subset AND harvests.since >= harvested.since "
                "AND harvests.until <= harvested.until"
            )
            self._execute("INSERT INTO harvests BY NAME SELECT * FROM harvested")
            self._connection.unregister("harvested")

    def counts(self) -> dict[str, int]:
        """What this run changed and what the snapshot holds; `dated` are the papers with a publication date."""
        columns = ("papers", "dated", "topics", "outliers", "papers_added", "observations_added", "refused")
        row = self._one(
            "SELECT (SELECT count(*) FROM papers), (SELECT count(published_on) FROM papers), "
            "(SELECT count(*) FROM topics WHERE topic_id >= 0), "
            "(SELECT count(*) FROM papers WHERE topic_id = -1), "
            "(SELECT count(*) FROM added), (SELECT count(*) FROM looked), (SELECT count(*) FROM refused)"
        )
        return dict(zip(columns, row, strict=True))

    def first_refusal(self) -> str:
        """Why the first refused record was refused."""
        (reason,) = self._one("SELECT coalesce(first(reason ORDER BY rowid), '') FROM refused")
        return str(reason)


def _ages() -> pd.DataFrame:
    """The ages of the contract as rows: age, first_day, last_day."""
    rows = [(name, age.first_day, age.last_day) for name, age in contract.AGES.items()]
    return pd.DataFrame(rows, columns=["age", "first_day", "last_day"]).astype({"last_day": "Int32"})
