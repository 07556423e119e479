"""Who got which digest, and who wants none: a small file in the data folder, replaced atomically.

A mail is noted before it is handed over, and again after. If the process dies in between, nobody can know whether it
went; then it is not sent again, since a digest missed is better than one twice. Addresses are kept as keyed hashes.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from etl import publish
from etl.errors import InputError, PapertideError

FILE_NAME = "digests.json"
SENDING, SENT = "sending", "sent"
_TOKEN = 32  # hexadecimal digits


@dataclass(slots=True)
class Ledger:
    """`sent` says, by period and then by the token of an address, 'sending' or 'sent'."""

    data_dir: Path
    secret: str = field(default_factory=lambda: secrets.token_hex(32))
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    unsubscribed: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, data_dir: Path) -> Ledger:
        """The ledger of a data folder.

        Raises:
            PapertideError: it is damaged; to go on might send twice.
        """
        path = data_dir / FILE_NAME
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(data_dir, content["secret"], content["sent"], content["unsubscribed"])
        except FileNotFoundError:
            return cls(data_dir)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PapertideError(
                f"{path} cannot be read, and it says who got which digest; put a good copy back, or remove it to send "
                "anew."
            ) from error

    def token(self, address: str) -> str:
        """What stands for an address, which nobody else can make or guess."""
        local, _, domain = address.rpartition("@")
        key = f"{local}@{domain.casefold()}".encode()
        return hmac.new(bytes.fromhex(self.secret), key, "sha256").hexdigest()[:_TOKEN]

    def state(self, period: str, address: str) -> str | None:
        """'sent', 'sending' where it may have gone, or None."""
        return self.sent.get(period, {}).get(self.token(address))

    def note(self, period: str, address: str, state: str | None) -> None:
        """Write down a state; None where it surely did not go."""
        of_period = self.sent.setdefault(period, {})
        if state is None:
            of_period.pop(self.token(address), None)
        else:
            of_period[self.token(address)] = state
        self._save()

    def wants(self, address: str) -> bool:
        """Whether an address has not unsubscribed."""
        return self.token(address) not in self.unsubscribed

    def unsubscribe(self, who: str) -> None:
        """Send nothing more to an address, given as itself or by its token.

        Raises:
            InputError: it is neither.
        """
        token = self.token(who) if "@" in who else who
        if len(token) != _TOKEN or not set(token) <= set("0123456789abcdef"):
            raise InputError(
                f"--unsubscribe {who} is no address and no token of one; take it from the link in a mail."
            )
        if token not in self.unsubscribed:
            self.unsubscribed.append(token)
        self._save()

    def _save(self) -> None:
        content = {"secret": self.secret, "sent": self.sent, "unsubscribed": self.unsubscribed}
        publish.write_json(self.data_dir / FILE_NAME, content)
        (self.data_dir / FILE_NAME).chmod(0o600)
