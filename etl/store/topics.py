"""The topics of a snapshot under construction: the corpus they are fitted on, the fit, and people's corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pandas as pd
import pyarrow as pa

from etl import contract, corrections
from etl.corrections import Corrections
from etl.store.database import Database

_BATCH = 10_000  # papers given at once


class Topics(Database):
    """The part of the store that topics are read from and written to."""

    def texts(self, added_by: str | None = None) -> Iterator[pd.DataFrame]:
        """The papers, or those that a run added, in batches, ordered by id.

        Columns are paper_id, title, abstract ('' where unknown), keywords ([] where unknown), text_hash, month ('' if
        undated), and topic_id, the model's, before corrections (-1 for a paper new in this run), with its
        topic_probability, x and y.
        """
        cursor = self._connection.cursor()
        rows = cursor.sql(
            "SELECT paper_id, title, coalesce(abstract, '') AS abstract, "
            "coalesce(keywords, []) AS keywords, fitted_topic_id AS topic_id, topic_probability, x, y, "
            "md5(title || chr(10) || coalesce(abstract, '')) AS text_hash, "
            "coalesce(strftime(published_on, '%Y-%m'), '') AS month FROM papers "
            "WHERE run_id = coalesce($run_id, run_id) ORDER BY paper_id",
            params={"run_id": added_by},
        )
        for batch in cast(pa.RecordBatchReader, rows.to_arrow_reader(_BATCH)):
            yield batch.to_pandas()

    def in_topics(self) -> pd.DataFrame:
        """Papers that have a topic of the model: paper_id, topic_id."""
        return self._execute(
            "SELECT paper_id, fitted_topic_id AS topic_id FROM papers WHERE fitted_topic_id >= 0 ORDER BY paper_id"
        ).df()

    def corpus_fingerprint(self) -> str:
        """Changes when a paper joins or a text changes; the order of loading does not matter."""
        (fingerprint,) = self._one(
            "SELECT count(*) || '-' || coalesce(bit_xor(md5_number("
            "paper_id || chr(10) || title || chr(10) || coalesce(abstract, ''))), 0) FROM papers"
        )
        return str(fingerprint)

    def topic_ids(self) -> list[int]:
        """The topics as they stand, outliers not among them."""
        return [
            topic_id
            for (topic_id,) in self._rows("SELECT topic_id FROM topics WHERE topic_id >= 0 ORDER BY 1")
        ]

    def next_topic_id(self) -> int:
        """The smallest id that no topic ever had."""
        (largest,) = self._one(
            "SELECT max(topic_id) FROM "
            "(SELECT topic_id FROM fitted_topics UNION ALL SELECT topic_id FROM topic_lineage)"
        )
        return 0 if largest is None else int(largest) + 1

    def topic_fit(self) -> dict[str, Any] | None:
        """The fit that the topics come from; None where there was none."""
        rows = self._execute("FROM topic_fit").df().to_dict("records")
        return {str(name): value for name, value in rows[0].items()} if rows else None

    def placed(self, at_most: int) -> pd.DataFrame:
        """Papers with a place on the map, so many at most, the same ones each time: text_hash, topic_id, x, y."""
        return self._execute(
            "SELECT md5(title || chr(10) || coalesce(abstract, '')) AS text_hash, fitted_topic_id AS topic_id, x, y "
            "FROM papers WHERE x IS NOT NULL AND fitted_topic_id >= 0 ORDER BY hash(paper_id) LIMIT $at_most",
            at_most=at_most,
        ).df()

    def replace_topics(
        self, topics: pd.DataFrame, lineage: pd.DataFrame, fit: Mapping[str, Any] | None
    ) -> None:
        """Keep the topics of a fit, which no longer has a row where there are none, and add to the lineage.

        They are published by `correct`.
        """
        self._insert("topic_lineage", lineage)
        self._execute("DELETE FROM fitted_topics")
        self._execute("DELETE FROM topic_fit")
        self._keep_as_fitted(topics)
        if fit:
            self._insert("topic_fit", pd.DataFrame([dict(fit)]))

    def assign(self, assignments: pd.DataFrame) -> None:
        """Give papers the model's topics: paper_id, topic_id, topic_probability, x, y. `correct` counts them."""
        self._connection.register("assignments", assignments)
        self._execute(
            "UPDATE papers SET topic_id = assignments.topic_id, fitted_topic_id = assignments.topic_id, "
            "topic_probability = assignments.topic_probability, x = assignments.x, y = assignments.y "
            "FROM assignments WHERE papers.paper_id = assignments.paper_id"
        )
        self._connection.unregister("assignments")

    def fitted_topics(self) -> pd.DataFrame:
        """The model's topics, before corrections: the table `fitted_topics`."""
        return self._execute("FROM fitted_topics ORDER BY topic_id").df()

    def correct(self, wanted: Corrections, run_id: str) -> str | None:
        """Publish the model's topics with the corrections by people; returns a note on those without a topic."""
        fitted = self.fitted_topics()
        known = set(fitted["topic_id"].tolist())
        targets = wanted.targets(known)
        moved = pd.DataFrame(
            [(topic, targets.get(topic, topic)) for topic in sorted(known)], columns=["fitted", "target"]
        ).astype("int64")
        self._connection.register("moved", moved)
        # Most papers stay where they are, so only the others are written.
        self._execute(
            "UPDATE papers SET topic_id = moved.target FROM moved "
            "WHERE papers.fitted_topic_id = moved.fitted AND papers.topic_id <> moved.target"
        )
        self._execute(
            "INSERT INTO topic_lineage BY NAME SELECT $run_id AS run_id, target AS topic_id, 'merged' AS event, "
            "fitted AS from_topic_id FROM moved WHERE target <> fitted AND NOT EXISTS ("
            "FROM topic_lineage WHERE event = 'merged' AND topic_id = target AND from_topic_id = fitted)",
            run_id=run_id,
        )
        self._connection.unregister("moved")
        self._connection.register("corrected", corrections.apply(fitted, wanted))
        self._execute("DELETE FROM topics")
        self._execute(
            "INSERT INTO topics BY NAME SELECT corrected.*, coalesce(counted.papers, 0) AS papers FROM corrected "
            "LEFT JOIN (SELECT topic_id, count(*) AS papers FROM papers GROUP BY topic_id) AS counted "
            "USING (topic_id) ORDER BY topic_id"
        )
        self._connection.unregister("corrected")
        return wanted.unheeded(known - {contract.OUTLIER})

    def _keep_as_fitted(self, topics: pd.DataFrame) -> None:
        names = {column.name for column in contract.FITTED_TOPICS.columns}
        self._insert("fitted_topics", topics[[name for name in topics.columns if name in names]])

    def encoder_terms(self) -> pa.Table:
        """The published text encoder: model, term, idf, projection; empty without one."""
        return self._connection.sql("SELECT model, term, idf, projection FROM encoder_terms").to_arrow_table()

    def encoder_model(self) -> str:
        """Name of the published text encoder; '' without one."""
        (model,) = self._one("SELECT coalesce(any_value(model), '') FROM encoder_terms")
        return str(model)

    def replace_encoder(self, terms: pa.Table) -> None:
        """Publish another text encoder."""
        self._execute("DELETE FROM encoder_terms")
        self._insert("encoder_terms", terms)
