"""The command `etl`: run, status, topics and path; the other commands have modules of their own."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

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
    report,
    run_report,
)
from etl.console import PUBLISHED_WITH_GAPS, DataDir, Verbose, in_one_sentence
from etl.errors import InputError
from etl.settings import EmbeddingsSettings, LlmSettings, Settings
from etl.sources import catalogue

if TYPE_CHECKING:  # importing it for real takes seconds
    from etl.modelling import Wish

app = typer.Typer(
    help="Load papers, fit topics, compute trends and publish a snapshot for the dashboard.",
    epilog="Examples:\n\n- etl run --source demo\n- etl run --source hf",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)


_RUN_EXAMPLES = "Examples:\n\n" + "\n".join(
    f"- etl run --source {name} {example}".rstrip()
    for name, spec in catalogue.SOURCES.items()
    for example in spec.examples
)


def _with_options_of_sources(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take, beside its own options, those of every source, by their names; None where not given."""
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    theirs = [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                (str if option.kind is date else option.kind) | None,
                typer.Option(
                    option.flag,
                    help=f"With {catalogue.listed(sources)}: {option.help}",
                    show_default=False,
                    rich_help_panel="Options of sources",
                ),
            ],
        )
        for option, sources in catalogue.every_option().items()
    ]
    command.__signature__ = signature.replace(parameters=own + theirs)  # type: ignore[attr-defined]
    return command


def _known(source: str) -> str:
    if source not in catalogue.SOURCES:
        raise typer.BadParameter(f"{source!r} is not one of {', '.join(catalogue.SOURCES)}.")
    return source


@app.command(epilog=_RUN_EXAMPLES)
@_with_options_of_sources
def run(
    source: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="; ".join(f"{name}: {spec.about}" for name, spec in catalogue.SOURCES.items()) + ".",
            callback=_known,
        ),
    ],
    trend_window: Annotated[
        int | None,
        typer.Option(
            metavar="MONTHS",
            help="Judge topics over so many complete months, up to the last one: 6 to 120. [default: 12]",
            show_default=False,
        ),
    ] = None,
    topics: Annotated[
        str, typer.Option(help="How many topics: fewer, normal, more, a number, or none.")
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
    **given: Any,
) -> None:
    """Load papers, fit topics, compute trends, and publish the result.

    What was published before stays readable until the new snapshot takes its place. Exit codes: 0 published or nothing
    to do, 1 nothing was published, 3 published, but days could not be fetched, 4 another run is under way, 130 stopped
    by Ctrl-C, 143 by SIGTERM.
    """
    console = Console(stderr=as_json)
    with in_one_sentence(verbose), run_report.failures_shown(as_json), run_report.stopped_by_sigterm():
        asked = catalogue.asked_of(
            source, {name: None if value == [] else value for name, value in given.items()}
        )
        _refuse_window(trend_window)
        if llm_labels:  # now, not after minutes of work
            from etl.llm_labels import usable  # noqa: PLC0415

            usable(LlmSettings.read())
        demo = catalogue.SOURCES[source].corpus == contract.DEMO
        settings = Settings.read(data_dir, demo=demo).with_retention()
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
        from etl.modelling import Wish  # noqa: PLC0415

        wish = Wish(topics, refit, trend_window, vectors_from, llm_labels)
        done = _run(source, asked, settings, console, wish)
        if as_json:
            run_report.show(run_report.of_run(done))
        if done.note:
            _note(console, done.note)
        where = "" if data_dir is None and not demo else f" --data-dir {settings.data_dir}"
        look = "dashboard --demo" if not data_dir and demo else f"dashboard{where}"
        console.print(f"Published. Look at it with: {escape(look)}", highlight=False)
        if done.has_gaps:
            sys.exit(PUBLISHED_WITH_GAPS)


def _refuse_window(months: int | None) -> None:
    """Raise InputError for a window that cannot be judged."""
    from etl.trends import MONTHS_AT_LEAST, MONTHS_AT_MOST  # noqa: PLC0415

    if months is not None and not MONTHS_AT_LEAST <= months <= MONTHS_AT_MOST:
        raise InputError(
            f"--trend-window {months} is out of range; give {MONTHS_AT_LEAST} to {MONTHS_AT_MOST} months."
        )


def _run(name: str, asked: dict[str, Any], settings: Settings, console: Console, wish: Wish) -> report.Report:
    """Run one source. The imports stand inside, so that --help, status and path answer at once."""
    from etl import pipeline  # noqa: PLC0415
    from etl.display import Display  # noqa: PLC0415

    spec = catalogue.SOURCES[name]
    display = Display(console)
    request = catalogue.Request(
        name, asked, settings.data_dir, remark=lambda sentence: _note(console, sentence), doing=display.note
    )
    options = asked | ({"trend_window": wish.trend_window} if wish.trend_window is not None else {})
    with catalogue.opened(request) as source, display:
        return pipeline.run(
            settings,
            source,
            spec.corpus,
            {key: str(value) if isinstance(value, date) else value for key, value in options.items()},
            progress=display,
            expected=getattr(source, "expected", None),
            onto_papers=spec.onto_papers,
            wish=wish,
        )


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
