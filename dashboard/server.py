"""Streamlit's server, which imports what pages need while it waits for its first visitor: a second and more saved.

Called as Streamlit is: `python -m dashboard.server run dashboard/app.py`.
"""

from __future__ import annotations

from importlib import import_module
from threading import Thread

from streamlit.web import cli


def main() -> None:
    """Begin to import, and serve."""
    Thread(target=import_module, args=["dashboard.views.overview"], daemon=True).start()
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
