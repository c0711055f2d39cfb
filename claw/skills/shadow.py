"""Dry runs beside the ordinary way: what a skill would have done, held against what was really done.

Compared is what becomes of the house, not how it was said: forty percent of 255 is 102.  Only what counts as somebody's
own wish is compared at all: proven, grown up, untainted, of those whose skill it is, and done to its end.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from claw.base.action import Action, Json, Origin, Outcome, canonical
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.gate.plan import without_codes
from claw.house.mirror import Mirror
from claw.house.model import STATELESS, House
from claw.house.semantics import apply
from claw.house.services import CATALOGUE, validate
from claw.skills.model import Arguments, Skill
from claw.skills.runs import SkillRun

logger = logging.getLogger(__name__)

WAITS = timedelta(minutes=10)
"""How long the ordinary way may take to answer."""
MOST_WAITING = 5
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_WELL = frozenset({"done", "started", "sent", "unchanged"})


class Agrees(Protocol):
    """Who counts agreement (``claw/skills/life.py``)."""

    def shadows(self, skill: Skill, origin: Origin) -> bool:
        """Return whether a dry run for ``origin`` counts."""
        ...

    async def agreed(self, skill: Skill, run: SkillRun, origin: Origin, outcomes: Sequence[Outcome] = ()) -> None:
        """Keep a dry run, and whether it did what was really done."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    skill: Skill
    arguments: Arguments
    calls: tuple[Action, ...]
    origin: Origin
    said: str
    before: House
    at: datetime


class Shadow:
    """Keeps dry runs until the ordinary way has answered the same words; used from the event loop only."""

    def __init__(self, life: Agrees, mirror: Mirror, clock: Clock) -> None:
        """``life`` is told what agreed and what did not."""
        self._life = life
        self._mirror = mirror
        self._clock = clock
        self._waiting: list[_Waiting] = []

    def begin(self, skill: Skill, arguments: Arguments, calls: Sequence[Action], origin: Origin, said: str) -> None:
        """Keep what ``skill`` would do for ``said`` in the house as it is now, before the ordinary way does anything.

        ``calls`` are those of ``Runner.dry``.  Nothing is kept of whoever's word does not count.
        """
        if not self._life.shadows(skill, origin):
            return
        now = self._clock.now()
        kept = _Waiting(skill, dict(arguments), tuple(calls), origin, said, self._mirror.twin(), now)
        self._waiting = [one for one in self._waiting if timedelta() <= now - one.at <= WAITS][1 - MOST_WAITING :]
        self._waiting.append(kept)

    async def finished(self, origin: Origin, said: str, outcomes: Sequence[Outcome], taint: Iterable[str] = ()) -> None:
        """Compare what the ordinary way did for ``said`` with the dry runs that were begun for it.

        ``taint`` are the untrusted sources that had a part in it on the way.  What did not go well is no measure.
        """
        talk = (origin.conversation, origin.person, said)
        due = [one for one in self._waiting if (one.origin.conversation, one.origin.person, one.said) == talk]
        self._waiting = [one for one in self._waiting if one not in due]
        if origin.taint or tuple(taint) or any(one.status not in _WELL for one in outcomes):
            return
        for one in due:
            await self._compare(one, origin, outcomes)

    async def _compare(self, one: _Waiting, origin: Origin, outcomes: Sequence[Outcome]) -> None:
        real, dry = effects(one.before, [done.action for done in outcomes]), effects(one.before, one.calls)
        if not real and not dry:
            return  # nothing was to be done: that agrees with everything
        why = "" if real == dry else f"it would have done {_told(dry)}, and {_told(real)} was done"
        run = SkillRun(
            one.skill.name,
            one.skill.version,
            one.skill.hash,
            "shadow",
            "agreed" if real == dry else "differs",
            channel=origin.channel,
            person=origin.person,
            conversation=origin.conversation,
            said=without_codes(one.said),
            arguments=one.arguments,
            calls=one.calls,
            held=real == dry,
            why=why[:500],
            entry=next((done.audit for done in outcomes if done.audit is not None), None),
        )
        await self._life.agreed(one.skill, run, origin, outcomes)

    def erase(self, erasure: Erasure) -> int:
        """Let go of the dry runs of what is to be forgotten; return how many."""
        kept = [
            one
            for one in self._waiting
            if not erasure.means(one.said, conversation=one.origin.conversation, person=one.origin.person)
        ]
        gone = len(self._waiting) - len(kept)
        self._waiting = kept
        return gone


def effects(before: House, actions: Sequence[Action]) -> dict[str, Json]:
    """Return what ``actions`` come to in a house: how each thing ends up, and what was done that no state shows."""
    house, found = before, dict[str, Json]()
    moment = _NO_TIME
    for action in actions:
        service = CATALOGUE.get(action.name)
        if service is None or service.goal is None or action.domain in STATELESS:
            key = f"{action.name} {canonical([sorted(action.entities), dict(action.data)]).decode()}"
            found[key] = found.get(key, 0) + 1
            continue
        try:
            house = apply(house, validate(house, action), moment)
        except Refused as refusal:
            found[f"{action.name} {','.join(action.entities)}"] = str(refusal)
    named = {entity for action in actions for entity in action.entities}
    for entity in named:
        was, now = before.states.get(entity), house.states.get(entity)
        if was is None or now is None or (was.value, was.attributes) == (now.value, now.attributes):
            continue
        moved = {key: value for key, value in now.attributes.items() if was.attributes.get(key) != value}
        found[entity] = [now.value, moved]
    return found


def _told(found: dict[str, Json]) -> str:
    """Return what was found in a few words, for a person who looks why."""
    named = [f"{key}: {value[0]}" if isinstance(value, list) else key.partition(" ")[0] for key, value in found.items()]
    return ", ".join(sorted(named)[:6]) or "nothing"
