import asyncio
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.base.config_voice import SpeechConfig
from claw.base.errors import Unavailable, UnknownOutcome
from claw.house.model import Change, State
from claw.voice.speech_ways import Saying
from tests.speech_room import BEDROOM, SpeechRoom, speech_room

SATELLITE, PLAYER = "assist_satellite.kitchen", "media_player.bedroom"


@pytest.fixture
def room(tmp_path: Path) -> SpeechRoom:
    return speech_room(tmp_path)


async def test_a_satellite_announces(room: SpeechRoom) -> None:
    begun: list[bool] = []
    await room.house.way(SATELLITE, "kitchen").speak(
        Saying("Dinner.", "en", chime=True, begins=lambda: begun.append(True))
    )
    assert room.door.done == [
        Action("assist_satellite.announce", (SATELLITE,), {"message": "Dinner.", "preannounce": True})
    ]
    assert begun == [True]


async def test_a_media_player_is_lent_a_voice(room: SpeechRoom) -> None:
    task = asyncio.ensure_future(room.house.way(PLAYER, "bedroom").speak(Saying("Dinner.", "de")))
    await room.clock.settle()
    assert not task.done()  # the player has only begun
    await room.clock.advance(1)
    await task
    data = {"message": "Dinner.", "voice": "tts.piper"}  # in its own language, or it would say nothing
    assert room.door.done == [Action("tts.speak", (PLAYER,), data)]


async def test_a_media_player_without_a_voice_says_nothing(tmp_path: Path) -> None:
    room = speech_room(tmp_path, SpeechConfig())
    way = room.house.way(PLAYER, "bedroom")
    assert not way.ready()
    with pytest.raises(Unavailable, match="no voice"):
        await way.speak(Saying("Dinner."))
    assert room.door.done == []


@pytest.mark.parametrize(
    ("status", "error"),
    [("refused", Unavailable), ("failed", Unavailable), ("unknown", UnknownOutcome), ("unchanged", Unavailable)],
)
async def test_what_was_not_said_is_not_said_to_be(room: SpeechRoom, status: str, error: type[Exception]) -> None:
    room.door.refuses[SATELLITE] = status  # type: ignore[assignment]  # unchanged: the policy asks somebody first
    with pytest.raises(error):
        await room.house.way(SATELLITE, "kitchen").speak(Saying("Dinner."))


@pytest.mark.parametrize(("value", "ready"), [("idle", True), ("responding", True), ("unavailable", False)])
def test_a_satellite_that_is_away_is_not_tried(room: SpeechRoom, value: str, *, ready: bool) -> None:
    room.mirror.changed([Change(SATELLITE, State(value, {"supported_features": 3}))])
    assert room.house.way(SATELLITE, "kitchen").ready() is ready


@pytest.mark.parametrize("entity", ["assist_satellite.gone", "light.kitchen", "media_player.gone"])
def test_what_cannot_speak_is_not_tried(room: SpeechRoom, entity: str) -> None:
    assert not room.house.way(entity, None).ready()


@pytest.mark.parametrize(("entity", "player"), [(SATELLITE, "media_player.box"), (PLAYER, PLAYER)])
async def test_it_is_cut_where_it_sounds(room: SpeechRoom, entity: str, player: str) -> None:
    room.house.way(entity, None).cut()
    await room.clock.settle()
    assert room.door.done == [Action("media_player.media_stop", (player,))]
    await room.house.close()


async def test_a_satellite_without_a_player_cannot_be_cut(room: SpeechRoom) -> None:
    room.house.way("assist_satellite.attic", None).cut()
    await room.clock.settle()
    assert room.door.done == []


async def test_what_cannot_be_silenced_is_no_error(room: SpeechRoom, caplog: pytest.LogCaptureFixture) -> None:
    room.door.refuses[PLAYER] = "refused"
    with caplog.at_level("INFO"):
        room.house.way(PLAYER, None).cut()
        await room.clock.settle()
    assert "could not be silenced" in caplog.text


async def test_two_messages_to_one_player_are_heard_one_after_the_other(room: SpeechRoom) -> None:
    tasks = [asyncio.ensure_future(room.speaker.say(text, "bedroom")) for text in ("Dinner is ready.", "Wash hands.")]
    await room.clock.settle()
    assert [text for _, text in room.door.said] == ["Dinner is ready."]
    await room.clock.advance(1.5)
    assert [text for _, text in room.door.said] == ["Dinner is ready.", "Wash hands."]
    await room.clock.advance(1.5)
    assert await asyncio.gather(*tasks) == [True, True]


async def test_a_player_that_has_begun_can_still_be_cut(room: SpeechRoom) -> None:
    task = asyncio.ensure_future(room.speaker.say("Once upon a time there was a house.", "bedroom"))
    await room.clock.advance(1)
    assert room.speaker.cut(BEDROOM)
    await room.clock.settle()
    assert await task
    assert room.door.done[-1] == Action("media_player.media_stop", (PLAYER,))
