"""Whether a daemon is alive, as a value."""

import pytest

from claw.channels.channel import Desk
from claw.channels.vital import Vital


def test_nothing_wrong_is_alive() -> None:
    assert Vital().alive
    assert Vital().reasons == ()
    assert Vital().as_json() == {"alive": True, "loop": "ok", "log": "ok", "house": "ok"}


@pytest.mark.parametrize("part", ["loop", "log", "house"])
def test_any_one_that_is_dead_is_enough(part: str) -> None:
    vital = Vital(**{part: "it is dead"})
    assert not vital.alive
    assert vital.reasons == ("it is dead",)
    assert vital.as_json() == {**Vital().as_json(), "alive": False, part: "it is dead"}


def test_the_worst_reason_comes_first() -> None:
    assert Vital(house="c", log="b", loop="a").reasons == ("a", "b", "c")


def test_a_desk_says_what_it_was_given_to_look_at() -> None:
    desk = object.__new__(Desk)
    found = Vital()
    desk.vitals(lambda: found)
    assert desk.vital() is found
    found = Vital(log="dead")
    assert desk.vital() is found
