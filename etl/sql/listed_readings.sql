-- Readings at the ages of the contract, each with its paper's day of listing and the papers listed on that day.
WITH listed AS (
    SELECT
        paper_id,
        source,
        coalesce(listed_on, published_on) AS listed_on,
        count(*) OVER (PARTITION BY source, coalesce(listed_on, published_on)) AS listed_papers
    FROM papers
)
SELECT paper_id, source, age, age_days, upvotes, listed_on, listed_papers
FROM upvote_readings
JOIN listed USING (paper_id)
ORDER BY paper_id, age_days;
