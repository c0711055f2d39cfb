import pytest

from claw.house.model import State
from claw.mind.measures import read_measure
from claw.mind.phrases import phrases
from tests.talked_house import house

EN = phrases("en")


@pytest.mark.parametrize(
    ("entity", "measure", "said", "unit"),
    [
        ("sensor.bedroom", "temperature", "20.5 °C", "°C"),
        ("climate.bedroom", "temperature", "19.5 °C", "°C"),
        ("climate.bedroom", "target_temperature", "21 °C", "°C"),
        ("weather.home", "temperature", "18 °C", "°C"),
        ("light.kitchen_ceiling", "brightness", "40 %", "%"),
        ("cover.left", "current_position", "60 %", "%"),
        ("media_player.tv", "media_title", "“News' {x}”", ""),
        ("input_number.target", "value", "5", ""),
    ],
)
def test_a_measure_is_read_where_the_thing_keeps_it(entity: str, measure: str, said: str, unit: str) -> None:
    read = read_measure(entity, measure, house(), EN)
    assert read is not None
    assert (read.said, read.unit) == (said, unit)


@pytest.mark.parametrize(
    ("entity", "measure"),
    [
        ("sensor.cellar", "temperature"),
        ("light.attic", "brightness"),
        ("light.worktop", "brightness"),
        ("sensor.gone", "temperature"),
        ("climate.bedroom", "humidity"),
    ],
)
def test_what_is_not_known_is_no_reading(entity: str, measure: str) -> None:
    assert read_measure(entity, measure, house(), EN) is None


def test_a_text_sensor_is_quoted() -> None:
    read = read_measure("sensor.hall", "x", house({"sensor.hall": State("all\u202e fine")}), EN)
    assert read is not None
    assert (read.said, read.number) == ("“all fine”", None)
