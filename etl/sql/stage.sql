-- Validated records wait here in the order they came; `place` is that order.
CREATE TEMP TABLE staged (
    place BIGINT NOT NULL,
    paper_id VARCHAR NOT NULL,
    title_key VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    arxiv_id VARCHAR,
    title VARCHAR NOT NULL,
    abstract VARCHAR,
    published_on DATE,
    listed_on DATE,
    authors STRUCT(name VARCHAR, hidden BOOLEAN)[],
    authors_count INTEGER,
    organization VARCHAR,
    submitter VARCHAR,
    repository VARCHAR,
    repository_stars INTEGER,
    keywords VARCHAR[],
    url VARCHAR,
    observations STRUCT(observed_at TIMESTAMP, upvotes INTEGER, comments INTEGER)[]
);

-- Looks at the counters of papers that should be known: they name a paper and bring none.
CREATE TEMP TABLE sighted (
    place BIGINT NOT NULL,
    id VARCHAR,
    arxiv_id VARCHAR,
    observed_at TIMESTAMP NOT NULL,
    upvotes INTEGER,
    comments INTEGER,
    source VARCHAR NOT NULL,
    raw VARCHAR NOT NULL
);

CREATE TEMP TABLE refused (source VARCHAR NOT NULL, reason VARCHAR NOT NULL, raw VARCHAR NOT NULL);

CREATE TEMP TABLE age_of_reading (age VARCHAR NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER);
