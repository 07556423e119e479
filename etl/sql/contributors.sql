-- Papers of each organisation, author and listing day on a topic in the two periods, and on any topic. Contributors of a
-- single paper on a topic are left out: one paper is nobody's trend, and most names have no more. Where a source begins
-- to name organisations between the periods, what is new is the naming: then nothing is said of organisations.
WITH
    paper AS (
        SELECT
            paper_id, topic_id, organization, coalesce(listed_on, published_on) AS day, published_on >= $middle AS late
        FROM papers
        WHERE published_on >= $start AND published_on < $end
    ),
    named AS (
        SELECT
            avg((organization IS NOT NULL)::INTEGER) FILTER (NOT late) AS before,
            avg((organization IS NOT NULL)::INTEGER) FILTER (late) AS after
        FROM paper
    ),
    contribution AS (
        SELECT 'organization' AS kind, organization AS name, topic_id, late
        FROM paper
        WHERE organization IS NOT NULL AND (SELECT least(before, after) >= greatest(before, after) / 2 FROM named)
        UNION ALL
        SELECT 'day', strftime(day, '%Y-%m-%d'), topic_id, late FROM paper
        UNION ALL
        SELECT 'author', name_key, topic_id, late
        FROM (SELECT DISTINCT paper_id, name_key FROM authors WHERE NOT hidden)
        JOIN paper USING (paper_id)
    ),
    counted AS (
        SELECT kind, name, topic_id, count(*) FILTER (NOT late) AS before, count(*) FILTER (late) AS after
        FROM contribution
        GROUP BY ALL
    ),
    everywhere AS (
        SELECT kind, name, sum(before) AS corpus_before, sum(after) AS corpus_after FROM counted GROUP BY ALL
    ),
    -- An author is counted by the key of the name, and named as most papers do.
    spelled AS (
        SELECT name_key, arg_max(name, (papers, name)) AS spelling
        FROM (
            SELECT name_key, name, count(DISTINCT paper_id) AS papers FROM authors WHERE NOT hidden GROUP BY ALL
        )
        GROUP BY name_key
    )
SELECT
    topic_id, kind, CASE WHEN kind = 'author' THEN spelling ELSE name END AS name, before, after, corpus_before::BIGINT AS corpus_before, corpus_after::BIGINT AS corpus_after
FROM counted
JOIN everywhere USING (kind, name)
LEFT JOIN spelled ON kind = 'author' AND name_key = name
WHERE topic_id >= 0 AND before + after >= 2
ORDER BY topic_id, kind, counted.name;
