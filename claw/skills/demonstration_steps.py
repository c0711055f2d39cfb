"""Whose hand it was: what of all that changed in a house was done by the one who shows something.

Home Assistant says who was behind a change only in its context, so each change is kept with it and judged when the
showing is over: an act of Claw's own is known as that only once it is in the log.  What a device still reports of
somebody else's act, after that act's context is gone, is no hand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from claw.gate.cause import Causes
from claw.house.model import Cause, State
from claw.skills.demonstration_lines import Snapshot, snapshot

Hand = Literal["own", "hand", "other", "none"]
"""Whose a change was.

``own``: that of the one who shows; ``hand``: somebody's at the device, or the device's own report; ``other``: another
person's; ``none``: no person's.
"""

MOVING = frozenset(
    {"opening", "closing", "locking", "unlocking", "arming", "disarming", "pending", "returning", "buffering"}
)
"""States on the way to another, which a device reports later and by itself."""

ECHO = timedelta(seconds=10)
"""For how long a device goes on reporting one act: a lamp that fades, a player that starts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change that was seen: what became how, when, in which context.

    ``machine`` is whether it was seen, when it came, to be no hand's: an automation's or a script's (after a restart
    nobody knows), or of an act from before the beginning.
    """

    at: datetime
    entity: str
    shot: Snapshot
    context: str | None = None
    cause: Cause | None = None
    machine: bool = False


class Hands:
    """Tells whose hand was behind a step."""

    def __init__(self, causes: Causes, name: Callable[[str], str]) -> None:
        """``name`` gives what the household calls a person."""
        self._causes = causes
        self._name = name

    def is_machine(self, context: str | None, cause: Cause | None) -> bool:
        """Return whether an automation or a script is known to be behind a context now."""
        who = self._causes.behind(context, cause)
        return who.kind == "automation" or (who.kind == "script" and who.person is None)

    def of(self, step: Step, person: str) -> Hand:
        """Return whose ``step`` was, with ``person`` (by id) showing something."""
        if step.machine:
            return "none"
        who = self._causes.behind(step.context, step.cause)
        if who.kind == "claw":
            return self._asked(step.context, person)
        if who.kind == "hand":
            return "hand"
        if who.kind == "stranger":
            return "other"
        if who.kind == "person" or (who.kind == "script" and who.person is not None and who.after is None):
            return "own" if who.person == self._name(person) else "other"
        return "none"

    def _asked(self, context: str | None, person: str) -> Hand:
        """Return whose an act of Claw's was: what somebody asks for while they show something is a part of it."""
        deed = self._causes.deeds.in_context(context)
        origin = deed.origin if deed is not None else None
        if origin is None or origin.person is None or not origin.authenticated:
            return "none"
        if origin.taint or origin.skill or origin.routine:
            return "none"  # a stranger's text, or what runs by itself, must not be shown in somebody's name
        return "own" if origin.person == person else "other"


def of_hand(
    steps: Sequence[Step], began: Mapping[str, Snapshot], whose: Callable[[Step], Hand]
) -> tuple[dict[str, Snapshot], tuple[str, ...]]:
    """Return the last that the own hand made of each thing, in the order of their last turns, and what others moved.

    ``steps`` are in order; ``began`` is how the things were before them.
    """
    last: dict[str, tuple[datetime, Snapshot]] = {}
    others: dict[str, None] = {}
    before: dict[str, tuple[Step | None, Hand]] = {
        entity: (None, "none") for entity, shot in began.items() if shot.value in MOVING
    }
    for step in steps:
        hand = whose(step)
        if hand == "hand":
            previous, theirs = before.get(step.entity, (step, "own"))
            hand = theirs if _goes_on(previous, step) else "own"
        before[step.entity] = (step, hand)
        if hand == "own":
            at, shot = last.get(step.entity, (step.at, began.get(step.entity)))
            turned = shot is None or shot.value != step.shot.value
            last[step.entity] = (step.at if turned else at, step.shot)
        elif hand == "other":
            others[step.entity] = None
    ordered = sorted(last.items(), key=lambda one: one[1][0])
    return {entity: shot for entity, (_, shot) in ordered}, tuple(one for one in others if one not in last)


def _goes_on(previous: Step | None, step: Step) -> bool:
    """Return whether ``step`` is no more than what the device still says of what was done to it before."""
    if previous is None or previous.shot.value in MOVING:
        return True
    return step.at - previous.at < ECHO and previous.shot.value == step.shot.value


def step_of(entity: str, state: State, at: datetime, *, machine: bool) -> Step:
    """Return the step that a state is."""
    return Step(at, entity, snapshot(entity, state), state.context, state.cause, machine)
