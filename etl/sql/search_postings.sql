-- Numbers the papers, and says which word stands in which how often: what BM25 needs. Words are those of etl/encode.py.
INSERT INTO search_papers BY NAME
SELECT
    (row_number() OVER (ORDER BY paper_id) - 1)::INTEGER AS number,
    paper_id,
    text_key,
    words,
    model,
    vector
FROM (SELECT paper_id, text_key, len(told)::INTEGER AS words FROM texts)  -- so that no word is sorted
LEFT JOIN vectors_kept USING (paper_id, text_key)
ORDER BY paper_id;

CREATE TEMP TABLE word_counts AS
SELECT number, unnest(map_entries(list_aggregate(told, 'histogram')), recursive := true)
FROM texts JOIN search_papers USING (paper_id);

INSERT INTO search_terms BY NAME
SELECT key AS term, (row_number() OVER (ORDER BY key) - 1)::INTEGER AS term_id, count(*)::INTEGER AS papers
FROM word_counts
GROUP BY key
ORDER BY key;

INSERT INTO search_postings BY NAME
SELECT term_id, number, least(value, 255)::UTINYINT AS count
FROM word_counts JOIN search_terms ON term = key
WHERE papers <= $common * (SELECT count(*) FROM papers) OR (SELECT count(*) FROM papers) < $many
ORDER BY term_id, number;

DROP TABLE word_counts;
