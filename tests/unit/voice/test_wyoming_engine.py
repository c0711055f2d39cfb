"""Another Wyoming server hears for Claw: it is told the names, and what it answers is believed within limits."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from claw.base.clock import SystemClock
from claw.base.config_voice import WyomingEngineConfig
from claw.base.errors import Broken, Unavailable
from claw.voice.frames import Frame, encode
from claw.voice.model import Audio, Hints
from claw.voice.wyoming_engine import ANSWER_S, AWAY, FAILED, LONGEST_TEXT, MOST_EVENTS, WyomingEngine
from claw.voice.wyoming_line import CONNECTS_IN_S
from tests.held_clock import HeldClock
from tests.peers.scripted_ears import WyomingEar

SECOND = Audio(bytes(range(250)) * 128)
HINTS = Hints("de", ("Küchenlicht", "Haustür"))


@pytest.fixture
async def server() -> AsyncIterator[WyomingEar]:
    async with WyomingEar() as ear:
        yield ear


def engine(server: WyomingEar, model: str | None = None, timer: Any = None) -> WyomingEngine:
    config = WyomingEngineConfig(engine="wyoming", server=server.address, model=model)
    return WyomingEngine(config, timer or SystemClock())


async def test_language_model_and_names_go_along_and_the_sound_as_it_is(server: WyomingEar) -> None:
    server.text, server.language = "licht an", None
    heard = await engine(server, "small").transcribe(SECOND, HINTS)
    assert (heard.text, heard.language, heard.seconds) == ("licht an", "de", 1.0)
    assert server.asked == [{"name": "small", "language": "de", "transcript_names": ["Küchenlicht", "Haustür"]}]
    assert server.sounds == [SECOND.pcm]


async def test_what_is_not_known_is_not_sent(server: WyomingEar) -> None:
    await engine(server).transcribe(SECOND, Hints())
    assert server.asked == [{}]


async def test_what_is_understood_before_the_end_is_told(server: WyomingEar) -> None:
    server.text, server.chunks = "turn on the light", ("turn ", "on the ", "light")
    server.info = {"asr": [{"name": "ear", "supports_transcript_streaming": True, "models": []}]}
    told = list[str]()

    async def tell(text: str) -> None:
        told.append(text)

    ear = engine(server)
    assert not ear.partials
    await ear.warm()
    assert ear.partials
    assert (await ear.transcribe(SECOND, HINTS, tell)).text == "turn on the light"
    assert told == ["turn ", "turn on the ", "turn on the light"]


@pytest.mark.parametrize(
    ("info", "model", "told"),
    [
        ({}, None, "turns no speech into text"),
        ({"asr": []}, None, "turns no speech into text"),
        ({"asr": {"name": "x"}}, None, "turns no speech into text"),
        ({"asr": ["x", None, 7]}, None, "turns no speech into text"),
        ({"asr": [{"name": "x", "installed": False}]}, None, "turns no speech into text"),
        ({"tts": [{"name": "piper"}]}, None, "turns no speech into text"),
        ({"asr": [{"name": "x", "models": [{"name": "tiny"}]}]}, "small", "no model of the name"),
    ],
)
async def test_a_server_for_something_else_is_for_a_person_to_mend(
    server: WyomingEar, info: Mapping[str, Any], model: str | None, told: str
) -> None:
    server.info = info
    ear = engine(server, model)
    with pytest.raises(Broken, match=told):
        await ear.warm()
    assert told in ear.problem


@pytest.mark.parametrize("info", [{"asr": [{"name": "x"}]}, {"asr": [{"name": "x", "models": [{"name": "small"}, 7]}]}])
async def test_a_server_that_names_no_models_or_the_right_one_will_do(
    server: WyomingEar, info: Mapping[str, Any]
) -> None:
    server.info = info
    await engine(server, "small").warm()


@pytest.mark.parametrize("trouble", ["cut off", "garbage", "error"])
async def test_a_server_that_fails_is_one_sentence_and_asked_again_next_time(server: WyomingEar, trouble: str) -> None:
    server.trouble = trouble
    ear = engine(server)
    with pytest.raises(Unavailable) as told:
        await ear.transcribe(SECOND, HINTS)
    assert (str(told.value), ear.problem) == (FAILED, FAILED)
    server.trouble, server.text = "", "hello"
    assert (await ear.transcribe(SECOND, HINTS)).text == "hello"
    assert ear.problem == ""


@pytest.mark.parametrize(
    "raw",
    [
        encode(Frame("transcript", {"text": 7})),
        encode(Frame("transcript", {})),
        encode(Frame("transcript", {"text": ["hello"]})),
        b'{"type": "transcript", "data_length": 10000000000}\n',
        b'{"type": "transcript", "payload_length": -5}\n',
        b'{"type": "transcript", "data": ' + b"[" * 5_000 + b"\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\xff" * 2_000_000,
        encode(Frame("transcript-chunk", {"text": "a"})) * (MOST_EVENTS + 5),
        json.dumps({"type": "transcript", "data_length": 20}).encode() + b"\n{",
    ],
    ids=["number", "none", "list", "10 GB", "negative", "deep", "http", "long line", "endless", "half"],
)
async def test_what_is_no_answer_is_bounded_and_lost(server: WyomingEar, raw: bytes) -> None:
    server.raw = raw
    asking = asyncio.create_task(engine(server).transcribe(SECOND, HINTS))
    while not server.sounds:  # noqa: ASYNC110  the server is another program in truth
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    for task in list(server._tasks):
        task.cancel()  # it says no more: what is only half there is all there is
    with pytest.raises(Unavailable, match=FAILED):
        await asking


async def test_a_server_that_never_ends_is_given_up(server: WyomingEar) -> None:
    server.raw = encode(Frame("transcript-chunk", {"text": "a"})) * (MOST_EVENTS + 5)
    with pytest.raises(Unavailable, match=FAILED):
        async with asyncio.timeout(5):
            await engine(server, timer=HeldClock()).transcribe(SECOND, HINTS)


async def test_a_long_answer_is_cut_and_events_of_other_kinds_are_passed_over(server: WyomingEar) -> None:
    server.raw = encode(Frame("pong")) + encode(Frame("transcript", {"text": "a" * 50_000, "language": 5}))
    heard = await engine(server).transcribe(SECOND, HINTS)
    assert (len(heard.text), heard.language) == (LONGEST_TEXT, "de")


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(server: WyomingEar) -> None:
    server.trouble, clock = "silent", HeldClock()
    asking = asyncio.create_task(engine(server, timer=clock).transcribe(SECOND, HINTS))
    await server.waiting.wait()
    await clock.advance(ANSWER_S)
    with pytest.raises(Unavailable, match=FAILED):
        await asking


async def test_nobody_there_is_another_sentence() -> None:
    server = WyomingEar()
    async with server:
        pass
    ear = engine(server)
    with pytest.raises(Unavailable, match=AWAY):
        await ear.transcribe(SECOND, HINTS)
    with pytest.raises(Unavailable, match=AWAY):
        await ear.warm()
    assert ear.problem == AWAY
    await ear.close()


async def test_an_address_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "open_connection", never)
    clock = HeldClock()
    ear = WyomingEngine(WyomingEngineConfig(engine="wyoming", server="tcp://10.0.0.1:10300"), clock)
    asking = asyncio.create_task(ear.transcribe(SECOND, HINTS))
    await clock.advance(CONNECTS_IN_S)
    with pytest.raises(Unavailable, match=AWAY):
        await asking


async def test_nothing_stays_open(server: WyomingEar) -> None:
    ear = engine(server)
    for _ in range(5):
        await ear.transcribe(SECOND, HINTS)
    while server.open:  # noqa: ASYNC110  the server is another program in truth
        await asyncio.sleep(0.001)


class FieldsOwn(AsyncEventHandler):
    """A server made with the field's own package."""

    asked: Transcribe | None = None

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.sound = 0

    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            by = Attribution("test", "")
            model = AsrModel(
                name="small", attribution=by, installed=True, description=None, version=None, languages=["en"]
            )
            program = AsrProgram(
                name="ear", attribution=by, installed=True, description=None, version=None, models=[model]
            )
            await self.write_event(Info(asr=[program]).event())
        elif Transcribe.is_type(event.type):
            type(self).asked = Transcribe.from_event(event)
        elif AudioChunk.is_type(event.type):
            self.sound += len(AudioChunk.from_event(event).audio)
        elif AudioStop.is_type(event.type):
            await self.write_event(Transcript(text=f"{self.sound} bytes", language="en").event())
        return True


async def test_a_server_made_with_the_fields_own_package_understands_every_word() -> None:
    server = AsyncTcpServer("127.0.0.1", 0)
    await server.start(FieldsOwn)
    assert server._server is not None
    port = server._server.sockets[0].getsockname()[1]
    try:
        ear = WyomingEngine(
            WyomingEngineConfig(engine="wyoming", server=f"tcp://127.0.0.1:{port}", model="small"), SystemClock()
        )
        await ear.warm()
        heard = await ear.transcribe(SECOND, Hints("en", ("Lamp",)))
        assert heard.text == "32000 bytes"
        assert FieldsOwn.asked == Transcribe(name="small", language="en", transcript_names=["Lamp"])
    finally:
        await server.stop()
