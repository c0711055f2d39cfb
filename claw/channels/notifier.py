"""Messages posted to a server of the household's choosing: ntfy's way, or as JSON to any.

A message that comes here has passed the gate as ``claw.notify``; posting it is its delivery, which the stop cuts like
any act.  Nothing of what the server answers is read but its status, no redirect is followed to somewhere that nobody
configured, and neither address nor token stands in what is said of a failure: many servers' addresses are secrets.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from claw.base.action import Json, Message
from claw.base.clock import Clock, Timer, within
from claw.base.config_channels import NotifierConfig, Urgency
from claw.base.errors import Refused, Unavailable
from claw.house.text import plain

if TYPE_CHECKING:
    from niquests import AsyncSession

logger = logging.getLogger(__name__)

TIMEOUT_S = 8.0
RETRIES_S = (1.0, 4.0)
"""A message that is minutes late is news no more: it is tried three times, and then told as lost."""

LONGEST_S = 30.0
LONGEST_WAIT_S = 10.0
"""How long a server may ask to be waited for."""

MOST_AT_ONCE = 16
LONGEST = 3_900
"""Bytes of a message: ntfy makes an attachment of what is longer."""

_PRIORITY: Mapping[str, int] = {"low": 2, "normal": 3, "high": 4}
_ALARM = 5
_TAGS: Mapping[str, str] = {"alarm": "rotating_light", "question": "question", "timer": "alarm_clock"}
_URGENCIES: tuple[Urgency, ...] = ("low", "normal", "high")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to the server: its body, and headers that hold the token, so that nothing prints it."""

    body: bytes
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Sent({len(self.body)} bytes)"


class Post(Protocol):
    """How a request goes out."""

    async def __call__(self, url: str, sent: Sent) -> tuple[int, str]:
        """Post and return the status and what Retry-After says; raises Unavailable where no answer came."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Notifier:
    """One server that messages are posted to: a channel, and a mouth (``claw/gate/messages.py``)."""

    kind = "notifier"

    def __init__(
        self, config: NotifierConfig, token: str, page: str, clock: Clock, timer: Timer, post: Post | None = None
    ) -> None:
        """``page`` is where Claw's page is, empty where nobody said; ``token`` is empty where there is none."""
        self._config = config
        self._token = token
        self._page = page
        self._clock = clock
        self._timer = timer
        self._post = post if post is not None else Http()
        self._at_work = 0
        self._problem = ""
        self._name = f"{config.kind} at {plain(urlsplit(config.url).hostname or '', 80)}"

    def __repr__(self) -> str:
        return f"Notifier({self._name})"

    async def start(self) -> None:
        """Begin: nothing is sent before there is a message."""

    async def close(self) -> None:
        """Let go of connections."""
        await self._post.close()

    def status(self) -> dict[str, Json]:
        """Return how it is, without its address and its token."""
        return {"kind": self.kind, "ready": not self._problem, "detail": self._problem, "name": self._name}

    def reaches(self, message: Message) -> bool:
        """Return whether this message would be posted there.

        What is for one person goes only where that person reads; what is for a room or a talk is said there.
        """
        to, _, name = message.to.partition(":")
        alarm = message.kind == "alarm"
        theirs = name == self._config.person if to == "person" else to == "everyone" or (alarm and to == "place")
        least = _URGENCIES.index(self._config.least)
        return theirs and (alarm or _URGENCIES.index(message.urgency) >= least)

    def why_not(self, message: Message) -> str:
        """Return why a message that this is for would not be posted; it always would."""
        del message
        return ""

    async def tell(self, message: Message) -> bool:
        """Post a message; return whether the server took it.  Raises nothing, and ends within half a minute."""
        if not self.reaches(message):
            return False
        if self._at_work >= MOST_AT_ONCE:
            self._failed("too much is being sent at once")
            return False
        self._at_work += 1
        try:
            sent = self._ntfy(message) if self._config.kind == "ntfy" else self._webhook(message)
            sending = asyncio.ensure_future(self._tries(sent))
            if not await within(self._timer, LONGEST_S, sending):
                self._failed("it did not answer in time")
                return False
        except (Refused, Unavailable) as error:
            self._failed(str(error))
            return False
        finally:
            self._at_work -= 1
        self._problem = ""
        return True

    async def _tries(self, sent: Sent) -> None:
        """Post until the server takes it; raises Refused where it never will, Unavailable where it did not in time."""
        for wait_s in (*RETRIES_S, None):
            try:
                status, after = await self._post(self._config.url, sent)
            except Unavailable:
                if wait_s is None:
                    raise
                await self._timer.sleep(wait_s)
                continue
            if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                return
            busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            if not busy:
                raise Refused(f"it answers {status}: {_MEANING.get(status, 'it does not take this')}")
            if wait_s is None:
                raise Unavailable(f"it answers {status}")
            await self._timer.sleep(max(wait_s, min(float(after), LONGEST_WAIT_S)) if after.isdecimal() else wait_s)

    def _ntfy(self, message: Message) -> Sent:
        tag = _TAGS.get(message.kind)
        body: dict[str, Json] = {
            "topic": self._config.topic,
            "title": "Claw",
            "message": _cut(message.text),
            "priority": _ALARM if message.kind == "alarm" else _PRIORITY[message.urgency],
            **({"tags": [tag]} if tag else {}),
            **({"click": self._page} if self._page else {}),
        }
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return Sent(_json(body), {"Content-Type": "application/json", **bearer})

    def _webhook(self, message: Message) -> Sent:
        """Return the message as JSON; with a token, signed over the time and the body, so that none is sent twice."""
        body = _json(
            {
                "id": secrets.token_hex(8),
                "to": message.to,
                "text": _cut(message.text),
                "kind": message.kind,
                "urgency": message.urgency,
            }
        )
        moment = str(int(self._clock.now().timestamp()))
        headers = {"Content-Type": "application/json", "Claw-Timestamp": moment}
        if self._token:
            signed = hmac.new(self._token.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
            headers["Claw-Signature"] = f"sha256={signed}"
        return Sent(body, headers)

    def _failed(self, why: str) -> None:
        self._problem = f"the {self._name} did not take a message: {why}"
        logger.warning("%s", self._problem)


class Http:
    """Posts over HTTP: one session, made when there is something to post."""

    def __init__(self) -> None:
        self._session: AsyncSession | None = None

    async def __call__(self, url: str, sent: Sent) -> tuple[int, str]:
        """Post and return the status and what Retry-After says; raises Unavailable where no answer came."""
        from niquests.exceptions import RequestException  # noqa: PLC0415  costs start-up time where nothing is sent

        session = self._open()
        try:
            answer = await session.post(
                url, data=sent.body, headers=dict(sent.headers), allow_redirects=False, stream=True, timeout=TIMEOUT_S
            )
            status, after = answer.status_code or 0, str(answer.headers.get("retry-after", ""))
            await answer.close()
        except (RequestException, OSError) as error:
            # Its words hold the address.
            raise Unavailable(f"it cannot be reached ({type(error).__name__})") from None
        return status, after

    async def close(self) -> None:
        """Let go of connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> "AsyncSession":
        if self._session is None:
            from niquests import AsyncSession  # noqa: PLC0415  costs start-up time where nothing is sent

            # No other server is asked anything: none about certificates, none that the environment names as a proxy.
            self._session = AsyncSession(
                disable_http3=True, allow_incoming_cookies=False, revocation_configuration=None, pool_maxsize=4
            )
            self._session.trust_env = False
        return self._session


_MEANING: Mapping[int, str] = {
    401: "the token does not hold",
    403: "it may not be written to with this token",
    404: "there is nothing at that address",
}


def _json(body: Mapping[str, Json]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _cut(text: str) -> str:
    """Return the text without controls, in as many bytes as a server takes."""
    lines = "\n".join(plain(line, LONGEST) for line in text.split("\n"))
    return lines.encode()[:LONGEST].decode(errors="ignore")
