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
from dashboard.queries.corpus import calendar, months, summary
from dashboard.queries.papers import count_papers, paper, papers
from dashboard.queries.places import mapped, nearest_paper, place_of, places, titles, topic_places
from dashboard.queries.search import found, searchable
from dashboard.queries.topics import signals, topic_months, topics, topics_of
from dashboard.queries.trust import backtest, fragile, planted, tables, verdicts
from dashboard.queries.upvotes import (
    readings_by_age,
    settling,
    upvotes_by_month,
    upvotes_by_topic,
    upvotes_by_weekday,
    upvotes_distribution,
    week_top,
    weeks,
)

__all__ = [
    "active_authors",
    "active_organizations",
    "authors_by_month",
    "backtest",
    "calendar",
    "count_papers",
    "found",
    "fragile",
    "mapped",
    "months",
    "nearest_paper",
    "organizations",
    "paper",
    "papers",
    "place_of",
    "places",
    "planted",
    "readings_by_age",
    "searchable",
    "settling",
    "signals",
    "spelling",
    "summary",
    "tables",
    "team_sizes",
    "teams_by_month",
    "titles",
    "topic_months",
    "topic_places",
    "topics",
    "topics_of",
    "upvotes_by_month",
    "upvotes_by_topic",
    "upvotes_by_weekday",
    "upvotes_distribution",
    "verdicts",
    "week_top",
    "weeks",
]
