"""What a stranger sends to the page of runs lands under a name of ours, and leaves it as text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard import runs
from dashboard.runs import Access, Refused, Upload, Wish, starting

ME = Access("ada@example.org")
DASHBOARD = Path(runs.__file__).parents[1]


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/job.json",
        "/etc/passwd.json",
        "..\\..\\Windows\\System32\\x.json",
        "C:\\autoexec.json",
        "CON.json",
        "a\0b.json",
        "x" * 10_000 + ".json",
        "-rf.json",
        "--data-dir=.json",
        "$(touch proof).json",
        "=cmd|' /C calc'!A0.json",
        "\u202egpj.json",
        ".json",
    ],
)
def test_no_name_of_an_upload_is_ever_a_path(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / "data"
    upload = Upload(name, b"[]")
    path = starting._keep(data_dir, upload)
    assert path.name == "data.json"
    assert re.fullmatch(r"[0-9a-f]{32}", path.parent.name)
    assert path.parent.parent == data_dir / "uploads"
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]
    arguments = Wish("file", input=str(path)).arguments(data_dir)
    assert f"--input={path}" in arguments
    assert not any(name in argument for argument in arguments if name != ".json")


@pytest.mark.parametrize(
    "name", ["x.pkl", "x.zip", "x.json.zip", "x.html", "x.xml", "x.tar.gz", "x.gz", "x", ""]
)
def test_what_the_etl_does_not_read_is_refused_before_it_is_kept(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match=r"^This kind of file cannot be read; give one of \.jsonl\.gz"):
        runs.start(tmp_path, Wish("file"), ME, Upload(name, b"x"))
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and one.suffix != ".lock"]


def test_every_csv_is_made_in_the_one_place_that_makes_formulas_harmless() -> None:
    sources = [path for path in DASHBOARD.rglob("*.py") if ".to_csv(" in path.read_text(encoding="utf-8")]
    assert sources == [DASHBOARD / "text.py"]
    # Streamlit's tables have a CSV button of their own, which does not: it is not shown.
    style = (DASHBOARD / "style.css").read_text(encoding="utf-8")
    assert re.search(r'ToolbarButton"\]:has\(\[aria-label\^="Download as CSV"\]\) \{\s+display: none', style)
