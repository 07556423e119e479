"""Sources of papers: one file a source and a row in `catalogue`; each yields raw records lazily and knows no DuckDB."""
