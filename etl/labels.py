"""Names for topics: from scored terms to the few phrases a reader understands."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count

from etl.encode import TOKEN_PATTERN

KEYWORDS = 10
_PHRASE_WORTH = 0.4  # a phrase replaces its words when it scores at least this part of theirs
_TELLING = 5  # keywords among which a label looks for a phrase
_SHARED_AT_MOST = 0.5  # part of a keyword's words that an earlier keyword may hold

Scored = Sequence[tuple[str, float]]  # terms with their c-TF-IDF, the strongest first


def keywords(scored: Scored, case: Mapping[str, str]) -> tuple[str, ...]:
    """At most ten terms that do not repeat each other, in their usual case.

    'kv', 'cache' and 'kv cache' become 'KV cache'.
    """
    kept: list[list[str]] = []
    for term, score in scored:
        words = term.split()
        if not _inside_a_phrase(words, score, scored) and not any(_repeats(words, other) for other in kept):
            kept.append(words)
    return tuple(" ".join(case.get(word, word) for word in words) for words in kept[:KEYWORDS])


def _inside_a_phrase(words: list[str], score: float, scored: Scored) -> bool:
    return any(
        len(longer := term.split()) > len(words)
        and set(words) <= set(longer)
        and other >= _PHRASE_WORTH * score
        for term, other in scored
    )


def _repeats(words: list[str], kept: list[str]) -> bool:
    stems, kept_stems = {_stem(word) for word in words}, {_stem(word) for word in kept}
    return len(stems & kept_stems) > _SHARED_AT_MOST * len(stems)


def _stem(word: str) -> str:
    """Enough to see that 'agents' repeats 'agent'."""
    if len(word) <= 3 or not word.endswith("s"):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def usual_case(texts: Iterable[str]) -> dict[str, str]:
    """For each lower-case word its commonest spelling: 'llms' -> 'LLMs', 'video' -> 'video'."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    token = re.compile(TOKEN_PATTERN)
    for text in texts:
        for word in token.findall(text):
            spellings[word.lower()][word] += 1
    return {word: counter.most_common(1)[0][0] for word, counter in spellings.items()}


def distinct_labels(keywords_of: Sequence[Sequence[str]], taken: Iterable[str] = ()) -> list[str]:
    """A label for each topic, none twice and none that is taken: its first phrase, or as many as it takes."""
    used = set(taken)
    labels = []
    for number, words in enumerate(keywords_of):
        unnamed = (f"Topic {n}" for n in count(number + 1))
        label = next(label for label in chain(_candidates(words), unnamed) if label not in used)
        used.add(label)
        labels.append(label)
    return labels


def _candidates(words: Sequence[str]) -> list[str]:
    """A phrase among the first keywords stands alone; single words say too little and take a second along."""
    telling = [phrase for phrase in words[:_TELLING] if " " in phrase][:1]
    ordered = [*telling, *(word for word in words if word not in telling)]
    joined = [", ".join(ordered[:size]) for size in range(1 if telling else 2, len(ordered) + 1)]
    return [label[:1].upper() + label[1:] for label in joined]
