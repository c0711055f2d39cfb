from types import MappingProxyType

from claw.house.model import Area, Entity, Registry
from claw.memory.subjects import HOUSE, area_of, entity_of, of_area, of_entity, of_person

LAMP = Entity("light.lamp", "Lamp", registry_id="r1")
BARE = Entity("light.bare", "Bare")


def registry(*entities: Entity) -> Registry:
    return Registry(
        entities=MappingProxyType({one.entity_id: one for one in entities}),
        areas=MappingProxyType({"hall": Area("hall", "Hall")}),
    )


def test_a_renamed_thing_is_still_meant_by_its_subject() -> None:
    renamed = Entity("light.sun", "Sun", registry_id="r1")
    assert entity_of(of_entity(LAMP), registry(renamed)) is renamed


def test_another_thing_that_took_the_id_over_is_not_meant() -> None:
    other = Entity("light.lamp", "Lamp", registry_id="r2")
    assert entity_of(of_entity(LAMP), registry(other)) is None


def test_what_is_in_no_registry_is_meant_by_its_entity_id_until_something_registered_has_it() -> None:
    assert entity_of(of_entity(BARE), registry(BARE)) is BARE
    assert entity_of(of_entity(BARE), registry(Entity("light.bare", "Bare", registry_id="r9"))) is None


def test_a_room_is_found_by_its_subject_and_by_nothing_else() -> None:
    assert area_of(of_area("hall"), registry()) == Area("hall", "Hall")
    assert area_of(of_area("attic"), registry()) is None
    assert area_of(of_person("hall"), registry()) is None
    assert entity_of(HOUSE, registry(LAMP)) is None
