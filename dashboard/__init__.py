"""The Papertide dashboard: it reads the published snapshot and never writes."""
