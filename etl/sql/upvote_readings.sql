-- A paper's counters at each age of the contract: of several looks within an age the latest.
INSERT INTO upvote_readings BY NAME
WITH aged AS (
    SELECT
        paper_id,
        observed.observed_at,
        date_diff('day', coalesce(listed_on, published_on), observed.observed_at::DATE) AS age_days,
        observed.upvotes,
        observed.comments
    FROM upvote_observations AS observed
    JOIN papers USING (paper_id)
    WHERE observed.upvotes IS NOT NULL
)
SELECT
    paper_id,
    age,
    arg_max(age_days, (observed_at, upvotes)) AS age_days,
    arg_max(upvotes, (observed_at, upvotes)) AS upvotes,
    arg_max(comments, (observed_at, upvotes)) AS comments,
    max(observed_at) AS observed_at
FROM aged
JOIN age_of_reading ON age_days BETWEEN first_day AND coalesce(last_day, age_days)
GROUP BY paper_id, age
ORDER BY paper_id, age;
