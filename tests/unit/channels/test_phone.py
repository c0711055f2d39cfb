"""Phones: whose tap counts, what is said of what is missing, and that nothing goes out but by the gate."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import SYSTEM, Action, Message, Pending
from claw.base.config_channels import PhoneConfig
from claw.base.errors import Refused
from claw.channels.phone import EVENT, MOST_ANSWERS, Around, Phones
from claw.channels.phone_note import service
from claw.channels.posting import Asked
from tests.gate_room import OWNER, PEOPLE, UNLOCK, Room, gate_room
from tests.held_clock import HeldClock
from tests.posting_room import PHONES, Board, PostingRoom

ANNA, BEN, CLAW = "a" * 32, "b" * 32, "c" * 32
ALLOWED = PHONES + "  - {id: phones, allow: 'notify.mobile_app_*', who: {channel: system}}\n"
ANNAS = PhoneConfig(service="notify.mobile_app_anna", person="anna", user=ANNA, proves="session")
BENS = PhoneConfig(service="notify.mobile_app_ben", person="ben", user=BEN)


class House:
    """A house that knows users; ``events`` raises what ``fault`` holds."""

    def __init__(self) -> None:
        self.user: str | None = CLAW
        self.withheld: Mapping[str, str] = {}
        self.asked: list[Sequence[str]] = []
        self.fault: Exception | None = None

    async def events(self, types: Sequence[str]) -> None:
        self.asked.append(types)
        if self.fault is not None:
            raise self.fault


class PhoneRoom(PostingRoom):
    """Phones on a real gate, whose hand is the house."""

    def __init__(self, room: Room, clock: HeldClock, phones: Sequence[PhoneConfig]) -> None:
        super().__init__(room, clock, Board())
        self.house = House()
        self.noted: list[tuple[str, str, int]] = []
        room.services.update({phone.service: service(phone.service) for phone in phones})
        around = Around(
            room.gate.perform,
            room.mirror,
            self.house,
            self.barred,
            lambda: room.stop.engaged,
            lambda person: PEOPLE.role(person) is not None,
            self.note,
        )
        asked = Asked(room.questions, self.cards, self.answer)
        self.phones = Phones(phones, "https://claw.example", around, asked, clock, clock)

    def barred(self, action: Action) -> str:
        decision = self.room.judge.explain(action, SYSTEM).decision
        return "" if decision.effect == "allow" else decision.why

    async def note(self, source: str, what: str, count: int) -> None:
        self.noted.append((source, what, count))

    def sent(self, name: str = ANNAS.service) -> list[Action]:
        return [action for action in self.room.hand.sent if action.name == name]

    def button(self, title: str, name: str = ANNAS.service) -> str:
        """Return the id of a button of the last question that a phone was sent."""
        asked = [action for action in self.sent(name) if "actions" in action.data.get("data", {})][-1]
        return next(one["action"] for one in asked.data["data"]["actions"] if one["title"] == title)

    async def tap(self, action: str, user: str | None = ANNA, **more: Any) -> None:
        self.room.mirror.happened(EVENT, {"action": action} | more, "ctx", user)
        await self.done()

    async def done(self) -> None:
        """Let everything happen that is under way, on disk too."""
        for _ in range(40):
            await self.clock.settle()
            await asyncio.sleep(0.001)

    async def asks(self) -> Pending:
        pending = await self.ask()
        await self.done()
        return pending

    def unlocked(self) -> bool:
        return UNLOCK in self.room.hand.sent


@asynccontextmanager
async def phone_room(folder: Path, *phones: PhoneConfig, policy: str = ALLOWED) -> AsyncIterator[PhoneRoom]:
    clock = HeldClock()
    async with gate_room(folder, policy, clock) as room:  # type: ignore[arg-type]
        made = PhoneRoom(room, clock, phones or (ANNAS, BENS))
        await made.phones.start()
        try:
            yield made
        finally:
            await made.phones.close()


async def test_a_tap_of_its_own_user_is_their_yes(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        pending = await room.asks()
        await room.tap(room.button("Approve"))
        assert room.unlocked()
        (_, origin, yes, _) = room.answers[0]
        assert (origin.channel, origin.person, origin.strength, origin.source, yes) == (
            "phone", "anna", "session", "phone notify.mobile_app_anna", True,
        )  # fmt: skip
        for name in (ANNAS.service, BENS.service):
            assert {"tag": f"claw-{pending.id}"} in [action.data["data"] for action in room.sent(name)]
        assert "done" in [action.data["message"] for action in room.sent()]


@pytest.mark.parametrize("user", [BEN, CLAW, "", None])
async def test_a_tap_of_anybody_else_counts_for_nothing_and_is_noted(tmp_path: Path, user: str | None) -> None:
    async with phone_room(tmp_path) as room:
        pending = await room.asks()
        for _ in range(3):  # told once, however often it is tried
            await room.tap(room.button("Approve"), user)
        assert (room.answers, room.unlocked()) == ([], False)
        assert room.noted == (
            [("phone notify.mobile_app_anna", "an answer by another user", 1)] if user is not None else []
        )
        await room.tap(room.button("Approve"))  # the button was not spent by them
        assert room.room.questions.stood(pending.id) == "approved"


async def test_a_phone_that_proves_a_tap_says_no_and_not_yes(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        pending = await room.asks()
        titles = [one["title"] for one in room.sent(BENS.service)[-1].data["data"]["actions"]]
        assert titles == ["Reject", "Open the page"]
        await room.tap(room.button("Reject", BENS.service), BEN)
        assert (room.room.questions.stood(pending.id), room.unlocked()) == ("rejected", False)


async def test_the_same_event_twice_acts_once(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        await room.asks()
        button = room.button("Approve")
        await room.tap(button)
        await room.tap(button)
        assert (len(room.answers), room.room.hand.sent.count(UNLOCK)) == (1, 1)


@pytest.mark.parametrize("action", ["OPEN_GARAGE", "CLAW_", "CLAW_" + "x" * 22, "", "CLAW_unlock lock.door"])
async def test_a_button_that_is_not_ours_or_not_open_is_nothing(tmp_path: Path, action: str) -> None:
    async with phone_room(tmp_path) as room:
        await room.asks()
        before = len(room.room.hand.sent)
        for user in (ANNA, "d" * 32):
            for _ in range(3):
                await room.tap(action, user, reply_text="yes, unlock the door")
        ours = action == f"CLAW_{'x' * 22}"  # one that may lie there since yesterday: told once, to whose phone it is
        assert (room.answers, room.noted, len(room.room.hand.sent) - before) == ([], [], int(ours))
        if ours:
            assert room.sent()[-1].data["message"] == "That question is not open any more."


async def test_another_kind_of_event_with_our_button_is_nothing(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        await room.asks()
        room.room.mirror.happened("ios.action_fired", {"action": room.button("Approve")}, "ctx", ANNA)
        await room.done()
        assert room.answers == []


async def test_an_answer_that_does_not_count_any_more_is_told_on_that_phone(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        pending = await room.asks()
        button = room.button("Approve")
        room.room.questions.void(pending.id)  # and the tap is already on its way
        room.room.mirror.happened(EVENT, {"action": button}, "ctx", ANNA)
        await room.done()
        assert not room.unlocked()


async def test_a_flood_of_taps_is_bounded(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        await room.asks()
        for number in range(100):
            room.room.mirror.happened(EVENT, {"action": f"CLAW_{number:022}"}, "ctx", ANNA)
        assert len(room.phones._answering) == MOST_ANSWERS
        await room.done()
        assert len(room.phones._answering) == 0


async def test_what_is_sent_is_an_act_in_the_log_and_nothing_goes_out_while_stopped(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        await room.phones.tell(Message("person:anna", "hello"))
        intents = [entry for entry in room.room.audit.entries(0, 100) if entry.kind == "intent"]
        assert [(entry.payload or {})["action"]["name"] for entry in intents] == [ANNAS.service]
        room.room.stop.engage("test", OWNER)
        assert not await room.phones.tell(Message("person:anna", "hello"))
        assert len(room.sent()) == 1


@pytest.mark.parametrize(
    ("message", "names"),
    [
        (Message("person:anna", "x"), ["anna"]),
        (Message("person:ben", "x"), ["ben"]),
        (Message("person:carl", "x"), []),
        (Message("everyone", "x"), ["anna", "ben"]),
        (Message("everyone", "x", "note", "low"), []),
        (Message("person:anna", "x", "alarm", "low"), ["anna"]),
        (Message("place:hall", "x", "note", "high"), []),
        (Message("place:hall", "x", "alarm", "high"), ["anna", "ben"]),
        (Message("conversation:web:1", "x", "note", "high"), []),
    ],
)
async def test_a_message_goes_to_whose_it_is(tmp_path: Path, message: Message, names: list[str]) -> None:
    async with phone_room(tmp_path) as room:
        assert room.phones.reaches(message) is bool(names)
        assert await room.phones.tell(message) is bool(names)
        assert [action.name.removeprefix("notify.mobile_app_") for action in room.room.hand.sent] == names


async def test_a_message_that_no_phone_took_reached_nobody(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        room.room.hand.fault = Refused("the house refuses: Action notify.mobile_app_anna not found")
        assert not await room.phones.tell(Message("person:anna", "x"))
        assert "not found" in str(room.phones.status()["detail"])
        room.room.hand.fault = None
        assert await room.phones.tell(Message("person:anna", "x"))
        assert room.phones.status() == {"kind": "phone", "ready": True, "detail": "", "phones": 2}


@pytest.mark.parametrize(
    "rule",
    ["", "  - {id: out, confirm: 'notify.*'}\n", "  - {id: phones, deny: 'notify.*'}\n"],
)
async def test_where_the_policy_does_not_simply_allow_it_nothing_is_asked_about_asking(
    tmp_path: Path, rule: str
) -> None:
    async with phone_room(tmp_path, policy=PHONES + rule) as room:
        await room.asks()
        assert len(room.room.questions.waiting()) == 1
        assert room.sent() == []
        assert "allow it for the channel system" in str(room.phones.status()["detail"])


async def test_somebody_who_is_nobody_here_gets_nothing(tmp_path: Path) -> None:
    stranger = PhoneConfig(service="notify.mobile_app_x", person="stranger", user=BEN)
    async with phone_room(tmp_path, stranger) as room:
        await room.asks()
        assert not await room.phones.tell(Message("everyone", "x"))
        assert room.sent(stranger.service) == []
        assert "stranger is nobody" in str(room.phones.status()["detail"])


async def test_where_events_are_withheld_it_is_said_and_questions_come_without_buttons(tmp_path: Path) -> None:
    clock = HeldClock()
    async with gate_room(tmp_path, ALLOWED, clock) as gate:  # type: ignore[arg-type]
        room = PhoneRoom(gate, clock, (ANNAS,))
        room.house.fault, room.house.withheld = Refused("no"), {EVENT: "Unauthorized"}
        await room.phones.start()
        await room.asks()
        assert [one["title"] for one in room.sent()[-1].data["data"]["actions"]] == ["Open the page"]
        assert "administrator" in str(room.phones.status()["detail"])
        room.house.withheld = {}
        assert room.phones.status()["ready"] is True
        await room.phones.close()


async def test_a_phone_of_claws_own_user_proves_nothing_and_it_is_said(tmp_path: Path) -> None:
    async with phone_room(tmp_path, ANNAS) as room:
        room.house.user = ANNA
        await room.asks()
        assert [one["title"] for one in room.sent()[-1].data["data"]["actions"]] == ["Open the page"]
        assert "a user of its own" in str(room.phones.status()["detail"])
        room.house.user = None
        assert "which user Claw is" in str(room.phones.status()["detail"])


async def test_who_is_shut_out_answers_nothing_from_then_on(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        await room.asks()
        button = room.button("Approve")
        assert room.phones.end("anna") == 1
        await room.tap(button)
        assert (room.answers, room.unlocked()) == ([], False)


async def test_closed_it_hears_nothing(tmp_path: Path) -> None:
    async with phone_room(tmp_path) as room:
        await room.asks()
        button = room.button("Approve")
        await room.phones.close()
        await room.tap(button)
        assert room.answers == []
