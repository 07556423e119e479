"""The text encoder and the cache of vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from etl import embed, fit_encoder
from etl.encode import Encoder, words
from etl.store import VectorCache

SUBJECTS, VERBS = ("cats", "dogs", "owls", "bees"), ("train", "prune", "probe", "scale")
TEXTS = [f"{subject} {verb} the quick text-to-image model" for subject in SUBJECTS for verb in VERBS]


def fit(texts: list[str]) -> Encoder:
    return fit_encoder.fit(texts, ["The owls agree. The bees agree too."] * len(texts), seed=1)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return fit(TEXTS)


def test_vectors_have_length_one_and_unknown_words_give_zero(encoder: Encoder) -> None:
    vectors = embed.LatentSemantic(encoder).encode([*TEXTS, "zzz"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0] * len(TEXTS) + [0.0], abs=1e-5)


def test_one_text_and_many_are_encoded_alike(encoder: Encoder) -> None:
    many = embed.LatentSemantic(encoder).encode(TEXTS)
    assert np.stack([encoder.encode(text) for text in TEXTS]) == pytest.approx(many, abs=1e-5)


def test_by_hand() -> None:
    projection = np.array([[1, 0, 0, 3, 1, 0], [0, 1, 4, 0, 0, 0]], "f4")
    encoder = Encoder("m", ("cat", "dog"), np.array([1, 2], "f4"), projection, np.zeros(6, "f4"), 4.0)
    # Four known words in a mean text of four: the room is 1.2. cat three times: 3 * 2.2 / 4.2 = 1.5714;
    # dog once: 2.2 / 2.2 = 1, times its idf 2. Each view of two numbers has length one; the first counts twice.
    first = np.array([1.5714, 2]) / np.hypot(1.5714, 2)
    second = np.array([8, 4.7143]) / np.hypot(8, 4.7143)
    expected = np.concatenate([first * np.sqrt(2), second, [1, 0]]) / 2
    assert encoder.encode("Cat cat DOG cat bird") == pytest.approx(expected, abs=1e-4)


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("Text-to-image, GPT4 & a_b: θ-networks") == ["text", "to", "image", "gpt4", "networks"]


def test_the_encoder_survives_publication(encoder: Encoder) -> None:
    again = embed.from_terms(embed.to_terms(encoder))
    assert again.model == encoder.model
    assert again.encode("cats train") == pytest.approx(encoder.encode("cats train"))


def test_fitting_again_gives_the_same(encoder: Encoder) -> None:
    assert fit(TEXTS).model == encoder.model
    assert fit(TEXTS[:-1]).model != encoder.model


def test_the_cache_knows_what_it_was_given(tmp_path: Path) -> None:
    vectors = np.arange(6, dtype="f4").reshape(2, 3)
    with VectorCache(tmp_path / "v.duckdb") as cache:
        cache.put("m1", ["a", "b"], vectors)
    with VectorCache(tmp_path / "v.duckdb") as cache:
        known = cache.get("m1", ["b", "c"])
        assert list(known) == ["b"]
        assert known["b"].tolist() == [3, 4, 5]
        assert cache.get("m2", ["a"]) == {}
        cache.put("m2", ["a"], vectors[:1])
        assert cache.get("m1", ["a"]) == {}  # of another model: forgotten


def test_a_damaged_cache_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "v.duckdb"
    path.write_bytes(b"no database at all" * 1_000)
    with VectorCache(path) as cache:
        cache.put("m", ["a"], np.ones((1, 2), "f4"))
        assert list(cache.get("m", ["a"])) == ["a"]
