-- Every look at a counter is kept once; EXCEPT treats two unknown counts as equal.
CREATE TEMP TABLE looked AS
WITH look AS (
    SELECT resolved.paper_id, unnest(observations) AS seen FROM staged JOIN resolved USING (place)
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
