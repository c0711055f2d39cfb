"""One step of a routine, done: actions as one plan, a skill, a message, or something for the model to decide.

Each goes through the gate and comes back as what was seen.  What people have just changed by hand is left out before,
so that the rest of a plan is done; the judge looks once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from claw.base.action import Action, Message, Origin, Outcome
from claw.base.errors import ClawError
from claw.gate.hand import by_hand
from claw.gate.messages import notify
from claw.house.text import plain, quoted
from claw.mind.replies import outcome_text
from claw.routines.doing_rooms import Rooms
from claw.routines.model import Routine, Run, RunStatus
from claw.routines.prompting import Prompting
from claw.routines.rights import address
from claw.routines.spec import Act, Acts, Prompts, Runs, Says, Step
from claw.routines.stepped import Stepped
from claw.skills.ran import NotNow

if TYPE_CHECKING:  # most houses run no program for most of a day, and a start does not pay for what runs them
    from claw.program.ran import Ran

MOST_TOLD = 400
"""Characters of what came of one step in its row."""
MOST_SAID = 1900
"""Characters of one message."""


@dataclass(frozen=True, slots=True)
class Under:
    """A run under way: whose it is, its row, and the origin that it acts in."""

    routine: Routine
    run: Run
    origin: Origin


class Steps:
    """Does steps; one for all runs."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._prompting = Prompting(rooms)

    async def do(self, step: Step, under: Under) -> Stepped:
        """Do one step and return what came of it; raises Broken only where the log cannot be written."""
        match step:
            case Acts():
                return await self._acts(actions_of(step.actions), under)
            case Runs():
                return await self._skill(step, under)
            case Says():
                return await self._performed((said(step, under.routine),), under)
            case Prompts():
                return await self._prompt(step, under)

    def came(self, outcomes: Sequence[Outcome], language: str) -> Stepped:
        """Return what some outcomes come to: as bad as the worst of them, in words that tell each."""
        statuses = {outcome.status for outcome in outcomes}
        refused = [outcome.detail for outcome in outcomes if outcome.status == "refused"]
        status: RunStatus = "done"
        if "unknown" in statuses:
            status = "unknown"
        elif "failed" in statuses:
            status = "failed"
        elif refused:
            status = "held" if all(map(by_hand, refused)) and statuses == {"refused"} else "refused"
        if statuses == {"refused"}:
            text = "; ".join(dict.fromkeys(refused))
        else:
            text = outcome_text(outcomes, self._rooms.judge.mirror.house(), language)
        return Stepped(status, plain(text, MOST_TOLD), tuple(outcomes))

    async def _acts(self, actions: Sequence[Action], under: Under) -> Stepped:
        rooms, routine = self._rooms, under.routine
        if under.run.firing.asked_by is not None:
            return await self._performed(actions, under)  # a person asks for it now: that is their hand, too
        spared = rooms.hands.spare(actions, rooms.judge.mirror.house(), routine.id)
        if not spared.left:
            return await self._performed(actions, under)
        why, first = rooms.hands.said(spared.left), rooms.hands.first_time(routine.id, spared.left)
        if not spared.actions:
            return Stepped("held" if first else "skipped", why)
        found = await self._performed(spared.actions, under)
        if first:
            rooms.tell(Message(address(routine), f"{quoted(routine.spec.name, 60)}: {why}."))
        return replace(found, reason=f"{found.reason} {why}".strip())

    async def _performed(self, actions: Sequence[Action], under: Under) -> Stepped:
        performed = await self._rooms.gate.perform(actions, under.origin, said=under.routine.spec.name)
        if performed.pending is not None:
            return Stepped("asked", pending=performed.pending)
        return self.came(performed.outcomes, under.routine.language)

    async def _skill(self, step: Runs, under: Under) -> Stepped:
        minds = self._rooms.minds
        try:
            skill = minds.library.whole(step.skill)
        except ClawError as error:
            return Stepped("refused", str(error))
        found = await minds.runner.run(skill, step.arguments, under.origin, under.routine.spec.name)
        if isinstance(found, NotNow):
            return Stepped("failed" if found.values else "skipped", found.why)
        came = self.ran(found.ran, under.routine.language, found.unheld)
        if came.status != "done" or skill.manifest.may or minds.tells is None:
            return came
        # A skill that may do nothing is there for what it tells; unheard it would have run in vain.
        text = plain(minds.tells(found, under.routine.language), MOST_SAID)
        taint = tuple(dict.fromkeys((*under.origin.taint, *found.ran.taint)))
        told = replace(under, origin=replace(under.origin, taint=taint))
        said = await self._performed((notify(Message(address(under.routine), text)),), told)
        return said if said.status != "done" else replace(came, reason=plain(text, MOST_TOLD), outcomes=said.outcomes)

    def ran(self, ran: "Ran", language: str, unheld: Sequence[str] = ()) -> Stepped:
        """Return what came of a program, as far as it has come; ``unheld`` is what must be so and is not."""
        problem = ran.problem
        if ran.pending is not None:
            return Stepped("asked", outcomes=ran.outcomes, pending=ran.pending)
        if ran.question is not None:
            return Stepped(
                "failed", f"it asks {quoted(ran.question.text)}, and nobody is there to answer", ran.outcomes
            )
        came = self.came(ran.outcomes, language) if ran.outcomes else Stepped("done", "it ran")
        if problem is not None and came.status == "done":
            status: RunStatus = "refused" if problem.kind == "denied" else "failed"
            return replace(came, status=status, reason=plain(problem.text, MOST_TOLD))
        if came.status == "done" and unheld:
            return replace(came, status="failed", reason=plain("; ".join(unheld), MOST_TOLD))
        if ran.waiting:
            return replace(came, reason=f"it waits for {plain(ran.waiting, 150)} and goes on by itself")
        return came

    async def _prompt(self, step: Prompts, under: Under) -> Stepped:
        found = await self._prompting.do(step, under.routine, under.origin)
        if found.text:
            message = Message(address(under.routine), plain(found.text, MOST_SAID))
            told = await self._performed((notify(message),), replace(under, origin=found.origin))
            if told.status != "done":
                return replace(told, outcomes=(*found.stepped.outcomes, *told.outcomes))
        return found.stepped


def actions_of(acts: Sequence[Act]) -> tuple[Action, ...]:
    """Return what a step writes as the gate takes it."""
    return tuple(Action(act.action, act.entities, act.data) for act in acts)


def said(step: Says, routine: Routine) -> Action:
    """Return the action by which a message is sent; ``me`` is whoever made the routine, or the room it was made in."""
    to = address(routine) if step.to == "me" else step.to
    return notify(Message(to, step.say, "timer" if routine.spec.kind == "timer" else "note", step.urgency))
