"""A server on loopback that answers as the Daily Papers API does, and misbehaves when told to.

As the API: pages of at most 100 entries, 400 for days that have not begun and for larger pages, an empty list for days
without papers, and the rate limit in the headers.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Lists = Callable[[date], list[Any]]


@dataclass
class Trouble:
    """What a request gets in the place of its answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"error": "as told"}'
    missing: int = 0  # bytes of the body promised and never sent: the connection ends before them
    stall: float = 0  # seconds before anything is sent
    drip: float = 0  # seconds before each byte, those of the headers too


DROP = Trouble(missing=1_000, body=b"[")


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    day: str
    page: int
    authorization: str | None
    query: dict[str, str] = field(default_factory=dict)


class HfApi:
    """The server. Use as a context manager; `endpoint` is what HF_ENDPOINT should say."""

    def __init__(self, lists: Lists, requests_allowed: int = 500) -> None:
        self.lists = lists
        self.left = requests_allowed
        self.resets_in = 300
        self.troubles: dict[str, list[Trouble]] = {}  # of a day, each for one request; '*' for any day
        self.always: dict[str, Trouble] = {}  # of a day, for every request
        self.others: dict[str, list[Any]] = {}  # lists that are not a day's: 'week=2025-W14', 'sort=trending'
        self.ahead = timedelta(0)  # of the server's clock, before ours
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def days_asked(self) -> list[str]:
        return [asked.day for asked in self.asked]

    def __enter__(self) -> HfApi:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

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

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer leaves in one piece

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {name: values[-1] for name, values in parse_qs(url.query).items()}
                api.asked.append(
                    Asked(
                        query.get("date", ""),
                        int(query.get("p", 0)),
                        self.headers.get("Authorization"),
                        query,
                    )
                )
                known = url.path == "/api/daily_papers"
                self._send(api.answer(query) if known else Trouble(404, body=b"<html>"))

            def _send(self, answer: Trouble) -> None:
                if answer.stall and api.closing.wait(answer.stall):
                    return
                if answer.drip:
                    self._drip(answer)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body) + answer.missing))
                self.end_headers()
                self.wfile.write(answer.body)
                self.wfile.flush()
                self.close_connection = bool(answer.missing)

            def _drip(self, answer: Trouble) -> None:
                head = f"HTTP/1.1 {answer.status} OK\r\nContent-Length: {len(answer.body)}\r\n\r\n"
                self.close_connection = True
                for byte in head.encode() + answer.body:
                    if api.closing.wait(answer.drip):
                        return
                    try:
                        self.connection.sendall(bytes([byte]))
                    except OSError:  # the client had enough
                        return

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string(time.time() + api.ahead.total_seconds())

            def log_message(self, *_: object) -> None:
                pass

        return Handler


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
