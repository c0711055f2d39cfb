"""What speaks aloud, as Home Assistant wants to be asked: each from the recordings of what it accepts."""

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.house.aloud import SPEAKING_S, target_and_data
from claw.house.services import CATALOGUE


def test_a_media_player_is_lent_a_voice_and_keeps_nothing_of_it() -> None:
    said = Action("tts.speak", ("media_player.kitchen",), {"message": "Dinner", "voice": "tts.piper"})
    assert target_and_data(said) == (
        {"entity_id": "tts.piper"},
        {"message": "Dinner", "media_player_entity_id": ["media_player.kitchen"], "cache": False},
    )


def test_what_is_spoken_cannot_be_sent_elsewhere_by_its_data() -> None:
    data = {"message": "x", "voice": "tts.piper", "media_player_entity_id": "all", "cache": True}
    _, sent = target_and_data(Action("tts.speak", ("media_player.kitchen",), data))
    assert (sent["media_player_entity_id"], sent["cache"]) == (["media_player.kitchen"], False)


@pytest.mark.parametrize("voice", [None, "all", "tts.", "lock.front", "tts.a, tts.b", "tts.a\n", ["tts.a"], 1])
def test_only_a_voice_is_a_voice(voice: object) -> None:
    with pytest.raises(Refused, match="voice"):
        target_and_data(Action("tts.speak", ("media_player.kitchen",), {"message": "x", "voice": voice}))


def test_a_question_names_its_satellite_among_its_data() -> None:
    asked = Action("assist_satellite.ask_question", ("assist_satellite.hall",), {"question": "Shall I?"})
    assert target_and_data(asked) == (None, {"question": "Shall I?", "entity_id": "assist_satellite.hall"})


@pytest.mark.parametrize("entities", [(), ("assist_satellite.a", "assist_satellite.b")])
def test_a_question_is_asked_of_one_satellite(entities: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="one satellite"):
        target_and_data(Action("assist_satellite.ask_question", entities, {"question": "Shall I?"}))


def test_everything_else_is_aimed_at_what_it_names() -> None:
    assert target_and_data(Action("light.turn_on", ("light.a",), {"brightness": 9})) == (
        {"entity_id": ["light.a"]},
        {"brightness": 9},
    )
    assert target_and_data(Action("notify.notify", (), {"message": "x"})) == (None, {"message": "x"})


def test_what_takes_its_time_is_in_the_catalogue() -> None:
    assert SPEAKING_S.keys() <= CATALOGUE.keys()
