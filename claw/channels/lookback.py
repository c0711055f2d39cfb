"""What a channel may ask about what was: take it back, trace it, tell who was behind a change.

A channel brings who asks; what they may take back is settled in the gate.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused, Unavailable
from claw.channels.shown import shown, told
from claw.channels.veil import NOBODY, Veil, Whose
from claw.gate.plan import logged
from claw.gate.trace import trace
from claw.gate.undo import CannotUndo, Reversal
from claw.house.mirror import Mirror
from claw.house.model import Registry
from claw.house.text import quoted
from claw.mind.turn import Turn
from claw.mind.undone import Hindsight, cannot_text, why_text

MOST_TICKED = 50

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


class Lookback:
    """Answers about the past; one for all channels."""

    def __init__(self, turn: Turn, hindsight: Hindsight, audit: AuditLog, mirror: Mirror, clock: Clock) -> None:
        self._turn = turn
        self._undoing = hindsight.undoing
        self._recollection = hindsight.recollection
        self._whereabouts = hindsight.whereabouts
        self._whose = Whose(audit)
        self._mirror = mirror
        self._clock = clock

    async def undo(
        self,
        origin: Origin,
        *,
        seq: int = 0,
        since: str = "",
        tick: Collection[str] = (),
        dry_run: bool = False,
        here: bool = False,
    ) -> dict[str, Json]:
        """Take back the last plan of this person, the acts of one entry, or everything since a time of day.

        With ``here`` the last plan of this very talk, while that is not long ago.

        Returns the reply with ``undoes`` and ``cannot``; with ``dry_run`` what would be done, and with which verdict.
        Raises Refused for what may not be, or where there is nothing, Unavailable while the house cannot be reached.
        """
        if not self._mirror.ready:
            raise Unavailable("I cannot reach the house")
        plan = self._last_here(origin) if here else self._plan(origin, seq, since, tick)
        house, now, language = self._mirror.house(), self._clock.now(), origin.language or "en"
        if dry_run:
            would = [
                {"action": logged(action), "effect": decision.effect, "rule": decision.rule, "why": decision.why}
                for action, decision in self._undoing.verdicts(plan, origin)
            ]
            text = cannot_text(plan.cannot, self._recollection, house, now, language)
            return shown({"would": would, "cannot": self._cannot(plan.cannot), "undoes": plan.undoes, "text": text})
        undone, reply = await self._turn.take_back(plan, origin, "undo")
        answer = shown(told(replace(reply, conversation=origin.conversation)))
        return answer | shown({"undoes": undone.undoes, "cannot": self._cannot(undone.cannot)})

    def trace(self, seq: int, viewer: Origin = NOBODY) -> dict[str, Json]:
        """Return everything about the request that an entry belongs to, as ``viewer`` may read it.

        Raises Refused when there is no such entry.
        """
        return shown(trace(seq, Veil(self._whose, viewer)))

    async def who(self, name: str, origin: Origin) -> dict[str, Json]:
        """Return who or what last changed a thing, by its id or name; raises Refused for no thing, or several.

        Of what follows somebody else only where the rules let it be told; raises Refused, and Unavailable.
        """
        house, language = self._mirror.house(), origin.language
        entity_id = _meant(name, house.registry, self._mirror.states)
        await self._whereabouts.check((entity_id,), origin)
        text, past, who = self._recollection.of(entity_id, house, self._clock.now(), language)
        state = house.states.get(entity_id)
        return shown(
            {
                "entity": entity_id,
                "state": state.value if state is not None else None,
                "text": text,
                "changed": None
                if past is None
                else {"value": past.value, "before": past.before, "at": past.at, "seen": past.seen},
                "who": who,
            }
        )

    def _last_here(self, origin: Origin) -> Reversal:
        plan = self._undoing.last(origin, talk=True)
        if plan is None:
            raise Refused("nothing was done in this talk lately that could be taken back")
        return plan

    def _plan(self, origin: Origin, seq: int, since: str, tick: Collection[str]) -> Reversal:
        if seq and since:
            raise Refused("one entry or a span of time, not both")
        if tick and not since:
            raise Refused("things are ticked for a span of time only")
        if seq:
            return self._undoing.entry(seq, origin)
        if since:
            strange = next((one for one in tick if one not in self._mirror.states), None)
            if strange is not None or len(tick) > MOST_TICKED:
                raise Refused(f"there is no {quoted(strange)} in the house" if strange else "that is too much at once")
            moment = last_time(since, self._clock.now(), self._mirror.registry.time_zone)
            return self._undoing.since(moment, origin, tick)
        plan = self._undoing.last(origin, talk=False)
        if plan is None:
            raise Refused("there is nothing of yours to undo")
        return plan

    def _cannot(self, cannot: Collection[CannotUndo]) -> list[dict[str, Json]]:
        house, now = self._mirror.house(), self._clock.now()
        return [
            {
                "entity": one.entity,
                "entry": one.entry,
                "code": one.code,
                "why": why_text(one, self._recollection, house, now, "en"),
            }
            for one in cannot
        ]


def last_time(text: str, now: datetime, time_zone: str) -> datetime:
    """Return the last moment (UTC) at which a clock in this time zone showed ``text`` (``18:00``).

    On the night a clock is set back it shows some times twice: the later one counts, once it has been.  Raises Refused
    for anything that is no time of day.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise Refused(f"{quoted(text, 30)} is no time of day; say it as 18:00")
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    wanted = time(int(found[1]), int(found[2]))
    today = now.astimezone(zone).date()
    moments = [
        datetime.combine(today - timedelta(days=back), wanted, zone).replace(fold=fold).astimezone(UTC)
        for back in (0, 1)
        for fold in (0, 1)
    ]
    return max(moment for moment in moments if moment <= now)


def _meant(name: str, registry: Registry, states: Mapping[str, object]) -> str:
    said = name.strip().casefold()
    if said in states:
        return said
    found = [
        entity.entity_id for entity in registry.entities.values() if said in {name.casefold() for name in entity.names}
    ]
    if len(found) > 1:
        raise Refused(f"{quoted(name, 60)} is the name of several: {', '.join(sorted(found)[:10])}")
    if not found:
        raise Refused(f"there is no {quoted(name, 60)} in the house")
    return found[0]
