-- What each source says of a paper, by the source's own id, so that its next record is recognised.
CREATE TEMP TABLE told AS
SELECT
    paper_id,
    target.source,
    target.id AS source_id,
    arg_max(title_key, place) AS title_key,
    arg_max(arxiv_key, place) AS arxiv_id,
    arg_max(doi, place) AS doi,
    all_in_all(digest, place) AS digest
FROM (FROM target WHERE NOT alone) AS target
JOIN (SELECT place, title_key, arxiv_key, doi, digest FROM record) AS record USING (place)
GROUP BY ALL;

UPDATE paper_sources
SET
    title_key = told.title_key,
    arxiv_id = coalesce(told.arxiv_id, paper_sources.arxiv_id),
    doi = coalesce(told.doi, paper_sources.doi),
    digest = told.digest
FROM told
WHERE paper_sources.paper_id = told.paper_id
    AND paper_sources.source = told.source AND paper_sources.source_id = told.source_id;

INSERT INTO paper_sources BY NAME
SELECT told.*, $run_id AS run_id FROM told
ANTI JOIN paper_sources USING (paper_id, source, source_id);

-- Of most papers one record knows all, and nothing was told of them before.
INSERT INTO paper_sources BY NAME
SELECT
    target.paper_id,
    target.source,
    target.id AS source_id,
    title_key,
    arxiv_key AS arxiv_id,
    doi,
    all_in_one(digest) AS digest,
    $run_id AS run_id
FROM record
JOIN (FROM target WHERE alone) AS target USING (place);
