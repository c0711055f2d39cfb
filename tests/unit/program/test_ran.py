from claw.base.action import Action, Outcome
from claw.program.ran import Ran


def test_what_was_only_refused_has_moved_nothing() -> None:
    lamp = Action("light.turn_on", ("light.lamp",))
    assert not Ran("p", (Outcome(lamp, "refused"),)).moved
    assert Ran("p", (Outcome(lamp, "refused"), Outcome(lamp, "unknown"))).moved


def test_a_program_that_waits_has_not_ended() -> None:
    assert Ran("p").ended
    assert not Ran("p", waiting="the washer").ended
