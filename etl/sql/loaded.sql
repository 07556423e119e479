-- What only the merging needed.
DROP TABLE record;
DROP TABLE fresh;
DROP TABLE key;
DROP TABLE first_of_doi;
DROP TABLE met;
DROP TABLE belonging;
DROP TABLE kept;
DROP TABLE owner;
DROP TABLE named;
DROP TABLE target;
DROP TABLE homeless;
DROP TABLE touched;
DROP TABLE IF EXISTS candidate;
DROP TABLE IF EXISTS merged;
DROP TABLE IF EXISTS team;
DROP TABLE moved;
DROP TABLE told;
DROP TABLE recognised;
