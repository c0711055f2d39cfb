"""Speech to text for others, over one Unix socket: the engine's process apart from the daemon that acts on the words.

It speaks as much of the Wyoming protocol as turns a sound into text.  Who may connect is settled by the socket's mode
and group; what comes is read as if every byte of it came from an enemy all the same.  It keeps nothing of what it heard
and logs no word.
"""

import asyncio
import contextlib
import logging
import os
import stat
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from claw.base.action import Json
from claw.base.clock import Timer
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.voice.frames import BadFrame, Frame, FrameReader, encode, sound_form
from claw.voice.model import LONGEST_S, Audio, Hints
from claw.voice.transcriber import Engine

logger = logging.getLogger(__name__)

IDLE_S = 30.0
MOST_CONNECTIONS = 8
MOST_NAMES = 500
LONGEST_NAME = 100
_SAMPLE = 2
NAME = "Claw's ear"


class EarServer:
    """Listens on ``path`` until ``close``; sounds are heard by ``engine``, one after the other."""

    def __init__(self, path: Path, engine: Engine, timer: Timer) -> None:
        self._path = path
        self._engine = engine
        self._timer = timer
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen: for the owner, and for whose group may enter the socket's folder; raises Broken."""
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(self._path.lstat().st_mode):
                raise Broken(f"cannot listen on {self._path}: something else lies there")
            self._path.unlink()
        try:
            shared = self._path.parent.stat().st_mode & stat.S_IXGRP
            before = os.umask(0o117 if shared else 0o177)
            try:
                self._server = await asyncio.start_unix_server(self._accept, self._path)
            finally:
                os.umask(before)
        except OSError as error:
            raise Broken(f"cannot listen on {self._path}: {error.strerror or error}") from error

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is None:
            return
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= MOST_CONNECTIONS:
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames, sound = FrameReader(), _Sound()
        try:
            while (frame := await frames.read(reader, self._timer, IDLE_S)) is not None:
                answer = await self._answer(frame, sound)
                if answer is not None:
                    writer.write(encode(answer))
                    await writer.drain()
        except BadFrame as bad:
            writer.write(encode(_error(bad.code, str(bad))))
        except (Unavailable, ConnectionError):
            logger.debug("Whoever wanted to be heard went away")
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, frame: Frame, sound: "_Sound") -> Frame | None:
        match frame.type:
            case "describe":
                return described()
            case "transcribe":
                sound.hints = hints(frame.data)
            case "audio-start":
                sound.begin(frame)
            case "audio-chunk":
                sound.take(frame)
            case "audio-stop":
                return await self._heard(sound)
            case _:
                pass  # events of other kinds are not for an ear
        return None

    async def _heard(self, sound: "_Sound") -> Frame:
        try:
            heard = await self._engine.transcribe(sound.audio(), sound.hints)
        except Refused as refused:
            return _error("bad-sound", str(refused))
        except ClawError as error:
            return _error("unavailable", str(error))
        said: dict[str, Json] = {"text": heard.text}
        if heard.language is not None:
            said["language"] = heard.language
        return Frame("transcript", said)


class _Sound:
    """What one connection has brought so far."""

    def __init__(self) -> None:
        self.hints = Hints()
        self._form: tuple[int, int] | None = None
        self._pcm = bytearray()
        self._truncated = False

    def begin(self, frame: Frame) -> None:
        """Take the form of what comes, and forget what came before; raises BadFrame for a sound of another form."""
        self._form = sound_form(frame)
        self._pcm.clear()
        self._truncated = False
        if self._form is None:
            raise BadFrame("bad-sound", "expected 16-bit samples, 8 to 48 kHz, one or two channels")

    def take(self, frame: Frame) -> None:
        """Keep what comes, up to as much as is heard at once; raises BadFrame where nothing was begun."""
        if self._form is None:
            raise BadFrame("bad-sound", "expected audio-start before the sound")
        rate, channels = self._form
        most = int(LONGEST_S * rate) * channels * _SAMPLE
        room = most - len(self._pcm)
        self._truncated = self._truncated or len(frame.payload) > room
        self._pcm += frame.payload[: max(0, room)]

    def audio(self) -> Audio:
        """Return the sound; raises Refused where there is none."""
        if self._form is None:
            raise Refused("there was no sound")
        rate, channels = self._form
        whole = len(self._pcm) - len(self._pcm) % (channels * _SAMPLE)
        return Audio(bytes(self._pcm[:whole]), rate, channels, self._truncated)


def hints(said: Mapping[str, Json]) -> Hints:
    """Return what a client says that helps to hear: the language, and names of things; nonsense is left out."""
    language, names = said.get("language"), said.get("transcript_names")
    kept = [one[:LONGEST_NAME] for one in names if isinstance(one, str)] if isinstance(names, list) else []
    known = language if isinstance(language, str) and len(language) == len("en") else None
    return Hints(known, tuple(kept[:MOST_NAMES]))


def described() -> Frame:
    """Return the answer to ``describe``: that this turns speech into text, and nothing else."""
    artifact: dict[str, Json] = {
        "name": NAME,
        "attribution": {"name": "Claw", "url": ""},
        "installed": True,
        "description": "Speech to text without a network",
        "version": version("claw"),
    }
    model = {**artifact, "languages": []}
    asr = {**artifact, "models": [model], "supports_transcript_streaming": False}
    rest = dict[str, Json].fromkeys(("tts", "handle", "intent", "wake", "mic", "snd"), ())
    return Frame("info", {"asr": [asr], **rest})


def _error(code: str, text: str) -> Frame:
    return Frame("error", {"text": text, "code": code})
