-- A snapshot from before papers had several sources: each is what its one source says. What that was is not known any
-- more, so the next record of it is merged whatever it says.
INSERT INTO paper_sources BY NAME
SELECT paper_id, source, paper_id AS source_id, run_id, arxiv_id, doi, title_key, 0 AS digest FROM papers;
