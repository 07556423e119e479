-- Papers of two attached snapshots, `before` and `after`, that are not the same in both.
SELECT
    coalesce(after.paper_id, before.paper_id) AS paper_id,
    coalesce(after.title, before.title) AS title,
    CASE
        WHEN before.paper_id IS NULL THEN 'added'
        WHEN after.paper_id IS NULL THEN 'removed'
        WHEN after.title <> before.title OR after.abstract IS DISTINCT FROM before.abstract THEN 'revised'
        ELSE 'moved'
    END AS change,
    before.topic_id AS topic_before,
    after.topic_id AS topic_after
FROM before.papers AS before
FULL JOIN after.papers AS after ON before.paper_id = after.paper_id
WHERE
    (before.title, before.abstract, before.topic_id) IS DISTINCT FROM (after.title, after.abstract, after.topic_id)
ORDER BY change, paper_id;
