"""Where the demo's random numbers come from: one stream for each purpose, so that none disturbs another."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What random numbers are drawn for. A new purpose takes a new number, or every corpus changes."""

    PLAN = 1
    PEOPLE = 2
    APPEAL = 3
    TOPICS = 4
    PAPERS = 5


def generator(seed: int, stream: Stream, chunk: int = 0) -> np.random.Generator:
    """The stream's random numbers for one chunk of papers; equal arguments give equal numbers."""
    return np.random.default_rng([seed, stream, chunk])
