"""The local socket: how ``claw ...`` on the same machine reaches the daemon.

One line of JSON in, one line of JSON out (for ``follow``: one line an event until the caller hangs up).  The kernel
says who is at the other end: the uid of the peer is mapped to a person in the configuration, and only the owner of the
state directory, or root, is *the console*, which alone may reset any stop.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
import stat
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from claw.base.action import Action, Json, Origin
from claw.base.clock import Timer, within
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.channels.attended import ATTENDED, Left, attended
from claw.channels.call import GUARDED, Call, Word
from claw.channels.channel import Desk
from claw.channels.clients import Clients
from claw.channels.entering import Admission
from claw.channels.shown import shown
from claw.channels.socket_answers import (
    Tooling,
    model_call,
    of_keys,
    of_memory,
    of_people,
    of_routines,
    of_skills,
    of_telegram,
    of_tools,
    of_voice,
)
from claw.channels.veil import NOBODY
from claw.gate.answering import Choice
from claw.policy.people import People

if TYPE_CHECKING:  # a house without them does not pay for them
    from claw.channels.agents import Agents
    from claw.channels.telegram import Telegram

logger = logging.getLogger(__name__)

SOCKET = "claw.sock"
LINE_LIMIT = 1 << 20
"""A line longer than this ends the connection; a message is refused politely long before that."""
MOST_CONNECTIONS = 32
IDLE_S = 60.0
SWALLOW_S = 1.0
ROOT = 0


class Peer:
    """Who is at the other end, by the kernel's word."""

    def __init__(self, uid: int, people: People, owner: int, *, ours: bool = False) -> None:
        """``ours``: the daemon itself started it, so that it speaks for nobody, whatever user it runs as."""
        self.uid = uid
        self.ours = ours
        self.console = uid in {owner, ROOT} and not ours
        self._people = people

    @property
    def person(self) -> str | None:
        """The id of the person for whom this user speaks now: who was just shut out may still be connected."""
        person = self._people.by_uid(self.uid) if not self.ours else None
        return person.id if person else None

    def refuse_ours(self) -> None:
        """Raise Refused for a process of the daemon's own: it may not undo what a person did."""
        if self.ours:
            raise Refused("a program that Claw itself started may not do this")

    def viewer(self, call: Call) -> Origin:
        """Return whom this peer sees with; what the daemon itself started sees nobody's words."""
        return NOBODY if self.ours else self.origin(call)

    def origin(self, call: Call) -> Origin:
        """Return the origin that this peer speaks with."""
        return Origin(
            channel="cli",
            person=self.person,
            authenticated=self.person is not None,
            source=f"uid {self.uid}",
            conversation=f"cli:{self.uid}:{call.conversation or 'main'}",
            language=call.language,
            strength="session" if self.person is not None else None,
        )


class SocketServer:
    """Listens on ``claw.sock``, in the state directory or where a service has it, until ``close``."""

    def __init__(
        self, path: Path, desk: Desk, clients: Clients, people: People, timer: Timer, ours: Callable[[int, int], bool]
    ) -> None:
        """``ours`` tells of a process and its user whether it is one of the daemon's own."""
        self._path = path
        self._desk = desk
        self._clients = clients
        self._people = people
        self._timer = timer
        self._ours = ours
        self.admission: Admission | None = None
        # Who runs the daemon owns its state directory; the folder of a socket may be anybody's.
        self._owner = os.geteuid()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._followers: dict[asyncio.Task[None], Origin] = {}
        self.agents: Agents | None = None
        """Answers programs that speak for a model; nobody does where nothing of it is configured."""
        self.tools: Tooling | None = None
        """Knows the tools of other servers, where there are any."""
        self.telegram: Telegram | None = None
        """Answers who may write by Telegram, where that is configured."""

    async def start(self) -> None:
        """Listen; the state lock is held, so a socket file that lies there is a dead daemon's.  Raises Broken."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        # Whose group may enter the folder may ask: nobody's in a state directory, Claw's in a service's.
        shared = self._path.parent.stat().st_mode & stat.S_IXGRP
        before = os.umask(0o117 if shared else 0o177)
        try:
            self._server = await asyncio.start_unix_server(self._accept, self._path, limit=LINE_LIMIT)
        except OSError as error:
            raise Broken(f"cannot listen on {self._path}: {error.strerror or error}") from error
        finally:
            os.umask(before)

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is None:
            return
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def end(self, person: str) -> int:
        """Tell whoever follows as ``person`` nothing more, and return how many they were (see ``revoked.py``)."""
        theirs = [telling for telling, viewer in self._followers.items() if viewer.person == person]
        for telling in theirs:
            telling.cancel()
        return len(theirs)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= MOST_CONNECTIONS:
            writer.write(_line(_error("unavailable", "too many programs talk to Claw at once")))
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid, uid = _peer(writer.get_extra_info("socket"))
        peer = Peer(uid, self._people, self._owner, ours=self._ours(pid, uid))
        try:
            while line := await self._read(reader):
                await self._take(line, peer, reader, writer)
        except ValueError:
            with contextlib.suppress(ConnectionError):
                await _send(writer, _error("refused", f"a line of more than {LINE_LIMIT} bytes is too long"))
                # Closing on unread bytes would reset the connection before the answer is read.
                await within(self._timer, SWALLOW_S, _swallow(reader))
        except ConnectionError:
            logger.debug("A local program hung up")
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        reading = asyncio.ensure_future(reader.readline())
        if not await within(self._timer, IDLE_S, reading):
            return b""
        return reading.result()

    async def _take(self, line: bytes, peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            call = Call.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            await _send(writer, _error("refused", f"{where}: {first['msg']}" if where else first["msg"]))
            return
        if call.do == "follow":
            await self._follow(reader, writer, peer.viewer(call))
            raise ConnectionAbortedError  # whoever follows asks for nothing else
        try:
            work = self._do(call, peer)
            answer = await (attended(work, reader) if call.attended and call.do in ATTENDED else work)
        except Left:
            raise ConnectionAbortedError from None
        except ClawError as error:
            await _send(writer, _error(_kind(error), str(error)))
            return
        except Exception:
            # The boundary: whoever asked gets an answer, and the log of the process says what went wrong.
            logger.exception("A call of the local socket failed unexpectedly")
            await _send(writer, _error("broken", "that went wrong inside Claw; its log says how"))
            return
        await _send(writer, {"ok": answer})

    async def _do(self, call: Call, peer: Peer) -> Json:
        desk, origin, viewer = self._desk, peer.origin(call), peer.viewer(call)
        if call.do in GUARDED and not (call.do == "answer" and not call.yes):
            peer.refuse_ours()
        answers: Mapping[Word, Callable[[], Awaitable[Json] | Json]] = {
            "say": lambda: self._reply(desk.once(origin.source, call.key, lambda: desk.say(call.text, origin))),
            "act": lambda: self._reply(
                desk.once(
                    origin.source,
                    call.key,
                    lambda: desk.act(_actions(call), origin),
                )
            ),
            "answer": lambda: self._reply(desk.answer(call.id, origin, yes=call.yes, choice=_choice(call))),
            "pending": lambda: desk.cards(viewer),
            "status": desk.status,
            "house": desk.house,
            "stop": lambda: desk.stop(call.reason, origin),
            "reset": lambda: desk.reset(call.reason, origin, console=peer.console),
            "pause": lambda: desk.switching.pause(call.reason, origin, call.seconds),
            "resume": lambda: desk.switching.resume(call.reason, origin, console=peer.console),
            "drill": lambda: desk.switching.drill(origin),
            "log": lambda: desk.log(call.after, call.limit, newest_first=call.newest_first, viewer=viewer),
            "why": lambda: desk.why(call.seq, viewer),
            "who": lambda: desk.lookback.who(call.name, origin),
            "trace": lambda: desk.lookback.trace(call.seq, viewer),
            "undo": lambda: desk.lookback.undo(
                origin, seq=call.seq, since=call.since, tick=call.tick, dry_run=call.dry_run, here=call.here
            ),
            "policy_explain": lambda: desk.explain(
                Action(call.action, call.entities, call.data), self._supposed(call, origin)
            ),
            "policy_check": desk.ruling.check,
            "model_call": lambda: model_call(self.agents, self._clients, call),
            **(of_memory(desk.remembering, call, origin) if call.do.startswith("memory") else {}),
            **(of_skills(desk.skilful, call, origin) if call.do.startswith("skill") else {}),
            **(of_routines(desk.routined, call, origin) if call.do.startswith("routine") else {}),
            **(of_voice(desk.voiced, call) if call.do.startswith("voice") else {}),
        }
        if call.do in answers:
            answer = answers[call.do]()
            return await answer if isinstance(answer, Awaitable) else answer
        if not peer.console:
            raise Refused("only the owner of the state directory may do this")
        if call.do == "policy_ground":
            return await desk.ruling.ground()
        if call.do == "policy_reload":
            return await desk.ruling.reload(origin)
        if call.do == "names":
            return desk.naming.waiting()
        if call.do == "names_approve":
            return await desk.naming.approve(call.entities, origin)
        return await self._keep(call, origin) if call.do.startswith("log_") else await self._let_in(call, origin)

    async def _keep(self, call: Call, origin: Origin) -> Json:
        keeping = self._desk.keeping
        if call.do == "log_checkpoint":
            return await keeping.checkpoint()
        if call.do == "log_seal":
            return await keeping.seal()
        return await keeping.erase(call.seq, call.reason, origin)

    async def _let_in(self, call: Call, origin: Origin) -> Json:
        if call.do.startswith("tool"):
            return await of_tools(self.tools, call, origin)
        if call.do.startswith("telegram"):
            return await of_telegram(self.telegram, call, origin)
        if call.do.startswith("people"):
            return await of_people(self.admission, call, origin)
        return of_keys(self._clients, call, origin)

    @staticmethod
    async def _reply(reply: Awaitable[object]) -> Json:
        return shown(await reply)

    def _supposed(self, call: Call, origin: Origin) -> Origin:
        """Return the origin an explanation is asked for: the caller's, or a named person on a named channel."""
        if not call.person and not call.channel:
            return origin
        person = call.person or origin.person
        known = self._people.get(person) is not None
        return Origin(call.channel or origin.channel, person, authenticated=known)

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, viewer: Origin) -> None:
        """Tell what happens until the caller hangs up, also while nothing happens, or falls behind."""
        async with self._desk.feed(viewer) as queue:
            telling = asyncio.ensure_future(_tell(queue, writer))
            leaving = asyncio.ensure_future(_swallow(reader))
            self._followers[telling] = viewer
            try:
                await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                del self._followers[telling]
                telling.cancel()
                leaving.cancel()
                await asyncio.gather(telling, leaving, return_exceptions=True)


def _choice(call: Call) -> Choice:
    return Choice(frozenset(call.without), call.number, call.grant_s)


def _actions(call: Call) -> tuple[Action, ...]:
    several = tuple(Action(one.action, one.entities, one.data) for one in call.acts)
    return several or (Action(call.action, call.entities, call.data),)


async def _send(writer: asyncio.StreamWriter, answer: Json) -> None:
    writer.write(_line(answer))
    await writer.drain()


async def _tell(queue: asyncio.Queue[dict[str, Json]], writer: asyncio.StreamWriter) -> None:
    while True:
        event = await queue.get()
        await _send(writer, event)
        if event["type"] == "lost":
            return


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(LINE_LIMIT):
        pass


def _line(answer: Json) -> bytes:
    return json.dumps(answer, ensure_ascii=True).encode() + b"\n"


def _error(kind: str, text: str) -> dict[str, Json]:
    return {"error": {"kind": kind, "text": shown(text)}}


def _kind(error: ClawError) -> str:
    if isinstance(error, Refused):
        return "refused"
    return "unavailable" if isinstance(error, Unavailable) else "broken"


def _peer(peer: socket.socket) -> tuple[int, int]:
    """Return pid and uid of the process at the other end (Linux, SO_PEERCRED: pid, uid, gid as three ints)."""
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", raw)
    return int(pid), int(uid)
