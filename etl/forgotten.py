"""What was removed on request and must not come back: hashes of ids, titles and names, never these themselves.

The hashes are keyed (BLAKE2b) with a random salt of the data folder, so that no list made elsewhere tells who they are.
Whoever has the file and a name can still ask whether the name is in it: that is what it is for.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from etl.errors import PapertideError
from etl.records import Author, Paper, Reject, Sighting, title_key

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FILE_NAME = "forgotten.json"
REMOVED = "(removed on request)"
_WORDS_AT_MOST = 6  # of a name, as it may stand within a text


@dataclass(frozen=True, slots=True)
class Found:
    """What a snapshot holds that is to be forgotten: paper ids, names as given, and texts that mention either."""

    papers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.papers or self.names or self.texts)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Hashes of what is forgotten; false where nothing is."""

    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    papers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.papers or self.names)

    @classmethod
    def read(cls, data_dir: Path) -> Forgotten:
        """What a data folder has forgotten.

        Raises:
            PapertideError: the file is damaged; to go on would bring back what was removed.
        """
        path = data_dir / FILE_NAME
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(str(content["salt"]), frozenset(content["papers"]), frozenset(content["names"]))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PapertideError(
                f"{path} cannot be read, and it says what must not come back; put a good copy back, then run again."
            ) from error

    def save(self, data_dir: Path) -> None:
        """Write it, atomically."""
        from etl import publish  # noqa: PLC0415  which imports the store, which keeps out what is forgotten

        hashes = {"papers": sorted(self.papers), "names": sorted(self.names)}
        publish.write_json(data_dir / FILE_NAME, {"salt": self.salt, **hashes})

    def with_paper(self, *marks: str | None) -> Forgotten:
        """The same, and a paper by all that it is known by: its ids (see `id_mark`) and title (`title_mark`)."""
        return replace(self, papers=self.papers | {self._hash(mark) for mark in marks if mark})

    def with_name(self, name: str) -> Forgotten:
        """The same, and a name."""
        return replace(self, names=self.names | {self._hash(name_mark(name))})

    def has_paper(self, *marks: str | None) -> bool:
        """Whether any of these marks is of a paper that is forgotten."""
        return any(self._hash(mark) in self.papers for mark in marks if mark)

    def has_name(self, name: str | None) -> bool:
        """Whether a name is forgotten."""
        return bool(name and self.names) and self._hash(name_mark(name or "")) in self.names

    def mentioned_in(self, text: str | None) -> bool:
        """Whether a text names a person or gives an id that is forgotten."""
        if not text or not self:
            return False
        if any(self.has_paper(id_mark(word)) for word in re.findall(r"[\w./:-]+", text)):
            return True
        return any(self._hash(phrase) in self.names for phrase in _phrases(text))

    def of_record(self, record: Paper | Sighting | Reject) -> Paper | Sighting | Reject | None:
        """A record as it may be loaded: None for a forgotten paper, without the names that are forgotten else."""
        if not self:
            return record
        if isinstance(record, Reject):
            mentions = self.mentioned_in(record.raw) or self.mentioned_in(record.reason)
            return Reject(record.source, REMOVED, REMOVED) if mentions else record
        if isinstance(record, Sighting):
            return None if self.has_paper(id_mark(record.id), id_mark(record.bare_arxiv_id)) else record
        marks = (record.id, record.bare_arxiv_id, record.doi, record.paper_id)
        if self.has_paper(*map(id_mark, marks), title_mark(record.title)):
            return None
        return self._without_names(record)

    def _without_names(self, paper: Paper) -> Paper:
        """The team keeps its size: it is a number, and says nothing of who is gone."""
        authors: tuple[Author, ...] | None = paper.authors
        if authors:
            authors = tuple(author for author in authors if not self.has_name(author.name))
        return paper._replace(
            authors=authors,
            authors_count=paper.team_size,
            submitter=None if self.has_name(paper.submitter) else paper.submitter,
            organization=None if self.has_name(paper.organization) else paper.organization,
        )

    def found_in(self, connection: DuckDBPyConnection) -> Found:
        """What the snapshot attached as `previous` holds that is forgotten."""
        if not self:
            return Found()
        # By pattern, here and below, since a snapshot may be older than a column.
        papers = connection.execute(
            "SELECT title, COLUMNS('^(paper_id|arxiv_id|doi)$') FROM previous.papers"
        ).fetchall()
        names = connection.execute(
            "SELECT name FROM previous.authors UNION SELECT value FROM "
            "(UNPIVOT (SELECT COLUMNS('^(submitter|organization)$') FROM previous.papers) ON COLUMNS(*))"
        ).fetchall()
        texts = connection.execute(
            "SELECT unnest([raw, reason]) FROM previous.rejects UNION SELECT error FROM previous.runs"
        ).fetchall()
        return Found(
            [
                paper_id
                for title, paper_id, *others in papers
                if self.has_paper(title_mark(title), *map(id_mark, (paper_id, *others)))
            ],
            [name for (name,) in names if self.has_name(name)],
            [text for (text,) in texts if self.mentioned_in(text)],
        )

    def _hash(self, mark: str) -> str:
        return blake2b(mark.encode(), key=bytes.fromhex(self.salt), digest_size=16).hexdigest()


def id_mark(paper_id: str | None) -> str | None:
    """An id as its spellings compare: without case, the prefix or address of arXiv and DOIs, and arXiv's version."""
    if not paper_id:
        return None
    bare = re.sub(
        r"^(https?://)?((export\.)?arxiv\.org/(abs|pdf)/|(dx\.)?doi\.org/|arxiv:|doi:)",
        "",
        paper_id.casefold(),
    )
    return re.sub(r"^(\d{4}\.\d{4,5})v\d+$", r"\1", bare.strip(" .,/"))


def title_mark(title: str) -> str:
    """A title as two spellings of it compare, told apart from ids."""
    return f"title {title_key(title)}"


def name_mark(name: str) -> str:
    """A name as its spellings compare: 'Curie, Marie' and 'MARIE CURIE' are one; initials are another name."""
    last, comma, first = name.partition(",")
    return " ".join(_words(f"{first} {last}" if comma else name))


def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain.casefold())


def _phrases(text: str) -> Iterator[str]:
    """Every run of two to six words of a text, and each pair around a comma turned round."""
    words = _words(text)
    for start in range(len(words)):
        for length in range(2, min(_WORDS_AT_MOST, len(words) - start) + 1):
            phrase = words[start : start + length]
            yield " ".join(phrase)
            yield " ".join([*phrase[1:], phrase[0]])
