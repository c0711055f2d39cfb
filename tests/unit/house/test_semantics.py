import pytest

from claw.base.action import Action, Json
from claw.house.file import parse_house
from claw.house.model import House, State
from claw.house.semantics import apply, changes
from tests.held_clock import HeldClock
from tests.unit.house.strategies import demo_house, noisy

NOW = HeldClock().now()


def after(name: str, entity_id: str, house: House | None = None, **data: Json) -> State:
    return apply(house or demo_house(), Action(name, (entity_id,), data), NOW).states[entity_id]


def test_the_house_before_stays_as_it_was() -> None:
    house = demo_house()
    before = dict(house.states)
    apply(house, Action("light.turn_on", ("light.kitchen_ceiling",)), NOW)
    assert dict(house.states) == before


def test_only_what_changes_is_told() -> None:
    house = demo_house()
    action = Action("light.turn_on", ("light.hall_ceiling", "light.kitchen_sink"))
    assert list(changes(house, action, NOW)) == ["light.kitchen_sink"]


def test_a_state_that_stays_keeps_the_time_it_changed() -> None:
    house = apply(demo_house(), Action("light.turn_off", ("light.living_room_lamp",)), NOW)
    later = HeldClock().now().replace(hour=13)
    lit = apply(house, Action("light.turn_on", ("light.living_room_lamp",)), later)
    dimmed = apply(lit, Action("light.turn_on", ("light.living_room_lamp",), {"brightness": 9}), later.replace(hour=14))
    assert dimmed.states["light.living_room_lamp"].changed == later


@pytest.mark.parametrize(
    ("name", "entity_id", "data", "value", "attributes"),
    [
        ("light.turn_on", "light.kitchen_ceiling", {"brightness_pct": 50}, "on", {"brightness": 128}),
        ("light.turn_on", "light.living_room_lamp", {"brightness_step": -200}, "off", {"brightness": None}),
        ("light.turn_on", "light.living_room_lamp", {"color_name": "red"}, "on", {"rgb_color": [255, 0, 0]}),
        ("cover.set_cover_position", "cover.bedroom_blinds", {"position": 0}, "closed", {"current_position": 0}),
        ("cover.open_cover", "cover.garage_door", {}, "open", {"supported_features": 11}),
        ("climate.set_temperature", "climate.living_room", {"temperature": 22.5}, "heat", {"temperature": 22.5}),
        ("climate.turn_on", "climate.office", {}, "heat_cool", {}),
        ("media_player.volume_down", "media_player.bedroom_speaker", {}, "idle", {"volume_level": 0.05}),
        ("media_player.turn_on", "media_player.living_room_tv", {}, "on", {}),
        ("vacuum.start", "vacuum.robot", {}, "cleaning", {}),
        ("fan.increase_speed", "fan.living_room", {}, "on", {"percentage": 33}),
        ("select.select_next", "select.heat_pump_mode", {}, "boost", {}),
        ("select.select_previous", "select.heat_pump_mode", {"cycle": False}, "silent", {}),
        ("counter.increment", "counter.coffees", {}, "4", {}),
        ("input_number.decrement", "input_number.night_brightness", {}, "19", {}),
        ("todo.remove_item", "todo.shopping", {"item": "Milk"}, "1", {}),
        (
            "timer.start",
            "timer.kitchen",
            {"duration": "00:05:00"},
            "active",
            {"duration": "0:05:00", "finishes_at": "2026-01-05T12:05:00+00:00"},
        ),
        ("button.press", "button.doorbell_chime", {}, "2026-01-05T12:00:00+00:00", {}),
    ],
)
def test_does_what_the_device_does(
    name: str, entity_id: str, data: dict[str, Json], value: str, attributes: dict[str, Json]
) -> None:
    state = after(name, entity_id, **data)
    assert state.value == value
    assert {key: state.attributes[key] for key in attributes} == attributes


def test_pressing_twice_in_one_instant_is_twice() -> None:
    press = Action("button.press", ("button.doorbell_chime",))
    once = apply(demo_house(), press, NOW)
    twice = apply(once, press, NOW)
    assert once.states["button.doorbell_chime"].value != twice.states["button.doorbell_chime"].value


def test_a_scene_sets_what_it_names() -> None:
    done = changes(demo_house(), Action("scene.turn_on", ("scene.movie_time",)), NOW)
    assert set(done) == {
        "scene.movie_time",
        "light.living_room_ceiling",
        "light.living_room_lamp",
        "cover.living_room_curtain",
        "media_player.living_room_tv",
    }
    assert done["light.living_room_lamp"].attributes["brightness"] == 60


def test_a_script_fans_out() -> None:
    house = noisy(demo_house(), "lock.front_door", {}, "unlocked")
    done = changes(house, Action("script.turn_on", ("script.good_night",)), NOW)
    assert done["lock.front_door"].value == "locked"
    assert done["cover.bedroom_blinds"].value == "closed"
    assert done["light.hall_ceiling"].value == "off"
    assert done["script.good_night"].attributes["last_triggered"] == NOW.isoformat()


def script(*actions: Json) -> House:
    return parse_house(
        {
            "entities": [
                {"entity_id": "light.a", "state": "off"},
                {"entity_id": "light.b", "state": "off"},
                {"entity_id": "script.s", "state": "off", "attributes": {"actions": list(actions)}},
            ]
        }
    )


def test_a_script_that_calls_itself_ends() -> None:
    house = script({"action": "script.turn_on", "entities": ["script.s"]})
    assert set(changes(house, Action("script.turn_on", ("script.s",)), NOW)) == {"script.s"}


@pytest.mark.parametrize(
    "wrong",
    [
        "light.turn_on",
        {"entities": ["light.a"]},
        {"action": "light.turn_on", "entities": "light.a"},
        {"action": "light.turn_on", "entities": ["light.none"]},
        {"action": "light.turn_on", "entities": ["light.a"], "data": [1]},
        {"action": "shell_command.x"},
    ],
)
def test_a_script_ends_at_its_first_error(wrong: Json) -> None:
    first = {"action": "light.turn_on", "entities": ["light.a"]}
    last = {"action": "light.turn_on", "entities": ["light.b"]}
    done = changes(script(first, wrong, last), Action("script.turn_on", ("script.s",)), NOW)
    assert set(done) == {"script.s", "light.a"}


def test_a_group_follows_its_members() -> None:
    house = demo_house()
    lit = apply(house, Action("light.turn_on", ("light.porch",)), NOW)
    assert lit.states["group.outdoor_lights"].value == "on"
    dark = apply(lit, Action("light.turn_off", ("light.porch",)), NOW)
    assert dark.states["group.outdoor_lights"].value == "off"


def test_a_dead_device_does_not_move() -> None:
    house = noisy(demo_house(), "light.porch", {}, "unavailable")
    assert changes(house, Action("light.turn_on", ("light.porch",)), NOW) == {}


def test_what_the_catalogue_does_not_know_changes_nothing() -> None:
    assert changes(demo_house(), Action("pool.set_ph", (), {"ph": 7}), NOW) == {}
