"""What search needs: the words of the papers, and the vectors that they keep from snapshot to snapshot."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from etl.store.topics import Topics

_COMMON, _MANY = 0.5, 1_000  # words of more than that part of so many papers find nothing


class Search(Topics):
    """The tables of search under construction."""

    def prepare_search(self) -> None:
        """Compare texts with those that the last snapshot has vectors of."""
        self._script("search_texts")

    def want_vectors(self, model: str) -> int:
        """How many papers have no vector of this model and of their text as it is now: those of `wanting_vectors`.

        Any other vector that they had goes.
        """
        self._execute(
            "CREATE OR REPLACE TEMP TABLE vectors_wanted AS SELECT paper_id, text_key FROM texts ANTI JOIN "
            "(FROM vectors_kept WHERE model = $model) AS kept USING (paper_id, text_key)",
            model=model,
        )
        self._execute("DELETE FROM vectors_kept WHERE paper_id IN (SELECT paper_id FROM vectors_wanted)")
        (papers,) = self._one("SELECT count(*) FROM vectors_wanted")
        return int(papers)

    def wanting_vectors(self) -> Iterator[pd.DataFrame]:
        """Those papers as `texts` gives them."""
        wanted = set(self._execute("SELECT paper_id FROM vectors_wanted").df()["paper_id"])
        for batch in self.texts():
            # `isin` would go through all that is wanted for each batch.
            chosen = batch[[paper_id in wanted for paper_id in batch.paper_id]]
            if len(chosen):
                yield chosen.reset_index(drop=True)

    def keep_vectors(self, paper_id: pd.Series, model: str, vectors: NDArray[np.int8]) -> None:
        """Take in short vectors (n, k) of papers (n) that wanted them."""
        offsets = np.arange(0, vectors.size + 1, vectors.shape[1], dtype=np.int32)
        rows = {
            "paper_id": pa.array(paper_id, pa.string()),
            "vector": pa.ListArray.from_arrays(offsets, vectors.ravel()),
        }
        self._connection.register("found", pa.table(rows))
        self._execute(
            "INSERT INTO vectors_kept SELECT paper_id, text_key, $model, vector "
            "FROM found JOIN vectors_wanted USING (paper_id)",
            model=model,
        )
        self._connection.unregister("found")

    def write_postings(self) -> None:
        """Publish the papers as search numbers them, their words, and the vectors that are kept."""
        self._script("search_postings", common=_COMMON, many=_MANY)
