from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Origin
from claw.house.model import Entity, House, Registry
from claw.policy.conditions import dynamic_conditions, static_conditions, together
from claw.policy.people import People
from claw.policy.rates import NO_ACTS
from claw.policy.rules import Rule

HOUSE = House(Registry(), {})
NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
EVERYTHING = {
    "id": "a",
    "allow": ["light.*", "script.*"],
    "on": {"entity": "script.a", "area": ["x", "y"]},
    "except": {"label": "z"},
    "who": {"authenticated": True, "role": "owner", "person": "anna", "channel": "web", "place": "hall"},
    "when": {"tainted": False, "between": ["22:00", "07:00"], "days": "mon", "states": {"a.b": {"min": 1, "max": 2}}},
    "within": {"position": {"max": 5}},
}


def test_every_condition_says_what_it_wants() -> None:
    rule = Rule.model_validate(EVERYTHING)
    assert [one.text for one in static_conditions(rule)] == [
        "the exact entity id of what is set off, under on: entity",
        "entity: script.a",
        "area: x or y",
        "an entity outside except: label",
    ]
    assert [one.text for one in dynamic_conditions(rule, People())] == [
        "a person who is signed in",
        "role: owner",
        "person: anna",
        "channel: web",
        "place: hall",
        "no influence from outside",
        "between 22:00 and 07:00 on mon",
        "a.b: min 1 and max 2",
        "within: position at most 5",
    ]


def test_a_rule_about_direct_actions_needs_no_exact_id() -> None:
    assert static_conditions(Rule.model_validate({"id": "a", "allow": "light.*"})) == ()
    assert len(static_conditions(Rule.model_validate({"id": "a", "allow": "*"}))) == 1
    assert static_conditions(Rule.model_validate({"id": "a", "confirm": "script.*"})) == ()


def test_an_action_without_an_entity_fits_no_on() -> None:
    (condition,) = static_conditions(Rule.model_validate({"id": "a", "deny": "*", "on": {"entity": "*"}}))
    assert not condition.fits("claw.notify", None, Registry())
    assert condition.fits("light.turn_on", Entity("light.a", "A"), Registry())


def test_all_conditions_together_hold_only_if_each_does() -> None:
    assert together(()) is None
    who = {"who": {"authenticated": True, "channel": "web", "place": "hall"}}
    found = dynamic_conditions(Rule.model_validate({"id": "a", "allow": "*", **who}), People())
    test = together(tuple(one.holds for one in found))
    assert test is not None
    for channel, place, authenticated in (
        ("web", "hall", True),
        ("cli", "hall", True),
        ("web", "x", True),
        ("web", "hall", False),
    ):
        origin = Origin(channel, place=place, authenticated=authenticated)
        expected = (channel, place, authenticated) == ("web", "hall", True)
        assert test(HOUSE, Action("light.turn_on"), origin, None, NOW, NO_ACTS) is expected


def fits(rule: dict[str, object], action: str, entity: Entity) -> bool:
    return all(one.fits(action, entity, Registry()) for one in static_conditions(Rule.model_validate(rule)))


@pytest.mark.parametrize("exposed", [True, False, None])
@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("effect", ["allow", "confirm", "deny"])
def test_what_nobody_knows_to_be_exposed_fits_what_makes_a_rule_stricter(
    effect: str, *, wanted: bool, exposed: bool | None
) -> None:
    lamp = Entity("light.a", "A", exposed=exposed)
    stricter = effect != "allow"
    inside = {"id": "a", effect: "light.*", "on": {"exposed": wanted}}
    assert fits(inside, "light.turn_on", lamp) is (stricter if exposed is None else exposed is wanted)
    outside = {"id": "a", effect: "light.*", "except": {"exposed": wanted}}
    assert fits(outside, "light.turn_on", lamp) is (stricter if exposed is None else exposed is not wanted)


@pytest.mark.parametrize("on", [{"exposed": True}, {"exposed": False}, {"exposed": True, "entity": "*"}])
@pytest.mark.parametrize(
    ("entity", "risky", "harmless"),
    [
        (Entity("lock.a", "A"), "lock.unlock", "lock.lock"),
        (Entity("cover.a", "A", device_class="garage"), "cover.open_cover", "cover.close_cover"),
        (Entity("cover.a", "A"), "cover.toggle", "cover.stop_cover"),
        (Entity("siren.a", "A"), "siren.turn_on", "siren.turn_off"),
        (Entity("valve.a", "A"), "valve.open_valve", "valve.close_valve"),
    ],
)
def test_no_allow_reaches_what_is_risky_by_exposure(
    on: dict[str, object], entity: Entity, risky: str, harmless: str
) -> None:
    entity = Entity(entity.entity_id, "A", device_class=entity.device_class, exposed=bool(on["exposed"]))
    rule = {"id": "a", "allow": "*.*", "on": on}
    assert not fits(rule, risky, entity)
    assert fits(rule, harmless, entity)
    assert fits({"id": "a", "deny": "*.*", "on": on}, risky, entity)
