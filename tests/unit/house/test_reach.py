from claw.base.action import Action
from claw.house.file import parse_house
from claw.house.model import Area, Device, Entity, State
from claw.house.reach import MOST_REACHED, reaches, steps_of_scene, steps_of_script, unsure
from claw.house.script_text import ScriptText

ENTITIES = {
    one.entity_id: one
    for one in (
        Entity("light.hall", "H", area="hall", device="d1"),
        Entity("lock.hall", "L", area="hall", device="d2", labels=frozenset({"outer"})),
        Entity("lock.shed", "S", area="shed", device="d3"),
        Entity("script.a", "A"),
        Entity("automation.b", "B"),
    )
}
DEVICES = {"d1": Device("d1", "1", "hall"), "d2": Device("d2", "2", "hall"), "d3": Device("d3", "3", "shed")}
AREAS = {"hall": Area("hall", "Hall", "ground"), "shed": Area("shed", "Shed", labels=frozenset({"far"}))}
PARTS = {
    one.entity_id: one
    for one in (
        Entity("switch.strip", "S", area="hall", device="whole", labels=frozenset({"outer"})),
        Entity("lock.part", "P", area="hall", device="part"),
        Entity("lock.elsewhere", "E", area="shed", device="d3"),
    )
}
OF_PARTS = {
    "whole": Device("whole", "W", "hall", frozenset({"outer"})),
    "part": Device("part", "P", "hall", parent="whole"),
    "d3": DEVICES["d3"],
}
"""A device and one that is a part of it: Home Assistant 2026.11 has such."""


NOTHING_ELSE = ScriptText(frozenset())
"""Names none of what holds the things that it names."""


def related(text: ScriptText | None = NOTHING_ELSE, **answer: object) -> tuple[str, ...] | None:
    found = reaches({"script.a": answer}, {"script.a": State("off")}, ENTITIES, DEVICES, AREAS, {"script.a": text})
    return found.get("script.a")


def related_in_parts(text: ScriptText | None = NOTHING_ELSE, **answer: object) -> tuple[str, ...] | None:
    found = reaches({"script.a": answer}, {"script.a": State("off")}, PARTS, OF_PARTS, AREAS, {"script.a": text})
    return found.get("script.a")


def naming(*words: str) -> ScriptText:
    return ScriptText(frozenset(words))


def test_a_script_reaches_what_it_names_and_not_the_rest_of_the_room() -> None:
    assert related(entity=["light.hall"], device=["d1"], area=["hall"]) == ("light.hall",)


def test_a_room_whose_lamp_is_named_was_named_itself_where_the_text_says_so() -> None:
    """The lamp by its id and the lock by its room: Home Assistant answers as if the lamp were all."""
    assert related(naming("light.hall", "hall"), entity=["light.hall"], area=["hall"]) == ("light.hall", "lock.hall")
    in_a_house = {"entity": ["light.hall"], "device": ["d1"], "area": ["hall"], "floor": ["ground"]}
    assert related(naming("ground"), **in_a_house) == ("light.hall", "lock.hall")
    in_parts = {"entity": ["lock.part"], "device": ["part", "whole"], "area": ["hall"]}
    assert related_in_parts(naming("whole"), **in_parts) == ("lock.part", "switch.strip")


def test_a_script_does_not_reach_another_that_names_the_same_lamp() -> None:
    """Home Assistant 2024.3 lists such; without the text nobody can tell them from those that it runs."""
    answer = {"entity": ["light.hall"], "automation": ["automation.b"]}
    assert related(naming("light.hall"), **answer) == ("light.hall",)
    assert related(naming("light.hall", "automation.b"), **answer) == ("light.hall", "automation.b")
    assert related(None, **answer) == ("light.hall", "automation.b")


def test_a_script_whose_text_is_not_to_be_had_reaches_all_that_is_where_the_named_things_are() -> None:
    for place in ({"area": ["hall"]}, {"floor": ["ground"]}, {"area": ["hall"], "floor": ["ground"]}):
        assert related(None, entity=["light.hall"], **place) == ("light.hall", "lock.hall")
    assert related_in_parts(None, entity=["lock.part"], device=["part", "whole"]) == ("lock.part", "switch.strip")
    assert related(None, entity=["light.hall"], device=["d1"]) == ("light.hall",)


def test_a_device_that_was_split_is_named_as_what_it_was() -> None:
    """Then the text holds an id that no device has any more, and the answer those that it became."""
    parts = {"entity": ["lock.part"], "device": ["part", "whole"], "area": ["hall"]}
    assert related_in_parts(naming("0" * 32), **parts) == ("lock.part", "switch.strip")


def test_a_thing_of_which_only_the_text_tells_is_reached() -> None:
    """A script that is called by its own name, and a thing in a template or by its registry id, are in no answer."""
    assert set(related(naming("automation.b", "Lock.Hall", "x")) or ()) == {"automation.b", "lock.hall"}
    known = {"lock.x": Entity("lock.x", "X", registry_id="f" * 32)}
    found = reaches({"script.a": {}}, {"script.a": State("off")}, known, {}, {}, {"script.a": naming("f" * 32)})
    assert found == {"script.a": ("lock.x",)}


def test_of_what_there_may_be_more_nobody_is_sure() -> None:
    named: dict[str, object] = {"entity": ["light.hall"]}
    for text, is_unsure in (
        (NOTHING_ELSE, False),
        (None, True),
        (ScriptText(frozenset(), open=True), True),
        (ScriptText(frozenset(), frozenset({"script.a"})), False),
        (ScriptText(frozenset(), frozenset({"script.gone"})), True),
    ):
        assert (unsure({"script.a": named}, ENTITIES, {"script.a": text}) == {"script.a"}) is is_unsure
    for answer in (None, {"entity": "lock.hall"}, {"area": [3]}, {"device": {"d1": 1}}):
        assert unsure({"script.a": answer}, ENTITIES, {"script.a": NOTHING_ELSE}) == {"script.a"}
    assert unsure({"script.a": named}, ENTITIES, {}) == {"script.a"}


def test_a_device_an_area_or_a_label_that_holds_nothing_named_was_named_itself() -> None:
    assert related(entity=["light.hall"], device=["d1", "d3"], area=["hall", "shed"]) == ("light.hall", "lock.shed")
    assert related(area=["hall"]) == ("light.hall", "lock.hall")
    assert related(label=["outer"]) == ("lock.hall",)


def test_a_floor_that_holds_nothing_named_was_named_itself_and_a_label_stands_for_all_that_is_in_what_bears_it() -> (
    None
):
    assert related(floor=["ground"]) == ("light.hall", "lock.hall")
    assert related(entity=["light.hall"], device=["d1"], area=["hall"], floor=["ground"]) == ("light.hall",)
    assert related(entity=["lock.shed"], device=["d3"], area=["shed"], floor=["ground"]) == (
        "lock.shed", "light.hall", "lock.hall",
    )  # fmt: skip
    assert related(label=["far"]) == ("lock.shed",)


def test_a_device_stands_for_its_parts_and_a_part_for_itself() -> None:
    """As Home Assistant 2026.11 performs and answers: above a part it names the whole."""
    assert related_in_parts(device=["whole"], area=["hall"]) == ("switch.strip", "lock.part")
    assert related_in_parts(label=["outer"]) == ("switch.strip", "lock.part")
    assert related_in_parts(device=["part", "whole"], area=["hall"]) == ("lock.part",)
    assert related_in_parts(entity=["lock.part"], device=["part", "whole"], area=["hall"]) == ("lock.part",)


def test_what_is_no_answer_says_nothing() -> None:
    assert reaches({"script.a": None}, {"script.a": State("off")}, ENTITIES, DEVICES, AREAS) == {}
    assert related(entity="lock.hall", area=[3, None]) == ()


def test_of_very_many_things_those_that_guard_something_or_set_something_off_are_told() -> None:
    many = {f"light.l{at}": Entity(f"light.l{at}", "x", area="hall") for at in range(MOST_REACHED + 1)}
    many |= {one: Entity(one, "x", area="hall") for one in ("lock.x", "script.y")}
    found = reaches(
        {"script.a": {"entity": ["light.l1"], "area": ["hall"]}}, {"script.a": State("off")}, many, {}, AREAS
    )
    assert found == {"script.a": ("light.l1", "lock.x", "script.y")}


def test_a_scene_reaches_what_it_sets() -> None:
    states = {"scene.x": State("on", {"entity_id": ["lock.hall"]}), "scene.y": State("on")}
    assert reaches({}, states, ENTITIES, DEVICES, AREAS) == {"scene.x": ("lock.hall",)}


def test_the_ends_of_a_scene_are_actions_where_they_say_which() -> None:
    steps = steps_of_scene(
        {
            "lock.hall": {"state": "unlocked"},
            "light.hall": {"state": True, "brightness": 60},
            "cover.c": {"state": "open", "current_position": 30},
            "cover.d": "closed",
            "climate.x": {"state": "heat"},
        }
    )
    assert steps == (
        Action("lock.unlock", ("lock.hall",)),
        Action("light.turn_on", ("light.hall",), {"brightness": 60}),
        Action("cover.close_cover", ("cover.d",)),
    )
    assert steps_of_scene(None) == ()


def test_a_script_is_known_whole_or_not_at_all() -> None:
    row = {"action": "lock.lock", "entities": ["lock.hall"]}
    assert steps_of_script([row]) == (Action("lock.lock", ("lock.hall",)),)
    assert steps_of_script([row, {"delay": "00:01"}]) is None
    assert steps_of_script("x") is None


def test_a_house_file_says_what_its_scripts_and_scenes_do_and_where_it_stands() -> None:
    registry = parse_house(
        {
            "location": {"latitude": 52.5, "longitude": 13.4},
            "entities": [
                {"entity_id": "lock.front"},
                {
                    "entity_id": "script.s",
                    "attributes": {"actions": [{"action": "lock.lock", "entities": ["lock.front"]}]},
                },
                {"entity_id": "scene.s", "attributes": {"entities": {"lock.front": "unlocked"}}},
            ],
        }
    ).registry
    assert registry.location == (52.5, 13.4)
    assert registry.steps["script.s"] == (Action("lock.lock", ("lock.front",)),)
    assert registry.steps["scene.s"] == (Action("lock.unlock", ("lock.front",)),)
    assert registry.reaches == {"script.s": ("lock.front",), "scene.s": ("lock.front",)}
