"""Which requests were cases of one thing."""

from claw.base.action import Action
from claw.skills.mentions import mentions, names_of
from claw.skills.skeleton import ALIKE, aligned, likeness, skeleton, steps
from tests.learning_room import HOUSE, off, on

NAMES = names_of(HOUSE.registry)


def alike(one: str, other: str) -> bool:
    return likeness(one, mentions(one, NAMES, "en"), other, mentions(other, NAMES, "en")) >= ALIKE


def test_a_skeleton_holds_no_value_and_no_order() -> None:
    one = skeleton([on("light.a", brightness_pct=30), off("light.b")])
    assert one == skeleton([off("light.c", "light.d"), on("light.e", brightness_pct=99)])
    assert one != skeleton([on("light.a"), off("light.b")])


def test_calls_that_do_the_same_one_after_the_other_are_one_step() -> None:
    calls = [on("light.a"), on("light.b"), off("light.c"), on("light.d"), Action("claw.notify"), Action("claw.notify")]
    assert [(one.service, one.entities, one.calls) for one in steps(calls)] == [
        ("light.turn_on", ("light.a", "light.b"), (0, 1)),
        ("light.turn_off", ("light.c",), (2,)),
        ("light.turn_on", ("light.d",), (3,)),
        ("claw.notify", (), (4,)),
        ("claw.notify", (), (5,)),
    ]
    assert len(steps(calls, apart=True)) == len(calls)


def test_steps_are_held_against_those_on_the_same_things_first() -> None:
    first = steps([on("light.a", brightness_pct=10), off("light.x"), on("light.b", brightness_pct=20)])
    second = steps([on("light.b", brightness_pct=21), off("light.x"), on("light.a", brightness_pct=11)])
    together = aligned([first, second])
    assert together is not None
    assert [[one.entities for one in column] for column in together] == [
        [("light.b",), ("light.b",)],
        [("light.x",), ("light.x",)],
        [("light.a",), ("light.a",)],
    ]
    assert aligned([first, second[:1]]) is None


def test_words_are_compared_without_what_they_name() -> None:
    assert alike("make it cosy in the living room", "please make it cosy in the bedroom")
    assert alike("dim the floor lamp to 40 percent", "dim the bedside lamp to 15 percent")
    assert not alike("make it cosy in the living room", "I want to clean the bedroom")
    assert alike("", "")
