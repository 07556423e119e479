"""Settings of a process, read once. The only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

DATA_DIR_VARIABLE = "PAPERTIDE_DATA_DIR"
HF_ENDPOINT_VARIABLE, HF_TOKEN_VARIABLE = "HF_ENDPOINT", "HF_TOKEN"
EMBEDDER_VARIABLE, EMBEDDINGS_KEY_VARIABLE = "PAPERTIDE_EMBEDDER", "PAPERTIDE_EMBEDDINGS_KEY"
HF_ENDPOINT = "https://huggingface.co"
ARXIV_ENDPOINT_VARIABLE = "PAPERTIDE_ARXIV_ENDPOINT"
ARXIV_ENDPOINT = "https://oaipmh.arxiv.org/oai"
LLM_ENDPOINT_VARIABLE, LLM_MODEL_VARIABLE = "PAPERTIDE_LLM_ENDPOINT", "PAPERTIDE_LLM_MODEL"
LLM_KEY_VARIABLE = "PAPERTIDE_LLM_KEY"


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


@dataclass(frozen=True, slots=True)
class HfSettings:
    """Where Daily Papers are asked for, and the token that doubles the number of requests allowed.

    The token goes to the endpoint alone: it is never shown, logged or stored.
    """

    endpoint: str = HF_ENDPOINT
    token: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls) -> HfSettings:
        """As the environment says, under the names that every client of Hugging Face uses."""
        endpoint = os.environ.get(HF_ENDPOINT_VARIABLE, "").strip().rstrip("/")
        return cls(endpoint or HF_ENDPOINT, os.environ.get(HF_TOKEN_VARIABLE, "").strip() or None)


@dataclass(frozen=True, slots=True)
class ArxivSettings:
    """Where arXiv is harvested, and how many seconds lie between two requests.

    arXiv asks everybody for three seconds, so no variable shortens them.
    """

    endpoint: str = ARXIV_ENDPOINT
    interval: float = 3.0

    @classmethod
    def read(cls) -> ArxivSettings:
        """As the environment says."""
        return cls(os.environ.get(ARXIV_ENDPOINT_VARIABLE, "").strip() or ARXIV_ENDPOINT)


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """A language model behind an endpoint that speaks as OpenAI's does, up to and with `/v1`; '' where not set.

    The key goes to the endpoint alone: it is never shown, logged or stored.
    """

    endpoint: str = ""
    model: str = ""
    key: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls) -> LlmSettings:
        """As the environment says."""
        return cls(
            os.environ.get(LLM_ENDPOINT_VARIABLE, "").strip().rstrip("/"),
            os.environ.get(LLM_MODEL_VARIABLE, "").strip(),
            os.environ.get(LLM_KEY_VARIABLE, "").strip() or None,
        )


@dataclass(frozen=True, slots=True)
class EmbeddingsSettings:
    """Where vectors come from (None for our own), and the key of an embeddings server.

    The key goes to that server alone, and is never shown, logged or stored.
    """

    embedder: str | None = None
    key: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls) -> EmbeddingsSettings:
        """As the environment says."""
        return cls(
            os.environ.get(EMBEDDER_VARIABLE, "").strip() or None,
            os.environ.get(EMBEDDINGS_KEY_VARIABLE, "").strip() or None,
        )
