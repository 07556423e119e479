"""A map: each topic its own place, each paper a position near its topic, and nearer to what it resembles.

A topic is a disc whose area is its part of the papers. Discs are laid out by stress majorisation (SMACOF; de Leeuw,
1977), near ones weighing most, so that topics that resemble each other are neighbours, and no two overlap. A map
drawn before is the start and an anchor: where nothing changed, nothing moves. Within a disc, papers start at a linear
projection of their vectors on the directions of the other topics, drift to the papers most like them (smoothing by
neighbours, as power iteration finds Laplacian eigenmaps; Belkin and Niyogi, 2003), and are spread evenly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from scipy.stats import beta

from etl.contract import OUTLIER

_STRETCH = 3.0  # gap between two discs, in the distance of their centres beyond that of topics that touch
_TOUCHING = 0.05  # quantile of the distances up to which topics touch
_GAP = 1.15  # distance of two discs that touch, in sums of their radii
_ROUNDS = 300  # of majorisation
_STEADY = 1e-5  # movement of a topic below which the layout has settled
_ANCHOR = 2.0  # pull of the former place, beside that of all other topics together
_NEAR_TOPICS = 3  # former topics among which a new one is placed
_SHARPNESS = 12.0  # of the weights by which a paper without topic is placed among the topics
_NEIGHBOURS = 15  # papers that a paper drifts to
_COMPARED = 2_000  # papers of a topic among which neighbours are sought
_DRIFTS = 12  # steps towards the neighbours
_KEPT = 0.1  # part of each step that keeps a paper where the directions of the topics put it
_SIDES = 8  # directions from which papers shall be seen to lie evenly
_EVENED = 4  # rounds of evening out
_AMONG = 3  # papers among which one that joins is placed
_BLOCK = 2_048  # rows of a similarity matrix held at once

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """Places on a map. Its unit: the discs of all topics together have the area of a circle of radius one."""

    topics: Floats  # (k, 2)
    papers: Floats  # (n, 2)


def lay_out(vectors: Floats, topic: Ints, centres: Floats, before: Floats | None = None) -> Places:
    """Place topics and papers. Nothing is drawn by chance: equal input gives an equal map.

    Args:
        vectors: of the papers (n, d), of length one.
        topic: of each paper (n), 0 to k - 1, or -1 for none.
        centres: of the topics (k, d); their length does not matter.
        before: places (k, 2) of the topics on an earlier map, NaN for topics that are new; None for a first map.
    """
    unit = _unit(centres)
    papers = np.bincount(topic[topic != OUTLIER], minlength=len(unit))
    radius = np.sqrt(papers / max(1, papers.sum()))
    places = _topic_places(unit, radius, before)
    return Places(places.astype(np.float32), _paper_places(vectors, topic, unit, places, radius))


def _unit(vectors: NDArray[np.floating]) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Papers (m) whose places are known, and topics (k) with theirs: by them papers that join find their own."""

    vectors: Floats  # (m, d)
    topic: Ints  # (m): 0 to k - 1
    papers: Floats  # (m, 2)
    topics: Floats  # (k, 2)


def join(vectors: Floats, topic: Ints, known: Landmarks) -> Floats:
    """Places (n, 2) of papers with vectors (n, d) that join the topics (n) of a map which stays as it is.

    A paper lies among the papers of its topic that it resembles most; without such papers, at the topic's place; and
    without a topic, among whatever it resembles most.
    """
    found = np.vstack([known.topics, np.zeros((1, 2), np.float32)])[
        topic
    ]  # the last row is for those without topic
    for number in np.unique(topic):
        own = np.flatnonzero(topic == number)
        near = np.flatnonzero(known.topic == number) if number != OUTLIER else np.arange(len(known.topic))
        if len(near):
            likeness = vectors[own] @ known.vectors[near].T
            most = np.argsort(-likeness, axis=1, kind="stable")[:, :_AMONG]
            found[own] = known.papers[near][most].mean(axis=1)
    return found


# ---- topics ----


def _topic_places(centres: Floats, radius: Doubles, before: Floats | None) -> Doubles:
    """Places (k, 2) of topics with centres (k, d) and discs of a radius (k)."""
    if len(centres) < 2:
        return np.zeros((len(centres), 2)) if before is None else np.nan_to_num(before.astype(float))
    wanted = _wanted(centres, radius)
    known = np.zeros(len(centres), bool) if before is None else _known(before)
    start = _classical(wanted)
    anchor = np.full_like(start, np.nan)
    if before is not None and known.any():
        anchor[known] = before[known]
        start = _joined(anchor, known, centres)
    return _apart(_majorised(wanted, start, anchor), radius)


def _known(places: NDArray[np.floating]) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(places).all(axis=1))


def _wanted(centres: Floats, radius: Doubles) -> Doubles:
    """Distances (k, k) that the map should have: room for both discs, and a gap the less alike the topics are."""
    chord = pdist(centres.astype(float))
    apart = _STRETCH * np.maximum(chord - np.quantile(chord, _TOUCHING), 0)
    room = _GAP * (radius[:, None] + radius)
    np.fill_diagonal(room, 0)
    return np.asarray(room + squareform(apart))


def _classical(distance: Doubles) -> Doubles:
    """Classical scaling (Torgerson, 1952) to (k, 2); the largest part of each axis points to the right or upwards."""
    squared = distance**2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    values, axes = np.linalg.eigh(-centred / 2)
    axes = np.pad(axes[:, :-3:-1], ((0, 0), (0, max(0, 2 - len(values)))))
    axes = axes * np.sqrt(np.maximum(values[:-3:-1], 0))
    sign = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    return np.asarray(axes * np.where(sign == 0, 1, sign))


def _joined(anchor: Doubles, known: NDArray[np.bool_], centres: Floats) -> Doubles:
    """Former places, and for each new topic one among the former topics that it resembles most."""
    start = anchor.copy()
    likeness = (centres[~known] @ centres[known].T).astype(float)
    near = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEAR_TOPICS]
    weight = np.take_along_axis(likeness, near, axis=1).clip(1e-3)
    start[~known] = (anchor[known][near] * weight[:, :, None]).sum(axis=1) / weight.sum(axis=1)[:, None]
    # Two new topics of one place would never part.
    turn = np.arange(int((~known).sum())) * 2.4
    start[~known] += 1e-3 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return start


def _majorised(wanted: Doubles, places: Doubles, anchor: Doubles) -> Doubles:
    """Least stress (SMACOF) from given places (k, 2); each row of `anchor` that is known pulls its topic too."""
    weight = _weights(wanted)
    anchored = _known(anchor)
    pull = np.where(anchored, _ANCHOR * weight.sum(axis=1), 0)
    system = np.diag(weight.sum(axis=1) + pull) - weight
    if not anchored.any():
        system += 1 / len(system)  # fixes the middle of the map, which distances leave open
    held = np.where(anchored[:, None], anchor, 0) * pull[:, None]
    for _ in range(_ROUNDS):
        distance = np.maximum(squareform(pdist(places)), 1e-9)
        ratio = weight * wanted / distance
        guttman = np.diag(ratio.sum(axis=1)) - ratio
        after = np.linalg.solve(system, guttman @ places + held)
        moved = np.abs(after - places).max()
        places = after
        if moved < _STEADY:
            break
    return places


def _weights(wanted: Doubles) -> Doubles:
    """How much each distance matters: near topics most, by the inverse fourth power."""
    weight = np.maximum(wanted, 0.1) ** -4.0
    np.fill_diagonal(weight, 0)
    return np.asarray(weight / weight.sum() * len(weight))


def _apart(places: Doubles, radius: Doubles) -> Doubles:
    """Move discs that still overlap apart, each by half of what is missing, until none does."""
    room = _GAP * (radius[:, None] + radius)
    np.fill_diagonal(room, 0)
    for _ in range(_ROUNDS):
        step = places[:, None] - places
        distance = np.maximum(np.linalg.norm(step, axis=2), 1e-9)
        missing = np.maximum(room - distance, 0)
        if missing.max() < 1e-4:
            break
        places = places + (step / distance[:, :, None] * (missing / 2)[:, :, None]).sum(axis=1)
    return places


# ---- papers ----


def _paper_places(vectors: Floats, topic: Ints, centres: Floats, places: Doubles, radius: Doubles) -> Floats:
    """Positions (n, 2): each paper in the disc of its topic, those without one between the topics they resemble."""
    found = np.zeros((len(vectors), 2), np.float32)
    if not len(centres):
        return found
    for number in range(len(centres)):
        own = np.flatnonzero(topic == number)
        if len(own):
            inside = _inside(vectors[own], centres, places, number)
            found[own] = places[number] + radius[number] * inside
    outside = np.flatnonzero(topic == OUTLIER)
    for start in range(0, len(outside), _BLOCK):
        rows = outside[start : start + _BLOCK]
        likeness = (vectors[rows] @ centres.T).astype(float)
        weight = np.exp(_SHARPNESS * (likeness - likeness.max(axis=1, keepdims=True)))
        found[rows] = weight @ places / weight.sum(axis=1)[:, None]
    return found


def _inside(own: Floats, centres: Floats, places: Doubles, number: int) -> Doubles:
    """Positions (m, 2) of a topic's papers (m, d) in a disc of radius one."""
    start = _whitened((own - own.mean(axis=0)) @ _directions(centres, places, number))
    position = start
    near = _neighbours(own)
    for _ in range(_DRIFTS if len(own) > 2 else 0):
        position = _whitened((1 - _KEPT) * position[near].mean(axis=1) + _KEPT * start)
    return _spread(position)


def _directions(centres: Floats, places: Doubles, number: int) -> Doubles:
    """Projection (d, 2) that moves a paper to where the topics are that it resembles, the nearest ones most."""
    step = places - places[number]
    distance = np.linalg.norm(step, axis=1)
    weight = np.where(distance > 0, 1 / np.maximum(distance, 1e-9) ** 3, 0)
    return np.asarray((centres - centres[number]).T.astype(float) @ (step * weight[:, None]))


def _whitened(position: Doubles) -> Doubles:
    """Positions (m, 2) about zero, with spread one in every direction, turned as little as possible."""
    centred = position - position.mean(axis=0)
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    if len(s) < 2 or s[1] < 1e-9 * max(1.0, s[0]):
        return np.asarray(centred / max(float(np.abs(centred).max()), 1e-9))
    return np.asarray(u @ vt * np.sqrt(len(position)))


def _neighbours(own: Floats) -> Ints:
    """For each paper (m, d) its nearest ones, itself among them where it is compared: (m, neighbours)."""
    compared = np.arange(len(own))[:: -(-len(own) // _COMPARED)]
    count = min(_NEIGHBOURS, len(compared))
    near = np.empty((len(own), count), np.int64)
    some = np.ascontiguousarray(own[compared].T)
    for start in range(0, len(own), _BLOCK):
        likeness = own[start : start + _BLOCK] @ some
        near[start : start + _BLOCK] = compared[np.argpartition(-likeness, count - 1, axis=1)[:, :count]]
    return near


def _spread(position: Doubles) -> Doubles:
    """Positions (m, 2) moved as little as need be to lie evenly in the unit disc: sliced optimal transport
    (Pitié et al., 2007), which makes what is seen from each of several directions what an even disc looks like.
    """
    even = 2 * beta.ppf((np.arange(len(position)) + 0.5) / len(position), 1.5, 1.5) - 1
    angle = np.arange(_SIDES) * np.pi / _SIDES
    sides = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    position = position / 2  # a whitened cloud is twice as wide as an even disc
    for _ in range(_EVENED):
        seen = position @ sides.T
        missing = np.empty_like(seen)
        order = np.argsort(seen, axis=0, kind="stable")
        np.put_along_axis(missing, order, even[:, None] - np.take_along_axis(seen, order, axis=0), axis=0)
        position = position + missing @ sides * (2 / _SIDES)
    return np.asarray(position)
