"""A question about a draft survives its way through JSON, and what cannot be answered is refused with its line."""

import json
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from claw.audit.entries import Entry
from claw.base.action import Origin
from claw.base.errors import Refused
from claw.channels.draft_job import answered, packed, row_json
from claw.house.model import Area, Entity, House, Registry, State
from claw.policy.drafted import checked, explained, replayed
from claw.policy.people import Hours, People, Person
from claw.policy.supposing import Case, Ground

HOUSE = House(
    Registry(
        areas={"hall": Area("hall", "Hall")},
        entities={
            one.entity_id: one for one in (Entity("light.hall", "Hall", area="hall"), Entity("lock.front", "Front"))
        },
        location=(52.5, 13.4),
        time_zone="Europe/Berlin",
    ),
    MappingProxyType({"lock.front": State("locked", {"code": "1234"})}),
)
PEOPLE = People([Person("anna", "Anna", "owner", rooms=("hall",), hours=(Hours("06:00", "23:00"),))])
GROUND = Ground(PEOPLE, frozenset({"light.turn_on", "lock.unlock"}), HOUSE, datetime(2026, 1, 5, 12, tzinfo=UTC))
TEXT = "version: 1\nrules:\n  - {id: lights, allow: light.*}\n  - {id: locks, confirm: lock.unlock}\n"
ROW = Entry(
    3,
    GROUND.now,
    "intent",
    Origin("web", "anna", authenticated=True, strength="session"),
    None,
    {"action": {"name": "light.turn_on", "entities": ["light.hall"], "data": {}}, "effect": "deny"},
    {},
    b"",
)


def test_what_comes_back_is_what_would_be_said_here() -> None:
    assert answered(packed("check", TEXT, GROUND, before="version: 1\nrules: []\n")) == json.loads(
        json.dumps(checked(TEXT, "version: 1\nrules: []\n", GROUND))
    )
    case = Case(
        "lock.unlock", ("lock.front",), {"code": "1"}, person="anna", at="12:00", states={"lock.front": "jammed"}
    )
    for before, draft in (("", True), (TEXT, False)):
        told = answered(packed("explain", TEXT, GROUND, before=before, case=case))
        assert told == json.loads(json.dumps(explained(TEXT, case, GROUND, draft=draft)))
    told = answered(packed("replay", TEXT, GROUND, rows=[row_json(ROW)]))
    assert told == json.loads(json.dumps(replayed(TEXT, [ROW], GROUND)))
    assert told["judged"] == 1


def test_no_attribute_of_a_thing_goes_along() -> None:
    assert b"1234" not in packed("check", TEXT, GROUND, before=TEXT)


def test_what_is_no_policy_is_refused_with_its_line() -> None:
    with pytest.raises(Refused, match=r"^line 1: "):
        answered(packed("replay", "rules: 5", GROUND))
