-- What a record or a paper may be recognised by. Records are numbered by their place, papers by -1 - rowid. The same
-- arXiv id or DOI is the same paper, whatever its title. The same id is the same paper under the same title; a source
-- that is asked live may give its own papers other titles, since its ids are sure and authors revise titles.
CREATE TEMP TABLE key AS
WITH
    of_record AS (
        SELECT place AS node, 'arxiv' AS kind, arxiv_key AS value, arxiv_key FROM fresh WHERE arxiv_key IS NOT NULL
        UNION ALL
        SELECT place, 'doi', doi, arxiv_key FROM fresh WHERE doi IS NOT NULL
        UNION ALL
        SELECT place, 'title', id || chr(10) || title_key, arxiv_key FROM fresh
        UNION ALL
        SELECT place, 'source', id, arxiv_key FROM fresh WHERE source = $revising
    ),
    known AS (
        SELECT
            -1 - papers.rowid AS node,
            arxiv_key(papers.arxiv_id) AS arxiv_key,
            arxiv_key(paper_sources.arxiv_id) AS other_arxiv_key,
            papers.doi,
            paper_sources.doi AS other_doi,
            source_id,
            paper_sources.title_key,
            paper_sources.source
        FROM paper_sources JOIN papers USING (paper_id)
    ),
    of_paper AS (
        SELECT node, 'arxiv' AS kind, arxiv_key AS value, arxiv_key FROM known WHERE arxiv_key IS NOT NULL
        UNION
        SELECT node, 'arxiv', other_arxiv_key, arxiv_key FROM known WHERE other_arxiv_key IS NOT NULL
        UNION
        SELECT node, 'doi', doi, arxiv_key FROM known WHERE doi IS NOT NULL
        UNION
        SELECT node, 'doi', other_doi, arxiv_key FROM known WHERE other_doi IS NOT NULL
        UNION
        SELECT node, 'title', source_id || chr(10) || title_key, arxiv_key FROM known
        UNION
        SELECT node, 'source', source_id, arxiv_key FROM known WHERE source = $revising
    ),
    -- Most keys have one bearer. A hash of eight bytes tells which may have more, and they alone are compared as text.
    bearing AS (
        SELECT hash(kind, value) AS hashed FROM of_record UNION ALL SELECT hash(kind, value) FROM of_paper
    ),
    shared AS (
        SELECT hashed FROM bearing GROUP BY hashed HAVING count(*) > 1
    )
SELECT * FROM of_record SEMI JOIN shared ON hash(kind, value) = hashed
UNION ALL
SELECT * FROM of_paper SEMI JOIN shared ON hash(kind, value) = hashed;

-- Two arXiv papers stay two papers though they name one DOI, as parts of a work do. What has nothing but that DOI goes
-- with the one that was there first, else with the smaller arXiv id.
CREATE TEMP TABLE first_of_doi AS
SELECT value, arg_min(arxiv_key, (node >= 0, arxiv_key)) AS arxiv_key
FROM key
WHERE kind = 'doi' AND arxiv_key IS NOT NULL
GROUP BY value;

DELETE FROM key USING first_of_doi
WHERE key.kind = 'doi' AND key.value = first_of_doi.value AND key.arxiv_key <> first_of_doi.arxiv_key;

-- Each meets the first that bears the same key.
SELECT node, min(node) OVER (PARTITION BY kind, value) AS met FROM key QUALIFY node <> met;
