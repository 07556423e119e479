"""Turns a text into a vector with the published arrays of the text encoder. NumPy only.

A text's words are weighted by BM25 (Robertson and Zaragoza, 2009), which beats tf-idf here because it saturates and
knows the text's length. The weights are projected three times: on word vectors that know what words mean in general,
on the leading singular vectors of the corpus (latent semantic analysis; Deerwester et al., 1990), and on directions in
which two halves of one abstract agree (see `fit_encoder`). Each projection is a view of the text, scaled to length one;
the vector is all of them side by side, the general one with the weight of the two others, again of length one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

TOKEN_PATTERN = r"(?u)[^\W_]{2,}"  # words are runs of letters and digits; a single character says too little
VIEW_WEIGHTS = (2, 1, 1)  # word vectors, latent, agreeing
MEASURES = ""  # the row of the published encoder that holds the mean length and the mean projection
SATURATION, LENGTH_WEIGHT = 1.2, 0.75  # BM25's k1 and b, at their usual values
_TOKEN = re.compile(TOKEN_PATTERN)


def words(text: str) -> list[str]:
    """The words of a text, lower-case."""
    return _TOKEN.findall(text.lower())


def saturated(counts: NDArray[np.float32], excess_length: NDArray[np.float32]) -> NDArray[np.float32]:
    """BM25's term frequency of counts in texts that are so many times as long as the mean text."""
    room = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * excess_length)
    return np.asarray(counts * (SATURATION + 1) / (counts + room), np.float32)


@dataclass(frozen=True)
class Encoder:
    """A fitted encoder: terms (v), their idf (v), their projection (v, d), the mean projection (d), and the mean length
    of a text in known words.
    """

    model: str
    terms: tuple[str, ...]
    idf: NDArray[np.float32]
    projection: NDArray[np.float32]
    centre: NDArray[np.float32]
    length: float

    @classmethod
    def from_rows(
        cls,
        model: str,
        terms: Sequence[str],
        idf: NDArray[np.float32],
        projection: NDArray[np.float32],
    ) -> Encoder:
        """The encoder of rows (n) of the table `encoder_terms`, MEASURES among them.

        Rows of words that do not stand in a text are not needed to encode it.
        """
        at = list(terms).index(MEASURES)
        known = np.arange(len(terms)) != at
        return cls(
            model,
            tuple(term for term in terms if term != MEASURES),
            idf[known],
            projection[known],
            projection[at],
            float(idf[at]),
        )

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each term."""
        return {term: place for place, term in enumerate(self.terms)}

    def encode(self, text: str) -> NDArray[np.float32]:
        """The text's vector (d), of length one; all zero where no word of it is known."""
        counts = Counter(word for word in words(text) if word in self.index)
        if not counts:
            return np.zeros(self.projection.shape[1], np.float32)
        places = np.array([self.index[word] for word in counts])
        count = np.array(list(counts.values()), np.float32)
        excess = np.full(len(count), count.sum() / self.length, np.float32)
        weights = (saturated(count, excess) * self.idf[places]).astype(np.float32)
        vector: NDArray[np.float32] = self.views(normalised(weights)[None] @ self.projection[places])[0]
        return vector

    def views(self, projected: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors (n, d) of length one from projected texts (n, d): centred, each view scaled to the same length."""
        parts = np.split(projected - self.centre, len(VIEW_WEIGHTS), axis=1)
        weighed = [normalised(part) * weight**0.5 for part, weight in zip(parts, VIEW_WEIGHTS, strict=True)]
        return normalised(np.hstack(weighed).astype(np.float32))


def general_view(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of vectors (..., d) the part (..., d / 3) that comes from word vectors; its length means nothing."""
    return vectors[..., : vectors.shape[-1] // len(VIEW_WEIGHTS)]


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (..., d) scaled to length one; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return scaled
