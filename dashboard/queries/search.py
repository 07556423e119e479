"""Search: papers ranked by the words of a text, by what it means, or by both; and papers like a paper.

Words are ranked by BM25 (Robertson and Zaragoza, 2009) over the published postings, meaning by the cosine of the text's
vector, made with the published encoder, and each paper's. Both lists are joined by reciprocal rank fusion (Cormack et
al., 2009).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.filters import BOTH, MEANING, WORDS, Filters
from dashboard.queries.matching import ask
from dashboard.queries.papers import listed
from dashboard.queries.prepared import Connection
from etl.encode import LENGTH_WEIGHT, MEASURES, SATURATION, Encoder, general_view, words

_TAKEN = 200  # of each list, before they are joined
_RANK_CONSTANT = (
    20  # of the fusion; with the usual 60, a paper quoted word for word is lost among those in both lists
)
_TERMS_AT_MOST = 200  # of a text, rare ones first

# Both queries are asked `among` all papers or those of `matching`.
_BY_WORDS = """
    , wanted AS (
        SELECT term_id, ln(1 + (total - papers + 0.5) / (papers + 0.5)) AS idf
        FROM search_terms, (SELECT count(*) AS total FROM search_papers)
        WHERE list_contains($terms::VARCHAR[], term)
        ORDER BY papers, term
        LIMIT $terms_at_most
    ),
    scored AS (
        SELECT
            number,
            sum(idf * count * ($k + 1) / (count + $k * (1 - $b + $b * words / mean_words))) AS score
        FROM search_postings
        JOIN wanted USING (term_id)
        JOIN search_papers USING (number),
            (SELECT greatest(avg(words), 1) AS mean_words FROM search_papers)
        GROUP BY number
    )
    SELECT paper_id, score
    FROM scored JOIN search_papers USING (number) {among}
    ORDER BY score DESC, paper_id
    LIMIT $at_most
"""

_BY_MEANING = """
    SELECT paper_id, score
    FROM (
        SELECT paper_id, list_cosine_similarity(vector::FLOAT[], $vector::FLOAT[]) AS score
        FROM search_papers {among}
    )
    WHERE isfinite(score)  -- a paper of which no word is known has no direction
    ORDER BY score DESC, paper_id
    LIMIT $at_most
"""


def searchable(connection: Connection) -> pd.DataFrame:
    """What the snapshot can be searched by, in one row; by nothing if it is older than search.

    Columns: words, meaning (booleans).
    """
    tables = connection.execute("SELECT list(table_name) FROM duckdb_tables()").fetchall()[0][0] or []
    if "search_papers" not in tables:
        return pd.DataFrame({"words": [False], "meaning": [False]})
    return connection.execute(
        "SELECT count(*) > 0 AS words, count(vector) > 0 AS meaning FROM search_papers"
    ).df()


def found(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The papers asked for that `filters.find` fits best, or those most like the paper `filters.like`; best first.

    Columns: as of `papers` (paper_id, title, published_on, listed_on, topic_id, topic, authors, authors_count, upvotes,
    comments, organization, url), and by (which way found it: 'words', 'meaning' or 'both').
    """
    ranked = _like(connection, filters, limit) if filters.like else _ranked(connection, filters, limit)
    return listed(connection, ranked["paper_id"].tolist()).merge(
        ranked[["paper_id", "by"]], how="left", on="paper_id"
    )


def _ranked(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """Columns: paper_id, score, by."""
    lists = {}
    if filters.way in (BOTH, WORDS):
        lists[WORDS] = by_words(connection, filters, filters.find, max(limit, _TAKEN))
    if filters.way in (BOTH, MEANING):
        lists[MEANING] = by_meaning(connection, filters, filters.find, max(limit, _TAKEN))
    return fused(lists).head(limit)


def fused(lists: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Lists with a column paper_id, best first, as one: each paper scores the sum of 1 / (20 + its place).

    Columns: paper_id, score, by (the name of the list that has it, 'both' for more than one).
    """
    placed = pd.concat(
        [
            pd.DataFrame(
                {
                    "paper_id": one["paper_id"],
                    "score": 1 / (_RANK_CONSTANT + 1 + np.arange(len(one))),
                    "by": name,
                }
            )
            for name, one in lists.items()
        ]
    )
    joined = placed.groupby("paper_id", as_index=False, sort=False).agg(
        score=("score", "sum"), by=("by", "first"), lists=("by", "size")
    )
    joined["by"] = joined["by"].where(joined["lists"] == 1, BOTH)
    return joined.drop(columns="lists").sort_values(
        ["score", "paper_id"], ascending=[False, True], ignore_index=True
    )


def by_words(connection: Connection, filters: Filters, text: str, at_most: int) -> pd.DataFrame:
    """The papers asked for that have words of a text, best first. Columns: paper_id, score (BM25)."""
    return _asked_of(
        connection,
        filters,
        _BY_WORDS,
        {
            "terms": list(dict.fromkeys(words(text))),
            "terms_at_most": _TERMS_AT_MOST,
            "k": SATURATION,
            "b": LENGTH_WEIGHT,
            "at_most": at_most,
        },
    )


def by_meaning(connection: Connection, filters: Filters, text: str, at_most: int) -> pd.DataFrame:
    """The papers asked for that say what a text says, best first; none where no word of it is known.

    Columns: paper_id, score (cosine).
    """
    vector = _vector(connection, text)
    if vector is None:
        return pd.DataFrame({"paper_id": pd.Series(dtype="str"), "score": pd.Series(dtype="float")})
    return _nearest(connection, filters, vector, at_most)


def _like(connection: Connection, filters: Filters, limit: int) -> pd.DataFrame:
    """The papers most like another, by its vector and by the words of its title. Columns: paper_id, score, by."""
    own = connection.execute(
        "SELECT title, vector FROM search_papers JOIN papers USING (paper_id) "
        "WHERE paper_id = $like AND vector IS NOT NULL",
        {"like": filters.like},
    ).fetchall()
    if not own or not any(own[0][1]):
        return pd.DataFrame(columns=["paper_id", "score", "by"])
    title, vector = own[0]
    lists = {
        WORDS: by_words(connection, filters, title, _TAKEN),
        MEANING: _nearest(connection, filters, np.array(vector, np.float32), _TAKEN),
    }
    near = fused(lists)
    return near[near["paper_id"] != filters.like].head(limit)


def _nearest(
    connection: Connection, filters: Filters, vector: NDArray[np.float32], at_most: int
) -> pd.DataFrame:
    return _asked_of(connection, filters, _BY_MEANING, {"vector": vector.tolist(), "at_most": at_most})


def _asked_of(connection: Connection, filters: Filters, query: str, values: dict[str, Any]) -> pd.DataFrame:
    """The answer to a query among the papers asked for; where that is every paper, none is looked up."""
    if filters.papers_only.is_neutral:
        return connection.execute("WITH nothing AS (SELECT 1)" + query.format(among=""), values).df()
    return ask(
        connection, filters.papers_only, query.format(among="SEMI JOIN matching USING (paper_id)"), **values
    )


def _vector(connection: Connection, text: str) -> NDArray[np.float32] | None:
    """A text's short vector (k), as those in search_papers; None where no word of it is known."""
    rows = connection.execute(
        "SELECT model, term, idf, projection FROM encoder_terms WHERE list_contains($terms::VARCHAR[], term)",
        {"terms": [MEASURES, *dict.fromkeys(words(text))]},
    ).fetchall()
    if len(rows) < 2:
        return None
    models, terms, idf, projection = zip(*rows, strict=True)
    encoder = Encoder.from_rows(models[0], terms, np.array(idf, np.float32), np.array(projection, np.float32))
    vector = general_view(encoder.encode(text))
    return vector if vector.any() else None
