import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.house.model import Area, Entity, House, Registry, State
from claw.mind.nouns import MOST, Naming
from claw.mind.phrases import phrases
from tests.talked_house import house

NAMING = Naming(house(), phrases("en"))


def alone(name: str, area: str = "Den") -> Naming:
    entity = Entity("light.x", name, area="den")
    registry = Registry(areas={"den": Area("den", area)}, entities={"light.x": entity})
    return Naming(House(registry, {}), phrases("en"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Front Door", "the front door"),
        ("Kitchen Ceiling", "Kitchen Ceiling"),
        ("TV", "the TV"),
        ("Hue Lamp", "the Hue lamp"),
        ("Den Lamp", "the den lamp"),
        ("The Lamp", "the lamp"),
        ("Emma's Lamp", "Emma's Lamp"),
        ("iPhone Charger", "iPhone Charger"),
        ("Stehlampe Küche", "Stehlampe Küche"),
        ("\u202elamp\u202c", "the lamp"),
        ("", "light.x"),
        ("\u200b", "light.x"),
        ("x" * 100, "“" + "x" * 59 + "…”"),
        ("a: b", "“a: b”"),
        ("one two three four five six", "“one two three four five six”"),
    ],
)
def test_a_name_is_said_as_a_person_would(name: str, said: str) -> None:
    assert alone(name).one("light.x") == said


def test_other_languages_leave_names_alone() -> None:
    assert Naming(house(), phrases("de")).one("lock.front") == "Front Door"


def test_two_of_one_name_are_told_apart_by_area_or_id() -> None:
    assert NAMING.one("light.bedroom") == "Ceiling (Bedroom)"
    twins = {i: Entity(i, "Lamp", area="den") for i in ("light.a", "light.b")}
    naming = Naming(House(Registry(areas={"den": Area("den", "Den")}, entities=twins), {}), phrases("en"))
    assert naming.one("light.a") == "the lamp (light.a)"


def test_a_thing_in_no_registry_is_called_by_its_friendly_name() -> None:
    told = House(Registry(), {"light.x": State("on", {"friendly_name": "Porch"}), "light.y": State("on")})
    naming = Naming(told, phrases("en"))
    assert (naming.one("light.x"), naming.one("light.y"), naming.one("light.z")) == ("Porch", "light.y", "light.z")


@pytest.mark.parametrize(
    ("entities", "said", "many"),
    [
        ("light.kitchen_ceiling light.worktop", "the kitchen lights", True),
        ("light.worktop", "Worktop", False),
        ("light.worktop fan.bedroom", "Worktop and the bedroom fan", True),
        ("cover.right cover.left", "the bedroom blinds", True),
        ("light.worktop light.worktop", "Worktop", False),
    ],
)
def test_a_whole_area_is_told_as_one(entities: str, said: str, many: bool) -> None:
    assert NAMING.collected(entities.split()) == (said, many)


def test_a_plural_name_is_many() -> None:
    assert alone("Den Lights").collected(["light.x"]) == ("the den lights", True)


def test_only_a_long_list_of_successes_is_cut() -> None:
    entities = [f"switch.s{number}" for number in range(MOST + 3)]
    said, _ = NAMING.collected(entities, complete=False)
    assert said.endswith("and 3 more")
    assert all(entity in NAMING.collected(entities)[0] for entity in entities)


def test_an_area_is_said_inside_a_sentence() -> None:
    assert NAMING.area("living") == "living room"
    assert alone("x", "Emma's Room").area("den") == "Emma's Room"
    assert NAMING.area("nowhere") == "nowhere"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=40))
def test_a_name_is_never_empty_and_never_hides_anything(name: str, area: str) -> None:
    said = alone(name, area).one("light.x")
    assert said
    assert said.isprintable()
