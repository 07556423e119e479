"""The listing source: a results page of Daily Papers as people save it, as text and as HTML."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from etl.cli import app
from etl.errors import InputError
from etl.records import Raw, Reject
from etl.sources.listing import ListingSource, lines_of_html, lines_of_text, page_of, saved_on

HEAD = "new\n\nDaily Papers\n\nbyAK and the research community\n\nMar 3\n\n"
PROSE = (
    "We count the pebbles on a beach, one by one, and find that there are many of them; the method needs patience "
    "and a bucket."
)
LISTING = f"""{HEAD}Counting Pebbles

{PROSE}

  • 3 authors
·
Feb 27 1,204

Buckets for Everyone

{PROSE}

  • 1 author
·
Dec 9, 2023

Sand Without Beaches

{PROSE}

tidelab Tide Lab
·
Jan 5 2

Are Shells Needed?

{PROSE}

The Last Bucket

{PROSE}

  • 12 authors
·
Mar 3
"""


def read(path: Path, page_date: date | None = None) -> tuple[list[Raw], list[Reject]]:
    items = list(ListingSource([str(path)], page_date).records())
    return [item for item in items if isinstance(item, Raw)], [i for i in items if isinstance(i, Reject)]


def page(tmp_path: Path, text: str, name: str = "page.txt") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def told(raw: Raw) -> tuple[Any, ...]:
    return tuple(
        raw.fields[name] for name in ("title", "authors_count", "organization", "published_on", "comments")
    )


ENTRIES = [
    ("Counting Pebbles", 3, None, date(2024, 2, 27), 1204),
    ("Buckets for Everyone", 1, None, date(2023, 12, 9), None),
    ("Sand Without Beaches", None, "Tide Lab", date(2024, 1, 5), 2),
    ("Are Shells Needed?", None, None, None, None),
    ("The Last Bucket", 12, None, date(2024, 3, 3), None),
]


def test_what_a_page_tells_and_nothing_more(tmp_path: Path) -> None:
    raws, rejects = read(page(tmp_path, LISTING))
    assert rejects == []
    assert [told(raw) for raw in raws] == ENTRIES
    assert {raw.fields["abstract"] for raw in raws} == {PROSE}
    assert {raw.source for raw in raws} == {"listing"}
    assert {raw.observed_at for raw in raws} == {datetime(2024, 3, 3)}  # the page's own date
    assert not {"upvotes", "authors", "listed_on"} & set().union(*(raw.fields for raw in raws))


def test_the_saved_page_gives_its_68_papers(shared_data: Path) -> None:
    path = shared_data / "daily_papers_page.txt"
    raws, rejects = read(path)
    fields = [raw.fields for raw in raws]
    assert (len(raws), rejects) == (68, [])
    assert sum(each["authors_count"] is not None for each in fields) == 65
    assert [each["organization"] for each in fields if each["organization"]] == ["Parameter Lab"]
    bare = [each for each in fields if not each["authors_count"] and not each["organization"]]
    assert [(each["published_on"], each["comments"]) for each in bare] == [(None, None)] * 2
    assert sorted(each["comments"] for each in fields if each["comments"] is not None) == sorted(
        [4, 1, 3, 2, 6, 1, 1, 15, 3, 4, 2, 2, 1]
    )
    assert sum(each["comments"] or 0 for each in fields) == 45
    years = Counter(each["published_on"].year for each in fields if each["published_on"])
    assert years[2025] == 17  # the dates without a year
    # Nothing of an abstract is lost: with the titles they are all the long lines of the page, in order.
    long_lines = [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 400]
    assert [each["abstract"] for each in fields] == long_lines


def test_a_page_saved_as_html_gives_the_same_and_the_ids(tmp_path: Path) -> None:
    html = f"""<!doctype html><html><head><title>Daily Papers</title><style>p {{}}</style></head><body>
    <nav><a href="/papers">Daily Papers</a></nav>
    <main><h1>Daily Papers</h1><div>by<img alt="AK"> and the research community</div><div>Mar 3</div>
    <article><a href="/papers/2402.00001"><img></a><h3><a href="/papers/2402.00001">Counting <i>Pebbles</i></a></h3>
      <p>{PROSE}</p><div><ul><li>3 authors</li></ul> · <time>Feb 27</time>
      <a href="/papers/2402.00001#community"><svg><text>9</text></svg>1,204</a></div></article>
    <article><h3><a href="https://huggingface.co/papers/2312.00002">Buckets for
      Everyone</a></h3><p>{PROSE}</p><div><span>1 author</span>·<time>Dec 9, 2023</time></div></article>
    <article><h3><a href="/papers/2401.00003">Sand Without Beaches</a></h3><p>{PROSE}</p>
      <div><a href="/tidelab"><img alt="tidelab">Tide Lab</a> · <time>Jan 5</time><div>2</div></div></article>
    <article><h3><a href="/papers/2401.00004">Are Shells Needed?</a></h3><p>{PROSE}</p></article>
    <article><h3><a href="/papers/2403.00005">The Last Bucket</a></h3><p>{PROSE}</p>
      <div>12 authors</div><div>·</div><div>Mar 3</div></article>
    </main><footer>Terms</footer><script>3 authors</script></body></html>"""
    raws, rejects = read(page(tmp_path, html, "page.html"))
    assert rejects == []
    assert [told(raw) for raw in raws] == ENTRIES
    assert {raw.fields["abstract"] for raw in raws} == {PROSE}
    assert [raw.fields["id"] for raw in raws] == [
        "2402.00001",
        "2312.00002",
        "2401.00003",
        "2401.00004",
        "2403.00005",
    ]
    assert raws[0].fields["url"] == "https://huggingface.co/papers/2402.00001"


@pytest.mark.parametrize(
    ("own", "others", "day"),
    [
        ("Mar 3", ["Dec 9, 2023"], date(2024, 3, 3)),
        ("Mar 3", ["Mar 3, 2023"], date(2023, 3, 3)),
        ("Mar 3", ["Mar 4, 2023", "Feb 1"], date(2024, 3, 3)),
        ("Mar 3", ["Feb 29", "Dec 9, 2024"], date(2028, 3, 3)),  # the year has a 29 February
        ("Feb 29", ["Mar 9, 2020"], date(2024, 2, 29)),
        ("Feb 29", ["Mar 9, 1896"], date(1904, 2, 29)),
        ("Mar 3, 2026", ["Dec 9, 2023"], date(2026, 3, 3)),
        ("Mar 3", ["Feb 1"], None),  # any year would do
        ("Feb 30", ["Dec 9, 2023"], None),
    ],
)
def test_the_year_of_the_page(own: str, others: list[str], day: date | None) -> None:
    entries = "".join(f"Title\n\n{PROSE}\n\n• 2 authors\n·\n{other}\n\n" for other in others)
    assert saved_on(page_of(lines_of_text(f"Daily Papers\n\n{own}\n\n{entries}"))) == day


def test_the_day_it_was_saved_comes_before_what_the_page_implies(tmp_path: Path) -> None:
    raws, rejects = read(page(tmp_path, LISTING), date(2026, 3, 4))
    assert rejects == []
    assert [raw.fields["published_on"] for raw in raws][:3] == [
        date(2026, 2, 27),
        date(2023, 12, 9),
        date(2026, 1, 5),
    ]
    assert raws[0].observed_at == datetime(2026, 3, 4)


def test_a_page_that_implies_no_year_needs_the_day_it_was_saved(tmp_path: Path) -> None:
    text = f"{HEAD}Counting Pebbles\n\n{PROSE}\n\n• 3 authors\n·\nFeb 27\n"
    with pytest.raises(
        InputError, match=r"^page\.txt leaves the year out of Feb 27 .*--page-date YYYY-MM-DD\.$"
    ):
        read(page(tmp_path, text))
    assert read(page(tmp_path, text), date(2025, 3, 3))[0][0].fields["published_on"] == date(2025, 2, 27)
    named = read(page(tmp_path, text, "saved 2022-03-03.txt"))[0][0]
    assert named.fields["published_on"] == date(2022, 2, 27)


def test_a_page_without_its_own_date_whose_days_have_years(tmp_path: Path) -> None:
    path = page(tmp_path, f"Daily Papers\n\nbyAK\n\nPebbles\n\n{PROSE}\n\n• 3 authors\n·\nFeb 27, 2022 1\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    (raw,), _ = read(path)
    assert told(raw) == ("Pebbles", 3, None, date(2022, 2, 27), 1)
    assert raw.observed_at == datetime(2023, 11, 14, 22, 13, 20)  # the file's time


def test_a_part_of_a_page_begins_with_its_date_or_at_once(tmp_path: Path) -> None:
    entry = f"Pebbles\n\n{PROSE}\n\n• 3 authors\n·\nFeb 27, 2022\n"
    assert told(read(page(tmp_path, f"Mar 3\n\n{entry}"))[0][0])[0] == "Pebbles"
    assert told(read(page(tmp_path, entry))[0][0])[0] == "Pebbles"


def test_a_date_after_the_pages_own_is_refused(tmp_path: Path) -> None:
    text = LISTING.replace("Jan 5", "Mar 5").replace("Feb 27", "Mar 4")  # it may be tomorrow elsewhere
    raws, (reject,) = read(page(tmp_path, text))
    assert len(raws) == 4
    assert raws[0].fields["published_on"] == date(2024, 3, 4)
    assert reject == Reject(
        "listing: page.txt, entry 3",
        "its date Mar 5 comes after the page's own, 2024-03-03",
        "Sand Without Beaches",
    )


def test_a_day_that_no_calendar_has_is_told_as_it_stands(tmp_path: Path) -> None:
    (raw, *_), _ = read(page(tmp_path, LISTING.replace("Feb 27", "Feb 30, 2023")))
    assert raw.fields["published_on"] == "Feb 30, 2023"


def test_an_abstract_of_several_paragraphs_stays_whole(tmp_path: Path) -> None:
    text = LISTING.replace(
        f"Pebbles\n\n{PROSE}", f"Pebbles\n\n{PROSE}\n\nCode: https://example.org/p\n\n{PROSE}\nSo  there.", 1
    )
    raws, rejects = read(page(tmp_path, text))
    assert (len(raws), rejects) == (5, [])
    assert raws[0].fields["abstract"] == f"{PROSE}\n\nCode: https://example.org/p\n\n{PROSE} So  there."


def test_a_title_may_be_wrapped_and_lack_an_abstract(tmp_path: Path) -> None:
    (raw,), _ = read(page(tmp_path, "Mar 3\n\nA Title\nof Two Lines\n\n• 3 authors · Dec 9, 2023\n"))
    assert told(raw) == ("A Title of Two Lines", 3, None, date(2023, 12, 9), None)
    assert raw.fields["abstract"] is None


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("• 3 authors\n", (3, None, None, None)),  # no date
        ("·\nDec 9, 2023 4\n", (None, None, date(2023, 12, 9), 4)),  # no byline
        ("Dec 9, 2023\n", (None, None, date(2023, 12, 9), None)),
        ("• 0 authors\n·\nDec 9, 2023\n", (None, None, date(2023, 12, 9), None)),  # unknown, not nobody
        ("* 1,234 authors\n\n·\n\nDecember 9, 2023\n\n4\n", (1234, None, date(2023, 12, 9), 4)),
        ("nvidia NVIDIA\n\n·\n\nDec 9, 2023\n", (None, "NVIDIA", date(2023, 12, 9), None)),
        ("solo\n·\nDec 9, 2023\n", (None, "solo", date(2023, 12, 9), None)),
    ],
)
def test_feet(tmp_path: Path, text: str, fields: tuple[Any, ...]) -> None:
    raws, rejects = read(page(tmp_path, f"Mar 3\n\nPebbles\n\n{PROSE}\n\n{text}\nShells\n\n{PROSE}\n"))
    assert rejects == []
    assert [told(raw) for raw in raws] == [("Pebbles", *fields), ("Shells", None, None, None, None)]
    assert raws[0].fields["abstract"] == PROSE


def test_what_is_no_entry_is_refused(tmp_path: Path) -> None:
    raws, rejects = read(page(tmp_path, LISTING + "\nPrevious\n\n1\n\nNext\n"))
    assert len(raws) == 5
    assert [(reject.reason, reject.raw) for reject in rejects] == [
        ("the text belongs to no entry", "Previous\n\n1\n\nNext")
    ]
    assert [
        reject.reason for reject in read(page(tmp_path, "Mar 3\n\n• 3 authors\n·\nDec 9, 2023\n"))[1]
    ] == ["the entry has no title"]
    for empty in ("", HEAD):
        assert [reject.reason for reject in read(page(tmp_path, empty))[1]] == [
            "the page holds no entry of a listing"
        ]


def test_pages_in_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    for encoding in ("utf-16", "utf-8-sig"):
        path.write_bytes(LISTING.replace("\n", "\r\n").encode(encoding))
        assert [told(raw) for raw in read(path)[0]] == ENTRIES
    html = "<meta charset='iso-8859-1'><h1>Daily Papers</h1><p>Mar 3</p><h3>Müsli</h3><p>Dec 9, 2023</p>"
    assert page_of(lines_of_html(html.encode("latin-1"))).entries[0].title == "Müsli"


def test_a_page_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (reject,) = ListingSource([str(page(tmp_path, "<![if x>", "page.html"))]).records()
    assert isinstance(reject, Reject)
    source = ListingSource([str(page(tmp_path, LISTING))])
    source.paths[0].unlink()
    (reject,) = source.records()
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("the page cannot be read")


def test_tags_that_nobody_closes(tmp_path: Path) -> None:
    html = (
        "<div>" * 2_000
        + f"<h1>Daily Papers<p>Mar 3<h3><a href=/papers/2402.00001>Pebbles</a><p>{PROSE}<p>Dec 9, 2023 1"
    )
    (raw,), rejects = read(page(tmp_path, html, "page.htm"))
    assert rejects == []
    assert told(raw) == ("Pebbles", None, None, date(2023, 12, 9), 1)


def test_a_run_of_a_page(tmp_path: Path, read: Any) -> None:
    path, data_dir = page(tmp_path, LISTING), tmp_path / "data"
    for page_date in ([], ["--page-date", "2024-03-03"]):
        arguments = [
            "run",
            "--source",
            "listing",
            "--input",
            str(path),
            *page_date,
            "--data-dir",
            str(data_dir),
        ]
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.stderr
    assert (
        read(data_dir, "SELECT title, authors_count, organization, published_on, comments FROM papers")
        == ENTRIES
    )
    assert read(data_dir, "SELECT DISTINCT source, upvotes, listed_on FROM papers") == [
        ("listing", None, None)
    ]
    assert read(data_dir, "SELECT DISTINCT observed_at FROM upvote_observations") == [(datetime(2024, 3, 3),)]
    assert read(data_dir, "SELECT count(*) FROM upvote_observations") == [(2,)]
    wrong = CliRunner().invoke(app, [*arguments[:5], "--page-date", "3 March"])
    assert wrong.stderr == "--page-date 3 March is not a day; write it as YYYY-MM-DD.\n"


def test_the_saved_page_is_published_with_topics(shared_data: Path, tmp_path: Path, read: Any) -> None:
    path = str(shared_data / "daily_papers_page.txt")
    done = CliRunner().invoke(
        app, ["run", "--source", "listing", "--input", path, "--data-dir", str(tmp_path)]
    )
    assert done.exit_code == 0, done.stderr
    columns = ("*", "authors_count", "organization", "published_on", "comments", "upvotes", "listed_on")
    counts = ", ".join(f"count({column})" for column in columns)
    assert read(tmp_path, f"SELECT {counts}, sum(comments) FROM papers") == [(68, 65, 1, 66, 13, 0, 0, 45)]
