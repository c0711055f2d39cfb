"""The ear on a socket: it hears what it is brought, borne with patience, and keeps its door to whom it is for."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.config_voice import WyomingEngineConfig
from claw.base.errors import Broken, Refused, Unavailable
from claw.voice.ear_server import IDLE_S, MOST_CONNECTIONS, MOST_NAMES, EarServer, hints
from claw.voice.frames import CLIENT, Frame, FrameReader, encode
from claw.voice.model import LONGEST_S, Audio, Heard, Hints
from claw.voice.wyoming_engine import WyomingEngine
from tests.held_clock import HeldClock

SECOND = Audio(bytes(32_000))


class Engine:
    """Hears what it is told to."""

    name = "whisper"
    partials = False
    problem = ""

    def __init__(self) -> None:
        self.heard: list[tuple[Audio, Hints]] = []
        self.answer: Heard | Exception = Heard("turn on the light", "en")

    async def warm(self) -> None:
        pass

    async def transcribe(self, audio: Audio, hints: Hints, partial: object = None) -> Heard:
        del partial
        self.heard.append((audio, hints))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        pass


@pytest.fixture
def engine() -> Engine:
    return Engine()


@asynccontextmanager
async def served(path: Path, engine: Engine, clock: object = None) -> AsyncIterator[EarServer]:
    server = EarServer(path, engine, clock or SystemClock())  # type: ignore[arg-type]
    await server.start()
    try:
        yield server
    finally:
        await server.close()


def listener(path: Path) -> WyomingEngine:
    """What a daemon hears with, as it is configured for the ear's own service."""
    return WyomingEngine(WyomingEngineConfig(engine="wyoming", server=f"unix://{path}"), SystemClock())


async def say(path: Path, *frames: Frame | bytes) -> Frame | None:
    """Say events on one connection and return the first answer, None where it only hangs up."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"".join(one if isinstance(one, bytes) else encode(one) for one in frames))
    try:
        return await FrameReader(CLIENT).read(reader, SystemClock(), 10)
    finally:
        await closed(writer)


async def closed(*writers: asyncio.StreamWriter) -> None:
    for writer in writers:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def shape(rate: int = 16_000, channels: int = 1, width: int = 2) -> dict[str, object]:
    return {"rate": rate, "width": width, "channels": channels}


async def test_a_daemon_hears_by_it_as_by_any_wyoming_server(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "asr.sock"
    async with served(path, engine):
        ear = listener(path)
        await ear.warm()
        assert not ear.partials
        heard = await ear.transcribe(SECOND, Hints("en", ("Kitchen", "Hall")))
    assert heard == Heard("turn on the light", "en", 1.0)
    assert engine.heard == [(SECOND, Hints("en", ("Kitchen", "Hall")))]
    assert not path.exists()


async def test_what_fails_is_said_and_the_next_sound_is_heard(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "asr.sock"
    async with served(path, engine):
        ear = listener(path)
        for answer in (Unavailable("hangs"), Broken("no model"), Refused("no sound")):
            engine.answer = answer
            with pytest.raises(Unavailable):
                await ear.transcribe(SECOND, Hints())
        engine.answer = Heard("", None)
        assert (await ear.transcribe(SECOND, Hints())).text == ""


async def test_no_more_is_kept_than_is_heard_at_once(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "asr.sock"
    chunk = Frame("audio-chunk", shape(8_000), bytes(160_000))
    async with served(path, engine):
        answer = await say(path, Frame("audio-start", shape(8_000)), *[chunk] * 5, Frame("audio-stop"))
    assert answer is not None
    assert answer.type == "transcript"
    ((audio, _),) = engine.heard
    assert audio.truncated
    assert audio.seconds == LONGEST_S


async def test_half_a_sample_is_left_out(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "asr.sock"
    chunk = Frame("audio-chunk", shape(channels=2), bytes(4_003))
    async with served(path, engine):
        await say(path, Frame("audio-start", shape(channels=2)), chunk, Frame("audio-stop"))
    assert len(engine.heard[0][0].pcm) == 4_000


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([b"GET / HTTP/1.1\r\n\r\n"], "not-wyoming"),
        ([b'{"type": "audio-chunk", "payload_length": 99999999}\n'], "too-large"),
        ([Frame("audio-start", shape(width=4))], "bad-sound"),
        ([Frame("audio-start", shape(rate=96_000))], "bad-sound"),
        ([Frame("audio-chunk", shape(), bytes(100))], "bad-sound"),
        ([Frame("audio-stop")], "bad-sound"),
    ],
)
async def test_what_is_no_sound_is_refused_in_the_protocols_words(
    tmp_path: Path, engine: Engine, frames: list[Frame | bytes], code: str
) -> None:
    path = tmp_path / "asr.sock"
    async with served(path, engine):
        answer = await say(path, *frames)
        assert answer is not None
        assert (answer.type, answer.data["code"]) == ("error", code)
        assert await listener(path).transcribe(SECOND, Hints())  # and nobody else has to suffer for it
    assert len(engine.heard) == 1


def test_hints_that_make_no_sense_are_left_out() -> None:
    assert hints({}) == Hints()
    assert hints({"language": "english", "transcript_names": "Kitchen"}) == Hints()
    assert hints({"language": 5, "transcript_names": [1, None, "Hall"]}) == Hints(None, ("Hall",))
    many = hints({"language": "de", "transcript_names": ["x" * 1000] * 1000})
    assert many.language == "de"
    assert len(many.names) == MOST_NAMES
    assert max(map(len, many.names)) == 100


async def test_whoever_only_waits_is_let_go(tmp_path: Path, engine: Engine) -> None:
    clock, path = HeldClock(), tmp_path / "asr.sock"
    async with served(path, engine, clock):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"type": "audio-')
        await writer.drain()
        reading = asyncio.ensure_future(reader.read())
        while not reading.done():
            await clock.advance(IDLE_S)
            await asyncio.sleep(0)
        assert reading.result() == b""
        await closed(writer)


async def test_there_are_never_too_many_at_once(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "asr.sock"
    async with served(path, engine):
        lines = [await asyncio.open_unix_connection(path) for _ in range(MOST_CONNECTIONS)]
        for reader, writer in lines:
            writer.write(encode(Frame("describe")))
            assert await reader.readline()
        assert await say(path) is None
        await closed(*(writer for _, writer in lines))


@pytest.mark.parametrize(("folder", "mode"), [(0o750, 0o660), (0o700, 0o600)])
async def test_whose_group_may_enter_its_folder_may_be_heard(
    tmp_path: Path, engine: Engine, folder: int, mode: int
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    run.chmod(folder)
    async with served(run / "asr.sock", engine):
        assert (run / "asr.sock").stat().st_mode & 0o777 == mode


async def test_a_socket_of_a_dead_ear_is_taken_over_and_nothing_else_is(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "asr.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with served(path, engine):
        await listener(path).warm()
    path.write_text("somebody's")
    with pytest.raises(Broken, match="something else"):
        await EarServer(path, engine, SystemClock()).start()
    assert path.read_text() == "somebody's"
    with pytest.raises(Broken, match="cannot listen"):
        await EarServer(tmp_path / "no" / "asr.sock", engine, SystemClock()).start()
