"""Corrections by people: DATA_DIR/topics.toml renames, merges, hides and pins topics, in every run anew.

They are applied on top of the topics that the model found (table `fitted_topics`), which stay as they are: without the
file, or without an entry of it, the next run shows the model's topics again.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from etl import labels
from etl.contract import OUTLIER_LABEL
from etl.errors import InputError

FILE_NAME = "topics.toml"
LABEL_AT_MOST = 120  # characters

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LABEL_AT_MOST)]
_EXPECTED = {
    "label": f'a name in quotes of 1 to {LABEL_AT_MOST} characters, such as label = "KV-cache compression"',
    "hidden": "hidden = true or hidden = false",
    "pinned": "pinned = true or pinned = false",
    "merge_into": "the number of another topic, such as merge_into = 7",
}


class Correction(BaseModel):
    """What a person wants of one topic."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    label: Label | None = None
    hidden: bool = False
    pinned: bool = False
    merge_into: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of a file, by topic id."""

    path: Path = Path(FILE_NAME)
    of: Mapping[int, Correction] = field(default_factory=dict)

    @property
    def pinned(self) -> frozenset[int]:
        """Topics that a refit must keep."""
        return frozenset(topic for topic, wanted in self.of.items() if wanted.pinned)

    def targets(self, known: set[int]) -> dict[int, int]:
        """Where the papers of each merged topic go, chains followed; of the topics that are known."""
        found = {topic: self._end(topic) for topic in self.of}
        return {
            topic: end for topic, end in found.items() if topic != end and topic in known and end in known
        }

    def _end(self, topic: int) -> int:
        while (wanted := self.of.get(topic)) and wanted.merge_into is not None:
            topic = wanted.merge_into
        return topic

    def unheeded(self, known: set[int]) -> str | None:
        """A note on topics that the file names and that are not there (any more); None without any."""
        ends = {self._end(topic) for topic in self.of}
        missing = sorted((set(self.of) | ends) - known)
        if not missing:
            return None
        names = ", ".join(map(str, missing))
        one = len(missing) == 1
        return (
            f"{self.path} names topic{'' if one else 's'} {names}, which {'does' if one else 'do'} not exist (any "
            "more), so nothing was done there; `etl topics` lists the topics."
        )


def read(data_dir: Path) -> Corrections:
    """The corrections of a data folder; none without a file.

    Raises:
        InputError: the file cannot be used; the sentence names the file, the key, and what to write instead.
    """
    path = data_dir / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Corrections(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}); make it readable, or remove it."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} is not TOML ({error}); write a topic as [topic.12] and its keys below, such as hidden = true."
        ) from error
    found = Corrections(path, _typed(path, content))
    _refuse_equal_labels(found)
    for topic in found.of:
        _refuse_cycle(found, topic)
    return found


def _typed(path: Path, content: dict[str, Any]) -> dict[int, Correction]:
    for key in content:
        if key != "topic":
            raise InputError(f"{path} has the key {key}, which means nothing; write [topic.12] instead.")
    entries = content.get("topic", {})
    if not isinstance(entries, dict):
        raise InputError(f"{path}, topic: write [topic.12], with the number of the topic, instead.")
    found: dict[int, Correction] = {}
    for name, values in entries.items():
        if not (name.isascii() and name.isdigit() and str(int(name)) == name):
            raise InputError(
                f"{path}, [topic.{name}]: write the number of a topic, as in [topic.12], instead."
            )
        found[int(name)] = _correction(path, name, values)
    return found


def _correction(path: Path, name: str, values: Any) -> Correction:
    if not isinstance(values, dict):
        raise InputError(f"{path}, topic.{name}: write [topic.{name}] and its keys below it instead.")
    try:
        wanted = Correction.model_validate(values)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        expected = _EXPECTED.get(key, f"one of {', '.join(_EXPECTED)}")
        raise InputError(f"{path}, [topic.{name}], key {key}: write {expected} instead.") from error
    if wanted.merge_into is not None:
        for key in ("label", "hidden", "pinned"):
            if values.get(key):
                raise InputError(
                    f"{path}, [topic.{name}], key {key}: a merged topic is no longer shown, so write it under "
                    f"[topic.{wanted.merge_into}] instead, or remove merge_into."
                )
    return wanted


def _refuse_equal_labels(found: Corrections) -> None:
    counts = Counter(wanted.label for wanted in found.of.values() if wanted.label)
    for topic, wanted in found.of.items():
        if wanted.label == OUTLIER_LABEL:
            raise InputError(
                f"{found.path}, [topic.{topic}], key label: '{OUTLIER_LABEL}' stands for papers without a topic; write "
                "another label instead."
            )
        if wanted.label and counts[wanted.label] > 1:
            raise InputError(
                f"{found.path}, [topic.{topic}], key label: '{wanted.label}' is the label of two topics; write another "
                "label for one of them instead, or merge one into the other with merge_into."
            )


def _refuse_cycle(found: Corrections, topic: int) -> None:
    passed = [topic]
    while (wanted := found.of.get(passed[-1])) and wanted.merge_into is not None:
        passed.append(wanted.merge_into)
        if passed[-1] in passed[:-1]:
            circle = " into ".join(map(str, passed[passed.index(passed[-1]) :]))
            raise InputError(
                f"{found.path}, [topic.{passed[-1]}], key merge_into: {circle} is a circle; write the topic that shall "
                "remain, or remove merge_into, instead."
            )


def apply(fitted: pd.DataFrame, wanted: Corrections) -> pd.DataFrame:
    """The topics to publish: those that the model found, corrected.

    Args:
        fitted: rows of the table `fitted_topics`.
        wanted: what people want.

    Returns:
        The same columns and `hidden`, without the topics merged into others.
    """
    known = set(fitted["topic_id"].tolist())
    targets = wanted.targets(known)
    topics = fitted[~fitted["topic_id"].isin(targets)].reset_index(drop=True)
    ids = topics["topic_id"].tolist()
    asked = [wanted.of.get(topic, Correction()) for topic in ids]
    return topics.assign(
        label=_labels(topics, asked),
        hidden=[correction.hidden for correction in asked],
        nearest=pd.Series(
            [_nearest(topic, near, targets) for topic, near in zip(ids, topics["nearest"], strict=True)],
            dtype=object,
        ),
    )


def _labels(topics: pd.DataFrame, asked: list[Correction]) -> list[str]:
    """A label by people wins; a topic that the model gave the same label takes another from its keywords."""
    given = {correction.label for correction in asked if correction.label}
    used = given | set(topics["label"])
    found: list[str] = []
    for fitted, words, correction in zip(topics["label"], topics["keywords"], asked, strict=True):
        if correction.label or fitted not in given:
            found.append(correction.label or fitted)
        else:
            found += labels.distinct_labels([list(words)], taken=used)
            used.add(found[-1])
    return found


def _nearest(topic: int, near: Any, targets: Mapping[int, int]) -> list[int]:
    """The nearest topics with those merged named by where they went, each once and not the topic itself."""
    if not isinstance(near, list | np.ndarray):  # NULL, in one of the ways of pandas
        return []
    moved = (targets.get(int(other), int(other)) for other in near)
    return [other for other in dict.fromkeys(moved) if other != topic]
