"""Figures and words of the data: which are the request's own, and how far they may go."""

from claw.base.action import Action
from claw.skills.figures import done, field_of
from claw.skills.generalise import generalise
from claw.skills.plan import Fixed, Given, Plan
from tests.learning_room import HOUSE, on, trace

LAMP = "light.living_room_lamp"
TV = "media_player.living_room_tv"


def plan(said: str, *calls: Action) -> Plan:
    return generalise([trace(said, calls)], HOUSE)


def test_a_figure_that_was_named_is_a_parameter_as_far_as_the_device_goes() -> None:
    spec = plan("lamp bright 40", on(LAMP, brightness_pct=40)).parameter("brightness").spec
    assert (spec.min, spec.max, spec.default, spec.unit) == (1, 100, None, "%")
    warm = plan("kelvin 2700 now", on(LAMP, color_temp_kelvin=2700)).parameter("warmth").spec
    assert (warm.min, warm.max) == (2000, 6500)


def test_a_figure_that_was_not_named_stays() -> None:
    assert plan("make it cosy", on(LAMP, brightness_pct=40)).doings[0].data["brightness_pct"] == Fixed(40)
    assert plan("at 4:40 make it cosy", on(LAMP, brightness_pct=40)).parameters == ()


def test_percent_are_hundredths_or_255ths_where_the_action_has_those() -> None:
    loud = plan("volume 30 percent", Action("media_player.volume_set", (TV,), {"volume_level": 0.3}))
    assert loud.doings[0].data["volume_level"] == Given("volume", "percent")
    bright = plan("brightness 40 percent", on(LAMP, brightness=102))
    assert bright.doings[0].data["brightness"] == Given("brightness", "byte")
    assert (done(30, "percent"), done(40, "byte"), done(7, "")) == (0.3, 102, 7)


def test_one_figure_for_two_lamps_is_one_parameter() -> None:
    both = plan("all at 40", on(LAMP, brightness_pct=40), on("light.hall_ceiling"), on("light.bedroom_ceiling",
                brightness_pct=40))  # fmt: skip
    assert [one.name for one in both.parameters] == ["brightness"]


def test_a_word_that_was_named_may_be_any_that_the_device_lists() -> None:
    spec = plan("lamp like a fireplace", on(LAMP, effect="fireplace")).parameter("effect").spec
    assert set(spec.values or ()) == {"off", "candle", "fireplace"}


def test_a_code_and_a_free_text_are_no_fields_of_parameters() -> None:
    assert field_of("lock.lock", "code") is None
    assert field_of("notify.send_message", "message") is None
    assert field_of("light.turn_on", "brightness_pct") is not None
    assert field_of("light.fly", "height") is None


def test_a_truth_that_differs_is_a_parameter() -> None:
    first, second = (Action("media_player.shuffle_set", (TV,), {"shuffle": one}) for one in (True, False))
    found = generalise([trace("mix it", [first]), trace("mix it", [second], number=2)], HOUSE)
    assert found.parameter("shuffle").spec.type == "bool"
