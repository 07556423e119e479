-- Papers of which more is known than one record says: they are merged field by field.
CREATE TEMP TABLE touched AS
SELECT DISTINCT paper_id
FROM (
    SELECT paper_id FROM target WHERE NOT alone
    UNION ALL
    SELECT paper_id FROM kept WHERE former_id <> paper_id
);

SELECT count(*) AS papers FROM touched;
