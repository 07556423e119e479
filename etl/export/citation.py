"""How to cite a snapshot: as text, and as a Citation File Format file (https://citation-file-format.github.io)."""

from __future__ import annotations

import json
from typing import Any


def cited(facts: dict[str, Any]) -> str:
    """The citation as text, with what is needed to tell this state from any other: snapshot and versions."""
    snapshot = f"Snapshot {facts['run_id']}, {facts['published_at']:%Y-%m-%d}"
    return f"Papertide. {_title(facts)}. {snapshot}. {_methods(facts)}"


def cff(facts: dict[str, Any]) -> str:
    """The citation as CITATION.cff."""
    content = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them as below, and the sources of the papers.",
        "type": "dataset",
        "title": _title(facts),
        "authors": [{"name": "Papertide"}],
        "version": facts["run_id"],
        "date-released": f"{facts['published_at']:%Y-%m-%d}",
        "abstract": _methods(facts),
    }
    # A line of JSON values is YAML too.
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in content.items())


def _title(facts: dict[str, Any]) -> str:
    kind = "synthetic papers" if facts["corpus"] == "demo" else "papers"
    return f"Research trends of {facts['papers']:,} {kind} (source: {', '.join(facts['sources'] or ['unknown'])})"


def _methods(facts: dict[str, Any]) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in facts["versions"].items()) or "unknown"
    topics = (
        f"topics fitted in way {facts['topics_version']}, granularity {facts['granularity']}, "
        f"vectors {facts['embedder']}"
        if facts["topics_version"]
        else "no topics"
    )
    return f"Methods: {topics}; schema {facts['schema_version']}; packages {packages}."
