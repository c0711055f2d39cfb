"""What in this house can sound, and which of it belongs to a room or to a satellite.

A way is one loudspeaker with all that is needed to make it speak: a satellite of Home Assistant, a media player that is
lent a voice, a microphone of this machine with a player beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.base.config_voice import SpeechConfig
from claw.house.mirror import Mirror
from claw.voice.model import Cue, Satellite

MICROPHONE = "microphone"
"""The source of a satellite that is a microphone of this machine, and what the names of their ways begin with."""
SATELLITE = "assist_satellite"


def _nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class Saying:
    """Words on their way to a loudspeaker: ``chime`` asks for a sound before them, ``begins`` is called as it sounds.

    ``language`` is None where nobody said one.  ``cue`` is what a microphone of this machine sounds instead of words.
    ``urgent`` interrupts what is not; ``stopped``: it says that Claw is stopped, so the stop does not keep it back.
    """

    text: str = ""
    language: str | None = None
    chime: bool = False
    begins: Callable[[], None] = _nothing
    cue: Cue = "none"
    urgent: bool = False
    stopped: bool = False


class Way(Protocol):
    """One loudspeaker."""

    @property
    def name(self) -> str:
        """What it is called: an entity, or ``microphone:<id>``."""
        ...

    @property
    def place(self) -> str | None:
        """The area that it sounds in, None where nobody knows."""
        ...

    def ready(self) -> bool:
        """Return whether it is worth a try."""
        ...

    async def speak(self, saying: Saying) -> None:
        """Return when it was said; raises Unavailable or Refused where nothing sounded, UnknownOutcome where it may."""
        ...

    def cut(self) -> None:
        """Silence it now, as far as that can be done; never waits."""
        ...


class Voices(Protocol):
    """What makes things of the house speak (``claw/voice/speech_house.py``)."""

    def way(self, entity: str, place: str | None) -> Way:
        """Return the way of an entity that stands in an area."""
        ...

    async def close(self) -> None:
        """End what still runs by itself."""
        ...


class Ways:
    """All loudspeakers; those of the house as it is at this moment."""

    def __init__(
        self,
        config: SpeechConfig,
        mirror: Mirror,
        house: Voices,
        players: Iterable[Way] = (),
    ) -> None:
        """``players`` are the loudspeakers beside the microphones of this machine."""
        self._rooms = config.rooms
        self._mirror = mirror
        self._house = house
        self._players: Mapping[str, Way] = {way.name: way for way in players}

    def of(self, satellite: Satellite) -> list[Way]:
        """Return what can speak to whoever spoke there, the best first."""
        if (own := self.microphone(satellite)) is not None:
            return _once([own, *self.in_room(satellite.place)])
        if satellite.entity is not None:
            return _once([self._house.way(satellite.entity, satellite.place), *self.in_room(satellite.place)])
        return self.in_room(satellite.place)

    def microphone(self, satellite: Satellite) -> Way | None:
        """Return the loudspeaker beside a microphone of this machine, None for any other ear."""
        return self._players.get(f"{MICROPHONE}:{satellite.id}") if satellite.source == MICROPHONE else None

    def in_room(self, place: str | None) -> list[Way]:
        """Return what can speak in an area, the best first; nothing for no area."""
        if place is None:
            return []
        named = self._rooms.get(place)
        entities = [named] if named is not None else self._satellites(place)
        here = [way for way in self._players.values() if way.place == place]
        return [*(self._house.way(entity, place) for entity in entities), *here]

    def everywhere(self) -> Sequence[Sequence[Way]]:
        """Return for every room that has any, and for whatever stands in none, what can speak there."""
        registry = self._mirror.registry
        known = {entity.area for entity in registry.entities.values() if entity.domain == SATELLITE}
        known |= {way.place for way in self._players.values()}
        rooms = dict.fromkeys((*self._rooms, *sorted(one for one in known if one is not None)))
        nowhere = [self._house.way(entity, None) for entity in self._satellites(None)]
        nowhere += [way for way in self._players.values() if way.place is None]
        return [ways for room in rooms if (ways := self.in_room(room))] + [[way] for way in nowhere]

    async def close(self) -> None:
        """End what still runs by itself."""
        await self._house.close()

    def _satellites(self, place: str | None) -> list[str]:
        entities = self._mirror.registry.entities.values()
        return sorted(one.entity_id for one in entities if one.domain == SATELLITE and one.area == place)


def _once(ways: Iterable[Way]) -> list[Way]:
    return list({way.name: way for way in ways}.values())
