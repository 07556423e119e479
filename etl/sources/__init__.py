"""Sources of papers: one file a source, each yields raw records lazily and knows no DuckDB."""
