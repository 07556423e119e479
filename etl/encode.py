"""Turns a text into a vector with the published arrays of the text encoder. NumPy only.

The encoder is latent semantic analysis: logarithmic term frequency times inverse document frequency, projected on
the leading singular vectors of the corpus and scaled to length one (Deerwester et al., 1990).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

# Words of two characters or more; an inner hyphen belongs to the word ('text-to-image').
TOKEN_PATTERN = r"(?u)\b\w[\w-]*\w\b"
_TOKEN = re.compile(TOKEN_PATTERN)


@dataclass(frozen=True)
class Encoder:
    """A fitted encoder: terms (v), their idf (v) and their projection (v, d)."""

    model: str
    terms: tuple[str, ...]
    idf: NDArray[np.float32]
    projection: NDArray[np.float32]

    @cached_property
    def index(self) -> dict[str, int]:
        """Place of each term."""
        return {term: place for place, term in enumerate(self.terms)}

    def encode(self, text: str) -> NDArray[np.float32]:
        """The text's vector (d), of length one; all zero where no word of it is known."""
        counts = Counter(token for token in _TOKEN.findall(text.lower()) if token in self.index)
        if not counts:
            return np.zeros(self.projection.shape[1], np.float32)
        places = np.array([self.index[token] for token in counts])
        weights = (1 + np.log(np.array(list(counts.values()), np.float32))) * self.idf[places]
        return normalised(np.asarray(weights @ self.projection[places], np.float32))


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (..., d) scaled to length one; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return scaled
