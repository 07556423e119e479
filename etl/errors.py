"""Errors a user can meet. Each message is one sentence that says what happened and what to do."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb


class PapertideError(Exception):
    """A failure with a sentence for the user; the command line prints it without a traceback."""

    exit_code = 1


class InputError(PapertideError):
    """What was asked for cannot be read, or holds nothing usable."""


class CorpusMismatch(PapertideError):
    """Demo and real papers were about to share a folder."""


class RunInProgress(PapertideError):
    """Another run holds the data folder."""

    exit_code = 4


class SnapshotRefused(PapertideError):
    """The new snapshot failed its checks, so it was not published."""


class NotFetched(PapertideError):
    """A source on the network did not give all that it was asked for."""


class NothingPublished(PapertideError):
    """There is no snapshot yet."""


class DiskFull(PapertideError):
    """A file could not grow."""


class OutOfMemory(PapertideError):
    """The machine, or a limit set on the process, has no more memory to give."""


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_ROOM_WORDS = ("no space left", "disk quota", "file too large", "not enough space")

_NO_MEMORY_WORDS = (
    "out of memory",
    "cannot allocate memory",
    "unable to allocate",
    "bad_alloc",
    "bad allocation",
    "could not allocate",
    "failed to allocate",
    "failed to re-allocate",
    "can't start new thread",
    "resource temporarily unavailable",
    "failed to map segment",
)


def as_disk_full(error: BaseException, folder: Path) -> DiskFull | None:
    """The error as DiskFull, if that is what it is (DuckDB says so in words only), else None."""
    full = isinstance(error, OSError) and error.errno in _NO_ROOM
    if isinstance(error, duckdb.Error):
        full = any(words in str(error).lower() for words in _NO_ROOM_WORDS)
    if not full:
        return None
    return DiskFull(
        f"There is no room left to write in {folder}; what was published is untouched, so free some space "
        "and run again."
    )


def as_out_of_memory(error: BaseException) -> OutOfMemory | None:
    """The error as OutOfMemory, if that is what it is (some libraries say so in words only), else None."""
    short = isinstance(error, MemoryError | duckdb.OutOfMemoryException)
    short = short or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
    if isinstance(error, Exception):
        short = short or any(words in str(error).lower() for words in _NO_MEMORY_WORDS)
    if not short or isinstance(error, PapertideError):
        return None
    return OutOfMemory(
        "There is not enough memory for this run; what was published is untouched, so end other programs or load fewer "
        "papers at once, then run again."
    )


def as_stopped(error: BaseException) -> KeyboardInterrupt | None:
    """The error as the stop by the user that it is where a signal came while DuckDB worked (it swallows what a handler
    raises, and says so in words only), else None.
    """
    if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
        return KeyboardInterrupt()
    return None


class NoWords(PapertideError):
    """The papers share no words by which topics could be told apart."""

    def __init__(self) -> None:
        super().__init__("The papers share too few words for topics; load more of them, with abstracts.")
