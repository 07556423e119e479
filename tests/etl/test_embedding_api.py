"""Embeddings from a server, asked over a real connection."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from etl.embedders import open_embedder
from etl.embedding_api import EmbeddingApi, Limits
from etl.errors import InputError, NotFetched
from etl.settings import EMBEDDINGS_KEY_VARIABLE, EmbeddingsSettings
from tests.embeddings_server import Answer, EmbeddingsServer, rows

KEY = "sk-secret-1234"
HASTY = Limits(batch=2, first_wait=0.01, longest_wait=0.02, tries=3, pause=1)


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as running:
        yield running


def embedder(server: EmbeddingsServer, key: str | None = KEY, limits: Limits = HASTY) -> EmbeddingApi:
    return EmbeddingApi("tiny", server.endpoint, EmbeddingsSettings(key=key), limits)


def failure(server: EmbeddingsServer, *answers: Answer, limits: Limits = HASTY) -> str:
    """The sentence that a run ends with."""
    server.answers = list(answers)
    with pytest.raises(NotFetched) as caught:
        embedder(server, limits=limits).encode(["abc"])
    sentence = str(caught.value)
    assert KEY not in sentence
    assert sentence.endswith(".")
    return sentence.removeprefix(f"The embeddings server {server.endpoint} ")


def test_vectors_come_in_the_order_of_the_texts_and_in_length_one(server: EmbeddingsServer) -> None:
    found = embedder(server).encode(["a" * 3, "b", "c" * 7])
    wanted = np.array([[3, 1, 0], [1, 1, 0], [7, 1, 0]]) / np.sqrt([[10], [2], [50]])
    assert found == pytest.approx(wanted, abs=1e-6)
    assert found.dtype == np.float32
    assert [asked.content["input"] for asked in server.asked] == [["aaa", "b"], ["c" * 7]]
    assert {asked.path for asked in server.asked} == {"/v1/embeddings"}
    assert {asked.content["model"] for asked in server.asked} == {"tiny"}


def test_blank_texts_are_zero_and_never_sent_and_long_ones_are_cut(server: EmbeddingsServer) -> None:
    found = embedder(server, limits=Limits(text=4)).encode([" ", "abcdef"])
    assert found[0].tolist() == [0, 0, 0]
    assert server.asked[0].content["input"] == ["abcd"]
    assert embedder(server).encode([]).shape == (0, 0)


def test_the_key_goes_along_and_is_shown_nowhere(server: EmbeddingsServer) -> None:
    ours = embedder(server)
    ours.encode(["a"])
    embedder(server, None).encode(["a"])
    assert [asked.authorization for asked in server.asked] == [f"Bearer {KEY}", None]
    assert KEY not in ours.model + repr(EmbeddingsSettings(key=KEY))


def test_a_server_at_work_is_asked_again(server: EmbeddingsServer) -> None:
    server.answers = [Answer({}, 503), Answer(b"oops", 500)]
    assert embedder(server).encode(["abc"])[0] == pytest.approx(np.array([3, 1, 0]) / np.sqrt(10))
    assert len(server.asked) == 3


def test_the_wait_that_the_server_asks_for_is_kept(server: EmbeddingsServer) -> None:
    server.answers = [Answer({}, 429, {"Retry-After": "0.3"})]
    embedder(server).encode(["abc"])
    first, second = (asked.at for asked in server.asked)
    assert second - first >= 0.3


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer({}, 429, {"Retry-After": "3600"}), "asks to wait 3,600 seconds; run again after that."),
        (
            Answer({"error": {"message": f"no key like {KEY}"}}, 401),
            f"answered 401; set {EMBEDDINGS_KEY_VARIABLE} to a key that it takes.",
        ),
        (
            Answer({"error": {"message": f"no model tiny for {KEY}"}}, 404),
            'answered 404 ("no model tiny for …"); check the model\'s name and the address.',
        ),
        (
            Answer({}, 302, {"Location": "http://x.invalid"}),
            "answered 302; check the model's name and the address.",
        ),
        (Answer(b"<html>"), "gave an answer that holds no vectors of one length; use another server."),
        (Answer([]), "gave an answer that holds no vectors of one length; use another server."),
        (Answer(rows([["x"]])), "gave an answer that holds no vectors of one length; use another server."),
        (Answer(rows([])), "gave 0 vectors for 1 texts; use another server."),
        (Answer(rows([[1, 2], [1, 2]])), "gave 2 vectors for 1 texts; use another server."),
        (Answer(rows([[float("nan"), 1]])), "gave a vector that holds no numbers; use another model."),
        (Answer(rows([[None, 1]])), "gave a vector that holds no numbers; use another model."),
    ],
)
def test_what_cannot_be_used_is_one_sentence(server: EmbeddingsServer, answer: Answer, sentence: str) -> None:
    assert failure(server, answer) == sentence
    assert len(server.asked) == 1


def test_a_server_that_never_recovers(server: EmbeddingsServer) -> None:
    assert failure(server, *[Answer({}, 503)] * 3) == "answered 503; check that it runs, then run again."
    assert len(server.asked) == 3


def test_a_server_that_keeps_silent(server: EmbeddingsServer) -> None:
    limits = Limits(read=0.1, tries=1)
    assert failure(server, Answer({}, stall=5), limits=limits).startswith("did not answer in time; ")


def test_nobody_there() -> None:
    with EmbeddingsServer() as server:
        gone = embedder(server)
    with pytest.raises(NotFetched, match=r"cannot be reached \(.+\); check that it runs, then run again\.$"):
        gone.encode(["abc"])


def test_vectors_that_change_their_length(server: EmbeddingsServer) -> None:
    server.answers = [Answer(rows([[1, 2, 3]] * 2)), Answer(rows([[1, 2]]))]
    with pytest.raises(NotFetched, match="gave vectors of length 2 after some of 3; use another server"):
        embedder(server).encode(["a", "b", "c"])


def test_an_answer_without_end(server: EmbeddingsServer) -> None:
    assert failure(server, Answer(b" " * 2_000), limits=Limits(size=1_000)).startswith(
        "gave an answer without end"
    )


def test_a_spec_names_model_and_server(server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMBEDDINGS_KEY_VARIABLE, KEY)
    found = open_embedder(f"openai:org/tiny:latest@{server.endpoint}/")
    assert found.model == f"openai-org/tiny:latest@{server.endpoint}"
    found.encode(["abc"])
    assert server.asked[0].content["model"] == "org/tiny:latest"
    assert server.asked[0].authorization == f"Bearer {KEY}"


@pytest.mark.parametrize("endpoint", ["", "localhost:11434/v1", "ftp://host/v1", "http://user:pass@host/v1"])
def test_an_address_that_cannot_be_used(endpoint: str) -> None:
    with pytest.raises(InputError, match="cannot be used; write one such as") as caught:
        EmbeddingApi("tiny", endpoint, EmbeddingsSettings())
    assert "pass@" not in str(caught.value)


def test_a_key_that_is_none() -> None:
    with pytest.raises(InputError, match=f"^{EMBEDDINGS_KEY_VARIABLE} holds characters that no key has"):
        EmbeddingApi("tiny", "http://localhost/v1", EmbeddingsSettings(key="clé secrète"))
