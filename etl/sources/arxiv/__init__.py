"""Source `arxiv`: opened on a snapshot where there is --input, else live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from etl.errors import InputError
from etl.settings import ArxivSettings
from etl.sources.arxiv.metadata import as_set
from etl.sources.catalogue import Request

if TYPE_CHECKING:
    from etl.sources.arxiv.harvest import ArxivSource
    from etl.sources.arxiv.snapshot import SnapshotSource


@contextmanager
def opened(request: Request) -> Iterator[ArxivSource | SnapshotSource]:
    """What is asked for: papers of a snapshot, or records at the endpoint that the environment names."""
    sets = [as_set(text) for text in request.options.get("sets", ())]
    since, until = request.options.get("since"), request.options.get("until")
    refresh = bool(request.options.get("refresh"))
    # Imported where they are needed: processes that read parts of a snapshot start the sooner.
    if "inputs" in request.options:
        from etl.sources.arxiv.snapshot import SnapshotSource  # noqa: PLC0415

        if refresh:
            raise InputError("--refresh does not go with --input; a snapshot is read whole every time.")
        yield SnapshotSource(request.inputs, sets, since, until)
        return
    from etl.sources.arxiv.harvest import ArxivSource, Span  # noqa: PLC0415
    from etl.sources.arxiv.oai import Oai  # noqa: PLC0415

    span = Span.asked(since, until, datetime.now(UTC).date())
    if until and until > span.until:
        request.remark(f"{until} has not begun (UTC), so the run ends with {span.until}.")
    elif until and until < datetime.now(UTC).date():
        request.remark(
            f"Papers whose records changed after {until} are not listed up to that day; run without --until to have "
            "them too."
        )
    with Oai(ArxivSettings.read(), told=request.doing) as oai:
        yield ArxivSource(oai, sets, span, request.data_dir, refresh=refresh)
