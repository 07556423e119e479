"""Streamlit's server, which imports what pages need while it waits for its first visitor: a second and more saved.

Called as Streamlit is: `python -m dashboard.server run dashboard/app.py`.
"""

from __future__ import annotations

import gc
from importlib import import_module
from threading import Thread

from streamlit.web import cli


def main() -> None:
    """Begin to import, and serve."""
    Thread(target=_import, daemon=True).start()
    cli.main(prog_name="streamlit")


def _import() -> None:
    import_module("dashboard.views.overview")
    # What is there now stays. Without it the garbage collector has half as much to look through, which took a tenth
    # of a second in the middle of a page now and then.
    gc.freeze()


if __name__ == "__main__":
    main()
