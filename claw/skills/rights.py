"""What a skill may do at most: its manifest held against each act, inside the gate (``claw/gate/rights.py``).

A run's own values are known while this process drives it, so "the area that was named" is that area and no other.
After a restart the values are gone, and the parameter's whole range counts: still never more than the manifest says.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from claw.base.action import Action, Origin
from claw.base.clock import Clock
from claw.base.errors import Invalid, Refused
from claw.gate.rights import Narrowed
from claw.house.model import House
from claw.house.text import quoted
from claw.skills.model import Arguments, Skill
from claw.skills.within import within

Whole = Callable[[str], Skill]
"""Gives a skill by name, its bytes hashed now (``Library.whole``); raises Refused with why it is not what it was."""

MayRun = Callable[[Skill, Origin], str | None]
"""Says why a skill may not run for somebody now, None where it may (``Life.may_run``)."""

MOST_RUNS = 200
"""Runs that are known at a time: the oldest one goes, and counts as one that nothing is known of any more."""

_MARK = 16
"""Characters of a skill's hash in what its runs are called, behind as many that are drawn by lot."""


def task_of(skill: Skill) -> str:
    """Return what a new run of ``skill`` is called: by it a restarted Claw knows which bytes it began with."""
    return secrets.token_hex(_MARK // 2) + skill.hash[:_MARK]


def is_of(task: str, skill: Skill) -> bool:
    """Return whether a run that is called so may be one of these bytes: a run that no skill began is anybody's."""
    return len(task) != 2 * _MARK or task[_MARK:] == skill.hash[:_MARK]


@dataclass
class _Under:
    """A run under way: ``left`` are its seconds, and ``since`` the moment (monotonic) from which they count."""

    skill: Skill
    arguments: Arguments | None
    left: float
    since: float | None
    calls: int = 0


class SkillRights:
    """Fills the gate's port; used from the event loop only."""

    def __init__(self, whole: Whole, may_run: MayRun, clock: Clock) -> None:
        self._whole = whole
        self._may_run = may_run
        self._clock = clock
        self._runs: OrderedDict[str, _Under] = OrderedDict()

    def began(self, task: str, skill: Skill, arguments: Arguments) -> None:
        """Take note of a run under way in this process: its values, and that its time begins."""
        self._runs[task] = _Under(skill, arguments, skill.manifest.limits.seconds, self._clock.monotonic())
        while len(self._runs) > MOST_RUNS:
            self._runs.popitem(last=False)

    def waits(self, task: str) -> None:
        """Stop the clock of a run that waits for a person: it is not the skill that takes so long."""
        run = self._runs.get(task)
        if run is not None and run.since is not None:
            run.left -= self._clock.monotonic() - run.since
            run.since = None

    def goes_on(self, task: str) -> None:
        """Start the clock of a run again."""
        run = self._runs.get(task)
        if run is not None and run.since is None:
            run.since = self._clock.monotonic()

    def ended(self, task: str) -> None:
        """Let go of a run."""
        self._runs.pop(task, None)

    def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
        """Return what the skill may do of ``actions`` now: nothing where it is unknown, changed, untrusted or off."""
        try:
            run = self._run(origin)
        except (Refused, Invalid) as error:
            return [Narrowed("deny", str(error))] * len(actions)
        why = self._over(run, len(actions))
        return [Narrowed("deny", why)] * len(actions) if why else [self._one(run, one, house) for one in actions]

    def charged(self, action: Action, origin: Origin, house: House) -> None:
        """Count an act that is about to be done; raises Refused where the skill may not do it any more."""
        run = self._run(origin)
        why = self._over(run, 1)
        narrowed = self._one(run, action, house)
        if why or narrowed.effect == "deny":
            raise Refused(why or narrowed.why)
        run.calls += 1
        if origin.task:
            self._runs.setdefault(origin.task, run)

    def _run(self, origin: Origin) -> _Under:
        """Return the run that ``origin`` speaks of; raises Refused where no such skill may run."""
        run = self._runs.get(origin.task)
        if run is None or run.skill.name != origin.skill:
            skill = self._whole(origin.skill)
            if not is_of(origin.task, skill):
                raise Refused(f"the skill {quoted(skill.name, 64)} is not the version any more that began this")
            run = _Under(skill, None, skill.manifest.limits.seconds, self._clock.monotonic())
        why = self._may_run(run.skill, origin)
        if why is not None:
            raise Refused(why)
        return run

    def _over(self, run: _Under, more: int) -> str | None:
        """Return why ``more`` acts would be too many, or too late; None where they are not."""
        limits, called = run.skill.manifest.limits, quoted(run.skill.name, 64)
        if run.calls + more > limits.calls:
            return f"{called} may call {limits.calls} times in one run, and wants {run.calls + more}"
        if run.since is not None and self._clock.monotonic() - run.since > run.left:
            return f"{called} took longer than its {limits.seconds:g} seconds"
        return None

    def _one(self, run: _Under, action: Action, house: House) -> Narrowed:
        skill, called = run.skill, quoted(run.skill.name, 64)
        why = within(skill.manifest, action, house, run.arguments)
        if why is not None:
            return Narrowed("deny", f"{called} may not do that: {why}")
        if action.name in skill.manifest.confirm:
            return Narrowed("confirm", f"{called} never does this without a yes")
        return Narrowed()
