-- One row a paper: for each field what the latest record that knows it says. Counters come from observations.
CREATE TEMP TABLE latest AS
SELECT
    paper_id,
    arg_max(title_key, place) AS title_key,
    arg_min(source, place) AS source,
    arg_max(arxiv_id, place) AS arxiv_id,
    arg_max(title, place) AS title,
    arg_max(abstract, place) AS abstract,
    arg_max(published_on, place) AS published_on,
    arg_max(listed_on, place) AS listed_on,
    arg_max(authors, place) AS authors,
    arg_max(authors_count, place) AS authors_count,
    arg_max(organization, place) AS organization,
    arg_max(submitter, place) AS submitter,
    arg_max(repository, place) AS repository,
    arg_max(repository_stars, place) AS repository_stars,
    arg_max(keywords, place) FILTER (len(keywords) > 0) AS keywords,
    arg_max(url, place) AS url,
    min(place) AS place
FROM staged
GROUP BY paper_id;

CREATE TEMP TABLE added AS
SELECT * FROM latest ANTI JOIN papers USING (paper_id);

UPDATE papers
SET
    title = latest.title,
    title_key = latest.title_key,
    abstract = coalesce(latest.abstract, papers.abstract),
    arxiv_id = coalesce(latest.arxiv_id, papers.arxiv_id),
    published_on = coalesce(latest.published_on, papers.published_on),
    listed_on = coalesce(latest.listed_on, papers.listed_on),
    authors_count = coalesce(latest.authors_count, papers.authors_count),
    organization = coalesce(latest.organization, papers.organization),
    submitter = coalesce(latest.submitter, papers.submitter),
    repository = coalesce(latest.repository, papers.repository),
    repository_stars = coalesce(latest.repository_stars, papers.repository_stars),
    keywords = coalesce(latest.keywords, papers.keywords),
    url = coalesce(latest.url, papers.url)
FROM latest
WHERE papers.paper_id = latest.paper_id;

INSERT INTO papers BY NAME
SELECT * EXCLUDE (authors, place), -1 AS topic_id, -1 AS fitted_topic_id, 0.0 AS topic_probability, $run_id AS run_id
FROM added
ORDER BY place;

DELETE FROM authors USING latest
WHERE authors.paper_id = latest.paper_id AND latest.authors IS NOT NULL;

INSERT INTO authors BY NAME
SELECT paper_id, position, author.name, author.hidden
FROM (
    SELECT paper_id, place, generate_subscripts(authors, 1) AS position, unnest(authors) AS author
    FROM latest
    WHERE authors IS NOT NULL
)
ORDER BY place, position;
