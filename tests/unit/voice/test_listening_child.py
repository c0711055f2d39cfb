"""The process that hears with a microphone, with a file for a microphone: what it tells, and what it says is wrong."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from claw.base.clock import SystemClock
from claw.voice.child import Child
from claw.voice.frames import Frame, FrameReader, encode
from claw.voice.listening import Listening
from claw.voice.listening_child import Gone, Live, _Command
from tests.held_clock import HeldClock
from tests.peers.espeak import said
from tests.peers.played import Played
from tests.peers.vowel import saying

LISTENING = "claw.voice.listening_child"
CLOCK = SystemClock()
COMMAND = saying("turn on the kitchen lights", around=1.0).pcm


@asynccontextmanager
async def listening(command: list[str] | None, **wake: Any) -> AsyncIterator[Child]:
    child = await Child.start(LISTENING)
    try:
        await child.send(Frame("settings", {"command": command, "wake": wake or None}))
        yield child
    finally:
        await child.end(CLOCK)


async def told(child: Child) -> list[Frame]:
    """Return all that it says to its end."""
    frames: list[Frame] = []
    while (frame := await child.read(CLOCK, 20)) is not None:
        frames.append(frame)
    return [frame for frame in frames if frame.type != "alive"]


async def heard(command: list[str], **wake: Any) -> list[Frame]:
    async with listening(command, **wake) as child:
        return await told(child)


def file(folder: Path, *sounds: bytes) -> list[str]:
    path = folder / "microphone.raw"
    path.write_bytes(b"".join(sounds))
    return ["cat", str(path)]


def kinds(frames: list[Frame]) -> list[str]:
    return [frame.type for frame in frames]


async def test_a_command_comes_out_of_a_microphone(tmp_path: Path) -> None:
    frames = await heard(file(tmp_path, COMMAND))
    assert kinds(frames) == ["ready", "started", "paused", "clip", "problem"]
    clip = frames[3]
    assert 1.2 < len(clip.payload) / 32_000 < 2.8
    assert clip.payload in COMMAND, "as it came, bit by bit"
    assert frames[4].data["text"] == "the microphone's command ended with 0"


async def test_after_a_spoken_wake_word_a_spoken_command_comes_out(tmp_path: Path) -> None:
    wake, rest = said("alexa", before=1.0, after=0.5), said("turn on the kitchen lights", before=0.3, after=1.5)
    before = said("is the garage door open", before=0.3, after=1.5)
    frames = await heard(file(tmp_path, before, wake, rest, before), words=["alexa"])
    assert kinds(frames) == ["ready", "wake", "started", "paused", "clip", "problem"]
    assert before not in frames[4].payload
    assert frames[4].payload in wake[-16_000:] + rest + before


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    microphone = Played(tmp_path)
    yield microphone
    microphone.close()


async def until(child: Child, kind: str) -> Frame:
    while (frame := await child.read(CLOCK, 20)) is not None:
        if frame.type == kind:
            return frame
    raise AssertionError(f"it ended without {kind}")


async def test_while_claw_speaks_what_is_heard_is_marked(played: Played) -> None:
    async with listening(played.command) as child:
        await child.send(Frame("speaking"))
        await played.play(bytes(200_000))
        await until(child, "alive")
        await played.play(COMMAND)
        assert (await until(child, "clip")).data["over"] is True


MICROPHONES = {
    "is not there": (["/nowhere/arecord", "-q"], "/nowhere/arecord cannot be started: No such file or directory"),
    "dies": (
        ["sh", "-c", "echo 'device\tor \x1b[31mresource busy' >&2; exit 3"],
        "ended with 3: device or [31mresource",
    ),
    "floods": (["cat", "/dev/zero"], "samples a second instead of 16000: it must write 16 kHz mono S16_LE"),
}


@pytest.mark.parametrize("wrong", MICROPHONES)
async def test_what_is_wrong_with_a_microphone_is_a_sentence(wrong: str) -> None:
    command, sentence = MICROPHONES[wrong]
    frames = await heard(command)
    assert frames[-1].type == "problem"
    assert sentence in frames[-1].data["text"]
    assert frames[-1].data["text"].isprintable()


async def test_a_command_that_complains_without_end_does_not_fill_anything() -> None:
    frames = await heard(["sh", "-c", "yes 'no device at all' | head -c 3000000 >&2; exit 1"])
    assert len(frames[-1].data["text"]) < 400


async def test_a_wake_word_that_is_not_there_is_said_to_be_missing() -> None:
    frames = await heard(["sleep", "100"], words=["computer"])
    assert kinds(frames) == ["problem"]
    assert "there is no wake word computer" in frames[0].data["text"]


async def test_a_wake_word_server_wakes_it_and_is_missed_when_it_goes(played: Played) -> None:
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader()
        while (frame := await frames.read(reader, CLOCK, 20)) is not None and frame.type != "audio-chunk":
            pass
        writer.write(encode(Frame("detection", {"name": "ok_nabu"})))
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    where = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with listening(played.command, words=["ok_nabu"], server=where) as child:
        await until(child, "ready")
        playing = asyncio.ensure_future(played.quietly())
        assert (await until(child, "wake")).data == {"word": "ok_nabu"}
        gone.set()
        assert "the wake word server" in (await until(child, "problem")).data["text"]
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    server.close()


async def test_a_crash_is_an_end() -> None:
    async with listening(["sleep", "100"]) as child:
        await child.read(CLOCK, 20)
        os.kill(child.pid, signal.SIGSEGV)
        assert await child.read(CLOCK, 20) is None


async def test_without_a_microphone_it_tells_what_is_speech_in_a_sound() -> None:
    async with listening(None) as child:
        for rate, channels in ((48_000, 2), (8_000, 1), (16_000, 1)):
            sound = saying("turn on the kitchen lights", rate=rate, channels=channels, around=1.0)
            await child.send(Frame("sound", {"rate": rate, "channels": channels}, sound.pcm))
            speech, over = await child.read(CLOCK, 20), await child.read(CLOCK, 20)
            assert speech is not None
            assert over is not None
            assert (speech.type, over.type) == ("speech", "over")
            assert 0.3 < speech.data["begin_s"] < 1.1
            assert 1.9 < speech.data["end_s"] < 2.6
            assert 0.7 < over.data["speech_s"] < 1.6


async def test_sound_that_is_none_is_refused() -> None:
    async with listening(None) as child:
        await child.send(Frame("sound", {"rate": 0, "channels": 1}, bytes(100)))
        assert kinds(await told(child)) == ["problem"]


class NoDaemon:
    """Nobody to talk to."""

    async def send(self, frame: Frame) -> None:
        del frame

    async def read(self, timer: object) -> Frame | None:
        del timer
        return await asyncio.get_running_loop().create_future()


class Quiet:
    def hear(self, pcm: bytes) -> float:
        del pcm
        return 0.0

    def forget(self) -> None: ...


class Sleeper:
    """A microphone's command that gives what a test puts in."""

    def __init__(self) -> None:
        self.stdout, self.stderr = asyncio.StreamReader(), asyncio.StreamReader()


def live(clock: HeldClock) -> tuple[Sleeper, "asyncio.Task[None]"]:
    sleeper = Sleeper()
    ear: Any = Live(NoDaemon(), _Command(sleeper), Listening(Quiet(), None), clock)  # type: ignore[arg-type]
    return sleeper, asyncio.ensure_future(ear.run())


async def test_a_microphone_that_gives_no_sound_is_none() -> None:
    clock = HeldClock()
    sleeper, running = live(clock)
    sleeper.stderr.feed_data(b"Waiting for device")
    await clock.advance(4.9)
    assert not running.done()
    await clock.advance(0.2)
    with pytest.raises(Gone, match="the microphone gives no sound: Waiting for device"):
        await running


@pytest.mark.parametrize(("share", "sentence"), [(0.5, "gives only 8000"), (3.0, "gives some 4[78]")])
async def test_a_microphone_at_another_rate_is_told_what_it_must_write(share: float, sentence: str) -> None:
    clock = HeldClock()
    sleeper, running = live(clock)
    for _ in range(60):
        await clock.advance(1.0)
        sleeper.stdout.feed_data(bytes(round(32_000 * share)))
        await clock.settle()
    with pytest.raises(Gone, match=f"{sentence}.* must write 16 kHz mono S16_LE"):
        await running


async def test_a_microphone_that_hesitates_now_and_then_is_one() -> None:
    clock = HeldClock()
    sleeper, running = live(clock)
    for at in range(60):
        await clock.advance(1.0)
        sleeper.stdout.feed_data(bytes(320_000) if at % 4 == 3 and at < 8 else bytes(32_000 if at >= 8 else 0))
        await clock.settle()
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
