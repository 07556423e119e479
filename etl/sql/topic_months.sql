-- Every topic in every month, with zero where it has no paper; the outliers count as the topic -1.
WITH
    counted AS (
        SELECT
            topic_id,
            date_trunc('month', published_on)::DATE AS month,
            count(*) AS papers,
            median(upvotes) AS upvotes_median
        FROM papers
        WHERE published_on IS NOT NULL
        GROUP BY ALL
    ),
    corpus AS (
        SELECT month, sum(papers) AS papers FROM counted GROUP BY month
    )
SELECT
    topics.topic_id,
    calendar.month,
    coalesce(counted.papers, 0)::INTEGER AS papers,
    coalesce(corpus.papers, 0)::INTEGER AS corpus_papers,
    counted.upvotes_median,
    calendar.partial
FROM topics
CROSS JOIN calendar
LEFT JOIN counted USING (topic_id, month)
LEFT JOIN corpus USING (month)
ORDER BY topics.topic_id, calendar.month;
