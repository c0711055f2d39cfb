"""Nothing is done in the name of a routine where nobody knows any."""

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.gate.makers import NoRoutines


def test_without_routines_nothing_is_done_in_the_name_of_one() -> None:
    origin = Origin("routine", "anna", routine="blinds")
    with pytest.raises(Refused, match="no routine blinds"):
        NoRoutines().maker(origin)
    with pytest.raises(Refused, match="no routine blinds"):
        NoRoutines().bound([Action("light.turn_on")], origin)
