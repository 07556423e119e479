-- `met` gives the node that stands for all that are one paper; who met nobody stands for himself. Of most records nobody
-- else has the id, and nothing else is known of the paper: a hash of eight bytes tells which those are for sure.
CREATE TEMP TABLE target AS
WITH
    hashed AS (SELECT hash(id) AS hashed FROM fresh UNION ALL SELECT hash(paper_id) FROM papers),
    shared AS (SELECT hashed FROM hashed GROUP BY hashed HAVING count(*) > 1)
SELECT place, source, id, id AS paper_id, true AS is_new, true AS alone
FROM fresh
ANTI JOIN met ON met.node = fresh.place
ANTI JOIN shared ON hash(fresh.id) = shared.hashed;

CREATE TEMP TABLE belonging AS
SELECT fresh.*, coalesce(met.stands_for, fresh.place) AS stands_for
FROM fresh ANTI JOIN target USING (place)
LEFT JOIN met ON met.node = fresh.place;

-- Papers that turn out to be one: the one that was loaded first keeps its id, and the others join it. Of those that one
-- run loaded it is the one published first. (The order of rows says nothing: see add_papers.)
CREATE TEMP TABLE kept AS
SELECT
    met.stands_for,
    papers.paper_id AS former_id,
    first(papers.paper_id) OVER (PARTITION BY met.stands_for ORDER BY run_id, published_on, paper_id) AS paper_id
FROM met JOIN papers ON met.node = -1 - papers.rowid;

-- An id belongs to the paper that came with it first. Of others it is no id.
CREATE TEMP TABLE owner AS
SELECT id, arg_min(stands_for, place) AS stands_for, min(place) AS place, arg_min(title, place) AS title
FROM (
    SELECT
        papers.paper_id AS id,
        coalesce(met.stands_for, -1 - papers.rowid) AS stands_for,
        papers.title,
        -1 AS place
    FROM papers
    SEMI JOIN belonging ON papers.paper_id = belonging.id
    LEFT JOIN met ON met.node = -1 - papers.rowid
    UNION ALL
    SELECT id, stands_for, NULL, place FROM belonging
)
GROUP BY id;

CREATE TEMP TABLE named AS
SELECT stands_for, any_value(paper_id) AS paper_id, false AS is_new FROM kept GROUP BY stands_for
UNION ALL
SELECT stands_for, arg_min(id, belonging.place), true
FROM belonging JOIN owner USING (id, stands_for)
ANTI JOIN kept USING (stands_for)
GROUP BY stands_for;

-- Which paper each record is of; `alone` where nothing else is known of the paper.
INSERT INTO target
SELECT place, source, id, named.paper_id, is_new, is_new AND count(*) OVER (PARTITION BY stands_for) = 1 AS alone
FROM belonging JOIN named USING (stands_for);

INSERT INTO resolved SELECT place, paper_id FROM target;

-- The same id under another title is another paper: it is refused, never merged in silence. (Those few stand in a table
-- of their own, so that all that was staged is looked through for them, and not kept in memory.)
CREATE TEMP TABLE homeless AS
SELECT belonging.place, owner.place AS first_place, owner.title
FROM belonging ANTI JOIN named USING (stands_for)
JOIN owner USING (id);

INSERT INTO refused
SELECT
    staged.source,
    'id ' || staged.paper_id || ' already belongs to another title, "'
    || left(coalesce(homeless.title, first_bearer.title), 200) || '"',
    left(to_json({
        id: staged.paper_id,
        title: staged.title,
        authors: list_transform(staged.authors[:20], lambda author: author.name),
        published_on: staged.published_on,
        url: staged.url,
        abstract: left(staged.abstract, 500)
    }), 2000)
FROM staged
JOIN homeless USING (place)
LEFT JOIN (
    SELECT place, title FROM staged SEMI JOIN homeless ON homeless.first_place = staged.place
) AS first_bearer ON first_bearer.place = homeless.first_place
ORDER BY staged.place;
