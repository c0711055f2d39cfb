"""What a skill may do at most: its manifest held against each act, inside the gate (``claw/gate/rights.py``).

A run's own values are known while this process drives it, so "the area that was named" is that area and no other.
After a restart the values are gone, and the parameter's whole range counts: still never more than the manifest says.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from claw.base.action import Action, Origin
from claw.base.clock import Clock
from claw.gate.rights import Narrowed
from claw.house.model import House
from claw.skills.manifest import Capability, Manifest, Selector, Which
from claw.skills.model import Arguments, Skill


class Runnable(Protocol):
    """Who says whether a skill may run (``Life.may_run``), and has its present version (``Library.whole``)."""

    def whole(self, name: str) -> Skill:
        """Return the skill, its files hashed now; raises Refused with the sentence where it is not what it was."""
        ...

    def may_run(self, skill: Skill, origin: Origin) -> str | None:
        """Return why the skill may not run for ``origin`` now, None where it may."""
        ...


class SkillRights:
    """Fills the gate's port; used from the event loop only."""

    def __init__(self, skills: Runnable, clock: Clock) -> None:
        raise NotImplementedError

    def began(self, task: str, skill: Skill, arguments: Arguments) -> None:
        """Take note of a run under way in this process: its values, and when it began."""
        raise NotImplementedError

    def waits(self, task: str) -> None:
        """Stop the clock of a run that waits for a person; ``began`` or ``goes_on`` starts it again."""
        raise NotImplementedError

    def goes_on(self, task: str) -> None:
        """Start the clock of a run again."""
        raise NotImplementedError

    def ended(self, task: str) -> None:
        """Let go of a run."""
        raise NotImplementedError

    def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
        """Return what the skill may do of ``actions`` now."""
        raise NotImplementedError

    def charged(self, action: Action, origin: Origin) -> None:
        """Count an act; raises Refused past the manifest's calls and seconds."""
        raise NotImplementedError


def within(manifest: Manifest, action: Action, house: House, arguments: Arguments | None = None) -> str | None:
    """Return why no capability of ``manifest`` covers ``action``, None where one does; None: any value of a range."""
    raise NotImplementedError


def fits(which: Which | Selector, entity: str, house: House, arguments: Arguments | None, manifest: Manifest) -> bool:
    """Return whether an entity is among those that ``which`` means."""
    raise NotImplementedError


def covers(capability: Capability, data: Mapping[str, object], arguments: Arguments | None, manifest: Manifest) -> bool:
    """Return whether the fields of an act lie within the bounds of ``capability``."""
    raise NotImplementedError
