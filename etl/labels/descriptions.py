"""Describes topics and areas: from papers to the few phrases a reader understands. No model, no download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from etl.clusters import members
from etl.labels import areas, scoring
from etl.labels.counts import Counts, count

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_HARDLY = 0.3  # of the use of a phrase by the topic that uses it most
_ONE_AREA = "All topics"
_GOOD_PART = 0.3  # of an area's papers


@dataclass(frozen=True, slots=True)
class Descriptions:
    """What is said of topics 0 to k - 1 and of their areas 0 to a - 1."""

    keywords: list[tuple[str, ...]]  # (k): at most ten phrases, the strongest first
    label_candidates: list[tuple[str, ...]]  # (k): the best first
    areas: Ints  # (k): the area of each topic
    area_candidates: list[tuple[str, ...]]  # (a): the best first


def describe(
    titles: Sequence[str],
    abstracts: Sequence[str],
    topic: Ints,
    paper_keywords: Sequence[Sequence[str]] | None,
    centres: NDArray[np.float32],
) -> Descriptions:
    """Describe topics by what their papers (n) say. Equal input gives equal output.

    Args:
        titles: of the papers.
        abstracts: of the papers, '' where unknown.
        topic: of each paper, 0 to k - 1; -1 for outliers.
        paper_keywords: of each paper, as its source gives them; None where it gives none.
        centres: of the topics (k, d).
    """
    size = len(centres)
    counts = count(titles, abstracts, paper_keywords)
    inside = members(topic, size)
    scored = scoring.scores(counts, inside)
    area = areas.group(centres)
    keyword_lists, labels = [], []
    for number in range(size):
        papers = counts.in_text[topic == number]
        keyword_lists.append(_read(counts, scoring.choose_keywords(counts, scored.keyword[number], papers)))
        labels.append(scoring.choose_labels(counts, scored.label[number], papers))
    return Descriptions(
        keyword_lists,
        labels,
        area,
        _area_names(counts, inside, scored.label, topic, area),
    )


def _area_names(
    counts: Counts, inside: sparse.csr_matrix, of_topic: Floats, topic: Ints, area: Ints
) -> list[tuple[str, ...]]:
    """Phrases that name each area, given their scores as labels of topics (k, p).

    An area's phrase must be used evenly by its topics. Where a good part of them hardly uses the best one, it takes a
    second along, the best for those: 'scientific discovery and medical images'. Else such a pair comes second, for the
    best phrase is often the label of a topic.
    """
    size = int(area.max(initial=-1)) + 1
    if size == 1:  # nothing to tell it from
        return [(_ONE_AREA,)]
    of_paper = np.append(area, -1)[topic]
    scored = scoring.scores(counts, members(of_paper, size)).label
    papers = np.asarray(inside.sum(axis=0)).ravel()
    share = np.asarray((inside.T @ counts.in_text).todense(), float) / np.maximum(papers, 1)[:, None]
    names = []
    for number in range(size):
        mine = np.flatnonzero(area == number)
        evenly = np.sqrt(share[mine]).mean(axis=0) ** 2 / np.maximum(share[mine].mean(axis=0), 1e-12)
        phrases = scoring.choose_labels(counts, scored[number] * evenly, counts.in_text[of_paper == number])
        if phrases:
            first = phrases[0].split(" and ")[0]  # a single word has been given a second
            use = share[mine, counts.phrases.index(first)]
            hardly = use < _HARDLY * use.max()
            others = mine[hardly] if hardly.any() else mine[use < use.max()]
            left_out = papers[others].sum() >= _GOOD_PART * papers[mine].sum()
            pairs = scoring.pairs(phrases, counts, papers[others] @ of_topic[others])
            phrases = (*pairs, *phrases) if hardly.any() and left_out else (phrases[0], *pairs, *phrases[1:])
        names.append(phrases)
    return names


def _read(counts: Counts, places: Sequence[int]) -> tuple[str, ...]:
    return tuple(counts.phrases[place] for place in places)
