"""The story of a run: source -> validate -> store -> embed -> topics -> trends -> publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol, runtime_checkable

from etl import (
    contract,
    corrections,
    modelling,
    outlook,
    publish,
    recovery,
    report,
    search,
    snapshots,
    trends,
)
from etl.corrections import Corrections
from etl.days import AskedDay
from etl.errors import (
    InputError,
    NothingPublished,
    NoWords,
    as_disk_full,
    as_out_of_memory,
    as_stopped,
)
from etl.forgotten import Forgotten
from etl.lock import alone_in
from etl.modelling import Wish
from etl.records import FetchedDay, Harvest, Raw, Reject
from etl.report import Report
from etl.settings import Settings
from etl.staging import validate
from etl.store import Store, published_run
from etl.tracking import Progress, Tracked
from etl.workers import Part

VECTORS_NAME = "embeddings.duckdb"


class Source(Protocol):
    """Where papers come from: yields raw records lazily, and says what it was asked for."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def records(self) -> Iterator[Raw | Reject]:
        """Every record."""

    @property
    def coverage(self) -> Mapping[str, tuple[date, date]]:
        """Half-open days asked for, by papers.source, as far as known once the records are read."""


@runtime_checkable
class Divided(Source, Protocol):
    """A source whose records can be read in parts, by several processes at once."""

    def parts(self) -> Iterator[Part] | None:
        """Parts that together give what `records` does, in its order; None where there is too little to divide."""


@runtime_checkable
class Fetching(Source, Protocol):
    """A source that first fetches its lists day by day, and keeps what it fetched until it is published.

    What it covers are the days that it fetched.
    """

    @property
    def fetched(self) -> Sequence[FetchedDay]:
        """The days that `records` gives, complete once `fetch` has ended."""

    @property
    def asked(self) -> Sequence[AskedDay]:
        """What became of each day of the run so far."""

    @property
    def missing(self) -> Mapping[date, str]:
        """The days that were asked for and not got, with the reason."""

    @property
    def warnings(self) -> Sequence[str]:
        """What whoever runs it should know of how fetching went, in sentences."""

    def plan(self, log: Mapping[date, datetime], missing: Mapping[date, str]) -> int:
        """Choose the lists to fetch; returns how many.

        Args:
            log: when each day was last fetched, as published.
            missing: the days that an earlier run asked for and did not get.
        """

    def fetch(self, doing: Callable[[str], None], advance: Callable[[int], None]) -> str:
        """Fetch them, telling which is under way and each that is done; returns the outcome in words."""

    def published(self) -> None:
        """What was fetched is published."""


@runtime_checkable
class Harvesting(Source, Protocol):
    """A source that first fetches sets of records by the days of their last change, and keeps them until published."""

    @property
    def harvested(self) -> Sequence[Harvest]:
        """What `records` gives, complete once `fetch` has ended."""

    def plan(self, log: Sequence[Harvest]) -> int:
        """Choose the spans to fetch; returns how many. `log` says what was harvested before, as published."""

    def fetch(self, doing: Callable[[str], None], advance: Callable[[int], None]) -> str:
        """Fetch them, telling which is under way and each that is done; returns the outcome in words."""

    def published(self) -> None:
        """What was fetched is published."""


@dataclass(frozen=True)
class Run:
    """A run under way: what it works on, and whom it tells."""

    settings: Settings
    source: Source
    corpus: str
    report: Report
    progress: Progress
    previous: Path | None
    wish: Wish
    corrections: Corrections
    forgotten: Forgotten
    mended: str | None = None

    @contextmanager
    def stage(self, name: str, total: int | None = None, unit: str = "") -> Iterator[None]:
        """Name the stage, in the report too, and time it."""
        self.progress.stage(name, total, unit)
        start = perf_counter()
        yield
        self.report.stages[name] = round(perf_counter() - start, 2)


def run(
    settings: Settings,
    source: Source,
    corpus: str,
    options: Mapping[str, Any],
    *,
    progress: Progress,
    expected: int | None = None,
    wish: Wish | None = None,
    onto_papers: bool = False,
) -> Report:
    """Load, fit, judge and publish; what was published before stays until the very end.

    Args:
        settings: where to.
        source: where from.
        corpus: `contract.DEMO` or `contract.REAL`.
        options: what the source was asked, for the record.
        progress: told of every stage.
        expected: papers the source will give, where known.
        wish: how topics and their trends are wanted.
        onto_papers: the source adds to papers that are there, and has none of its own.

    Raises:
        PapertideError: with a sentence for the user; nothing was published.
    """
    data_dir = settings.data_dir
    folder = publish.Folder(data_dir)
    with alone_in(data_dir):
        found = recovery.published(data_dir, corpus)
        pointer = found.pointer
        if onto_papers and not pointer:
            raise NothingPublished(
                f"Nothing is published in {data_dir} yet, so there is nothing to add to; load papers first, with "
                "--source hf or --source file."
            )
        previous = _starting_point(pointer, options)
        for dead in report.abandoned(data_dir, pointer.run_id if pointer else None):
            folder.withdraw(dead.run_id)
        failed = report.close_abandoned(data_dir, pointer.run_id if pointer else None)
        wanted, removed = corrections.read(data_dir), Forgotten.read(data_dir)
        wish = wish or Wish()
        started = Report(source.name, dict(options), granularity=wish.granularity)
        tracked = Tracked(progress, started, data_dir)
        current = Run(
            settings, source, corpus, started, tracked, previous, wish, wanted, removed, found.mended
        )
        try:
            folder.prepare()
            _build_and_publish(current, folder, failed, expected)
        except BaseException as error:
            meant = as_disk_full(error, data_dir) or as_out_of_memory(error) or as_stopped(error)
            _record_end(current, folder, meant or error)
            if meant:
                raise meant from error
            raise
        finally:
            folder.clear()
        if isinstance(source, Fetching | Harvesting):
            source.published()
    return current.report


def _build_and_publish(run: Run, folder: publish.Folder, failed: list[Report], expected: int | None) -> None:
    built = folder.building / f"{run.report.run_id}.duckdb"
    with Store(built, run.previous, run.forgotten) as store:
        _load(run, store, _fetch(run, store) or expected)
        fit = _topics(run, store)
        write_trends(store, run.wish.trend_months, report.now().date())
        with run.stage("Search", run.report.papers):
            search.index(store, run.settings.data_dir / VECTORS_NAME, run.progress.advance)
        run.progress.finish(f"{run.report.papers or 0:,} papers can be searched")
        with run.stage("Write"):
            _plant_truth(run.source, store)
            _record_history(run.report, store, failed)
            published_at = report.now()
            store.sign(run.report.run_id, published_at, run.corpus, fit)
    with run.stage("Publish"):
        publish.check(built)
        publish.make_current(folder, built, published_at, run.corpus)
        with suppress(OSError):  # it is published: what is left over goes with the next run
            snapshots.prune(run.settings, published_at)
    with suppress(OSError):  # likewise, the next run closes its report
        run.report.publish(run.settings.data_dir)
    run.progress.finish(f"snapshot {run.report.run_id}")


def _starting_point(pointer: contract.Pointer | None, options: Mapping[str, Any]) -> Path | None:
    """The snapshot to carry forward, if any; a demo of another size or seed is another corpus and starts anew."""
    if pointer is None:
        return None
    if pointer.corpus == contract.DEMO:
        before = published_run(pointer.snapshot)["options"]
        if any(before.get(name) != options.get(name) for name in ("papers", "seed")):
            return None
    return pointer.snapshot


def _fetch(run: Run, store: Store) -> int | None:
    """Let a source that fetches do so, from where the last published run left off; returns the records it got."""
    source = run.source
    if isinstance(source, Harvesting):
        spans = source.plan(store.harvests(source.name))
        with run.stage("Fetch", spans, "span"):
            outcome = source.fetch(run.progress.note, run.progress.advance)
        run.progress.finish(outcome)
        return sum(harvest.records for harvest in source.harvested)
    if not isinstance(source, Fetching):
        return None
    days = source.plan(store.fetched_days(source.name), store.missing_days(source.name))
    try:
        with run.stage("Fetch", days, "day"):
            outcome = source.fetch(run.progress.note, run.progress.advance)
    finally:
        run.report.tell_days(source.asked)
    run.progress.finish(outcome)
    return sum(day.entries for day in source.fetched)


def _load(run: Run, store: Store, expected: int | None) -> None:
    """Read, validate and merge every record."""
    today = report.now().date()
    with run.stage("Load", expected):
        parts = run.source.parts() if isinstance(run.source, Divided) else None
        staged = (
            store.stage_parts(parts, today, run.forgotten)
            if parts
            else store.stage(validate(run.source.records(), today, run.forgotten))
        )
        for read in staged:
            run.report.records += read
            run.progress.advance(read)
        revising = getattr(run.source, "revises_titles", isinstance(run.source, Fetching))
        store.merge(run.report.run_id, run.source.name if revising else "")
        if isinstance(run.source, Fetching):
            store.log_days(run.report.run_id, run.source.name, run.source.fetched, run.source.missing)
        else:
            store.cover(run.report.run_id, run.source.coverage)
        if isinstance(run.source, Harvesting):
            store.log_harvests(run.report.run_id, run.source.name, run.source.harvested)
        counts = store.counts()
    run.report.rejected = counts["refused"]
    run.report.papers_added = counts["papers_added"]
    run.report.observations_added = counts["observations_added"]
    run.report.papers = counts["papers"]
    _refuse_nothing(run.report, store, getattr(run.source, "deleted", 0))
    run.progress.finish(
        f"{run.report.records:,} records, {run.report.papers_added:,} new papers, {run.report.rejected:,} refused, "
        f"{run.report.observations_added:,} observations"
    )


def _refuse_nothing(loaded: Report, store: Store, deleted: int) -> None:
    """Raise InputError where no record could be used; `deleted` are those that need not be."""
    if loaded.records > deleted and loaded.rejected == loaded.records:
        raise InputError(
            f"None of the {loaded.records:,} records could be used (the first: {store.first_refusal()}), so nothing "
            "was published; mend the input and run again."
        )
    if not loaded.papers:
        raise InputError(
            "The source holds no records, so there is nothing to publish; check what it was asked for."
        )


def _topics(run: Run, store: Store) -> dict[str, Any]:
    """Fit topics or assign new papers, unless nothing changed; returns what the snapshot records of it."""
    before = published_run(run.previous) if run.previous else {}
    papers, run_id = run.report.papers or 0, run.report.run_id
    fit = {
        "topics_fingerprint": f"{modelling.VERSION}:{run.wish.granularity}:{run.wish.embedder or ''}:"
        f"{store.corpus_fingerprint()}",
        "encoder_papers": before.get("encoder_papers", 0),
        "note": None,
    }
    unnamed = None
    unchanged = not run.wish.refit and before.get("topics_fingerprint") == fit["topics_fingerprint"]
    if getattr(run.source, "keeps_topics", False) and before:  # whatever they were fitted with
        unchanged = True
        made_with = before["topics_fingerprint"].rpartition(":")[0]
        fit["topics_fingerprint"] = f"{made_with}:{store.corpus_fingerprint()}"
    run.report.refitted = not unchanged
    if unchanged:
        fit["note"] = before["note"]
        run.progress.stage("Topics")
        done = ", unchanged"
    elif run.wish.none:
        modelling.without_topics(store, run_id)
        fit["note"] = (
            "Topics were left out as the run asked (--topics none); run again without that to see some."
        )
        fit["encoder_papers"] = 0
        run.progress.stage("Topics")
        done = ""
    elif papers < modelling.PAPERS_AT_LEAST:
        modelling.without_topics(store, run_id)
        fit["note"] = (
            f"{papers:,} papers are too few for topics; load at least {modelling.PAPERS_AT_LEAST} to see some."
        )
        fit["encoder_papers"] = 0
        run.progress.stage("Topics")
        done = ""
    else:
        try:
            reason, fit["encoder_papers"], unnamed = _fit_or_assign(run, store, papers, fit["encoder_papers"])
            run.report.refitted = reason is not None
            done = (
                f" fitted, since {reason}" if reason else f", {run.report.papers_added:,} new papers assigned"
            )
        except NoWords as none:
            modelling.without_topics(store, run_id)
            fit["note"], done = str(none), ""
    unheeded = store.correct(run.corrections, run_id)
    counts = store.counts()
    run.report.topics, run.report.outliers = counts["topics"], counts["outliers"]
    # What the file says of topics that are gone concerns who runs this, not who reads the snapshot.
    warnings = run.source.warnings if isinstance(run.source, Fetching) else ()
    said = (run.mended, *warnings, fit["note"], unheeded, unnamed)
    run.report.note = " ".join(note for note in said if note) or None
    run.report.embedder = (store.topic_fit() or {}).get("embedder")
    run.progress.finish(
        f"{counts['topics']} topics{done}; {counts['outliers'] / papers:.1%} of papers in none"
    )
    return fit


def _fit_or_assign(
    run: Run, store: Store, papers: int, encoder_papers: int
) -> tuple[str | None, int, str | None]:
    """Returns why topics were fitted, None where new papers were assigned; the papers the encoder was fitted on; and a
    note on topics that the language model did not name.
    """
    cache, run_id = run.settings.data_dir / VECTORS_NAME, run.report.run_id
    fitted = store.topic_fit()
    chosen = modelling.chosen_embedder(run.wish)
    model = chosen.model if chosen else store.encoder_model()
    reason = modelling.reason_to_fit(run.wish, fitted, papers, model)
    if reason is None and fitted is not None:
        with run.stage("Topics", run.report.papers_added):
            reason = modelling.assign_new(store, cache, run_id, fitted, run.progress.advance, chosen)
        if reason is None:
            return None, encoder_papers, None
        run.progress.finish(f"To be fitted anew: {reason}")
    assert reason is not None
    with run.stage("Embed", papers):
        embedded = modelling.embed_corpus(store, cache, papers, encoder_papers, run.progress.advance, chosen)
    run.progress.finish(f"{len(embedded.vectors):,} papers in {embedded.vectors.shape[1]} dimensions")
    with run.stage("Topics"):
        unnamed = modelling.fit(store, embedded, run.wish, reason, run_id, run.corrections.pinned)
    return reason, embedded.fitted_on, unnamed


def write_trends(store: Store, trend_months: int, today: date) -> None:
    """Compute everything that follows from papers and topics, as of a day."""
    months, ids = store.topic_months(today), store.topic_ids()
    by_source = store.counted("topic_source_months")
    store.write_trends(
        trends.with_bands(months),
        trends.signals(by_source, ids, trend_months),
        trends.topic_changes(months, ids),
    )
    outlook.write(store, months, by_source)


def _plant_truth(source: Source, store: Store) -> None:
    """Only now, when topics and trends stand, may the demo's truth enter the snapshot."""
    truth = getattr(source, "truth", None)
    for table, rows in (truth() if truth else {}).items():
        store.plant(table, rows)


def _record_history(current: Report, store: Store, failed: list[Report]) -> None:
    known = store.known_runs()
    for other in failed:
        if other.run_id not in known:
            store.record_run(other.row())
    current.status, current.finished_at = report.PUBLISHED, report.now()
    store.record_run(current.row())
    current.status = report.RUNNING  # until the pointer names it


def _record_end(run: Run, folder: publish.Folder, error: BaseException) -> None:
    """Note why the run ended, unless it was stopped when it had already published."""
    with suppress(contract.PointerUnreadable, OSError):
        pointer = contract.read_pointer(folder.path)
        if pointer and pointer.run_id == run.report.run_id:
            run.report.publish(folder.path)
            return
    with suppress(OSError):  # the next run tries again
        folder.withdraw(run.report.run_id)
    sentence = (
        "stopped by the user" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
    )
    # A full disk may not even take the report; the run's own error matters more.
    with suppress(OSError):
        run.report.fail(folder.path, sentence)
