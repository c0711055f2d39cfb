"""What guards life is made of the house and its policy, and made anew when either changes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from claw.base.action import Action
from claw.house.mirror import Mirror
from claw.policy.load import parse_policy
from claw.routines.detectors import Detector
from claw.routines.safety import TEST, Safety, routine_of
from claw.routines.spec import MOST_DETECTORS, Acts, Becomes, Passes
from tests.gate_room import PEOPLE
from tests.safety_room import POLICY, SafetyRoom, safety_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[SafetyRoom]:
    async with safety_room(tmp_path) as made:
        yield made


def _ids(room: SafetyRoom) -> list[str]:
    return sorted(routine.id for routine in room.book.all())


async def test_there_is_one_for_each_danger_that_something_tells_of_and_one_that_tests_them(room: SafetyRoom) -> None:
    assert _ids(room) == ["safety-co", "safety-freeze", "safety-leak", "safety-smoke", "safety-test"]
    assert all(routine.safety and routine.fires for routine in room.book.all())
    spec = room.routine("smoke").spec
    assert [trigger.state for trigger in spec.when if isinstance(trigger, Becomes)] == [
        "binary_sensor.attic_smoke",
        "binary_sensor.kitchen_smoke",
    ]
    assert (spec.quiet, spec.cooldown, spec.max_runs, spec.only_if, spec.shadow) == (None, None, None, None, 0)
    frost = room.routine("freeze").spec.when[0]
    assert isinstance(frost, Passes)
    assert (frost.number, frost.below, frost.hysteresis, frost.for_) == ("sensor.hall_temperature", 5.0, 1.0, "10 min")


async def test_it_does_what_the_policy_lists_and_nothing_where_it_lists_nothing(room: SafetyRoom) -> None:
    listed = [step for step in room.routine("smoke").spec.do if isinstance(step, Acts)]
    assert [act.action for act in listed[0].actions] == ["light.turn_on", "lock.unlock", "cover.open_cover"]
    assert not [step for step in room.routine("leak").spec.do if isinstance(step, Acts)]
    room.judge.policy = parse_policy(POLICY.replace("smoke:", "leak:"), "p", PEOPLE, None)
    room.safety.renew()
    assert [step for step in room.routine("leak").spec.do if isinstance(step, Acts)] == listed
    assert not [step for step in room.routine("smoke").spec.do if isinstance(step, Acts)]


async def test_a_new_detector_is_watched_and_the_history_of_the_rest_stays(room: SafetyRoom) -> None:
    before = room.routine("leak")
    await room.clock.advance(100)
    told = room.mirror.told
    assert told is not None
    sink = replace(told.entities["binary_sensor.sink"], entity_id="binary_sensor.bath", name="Bath")
    entities = {key: one for key, one in told.entities.items() if "smoke" not in key}
    room.mirror.synced(
        replace(
            room.mirror.twin(), registry=replace(told, entities=MappingProxyType({**entities, sink.entity_id: sink}))
        )
    )
    room.safety.renew()
    assert _ids(room) == ["safety-co", "safety-freeze", "safety-leak", "safety-test"]
    assert len(room.routine("leak").spec.when) == 2
    assert room.routine("leak").created == before.created
    changed: list[str] = []
    room.book.changed.append(changed.append)
    room.safety.renew()
    assert changed == []


async def test_of_a_house_that_is_not_known_yet_nothing_is_made_or_taken_away(room: SafetyRoom) -> None:
    safety = Safety(room.book, Mirror(room.clock), lambda: room.judge.policy, room.clock)
    assert safety.renew() == ()
    assert len(_ids(room)) == 5


async def test_a_palace_has_as_many_detectors_as_it_has(room: SafetyRoom) -> None:
    many = [Detector(f"binary_sensor.d{n}", f"D{n}", "") for n in range(MOST_DETECTORS + 300)]
    many.append(Detector("binary_sensor.kitchen_sink", "Sink", "Kitchen"))
    acts = [Action("light.turn_on", ("light.lamp",))] * 20
    routine = routine_of("leak", many, acts, room.clock.now())
    assert len(routine.spec.when) == MOST_DETECTORS
    assert routine.spec.when[0] == Becomes(state="binary_sensor.kitchen_sink", to=("on",)), (
        "what is in a room goes first"
    )
    assert (
        routine.spec.model_validate_json(routine.spec.model_dump_json(by_alias=True, exclude_defaults=True))
        == routine.spec
    )
    assert TEST.startswith("safety-")
