"""The digest: its period, what is in it and in which order, its three forms, and delivery at most once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
from typer.testing import CliRunner

from etl import contract
from etl.cli import app
from etl.digest import content, follows, render
from etl.digest.follows import Follows
from etl.digest.ledger import SENDING, Ledger
from etl.digest.period import Length, Period, last_complete
from etl.errors import InputError, PapertideError
from tests.dashboard import corpus
from tests.smtp_server import PASSWORD, USER, Inbox, mail_server, make_certificate

runner = CliRunner()
JANUARY = Period("2025-01", date(2025, 1, 1), date(2025, 2, 1))
ATOM = "{http://www.w3.org/2005/Atom}"


def etl(*arguments: object) -> Any:
    return runner.invoke(app, [str(argument) for argument in arguments])


# Excess upvotes are written by hand: of the papers of January of the small corpus, by id.
EXCESS = {"a1": 5.0, "a2": -3.0, "a3": 40.0, "a6": 12.0}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    path = corpus.publish_small(folder)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM paper_upvotes")
        for paper, excess in EXCESS.items():
            connection.execute(
                "INSERT INTO paper_upvotes (paper_id, age, week, peers, expected, excess) "
                "SELECT paper_id, age, '2025-01-06', 5, 1, ? FROM upvote_readings WHERE paper_id = ?",
                [excess, paper],
            )
    return folder


@pytest.fixture
def data_dir(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "data"))


def digest_of(data_dir: Path, wanted: Follows = Follows()) -> content.Digest:  # noqa: B008
    pointer = contract.read_pointer(data_dir)
    assert pointer is not None
    return content.read(pointer.snapshot, JANUARY, wanted)


@pytest.mark.parametrize(
    ("length", "today", "key", "start", "end"),
    [
        (
            Length.week,
            "2026-03-30",
            "2026-W13",
            "2026-03-23",
            "2026-03-30",
        ),  # a Monday: the week ended yesterday
        (Length.week, "2026-04-05", "2026-W13", "2026-03-23", "2026-03-30"),  # a Sunday
        (Length.week, "2027-01-05", "2026-W53", "2026-12-28", "2027-01-04"),  # ISO's year has 53 weeks
        (Length.month, "2026-03-01", "2026-02", "2026-02-01", "2026-03-01"),
        (Length.month, "2026-01-31", "2025-12", "2025-12-01", "2026-01-01"),
    ],
)
def test_the_last_complete_period(length: Length, today: str, key: str, start: str, end: str) -> None:
    found = last_complete(length, date.fromisoformat(today))
    assert found == Period(key, date.fromisoformat(start), date.fromisoformat(end))


def test_papers_trend_by_what_exceeds_expectation(data_dir: Path) -> None:
    digest = digest_of(data_dir)
    assert digest.papers == len([row for row in corpus.SMALL if row.id.startswith("a")])
    assert [paper.id for paper in digest.trending] == ["a3", "a6", "a1"]  # a2 is below expectation
    assert digest.followed == ()


def test_what_is_followed_comes_first_and_once(data_dir: Path) -> None:
    digest = digest_of(data_dir, Follows((corpus.PROTEINS,), ("dee",)))
    of_topic = {row.id for row in corpus.SMALL if row.id.startswith("a") and row.topic == corpus.PROTEINS}
    assert {paper.id for paper in digest.followed} == of_topic | {"a4"}  # Dee, in any case, wrote a4
    assert not {paper.id for paper in digest.followed} & {paper.id for paper in digest.trending}


def test_papers_of_a_followed_organisation_come_first(data_dir: Path) -> None:
    digest = digest_of(data_dir, Follows(organizations=("Beta",)))
    assert {paper.id for paper in digest.followed} == {"a3", "a5"}


def test_names_that_the_source_hides_are_neither_shown_nor_followed(data_dir: Path) -> None:
    assert digest_of(data_dir, Follows((), ("Zoe",))).followed == ()
    (paper,) = [one for one in digest_of(data_dir, Follows((), ("Cy",))).followed if one.id == "a4"]
    assert paper.authors == ("Cy", "Dee")


def test_its_three_forms_say_the_same(tmp_path: Path) -> None:
    corpus.publish_moving(tmp_path)
    pointer = contract.read_pointer(tmp_path)
    assert pointer is not None
    digest = content.read(pointer.snapshot, JANUARY, Follows((5,), ()))
    assert [topic.id for topic in digest.topics] == [5, 3]  # followed first
    page, plain = render.html(digest), render.text(digest)
    assert "Rising *stars* &amp; &lt;b&gt;quarks&lt;/b&gt;" in page
    assert "Rising *stars* & <b>quarks</b>" in plain
    assert "Papertide: 80 new papers, 1 Jan 2025 to 31 Jan 2025" in page
    assert max(map(len, plain.splitlines())) <= 76
    feed = ElementTree.fromstring(render.atom(digest))
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles[-1] == "Rising *stars* & <b>quarks</b> is rising"
    assert len(titles) == len(digest.followed) + len(digest.trending) + 2
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    assert render.atom(digest) == render.atom(digest)  # ids and times follow from the content


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("topics = [", "cannot be read"),
        ("topics = ['x']", "must be a list of numbers"),
        ("topics = [true]", "must be a list of numbers"),
        ("authors = 'Ada'", "must be a list of names"),
        ("organizations = ['']", "organizations in .* must be a list of names"),
        ("author = []", "knows no 'author'; it takes topics, authors and organizations"),
    ],
)
def test_mistakes_in_the_file_of_follows(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "follows.toml").write_text(text)
    with pytest.raises(InputError, match=sentence):
        follows.read(tmp_path)


def test_the_command_writes_it(data_dir: Path, tmp_path: Path) -> None:
    (data_dir / "follows.toml").write_text('authors = ["Dee"]')
    asked = ("--period", "month", "--before", "2025-02-11", "--data-dir", data_dir)
    done = etl("digest", *asked, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "digest-2025-01.html",
        "digest-2025-01.txt",
        "feed.xml",
    }
    assert "WHAT YOU FOLLOW" in (tmp_path / "out" / "digest-2025-01.txt").read_text()
    assert "no day" in etl("digest", "--before", "soon", "--data-dir", data_dir).stderr.replace(
        "not a day", "no day"
    )


# ---- delivery ----


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine to make a certificate for the mail server with")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def inbox(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with mail_server(certificate) as (port, inbox):
        settings = {
            "PAPERTIDE_SMTP_HOST": "127.0.0.1",
            "PAPERTIDE_SMTP_PORT": str(port),
            "PAPERTIDE_SMTP_USER": USER,
            "PAPERTIDE_SMTP_PASSWORD": PASSWORD,
            "PAPERTIDE_MAIL_FROM": "Papertide <digest@example.org>",
            "PAPERTIDE_UNSUBSCRIBE_URL": "https://example.org/out?who={token}",
            "SSL_CERT_FILE": str(certificate),
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield inbox


def send(data_dir: Path, *to: str, before: str = "2025-02-11") -> Any:
    addresses = [part for address in to for part in ("--to", address)]
    return etl(
        "digest", "--period", "month", "--before", before, "--send", *addresses, "--data-dir", data_dir
    )


def test_a_mail_arrives_with_its_headers(data_dir: Path, inbox: Inbox) -> None:
    done = send(data_dir, "ada@example.org")
    assert done.exit_code == 0, done.stderr
    ((address, mail),) = inbox.mails
    assert (address, mail["To"]) == ("ada@example.org", "ada@example.org")
    token = Ledger.read(data_dir).token("ada@example.org")
    assert mail["List-Unsubscribe"] == f"<https://example.org/out?who={token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Subject"] == "Papertide: 6 new papers, 1 Jan 2025 to 31 Jan 2025"
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert "TRENDING PAPERS" in plain.get_content()
    assert "<h2>Trending papers</h2>" in page.get_content()


def test_nobody_gets_it_twice(data_dir: Path, inbox: Inbox) -> None:
    assert send(data_dir, "ada@example.org", "ada@example.org").exit_code == 0
    assert "1 sent; 1 had it already" in send(data_dir, "ada@EXAMPLE.org", "bo@example.org").output
    assert [address for address, _ in inbox.mails] == ["ada@example.org", "bo@example.org"]
    send(data_dir, "ada@example.org", before="2025-03-02")  # another month
    assert len(inbox.mails) == 3
    assert "example.org" not in (data_dir / "digests.json").read_text()


def test_a_mail_that_may_have_gone_is_not_sent_again(data_dir: Path, inbox: Inbox) -> None:
    Ledger.read(data_dir).note("2025-01", "ada@example.org", SENDING)  # as a process leaves it that died
    done = send(data_dir, "ada@example.org")
    assert "may have got it" in done.stderr
    assert inbox.mails == []


def test_a_refused_address_is_told_and_tried_again(data_dir: Path, inbox: Inbox) -> None:
    done = send(data_dir, "x@nobody.org", "bo@example.org")
    assert done.exit_code == 1
    assert "x@nobody.org was refused by the mail server (550 no such user)" in done.stderr
    assert [address for address, _ in inbox.mails] == ["bo@example.org"]
    assert Ledger.read(data_dir).state("2025-01", "x@nobody.org") is None


@pytest.mark.parametrize("by", ["address", "token"])
def test_who_unsubscribed_gets_nothing(data_dir: Path, inbox: Inbox, by: str) -> None:
    ledger = Ledger.read(data_dir)
    ledger.note("2024-12", "ada@example.org", None)
    who = "ada@example.org" if by == "address" else ledger.token("ada@example.org")
    assert etl("digest", "--unsubscribe", who, "--data-dir", data_dir).exit_code == 0
    assert "1 unsubscribed" in send(data_dir, "ada@example.org").output
    assert inbox.mails == []
    assert "is no address and no token" in etl("digest", "--unsubscribe", "x", "--data-dir", data_dir).stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PAPERTIDE_SMTP_PASSWORD", "wrong", "failed (535"),
        ("PAPERTIDE_SMTP_HOST", "", "No mail can be sent yet; set PAPERTIDE_SMTP_HOST."),
        (
            "PAPERTIDE_SMTP_SECURITY",
            "ssl3",
            "PAPERTIDE_SMTP_SECURITY is 'ssl3'; set it to starttls, tls or none.",
        ),
        (
            "PAPERTIDE_UNSUBSCRIBE_URL",
            "http://example.org/{token}",
            "must be an https address with {token} in it",
        ),
        ("PAPERTIDE_SMTP_PORT", "smtp", "PAPERTIDE_SMTP_PORT is 'smtp'; set it to a whole number"),
    ],
)
def test_what_cannot_be_sent_is_one_sentence(
    data_dir: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    done = send(data_dir, "ada@example.org")
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert PASSWORD not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert inbox.mails == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    data_dir: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    done = send(data_dir, "ada@example.org")
    assert done.exit_code == 1
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr
    assert send(data_dir, "ada\nBcc: all@example.org").exit_code == 1
    assert inbox.mails == []


def test_a_damaged_ledger_stops_delivery(data_dir: Path, inbox: Inbox) -> None:
    (data_dir / "digests.json").write_text(json.dumps({"sent": {}}))
    with pytest.raises(PapertideError, match="it says who got which digest"):
        Ledger.read(data_dir)
    assert send(data_dir, "ada@example.org").exit_code == 1
    assert inbox.mails == []
