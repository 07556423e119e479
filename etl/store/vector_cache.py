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

from etl.store.database import is_broken


class VectorCache:
    """Vectors of texts in a file of their own, keyed by model and text hash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = duckdb.connect(str(path))
            self._create()
        except duckdb.Error as error:
            if not (is_broken(error) or isinstance(error, duckdb.IOException | duckdb.CatalogException)):
                raise
            self._begin_anew()

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _begin_anew(self) -> None:
        """A cache that cannot be read costs time, not data."""
        _remove(self._path)
        self._connection = duckdb.connect(str(self._path))
        self._create()

    def _create(self) -> None:
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (model VARCHAR, text_hash VARCHAR, vector FLOAT[])"
        )

    def get(self, model: str, hashes: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors known for these texts, by hash; none where the cache is damaged, which then begins anew."""
        try:
            return self._known(model, hashes)
        except duckdb.Error as error:
            if not is_broken(error):
                raise
            self._connection.close()
            self._begin_anew()
            return {}

    def _known(self, model: str, hashes: Sequence[str]) -> dict[str, NDArray[np.float32]]:
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
    _remove(aside)
    try:
        with duckdb.connect(str(aside)) as connection:
            connection.execute("ATTACH ? AS known (READ_ONLY)", [str(path)])
            connection.execute(
                "CREATE TABLE vectors AS FROM known.vectors WHERE NOT list_contains($gone, text_hash)",
                {"gone": list(hashes)},
            )
    except duckdb.Error as error:
        if not is_broken(error):
            raise
        _remove(path)  # it is damaged: without it all is forgotten
        return
    os.replace(aside, path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
