"""Sends traces to a collector that a person configured; imported only then.

A collector is a stranger to the house: that it is slow, away, or answers without end costs a few spans and nothing
else.  What waits to be sent has an end, what does not fit is counted and gone, and no request ever waits for it.
"""

import asyncio
import secrets
from collections import deque
from http import HTTPStatus
from importlib.metadata import version
from itertools import islice
from urllib.parse import urlsplit

from claw.base.clock import Clock, Timer, within
from claw.base.config_care import TracesConfig
from claw.base.degraded import Degraded
from claw.base.errors import Unavailable
from claw.base.supervised import Supervised
from claw.base.tracing import Span, Tracing
from claw.channels.notifier import Http, Post, Sent
from claw.daemon.otlp import encoded

PART = "traces"
SENDER = "sender of traces"
"""What sends them, apart from the collector that may be away."""
PATH = "/v1/traces"
EVERY_S = 5.0
AT_ONCE = 200
"""Spans in one request: some 100 kB."""
MOST = 4_000
"""Spans that wait: what a busy hour makes, and 4 MB at most."""
LONGEST_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
LAST_S = 2.0
"""How long the end of the daemon waits for the last spans."""
_LATER = frozenset({429, 502, 503, 504})
"""What a collector answers that may be asked again, by its protocol; anything else it will never take."""

_SCALE = 1 << 32


class Traces:
    """One collector; ``sent`` and ``dropped`` count spans."""

    def __init__(
        self, config: TracesConfig, clock: Clock, timer: Timer, degraded: Degraded, post: Post | None = None
    ) -> None:
        self.sent = 0
        self.dropped = 0
        self.tracing = Tracing(clock, self._take, lambda: secrets.randbelow(_SCALE) < config.sample * _SCALE)
        self._url = address(config.url)
        self._timer = timer
        self._degraded = degraded
        self._post = post if post is not None else Http()
        self._resource = {"service.name": "claw", "service.version": version("claw")}
        self._waiting: deque[Span] = deque()
        self._enough = asyncio.Event()
        self.kept = Supervised(SENDER, self._run, clock, timer)

    def start(self) -> None:
        """Send from now on what is told: needs a running event loop."""
        self.kept.start()

    async def close(self) -> None:
        """Send the last, for two seconds at most, and end."""
        await self.kept.close()
        if self._waiting:
            await within(self._timer, LAST_S, self._send())
        await self._post.close()

    def _take(self, span: Span) -> None:
        if len(self._waiting) >= MOST:
            self.dropped += 1
            return
        self._waiting.append(span)
        if len(self._waiting) >= AT_ONCE:
            self._enough.set()

    async def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            await within(self._timer, EVERY_S, self._enough.wait())
            self._enough.clear()
            while self._waiting:
                if await self._send():
                    pause = FIRST_PAUSE_S
                    continue
                await self._timer.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _send(self) -> bool:
        """Send the oldest; return whether they are done with: taken, or such as nobody will ever take."""
        batch = list(islice(self._waiting, AT_ONCE))
        body = await asyncio.to_thread(encoded, batch, self._resource)
        asked = asyncio.ensure_future(self._post(self._url, Sent(body, {"Content-Type": "application/json"})))
        try:
            status = asked.result()[0] if await within(self._timer, LONGEST_S, asked) else None
        except Unavailable:
            status = None
        if status is None or status in _LATER:
            self._degraded.fails(PART, "the collector of traces does not take them")
            return False
        for _ in batch:
            self._waiting.popleft()
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            self.sent += len(batch)
            self._degraded.works(PART)
        else:
            self.dropped += len(batch)
            self._degraded.fails(PART, f"the collector of traces refuses them: it answers {status}")
        return True


def address(url: str) -> str:
    """Return where a collector takes traces: the protocol's own path below its address, unless that is given."""
    return url if urlsplit(url).path.endswith(PATH) else url.rstrip("/") + PATH
