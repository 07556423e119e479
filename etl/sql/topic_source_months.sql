-- Every topic in every month of each source by itself, with zero where it has no paper; `covered` as the calendar has it. A paper
-- that several sources have counts in each.
WITH
    paper AS (
        SELECT DISTINCT paper_id, paper_sources.source, topic_id, published_on
        FROM papers JOIN paper_sources USING (paper_id)
    ),
    counted AS (
        SELECT source, topic_id, date_trunc('month', published_on)::DATE AS month, count(*) AS papers
        FROM paper
        WHERE published_on IS NOT NULL
        GROUP BY ALL
    ),
    corpus AS (
        SELECT source, month, sum(papers) AS papers FROM counted GROUP BY ALL
    ),
    sources AS (
        SELECT source FROM corpus UNION SELECT source FROM coverage
    )
SELECT
    sources.source,
    topics.topic_id,
    calendar.month,
    coalesce(counted.papers, 0)::INTEGER AS papers,
    coalesce(corpus.papers, 0)::INTEGER AS corpus_papers,
    coalesce(source_calendar.covered, false) AS covered
FROM sources
CROSS JOIN topics
CROSS JOIN calendar
LEFT JOIN counted USING (source, topic_id, month)
LEFT JOIN corpus USING (source, month)
LEFT JOIN source_calendar USING (source, month)
ORDER BY sources.source, topics.topic_id, calendar.month;
