"""What a learned skill may do: what was seen, as far as a parameter opens it."""

from collections.abc import Collection, Sequence

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.skills.capabilities import capabilities, limits, reads, undo
from claw.skills.generalise import generalise
from claw.skills.manifest import Bound, Capability, Parameter, Selector, Which
from claw.skills.plan import Chosen, Datum, Doing, Fixed, Found, Given, Learned, Named, Plan, Things
from claw.skills.source import source_of
from claw.skills.straight import NOTIFY
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


def test_a_room_that_was_named_is_looked_at_as_the_room_that_is_named() -> None:
    source = "for one in find(domain='light', area='bedroom'):\n    await call('light.turn_on', one, brightness_pct=40)"
    asked = trace("lamp in the bedroom at 40", [on(*lights("bedroom"), brightness_pct=40)], source=source)
    found = reads(generalise([asked], HOUSE), [source_of(asked.source)], HOUSE)
    assert found == (Which(domain=("light",), area=("{area}",)),)


def test_what_cannot_be_taken_back_says_why() -> None:
    assert undo([trace("x y", [on(LAMP)])]) == "restore"
    assert "cannot" in undo([trace("x y", [on(LAMP), Action("script.turn_on", ("script.good_night",))])])


JUST_THE_LAMP = Named((LAMP,))
LEVEL = Learned("level", Parameter(type="number", min=1, max=100), (30,), (None,))


def step(service: str, things: Things = JUST_THE_LAMP, seen: int = 1, **data: Datum) -> Doing:
    return Doing(service, things, data, tuple(((LAMP,) * count, {}) for count in range(1, seen + 1)))


def bound(service: str, datum: Datum, key: str, texts: Collection[str] | None = None) -> Bound:
    (one,) = capabilities(Plan((step(service, **{key: datum}),), (LEVEL,)), texts)
    return one.data[key]


@pytest.mark.parametrize(
    ("service", "key", "datum", "found"),
    [
        (NOTIFY, "to", Fixed("place:hall"), Bound(any=True)),
        (NOTIFY, "to", Fixed("conversation:c1"), Bound(any=True)),
        (NOTIFY, "to", Fixed("person:anna"), Bound(values=("person:anna",))),
        (NOTIFY, "text", Fixed("place:hall"), Bound(values=("place:hall",))),
        (NOTIFY, "title", Given("level"), Bound(values=("{level}",))),
        ("light.turn_on", "to", Fixed("place:hall"), Bound(values=("place:hall",))),
        ("light.turn_on", "text", Given("level"), Bound(values=("{level}",))),
        ("light.turn_on", "rgb_color", Fixed([255, 0, 0]), Bound(any=True)),
        ("light.turn_on", "effect", Fixed(""), Bound(any=True)),
        ("light.turn_on", "flash", Fixed(value=False), Bound(values=(False,))),
        ("light.turn_on", "brightness", Given("level", "byte"), Bound(min=3, max=255)),
        ("light.turn_on", "level", Given("level", "percent"), Bound(min=0.01, max=1.0)),
    ],
)
def test_a_field_may_be_what_it_was_or_what_its_parameter_may_be(
    service: str, key: str, datum: Datum, found: Bound
) -> None:
    assert bound(service, datum, key) == found


def test_a_text_that_stands_in_no_program_is_no_right() -> None:
    assert bound(NOTIFY, Fixed("Hello"), "text", ["Hello"]) == Bound(values=("Hello",))
    assert bound(NOTIFY, Fixed("everyone"), "to", ["Hello"]) == Bound(values=("everyone",))
    with pytest.raises(Refused, match="put together anew"):
        bound(NOTIFY, Fixed("21 degrees"), "text", ["Hello"])
    with pytest.raises(Refused, match="put together anew"):
        bound(NOTIFY, Given("level"), "text", ["Hello"])


def test_the_thing_that_was_chosen_is_that_thing() -> None:
    (one,) = capabilities(Plan((step("light.turn_on", Chosen("lamp")),), ()))
    assert one.on == Selector(entity=("{lamp}",))


def test_a_range_and_a_value_are_two_rights_and_neither_opens_the_other() -> None:
    share, just = Given("level", "percent"), Fixed(0.3)
    for one, other in ((share, just), (just, share), (share, Given("level", "byte"))):
        both = capabilities(Plan((step("light.turn_on", level=one), step("light.turn_on", level=other)), (LEVEL,)))
        assert [each.data["level"] for each in both] == [
            bound("light.turn_on", one, "level"),
            bound("light.turn_on", other, "level"),
        ]


def test_room_is_left_for_as_many_things_as_were_ever_moved() -> None:
    plan = Plan((step("light.turn_on", Found(domain="light"), seen=3),), ())
    assert limits(plan, [trace("x y", [on(LAMP)])], looks=True).calls == 1 + 2 * 3
