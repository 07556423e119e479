"""Loading: records are staged as they come, then merged into papers, authors, observations and rejects."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from etl import contract, staging, workers
from etl.days import spans
from etl.forgotten import Forgotten
from etl.records import FetchedDay, Harvest
from etl.staging import Item, Staged
from etl.store.database import Database
from etl.workers import Part

_SLICE = 50_000  # papers merged field by field at once


class Loading(Database):
    """The part of the store that takes papers in."""

    _waiting: Path  # the folder of staged files
    _staged: Staged
    _parts: int

    def stage(self, records: Iterable[Item]) -> Iterator[int]:
        """Write records as they come; yields how many were taken in after each batch."""
        part, self._parts = self._parts, self._parts + 1
        for batch in staging.stage(records, self._waiting, part):
            self._staged.add(batch)
            yield batch.records

    def stage_parts(
        self, parts: Iterable[Part], today: date, forgotten: Forgotten | None = None
    ) -> Iterator[int]:
        """Validate and write the records of parts, in processes of their own; yields how many each part had."""
        for part in workers.stage_parts(parts, self._waiting, self._parts, today, forgotten):
            self._parts += 1
            self._staged.add(part)
            yield part.records

    def merge(self, run_id: str, revising: str = "") -> None:
        """Turn what was staged into papers, authors, observations and rejects.

        Args:
            run_id: the run.
            revising: papers.source of those that are asked live: they may come with another title than before, and
                in several lists of one run, of which the last look at their counters is kept; none unless said.
        """
        self._see_staged()
        self._script("stage")
        self._script("known_records")
        self._script("meetings", revising=revising)
        met = self._connection.fetchnumpy()
        self._meet(np.asarray(met["node"], np.int64), np.asarray(met["met"], np.int64))
        self._script("settle")
        self._script("add_papers", run_id=run_id)
        self._merge_touched(run_id)
        self._script("join_papers")
        self._script("keep_sources", run_id=run_id)
        self._script("recognise")
        self._script("observe", revising=revising)
        self._insert("age_of_reading", _ages())
        self._script("upvote_readings")
        self._script("keep_rejects", run_id=run_id)
        self._script("loaded")

    def _see_staged(self) -> None:
        """The staged files as the views staged, sighted and refused_at_the_edge, in the order of their records."""
        views = {
            "staged": self._staged.staged,
            "sighted": self._staged.sighted,
            "refused_at_the_edge": self._staged.refused,
        }
        for name, (empty, *filled) in views.items():
            # DuckDB plans for as many rows as the first file has, and the empty one is there for want of others alone.
            paths = filled or [empty]
            # A name with brackets would be taken for a pattern. A view takes no bound values.
            quoted = ", ".join("'" + glob.escape(path).replace("'", "''") + "'" for path in paths)
            self._execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet([{quoted}])")

    def _meet(self, node: NDArray[np.int64], met: NDArray[np.int64]) -> None:
        """Who is one paper with whom, straight or through others: the table `met` (node, stands_for)."""
        nodes, place = np.unique(np.concatenate([node, met]), return_inverse=True)
        edges = coo_array((np.ones(len(node), np.int8), np.split(place, 2)), shape=(len(nodes), len(nodes)))
        _, component = connected_components(edges, directed=False)
        first = pd.Series(nodes).groupby(component).transform("min").to_numpy()
        self._connection.register("components", pa.table({"node": nodes, "stands_for": first}))
        self._execute("CREATE TEMP TABLE met AS SELECT node, stands_for FROM components")
        self._connection.unregister("components")

    def _merge_touched(self, run_id: str) -> None:
        self._script("precedence")
        self._script("touched")
        (papers,) = self._connection.fetchone() or (0,)
        slices = -(-papers // _SLICE)
        for number in range(slices):
            self._script("merge_papers", run_id=run_id, slices=slices, slice=number)

    def cover(self, run_id: str, asked: Mapping[str, tuple[date, date]]) -> None:
        """Record the days each source was asked for: as it says, else the days its papers' dates span."""
        dated = self._rows(
            "SELECT source, min(published_on), max(published_on) + 1 FROM staged SEMI JOIN resolved USING (place) "
            "WHERE published_on IS NOT NULL GROUP BY source ORDER BY source"
        )
        covered = {source: (first, until) for source, first, until in dated} | dict(asked)
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
