"""Houses in trouble: every kind of it comes up, always the same way, and what must never be is found."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action
from claw.house.file import parse_house
from claw.house.model import House, State
from claw.skills.proving_ground import Seen, Setting
from claw.skills.trouble import KINDS, concerned, moves, short, trouble, without, wrong
from tests.twin_house import MANIFEST, skill

HOME = parse_house(
    {
        "time_zone": "Europe/Berlin",
        "areas": [{"id": "hall", "name": "Hall"}],
        "entities": [
            {"entity_id": "light.a", "area": "hall", "state": "on"},
            {"entity_id": "light.b", "area": "hall", "state": "off"},
            {"entity_id": "lock.door", "state": "unlocked"},
            {"entity_id": "sensor.heat", "state": "21", "attributes": {"unit_of_measurement": "°C"}},
            {"entity_id": "binary_sensor.motion", "device_class": "motion", "state": "on"},
            {"entity_id": "person.anna", "state": "home"},
            {"entity_id": "sun.sun", "state": "above_horizon"},
            {"entity_id": "switch.other", "state": "on"},
        ],
        "groups": [{"entity_id": "light.all", "members": ["light.a", "light.b"]}],
        "people": [{"id": "anna", "name": "Anna", "role": "owner", "entity_id": "person.anna"}],
    }
)
NOON = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
SETTING = Setting(HOME, NOON)
THINGS = ("light.a", "light.b", "lock.door", "sensor.heat")


def one(kind: str) -> Setting:
    what, setting = trouble(KINDS.index(kind), SETTING, THINGS)
    assert what == kind
    return setting


def values(setting: Setting) -> dict[str, str]:
    return {name: state.value for name, state in setting.house.states.items()}


def test_the_first_seeds_have_one_kind_each_and_the_rest_several() -> None:
    alone = [trouble(seed, SETTING, THINGS)[0] for seed in range(len(KINDS))]
    assert tuple(alone) == KINDS
    assert {"unavailable", "already so", "occupied", "empty", "night", "day", "slow", "error", "missing kind"} <= set(
        KINDS
    )
    assert all(len(trouble(seed, SETTING, THINGS)[0].split(", ")) in {2, 3} for seed in range(len(KINDS), 50))


@given(st.integers(0, 200))
def test_a_seed_is_always_the_same_house_and_touches_nothing_else(seed: int) -> None:
    what, setting = trouble(seed, SETTING, THINGS)
    assert trouble(seed, SETTING, THINGS) == (what, setting)
    assert set(setting.house.states) <= set(HOME.states)
    assert set(setting.faults) <= set(THINGS)
    if "switch.other" in setting.house.states:
        assert setting.house.states["switch.other"] == HOME.states["switch.other"]
    assert setting.now.tzinfo is not None


def test_each_kind_is_what_it_is_called() -> None:
    dead = [name for name in THINGS if values(one("unavailable"))[name] == "unavailable"]
    assert dead
    assert all(not one("unavailable").house.states[name].attributes for name in dead)
    assert [values(one("already so"))[name] for name in THINGS[:3]] == ["on", "on", "locked"]
    assert [values(one("the other way round"))[name] for name in THINGS[:3]] == ["off", "off", "unlocked"]
    assert (values(one("empty"))["person.anna"], values(one("empty"))["binary_sensor.motion"]) == ("not_home", "off")
    assert (values(one("occupied"))["person.anna"], values(one("occupied"))["binary_sensor.motion"]) == ("home", "on")
    assert any(fault.fail for fault in one("error").faults.values())
    assert any(fault.delay_s and fault.travel_s for fault in one("slow").faults.values())
    assert any(fault.dead for fault in one("found dead").faults.values())
    assert any(fault.jam for fault in one("jammed").faults.values())
    assert any(fault.silent for fault in one("silent").faults.values())
    assert any(fault.lost for fault in one("connection lost").faults.values())
    assert values(one("absurd figures"))["sensor.heat"] != "21"
    kinds = {name.partition(".")[0] for name in one("missing kind").house.states}
    assert len({"light", "lock", "sensor"} - kinds) == 1
    assert len(one("missing thing").house.states) < len(HOME.states)


@pytest.mark.parametrize(("kind", "shown", "sun"), [("night", 2, "below_horizon"), ("day", 13, "above_horizon")])
def test_night_and_day_are_what_the_clocks_of_the_house_show(kind: str, shown: int, sun: str) -> None:
    setting = one(kind)
    assert setting.now.astimezone(ZoneInfo("Europe/Berlin")).hour == shown
    assert values(setting)["sun.sun"] == sun


def test_what_is_taken_out_was_never_there() -> None:
    left = without(HOME, {"light.a", "person.anna"})
    assert "light.a" not in left.registry.entities
    assert "light.a" not in left.states
    assert left.registry.groups == {"light.all": ("light.b",)}
    assert left.registry.people[0].entity_id is None
    assert without(HOME, {"light.a", "light.b", "light.all"}).registry.groups == {}


def test_a_skill_is_concerned_with_what_it_may_touch_look_at_and_promise() -> None:
    reads = skill(
        manifest=MANIFEST + "reads: [{domain: sensor}]\nbefore: [{of: {entity: person.anna}, values: home}]\n"
    )
    assert concerned(reads, HOME) == {"light.a", "light.b", "light.all", "lock.door", "sensor.heat", "person.anna"}


def after(**states: str) -> House:
    changed = {name.replace("__", "."): State(value) for name, value in states.items()}
    return House(HOME.registry, {**HOME.states, **changed})


DONE = Seen(
    "done", after(lock__door="locked", light__a="off"), (Action("light.turn_off", ("light.a",)),), says="Good night"
)
DONE = replace(DONE, attempted=DONE.calls)


def test_what_went_well_is_not_found_wrong() -> None:
    assert wrong(skill(), DONE, HOME) == ()
    assert wrong(skill(), Seen("missed", HOME), HOME) == ()


UNLOCK = (Action("lock.unlock", ("lock.door",)),)
TWICE = (*DONE.calls, Action("lock.lock", ("lock.door",)), *DONE.calls)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (replace(DONE, ends="failed", problem="failed: IndexError: list index"), "broke off: failed: IndexError"),
        (replace(DONE, problem="limit: too long"), "broke off: limit"),
        (replace(DONE, problem="mistyped: no such light"), "broke off: mistyped"),
        (
            replace(DONE, ends="refused", attempted=UNLOCK),
            "it called lock.unlock(lock.door): its manifest does not name",
        ),
        (replace(DONE, attempted=TWICE), "3 calls; 2 are its most"),
        (replace(DONE, says="  "), "it said nothing"),
        (replace(DONE, after=after(light__a="off")), "it said that it was done, and lock.door is unlocked"),
        (
            replace(DONE, after=after(lock__door="locked")),
            "it said that it was done, and light.a is on after light.turn_off",
        ),
        (replace(DONE, ends="missed"), "taken for not meant after it had done light.turn_off(light.a)"),
    ],
)
def test_what_must_never_be_is_found(seen: Seen, why: str) -> None:
    found = wrong(skill(), seen, HOME)
    assert any(why in one.replace("Door is", "lock.door is") for one in found), found


def test_a_program_may_break_off_before_it_did_anything_or_where_the_house_refused_an_act() -> None:
    gone = Seen("failed", HOME, says="no", problem="mistyped: there is no light.x")
    assert wrong(skill(), gone, HOME) == ()
    refused = Seen("refused", HOME, (), DONE.calls, "no", "failed: RuntimeError: the device reports an error")
    assert wrong(skill(), refused, HOME) == ()
    assert wrong(skill(), replace(refused, ends="done"), HOME) != ()


def test_a_message_moves_nothing() -> None:
    assert not moves((Action("claw.notify", (), {"text": "x"}),))
    assert moves(DONE.calls)


def test_an_act_is_told_in_short() -> None:
    assert (
        short(Action("light.turn_on", ("light.a",), {"brightness_pct": 40}))
        == "light.turn_on(light.a, brightness_pct=40)"
    )
    assert len(short(Action("claw.notify", (), {"text": "x" * 900}))) == 300


def test_unknown_and_mixed_houses_are_what_they_are_called() -> None:
    assert "unknown" in values(one("unknown")).values()
    mixed = values(one("mixed"))
    assert {name: mixed[name] for name in THINGS} != {name: HOME.states[name].value for name in THINGS}
    assert mixed["light.a"] in {"on", "off"}
    assert mixed["lock.door"] in {"locked", "unlocked"}


def test_of_what_is_not_there_nothing_else_is_wrong() -> None:
    for seed in range(200):
        _, setting = trouble(seed, SETTING, THINGS)
        assert set(setting.faults) <= set(setting.house.states)


def test_a_group_goes_with_the_last_of_its_members_or_by_itself() -> None:
    assert without(HOME, {"light.all"}).registry.groups == {}
    assert without(HOME, {"light.a", "light.b"}).registry.groups == {}
    assert without(HOME, ()) is HOME


def test_a_house_whose_zone_nobody_knows_is_at_night_all_the_same() -> None:
    nowhere = House(replace(HOME.registry, time_zone="Nowhere/At_All"), HOME.states)
    _, setting = trouble(KINDS.index("night"), replace(SETTING, house=nowhere), THINGS)
    assert setting.now.astimezone(UTC).hour == 2


@pytest.mark.parametrize(
    ("problem", "calls"),
    [
        ("failed: IndexError: list index", ()),
        ("failed: RuntimeError: no", DONE.calls),
        ("mistyped: no light", DONE.calls),
    ],
)
def test_what_breaks_off_for_another_reason_is_the_programs_fault(problem: str, calls: tuple[Action, ...]) -> None:
    seen = Seen("failed", HOME, calls, DONE.calls, "no", problem)
    assert any("broke off" in found for found in wrong(skill(), seen, HOME))


def test_what_shows_in_no_state_is_not_asked_of_one() -> None:
    lamp = Action("light.turn_off", ("light.a",))
    gone = House(HOME.registry, {one: state for one, state in DONE.after.states.items() if one != "light.a"})
    assert "light.a is gone after light.turn_off" in " ".join(wrong(skill(), replace(DONE, after=gone), HOME))
    assumed = House(HOME.registry, {**HOME.states, "light.a": State("on", {"assumed_state": True})})
    seen = replace(
        DONE,
        calls=(lamp,),
        attempted=(lamp,),
        after=House(HOME.registry, {**assumed.states, "lock.door": State("locked")}),
    )
    assert wrong(skill(), seen, assumed) == ()
    count = Action("counter.increment", ("counter.x",))
    counted = House(HOME.registry, {**HOME.states, "counter.x": State("1"), "lock.door": State("locked")})
    counter = skill(
        manifest=MANIFEST.replace("light.turn_off, on: {domain: light}", "counter.increment, on: {domain: counter}")
    )
    assert wrong(counter, replace(DONE, calls=(count,), attempted=(count,), after=counted), counted) != ()
