"""The few fixed actions that pass while Claw is stopped, and nothing beside them.

What they are is settled when the daemon starts: the safe-state list of the configuration (a stop of category 1: halt
what moves, cancel what is timed), the switch that shows the stop in Home Assistant, and the entity that keeps the heads
of the log.  Each goes by its exact name on its exact entities, with its intent durable before and its outcome after,
and is counted apart from everything else, so that "nothing moved after the stop" stays a figure that can be checked.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Json, Origin, Outcome, OutcomeStatus, Permit
from claw.base.clock import Timer, within
from claw.base.errors import Broken, ClawError, Refused, Unavailable, UnknownOutcome
from claw.base.permit import PermitDesk
from claw.house.backend import Exact
from claw.house.model import House
from claw.house.services import CATALOGUE, validate

logger = logging.getLogger(__name__)

SAFE_S = 2.0
"""What a stop of category 1 may take for its safe-state list; then everything is cut."""

Purpose = Literal["safe", "helper", "witness"]
CALMING = frozenset(
    {
        "climate.turn_off",
        "cover.close_cover",
        "cover.stop_cover",
        "cover.stop_cover_tilt",
        "fan.turn_off",
        "humidifier.turn_off",
        "input_boolean.turn_off",
        "lawn_mower.dock",
        "lawn_mower.pause",
        "light.turn_off",
        "light.turn_on",
        "lock.lock",
        "media_player.media_pause",
        "media_player.media_stop",
        "media_player.turn_off",
        "siren.turn_off",
        "switch.turn_off",
        "timer.cancel",
        "timer.pause",
        "vacuum.pause",
        "vacuum.return_to_base",
        "vacuum.stop",
        "valve.close_valve",
        "valve.stop_valve",
        "water_heater.turn_off",
    }
)
"""What may stand on a safe-state list: what ends something, closes it, or gives light."""


class Effector(Protocol):
    """The house, as far as this needs it."""

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do ``action`` once, spending ``permit``."""
        ...


def safe_action(name: str, entities: Sequence[str], house: House | None) -> Action:
    """Return one entry of a safe-state list as an action; raises Broken where it may not stand there.

    ``house`` is the house where it is known at the start: then the entities must be in it.
    """
    where = f"stop: safe: {name}"
    action = Action(name, tuple(entities))
    if name not in CATALOGUE:
        raise Broken(f"{where}: Claw does not know this action")
    if name not in CALMING:
        raise Broken(f"{where}: it may only halt, close or switch something off; one of {', '.join(sorted(CALMING))}")
    if not entities:
        raise Broken(f"{where}: it needs the entities it is for")
    domain = CATALOGUE[name].domain
    wrong = [entity for entity in entities if entity.partition(".")[0] != domain]
    if wrong:
        raise Broken(f"{where}: it is not for {', '.join(wrong)}")
    if house is not None:
        try:
            validate(house, action)
        except Refused as refusal:
            raise Broken(f"{where}: {refusal}") from refusal
    return action


class Passing:
    """Sends the fixed actions; ``count`` says how many went out for each purpose.

    ``contexts`` are the house's own ids of the latest of them, by which their changes are known as ours; ``told`` are
    called when something more is fixed.
    """

    def __init__(self, audit: AuditLog, desk: PermitDesk, house: Effector) -> None:
        self._audit = audit
        self._desk = desk
        self._house = house
        self._fixed: dict[Purpose, frozenset[Exact]] = {}
        self.count: dict[Purpose, int] = {}
        self.contexts: deque[str] = deque(maxlen=32)
        self.told: list[Callable[[], None]] = []

    def fix(self, purpose: Purpose, actions: Collection[Action]) -> None:
        """Settle, once and for all, which actions pass for ``purpose``; raises Broken when it was settled already."""
        if purpose in self._fixed:
            raise Broken(f"what passes a stop as {purpose} is settled already")
        self.count[purpose] = 0
        self._fixed[purpose] = frozenset((action.name, action.entities) for action in actions)
        for tell in self.told:
            tell()

    def ids(self, *, safe: bool = True) -> frozenset[Exact]:
        """Return what passes, with or without the safe-state list: what the house's link is told."""
        kept = [exact for purpose, exact in self._fixed.items() if safe or purpose != "safe"]
        return frozenset[Exact]().union(*kept)

    async def send(self, purpose: Purpose, action: Action) -> Outcome:
        """Send one of the fixed actions, once, and return what came of it; never raises for what a house does.

        Raises Refused for any other action.  Without its row in the log nothing is sent, here as everywhere.
        """
        if (action.name, action.entities) not in self._fixed.get(purpose, ()):
            raise Refused(f"{action.name} does not pass while Claw is stopped")
        if action.data and purpose != "witness":
            raise Refused(f"{action.name} passes while Claw is stopped without any data only")
        origin = Origin(channel="system", source=f"stop: {purpose}")
        try:
            number = await self._audit.append("intent", _intent(action, purpose), origin=origin)
        except ClawError as error:
            return Outcome(action, "failed", str(error))
        self.count[purpose] += 1
        status: OutcomeStatus = "unknown"
        detail = "it was cut"
        context: str | None = None
        try:
            acknowledged = await self._house.perform(self._desk.issue(action, number), action)
            status, detail, context = "sent", "", acknowledged.context_id
            if context is not None:
                self.contexts.append(context)
        except UnknownOutcome as error:
            detail = str(error)
        except (Refused, Unavailable) as error:
            status, detail = "failed", str(error)
        finally:
            self._note(purpose, status, detail, context, number)
        return Outcome(action, status, detail, number)

    def _note(self, purpose: Purpose, status: str, detail: str, context: str | None, number: int) -> None:
        row: dict[str, Json] = {"status": status, "detail": detail, "passes": purpose, "context": context}
        try:
            self._audit.note("outcome", row, parent=number)
        except Broken:
            logger.warning("An outcome could not be logged: the log is closed")


def _intent(action: Action, purpose: Purpose) -> Mapping[str, Json]:
    return {"action": action.as_json(), "passes": purpose, "effect": "allow", "rule": None, "said": "", "before": {}}


class SafeStates:
    """The safe-state list of a stop of category 1."""

    def __init__(self, passing: Passing, actions: Sequence[Action], timer: Timer) -> None:
        self._passing = passing
        self._actions = tuple(actions)
        self._timer = timer

    async def run(self) -> None:
        """Send the whole list at once and return when all of it was answered, or after two seconds."""
        if self._actions:
            await within(self._timer, SAFE_S, asyncio.gather(*map(self._one, self._actions)))

    async def _one(self, action: Action) -> None:
        outcome = await self._passing.send("safe", action)
        if outcome.status == "failed":
            logger.error("The safe state %s was not reached: %s", action.name, outcome.detail)
