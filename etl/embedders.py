"""Other ways to embed than the default one, behind the same protocol; all but a server need an extra installed.

A spec names one: `onnx:FOLDER`, `model2vec:FOLDER`, `sentence-transformers:NAME` or `openai:MODEL@http://host/v1` (any
server that speaks that API). What a model is called holds a fingerprint of its weights where we have them, so that
vectors of another model of the same name are never taken for its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.embed import Embedder
from etl.embedding_api import EmbeddingApi
from etl.encode import normalised
from etl.errors import InputError
from etl.settings import EmbeddingsSettings

SPECS = "onnx:FOLDER, model2vec:FOLDER, sentence-transformers:NAME or openai:MODEL@http://host/v1"
_TOKENS_AT_MOST = 512  # of a text, where the model does not say
_BATCH = 32
_MODEL_FILES = ("model.onnx", "onnx/model.onnx")
_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
_SENTENCE = "sentence_embedding"  # the output of models that pool by themselves

Floats = NDArray[np.float32]


def open_embedder(spec: str) -> Embedder:
    """The embedder that a spec names.

    Raises:
        InputError: the spec is none, the model is not there, or its package is not installed.
    """
    kind, _, name = spec.partition(":")
    if kind not in _KINDS or not name:
        raise InputError(f"'{spec}' names no embedder; write {SPECS}.")
    return _KINDS[kind](name)


class OnnxModel:
    """A sentence encoder exported to ONNX: a folder with model.onnx and tokenizer.json, as Hugging Face lays them out.

    Vectors are the model's own `sentence_embedding` where it gives one, else the mean over a text's tokens, or
    the first token's where `1_Pooling/config.json` says so.
    """

    def __init__(self, folder: Path) -> None:
        runtime, tokenizers = _package("onnxruntime", "onnx"), _package("tokenizers", "onnx")
        file = next((folder / name for name in _MODEL_FILES if (folder / name).is_file()), None)
        if file is None or not (folder / "tokenizer.json").is_file():
            raise InputError(
                f"{folder} is not the folder of an ONNX model; it needs model.onnx and tokenizer.json."
            )
        try:
            self._session: Any = runtime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both packages raise errors of their own making
            raise _unusable(folder, error) from error
        self._inputs = [given.name for given in self._session.get_inputs()]
        self._outputs = [given.name for given in self._session.get_outputs()]
        if unknown := set(self._inputs) - _INPUTS:
            raise InputError(
                f"The model in {folder} wants the input {min(unknown)}, so it is no text encoder; give another one."
            )
        self._first_token = _setting(folder / "1_Pooling" / "config.json", "pooling_mode_cls_token") is True
        stated = _setting(folder / "sentence_bert_config.json", "max_seq_length")
        longest = stated if isinstance(stated, int) else _TOKENS_AT_MOST
        self._tokenizer.enable_truncation(longest)
        padding = self._tokenizer.padding or {}
        self._tokenizer.enable_padding(**{**padding, "length": None})
        # Weights of large models stand beside the file, as model.onnx_data.
        files = [*sorted(file.parent.glob(f"{file.name}*")), folder / "tokenizer.json"]
        how = f"{longest} tokens, {'first' if self._first_token else 'mean'}".encode()
        self._model = f"onnx-{folder.resolve().name}-{_fingerprint(chain([how], _pieces(files)))}"

    @property
    def model(self) -> str:
        """Name and fingerprint."""
        return self._model

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, d) of n texts."""
        # Texts of like length share a batch, so that little is padded.
        by_length = np.argsort([len(text) for text in texts], kind="stable").tolist()
        if not by_length:
            return np.empty((0, self._pooled(["a"]).shape[1]), np.float32)
        batches = [by_length[start : start + _BATCH] for start in range(0, len(by_length), _BATCH)]
        pooled = np.concatenate([self._pooled([texts[i] for i in batch]) for batch in batches])
        return _checked(pooled[np.argsort(by_length)], self.model)

    def _pooled(self, texts: list[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        fed = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([one.type_ids for one in encoded], np.int64),
        }
        output = _SENTENCE if _SENTENCE in self._outputs else self._outputs[0]
        (hidden,) = self._session.run([output], {name: fed[name] for name in self._inputs})
        if hidden.ndim == 2:  # pooled already
            return np.asarray(hidden, np.float32)
        if self._first_token:
            return np.asarray(hidden[:, 0], np.float32)
        total = (hidden * mask[:, :, None]).sum(axis=1)
        return np.asarray(total / np.maximum(mask.sum(axis=1), 1)[:, None], np.float32)


class StaticModel:
    """Word vectors that model2vec distilled from a sentence encoder; a folder, or a name that it has downloaded."""

    def __init__(self, name: str) -> None:
        library = _package("model2vec", "model2vec")
        try:
            self._static: Any = library.StaticModel.from_pretrained(name)
        except Exception as error:
            raise _unusable(name, error) from error
        words = "\n".join(self._static.tokens).encode()
        weights = np.ascontiguousarray(self._static.embedding, np.float32).tobytes()
        self._model = f"model2vec-{Path(name).name}-{_fingerprint([words, weights])}"

    @property
    def model(self) -> str:
        """Name and fingerprint."""
        return self._model

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, d) of n texts; zero for a text of which no word is known."""
        if not texts:
            return np.empty((0, self._static.dim), np.float32)
        return _checked(self._static.encode(list(texts)), self.model)


class SentenceTransformer:
    """Any model of the library sentence-transformers, by its name or folder."""

    def __init__(self, name: str) -> None:
        library = _package("sentence_transformers", "sentence-transformers")
        try:
            self._encoder: Any = library.SentenceTransformer(name)
        except Exception as error:
            raise _unusable(name, error) from error
        weights = sorted(self._encoder.state_dict().items())
        tensors = (piece for key, value in weights for piece in (key.encode(), _bytes(value)))
        self._model = f"sentence-transformers-{Path(name).name}-{_fingerprint(tensors)}"

    @property
    def model(self) -> str:
        """Name and fingerprint."""
        return self._model

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, d) of n texts."""
        if not texts:
            return np.empty((0, self._encoder.get_sentence_embedding_dimension()), np.float32)
        vectors = self._encoder.encode(
            list(texts), batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False
        )
        return _checked(vectors, self.model)


def _open_api(name: str) -> EmbeddingApi:
    model, _, endpoint = name.rpartition("@")
    if not model:
        raise InputError(f"'openai:{name}' does not say where; write openai:MODEL@http://host/v1.")
    return EmbeddingApi(model, endpoint, EmbeddingsSettings.read())


_KINDS: dict[str, Callable[[str], Embedder]] = {
    "onnx": lambda name: OnnxModel(Path(name).expanduser()),
    "model2vec": StaticModel,
    "sentence-transformers": SentenceTransformer,
    "openai": _open_api,
}


def _package(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(f"{name} is not installed; install it with: uv sync --extra {extra}") from error


def _unusable(name: object, error: Exception) -> InputError:
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(f"The model {name} cannot be loaded ({said}); give another one.")


def _checked(vectors: NDArray[np.floating], model: str) -> Floats:
    if not np.isfinite(vectors).all():
        raise InputError(f"{model} gave a vector that holds no numbers; use another model.")
    return normalised(np.asarray(vectors, np.float32))


def _setting(file: Path, name: str) -> object:
    """A setting of a file that may be absent."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content.get(name) if isinstance(content, dict) else None


def _pieces(files: Iterable[Path]) -> Iterator[bytes]:
    for file in files:
        with file.open("rb") as content:
            yield from iter(lambda: content.read(1 << 20), b"")


def _fingerprint(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()[:12]


def _bytes(tensor: Any) -> bytes:
    """The numbers of a tensor of torch, whatever their precision."""
    numbers: bytes = tensor.detach().cpu().float().numpy().tobytes()
    return numbers
