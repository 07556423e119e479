"""The command `etl`: run, status, topics and path; the other commands have modules of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from etl import (
    commands_history,
    commands_publish,
    commands_service,
    contract,
    health,
    modelling,
    report,
    run_report,
)
from etl.console import DataDir, Verbose, in_one_sentence
from etl.errors import InputError
from etl.settings import EmbeddingsSettings, HfSettings, LlmSettings, Settings

app = typer.Typer(
    help="Load papers, fit topics, compute trends and publish a snapshot for the dashboard.",
    epilog="Examples:\n\n- etl run --source demo\n- etl run --source hf",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


class SourceName(StrEnum):
    """Where papers come from."""

    demo = "demo"
    file = "file"
    hf = "hf"
    observations = "observations"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks of a run; None where it does not say."""

    source: SourceName
    inputs: list[str] | None = None
    papers: int | None = None
    seed: int | None = None
    since: str | None = None
    until: str | None = None
    refresh: bool | None = None
    trend_window: int | None = None

    def refuse_misfits(self) -> None:
        """Raise InputError for an option that another source understands, or a window that cannot be judged."""
        for options, sources, names in _GO_WITH:
            if self.source not in sources and any(getattr(self, name) is not None for name in names):
                raise InputError(f"{options} --source {sources[0]}; {_INSTEAD[self.source]}.")
        if self.trend_window is not None:
            from etl.trends import MONTHS_AT_LEAST, MONTHS_AT_MOST  # noqa: PLC0415

            if not MONTHS_AT_LEAST <= self.trend_window <= MONTHS_AT_MOST:
                raise InputError(
                    f"--trend-window {self.trend_window} is out of range; give {MONTHS_AT_LEAST} to {MONTHS_AT_MOST} "
                    "months."
                )

    @property
    def record(self) -> dict[str, Any]:
        """The options given, for the history of runs."""
        return {name: value for name, value in asdict(self).items() if name != "source" and value is not None}


_GO_WITH = (
    ("--input goes with", (SourceName.file, SourceName.observations), ("inputs",)),
    ("--papers and --seed go with", (SourceName.demo,), ("papers", "seed")),
    ("--since, --until and --refresh go with", (SourceName.hf,), ("since", "until", "refresh")),
)
_INSTEAD = {
    SourceName.demo: "the demo writes its own papers",
    SourceName.file: "a file has the papers that it has",
    SourceName.hf: "Daily Papers are asked for day by day",
    SourceName.observations: "observations are of papers that are there",
}

_RUN_EXAMPLES = """Examples:

- etl run --source demo
- etl run --source demo --papers 20000 --seed 7
- etl run --source file --input papers.csv
- etl run --source file --input papers.csv --topics 40
- etl run --source file --input 'daily/*.json.gz' --data-dir ~/papers
- etl run --source hf
- etl run --source hf --since 2025-01-01 --until 2025-06-30
- etl run --source hf --trend-window 24
- etl run --source hf --if-older-than 6h --json
- etl run --source observations --input upvotes.csv"""


@app.command(epilog=_RUN_EXAMPLES)
def run(
    source: Annotated[
        SourceName,
        typer.Option(
            help="demo: synthetic papers; file: papers of your own; hf: Hugging Face Daily Papers, live; "
            "observations: upvotes read over time, of papers that are loaded."
        ),
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            help="With file and observations: a .json, .jsonl (both also .gz), .csv or .parquet file, a folder, or a "
            "quoted glob; may be given several times.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            help="With hf: the first day, YYYY-MM-DD. [default: the day after the last one whose counts had settled, "
            "else 30 days before --until]",
            show_default=False,
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(help="With hf: the last day, YYYY-MM-DD. [default: today, in UTC]", show_default=False),
    ] = None,
    refresh: Annotated[
        bool | None,
        typer.Option(
            "--refresh",
            help="With hf: fetch all the days again, those too whose counts had settled (30 days after the day).",
            show_default=False,
        ),
    ] = None,
    papers: Annotated[
        int | None,
        typer.Option(
            help="With demo: how many papers, 100 to 1,000,000. [default: 5000]", show_default=False
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="With demo: another seed, another corpus. [default: 1]", show_default=False),
    ] = None,
    trend_window: Annotated[
        int | None,
        typer.Option(
            metavar="MONTHS",
            help="Judge topics over so many complete months, up to the last one: 6 to 120. [default: 12]",
            show_default=False,
        ),
    ] = None,
    topics: Annotated[
        str, typer.Option(help="How many topics: fewer, normal, more, or a number.")
    ] = "normal",
    embedder: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Where vectors come from: onnx:FOLDER, model2vec:FOLDER, sentence-transformers:NAME or "
            "openai:MODEL@http://host/v1. [default: $PAPERTIDE_EMBEDDER, else our own, no download]",
            show_default=False,
        ),
    ] = None,
    llm_labels: Annotated[
        bool,
        typer.Option(
            "--llm-labels",
            help="Let a language model name new topics: set $PAPERTIDE_LLM_ENDPOINT (OpenAI-compatible, up to and with "
            "/v1), $PAPERTIDE_LLM_MODEL and, where it asks for one, $PAPERTIDE_LLM_KEY.",
        ),
    ] = False,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit the topics anew even if nothing changed.")
    ] = False,
    if_older_than: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN",
            help="Do nothing if what is published is no older than this: 90m, 6h, 2d. [default: always run]",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print how it went as JSON; what goes on is told on standard error."),
    ] = False,
    data_dir: DataDir = None,
    verbose: Verbose = False,
) -> None:
    """Load papers, fit topics, compute trends, and publish the result.

    What was published before stays readable until the new snapshot takes its place. Exit codes: 0 published or nothing
    to do, 1 an error, 3 another run is under way, 130 stopped by Ctrl-C, 143 by SIGTERM.
    """
    console = Console(stderr=as_json)
    with in_one_sentence(verbose), run_report.failures_shown(as_json), run_report.stopped_by_sigterm():
        asked = Asked(source, inputs or None, papers, seed, since, until, refresh, trend_window)
        asked.refuse_misfits()
        if llm_labels:  # now, not after minutes of work
            from etl.llm_labels import usable  # noqa: PLC0415

            usable(LlmSettings.read())
        settings = Settings.read(data_dir, demo=source is SourceName.demo).with_retention()
        vectors_from = embedder or EmbeddingsSettings.read().embedder
        if if_older_than:
            span = health.duration("--if-older-than", if_older_than)
            if young := health.fresh(settings.data_dir, span, report.now()):
                console.print(
                    f"Nothing to do: {young.run_id} is no older than {if_older_than}.", highlight=False
                )
                if as_json:
                    run_report.show(run_report.of_fresh(young))
                return
        wish = modelling.Wish(topics, refit, trend_window, vectors_from, llm_labels)
        done = _RUN[source](asked, settings, console, wish)
        if as_json:
            run_report.show(run_report.of_run(done))
        if done.note:
            _note(console, done.note)
        where = (
            "" if data_dir is None and source is not SourceName.demo else f" --data-dir {settings.data_dir}"
        )
        look = "dashboard --demo" if not data_dir and source is SourceName.demo else f"dashboard{where}"
        console.print(f"Published. Look at it with: {escape(look)}", highlight=False)


# ---- one function a source; the imports stand inside, so that --help, status and path answer at once ----


def _run_demo(asked: Asked, settings: Settings, console: Console, wish: modelling.Wish) -> report.Report:
    from etl import pipeline  # noqa: PLC0415
    from etl.display import Display  # noqa: PLC0415
    from etl.sources import demo  # noqa: PLC0415

    corpus = demo.Demo(
        5_000 if asked.papers is None else asked.papers, 1 if asked.seed is None else asked.seed
    )
    options = {**asked.record, "papers": corpus.count, "seed": corpus.seed}
    with Display(console) as display:
        return pipeline.run(
            settings, corpus, contract.DEMO, options, progress=display, expected=corpus.count, wish=wish
        )


def _run_file(asked: Asked, settings: Settings, console: Console, wish: modelling.Wish) -> report.Report:
    from etl import pipeline  # noqa: PLC0415
    from etl.display import Display  # noqa: PLC0415
    from etl.sources.file import FileSource  # noqa: PLC0415

    source = FileSource(_inputs(asked))
    with Display(console) as display:
        return pipeline.run(settings, source, contract.REAL, asked.record, progress=display, wish=wish)


def _run_hf(asked: Asked, settings: Settings, console: Console, wish: modelling.Wish) -> report.Report:
    from etl import pipeline  # noqa: PLC0415
    from etl.display import Display  # noqa: PLC0415
    from etl.sources.hf_api import DailyPapers  # noqa: PLC0415
    from etl.sources.hf_days import HfSource, Span  # noqa: PLC0415

    until = _day("--until", asked.until)
    span = Span.asked(_day("--since", asked.since), until, report.now().date())
    if until and until > span.until:
        _note(console, f"{until} has not begun (UTC), so the run ends with {span.until}.")
    with Display(console) as display, DailyPapers(HfSettings.read(), told=display.note) as api:
        source = HfSource(api, span, settings.data_dir, refresh=bool(asked.refresh))
        return pipeline.run(settings, source, contract.REAL, asked.record, progress=display, wish=wish)


def _run_observations(
    asked: Asked, settings: Settings, console: Console, wish: modelling.Wish
) -> report.Report:
    from etl import pipeline  # noqa: PLC0415
    from etl.display import Display  # noqa: PLC0415
    from etl.sources.observations import ObservationSource  # noqa: PLC0415

    source = ObservationSource(_inputs(asked))
    with Display(console) as display:
        return pipeline.run(
            settings, source, contract.REAL, asked.record, progress=display, onto_papers=True, wish=wish
        )


_RUN: dict[SourceName, Callable[[Asked, Settings, Console, modelling.Wish], report.Report]] = {
    SourceName.demo: _run_demo,
    SourceName.file: _run_file,
    SourceName.hf: _run_hf,
    SourceName.observations: _run_observations,
}


def _inputs(asked: Asked) -> list[str]:
    if not asked.inputs:
        raise InputError(f"--source {asked.source} needs --input PATH: a file, a folder or a quoted glob.")
    return asked.inputs


def _day(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise InputError(f"{option} {text} is not a day; write it as YYYY-MM-DD.") from None


def _note(console: Console, sentence: str) -> None:
    console.print(f"Note: {escape(sentence)}", highlight=False)


@app.command(epilog="Examples:\n\n- etl status\n- etl status --data-dir data/demo")
def status(data_dir: DataDir = None, verbose: Verbose = False) -> None:
    """Tell what is published: from when, how many papers, topics and rejects, how old."""
    from etl import status as published  # noqa: PLC0415

    with in_one_sentence(verbose):
        for heading, sentence in published.lines(Settings.read(data_dir).data_dir, report.now()):
            print(f"{heading:<10} {sentence}")


@app.command(epilog="Examples:\n\n- etl topics\n- etl topics --json\n- etl topics --data-dir data/demo")
def topics(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON, one list.")] = False,
    verbose: Verbose = False,
) -> None:
    """List the topics, the largest first: the numbers that topics.toml corrects them by, and their verdicts."""
    from etl import status as published  # noqa: PLC0415

    with in_one_sentence(verbose):
        found = published.topics(Settings.read(data_dir).data_dir)
        if as_json:
            print(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            Console().print(_table(found), highlight=False)


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table("id", "label", "papers", "area", "signal", box=box.SIMPLE)
    table.columns[0].justify = table.columns[2].justify = "right"
    for topic in found:
        hidden = " (hidden)" if topic["hidden"] else ""
        table.add_row(
            str(topic["topic_id"]),
            escape(topic["label"]) + hidden,
            f"{topic['papers']:,}",
            escape(topic["area"]),
            topic["signal"],
        )
    return table


@app.command(epilog='Examples:\n\n- etl path\n- duckdb -readonly "$(etl path --data-dir data/demo)"')
def path(data_dir: DataDir = None, verbose: Verbose = False) -> None:
    """Print the path of the current snapshot, for any DuckDB client (open it read-only)."""
    from etl import status as published  # noqa: PLC0415

    with in_one_sentence(verbose):
        print(published.pointer_of(Settings.read(data_dir).data_dir).snapshot)


for commands in (commands_history, commands_publish, commands_service):
    commands.register(app)


def main() -> None:
    """Entry point."""
    app()
