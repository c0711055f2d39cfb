"""The player of a microphone of this machine: a command that takes sound at its input, fed as the sound comes.

The command is whatever a person wrote (``aplay``, ``pw-play``), so it may be missing, hang, print without end or leave
children.  It gets no secret in its environment, what it prints goes nowhere, and silencing it kills all of it at once.
It is registered with the stop, which ends it like any other child.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Protocol

from claw.base.clock import Timer, within
from claw.base.errors import Broken, Unavailable
from claw.voice.child import GOES_ON, SOUND
from claw.voice.cues import AT_NIGHT, LOUDNESS, SPEAKER_RATE, sound
from claw.voice.model import Cue
from claw.voice.speech_server import MOST_S, Format, VoiceServer
from claw.voice.speech_ways import MICROPHONE, Saying

STARTING_S = 5.0
"""A player that takes no sound for so long hangs."""
SPARE_S = 5.0
"""Longer than its sound lasts, a player may take to end: what it has taken it still has to play."""
_ENDS_IN_S = 2.0


class Registers(Protocol):
    """Who takes processes under the stop (``claw/gate/children.py``)."""

    def register(self, pid: int, name: str) -> None:
        """Take ``pid``; raises Broken where there is none."""
        ...

    def forget(self, pid: int) -> None:
        """Let go of one that ended by itself."""
        ...


class Player:
    """Runs the command, once for each thing that is played; one at a time."""

    def __init__(self, command: Sequence[str], registers: Registers, timer: Timer) -> None:
        """``command`` is the program and its arguments; nothing of it is read by a shell."""
        self._command = tuple(command)
        self._registers = registers
        self._timer = timer
        self._process: asyncio.subprocess.Process | None = None

    async def play(self, pieces: AsyncIterator[tuple[Format, bytes]], begins: Callable[[], None]) -> None:
        """Play sound as it comes and return when it has been heard; ``begins`` is called with the first of it.

        Raises Unavailable where the command does not play it, and whatever ``pieces`` raises.
        """
        process, seconds = None, 0.0
        try:
            async for form, piece in pieces:
                if process is None:
                    process = self._process = await self._start()
                    begins()
                seconds += len(piece) / form.bytes_per_second
                await self._give(process, piece)
            if process is not None:
                await self._end(process, seconds)
        finally:
            self._process = None
            if process is not None:
                await self._reap(process)

    def cut(self) -> None:
        """End what plays, at once."""
        if self._process is not None:
            _kill(self._process)

    async def _start(self) -> asyncio.subprocess.Process:
        environment = {name: os.environ[name] for name in (*GOES_ON, *SOUND) if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(f"the player cannot be started: {error.strerror or error}") from None
        with contextlib.suppress(Broken):  # gone already; what is given to it says so
            self._registers.register(process.pid, "player")
        return process

    async def _give(self, process: asyncio.subprocess.Process, piece: bytes) -> None:
        writer = process.stdin
        if writer is None or process.returncode is not None:
            raise Unavailable("the player ended before it had played")
        try:
            writer.write(piece)
            if not await within(self._timer, STARTING_S + MOST_S, writer.drain()):
                raise Unavailable("the player takes no sound")
        except (ConnectionError, RuntimeError):
            raise Unavailable("the player ended before it had played") from None

    async def _end(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        if process.stdin is not None:
            process.stdin.close()
        if not await within(self._timer, seconds + SPARE_S, process.wait()):
            raise Unavailable("the player does not come to an end")
        if process.returncode:
            raise Unavailable(f"the player failed ({process.returncode})")

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        _kill(process)  # also what it left behind in its group
        if process.stdin is not None:
            process.stdin.close()
        self._registers.forget(process.pid)
        await within(self._timer, _ENDS_IN_S, process.wait())


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


class PlayerWay:
    """The loudspeaker of one microphone: a voice from a server, and a command that plays it."""

    def __init__(
        self,
        name: str,
        place: str | None,
        player: Player,
        server: VoiceServer | None,
        night: Callable[[], bool] = lambda: False,
    ) -> None:
        """``name`` is the microphone's id.  Without ``server`` it only sounds cues; those are quieter at ``night``."""
        self.name = f"{MICROPHONE}:{name}"
        self.place = place
        self._player = player
        self._server = server
        self._night = night
        self._form = Format(SPEAKER_RATE)

    def ready(self) -> bool:
        """Return whether there is a voice for it."""
        return self._server is not None

    async def speak(self, saying: Saying) -> None:
        """Sound a cue, or say something after a chime where one is asked for; raises Unavailable."""
        pieces = self._cued(saying.cue) if saying.cue != "none" else self._said(saying)
        async with aclosing(pieces):
            await self._player.play(pieces, saying.begins)

    def cut(self) -> None:
        """Silence it at once."""
        self._player.cut()

    async def _cued(self, cue: Cue) -> AsyncGenerator[tuple[Format, bytes]]:
        yield self._form, self._sound(cue, AT_NIGHT if self._night() else LOUDNESS)

    async def _said(self, saying: Saying) -> AsyncGenerator[tuple[Format, bytes]]:
        if self._server is None:
            raise Unavailable("there is no voice server")
        first = True
        async with aclosing(self._server.say(saying.text, saying.language)) as pieces:
            async for form, piece in pieces:
                self._form = form  # the command plays what this server sends, so cues are made like it too
                if first and saying.chime:
                    yield form, self._sound("listening")
                first = False
                yield form, piece

    def _sound(self, cue: Cue, loudness: float = LOUDNESS) -> bytes:
        pcm, channels = sound(cue, self._form.rate, loudness), self._form.channels
        return pcm if channels == 1 else b"".join(pcm[at : at + 2] * channels for at in range(0, len(pcm), 2))
