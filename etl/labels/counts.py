"""Which papers hold which phrases.

Titles, being short, are read in full and give the phrases, together with keywords. Abstracts are then searched for
these phrases alone, by array operations on the numbers of their words: a tenth of the time that cutting every abstract
into phrases takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from etl.labels import grammar, spelling

_SENTENCE_ENDS = frozenset(".!?:")
_TEXTS_AT_ONCE = 2_000  # keeps memory flat
_PHRASES_AT_MOST = 30_000
_WHOLE_FROM = (
    0.2  # part of a phrase's places where it must end its run of words, to be no fragment of longer ones
)
_NAME_FROM = 0.7  # part of a word's uses with a capital that makes it a name ('Gaussian')

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Phrases (p) of papers (n) as they are written, and the papers that hold them: 1 or 0, sparse (n, p)."""

    phrases: tuple[str, ...]
    in_title: sparse.csr_matrix
    in_text: sparse.csr_matrix  # title or abstract
    as_keyword: sparse.csr_matrix


def count(
    titles: Sequence[str], abstracts: Sequence[str], keywords: Sequence[Sequence[str]] | None
) -> Counts:
    """Phrases that two titles or keywords have in common (more in a large corpus), and where they stand."""
    forms = _Forms()
    for title in titles:
        forms.read(dict(_noun_phrases(title.lower())))
    for given in keywords or []:
        forms.read({words: True for keyword in given if (words := _as_phrase(keyword))})
    keys = forms.common(at_least=max(2, len(titles) // 3_000))
    place = {key: number for number, key in enumerate(keys)}
    search = _Search({words: place[key] for key in keys for words in forms.of[key]})
    spellings: Counter[str] = Counter()
    parts = []
    for start in range(0, len(titles), _TEXTS_AT_ONCE):
        rows = slice(start, start + _TEXTS_AT_ONCE)
        texts = [spelling.tokens(text) for text in abstracts[rows]]
        for text in texts:
            spellings.update(word for before, word in pairwise(text) if before not in _SENTENCE_ENDS)
        heads = [spelling.tokens(title) for title in titles[rows]]
        parts.append((search.papers(heads), search.papers(texts)))
    in_title = sparse.vstack([title for title, _ in parts], "csr")
    in_text = in_title.maximum(sparse.vstack([text for _, text in parts], "csr"))
    as_keyword = _keyword_papers(keywords or [()] * len(titles), place)
    case = usual_case(spellings, titles, {w for key in keys for w in forms.usual(key)})
    phrases = tuple(" ".join(case[word] for word in forms.usual(key)) for key in keys)
    return Counts(phrases, in_title, in_text, as_keyword)


class _Forms:
    """The ways in which each phrase is written, and in how many titles or lists of keywords.

    `whole` counts those only in which no noun follows, for 'medical image' in 'medical image segmentation' tells
    neither that the phrase stands for itself nor how it is written when it does: 'medical images'.
    """

    def __init__(self) -> None:
        self.of: dict[str, Counter[tuple[str, ...]]] = {}
        self.whole: dict[str, Counter[tuple[str, ...]]] = {}

    def read(self, phrases: Mapping[tuple[str, ...], bool]) -> None:
        """Take in the phrases of one title or list; each with whether it is whole."""
        for words, whole in phrases.items():
            key = spelling.key(" ".join(words))
            self.of.setdefault(key, Counter())[words] += 1
            if whole:
                self.whole.setdefault(key, Counter())[words] += 1

    def common(self, at_least: int) -> list[str]:
        """Keys of phrases that stand often enough, and often enough for themselves, in alphabetical order."""
        often = {
            key: total
            for key, forms in self.of.items()
            if (total := forms.total()) >= at_least
            and (" " not in key or self.whole.get(key, Counter()).total() >= _WHOLE_FROM * total)
        }
        return sorted(sorted(often, key=lambda key: (-often[key], key))[:_PHRASES_AT_MOST])

    def usual(self, key: str) -> tuple[str, ...]:
        """How the phrase is written. A plural counts double: a title of one system says 'a recommender system'."""
        forms = self.whole.get(key, self.of[key])
        return max(
            forms, key=lambda form: (forms[form] * (1 + (form[-1] != spelling.singular(form[-1]))), form)
        )


def _noun_phrases(title: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every part of a run of words without a break that may name a subject, and whether it ends the run."""
    run: list[str] = []
    for word in (*spelling.tokens(title), "."):
        if not grammar.breaks(word):
            run.append(word)
            continue
        for start in range(len(run)):
            for end in range(start + 1, min(start + grammar.LONGEST, len(run)) + 1):
                if grammar.is_noun_phrase(run[start:end]):
                    yield tuple(run[start:end]), end == len(run)
        run = []


def _as_phrase(keyword: str) -> tuple[str, ...] | None:
    """A keyword as a phrase, where it may be one: not a number, a sentence, or a commonplace."""
    words = tuple(spelling.tokens(keyword.lower()))
    return words if grammar.is_noun_phrase(words) and not any(map(grammar.breaks, words)) else None


def _keyword_papers(keywords: Sequence[Sequence[str]], place: Mapping[str, int]) -> sparse.csr_matrix:
    pairs = {
        (paper, number)
        for paper, given in enumerate(keywords)
        for keyword in given
        if (number := place.get(spelling.key(keyword.strip()))) is not None
    }
    return _ones([paper for paper, _ in pairs], [number for _, number in pairs], (len(keywords), len(place)))


class _Search:
    """Finds phrases in texts: a trie whose edges (node, word) -> node are numbers in a sorted array."""

    def __init__(self, phrases: Mapping[tuple[str, ...], int]) -> None:
        """Build the trie; `phrases` gives the column of each, several spellings perhaps the same."""
        self._columns = max(phrases.values(), default=-1) + 1
        self._word: dict[str, int] = {}
        self._known: dict[str, tuple[int, ...]] = {}
        edges: dict[tuple[int, int], int] = {}
        column: dict[int, int] = {}
        for words, number in phrases.items():
            node = 0
            for word in map(spelling.singular, words):
                found = self._word.setdefault(word, len(self._word))
                node = edges.setdefault((node, found), len(edges) + 1)
            column[node] = number
        self._width = max(len(self._word), 1)
        codes = np.array([node * self._width + word for node, word in edges], np.int64)
        order = np.argsort(codes)
        self._codes = codes[order]
        self._child = np.array(list(edges.values()), np.int64)[order] if edges else codes
        self._column = np.full(len(edges) + 1, -1, np.int64)
        self._column[list(column)] = list(column.values())

    def papers(self, texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """Which of the texts (n), given as words, hold which phrase (n, p)."""
        words: list[int] = []
        ends = []
        for text in texts:
            for token in text:
                words.extend(self._known.get(token) or self._numbers(token))
            words.append(-1)  # no phrase crosses from text to text
            ends.append(len(words))
        number = np.array(words, np.int64)
        paper = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))
        rows, columns = [], []
        place = np.arange(len(number))
        node = np.zeros(len(number), np.int64)
        for _ in range(2 * grammar.LONGEST):
            place, node = self._step(number, place, node)
            if not len(place):
                break
            hit = self._column[node] >= 0
            rows.append(paper[place[hit] - 1])
            columns.append(self._column[node[hit]])
        flat = (np.concatenate(rows), np.concatenate(columns)) if rows else ([], [])
        return _ones(*flat, (len(texts), self._columns))

    def _step(self, number: Ints, place: Ints, node: Ints) -> tuple[Ints, Ints]:
        """From nodes reached before the places to those reached after the word there."""
        inside = place < len(number)
        place, node = place[inside], node[inside]
        word = number[place]
        code = np.where(word >= 0, node * self._width + word, -1)
        found = np.minimum(np.searchsorted(self._codes, code), len(self._codes) - 1)
        hit = self._codes[found] == code if len(self._codes) else np.zeros(len(code), bool)
        return place[hit] + 1, self._child[found[hit]]

    def _numbers(self, token: str) -> tuple[int, ...]:
        """Numbers of a word; of its parts, where only they are known ('kv-cache'); -1 where no phrase holds it."""
        word = spelling.singular(token.lower())
        if word in self._word:
            numbers: tuple[int, ...] = (self._word[word],)
        else:
            numbers = tuple(self._word.get(spelling.singular(part), -1) for part in word.split("-")) or (-1,)
        self._known[token] = numbers
        return numbers


def _ones(rows: object, columns: object, shape: tuple[int, int]) -> sparse.csr_matrix:
    """A sparse matrix with 1 at the places given, once or several times."""
    rows = np.asarray(rows, np.int64)
    matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, np.asarray(columns, np.int64))), shape)
    matrix.data[:] = 1
    return matrix


def usual_case(spellings: Mapping[str, int], titles: Sequence[str], words: set[str]) -> dict[str, str]:
    """Each lower-case word as it is usually written: 'llms' -> 'LLMs', 'gaussian' -> 'Gaussian'.

    Abstracts tell (`spellings` counts their words, but for those that begin sentences), since titles write every word
    with a capital. That capital alone needs a clear majority. Titles are asked about words that no abstract holds.
    """
    seen: dict[str, Counter[str]] = {}
    for word, uses in spellings.items():
        if (lower := word.lower()) in words:
            seen.setdefault(lower, Counter())[word] += uses
    missing = words - seen.keys()
    for title in titles if missing else ():
        for word in spelling.tokens(title):
            if (lower := word.lower()) in missing and word[1:] != lower[1:]:
                seen.setdefault(lower, Counter())[word] += 1
    return {word: _commonest(word, seen.get(word, Counter())) for word in words}


def _commonest(word: str, forms: Counter[str]) -> str:
    if not forms:
        return word
    form, uses = max(forms.items(), key=lambda item: (item[1], item[0]))
    only_a_capital = form[1:] == word[1:]
    return word if only_a_capital and form != word and uses < _NAME_FROM * forms.total() else form
