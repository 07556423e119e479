"""The cache of vectors: a file of its own, so that publishing stays cheap."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray


class VectorCache:
    """Vectors of texts in a file of their own, keyed by model and text hash."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = duckdb.connect(str(path))
            self._create()
        except (duckdb.IOException, duckdb.SerializationException, duckdb.CatalogException):
            # A cache that cannot be read costs time, not data: start it anew.
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
            self._connection = duckdb.connect(str(path))
            self._create()

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _create(self) -> None:
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (model VARCHAR, text_hash VARCHAR, vector FLOAT[])"
        )

    def get(self, model: str, hashes: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors known for these texts, by hash."""
        self._connection.register("wanted", pd.DataFrame({"text_hash": pd.Series(hashes, dtype="str")}))
        table = self._connection.execute(
            "SELECT text_hash, any_value(vector) AS vector FROM vectors SEMI JOIN wanted USING (text_hash) "
            "WHERE model = $model GROUP BY text_hash",
            {"model": model},
        ).fetchnumpy()
        self._connection.unregister("wanted")
        return dict(zip(table["text_hash"], table["vector"], strict=True))

    def put(self, model: str, hashes: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors (n, d), and forget those of other models."""
        column = pa.ListArray.from_arrays(
            np.arange(0, vectors.size + 1, vectors.shape[1], dtype=np.int32), vectors.ravel()
        )
        incoming = pa.table({"text_hash": pa.array(hashes), "vector": column})
        self._connection.execute("DELETE FROM vectors WHERE model <> $model", {"model": model})
        self._connection.register("incoming", incoming)
        self._connection.execute(
            "INSERT INTO vectors SELECT $model, text_hash, vector FROM incoming", {"model": model}
        )
        self._connection.unregister("incoming")


def forget_vectors(path: Path, hashes: Collection[str]) -> None:
    """Write the cache of vectors anew without those of some texts; deleting alone would leave them in the file."""
    if not path.is_file() or not hashes:
        return
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)
    with duckdb.connect(str(aside)) as connection:
        connection.execute("ATTACH ? AS known (READ_ONLY)", [str(path)])
        connection.execute(
            "CREATE TABLE vectors AS FROM known.vectors WHERE NOT list_contains($gone, text_hash)",
            {"gone": list(hashes)},
        )
    os.replace(aside, path)
