-- Papers a month of each author and organisation. A name, in whatever spelling, counts once a paper; authors whom the source hides have none.
CREATE TEMP TABLE holder AS
SELECT 'author' AS kind, name_key AS name, date_trunc('month', published_on)::DATE AS month, count(DISTINCT paper_id) AS papers
FROM authors
JOIN papers USING (paper_id)
WHERE published_on IS NOT NULL AND NOT hidden
GROUP BY ALL
UNION ALL
SELECT 'organization', organization, date_trunc('month', published_on)::DATE, count(*)
FROM papers
WHERE published_on IS NOT NULL AND organization IS NOT NULL
GROUP BY ALL;

-- How many of them have so many papers.
SELECT kind, month, papers, count(*) AS names
FROM holder
GROUP BY ALL
ORDER BY kind, month, papers;
