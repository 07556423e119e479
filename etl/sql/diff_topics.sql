-- Topics of two attached snapshots, `before` and `after`, that are not the same in both.
SELECT
    coalesce(after.topic_id, before.topic_id) AS topic_id,
    before.label AS label_before,
    after.label AS label_after,
    before.papers AS papers_before,
    after.papers AS papers_after,
    CASE
        WHEN before.topic_id IS NULL THEN 'new'
        WHEN after.topic_id IS NULL THEN 'gone'
        WHEN after.label <> before.label THEN 'renamed'
        ELSE 'resized'
    END AS change
FROM (FROM before.topics WHERE topic_id >= 0) AS before
FULL JOIN (FROM after.topics WHERE topic_id >= 0) AS after ON before.topic_id = after.topic_id
WHERE (before.label, before.papers) IS DISTINCT FROM (after.label, after.papers)
ORDER BY topic_id;
