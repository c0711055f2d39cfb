"""Phones in a whole daemon: a question comes, a tap of its own user answers it, and nobody else's does."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from claw.base.action import Action, Message
from claw.base.errors import Refused
from claw.channels.phone import EVENT
from claw.daemon.build import Daemon
from claw.house.simulated import SimulatedHouse
from tests.living import OWNER, living
from tests.talking import until

HOUSE = Path(__file__).parents[1] / "houses" / "small.yaml"
ANNA, BEN = "a" * 32, "b" * 32
IPHONE, ANDROID = "notify.mobile_app_anna", "notify.mobile_app_ben"
CHANNELS = {
    "page": "https://claw.example",
    "phones": [
        {"service": IPHONE, "person": "anna", "user": ANNA, "proves": "session"},
        {"service": ANDROID, "person": "ben", "user": BEN},
    ],
}
POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: phones, allow: notify.mobile_app_*, who: {channel: system}}
  - {id: lamps, allow: light.*}
  - {id: unlocking, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli, phone], strength: session}}
"""
UNLOCK = Action("lock.unlock", ("lock.door",))


class Home:
    """A daemon with two phones, and what came on them."""

    def __init__(self, daemon: Daemon) -> None:
        assert isinstance(daemon.backend, SimulatedHouse)
        self.daemon = daemon
        self.house = daemon.backend

    def came(self, phone: str) -> list[dict[str, Any]]:
        return [dict(action.data) for action in self.house.performed if action.name == phone]

    def lies(self, phone: str) -> dict[str, dict[str, Any]]:
        """Return what lies on a phone, by its tag."""
        lying: dict[str, dict[str, Any]] = {}
        for one in self.came(phone):
            tag = one["data"].get("tag", "")
            if one["message"] == "clear_notification":
                lying.pop(tag, None)
            elif tag:
                lying[tag] = one
        return lying

    async def asks(self) -> str:
        """Have the door asked about, and return the question's id once both phones have it."""
        reply = await self.daemon.desk.act((UNLOCK,), OWNER)
        (pending,) = reply.pending

        async def there() -> bool:
            return all(f"claw-{pending.id}" in self.lies(phone) for phone in (IPHONE, ANDROID))

        await until(there)
        return pending.id

    def buttons(self, phone: str, question: str) -> dict[str, str]:
        return {one["title"]: one["action"] for one in self.lies(phone)[f"claw-{question}"]["data"]["actions"]}

    async def tap(self, button: str, user: str | None) -> None:
        self.house.fire(EVENT, {"action": button}, "context", user)
        await asyncio.sleep(0.05)

    async def gone(self, question: str) -> None:
        async def nowhere() -> bool:
            return not any(f"claw-{question}" in self.lies(phone) for phone in (IPHONE, ANDROID))

        await until(nowhere)

    def stood(self, question: str) -> str:
        return self.daemon.gate.questions.stood(question)

    def door(self) -> str:
        return self.daemon.mirror.states["lock.door"].value

    async def as_ever(self) -> None:
        """Have nothing stopped or asked, and the door locked by its own hand, whatever came before."""
        if self.daemon.stop.engaged:
            self.daemon.stop.reset("a test", console=True, adult=True)
        for question in self.daemon.gate.questions.waiting():
            await self.daemon.desk.answer(question.id, OWNER, yes=False)
            await self.gone(question.id)
        self.house.set_state("lock.door", "locked")
        await asyncio.sleep(0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived_in(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Home]:
    folder = tmp_path_factory.mktemp("phones")
    async with living(folder, POLICY, HOUSE, channels=CHANNELS) as daemon:
        yield Home(daemon)


@pytest_asyncio.fixture(loop_scope="module")
async def home(lived_in: Home) -> Home:
    await lived_in.as_ever()
    return lived_in


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_tap_on_her_own_phone_opens_the_door_and_clears_both(home: Home) -> None:
    question = await home.asks()
    assert list(home.buttons(IPHONE, question)) == ["Approve", "Reject", "Open the page"]
    await home.tap(home.buttons(IPHONE, question)["Approve"], ANNA)
    await home.gone(question)
    assert home.stood(question) == "approved"

    async def opened() -> bool:
        return home.door() == "unlocked"

    await until(opened)
    (answer,) = [one for one in home.daemon.audit.entries(0, 1000) if one.kind == "answer"][-1:]
    assert answer.origin is not None
    assert (answer.origin.channel, answer.origin.person) == ("phone", "anna")


@pytest.mark.parametrize("user", [BEN, "c" * 32, None])
async def test_nobody_elses_tap_on_it_counts(home: Home, user: str | None) -> None:
    question = await home.asks()
    await home.tap(home.buttons(IPHONE, question)["Approve"], user)
    assert (home.stood(question), home.door()) == ("waiting", "locked")
    await home.daemon.desk.answer(question, OWNER, yes=False)
    await home.gone(question)


async def test_a_phone_that_proves_only_a_tap_says_no_and_never_yes(home: Home) -> None:
    question = await home.asks()
    buttons = home.buttons(ANDROID, question)
    assert list(buttons) == ["Reject", "Open the page"]
    # And where somebody made such a button all the same, the answer itself is refused.
    weak = replace(OWNER, channel="phone", strength="tap", conversation="")
    with pytest.raises(Refused, match="does not prove enough"):
        await home.daemon.desk.answer(question, weak, yes=True)
    await home.tap(buttons["Reject"], BEN)
    await home.gone(question)
    assert (home.stood(question), home.door()) == ("rejected", "locked")


async def test_a_question_that_was_answered_on_the_page_is_on_no_phone_and_its_button_is_dead(home: Home) -> None:
    question = await home.asks()
    button = home.buttons(IPHONE, question)["Approve"]
    await home.daemon.desk.answer(question, OWNER, yes=False)
    await home.gone(question)
    await home.tap(button, ANNA)
    assert (home.stood(question), home.door()) == ("rejected", "locked")


async def test_a_question_whose_door_was_moved_by_hand_is_void_everywhere(home: Home) -> None:
    question = await home.asks()
    home.house.set_state("lock.door", "unlocked")
    await home.gone(question)
    assert home.stood(question) == "void"


async def test_a_message_comes_where_it_belongs_also_while_nobody_looks_at_a_page(home: Home) -> None:
    assert await home.daemon.gate.tell(Message("person:anna", "The eggs are done."))
    assert home.came(IPHONE)[-1]["message"] == "The eggs are done."
    assert all(one["message"] != "The eggs are done." for one in home.came(ANDROID))
    assert not await home.daemon.gate.tell(Message("person:carl", "Nobody reads this."))
    assert await home.daemon.gate.tell(Message("everyone", "Smoke!", "alarm", "high"))
    assert {home.came(phone)[-1]["data"]["push"]["interruption-level"] for phone in (IPHONE, ANDROID)} == {"critical"}


async def test_its_notifications_are_acts_that_only_claw_may_do(home: Home) -> None:
    explained = home.daemon.desk.explain(Action(IPHONE, (), {"message": "hello"}), OWNER)
    assert explained["decision"]["effect"] == "deny"
    names = {
        (one.payload or {})["action"]["name"] for one in home.daemon.audit.entries(0, 1000) if one.kind == "intent"
    }
    assert {IPHONE, ANDROID} <= names


async def test_how_the_phones_are_is_in_the_status(home: Home) -> None:
    (phones,) = [one for one in home.daemon.desk.status()["channels"] if one["kind"] == "phone"]
    assert phones == {"kind": "phone", "ready": True, "detail": "", "phones": 2}


async def test_the_stop_silences_them_and_a_late_tap_opens_nothing(home: Home) -> None:
    question = await home.asks()
    button = home.buttons(IPHONE, question)["Approve"]
    await home.daemon.desk.stop("test", OWNER)
    before = len(home.house.performed)
    await home.tap(button, ANNA)
    assert not await home.daemon.gate.tell(Message("person:anna", "hello"))
    assert (len(home.house.performed), home.door()) == (before, "locked")


async def test_a_daemon_that_ends_takes_its_questions_back(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY, HOUSE, channels=CHANNELS) as daemon:
        home = Home(daemon)
        question = await home.asks()
    assert f"claw-{question}" not in home.lies(IPHONE) | home.lies(ANDROID)
    assert home.came(IPHONE)[-1]["message"] == "clear_notification"
