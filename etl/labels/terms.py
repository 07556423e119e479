"""Names for topics: from scored terms to the few phrases a reader understands."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from etl.encode import TOKEN_PATTERN

KEYWORDS = 10
_PHRASE_WORTH = 0.4  # a phrase replaces its words when it scores at least this part of theirs
_SHARED_AT_MOST = 0.5  # part of a keyword's words that an earlier keyword may hold
_PHRASE_BONUS = 1.5  # a phrase of two or three words says more than its score against a single word's
_COMMONPLACE_WORDS = """
    ability accuracy algorithm analysis application approach architecture article aspect author baseline behavior
    behaviour benchmark case challenge change class code complexity comparison component condition context contribution
    data dataset design development effect efficiency error evaluation evidence example experiment feature field
    finding framework function group image improvement information input instance issue knowledge level literature
    measure mechanism method methodology metric model need number objective output paper parameter performance
    perspective point practice problem procedure process property proposal quality question range rate research
    result role sample scenario scheme score set setting signal simulation solution source state step strategy structure
    study survey system task technique term test theorem theory time tool type use user value variable version way work
    world year
"""
_COMMONPLACE = frozenset(_COMMONPLACE_WORDS.split())
_NEVER_FIRST_WORDS = """
    able available based better best better-known called common considered current different difficult effective
    efficient existing extensive first fixed given general good high important improved key large larger low main
    many modern multiple new novel obtained open possible present presented previous proposed provide real recent
    related second several show shown significant simple small special specific state-of-the-art strong such
    suitable towards underlying unified unique use used useful using various well widely
"""
_NEVER_FIRST = frozenset(_NEVER_FIRST_WORDS.split())
_NEVER_LAST_WORDS = """
    able achieved aware based called compared defined driven existing given improved inspired introduced obtained
    performed presented proposed provide provided required shown trained used using via versus
"""
_NEVER_LAST = frozenset(_NEVER_LAST_WORDS.split())
_PLAIN_AT_LEAST = 0.1  # part of a word's uses without capital that shows its capital to be the title's
_ADVERB = re.compile(r".{3,}ly")
_LY_NOUNS = frozenset({"anomaly", "assembly", "family", "monopoly", "supply", "butterfly"})

Scored = Sequence[tuple[str, float]]  # terms with their c-TF-IDF, the strongest first


def keywords(scored: Scored, case: Mapping[str, str]) -> tuple[str, ...]:
    """At most ten terms that do not repeat each other, in their usual case.

    'kv', 'cache' and 'kv cache' become 'KV cache'.
    """
    kept: list[list[str]] = []
    scored = _preferred(scored)
    for term, score in scored:
        words = term.split()
        if not _inside_a_phrase(words, score, scored) and not any(_repeats(words, other) for other in kept):
            kept.append(words)
    return tuple(" ".join(case.get(word, word) for word in words) for words in kept[:KEYWORDS])


def _preferred(scored: Scored) -> Scored:
    """The terms that name a subject, phrases before single words of a like score."""
    worth = [
        (term, score * (_PHRASE_BONUS if " " in term else 1.0))
        for term, score in scored
        if names_a_subject(term)
    ]
    return sorted(worth, key=lambda one: -one[1])


def names_a_subject(term: str) -> bool:
    """Whether a term can be a noun phrase of a subject: 'graph neural networks', but not 'proposed method'."""
    words = term.lower().split()
    if len(words) > 1 and any(len(word) == 1 for word in words):  # 'log n', 's dilemma'
        return False
    if words[0] in _NEVER_FIRST or words[-1] in _NEVER_LAST or any(map(_adverb, (words[0], words[-1]))):
        return False
    return not all(_stem(word) in _COMMONPLACE or word in _COMMONPLACE for word in words)


def _adverb(word: str) -> bool:
    return bool(_ADVERB.fullmatch(word)) and word not in _LY_NOUNS


def _inside_a_phrase(words: list[str], score: float, scored: Scored) -> bool:
    return any(
        len(longer := term.split()) > len(words)
        and set(words) <= set(longer)
        and other >= _PHRASE_WORTH * score
        for term, other in scored
    )


def _repeats(words: list[str], kept: list[str]) -> bool:
    stems, kept_stems = {_stem(word) for word in words}, {_stem(word) for word in kept}
    return len(stems & kept_stems) > _SHARED_AT_MOST * len(stems)


def _stem(word: str) -> str:
    """Enough to see that 'agents' repeats 'agent'."""
    if len(word) <= 3 or not word.endswith("s"):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def usual_case(texts: Iterable[str]) -> dict[str, str]:
    """For each lower-case word its commonest spelling: 'llms' -> 'LLMs', 'video' -> 'video'.

    A capital that titles and beginnings of sentences give to every word counts only where the word has no other form.
    """
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    token = re.compile(TOKEN_PATTERN)
    for text in texts:
        for word in token.findall(text):
            spellings[word.lower()][word] += 1
    return {word: _usual(word, counter) for word, counter in spellings.items()}


def _usual(word: str, counter: Counter[str]) -> str:
    title = word[:1].upper() + word[1:]
    capitals, plain = counter[title], counter[word]
    if title != word and plain and plain >= _PLAIN_AT_LEAST * (capitals + plain):
        del counter[title]
    return counter.most_common(1)[0][0]


def enumerated(parts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def capitalised(label: str) -> str:
    """The label with a capital first letter, unless its first word has a case of its own ('mRNA')."""
    first = label.split(" ", maxsplit=1)[0]
    return label if first != first.lower() else label[:1].upper() + label[1:]
