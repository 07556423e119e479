-- Which paper a sighting is of: the one with its arXiv id, else the one with its id. Of several papers with one arXiv id
-- it is the one that bears it as its own. A paper that nobody loaded cannot be observed: the sighting is refused.
CREATE TEMP TABLE recognised AS
SELECT sighted.*, coalesce(bearer.paper_id, papers.paper_id) AS paper_id
FROM sighted
LEFT JOIN (
    SELECT arxiv_id, arg_min(paper_id, (paper_id <> arxiv_id, paper_id)) AS paper_id
    FROM papers
    WHERE arxiv_id IS NOT NULL
    GROUP BY arxiv_id
) AS bearer USING (arxiv_id)
LEFT JOIN papers ON papers.paper_id = sighted.id;

INSERT INTO refused
SELECT source, 'paper ' || coalesce(arxiv_id, id) || ' is not among the papers loaded', raw
FROM recognised
WHERE paper_id IS NULL
ORDER BY place;
