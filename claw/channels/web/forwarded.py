"""Requests that somebody else passes on: a proxy that encrypts, or Home Assistant's ingress.

What they say about a request (from whom it is, by which scheme and name, under which path) decides how often a stranger
may fail, whether a cookie goes over a safe line only, and what counts as our own page.  Anybody can send such headers.
So they count only from the addresses that the configuration names; from all others they are not even looked at.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

_BASE = re.compile(r"(/[A-Za-z0-9_-]+)+/?", re.ASCII)
_LONGEST = 200
_KEY = "claw.arrival"


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a request came: ``encrypted`` all the way to the browser, as far as is known, and under which ``base``.

    ``base`` is the path that Home Assistant puts before ours, empty where there is none, without a slash at its end.
    """

    encrypted: bool = False
    base: str = ""


NO_ARRIVAL = Arrival()


class Proxies:
    """Reads what configured proxies say."""

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self._addresses = frozenset(filter(None, map(_plain, addresses)))

    def arrived(self, scope: Scope) -> Scope:
        """Return the request as its sender sent it: its address, scheme and ``Host`` as a configured proxy tells them.

        Several addresses are read from the right: the last that is no configured proxy is the sender, since whatever
        stands before it is the sender's own word.
        """
        client = scope.get("client")
        if not client or _plain(client[0]) not in self._addresses:
            return {**scope, _KEY: Arrival(encrypted=scope["scheme"] == "https")}
        headers = Headers(scope=scope)
        scheme = _last(headers, "x-forwarded-proto").lower()
        changed: Scope = {**scope, "client": (self._sender(headers) or client[0], 0)}
        if scheme in {"http", "https"}:
            changed["scheme"] = scheme
        host = _last(headers, "x-forwarded-host")
        if host and host.isascii():
            rest = [(name, value) for name, value in scope["headers"] if name != b"host"]
            changed["headers"] = [(b"host", host.encode()), *rest]
        base = headers.get("x-ingress-path", "")
        if not _BASE.fullmatch(base) or len(base) > _LONGEST:
            base = ""
        changed[_KEY] = Arrival(encrypted=changed["scheme"] == "https", base=base.rstrip("/"))
        return changed

    def _sender(self, headers: Headers) -> str:
        told = [one.strip() for one in ",".join(headers.getlist("x-forwarded-for")).split(",")][-20:]
        for one in reversed(told):
            address = _plain(one)
            if not address:
                return ""
            if address not in self._addresses:
                return address
        return ""


def arrival_of(request: Request) -> Arrival:
    """Return how a request came."""
    return request.scope.get(_KEY, NO_ARRIVAL)


def _last(headers: Headers, name: str) -> str:
    """Return the last of what is told under a name: what the proxy itself put there, behind what was there before."""
    return ",".join(headers.getlist(name)).rpartition(",")[2].strip()


def _plain(address: str) -> str:
    """Return an address in one form, empty for none; an IPv4 address that came through IPv6 is itself."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
