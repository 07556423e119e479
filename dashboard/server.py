"""Streamlit's server, which imports what pages need while it waits for its first visitor: a second and more saved.

Called as Streamlit is: `python -m dashboard.server run dashboard/app.py`.
"""

from __future__ import annotations

import gc
from importlib import import_module
from threading import Thread

from streamlit.web import cli

_NEW_OBJECTS = 10_000  # between two looks; a page leaves some 4,000


def main() -> None:
    """Begin to import, and serve."""
    Thread(target=_import, daemon=True).start()
    cli.main(prog_name="streamlit")


def _import() -> None:
    import_module("dashboard.views.overview")
    ease_garbage_collection()


def ease_garbage_collection() -> None:
    """Leave the garbage collector less to do, which took a twentieth of a page, and a tenth of a second now and then.

    What is there now stays, so it need not look through that; and it looks less often.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


if __name__ == "__main__":
    main()
