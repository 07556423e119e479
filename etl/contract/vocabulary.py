"""The words and numbers that the tables and their readers share."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA_VERSION = 1

OUTLIER = -1  # the topic_id of papers that belong to no topic
OUTLIER_LABEL = "No topic"

RISING, FALLING, STEADY, INSUFFICIENT = "rising", "falling", "steady", "insufficient"
SIGNALS = (RISING, FALLING, STEADY, INSUFFICIENT)

DEMO, REAL = "demo", "real"  # the two kinds of corpus, which never share a folder


@dataclass(frozen=True, slots=True)
class Age:
    """An age at which counters are compared: days after listing, both ends included; None leaves the end open."""

    first_day: int
    last_day: int | None
    meaning: str


# Upvotes of different ages are never compared raw, so what is compared is read at one of these. Counts settle one to
# two weeks after listing.
AGES = {
    "listing": Age(0, 0, "on the day of listing"),
    "early": Age(1, 2, "1 to 2 days after listing"),
    "week": Age(5, 9, "5 to 9 days after listing"),
    "settled": Age(14, None, "14 days or more after listing"),
}
SETTLED = "settled"
