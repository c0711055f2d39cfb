from claw.house.model import Entity, Registry
from claw.mind.families import Family, families
from tests.talked_house import house

REGISTRY = house().registry


def test_namesakes_look_the_same_to_a_person() -> None:
    twins = {
        "light.a": Entity("light.a", "Lamp"),
        "light.b": Entity("light.b", "LA\u200bMP "),
        "switch.c": Entity("switch.c", "Lamp"),
    }
    found = families(Registry(entities=twins)).namesakes(twins["light.a"])
    assert [entity.entity_id for entity in found] == ["light.a", "light.b"]


def test_a_family_is_a_kind_in_an_area() -> None:
    known = families(REGISTRY)
    assert known.family("light.worktop") == Family("light", "kitchen")
    assert known.members("light", "kitchen") == {"light.kitchen_ceiling", "light.worktop"}
    assert known.members("cover.blind", "bedroom") == {"cover.left", "cover.right"}
    assert known.members("light", None) > known.members("light", "kitchen")
    assert known.areas("light") == 4  # three areas, and one lamp in none


def test_hidden_things_doors_and_groups_have_no_family() -> None:
    known = families(REGISTRY)
    assert known.family("light.hidden") is None
    assert known.family("cover.garage") is None
    assert known.family("lock.front") is None
    grouped = Registry(entities={"light.g": Entity("light.g", "G", area="a")}, groups={"light.g": ("light.x",)})
    assert families(grouped).family("light.g") is None


def test_they_are_worked_out_once_per_registry_and_anew_for_the_next() -> None:
    first, second = Registry(), Registry(entities={"light.a": Entity("light.a", "A")})
    assert families(first) is families(first)
    assert families(second).namesakes(second.entities["light.a"])
    assert families(first) is not families(second)
