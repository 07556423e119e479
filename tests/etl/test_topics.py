"""Topics of a small corpus, from texts to words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from etl import topics
from etl.granularity import Granularity


def test_a_sample_takes_the_same_part_of_every_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "FIT_AT_MOST", 10)
    months = ["2024-02"] * 20 + ["2024-01"] * 80
    chosen = topics.sample(100, months)
    assert len(chosen) == 10
    assert sum(months[i] == "2024-02" for i in chosen) == 2
    assert topics.sample(4, None).tolist() == [0, 1, 2, 3]


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
    unit = (np.array(vectors) / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    papers = pd.DataFrame({"title": texts, "abstract": ""})
    readings = topics.Readings(np.arange(120), [unit[:, :2], unit[:, 1::-1]])
    fit = topics.fit(papers, unit, readings, Granularity(topics=2))
    assert fit.assigned.topic.tolist() == truth  # topic 0 is the larger
    assert set(fit.words[0]) <= set(subjects[0][0].split())
    assert fit.assigned.probability.min() > 0.5  # two other sorters agree on every paper
    assert fit.nearest == [[1], [0]]
    closest = int(np.argmax(np.where(np.array(truth) == 0, unit @ fit.centres[0], -1)))
    assert fit.typical[0][0] == closest
    again = topics.fit(papers, unit, readings, Granularity(topics=2))
    assert again.assigned.probability.tolist() == fit.assigned.probability.tolist()
