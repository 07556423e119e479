"""One label for each topic, none twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, pairwise

from etl.labels import spelling
from etl.labels.wording import capitalised

LABEL_LENGTH = 60  # characters


def distinct_labels(candidates: Sequence[Sequence[str]], taken: Iterable[str] = ()) -> list[str]:
    """A label for each topic: its first phrase that is free, else two phrases together, else its number.

    'KV cache' and 'KV-caches' are one label. Who comes first chooses first.

    Args:
        candidates: phrases of each topic, the best first.
        taken: labels that none may get.
    """
    used = {spelling.key(label) for label in taken}
    labels = []
    for number, phrases in enumerate(candidates):
        free = (label for label in _choices(phrases, number) if spelling.key(label) not in used)
        labels.append(next(free))
        used.add(spelling.key(labels[-1]))
    return labels


def _choices(phrases: Sequence[str], number: int) -> Iterator[str]:
    """What a topic may be called, the best first: phrases, pairs of words, words, and at last numbers without end."""
    short = [phrase for phrase in phrases if len(phrase) <= LABEL_LENGTH]
    pairs = [pair for one, other in pairwise(short) if len(pair := f"{one} and {other}") <= LABEL_LENGTH]
    several = [phrase for phrase in short if " " in phrase]
    yield from map(capitalised, (*several, *pairs, *short))
    yield from (f"Topic {n}" for n in count(number + 1))
