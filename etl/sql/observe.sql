-- Every look at a counter is kept once; EXCEPT treats two unknown counts as equal. A source that is asked live names
-- some papers in several lists of one run: that is one look, the last, and of two at the same moment the higher.
CREATE TEMP TABLE looked AS
WITH
    every_look AS (
        SELECT resolved.paper_id, staged.source, unnest(observations) AS seen FROM staged JOIN resolved USING (place)
    ),
    look AS (
        SELECT paper_id, seen FROM every_look WHERE source <> $revising
        UNION ALL
        SELECT paper_id, arg_max(seen, (seen.observed_at, coalesce(seen.upvotes, -1)))
        FROM every_look
        WHERE source = $revising
        GROUP BY paper_id
    )
(
    SELECT paper_id, seen.observed_at, seen.upvotes, seen.comments FROM look
    UNION ALL
    SELECT paper_id, observed_at, upvotes, comments FROM recognised WHERE paper_id IS NOT NULL
)
EXCEPT
SELECT paper_id, observed_at, upvotes, comments FROM upvote_observations;

INSERT INTO upvote_observations BY NAME SELECT * FROM looked ORDER BY paper_id, observed_at;

-- The freshest count that is known; of two read at the same moment the higher.
UPDATE papers
SET upvotes = freshest.upvotes, comments = freshest.comments, observed_at = freshest.observed_at
FROM (
    SELECT
        paper_id,
        arg_max(upvotes, (observed_at, upvotes)) AS upvotes,
        arg_max(comments, (observed_at, comments)) AS comments,
        max(observed_at) AS observed_at
    FROM upvote_observations
    SEMI JOIN (SELECT paper_id FROM looked UNION ALL SELECT paper_id FROM moved) AS changed USING (paper_id)
    GROUP BY paper_id
) AS freshest
WHERE papers.paper_id = freshest.paper_id;
