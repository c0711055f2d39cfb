"""What a routine would do, judged and rehearsed like the real thing, with nothing done and nobody asked.

A new routine may run dry for its first firings: each row says what it would have done, and after the last of them its
person gets the evidence.  Where something would have been refused it does not begin to act by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from claw.base.action import Action, Decision, Json, Message, Origin
from claw.base.errors import ClawError, Refused
from claw.gate.hand import by_hand
from claw.house.text import plain, quoted
from claw.routines.doing_rooms import Rooms
from claw.routines.model import Done, Routine
from claw.routines.prompting import wanted
from claw.routines.rights import acting, address, made
from claw.routines.spec import Act, Acts, Prompts, Runs, Says, Step
from claw.routines.steps import actions_of, said
from claw.routines.wording_do import deeds

REFUSED = "would be refused"
KEPT = "dry"
"""The key under which a routine keeps what it would have done so far."""
MOST_LINES = 40
_MOST_SHOWN = 5
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class _Line:
    """One thing that it would do, and why that would be refused or left alone; empty where it would not."""

    text: str
    why: str = ""
    refused: bool = False

    @property
    def told(self) -> str:
        return f"{self.text} ({self.why})" if self.why else self.text


class Dry:
    """Runs routines dry; one for the whole daemon."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def run(self, routine: Routine) -> Done:
        """Return what a run would do now."""
        lines: list[_Line] = []
        spec = self._rooms.things.spec(routine)
        for step in spec.do:
            lines += await self._step(step, routine)
        refused = [line.why for line in lines if line.refused]
        return Done("shadow", "; ".join(dict.fromkeys(refused)), would=tuple(line.told for line in lines[:MOST_LINES]))

    async def trial(self, routine: Routine) -> Done:
        """Run a routine dry that does so for its first firings, and let it act by itself after the last of them."""
        done = await self.run(routine)
        rows, left = self._rooms.rows, routine.shadow_left - 1
        found = rows.kept(routine.id).get(KEPT)
        seen: list[Mapping[str, Json]] = [*found] if isinstance(found, list) else []
        seen.append({"would": plain("; ".join(done.would) or "nothing", _LONGEST), "refused": bool(done.reason)})
        if left > 0:
            rows.keep(routine.id, {KEPT: seen[-MOST_LINES:]})
            rows.change(routine.id, shadow_left=left)
            return done
        rows.keep(routine.id, {KEPT: None})
        refused = any(one.get("refused") for one in seen)
        if refused:
            rows.change(routine.id, shadow_left=max(1, routine.spec.shadow))
        else:
            rows.change(routine.id, state="on", shadow_left=0, why="")
        self._rooms.tell(Message(address(routine), _evidence(routine, seen, done, refused=refused)))
        return done

    async def _step(self, step: Step, routine: Routine) -> Sequence[_Line]:
        match step:
            case Acts():
                return self._judged(actions_of(step.actions), routine)
            case Says():
                return self._judged((said(step, routine),), routine)
            case Runs():
                return await self._skill(step, routine)
            case Prompts():
                return await self._prompt(step, routine)

    async def _skill(self, step: Runs, routine: Routine) -> Sequence[_Line]:
        minds, text = self._rooms.minds, self._words((step,), routine)[0]
        try:
            skill = minds.library.whole(step.skill)
            actions = await minds.runner.dry(skill, step.arguments, replace(_looking(routine), skill=skill.name))
        except ClawError as error:
            return [_Line(text, f"{REFUSED}: {plain(str(error), _LONGEST)}", refused=True)]
        return [_Line(text), *self._judged(actions, routine, skill=skill.name)]

    async def _prompt(self, step: Prompts, routine: Routine) -> Sequence[_Line]:
        found, _ = await wanted(step, self._rooms.minds, _looking(routine))
        text = self._words((step,), routine)[0]
        if found is None:
            return [_Line(text)]
        return [_Line(text, found.reason, refused=found.status != "skipped")]

    def _judged(self, actions: Sequence[Action], routine: Routine, skill: str = "") -> Sequence[_Line]:
        if not actions:
            return ()
        words = [self._act_words(one, routine) for one in actions]
        try:
            with self._rooms.rights.supposed(routine) as origin:
                plan = self._rooms.judge.judge(actions, replace(origin, skill=skill))
        except Refused as error:
            why = str(error)
            if by_hand(why):
                return [_Line(text, why) for text in words]
            return [_Line(text, f"{REFUSED}: {why}", refused=True) for text in words]
        denied = plan.denied
        if denied is not None:
            return [_Line(text, f"{REFUSED}: {denied.why}", refused=True) for text in words]
        return [_Line(text, _asked(one)) for text, one in zip(words, plan.decisions, strict=True)]

    def _act_words(self, action: Action, routine: Routine) -> str:
        try:
            act = Act(action=action.name, entities=action.entities, data=dict(action.data))
        except ValidationError:
            return action.name
        return self._words((Acts(actions=(act,)),), routine)[0]

    def _words(self, steps: Iterable[Step], routine: Routine) -> Sequence[str]:
        return deeds(tuple(steps), self._rooms.judge.mirror.house(), routine.language)


def _looking(routine: Routine) -> Origin:
    """Return in whose name a dry run looks at the house: its maker's own, for it may be no routine yet."""
    return made(routine) or acting(routine)


def _asked(decision: Decision) -> str:
    return f"somebody would be asked first: {decision.why}" if decision.effect == "confirm" else ""


def _evidence(routine: Routine, seen: Sequence[Mapping[str, Json]], done: Done, *, refused: bool) -> str:
    name, times = quoted(routine.spec.name, 60), "once" if len(seen) == 1 else f"{len(seen)} times"
    shown = list(dict.fromkeys(str(one.get("would", "")) for one in reversed(seen)))[:_MOST_SHOWN]
    would = " / ".join(shown)
    if refused:
        why = f" ({plain(done.reason, _LONGEST)})" if done.reason else ""
        return f"{name} ran dry {times} and goes on so, because something {REFUSED}{why}. It would have done: {would}."
    return f"{name} ran dry {times} and acts by itself from now on. It would have done: {would}."
