"""The Wyoming server: how every microphone that Home Assistant already has reaches Claw.

Home Assistant's own Wyoming integration makes of it a conversation agent, with no component to install, and where there
is a transcriber a speech-to-text engine.  The protocol has neither passwords nor secrets, so anybody may stand before
this door: it opens on this machine alone, or to the machines that a person listed, reads what comes with limits
(``claw/voice/frames.py``), and takes nothing that is said for more than a claim (``claw/voice/claims.py``).

A machine that may connect always gets in, at the cost of its own connection that was silent longest: what it brings may
be the word that stops everything.  So whoever has not said anything yet has a moment for it, however many come after.
"""

import asyncio
from collections import Counter

from claw.base.action import Json
from claw.base.clock import Timer
from claw.base.config_voice import WyomingConfig
from claw.base.errors import Broken
from claw.channels.wyoming_announce import Announcement
from claw.channels.wyoming_behind import Behind
from claw.channels.wyoming_connection import Connection, Shared
from claw.channels.wyoming_sound import Room
from claw.channels.wyoming_talk import Talk
from claw.channels.wyoming_tally import Tally

MOST_CONNECTIONS = 48
MOST_OF_ONE = 24
"""Connections of one machine: Home Assistant makes one for each sentence and each sound."""
MOST_FRESH = 400
FRESH_S = 1.0
"""Whoever connected so lately and said nothing yet counts apart, as it holds nothing: a crowd at the door would else
push out who is about to speak."""
LOOK_EVERY_S = 2.0


class WyomingServer:
    """Listens until ``close``."""

    def __init__(self, config: WyomingConfig, behind: Behind, timer: Timer) -> None:
        self._config = config
        self._behind = behind
        self._timer = timer
        self._tally = Tally(behind.clock)
        self._shared = Shared(behind, self._tally, Room(), self._opened, self._begun, self._closed)
        self._open: dict[Connection, None] = {}
        self._fresh: dict[Connection, float] = {}
        self._talks: set[Talk] = set()
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None
        self._announcement: Announcement | None = None
        self._telling: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; the configured one before ``start`` and after ``close``."""
        sockets = self._server.sockets if self._server is not None else ()
        return int(sockets[0].getsockname()[1]) if sockets else self._config.port

    async def start(self) -> None:
        """Listen; raises Broken where the address is taken or not ours."""
        loop = asyncio.get_running_loop()
        host, port = self._config.host, self._config.port
        try:
            self._server = await loop.create_server(lambda: Connection(self._shared), host, port)
        except OSError as error:
            why = error.strerror or str(error)
            raise Broken(f"the Wyoming server cannot listen on {host} port {port}: {why}") from error
        if self._config.announce:
            self._announcement = Announcement(host, self.port)
            self._telling = loop.create_task(self._announcement.tell())

    async def close(self) -> None:
        """Stop listening, and end every connection and every turn that is under way."""
        if self._server is None:
            return
        self._server.close()
        ending = [task for task in (self._looking, self._telling) if task is not None]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if self._announcement is not None:
            await self._announcement.close()
        for connection in tuple(self._open):
            connection.end()
        await asyncio.gather(*(talk.close() for talk in tuple(self._talks)))
        await self._server.wait_closed()

    def state(self) -> dict[str, Json]:
        """Return where it listens, how many are connected, and every count since the start: nobody's address."""
        return {
            "host": self._config.host,
            "port": self.port,
            "announced": self._config.announce,
            "peers": len(self._config.peers),
            "open": len(self._open),
            "counts": dict(self._tally.counts()),
        }

    def _opened(self, connection: Connection) -> bool:
        peer = connection.peer
        if not self._behind.claims.admits(peer):
            # One line a minute for all of them together: whoever can choose an address has many.
            self._tally.complain("", "refused", f"{peer} may not connect: it is not among the peers")
            return False
        self._tally.count("connections")
        self._open[connection] = None
        self._fresh[connection] = self._behind.clock.monotonic()
        self._talks.add(connection.talk)
        self._let_in()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look_after())
        return True

    def _begun(self, connection: Connection) -> None:
        """Take note that it said something; that was heard, whatever becomes of it now."""
        if self._fresh.pop(connection, None) is not None:
            self._make_room(connection)

    def _closed(self, connection: Connection) -> None:
        self._open.pop(connection, None)
        self._fresh.pop(connection, None)
        if not connection.talk.busy:
            self._talks.discard(connection.talk)

    def _let_in(self) -> None:
        """Count who came and says nothing with the others, and have only so many who may still say something."""
        since = self._behind.clock.monotonic() - FRESH_S
        while self._fresh:
            oldest, came = next(iter(self._fresh.items()))
            if came > since and len(self._fresh) <= MOST_FRESH:
                return
            del self._fresh[oldest]
            self._make_room(oldest)

    def _make_room(self, newest: Connection) -> None:
        peer, others = newest.peer, [one for one in self._open if one not in self._fresh and one is not newest]
        of = Counter(one.peer for one in others)
        if of[peer] < MOST_OF_ONE:
            if len(others) < MOST_CONNECTIONS:
                return
            peer = of.most_common(1)[0][0]
        theirs = (one for one in others if one.peer == peer)
        silent = min(theirs, key=lambda one: (one.talk.busy, one.touched))
        self._tally.complain(peer, "crowded_out", "it has too many connections; the one silent longest is closed")
        del self._open[silent]
        silent.end()

    async def _look_after(self) -> None:
        """End what is silent for too long, as long as anybody is connected."""
        while self._open:
            await self._timer.sleep(LOOK_EVERY_S)
            now = self._behind.clock.monotonic()
            self._let_in()
            for connection in [one for one in self._open if one.overdue(now)]:
                if not connection.parting:
                    self._tally.count("idle")
                connection.end()
