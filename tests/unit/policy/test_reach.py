from dataclasses import replace

import pytest

from claw.base.action import Action
from claw.house.model import Entity, Registry
from claw.policy.reach import MOST_PARTS, amounts_to_more, parts_of, unforeseen, with_members

IDS = [
    "light.a", "light.b", "lock.front", "cover.garage", "cover.blind", "script.night", "script.deep", "scene.x",
    "automation.y", "button.z", "group.lights",
]  # fmt: skip
CLASSES = {"cover.garage": "garage", "cover.blind": "blind"}
NIGHT = (Action("light.turn_off", ("light.a",)), Action("lock.lock", ("lock.front",)))
HOUSE = Registry(
    entities={name: Entity(name, name, device_class=CLASSES.get(name)) for name in IDS},
    groups={"group.lights": ("light.a", "light.b")},
    steps={"script.night": NIGHT, "script.deep": (Action("script.turn_on", ("script.night",)),)},
    reaches={"scene.x": ("lock.front", "light.a"), "automation.y": ("cover.garage", "cover.blind", "script.deep")},
)


def parts(action: Action, registry: Registry = HOUSE, *, certain: bool = True) -> list[tuple[str, str]]:
    found = parts_of(registry, action)
    assert found is not None
    return [(part.action.name, part.entity) for part in found if part.certain is certain]


def test_a_plain_action_is_itself_on_each_entity() -> None:
    assert parts(Action("light.turn_on", ("light.a", "light.b"))) == [
        ("light.turn_on", "light.a"),
        ("light.turn_on", "light.b"),
    ]
    assert parts(Action("claw.notify")) == [("claw.notify", "")]


def test_a_script_is_its_steps_where_they_are_known() -> None:
    assert parts(Action("script.turn_on", ("script.night",))) == [
        ("script.turn_on", "script.night"),
        ("light.turn_off", "light.a"),
        ("lock.lock", "lock.front"),
    ]


@pytest.mark.parametrize("name", ["script.night", "script.toggle", "homeassistant.turn_on", "homeassistant.toggle"])
def test_it_is_so_however_the_script_is_called(name: str) -> None:
    action = Action(name) if name == "script.night" else Action(name, ("script.night",))
    assert ("lock.lock", "lock.front") in parts(action)


def test_a_script_that_calls_a_script_reaches_what_that_one_does() -> None:
    assert ("lock.lock", "lock.front") in parts(Action("script.turn_on", ("script.deep",)))


def test_where_only_the_things_are_known_the_worst_may_be_done_to_each() -> None:
    scene = Action("scene.turn_on", ("scene.x",))
    assert parts(scene) == [("scene.turn_on", "scene.x"), ("lock.unlock", "lock.front"), ("lock.open", "lock.front")]
    assert ("light.turn_off", "light.a") in parts(scene, certain=False)
    automation = parts(Action("automation.trigger", ("automation.y",)))
    assert ("cover.open_cover", "cover.garage") in automation
    assert ("cover.open_cover", "cover.blind") not in automation
    assert ("script.turn_on", "script.deep") in automation
    assert ("lock.lock", "lock.front") in automation


def test_only_what_is_not_known_of_a_scene_is_taken_for_the_worst() -> None:
    locks = (Action("lock.lock", ("lock.front",)),)
    partly = Registry(
        entities=HOUSE.entities, steps={"scene.x": locks}, reaches={"scene.x": ("lock.front", "cover.garage")}
    )
    found = parts(Action("scene.turn_on", ("scene.x",)), partly)
    assert [name for name, entity in found if entity == "lock.front"] == ["lock.lock"]
    assert ("cover.open_cover", "cover.garage") in found


def test_stopping_a_script_sets_nothing_off() -> None:
    assert parts(Action("script.turn_off", ("script.night",))) == [("script.turn_off", "script.night")]


def test_what_nobody_knows_anything_of_is_itself() -> None:
    assert parts(Action("button.press", ("button.z",))) == [("button.press", "button.z")]


def test_a_generic_action_is_the_one_of_the_thing() -> None:
    assert parts(Action("homeassistant.turn_off", ("light.a",)))[1:] == [("light.turn_off", "light.a")]
    assert parts(Action("homeassistant.turn_on", ("group.lights",)))[3:] == [
        ("light.turn_on", "light.a"),
        ("light.turn_on", "light.b"),
    ]


def test_a_generic_action_on_a_script_is_no_worse_than_the_script() -> None:
    known = replace(HOUSE, reaches={"script.night": ("light.a", "lock.front")})
    found = parts(Action("homeassistant.turn_on", ("script.night",)), known)
    assert [name for name, entity in found if entity == "lock.front"] == ["lock.lock"]


def test_scripts_that_call_each_other_come_to_an_end() -> None:
    one, other = (Action("script.turn_on", (name,)) for name in ("script.night", "script.deep"))
    loop = Registry(entities=HOUSE.entities, steps={"script.night": (other,), "script.deep": (one,)})
    assert parts(one, loop) == [("script.turn_on", "script.night"), ("script.turn_on", "script.deep")]


def test_what_amounts_to_more_than_can_be_judged_is_said_to() -> None:
    many = tuple(Action("light.turn_on", ("light.a",), {"brightness": n}) for n in range(MOST_PARTS + 1))
    assert parts_of(Registry(entities=HOUSE.entities, steps={"script.night": many}), many[0]) is not None
    whole = Action("script.turn_on", ("script.night",))
    for steps, judged in ((many, False), (many[:MOST_PARTS], False), (many[: MOST_PARTS - 1], True)):
        registry = Registry(entities=HOUSE.entities, steps={"script.night": steps})
        assert (parts_of(registry, whole) is not None) is judged
        assert unforeseen(registry, whole) == frozenset(), "what is not judged is denied: nothing of it comes about"


def test_an_action_of_something_else_does_not_start_a_script() -> None:
    for name in ("light.turn_on", "select.select_option"):
        assert parts(Action(name, ("script.night",))) == [(name, "script.night")]


def test_a_thing_that_is_gone_is_not_reached() -> None:
    gone = Registry(entities=HOUSE.entities, reaches={"scene.x": ("lock.gone",)})
    assert parts(Action("scene.turn_on", ("scene.x",)), gone) == [("scene.turn_on", "scene.x")]


def test_it_is_known_what_amounts_to_more() -> None:
    assert amounts_to_more(HOUSE, "script.turn_on", "script.night")
    assert amounts_to_more(HOUSE, "light.turn_on", "group.lights")
    assert amounts_to_more(HOUSE, "homeassistant.turn_on", "light.a")
    assert not amounts_to_more(HOUSE, "light.turn_on", "light.a")
    assert not amounts_to_more(HOUSE, "button.press", "button.z")


def test_a_group_is_followed_by_its_members_each_once() -> None:
    loop = Registry(groups={"group.a": ("light.a", "group.b"), "group.b": ("group.a", "light.a", "light.b")})
    assert list(with_members(loop, ["group.a"])) == ["group.a", "light.a", "group.b", "light.b"]


@pytest.mark.parametrize(
    ("action", "loose"),
    [
        (Action("scene.turn_on", ("scene.x",)), {"lock.front", "light.a"}),
        (Action("homeassistant.turn_on", ("scene.x",)), {"lock.front", "light.a"}),
        (Action("script.turn_on", ("script.night",)), set[str]()),
        (Action("automation.trigger", ("automation.y",)), {"cover.garage", "cover.blind", "script.deep"}),
        (Action("automation.turn_off", ("automation.y",)), set[str]()),
        (Action("light.turn_on", ("light.a",)), set[str]()),
        (Action("homeassistant.turn_on", ("light.a",)), set[str]()),
        (Action("light.dance", ("light.a",)), {"light.a"}),
        (Action("script.party"), {"light.a", "light.b", "group.lights"}),
    ],
)
def test_what_is_reached_nobody_knows_how_is_told(action: Action, loose: set[str]) -> None:
    party = {"script.party": ("group.lights", "person.anna", "binary_sensor.door")}
    assert unforeseen(replace(HOUSE, reaches={**HOUSE.reaches, **party}), action) == loose


def test_of_a_script_only_what_its_known_steps_leave_out_is_not_foreseen() -> None:
    half = replace(HOUSE, reaches={**HOUSE.reaches, "script.night": ("light.a", "lock.front", "light.b")})
    assert unforeseen(half, Action("script.night")) == {"light.b"}
