"""The months that statistics look back on: complete, with papers, in a row up to the last complete one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl.contract import OUTLIER
from etl.trends.tables import Floats, Strata


@dataclass(frozen=True, slots=True)
class History:
    """Counts as arrays: papers of topics (t) in months (m), and of the whole corpus (m); outliers are no topic."""

    topic_ids: NDArray[np.int64]
    months: pd.DatetimeIndex
    papers: Floats
    corpus: Floats

    @classmethod
    def of(cls, months: pd.DataFrame) -> History:
        """The last unbroken run of complete months, from a table as published.

        A month that is cut or has no papers ends the run: what came before may be another corpus, such as one without
        a source that joined later.

        Args:
            months: topic_id, month, papers, corpus_papers, partial; every topic in every month, outliers among them.
        """
        table = Strata.of(months)
        (papers,), (corpus,), (complete,) = table.papers, table.corpus, table.covered
        end = int(np.flatnonzero(complete)[-1]) + 1 if complete.any() else 0
        gaps = np.flatnonzero(~(complete & (corpus > 0))[:end])
        run = slice(int(gaps[-1]) + 1 if len(gaps) else 0, end)
        topics = table.topic_ids != OUTLIER
        return cls(table.topic_ids[topics], table.months[run], papers[topics, run], corpus[run])
