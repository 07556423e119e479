-- Readings at the ages of the contract, each with its paper's day of listing, who listed it, and the papers listed on that
-- day.
WITH listed AS (
    SELECT
        paper_id,
        lister AS source,
        coalesce(listed_on, published_on) AS listed_on,
        count(*) OVER (PARTITION BY lister, coalesce(listed_on, published_on)) AS listed_papers
    FROM (SELECT *, coalesce(field_sources['listed_on'], source) AS lister FROM papers)
)
SELECT paper_id, source, age, age_days, upvotes, listed_on, listed_papers
FROM upvote_readings
JOIN listed USING (paper_id)
ORDER BY paper_id, age_days;
