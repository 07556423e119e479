-- Topics of two attached snapshots, `before` and `after`, whose verdict is another.
SELECT
    coalesce(after.topic_id, before.topic_id) AS topic_id,
    coalesce(new.label, old.label) AS label,
    before.signal AS signal_before,
    after.signal AS signal_after,
    before.change AS change_before,
    after.change AS change_after
FROM before.topic_signals AS before
FULL JOIN after.topic_signals AS after ON before.topic_id = after.topic_id
LEFT JOIN before.topics AS old ON before.topic_id = old.topic_id
LEFT JOIN after.topics AS new ON after.topic_id = new.topic_id
WHERE before.signal IS DISTINCT FROM after.signal
ORDER BY topic_id;
