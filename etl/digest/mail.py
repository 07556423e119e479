"""Delivery by SMTP: encrypted, with the headers of one-click unsubscription (RFC 8058), and at most once."""

from __future__ import annotations

import email.policy
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from filelock import FileLock, Timeout

from etl.digest import render
from etl.digest.content import Digest
from etl.digest.ledger import SENDING, SENT, Ledger
from etl.errors import InputError, PapertideError, RunInProgress
from etl.settings import SECURITY_NONE, SECURITY_TLS, MailSettings

LOCK_NAME = "digests.lock"
_POLICY = email.policy.SMTP.clone(max_line_length=250)  # an address of the web in a header stays on its line
_TIMEOUT = 30  # seconds, of each answer
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f]+@[A-Za-z0-9.-]+")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(slots=True)
class Delivery:
    """What became of each recipient: sent now, had before, in doubt (see `ledger`), unsubscribed, refused with why."""

    sent: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    unsubscribed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def send(settings: MailSettings, digest: Digest, recipients: Sequence[str], data_dir: Path) -> Delivery:
    """Send the digest to those who did not get it yet.

    Raises:
        InputError: the settings, or an address, make no sense; nothing was sent.
        RunInProgress: another process is sending.
        PapertideError: the server cannot be reached, or does not let us in.
    """
    _refuse_misfits(settings, recipients)
    try:
        with FileLock(data_dir / LOCK_NAME, timeout=0):
            return _deliver(settings, digest, recipients, Ledger.read(data_dir))
    except Timeout:
        raise RunInProgress(
            "Another process is sending a digest; wait until it ends, then send again."
        ) from None


def message(settings: MailSettings, digest: Digest, recipient: str, token: str) -> EmailMessage:
    """The mail to one recipient."""
    way_out = settings.unsubscribe_url.replace("{token}", token)
    mail = EmailMessage(_POLICY)
    mail["From"], mail["To"] = settings.sender, recipient
    mail["Subject"] = render.subject(digest)
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2].strip("> "))
    mail["List-Unsubscribe"] = f"<{way_out}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(render.text(digest, way_out))
    mail.add_alternative(render.html(digest, way_out), subtype="html")
    return mail


def _refuse_misfits(settings: MailSettings, recipients: Sequence[str]) -> None:
    missing = settings.missing
    if missing:
        raise InputError(f"No mail can be sent yet; set {', '.join(missing)}.")
    if not settings.unsubscribe_url.startswith("https://") or "{token}" not in settings.unsubscribe_url:
        raise InputError(
            "PAPERTIDE_UNSUBSCRIBE_URL must be an https address with {token} in it; what is asked for there, give to "
            "`etl digest --unsubscribe TOKEN`."
        )
    if settings.security == SECURITY_NONE and settings.host not in _LOOPBACK:
        raise InputError(
            "PAPERTIDE_SMTP_SECURITY=none is for a server on this machine only; use starttls or tls."
        )
    if not recipients:
        raise InputError("Say who gets it: --to ADDRESS, or set PAPERTIDE_DIGEST_TO.")
    for address in recipients:
        if not _ADDRESS.fullmatch(address):
            raise InputError(f"{address!r} is no mail address; nothing was sent.")


def _deliver(settings: MailSettings, digest: Digest, recipients: Sequence[str], ledger: Ledger) -> Delivery:
    done, period = Delivery(), digest.period.key
    waiting = []
    for address in dict.fromkeys(recipients):
        state = ledger.state(period, address)
        if not ledger.wants(address):
            done.unsubscribed.append(address)
        elif state is None:
            waiting.append(address)
        else:
            (done.before if state == SENT else done.doubtful).append(address)
    if waiting:
        try:
            with _connected(settings) as server:
                for address in waiting:
                    _hand_over(server, settings, digest, address, ledger, done)
        except (OSError, smtplib.SMTPException) as error:
            raise PapertideError(
                f"The mail server {settings.host}:{settings.port} failed ({_told(error)}); {len(done.sent)} of "
                f"{len(waiting)} were sent, and the next try sends to the others only."
            ) from error
    return done


def _hand_over(
    server: smtplib.SMTP,
    settings: MailSettings,
    digest: Digest,
    address: str,
    ledger: Ledger,
    done: Delivery,
) -> None:
    period = digest.period.key
    mail = message(settings, digest, address, ledger.token(address))
    ledger.note(period, address, SENDING)
    try:
        server.send_message(mail)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        ledger.note(period, address, None)  # the server said no, so it surely did not go
        done.refused[address] = _told(error)
        return
    ledger.note(period, address, SENT)
    done.sent.append(address)


def _connected(settings: MailSettings) -> smtplib.SMTP:
    """A session with the server, encrypted before anything is told."""
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.security == SECURITY_TLS:
        server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=_TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=_TIMEOUT)
    try:
        if settings.security not in (SECURITY_TLS, SECURITY_NONE):
            server.starttls(context=context)
        if settings.user:
            server.login(settings.user, settings.password or "")
    except BaseException:
        server.close()
        raise
    return server


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return f"{code} {answer.decode(errors='replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return " ".join(str(error).split()) or type(error).__name__
