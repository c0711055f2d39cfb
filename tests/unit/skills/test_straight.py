"""Programs written from steps."""

from claw.skills.plan import Before, Chosen, Doing, Fixed, Found, Given, Named, Plan
from claw.skills.straight import program, search, things
from tests.learning_room import HOUSE, did, lights, on

Seen = tuple[tuple[tuple[str, ...], dict[str, object]], ...]


def test_each_step_is_a_call_and_nothing_is_called_on_nothing() -> None:
    room = Found(domain="light", area="area", given=True)
    seen: Seen = (((), {}),)
    plan = Plan(
        (
            Doing("light.turn_on", room, {"brightness_pct": Given("level")}, seen),
            Doing("media_player.volume_set", Chosen("player"), {"volume_level": Given("volume", "percent")}, seen),
            Doing("light.turn_off", Named(("light.kitchen_sink", "light.hall_ceiling", "light.gone")), {}, seen),
            Doing("light.turn_on", Named(("light.garage_ceiling",)), {"brightness": Given("level", "byte")}, seen),
            Doing("notify.notify", Named(()), {"message": Fixed('it\'s "done"')}, seen),
        ),
        (),
    )
    text = program(plan, Before(HOUSE))
    calls = did(text, {"area": "bedroom", "level": 40, "player": "media_player.x", "volume": 25})
    assert calls[: len(lights("bedroom"))] == [on(one, brightness_pct=40) for one in lights("bedroom")]
    rest = calls[len(lights("bedroom")) :]
    assert [(one.entities, dict(one.data)) for one in rest] == [
        (("media_player.x",), {"volume_level": 0.25}),
        (("light.kitchen_sink",), {}),
        (("light.hall_ceiling",), {}),
        (("light.garage_ceiling",), {"brightness": 102}),
        ((), {"message": 'it\'s "done"'}),
    ]
    assert did(text, {"area": "garage_of_nobody", "level": 40, "player": "media_player.x", "volume": 25}) == rest


def test_a_search_asks_for_ability_where_that_was_needed() -> None:
    able = Found(domain="light", area="kitchen", modes=("brightness", "color_temp"), needs=(32,))
    calls = did(f"for one_lamp in {search(able)}:\n    await call('light.turn_on', one_lamp)", {})
    assert {one.entities[0] for one in calls} == {"light.kitchen_ceiling", "light.kitchen_counter"}
    assert things(able) == search(able)
    assert search(Found(domain="light", state="on", floor="upper")) == "find(domain='light', floor='upper', state='on')"
