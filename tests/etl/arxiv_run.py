"""A run of `etl` on a server on loopback, without the seconds that arXiv asks for, to be started in a process."""

from __future__ import annotations

import os
import sys

from etl.cli import app
from etl.settings import ArxivSettings


def run(endpoint: str, *arguments: str) -> None:
    """`etl` with these arguments, silent."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    ArxivSettings.read = classmethod(lambda cls: cls(endpoint, interval=0))  # type: ignore[method-assign]
    app(list(arguments))
