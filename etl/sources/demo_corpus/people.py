"""Who writes the demo's papers: teams from a topic's community, with invented names and institutions.

A community grows with its topic. The first to join write the most, and the heavy tail of those who wrote once grows
all the time. A tenth of a team comes from other communities.
"""

from __future__ import annotations

import string
from bisect import bisect_right
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from etl.sources.demo_corpus.draws import Stream, generator
from etl.sources.demo_corpus.vocabulary import read_toml

_TEAM_MEAN = (3.5, 6.0)  # in the first month and in the last
_TEAM_SPREAD = 0.55  # standard deviation of its logarithm
_LARGE_TEAMS = 0.008  # collaborations, three to eight times the size
_TEAM_AT_MOST = 80
_AUTHORS_A_PAPER = 4.0  # size of a community at the end / papers of its topic
_COMMUNITY_AT_LEAST = 30
_EARLY_MEMBERS = 0.25  # of a community, at the start
_CONCENTRATION = 1.8  # 1: all members write equally often
_VISITORS = 0.1
_NAMED_ORGANIZATION = 0.6
_ORGANIZATION_TAIL = 0.9  # exponent of the organisations' sizes by rank
_STRIDE = 1_000_003  # a prime that spreads neighbouring authors over all names
_GOLDEN = 0.6180339887498949  # spreads them over the organisations

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class People:
    """The authors of a corpus of so many papers on so many topics."""

    def __init__(self, papers: int, topics: int, seed: int) -> None:
        rng = generator(seed, Stream.PEOPLE)
        content = read_toml("people.toml")
        self._cultures = [(culture["given"], culture["family"]) for culture in content["culture"]]
        self._until = list(accumulate(len(given) * len(family) for given, family in self._cultures))
        self._organizations = rng.permutation(content["organizations"]).tolist()
        sizes = np.arange(1, len(self._organizations) + 1) ** -_ORGANIZATION_TAIL
        self._organizations_until = np.cumsum(sizes / sizes.sum())
        self._topics = topics
        self._community = max(_COMMUNITY_AT_LEAST, _AUTHORS_A_PAPER * papers / topics)
        self._offset = int(rng.integers(self._until[-1]))

    def teams(
        self, topic: Counts, progress: tuple[float, float], rng: np.random.Generator
    ) -> tuple[list[list[str]], list[str | None]]:
        """Author names and organisation of papers on these topics (n).

        Args:
            topic: number of each paper's topic.
            progress: how far the calendar and the corpus have come, each from 0 to 1.
            rng: where the draws come from.
        """
        sizes = _team_sizes(len(topic), progress[0], rng)
        home = np.repeat(topic, sizes)
        visiting = rng.random(len(home)) < _VISITORS
        community = np.where(visiting, rng.integers(self._topics, size=len(home)), home)
        members = self._community * (_EARLY_MEMBERS + (1 - _EARLY_MEMBERS) * progress[1])
        rank = (members * rng.random(len(home)) ** _CONCENTRATION).astype(np.int64)
        # Topics take turns, so that every community may grow without end; the stride mixes the names of all.
        author = (rank * self._topics + community).tolist()
        ends = np.cumsum(sizes).tolist()
        teams = [author[end - size : end] for end, size in zip(ends, sizes.tolist(), strict=True)]
        named = rng.random(len(topic)) < _NAMED_ORGANIZATION
        organizations = self._organization_of(np.array([team[0] for team in teams], np.int64))
        return (
            [[self._name(member) for member in dict.fromkeys(team)] for team in teams],
            [name if given else None for name, given in zip(organizations, named.tolist(), strict=True)],
        )

    def _organization_of(self, author: Counts) -> list[str]:
        """Where these authors work: always the same for the same author."""
        places = np.searchsorted(self._organizations_until, (author * _GOLDEN) % 1.0)
        return [self._organizations[place] for place in np.minimum(places, len(self._organizations) - 1)]

    def _name(self, author: int) -> str:
        """An author's name; once all are taken, a middle initial tells the next ones apart."""
        lap, place = divmod(author, self._until[-1])
        place = (place * _STRIDE + self._offset) % self._until[-1]
        culture = bisect_right(self._until, place)
        given, family = self._cultures[culture]
        first, last = divmod(place - (self._until[culture - 1] if culture else 0), len(family))
        initial = f"{string.ascii_uppercase[(lap + place) % 26]}. " if lap else ""
        return f"{given[first]} {initial}{family[last]}"


def _team_sizes(count: int, passed: float, rng: np.random.Generator) -> Counts:
    """Team sizes (n): log-normal, the mean rising with the share of the calendar that has passed."""
    mean = _TEAM_MEAN[0] + passed * (_TEAM_MEAN[1] - _TEAM_MEAN[0])
    sizes = rng.lognormal(np.log(mean) - _TEAM_SPREAD**2 / 2, _TEAM_SPREAD, count)
    large = rng.random(count) < _LARGE_TEAMS
    sizes *= np.where(large, rng.uniform(3, 8, count), 1)
    return np.clip(np.rint(sizes), 1, _TEAM_AT_MOST).astype(np.int64)
