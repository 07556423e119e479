"""Runs by the clock: the same `etl run`, started by what the machine has for that.

Each way is a module of four functions: `definition` (what is written, as text), `install`, `remove` and `shown`.
"""

from etl.schedule.plan import Every, Plan
from etl.schedule.ways import WAYS, Way, way_of_this_machine

__all__ = ["WAYS", "Every", "Plan", "Way", "way_of_this_machine"]
