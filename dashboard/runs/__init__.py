"""Runs of the ETL as the dashboard sees them: who may start one, what is asked for, how it is started and stopped, and
what is known of those that are under way or over.

The dashboard asks for a run as a shell would and reads the files that the ETL writes; it never opens the database.
"""

from dashboard.runs.access import Access, access
from dashboard.runs.history import Run, active, history, log_of, outcome
from dashboard.runs.starting import cancel, start
from dashboard.runs.wish import ENDINGS, SOURCES, TOPICS, UPLOAD_AT_MOST, Refused, Upload, Wish

__all__ = [
    "ENDINGS",
    "SOURCES",
    "TOPICS",
    "UPLOAD_AT_MOST",
    "Access",
    "Refused",
    "Run",
    "Upload",
    "Wish",
    "access",
    "active",
    "cancel",
    "history",
    "log_of",
    "outcome",
    "start",
]
