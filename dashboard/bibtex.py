"""Papers as BibTeX. The two libraries that write it load only when a file is asked for.

Whatever a source gives is text, so every sign that means something to TeX is escaped; a formula is kept as TeX where it
is made of nothing but symbols and commands that draw them. Web addresses and DOIs stay as they are, as BibTeX's styles
and biblatex expect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote

import pandas as pd

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A formula as Pandoc's Markdown knows it: no space within its dollars, no digit after them. $5 and $6 are prices.
_FORMULA = re.compile(r"(?<![\\$])\$(?![\s$])([^$]{1,300}?)(?<![\s\\])\$(?![\d$])")
_COMMAND = re.compile(r"\\([A-Za-z]+|[^A-Za-z])")
_NAMES = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "mathbb mathbf mathcal mathfrak mathit mathrm mathsf mathtt boldsymbol text textbf textit textrm bar hat tilde vec "
    "dot widehat widetilde overline underline sqrt frac log ln exp min max sup inf lim sum prod int partial nabla "
    "infty ell times cdot cdots ldots dots pm mp circ ast star oplus otimes odot to rightarrow leftarrow Rightarrow "
    "leftrightarrow mapsto le leq ge geq ll gg ne neq approx sim simeq equiv propto in notin subset subseteq cup cap "
    "setminus emptyset forall exists mid parallel perp angle dagger prime langle rangle left right"
)
_DRAWING = frozenset(_NAMES.split()) | frozenset(" ,;:!")
_SPECIAL = re.compile(r"[^ -~]|[\\{}$&#_%~^<>]")
# What pylatexenc writes for these is unbalanced to BibTeX, which counts braces after a backslash too.
_BRACES = {"{": r"{\ensuremath{\lbrace}}", "}": r"{\ensuremath{\rbrace}}"}
_PLAIN = re.compile(r"[^\s{}\\~$%]+", re.ASCII)
_LINK_SAFE = ":/?#[]@!&'()*+,;=%-._"


def bibtex(papers: pd.DataFrame) -> bytes:
    """Papers as a .bib file in UTF-8, in their order.

    Args:
        papers: rows of `queries.whole_papers`.
    """
    from bibtexparser.entrypoint import write_string  # noqa: PLC0415 - only for those who ask for a file
    from bibtexparser.library import Library  # noqa: PLC0415
    from bibtexparser.model import Block, Entry, Field  # noqa: PLC0415

    entries: list[Block] = [
        Entry("misc", str(paper["key"]), [Field(name, value) for name, value in _fields(paper).items()])
        for paper in papers.to_dict("records")
    ]
    library = Library(entries)
    assert len(library.entries) == len(entries), "keys are unique"
    return write_string(library, unparse_stack=[]).encode()


def _fields(paper: dict[Any, Any]) -> dict[str, str]:
    """The fields of an entry, each as it is written, in the order in which people read them."""
    listed = {
        "title": _text(paper["title"], _word),
        "author": _people(paper["authors"], paper["authors_count"]),
        **_day(paper),
        "eprint": _verbatim(paper["arxiv_id"]),
        "archivePrefix": "{arXiv}" if _is_known(paper["arxiv_id"]) else "",
        "primaryClass": _primary_class(paper),
        "doi": _verbatim(paper["doi"]),
        "url": _link(paper["url"]),
        "note": _text(paper["journal_ref"]),
        "keywords": _keywords(paper["keywords"]),
        "abstract": _text(paper["abstract"]),
    }
    return {name: value for name, value in listed.items() if value}


def _is_known(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _day(paper: dict[Any, Any]) -> dict[str, str]:
    day = paper["published_on"]
    if pd.isna(day):
        return {}
    return {"year": f"{{{day.year}}}", "month": _MONTHS[day.month - 1], "day": f"{{{day.day}}}"}


def _primary_class(paper: dict[Any, Any]) -> str:
    """arXiv's first category, which the eprint belongs to."""
    categories = _list(paper["categories"])
    known = _is_known(paper["arxiv_id"]) and categories and re.fullmatch(r"[A-Za-z.-]+", categories[0])
    return f"{{{categories[0]}}}" if known else ""


def _list(values: Any) -> list[str]:
    return (
        [str(value) for value in values] if hasattr(values, "__len__") and not isinstance(values, str) else []
    )


def _keywords(values: Any) -> str:
    words = _list(values)
    return (
        "{" + ("; " if any("," in word for word in words) else ", ").join(map(tex, words)) + "}"
        if words
        else ""
    )


def _people(names: Any, number: float) -> str:
    """Names as given, with "and others" where the source counts more than it names."""
    known = _list(names)
    if not known:
        return ""
    people = [_person(name) for name in known]
    if pd.notna(number) and number > len(known):
        people.append("others")
    return "{" + " and ".join(people) + "}"


def _person(name: str) -> str:
    """A name; in braces, which keep it whole, where BibTeX would take it for several or for nobody."""
    whole = re.search(r"(^|\s)(and|others)(\s|$)", name, re.IGNORECASE) or name.count(",") > 2
    return f"{{{tex(name)}}}" if whole else tex(name)


def _verbatim(value: Any) -> str:
    """An identifier, which styles take as it stands."""
    if not _is_known(value):
        return ""
    return f"{{{value if _PLAIN.fullmatch(value) else tex(value)}}}"


def _link(url: Any) -> str:
    """A web address, with what TeX would read percent-encoded."""
    return "{" + quote(url, safe=_LINK_SAFE).replace("~", "%7E") + "}" if _is_known(url) else ""


def _text(value: Any, word: Callable[[str], str] | None = None) -> str:
    """Prose in braces; `word` writes what is no formula."""
    if not _is_known(value):
        return ""
    parts = []
    end = 0
    for formula in _FORMULA.finditer(value):
        if _only_draws(formula.group(1)):
            parts += [(word or tex)(value[end : formula.start()]), formula.group()]
            end = formula.end()
    return "{" + "".join([*parts, (word or tex)(value[end:])]) + "}"


def _only_draws(formula: str) -> bool:
    """Whether a formula is of signs and commands that draw signs: no macro of anybody's that TeX would run."""
    plain = _COMMAND.sub("", formula)
    depth = 0
    for sign in plain:
        depth += (sign == "{") - (sign == "}")
        if depth < 0 or sign in "#%&~\\" or not " " <= sign <= "~":
            return False
    return depth == 0 and _DRAWING.issuperset(_COMMAND.findall(formula))


def _word(text: str) -> str:
    """Words of a title: those with a capital within, such as BERT, are kept from styles that write titles small."""
    return re.sub(
        r"[^\s:;,.()]+",
        lambda found: (
            f"{{{tex(found.group())}}}" if re.search(r".[A-Z]", found.group()) else tex(found.group())
        ),
        text,
    )


def tex(text: str) -> str:
    """Text as TeX prints it. Signs for which TeX has no command, such as Chinese ones, stay as they are."""
    return _SPECIAL.sub(lambda sign: _sign(sign.group()), text)


@cache
def _encoder() -> Any:
    from pylatexenc.latexencode import UnicodeToLatexEncoder  # noqa: PLC0415

    return UnicodeToLatexEncoder(
        unknown_char_policy="keep", unknown_char_warning=False, replacement_latex_protection="braces-all"
    )


@cache
def _sign(sign: str) -> str:
    return _BRACES.get(sign) or str(_encoder().unicode_to_latex(sign))
