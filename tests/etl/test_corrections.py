"""Corrections by people: the file, its errors, and what a run makes of it, on six papers by hand."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard import queries
from etl import contract, corrections, pipeline, publish, tables
from etl.cli import app
from etl.contract import OUTLIER, OUTLIER_LABEL
from etl.corrections import Correction, Corrections
from etl.errors import InputError
from etl.records import Paper, Raw, paper_from
from etl.settings import Settings
from etl.sources.file import FileSource
from etl.store import Store
from tests.etl.conftest import Silent

KNOWN = {OUTLIER, 3, 5, 7}
TOPIC_OF = {"p1": 3, "p2": 3, "p3": 5, "p4": 7, "p5": 7, "p6": OUTLIER}


def read(folder: Path, text: str) -> Corrections:
    (folder / "topics.toml").write_text(text, encoding="utf-8")
    return corrections.read(folder)


# ---- the file ----


def test_a_folder_without_the_file_has_no_corrections(tmp_path: Path) -> None:
    assert not corrections.read(tmp_path).of


def test_a_file_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '[topic.12]\nlabel = " KV-cache "\npinned = true\n[topic.3]\nmerge_into = 12\n[topic.4]\nhidden=true',
    )
    assert found.of == {
        12: Correction(label="KV-cache", pinned=True),
        3: Correction(merge_into=12),
        4: Correction(hidden=True),
    }
    assert found.pinned == {12}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[topic.12\n", "is not TOML"),
        ("[topics.12]\n", "has the key topics, which means nothing; write [topic.12] instead."),
        ("topic = 3", "topic: write [topic.12], with the number of the topic, instead."),
        ("[topic.agents]\n", "[topic.agents]: write the number of a topic, as in [topic.12], instead."),
        ("[topic.-1]\nhidden = true", "[topic.-1]: write the number of a topic, as in [topic.12], instead."),
        ("[topic]\n12 = true", "topic.12: write [topic.12] and its keys below it instead."),
        (
            "[topic.12]\nname = 'x'",
            "[topic.12], key name: write one of label, hidden, pinned, merge_into instead.",
        ),
        (
            "[topic.12]\nhidden = 'yes'",
            "[topic.12], key hidden: write hidden = true or hidden = false instead.",
        ),
        ("[topic.12]\nlabel = '  '", "[topic.12], key label: write a name in quotes of 1 to 120 characters"),
        ("[topic.12]\nmerge_into = 1.5", "key merge_into: write the number of another topic, such as"),
        (
            "[topic.1]\nlabel = 'A'\n[topic.2]\nlabel = 'A'",
            "[topic.1], key label: 'A' is the label of two topics; write another label for one of them instead",
        ),
        (
            "[topic.1]\nlabel = 'No topic'",
            "'No topic' stands for papers without a topic; write another label instead.",
        ),
        ("[topic.1]\nmerge_into = 1", "[topic.1], key merge_into: 1 into 1 is a circle"),
        (
            "[topic.4]\nmerge_into = 1\n[topic.1]\nmerge_into = 2\n[topic.2]\nmerge_into = 1",
            "[topic.1], key merge_into: 1 into 2 into 1 is a circle; write the topic that shall remain",
        ),
        (
            "[topic.1]\nmerge_into = 2\nlabel = 'A'",
            "[topic.1], key label: a merged topic is no longer shown, so write it under [topic.2] instead",
        ),
    ],
)
def test_an_error_names_the_file_the_key_and_what_to_write(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as failed:
        read(tmp_path, text)
    assert str(tmp_path / "topics.toml") in str(failed.value)
    assert told in str(failed.value)


def test_merges_follow_chains_and_leave_out_what_is_not_there() -> None:
    wanted = Corrections(
        of={
            3: Correction(merge_into=5),
            5: Correction(merge_into=7),
            9: Correction(merge_into=7),
            7: Correction(),
        }
    )
    assert wanted.targets(KNOWN) == {3: 7, 5: 7}
    assert wanted.targets({3, 7}) == {3: 7}
    assert wanted.targets({3, 5}) == {}


def test_topics_that_do_not_exist_are_a_note() -> None:
    wanted = Corrections(of={3: Correction(hidden=True), 8: Correction(hidden=True)})
    told = wanted.unheeded(KNOWN)
    assert told is not None
    assert "names topic 8, which does not exist (any more)" in told
    assert Corrections(of={3: Correction()}).unheeded(KNOWN) is None


# ---- the store ----


def fitted_topics() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "topic_id": [OUTLIER, 3, 5, 7],
            "label": [OUTLIER_LABEL, "Agents", "Diffusion", "Graphs"],
            "keywords": [[], ["agents", "tools"], ["diffusion"], ["graphs", "nodes"]],
            "words": [[], ["agents"], ["diffusion"], ["graphs"]],
            "area": [OUTLIER_LABEL, "A", "A", "B"],
            "nearest": [[], [5, 7], [3, 7], [5, 3]],
            "typical": [[], ["p1"], ["p3"], ["p4"]],
            "centre": [None, [1.0, 0.0], [0.8, 0.6], [0.0, 1.0]],
        }
    )


def build(path: Path, previous: Path | None, wanted: Corrections) -> str | None:
    """A snapshot: the first has the six papers and their topics, a later one nothing new."""
    with Store(path, previous) as store:
        if previous is None:
            raws = [Raw({"id": name, "title": f"T {name}"}, "file") for name in TOPIC_OF]
            papers = [(raw, paper_from(raw, pd.Timestamp("2026-01-01").date())) for raw in raws]
            list(store.stage([(raw, paper) for raw, paper in papers if isinstance(paper, Paper)]))
            store.merge("run")
            store.replace_topics(fitted_topics(), pd.DataFrame(), None)
            store.assign(
                pd.DataFrame(
                    {
                        "paper_id": list(TOPIC_OF),
                        "topic_id": list(TOPIC_OF.values()),
                        "topic_probability": 0.9,
                        "x": 0.0,
                        "y": 0.0,
                    }
                )
            )
        return store.correct(wanted, path.stem)


def ask(path: Path, query: str) -> list[Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


TOPICS = "SELECT topic_id, label, papers, hidden FROM topics ORDER BY topic_id"
AS_FITTED = [
    (OUTLIER, OUTLIER_LABEL, 1, False),
    (3, "Agents", 2, False),
    (5, "Diffusion", 1, False),
    (7, "Graphs", 2, False),
]


def test_without_corrections_the_topics_are_those_of_the_model(tmp_path: Path) -> None:
    assert build(tmp_path / "one.duckdb", None, Corrections()) is None
    assert ask(tmp_path / "one.duckdb", TOPICS) == AS_FITTED
    assert ask(tmp_path / "one.duckdb", "SELECT count(*) FROM papers WHERE topic_id <> fitted_topic_id") == [
        (0,)
    ]


def test_corrections_hold_on_every_run_and_end_with_the_file(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.duckdb" for name in ("one", "two", "three", "four")]
    wanted = Corrections(
        of={
            3: Correction(merge_into=5),
            5: Correction(label="Image synthesis"),
            7: Correction(hidden=True),
            99: Correction(hidden=True),
        }
    )
    build(paths[0], None, Corrections())
    note = build(paths[1], paths[0], wanted)
    assert note is not None
    assert "topic 99" in note
    corrected = [(OUTLIER, OUTLIER_LABEL, 1, False), (5, "Image synthesis", 3, False), (7, "Graphs", 2, True)]
    assert ask(paths[1], TOPICS) == corrected
    assert ask(paths[1], "SELECT topic_id, fitted_topic_id FROM papers WHERE paper_id = 'p1'") == [(5, 3)]
    assert ask(paths[1], "SELECT nearest FROM topics WHERE topic_id = 7") == [([5],)]

    build(paths[2], paths[1], wanted)
    assert ask(paths[2], TOPICS) == corrected
    merged = "SELECT run_id, topic_id, event, from_topic_id, overlap FROM topic_lineage"
    assert ask(paths[2], merged) == [("two", 5, "merged", 3, None)]

    build(paths[3], paths[2], Corrections())
    assert ask(paths[3], TOPICS) == AS_FITTED
    assert ask(paths[3], "SELECT topic_id FROM papers WHERE paper_id = 'p1'") == [(3,)]
    assert ask(paths[3], "SELECT nearest FROM topics WHERE topic_id = 7") == [([5, 3],)]


def test_the_model_is_asked_for_its_own_topics(tmp_path: Path) -> None:
    path = tmp_path / "one.duckdb"
    build(path, None, Corrections(of={3: Correction(merge_into=5), 7: Correction(label="Networks")}))
    with Store(tmp_path / "two.duckdb", path) as store:
        labels = dict(store.fitted_topics()[["topic_id", "label"]].itertuples(index=False))
        assert labels == {-1: "No topic", 3: "Agents", 5: "Diffusion", 7: "Graphs"}
        assert pd.concat(store.texts()).topic_id.tolist() == list(TOPIC_OF.values())
        assert store.next_topic_id() == 8


def test_a_label_by_people_makes_the_model_s_give_way() -> None:
    found = corrections.apply(fitted_topics(), Corrections(of={3: Correction(label="Graphs")}))
    assert found.label.tolist() == [OUTLIER_LABEL, "Graphs", "Diffusion", "Graphs and nodes"]


# ---- pinned topics in a refit ----


def refitted() -> tables.Tables:
    """Topics after a fit in which 3 became part of 5, and 8 holds what was 7's p4 alone."""
    topics = fitted_topics().iloc[[0, 2, 3]].reset_index(drop=True)
    topics["topic_id"] = [OUTLIER, 5, 8]
    topics["nearest"] = [[], [8], [5]]
    return tables.Tables(
        pd.DataFrame(
            {
                "paper_id": list(TOPIC_OF),
                "topic_id": [5, 5, 5, 8, 5, OUTLIER],
                "topic_probability": [0.5, 0.5, 0.5, 0.5, 0.5, 0.0],
                "x": 8.0,
                "y": 9.0,
            }
        ),
        topics,
        pd.DataFrame(
            {
                "run_id": "new",
                "topic_id": [5, 8, 5, 7],
                "event": ["kept", "split", "merged", "retired"],
                "from_topic_id": pd.array([5, 7, 3, 7], "Int64"),
                "overlap": [0.3, 0.5, 0.4, np.nan],
            }
        ),
    )


CORPUS = pd.DataFrame(
    {
        "paper_id": list(TOPIC_OF),
        "topic_id": list(TOPIC_OF.values()),
        "topic_probability": 0.9,
        "x": 1.0,
        "y": 2.0,
    }
)
VECTORS = np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 1], [0, 0]], np.float32)


def test_a_pinned_topic_that_nothing_continues_gets_its_papers_back() -> None:
    found = tables.with_pinned(refitted(), CORPUS, fitted_topics(), {3}, VECTORS)
    assert found.assignments.topic_id.tolist() == [3, 3, 5, 8, 5, OUTLIER]
    assert found.assignments.topic_probability.tolist() == [0.9, 0.9, 0.5, 0.5, 0.5, 0.0]
    assert found.assignments.x.tolist() == [1, 1, 8, 8, 8, 8]  # they stay where they were on the map
    back = found.topics.set_index("topic_id").loc[3]
    assert back.label == "Agents"
    assert back.centre == pytest.approx([0.5**0.5, 0.5**0.5])  # between its two papers
    assert back.nearest == [5, 8]  # cosines 0.99 and 0.71
    events = found.lineage[["topic_id", "event", "from_topic_id"]].values.tolist()
    assert events == [[5, "kept", 5], [8, "split", 7], [7, "retired", 7], [3, "kept", 3]]


def test_a_topic_made_of_a_pinned_topic_s_papers_alone_goes() -> None:
    found = tables.with_pinned(refitted(), CORPUS, fitted_topics(), {7}, VECTORS)
    assert found.assignments.topic_id.tolist() == [5, 5, 5, 7, 7, OUTLIER]
    assert found.topics.topic_id.tolist() == [OUTLIER, 5, 7]
    assert found.topics.nearest.tolist() == [[], [], [5]]
    assert found.topics.label.tolist() == [OUTLIER_LABEL, "Diffusion", "Graphs"]
    assert found.lineage.topic_id.tolist() == [5, 5, 7]


def test_a_pinned_topic_that_is_continued_or_unknown_changes_nothing() -> None:
    fit = refitted()
    assert tables.with_pinned(fit, CORPUS, fitted_topics(), {5, 99}, VECTORS) is fit


# ---- a run ----


def publish_tiny(data_dir: Path) -> Any:
    source = data_dir.parent / "papers.json"
    source.write_text(
        json.dumps([{"id": name, "title": f"Title {name}"} for name in TOPIC_OF]), encoding="utf-8"
    )
    return pipeline.run(Settings(data_dir), FileSource([str(source)]), contract.REAL, {}, progress=Silent())


def test_a_run_tells_of_unknown_topics_each_time_but_does_not_publish_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    first = publish_tiny(data_dir)
    read(data_dir, "[topic.12]\nhidden = true")
    for _ in range(2):
        again = publish_tiny(data_dir)
        assert again.note.startswith(first.note)
        assert again.note.count("names topic 12") == 1
        snapshot = contract.read_pointer(data_dir)
        assert snapshot is not None
        assert ask(snapshot.snapshot, "SELECT note FROM snapshot") == [(first.note,)]


def test_a_mistake_in_the_file_stops_the_run_and_publishes_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "topics.toml").write_text("[topic.1]\nmerge_into = 1", encoding="utf-8")
    with pytest.raises(InputError, match="circle"):
        publish_tiny(data_dir)
    assert contract.read_pointer(data_dir) is None


def test_topics_are_listed(tmp_path: Path) -> None:
    folder = publish.Folder(tmp_path)
    folder.prepare()
    built = folder.building / "run.duckdb"
    build(built, None, Corrections(of={7: Correction(hidden=True)}))
    at = datetime(2026, 1, 1)
    publish.make_current(folder, built, at, contract.REAL)
    told = CliRunner().invoke(app, ["topics", "--json", "--data-dir", str(tmp_path)])
    assert json.loads(told.output)[1] == {
        "hidden": True,
        "topic_id": 7,
        "label": "Graphs",
        "papers": 2,
        "area": "B",
        "signal": None,
    }
    table = CliRunner().invoke(app, ["topics", "--data-dir", str(tmp_path)]).output
    assert "Graphs (hidden)" in table
    assert OUTLIER_LABEL not in table


def test_the_dashboard_leaves_hidden_topics_out_and_reads_older_snapshots(tmp_path: Path) -> None:
    path = tmp_path / "one.duckdb"
    build(path, None, Corrections(of={7: Correction(hidden=True)}))
    with duckdb.connect(str(path)) as connection:
        assert queries.topics(connection).topic_id.tolist() == [3, 5, OUTLIER]
        connection.execute("ALTER TABLE topics DROP COLUMN hidden")
        assert queries.topics(connection).topic_id.tolist() == [3, 7, 5, OUTLIER]


def test_topics_published_before_corrections_are_the_model_s(tmp_path: Path) -> None:
    before, after = tmp_path / "one.duckdb", tmp_path / "two.duckdb"
    build(before, None, Corrections())
    with duckdb.connect(str(before)) as connection:
        connection.execute("DROP TABLE fitted_topics")
        connection.execute("ALTER TABLE papers DROP COLUMN fitted_topic_id")
        connection.execute("ALTER TABLE topics DROP COLUMN hidden")
    build(after, before, Corrections(of={3: Correction(merge_into=5)}))
    assert ask(after, "SELECT topic_id, fitted_topic_id FROM papers WHERE paper_id = 'p1'") == [(5, 3)]
    assert ask(after, "SELECT len(centre) FROM fitted_topics WHERE topic_id = 3") == [(2,)]
