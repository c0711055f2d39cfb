"""The life of a skill: draft, tested, shadow, trusted, stale, retired; who says so, and what takes it back.

Trust is given to bytes, step by step, and only by what cannot be talked into: a green proof, dry runs that did what
its own people then really had done, an owner's yes.  It is taken by what is seen.  Nothing is deleted; every step has
its reason, its row and its entry in the log.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.audit.log import AuditLog
from claw.base.action import Message, Origin, Outcome
from claw.base.clock import Clock
from claw.policy.people import Role
from claw.skills.aftermath import Aftermath
from claw.skills.model import Draft, Report, Skill, Standing, Trace
from claw.skills.runs import Runs, SkillRun
from claw.skills.standings import Standings

AGREEMENTS = 3
"""Dry runs that did what was really done, after which a skill runs by itself."""


class Books(Protocol):
    """The library (``claw/skills/library.py``), as far as lives need it."""

    def all(self) -> tuple[Skill, ...]:
        """Return every skill that can be read."""
        ...

    def get(self, name: str) -> Skill | None:
        """Return the skill as it was last read."""
        ...

    def whole(self, name: str) -> Skill:
        """Return the skill, its bytes hashed again now; raises Refused with why it is not what it was."""
        ...

    async def write(self, draft: Draft) -> Skill:
        """Put a skill into the library; raises Refused, Invalid or Broken."""
        ...

    async def restore(self, name: str, hash: str) -> Skill:  # noqa: A002  the noun of this room
        """Put an earlier version back; raises Refused, Broken."""
        ...


class Proves(Protocol):
    """Who proves skills (``claw/skills/proving.py``)."""

    async def prove(self, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        """Try a skill on the simulated house; yields to the loop, can be cancelled."""
        ...


class Rules(Protocol):
    """What the rules in force say of all that a skill may do, whoever asks (``claw/skills/forbidding.py``)."""

    def denied(self, skill: Skill, people: Sequence[str]) -> str | None:
        """Return what of it is never allowed now to any of ``people`` (empty: to anybody), in a sentence."""
        ...

    def asks(self, skill: Skill) -> str | None:
        """Return what of it a person is always asked about first: such a skill is never trusted by itself."""
        ...

    def gone(self, skill: Skill) -> str | None:
        """Return which thing that it names is not in the house any more, in a sentence."""
        ...


@dataclass(frozen=True)
class Parts:
    """What a life is made of.

    ``role`` gives somebody's role now, ``tell`` sends a message through the gate, ``traces`` gives the requests that a
    skill was made of.
    """

    standings: Standings
    runs: Runs
    library: Books
    prover: Proves
    rules: Rules
    aftermath: Aftermath
    audit: AuditLog
    clock: Clock
    role: Callable[[str | None], Role | None]
    tell: Callable[[Message], Awaitable[bool]]
    traces: Callable[[str], Sequence[Trace]]


class Life:
    """Moves skills from state to state; used from the event loop only."""

    def __init__(self, parts: Parts) -> None:
        """``ready`` are called with a skill whose proof is green, and that waits for agreement or an owner's yes."""
        self._in = parts
        self.ready: list[Callable[[Skill, Draft, Origin], Awaitable[object]]] = []

    def reconcile(self) -> None:
        """Hold what stands against the library: new and changed bytes are drafts, new shipped ones are trusted."""
        raise NotImplementedError

    def may_run(self, skill: Skill, origin: Origin) -> str | None:
        """Return why ``skill`` does not run for ``origin``, in a sentence for them; None where it does."""
        raise NotImplementedError

    def shadows(self, skill: Skill, origin: Origin) -> bool:
        """Return whether a dry run for ``origin`` counts: the skill waits for agreement, and theirs is one."""
        raise NotImplementedError

    async def ran(self, skill: Skill, run: SkillRun, outcomes: Sequence[Outcome], origin: Origin) -> None:
        """Keep a real run, follow what people do about it, and take trust back where it went wrong too often."""
        raise NotImplementedError

    async def agreed(self, skill: Skill, run: SkillRun, origin: Origin) -> None:
        """Keep a dry run with ``run.held`` whether it did what was really done; trust it after three."""
        raise NotImplementedError

    async def propose(self, draft: Draft, origin: Origin) -> str:
        """Put ``draft`` into the library through the gate, prove it beside everything else, and return a sentence.

        Raises Refused, with a sentence, where it may not be learned, or not from them.
        """
        raise NotImplementedError

    async def prove(self, name: str, origin: Origin) -> Report:
        """Prove a skill now, keep the report, and move it on where it is a draft and all of it held."""
        raise NotImplementedError

    # What the effector of the acts on skills does (claw/skills/effector.py): each was judged, and is in the log.

    async def learn(self, draft: Draft, origin: Origin, entry: int) -> Standing:
        """Take ``draft`` into the library; raises Refused."""
        raise NotImplementedError

    async def accept(self, name: str, hash: str, origin: Origin, entry: int) -> Standing:  # noqa: A002  the noun of this room
        """Trust these bytes, for everybody whom the rules let: an owner's yes."""
        raise NotImplementedError

    async def enable(self, name: str, origin: Origin, entry: int) -> Standing:
        """Let a skill run again that was turned off, or was retired; what it was not trusted with before it is not."""
        raise NotImplementedError

    async def disable(self, name: str, origin: Origin, entry: int) -> Standing:
        """Have a skill not run, and keep it."""
        raise NotImplementedError

    async def rollback(self, name: str, hash: str, origin: Origin, entry: int) -> Standing:  # noqa: A002  as above
        """Go back to a version whose proof is green (the last such one where ``hash`` is empty)."""
        raise NotImplementedError

    async def retire(self, name: str, origin: Origin, entry: int) -> Standing:
        """Lay a skill aside for good; it is kept, and can be enabled again."""
        raise NotImplementedError

    # What happens by itself.

    def look_at_rules(self) -> None:
        """Hold every running skill against the rules in force, soon: called after a new policy came into force."""
        raise NotImplementedError

    async def look(self) -> None:
        """Do what is due: prove drafts that were not, find things that are gone, what is long unused; once a minute."""
        raise NotImplementedError

    def stop(self) -> None:
        """End a proof that is under way: called when the switch engages."""
        raise NotImplementedError

    async def close(self) -> None:
        """End what is under way."""
        raise NotImplementedError
