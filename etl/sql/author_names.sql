-- Distinct names of a month, and those among them of no earlier month.
WITH named AS (
    SELECT month, month = min(month) OVER (PARTITION BY name) AS is_new
    FROM holder
    WHERE kind = 'author'
)
SELECT month, count(*) AS authors, count(*) FILTER (is_new) AS new_authors
FROM named
GROUP BY month
ORDER BY month;
