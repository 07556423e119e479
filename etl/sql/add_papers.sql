-- Papers of which one record knows all: most of them in most runs. In what order they come is not said,
-- since a join keeps none; nothing may hang on it.
CREATE TEMP TABLE added (paper_id VARCHAR);

INSERT INTO papers BY NAME
SELECT
    target.paper_id,
    staged.* EXCLUDE (place, paper_id, authors, observations),
    map {} AS field_sources,
    -1 AS topic_id,
    -1 AS fitted_topic_id,
    0.0 AS topic_probability,
    $run_id AS run_id
FROM staged
JOIN (FROM target WHERE alone) AS target USING (place);

INSERT INTO authors BY NAME
SELECT paper_id, position, author.name, author.name_key, author.hidden
FROM (
    SELECT target.paper_id, generate_subscripts(authors, 1) AS position, unnest(authors) AS author
    FROM staged
    JOIN (FROM target WHERE alone) AS target USING (place)
);

INSERT INTO added SELECT paper_id FROM target WHERE alone;
