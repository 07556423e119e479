-- Records that were refused before any of them was merged; those that cannot be merged join them.
CREATE TEMP TABLE refused AS SELECT source, reason, raw FROM refused_at_the_edge ORDER BY place;

CREATE TEMP TABLE age_of_reading (age VARCHAR NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER);

-- An arXiv id as two spellings of it compare: 'math.GT/0309136' is 'math/0309136'.
CREATE TEMP MACRO arxiv_key(id) AS
    CASE WHEN contains(id, '/') THEN lower(regexp_replace(id, '\.[A-Za-z]{2}/', '/')) ELSE id END;

-- One digest of all the records of one id: which is the last counts, as in the merging.
CREATE TEMP MACRO all_in_all(digest, place) AS hash(arg_max(digest, place), bit_xor(digest), count(*));

-- The same of a single record.
CREATE TEMP MACRO all_in_one(digest) AS hash(digest, digest, 1::BIGINT);
