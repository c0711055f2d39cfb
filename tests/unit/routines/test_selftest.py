"""The test of the alarms does nothing, tells the owners one line, and finds what would not work."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from claw.house.backend import Link
from claw.house.model import Change, Entity, State
from claw.policy.load import parse_policy
from claw.routines.spec import MOST_DETECTORS
from tests.gate_room import PEOPLE
from tests.safety_room import POLICY, SafetyRoom, safety_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[SafetyRoom]:
    async with safety_room(tmp_path) as made:
        yield made


async def test_all_is_well_and_nothing_moved(room: SafetyRoom) -> None:
    done = await room.fires("test")
    assert (done.status, done.would) == ("done", ())
    assert room.hand.sent == []
    line = "Test of the alarms: all well. 5 detectors and 3 listed acts were looked at; nothing was done."
    assert [(one.to, one.text, one.urgency) for one in room.told] == [("person:anna", line, "normal")]
    assert done.reason == line
    assert "intent" in room.kinds()  # its line is an act like any other
    assert (await room.selftest.look()).without == ("gas",)


def _away(room: SafetyRoom) -> None:
    room.drops("binary_sensor.sink")


def _gone(room: SafetyRoom) -> None:
    room.mirror.changed([Change("binary_sensor.sink", None)])


def _no_number(room: SafetyRoom) -> None:
    room.becomes("sensor.hall_temperature", "cold")


def _odd(room: SafetyRoom) -> None:
    room.becomes("binary_sensor.sink", "wet")


def _door_away(room: SafetyRoom) -> None:
    room.drops("lock.door")


def _denied(room: SafetyRoom) -> None:
    room.judge.policy = parse_policy(
        POLICY.replace("safety:", "  - {id: no, deny: lock.*}\nsafety:"), "p", PEOPLE, None
    )


def _never(room: SafetyRoom) -> None:
    text = POLICY + "never:\n  - {id: open, when: {states: {lock.door: unlocked}}}\n"
    room.judge.policy = parse_policy(text, "p", PEOPLE, None)


def _bad_data(room: SafetyRoom) -> None:
    room.judge.policy = parse_policy(POLICY.replace("brightness_pct: 100", "brightness_pct: 300"), "p", PEOPLE, None)


def _no_detector(room: SafetyRoom) -> None:
    room.judge.policy = parse_policy(POLICY.replace("smoke:", "gas:"), "p", PEOPLE, None)


def _missing(room: SafetyRoom) -> None:
    room.judge.policy = parse_policy(POLICY.replace("lock.safe", "lock.cellar"), "p", PEOPLE, None)


def _deaf(room: SafetyRoom) -> None:
    room.messages.listeners.clear()


def _unlinked(room: SafetyRoom) -> None:
    room.mirror.linked(Link("connecting"))


def _too_many(room: SafetyRoom) -> None:
    told = room.mirror.told
    assert told is not None
    more = {
        f"binary_sensor.d{n}": Entity(f"binary_sensor.d{n}", f"D{n}", device_class="moisture")
        for n in range(MOST_DETECTORS)
    }
    entities = MappingProxyType({**told.entities, **more})
    states = {**room.mirror.states, **dict.fromkeys(more, State("off"))}
    room.mirror.synced(replace(room.mirror.twin(), registry=replace(told, entities=entities), states=states))


def _flat(room: SafetyRoom) -> None:
    told = room.mirror.told
    assert told is not None
    sink = replace(told.entities["binary_sensor.sink"], device="d1")
    battery = Entity("sensor.sink_battery", "Battery", device="d1", device_class="battery", category="diagnostic")
    entities = MappingProxyType({**told.entities, sink.entity_id: sink, battery.entity_id: battery})
    states = {**room.mirror.states, battery.entity_id: State("7")}
    room.mirror.synced(replace(room.mirror.twin(), registry=replace(told, entities=entities), states=states))


@pytest.mark.parametrize(
    ("break_", "why"),
    [
        (_away, "Sink (Hall) reports nothing (unavailable)"),
        (_gone, "Sink (Hall) reports nothing (it is gone)"),
        (_no_number, "Hall Temperature reports no number"),
        (_odd, "Sink (Hall) reports neither on nor off"),
        (_door_away, "lock.door cannot be reached, and lock.unlock needs it"),
        (_denied, "lock.unlock on lock.door, lock.safe would be refused: the rule no says deny"),
        (_never, "lock.unlock on lock.door, lock.safe would be refused"),
        (_bad_data, "light.turn_on on light.lamp would be refused"),
        (_no_detector, "safety gas lists what to do, but nothing in this house would tell of it"),
        (_missing, "lock.unlock names 1 of its things that are not in this house any more"),
        (_deaf, "nothing listens to messages: nobody would be told"),
        (_unlinked, "the house is not connected, so nothing is known of the detectors"),
        (_too_many, "1 detectors of leak are too many to be watched"),
        (_flat, "the battery of Sink (Hall) is at 7 %"),
    ],
)
async def test_what_would_not_work_is_found(room: SafetyRoom, break_: Callable[[SafetyRoom], None], why: str) -> None:
    break_(room)
    done = await room.fires("test")
    assert any(one.startswith(why) for one in done.would), done.would
    assert "something would not work" in done.reason
    assert room.hand.sent == []
    if break_ is _deaf:
        assert done.status == "failed"
        assert "The owners could not be told" in done.reason
    else:
        assert [(one.to, one.urgency) for one in room.told] == [("person:anna", "high")]
