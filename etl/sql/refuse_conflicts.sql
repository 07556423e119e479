-- An id belongs to the title it came with first. The same id under another title is another paper:
-- it is refused, never merged in silence. A source that is asked live may give its own papers other titles: its ids
-- are sure, and authors revise titles.
CREATE TEMP TABLE owner AS
SELECT
    paper_id,
    arg_min(title_key, place) AS title_key,
    arg_min(title, place) AS title,
    arg_min(source, place) AS source
FROM (
    SELECT paper_id, title_key, title, source, -1 AS place FROM papers
    UNION ALL
    SELECT paper_id, title_key, title, source, place FROM staged
)
GROUP BY paper_id;

CREATE TEMP TABLE conflict AS
SELECT staged.place, owner.title
FROM staged JOIN owner USING (paper_id)
WHERE staged.title_key <> owner.title_key AND (staged.source <> owner.source OR staged.source <> $revising);

INSERT INTO refused
SELECT
    source,
    'id ' || paper_id || ' already belongs to another title, "' || left(conflict.title, 200) || '"',
    left(to_json({
        id: paper_id, title: staged.title, authors: list_transform(authors[:20], lambda author: author.name),
        published_on: published_on, url: url, abstract: left(abstract, 500)
    }), 2000)
FROM staged JOIN conflict USING (place)
ORDER BY place;

DELETE FROM staged USING conflict WHERE staged.place = conflict.place;

DROP TABLE owner;
DROP TABLE conflict;
