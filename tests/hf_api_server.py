"""A server on loopback that answers as the Daily Papers API does, and misbehaves when told to.

As the API: pages of at most 100 entries, 400 for days that have not begun and for larger pages, an empty list for days
without papers, and the rate limit in the headers.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.loopback import Loopback, Request, Trouble

Lists = Callable[[date], list[Any]]


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    day: str
    page: int
    authorization: str | None
    query: dict[str, str] = field(default_factory=dict)


class HfApi(Loopback):
    """The server. Use as a context manager; `endpoint` is what HF_ENDPOINT should say."""

    def __init__(self, lists: Lists, requests_allowed: int = 500) -> None:
        super().__init__()
        self.lists = lists
        self.left = requests_allowed
        self.resets_in = 300
        self.troubles: dict[str, list[Trouble]] = {}  # of a day, each for one request; '*' for any day
        self.always: dict[str, Trouble] = {}  # of a day, for every request
        self.others: dict[str, list[Any]] = {}  # lists that are not a day's: 'week=2025-W14', 'sort=trending'
        self.asked: list[Asked] = []

    @property
    def days_asked(self) -> list[str]:
        return [asked.day for asked in self.asked]

    def reply(self, request: Request) -> Trouble:
        query = request.query
        self.asked.append(Asked(query.get("date", ""), int(query.get("p", 0)), request.authorization, query))
        known = request.path == "/api/daily_papers"
        return self.answer(query) if known else Trouble(404, body=b"<html>")

    def answer(self, query: dict[str, str]) -> Trouble:
        """The API's answer to a query."""
        day, limit, page = query.get("date", ""), int(query.get("limit", 50)), int(query.get("p", 0))
        other = next((f"{name}={query[name]}" for name in ("week", "month", "sort") if name in query), None)
        for trouble in (self.troubles.get(day), self.troubles.get("*")):
            if trouble:
                return trouble.pop(0)
        if day in self.always:
            return self.always[day]
        if limit > 100:
            return Trouble(400, body=b'{"error": "limit must be at most 100"}')
        if not other and date.fromisoformat(day) > (datetime.now(UTC) + self.ahead).date():
            return Trouble(400, body=b'{"error": "the date is in the future"}')
        self.left -= 1
        headers = {
            "RateLimit": f'"api";r={max(self.left, 0)};t={self.resets_in}',
            "RateLimit-Policy": '"fixed window";"api";q=500;w=300',
        }
        whole = self.others.get(other, []) if other else self.lists(date.fromisoformat(day))
        listed = whole[page * limit :][:limit]
        return Trouble(200, headers, json.dumps(listed).encode())


def recorded(folder: Path) -> Lists:
    """The lists in a folder of recorded answers, DAY.json.gz; other days are empty."""

    def listed(day: date) -> list[Any]:
        path = folder / f"{day}.json.gz"
        return list(json.loads(gzip.decompress(path.read_bytes()))) if path.exists() else []

    return listed


def entry(arxiv_id: str, title: str, day: date, **given: Any) -> dict[str, Any]:
    """An entry in the API's shape, older than June 2025 unless `submittedOnDailyAt` is given.

    Names of the outer entry are given as they are, names of the inner paper with `paper_` before them.
    """
    inner = {name.removeprefix("paper_"): value for name, value in given.items() if name.startswith("paper_")}
    outer = {name: value for name, value in given.items() if not name.startswith("paper_")}
    paper = {
        "id": arxiv_id,
        "authors": [
            {"_id": "65a", "name": "Ada Lovelace", "hidden": False},
            {"_id": "65b", "name": "Emmy Noether", "hidden": False},
        ],
        "publishedAt": f"{day}T12:00:00.000Z",
        "title": title,
        "summary": f"We study {title.lower()} and report what we found.",
        "upvotes": 3,
        "discussionId": "66c",
        **inner,
    }
    return {
        "paper": paper,
        "publishedAt": f"{day}T08:00:00.000Z",
        "title": title,
        "numComments": 1,
        "submittedBy": {"_id": "64d", "fullname": "A. K.", "name": "ak", "type": "user", "isHf": False},
        **outer,
    }
