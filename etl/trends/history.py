"""The months that statistics look back on: complete, with papers, in a row up to the last complete one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from etl.contract import OUTLIER


@dataclass(frozen=True, slots=True)
class History:
    """Counts as arrays: papers of topics (t) in months (m), and of the whole corpus (m); outliers are no topic."""

    topic_ids: NDArray[np.int64]
    months: pd.DatetimeIndex
    papers: NDArray[np.float64]
    corpus: NDArray[np.float64]

    @classmethod
    def of(cls, months: pd.DataFrame) -> History:
        """The last unbroken run of complete months, from a table as published.

        A month that is cut or has no papers ends the run: what came before may be another corpus, such as one without
        a source that joined later.

        Args:
            months: topic_id, month, papers, corpus_papers, partial; every topic in every month, outliers among them.
        """
        calendar = months[months.topic_id == OUTLIER].sort_values("month")
        complete = ~calendar.partial.to_numpy(bool)
        usable = complete & (calendar.corpus_papers.to_numpy() > 0)
        end = int(np.flatnonzero(complete)[-1]) + 1 if complete.any() else 0
        gaps = np.flatnonzero(~usable[:end])
        run = calendar.iloc[int(gaps[-1]) + 1 if len(gaps) else 0 : end]
        topics = months[months.topic_id != OUTLIER]
        papers = topics.pivot(index="topic_id", columns="month", values="papers").reindex(columns=run.month)
        return cls(
            papers.index.to_numpy(np.int64),
            pd.DatetimeIndex(run.month),
            papers.to_numpy(float),
            run.corpus_papers.to_numpy(float),
        )
