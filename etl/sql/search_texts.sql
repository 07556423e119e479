-- The words of each paper, title first and three times; and the vectors that the last snapshot had of the same texts.
-- (The pattern stands in a macro, where it is a constant: else it would be compiled for every paper.)
CREATE TEMP MACRO words_of(text) AS regexp_extract_all(lower(coalesce(text, '')), '[\p{L}\p{N}]{2,}');

CREATE TEMP VIEW texts AS
SELECT
    paper_id,
    md5_number_lower(title || chr(10) || coalesce(abstract, '')) AS text_key,
    list_concat(words_of(title), words_of(title), words_of(title), words_of(abstract)) AS told
FROM papers;

CREATE TEMP TABLE IF NOT EXISTS vectors_kept (paper_id VARCHAR, text_key UBIGINT, model VARCHAR, vector TINYINT[]);
