-- The months of each source that it was asked for, and whether every day of them was, and is past.
CREATE TEMP TABLE source_calendar AS
WITH covered_day AS (
    SELECT DISTINCT
        source,
        unnest(generate_series(covered_from, least(covered_until, $today) - 1, INTERVAL 1 DAY))::DATE AS day
    FROM coverage
)
SELECT source, month, days = day(last_day(month)) AS covered
FROM (SELECT source, date_trunc('month', day)::DATE AS month, count(*) AS days FROM covered_day GROUP BY ALL);

-- The months of the corpus, and which of them are complete: every day asked of every source, and the clock past it.
CREATE TEMP TABLE calendar AS
WITH
    span AS (
        SELECT date_trunc('month', min(day)) AS first_month, date_trunc('month', max(day)) AS last_month
        FROM (
            SELECT published_on AS day FROM papers
            UNION ALL SELECT covered_from FROM coverage
            UNION ALL SELECT covered_until - 1 FROM coverage
        )
    ),
    month AS (
        SELECT unnest(generate_series(first_month, last_month, INTERVAL 1 MONTH))::DATE AS month FROM span
    ),
    complete AS (
        SELECT month, count(*) AS sources
        FROM source_calendar
        WHERE covered
        GROUP BY month
    )
SELECT
    month.month,
    coalesce(complete.sources, 0) < greatest(1, (SELECT count(DISTINCT source) FROM coverage)) AS partial
FROM month LEFT JOIN complete USING (month)
ORDER BY month.month;
