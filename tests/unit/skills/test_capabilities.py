"""What a learned skill may do: what was seen, as far as a parameter opens it."""

from collections.abc import Sequence

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.skills.capabilities import capabilities, limits, reads, undo
from claw.skills.generalise import generalise
from claw.skills.manifest import Bound, Capability, Selector, Which
from claw.skills.source import source_of
from tests.learning_room import HOUSE, lights, off, on, trace

LAMP = "light.living_room_lamp"


def may(said: str, *calls: Action) -> Sequence[Capability]:
    return capabilities(generalise([trace(said, calls)], HOUSE))


def test_a_thing_and_a_value_that_stay_are_just_these() -> None:
    assert may("x y", on(LAMP, brightness_pct=40)) == (
        Capability(
            call="light.turn_on", on=Selector(entity=(LAMP,)), data={"brightness_pct": Bound(values=(40,))}
        ),
    )  # fmt: skip


def test_parameters_are_named_and_hundredths_are_a_range() -> None:
    (one,) = may("lamp in the bedroom at 40", on(*lights("bedroom"), brightness_pct=40))
    assert one.on == Selector(domain=("light",), area=("{area}",))
    assert one.data == {"brightness_pct": Bound(values=("{brightness}",))}
    (loud,) = may("volume 30", Action("media_player.volume_set", ("media_player.living_room_tv",),
                                     {"volume_level": 0.3}))  # fmt: skip
    assert loud.data == {"volume_level": Bound(min=0.01, max=1.0)}


def test_two_that_differ_in_one_value_are_one_and_in_two_are_two() -> None:
    (one,) = may("x y", on(LAMP, brightness_pct=40), off(LAMP), on(LAMP, brightness_pct=60))[:1]
    assert one.data == {"brightness_pct": Bound(values=(40, 60))}
    both = may("x y", on(LAMP, brightness_pct=40, transition=1), off(LAMP), on(LAMP, brightness_pct=60, transition=2))
    assert [dict(each.data) for each in both if each.call == "light.turn_on"] == [
        {"brightness_pct": Bound(values=(40,)), "transition": Bound(values=(1,))},
        {"brightness_pct": Bound(values=(60,)), "transition": Bound(values=(2,))},
    ]


def test_a_text_with_braces_would_mean_a_parameter() -> None:
    with pytest.raises(Refused, match="braces"):
        may("x y", Action("claw.notify", (), {"text": "{area} is on fire", "to": "everyone"}))


def test_to_whom_a_message_went_is_whom_it_may_go_to() -> None:
    (one,) = may("x y", Action("claw.notify", (), {"text": "Hello", "to": "everyone"}))
    assert one.on is None
    assert one.data == {"text": Bound(values=("Hello",)), "to": Bound(values=("everyone",))}


def test_as_many_calls_as_were_seen_and_room_for_other_rooms_where_it_decides() -> None:
    asked = trace("dark in the living room", [off(one) for one in lights("living_room")])
    plan = generalise([asked], HOUSE)
    assert limits(plan, [asked], looks=False).calls == 2
    assert limits(plan, [asked], looks=True).calls == 6


def test_what_a_program_looks_at_is_told() -> None:
    source = "if state('sun.sun') == 'below_horizon' and find(domain='lock', state='unlocked'):\n    x = 1"
    asked = trace("x y", [on(LAMP)], source=source + f"\nawait call('light.turn_on', {LAMP!r})")
    found = reads(generalise([asked], HOUSE), [source_of(asked.source)], HOUSE)
    assert found == (Which(entity=("sun.sun",)), Which(domain=("lock",)))


def test_what_cannot_be_taken_back_says_why() -> None:
    assert undo([trace("x y", [on(LAMP)])]) == "restore"
    assert "cannot" in undo([trace("x y", [on(LAMP), Action("script.turn_on", ("script.good_night",))])])
