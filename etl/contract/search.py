"""What search reads: papers as it knows them, words, and which word stands in which paper."""

from __future__ import annotations

from etl.contract.table import Column, Table

SEARCH_PAPERS = Table(
    "search_papers",
    "a paper as search knows it",
    (
        Column("number", "INTEGER NOT NULL", "its number in this snapshot's postings, from 0"),
        Column("paper_id", "VARCHAR NOT NULL", "the paper"),
        Column("text_key", "UBIGINT NOT NULL", "fingerprint of its title and abstract"),
        Column("words", "INTEGER NOT NULL", "its length in words, those of the title counted three times"),
        Column("model", "VARCHAR", "the text encoder that its vector comes from; NULL without one"),
        Column(
            "vector",
            "TINYINT[]",
            "what it says: the encoder's general view of it, in whole numbers; its length means nothing",
        ),
    ),
)

SEARCH_TERMS = Table(
    "search_terms",
    "a word of titles and abstracts",
    (
        Column("term", "VARCHAR NOT NULL", "lower-case, two characters or more"),
        Column(
            "term_id", "INTEGER NOT NULL", "its number in this snapshot's postings, in alphabetical order"
        ),
        Column("papers", "INTEGER NOT NULL", "papers it stands in"),
    ),
)

SEARCH_POSTINGS = Table(
    "search_postings",
    "a word in a paper; none for words of more than half of many papers, which find nothing",
    (
        Column("term_id", "INTEGER NOT NULL", "the word; rows are sorted by it"),
        Column("number", "INTEGER NOT NULL", "the paper, as in search_papers"),
        Column(
            "count", "UTINYINT NOT NULL", "how often it stands there, in the title three times; 255 at most"
        ),
    ),
)
