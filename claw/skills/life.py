"""The life of a skill: draft, tested, shadow, trusted, stale, retired; who says so, and what takes it back.

Trust is given to bytes, step by step, and only by what cannot be talked into: a green proof, dry runs that did what
its own people then really had done, an owner's yes.  It is taken by what is seen.  Nothing is deleted; every step has
its reason, its row and its entry in the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from claw.base.action import Origin, Outcome
from claw.base.errors import ClawError
from claw.gate.answering import ADULTS
from claw.gate.plan import without_codes
from claw.memory.sources import proven
from claw.skills.deeds import Deeds
from claw.skills.ground import Ground, called, theirs
from claw.skills.life_words import sentence
from claw.skills.model import RUNS, Draft, Report, Skill, Standing
from claw.skills.proofs import Proofs
from claw.skills.runs import SkillRun

if TYPE_CHECKING:
    from claw.skills.deciding import Decided
    from claw.skills.ran import SkillRan

logger = logging.getLogger(__name__)

AGREEMENTS = 3
"""Dry runs one after the other that did what was really done, after which a skill runs by itself."""
LAST_HELD, MOST_UNHELD = 5, 2
"""So many failed postconditions of the last so many runs take its trust away."""
LAST_UNDONE, MOST_UNDONE = 10, 3
"""So many runs of the last so many that a person took back, or changed by hand soon after, do too."""
STALE = timedelta(days=30)
RETIRED = timedelta(days=90)
MISSING = timedelta(minutes=10)
"""A thing must be gone for so long: a house that starts anew tells of its things one after the other."""
KEPT = timedelta(days=90)
"""How long runs, and the words that led to them, are kept."""

_OWN_FAULT = frozenset({"failed", "limit", "mistyped"})
"""Kinds of problems of a program that are its own, and not the house's, the rules' or a person's."""


class Learns(Protocol):
    """What takes a draft into the library through the gate (``claw/skills/deciding.py``)."""

    async def learn(self, draft: Draft, origin: Origin, *, said: str = "") -> "Decided":
        """Take a skill that was put together into the library."""
        ...


class Life:
    """Moves skills from state to state; used from the event loop only."""

    def __init__(self, ground: Ground, learns: Learns) -> None:
        """``learns`` is the way through the gate by which a draft comes into the library."""
        self._in = ground
        self._learns = learns
        self._tasks: set[asyncio.Task[None]] = set()
        self._missing: dict[str, datetime] = {}
        self._looked: dict[str, datetime] = {}
        self.proofs = Proofs(ground)
        self.deeds = Deeds(ground)

    def reconcile(self, name: str | None = None) -> None:
        """Hold what stands against the library, of one skill or of all: what nobody knows or was changed is a draft.

        What came with Claw is trusted by the lock it came with; raises Broken where it cannot be written.
        """
        known = self._in.library.all() if name is None else (self._in.library.get(name),)
        for skill in known:
            if skill is not None and skill.name not in self.deeds.writing:
                self._reconcile(skill)
        for broken, why in self._in.library.broken().items():
            standing = self._in.standings.of(broken) if name in {None, broken} else None
            if standing is not None and standing.state != "draft":
                draft = replace(standing, state="draft", agreed=0, accepted_by="", accepted_at=None)
                self._in.standings.put(draft, "changed", f"it cannot be read: {why}")

    def _reconcile(self, skill: Skill) -> None:
        before = self._in.standings.of(skill.name)
        problem = skill.problems[0] if skill.problems else ""
        if before is not None and before.hash == skill.hash and not (problem and before.state != "draft"):
            return
        shipped = self._in.library.place(skill.name) == "shipped"
        made = "shipped" if shipped else "written" if before is None or before.made == "shipped" else before.made
        new = Standing(skill.name, skill.version, skill.hash, "draft", made)
        if before is not None:
            new = replace(new, enabled=before.enabled, people=before.people, last_run=before.last_run)
        if shipped and not problem:
            retired = before is not None and before.made == "shipped" and before.state == "retired"
            new = replace(new, state="retired" if retired else "trusted", people=())
            self._in.standings.put(new, "updated" if before else "found", "it came with Claw")
        elif before is None:
            self._in.standings.put(new, "found", problem or "nobody has looked at it yet")
        else:
            since = before.changed.date().isoformat() if before.changed is not None else "then"
            self._in.standings.put(new, "changed", problem or f"it was changed since {since}")

    def may_run(self, skill: Skill, origin: Origin) -> str | None:
        """Return why ``skill`` does not run for ``origin``, in a sentence for them; None where it does."""
        standing = self._in.standings.of(skill.name)
        name = called(skill.name)
        if standing is None or standing.hash != skill.hash or skill.problems or standing.state == "draft":
            why = skill.problems[0] if skill.problems else standing.why if standing else "nobody has looked at it yet"
            return f"The skill {name} is a draft: {why}."
        if not standing.enabled:
            return f"The skill {name} is turned off."
        if standing.state not in RUNS:
            return f"The skill {name} does not run by itself: {standing.why}."
        if not theirs(standing, origin):
            return f"The skill {name} was learned from somebody else, and no owner has taken it for everybody yet."
        role = self._in.role(origin.person) if origin.authenticated else None
        wanted = {"adults": ADULTS, "owner": frozenset({"owner"})}.get(skill.manifest.visibility)
        return None if wanted is None or role in wanted else f"The skill {name} is not for everybody."

    def shadows(self, skill: Skill, origin: Origin) -> bool:
        """Return whether a dry run for ``origin`` counts: the skill waits for agreement, and theirs is one.

        Only a proven grown-up's own word is: no guest's or child's, no unknown voice's, nothing that text from outside
        had a part in, nothing that a routine or another skill asked for, and of a learned skill only its own people's.
        """
        standing = self._in.standings.of(skill.name)
        if standing is None or standing.state != "shadow" or not standing.enabled or standing.hash != skill.hash:
            return False
        role = self._in.role(origin.person)
        own = proven(origin, role) and role in ADULTS and not origin.taint and not origin.asks_only
        return own and theirs(standing, origin) and not skill.problems

    async def ran(self, done: "SkillRan") -> None:
        """Keep a real run that has ended, follow what people do about it, and take trust back where it often fails."""
        skill, run = done.skill, _row(done)
        number = self._in.runs.add(run)
        self._in.standings.used(skill.name)
        standing = self._in.standings.of(skill.name)
        if standing is None or standing.hash != skill.hash:
            return
        if standing.state == "stale":
            standing = await self._in.standings.raised(replace(standing, state="trusted"), "used", "it is used again")
        self._in.aftermath.follow(done.ran.outcomes, lambda why: self._regret(standing, number, why))
        unheld = [one for one in self._since(standing, LAST_HELD) if one.held is False]
        if run.held is False and len(unheld) >= MOST_UNHELD:
            why = run.why or "it failed"
            await self.demote(standing, f"{len(unheld)} of its last runs did not do what they should ({why})")

    async def agreed(self, skill: Skill, run: SkillRun, origin: Origin, outcomes: Sequence[Outcome] = ()) -> None:
        """Keep a dry run with ``run.held`` whether it did what was really done; trust the skill after three.

        ``outcomes`` are what was really done: where somebody takes that back, it was no agreement.
        """
        standing = self._in.standings.of(skill.name)
        if standing is None or not self.shadows(skill, origin):
            return
        number = self._in.runs.add(run)
        if not run.held:
            self._in.standings.agreed(skill.name, 0)
            return
        self._in.aftermath.follow(outcomes, lambda why: self._regret(standing, number, why))
        count = standing.agreed + 1
        self._in.standings.agreed(skill.name, count)
        if count >= AGREEMENTS:
            await self._promote(skill, replace(standing, agreed=count))

    async def _promote(self, skill: Skill, standing: Standing) -> None:
        """Trust a skill that agreed often enough, unless that needs an owner's yes."""
        people = () if standing.accepted_by else standing.people
        asks = await self._in.rules.asks(skill, people)
        why = asks or await self._in.rules.denied(skill, people) or self._in.rules.gone(skill)
        if why is None and standing.made != "shipped" and not self._in.standings.green(skill.name, skill.hash):
            why = "its proof is not green"
        if why is None:
            told = f"it did {AGREEMENTS} times what was really done"
            standing = await self._in.standings.raised(replace(standing, state="trusted"), "trusted", told)
            await self._say(standing, "trusted", count=AGREEMENTS)
        elif standing.agreed == AGREEMENTS:
            standing = self._in.standings.put(standing, "waits", f"it needs an owner's yes: {why}")
            await self._say(standing, "waits", why=why)

    def _regret(self, before: Standing, number: int, why: str) -> None:
        """Take note that a person took back what a run did, or what a dry run agreed with."""
        self._in.runs.undo(number, why)
        standing = self._in.standings.of(before.name)
        if standing is None or standing.hash != before.hash:
            return
        if standing.state == "shadow":
            self._in.standings.agreed(standing.name, 0)
            return
        if before.state == "shadow" and standing.state == "trusted" and not standing.accepted_by:
            # What it was trusted for was not wanted after all.
            self._soon(partial(self.demote, standing, f"what it agreed with was taken back: {why}"))
            return
        undone = [one for one in self._since(standing, LAST_UNDONE) if one.undone is not None]
        if len(undone) >= MOST_UNDONE:
            told = f"{len(undone)} of its last runs were taken back or changed by hand soon after"
            self._soon(partial(self.demote, standing, told))

    def _since(self, standing: Standing, count: int) -> list[SkillRun]:
        """Return the last real runs of these bytes since their standing last changed."""
        runs = self._in.runs.of(standing.name, count, hash=standing.hash, mode="real")
        since = standing.changed
        return [one for one in runs if since is None or one.at is None or one.at >= since]

    async def demote(self, standing: Standing, why: str) -> None:
        """Have a skill run beside the ordinary way again, and tell whom it concerns; nothing where it does not run."""
        now = self._in.standings.of(standing.name)
        if now is None or now.hash != standing.hash or now.state not in RUNS:
            return
        self._in.standings.put(replace(now, state="shadow", agreed=0), "demoted", why)
        earlier = [one for one in self._in.standings.versions(now.name) if one.hash != now.hash and one.proved]
        more = sentence(self._in.language, "earlier", version=earlier[0].version) if earlier else ""
        await self._say(now, "demoted", more, why=why)

    async def _say(self, standing: Standing, key: str, more: str = "", **fields: object) -> None:
        text = sentence(self._in.language, key, name=called(standing.name), **fields)
        await self._in.say(standing, f"{text} {more}".rstrip())

    async def doubt(self, name: str, why: str) -> None:
        """Take back what a skill was given by itself: what it was made of was not let stand.

        What an owner took stays theirs to judge.
        """
        standing = self._in.standings.of(name)
        if standing is None or standing.accepted_by:
            return
        if standing.state in RUNS:
            await self.demote(standing, why)
        elif standing.state in {"tested", "shadow"}:
            self._in.standings.put(replace(standing, state="draft", agreed=0), "doubted", why)

    async def propose(self, draft: Draft, origin: Origin, *, asked: bool = True) -> "Decided":
        """Put ``draft`` into the library through the gate, prove it beside everything else; return what came of that.

        ``asked``: a person said so, and hears what came of it, a proof that failed too.
        """
        decided = await self._learns.learn(draft, origin)
        if decided.standing is not None:
            self.proofs.soon(draft, origin, asked=asked)
        return decided

    async def prove(self, name: str, origin: Origin) -> Report:
        """Prove a skill now, keep the report, and move it on where it is a draft and all of it held.

        Raises Refused where there is none, Unavailable where nothing can be proved now.
        """
        return await self.proofs.prove(name, origin)

    def look_at_rules(self) -> None:
        """Hold every running skill against the rules in force, soon: called after a new policy came into force."""
        self._soon(self._look_at_rules)

    async def _look_at_rules(self) -> None:
        for standing in self._in.standings.all():
            skill = self._in.library.get(standing.name)
            if standing.state in RUNS and skill is not None and skill.hash == standing.hash:
                why = await self._in.rules.denied(skill, () if standing.accepted_by else standing.people)
                if why is not None:
                    await self.demote(standing, why)
            await asyncio.sleep(0)

    async def look(self) -> None:
        """Do what is due: proofs that were cut short, things that are gone, what is long unused; once a minute."""
        now = self._in.clock.now()
        self.proofs.catch_up(anew=self._due("proofs", now, timedelta(hours=1)))
        for standing in self._in.standings.all():
            await self._look_for(standing, now)
            self._age(standing, now)
        if self._due("rules", now, timedelta(hours=1)):
            await self._look_at_rules()
        if self._due("runs", now, timedelta(days=1)):
            self._in.runs.expire(now - KEPT)

    def _due(self, what: str, now: datetime, every: timedelta) -> bool:
        last = self._looked.get(what)
        due = last is None or not timedelta() <= now - last < every
        if due:
            self._looked[what] = now
        return due

    async def _look_for(self, standing: Standing, now: datetime) -> None:
        skill = self._in.library.get(standing.name)
        why = self._in.rules.gone(skill) if skill is not None and standing.state in RUNS else None
        if why is None:
            self._missing.pop(standing.name, None)
        elif now - self._missing.setdefault(standing.name, now) >= MISSING:
            await self.demote(standing, why)

    def _age(self, standing: Standing, now: datetime) -> None:
        """Lay aside what nobody has used for long; what came with Claw waits for the winter, or for guests."""
        current = self._in.standings.of(standing.name)
        if current is None or current.made == "shipped" or current.state == "retired":
            return
        known = current.changed or now
        # What became stale was last used before that.
        begun = known - STALE if current.state == "stale" else known
        used = max(begun, current.last_run) if current.last_run is not None else begun
        if now - used >= RETIRED:
            self._in.standings.put(replace(current, state="retired"), "retired", "nobody used it for 90 days")
        elif now - used >= STALE and current.state == "trusted":
            self._in.standings.put(replace(current, state="stale"), "stale", "nobody used it for 30 days")

    def stop(self) -> None:
        """End a proof that is under way: called when the switch engages."""
        self.proofs.stop()

    async def close(self) -> None:
        """End what is under way."""
        await self.proofs.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _soon(self, work: Callable[[], Awaitable[None]]) -> None:
        async def done() -> None:
            try:
                await work()
            except ClawError:
                logger.exception("The life of a skill cannot go on")

        task = asyncio.get_running_loop().create_task(done())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _row(done: "SkillRan") -> SkillRun:
    """Return a run as it is kept; codes that people said are masked."""
    skill, origin, problem = done.skill, done.origin, done.ran.problem
    lost = any(
        one.status in {"failed", "refused", "unknown"} for one in done.ran.outcomes
    )  # a device's fault, or a rule
    own_fault = problem is not None and problem.kind in _OWN_FAULT and not lost
    why = problem.text if problem is not None else "; ".join(done.unheld)
    return SkillRun(
        skill.name,
        skill.version,
        skill.hash,
        "real",
        done.how,
        run=done.task,
        channel=origin.channel,
        person=origin.person,
        conversation=origin.conversation,
        said=without_codes(done.said),
        arguments=done.arguments,
        calls=done.calls,
        held=False if own_fault else done.held,
        why=why[:500],
        ms=done.ms,
        entry=next((one.audit for one in done.ran.outcomes if one.audit is not None), None),
    )
