"""Topics: what they are, where they come from, and the encoder of texts."""

from __future__ import annotations

from etl.contract.table import Column, Table

TOPICS = Table(
    "topics",
    "a topic, and one row (-1) for the papers without one",
    (
        Column("topic_id", "INTEGER NOT NULL", "stable across runs; -1 stands for the outliers"),
        Column("label", "VARCHAR NOT NULL", "a short name, unique"),
        Column("keywords", "VARCHAR[] NOT NULL", "its terms by c-TF-IDF, the strongest first"),
        Column("words", "VARCHAR[]", "its single words: at most ten, and no other topic's"),
        Column("papers", "INTEGER NOT NULL", "papers assigned to it, with and without a date"),
        Column("description", "VARCHAR", "what its papers are about, in a sentence"),
        Column("area", "VARCHAR NOT NULL", "the level above: a group of related topics"),
        Column("nearest", "INTEGER[]", "the topics most like it, the nearest first"),
        Column(
            "typical",
            "VARCHAR[]",
            "paper_id of its most typical papers as of the fit, the most typical first",
        ),
        Column("centre", "FLOAT[]", "mean vector of its papers, of length one; new papers go to the nearest"),
        Column("x", "FLOAT", "its place on the map; NULL for the outliers (see etl/places.py)"),
        Column("y", "FLOAT", "likewise"),
        Column(
            "hidden",
            "BOOLEAN NOT NULL DEFAULT false",
            "true where a person left it out of lists and charts; its papers count in every corpus",
        ),
    ),
)


FITTED_TOPICS = Table(
    "fitted_topics",
    "a topic as the model found it, before corrections by people, and one row (-1) for the papers without one",
    tuple(column for column in TOPICS.columns if column.name not in ("papers", "hidden")),
)


TOPIC_FIT = Table(
    "topic_fit",
    "the fit that the topics come from; one row, none without topics",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that fitted"),
        Column("reason", "VARCHAR NOT NULL", "why it did, in words"),
        Column("papers", "BIGINT NOT NULL", "papers then"),
        Column("version", "VARCHAR NOT NULL", "of the way topics are fitted"),
        Column(
            "granularity", "VARCHAR NOT NULL", "how many topics were wanted: fewer, normal, more, or a number"
        ),
        Column("embedder", "VARCHAR NOT NULL", "the model of the vectors, with its version"),
        Column(
            "cosine", "DOUBLE NOT NULL", "mean cosine of papers and the centre of their topic, at the fit"
        ),
        Column(
            "intercept", "DOUBLE NOT NULL", "log-odds of an assignment: intercept + slope times the margin"
        ),
        Column(
            "slope", "DOUBLE NOT NULL", "by which its topic is nearer than the next (see etl/confidence.py)"
        ),
    ),
)


TOPIC_LINEAGE = Table(
    "topic_lineage",
    "an event in a topic's life",
    (
        Column("run_id", "VARCHAR NOT NULL", "the run that refitted the topics"),
        Column("topic_id", "INTEGER NOT NULL", "the topic"),
        Column("event", "VARCHAR NOT NULL", "'born', 'kept', 'split', 'merged' or 'retired'"),
        Column("from_topic_id", "INTEGER", "the earlier topic it continues, if any"),
        Column("overlap", "DOUBLE", "Jaccard overlap of the two topics' papers"),
    ),
)


ENCODER_TERMS = Table(
    "encoder_terms",
    "a term of the text encoder: BM25 weights times projection give a text's vector (see etl/encode.py)",
    (
        Column("model", "VARCHAR NOT NULL", "name and fingerprint of the fitted encoder"),
        Column("term", "VARCHAR NOT NULL", "a lower-case word; '' is no word but the mean text"),
        Column("idf", "FLOAT NOT NULL", "its inverse document frequency; of '' the mean length in words"),
        Column("projection", "FLOAT[] NOT NULL", "its row of the projection; of '' the mean projection"),
    ),
)
