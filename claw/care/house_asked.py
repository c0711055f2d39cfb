"""Asks Home Assistant three things over a connection of its own: whose token this is, how it is set up, what it shows.

The daemon's link is for acting and is watched as such; this one is for an examination, lives for a second, and can send
nothing but the messages below, none of which moves or changes anything.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit, urlunsplit

from claw.base.action import Json
from claw.base.clock import Clock
from claw.base.errors import Broken, Unavailable
from claw.house.text import plain

Question = Literal["auth/current_user", "get_config", "get_states"]

LONGEST_FRAME: Final = 2**24
CLOSING_S: Final = 1.0
_FRAMES = 50
"""So many messages that are no answer are passed over before it counts as talking nonsense."""


class TokenNotTaken(Broken):
    """Home Assistant does not accept the token."""


@dataclass(frozen=True)
class Seen:
    """What was answered.

    ``admin`` is None where it does not say whose token this is.  ``ahead_s`` is how far the house's clock is ahead of
    this machine's, in whole seconds, None where it does not say.  ``unavailable`` of the ``entities`` cannot be reached
    by Home Assistant itself.
    """

    version: str
    time_zone: str = ""
    admin: bool | None = None
    owner: bool = False
    user: str = ""
    running: bool = True
    recovery: bool = False
    entities: int = 0
    unavailable: int = 0
    ahead_s: float | None = None


def ask_house(url: str, token: str, clock: Clock, seconds: float) -> Seen:
    """Return what the Home Assistant at ``url`` says within ``seconds``.

    Raises TokenNotTaken, Broken for an address that is none, Unavailable when no Home Assistant answers.
    """
    return asyncio.run(_within(_address(url), token, clock, seconds))


async def _within(address: str, token: str, clock: Clock, seconds: float) -> Seen:
    from niquests.exceptions import RequestException  # noqa: PLC0415  a simulated house pays for no client

    try:
        async with asyncio.timeout(seconds):
            return await _asked(address, token, clock)
    except TimeoutError:
        raise Unavailable(f"it did not answer within {seconds:g} s") from None
    except (RequestException, OSError) as error:
        raise Unavailable(f"it cannot be reached ({_cause(error)})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unavailable("what answers there does not speak Home Assistant's language") from None


async def _asked(address: str, token: str, clock: Clock) -> Seen:
    import niquests  # noqa: PLC0415  as above
    from niquests.exceptions import RequestException  # noqa: PLC0415  as above

    async with niquests.AsyncSession() as session:
        # The token goes to this address and nowhere else: see claw/house/link.py.
        session.trust_env = False
        response = await session.get(address, allow_redirects=False)
        if response.extension is None:
            raise Unavailable(f"it answered HTTP {response.status_code} where a websocket was expected")
        try:
            date = response.headers.get("date")
            ahead = _ahead(date if isinstance(date, str) else None, clock.now())
            return await _told(_Talk(cast("Any", response.extension)), token, ahead)
        finally:
            with contextlib.suppress(TimeoutError, RequestException, OSError):
                async with asyncio.timeout(CLOSING_S):
                    await response.extension.close()


async def _told(talk: "_Talk", token: str, ahead: float | None) -> Seen:
    version = await talk.enter(token)
    user, config = await talk.ask("auth/current_user") or {}, await talk.ask("get_config") or {}
    states = await talk.ask("get_states") or ()
    return Seen(
        plain(str(config.get("version") or version), 40),
        plain(str(config.get("time_zone") or ""), 60),
        user.get("is_admin") is True if user else None,
        user.get("is_owner") is True,
        plain(str(user.get("name") or ""), 60),
        config.get("state", "RUNNING") == "RUNNING",
        config.get("recovery_mode") is True or config.get("safe_mode") is True,
        len(states),
        sum(row["state"] == "unavailable" for row in states),
        ahead,
    )


class _Talk:
    """One websocket, from the token to the last answer."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._number = 0

    async def enter(self, token: str) -> str:
        """Show the token and return the version that it tells; raises TokenNotTaken."""
        hello = await self._frame()
        if hello["type"] != "auth_required":
            raise ValueError("no greeting of Home Assistant's")
        await self._socket.send_payload(json.dumps({"type": "auth", "access_token": token}))
        answer = await self._frame()
        if answer["type"] == "auth_invalid":
            raise TokenNotTaken("Home Assistant refuses the token")
        if answer["type"] != "auth_ok":
            raise ValueError("no answer to a token")
        return str(answer.get("ha_version", ""))

    async def ask(self, question: Question) -> Json:
        """Return the answer, None where it is refused."""
        self._number += 1
        await self._socket.send_payload(json.dumps({"id": self._number, "type": question}))
        for _ in range(_FRAMES):
            answer = await self._frame()
            if answer.get("id") == self._number and answer["type"] == "result":
                return answer["result"] if answer.get("success") is True else None
        raise ValueError("talks of something else")

    async def _frame(self) -> Json:
        payload = await self._socket.next_payload()
        if payload is None:
            raise Unavailable("it closed the connection")
        if len(payload) > LONGEST_FRAME:
            raise ValueError("too long")
        return json.loads(payload)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        raise Broken("the address of Home Assistant is not an address") from None
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname or parts.username is not None:
        raise Broken("the address of Home Assistant must look like http://homeassistant.local:8123")
    path = parts.path.rstrip("/")
    path = path if path.endswith("/websocket") else f"{path}/api/websocket"
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def _ahead(told: str | None, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()


def _cause(error: BaseException) -> str:
    """Return in a few words why: the libraries in between wrap what the system said."""
    chain = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) is not None and inner not in chain:
        chain.append(inner)
    for link in reversed(chain):
        if isinstance(link, ConnectionRefusedError):
            return "nobody listens there"
        if isinstance(link, OSError) and link.strerror:
            return plain(link.strerror, 80)
    return type(chain[-1]).__name__
