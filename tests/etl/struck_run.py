"""Runs `etl` and sends this very process a signal at a chosen moment: `struck_run.py SIGNAL before|after WHAT ARGS…`.

WHAT is a function (`etl.store:Store.merge`), or `replace:NAME` for the moment a file of that name is put into place.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any

from etl.cli import main


def struck(
    function: Callable[..., Any], when: str, number: int, applies: Callable[..., bool]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        hit = applies(*args)
        if hit and when == "before":
            signal.raise_signal(number)  # to this thread: another one may take it later than the moment
        result = function(*args, **kwargs)
        if hit and when == "after":
            signal.raise_signal(number)
        return result

    return wrapper


def strike(number: int, when: str, what: str) -> None:
    module_name, _, path = what.partition(":")
    if module_name == "replace":
        os.replace = struck(
            os.replace, when, number, lambda _, target: fnmatch(os.path.basename(target), path)
        )
        return
    owner: Any = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    setattr(owner, name, struck(getattr(owner, name), when, number, lambda *_: True))


# A shell that starts something in the background has it ignore Ctrl-C, and so all that this starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
strike(getattr(signal, sys.argv[1]), sys.argv[2], sys.argv[3])
sys.argv[1:] = sys.argv[4:]
main()
