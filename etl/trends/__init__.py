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

# ---- forecasts, newness, attribution, comparable upvotes, authors, and sources kept apart ----

from etl.trends.attribution import Periods, most_influential, periods
from etl.trends.authors import author_months, concentration, concentration_months
from etl.trends.forecast import Backtest, Forecasts, forecasts, next_quarter
from etl.trends.history import History
from etl.trends.newness import Newness, emergence, judge_newness
from etl.trends.strata import CommonSlopes, Strata, common_slopes, source_breaks, stratified_shares
from etl.trends.upvotes import comparable, percentiles, settling, settling_times

__all__ += [
    "Backtest",
    "CommonSlopes",
    "Forecasts",
    "History",
    "Newness",
    "Periods",
    "Strata",
    "author_months",
    "common_slopes",
    "comparable",
    "concentration",
    "concentration_months",
    "emergence",
    "forecasts",
    "judge_newness",
    "most_influential",
    "next_quarter",
    "percentiles",
    "periods",
    "settling",
    "settling_times",
    "source_breaks",
    "stratified_shares",
]
