"""What guards life: exactly what is listed, past questions and a pause, and never past a denial or the stop."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Message, Origin
from claw.base.errors import Refused
from claw.gate.life import kind_of
from claw.gate.messages import notify
from claw.gate.pause import Pause
from claw.house.model import Change, Entity, State
from tests.gate_room import GARAGE, LAMP_OFF, LAMP_ON, OWNER, UNLOCK
from tests.hand_room import LIFE, ROUTINE, HandRoom, hand_room

POLICY = """\
version: 1
rules:
  - {id: unlock, confirm: lock.unlock}
  - {id: off, allow: light.turn_off}
  - {id: never-safe, deny: lock.unlock, on: {entity: lock.safe}}
  - {id: not-fast, deny: light.turn_on, when: {states: {switch.freezer: "off"}}}
safety:
  smoke:
    - {action: light.turn_on, entities: [light.lamp], data: {brightness_pct: 100}}
    - {action: lock.unlock, entities: [lock.door, lock.safe]}
  leak:
    - {action: cover.open_cover, entities: cover.garage}
never:
  - {id: gap, when: {states: {lock.door: unlocked, switch.freezer: "off"}}}
"""
BRIGHT = Action("light.turn_on", ("light.lamp",), {"brightness_pct": 100})
TELL = notify(Message("everyone", "Smoke!", "alarm", "high"))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[HandRoom]:
    async with hand_room(tmp_path, POLICY) as made:
        yield made


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        (BRIGHT, True),
        (UNLOCK, True),  # where the rule would ask
        (TELL, True),  # where no rule speaks of messages
        (replace(BRIGHT, data={"brightness_pct": 50}), False),
        (LAMP_ON, False),
        (LAMP_OFF, False),  # though a rule allows it to anybody
        (GARAGE, False),  # listed for another danger
        (Action("lock.unlock", ("lock.safe",)), False),  # listed, and denied
        (Action("lock.unlock", ("lock.door", "lock.safe")), False),
        (Action("lock.open", ("lock.door",)), False),
    ],
)
async def test_exactly_what_is_listed_is_done(room: HandRoom, action: Action, allowed: bool) -> None:
    assert not room.told
    outcome = await room.one(action, LIFE)
    assert (outcome.status in {"done", "sent"}) == allowed, outcome.detail
    assert (action in room.hand.sent or bool(room.told)) == allowed


async def test_what_is_listed_is_nobody_elses(room: HandRoom) -> None:
    performed = await room.gate.perform((UNLOCK,), OWNER)
    assert performed.pending is not None
    for origin in (ROUTINE, replace(LIFE, routine="safety-gas"), replace(LIFE, channel="web")):
        outcome = (await room.gate.perform((BRIGHT,), origin)).outcomes[0]
        assert outcome.status == "refused", origin


async def test_a_denial_on_a_state_counts_now_and_also_where_the_state_is_not_known(room: HandRoom) -> None:
    room.becomes("switch.freezer", "unknown")
    assert (await room.one(BRIGHT, LIFE)).status == "refused"
    room.becomes("switch.freezer", "on")
    assert (await room.one(BRIGHT, LIFE)).status == "done"


async def test_what_must_never_be_is_not_brought_about_in_danger_either(room: HandRoom) -> None:
    room.becomes("switch.freezer", "off")
    outcome = await room.one(UNLOCK, LIFE)
    assert (outcome.status, outcome.decision and outcome.decision.rule) == ("refused", "gap")


async def test_a_pause_holds_routines_and_not_what_guards_life_and_the_stop_holds_both(room: HandRoom) -> None:
    pause = Pause(room.folder, room.clock)
    room.stop.pauses.append(pause.check)
    pause.begin("peace", OWNER)
    assert (await room.one(LAMP_OFF, ROUTINE)).detail == "paused"
    assert (await room.one(BRIGHT, LIFE)).status == "done"
    for forged in (replace(LIFE, routine="safety-made-up"), replace(LIFE, person="anna"), replace(LIFE, channel="web")):
        assert (await room.one(BRIGHT, forged)).status == "refused"
        assert room.hand.sent == [BRIGHT]
    room.stop.engage("stop", OWNER)
    assert (await room.one(BRIGHT, LIFE)).detail == "stopped"


async def test_a_name_alone_guards_nothing(room: HandRoom) -> None:
    """Where nobody who knows the routines says so, a routine that is called like one of them is held like any other."""

    class Another:
        def maker(self, origin: Origin) -> Origin | None:
            del origin
            return OWNER

    assert room.judge.guards_life(LIFE)
    room.judge.makers.maker = Another().maker  # type: ignore[method-assign]
    assert not room.judge.guards_life(LIFE)
    room.stop.pauses.append(_paused)
    assert (await room.one(BRIGHT, LIFE)).detail == "paused"


def _paused() -> None:
    raise Refused("paused")


async def test_what_was_renamed_is_still_meant_and_what_took_its_name_is_not(room: HandRoom) -> None:
    registry = room.mirror.registry
    lamp = replace(registry.entities["light.lamp"], entity_id="light.hall", former="light.lamp")
    other = Entity("light.lamp", "Other", former="")
    entities = {**registry.entities, "light.hall": lamp, "light.lamp": other}
    room.mirror.follow_by(lambda told: replace(told, entities=entities))
    room.mirror.changed([Change("light.hall", State("off", room.mirror.states["light.lamp"].attributes))])
    assert (await room.one(BRIGHT, LIFE)).status == "refused"
    assert (await room.one(replace(BRIGHT, entities=("light.hall",)), LIFE)).status == "done"


async def test_whoever_floods_the_house_does_not_silence_its_alarms(tmp_path: Path) -> None:
    limits = """\
  - {id: much-talk, deny: claw.notify, who: {channel: routine}, more_than: {times: 2, per: 10 min}}
  - {id: much-light, deny: "light.*", more_than: {times: 2, per: 10 min}}
  - {id: talk, allow: claw.notify}
safety:
"""
    async with hand_room(tmp_path, POLICY.replace("safety:\n", limits)) as room:
        for number in range(4):
            note = notify(Message("everyone", f"{number}"))
            assert ((await room.one(note, ROUTINE)).status == "refused") == (number >= 2)
            assert ((await room.one(LAMP_OFF, OWNER)).status == "refused") == (number >= 2)
        assert (await room.one(TELL, LIFE)).status == "sent"
        assert (await room.one(BRIGHT, LIFE)).status == "done"


async def test_whoever_denies_the_message_itself_is_obeyed(tmp_path: Path) -> None:
    deny = "  - {id: quiet, deny: claw.notify, who: {routine: safety-*}}\nsafety:\n"
    async with hand_room(tmp_path, POLICY.replace("safety:\n", deny)) as room:
        outcome = await room.one(TELL, LIFE)
        assert (outcome.status, outcome.decision and outcome.decision.rule) == ("refused", "quiet")


@pytest.mark.parametrize(
    ("routine", "kind"), [("safety-co", "co"), ("safety-test", ""), ("smoke", ""), ("safety-", ""), ("safety-x", "")]
)
def test_of_what_danger_a_routine_is(routine: str, kind: str) -> None:
    assert kind_of(routine) == kind
