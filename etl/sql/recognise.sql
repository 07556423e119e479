-- Which paper a sighting is of: the one with its arXiv id, else the one with its id. Of several papers with one arXiv id
-- it is the one that bears it as its own. A paper that nobody loaded cannot be observed: the sighting is refused.
CREATE TEMP TABLE recognised AS
WITH bearer AS (
    SELECT arxiv_key(arxiv_id) AS arxiv_key, arg_min(paper_id, (paper_id <> arxiv_id, paper_id)) AS paper_id
    FROM (SELECT paper_id, arxiv_id FROM papers UNION ALL SELECT paper_id, arxiv_id FROM paper_sources)
    WHERE arxiv_key(arxiv_id) IN (SELECT arxiv_key(arxiv_id) FROM sighted)
    GROUP BY ALL
)
SELECT sighted.*, coalesce(bearer.paper_id, papers.paper_id, named.paper_id) AS paper_id
FROM sighted
LEFT JOIN bearer ON bearer.arxiv_key = arxiv_key(sighted.arxiv_id)
LEFT JOIN papers ON papers.paper_id = sighted.id
LEFT JOIN (
    SELECT source_id, min(paper_id) AS paper_id FROM paper_sources GROUP BY source_id
) AS named ON named.source_id = sighted.id;

INSERT INTO refused
SELECT source, 'paper ' || coalesce(arxiv_id, id) || ' is not among the papers loaded', raw
FROM recognised
WHERE paper_id IS NULL
ORDER BY place;
