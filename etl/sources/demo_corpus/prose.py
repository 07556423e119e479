"""Titles, abstracts and keywords in the words of a planted topic.

A paper is of a kind, such as a study or a benchmark. The kind has title templates and a plan of sentences; the slots
of a template are filled with phrases of the topic, of its area, and with some that every topic uses. Some papers take
sentences from a neighbouring topic. So texts of a topic resemble each other without repeating, and the borders
between topics blur as they do in life.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, TypeVar

from etl.sources.demo_corpus.vocabulary import Pools, Topic, Vocabulary

_KINDS = ("method_named", "method_unnamed", "study", "benchmark", "survey")
_KINDS_UNTIL = (45, 60, 82, 95, 100)  # percent of papers of this kind and those before it
_NAMED = frozenset({"method_named", "benchmark"})  # kinds that name what they present
_UPPER_CASE_AT_MOST = 6  # letters: short names look like acronyms
_OPENERS_OF_TOPIC = 0.5  # the others are made from a template
_BORROWERS = 0.2  # papers that also deal with a neighbouring topic
_BORROWED_AT_MOST = 0.8  # of the sentences of such a paper
_SENTENCES_KEPT = 3  # the first ones: they say what the paper is about
_SHORTENED = 0.5  # papers without one of the other sentences
_KEYWORD_SLOTS = frozenset({"task", "technique", "things", "systems"})
_KEYWORDS_AT_MOST = 6
_WITHOUT_KEYWORDS = 0.2
_TRIES = 4  # for a phrase that the paper has not used, or a title that repeats no word
_SHORT_WORD = 4  # letters; such words may come twice in a title

_PLAIN, _CAPITAL, _TITLE, _HEADLINE = 1, 2, 3, 4  # places in a Phrase

T = TypeVar("T")
Draw = Callable[[], float]  # uniform from 0 to 1


class Text(NamedTuple):
    """What a reader sees of a paper."""

    title: str
    abstract: str
    keywords: list[str] | None


class _Slot(NamedTuple):
    name: str
    form: int


_Template = tuple["str | _Slot", ...]


@dataclass(slots=True)
class _Draft:
    """A paper being written: what it is called, and which phrases and sentences it has used."""

    name: str
    it: str
    used: set[str] = field(default_factory=set)
    mentioned: list[str] = field(default_factory=list)
    templates: list[_Template] = field(default_factory=list)


class Writer:
    """Writes papers; every choice is drawn from the given random numbers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._topics = vocabulary.topics
        self._words = vocabulary.words
        self._plans = vocabulary.plans
        self._titles = {
            kind: [_compiled(text, _TITLE, _HEADLINE) for text in texts]
            for kind, texts in vocabulary.titles.items()
        }
        self._sentences = {
            role: [_compiled(text, _PLAIN, _CAPITAL) for text in texts]
            for role, texts in vocabulary.sentences.items()
        }

    def write(self, number: int, random: Random) -> Text:
        """A paper on the topic of this number."""
        draw = random.random
        topic = self._topics[number]
        (kind,) = random.choices(_KINDS, cum_weights=_KINDS_UNTIL)
        name = self._name(kind, draw) if kind in _NAMED else ""
        draft = _Draft(name, name or _pick(self._words["pronoun"], draw))
        title = self._title(kind, topic, draft, draw)
        abstract = " ".join(self._abstract(kind, topic, draft, draw))
        keywords = list(dict.fromkeys(draft.mentioned))[:_KEYWORDS_AT_MOST]
        return Text(title, abstract, None if draw() < _WITHOUT_KEYWORDS else keywords)

    def _name(self, kind: str, draw: Draw) -> str:
        parts = (_pick(self._words[f"name_{part}"], draw) for part in ("start", "middle", "end"))
        stem = "".join(parts)
        if len(stem) <= _UPPER_CASE_AT_MOST:
            stem = stem.upper()
        return stem + _pick(self._words[f"{kind}_suffix"], draw)

    def _title(self, kind: str, topic: Topic, draft: _Draft, draw: Draw) -> str:
        for _ in range(_TRIES):
            draft.mentioned.clear()
            title = self._fill(_pick(self._titles[kind], draw), topic.own, draft, draw)
            draft.used.clear()  # an abstract takes up the words of its title
            words = [word for word in title.lower().replace("-", " ").split() if len(word) > _SHORT_WORD]
            if len(words) == len(set(words)):
                break
        return title

    def _abstract(self, kind: str, topic: Topic, draft: _Draft, draw: Draw) -> list[str]:
        """The sentences of the plan, or all but one; a borrower has some on a neighbouring topic, and says so."""
        neighbour = self._topics[_pick(topic.related, draw)] if draw() < _BORROWERS else None
        borrowed = draw() * _BORROWED_AT_MOST
        roles = list(self._plans[kind])
        if draw() < _SHORTENED:
            del roles[_pick(range(_SENTENCES_KEPT, len(roles)), draw)]
        sentences = [self._sentence(roles[0], topic, draft, draw)]
        for role in roles[1:]:
            about = neighbour if neighbour and draw() < borrowed else topic
            sentences.append(self._sentence(role, about, draft, draw))
        if neighbour:
            bridge = self._fill(_pick(self._sentences["bridge"], draw), neighbour.own, draft, draw)
            sentences.insert(len(sentences) - 1, bridge)
        return sentences

    def _sentence(self, role: str, topic: Topic, draft: _Draft, draw: Draw) -> str:
        if role == "opener" and draw() < _OPENERS_OF_TOPIC:
            return _pick(topic.pools["opener"], draw).plain
        template = _pick(self._sentences[role], draw)
        while template in draft.templates:
            template = _pick(self._sentences[role], draw)
        draft.templates.append(template)
        return self._fill(template, topic.pools, draft, draw)

    def _fill(self, template: _Template, pools: Pools, draft: _Draft, draw: Draw) -> str:
        """The template with its slots filled, as far as possible with phrases that the paper has not used."""
        parts = []
        for part in template:
            if isinstance(part, str):
                parts.append(part)
                continue
            name, form = part
            pool = pools.get(name)
            if pool is None:
                parts.append(self._detail(name, form, draft, draw))
                continue
            for _ in range(_TRIES):
                phrase = _pick(pool, draw)
                if phrase.key not in draft.used:
                    break
            draft.used.add(phrase.key)
            if name in _KEYWORD_SLOTS:
                draft.mentioned.append(phrase.plain)
            parts.append(phrase[form])
        return "".join(parts)

    def _detail(self, name: str, form: int, draft: _Draft, draw: Draw) -> str:
        """What a slot holds that is no phrase of the topic: names, numbers, words of titles."""
        if name == "name":
            return draft.name
        if name == "it":
            return draft.it if form == _PLAIN else draft.it[:1].upper() + draft.it[1:]
        if name in _NUMBERS:
            return _NUMBERS[name](draw())
        return _pick(self._words[name], draw)


_NUMBERS: dict[str, Callable[[float], str]] = {
    "percent": lambda u: f"{2 + 38 * u**2:.1f}%",
    "factor": lambda u: f"{1.3 + 6 * u**2:.1f}",
    "few": lambda u: ("two", "three", "four", "five", "six")[int(5 * u)],
    "dozens": lambda u: str(8 + int(60 * u**2)),
    "hundreds": lambda u: str(120 + 10 * int(40 * u)),
    "thousands": lambda u: f"{1_000 + 100 * int(190 * u**2):,}",
}


def _pick(choices: Sequence[T], draw: Draw) -> T:
    return choices[int(draw() * len(choices))]


def _compiled(template: str, inside: int, opening: int) -> _Template:
    """A template as its literal parts and slots; a slot with a capital letter opens a sentence or a title."""
    parts: list[str | _Slot] = []
    for place, part in enumerate(re.split(r"\{([^}]+)\}", template)):
        is_slot = place % 2 == 1
        if is_slot:
            parts.append(_Slot(part.lower(), opening if part[0].isupper() else inside))
        elif part:
            parts.append(part)
    return tuple(parts)
