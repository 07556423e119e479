-- How many papers of a month have a team of each size.
SELECT date_trunc('month', published_on)::DATE AS month, authors_count AS authors, count(*) AS papers
FROM papers
WHERE published_on IS NOT NULL AND authors_count > 0
GROUP BY ALL
ORDER BY month, authors;
