"""How likely a paper's topic is right, without a single label.

A probability must say more than how sure the model is of itself. So the papers are sorted a second and a third time,
each time from scratch and from other evidence: once by the odd sentences and once by the even ones, each seen through
another view. The probability of an assignment is how often such another sorter, who never saw the topics, puts a paper
where it puts most of the topic's papers; it depends on how much nearer the paper is to its own topic than to the next
(logistic calibration; Platt, 1999, with agreement in the place of labels).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from etl.assignment import Confidence
from etl.contract import OUTLIER
from etl.encode import normalised

JUDGED_ON = 5_000  # papers that are sorted again
_STARTS = 3  # of k-means

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def calibrate(margin: Floats, topic: Ints, readings: Sequence[Floats], seed: int) -> Confidence:
    """Learn from other sortings of the papers (n) how likely assignments are.

    Args:
        margin: by how much each paper (n) is nearer to its topic than to any other.
        topic: topics of the papers (n), no outliers.
        readings: other vectors (n, d) of the same papers, each from a part of the evidence.
        seed: drives the other sortings.
    """
    agrees = np.concatenate([_agrees(topic, reading, seed) for reading in readings])
    if agrees.all() or not agrees.any():
        share = (agrees.sum() + 1) / (len(agrees) + 2)  # of what happened always or never (Laplace)
        return Confidence(float(np.log(share / (1 - share))), 0.0)
    told = np.tile(margin, len(readings))[:, None]
    # Unpenalised but for what keeps it finite where the margin tells everything.
    model = LogisticRegression(C=1e4).fit(told, agrees)
    slope = float(model.coef_[0, 0])
    if slope > 0:
        return Confidence(float(model.intercept_[0]), slope)
    share = agrees.mean()  # a margin that tells nothing
    return Confidence(float(np.log(share / (1 - share))), 0.0)


def _agrees(topic: Ints, reading: Floats, seed: int) -> NDArray[np.bool_]:
    """Whether another sorter puts each paper (n) where it puts most papers of its topic."""
    topics = int(topic.max(initial=OUTLIER)) + 1
    sorter = KMeans(min(topics, len(reading)), n_init=_STARTS, random_state=seed)
    place = sorter.fit_predict(normalised(reading - reading.mean(axis=0)))
    together = np.zeros((topics, int(place.max()) + 1))
    np.add.at(together, (topic, place), 1)
    return np.asarray(together.argmax(axis=1)[topic] == place)
