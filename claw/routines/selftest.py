"""Looks whether what guards life would work, without doing any of it: once a month, and whenever somebody asks.

An alarm is needed once in years, and then the battery is flat, the entity was renamed or a rule was added that denies
it.  So detectors are looked at, each listed act is judged as in danger, and so is the message; nothing moves.  Owners
get one line, also where all is well.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from claw.base.action import Message, Origin
from claw.base.errors import Refused
from claw.gate.judge import Judge
from claw.gate.messages import notify
from claw.gate.perform import Gate
from claw.house.mirror import Mirror
from claw.house.model import UNAVAILABLE, Entity, House
from claw.house.text import plain
from claw.house.trusted import number
from claw.policy.people import People
from claw.policy.safety import KINDS, SafetyKind, acts
from claw.policy.safety_review import asker
from claw.routines.detectors import Detector, detectors
from claw.routines.model import Done
from claw.routines.spec import MOST_DETECTORS

LOW_BATTERY = 15.0
"""Percent below which a detector's battery is to be changed."""
MOST_SAID = 8


@dataclass(frozen=True, slots=True)
class Found:
    """What a test found: how many detectors, acts and kinds of danger it looked at, and what is wrong, worst first."""

    kinds: int
    watched: int
    listed: int
    problems: tuple[str, ...] = ()
    without: tuple[SafetyKind, ...] = ()


class SelfTest:
    """Looks at detectors, acts and messages; ``heard`` says whether anything listens to messages at all."""

    def __init__(self, gate: Gate, judge: Judge, mirror: Mirror, people: People, heard: Callable[[], bool]) -> None:
        self._gate = gate
        self._judge = judge
        self._mirror = mirror
        self._people = people
        self._heard = heard

    async def run(self, origin: Origin) -> Done:
        """Look, tell the owners, and return what was found; what would not work stands in ``would``.

        It failed where the owners could not be told: that it found something is what it is for.
        """
        found = await self.look()
        text = told(found)
        outcomes = [
            performed.outcomes[0]
            for person in self._people
            if person.role == "owner"
            for performed in [await self._gate.perform((notify(_line(person.id, found)),), origin)]
            if performed.outcomes
        ]
        wrong = [one.detail for one in outcomes if one.status not in {"done", "sent"}]
        reason = text if not wrong else f"{text} The owners could not be told: {wrong[0]}."
        return Done("failed" if wrong else "done", reason, tuple(outcomes), found.problems)

    async def look(self) -> Found:
        """Return what works and what does not, as things are now; does nothing."""
        house, policy = self._mirror.house(), self._judge.policy
        watched = detectors(house)
        problems: list[str] = []
        listed = 0
        if house.stale:
            problems.append("the house is not connected, so nothing is known of the detectors")
        batteries = _batteries(house)
        for kind in KINDS:
            await asyncio.sleep(0)  # each act is judged and rehearsed: others come between
            if kind not in watched:
                if policy.safety.get(kind):
                    problems.append(f"safety {kind} lists what to do, but nothing in this house would tell of it")
                continue
            if len(watched[kind]) > MOST_DETECTORS:
                problems.append(f"{len(watched[kind]) - MOST_DETECTORS} detectors of {kind} are too many to be watched")
            problems += [why for one in watched[kind] for why in _dead(one, house, batteries)]
            problems += self._refused(kind)
            listed += len(policy.safety.get(kind, ()))
        if not self._heard():
            problems.append("nothing listens to messages: nobody would be told")
        count = sum(map(len, watched.values()))
        without: tuple[SafetyKind, ...] = tuple(kind for kind in KINDS if kind not in watched)
        return Found(len(watched), count, listed, tuple(dict.fromkeys(problems)), without)

    def _refused(self, kind: SafetyKind) -> Iterator[str]:
        """Give what is listed and would not be done, and whether nobody could be told."""
        origin = asker(kind)
        registry = self._mirror.registry
        listed = self._judge.policy.safety.get(kind, ())
        for one in listed:
            missing = len(one.entities) - sum(len(action.entities) for action in acts((one,), registry))
            if missing:
                yield f"{one.action} names {missing} of its things that are not in this house any more"
        for action in (*acts(listed, registry), notify(Message("everyone", "test", "alarm", "high"))):
            where = f"{action.name}{' on ' + ', '.join(action.entities) if action.entities else ''}"
            try:
                plan = self._judge.judge((action,), origin)
            except Refused as refusal:
                yield f"{where} would be refused: {refusal}"
                continue
            if plan.denied is not None:
                yield f"{where} would be refused: {plan.denied.why}"
            elif plan.asks:
                yield f"{where} would wait for somebody's yes: {plan.decisions[0].why}"
            for entity in action.entities:
                state = self._mirror.states.get(entity)
                if state is None or state.value == "unavailable":
                    yield f"{entity} cannot be reached, and {action.name} needs it"


def _dead(one: Detector, house: House, batteries: Mapping[str, float]) -> Iterator[str]:
    state = house.states.get(one.entity_id)
    if state is None or state.value in UNAVAILABLE:
        yield f"{one.where} reports nothing ({state.value if state is not None else 'it is gone'})"
    elif one.below is not None and one.figure(state) is None:
        yield f"{one.where} reports no number"
    elif one.below is None and state.value not in {"on", "off"}:
        yield f"{one.where} reports neither on nor off"
    entity = house.registry.entities.get(one.entity_id)
    battery = batteries.get(entity.device or "") if entity is not None else None
    if battery is not None and battery < LOW_BATTERY:
        yield f"the battery of {one.where} is at {battery:.0f} %"


def _batteries(house: House) -> Mapping[str, float]:
    """Return by device the percent left in its battery, where something says so."""
    found: dict[str, float] = {}
    for entity in house.registry.entities.values():
        if entity.device is not None and entity.device_class == "battery":
            level = _level(entity, house)
            if level is not None:
                found[entity.device] = min(level, found.get(entity.device, level))
    return found


def _level(entity: Entity, house: House) -> float | None:
    state = house.states.get(entity.entity_id)
    if state is None:
        return None
    if entity.domain == "binary_sensor":  # on means low
        return 0.0 if state.value == "on" else None
    return number(state.value) if entity.domain == "sensor" else None


def _line(person: str, found: Found) -> Message:
    return Message(f"person:{person}", told(found), "note", "high" if found.problems else "normal")


def told(found: Found) -> str:
    """Return the one line that owners read."""
    looked = f"{found.watched} detectors and {found.listed} listed acts were looked at; nothing was done."
    if not found.problems:
        return f"Test of the alarms: all well. {looked}"
    many = f" And {len(found.problems) - MOST_SAID} more." if len(found.problems) > MOST_SAID else ""
    lines: Sequence[str] = [plain(one, 200) for one in found.problems[:MOST_SAID]]
    return f"Test of the alarms: something would not work: {'; '.join(lines)}.{many} {looked}"
