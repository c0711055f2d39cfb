from pathlib import Path

import pytest

from claw.base.config_voice import SpeechConfig
from claw.voice.model import Satellite
from tests.speech_room import BEDROOM, ELSEWHERE, HALL, KITCHEN, SpeechRoom, speech_room


@pytest.fixture
def room(tmp_path: Path) -> SpeechRoom:
    return speech_room(tmp_path)


@pytest.mark.parametrize(
    ("satellite", "names"),
    [
        (KITCHEN, ["assist_satellite.kitchen"]),
        (HALL, ["microphone:hall"]),
        (BEDROOM, ["media_player.bedroom"]),
        (ELSEWHERE, []),
        (Satellite("cellar", "cellar", None, "192.168.1.12"), []),
        (
            Satellite("x", "kitchen", "assist_satellite.other", "peer"),
            ["assist_satellite.other", "assist_satellite.kitchen"],
        ),
        (Satellite("hall", None, None, "192.168.1.12"), []),
    ],
)
def test_each_satellite_has_its_own_loudspeaker_first_then_those_of_its_room(
    room: SpeechRoom, satellite: Satellite, names: list[str]
) -> None:
    assert [way.name for way in room.speaker.ways.of(satellite)] == names


def test_a_peer_that_calls_itself_like_a_microphone_here_gets_none_of_its_loudspeaker(room: SpeechRoom) -> None:
    assert room.speaker.ways.microphone(Satellite("hall", None, None, "192.168.1.12")) is None
    assert room.speaker.ways.microphone(HALL) is not None


def test_what_a_person_names_for_a_room_takes_the_place_of_its_satellites(tmp_path: Path) -> None:
    config = SpeechConfig(rooms={"kitchen": "media_player.box"}, voice="tts.piper")
    room = speech_room(tmp_path, config)
    assert [way.name for way in room.speaker.ways.in_room("kitchen")] == ["media_player.box"]


def test_everywhere_is_each_room_once_and_what_stands_in_none(room: SpeechRoom) -> None:
    found = [[way.name for way in ways] for ways in room.speaker.ways.everywhere()]
    assert found == [
        ["media_player.bedroom"],
        ["microphone:hall"],
        ["assist_satellite.kitchen"],
        ["assist_satellite.attic"],
    ]
