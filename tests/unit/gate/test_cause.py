from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.action import to_json
from claw.gate.cause import Causes, Who
from claw.gate.deeds import Deeds
from claw.house.backend import Link
from claw.house.chronicle import Chronicle
from claw.house.model import Cause, Change, State
from claw.policy.people import People, Person
from tests.gate_room import LAMP_ON, OWNER, VOICE, Room, gate_room

PEOPLE = People([Person("anna", "Anna", "owner"), Person("ben", "Benjamin", "adult", entity="person.ben")])
LAMP = "light.lamp"


class Watch:
    def __init__(self, room: Room) -> None:
        self.room = room
        self.chronicle = Chronicle(room.mirror, room.clock)
        self.causes = Causes(self.chronicle, room.mirror, Deeds(room.audit, room.follower), PEOPLE)
        for entity in room.mirror.states:
            self.change(entity, "first")
        self.change("person.ben", "home", user_id="u-ben")
        self.change("person.guest", "home", user_id="u-guest")

    def change(
        self, entity: str, value: str, context: str | None = None, cause: Cause | None = None, **attributes: str
    ) -> None:
        state = State(value, attributes, self.room.clock.now(), context, cause)
        self.room.mirror.changed([Change(entity, state)])

    def who(self, entity: str = LAMP) -> Who:
        past = self.chronicle.last(entity)
        assert past is not None
        return self.causes.of(past)


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with gate_room(tmp_path) as room:
        yield Watch(room)


async def test_claw_is_known_with_who_asked(watch: Watch) -> None:
    number = (await watch.room.one(LAMP_ON, OWNER)).audit
    assert watch.who() == Who("claw", "Anna", "web", number)
    await watch.room.one(LAMP_ON)


async def test_claw_asked_by_a_voice_names_nobody(watch: Watch) -> None:
    number = (await watch.room.one(LAMP_ON, VOICE)).audit
    assert watch.who() == Who("claw", None, "voice:hall", number)


async def test_a_person_has_the_name_the_household_gave(watch: Watch) -> None:
    watch.change(LAMP, "on", "c1", Cause(user="u-ben"))
    assert watch.who() == Who("person", "Benjamin")
    watch.change(LAMP, "off", "c2", Cause(user="u-guest"))
    assert watch.who().person == "person.guest"


async def test_a_user_of_nobody_is_a_stranger_and_no_id_is_told(watch: Watch) -> None:
    watch.change(LAMP, "on", "c1", Cause(user="0123456789abcdef"))
    assert watch.who() == Who("stranger")
    assert "0123456789abcdef" not in str(to_json(watch.who()))


async def test_an_automation_is_known_with_what_set_it_off(watch: Watch) -> None:
    watch.change("binary_sensor.motion", "off", "c0")
    watch.change("binary_sensor.motion", "on", "c1")
    watch.change("automation.evening", "on", "c2", Cause(parent="c1"))
    watch.change(LAMP, "on", "c2", Cause(parent="c1"))
    assert watch.who() == Who("automation", run="automation.evening", trigger="binary_sensor.motion")


async def test_an_automation_that_a_person_set_off_tells_the_person(watch: Watch) -> None:
    watch.change("input_boolean.party", "off")
    watch.change("input_boolean.party", "on", "c1", Cause(user="u-ben"))
    watch.change("automation.party", "on", "c2", Cause(parent="c1"))
    watch.change(LAMP, "on", "c2", Cause(parent="c1"))
    who = watch.who()
    assert (who.run, who.trigger, who.after) == ("automation.party", "input_boolean.party", Who("person", "Benjamin"))


async def test_an_automation_that_claw_set_off_tells_the_entry(watch: Watch) -> None:
    number = (await watch.room.one(LAMP_ON, OWNER)).audit
    watch.change("automation.after", "on", "c2", Cause(parent="ctx1"))
    watch.change("switch.freezer", "off", "c2", Cause(parent="ctx1"))
    after = watch.who("switch.freezer").after
    assert after is not None
    assert (after.kind, after.entry) == ("claw", number)


async def test_a_run_that_changed_nothing_itself_is_still_known_as_what_set_it_off(watch: Watch) -> None:
    watch.change("automation.evening", "on", "c1")
    watch.change("automation.evening", "on", "c2", last_triggered="now")
    watch.change(LAMP, "on", "c3", Cause(parent="c2"))
    assert watch.who() == Who("unnamed", after=Who("automation", run="automation.evening"))


async def test_what_set_off_what_is_told_five_steps_back_and_no_further(watch: Watch) -> None:
    for step in range(9):
        watch.change(f"automation.a{step}", "off")
        watch.change(f"automation.a{step}", "on", f"c{step}", Cause(parent=f"c{step - 1}"))
    told, who = [], watch.causes.behind("c8", Cause(parent="c7"))
    while who is not None:
        told.append(who.run)
        who = who.after
    assert told == [f"automation.a{step}" for step in (8, 7, 6, 5, 4, 3)]


async def test_who_a_deed_was_for_is_told(watch: Watch) -> None:
    number = (await watch.room.one(LAMP_ON, OWNER)).audit
    deed = Deeds(watch.room.audit, watch.room.follower).of(number)
    assert deed is not None
    assert watch.causes.by(deed) == Who("claw", "Anna", "web", number)


async def test_a_script_is_told_with_who_ran_it(watch: Watch) -> None:
    watch.change("script.night", "on", "c3", Cause(user="u-ben"))
    watch.change(LAMP, "off", "c3", Cause(user="u-ben"))
    assert watch.who() == Who("script", "Benjamin", run="script.night")


async def test_no_user_and_nothing_before_it_is_a_hand_or_the_device(watch: Watch) -> None:
    watch.change(LAMP, "on", "c1")
    assert watch.who() == Who("hand")


async def test_something_set_off_that_nobody_names_is_that(watch: Watch) -> None:
    watch.change(LAMP, "on", "c1", Cause(parent="gone"))
    assert watch.who() == Who("unnamed")


async def test_what_nobody_saw_is_nobody_s(watch: Watch) -> None:
    watch.room.mirror.linked(Link("lost"))
    watch.change(LAMP, "on", "c1", Cause(user="u-ben"))
    assert watch.who() == Who("unseen")


async def test_contexts_in_a_ring_come_to_an_end(watch: Watch) -> None:
    watch.change("switch.freezer", "off", "c1", Cause(parent="c2"))
    watch.change("binary_sensor.x", "a", "c0")
    watch.change("binary_sensor.x", "on", "c2", Cause(parent="c1"))
    assert watch.who("switch.freezer").kind == "unnamed"
    assert watch.causes.behind("c1", Cause(parent="c1")).kind == "unnamed"
