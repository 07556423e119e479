"""The ETL: loads papers, fits topics, computes trends and publishes an immutable DuckDB snapshot."""
