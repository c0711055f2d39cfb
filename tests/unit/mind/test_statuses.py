"""What several outcomes come to."""

import pytest

from claw.base.action import Action, Outcome, OutcomeStatus, ReplyStatus
from claw.gate.carry import DIVERGED
from claw.mind.statuses import broken_off, status


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("done", "unchanged"), "done"),
        (("done", "sent"), "started"),
        (("started",), "started"),
        (("done", "failed"), "partial"),
        (("unknown",), "failed"),
        (("refused",), "refused"),
        (("refused", "failed"), "failed"),
        (("started", "refused"), "partial"),
    ],
)
def test_the_status_of_a_reply(statuses: tuple[OutcomeStatus, ...], expected: ReplyStatus) -> None:
    assert status(tuple(Outcome(Action("a.b"), one) for one in statuses)) == expected


def test_a_stop_in_the_middle_is_told_as_stopped() -> None:
    assert status((Outcome(Action("a.b"), "refused", "stopped"),)) == "stopped"


def test_a_plan_that_halted_with_something_done_may_be_taken_back() -> None:
    done, left = Outcome(Action("a.b"), "done"), Outcome(Action("a.b"), "refused", DIVERGED)
    assert broken_off((done, left))
    assert not broken_off((left,))
    assert not broken_off((done, Outcome(Action("a.b"), "refused", "you may not")))
