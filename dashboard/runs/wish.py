"""What a run is asked for, checked, and as the arguments of `etl run`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from etl.trends import MONTHS_AT_LEAST, MONTHS_AT_MOST

DEMO, FILE, HF, ARXIV = "demo", "file", "hf", "arxiv"
SOURCES = (DEMO, FILE, HF, ARXIV)
TOPICS = ("fewer", "normal", "more", "none")
UPLOAD_AT_MOST = 50  # MB
# What the ETL reads; the longer first, since data.json.gz ends in both.
ENDINGS = (".jsonl.gz", ".json.gz", ".jsonl", ".json", ".csv", ".tsv", ".parquet", ".bib", ".ris")
PAPERS_AT_LEAST, PAPERS_AT_MOST = 100, 1_000_000
SETS_AT_MOST = 50
_SET = re.compile(r"[A-Za-z][A-Za-z0-9.:-]{0,63}")


class Refused(Exception):
    """No run was started or stopped; its text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a visitor sent. Its name serves to tell the kind of file, and is never a path."""

    name: str
    content: bytes = field(repr=False)

    @property
    def ending(self) -> str:
        """One of ENDINGS.

        Raises:
            Refused: it is none of them, or larger than allowed, or empty.
        """
        found = next((ending for ending in ENDINGS if self.name.lower().endswith(ending)), None)
        if found is None:
            raise Refused(f"This kind of file cannot be read; give one of {', '.join(ENDINGS)}.")
        if len(self.content) > UPLOAD_AT_MOST * 1_000_000:
            raise Refused(
                f"The file is larger than {UPLOAD_AT_MOST} MB; load it with `etl run --source file` in a shell."
            )
        if not self.content:
            raise Refused("The file is empty; choose another.")
        return found


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is asked for. `input` is a path of ours, never one that a visitor gave."""

    source: str
    since: date | None = None
    until: date | None = None
    refresh: bool = False
    sets: tuple[str, ...] = ()
    papers: int = 5_000
    seed: int = 1
    input: str = ""
    refit: bool = False
    topics: str = "normal"
    trend_window: int | None = None

    def check(self) -> None:
        """Raise Refused if it makes no sense; whatever passes is harmless as an argument."""
        if self.source not in SOURCES:
            raise Refused(f"There is no such source to start here; choose one of {', '.join(SOURCES)}.")
        if self.topics not in TOPICS and not re.fullmatch(r"[1-9]\d{0,3}", self.topics):
            raise Refused(f"So many topics cannot be asked for; choose {', '.join(TOPICS)} or a number.")
        if self.since and self.until and self.since > self.until:
            raise Refused("The first day comes after the last; swap them.")
        if self.trend_window is not None and not MONTHS_AT_LEAST <= self.trend_window <= MONTHS_AT_MOST:
            raise Refused(f"Verdicts can be on {MONTHS_AT_LEAST} to {MONTHS_AT_MOST} months; choose so many.")
        if self.source == DEMO and not PAPERS_AT_LEAST <= self.papers <= PAPERS_AT_MOST:
            raise Refused(f"The demo has {PAPERS_AT_LEAST} to {PAPERS_AT_MOST:,} papers; choose so many.")
        if self.source == ARXIV and (wrong := [one for one in self.sets if not _SET.fullmatch(one)]):
            raise Refused(
                f"{wrong[0][:40]!r} is no set of arXiv; write them as cs.CL or cs:cs:CL, parted by spaces."
            )
        if len(self.sets) > SETS_AT_MOST:
            raise Refused(f"So many sets cannot be asked for at once; give {SETS_AT_MOST} at most.")

    def arguments(self, data_dir: Path) -> list[str]:
        """The arguments of `etl`. Each value is joined to its flag, so that none can be taken for another flag.

        Raises:
            Refused: it makes no sense, or the file is missing.
        """
        self.check()
        flags = ["run", f"--source={self.source}", f"--data-dir={data_dir}", f"--topics={self.topics}"]
        if self.source == DEMO:
            flags += [f"--papers={self.papers}", f"--seed={self.seed}"]
        if self.source == FILE:
            if not self.input or not Path(self.input).is_file():
                raise Refused("There is no file to load; choose one.")
            flags.append(f"--input={self.input}")
        if self.source in (HF, ARXIV):
            flags += [f"--since={self.since}"] * bool(self.since) + [f"--until={self.until}"] * bool(
                self.until
            )
            flags += ["--refresh"] * self.refresh
        if self.source == ARXIV:
            flags += [f"--set={one}" for one in self.sets]
        flags += ["--refit"] * self.refit
        if self.trend_window is not None:
            flags.append(f"--trend-window={self.trend_window}")
        return flags

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Wish:
        """From plain values; those that are not there are as by default.

        Raises:
            TypeError, ValueError: they are of another kind.
        """
        days = {name: date.fromisoformat(content[name]) for name in ("since", "until") if content.get(name)}
        kept = {name: content[name] for name in cls.__slots__ if content.get(name) is not None}
        return cls(**{**kept, **days, "sets": tuple(content.get("sets") or ())})
