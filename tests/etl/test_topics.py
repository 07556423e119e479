"""Topics of a small corpus, from texts to words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from etl import coherence, topics
from etl.granularity import Granularity


def test_words_of_a_topic_are_its_own() -> None:
    texts = ["lattice quark meson", "lattice quark", "neuron synapse", "neuron synapse lattice"] * 5
    found = coherence.words(texts, np.array([0, 0, 1, 1] * 5))
    assert set(found[0]) == {"lattice", "quark", "meson"}
    assert set(found[1]) == {"neuron", "synapse"}


def test_npmi_by_hand() -> None:
    # Four documents: a in two, b in the same two, c in one of these and one other.
    uses = sparse.csc_matrix(np.array([[1, 1, 1], [1, 1, 0], [0, 0, 1], [0, 0, 0]], float))
    association = coherence.npmi(uses)
    assert association[0, 1] == pytest.approx(1)  # log(.5 / .25) / -log(.5)
    assert association[0, 2] == pytest.approx(0)  # log(.25 / .25)


def test_a_sample_takes_the_same_part_of_every_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "FIT_AT_MOST", 10)
    months = ["2024-02"] * 20 + ["2024-01"] * 80
    chosen = topics.sample(100, months)
    assert len(chosen) == 10
    assert sum(months[i] == "2024-02" for i in chosen) == 2
    assert topics.sample(4, None).tolist() == [0, 1, 2, 3]


def test_a_paper_goes_to_the_nearest_topic_or_to_none() -> None:
    centres = np.eye(12, dtype=np.float32)
    even = np.full(12, 12**-0.5, np.float32)
    topic, probability = topics.assign(np.stack([centres[2], even]), centres, sharpness=3)
    # e^3 against eleven times e^0; and twelve equal chances, each less than one in ten.
    assert topic.tolist() == [2, -1]
    assert probability == pytest.approx([np.exp(3) / (np.exp(3) + 11), 0])


def test_papers_beyond_the_sample_join_its_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "FIT_AT_MOST", 60)
    rng = np.random.default_rng(0)
    subjects = [
        ("lattice quark meson gluon boson parity hadron lepton", 0),
        ("neuron synapse cortex spike axon retina dendrite soma", 1),
    ]
    texts, truth, vectors = [], [], []
    for number in range(120):
        words, axis = subjects[number % 3 == 0]
        texts.append(" ".join(rng.permutation(words.split())[:3]))
        vectors.append(np.eye(4)[axis] + rng.normal(0, 0.1, 4))
        truth.append(axis)
    unit = np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)
    fit = topics.fit(texts, unit.astype(np.float32), Granularity(topics=2))
    assert fit.topic.tolist() == truth  # topic 0 is the larger
    assert set(fit.words[0]) == set(subjects[0][0].split())
    assert fit.probability.min() > 0.5
