-- What must hold before a snapshot is published; each row names a rule and counts what breaks it.
SELECT 'a paper stands twice' AS rule, count(*) - count(DISTINCT paper_id) AS violations FROM papers
UNION ALL
SELECT 'a paper has an unknown topic', count(*) FROM papers ANTI JOIN topics USING (topic_id)
UNION ALL
SELECT 'a paper has an unknown topic of the model', count(*)
FROM papers ANTI JOIN fitted_topics ON papers.fitted_topic_id = fitted_topics.topic_id
UNION ALL
SELECT 'an author has an unknown paper', count(*) FROM authors ANTI JOIN papers USING (paper_id)
UNION ALL
SELECT 'an observation has an unknown paper', count(*) FROM upvote_observations ANTI JOIN papers USING (paper_id)
UNION ALL
SELECT 'a counter is negative', count(*) FROM papers WHERE least(upvotes, comments, authors_count, repository_stars) < 0
UNION ALL
SELECT 'a topic stands twice or shares its label',
    2 * count(*) - count(DISTINCT topic_id) - count(DISTINCT label) FROM topics
UNION ALL
SELECT 'a topic counts its papers wrongly', count(*)
FROM topics
LEFT JOIN (SELECT topic_id, count(*) AS assigned FROM papers GROUP BY topic_id) USING (topic_id)
WHERE topics.papers <> coalesce(assigned, 0)
UNION ALL
SELECT 'the months do not add up to the dated papers',
    abs((SELECT coalesce(sum(papers), 0) FROM topic_months)
        - (SELECT count(*) FROM papers WHERE published_on IS NOT NULL))
UNION ALL
SELECT 'a month does not add up to its corpus', count(*)
FROM (SELECT month FROM topic_months GROUP BY month HAVING sum(papers) <> max(corpus_papers))
UNION ALL
SELECT 'a topic lacks a month', count(*)
FROM (SELECT topic_id FROM topic_months GROUP BY topic_id
      HAVING count(*) <> (SELECT count(DISTINCT month) FROM topic_months))
UNION ALL
SELECT 'a share lies outside its band', count(*)
FROM topic_months WHERE NOT (0 <= share_low AND share_low <= share AND share <= share_high AND share_high <= 1)
UNION ALL
SELECT 'a topic lacks its verdict', count(*)
FROM topics ANTI JOIN topic_signals USING (topic_id) WHERE topic_id >= 0
UNION ALL
SELECT 'a change lies outside its interval', count(*)
FROM topic_signals WHERE NOT (change_low <= change AND change <= change_high)
UNION ALL
SELECT 'a forecast lies outside its interval', count(*)
FROM topic_forecasts WHERE NOT (0 <= share_low AND share_low <= share AND share <= share_high AND share_high <= 1)
UNION ALL
SELECT 'the months of the sources do not add up', count(*)
FROM topic_months
JOIN (
    SELECT topic_id, month, sum(papers) AS together, max(papers) AS largest FROM topic_source_months GROUP BY ALL
) USING (topic_id, month)
WHERE papers NOT BETWEEN largest AND together
UNION ALL
SELECT 'a paper has no source', count(*) FROM papers ANTI JOIN paper_sources USING (paper_id)
UNION ALL
SELECT 'a source has an unknown paper', count(*) FROM paper_sources ANTI JOIN papers USING (paper_id)
UNION ALL
SELECT 'a percentile lies outside 0 to 100', count(*) FROM paper_upvotes WHERE NOT percentile BETWEEN 0 AND 100;
