"""Streamlit's server, which gets ready while it waits for its first visitor, and sends what it has at once.

Called as Streamlit is: `python -m dashboard.server run dashboard/app.py`.
"""

from __future__ import annotations

import gc
import inspect
import socket
from importlib import import_module
from pkgutil import iter_modules
from threading import Thread

import uvicorn
from streamlit.web import cli

_NEW_OBJECTS = 10_000  # between two looks; a page leaves some 4,000
_LATER = ("PIL.Image", "plotly.tools")  # which Streamlit and Plotly import when the first page comes to them


def main() -> None:
    """Begin to get ready, and serve."""
    Thread(target=_get_ready, daemon=True).start()
    send_at_once()
    cli.main(prog_name="streamlit")


def _get_ready() -> None:
    """Do what the first page would wait for: two seconds, while the browser starts and loads Streamlit's own script."""
    views = import_module("dashboard.views")
    for name in [*(f"{views.__name__}.{view.name}" for view in iter_modules(views.__path__)), *_LATER]:
        import_module(name)
    inspect.stack()  # Streamlit asks for it once, and Python looks for the file of each module at first
    ease_garbage_collection()
    from dashboard.answers import meanwhile  # noqa: PLC0415 - not before Streamlit has begun to serve

    meanwhile(_ask_ahead)


def _ask_ahead() -> None:
    """Have the overview asked for, as the first visitor will most likely do, who also meets what goes wrong."""
    from dashboard import selection, snapshot  # noqa: PLC0415
    from dashboard.filters import Filters  # noqa: PLC0415
    from dashboard.views import overview  # noqa: PLC0415
    from etl.settings import Settings  # noqa: PLC0415

    published = snapshot.current(Settings.read().data_dir)
    if published is not None:
        overview.look_ahead(published, Filters())
        selection.topics(published, Filters())


def ease_garbage_collection() -> None:
    """Leave the garbage collector less to do, which took a twentieth of a page, and a tenth of a second now and then.

    What is there now stays, so it need not look through that; and it looks less often.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def send_at_once() -> None:
    """Have connections send what they have, without waiting until the browser has acknowledged what went before.

    A browser waits some 40 ms with that, once for each of the hundred files of a first page. Python's event loop takes
    care of it by itself, though not for a socket that was bound beforehand, as Streamlit's is:
    https://github.com/Kludex/uvicorn/issues/3149.
    """
    start = uvicorn.Server.startup

    async def startup(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        for listening in sockets or []:
            if listening.family in {socket.AF_INET, socket.AF_INET6}:
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # those accepted inherit it
        await start(server, sockets)

    uvicorn.Server.startup = startup  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    main()
