"""Answers are made once, shared, and let go of when they are too many."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pandas as pd
import pytest

from dashboard import answers
from dashboard.answers import Kept, meanwhile

ROWS = 1_000  # of 8 bytes, beside which a frame takes 10,000


def frame(value: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"value": [value] * ROWS})


def test_an_answer_is_made_once() -> None:
    kept = Kept(10**6)
    assert kept.get("one", lambda: frame(1))["value"].iloc[0] == 1
    assert kept.get("one", lambda: frame(2))["value"].iloc[0] == 1


def test_what_somebody_changes_of_an_answer_stays_theirs() -> None:
    kept = Kept(10**6)
    mine = kept.get("one", lambda: frame(1))
    mine.loc[0, "value"] = 99
    mine["more"] = 5
    theirs = kept.get("one", frame)
    assert list(theirs) == ["value"]
    assert theirs["value"].iloc[0] == 1


def test_those_used_least_lately_go_first() -> None:
    kept = Kept(2 * 20_000)  # two frames of 18,000 bytes, not three
    kept.get("a", lambda: frame(0))
    kept.get("b", lambda: frame(1))
    kept.get("a", frame)
    kept.get("c", frame)
    assert kept.get("a", lambda: frame(7))["value"].iloc[0] == 0  # kept, since it was used
    assert kept.get("b", lambda: frame(7))["value"].iloc[0] == 7  # made again
    assert kept.size <= 2 * 20_000


def test_an_answer_that_is_too_large_is_kept_until_the_next() -> None:
    kept = Kept(1)
    kept.get("a", lambda: frame(1))
    assert kept.get("a", lambda: frame(2))["value"].iloc[0] == 1
    kept.get("b", frame)
    assert kept.get("a", lambda: frame(2))["value"].iloc[0] == 2


@pytest.mark.parametrize(
    ("dtype", "size"), [("int64", 8), ("Int32", 4), ("boolean", 1), ("datetime64[us, UTC]", 8)]
)
def test_numbers_that_may_be_missing_take_no_more_room(dtype: str, size: int) -> None:
    kept = Kept(10**6)
    kept.get("one", lambda: frame().astype(dtype))
    assert kept.size == 10_000 + size * ROWS


def test_texts_and_lists_take_more() -> None:
    kept = Kept(10**6)
    kept.get("texts", lambda: pd.DataFrame({"text": ["a"] * ROWS}))
    kept.get("lists", lambda: pd.DataFrame({"list": [["a"]] * ROWS}))
    assert kept.size == 2 * (10_000 + 150 * ROWS)


def test_two_who_ask_at_the_same_time_wait_for_one_answer() -> None:
    kept, started, finish, made = Kept(10**6), Event(), Event(), []

    def slow() -> pd.DataFrame:
        made.append(1)
        started.set()
        finish.wait(10)
        return frame(3)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get, "one", slow)
        assert started.wait(10)
        second = pool.submit(kept.get, "one", slow)
        finish.set()
        assert first.result(10)["value"].iloc[0] == second.result(10)["value"].iloc[0] == 3
    assert made == [1]


def test_what_failed_is_asked_again() -> None:
    kept = Kept(10**6)

    def fails() -> pd.DataFrame:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kept.get("one", fails)
    assert kept.get("one", lambda: frame(4))["value"].iloc[0] == 4


def test_what_is_asked_meanwhile_is_kept_for_when_it_is_wanted() -> None:
    kept, made = Kept(10**6), Event()

    def make() -> pd.DataFrame:
        made.set()
        return frame(1)

    meanwhile(kept.get, "one", make)
    assert made.wait(10)
    assert kept.get("one", lambda: frame(2))["value"].iloc[0] == 1


def test_what_is_to_be_asked_meanwhile_is_left_when_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    helpers = ThreadPoolExecutor(1)
    monkeypatch.setattr(answers, "_HELPERS", helpers)
    asked: list[int] = []
    meanwhile(asked.append, 1)
    helpers.shutdown()
    meanwhile(asked.append, 2)
    assert asked == [1]
