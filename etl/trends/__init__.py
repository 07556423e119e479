"""Statistics of trends: pure functions over arrays, vectorised over topics, and the same for monthly tables.

Everything works on shares, a topic's papers out of all papers of the period, because in a growing corpus the counts of
nearly every topic rise. No DuckDB and no topic model: light enough for the dashboard, which uses them for any filter.
"""

from etl.trends.signals import (
    FALSE_DISCOVERIES,
    MONTHS_AT_LEAST,
    PAPERS_AT_LEAST,
    STEADY_WITHIN,
    WINDOW_MONTHS,
    Slopes,
    Verdicts,
    dispersion,
    signals,
    slopes,
    verdicts,
    wilson,
    window,
    with_bands,
)

__all__ = [
    "FALSE_DISCOVERIES",
    "MONTHS_AT_LEAST",
    "PAPERS_AT_LEAST",
    "STEADY_WITHIN",
    "WINDOW_MONTHS",
    "Slopes",
    "Verdicts",
    "dispersion",
    "signals",
    "slopes",
    "verdicts",
    "wilson",
    "window",
    "with_bands",
]
