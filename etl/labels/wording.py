"""How phrases are put: with a capital, or several in a row."""

from __future__ import annotations

from collections.abc import Sequence


def enumerated(parts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def capitalised(label: str) -> str:
    """The label with a capital first letter, unless its first word has a case of its own ('mRNA')."""
    first = label.split(" ", maxsplit=1)[0]
    return label if first != first.lower() else label[:1].upper() + label[1:]
