"""Statistics of trends: pure functions over arrays, vectorised over topics, and the same for monthly tables.

Everything works on shares, a topic's papers out of all papers of the period, because in a growing corpus the counts of
nearly every topic rise. No DuckDB and no topic model: light enough for the dashboard, which uses them for any filter.
"""

from etl.trends.bands import PERIODS, by_period, count_band, dispersion, scatter, wilson, with_bands
from etl.trends.changes import BURST, FALL, RISE, Change, Levels, changes, levels, topic_changes
from etl.trends.regression import Slopes, slopes
from etl.trends.signals import (
    FALSE_DISCOVERIES,
    MONTHS_AT_LEAST,
    MONTHS_AT_MOST,
    PAPERS_AT_LEAST,
    STEADY_WITHIN,
    WINDOW_MONTHS,
    Verdicts,
    adaptive_q_values,
    signals,
    verdicts,
    window,
)

__all__ = [
    "BURST",
    "FALL",
    "FALSE_DISCOVERIES",
    "MONTHS_AT_LEAST",
    "MONTHS_AT_MOST",
    "PAPERS_AT_LEAST",
    "PERIODS",
    "RISE",
    "STEADY_WITHIN",
    "WINDOW_MONTHS",
    "Change",
    "Levels",
    "Slopes",
    "Verdicts",
    "adaptive_q_values",
    "by_period",
    "changes",
    "count_band",
    "dispersion",
    "levels",
    "scatter",
    "signals",
    "slopes",
    "topic_changes",
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
from etl.trends.strata import source_breaks, stratified_bands, stratified_shares
from etl.trends.tables import Strata
from etl.trends.upvotes import comparable, percentiles, settling, settling_times

__all__ += [
    "Backtest",
    "Forecasts",
    "History",
    "Newness",
    "Periods",
    "Strata",
    "author_months",
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
    "stratified_bands",
    "stratified_shares",
]
