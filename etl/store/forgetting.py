"""How a table of an earlier snapshot is carried forward without what was removed on request."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from etl.forgotten import REMOVED, Found


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a column, of any table, forgets: rows to keep, or what its value becomes; in terms of `forgotten.Found`."""

    column: str
    keep: str = ""
    make: str = ""


_RULES = (
    _Rule("paper_id", keep="NOT list_contains($papers::VARCHAR[], paper_id)"),
    _Rule("name", keep="NOT list_contains($names::VARCHAR[], name)"),
    _Rule("raw", keep="NOT list_contains($texts::VARCHAR[], raw)"),
    _Rule("reason", keep="NOT list_contains($texts::VARCHAR[], reason)"),
    _Rule("error", make=f"if(list_contains($texts::VARCHAR[], error), '{REMOVED}', error)"),
    _Rule("submitter", make="if(list_contains($names::VARCHAR[], submitter), NULL, submitter)"),
    _Rule("organization", make="if(list_contains($names::VARCHAR[], organization), NULL, organization)"),
    # A description quotes the title of the most typical paper.
    _Rule(
        "description",
        make="if(list_has_any(typical, $papers::VARCHAR[]), "
        "regexp_replace(description, ', such as “.*', '.'), description)",
    ),
    _Rule("typical", make="list_filter(typical, lambda paper: NOT list_contains($papers::VARCHAR[], paper))"),
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a table is carried: columns and a condition in SQL, and the values they name."""

    columns: str = "*"
    where: str = "true"
    values: dict[str, Any] = field(default_factory=dict)


def selection(columns: Collection[str], gone: Found) -> Selection:
    """What is carried of a table with these columns."""
    rules = [rule for rule in _RULES if rule.column in columns] if gone else []
    made = ", ".join(f"{rule.make} AS {rule.column}" for rule in rules if rule.make)
    chosen = f"* REPLACE ({made})" if made else "*"
    where = " AND ".join(rule.keep for rule in rules if rule.keep) or "true"
    named = [name for name in ("papers", "names", "texts") if f"${name}" in chosen + where]
    return Selection(chosen, where, {name: getattr(gone, name) for name in named})
