-- A record refused before is not listed twice.
INSERT INTO rejects BY NAME
SELECT DISTINCT $run_id AS run_id, source, reason, raw FROM refused
ANTI JOIN rejects USING (source, reason, raw);
