"""A timer that is done rings until somebody takes notice: words once are missed by whoever is in the next room.

It repeats the same words after a chime, never louder, so many times and no more.  A bare "stop" in that room ends it,
and so does a hand on something there; the kill switch ends all of them.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from claw.base.clock import Timer
from claw.base.erasure import Erasure
from claw.base.errors import ClawError
from claw.house.mirror import Mirror
from claw.house.model import Change, State
from claw.voice.speaker import Speaker

logger = logging.getLogger(__name__)

TIMES = 12
PAUSE_S = 10.0
"""Twelve times with ten seconds between: about three minutes."""
MOST_HERE = 5
"""Timers that ring at once in one room."""
TOUCHED = frozenset({"button", "event", "fan", "input_boolean", "input_button", "light", "remote", "scene", "switch"})
"""What people lay their hands on; what measures or moves by itself is no hand, nor is what the ring plays on."""

ByHand = Callable[[State], bool]
"""Tells whether a person changed something, and neither Claw nor an automation (``claw/gate/cause.py``)."""


@dataclass
class _Ring:
    """What rings in one room, and how its things were when it began to."""

    before: Mapping[str, str]
    texts: list[str] = field(default_factory=list[str])
    task: asyncio.Task[None] | None = None


class Rings:
    """All timers that ring; one for the daemon."""

    def __init__(self, speaker: Speaker, mirror: Mirror, by_hand: ByHand, timer: Timer) -> None:
        """Nothing rings yet."""
        self._speaker = speaker
        self._mirror = mirror
        self._by_hand = by_hand
        self._timer = timer
        self._rings: dict[str, _Ring] = {}
        self._unwatch: Callable[[], None] | None = None

    async def ring(self, place: str, text: str) -> bool:
        """Say that a timer in the area ``place`` is done, and go on saying it; return whether it was heard there."""
        ring = self._rings.setdefault(place, _Ring(self._things(place)))
        if text not in ring.texts and len(ring.texts) < MOST_HERE:
            ring.texts.append(text)
        if self._unwatch is None:
            self._unwatch = self._mirror.watch(self._changed)
        heard = await self._speaker.say(text, place, urgent=True, chime=True)
        if self._rings.get(place) is not ring or ring.task is not None:
            return heard  # silenced meanwhile, or it rings already
        if heard:
            ring.task = asyncio.get_running_loop().create_task(self._go_on(place, ring))
        else:
            self._over(place)
        return heard

    def silence(self, place: str | None) -> bool:
        """End what rings in an area; return whether anything did."""
        ring = self._rings.get(place) if place is not None else None
        if place is None or ring is None:
            return False
        self._over(place)
        if ring.task is not None:
            ring.task.cancel()
        return True

    def ringing(self) -> frozenset[str]:
        """Return the areas in which something rings."""
        return frozenset(self._rings)

    def cut(self) -> None:
        """End all of them: a hook of the stop."""
        for place in tuple(self._rings):
            self.silence(place)

    def erase(self, erasure: Erasure) -> int:
        """End what rings with words that are to be forgotten."""
        gone = [place for place, ring in self._rings.items() if any(map(erasure.means, ring.texts))]
        for place in gone:
            self.silence(place)
        return len(gone)

    async def close(self) -> None:
        """End all of them, and wait for that."""
        tasks = [ring.task for ring in self._rings.values() if ring.task is not None]
        self.cut()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _go_on(self, place: str, ring: _Ring) -> None:
        try:
            for _ in range(TIMES - 1):
                await self._timer.sleep(PAUSE_S)
                if not await self._speaker.say(" ".join(ring.texts), place, urgent=True, chime=True):
                    return  # nobody can be reached there any more, or Claw is stopped
        finally:
            if self._rings.get(place) is ring:
                self._over(place)

    def _over(self, place: str) -> None:
        del self._rings[place]
        if not self._rings and self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def _things(self, place: str) -> Mapping[str, str]:
        entities, states = self._mirror.registry.entities.values(), self._mirror.states
        here = [one.entity_id for one in entities if one.area == place and one.domain in TOUCHED]
        return {entity: states[entity].value for entity in here if entity in states}

    def _changed(self, change: Change) -> None:
        """Take a hand on something in the room for what it is: somebody is there and has heard it."""
        state = change.state
        place = next((key for key, ring in self._rings.items() if change.entity_id in ring.before), None)
        if place is None or state is None or state.value == self._rings[place].before[change.entity_id]:
            return
        with suppress(ClawError):  # the log cannot be asked: then it rings on
            if self._by_hand(state):
                self.silence(place)
