"""A process beside the daemon that sound is given to: what reads audio is large, native, and may crash or hang.

It is our own code in a Python of its own (``python -I -m claw.voice.<name>``), with an environment that holds no
secret, no way to the state directory, an address space that ends somewhere, and a process group that dies as one.  Both
sides talk in frames (``claw/voice/frames.py``) over its input and output.  It dies when its input ends, so with the
daemon whatever becomes of that.  It is not registered with the stop: who is stopped still listens, and says so.
"""

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from typing import Self

from claw.base.clock import Timer, within
from claw.base.errors import Unavailable
from claw.voice.frames import CLIENT, BadFrame, Frame, FrameReader, Limits, encode

GOES_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""Of the daemon's environment, what every such process gets."""
SOUND = ("HOME", "XDG_RUNTIME_DIR", "PULSE_SERVER", "PULSE_COOKIE", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR")
"""And what the programs that record and play look for."""
QUIET = {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
"""What such a process gets besides.  onnxruntime, as it comes, makes up an id of this machine, keeps it in the home
directory and tells its maker what runs: what hears in a house tells nobody anything, and fetches nothing."""
ENDS_IN_S = 2.0
"""Seconds that it has to end by itself, and then to be dead once it is killed."""
FOR_EVER_S = 1e9
_PIPE = 1 << 20
_FROM_PARENT = Limits(line=1 << 20, data=1 << 22, payload=1 << 24)
"""A minute of sound as the widest microphone gives it, and the names of a large house."""
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Child:
    """One such process, from the daemon's side."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._reader = FrameReader(CLIENT)
        self._sending = asyncio.Lock()
        self._over = False

    @classmethod
    async def start(
        cls,
        module: str,
        keep: Sequence[str] = (),
    ) -> Self:
        """Start ``module``; ``keep`` names more of the environment that it gets.

        Raises Unavailable where this machine starts no process.
        """
        environment = {name: os.environ[name] for name in (*GOES_ON, *keep) if name in os.environ} | QUIET
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-B", "-m", module),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a native library may print there whatever it was given
                env=environment,
                cwd="/",
                start_new_session=True,
                limit=_PIPE,
            )
        except OSError as error:
            raise Unavailable(f"no process for {module} could be started: {error.strerror or error}") from error
        return cls(process)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    async def send(self, frame: Frame) -> None:
        """Give it a frame; raises Unavailable where it has ended."""
        writer = self._process.stdin
        if writer is None or not self.alive:
            raise Unavailable("it has ended")
        async with self._sending:
            try:
                writer.write(encode(frame))
                await writer.drain()
            except (ConnectionError, RuntimeError):
                raise Unavailable("it has ended") from None

    async def read(self, timer: Timer, idle_s: float) -> Frame | None:
        """Return what it says next, None when it has ended; raises Unavailable after ``idle_s`` seconds, BadFrame."""
        stream = self._process.stdout
        if stream is None:
            return None
        try:
            return await self._reader.read(stream, timer, idle_s)
        except BadFrame as bad:
            if bad.code == "truncated":
                return None
            raise

    async def end(self, timer: Timer) -> None:
        """Let it end, and end it and all it started where it does not; returns when it is gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await within(timer, ENDS_IN_S, self._process.wait())
        finally:
            self.kill()
        await within(timer, ENDS_IN_S, self._process.wait())
        self._over = True  # its number may be somebody else's from now on

    def kill(self) -> None:
        """End it and all it started at once; what is dead already is no error."""
        if self._over:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def confine(memory_mb: int) -> None:
    """Called by the child itself, before it loads anything large: end somewhere, write no file, die with the parent."""
    # What it writes to, not what it maps: those who read models map far more than they ever use.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = memory_mb << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    with contextlib.suppress(OSError, AttributeError):  # Linux alone has it; elsewhere its input ends
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


class Parent:
    """The daemon, from the child's side: frames in by ``read``, out by ``send``."""

    def __init__(self, incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._reader = FrameReader(_FROM_PARENT)

    @classmethod
    async def meet(cls) -> Self:
        """Take over input and output; what a library prints from now on goes nowhere."""
        loop = asyncio.get_running_loop()
        out = os.dup(1)
        os.dup2(2, 1)
        incoming = asyncio.StreamReader(limit=_PIPE)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(incoming), sys.stdin)
        transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(out, "wb", 0))
        transport.set_write_buffer_limits(0)  # what was sent is out: it may be the last word
        return cls(incoming, asyncio.StreamWriter(transport, protocol, None, loop))

    async def read(self, timer: Timer, idle_s: float = FOR_EVER_S) -> Frame | None:
        """Return the next frame, None when the daemon is gone."""
        return await self._reader.read(self._incoming, timer, idle_s)

    async def send(self, frame: Frame) -> None:
        """Say something; raises ConnectionError when the daemon is gone."""
        self._outgoing.write(encode(frame))
        await self._outgoing.drain()
