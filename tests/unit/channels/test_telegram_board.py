"""Questions in chats: whose chats, which buttons, and what is left when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.channels.posting import Button, Post, Reader, Settled
from claw.channels.telegram_board import HOW, ChatBoard
from claw.channels.telegram_line import Key
from claw.channels.telegram_links import Link
from tests.held_clock import HeldClock

NOW = HeldClock().now()


@dataclass
class Links:
    accounts: dict[int, str]
    gone: set[str] = field(default_factory=set)
    asleep: set[str] = field(default_factory=set)

    def all(self) -> list[Link]:
        return [Link(user, person, NOW) for user, person in self.accounts.items()]

    def person(self, user: int) -> str | None:
        person = self.accounts[user]
        return None if person in self.gone else person

    def counts(self, person: str) -> bool:
        return person not in self.asleep


@dataclass
class Line:
    sent: list[tuple[int, str, Any]] = field(default_factory=list)
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    async def send(self, chat: int, text: str, keys: Sequence[Sequence[Key]] = (), *, quiet: bool = False) -> int:
        del quiet
        self.sent.append((chat, text, keys))
        return 42

    async def edit(self, chat: int, message: int, text: str) -> None:
        self.edits.append((chat, message, text))


def origin(person: str, user: int) -> Origin:
    return Origin("telegram", person, authenticated=True, source=f"telegram {user}")


def post(*buttons: Button, elsewhere: str = "", text: str = "Open the window?") -> Post:
    return Post("q1", Reader("5001", origin("anna", 5001)), text, buttons, elsewhere, risky=False, expires=NOW)


def board(links: Links, line: Line | None = None) -> ChatBoard:
    return ChatBoard(cast("Any", links), line or Line(), origin)


def test_who_counts_now_can_be_asked_in_each_of_their_chats() -> None:
    links = Links({5001: "anna", 5009: "anna", 5002: "ben", 5003: "carl"}, gone={"ben"}, asleep={"carl"})
    readers = board(links).readers()
    assert [(reader.id, reader.origin.person) for reader in readers] == [("5001", "anna"), ("5009", "anna")]


async def test_a_question_is_put_with_the_answers_that_count_each_in_a_row() -> None:
    line = Line()
    buttons = (Button("n1", yes=True, number="12"), Button("n2", yes=True, number="47"), Button("n3", yes=False))
    assert await board(Links({}), line).put(post(*buttons)) == "42"
    chat, text, keys = line.sent[0]
    assert (chat, text) == (5001, "Open the window?")
    assert [[(key.says, key.data) for key in row] for row in keys] == [
        [("✓ Approve: 12", "n1")],
        [("✓ Approve: 47", "n2")],
        [("✕ Reject", "n3")],
    ]


async def test_where_no_yes_counts_it_says_so_and_has_no_button_for_one() -> None:
    line = Line()
    await board(Links({}), line).put(post(Button("n3", yes=False), elsewhere="this needs a signed-in page"))
    _, text, keys = line.sent[0]
    assert text == "Open the window?\n\nNo yes counts from here: this needs a signed-in page."
    assert [key.says for row in keys for key in row] == ["✕ Reject"]


@pytest.mark.parametrize("how", list(HOW))
async def test_what_is_over_says_how(how: Settled) -> None:
    line = Line()
    await board(Links({}), line).clear(post(text="Open it?\u202e"), "42", how)
    assert line.edits == [(5001, 42, f"Open it?\n\n{HOW[how]}")]


async def test_what_may_not_be_there_cannot_be_cleared() -> None:
    with pytest.raises(Refused, match="nobody knows"):
        await board(Links({})).clear(post(), "", "expired")


def test_every_end_of_a_question_has_its_words() -> None:
    assert isinstance(NOW, datetime)
    assert set(HOW) == {"approved", "rejected", "void", "expired", "withdrawn"}
