"""The commands of one microphone: heard early or late, several at once, over Claw's voice, and answered in its room."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from claw.base.action import Reply
from claw.base.config_voice import MicrophoneConfig, WakeConfig
from claw.base.errors import Unavailable
from claw.channels.microphone_turns import COMPLAINS_S, FOLLOW_UP_S, OWN_CUE, UNDER_WAY, Turns, Ways
from claw.voice.model import Answer, Audio, Cue, Heard, Satellite, Stages, Utterance
from claw.voice.transcriber import Enough
from tests.held_clock import HeldClock

PIECE, WHOLE = Audio(b"\1\0" * 100), Audio(b"\1\0" * 200)


class Early:
    """A guess that a test ends."""

    def __init__(self) -> None:
        self.text: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self.dropped = False

    async def heard(self) -> Heard:
        return await self.text

    def drop(self) -> None:
        self.dropped = True


@dataclass
class Rooms:
    """Ear, hearing and mouth in one, as a test wants them."""

    text: str | Exception = "turn on the lamp"
    answer: Answer = field(default_factory=lambda: Answer("Done.", "done"))
    guesses: list[Early] = field(default_factory=list[Early])
    transcribed: list[Audio] = field(default_factory=list[Audio])
    utterances: list[Utterance] = field(default_factory=list[Utterance])
    said: list[tuple[str, Cue]] = field(default_factory=list[tuple[str, Cue]])
    own: list[bool] = field(default_factory=list[bool])
    languages: list[str | None] = field(default_factory=list[str | None])
    cuts: int = 0
    guessing: bool = True
    slow: asyncio.Event | None = None

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        self.transcribed.append(audio)
        if self.slow is not None:
            await self.slow.wait()
        if isinstance(self.text, Exception):
            raise self.text
        return Heard(self.text, language or "en")

    def speculate(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Early | None:
        if not self.guessing:
            return None
        self.guesses.append(Early())
        return self.guesses[-1]

    async def hear(self, utterance: Utterance) -> Answer:
        self.utterances.append(utterance)
        return self.answer

    async def say(
        self,
        text: str,
        where: Satellite | str,
        *,
        cue: Cue = "none",
        language: str | None = None,
        stages: Stages | None = None,
    ) -> bool:
        assert where == Satellite("cellar", "cellar", None, "microphone")
        self.said.append((text, cue))
        self.own.append(OWN_CUE.get())
        return True

    def cut(self, satellite: Satellite) -> bool:
        self.cuts += 1
        return False

    def stops(self, text: str, language: str | None) -> bool:
        self.languages.append(language)
        return text.startswith("stop")


CLOCK = HeldClock()
WAKE = WakeConfig(words=("alexa",))


def turns(rooms: Rooms, clock: HeldClock = CLOCK, **config: Any) -> Turns:
    config = {"id": "cellar", "place": "cellar", "command": ("cat",), "speaker": ("aplay",), "wake": WAKE, **config}
    return Turns(MicrophoneConfig(**config), Ways(rooms, rooms, rooms, rooms.stops), clock)


async def said(one: Turns, audio: Audio = WHOLE, *, over: bool = False) -> None:
    one.started()
    one.ended(audio, 0.7, over=over)
    await settled(one)


async def settled(one: Turns) -> None:
    while one._tasks:
        await asyncio.wait(one._tasks, timeout=5)


async def test_what_is_said_is_nobodys() -> None:
    rooms = Rooms()
    await said(turns(rooms, language="de"))
    (utterance,) = rooms.utterances
    assert utterance.satellite == Satellite("cellar", "cellar", None, "microphone")
    assert (utterance.text, utterance.language, utterance.conversation) == ("turn on the lamp", "de", "")
    assert rooms.transcribed == [WHOLE]


async def test_a_wake_word_cuts_what_claw_says_and_sounds_a_cue() -> None:
    rooms = Rooms()
    one = turns(rooms)
    one.woken()
    await settled(one)
    assert rooms.cuts == 1
    assert rooms.said == [("", "listening")]
    assert rooms.own == [True], "nothing is deaf for it"


async def test_the_stages_of_a_turn_are_marked_where_they_were() -> None:
    clock, rooms = HeldClock(), Rooms()
    one = turns(rooms, clock)
    one.woken()
    await clock.advance(3.0)
    one.ended(WHOLE, 0.7, over=False)
    await settled(one)
    stages = rooms.utterances[0].stages
    assert (stages.at("wake"), stages.at("speech"), stages.at("text")) == (0.0, pytest.approx(2.3), 3.0)
    assert stages.spans() == {"wake": 0.0, "speech": pytest.approx(2300), "text": pytest.approx(700)}


async def test_a_command_that_seemed_over_and_was_is_heard_once_and_early() -> None:
    rooms = Rooms()
    one = turns(rooms)
    one.started()
    one.paused(PIECE, over=False)
    one.ended(WHOLE, 0.7, over=False)
    rooms.guesses[0].text.set_result(Heard("good night"))
    await settled(one)
    assert [utterance.text for utterance in rooms.utterances] == ["good night"]
    assert not rooms.transcribed


async def test_a_command_that_went_on_is_heard_whole() -> None:
    rooms = Rooms()
    one = turns(rooms)
    one.paused(PIECE, over=False)
    one.resumed()
    assert rooms.guesses[0].dropped
    one.ended(WHOLE, 0.7, over=False)
    await settled(one)
    assert rooms.transcribed == [WHOLE]


async def test_a_second_breath_is_a_second_guess() -> None:
    rooms = Rooms()
    one = turns(rooms)
    one.paused(PIECE, over=False)
    one.paused(WHOLE, over=False)
    assert [guess.dropped for guess in rooms.guesses] == [True, False]
    one.nobody()
    assert rooms.guesses[1].dropped


async def test_where_nothing_is_guessed_it_is_heard_at_the_end() -> None:
    rooms = Rooms(guessing=False)
    one = turns(rooms)
    one.paused(PIECE, over=False)
    await said(one)
    assert rooms.transcribed == [WHOLE]


async def test_of_what_was_said_over_claws_voice_only_a_stop_counts() -> None:
    rooms = Rooms()
    one = turns(rooms, wake=None)
    one.paused(PIECE, over=True)
    assert not rooms.guesses
    await said(one, over=True)
    assert not rooms.utterances
    rooms.text = "stop"
    await said(one, over=True)
    assert [utterance.text for utterance in rooms.utterances] == ["stop"]
    assert rooms.languages == ["en", "en"]


@pytest.mark.parametrize(
    ("answer", "speaker", "sounds"),
    [
        (Answer("Done.", "done"), ("aplay",), ("", "done")),
        (Answer("Done.", "done"), None, ("Done.", "done")),
        (Answer("", "done"), None, ("", "done")),
        (Answer("The lamp did not answer.", "failed"), ("aplay",), ("The lamp did not answer.", "failed")),
        (Answer("", "stopped"), ("aplay",), ("", "stopped")),
    ],
)
async def test_a_cue_stands_for_what_needs_no_words(
    answer: Answer, speaker: tuple[str, ...] | None, sounds: tuple[str, Cue]
) -> None:
    rooms = Rooms(answer=answer)
    await said(turns(rooms, speaker=speaker))
    assert rooms.said == [sounds]


async def test_an_answer_of_nothing_sounds_nothing() -> None:
    rooms = Rooms(answer=Answer("", ignored="twin"))
    await said(turns(rooms))
    assert not rooms.said


QUESTIONS = [
    Answer("Which lamp?"),
    Answer("哪盏灯\uff1f"),
    Answer("Please say yes or no.", reply=Reply("", "pending")),
    Answer("I did not get that.", reply=Reply("", "unclear")),
]


@pytest.mark.parametrize("answer", QUESTIONS)
async def test_after_a_question_the_answer_needs_no_wake_word(answer: Answer) -> None:
    rooms, found = Rooms(answer=answer), list[float | None]()
    one = turns(rooms)
    rooms.say = lambda *_, **__: asyncio.sleep(0, found.extend((one.follow_up(), one.follow_up())))  # type: ignore[method-assign]
    await said(one)
    assert found == [FOLLOW_UP_S, None]


@pytest.mark.parametrize(("answer", "wake"), [(Answer("It is 20 degrees."), WAKE), (Answer("Which lamp?"), None)])
async def test_otherwise_it_does(answer: Answer, wake: WakeConfig | None) -> None:
    rooms, found = Rooms(answer=answer), list[float | None]()
    one = turns(rooms, wake=wake)
    rooms.say = lambda *_, **__: asyncio.sleep(0, found.append(one.follow_up()))  # type: ignore[method-assign]
    await said(one)
    assert found == [None]


async def test_an_open_microphone_does_not_join_in_what_it_does_not_understand() -> None:
    rooms = Rooms(answer=Answer("I did not get that.", handled=False))
    await said(turns(rooms, wake=None))
    assert not rooms.said
    await said(turns(rooms))
    assert rooms.said == [("I did not get that.", "none")]


async def test_nothing_understood_is_a_cue_for_who_woke_it() -> None:
    rooms = Rooms(text="")
    await said(turns(rooms, wake=None))
    assert not rooms.said
    await said(turns(rooms))
    assert rooms.said == [("", "failed")]
    assert not rooms.utterances


async def test_that_it_cannot_hear_is_said_and_by_an_open_microphone_now_and_then() -> None:
    clock, rooms = HeldClock(), Rooms(text=Unavailable("I cannot turn speech into words at the moment."))
    woken, always = turns(rooms, clock), turns(rooms, clock, wake=None)
    for _ in range(2):
        await said(woken)
    assert rooms.said == [("I cannot turn speech into words at the moment.", "failed")] * 2
    rooms.said.clear()
    for _ in range(3):
        await said(always)
    assert len(rooms.said) == 1
    await clock.advance(COMPLAINS_S)
    await said(always)
    assert len(rooms.said) == 2


async def test_that_it_listened_enough_is_said_once_a_day() -> None:
    rooms = Rooms(text=Enough("I have listened enough.", "2026-11-22"))
    woken, always = turns(rooms), turns(rooms, wake=None)
    for one, again in ((woken, [("", "failed")]), (always, [])):
        rooms.said.clear()
        await said(one)
        await said(one)
        assert rooms.said == [("I have listened enough.", "failed"), *again]
    rooms.text = Enough("I have listened enough.", "2026-11-23")
    rooms.said.clear()
    await said(always)
    assert rooms.said == [("I have listened enough.", "failed")]


async def test_who_said_something_slow_can_say_stop_after_it() -> None:
    rooms = Rooms(slow=asyncio.Event(), guessing=True)
    one = turns(rooms)
    one.ended(WHOLE, 0.7, over=False)
    one.paused(PIECE, over=False)
    one.ended(PIECE, 0.7, over=False)
    rooms.guesses[0].text.set_result(Heard("stop"))
    await CLOCK.settle()
    assert [utterance.text for utterance in rooms.utterances] == ["stop"]
    await one.close()


async def test_the_word_stop_needs_no_text() -> None:
    rooms = Rooms(text=Unavailable("no engine"), answer=Answer(""))
    one = turns(rooms)
    one.stopped()
    await settled(one)
    assert [utterance.text for utterance in rooms.utterances] == ["stop"]
    assert not rooms.transcribed


async def test_a_microphone_that_never_ends_does_not_fill_memory() -> None:
    rooms = Rooms(slow=asyncio.Event())
    one = turns(rooms)
    for _ in range(10 * UNDER_WAY):
        one.ended(WHOLE, 0.7, over=False)
    assert len(one._tasks) == UNDER_WAY
    await one.close()
    assert not one._tasks


async def test_a_fault_ends_one_command_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    rooms = Rooms(text=ZeroDivisionError())
    one = turns(rooms)
    await said(one)
    assert "A command of the microphone cellar failed" in caplog.text
    rooms.text = "turn on the secret lamp"
    await said(one)
    assert len(rooms.utterances) == 1


@pytest.fixture(autouse=True)
def _no_words_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG")
    yield
    assert "lamp" not in caplog.text
