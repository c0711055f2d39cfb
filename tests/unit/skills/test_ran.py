from typing import Any

import pytest

from claw.base.action import Action, Outcome, OutcomeStatus
from claw.program.ran import Problem, ProblemKind, Ran
from claw.skills.ran import SkillRan
from tests.gate_room import OWNER
from tests.run_room import skill

ON = Action("light.turn_on", ("light.lamp",))


def ran(
    *statuses: OutcomeStatus, held: bool | None = True, problem: ProblemKind | None = None, **more: Any
) -> SkillRan:
    wrong = Problem(problem, "why") if problem is not None else None
    outcomes = tuple(Outcome(ON, one) for one in statuses)
    return SkillRan(skill(), {}, OWNER, "x", "r1", Ran("r1", outcomes, problem=wrong, **more), held)


@pytest.mark.parametrize(
    ("found", "how", "ended"),
    [
        (ran(), "done", True),
        (ran("done", "unchanged", "sent"), "done", True),
        (ran("done", held=False), "failed", True),
        (ran("done", "failed"), "failed", True),
        (ran("unknown"), "failed", True),
        (ran("done", "refused"), "refused", True),
        (ran("done", "started", held=None), "started", False),
        (ran("done", "started"), "done", True),
        (ran("started", held=False), "failed", True),
        (ran(problem="failed", held=None), "failed", True),
        (ran(problem="denied", held=None), "refused", True),
        (ran(held=None, waiting="the door"), "started", False),
        (ran(held=None, question=object()), "asked", False),
        (ran(held=None, pending=object()), "asked", False),
    ],
)
def test_how_a_run_stands(found: SkillRan, how: str, ended: bool) -> None:
    assert (found.how, found.ended) == (how, ended)


def test_its_calls_are_those_of_its_outcomes() -> None:
    assert ran("done", "refused").calls == (ON, ON)
