import pytest

from claw.gate.standing import VALUES
from claw.house.model import State

DATETIME = {"has_date": True, "has_time": True}


@pytest.mark.parametrize(
    ("domain", "then", "now", "found"),
    [
        ("switch", State("on"), State("off"), [("switch.turn_on", {})]),
        ("switch", State("odd"), State("off"), "unknown"),
        ("fan", State("on", {"percentage": 40}), State("off"), [("fan.turn_on", {"percentage": 40})]),
        ("fan", State("on", {"preset_mode": "auto"}), State("off"), [("fan.turn_on", {"preset_mode": "auto"})]),
        ("fan", State("on"), State("off"), [("fan.turn_on", {})]),
        ("fan", State("off"), State("on"), [("fan.turn_off", {})]),
        (
            "media_player",
            State("playing"),
            State("off"),
            [("media_player.turn_on", {}), ("media_player.media_play", {})],
        ),
        ("media_player", State("paused"), State("playing"), [("media_player.media_pause", {})]),
        ("media_player", State("standby"), State("on"), [("media_player.turn_off", {})]),
        ("media_player", State("idle"), State("playing"), [("media_player.media_stop", {})]),
        ("media_player", State("idle"), State("off"), [("media_player.turn_on", {})]),
        ("media_player", State("odd"), State("playing"), "unknown"),
        ("climate", State("heat"), State("off"), [("climate.set_hvac_mode", {"hvac_mode": "heat"})]),
        (
            "water_heater",
            State("eco"),
            State("off", {"operation_list": ["eco"]}),
            [("water_heater.set_operation_mode", {"operation_mode": "eco"})],
        ),
        ("water_heater", State("off"), State("eco"), [("water_heater.turn_off", {})]),
        ("lock", State("locked"), State("unlocked"), [("lock.lock", {})]),
        ("lock", State("open"), State("locked"), [("lock.unlock", {})]),
        ("lock", State("jammed"), State("locked"), "unknown"),
        ("alarm_control_panel", State("disarmed"), State("armed_home"), [("alarm_control_panel.alarm_disarm", {})]),
        ("alarm_control_panel", State("armed_away"), State("disarmed"), [("alarm_control_panel.alarm_arm_away", {})]),
        ("alarm_control_panel", State("triggered"), State("disarmed"), "unknown"),
        ("cover", State("closed"), State("open"), [("cover.close_cover", {})]),
        ("cover", State("open", {"current_position": 40}), State("closed"), [("cover.open_cover", {})]),
        (
            "cover",
            State("open", {"current_position": 40}),
            State("closed", {"supported_features": 4}),
            [("cover.set_cover_position", {"position": 40})],
        ),
        ("cover", State("closing"), State("open"), [("cover.close_cover", {})]),
        (
            "cover",
            State("closing", {"current_position": 40}),
            State("open", {"supported_features": 7}),
            [("cover.close_cover", {})],
        ),
        (
            "cover",
            State("open", {"current_position": 100}),
            State("closed", {"supported_features": 7}),
            [("cover.open_cover", {})],
        ),
        ("cover", State("odd"), State("open"), "unknown"),
        ("valve", State("open"), State("closed"), [("valve.open_valve", {})]),
        ("vacuum", State("docked"), State("cleaning"), [("vacuum.return_to_base", {})]),
        ("vacuum", State("error"), State("cleaning"), "unknown"),
        ("lawn_mower", State("mowing"), State("docked"), [("lawn_mower.start_mowing", {})]),
        ("timer", State("idle"), State("active"), [("timer.cancel", {})]),
        ("timer", State("active"), State("idle"), "over"),
        ("timer", State("paused"), State("active"), [("timer.pause", {})]),
        ("counter", State("3"), State("4"), [("counter.set_value", {"value": 3})]),
        ("input_number", State("3.5"), State("4"), [("input_number.set_value", {"value": 3.5})]),
        ("number", State("x"), State("4"), "unknown"),
        ("select", State("a"), State("b"), [("select.select_option", {"option": "a"})]),
        ("input_text", State("a"), State("b"), [("input_text.set_value", {"value": "a"})]),
        (
            "input_datetime",
            State("2026-01-01 10:00:00"),
            State("x", DATETIME),
            [("input_datetime.set_datetime", {"datetime": "2026-01-01 10:00:00"})],
        ),
        (
            "input_datetime",
            State("10:00:00"),
            State("x", {"has_time": True}),
            [("input_datetime.set_datetime", {"time": "10:00:00"})],
        ),
        ("input_datetime", State("x"), State("y"), "unknown"),
    ],
)
def test_each_domain_knows_its_way_back(domain: str, then: State, now: State, found: object) -> None:
    made = VALUES[domain](domain, then, now)
    assert made == found or [(name, dict(data)) for name, data in made] == found  # type: ignore[misc]
