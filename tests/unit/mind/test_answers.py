from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Json
from claw.house.model import Entity, House, Registry, State
from claw.mind.answers import answer
from claw.mind.phrases import LANGUAGES
from claw.mind.understood import Question
from tests.talked_house import house

NOW = datetime(2026, 1, 5, 13, 4, tzinfo=UTC)
LIGHTS = ("light.kitchen_ceiling", "light.worktop", "light.bedroom", "light.attic")
PEOPLE = ("person.anna", "person.bob", "person.carl")
TEMPERATURES = ("sensor.bedroom", "sensor.hall", "sensor.cellar")


def asked(
    kind: str, entities: tuple[str, ...] = (), wanted: str | None = None, language: str = "en", **detail: Json
) -> str:
    return answer(Question(kind, entities, wanted, detail, language), house(), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "entities", "wanted", "text"),
    [
        ("state", ("cover.garage",), "open", "No, the garage door is closed."),
        ("state", ("cover.garage",), "closed", "Yes, the garage door is closed."),
        ("state", ("lock.back",), "open", "Yes, the back door is unlocked."),
        ("state", ("binary_sensor.window",), "open", "Yes, the bathroom window is open."),
        ("state", ("light.attic",), "on", "The attic light is not available."),
        ("state", ("light.nowhere",), None, "I do not know about light.nowhere."),
        ("state", ("light.kitchen_ceiling",), None, "Kitchen Ceiling is on, at 40 %."),
        ("state", ("light.worktop",), None, "Worktop is off."),
        ("state", ("media_player.tv",), None, "The TV is playing, “News' {x}”, at volume 30 %."),
        ("any", LIGHTS, "on", "Yes, Kitchen Ceiling and Ceiling (Bedroom) are on."),
        ("any", ("light.worktop", "light.attic"), "on", "No, none of them is on. The attic light is not available."),
        ("any", ("light.attic",), "on", "The attic light is not available."),
        ("any", (), "on", "I do not know of anything like that."),
        ("all", LIGHTS, "on", "No, Worktop is off. The attic light is not available."),
        ("all", (LIGHTS[0], LIGHTS[2]), "on", "Yes, they are all on."),
        ("all", LIGHTS[:1], "on", "Yes, Kitchen Ceiling is on."),
        ("all", (LIGHTS[0], "light.attic"), "on", "Kitchen Ceiling is on. The attic light is not available."),
        ("which", LIGHTS, "on", "Kitchen Ceiling and Ceiling (Bedroom) are on. The attic light is not available."),
        ("which", LIGHTS, "off", "Worktop is off. The attic light is not available."),
        ("which", ("lock.front",), "unlocked", "The front door is locked."),
        ("which", ("lock.front", "lock.back"), "jammed", "None of them is jammed."),
        (
            "count",
            LIGHTS,
            "on",
            "2 of 4: Kitchen Ceiling and Ceiling (Bedroom). The attic light is not available.",
        ),
        ("count", ("light.worktop",), "on", "None of 1."),
        ("value", ("sensor.bedroom",), "temperature", "Bedroom Temperature: 20.5 °C."),
        (
            "value",
            TEMPERATURES,
            "temperature",
            (
                "21.2 °C on average over 2 sensors. Bedroom Temperature: 20.5 °C. Hall Temperature: 22 °C. "
                "Cellar Temperature gives no reading."
            ),
        ),
        ("value", ("climate.bedroom",), "temperature", "The bedroom thermostat: 19.5 °C."),
        ("value", ("climate.bedroom",), "target_temperature", "The bedroom thermostat: 21 °C."),
        ("value", ("light.kitchen_ceiling",), "brightness", "Kitchen Ceiling: 40 %."),
        ("value", ("light.worktop",), "brightness", "Worktop is off."),
        ("value", ("media_player.tv",), "volume_level", "The TV: 30 %."),
        ("value", ("media_player.tv",), "media_title", "The TV: “News' {x}”."),
        ("time", (), None, "It is 14:04."),
        ("date", (), None, "It is Monday, 5 January 2026."),
        ("weather", ("weather.home",), None, "It is sunny, 18 °C."),
    ],
)
def test_a_question_is_answered_from_the_states(
    kind: str, entities: tuple[str, ...], wanted: str | None, text: str
) -> None:
    assert asked(kind, entities, wanted) == text


@pytest.mark.parametrize(
    ("ask", "entities", "wanted", "text"),
    [
        ("any", PEOPLE, "home", "Yes, Anna is at home."),
        ("any", PEOPLE[1:], "home", "No, nobody is at home."),
        ("which", PEOPLE, "home", "Anna is at home."),
        ("which", PEOPLE[1:], "home", "Nobody is at home."),
        ("all", PEOPLE, "home", "No, Bob is away. Carl is at “Work”."),
        ("all", PEOPLE[:1], "home", "Yes, Anna is at home."),
        ("any", PEOPLE[1:2], "home", "No, Bob is away."),
        ("count", PEOPLE, "home", "1 of 3: Anna."),
        ("state", PEOPLE[:1], "home", "Yes, Anna is at home."),
        ("state", PEOPLE[1:2], "home", "No, Bob is away."),
        ("where", PEOPLE, None, "Anna is at home. Bob is away. Carl is at “Work”."),
    ],
)
def test_presence_is_told_by_name(ask: str, entities: tuple[str, ...], wanted: str | None, text: str) -> None:
    assert asked("presence", entities, wanted, ask=ask) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Nein, Garage Door ist geschlossen."),
        ("fr", "Non, Garage Door : en position fermée."),
        ("nl", "Nee, Garage Door is dicht."),
        ("zh", "不\uff0cGarage Door关着。"),
    ],
)
def test_the_answer_comes_in_the_language_of_the_question(language: str, text: str) -> None:
    assert asked("state", ("cover.garage",), "open", language) == text


def test_a_lost_device_is_never_counted_as_off() -> None:
    assert "not available" in asked("which", ("light.attic", "light.worktop"), "off")
    assert "attic light is off" not in asked("which", ("light.attic", "light.worktop"), "off")


def test_a_set_point_is_not_told_as_the_temperature_of_a_room() -> None:
    told = House(
        Registry(entities={"climate.x": Entity("climate.x", "X")}), {"climate.x": State("heat", {"temperature": 21})}
    )
    assert answer(Question("value", ("climate.x",), "temperature"), told, NOW) == "X gives no reading."


def test_readings_of_different_units_are_not_averaged() -> None:
    states = {"sensor.hall": State("70", {"unit_of_measurement": "°F"})}
    said = answer(Question("value", TEMPERATURES[:2], "temperature"), house(states), NOW)
    assert said == "Bedroom Temperature: 20.5 °C. Hall Temperature: 70 °F."


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../../etc/passwd", "\x00"])
def test_a_wrong_time_zone_falls_back_to_utc(zone: str) -> None:
    assert answer(Question("time", (), None), House(Registry(time_zone=zone), {}), NOW) == "It is 13:04."


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["state", "any", "all", "which", "count", "value", "presence", "weather", "time", "date"]),
    st.lists(st.sampled_from([*LIGHTS, *PEOPLE, "climate.bedroom", "weather.home"]) | st.text(max_size=20), max_size=4),
    st.none() | st.sampled_from(["on", "temperature", "home", "brightness"]) | st.text(max_size=20),
    st.text(max_size=30) | st.just("21"),
    st.dictionaries(
        st.sampled_from(
            ["temperature", "brightness", "current_temperature", "unit_of_measurement", "temperature_unit"]
        ),
        st.text(max_size=10) | st.floats() | st.none() | st.lists(st.integers(), max_size=1),
    ),
    st.sampled_from(LANGUAGES),
)
def test_no_question_and_no_state_breaks_an_answer(
    kind: str, entities: list[str], wanted: str | None, value: str, attributes: dict[str, Json], language: str
) -> None:
    hostile = house(dict.fromkeys(("light.bedroom", "climate.bedroom", "weather.home"), State(value, attributes)))
    question = Question(kind, tuple(entities), wanted, {"ask": wanted}, language)
    said = answer(question, hostile, NOW)
    assert said
    assert all(char.isprintable() or char.isspace() for char in said)
