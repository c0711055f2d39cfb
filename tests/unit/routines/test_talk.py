"""Talk about what is to happen later."""

from claw.routines.talk import RoutineTalk


def test_talk_says_what_it_is() -> None:
    assert RoutineTalk.__doc__
