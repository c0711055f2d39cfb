"""What must happen first, and what must be so besides."""

from typing import Any

import pytest

from claw.routines.talk_events import Event, Events
from claw.routines.talk_times import Reader
from claw.routines.talk_tongue import tongue_of
from tests.unit.routines.talking import ANNA, PEOPLE, Talking

HERE = Talking()
TONGUE = tongue_of(HERE.intents.language("en"))
EVENTS = Events(HERE.intents, HERE.mirror, PEOPLE)
READER = Reader(TONGUE)


def written(part: Any) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True, exclude_defaults=True)


@pytest.mark.parametrize(
    ("clause", "trigger"),
    [
        ("the front door opens", {"state": "binary_sensor.front_door", "to": ["on"]}),
        ("the front door is unlocked", {"state": "lock.front_door", "to": ["unlocked"]}),
        ("the garage door closes", {"state": "cover.garage_door", "to": ["closed"]}),
        ("the living room lamp is turned on", {"state": "light.living_room_lamp", "to": ["on"]}),
        ("the kitchen window is open for 5 minutes", {
            "state": "binary_sensor.kitchen_window", "to": ["on"], "for": "5 min",
        }),
        ("everyone has left for 10 minutes", {"presence": ["last"], "does": "leaves", "for": "10 min"}),
        ("Ben gets home", {"presence": ["ben"], "does": "comes"}),
    ],
)  # fmt: skip
async def test_a_clause_becomes_a_trigger(clause: str, trigger: dict[str, Any]) -> None:
    found = await EVENTS.event(clause, ANNA, TONGUE, READER)
    assert isinstance(found, Event)
    assert [written(one) for one in found.triggers] == [trigger]


async def test_any_of_a_kind_is_one_trigger_each_and_all_of_it_is_a_condition() -> None:
    found = await EVENTS.event("any window opens", ANNA, TONGUE, READER)
    assert isinstance(found, Event)
    assert len(found.triggers) == 3
    held = await EVENTS.event("all windows are closed", ANNA, TONGUE, READER)
    assert isinstance(held, Event)
    assert len(written(held.triggers[0])["holds"]["states"]) == 3


@pytest.mark.parametrize("clause", ["the unicorn arrives", "Zoe comes home", "the light", "", "the front door sings"])
async def test_what_is_not_known_is_no_event(clause: str) -> None:
    assert await EVENTS.event(clause, ANNA, TONGUE, READER) == "no_event"


@pytest.mark.parametrize(
    ("clause", "wish"),
    [
        ("it is dark", {"sun": "down"}),
        ("nobody is home", {"home": ["nobody"]}),
        ("somebody is home", {"home": ["anyone"]}),
        ("Ben is home", {"home": ["ben"]}),
        ("the front door is unlocked", {"states": {"lock.front_door": {"values": ["unlocked"]}}}),
        (
            "the temperature in the living room is above 25",
            {"states": {"sensor.living_room_temperature": {"min": 25.0}}},
        ),
    ],
)
async def test_a_clause_becomes_a_condition(clause: str, wish: dict[str, Any]) -> None:
    found = await EVENTS.condition(clause, ANNA, TONGUE)
    assert found is not None
    assert written(found) == wish


async def test_an_event_and_what_must_be_so_are_told_apart() -> None:
    found = await EVENTS.event("it is dark and Anna comes home", ANNA, TONGUE, READER)
    assert isinstance(found, Event)
    assert written(found.triggers[0]) == {"presence": ["anna"], "does": "comes"}
    assert found.only_if is not None
    assert written(found.only_if) == {"sun": "down"}
