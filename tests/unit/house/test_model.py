"""What a house knows about itself, without a backend."""

import pickle

import pytest

from claw.house.model import Area, Entity, Registry, State

HALL = Area("hall", "Hall", floor="ground")
LAMP = Entity("light.lamp", "Lamp", registry_id="r1", area="hall")
BARE = Entity("lock.back_door", "Back door")


def registry(*entities: Entity) -> Registry:
    return Registry(areas={"hall": HALL}, entities={entity.entity_id: entity for entity in entities})


def test_an_entity_in_no_area_and_no_registry_is_an_entity() -> None:
    known = registry(LAMP, BARE)
    assert known.floor_of(BARE) is None
    assert BARE.domain == "lock"
    assert known.by_registry_id == {"r1": LAMP}


def test_a_floor_is_that_of_the_area() -> None:
    assert registry(LAMP).floor_of(LAMP) == "ground"
    assert registry().floor_of(Entity("light.x", "X", area="gone")) is None


def test_what_is_hidden_does_not_count_among_the_things_of_a_kind() -> None:
    hidden = Entity("light.spare", "Spare", hidden=True)
    sink = Entity("light.sink", "Sink")
    assert list(registry(BARE, LAMP, hidden, sink).kinds.items()) == [("light", 2), ("lock", 1)]


def test_a_renamed_thing_is_found_under_the_id_that_the_files_use() -> None:
    renamed = Entity("light.reading", "Lamp", registry_id="r1", former="light.lamp")
    known = registry(renamed, BARE)
    assert known.renamed["light.lamp"] == "light.reading"
    assert (renamed.meant, BARE.meant) == ("light.lamp", "lock.back_door")
    assert "lock.back_door" not in known.renamed


def test_an_id_that_another_thing_took_over_means_nothing() -> None:
    usurper = Entity("lock.front_door", "Shed", registry_id="r9", former="")
    known = registry(usurper)
    assert known.renamed["lock.front_door"] == ""
    assert usurper.meant == ""


def test_an_id_that_went_from_one_thing_to_another_means_the_first() -> None:
    moved = Entity("lock.main_door", "Front door", registry_id="r1", former="lock.front_door")
    usurper = Entity("lock.front_door", "Shed", registry_id="r9", former="")
    assert registry(moved, usurper).renamed["lock.front_door"] == "lock.main_door"
    assert registry(usurper, moved).renamed["lock.front_door"] == "lock.main_door"


def test_a_value_is_never_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        LAMP.name = "Other"  # type: ignore[misc]
    state = State("on", {"brightness": 3})
    with pytest.raises(AttributeError):
        state.value = "off"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(LAMP)) == LAMP  # noqa: S301  our own bytes
