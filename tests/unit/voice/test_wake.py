"""Words that wake a microphone: the package's own models, and a Wyoming server with more of them."""

import asyncio
import builtins
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from claw.base.clock import SystemClock
from claw.base.errors import Broken, Unavailable
from claw.voice.frames import Frame, FrameReader, encode
from claw.voice.wake import MOST_UNSENT, MicroWake, WyomingWake
from tests.peers.espeak import said

CLOCK = SystemClock()
FRAME = 1024


def woken(wake: MicroWake, sound: bytes) -> list[str]:
    heard = (wake.hear(sound[at : at + FRAME]) for at in range(0, len(sound) - FRAME, FRAME))
    return [word for word in heard if word is not None]


@pytest.mark.parametrize(("text", "word"), [("alexa", "alexa"), ("hey mycroft", "hey_mycroft")])
def test_a_spoken_wake_word_wakes(text: str, word: str) -> None:
    assert set(woken(MicroWake(["alexa", "hey_mycroft"]), said(text, before=1.0))) == {word}


def test_a_command_wakes_nobody() -> None:
    wake = MicroWake(["alexa", "hey_mycroft", "okay_nabu", "hey_jarvis"])
    commands = ("turn on the kitchen lights", "stop everything now", "is the garage door open", "set it to twenty one")
    assert not woken(wake, b"".join(map(said, commands)))


def test_a_word_that_nobody_taught_it_is_named_with_those_that_there_are() -> None:
    with pytest.raises(Broken, match="no wake word computer: expected alexa, hey_jarvis, hey_mycroft, okay_nabu"):
        MicroWake(["alexa", "computer"])


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "pymicro_wakeword":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Broken, match="make voice"):
        MicroWake(["alexa"])


class Server:
    """A wake word server that does what a test says."""

    def __init__(self) -> None:
        self.got: list[Frame] = []
        self.writer: asyncio.StreamWriter | None = None
        self.came = asyncio.Event()
        self.deaf = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer, frames = writer, FrameReader()
        try:
            while not self.deaf and (more := await reader.read(1 << 16)):
                self.got += frames.feed(more)
                self.came.set()
            if self.deaf:
                await asyncio.sleep(60)
        finally:
            writer.close()

    def say(self, raw: bytes) -> None:
        assert self.writer is not None
        self.writer.write(raw)


@asynccontextmanager
async def served() -> AsyncIterator[tuple[Server, WyomingWake]]:
    peer = Server()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    wake = await WyomingWake.open(["ok_nabu", "stop"], f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", CLOCK)
    try:
        yield peer, wake
    finally:
        await wake.close()
        server.close()
        if peer.writer is not None:
            peer.writer.close()


async def heard(wake: WyomingWake) -> str:
    """Send sound until a word comes back, as a microphone does."""
    async with asyncio.timeout(10):
        while (word := wake.hear(bytes(FRAME))) is None:  # noqa: ASYNC110  sound comes by the clock
            await asyncio.sleep(0.005)
    return word


def flood(wake: WyomingWake) -> None:
    for _ in range(20_000):
        wake.hear(bytes(FRAME))


async def failed(wake: WyomingWake) -> str:
    with pytest.raises(Unavailable) as caught:
        await heard(wake)
    return str(caught.value)


async def test_a_server_is_asked_for_its_words_and_given_the_sound() -> None:
    async with served() as (peer, wake):
        wake.hear(b"\x01\x00" * 512)
        while len(peer.got) < 3:
            peer.came.clear()
            await peer.came.wait()
        detect, start, chunk = peer.got
        assert (detect.type, detect.data) == ("detect", {"names": ["ok_nabu", "stop"]})
        assert start.type == "audio-start"
        assert chunk.type == "audio-chunk"
        assert chunk.data == {"rate": 16_000, "width": 2, "channels": 1}
        assert chunk.payload == b"\x01\x00" * 512


async def test_what_a_server_finds_wakes_once() -> None:
    async with served() as (peer, wake):
        await asyncio.wait_for(peer.came.wait(), 10)
        peer.say(encode(Frame("detection", {"name": "stop", "timestamp": None})))
        assert await heard(wake) == "stop"
        assert wake.hear(bytes(FRAME)) is None


async def test_a_name_that_nobody_asked_for_is_one_that_somebody_did() -> None:
    async with served() as (peer, wake):
        await asyncio.wait_for(peer.came.wait(), 10)
        peer.say(encode(Frame("detection", {"name": ["x"] * 5})))
        assert await heard(wake) == "ok_nabu"


@pytest.mark.parametrize(
    ("raw", "said_of_it"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "makes no sense"),
        (encode(Frame("error", {"text": "no"})), "says that it cannot"),
        (b'{"type": "detection", "payload_length": 99999999999}\n', "makes no sense"),
    ],
)
async def test_a_server_that_talks_nonsense_is_none(raw: bytes, said_of_it: str) -> None:
    async with served() as (peer, wake):
        await asyncio.wait_for(peer.came.wait(), 10)
        peer.say(raw)
        assert said_of_it in await failed(wake)


async def test_a_server_that_hangs_up_is_none() -> None:
    async with served() as (peer, wake):
        await asyncio.wait_for(peer.came.wait(), 10)
        assert peer.writer is not None
        peer.writer.close()
        assert "wake word server" in await failed(wake)


async def test_a_server_that_takes_no_sound_any_more_is_none() -> None:
    async with served() as (peer, wake):
        peer.deaf = True
        with pytest.raises(Unavailable, match="does not listen"):
            flood(wake)
        assert wake._line.unsent <= MOST_UNSENT + 2 * FRAME


async def test_a_server_that_is_not_there_is_said_not_to_be() -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(Unavailable, match="wake word server cannot be reached"):
        await WyomingWake.open(["ok_nabu"], f"tcp://127.0.0.1:{port}", CLOCK)
