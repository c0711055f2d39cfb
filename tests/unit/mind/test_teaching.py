"""What was taught, put together."""

from dataclasses import fields

from claw.mind.teaching import Taught


def test_a_turn_asks_for_four_things() -> None:
    assert [one.name for one in fields(Taught)] == ["preferring", "choosing", "correcting", "names"]
