"""Small files of the data folder that the dashboard writes and people edit: TOML, with their comments kept."""

from __future__ import annotations

import os
import tempfile
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

_writing = threading.Lock()  # sessions run in threads of one server


class Unreadable(Exception):
    """A file has a mistake, or cannot be read or written; its text is a sentence for the user."""


def read(path: Path) -> tomlkit.TOMLDocument:
    """What a file says; nothing where there is none.

    Raises:
        Unreadable: it has a mistake.
    """
    return _parsed(path, _text(path))


def values(path: Path) -> dict[str, Any]:
    """What a file says, without its comments: the fast way to read it.

    Raises:
        Unreadable: it has a mistake.
    """
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, error) from error


def change(path: Path, changed: Callable[[tomlkit.TOMLDocument], None]) -> tuple[str, str]:
    """Read, change and replace a file at once, so that nobody ever reads half of it.

    Returns:
        Its text before and after, by which `undo` knows it again.

    Raises:
        Unreadable: the file has a mistake, or cannot be written.
    """
    with _writing:
        before = _text(path)
        document = _parsed(path, before)
        changed(document)
        after = tomlkit.dumps(document)
        _replace(path, after)
        return before, after


def undo(path: Path, before: str, after: str) -> None:
    """Take a change back, unless the file was changed since.

    Raises:
        Unreadable: it was, or cannot be written.
    """
    with _writing:
        if _text(path) != after:
            raise Unreadable(f"{path} was changed since, so nothing was undone; change it by hand.")
        _replace(path, before)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _parsed(path: Path, text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> Unreadable:
    return Unreadable(f"{path} cannot be read ({error}); mend it or remove it.")


def _replace(path: Path, text: str) -> None:
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as aside:
            aside.write(text)
            aside.flush()
            os.fsync(aside.fileno())
        if path.exists():
            Path(aside.name).chmod(path.stat().st_mode & 0o777)
        Path(aside.name).replace(path)
    except OSError as error:
        raise Unreadable(
            f"{path} cannot be written ({error.strerror}); free its folder for writing."
        ) from error
