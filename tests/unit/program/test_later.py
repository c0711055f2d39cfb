"""What a program says about later, and that it is the same in the rehearsal and in the run."""

from datetime import UTC, datetime

from claw.base.action import Action
from claw.program.later import Later


def test_what_is_wanted_later_is_a_value() -> None:
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    one = Later("07:00", (Action("light.turn_on", ("light.a",)),), "", "", once=False, now=now)
    assert one == Later("07:00", (Action("light.turn_on", ("light.a",)),), "", "", once=False, now=now)
