"""What the rules say about one thing, put together: the strongest word, and one question for all that must be asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

from claw.base.action import Action, Decision, Origin, Strength, Terms
from claw.house.model import House
from claw.policy.conditions import Holds
from claw.policy.rates import Counting

SILENT_CHANNELS = ("voice", "routine", "system")
"""Channels that never carry a yes unless a rule names them: a voice has no identity, the others no person."""

STRENGTHS: tuple[Strength, ...] = get_args(Strength)
_RANK = {strength: rank for rank, strength in enumerate(STRENGTHS)}


class Verdict:
    """What one rule says about one entity; the decision is made when it is first given, as most never are."""

    __slots__ = ("_decision", "_entity", "plain")

    def __init__(self, plain: Decision, entity: str | None) -> None:
        self.plain = plain
        self._entity = entity
        self._decision: Decision | None = None

    @property
    def decision(self) -> Decision:
        """The decision with its entity, always the same object."""
        if self._decision is None:
            self._decision = replace(self.plain, entity=self._entity)
        return self._decision


Rows = tuple[tuple[Holds | None, Verdict], ...]
"""What may decide about one pair, strongest first: a test (None where it always speaks) and what is then said."""


def first(
    rows: Rows, house: House, action: Action, origin: Origin, role: str | None, now: datetime, acts: Counting
) -> Decision:
    """Return what the strongest row that speaks says; all confirms that speak have to be satisfied."""
    left = iter(rows)
    for holds, verdict in left:
        if holds is None or holds(house, action, origin, role, now, acts):
            if verdict.plain.terms is None:
                return verdict.decision
            asking = [verdict.decision]
            for test, other in left:
                if other.plain.terms is None:
                    break
                if test is None or test(house, action, origin, role, now, acts):
                    asking.append(other.decision)
            return strictest(asking)
    raise AssertionError("rows always end with one that speaks")


def of_all(
    several: Sequence[Rows],
    house: House,
    action: Action,
    origin: Origin,
    role: str | None,
    now: datetime,
    acts: Counting,
) -> Decision:
    """Return the strictest of what ``several`` rows say first (at least one); after a denial no more are asked."""
    decisions: list[Decision] = []
    for rows in several:
        decisions.append(first(rows, house, action, origin, role, now, acts))
        if decisions[-1].effect == "deny":
            break
    return strictest(decisions)


def strictest(decisions: Sequence[Decision]) -> Decision:
    """Return the decision that satisfies all of ``decisions`` (at least one): a denial, else one confirm, else allow.

    Several confirms become one whose answer satisfies each; where no person or channel can, that is a denial.
    """
    if len(decisions) == 1:
        return decisions[0]
    for decision in decisions:
        if decision.effect == "deny":
            return decision
    asking = [(decision, decision.terms) for decision in decisions if decision.terms is not None]
    if not asking:
        return decisions[0]
    first, terms = asking[0]
    for other, others in asking[1:]:
        merged = _merged(terms, others)
        if merged is None:
            why = f"the rules {first.rule} and {other.rule} leave nobody who may say yes to both"
            return Decision("deny", first.rule, why, other.entity)
        terms = merged
    return first if terms is first.terms else replace(first, terms=terms)


def _merged(one: Terms, other: Terms) -> Terms | None:
    if one is other:
        return one
    roles, channels = _common(one.roles, other.roles), _common_channels(one.channels, other.channels)
    if roles is None or channels is None:
        return None
    return Terms(
        roles,
        channels,
        min(one.within_s, other.within_s),
        one.same_chat and other.same_chat,
        max(one.strength, other.strength, key=_RANK.__getitem__),
        min(one.grant_s, other.grant_s),
        one.once_per_task and other.once_per_task,
    )


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what both name, where empty names all; None where they have nothing in common."""
    if not one or not other:
        return one or other
    return tuple(name for name in one if name in other) or None


def _common_channels(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what both name; a rule that names no channel takes any but the silent ones, whatever another names."""
    common = _common(one, other)
    if common and not (one and other):
        return tuple(name for name in common if name.partition(":")[0] not in SILENT_CHANNELS) or None
    return common
