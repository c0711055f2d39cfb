"""What rules and house say of a skill's rights before anybody asks."""

from collections.abc import Sequence
from typing import Any

import pytest

from claw.house.backend import Link
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.policy.load import parse_policy
from claw.skills.forbidding import Forbidding
from claw.skills.manifest import Manifest
from claw.skills.model import Skill
from tests.gate_room import HOUSE
from tests.held_clock import HeldClock
from tests.life_room import EVERYBODY

ALLOW = "{id: a, allow: [light.*, switch.*, lock.*, climate.*, claw.notify]}"


def _rules(*rules: str, linked: bool = True) -> Forbidding:
    clock = HeldClock()
    mirror = Mirror(clock)
    if linked:
        mirror.synced(parse_house(HOUSE))
        mirror.linked(Link("ready"))
    text = "version: 1\nrules:\n" + "".join(f"  - {rule}\n" for rule in rules)
    policy = parse_policy(text, "policy.yaml", EVERYBODY, None)
    return Forbidding(mirror, lambda: policy, EVERYBODY, clock)


def _skill(*may: dict[str, Any], **more: Any) -> Skill:
    manifest = Manifest.model_validate({"version": "1.0.0", "may": may, **more})
    return Skill("reading-light", "", manifest, "", "", {}, "0" * 64)


LAMP = _skill({"call": "light.turn_on", "on": {"entity": "light.lamp"}})
LIGHTS = _skill({"call": "light.turn_on", "on": {"domain": "light"}})
BRIGHT = _skill(
    {"call": "light.turn_on", "on": {"domain": "light"}, "data": {"brightness_pct": {"values": "{level}"}}},
    parameters={"level": {"type": "number", "min": 60, "max": 90}},
)
PLUGS = _skill({"call": "switch.turn_off", "on": {"domain": "switch"}})


@pytest.mark.parametrize("skill", [LAMP, LIGHTS, BRIGHT])
async def test_what_is_allowed_at_some_hour_is_not_denied(skill: Skill) -> None:
    assert await _rules(ALLOW).denied(skill, ()) is None


@pytest.mark.parametrize(
    ("skill", "rules", "people"),
    [
        (LAMP, ("{id: b, allow: switch.*}",), ()),
        (LAMP, (ALLOW, "{id: b, deny: light.turn_on}"), ()),
        (LIGHTS, (ALLOW, "{id: b, deny: light.*, on: {entity: light.lamp}}"), ()),
        (LAMP, (ALLOW, "{id: b, deny: light.*, who: {role: adult}}"), ("ben",)),
        (LAMP, (ALLOW, "{id: b, deny: light.*, who: {person: [anna, ben]}}"), ()),
        (LAMP, (ALLOW, "{id: b, deny: light.*, who: {skill: reading-light}}"), ()),
        (BRIGHT, (ALLOW, "{id: b, deny: light.*, beyond: {brightness_pct: {max: 50}}}"), ()),
        (_skill({"call": "claw.notify"}), ("{id: b, allow: light.*}",), ()),
    ],
)
async def test_what_its_people_may_never_do_is_denied_with_a_reason(
    skill: Skill, rules: Sequence[str], people: Sequence[str]
) -> None:
    why = await _rules(*rules).denied(skill, people)
    assert why is not None
    assert "the rules do not allow" in why


@pytest.mark.parametrize(
    "rule",
    [
        "{id: b, deny: light.*, when: {days: [sat, sun]}}",
        "{id: b, deny: light.*, when: {between: ['08:00', '20:00']}}",
        "{id: b, deny: light.*, when: {states: {switch.freezer: on}}}",
        "{id: b, deny: light.*, when: {tainted: true}}",
        "{id: b, deny: light.*, who: {channel: voice}}",
        "{id: b, deny: light.*, more_than: {times: 1, per: 1 min}}",
        "{id: b, deny: light.*, who: {role: adult}}",
    ],
)
async def test_what_depends_on_hour_state_number_or_asker_takes_nothing_from_everybody(rule: str) -> None:
    assert await _rules(ALLOW, rule).denied(LAMP, ()) is None


async def test_of_a_kind_all_must_be_denied_of_named_things_one() -> None:
    locks = {"call": "lock.lock", "on": {"domain": "lock"}}
    named = {"call": "lock.lock", "on": {"entity": ["lock.door", "lock.safe"]}}
    rules = _rules(ALLOW, "{id: b, deny: lock.*, on: {entity: lock.safe}}")
    assert await rules.denied(_skill(locks), ()) is None
    assert "lock.lock on lock.safe" in str(await rules.denied(_skill(named), ()))


async def test_an_empty_house_of_that_kind_denies_nothing() -> None:
    fans = _skill({"call": "fan.turn_on", "on": {"domain": "fan"}})
    assert await _rules(ALLOW).denied(fans, ()) is None


async def test_before_the_house_is_known_nothing_is_denied_and_nothing_gone() -> None:
    rules = _rules("{id: b, allow: switch.*}", linked=False)
    assert await rules.denied(LAMP, ()) is None
    assert rules.gone(LAMP) is None


@pytest.mark.parametrize(
    ("skill", "rules"),
    [
        (_skill({"call": "light.turn_on", "on": {"domain": "light"}}, confirm=["light.turn_on"]), (ALLOW,)),
        (_skill({"call": "lock.unlock", "on": {"entity": "lock.door"}}), (ALLOW,)),
        (_skill({"call": "script.turn_on", "on": {"entity": "script.anything"}}), (ALLOW,)),
        (LAMP, (ALLOW, "{id: b, confirm: light.*}")),
        (PLUGS, (ALLOW, "{id: b, confirm: switch.*, on: {entity: switch.freezer}}")),
        (LAMP, (ALLOW, "{id: b, confirm: light.*, when: {between: ['22:00', '23:00']}}")),
        (BRIGHT, (ALLOW, "{id: b, confirm: light.*, beyond: {brightness_pct: {max: 70}}}")),
    ],
)
async def test_what_a_person_is_asked_about_first_needs_an_owners_yes(skill: Skill, rules: Sequence[str]) -> None:
    assert await _rules(*rules).asks(skill) is not None


@pytest.mark.parametrize("rule", ["{id: b, confirm: light.*, when: {tainted: true}}", "{id: b, confirm: switch.*}"])
async def test_what_is_asked_only_of_others_is_not(rule: str) -> None:
    assert await _rules(ALLOW, rule).asks(LAMP) is None


@pytest.mark.parametrize(
    "skill",
    [
        _skill({"call": "light.turn_on", "on": {"entity": "light.gone"}}),
        _skill({"call": "light.turn_on", "on": {"domain": "light"}}, reads=[{"entity": "sensor.gone"}]),
        _skill(after=[{"of": {"entity": "light.gone"}, "values": "on"}]),
        _skill(parameters={"thing": {"type": "entity", "domain": "light", "default": "light.gone"}}),
    ],
)
def test_a_thing_that_is_named_and_not_there_is_gone(skill: Skill) -> None:
    assert "gone is not in the house any more" in str(_rules(ALLOW).gone(skill))


def test_globs_parameters_and_kinds_are_never_gone() -> None:
    may = {"call": "light.turn_on", "on": {"entity": ["light.x*", "{thing}"]}}
    skill = _skill(may, parameters={"thing": {"type": "entity", "domain": "light"}})
    assert _rules(ALLOW).gone(skill) is None
