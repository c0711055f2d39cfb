"""What a skill may do at most, asked by the judge itself: there is no way past it, whoever runs the skill and how.

The gate knows nothing of skills but the name in ``Origin.skill``.  Whoever fills this port narrows; nothing that it
answers can widen what the policy lets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from claw.base.action import Action, Decision, Effect, Origin, Terms
from claw.base.errors import Refused
from claw.house.model import House

RULE = "skill"
"""Stands before the skill's name where a decision names what decided."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a skill's manifest says to one act: ``allow`` leaves it to the policy; ``why`` is one sentence."""

    effect: Effect = "allow"
    why: str = ""


class Rights(Protocol):
    """Who knows the manifests of skills (``claw/skills/rights.py``)."""

    def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
        """Return, for each of ``actions`` of the skill ``origin.skill``, what it may do of them now; raises nothing.

        They are the acts of a plan that is judged, with the acts that its run (``origin.task``) has done before.
        """
        ...

    def charged(self, action: Action, origin: Origin, house: House) -> None:
        """Count an act of a skill's run that is about to be done; raises Refused where it may not be done any more."""
        ...


class NoSkills:
    """Where there are no skills, nothing is done in the name of one."""

    def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
        """Return a denial for each."""
        del house
        return [Narrowed("deny", f"there is no skill {origin.skill} here") for _ in actions]

    def charged(self, action: Action, origin: Origin, house: House) -> None:
        """Raise Refused."""
        del action, house
        raise Refused(f"there is no skill {origin.skill} here")


def narrow(decision: Decision, narrowed: Narrowed, skill: str) -> Decision:
    """Return ``decision`` with what the skill's manifest says; it only ever becomes stricter."""
    if narrowed.effect == "deny" and decision.effect != "deny":
        return replace(
            decision, effect="deny", rule=f"{RULE}:{skill}", why=narrowed.why, terms=None, notify=(), grant=None
        )
    if narrowed.effect == "confirm" and decision.effect == "allow":
        return replace(decision, effect="confirm", why=narrowed.why, terms=Terms(), grant=None)
    return decision
