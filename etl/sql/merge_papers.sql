-- One slice of the touched papers, so that memory stays flat: what is known of them, the field that wins, and by whom.
-- A paper that was there is a candidate like a record, and came before all of them.
CREATE OR REPLACE TEMP TABLE candidate AS
WITH slice AS (SELECT paper_id FROM touched WHERE hash(paper_id) % $slices = $slice)
SELECT
    target.paper_id,
    NULL AS former_id,
    staged.* EXCLUDE (paper_id, authors, observations),
    NULL::MAP(VARCHAR, VARCHAR) AS field_sources,
    authors IS NOT NULL AS names_authors
FROM staged
JOIN (FROM target SEMI JOIN slice USING (paper_id)) AS target USING (place)
UNION ALL BY NAME
SELECT
    kept.paper_id,
    kept.former_id,
    row_number() OVER (ORDER BY run_id, published_on, papers.paper_id) - 2::BIGINT ** 60 AS place,
    papers.* EXCLUDE (paper_id),
    papers.paper_id IN (SELECT paper_id FROM authors) AS names_authors
FROM papers
JOIN (FROM kept SEMI JOIN slice USING (paper_id)) AS kept ON papers.paper_id = kept.former_id;

CREATE OR REPLACE TEMP TABLE merged AS
WITH
    won AS (
        SELECT
            paper_id,
            arg_min(source, place) AS source,
            best({title: title, key: title_key}, 'title', candidate) AS title,
            best(abstract, 'abstract', candidate) AS abstract,
            best(arxiv_id, 'arxiv_id', candidate) AS arxiv_id,
            best(doi, 'doi', candidate) AS doi,
            best(published_on, 'published_on', candidate) AS published_on,
            best(updated_on, 'updated_on', candidate) AS updated_on,
            best(listed_on, 'listed_on', candidate) AS listed_on,
            best(authors_count, 'authors_count', candidate) AS authors_count,
            best(organization, 'organization', candidate) AS organization,
            best(submitter, 'submitter', candidate) AS submitter,
            best(repository, 'repository', candidate) AS repository,
            best(repository_stars, 'repository_stars', candidate) AS repository_stars,
            best(project_page, 'project_page', candidate) AS project_page,
            best(thumbnail, 'thumbnail', candidate) AS thumbnail,
            best(discussion_id, 'discussion_id', candidate) AS discussion_id,
            best(keywords, 'keywords', candidate) AS keywords,
            best(categories, 'categories', candidate) AS categories,
            best(journal_ref, 'journal_ref', candidate) AS journal_ref,
            best(remark, 'remark', candidate) AS remark,
            best(url, 'url', candidate) AS url,
            best(CASE WHEN names_authors THEN {place: place, former_id: former_id} END, 'authors', candidate) AS authors
        FROM (SELECT *, {source: source, place: place, field_sources: field_sources} AS candidate FROM candidate)
        GROUP BY paper_id
    ),
    given AS (
        SELECT paper_id, map_from_entries(list_filter([
            {field: 'title', who: title.who},
            {field: 'abstract', who: abstract.who},
            {field: 'arxiv_id', who: arxiv_id.who},
            {field: 'doi', who: doi.who},
            {field: 'published_on', who: published_on.who},
            {field: 'updated_on', who: updated_on.who},
            {field: 'listed_on', who: listed_on.who},
            {field: 'authors_count', who: authors_count.who},
            {field: 'organization', who: organization.who},
            {field: 'submitter', who: submitter.who},
            {field: 'repository', who: repository.who},
            {field: 'repository_stars', who: repository_stars.who},
            {field: 'project_page', who: project_page.who},
            {field: 'thumbnail', who: thumbnail.who},
            {field: 'discussion_id', who: discussion_id.who},
            {field: 'keywords', who: keywords.who},
            {field: 'categories', who: categories.who},
            {field: 'journal_ref', who: journal_ref.who},
            {field: 'remark', who: remark.who},
            {field: 'url', who: url.who},
            {field: 'authors', who: authors.who}
        ], lambda one: one.who <> source)) AS field_sources
        FROM won
    )
SELECT
    won.paper_id,
    won.source,
    title.value.title AS title,
    title.value.key AS title_key,
    abstract.value AS abstract,
    arxiv_id.value AS arxiv_id,
    doi.value AS doi,
    published_on.value AS published_on,
    updated_on.value AS updated_on,
    listed_on.value AS listed_on,
    authors_count.value AS authors_count,
    organization.value AS organization,
    submitter.value AS submitter,
    repository.value AS repository,
    repository_stars.value AS repository_stars,
    project_page.value AS project_page,
    thumbnail.value AS thumbnail,
    discussion_id.value AS discussion_id,
    keywords.value AS keywords,
    categories.value AS categories,
    journal_ref.value AS journal_ref,
    remark.value AS remark,
    url.value AS url,
    CASE WHEN cardinality(field_sources) > 0 THEN field_sources END AS field_sources,
    authors.value AS authors
FROM won JOIN given USING (paper_id);

UPDATE papers
SET
    title = merged.title,
    title_key = merged.title_key,
    abstract = merged.abstract,
    arxiv_id = merged.arxiv_id,
    doi = merged.doi,
    published_on = merged.published_on,
    updated_on = merged.updated_on,
    listed_on = merged.listed_on,
    authors_count = merged.authors_count,
    organization = merged.organization,
    submitter = merged.submitter,
    repository = merged.repository,
    repository_stars = merged.repository_stars,
    project_page = merged.project_page,
    thumbnail = merged.thumbnail,
    discussion_id = merged.discussion_id,
    keywords = merged.keywords,
    categories = merged.categories,
    journal_ref = merged.journal_ref,
    remark = merged.remark,
    url = merged.url,
    field_sources = merged.field_sources
FROM merged
WHERE papers.paper_id = merged.paper_id;

INSERT INTO added
SELECT paper_id FROM merged SEMI JOIN (FROM target WHERE is_new) AS new USING (paper_id);

INSERT INTO papers BY NAME
SELECT
    merged.* EXCLUDE (authors),
    -1 AS topic_id, -1 AS fitted_topic_id, 0.0 AS topic_probability, $run_id AS run_id
FROM merged
SEMI JOIN (FROM target WHERE is_new) AS new USING (paper_id)
ORDER BY (SELECT min(place) FROM target WHERE target.paper_id = merged.paper_id);

-- A paper has the authors of the one who won them, all in his order.
CREATE OR REPLACE TEMP TABLE team AS SELECT paper_id, authors.place, authors.former_id FROM merged WHERE authors IS NOT NULL;

DELETE FROM authors USING (
    SELECT kept.former_id
    FROM kept JOIN team USING (paper_id)
    WHERE kept.former_id IS DISTINCT FROM team.former_id
) AS lost
WHERE authors.paper_id = lost.former_id;

UPDATE authors SET paper_id = team.paper_id
FROM team
WHERE authors.paper_id = team.former_id AND team.former_id <> team.paper_id;

INSERT INTO authors BY NAME
SELECT paper_id, position, author.name, author.name_key, author.hidden
FROM (
    SELECT team.paper_id, place, generate_subscripts(authors, 1) AS position, unnest(authors) AS author
    FROM staged
    JOIN (FROM team WHERE former_id IS NULL) AS team USING (place)
)
ORDER BY place, position;
