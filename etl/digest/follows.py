"""What a reader follows: `follows.toml` in the data folder.

topics = [12, 31]
authors = ["Ada Lovelace"]
organizations = ["Analytical Engines"]
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from etl.errors import InputError

FILE_NAME = "follows.toml"


@dataclass(frozen=True, slots=True)
class Follows:
    """Topics by number, authors and organisations by name."""

    topics: tuple[int, ...] = ()
    authors: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()


def read(data_dir: Path) -> Follows:
    """What the file says; nothing where there is none.

    Raises:
        InputError: it has a mistake; the sentence says which.
    """
    path = data_dir / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Follows()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); mend it or remove it.") from error
    topics = content.pop("topics", [])
    names = {kind: content.pop(kind, []) for kind in ("authors", "organizations")}
    if content:
        raise InputError(
            f"{path} knows no {next(iter(content))!r}; it takes topics, authors and organizations."
        )
    if not isinstance(topics, list) or not all(type(topic) is int for topic in topics):
        raise InputError(
            f"topics in {path} must be a list of numbers, as `etl topics` shows them: topics = [12, 31]."
        )
    for kind, listed in names.items():
        if not isinstance(listed, list) or not all(isinstance(name, str) and name.strip() for name in listed):
            raise InputError(f'{kind} in {path} must be a list of names: {kind} = ["Ada Lovelace"].')
    return Follows(tuple(topics), tuple(names["authors"]), tuple(names["organizations"]))
