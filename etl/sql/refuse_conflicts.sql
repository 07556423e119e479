-- An id belongs to the title it came with first. The same id under another title is another paper:
-- it is refused, never merged in silence.
CREATE TEMP TABLE owner AS
SELECT paper_id, arg_min(title_key, place) AS title_key, arg_min(title, place) AS title
FROM (
    SELECT paper_id, title_key, title, -1 AS place FROM papers
    UNION ALL
    SELECT paper_id, title_key, title, place FROM staged
)
GROUP BY paper_id;

INSERT INTO refused
SELECT
    source,
    'id ' || paper_id || ' already belongs to another title, "' || left(owner.title, 200) || '"',
    left(to_json({
        id: paper_id, title: staged.title, authors: list_transform(authors[:20], lambda author: author.name), published_on: published_on, url: url,
        abstract: left(abstract, 500)
    }), 2000)
FROM staged JOIN owner USING (paper_id)
WHERE staged.title_key <> owner.title_key
ORDER BY place;

DELETE FROM staged USING owner
WHERE staged.paper_id = owner.paper_id AND staged.title_key <> owner.title_key;

DROP TABLE owner;

-- A record refused before is not listed twice.
INSERT INTO rejects BY NAME
SELECT DISTINCT $run_id AS run_id, source, reason, raw FROM refused
ANTI JOIN rejects USING (source, reason, raw);
