"""Prints the bars of labels and keywords of topics, and the labels themselves, to be read.

    uv run python -m tests.benchmarks.labels [--read]

True categories stand in for topics where there are any, so that labels alone are judged; the Daily Papers are clustered
into 25 topics by k-means. Real texts come from PAPERTIDE_TEST_DATA; a set that is absent is skipped, and said to be.
Times are of one process, tokens and counts included.
"""

from __future__ import annotations

import sys
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from etl.encode import normalised
from etl.labels import distinct_labels, grammar, spelling
from etl.labels.descriptions import describe
from tests.benchmarks.topics import DATA, conference, hugging_face, labelled_10k

SECONDS_AT_MOST = 6.0
SMALLEST = 20  # papers; smaller areas of the conferences are left out


def vectors_of(papers: pd.DataFrame) -> np.ndarray:
    tf_idf = TfidfVectorizer(min_df=5, stop_words="english", max_features=20_000, sublinear_tf=True)
    reduced = TruncatedSVD(64, random_state=0).fit_transform(
        tf_idf.fit_transform(papers.title + ". " + papers.abstract)
    )
    return normalised(reduced.astype(np.float32))


def is_good_form(label: str) -> bool:
    """Two to four words (hyphenated ones count as one) that make a noun phrase by our own rules."""
    words = label.lower().split()
    return 2 <= len(words) <= 4 and grammar.is_noun_phrase(words)


def judge(name: str, papers: pd.DataFrame, topic: np.ndarray, names: list[str], read: bool) -> bool:
    """Print the bars of one set; true if all are met."""
    vectors = vectors_of(papers)
    centres = normalised(np.stack([vectors[topic == number].mean(axis=0) for number in range(len(names))]))
    keywords = papers.keywords.tolist() if "keywords" in papers else None
    start = perf_counter()
    made = describe(papers.title.tolist(), papers.abstract.tolist(), topic, keywords, centres)
    seconds = perf_counter() - start
    wanted = [candidates[0] if candidates else "" for candidates in made.label_candidates]
    labels = distinct_labels(made.label_candidates)
    areas = distinct_labels(made.area_candidates, taken=labels)
    well_formed = np.mean([is_good_form(label) for label in labels])
    wanted_twice = 1 - len({spelling.key(label) for label in wanted}) / len(wanted)
    twice = 1 - len({spelling.key(label) for label in (*labels, *areas)}) / (len(labels) + len(areas))
    print(
        f"{name:<24} {len(papers):,} papers, {len(labels)} topics, {len(areas)} areas: "
        f"phrases of 2 to 4 words {well_formed:.0%}, first choices wanted twice {wanted_twice:.0%}, "
        f"duplicates {twice:.0%}, {seconds:.1f} s",
        flush=True,
    )
    if read:
        for number, label in enumerate(labels):
            print(
                f"  {names[number]:<12.12} {label:<42} [{areas[made.areas[number]]}] {', '.join(made.keywords[number])}"
            )
    return not twice and seconds <= SECONDS_AT_MOST


def main() -> None:
    """Measure, print, judge."""
    if not DATA.is_dir():
        print(f"skipped: no real data at {DATA}; set PAPERTIDE_TEST_DATA")
        return
    read = "--read" in sys.argv
    met = []
    for name, papers in (("labelled 10k, true", labelled_10k()), ("conference, true", conference())):
        large = papers[papers.groupby("truth").title.transform("size") >= SMALLEST].fillna({"abstract": ""})
        topic, names = pd.factorize(large.truth, sort=True)
        met.append(judge(name, large, topic.astype(np.int64), list(names), read))
    papers = hugging_face()
    topic = KMeans(25, n_init=4, random_state=0).fit_predict(vectors_of(papers)).astype(np.int64)
    met.append(judge("Hugging Face, k-means", papers, topic, [str(number) for number in range(25)], read))
    sys.exit(int(not all(met)))


if __name__ == "__main__":
    main()
