"""Whatever engine listens keeps the same promises, and nobody waits for it for ever."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.config_voice import OpenAIEngineConfig, WhisperConfig, WyomingEngineConfig
from claw.base.errors import Broken, Refused, Unavailable
from claw.voice.model import LONGEST_S, Audio, Heard, Hints, Satellite
from claw.voice.openai_engine import OpenAIEngine
from claw.voice.transcriber import BUSY, DOWN, LIMIT_S, SLOW, Engine, Enough, Partial, Transcriber
from claw.voice.whisper import Whisper
from claw.voice.wyoming_engine import WyomingEngine
from tests.held_clock import HeldClock
from tests.peers.scripted_ears import OpenAIEar, ScriptedEar, WyomingEar

KITCHEN = Satellite("kitchen", "kitchen", source="microphone")
STUDY = Satellite("study", "study", source="microphone")
HALL = Satellite("hall", "hall", source="microphone")
STRANGER = Satellite(source="10.0.0.9")
HINTS = Hints("en", ("Kitchen light", "Front door"))
SECOND = Audio(bytes(32_000))


def lights(rate: int = 16_000, channels: int = 1) -> Audio:
    from tests.peers.vowel import saying  # noqa: PLC0415  numpy, which is no small import

    return saying("turn on the kitchen lights", rate=rate, channels=channels)


class Rig(Protocol):
    """An engine, and how to trouble it."""

    engine: Engine

    def hears(self, text: str) -> None: ...
    async def interrupted(self, audio: Audio) -> Heard: ...
    async def left(self, audio: Audio) -> None: ...


@dataclass
class WhisperRig:
    engine: Whisper

    def hears(self, text: str) -> None:
        """The sound itself says what is in it."""

    async def interrupted(self, audio: Audio) -> Heard:
        await self.engine.warm()
        pid = self.engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        asking = asyncio.create_task(self.engine.transcribe(audio, HINTS))
        while not self.engine._asked:  # noqa: ASYNC110  it is in another's hands then
            await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        return await asking

    async def left(self, audio: Audio) -> None:
        asking = asyncio.create_task(self.engine.transcribe(audio, HINTS))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@dataclass
class ServerRig:
    engine: Engine
    server: ScriptedEar

    def hears(self, text: str) -> None:
        self.server.text = text

    async def interrupted(self, audio: Audio) -> Heard:
        self.server.trouble = "cut off"
        try:
            return await self.engine.transcribe(audio, HINTS)
        finally:
            self.server.trouble = ""

    async def left(self, audio: Audio) -> None:
        self.server.trouble = "silent"
        asking = asyncio.create_task(self.engine.transcribe(audio, HINTS))
        await self.server.waiting.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        self.server.trouble = ""


@pytest_asyncio.fixture(scope="class", loop_scope="class", params=["whisper", "wyoming", "openai"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    clock = SystemClock()
    match request.param:
        case "whisper":
            folder: Path = request.getfixturevalue("tiny_whisper")
            own = Whisper(WhisperConfig(engine="whisper", model=folder, threads=1), clock)
            yield WhisperRig(own)
            await own.close()
        case "wyoming":
            async with WyomingEar() as server:
                engine = WyomingEngine(WyomingEngineConfig(engine="wyoming", server=server.address), clock)
                yield ServerRig(engine, server)
                await engine.close()
        case _:
            async with OpenAIEar() as server:
                config = OpenAIEngineConfig(engine="openai", base_url=server.address, model="ear")
                asked = OpenAIEngine(config, clock)
                yield ServerRig(asked, server)
                await asked.close()


@pytest.mark.asyncio(loop_scope="class")
class TestEveryEngine:
    """One class for all of them: a new engine is added to the fixture, not here."""

    async def test_sound_becomes_text(self, rig: Rig) -> None:
        await rig.engine.warm()
        rig.hears("turn on the kitchen lights")
        heard = await rig.engine.transcribe(lights(), HINTS)
        assert (heard.text, heard.language, round(heard.seconds, 1)) == ("turn on the kitchen lights", "en", 1.8)
        assert rig.engine.problem == ""

    async def test_also_in_stereo_at_another_rate_and_without_any_hint(self, rig: Rig) -> None:
        rig.hears("turn on the kitchen lights")
        heard = await rig.engine.transcribe(lights(44_100, 2), Hints())
        assert (heard.text, round(heard.seconds, 1)) == ("turn on the kitchen lights", 1.8)

    async def test_silence_says_nothing(self, rig: Rig) -> None:
        rig.hears("")
        assert (await rig.engine.transcribe(SECOND, HINTS)).text == ""

    async def test_lost_in_the_middle_is_one_sentence_and_the_next_sound_is_heard(self, rig: Rig) -> None:
        with pytest.raises(Unavailable) as lost:
            await rig.interrupted(lights())
        assert 0 < len(str(lost.value)) < 120
        await rig.engine.warm()
        rig.hears("turn on the kitchen lights")
        assert (await rig.engine.transcribe(lights(), HINTS)).text == "turn on the kitchen lights"

    async def test_who_goes_away_leaves_nothing_behind_for_the_next(self, rig: Rig) -> None:
        await rig.left(lights())
        rig.hears("turn on the kitchen lights")
        assert (await rig.engine.transcribe(lights(), HINTS)).text == "turn on the kitchen lights"


class StubEngine:
    """Hears what it is told to, when it is told to."""

    name = "stub"
    partials = False

    def __init__(self) -> None:
        self.problem = ""
        self.answer: Heard | Exception = Heard("hello", "en", 1.0)
        self.takes_s = 0.0
        self.asked: list[Audio] = []
        self.hints: list[Hints] = []
        self.gate: asyncio.Event | None = None
        self.clock = HeldClock()
        self.at_once = self.most_at_once = 0
        self.closed = False

    async def warm(self) -> None:
        return None

    async def transcribe(self, audio: Audio, hints: Hints, partial: Partial | None = None) -> Heard:
        self.asked.append(audio)
        self.hints.append(hints)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await self.clock.sleep(self.takes_s)
        finally:
            self.at_once -= 1
        if partial is not None:
            await partial("hel")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        self.closed = True


def ear(engine: StubEngine) -> Transcriber:
    return Transcriber(engine, engine.clock, engine.clock, lambda satellite, language: Hints(language, (satellite.id,)))


async def test_the_engine_is_given_the_language_and_the_names_of_the_room() -> None:
    engine = StubEngine()
    assert (await ear(engine).transcribe(SECOND, KITCHEN, "de")).text == "hello"
    assert engine.hints == [Hints("de", ("kitchen",))]


@pytest.mark.parametrize("length", [0, 2, 7_998])
async def test_what_is_too_short_for_a_word_is_nothing_and_no_engine_is_asked(length: int) -> None:
    engine = StubEngine()
    assert (await ear(engine).transcribe(Audio(bytes(length)), KITCHEN)).text == ""
    assert engine.asked == []


@pytest.mark.parametrize(
    "audio",
    [
        Audio(bytes(32_001)),
        Audio(bytes(32_002), channels=2),
        Audio(bytes(32_000), rate=0),
        Audio(bytes(32_000), rate=-16_000),
        Audio(bytes(32_000), rate=7_999),
        Audio(bytes(32_000), rate=96_000),
        Audio(bytes(32_000), channels=0),
        Audio(bytes(48_000), channels=3),
    ],
)
async def test_what_is_no_sound_is_refused_before_any_engine_sees_it(audio: Audio) -> None:
    engine = StubEngine()
    with pytest.raises(Refused):
        await ear(engine).transcribe(audio, KITCHEN)
    assert engine.asked == []


async def test_what_is_longer_than_half_a_minute_is_cut_and_says_so() -> None:
    engine = StubEngine()
    heard = await ear(engine).transcribe(Audio(bytes(40 * 32_000)), KITCHEN)
    assert heard.truncated
    assert (engine.asked[0].seconds, engine.asked[0].truncated) == (LONGEST_S, True)


async def test_the_engine_hears_one_sound_at_a_time_in_the_order_they_came() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    tasks = [asyncio.create_task(transcriber.transcribe(SECOND, one)) for one in (KITCHEN, STUDY, HALL)]
    await engine.clock.settle()
    assert (len(engine.asked), transcriber.state()["waiting"]) == (1, 2)
    engine.gate.set()
    await asyncio.gather(*tasks)
    assert engine.most_at_once == 1
    assert [one.names for one in engine.hints] == [("kitchen",), ("study",), ("hall",)]


async def test_one_sound_waits_for_each_satellite_and_two_in_all() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    tasks = [asyncio.create_task(transcriber.transcribe(SECOND, one)) for one in (KITCHEN, KITCHEN)]
    await engine.clock.settle()
    with pytest.raises(Unavailable, match=BUSY):
        async with asyncio.timeout(5):
            await transcriber.transcribe(SECOND, KITCHEN)
    tasks.append(asyncio.create_task(transcriber.transcribe(SECOND, STUDY)))
    await engine.clock.settle()
    with pytest.raises(Unavailable, match=BUSY):
        await transcriber.transcribe(SECOND, HALL)
    engine.gate.set()
    assert [one.text for one in await asyncio.gather(*tasks)] == ["hello"] * 3
    assert transcriber.state()["turned_away"] == 2


async def test_a_short_word_is_not_kept_out_by_a_long_talk_at_the_same_satellite() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    talk = Audio(bytes(2 * 16_000 * 12))
    long = [asyncio.create_task(transcriber.transcribe(talk, KITCHEN)) for _ in range(2)]
    await engine.clock.settle()
    short = asyncio.create_task(transcriber.transcribe(SECOND, KITCHEN))
    await engine.clock.settle()
    with pytest.raises(Unavailable, match=BUSY):
        await transcriber.transcribe(talk, KITCHEN)
    engine.gate.set()
    assert (await short).text == "hello"
    assert [str(one) for one in await asyncio.gather(*long, return_exceptions=True)][1] == BUSY
    assert [one.seconds for one in engine.asked] == [12.0, 1.0]
    assert transcriber.state()["turned_away"] == 2


async def test_a_room_of_the_house_does_not_lose_its_turn_to_voices_from_nowhere() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    strangers = [
        asyncio.create_task(transcriber.transcribe(SECOND, Satellite(source=f"10.0.0.{at}"))) for at in range(3)
    ]
    await engine.clock.settle()
    kitchen = asyncio.create_task(transcriber.transcribe(SECOND, KITCHEN))
    await engine.clock.settle()
    with pytest.raises(Unavailable, match=BUSY):
        await transcriber.transcribe(SECOND, STRANGER)
    engine.gate.set()
    assert (await kitchen).text == "hello"
    results = await asyncio.gather(*strangers, return_exceptions=True)
    assert [isinstance(one, Heard) for one in results] == [True, True, False]
    assert str(results[2]) == BUSY


async def test_nobody_waits_longer_than_the_limit_and_the_next_is_heard() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    asking = asyncio.create_task(transcriber.transcribe(SECOND, KITCHEN))
    behind = asyncio.create_task(transcriber.transcribe(SECOND, STUDY))
    await engine.clock.advance(LIMIT_S)
    assert asking.done()
    results = await asyncio.gather(asking, behind, return_exceptions=True)
    assert [str(one) for one in results] == [SLOW, SLOW]
    engine.gate.set()
    assert (await transcriber.transcribe(SECOND, KITCHEN)).text == "hello"


async def test_who_stops_waiting_gives_the_turn_to_the_next() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    tasks = [asyncio.create_task(transcriber.transcribe(SECOND, one)) for one in (KITCHEN, STUDY, HALL)]
    await engine.clock.settle()
    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.gather(*tasks[:2], return_exceptions=True)
    engine.gate.set()
    assert (await tasks[2]).text == "hello"
    assert (await transcriber.transcribe(SECOND, KITCHEN)).text == "hello"


@pytest.mark.parametrize("error", [Broken("the key in a folder is gone"), Refused("a word of the server's")])
async def test_what_only_a_person_can_mend_is_one_plain_sentence_to_who_speaks(error: Exception) -> None:
    engine = StubEngine()
    engine.answer = error
    with pytest.raises(Unavailable) as told:
        await ear(engine).transcribe(SECOND, KITCHEN)
    assert str(told.value) == DOWN


@pytest.mark.parametrize("made_up", ["Thank you for watching!", "Kitchen light, front door", "light " * 40])
async def test_what_an_engine_makes_up_is_no_text(made_up: str) -> None:
    engine = StubEngine()
    engine.answer = Heard(made_up, "en", 1.0)
    transcriber = Transcriber(engine, engine.clock, engine.clock, lambda _, language: Hints(language, HINTS.names))
    assert (await transcriber.transcribe(SECOND, KITCHEN)).text == ""
    assert transcriber.state()["empty"] == 1


@pytest.mark.parametrize("names", [("Stop", "Everything"), ("Stop everything",), ("Everything", "Stop everything")])
async def test_no_name_of_the_house_hides_that_everything_shall_stop(names: tuple[str, ...]) -> None:
    engine = StubEngine()
    engine.answer = Heard("Stop everything.", "en", 1.0)
    hints = Hints("en", names)
    transcriber = Transcriber(
        engine, engine.clock, engine.clock, lambda *_: hints, stops=lambda text: text.lower().startswith("stop every")
    )
    assert (await transcriber.transcribe(SECOND, KITCHEN)).text == "Stop everything."
    assert "Stop everything" not in engine.hints[0].names


async def test_partial_text_is_handed_on() -> None:
    engine, told = StubEngine(), list[str]()

    async def tell(text: str) -> None:
        told.append(text)

    await ear(engine).transcribe(SECOND, KITCHEN, partial=tell)
    assert told == ["hel"]


async def test_a_right_guess_is_not_heard_twice() -> None:
    engine = StubEngine()
    guess = ear(engine).speculate(SECOND, KITCHEN)
    assert guess is not None
    assert (await guess.heard()).text == "hello"
    assert len(engine.asked) == 1


async def test_a_wrong_guess_is_dropped_and_the_whole_sentence_is_heard() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    guess = transcriber.speculate(SECOND, KITCHEN)
    assert guess is not None
    await engine.clock.settle()
    guess.drop()
    engine.gate.set()
    assert (await transcriber.transcribe(Audio(bytes(64_000)), KITCHEN)).text == "hello"
    assert engine.at_once == 0


async def test_nobody_is_kept_waiting_by_a_guess() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    asking = asyncio.create_task(transcriber.transcribe(SECOND, KITCHEN))
    await engine.clock.settle()
    assert transcriber.speculate(SECOND, STUDY) is None
    engine.gate.set()
    await asking
    engine.problem = "it is being started again"
    assert transcriber.speculate(SECOND, STUDY) is None


async def test_a_slow_engine_is_not_asked_on_a_guess() -> None:
    engine = StubEngine()
    engine.takes_s = 3.0
    transcriber = ear(engine)
    asking = asyncio.create_task(transcriber.transcribe(SECOND, KITCHEN))
    await engine.clock.advance(3.0)
    await asking
    assert transcriber.speculate(SECOND, KITCHEN) is None


async def test_closing_ends_guesses_and_the_engine() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    transcriber = ear(engine)
    guess = transcriber.speculate(SECOND, KITCHEN)
    await engine.clock.settle()
    await transcriber.close()
    assert engine.closed
    assert guess is not None
    with pytest.raises(asyncio.CancelledError):
        await guess.heard()


class Seconds:
    """An allowance of so many seconds."""

    day = "2026-11-22"

    def __init__(self, most: float) -> None:
        self.left = most
        self.broken = False

    @property
    def over(self) -> bool:
        return self.left <= 0

    def take(self, seconds: float) -> bool:
        if self.broken:
            raise Broken("the disk is full")
        self.left = self.left - seconds if seconds <= self.left else 0.0
        return self.left > 0

    def status(self) -> dict[str, Json]:
        return {"seconds_today": 1.0, "seconds_per_day": 2}


async def test_an_engine_is_sent_what_it_may_be_and_then_one_sentence_says_why_not() -> None:
    engine, allowed = StubEngine(), Seconds(1.5)
    transcriber = Transcriber(
        engine, engine.clock, engine.clock, lambda _, said: Hints(said), allowance=allowed, language="de"
    )
    assert (await transcriber.transcribe(SECOND, KITCHEN)).text == "hello"
    assert (transcriber.state()["problem"], transcriber.state()["seconds_today"]) == ("", 1.0)
    for language, said in (("en", "I have listened enough for today"), (None, "Für heute habe ich genug")):
        with pytest.raises(Enough, match=said) as told:
            await transcriber.transcribe(SECOND, KITCHEN, language)
        assert told.value.day == "2026-11-22"
    assert len(engine.asked) == 1
    assert transcriber.speculate(SECOND, KITCHEN) is None
    assert (transcriber.state()["problem"][:9], transcriber.state()["enough"]) == ("Für heute", True)
    allowed.left = 9.0
    guess = transcriber.speculate(SECOND, KITCHEN)
    assert guess is not None
    assert (await guess.heard()).text == "hello"
    assert allowed.left == 8.0, "a guess is sent too"


async def test_what_cannot_be_counted_is_not_sent() -> None:
    engine, allowed = StubEngine(), Seconds(10)
    allowed.broken = True
    transcriber = Transcriber(engine, engine.clock, engine.clock, lambda *_: HINTS, allowance=allowed)
    with pytest.raises(Unavailable, match=DOWN):
        await transcriber.transcribe(SECOND, KITCHEN)
    assert engine.asked == []


async def test_how_it_does_names_no_satellite_and_no_word() -> None:
    engine = StubEngine()
    transcriber = ear(engine)
    await transcriber.transcribe(SECOND, KITCHEN)
    engine.answer = Unavailable("no")
    with pytest.raises(Unavailable):
        await transcriber.transcribe(SECOND, KITCHEN)
    state = transcriber.state()
    assert state == {
        "engine": "stub",
        "problem": "",
        "waiting": 0,
        "median_ms": 0,
        "heard": 1,
        "empty": 0,
        "failed": 1,
        "turned_away": 0,
    }
