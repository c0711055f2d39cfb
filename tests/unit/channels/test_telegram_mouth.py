"""Messages by Telegram reach whom they are for and nobody else, and it is known whether they arrived."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from claw.base.action import Message
from claw.base.errors import ClawError, Refused, Unavailable
from claw.channels.telegram_mouth import ChatMouth, Urgency
from tests.unit.channels.test_telegram_board import Links

ACCOUNTS = {5001: "anna", 5009: "anna", 5002: "ben", 5003: "carl", 5004: "dora"}


@dataclass
class Line:
    sent: list[tuple[int, str, bool]] = field(default_factory=list)
    errors: dict[int, ClawError] = field(default_factory=dict)

    async def send(self, chat: int, text: str, *, quiet: bool = False) -> int:
        if chat in self.errors:
            raise self.errors[chat]
        self.sent.append((chat, text, quiet))
        return 1


def mouth(line: Line | None = None, least: Urgency = "normal") -> ChatMouth:
    links = Links(dict(ACCOUNTS), gone={"carl"}, asleep={"dora"})
    return ChatMouth(cast("Any", links), line or Line(), least)


@pytest.mark.parametrize(
    ("to", "chats"),
    [
        ("person:anna", [5001, 5009]),
        ("person:ben", [5002]),
        ("person:carl", []),
        ("person:dora", [5004]),
        ("person:nobody", []),
        ("everyone", [5001, 5009, 5002]),
        ("conversation:telegram:5002:main", [5002]),
        ("conversation:telegram:500:main", []),
        ("conversation:telegram:5003:main", []),
        ("conversation:web:5002:main", []),
        ("place:kitchen", []),
        ("", []),
    ],
)
async def test_a_message_goes_to_whom_it_is_for(to: str, chats: list[int]) -> None:
    line = Line()
    said = mouth(line)
    message = Message(to, "The wash is done.")
    assert said.reaches(message) is bool(chats)
    assert await said.tell(message) is bool(chats)
    assert line.sent == [(chat, "The wash is done.", False) for chat in chats]


async def test_what_is_not_urgent_enough_is_left_and_an_answer_never_is() -> None:
    line = Line()
    said = mouth(line, least="high")
    note = Message("person:ben", "A note")
    assert not said.reaches(note)
    assert said.why_not(note) == "that is not urgent enough to be sent by Telegram"
    assert said.reaches(Message("person:ben", "Smoke!", "alarm", "high"))
    assert said.reaches(Message("conversation:telegram:5002:main", "Done.", "late", "low"))
    assert said.why_not(Message("person:nobody", "x")) == said.why_not(Message("place:hall", "x")) == ""


async def test_what_is_not_urgent_makes_no_sound() -> None:
    line = Line()
    await mouth(line, least="low").tell(Message("person:ben", "A note", urgency="low"))
    assert line.sent == [(5002, "A note", True)]


async def test_it_arrived_where_it_arrived_anywhere() -> None:
    line = Line(errors={5001: Refused("blocked"), 5009: Unavailable("no line")})
    assert not await mouth(line).tell(Message("person:anna", "hello"))
    del line.errors[5009]
    assert await mouth(line).tell(Message("person:anna", "hello"))
