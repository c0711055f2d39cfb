"""The newer words of the language, each through the judge itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Action, Decision, Origin
from claw.house.model import Entity, House, Registry, State
from claw.policy import reach
from claw.policy.decide import Policy
from claw.policy.people import Hours, People, Person
from claw.policy.rates import Acts
from claw.policy.rules import Rule
from tests.unit.policy.random_policies import random_house, random_request, random_rule

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)  # a Wednesday, 13:00 in Berlin
MORNINGS = (Hours("09:00", "12:00", ("wed",)),)
PEOPLE = People(
    [
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("mia", "Mia", "child", rooms=("kids",)),
        Person("cleo", "Cleo", "service", rooms=("hall",), hours=MORNINGS, end=date(2026, 1, 14)),
        Person("gus", "Gus", "guest", end=date(2026, 1, 7)),
    ]
)
ANNA = Origin("web", "anna", authenticated=True, strength="session")
MIA = Origin("web", "mia", authenticated=True)
CLEO = Origin("web", "cleo", authenticated=True)
VOICE = Origin("voice:hall")
ENTITIES = [
    Entity("light.hall", "Hall", area="hall"),
    Entity("light.kids", "Kids", area="kids"),
    Entity("light.nowhere", "Nowhere"),
    Entity("lock.front", "Front", area="hall"),
    Entity("switch.freezer", "Freezer"),
    Entity("script.night", "Night"),
    Entity("scene.x", "X"),
    Entity("notify.phone", "Phone"),
]
REGISTRY = Registry(
    entities={entity.entity_id: entity for entity in ENTITIES},
    time_zone="Europe/Berlin",
    location=(52.52, 13.405),
    groups={"group.all": ("light.hall", "lock.front")},
)
HOUSE = House(REGISTRY, {"person.anna": State("home")})
LAMP = Action("light.turn_on", ("light.hall",))
KIDS = Action("light.turn_on", ("light.kids",))
UNLOCK = Action("lock.unlock", ("lock.front",))


def policy(*rules: Mapping[str, object]) -> Policy:
    return Policy([Rule.model_validate({"id": f"r{at}", **rule}) for at, rule in enumerate(rules)], PEOPLE)


def effect(
    rules: Policy, action: Action = LAMP, origin: Origin = ANNA, now: datetime = NOON, house: House = HOUSE, **more: Any
) -> str:
    return rules.decide(house, action, origin, now, **more).effect


# What is not known: for deny and confirm it holds, for allow never.

UNKNOWABLE = [
    ({"states": {"sensor.x": "on"}}, HOUSE),
    ({"states": {"person.anna": "home"}}, replace(HOUSE, stale=True)),
    ({"home": "anyone"}, replace(HOUSE, stale=True)),
    ({"home": "nobody"}, House(REGISTRY, {"person.anna": State("unknown")})),
    ({"home": "anna"}, House(REGISTRY, {"person.anna": State("unavailable")})),
    ({"away": "anna"}, House(REGISTRY, {})),
    ({"home": "mia"}, HOUSE),
    ({"sun": "up"}, House(replace(REGISTRY, location=None), {})),
    ({"sun": "down"}, House(replace(REGISTRY, location=(78.2, 15.6), time_zone="Arctic/Longyearbyen"), {})),
    ({"between": ["sunset", "23:00"]}, House(replace(REGISTRY, location=None), {})),
    ({"between": ["07:00", "23:00"]}, House(replace(REGISTRY, time_zone="No/Where"), {})),
]


@pytest.mark.parametrize(("when", "house"), UNKNOWABLE)
def test_what_is_not_known_fits_every_deny_and_confirm_and_no_allow(when: Mapping[str, object], house: House) -> None:
    assert effect(policy({"allow": "light.*", "when": when}), house=house) == "deny"
    assert effect(policy({"allow": "light.*"}, {"confirm": "light.*", "when": when}), house=house) == "confirm"
    assert effect(policy({"allow": "light.*"}, {"deny": "light.*", "when": when}), house=house) == "deny"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"home": "anyone"}, "allow"),
        ({"home": "nobody"}, "deny"),
        ({"home": "anna"}, "allow"),
        ({"away": "anna"}, "deny"),
        ({"sun": "up"}, "allow"),
        ({"sun": "down"}, "deny"),
        ({"between": ["sunrise", "sunset"]}, "allow"),
        ({"between": ["sunset-00:30", "23:00"]}, "deny"),
    ],
)
def test_what_is_known_decides(when: Mapping[str, object], expected: str) -> None:
    assert effect(policy({"allow": "light.*", "when": when})) == expected


# Who asks.


def test_a_rule_may_be_about_the_askers_own_rooms() -> None:
    rules = policy({"allow": "light.*", "who": {"rooms": "own"}})
    assert effect(rules, KIDS, MIA) == "allow"
    for action in (LAMP, Action("light.turn_on", ("light.nowhere",)), Action("light.turn_on")):
        assert effect(rules, action, MIA) == "deny"
    assert effect(rules, Action("light.turn_on", ("light.kids", "light.hall")), MIA) == "deny"
    for origin in (ANNA, VOICE, replace(MIA, authenticated=False)):
        assert effect(rules, KIDS, origin) == "deny"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-07 08:59", "deny"),
        ("2026-01-07 09:00", "allow"),
        ("2026-01-07 11:59", "allow"),
        ("2026-01-07 12:00", "deny"),
        ("2026-01-08 10:00", "deny"),
        ("2026-01-14 10:00", "allow"),
        ("2026-01-21 10:00", "deny"),
    ],
)
def test_outside_their_hours_and_after_their_last_day_somebody_is_nobody(now: str, expected: str) -> None:
    berlin = datetime.fromisoformat(now).replace(tzinfo=UTC) - timedelta(hours=1)
    for who in ({"role": "service"}, {"person": "cleo"}, {"authenticated": True}, {"rooms": "own"}):
        rules = policy({"allow": "light.*", "who": who})
        assert effect(rules, LAMP, CLEO, berlin) == expected
        assert rules.explain(HOUSE, LAMP, CLEO, berlin).decision.effect == expected
    nobody = policy({"allow": "light.*"}, {"deny": "light.*", "who": {"authenticated": False}})
    assert effect(nobody, LAMP, CLEO, berlin) == expected


def test_the_last_day_ends_at_midnight_in_the_house() -> None:
    rules, gus = policy({"allow": "light.*", "who": {"role": "guest"}}), replace(ANNA, person="gus")
    assert effect(rules, LAMP, gus, datetime(2026, 1, 7, 22, 59, tzinfo=UTC)) == "allow"
    assert effect(rules, LAMP, gus, datetime(2026, 1, 7, 23, 0, tzinfo=UTC)) == "deny"


def test_where_the_time_is_not_known_only_who_always_counts_does() -> None:
    house = House(replace(REGISTRY, time_zone="No/Where"), {})
    rules = policy({"allow": "light.*", "who": {"authenticated": True}})
    assert effect(rules, LAMP, CLEO, NOON, house) == "deny"
    assert effect(rules, LAMP, ANNA, NOON, house) == "allow"


@pytest.mark.parametrize("key", ["routine", "skill"])
def test_a_rule_may_be_about_the_routine_or_skill_that_asks(key: str) -> None:
    rules = policy({"allow": "light.*", "who": {key: ["night*", "x"]}})
    for name, expected in (("night_lights", "allow"), ("x", "allow"), ("xx", "deny"), ("", "deny")):
        assert effect(rules, LAMP, Origin("routine", **{key: name})) == expected
    assert effect(policy({"allow": "light.*", "who": {key: "*"}}), LAMP, ANNA) == "deny"


# How often.


def done(*actions: Action, origin: Origin = ANNA, ago: float = 10) -> Acts:
    acts = Acts()
    acts.load([(NOON - timedelta(seconds=ago), action, origin) for action in actions])
    return acts


TWICE = {"times": 2, "per": "1 min"}


def test_an_allow_speaks_no_oftener_than_it_says_and_a_deny_only_beyond() -> None:
    allow, deny = (
        policy({"allow": "light.*", "at_most": TWICE}),
        policy({"allow": "*"}, {"deny": "light.*", "more_than": TWICE}),
    )
    for count, expected in ((0, "allow"), (1, "allow"), (2, "deny"), (9, "deny")):
        assert effect(allow, acts=done(*[LAMP] * count)) == expected
        assert effect(deny, acts=done(*[LAMP] * count)) == expected
        assert effect(allow, acts=done(*[LAMP] * count, ago=61)) == "allow"
    confirm = policy({"allow": "light.*"}, {"confirm": "light.*", "more_than": TWICE})
    assert [effect(confirm, acts=done(*[LAMP] * count)) for count in (1, 2)] == ["allow", "confirm"]


def test_only_what_the_rule_is_about_counts() -> None:
    rules = policy(
        {"allow": "light.*", "on": {"area": "hall"}, "at_most": TWICE}, {"allow": "light.*", "on": {"area": "kids"}}
    )
    assert effect(rules, acts=done(*[KIDS] * 9)) == "allow"
    assert effect(rules, acts=done(*[UNLOCK] * 9)) == "allow"
    assert effect(rules, acts=done(Action("light.turn_off", ("light.kids", "light.hall")), LAMP)) == "deny"
    child = policy({"allow": "light.*", "who": {"role": "child"}, "at_most": TWICE})
    assert effect(child, LAMP, MIA, acts=done(*[LAMP] * 9)) == "allow", "what others do is not counted against her"
    assert effect(child, LAMP, MIA, acts=done(*[LAMP] * 2, origin=MIA)) == "deny"


def test_it_counts_for_each_thing_or_person_where_the_rule_says_so() -> None:
    things = policy({"allow": "light.*", "at_most": {**TWICE, "each": "entity"}})
    assert effect(things, KIDS, acts=done(LAMP, LAMP)) == "allow"
    assert effect(things, LAMP, acts=done(LAMP, LAMP)) == "deny"
    assert effect(things, Action("light.turn_on", ("light.kids", "light.hall")), acts=done(LAMP, LAMP)) == "deny"
    people = policy({"allow": "light.*", "at_most": {**TWICE, "each": "person"}})
    assert effect(people, LAMP, MIA, acts=done(LAMP, LAMP)) == "allow"
    assert effect(people, LAMP, ANNA, acts=done(LAMP, LAMP)) == "deny"
    claimed = replace(MIA, authenticated=False)
    assert effect(people, LAMP, claimed, acts=done(LAMP, LAMP, origin=VOICE)) == "deny", "a claimed name is nobody's"


def test_what_a_script_did_counts_as_done() -> None:
    rules = policy({"allow": "light.*", "on": {"area": "hall"}, "at_most": {**TWICE, "each": "entity"}}, BY_ID)
    house = sets_off(LAMP)
    assert effect(rules, LAMP, house=house, acts=done(NIGHT, LAMP)) == "deny"
    assert effect(rules, NIGHT, house=house, acts=done(NIGHT, NIGHT)) == "deny"
    assert effect(rules, NIGHT, house=house, acts=done(NIGHT)) == "allow"
    assert effect(rules, LAMP, house=sets_off(KIDS), acts=done(NIGHT, NIGHT)) == "allow"


def test_a_rename_forgives_nothing() -> None:
    rules = policy({"allow": "light.*", "on": {"area": "hall"}, "at_most": TWICE})
    assert effect(rules, acts=done(*[Action("light.turn_on", ("light.old_name",))] * 2)) == "deny"


def test_what_a_script_did_forgives_nothing_where_it_has_grown_beyond_judging(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = policy({"allow": "light.*", "at_most": TWICE}, BY_ID)
    house = sets_off(LAMP, KIDS, Action("light.turn_off", ("light.hall",)))
    monkeypatch.setattr(reach, "MOST_PARTS", 2)
    assert effect(rules, LAMP, house=house, acts=done(NIGHT)) == "allow"
    assert effect(rules, LAMP, house=house, acts=done(NIGHT, NIGHT)) == "deny"


def test_what_is_counted_for_all_is_counted_for_all_whoever_did_it() -> None:
    rules = policy({"allow": "light.*", "at_most": TWICE})
    for origin in (MIA, VOICE, ANNA):
        assert effect(rules, acts=done(LAMP, LAMP, origin=origin)) == "deny"


def test_an_act_on_no_thing_counts_only_where_the_rule_is_about_it() -> None:
    tell = Action("claw.notify")
    rules = policy({"allow": "claw.notify", "who": {"role": "child"}, "at_most": TWICE})
    assert effect(rules, tell, MIA, acts=done(*[tell] * 9)) == "allow", "others did it"
    assert effect(rules, tell, MIA, acts=done(tell, tell, origin=MIA)) == "deny"


def test_a_sum_is_a_budget() -> None:
    rules = policy({"allow": "claw.model", "at_most": {"sum": "tokens", "total": 100, "per": "24 h"}})

    def ask(tokens: object) -> Action:
        return Action("claw.model", (), {"tokens": tokens})

    spent = done(ask(60))
    for tokens, expected in (
        (0, "allow"),
        (40, "allow"),
        (40.5, "deny"),
        (-1, "deny"),
        ("1", "deny"),
        (True, "deny"),
        (float("nan"), "deny"),
    ):
        assert effect(rules, ask(tokens), acts=spent) == expected
    assert effect(rules, Action("claw.model"), acts=spent) == "deny", "who does not say how much is not within"
    over = policy({"allow": "*"}, {"confirm": "claw.model", "more_than": {"sum": "tokens", "total": 100, "per": "1 h"}})
    assert [effect(over, ask(tokens), acts=spent) for tokens in (40, 41, None)] == ["allow", "confirm", "confirm"]


def test_the_actions_of_one_plan_count_together() -> None:
    rules, acts = policy({"allow": "light.*", "at_most": TWICE}), done(LAMP)
    found = rules.decide_plan(HOUSE, [LAMP, KIDS, LAMP], ANNA, NOON, acts)
    assert [one.effect for one in found] == ["allow", "deny", "deny"]
    assert effect(rules, acts=acts) == "allow", "a plan that was only judged is not counted"
    assert [one.effect for one in rules.decide_plan(HOUSE, [LAMP, LAMP], ANNA, NOON)] == ["allow", "allow"]


def test_an_explanation_says_that_it_was_too_often() -> None:
    rules = policy({"allow": "light.*", "at_most": {**TWICE, "each": "entity"}})
    (one,) = rules.explain(HOUSE, LAMP, ANNA, NOON, done(LAMP, LAMP)).entities
    assert one.nearest is not None
    assert one.nearest.lacked == "at most 2 times in 1 min for each entity"


# Whom it tells.


def told(rules: Policy, action: Action = UNLOCK, origin: Origin = ANNA, **more: Any) -> Decision:
    return rules.decide(HOUSE, action, origin, NOON, **more)


def test_every_rule_that_has_a_say_tells_its_people() -> None:
    rules = policy(
        {"allow": "lock.*", "notify": "owner"},
        {"confirm": "lock.unlock", "notify": ["mia", "owner"]},
        {"allow": "light.*", "notify": "gus"},
        {"deny": "lock.unlock", "who": {"role": "child"}, "notify": "everyone"},
        {"allow": "lock.*", "who": {"channel": "cli"}, "notify": "cleo"},
    )
    assert told(rules).effect == "confirm"
    assert set(told(rules).notify) == {"person:anna", "person:mia"}
    assert (told(rules, origin=MIA).effect, told(rules, origin=MIA).notify) == ("deny", ("everyone",))
    assert told(rules, LAMP).notify == ("person:gus",)
    assert told(rules, Action("lock.lock", ("lock.front",))).notify == ("person:anna",)
    both = told(rules, Action("light.turn_on", ("light.kids", "light.hall")))
    assert (both.effect, both.notify) == ("allow", ("person:gus",))


def test_a_rule_about_other_things_tells_nobody_of_this_one() -> None:
    rules = policy({"allow": "light.*"}, {"allow": "light.*", "on": {"area": "hall"}, "notify": "gus"})
    assert (told(rules, LAMP).notify, told(rules, KIDS).notify) == (("person:gus",), ())
    assert told(rules, Action("light.turn_on", ("light.kids", "light.hall"))).notify == ("person:gus",)


def test_a_script_tells_whom_its_steps_tell() -> None:
    registry = replace(REGISTRY, steps={"script.night": (UNLOCK,)})
    rules = policy({"allow": "*", "on": {"entity": "script.night"}}, {"confirm": "lock.unlock", "notify": "owner"})
    decision = rules.decide(House(registry, {}), Action("script.turn_on", ("script.night",)), ANNA, NOON)
    assert (decision.effect, decision.notify) == ("confirm", ("person:anna",))


# What sets off something else.

NIGHT, SCENE = Action("script.turn_on", ("script.night",)), Action("scene.turn_on", ("scene.x",))
BY_ID = {
    "allow": ["script.*", "scene.*", "homeassistant.*"],
    "on": {"entity": ["script.night", "scene.x", "light.hall"]},
}
LOCKS = ({"confirm": ["lock.unlock", "lock.open"]}, {"allow": "lock.lock"}, {"allow": "light.*"})


def sets_off(*steps: Action, reaches: tuple[str, ...] = ()) -> House:
    known = {"script.night": steps} if steps else {}
    return House(replace(REGISTRY, steps=known, reaches={"scene.x": reaches, "script.night": reaches}), {})


@pytest.mark.parametrize(
    ("house", "expected"),
    [
        (sets_off(LAMP, Action("lock.lock", ("lock.front",))), "allow"),
        (sets_off(LAMP, UNLOCK), "confirm"),
        (sets_off(reaches=("lock.front", "light.hall")), "confirm"),
        (sets_off(reaches=("light.hall",)), "allow"),
        (sets_off(Action("scene.turn_on", ("scene.x",)), reaches=("lock.front",)), "confirm"),
        (sets_off(Action("shell_command.rm")), "deny"),
        (sets_off(Action("switch.turn_off", ("switch.freezer",))), "deny"),  # which no rule allows
        (sets_off(), "allow"),
        (sets_off(reaches=("group.all",)), "confirm"),
    ],
)
def test_a_script_allowed_by_its_id_is_still_what_it_does(house: House, expected: str) -> None:
    rules = policy(BY_ID, *LOCKS)
    assert effect(rules, NIGHT, house=house) == expected
    several = Action("script.turn_on", ("script.night", "script.night"))
    assert effect(rules, several, house=house) == expected


def test_a_scene_that_may_unlock_is_denied_where_unlocking_is() -> None:
    rules = policy(BY_ID, {"deny": "lock.unlock"})
    assert effect(rules, SCENE, house=sets_off(reaches=("lock.front",))) == "deny"
    assert effect(policy(BY_ID), SCENE, house=sets_off(reaches=("lock.front",))) == "deny", "no rule allows it"


def test_a_scene_may_not_touch_what_nobody_may_touch() -> None:
    everything = policy(BY_ID, {"deny": "*", "on": {"entity": "switch.freezer"}})
    assert effect(everything, SCENE, house=sets_off(reaches=("switch.freezer",))) == "deny"
    strange = {**REGISTRY.entities, "kiln.k": Entity("kiln.k", "Kiln")}
    kiln = House(replace(REGISTRY, entities=strange, reaches={"scene.x": ("kiln.k",)}), {})
    assert effect(policy(BY_ID, {"deny": "*", "on": {"entity": "kiln.k"}}), SCENE, house=kiln) == "deny"
    assert effect(policy(BY_ID), SCENE, house=kiln) == "allow"
    one_way = policy(BY_ID, {"deny": "switch.turn_off", "on": {"entity": "switch.freezer"}})
    assert effect(one_way, SCENE, house=sets_off(reaches=("switch.freezer",))) == "allow"
    asked = policy(BY_ID, {"confirm": "*", "on": {"entity": "switch.freezer"}})
    assert effect(asked, SCENE, house=sets_off(reaches=("switch.freezer",))) == "allow", "a question is no denial"


def test_a_generic_action_needs_what_the_real_one_needs() -> None:
    action = Action("homeassistant.turn_on", ("light.hall",))
    assert effect(policy(BY_ID), action) == "deny"
    assert effect(policy(BY_ID, {"allow": "light.*"}), action) == "allow"
    assert effect(policy(BY_ID, {"allow": "light.*"}, {"confirm": "light.turn_on"}), action) == "confirm"


def test_an_explanation_names_what_a_script_does() -> None:
    found = policy(BY_ID, *LOCKS).explain(sets_off(LAMP, UNLOCK), NIGHT, ANNA, NOON)
    assert [(one.action, one.entity, one.decision.effect) for one in found.entities] == [
        ("script.turn_on", "script.night", "allow"),
        ("light.turn_on", "light.hall", "allow"),
        ("lock.unlock", "lock.front", "confirm"),
    ]


def test_what_cannot_be_judged_in_time_is_denied() -> None:
    steps = tuple(Action("light.turn_on", ("light.hall",), {"brightness": n}) for n in range(3000))
    assert effect(policy(BY_ID, {"allow": "*"}), NIGHT, house=sets_off(*steps)) == "deny"


# Messages that are none, and names in the wrong letters.


@pytest.mark.parametrize(
    "message",
    ["command_bluetooth", " Command_Volume_Level", '"command_dnd', "clear_notification", "request_location_update"],
)
@pytest.mark.parametrize("action", ["notify.mobile_app_anna", "notify.notify"])
def test_a_command_to_a_phone_is_no_message(message: str, action: str) -> None:
    rules = policy({"allow": "*"}, {"allow": "notify.*"})
    assert effect(rules, Action(action, (), {"message": message})) == "deny"
    assert effect(rules, Action(action, (), {"message": f"the words {message}"})) == "allow"
    assert effect(rules, Action("notify.send_message", ("notify.phone",), {"message": message})) == "deny"
    assert rules.explain(HOUSE, Action(action, (), {"message": message}), ANNA, NOON).decision.effect == "deny"


def test_a_denied_command_to_a_phone_names_the_phone_where_there_is_one() -> None:
    rules, data = policy({"allow": "notify.*"}), {"message": "command_dnd"}
    for name, entities in (("notify.send_message", ("notify.phone",)), ("notify.notify", ())):
        decision = rules.decide(HOUSE, Action(name, entities, data), ANNA, NOON)
        assert (decision.effect, decision.entity) == ("deny", entities[0] if entities else None)


@pytest.mark.parametrize("name", ["Light.turn_on", "light.TURN_ON", "LOCK.UNLOCK"])
def test_a_name_in_capitals_is_no_way_past_a_rule(name: str) -> None:
    rules = policy({"allow": "*"}, {"deny": "lock.*"})
    assert effect(rules, Action(name, ("lock.front",))) == "deny"
    assert effect(rules, Action(name, ("light.hall",))) == "deny"
    assert effect(rules, Action("light.turn_on", ("LIGHT.hall",))) == "deny"
    assert effect(rules, Action("lock.unlock", ("Lock.Front",))) == "deny"


# All of it, in any order.


def newer(random: Random, rule: Rule) -> Rule:
    """The same rule with some of the newer words."""
    written = rule.model_dump(by_alias=True, exclude_defaults=True)
    when = random.choice([{}, {"home": "anyone"}, {"away": "anna"}, {"sun": "up"}, {"between": ["sunset", "sunrise"]}])
    if when and random.random() < 0.5:
        written["when"] = when
    if random.random() < 0.2:
        written["who"] = random.choice([{"rooms": "own"}, {"routine": "n*"}, {"skill": "*"}])
    if random.random() < 0.4:
        rate = {"times": random.randint(1, 3), "per": "1 min", "each": random.choice(["rule", "entity", "person"])}
        written["at_most" if rule.allow else "more_than"] = rate
    if random.random() < 0.3:
        written["notify"] = random.choice(["owner", ["mia", "anna"], "everyone"])
    if rule.confirm and random.random() < 0.5:
        written["ask"] = {"grant": random.choice(["5 min", "task"]), "strength": random.choice(["tap", "signed"])}
    return Rule.model_validate(written)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_the_file_never_matters_for_the_newer_words_either(seed: int) -> None:
    random = Random(seed)
    house = random_house(random)
    house = House(replace(house.registry, location=(52.5, 13.4)), {**house.states, "person.anna": State("home")})
    rules = [newer(random, random_rule(random, number, house)) for number in range(15)]
    one, other = Policy(rules, PEOPLE), Policy(random.sample(rules, len(rules)), PEOPLE)
    acts = Acts()
    for _ in range(20):
        action, origin, now = random_request(random, house)
        found, same = one.decide(house, action, origin, now, acts), other.decide(house, action, origin, now, acts)
        assert replace(found, notify=()) == replace(same, notify=())
        assert set(found.notify) == set(same.notify)
        acts.add(now, action, origin)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_more_acts_and_less_knowledge_never_permit_more(seed: int) -> None:
    random = Random(seed)
    house = random_house(random)
    rules = Policy([newer(random, random_rule(random, number, house)) for number in range(15)], PEOPLE)
    stale = replace(house, stale=True)
    for _ in range(20):
        action, origin, now = random_request(random, house)
        few, many = Acts(), Acts()
        for count in range(random.randint(0, 5)):
            many.add(now - timedelta(seconds=count), action, origin)
        if effect(rules, action, origin, now, house, acts=many) == "allow":
            assert effect(rules, action, origin, now, house, acts=few) == "allow"
        if effect(rules, action, origin, now, stale) == "allow":
            assert effect(rules, action, origin, now, house) == "allow"
