"""Names and lines as arXiv keeps them: accents in TeX, and all authors in one line with their affiliations."""

from __future__ import annotations

import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

_LETTER = r"\s*(?:\{\s*\\?[A-Za-z]\s*\}|\\[ij](?![A-Za-z])|[A-Za-z])"
_COMMAND = (
    rf"[\"'`^~=.]{_LETTER}"  # \'e, \"{o}, \'{\i}
    r"|[uvHcdbkr](?:\s*\{\s*\\?[A-Za-z]\s*\}|\s+[A-Za-z](?![A-Za-z]))"  # \c{c}, \v{s}, \u g
    r"|(?:ss|ae|AE|oe|OE|aa|AA|o|O|l|L|i|j)(?![A-Za-z])(?:\{\}|\s+(?=[a-z]))?"  # \ss, \o, \L{}
)
_ACCENT = rf"\\(?:{_COMMAND})"
_ANY_ACCENT = re.compile(_ACCENT)
_ACCENTS = re.compile(rf"\{{({_ACCENT})\}}|({_ACCENT})")  # {\"o} too, with its braces
_MATHEMATICS = re.compile(r"(\$[^$]*\$)")
_PARENTHESIS = re.compile(r"([()])")
_BETWEEN_NAMES = re.compile(r"[,:]|\s(?:and|&)\s|^and\s")
_ET_AL = re.compile(r"et\.?\s+al\b.*", re.I)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV", re.I)
_INITIAL = re.compile(r"\.(?=[^\W\d_])")  # A.Noether


def unaccented(text: str) -> str:
    r"""Text with TeX's accents as Unicode: `Poincar\'e` becomes `Poincaré`. Formulas between dollars stay as they are.

    Only accents are turned: a title is no TeX document, and a `%` in it is no comment.
    """
    if not _ANY_ACCENT.search(text):  # from backslash to backslash, so in no time for most texts
        return text
    parts = _MATHEMATICS.split(text)
    parts[::2] = [_ACCENTS.sub(_decoded, part) for part in parts[::2]]
    return "".join(parts)


def _decoded(found: re.Match[str]) -> str:
    return _letter(found.group(1) or found.group(2))


@lru_cache(maxsize=10_000)
def _letter(accent: str) -> str:
    # A command takes the white space behind it: `\o re` is one word.
    return str(LatexNodes2Text().latex_to_text(accent.rstrip())).strip() or accent


def names(line: str) -> list[str]:
    """The names in an author line, in order: 'A. Noether (1), B.Curie and C. Ahn ((1) Göttingen)' has three.

    After the rules by which arXiv itself reads such lines (arxiv-base, `arxiv.authors`): affiliations stand in
    parentheses, names between commas, colons and 'and'; 'et al.' is nobody; a suffix belongs to the name before it.
    """
    line = _without_affiliations(unaccented(line).replace("~", " "))
    found: list[str] = []
    for part in _BETWEEN_NAMES.split(" ".join(line.split())):
        name = tidy(part)
        if found and _SUFFIX.fullmatch(name):
            found[-1] += f" {name}"
        elif name and not _ET_AL.fullmatch(name):
            found.append(name)
    return found


def _without_affiliations(line: str) -> str:
    """What stands outside of all parentheses; one that is never closed reaches to the end."""
    outside: list[str] = []
    depth = 0
    for part in _PARENTHESIS.split(line):
        if part == "(":
            depth += 1
        elif part == ")":
            depth = max(0, depth - 1)
        elif depth == 0:
            outside.append(part)
    return " ".join(outside)


def tidy(name: str) -> str:
    """A name in one spelling, since arXiv writes 'A.-B. Noether', 'A. -B. Noether' and 'A.-B.Noether'."""
    return " ".join(_INITIAL.sub(". ", name).replace(". -", ".-").split())
