"""Embedders that extras bring, each with a tiny model built here; skipped where the package is absent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from etl.embedders import open_embedder
from etl.errors import InputError

VECTORS = {"[PAD]": (9.0, 9.0), "[UNK]": (0.0, 0.0), "graph": (3.0, 0.0), "neural": (0.0, 4.0)}


def needs(package: str, extra: str) -> Any:
    return pytest.importorskip(package, reason=f"{package} is not installed: uv sync --extra {extra}")


def tokenizer() -> Any:
    """Knows two words, and says so of any other."""
    tokenizers = needs("tokenizers", "onnx")
    words = tokenizers.models.WordLevel({word: i for i, word in enumerate(VECTORS)}, unk_token="[UNK]")
    found = tokenizers.Tokenizer(words)
    found.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return found


def onnx_folder(folder: Path, output: str = "last_hidden_state", factor: float = 1) -> Path:
    """A model that looks each token up, and pools nothing."""
    needs("onnxruntime", "onnx")
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: uv sync --group bench")
    make, kind = onnx.helper, onnx.TensorProto
    weights = onnx.numpy_helper.from_array(factor * np.array(list(VECTORS.values()), np.float32), "weights")
    mask = make.make_tensor_value_info("attention_mask", kind.INT64, ["batch", "tokens"])
    nodes = [make.make_node("Gather", ["weights", "input_ids"], ["hidden"])]
    if output == "sentence_embedding":  # pooled by the model: the greatest of each
        nodes.append(make.make_node("ReduceMax", ["hidden", "axes"], [output], keepdims=0))
        shape: list[Any] = ["batch", 2]
    else:
        nodes.append(make.make_node("Identity", ["hidden"], [output]))
        shape = ["batch", "tokens", 2]
    graph = make.make_graph(
        nodes,
        "tiny",
        [make.make_tensor_value_info("input_ids", kind.INT64, ["batch", "tokens"]), mask],
        [make.make_tensor_value_info(output, kind.FLOAT, shape)],
        [weights, onnx.numpy_helper.from_array(np.array([1], np.int64), "axes")],
    )
    folder.mkdir(parents=True)
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def test_onnx_is_the_mean_of_the_tokens_without_the_padding(tmp_path: Path) -> None:
    found = open_embedder(f"onnx:{onnx_folder(tmp_path / 'tiny')}").encode(["graph graph neural", "neural"])
    # (3, 0), (3, 0) and (0, 4): their mean is (2, 4/3), of which (3, 2) / sqrt(13) is the direction.
    assert found == pytest.approx(np.array([[3, 2] / np.sqrt(13), [0, 1]]), abs=1e-6)
    assert found.dtype == np.float32


def test_onnx_keeps_the_order_of_texts_over_batches(tmp_path: Path) -> None:
    ours = open_embedder(f"onnx:{onnx_folder(tmp_path / 'tiny')}")
    texts = ["graph " * (40 - i) if i % 2 else "neural" for i in range(40)]
    assert ours.encode(texts).tolist() == [[1, 0] if i % 2 else [0, 1] for i in range(40)]
    assert ours.encode([]).shape == (0, 2)


def test_onnx_gives_what_the_model_pools_itself(tmp_path: Path) -> None:
    folder = onnx_folder(tmp_path / "tiny", output="sentence_embedding")
    # The greatest of (3, 0) and (0, 4) is (3, 4).
    assert open_embedder(f"onnx:{folder}").encode(["graph neural"])[0] == pytest.approx([0.6, 0.8])


def test_onnx_takes_the_first_token_where_the_model_says_so(tmp_path: Path) -> None:
    folder = onnx_folder(tmp_path / "tiny")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert open_embedder(f"onnx:{folder}").encode(["neural graph"])[0].tolist() == [0, 1]


def test_onnx_reads_as_many_tokens_as_the_model_does(tmp_path: Path) -> None:
    folder = onnx_folder(tmp_path / "tiny")
    whole = open_embedder(f"onnx:{folder}")
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 2}))
    cut = open_embedder(f"onnx:{folder}")
    assert cut.encode(["graph graph neural"])[0].tolist() == [1, 0]
    assert cut.model != whole.model  # its vectors are others


def test_onnx_names_the_weights(tmp_path: Path) -> None:
    one, copy, other = (
        open_embedder(f"onnx:{onnx_folder(tmp_path / place / 'tiny', factor=factor)}").model
        for place, factor in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == copy != other
    assert one.startswith("onnx-tiny-")


def test_onnx_needs_a_model(tmp_path: Path) -> None:
    needs("onnxruntime", "onnx")
    with pytest.raises(
        InputError, match=r"not the folder of an ONNX model; it needs model\.onnx and tokenizer"
    ):
        open_embedder(f"onnx:{tmp_path}")
    (tmp_path / "model.onnx").write_bytes(b"no model")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match=r"cannot be loaded \(.+\); give another one\.$"):
        open_embedder(f"onnx:{tmp_path}")


def test_model2vec_is_the_mean_of_word_vectors(tmp_path: Path) -> None:
    library = needs("model2vec", "model2vec")
    vectors = np.array(list(VECTORS.values()), np.float32)
    library.StaticModel(vectors, tokenizer()).save_pretrained(str(tmp_path / "tiny"))
    ours = open_embedder(f"model2vec:{tmp_path / 'tiny'}")
    # (3, 0) and (0, 4) in the middle.
    assert ours.encode(["graph neural", "unheard"]) == pytest.approx(np.array([[0.6, 0.8], [0, 0]]), abs=1e-6)
    assert ours.encode([]).shape == (0, 2)
    assert ours.model.startswith("model2vec-tiny-")

    library.StaticModel(2 * vectors, tokenizer()).save_pretrained(str(tmp_path / "other" / "tiny"))
    assert open_embedder(f"model2vec:{tmp_path / 'other' / 'tiny'}").model != ours.model


def test_model2vec_needs_a_model(tmp_path: Path) -> None:
    needs("model2vec", "model2vec")
    with pytest.raises(InputError, match=r"cannot be loaded \(.+\); give another one\.$"):
        open_embedder(f"model2vec:{tmp_path}")


# What the library offers, as far as we use it: it brings PyTorch, which tests do without.
STAND_IN = """
import numpy as np

class Tensor:
    def __init__(self, numbers): self.numbers = np.array(numbers, np.float32)
    def detach(self): return self
    cpu = float = detach
    def numpy(self): return self.numbers

class SentenceTransformer:
    def __init__(self, name):
        if name == "absent": raise OSError("absent is no\\nmodel")
        self.name = name
    def state_dict(self): return {"weights": Tensor([len(self.name)])}
    def get_sentence_embedding_dimension(self): return 2
    def encode(self, texts, batch_size, convert_to_numpy, show_progress_bar):
        return np.array([[3 * len(text), 4 * len(text)] for text in texts], np.float32)
"""


def test_sentence_transformers_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sentence_transformers.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    ours = open_embedder("sentence-transformers:org/tiny")
    assert ours.encode(["a", "bcd"]) == pytest.approx(np.array([[0.6, 0.8]] * 2))
    assert ours.encode([]).shape == (0, 2)
    assert ours.model.startswith("sentence-transformers-tiny-")
    assert open_embedder("sentence-transformers:another/tiny").model != ours.model
    with pytest.raises(
        InputError, match=r"^The model absent cannot be loaded \(absent is no model\); give another one\.$"
    ):
        open_embedder("sentence-transformers:absent")
    sys.modules.pop("sentence_transformers")


@pytest.mark.parametrize(
    ("spec", "package", "extra"),
    [
        ("onnx:x", "onnxruntime", "onnx"),
        ("model2vec:x", "model2vec", "model2vec"),
        ("sentence-transformers:x", "sentence_transformers", "sentence-transformers"),
    ],
)
def test_a_missing_package_says_which_extra_brings_it(
    spec: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(InputError) as caught:
        open_embedder(spec)
    assert str(caught.value) == f"{package} is not installed; install it with: uv sync --extra {extra}"


@pytest.mark.parametrize("spec", ["", "onnx", "onnx:", "word2vec:x", "all-MiniLM-L6-v2"])
def test_a_spec_that_names_nothing(spec: str) -> None:
    with pytest.raises(InputError, match="names no embedder; write onnx:FOLDER, "):
        open_embedder(spec)


def test_a_server_needs_an_address() -> None:
    with pytest.raises(InputError, match="does not say where; write openai:MODEL@"):
        open_embedder("openai:text-embedding-3-small")
