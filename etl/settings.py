"""Settings of a process, read once. The only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

DATA_DIR_VARIABLE = "PAPERTIDE_DATA_DIR"
KEEP_SNAPSHOTS_VARIABLE, KEEP_DAYS_VARIABLE = "PAPERTIDE_KEEP_SNAPSHOTS", "PAPERTIDE_KEEP_DAYS"
HF_ENDPOINT_VARIABLE, HF_TOKEN_VARIABLE = "HF_ENDPOINT", "HF_TOKEN"
EMBEDDER_VARIABLE, EMBEDDINGS_KEY_VARIABLE = "PAPERTIDE_EMBEDDER", "PAPERTIDE_EMBEDDINGS_KEY"
HF_ENDPOINT = "https://huggingface.co"
ARXIV_ENDPOINT_VARIABLE = "PAPERTIDE_ARXIV_ENDPOINT"
ARXIV_ENDPOINT = "https://oaipmh.arxiv.org/oai"
LLM_ENDPOINT_VARIABLE, LLM_MODEL_VARIABLE = "PAPERTIDE_LLM_ENDPOINT", "PAPERTIDE_LLM_MODEL"
LLM_KEY_VARIABLE = "PAPERTIDE_LLM_KEY"
KEEP_SNAPSHOTS = 10


class SettingRefused(Exception):
    """A variable of the environment makes no sense; its text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where snapshots live, and which are kept: so many, and no longer than so many days; None for ever."""

    data_dir: Path
    keep_snapshots: int = KEEP_SNAPSHOTS
    keep_days: int | None = None

    @classmethod
    def read(cls, data_dir: Path | None = None, *, demo: bool = False) -> Settings:
        """The data folder as asked for, else of the environment, else `./data` (for the demo `./data/demo`)."""
        if data_dir is not None:
            return cls(data_dir)
        if named := os.environ.get(DATA_DIR_VARIABLE):
            return cls(Path(named))
        return cls(Path("data") / "demo" if demo else Path("data"))

    def with_retention(self) -> Settings:
        """The same, with what the environment says of keeping snapshots; only those who publish need to know.

        Raises:
            SettingRefused: it is no number.
        """
        return replace(
            self,
            keep_snapshots=_whole(KEEP_SNAPSHOTS_VARIABLE) or self.keep_snapshots,
            keep_days=_whole(KEEP_DAYS_VARIABLE) or self.keep_days,
        )


SECURITY_STARTTLS, SECURITY_TLS, SECURITY_NONE = "starttls", "tls", "none"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The mail server, who sends, to whom by default, and where a recipient unsubscribes; '' where not set.

    The password goes to the server alone, over an encrypted connection, and is never shown, logged or stored.
    """

    host: str = ""
    port: int = 587
    security: str = SECURITY_STARTTLS
    user: str = ""
    password: str | None = field(default=None, repr=False)
    sender: str = ""
    recipients: tuple[str, ...] = ()
    unsubscribe_url: str = ""

    @property
    def missing(self) -> list[str]:
        """The variables that must be set before mail can be sent."""
        needed = {
            "PAPERTIDE_SMTP_HOST": self.host,
            "PAPERTIDE_MAIL_FROM": self.sender,
            "PAPERTIDE_UNSUBSCRIBE_URL": self.unsubscribe_url,
        }
        return [name for name, value in needed.items() if not value]

    @classmethod
    def read(cls) -> MailSettings:
        """As the environment says.

        Raises:
            SettingRefused: the port is no number, or the kind of security is unknown.
        """
        security = _text("PAPERTIDE_SMTP_SECURITY") or SECURITY_STARTTLS
        if security not in (SECURITY_STARTTLS, SECURITY_TLS, SECURITY_NONE):
            raise SettingRefused(f"PAPERTIDE_SMTP_SECURITY is {security!r}; set it to starttls, tls or none.")
        usual = 465 if security == SECURITY_TLS else 587
        return cls(
            host=_text("PAPERTIDE_SMTP_HOST"),
            port=_whole("PAPERTIDE_SMTP_PORT") or usual,
            security=security,
            user=_text("PAPERTIDE_SMTP_USER"),
            password=os.environ.get("PAPERTIDE_SMTP_PASSWORD") or None,
            sender=_text("PAPERTIDE_MAIL_FROM"),
            recipients=tuple(filter(None, (one.strip() for one in _text("PAPERTIDE_DIGEST_TO").split(",")))),
            unsubscribe_url=_text("PAPERTIDE_UNSUBSCRIBE_URL"),
        )


def _text(variable: str) -> str:
    return os.environ.get(variable, "").strip()


ALLOW_RUNS_VARIABLE, RUN_USERS_VARIABLE = "PAPERTIDE_ALLOW_RUNS", "PAPERTIDE_RUN_USERS"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Who may start runs in the dashboard: whether its operator allows it to visitors of other machines, and which of
    those who log in, by their e-mail addresses in lower case.
    """

    allowed: bool = False
    users: tuple[str, ...] = ()

    @classmethod
    def read(cls) -> RunSettings:
        """As the environment says; users are parted by commas."""
        named = (one.strip().casefold() for one in _text(RUN_USERS_VARIABLE).split(","))
        return cls(_text(ALLOW_RUNS_VARIABLE) == "1", tuple(filter(None, named)))


def config_home() -> Path:
    """Where the user's settings of programs live (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(named) if Path(named).is_absolute() else Path.home() / ".config"


def _whole(variable: str) -> int | None:
    """A whole number from 1 on; None where the variable is not set."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SettingRefused(f"{variable} is {text!r}; set it to a whole number from 1 on, or unset it.")
    return int(text)


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
