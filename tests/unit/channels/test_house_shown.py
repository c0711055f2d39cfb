from claw.channels.house_shown import SHOWN_ATTRIBUTES, Names, state_json
from claw.house.model import Area, Change, Entity, Registry, State


def test_only_listed_attributes_leave() -> None:
    state = State("on", {"brightness": 5, "code": "4711", "access_token": "s3cret", "entity_picture": "/api/x"})
    shown = state_json(Change("light.a", state))
    assert shown["attributes"] == {"brightness": 5}
    assert not SHOWN_ATTRIBUTES & {"code", "access_token", "entity_picture", "latitude", "longitude", "gps_accuracy"}


def test_states_and_attributes_are_harmless_text() -> None:
    shown = state_json(Change("sensor.a", State("\x1b[31mred\u202e", {"media_title": "a\nb\u200b"})))
    assert shown["state"] == "[31mred"
    assert shown["attributes"]["media_title"] == "a b"


def test_a_list_among_the_attributes_is_cut_and_a_nest_is_not_shown() -> None:
    modes = ["heat\u202e"] * 100_000
    shown = state_json(Change("climate.a", State("heat", {"hvac_modes": modes, "temperature": {"a": [modes]}})))
    assert shown["attributes"] == {"hvac_modes": ["heat"] * 50, "temperature": None}


def test_names_are_harmless_text_and_settings_are_hidden() -> None:
    lamp, knob = Entity("light.a", "La\u202emp\n2", area="den"), Entity("number.b", "Gain", category="config")
    shown = Names(Registry(areas={"den": Area("den", "De\u200bn")}, entities={"light.a": lamp, "number.b": knob}))
    assert shown.areas == [{"id": "den", "name": "Den", "floor": None}]
    assert shown.entities["light.a"] == {"name": "Lamp 2", "area": "den", "device_class": None, "hidden": False}
    assert shown.entities["number.b"]["hidden"]
