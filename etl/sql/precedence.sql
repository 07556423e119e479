-- Which source a field is taken from, where several know it: the higher rank, since arXiv speaks for its papers, a list
-- that is asked live for what it adds to them, and files are what somebody made of either. Of one rank the name decides,
-- so that the order of loading does not; of one source, the latest record. What is unknown never takes the place of
-- what is known.
CREATE TEMP MACRO rank_of(source) AS
    CASE source WHEN 'arxiv' THEN 3 WHEN 'hf' THEN 2 WHEN 'listing' THEN 1 ELSE 0 END;

-- Who gave a field of a candidate: its own source, unless its `field_sources` names another.
CREATE TEMP MACRO giver(field, candidate) AS coalesce(candidate.field_sources[field], candidate.source);

CREATE TEMP MACRO best(value, field, candidate) AS
    arg_max(
        {value: value, who: giver(field, candidate)},
        {rank: rank_of(giver(field, candidate)), who: giver(field, candidate), place: candidate.place}
    ) FILTER (value IS NOT NULL);
