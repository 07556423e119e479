-- Each record by what it may be recognised by, and a digest of all that it says of the paper. Counters are no part of
-- it: a record that says what it said before, but for its counters, is not merged again.
CREATE TEMP TABLE record AS
SELECT
    place,
    source,
    paper_id AS id,
    title_key,
    arxiv_key(arxiv_id) AS arxiv_key,
    doi,
    hash(
        title, abstract, arxiv_id, doi, published_on, updated_on, listed_on, authors, authors_count, organization,
        submitter, repository, repository_stars, project_page, thumbnail, discussion_id, keywords, categories,
        journal_ref, remark, url
    ) AS digest
FROM staged;

CREATE TEMP TABLE resolved AS
WITH said AS (
    SELECT source, id, all_in_all(digest, place) AS digest
    FROM record
    SEMI JOIN paper_sources ON paper_sources.source = record.source AND paper_sources.source_id = record.id
    GROUP BY source, id
)
SELECT record.place, paper_sources.paper_id
FROM record
JOIN said USING (source, id)
JOIN paper_sources
    ON paper_sources.source = said.source AND paper_sources.source_id = said.id AND paper_sources.digest = said.digest;

CREATE TEMP TABLE fresh AS SELECT * FROM record ANTI JOIN resolved USING (place);
