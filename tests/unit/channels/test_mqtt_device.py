import json
from typing import Any

import pytest

from claw.base.action import Action, Outcome
from claw.channels.mqtt_device import LONGEST_STATE, OFF, ON, Topics, device, state, words

TOPICS = Topics("homeassistant", "claw")
STATUS: dict[str, Any] = {
    "stop": {"engaged": False, "reason": "anna's words"},
    "pending": 2,
    "tokens": 1234,
    "policy": "0123456789abcdef" * 4,
}


def test_the_device_is_found_where_home_assistant_looks() -> None:
    assert TOPICS.discovery == "homeassistant/device/claw/config"
    told = json.loads(json.dumps(device(TOPICS)))
    assert set(told["components"]) == {"stop", "pending", "last", "tokens", "policy"}
    assert len({one["unique_id"] for one in told["components"].values()}) == 5
    assert told["device"]["identifiers"] == ["claw_claw"]
    assert told["availability_topic"] == "claw/claw/available"


def test_the_switch_waits_for_what_is_so_and_is_no_part_of_all_switches() -> None:
    switch = device(TOPICS)["components"]["stop"]
    assert switch["optimistic"] is False
    assert switch["retain"] is False
    assert switch["entity_category"] == "config"


def test_what_is_shown_has_no_words_of_anybody() -> None:
    shown = state(STATUS, "light.turn_on light.a: done")
    assert shown == {
        "stop": OFF,
        "pending": 2,
        "last": "light.turn_on light.a: done",
        "tokens": 1234,
        "policy": "0123456789ab",
    }
    assert state({**STATUS, "stop": {"engaged": True}}, "") == {**shown, "stop": ON, "last": None}


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (Action("light.turn_on", ("light.a", "light.b"), {"brightness": 5}), "light.turn_on light.a, light.b: done"),
        (Action("media_player.play_media", ("media_player.a",), {"media_content_id": "secret"}), "media_player.play"),
        (Action("claw.notify", (), {"text": "a secret", "to": "person:anna"}), ""),
        (Action("claw.remember", (), {"text": "a secret"}), ""),
    ],
)
def test_an_act_is_told_by_its_name_and_things_alone(action: Action, text: str) -> None:
    found = words(Outcome(action, "done"))
    assert found.startswith(text)
    assert bool(found) is bool(text)
    assert "secret" not in found


def test_an_act_on_many_things_fits_into_a_state() -> None:
    assert len(words(Outcome(Action("light.turn_off", tuple(f"light.lamp_{n}" for n in range(200))), "done"))) <= 250
    assert LONGEST_STATE <= 255
