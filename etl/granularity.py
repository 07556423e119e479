"""How many topics are wanted: the one setting of the topics. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from etl.errors import InputError

MOST = 300  # topics
_GAINS = {"fewer": 0.0045, "normal": 0.0026, "more": 0.001}


@dataclass(frozen=True, slots=True)
class Granularity:
    """How many topics: a number, or as many as each improve the mean cosine of papers and topics by `gain`."""

    topics: int | None = None
    gain: float = _GAINS["normal"]

    @classmethod
    def read(cls, wish: str) -> Granularity:
        """Understand 'fewer', 'normal', 'more' or a number.

        Raises:
            InputError: it is none of them.
        """
        if wish in _GAINS:
            return cls(gain=_GAINS[wish])
        if wish.isdecimal() and 2 <= int(wish) <= MOST:
            return cls(topics=int(wish))
        raise InputError(
            f"'{wish}' is no number of topics; say fewer, normal, more, none, or a number from 2 to {MOST}."
        )
