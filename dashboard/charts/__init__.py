"""DataFrame -> Plotly figure: pure functions that never change their input.

A mark that stands for papers carries them in `customdata[0]`: the piece of a URL query that asks for exactly these.
"""

from dashboard.charts.answers import answer
from dashboard.charts.authors import authors_by_month, team_sizes, teams_over_time
from dashboard.charts.common import CONFIG
from dashboard.charts.comparisons import heat, panels, slopes, stream
from dashboard.charts.corpus import corpus
from dashboard.charts.people import coauthors, organization_share, ranks, topic_mix
from dashboard.charts.places import asking, places
from dashboard.charts.topic import share_over_time, sparkline, words
from dashboard.charts.topics import effects, trends
from dashboard.charts.upvotes import (
    by_topic,
    by_weekday,
    comments_by_upvotes,
    comments_over_time,
    distribution,
    over_time,
    settling,
    settling_times,
)

__all__ = [
    "CONFIG",
    "answer",
    "asking",
    "authors_by_month",
    "by_topic",
    "by_weekday",
    "coauthors",
    "comments_by_upvotes",
    "comments_over_time",
    "corpus",
    "distribution",
    "effects",
    "heat",
    "organization_share",
    "over_time",
    "panels",
    "places",
    "ranks",
    "settling",
    "settling_times",
    "share_over_time",
    "slopes",
    "sparkline",
    "stream",
    "team_sizes",
    "teams_over_time",
    "topic_mix",
    "trends",
    "words",
]
