"""What do you want to know?"""

from dashboard.filters import Filters
from dashboard.snapshot import Snapshot
from dashboard.views import parts

QUESTION = "What do you want to know?"


def render(snapshot: Snapshot, site: parts.Site, filters: Filters) -> None:
    """x"""
