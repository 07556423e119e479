"""The commands that take results to readers: export and digest."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etl import report, snapshots, status
from etl.console import ERROR, DataDir, Verbose, in_one_sentence, say
from etl.digest.period import Length, last_complete
from etl.errors import InputError, PapertideError, as_disk_full
from etl.settings import MailSettings, Settings

if TYPE_CHECKING:
    from etl.digest.content import Digest

_DIGEST_EXAMPLES = """Examples:

- etl digest --period week
- etl digest --period month --out digests
- etl digest --period week --send --to ada@example.org
- etl digest --unsubscribe ada@example.org"""


def register(app: typer.Typer) -> None:
    """Add the commands to `etl`."""
    app.command("digest", epilog=_DIGEST_EXAMPLES)(_digest)
    app.command("export", epilog="Examples:\n\n- etl export report\n- etl export report --without-abstracts")(
        _export
    )


def _export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Folder to write; an earlier publication there is replaced.",
            show_default=False,
        ),
    ],
    snapshot: Annotated[
        str, typer.Option(help="Of another snapshot; see `etl snapshots`.")
    ] = snapshots.CURRENT,
    without_abstracts: Annotated[
        bool, typer.Option("--without-abstracts", help="Leave abstracts out of the tables.")
    ] = False,
    data_dir: DataDir = None,
    verbose: Verbose = False,
) -> None:
    """Write a publication: a report that opens from disk, the tables as Parquet with their dictionary, a citation."""
    with in_one_sentence(verbose):
        from etl.export import export  # noqa: PLC0415

        source = snapshots.usable(Settings.read(data_dir).data_dir, snapshot)
        done = export(source, folder, abstracts=not without_abstracts)
        print(
            f"Wrote {done.report} ({done.size / 1e6:.1f} MB), {done.tables} tables beside it, and how to cite them."
        )


def _digest(
    period: Annotated[
        Length, typer.Option(help="Of the last complete week (from Monday on) or month.")
    ] = Length.week,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="DAY", help="As of another day, YYYY-MM-DD. [default: today, in UTC]", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write into. [default: digests in the data folder]", show_default=False),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send it by mail, to each recipient once a period.")
    ] = False,
    to: Annotated[
        list[str] | None,
        typer.Option(
            help="A recipient; may be given several times. [default: $PAPERTIDE_DIGEST_TO]",
            show_default=False,
        ),
    ] = None,
    unsubscribe: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Send nothing more to this address, or token of one, and end."),
    ] = None,
    data_dir: DataDir = None,
    verbose: Verbose = False,
) -> None:
    """Write what was new: trending papers and moving topics, as a page, as plain text and as an Atom feed.

    What follows.toml in the data folder names comes first. Mail goes by $PAPERTIDE_SMTP_HOST, _PORT, _USER, _PASSWORD
    and _SECURITY (starttls, tls or none), from $PAPERTIDE_MAIL_FROM, with $PAPERTIDE_UNSUBSCRIBE_URL as the way out.
    """
    with in_one_sentence(verbose):
        from etl.digest import content, follows  # noqa: PLC0415
        from etl.digest.ledger import Ledger  # noqa: PLC0415

        folder = Settings.read(data_dir).data_dir
        if unsubscribe:
            Ledger.read(folder).unsubscribe(unsubscribe)
            print("Unsubscribed; no digest goes there any more.")
            return
        pointer = status.pointer_of(folder)
        wanted = last_complete(period, _day(before))
        digest = content.read(pointer.snapshot, wanted, follows.read(folder))
        _write(digest, out or folder / "digests")
        if send:
            _send(digest, to or [], folder)


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text is not None else report.now().date()
    except ValueError:
        raise InputError(f"--before {text} is not a day; write it as YYYY-MM-DD.") from None


def _write(digest: Digest, folder: Path) -> None:
    from etl.digest import render  # noqa: PLC0415

    name = f"digest-{digest.period.key}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.html").write_text(render.html(digest), encoding="utf-8")
        (folder / f"{name}.txt").write_text(render.text(digest), encoding="utf-8")
        (folder / "feed.xml").write_bytes(render.atom(digest))
    except OSError as error:
        raise as_disk_full(error, folder) or PapertideError(
            f"{folder} cannot be written to ({error.strerror or error}); give another --out."
        ) from error
    print(
        f"{digest.period}: {digest.papers:,} new papers, {len(digest.followed)} of what you follow, "
        f"{len(digest.trending)} trending, {len(digest.topics)} topics moving; see {folder / name}.html"
    )


def _send(digest: Digest, to: list[str], folder: Path) -> None:
    from etl.digest import mail  # noqa: PLC0415

    settings = MailSettings.read()
    done = mail.send(settings, digest, to or settings.recipients, folder)
    told = ((done.sent, "sent"), (done.before, "had it already"), (done.unsubscribed, "unsubscribed"))
    print("; ".join(f"{len(who)} {what}" for who, what in told) + ".")
    for address in done.doubtful:
        say(f"{address} may have got it: a process died while sending, so it is not sent again.")
    for address, why in done.refused.items():
        say(f"{address} was refused by the mail server ({why}); check the address.")
    if done.refused:
        sys.exit(ERROR)
