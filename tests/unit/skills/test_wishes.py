"""What must be so after a run."""

from collections.abc import Sequence

from claw.base.action import Action
from claw.skills.generalise import generalise
from claw.skills.manifest import Selector, Wish
from claw.skills.wishes import wishes
from tests.learning_room import HOUSE, lights, off, on, trace

LAMP, CEILING = "light.living_room_lamp", "light.living_room_ceiling"


def after(said: str, *calls: Action, decides: bool = False) -> Sequence[Wish]:
    asked = [trace(said, calls)]
    return wishes(generalise(asked, HOUSE), asked, HOUSE, decides=decides)


def test_what_an_act_shows_is_wished_for() -> None:
    assert after("x y", on(LAMP, brightness_pct=40)) == (
        Wish(of=Selector(entity=(LAMP,)), values=("on",)),
        Wish(of=Selector(entity=(LAMP,)), attribute="brightness", min=99, max=105),
    )


def test_a_later_act_on_the_same_thing_is_what_counts() -> None:
    assert after("x y", on(LAMP, brightness_pct=40), off(LAMP)) == (Wish(of=Selector(entity=(LAMP,)), values=("off",)),)


def test_nothing_is_wished_of_what_a_program_decides_or_nobody_sees() -> None:
    assert after("x y", on(LAMP), decides=True) == ()
    assert after("x y", Action("script.turn_on", ("script.good_night",))) == ()
    assert after("x y", Action("claw.notify", (), {"to": "everyone", "text": "Hello"})) == ()


def test_a_figure_that_may_be_another_is_no_wish_and_a_word_is_the_parameters() -> None:
    assert after("lamp at 40", on(LAMP, brightness_pct=40)) == (Wish(of=Selector(entity=(LAMP,)), values=("on",)),)
    found = after(
        "heat it, mode heat", Action("climate.set_hvac_mode", ("climate.living_room",), {"hvac_mode": "heat"})
    )
    assert [one.values for one in found] == [("{mode}",)]


def test_those_that_were_on_are_on_no_more() -> None:
    some = [one for one in lights("living_room") if HOUSE.states[one].value == "on"][:1]
    asked = [trace("x y", [off(*some)], source=f"await call('light.turn_off', {some!r})")]
    assert wishes(generalise(asked, HOUSE), asked, HOUSE, decides=False)[0].values == ("off",)
