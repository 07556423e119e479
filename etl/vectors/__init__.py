"""Word vectors that come with Papertide, so that meaning needs no download.

`wordpieces.npz` holds a vector for each of BERT's word pieces (Apache 2.0). `distil` made them: they are chosen so that
the plain sum of a text's vectors comes closest to what the sentence encoder all-MiniLM-L6-v2 (Apache 2.0) says of
the whole text, for 17,000 abstracts of arXiv (whose metadata is CC0) and of conferences. Tokenising and adding costs
microseconds where the encoder costs tens of milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

NAME = "wordpieces-1"  # change the number with the file
DIMENSIONS = 128
_FILE = "wordpieces.npz"
_WORD = re.compile(r"[^\W_]+")
_INNER = "##"  # before a piece that does not begin a word

Floats = NDArray[np.float32]


def word_vectors(words: Sequence[str]) -> Floats:
    """Vectors (n, DIMENSIONS) of lower-case words or phrases: the sum over their pieces; zero where none is known.

    A common word's vector is short and a telling one's long, so that sums need no further weights.
    """
    place, vectors = _pieces()
    found = np.zeros((len(words), DIMENSIONS), np.float32)
    for row, word in enumerate(words):
        known = [place[piece] for piece in split(word, place)]
        found[row] = vectors[known].sum(axis=0)
    return found


def split(words: str, known: dict[str, int]) -> list[str]:
    """The pieces of lower-case words, each the longest known one that fits (Wu et al., 2016).

    A word with an unknown part has none.
    """
    return [piece for word in _WORD.findall(words) for piece in _split_word(word, known)]


def _split_word(word: str, known: dict[str, int]) -> list[str]:
    found: list[str] = []
    start = 0
    while start < len(word):
        prefix = _INNER if start else ""
        end = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in known), None)
        if end is None:
            return []
        found.append(prefix + word[start:end])
        start = end
    return found


@cache
def _pieces() -> tuple[dict[str, int], Floats]:
    """Place of each piece, and the vectors (pieces, DIMENSIONS): whole numbers times a scale a piece."""
    with files(__name__).joinpath(_FILE).open("rb") as file, np.load(file) as stored:
        names = stored["pieces"].tobytes().decode().split("\n")
        vectors = stored["vectors"].astype(np.float32) * stored["scales"].astype(np.float32)[:, None]
    return {name: place for place, name in enumerate(names)}, vectors
