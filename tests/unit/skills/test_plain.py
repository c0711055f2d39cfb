"""A manifest in plain words: every right is told, what is risky first, and a changed right shows as changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.documents import parse_document
from claw.house.model import Area, Entity, Registry
from claw.skills.manifest import Capability, Limits, Manifest, Selector
from claw.skills.plain import compared, in_words

REGISTRY = Registry(
    areas={"living_room": Area("living_room", "Living room"), "hall": Area("hall", "Hall")},
    entities={
        "light.sofa": Entity("light.sofa", "Sofa", area="living_room"),
        "light.hall": Entity("light.hall", "Hall", area="hall"),
        "lock.front": Entity("lock.front", "Front door", area="hall"),
        "cover.garage": Entity("cover.garage", "Garage", device_class="garage"),
    },
)


def manifest(text: str) -> Manifest:
    return parse_document("version: 1.0.0\n" + text, "skill.yaml", Manifest)


MOVIE = manifest("""
parameters:
  area: {type: area, here: true}
may:
  - {call: light.turn_on, on: {domain: light, area: "{area}"}, data: {brightness_pct: {max: 30}}}
  - {call: lock.lock, on: {entity: lock.front}}
limits: {calls: 4}
""")


def test_a_skill_is_told_in_one_line() -> None:
    assert in_words(MOVIE, REGISTRY).short == (
        "may turn on lights in the room you name or are in (at most 30 % bright); "
        'lock the lock "Front door"; never asks by itself; 4 calls at most'
    )


def test_what_lets_somebody_in_is_told_first_and_marked() -> None:
    wide = manifest("""
may:
  - {call: light.turn_on, on: {domain: light}}
  - {call: light.turn_off, on: {domain: light}}
  - {call: switch.turn_off, on: {domain: switch}}
  - {call: lock.unlock, on: {entity: lock.front}}
  - {call: cover.open_cover, on: {domain: cover}}
confirm: [lock.unlock]
""")
    told = in_words(wide, REGISTRY)
    assert told.risky == (False, False, False, True, True)
    assert told.short.startswith(
        'may unlock the lock "Front door"; open covers; turn on lights; and 2 more; always asks'
    )
    assert told.asks == "Always asks before it would unlock something."


def test_a_skill_that_does_nothing_says_so() -> None:
    told = in_words(manifest("reads: [{domain: person}]"), REGISTRY)
    assert (told.short, told.may, told.reads) == ("may do nothing; only reads", (), ("people",))


def test_limits_times_and_what_sets_it_off_are_told() -> None:
    told = in_words(
        manifest("""
triggers:
  schedule: ["30 7 * * *", "0 7 * * mon-fri"]
  events: [{of: {domain: binary_sensor, device_class: window}, to: "on", lasting: 5 min}]
limits: {calls: 1, seconds: 90, per_hour: 1, cooldown: 5 min}
before: [{of: {domain: light, area: hall}, values: "off", how: none}]
after: [{of: {domain: light}, attribute: brightness, max: 100}]
undo: the door stays as it is
"""),
        REGISTRY,
    )
    assert told.limits == "At most 1 call and 90 s a run, once an hour, 5 min of rest between two."
    assert told.when == (
        "Runs by itself every day at 07:30, once an owner has accepted it, for that owner",
        'Runs by itself at the times "0 7 * * mon-fri", once an owner has accepted it, for that owner',
        (
            "Runs by itself when on-off sensors (window) come to on for 5 min, "
            "once an owner has accepted it, for that owner"
        ),
    )
    assert told.before == ('lights in "Hall": none off',)
    assert told.after == ("lights: all with brightness at most 100",)
    assert told.undo == 'What it does cannot be taken back: "the door stays as it is"'


def test_a_wider_right_is_new_and_the_narrow_one_is_no_more() -> None:
    right = {"call": "light.turn_on", "on": {"domain": "light"}, "data": {"brightness_pct": {"max": 100}}}
    wider = MOVIE.model_copy(update={"may": (Capability.model_validate(right), MOVIE.may[1])})
    change = compared(MOVIE, wider, REGISTRY)
    assert change.more == ("May turn on lights (at most 100 % bright)",)
    assert change.less == ("May turn on lights in the room you name or are in (at most 30 % bright)",)
    assert compared(MOVIE, MOVIE, REGISTRY).more == ()


def test_a_parameter_that_may_be_more_and_limits_that_are_higher_are_told() -> None:
    before = manifest("parameters: {b: {type: number, min: 1, max: 30}}")
    after = manifest("parameters: {b: {type: number, min: 1, max: 90}}").model_copy(update={"limits": Limits(calls=50)})
    change = compared(before, after, REGISTRY)
    assert change.more == ("At most 50 calls and 1 min a run, 60 runs an hour.", 'Takes "b": 1 to 90')


RIGHTS = st.builds(
    lambda call, on: Capability(call=call, on=on),
    st.sampled_from(["light.turn_on", "lock.unlock", "cover.open_cover", "script.turn_on", "no.thing"]),
    st.builds(
        lambda key, values: Selector.model_validate({key: values}),
        st.sampled_from(["entity", "domain", "area", "floor", "label", "device_class"]),
        st.lists(
            st.sampled_from(["light.sofa", "hall", "*", "x"]) | st.text(min_size=1, max_size=20),
            min_size=1,
            max_size=3,
            unique=True,
        ),
    ),
)


@given(st.lists(RIGHTS, max_size=6, unique_by=repr), st.lists(RIGHTS, max_size=6, unique_by=repr))
def test_no_right_is_left_out_and_every_changed_right_shows(old: list[Capability], new: list[Capability]) -> None:
    before, after = (Manifest(version="1.0.0", may=tuple(may)) for may in (old, new))
    told = in_words(after, REGISTRY)
    assert len(told.may) == len(told.risky) == len(new)
    assert len(compared(before, after, REGISTRY).more) >= len([one for one in new if one not in old])
    assert json.dumps(told.may).isprintable()


@pytest.mark.parametrize("hostile", ["Lamp\u202e", 'x" and nothing else', "a\nb", "\u200b"])
def test_names_of_the_house_are_in_quotes_and_harmless(hostile: str) -> None:
    registry = Registry(entities={"light.x": Entity("light.x", hostile)})
    (told,) = in_words(manifest("may: [{call: light.turn_on, on: {entity: light.x}}]"), registry).may
    name = told.removeprefix('turn on the light "').removesuffix('"')
    assert told == f'turn on the light "{name}"'
    assert '"' not in name
    assert told.isprintable()
