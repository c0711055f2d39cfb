import pytest

from claw.base.action import NO_DATA, Action, Outcome
from claw.gate.restore import VALUE, moved, never, opens, orders, touched
from claw.gate.standing import Order
from claw.house.model import Entity, State

GARAGE = Entity("cover.garage", "Garage", device_class="garage")
BLIND = Entity("cover.blind", "Blind", device_class="blind")


def test_only_what_an_act_touches_is_put_back() -> None:
    lamp = State("on", {"brightness": 10, "supported_color_modes": ["hs"], "color_mode": "hs", "hs_color": [1, 2]})
    assert touched(Action("light.turn_on", ("light.a",), {"brightness": 99}), lamp) == {"brightness"}
    assert VALUE in touched(Action("light.turn_off", ("light.a",)), lamp)
    assert touched(Action("nobody.knows", ("light.a",)), lamp) == frozenset()
    player = State("playing", {"volume_level": 0.1, "source": "a"})
    assert touched(Action("media_player.volume_set", ("m.a",), {"volume_level": 0.5}), player) == {"volume_level"}


@pytest.mark.parametrize(
    ("order", "now", "entity", "opened"),
    [
        (("lock.unlock", NO_DATA), State("locked"), None, True),
        (("lock.lock", NO_DATA), State("unlocked"), None, False),
        (("valve.open_valve", NO_DATA), State("closed"), None, True),
        (("alarm_control_panel.alarm_disarm", NO_DATA), State("armed_home"), None, True),
        (("cover.open_cover", NO_DATA), State("closed"), GARAGE, True),
        (("cover.open_cover", NO_DATA), State("closed"), None, True),
        (("cover.open_cover", NO_DATA), State("closed"), BLIND, False),
        (("cover.close_cover", NO_DATA), State("open"), GARAGE, False),
        (("cover.set_cover_position", {"position": 40}), State("open", {"current_position": 60}), GARAGE, False),
        (("cover.set_cover_position", {"position": 60}), State("open", {"current_position": 60}), GARAGE, False),
        (("cover.set_cover_position", {"position": 80}), State("open", {"current_position": 60}), GARAGE, True),
        (("cover.set_cover_position", {"position": 40}), State("closed", {"current_position": 60}), GARAGE, True),
        (("cover.set_cover_position", {"position": 40}), State("open"), GARAGE, True),
        (("valve.set_valve_position", {"position": 80}), State("open", {"current_position": 60}), None, True),
        (("light.turn_on", NO_DATA), State("off"), None, False),
    ],
)
def test_what_lets_somebody_in_is_known(order: Order, now: State, entity: Entity | None, *, opened: bool) -> None:
    assert opens(order, now, entity) is opened


def test_a_dead_thing_and_an_unknown_one_are_told_apart() -> None:
    value = frozenset({VALUE})
    assert orders("switch", State("on"), State("unavailable"), value) == "gone"
    assert orders("switch", State("unknown"), State("on"), value) == "unknown"
    assert orders("switch", State("on"), State("on"), value) == "same"
    assert orders("zone", State("on"), State("off"), value) == "foreign"


@pytest.mark.parametrize(
    ("domain", "then", "now", "changed", "found"),
    [
        (
            "climate",
            State("heat", {"preset_mode": "none", "temperature": 21}),
            State("heat", {"preset_mode": "away", "temperature": 16}),
            {"preset_mode"},
            [
                ("climate.set_preset_mode", {"preset_mode": "none"}),
                ("climate.set_temperature", {"temperature": 21}),
            ],
        ),
        (
            "climate",
            State("heat_cool", {"target_temp_low": 18, "target_temp_high": 24}),
            State("heat_cool", {"target_temp_low": 15, "target_temp_high": 24}),
            {"target_temp_low"},
            [("climate.set_temperature", {"target_temp_low": 18, "target_temp_high": 24})],
        ),
        (
            "water_heater",
            State("eco", {"away_mode": "off"}),
            State("eco", {"away_mode": "on"}),
            {"away_mode"},
            [("water_heater.set_away_mode", {"away_mode": False})],
        ),
        (
            "cover",
            State("open", {"current_position": 40, "current_tilt_position": 30}),
            State("closed", {"current_position": 0, "current_tilt_position": 0, "supported_features": 255}),
            {VALUE, "current_position", "current_tilt_position"},
            [
                ("cover.set_cover_position", {"position": 40}),
                ("cover.set_cover_tilt_position", {"tilt_position": 30}),
            ],
        ),
        (
            "fan",
            State("on", {"preset_mode": "sleep", "percentage": 20}),
            State("on", {"preset_mode": None, "percentage": 80}),
            {"percentage", "preset_mode"},
            [("fan.set_preset_mode", {"preset_mode": "sleep"})],
        ),
        (
            "fan",
            State("on", {"preset_mode": "sleep", "percentage": 20}),
            State("on", {"preset_mode": "sleep", "percentage": 80}),
            {"percentage"},
            [("fan.set_preset_mode", {"preset_mode": "sleep"})],
        ),
        (
            "fan",
            State("on", {"preset_mode": "sleep", "percentage": 20}),
            State("on", {"preset_mode": "auto", "percentage": 20}),
            {"preset_mode"},
            [("fan.set_preset_mode", {"preset_mode": "sleep"})],
        ),
        (
            "fan",
            State("on", {"preset_mode": "sleep", "oscillating": False}),
            State("on", {"preset_mode": "auto", "oscillating": True}),
            {"oscillating"},
            [("fan.oscillate", {"oscillating": False})],
        ),
        (
            "light",
            State("on", {"effect": "rain"}),
            State("on", {"effect": None, "effect_list": ["rain", "fire"]}),
            {"effect"},
            [("light.turn_on", {"effect": "rain"})],
        ),
        (
            "camera",
            State("idle", {"motion_detection": True}),
            State("idle", {"motion_detection": False}),
            {"motion_detection"},
            [("camera.enable_motion_detection", {})],
        ),
    ],
)
def test_figures_and_modes_are_put_back(
    domain: str, then: State, now: State, changed: set[str], found: list[Order]
) -> None:
    assert orders(domain, then, now, frozenset(changed)) == found


def test_of_what_nobody_can_see_it_may_always_have_moved() -> None:
    track = Action("media_player.media_next_track", ("media_player.a",))
    lamp = Action("light.turn_on", ("light.a",))
    assert never(track) == "skipped"
    assert moved(Outcome(track, "unchanged"), "media_player.a")
    assert not moved(Outcome(lamp, "unchanged"), "light.a")
    assert moved(Outcome(lamp, "failed", entities={"light.a": "done"}), "light.a")
    assert not moved(Outcome(lamp, "done"), "light.b")
