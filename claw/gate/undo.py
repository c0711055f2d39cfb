"""What would take acts back, from what was seen of them: a new plan, which the gate then judges like any other.

Pure.  Every thing goes back to how it was before the first of the acts; what cannot be taken back is said, entity by
entity.  An order that would let somebody in is only made where it was asked for by name: nothing is unlocked because
"undo" was said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from claw.base.action import NO_DATA, Action, Json, Outcome, canonical
from claw.base.errors import Refused
from claw.gate.cause import Who
from claw.gate.prior import KEPT
from claw.gate.restore import CHANGED, moved, never, opens, orders, touched
from claw.gate.standing import Order, Why
from claw.house.model import House, State
from claw.house.services import validate

GUARDED = frozenset({"lock", "alarm_control_panel", "cover", "valve"})
"""Domains that an undo of a span of time leaves alone unless each thing is ticked."""


@dataclass(frozen=True, slots=True)
class CannotUndo:
    """Something that stays as it is, and why.

    ``code`` is a word that the reply knows: those of ``claw/gate/restore.py``, and ``opens`` (it would let somebody
    in), ``changed`` (since, ``at``, by ``who``), ``guarded`` (not ticked), ``theirs`` (somebody else's act), ``undone``
    (already), ``refused`` (by the house or the policy, for the reason ``why``).
    """

    code: str
    entity: str | None = None
    entry: int | None = None
    why: str = ""
    at: datetime | None = None
    who: Who | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """The plan that takes acts back, what it does not, and the entries of the log that it takes back."""

    actions: tuple[Action, ...] = ()
    cannot: tuple[CannotUndo, ...] = ()
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Touched:
    """One entity and the acts on it, oldest first."""

    entity: str
    acts: tuple[Outcome, ...]

    def then(self, now: State) -> State | None:
        """Return the state before the first act, with what never changes (abilities, bounds) as it is now."""
        first = self.acts[0]
        value = first.before.get(self.entity)
        if value is None:
            return None
        not_shown: dict[str, Json] = dict.fromkeys(KEPT.get(self.entity.partition(".")[0], ()))
        return State(value, {**now.attributes, **not_shown, **first.prior.get(self.entity, {})})


def reversal(
    outcomes: Iterable[Outcome], house: House, left: Mapping[str, CannotUndo] = NO_DATA, *, may_open: bool = False
) -> Reversal:
    """Return the plan that takes ``outcomes`` back in ``house``, the last first.

    ``left`` are entities that must not be touched, and why.  ``may_open`` lets orders through that open, unlock or
    disarm; they are judged like any other.
    """
    done = list(outcomes)
    cannot: dict[tuple[str, str | None], CannotUndo] = {}
    staged: list[tuple[int, str, Order]] = []
    undoes: set[int] = set()
    for each in _by_entity(done):
        found = left.get(each.entity) or _orders(each, house, may_open=may_open)
        if isinstance(found, CannotUndo):
            cannot.setdefault((found.code, each.entity), found)
            continue
        undoes.update(act.audit for act in each.acts if act.audit is not None)
        staged.extend((stage, each.entity, order) for stage, order in enumerate(found))
    for outcome in done:
        if not outcome.action.entities and outcome.status in CHANGED:
            why = never(outcome.action) or "foreign"
            cannot.setdefault((why, None), CannotUndo(why, None, outcome.audit))
    return Reversal(_joined(staged), tuple(cannot.values()), tuple(sorted(undoes)))


def _by_entity(done: list[Outcome]) -> list[Touched]:
    """Return each entity that was moved with the acts that moved it; what was moved last comes first."""
    acts: dict[str, list[Outcome]] = {}
    for outcome in done:
        for entity in outcome.action.entities:
            if moved(outcome, entity):
                acts.setdefault(entity, []).append(outcome)
    place = {id(outcome): at for at, outcome in enumerate(done)}
    found = [Touched(entity, tuple(found)) for entity, found in acts.items()]
    return sorted(found, key=lambda each: -place[id(each.acts[-1])])


def _orders(each: Touched, house: House, *, may_open: bool) -> list[Order] | CannotUndo:
    found = _wanted(each, house)
    entry, now = each.acts[-1].audit, house.states.get(each.entity)
    if isinstance(found, str) or now is None:
        return CannotUndo(found if isinstance(found, str) else "gone", each.entity, entry)
    if not may_open and any(opens(order, now, house.registry.entities.get(each.entity)) for order in found):
        return CannotUndo("opens", each.entity, entry)
    for name, data in found:
        try:
            validate(house, Action(name, (each.entity,), data))
        except Refused as refusal:
            return CannotUndo("refused", each.entity, entry, str(refusal))
    return found


def _wanted(each: Touched, house: House) -> list[Order] | Why:
    for act in each.acts:
        reason = never(act.action)
        if reason is not None:
            return reason
    now = house.states.get(each.entity)
    if now is None:
        return "gone"
    then = each.then(now)
    if then is None:
        return "unknown"
    changed = frozenset[str]().union(*(touched(act.action, then) for act in each.acts))
    return orders(each.entity.partition(".")[0], then, now, changed)


def _joined(staged: list[tuple[int, str, Order]]) -> tuple[Action, ...]:
    """Return one action for all things that get the same order; what a thing needs first comes before the rest."""
    together: dict[tuple[int, str, bytes], tuple[Order, list[str]]] = {}
    for stage, entity, order in staged:
        together.setdefault((stage, order[0], canonical(order[1])), (order, []))[1].append(entity)
    rows = sorted(together.items(), key=lambda row: row[0][0])
    return tuple(Action(name, tuple(entities), data) for _, ((name, data), entities) in rows)
