"""What a home is."""

from dataclasses import FrozenInstanceError

import pytest

from claw.care.init_home import NO_ASSIST
from tests.init_room import demo_home


def test_a_home_is_a_value() -> None:
    home = demo_home()
    assert (home.assist, home.theirs) == (NO_ASSIST, "127.0.0.1")
    with pytest.raises(FrozenInstanceError):
        home.url = "http://elsewhere"  # type: ignore[misc]
