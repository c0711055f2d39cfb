"""A gate that knows what people did by hand, with one routine of Anna's and one that guards life."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from claw.base.action import Action, Origin
from claw.base.config_routines import RoutinesConfig
from claw.base.errors import Refused
from claw.gate.cause import Causes
from claw.gate.deeds import Deeds
from claw.gate.makers import NoRoutines
from claw.house.chronicle import Chronicle
from claw.house.model import Cause, Change, State
from claw.routines.hands import Hands
from tests.gate_room import OWNER, PEOPLE, POLICY, Room
from tests.held_clock import HeldClock

ROUTINE = Origin("routine", "anna", authenticated=True, source="routine:evening", routine="evening", task="1")
LIFE = Origin("routine", source="routine:safety-smoke", routine="safety-smoke", task="2")
CONFIG = RoutinesConfig(hands={"cover.garage": "30 min", "lock.safe": "0 s"})


class Makers(NoRoutines):
    """Anna made the one, nobody the other; every other name is refused."""

    def maker(self, origin: Origin) -> Origin | None:
        if origin.routine == ROUTINE.routine:
            return OWNER
        if origin.routine == LIFE.routine:
            return None
        raise Refused(f"there is no routine {origin.routine} here")

    def bound(self, actions: Sequence[Action], origin: Origin) -> None:
        del actions, origin

    def charged(self, action: Action, origin: Origin) -> None:
        del action, origin


class HandRoom(Room):
    """A room whose clock the test holds."""

    clock: HeldClock

    def __init__(self, folder: Path, policy: str, clock: HeldClock) -> None:
        super().__init__(folder, policy, clock)  # type: ignore[arg-type]
        self.causes = Causes(Chronicle(self.mirror, clock), self.mirror, Deeds(self.audit, self.follower), PEOPLE)
        self.judge.makers = Makers()
        self.hands = self.watch()

    def watch(self) -> Hands:
        """Begin to watch, as at a start."""
        hands = Hands(self.db, self.mirror, self.causes, PEOPLE, self.clock, self.clock, CONFIG.hand_s)
        for entity_id, state in self.mirror.states.items():
            hands.take(Change(entity_id, state))
        self.mirror.watch(hands.take)
        self.mirror.on_registry(hands.renamed)
        self.follower.noted.append(hands.noted)
        self.judge.hand = hands
        return hands

    def becomes(
        self, entity: str, value: str, *, context: str | None = None, cause: Cause | None = None, **attributes: object
    ) -> None:
        """Let a thing change in the house."""
        before = self.mirror.states[entity]
        state = State(value, {**before.attributes, **attributes}, self.clock.now(), context, cause)
        self.mirror.changed([Change(entity, state)])

    async def close(self) -> None:
        await self.hands.close()
        await super().close()


@asynccontextmanager
async def hand_room(folder: Path, policy: str = POLICY) -> AsyncIterator[HandRoom]:
    """Give a room and close it."""
    room = HandRoom(folder, policy, HeldClock())
    try:
        yield room
    finally:
        await room.close()
