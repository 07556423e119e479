-- Papers of each topic, and of the corpus, in the two periods.
SELECT
    topic_id,
    count(published_on) FILTER (published_on < $middle) AS before,
    count(published_on) FILTER (published_on >= $middle) AS after,
    (SELECT count(*) FROM papers WHERE published_on >= $start AND published_on < $middle) AS corpus_before,
    (SELECT count(*) FROM papers WHERE published_on >= $middle AND published_on < $end) AS corpus_after
FROM topics
LEFT JOIN (FROM papers WHERE published_on >= $start AND published_on < $end) AS paper USING (topic_id)
WHERE topic_id >= 0
GROUP BY topic_id
ORDER BY topic_id;
