"""The sources, and the options of `etl run` that go with each: a new source is a row here and a module beside it.

The command line reads this to answer --help, so it imports nothing heavy: a source's own module is imported when it
is opened. That module has a function `opened(request)`, a context manager that gives the source.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from etl import contract
from etl.errors import InputError


@dataclass(frozen=True, slots=True)
class Option:
    """An option of `etl run` that some sources understand.

    Attributes:
        name: the key of its value in a request, and in the history of runs.
        flag: as it is typed.
        kind: the type of its value: str, int, bool, date, or list[str] for one that may be given several times.
        help: what it does, and what happens without it.
        default: its value where it is not given.
    """

    name: str
    flag: str
    kind: type
    help: str
    default: Any = None

    def read(self, given: Any) -> Any:
        """The value that was given, of its kind.

        Raises:
            InputError: it is none.
        """
        if self.kind is not date:
            return given
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise InputError(f"{self.flag} {given} is not a day; write it as YYYY-MM-DD.") from None


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as the command line knows it.

    Attributes:
        about: what it gives, for --help.
        otherwise: what is said to one who gives it another source's option.
        options: those it understands.
        examples: what follows `etl run --source NAME`, each a way to use it.
        module: of `etl.sources`, where it is opened; by default the one of its name.
        corpus: `contract.DEMO` or `contract.REAL`.
        onto_papers: it adds to papers that are there, and has none of its own.
    """

    about: str
    otherwise: str
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    module: str = ""
    corpus: str = contract.REAL
    onto_papers: bool = False


INPUT = Option(
    "inputs",
    "--input",
    list[str],
    "a file, a folder, or a quoted glob; may be given several times. For papers: .csv, .tsv, .json, .jsonl (both also "
    ".gz), .parquet, .bib, .ris, exports of Scopus, Web of Science and OpenAlex; for arxiv the public snapshot of its "
    "metadata, plain, .gz or .zip.",
)
SINCE = Option(
    "since",
    "--since",
    date,
    "the first day, YYYY-MM-DD: for hf of the lists, for arxiv of the last change of a record, with --input of a "
    "paper's first version. [default: the day after the last one that had settled, else 30 days before --until; and "
    "for hf the days that an earlier run asked for in vain]",
)
UNTIL = Option("until", "--until", date, "the last day, YYYY-MM-DD. [default: today, in UTC]")
SET = Option(
    "sets",
    "--set",
    list[str],
    "a part of arXiv, as a category (cs.CL) or as its interface calls it (cs, cs:cs:CL); may be given several times. "
    "[default: those harvested before; with --input all]",
)
REFRESH = Option(
    "refresh",
    "--refresh",
    bool,
    "fetch all the days again, those too that had settled (hf: 30 days after the day, arxiv: 2).",
)
WEEK = Option(
    "week",
    "--week",
    str,
    "the list of a week, YYYY-Www, in the place of days; it counts no day as covered, since it may not be complete.",
)
MONTH = Option("month", "--month", str, "likewise the list of a month, YYYY-MM.")
TRENDING = Option("trending", "--trending", bool, "likewise the list of what is trending now.")
PAPERS = Option("papers", "--papers", int, "how many papers, 100 to 1,000,000. [default: 5000]", 5_000)
SEED = Option("seed", "--seed", int, "another seed, another corpus. [default: 1]", 1)
PAGE_DATE = Option(
    "page_date",
    "--page-date",
    date,
    "the day it was saved, YYYY-MM-DD, which says the year of days without one. [default: the page's own date, in the "
    "earliest year in which no other date of the page comes after it]",
)

SOURCES: Mapping[str, SourceSpec] = {
    "demo": SourceSpec(
        "synthetic papers",
        "the demo writes its own papers",
        (PAPERS, SEED),
        ("", "--papers 20000 --seed 7"),
        corpus=contract.DEMO,
    ),
    "file": SourceSpec(
        "papers of your own",
        "a file has the papers that it has",
        (INPUT,),
        (
            "--input papers.csv",
            "--input papers.csv --topics 40",
            "--input 'daily/*.json.gz' --data-dir ~/papers",
        ),
    ),
    "hf": SourceSpec(
        "Hugging Face Daily Papers, live",
        "Daily Papers are asked for day by day",
        (SINCE, UNTIL, REFRESH, WEEK, MONTH, TRENDING),
        ("", "--since 2025-01-01 --until 2025-06-30", "--week 2025-W14", "--trending", "--trend-window 24"),
        module="hf_days",
    ),
    "listing": SourceSpec(
        "a page of Daily Papers that you saved, .txt or .html",
        "a page has the papers that it has",
        (INPUT, PAGE_DATE),
        ("--input page.txt", "--input page.html --page-date 2025-10-29"),
    ),
    "arxiv": SourceSpec(
        "arXiv, live by sets or from its public snapshot",
        "arXiv is asked by set and day",
        (SET, SINCE, UNTIL, REFRESH, INPUT),
        (
            "--set cs.CL --set cs.LG --since 2025-01-01",
            "",
            "--input arxiv-metadata-oai-snapshot.json.zip --set cs.CL --since 2020-01-01",
        ),
    ),
    "observations": SourceSpec(
        "upvotes read over time, of papers that are loaded",
        "observations are of papers that are there",
        (INPUT,),
        ("--input upvotes.csv",),
        onto_papers=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a source is asked when it is opened.

    Attributes:
        source: its name.
        options: by name, those given and the defaults of the others; what has neither is absent.
        data_dir: where a source may keep things from run to run.
        remark: tells the user a sentence that stays.
        doing: tells what is under way.
    """

    source: str
    options: Mapping[str, Any]
    data_dir: Path
    remark: Callable[[str], None] = field(repr=False)
    doing: Callable[[str], None] = field(repr=False)

    @property
    def inputs(self) -> list[str]:
        """The paths, folders and globs given.

        Raises:
            InputError: there are none.
        """
        if not self.options.get("inputs"):
            raise InputError(f"--source {self.source} needs --input PATH: a file, a folder or a quoted glob.")
        return list(self.options["inputs"])


def every_option() -> dict[Option, list[str]]:
    """Each option once, with the names of the sources that understand it."""
    found: dict[Option, list[str]] = {}
    for name, spec in SOURCES.items():
        for option in spec.options:
            found.setdefault(option, []).append(name)
    return found


def asked_of(source: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a source by name: as given, else their defaults; what has neither is absent.

    Args:
        source: a key of SOURCES.
        given: by name, None where the command line does not say.

    Raises:
        InputError: an option is another source's, or its value is none.
    """
    spec = SOURCES[source]
    sources = every_option()
    for option, names in sources.items():
        if source not in names and given.get(option.name) is not None:
            alike = [other.flag for other, theirs in sources.items() if theirs == names]
            raise InputError(
                f"{listed(alike)} {'goes' if len(alike) == 1 else 'go'} with --source {listed(names, 'or')}; "
                f"{spec.otherwise}."
            )
    asked: dict[str, Any] = {}
    for option in spec.options:
        value = given.get(option.name)
        if (value := option.default if value is None else option.read(value)) is not None:
            asked[option.name] = value
    return asked


def opened(request: Request) -> AbstractContextManager[Any]:
    """The source that a request names, ready to run and closed afterwards."""
    module = SOURCES[request.source].module or request.source
    source: AbstractContextManager[Any] = importlib.import_module(f"etl.sources.{module}").opened(request)
    return source


def listed(words: list[str], last: str = "and") -> str:
    """Words as a sentence lists them: 'a', 'a and b', 'a, b and c'."""
    *first, final = words
    return f"{', '.join(first)} {last} {final}" if first else final
