"""Speaking through the house: satellites that announce, media players that are lent a voice.

Words in a room are an act like any other, so they are one action for the gate, in Claw's own name: judged by the
household's policy, in the log before they sound, held by the stop.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from claw.base.action import SYSTEM, Action, Origin, Outcome
from claw.base.clock import Timer
from claw.base.errors import ClawError, Refused, Unavailable, UnknownOutcome
from claw.house.mirror import Mirror
from claw.house.services import validate
from claw.voice.echo import CHARACTERS_A_SECOND
from claw.voice.speech_ways import SATELLITE, Saying

logger = logging.getLogger(__name__)

ANNOUNCE = "assist_satellite.announce"
SPEAK = "tts.speak"
HUSH = "media_player.media_stop"
PLAYER = "media_player"
SAID = frozenset({"done", "sent", "started", "unchanged"})
"""What becomes of an act of speech that was done: a satellite is afterwards as it was before."""


class Performed(Protocol):
    """What came of actions (``claw/gate/perform.py``)."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One for each action; none where a person is asked first."""
        ...


class Perform(Protocol):
    """The gate's door."""

    async def __call__(self, actions: Sequence[Action], origin: Origin) -> Performed:
        """Do ``actions`` for ``origin``, one plan; every refusal is an outcome."""
        ...


@dataclass
class HouseVoices:
    """What all ways through the house share: the door, the mirror, the voice for media players."""

    perform: Perform
    mirror: Mirror
    timer: Timer
    voice: str | None = None
    _hushing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def way(self, entity: str, place: str | None) -> "HouseWay":
        """Return what makes ``entity`` speak."""
        return HouseWay(self, entity, place)

    async def say(self, action: Action) -> None:
        """Do one act of speech; raises Unavailable where it was not done, UnknownOutcome where nobody can tell."""
        outcomes = (await self.perform((action,), SYSTEM)).outcomes
        if not outcomes:
            raise Unavailable("the policy asks a person before Claw may speak there")
        if outcomes[0].status == "unknown":
            raise UnknownOutcome(outcomes[0].detail or "nobody knows whether it was said")
        if outcomes[0].status not in SAID:
            raise Unavailable(outcomes[0].detail or "it was not said")

    def hush(self, player: str) -> None:
        """Have a media player stop, without waiting for it."""
        task = asyncio.get_running_loop().create_task(self._hush(player))
        self._hushing.add(task)
        task.add_done_callback(self._hushing.discard)

    async def _hush(self, player: str) -> None:
        try:
            await self.say(Action(HUSH, (player,)))
        except ClawError as error:
            logger.info("%s could not be silenced: %s", player, error)

    async def close(self) -> None:
        """Wait for nothing that is still to be silenced."""
        for task in tuple(self._hushing):
            task.cancel()
        await asyncio.gather(*self._hushing, return_exceptions=True)


@dataclass(frozen=True)
class HouseWay:
    """One satellite or media player of the house."""

    house: HouseVoices
    name: str
    place: str | None

    def ready(self) -> bool:
        """Return whether the house has it and it says that it can speak."""
        action = self._action(Saying("."))
        if action is None:
            return False
        try:
            validate(self.house.mirror.house(), action)
        except Refused:
            return False
        return True

    async def speak(self, saying: Saying) -> None:
        """Return when the house says that it was said; raises Unavailable, UnknownOutcome."""
        action = self._action(saying)
        if action is None:
            raise Unavailable(f"{self.name} has no voice: name one under voice: speech: voice:")
        saying.begins()
        await self.house.say(action)
        if action.name == SPEAK:
            # The house answers when the player has begun: what came meanwhile would be played in its place.
            await self.house.timer.sleep(len(saying.text) / CHARACTERS_A_SECOND)

    def cut(self) -> None:
        """Stop the media player that it is, or that is in the same device: a satellite itself takes no such order."""
        registry = self.house.mirror.registry
        device = entity.device if (entity := registry.entities.get(self.name)) is not None else None
        beside = (one for one in registry.entities.values() if one.domain == PLAYER and one.device == device)
        player = self.name if self.name.startswith(f"{PLAYER}.") else None
        if player is None and device is not None:
            player = next((one.entity_id for one in beside), None)
        if player is not None:
            self.house.hush(player)

    def _action(self, saying: Saying) -> Action | None:
        if self.name.startswith(f"{SATELLITE}."):
            return Action(ANNOUNCE, (self.name,), {"message": saying.text, "preannounce": saying.chime})
        if self.house.voice is None:
            return None
        # No language: a voice knows its own ("en_US"), and says nothing at all when it is told another ("en").
        return Action(SPEAK, (self.name,), {"message": saying.text, "voice": self.house.voice})
