"""The server sends at once; that it answers, and stops when told, test_cli shows."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn
from streamlit.web.server.starlette import starlette_server

from dashboard import server


def test_a_connection_does_not_wait_until_what_was_sent_is_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[socket.socket] = []

    async def startup(_: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        started.extend(sockets or [])

    monkeypatch.setattr(uvicorn.Server, "startup", startup)
    server.send_at_once()
    # As Streamlit binds the one that it serves on.
    with starlette_server._bind_socket("127.0.0.1", 0, 1) as listening, ThreadPoolExecutor(1) as another:
        # In a thread of its own: where browser tests ran before, this one has a loop that runs.
        another.submit(asyncio.run, uvicorn.Server(uvicorn.Config("no:app")).startup([listening])).result()
        assert started == [listening]
        with socket.create_connection(listening.getsockname()):
            listening.setblocking(True)
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
