"""Every read of the snapshot: small named queries with bound values, each giving a documented DataFrame.

Months are their first day. Integers that may be unknown are nullable; an unknown value is NA, never 0.
"""

from dashboard.queries.authors import (
    active_authors,
    active_organizations,
    authors_by_month,
    organizations,
    spelling,
    team_sizes,
    teams_by_month,
)
from dashboard.queries.corpus import calendar, missing_days, months, summary, uncovered_months
from dashboard.queries.papers import count_papers, paper, papers, present, whole_papers
from dashboard.queries.places import mapped, nearest_paper, place_of, places, titles, topic_places
from dashboard.queries.runs import refused, topic_events
from dashboard.queries.search import found, searchable
from dashboard.queries.topic import (
    about,
    attribution,
    changes,
    forecasts,
    lineage,
    terms,
    title_words,
    topic_newness,
    typical_papers,
    upvoted_papers,
)
from dashboard.queries.topics import (
    signals,
    source_breaks,
    topic_months,
    topic_source_months,
    topics,
    topics_of,
)
from dashboard.queries.trust import backtest, fragile, newness, planted, tables, verdicts
from dashboard.queries.upvotes import (
    readings_by_age,
    settling,
    upvotes_by_month,
    upvotes_by_topic,
    upvotes_by_weekday,
    upvotes_distribution,
    week_top,
    week_upvoted,
    weeks,
)

__all__ = [
    "about",
    "active_authors",
    "active_organizations",
    "attribution",
    "authors_by_month",
    "backtest",
    "calendar",
    "changes",
    "count_papers",
    "forecasts",
    "found",
    "fragile",
    "lineage",
    "mapped",
    "missing_days",
    "months",
    "nearest_paper",
    "newness",
    "organizations",
    "paper",
    "papers",
    "place_of",
    "places",
    "planted",
    "present",
    "readings_by_age",
    "refused",
    "searchable",
    "settling",
    "signals",
    "source_breaks",
    "spelling",
    "summary",
    "tables",
    "team_sizes",
    "teams_by_month",
    "terms",
    "title_words",
    "titles",
    "topic_events",
    "topic_months",
    "topic_newness",
    "topic_places",
    "topic_source_months",
    "topics",
    "topics_of",
    "typical_papers",
    "uncovered_months",
    "upvoted_papers",
    "upvotes_by_month",
    "upvotes_by_topic",
    "upvotes_by_weekday",
    "upvotes_distribution",
    "verdicts",
    "week_top",
    "week_upvoted",
    "weeks",
    "whole_papers",
]
