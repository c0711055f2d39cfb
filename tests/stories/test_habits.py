"""Habits in a whole daemon: from hands that are seen to a question, a yes, and a lamp as somebody likes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from claw.base.action import Message
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.house.model import Cause
from claw.house.simulated import SimulatedHouse
from tests import living as living_room
from tests.living import living
from tests.month import PEOPLE, POLICY, ZONE, Wall, origin_of

FIRST = date(2026, 11, 2)
LAMP = "light.bedroom_ceiling"
ANNA, BEN, VOICE = origin_of("anna"), origin_of("ben"), origin_of(None)


class House:
    """A daemon in a house where somebody's hand moves things at some time of some day."""

    def __init__(self, daemon: Daemon, wall: Wall) -> None:
        self.daemon = daemon
        self.wall = wall
        self.messages: list[Message] = []
        daemon.desk._in.messages.listeners.append(self.messages.append)
        for person in ("anna", "ben"):
            self.backend.set_state(f"person.{person}", "home", user_id=f"user-{person}")

    @property
    def backend(self) -> SimulatedHouse:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        return self.daemon.backend

    def at(self, day: int, clock: str, minutes: float = 0) -> None:
        moment = datetime.combine(FIRST + timedelta(days=day), time.fromisoformat(clock), ZONE)
        self.wall.at = moment.astimezone(UTC) + timedelta(minutes=minutes)

    def hand(self, entity: str, value: str, person: str | None = "ben", **attributes: Any) -> None:
        cause = Cause(user=f"user-{person}") if person else None
        self.backend.set_state(entity, value, context=uuid4().hex, cause=cause, **attributes)

    async def dim(self, day: int, person: str = "ben") -> None:
        """Have somebody turn the lamp on, dim it and go to sleep."""
        self.at(day, "22:20")
        self.hand(LAMP, "on", person, brightness=255)
        self.at(day, "22:21")
        self.hand(LAMP, "on", person, brightness=77)
        self.at(day, "23:00")
        self.hand(LAMP, "off", person)
        await self.daemon.memory.observed.look()

    def count(self, table: str) -> int:
        db = self.daemon.memory.store.ground.db
        return int(db.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608  the tests' own


@asynccontextmanager
async def _house(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    patch.setattr(living_room, "PEOPLE", PEOPLE)
    wall = Wall(datetime.combine(FIRST, time(5), ZONE).astimezone(UTC))
    policy = POLICY.replace("claw.forget]", "claw.forget, claw.schedule]")
    async with living(folder, policy, staging=Staging(clock=wall, travel_s={})) as daemon:
        yield House(daemon, wall)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with _house(tmp_path, monkeypatch) as made:
        yield made


async def test_a_level_that_somebody_sets_each_night_is_offered_and_then_set(house: House) -> None:
    daemon = house.daemon
    assert (await daemon.desk.say("you may learn my habits", BEN)).status == "done"
    for day in range(6):
        await house.dim(day)
    house.at(6, "03:30")
    night = await daemon.memory.sleep.look()
    assert night is not None
    assert "habits were found" in " ".join(night.lines) or "habit was found" in " ".join(night.lines)
    assert "30 %" in (await daemon.desk.say("what did you learn last night", BEN)).text
    assert "30 %" not in (await daemon.desk.say("what did you learn last night", ANNA)).text
    assert "30 %" not in (await daemon.desk.say("what did you learn last night", VOICE)).text
    house.at(6, "10:00")
    house.hand("switch.coffee_machine", "on")
    await daemon.memory.observed.look()
    asked = await daemon.memory.offers.look()
    assert asked is not None
    while asked.fact.kind != "preference":  # the lamp is also turned on and off at a time of its own
        await daemon.desk.say("no", BEN)
        house.wall.at += timedelta(days=1)
        house.hand("switch.coffee_machine", "off" if house.wall.at.day % 2 else "on")
        await daemon.memory.observed.look()
        asked = await daemon.memory.offers.look()
        assert asked is not None
    assert house.messages[-1].to == "person:ben"
    assert (await daemon.desk.say("yes", ANNA)).status != "done"
    assert (await daemon.desk.say("yes", replace(BEN, channel="cli", conversation="c"))).status != "done"
    reply = await daemon.desk.say("yes", BEN)
    assert (reply.status, "30 %" in reply.text) == ("done", True)
    house.at(20, "22:30")
    reply = await daemon.desk.say("turn on the bedroom ceiling", BEN)
    assert daemon.mirror.states[LAMP].attributes["brightness"] in range(75, 79)
    assert "30 %" in reply.text
    (used,) = daemon.memory.store.ground.db.execute("select used from memories where kind = 'preference'").fetchone()
    assert used >= 1  # what is used does not fade
    intents = [
        (one.payload or {}).get("action", {}).get("name") for one in daemon.audit.entries(0, 500, kinds=["intent"])
    ]
    assert {"claw.remember", "claw.notify"} <= set(intents)


async def test_what_somebody_does_by_the_clock_is_done_for_them_once_they_say_yes(house: House) -> None:
    daemon = house.daemon
    await daemon.desk.say("you may learn my habits", BEN)
    for day in range(6):
        await house.dim(day)
    house.at(6, "03:30")
    await daemon.memory.sleep.look()
    house.at(6, "10:00")
    daemon.memory.offers.active("ben")
    asked = await daemon.memory.offers.look()
    while asked is not None and asked.fact.kind != "routine":
        await daemon.desk.say("no", BEN)
        house.wall.at += timedelta(days=1)
        daemon.memory.offers.active("ben")
        asked = await daemon.memory.offers.look()
    assert asked is not None
    assert house.messages[-1].text.endswith("Shall I do that for you from now on?")
    before = {one.id for one in daemon.routines.routines.list(BEN)}
    reply = await daemon.desk.say("yes", BEN)
    (made,) = (one for one in daemon.routines.routines.list(BEN) if one.id not in before)
    assert made.made_by.person == "ben"
    assert "every day at 2" in reply.text.lower()
    assert daemon.routines.routines.named(made.id, VOICE) == ()


async def test_nothing_is_learned_of_who_did_not_agree(house: House) -> None:
    assert (await house.daemon.desk.say("you may learn my habits", ANNA)).status == "done"
    for day in range(6):
        await house.dim(day)
    house.at(6, "03:30")
    await house.daemon.memory.sleep.look()
    assert (house.count("changes"), house.count("habits")) == (0, 0)


async def test_whoever_takes_their_yes_back_has_nothing_left(house: House) -> None:
    daemon = house.daemon
    await daemon.desk.say("you may learn my habits", BEN)
    for day in range(6):
        await house.dim(day)
    house.at(6, "03:30")
    await daemon.memory.sleep.look()
    assert house.count("changes") > 0
    assert house.count("habits") > 0
    assert (await daemon.desk.say("stop learning my habits", BEN)).status == "done"
    assert (house.count("changes"), house.count("habits"), house.count("overrides")) == (0, 0, 0)


async def test_nobody_agrees_for_another(house: House) -> None:
    answer = await house.daemon.memory.memories.consent("ben", ANNA, habits=True)
    assert answer.consent is None
    assert not house.daemon.memory.store.residents.consent("ben").habits


async def test_a_lock_a_heater_and_an_alarm_leave_nothing(house: House) -> None:
    for origin in (ANNA, BEN, origin_of("dora")):
        await house.daemon.desk.say("you may learn my habits", origin)
    registry = house.daemon.mirror.registry
    before = house.count("changes")
    for domain in (
        "lock",
        "climate",
        "alarm_control_panel",
        "valve",
        "water_heater",
        "siren",
        "camera",
        "binary_sensor",
    ):
        for entity in [one for one in registry.entities.values() if one.domain == domain]:
            for value in ("on", "off", "open", "closed"):
                house.hand(entity.entity_id, value)
    for value in ("open", "closed"):
        house.hand("cover.garage_door", value)
    await house.daemon.memory.observed.look()
    assert house.count("changes") == before


async def test_who_talks_is_awake_and_may_be_asked(house: House) -> None:
    daemon = house.daemon
    await daemon.desk.say("you may learn my habits", BEN)
    for day in range(6):
        await house.dim(day)
    house.at(6, "03:30")
    await daemon.memory.sleep.look()
    house.at(6, "10:00")
    await daemon.desk.say("how are you", ANNA)
    assert await daemon.memory.offers.look() is None
    await daemon.desk.say("how are you", BEN)
    assert await daemon.memory.offers.look() is not None


async def test_nothing_is_asked_while_claw_is_stopped(house: House) -> None:
    daemon = house.daemon
    await daemon.desk.say("you may learn my habits", BEN)
    for day in range(6):
        await house.dim(day)
    house.at(6, "03:30")
    await daemon.memory.sleep.look()
    daemon.stop.engage("test", ANNA)
    house.at(6, "10:00")
    daemon.memory.offers.active("ben")
    assert await daemon.memory.offers.look() is None
    assert house.messages == []
    assert daemon.memory.habits.last_offer() is None
    house.at(7, "03:30")
    assert await daemon.memory.sleep.look() is None
