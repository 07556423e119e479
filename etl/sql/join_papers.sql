-- Papers that turned out to be another one: what hangs on them moves there, and they go.
CREATE TEMP TABLE moved AS SELECT former_id, paper_id FROM kept WHERE former_id <> paper_id;

UPDATE upvote_observations SET paper_id = moved.paper_id FROM moved WHERE upvote_observations.paper_id = moved.former_id;

-- The same look at both of them is one.
DELETE FROM upvote_observations
WHERE rowid IN (
    SELECT rowid
    FROM upvote_observations SEMI JOIN moved USING (paper_id)
    QUALIFY row_number() OVER (PARTITION BY paper_id, observed_at, upvotes, comments ORDER BY rowid) > 1
);

UPDATE paper_sources SET paper_id = moved.paper_id FROM moved WHERE paper_sources.paper_id = moved.former_id;

UPDATE fitted_topics
SET typical = list_transform(typical, lambda id: coalesce(renamed.ids[id], id))
FROM (SELECT map(list(former_id), list(paper_id)) AS ids, list(former_id) AS former_ids FROM moved) AS renamed
WHERE list_has_any(typical, renamed.former_ids);

DELETE FROM papers USING moved WHERE papers.paper_id = moved.former_id;
