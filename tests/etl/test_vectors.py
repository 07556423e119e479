"""The word vectors that Papertide brings along."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from etl import vectors
from etl.encode import normalised
from etl.vectors import distil

KNOWN = {"graph": 0, "gra": 1, "##phic": 2, "cat": 3}


def test_a_word_is_split_into_the_longest_pieces_that_fit() -> None:
    assert vectors.split("graph graphic", KNOWN | {"##ic": 4}) == ["graph", "graph", "##ic"]
    # Of these ##ic and ##s are unknown, and half a word means something else.
    assert vectors.split("graphic cats", KNOWN) == []


def test_words_of_one_meaning_are_near() -> None:
    money, bank, neuron = normalised(vectors.word_vectors(["auction", "bidding", "neuron"]))
    assert money @ bank > 0.4
    assert abs(money @ neuron) < 0.25
    assert not vectors.word_vectors(["\u16a0\u16a2"]).any()  # runes


def test_a_phrase_is_the_sum_of_its_words() -> None:
    phrase, first, second = vectors.word_vectors(["cache compression", "cache", "compression"])
    assert phrase == pytest.approx(first + second)


def test_distilled_vectors_foretell_what_the_teacher_says() -> None:
    rng = np.random.default_rng(0)
    pieces = [f"w{letter}" for letter in "abcdefghijkl"]
    meaning = rng.normal(size=(12, 5)).astype(np.float32)
    uses = rng.random((300, 12)) < 0.3
    texts = [" ".join(np.array(pieces)[row]) or pieces[0] for row in uses]
    told = normalised((uses @ meaning).astype(np.float32))
    found = distil.distil(texts[:200], pieces, told[:200], [meaning])
    foretold = normalised(np.asarray(sparse.csr_matrix(uses[200:], dtype=np.float32) @ found))
    centred = normalised(told[200:] - told[:200].mean(axis=0))
    assert np.mean(np.sum(foretold * centred, axis=1)) > 0.9
