-- Looks at the counters of papers that were looked at when settled: their age in days from the start of the listing day.
WITH look AS (
    SELECT
        paper_id,
        epoch(upvote_observations.observed_at - coalesce(listed_on, published_on)::TIMESTAMP) / 86400 AS age,
        upvote_observations.upvotes
    FROM upvote_observations
    JOIN papers USING (paper_id)
    WHERE upvote_observations.upvotes IS NOT NULL AND coalesce(listed_on, published_on) IS NOT NULL
)
SELECT paper_id, age, upvotes
FROM look
SEMI JOIN (FROM upvote_readings WHERE age = $settled) AS settled USING (paper_id)
ORDER BY paper_id, age;
