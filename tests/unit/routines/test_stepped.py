"""Several steps are never told as better than the worst of them."""

import pytest

from claw.base.action import Action, Outcome
from claw.routines.model import RunStatus
from claw.routines.stepped import Stepped, together


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["done", "done"], "done"),
        (["done", "skipped"], "done"),
        (["held", "done"], "done"),
        (["held", "skipped"], "held"),
        (["skipped"], "skipped"),
        (["done", "failed"], "failed"),
        (["done", "refused"], "refused"),
        (["done", "unknown"], "unknown"),
        (["done", "asked"], "asked"),
        ([], "skipped"),
    ],
)
def test_what_several_steps_come_to(statuses: list[RunStatus], status: RunStatus) -> None:
    assert together([Stepped(one) for one in statuses]).status == status


@pytest.mark.parametrize(
    ("status", "on"),
    [("done", True), ("skipped", True), ("held", True), ("refused", False), ("failed", False), ("unknown", False)],
)
def test_after_what_did_not_work_nothing_goes_on(status: RunStatus, on: bool) -> None:
    assert Stepped(status).goes_on is on


def test_what_is_told_names_each_thing_once_and_what_is_left_undone() -> None:
    outcome = Outcome(Action("light.turn_on"), "done", audit=3)
    found = together(
        [Stepped("done", "It is on.", (outcome,)), Stepped("failed", "It is on."), Stepped("failed", "no")], 1
    )
    assert found.reason == "It is on; no; the step after it is left undone"
    assert found.outcomes == (outcome,)
    assert together([Stepped("done")], 2).reason == "the 2 steps after it are left undone"
