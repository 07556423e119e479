"""Settings of a process, read once. The only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DATA_DIR_VARIABLE = "PAPERTIDE_DATA_DIR"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where snapshots live, and how many are kept."""

    data_dir: Path
    keep_snapshots: int = 10

    @classmethod
    def read(cls, data_dir: Path | None = None, *, demo: bool = False) -> Settings:
        """The data folder as asked for, else of the environment, else `./data` (for the demo `./data/demo`)."""
        if data_dir is not None:
            return cls(data_dir)
        if named := os.environ.get(DATA_DIR_VARIABLE):
            return cls(Path(named))
        return cls(Path("data") / "demo" if demo else Path("data"))
