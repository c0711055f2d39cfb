"""What is sent to a phone: words that are neither a command nor a template, and beside them only what is known."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from claw.base.action import Action, Message
from claw.base.errors import Refused
from claw.channels.phone_note import MOST_ACTIONS, cleared, nonce_of, note, question, service
from claw.channels.posting import Button, Post
from claw.house.model import House, Registry
from claw.house.services import validate
from claw.policy.forbidden import commands_a_phone
from tests.posting_room import reader

NAME = "notify.mobile_app_anna"
YES, NO = Button("y" * 22, yes=True), Button("n" * 22, yes=False)
POST = Post(
    "1f2e3d4c",
    reader(),
    "Unlock the door?\n• Door",
    (YES, NO),
    "",
    risky=True,
    expires=datetime(2026, 1, 1, tzinfo=UTC),
)
PAGE = "https://claw.example"


def checked(action: Action) -> Action:
    """Return an action as the gate lets it through."""
    assert not commands_a_phone(action.data)
    return validate(House(Registry(), {}), action, {NAME: service(NAME)})


def data_of(action: Action) -> dict[str, Any]:
    return checked(action).data["data"]


def test_a_question_has_both_buttons_and_opens_the_page() -> None:
    action = question(NAME, POST, PAGE, 119.6, heard=True)
    data = data_of(action)
    assert action.data["message"] == "Unlock the door?\n• Door"
    assert [one["title"] for one in data["actions"]] == ["Approve", "Reject", "Open the page"]
    assert [one["action"] for one in data["actions"]] == [f"CLAW_{YES.nonce}", f"CLAW_{NO.nonce}", "URI"]
    assert [one.get("authenticationRequired") for one in data["actions"]] == [True, False, None]
    assert (data["tag"], data["timeout"], data["url"], data["clickAction"]) == ("claw-1f2e3d4c", 120, PAGE, PAGE)


def test_where_no_yes_counts_there_is_no_such_button_and_it_is_said_where_it_does() -> None:
    action = question(NAME, replace(POST, buttons=(NO,), elsewhere="phone does not prove enough"), PAGE, 60, heard=True)
    assert [one["title"] for one in data_of(action)["actions"]] == ["Reject", "Open the page"]
    assert action.data["message"].endswith("\nSay yes on the page: phone does not prove enough")


def test_where_nobody_hears_the_answer_there_is_nothing_to_tap_but_the_page() -> None:
    action = question(NAME, POST, "", 60, heard=False)
    assert data_of(action)["actions"] == []
    assert action.data["message"].endswith("\nSay yes on Claw's page")
    assert [one["title"] for one in data_of(question(NAME, POST, PAGE, 60, heard=False))["actions"]] == [
        "Open the page"
    ]


def test_numbers_take_all_the_room_there_is() -> None:
    numbers = tuple(Button(f"{n}" * 22, yes=True, number=f"{n}{n}") for n in (1, 2, 3))
    data = data_of(question(NAME, replace(POST, buttons=(*numbers, NO)), PAGE, 60, heard=True))
    assert [one["title"] for one in data["actions"]] == ["Approve 11", "Approve 22", "Approve 33"]


def test_a_question_is_taken_back_by_its_tag_and_nothing_else() -> None:
    assert checked(cleared(NAME, POST)).data == {"message": "clear_notification", "data": {"tag": "claw-1f2e3d4c"}}
    with pytest.raises(Refused):
        cleared(NAME, replace(POST, question="../x"))


def test_an_alarm_sounds_and_a_low_note_does_not() -> None:
    alarm = data_of(note(NAME, Message("everyone", "Smoke!", "alarm"), PAGE))
    assert (alarm["channel"], alarm["ttl"], alarm["priority"]) == ("alarm_stream", 0, "high")
    assert alarm["push"] == {
        "interruption-level": "critical", "sound": {"name": "default", "critical": 1, "volume": 1.0}
    }  # fmt: skip
    low = data_of(note(NAME, Message("everyone", "Done.", "note", "low"), PAGE))
    assert (low["importance"], low["push"]) == ("low", {"interruption-level": "passive"})
    high = data_of(note(NAME, Message("everyone", "Look!", "note", "high"), ""))
    assert (high["importance"], high["push"], "url" in high) == (
        "high",
        {"interruption-level": "time-sensitive"},
        False,
    )


@pytest.mark.parametrize(
    "text",
    [
        "command_bluetooth", "clear_notification", "TTS", ' "Command_Volume_Level', "request_location_update",
        "{{ states('lock.front_door') }}", "{% set x = 1 %}", "delete_alert", "\u202ecommand_dnd", "", "  ", "\x00",
        "x" * 5000, "{" * 5000, "\u200bcommand_dnd",
    ],
)  # fmt: skip
def test_words_are_neither_a_command_nor_a_template_nor_endless(text: str) -> None:
    for action in (
        note(NAME, Message("everyone", text), ""),
        question(NAME, replace(POST, text=text), "", 60, heard=True),
    ):
        words = checked(action).data["message"]
        assert words
        assert "{" not in words
        assert "}" not in words
        assert words != "TTS"


@pytest.mark.parametrize(
    "beside",
    [
        {"command": "x"},
        {"intent_action": "x"},
        {"tag": "x" * 7000},
        {"actions": [{}] * (MOST_ACTIONS + 1)},
        ["tag"],
        "tag",
        None,
    ],
)
def test_nothing_else_can_be_sent_beside(beside: Any) -> None:
    with pytest.raises(Refused):
        checked(Action(NAME, (), {"message": "hello", "data": beside}))


@pytest.mark.parametrize(
    ("event", "nonce"),
    [
        ({"action": f"CLAW_{YES.nonce}", "reply_text": "unlock"}, YES.nonce),
        ({"action": "CLAW_"}, None),
        ({"action": "CLAW_short"}, None),
        ({"action": f"CLAW_{'x' * 100}"}, None),
        ({"action": "CLAW_" + "é" * 22}, None),
        ({"action": f"CLAW_{'n' * 21}\n"}, None),
        ({"action": "OPEN_GARAGE"}, None),
        ({"action": 7}, None),
        ({"action": ["CLAW_" + "n" * 22]}, None),
        ({}, None),
    ],
)
def test_only_a_button_of_ours_is_one(event: dict[str, Any], nonce: str | None) -> None:
    assert nonce_of(event) == nonce
