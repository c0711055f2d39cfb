"""What Home Assistant is told to do is what was judged, to exactly what was named."""

from typing import Any

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.house.one_call import fields_of


def test_an_action_names_its_service_its_entities_and_its_data() -> None:
    action = Action("light.turn_on", ("light.a", "light.b"), {"brightness": 3})
    assert fields_of(action) == {
        "domain": "light",
        "service": "turn_on",
        "service_data": {"brightness": 3},
        "target": {"entity_id": ["light.a", "light.b"]},
    }


def test_what_answers_is_asked_for_its_answer() -> None:
    assert fields_of(Action("weather.get_forecasts", ("weather.home",), {}))["return_response"] is True


@pytest.mark.parametrize(
    ("name", "entities", "data"),
    [
        ("light.turn_on; x", ("light.a",), {}),
        ("light.turn_on", ("all",), {}),
        ("light.turn_on", ("group.all",), {}),
        ("light.turn_on", ("light.a",), {"entity_id": "light.b"}),
        ("light.turn_on", ("light.a",), {"area_id": "hall"}),
        ("light.turn_on", ("light.a",), {"label_id": "x"}),
    ],
)
def test_nothing_that_reaches_further_than_named_is_sent(
    name: str, entities: tuple[str, ...], data: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        fields_of(Action(name, entities, data))


def test_what_a_note_is_about_is_no_target() -> None:
    fields = fields_of(Action("logbook.log", (), {"name": "Claw", "message": "x", "entity_id": "light.a"}))
    assert fields["service_data"]["entity_id"] == "light.a"
