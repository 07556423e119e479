"""Words, and what different spellings of a phrase have in common."""

from __future__ import annotations

import re
from functools import lru_cache

# LaTeX commands, words with inner hyphens, and punctuation one by one.
_TOKEN = re.compile(r"\\[A-Za-z]+|[^\W_]+(?:-[^\W_]+)*|[^\w\s]")
_ACCENT = re.compile(r"\{?\\['`\"^~=.]\s?\{?(\w)\}?\}?")  # LaTeX: Fr\'echet, Erd{\"o}s
_IRREGULAR_PAIRS = """
    equilibria equilibrium stimuli stimulus criteria criterion matrices matrix vertices vertex indices index
    analyses analysis hypotheses hypothesis phenomena phenomenon corpora corpus automata automaton topics
    topic caches cache niches niche bias bias atlas atlas canvas canvas lens lens metrics metric logics
    logic heuristics heuristic
"""
_IRREGULAR: dict[str, str] = dict(
    zip(_IRREGULAR_PAIRS.split()[::2], _IRREGULAR_PAIRS.split()[1::2], strict=True)
)


def tokens(text: str) -> list[str]:
    """Words as written, and every mark of punctuation."""
    return _TOKEN.findall(_ACCENT.sub(r"\1", text) if "\\" in text else text)


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """A lower-case word without the ending of a plural: enough to see that 'agents' is 'agent'."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ics", "ous")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > 5 else word
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=200_000)
def key(phrase: str) -> str:
    """What spellings of a phrase have in common: no capitals, hyphens and plurals."""
    return " ".join(singular(word) for word in phrase.lower().replace("-", " ").split())
