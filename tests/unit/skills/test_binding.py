from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Refused
from claw.house.file import parse_house
from claw.skills.binding import Asker, Missing, bind, checked, header
from claw.skills.manifest import Manifest
from claw.skills.phrases import folded

HOUSE = parse_house(
    {
        "areas": [
            {"id": "den", "name": "Den", "aliases": ["Snug"]},
            {"id": "living_room", "name": "Wohnzimmer"},
        ],
        "entities": [
            {"entity_id": "light.reading", "name": "Reading Lamp", "area": "den", "state": "off"},
            {"entity_id": "light.den_floor", "name": "Den Floor Lamp", "area": "den", "state": "off"},
            {"entity_id": "light.lr", "name": "Lamp", "area": "living_room", "state": "off"},
            {"entity_id": "light.d", "name": "Lamp", "area": "den", "state": "off"},
            {"entity_id": "switch.reading", "name": "Reading Lamp", "area": "den", "state": "off"},
            {"entity_id": "lock.door", "name": "Door", "state": "locked"},
        ],
    }
)
NOWHERE = Asker()
LAMP = {"type": "entity", "domain": ["light"]}
AREA = {"type": "area", "here": True}
LEVEL = {"type": "number", "min": 1, "max": 60, "unit": "%"}
SPAN = {"type": "duration", "min": 60, "max": 7200}
MODE = {"type": "enum", "values": ["warm", "very-cold"]}
SURE = {"type": "bool"}


def made(**parameters: dict[str, Any]) -> Manifest:
    return Manifest.model_validate({"version": "1.0.0", "parameters": parameters})


def one(parameter: dict[str, Any], said: str | None, asker: Asker = NOWHERE) -> Any:
    slots = {} if said is None else {"x": folded(said)}
    found = bind(made(x=parameter), slots, HOUSE, asker)
    return found if isinstance(found, Missing) else found["x"]


@pytest.mark.parametrize(
    ("parameter", "said", "value"),
    [
        (LAMP, "Reading Lamp", "light.reading"),
        (LAMP, "the reading lamp", "light.reading"),
        (LAMP, "my reading lamp", "light.reading"),
        (LAMP, "floor lamp", "light.den_floor"),
        (LAMP, "reading", "light.reading"),
        (AREA, "the den", "den"),
        (AREA, "Snug", "den"),
        (AREA, "living room", "living_room"),
        (AREA, "im Wohnzimmer", "living_room"),
        (LEVEL, "40 %", 40),
        (LEVEL, "forty percent", 40),
        (LEVEL, "21.5", 21.5),
        (SPAN, "half an hour", 1800),
        (MODE, "warm", "warm"),
        (MODE, "very cold", "very-cold"),
        (SURE, "yes", True),
        (SURE, "off", False),
    ],
)
def test_words_become_a_value_of_the_right_kind(parameter: dict[str, Any], said: str, value: object) -> None:
    found = one(parameter, said)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("parameter", "said", "why"),
    [
        (LAMP, "chandelier", "is not here"),
        (LAMP, "door", "is not here"),
        (LAMP, "lamp", "could mean 2 things"),
        ({**LAMP, "area": ["living_room"]}, "reading lamp", "is not here"),
        ({**AREA, "area": ["den"]}, "Wohnzimmer", "is not here"),
        (LEVEL, "61", "is not from 1 to 60 %"),
        (LEVEL, "bright", "is not from 1 to 60 %"),
        (SPAN, "ten seconds", "is not from 60 to 7200 seconds"),
        (MODE, "hot", "is none of warm, very-cold"),
        (SURE, "perhaps", "neither yes nor no"),
        (AREA, None, "nothing was said"),
        ({**LEVEL, "default": 99}, None, "is not here"),
    ],
)
def test_what_is_no_value_is_missing_and_said_why(parameter: dict[str, Any], said: str | None, why: str) -> None:
    found = one({**parameter, "ask": "Which one?"}, said)
    assert isinstance(found, Missing)
    assert (found.name, found.ask) == ("x", "Which one?")
    assert why in found.why


def test_of_two_of_one_name_that_in_the_askers_room_is_meant() -> None:
    assert one(LAMP, "lamp", Asker("den")) == "light.d"
    found = one(LAMP, "lamp", Asker("kitchen"))
    assert isinstance(found, Missing)
    assert set(found.choices) == {"light.lr", "light.d"}


@pytest.mark.parametrize("said", ["here", "this room", "hier", "ici", "这里", None])
def test_here_is_the_askers_room(said: str | None) -> None:
    assert one(AREA, said, Asker("den")) == "den"


def test_a_default_stands_where_nothing_was_said() -> None:
    assert one({**LEVEL, "default": 30}, None) == 30
    assert one({**AREA, "default": "living_room"}, None) == "living_room"
    assert one({**AREA, "default": "living_room"}, None, Asker("den")) == "den"


def test_a_program_may_know_the_language_of_whoever_asks() -> None:
    spoken = {"type": "enum", "values": ["en", "de"], "default": "en"}
    assert bind(made(language=spoken), {}, HOUSE, Asker(None, "de")) == {"language": "de"}
    assert bind(made(language=spoken), {}, HOUSE, Asker(None, "fr")) == {"language": "en"}


@pytest.mark.parametrize(
    ("parameter", "value", "fits"),
    [
        (LAMP, "light.reading", True),
        (LAMP, "switch.reading", False),
        (LAMP, "light.*", False),
        (LAMP, "light.gone", False),
        (LAMP, 3, False),
        ({**LAMP, "domain": ["lock"]}, "lock.door", True),
        (AREA, "den", True),
        (AREA, "Den", False),
        (AREA, ["den"], False),
        (LEVEL, 60, True),
        (LEVEL, True, False),
        (LEVEL, "40", False),
        (LEVEL, float("nan"), False),
        (SPAN, 59, False),
        (MODE, "warm", True),
        (MODE, "Warm", False),
        (SURE, True, True),
        (SURE, 1, False),
    ],
)
def test_a_value_that_is_given_is_checked(parameter: dict[str, Any], value: Any, fits: bool) -> None:
    if fits:
        assert checked(made(x=parameter), {"x": value}, HOUSE, Asker()) == {"x": value}
    else:
        with pytest.raises(Refused, match="x cannot be"):
            checked(made(x=parameter), {"x": value}, HOUSE, Asker())


def test_a_value_too_many_or_too_few_is_refused() -> None:
    with pytest.raises(Refused, match="no value called"):
        checked(made(x=LEVEL), {"x": 3, "y": 4}, HOUSE, Asker())
    with pytest.raises(Refused, match="x is missing"):
        checked(made(x=LEVEL), {}, HOUSE, Asker())


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=30) | st.integers() | st.booleans(), max_size=2))
def test_the_header_is_one_line_that_says_just_the_values(values: dict[str, Any]) -> None:
    line = header(values)
    assert "\n" not in line
    found: dict[str, Any] = {}
    exec(line, {}, found)  # noqa: S102  that it is these values and nothing else is what is tried
    assert found == values


@given(st.text(max_size=80))
def test_no_words_break_it(said: str) -> None:
    for parameter in (LAMP, AREA, LEVEL, SPAN, MODE, SURE):
        one(parameter, said, Asker("den"))
