"""The client of the Daily Papers API against a server on loopback that answers, and misbehaves, as the real one."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from etl.errors import InputError
from etl.settings import HfSettings
from etl.sources.hf_api import DailyPapers, DayNotFetched, Limits, NoAnswer, Unreachable
from etl.web import asked_pause, server_time
from tests.hf_api_server import HfApi, entry
from tests.loopback import DROP, Trouble

DAY = date(2025, 3, 3)
IMPATIENT = Limits(read=0.3, first_wait=0.001, longest_wait=0.01)
PAPERS = [entry(f"2503.{number:05}", f"Paper {number}", DAY) for number in range(250)]


@pytest.fixture
def api() -> Iterator[HfApi]:
    with HfApi(lambda day: PAPERS[:3] if day == DAY else []) as server:
        yield server


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(api: HfApi, slept: list[float]) -> Iterator[Callable[..., DailyPapers]]:
    """Makes clients of the server that wait for it in `slept` only."""
    made: list[DailyPapers] = []

    def make(limits: Limits = IMPATIENT, token: str | None = None, **options: Any) -> DailyPapers:
        made.append(DailyPapers(HfSettings(api.endpoint, token), limits, sleep=slept.append, **options))
        return made[-1]

    yield make
    for one in made:
        one.__exit__()


@pytest.mark.parametrize(("papers", "requests"), [(0, 1), (1, 1), (99, 1), (100, 2), (250, 3)])
def test_a_day_is_read_page_by_page(client: Any, api: HfApi, papers: int, requests: int) -> None:
    api.lists = lambda day: PAPERS[:papers]
    assert client().day(DAY) == PAPERS[:papers]
    assert [asked.page for asked in api.asked] == list(range(requests))


def test_a_server_that_repeats_its_page_does_not_keep_us(client: Any, api: HfApi) -> None:
    api.always[str(DAY)] = Trouble(body=json.dumps(PAPERS[:100]).encode())
    assert client().day(DAY) == PAPERS[:100]
    assert len(api.asked) == 2


def test_a_list_without_end_is_given_up(client: Any, api: HfApi) -> None:
    api.lists = lambda day: [{"paper": {"id": str(number)}} for number in range(10_001)]
    with pytest.raises(DayNotFetched, match=r"the list has no end after 10,000 entries"):
        client().day(DAY)
    assert {asked.page for asked in api.asked} == set(range(100))


def test_a_list_of_large_pages_is_not_held_in_memory(client: Any, api: HfApi) -> None:
    api.lists = lambda day: PAPERS
    limits = replace(IMPATIENT, list_size=3 * len(json.dumps(PAPERS[:100])) // 2)
    with pytest.raises(DayNotFetched, match=rf"the list is longer than {limits.list_size:,} bytes"):
        client(limits).day(DAY)
    assert {asked.page for asked in api.asked} == {0, 1}
    one_client = client(limits)
    api.lists = lambda day: PAPERS[:99]
    assert [len(one_client.day(DAY)) for _ in range(3)] == [99] * 3  # no list counts for the next


def test_a_list_that_grows_between_two_pages_gives_no_paper_twice(client: Any, api: HfApi) -> None:
    first = Trouble(body=json.dumps(PAPERS[1:101]).encode())
    api.troubles[str(DAY)] = [first]
    api.lists = lambda day: PAPERS[:102]  # one more came on top meanwhile
    assert client().day(DAY) == PAPERS[1:102]


PASSING = [Trouble(500), Trouble(503), Trouble(429), DROP, Trouble(body=b'[{"paper": {"id'), Trouble(stall=5)]


@pytest.mark.parametrize("trouble", PASSING, ids=["500", "503", "429", "drop", "cut", "stall"])
def test_troubles_that_pass_are_waited_out(client: Any, api: HfApi, trouble: Trouble) -> None:
    api.troubles[str(DAY)] = [trouble] * 2
    assert client().day(DAY) == PAPERS[:3]
    assert len(api.asked) == 3


@pytest.mark.parametrize(
    ("trouble", "reason", "requests"),
    [
        (Trouble(500), "the server answered 500", 4),
        (Trouble(429), "the server answered 429", 4),
        (Trouble(404, body=b"<html>"), "the server answered 404", 1),
        (Trouble(400), 'the server answered 400 ("as told")', 1),
        (Trouble(204, body=b""), "the server answered 204", 1),
        (Trouble(body=b'[{"paper": {"id'), "the answer is not whole JSON", 4),
        (Trouble(body=b""), "the answer is not whole JSON", 4),
        (Trouble(), 'the answer is no list ("as told")', 1),
        (Trouble(body=b"7"), "the answer is no list", 1),
        (DROP, "peer closed connection without sending complete message body", 4),
        (Trouble(stall=5), "it did not answer in time", 4),
        (Trouble(body=b"[" + b" " * 2_000 + b"]"), "the answer is longer than 1,000 bytes", 1),
        (Trouble(302, {"Location": "/api/daily_papers?date=2025-03-03"}), "it redirects without end", 1 + 3),
    ],
)
def test_troubles_that_stay_are_told(
    client: Any, api: HfApi, trouble: Trouble, reason: str, requests: int
) -> None:
    api.always[str(DAY)] = trouble
    with pytest.raises(DayNotFetched) as failure:
        client(Limits(read=0.3, first_wait=0.001, longest_wait=0.01, size=1_000)).day(DAY)
    assert str(failure.value).startswith(reason)
    assert len(api.asked) == requests


def test_an_answer_that_trickles_in_is_given_up(client: Any) -> None:
    with pytest.raises(DayNotFetched, match="takes longer than 0 seconds"):
        client(Limits(answer=0)).day(DAY)


def test_nobody_at_the_endpoint() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        DailyPapers(HfSettings(f"http://127.0.0.1:{port}"), IMPATIENT) as nobody,
        pytest.raises(Unreachable, match=r"^Connection refused$"),
    ):
        nobody.day(DAY)


def test_after_429_the_next_try_comes_when_the_server_says(
    client: Any, api: HfApi, slept: list[float]
) -> None:
    told: list[str] = []
    api.troubles[str(DAY)] = [Trouble(429, {"Retry-After": "7"})]
    assert client(told=told.append).day(DAY) == PAPERS[:3]
    assert slept == [7.0]
    assert told == ["waiting 7 s"]


def test_when_no_request_is_left_the_next_waits_for_the_reset(
    client: Any, api: HfApi, slept: list[float]
) -> None:
    api.left, api.resets_in = 2, 211
    daily = client()
    daily.day(DAY)  # one left
    daily.day(DAY)  # none
    assert slept == []
    daily.day(DAY)
    assert slept == [211.0]


def test_no_request_waits_for_ever(client: Any, api: HfApi, slept: list[float]) -> None:
    api.troubles[str(DAY)] = [Trouble(429, {"Retry-After": "200"})] * 2
    with pytest.raises(NoAnswer, match="asks to wait 200 seconds"):
        client().day(DAY)  # twice 200 s is more than the 360 of a request
    assert slept == [200.0]


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, 0),
        (200, {"ratelimit": '"api";r=499;t=211'}, 0),
        (200, {"ratelimit": '"api";r=0;t=211'}, 211),
        (200, {"ratelimit": '"api"; r=0; t=12, "pages";r=3;t=99'}, 12),
        (200, {"ratelimit": "what is this"}, 0),
        (200, {"retry-after": "5"}, 0),  # says nothing beside a 200
        (429, {"retry-after": "5", "ratelimit": '"api";r=0;t=211'}, 5),
        (429, {"ratelimit": '"api";r=3;t=211'}, 211),
        (429, {"retry-after": "Mon, 03 Mar 2025 12:00:30 GMT"}, 30),
        (429, {"retry-after": "Mon, 03 Mar 2025 11:00:00 GMT"}, 0),
        (503, {"retry-after": "soon"}, 0),
        (429, {}, 0),
        (429, {"ratelimit": f'"api";r={"9" * 5_000};t={"9" * 5_000}'}, 0),
    ],
)
def test_the_pause_an_answer_asks_for(status: int, headers: dict[str, str], seconds: float) -> None:
    assert asked_pause(status, headers, datetime(2025, 3, 3, 12, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    "date",
    [
        "",
        "soon",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 3 Mar 2025 09:00:00 +99999999999999",
        "Mon, 3 Mar 2025",
    ],
)
def test_a_clock_that_cannot_be_is_none(date: str) -> None:
    assert server_time({"date": date}) is None
    assert asked_pause(429, {"retry-after": date}, datetime(2025, 3, 3, tzinfo=UTC)) >= 0


def test_the_token_goes_to_the_endpoint_alone(client: Any, api: HfApi) -> None:
    with HfApi(lambda day: PAPERS[:1]) as elsewhere:
        api.troubles[str(DAY)] = [
            Trouble(307, {"Location": f"{elsewhere.endpoint}/api/daily_papers?date={DAY}&limit=100"})
        ]
        assert client(token="hf_secret").day(DAY) == PAPERS[:1]
        assert [asked.authorization for asked in api.asked] == ["Bearer hf_secret"]
        assert [asked.authorization for asked in elsewhere.asked] == [None]


def test_without_a_token_none_is_sent(client: Any, api: HfApi) -> None:
    client().day(DAY)
    assert api.asked[0].authorization is None


def test_a_token_is_never_shown() -> None:
    assert "secret" not in repr(HfSettings(token="hf_secret"))
    with pytest.raises(InputError, match=r"^HF_TOKEN holds characters that no token has; ") as failure:
        DailyPapers(HfSettings(token="hf_secret\nX-Other: 1"))
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    "endpoint", ["huggingface.co", "ftp://x", "http://", "https://me:pass@huggingface.co", "::"]
)
def test_an_endpoint_must_be_a_web_address(endpoint: str) -> None:
    with pytest.raises(
        InputError, match=r"^HF_ENDPOINT is not a web address; set it to one such as"
    ) as failure:
        DailyPapers(HfSettings(endpoint))
    assert "pass" not in str(failure.value)


def test_endpoint_and_token_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", " http://127.0.0.1:1/ ")
    monkeypatch.setenv("HF_TOKEN", "")
    assert HfSettings.read() == HfSettings("http://127.0.0.1:1", None)
    monkeypatch.delenv("HF_ENDPOINT")
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    assert HfSettings.read() == HfSettings("https://huggingface.co", "hf_x")
