from dataclasses import replace

import pytest

from claw.care.repair_match import Asked, Gone, Pair, guarded, matched, said
from claw.house.model import Area, Entity, Registry

AREAS = {"kitchen": Area("kitchen", "Kitchen"), "hall": Area("hall", "Hall")}


def registry(*entities: Entity) -> Registry:
    return Registry(areas=AREAS, entities={one.entity_id: one for one in entities})


def light(name: str, area: str | None = "kitchen", **more: str) -> Entity:
    return Entity(f"light.{name}", name.replace("_", " ").title(), registry_id=f"id-{name}", area=area, **more)  # type: ignore[arg-type]


def one(gone: Gone, *entities: Entity, named: tuple[str, ...] = ()) -> Pair | Asked:
    pairs, asked = matched([gone], registry(*entities), named)
    return (*pairs, *asked)[0]


LAMP = Gone("light.kitchen_lamp")


def test_the_likeliest_newcomer_is_taken_with_the_reasons() -> None:
    found = one(LAMP, light("kitchen_table_lamp"), light("hall_lamp", "hall"))
    assert isinstance(found, Pair)
    assert found.new == "light.kitchen_table_lamp"
    assert found.why == 'both are a light; both are called kitchen lamp; it is in "Kitchen"'


@pytest.mark.parametrize(
    ("entities", "why", "choices"),
    [
        ((), "the house has no light that came in its place", 0),
        ((light("porch", "hall"),), "nothing speaks clearly for any newcomer", 0),
        ((light("kitchen_lamp_a"), light("kitchen_lamp_b")), "more than one newcomer fits as well", 2),
        ((Entity("switch.kitchen_lamp", "Kitchen Lamp", area="kitchen"),), "the house has no light", 0),
        ((replace(light("kitchen_lamp_a"), hidden=True),), "the house has no light", 0),
        ((Entity("light.kitchen_lamp: [x", "Kitchen Lamp", area="kitchen"),), "the house has no light", 0),
    ],
)
def test_what_is_not_clear_is_asked(entities: tuple[Entity, ...], why: str, choices: int) -> None:
    found = one(LAMP, *entities)
    assert isinstance(found, Asked)
    assert found.why.startswith(why)
    assert len(found.choices) == choices


def test_what_has_its_own_place_or_was_there_before_took_no_other_place() -> None:
    lamp = light("kitchen_table_lamp")
    assert isinstance(one(LAMP, lamp, named=(lamp.entity_id,)), Asked)
    assert isinstance(one(replace(LAMP, before=frozenset({"id-kitchen_table_lamp"})), lamp), Asked)


def test_one_with_the_same_id_is_it_where_only_the_registry_knows_another() -> None:
    there = light("kitchen_lamp", "hall")
    assert isinstance(one(LAMP, there), Asked)
    found = one(replace(LAMP, taken=True), there, named=(there.entity_id,))
    assert (found.old, getattr(found, "new", "")) == ("light.kitchen_lamp", "light.kitchen_lamp")


def test_two_that_are_gone_never_share_a_newcomer() -> None:
    gone = [LAMP, Gone("light.kitchen_lamp_old")]
    pairs, asked = matched(gone, registry(light("kitchen_lamp_table")), ())
    assert (pairs, [found.why for found in asked]) == ((), ["several things that are gone fit the same newcomer"] * 2)


@pytest.mark.parametrize(
    "gone",
    [
        "lock.door", "valve.water", "alarm_control_panel.home", "siren.hall", "cover.garage_door", "script.movie",
        "scene.night", "automation.x", "button.x", "person.anna", "device_tracker.phone", "group.all",
    ],
)  # fmt: skip
def test_what_guards_sets_off_or_tells_of_people_is_never_guessed(gone: str) -> None:
    domain, _, name = gone.partition(".")
    twin = Entity(f"{domain}.{name}_new", name, area="kitchen")
    found = one(Gone(gone), twin)
    assert isinstance(found, Asked)
    assert found.why.endswith("so it is not guessed")


def test_a_blind_is_guessed_and_what_others_hang_on_is_not() -> None:
    blind = Entity("cover.kitchen_blind_new", "Kitchen Blind", area="kitchen", device_class="blind")
    assert isinstance(one(Gone("cover.kitchen_blind"), blind), Pair)
    assert isinstance(one(Gone("cover.kitchen_blind"), replace(blind, device_class=None)), Asked)
    assert guarded(Gone("cover.kitchen_gate"), blind)
    assert guarded(Gone("light.kitchen_lamp", deciding=True)) == "others hang on what it says"
    assert not guarded(LAMP)


def test_a_name_that_people_gave_and_a_class_speak_for_it() -> None:
    motion = Entity("binary_sensor.ikea_kitchen", "Ikea", area="kitchen", device_class="motion")
    door = Entity("binary_sensor.aqara_kitchen", "Aqara", area="kitchen", device_class="door")
    found = one(Gone("binary_sensor.motion_kitchen"), motion, door)
    assert getattr(found, "new", "") == "binary_sensor.ikea_kitchen"
    named = one(Gone("light.x1", names=("kitchen Jupiter",)), light("jupiter"))
    assert getattr(named, "new", "") == "light.jupiter"


def test_what_is_said_is_read() -> None:
    assert said(["lock.a=lock.b", " light.a = light.b "]) == {"lock.a": "lock.b", "light.a": "light.b"}
    for wrong in (["lock.a"], ["a=b"], ["light.a=switch.a"], ["light.a=light.b", "light.a=light.c"],
                  ["light.a=light.c", "light.b=light.c"], ["light.a=light.b\n- x"]):  # fmt: skip
        with pytest.raises(ValueError, match=r"found|kinds|once"):
            said(wrong)
