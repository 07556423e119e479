"""The demo's vocabulary: phrases of every topic, in the forms that titles and sentences need.

A file of `topics/` is an area. Under [shared] stand phrases that its topics have in common, and each [[topic]] has
a name, the names of related topics, and lists of phrases. What a list holds decides where its phrases fit:

    task       what is worked on: singular, without article       technique  the same, or plural
    things     what is studied: plural, without article           setting    what follows "on"
    systems    what does the work: plural, without article
    problem    singular, with its article where it needs one      gain, cost what is better high or low
    method     singular, countable, without article               use        what follows "for"
    action     "fold|folding proteins": both forms of the verb    finding    a clause
    question   a question without its mark                        opener     a whole sentence
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

LISTS = (
    "task",
    "things",
    "systems",
    "problem",
    "method",
    "technique",
    "action",
    "finding",
    "setting",
    "gain",
    "cost",
    "use",
    "opener",
    "question",
)

# How often a phrase of the topic itself is drawn for each one that its area or all topics share.
_OWN_WEIGHT = 2
_SMALL_WORD = re.compile("a|an|and|as|at|but|by|for|from|in|into|of|on|or|per|than|the|to|via|vs|with")


class Phrase(NamedTuple):
    """A phrase in the forms that texts need; `key` tells whether two forms are of the same phrase."""

    key: str
    plain: str
    capital: str  # as the first word of a sentence
    title: str  # in title case, inside a title
    headline: str  # in title case, as a title begins


Pools = Mapping[str, tuple[Phrase, ...]]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's words: `own` by slot for titles, `pools` by slot with shared phrases mixed in for sentences."""

    name: str
    related: tuple[int, ...]
    own: Pools
    pools: Pools


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All topics, and what `prose.toml` says of the texts: words, titles, plans and sentences."""

    topics: tuple[Topic, ...]
    words: Mapping[str, tuple[str, ...]]
    titles: Mapping[str, tuple[str, ...]]
    plans: Mapping[str, tuple[str, ...]]
    sentences: Mapping[str, tuple[str, ...]]


def read_toml(name: str) -> dict[str, Any]:
    """A data file of this package."""
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def load() -> Vocabulary:
    """The vocabulary, from the data files beside this module."""
    prose = read_toml("prose.toml")
    # By name, not as the file system lists them, so that a topic keeps its number everywhere.
    names = sorted(
        entry.name
        for entry in files(__package__).joinpath("topics").iterdir()
        if entry.name.endswith(".toml")
    )
    entries = [
        (topic, area["shared"])
        for area in (read_toml(f"topics/{name}") for name in names)
        for topic in area["topic"]
    ]
    numbers = {topic["name"]: number for number, (topic, _) in enumerate(entries)}
    topics = tuple(_topic(topic, area, prose["shared"], numbers) for topic, area in entries)
    return Vocabulary(
        topics,
        words=_tuples(prose["words"]),
        titles=_tuples(prose["titles"]),
        plans=_tuples(prose["plans"]),
        sentences=_tuples(prose["sentences"]),
    )


def _tuples(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(texts) for name, texts in lists.items()}


def _topic(
    topic: Mapping[str, Any],
    area: Mapping[str, list[str]],
    shared: Mapping[str, list[str]],
    numbers: Mapping[str, int],
) -> Topic:
    own: dict[str, tuple[Phrase, ...]] = {}
    pools: dict[str, tuple[Phrase, ...]] = {}
    for name in LISTS:
        mine = _slots(name, topic[name])
        others = _slots(name, [*area.get(name, ()), *shared.get(name, ())])
        own |= mine
        pools |= {slot: phrases * _OWN_WEIGHT + others[slot] for slot, phrases in mine.items()}
    return Topic(topic["name"], tuple(numbers[name] for name in topic["related"]), own, pools)


def _slots(name: str, texts: Iterable[str]) -> dict[str, tuple[Phrase, ...]]:
    """The slots that a list of phrases fills: actions as verb and as gerund, methods with their article."""
    if name == "action":
        forms = [_verb_forms(text) for text in texts]
        return {
            "do": tuple(phrase(base, base) for base, _ in forms),
            "doing": tuple(phrase(gerund, base) for base, gerund in forms),
        }
    if name == "method":
        return {"a method": tuple(phrase(f"{article(text)} {text}", text) for text in texts)}
    return {name: tuple(phrase(text, text) for text in texts)}


def _verb_forms(text: str) -> tuple[str, str]:
    base, rest = text.split("|")
    gerund, _, complement = rest.partition(" ")
    return f"{base} {complement}".strip(), f"{gerund} {complement}".strip()


def phrase(text: str, key: str) -> Phrase:
    """The text in all its forms."""
    title = title_case(text)
    return Phrase(key, text, capitalized(text), title, capitalized(title))


def capitalized(text: str) -> str:
    """The text as a sentence or a title begins; a word such as fMRI stays as it is."""
    first = text.partition(" ")[0]
    return text if any(letter.isupper() for letter in first) else text[:1].upper() + text[1:]


def title_case(text: str) -> str:
    """The text in title case: small words stay small unless they come last, acronyms and names stay as they are."""
    *words, last = text.split(" ")
    return " ".join(
        [*(word if _SMALL_WORD.fullmatch(word) else _title_word(word) for word in words), _title_word(last)]
    )


def _title_word(word: str) -> str:
    first, *rest = word.split("-")
    return "-".join(
        [capitalized(first), *(part if _SMALL_WORD.fullmatch(part) else capitalized(part) for part in rest)]
    )


def article(text: str) -> str:
    """The indefinite article that goes before the text: by sound, so 'an LLM agent' but 'a unified view'."""
    word = re.split(r"[\s-]", text)[0]
    if word.isupper() and len(word) > 1:  # spelled out
        return "an" if word[0] in "AEFHILMNORSX" else "a"
    lower = word.lower()
    silent = lower.startswith(("hour", "honest"))
    consonant = lower.startswith(("uni", "use", "one", "eu", "uti", "ubi"))
    return "an" if silent or (lower[0] in "aeiou" and not consonant) else "a"
