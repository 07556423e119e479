"""Who looks at the dashboard: somebody at the machine that it runs on, or anybody."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


def is_at_this_machine(address: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a visitor can only be somebody at this machine.

    Args:
        address: the one that the server listens on; None for all.
        headers: of the visitor's connection. A proxy on this computer would pass strangers on, and is told by them; a
            page whose name was made to lead here (DNS rebinding) names another host.
    """
    host = headers.get("Host")
    forwarded = any(headers.get(name) for name in _FORWARDED)
    return (
        _is_loopback(address) and not forwarded and (not host or _is_loopback(urlsplit(f"//{host}").hostname))
    )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
