"""What source `hf` keeps from a run that could not publish: the lists it fetched, and the days it did not get."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import zlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from etl.records import FetchedDay


class Waiting:
    """Lists that were fetched and wait for publication, one file a day; and beside them the days not got.

    Args:
        folder: holds nothing but the lists.
        endpoint: where the lists come from; those of another one are not used.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint

    def keep(self, day: date, fetched_at: datetime, entries: list[Any]) -> FetchedDay:
        """Write a list into its file, atomically."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = {"endpoint": self._endpoint, "fetched_at": fetched_at.isoformat(), "entries": entries}
        self._put(self._path(day), gzip.compress(json.dumps(content).encode(), compresslevel=3))
        return FetchedDay(day, fetched_at, len(entries))

    def find(self, day: date) -> FetchedDay | None:
        """What waits of a day, if anything that can be read does."""
        try:
            content = self._content(day)
            if content["endpoint"] == self._endpoint:
                return FetchedDay(day, datetime.fromisoformat(content["fetched_at"]), len(content["entries"]))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
            pass
        return None

    def entries(self, day: date) -> list[Any]:
        """The entries of a day that waits."""
        return list(self._content(day)["entries"])

    def clear(self) -> None:
        """Forget them all."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._owed_path.unlink(missing_ok=True)

    def owe(self, days: Mapping[date, str]) -> None:
        """Write down the days that did not come, with the reason, in the place of those written before."""
        content = {"endpoint": self._endpoint, "days": {str(day): reason for day, reason in days.items()}}
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._put(self._owed_path, json.dumps(content, ensure_ascii=False).encode())

    def owed(self) -> dict[date, str]:
        """The days written down, with the reason; none where that cannot be read."""
        try:
            content = json.loads(self._owed_path.read_bytes())
            if content["endpoint"] == self._endpoint:
                return {date.fromisoformat(day): str(reason) for day, reason in content["days"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        return {}

    @property
    def _owed_path(self) -> Path:
        return self._folder.with_name(f"{self._folder.name}-owed.json")

    @staticmethod
    def _put(path: Path, content: bytes) -> None:
        """Write a file, atomically."""
        aside = path.with_name(path.name + ".new")
        aside.write_bytes(content)
        os.replace(aside, path)

    def _content(self, day: date) -> Any:
        return json.loads(gzip.decompress(self._path(day).read_bytes()))

    def _path(self, day: date) -> Path:
        return self._folder / f"{day}.json.gz"
