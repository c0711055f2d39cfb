"""Taking acts back on request: which ones, whose, what has moved since, and through the same door as everything.

An undo is a new request with the undoer's origin.  It is judged by what it would do now and inherits nothing: neither
the permission nor the yes that the act had.  What it takes back stands beside its intents, so that nothing is taken
back twice and a second "undo" goes one further back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from claw.base.action import NO_DATA, Action, Decision, Origin, Outcome
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.gate.answering import ADULTS, role_now
from claw.gate.cause import Causes, Who
from claw.gate.deeds import Deed, Deeds
from claw.gate.judge import Judge
from claw.gate.perform import Gate, Performed
from claw.gate.restore import CHANGED, never
from claw.gate.undo import GUARDED, CannotUndo, Reversal, reversal
from claw.house.mirror import Mirror
from claw.house.model import House, State
from claw.house.services import expectation
from claw.policy.people import People
from claw.policy.windows import local

LATELY = timedelta(minutes=10)
"""How long a talk's "undo" means the last act of that talk."""

_GLANCE = 400
_LOOK = 10_000


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of an undo: what was performed or asked, and what stays as it is."""

    performed: tuple[Performed, ...]
    cannot: tuple[CannotUndo, ...]
    undoes: tuple[int, ...]


class Undoing:
    """Finds what a person may take back and takes it back; one for all channels."""

    def __init__(
        self, *, gate: Gate, judge: Judge, deeds: Deeds, causes: Causes, mirror: Mirror, people: People, clock: Clock
    ) -> None:
        self._gate = gate
        self._judge = judge
        self._deeds = deeds
        self._causes = causes
        self._mirror = mirror
        self._people = people
        self._clock = clock

    def last(self, origin: Origin, *, talk: bool) -> Reversal | None:
        """Return what takes the last plan of this person back, with ``talk`` that of this conversation lately.

        None where there is nothing.  Without ``talk`` what no order takes back is passed over.
        """
        earliest = self._clock.now() - LATELY if talk else None
        for count in (_GLANCE, _LOOK):
            deeds = self._deeds.latest(count)
            found = self._last_of(deeds, origin, earliest)
            if found is not None:
                return self._reverse(found, deeds, may_open=False)
            if _all_there(deeds, count, earliest):
                break
        return None

    def lately(self, origin: Origin) -> list[Deed]:
        """Return the acts of the last plan of this conversation, taken back or not, oldest first; [] where long ago."""
        earliest = self._clock.now() - LATELY
        deeds = [deed for deed in self._deeds.latest(_GLANCE) if deed.time >= earliest and _same_talk(deed, origin)]
        return [deed for deed in deeds if deed.first == deeds[-1].first]

    def entry(self, seq: int, origin: Origin) -> Reversal:
        """Return what takes the acts of one entry back: an intent, or the request, question or answer before it.

        Raises Refused when there is no such act, when it is somebody else's and this person may not, or when it is too
        far back.
        """
        wanted = self._deeds.under(seq)
        if not wanted:
            raise Refused(f"entry {seq} is no act")
        deeds = self._deeds.after(min(wanted) - 1)
        found = [deed for deed in deeds if deed.seq in set(wanted)]
        if not found:
            raise Refused(f"what entry {seq} was about is not kept any more")
        if not self._may(found[0], origin):
            raise Refused("this was somebody else's act; an adult may take it back")
        if not any(_did(deed) for deed in found):
            raise Refused(f"entry {seq} changed nothing")
        return self._reverse(found, deeds, may_open=True)

    def since(self, moment: datetime, origin: Origin, ticked: Collection[str] = ()) -> Reversal:
        """Return what takes everything back that was done since ``moment``; a child's or a guest's own acts only.

        Locks, alarms, covers and valves are left alone unless they are among ``ticked``.  Raises Refused when there
        were too many acts since.
        """
        deeds = self._deeds.latest(_GLANCE)
        if not _all_there(deeds, _GLANCE, moment):
            deeds = self._deeds.latest(_LOOK)
        if not _all_there(deeds, _LOOK, moment):
            raise Refused("there were too many acts since then; take some back by their numbers")
        undone = _Undone(deeds)
        found = [
            deed
            for deed in deeds
            if deed.time >= moment
            and not deed.undoes
            and deed.origin.channel != "system"
            and self._may(deed, origin)
            and not undone.whole(deed)
        ]
        guarded = {
            entity: CannotUndo("guarded", entity, deed.seq)
            for deed in found
            for entity in deed.outcome.action.entities
            if entity.partition(".")[0] in GUARDED and entity not in ticked
        }
        return self._reverse(found, deeds, guarded, may_open=True)

    async def perform(self, plan: Reversal, origin: Origin, said: str) -> Undone:
        """Take back what may be taken back; what needs a yes is asked in one question, what is denied is left alone."""
        cannot = list(plan.cannot)
        at_once: list[Action] = []
        asked: list[Action] = []
        for action, decision in self.verdicts(plan, origin):
            if decision.effect == "deny":
                cannot += [CannotUndo("refused", entity, None, decision.why) for entity in action.entities]
            else:
                (asked if decision.effect == "confirm" else at_once).append(action)
        performed = [
            await self._gate.perform(actions, origin, said=said, undoes=plan.undoes)
            for actions in (at_once, asked)
            if actions
        ]
        return Undone(tuple(performed), tuple(cannot), plan.undoes if performed else ())

    def verdicts(self, plan: Reversal, origin: Origin) -> list[tuple[Action, Decision]]:
        """Return what the judge says of each order by itself; what the house would refuse is denied."""
        found: list[tuple[Action, Decision]] = []
        for action in plan.actions:
            try:
                judged = self._judge.judge((action,), origin)
            except Refused as refusal:
                found.append((action, Decision("deny", None, str(refusal))))
            else:
                found.append((action, judged.decisions[0]))
        return found

    @staticmethod
    def _last_of(deeds: Sequence[Deed], origin: Origin, earliest: datetime | None) -> list[Deed] | None:
        """Return the newest plan that is this one's and not taken back yet, that of the talk since ``earliest``."""
        undone = _Undone(deeds)
        mine = _own if earliest is None else _same_talk
        for deed in reversed(deeds):
            if earliest is not None and deed.time < earliest:
                return None
            if deed.undoes or undone.whole(deed) or not mine(deed, origin):
                continue
            if earliest is not None or never(deed.outcome.action) is None:
                return [one for one in deeds if one.first == deed.first]
        return None

    def _may(self, deed: Deed, origin: Origin) -> bool:
        now = local(self._mirror.registry, self._clock.now())
        role = role_now(self._people, origin.person, now)
        adult = origin.authenticated and role in ADULTS
        return adult or _own(deed, origin)

    def _reverse(
        self,
        found: Sequence[Deed],
        deeds: Sequence[Deed],
        left: Mapping[str, CannotUndo] = NO_DATA,
        *,
        may_open: bool,
    ) -> Reversal:
        undone = _Undone(deeds)
        house = self._mirror.house()
        leave: dict[str, CannotUndo] = {}
        for entity in dict.fromkeys(entity for deed in found for entity in deed.outcome.action.entities):
            acts = [deed for deed in found if deed.moved(entity)]
            open_acts = [deed for deed in acts if not undone.of(deed, entity)]
            if not acts:
                continue
            if not open_acts:
                leave[entity] = CannotUndo("undone", entity, acts[-1].seq)
                continue
            since = self._changed_since(entity, open_acts, deeds, undone, house)
            if since is not None:
                leave[entity] = since
        leave |= left
        plan = reversal((_without(deed, undone) for deed in found), house, leave, may_open=may_open)
        already = tuple(one for one in leave.values() if one.code == "undone")
        return replace(plan, cannot=(*plan.cannot, *already))

    def _changed_since(
        self, entity: str, acts: Sequence[Deed], deeds: Sequence[Deed], undone: "_Undone", house: House
    ) -> CannotUndo | None:
        """Return who changed a thing after the last of ``acts``, None where nobody did."""
        last, state = acts[-1], house.states.get(entity)
        since = [deed for deed in deeds if deed.seq > last.seq and deed.moved(entity)]
        for deed in since:
            returns = bool(deed.undoes) and min(deed.undoes) > last.seq
            if not returns and not undone.of(deed, entity):
                return CannotUndo("changed", entity, last.seq, at=deed.time, who=self._causes.by(deed))
        ours = {deed.context for deed in (*acts, *since)}
        if state is None or state.value == "unavailable" or (state.context is not None and state.context in ours):
            return None
        if state.cause is None and _still(last.outcome, entity, state, house):
            return None
        who = self._causes.behind(state.context, state.cause) if state.cause is not None else Who("hand")
        at = self._causes.chronicle.written(entity, state.context) or state.changed
        return CannotUndo("changed", entity, last.seq, at=at, who=who)


def _all_there(deeds: Sequence[Deed], count: int, earliest: datetime | None) -> bool:
    """Return whether the deeds of the last ``count`` entries go back to ``earliest``, or to the start of the log."""
    return len(deeds) < count // 4 or (earliest is not None and deeds[0].time < earliest)


class _Undone:
    """Which acts have been taken back, thing by thing, as the deeds after them say."""

    def __init__(self, deeds: Sequence[Deed]) -> None:
        self._by: dict[tuple[int, str], list[Deed]] = {}
        for deed in deeds:
            for seq in deed.undoes:
                for entity in deed.outcome.action.entities:
                    if deed.outcome.entities.get(entity, deed.outcome.status) in CHANGED | {"unchanged"}:
                        self._by.setdefault((seq, entity), []).append(deed)

    def of(self, deed: Deed, entity: str) -> bool:
        """Return whether ``deed`` is taken back on ``entity``, and that was not taken back itself."""
        return any(undo.seq > deed.seq and not self.of(undo, entity) for undo in self._by.get((deed.seq, entity), ()))

    def whole(self, deed: Deed) -> bool:
        """Return whether nothing is left of ``deed`` to be taken back."""
        action = deed.outcome.action
        if not action.entities:
            return deed.outcome.status not in CHANGED
        return all(not deed.moved(entity) or self.of(deed, entity) for entity in action.entities)


def _own(deed: Deed, origin: Origin) -> bool:
    """Return whether it was the same person's; where nobody is known, the same conversation's."""
    if origin.person is not None:
        return origin.authenticated and deed.origin.authenticated and deed.origin.person == origin.person
    return _same_talk(deed, origin)


def _same_talk(deed: Deed, origin: Origin) -> bool:
    if not origin.conversation:
        return False
    return (deed.origin.conversation, deed.origin.channel, deed.origin.person) == (
        origin.conversation,
        origin.channel,
        origin.person,
    )


def _did(deed: Deed) -> bool:
    entities = deed.outcome.action.entities
    return any(map(deed.moved, entities)) if entities else deed.outcome.status in CHANGED


def _without(deed: Deed, undone: _Undone) -> Outcome:
    """Return the outcome of a deed without the things on which it is taken back already."""
    entities = {
        entity: "unchanged" if undone.of(deed, entity) else status for entity, status in _each(deed.outcome).items()
    }
    return replace(deed.outcome, entities=entities)


def _each(outcome: Outcome) -> dict[str, str]:
    return {entity: outcome.entities.get(entity, outcome.status) for entity in outcome.action.entities}


def _still(outcome: Outcome, entity: str, state: State, house: House) -> bool:
    """Return whether a thing is as the act left it: as was wished, or on its way there."""
    before = State(
        outcome.before.get(entity, "unknown"), {**state.attributes, **outcome.prior.get(entity, {})}, None, None
    )
    wish = expectation(House(house.registry, {entity: before}), outcome.action, entity)
    return not wish.reports or wish.reached(state) or wish.moving(state)
