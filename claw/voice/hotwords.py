"""The names that help an engine to hear right: those of the speaker's own room first.

An engine takes some sixty, keeps the first ones and may write any of them where nobody said it.  So only names go in
that a prompt may show: a name that a stranger gave a device is not for Claw's ears before an owner approved it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import islice

from claw.house.model import Area, Entity, Registry, State
from claw.voice.model import Hints, Satellite

MOST_NAMES = 60
MOST_THINGS = 400
"""Things looked at for one utterance, however many of a house have a name that is not approved."""
LONGEST_NAME = 40

_ONLY_TELL = frozenset({"binary_sensor", "device_tracker", "event", "person", "sensor", "sun", "update", "zone"})


def lately(states: Mapping[str, State]) -> list[str]:
    """Return the ids of what can be told to do something, what moved last first, as many as an engine takes names."""
    moved = (
        (state.changed, one)
        for one, state in states.items()
        if state.changed is not None and one.partition(".")[0] not in _ONLY_TELL
    )
    return [one for _, one in nlargest(MOST_NAMES, moved)]


class Hotwords:
    """Gives each satellite its hints."""

    def __init__(
        self,
        registry: Callable[[], Registry],
        shown: Callable[[Entity | Area], Sequence[str]],
        used: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """``shown`` gives the names of a thing that a prompt may show; ``used`` entity ids, those most used first."""
        self._registry = registry
        self._shown = shown
        self._used = used

    def hints(self, satellite: Satellite, language: str | None = None) -> Hints:
        """Return ``language`` and at most ``MOST_NAMES`` names, each once, those of the satellite's area first."""
        names: dict[str, str] = {}
        for thing in islice(self._things(satellite.place), MOST_THINGS):
            for name in self._shown(thing):
                if 0 < len(name) <= LONGEST_NAME and "," not in name:
                    names.setdefault(name.casefold(), name)
            if len(names) >= MOST_NAMES:
                break
        return Hints(language, tuple(names.values())[:MOST_NAMES])

    def _things(self, place: str | None) -> Iterator[Entity | Area]:
        registry = self._registry()
        here = registry.areas.get(place or "")
        if here:
            yield here
            yield from _entities(registry, _moved_first(registry.daily_by_area.get(here.id, ())))
        yield from _entities(registry, (one for one in self._used() if one in registry.entities))
        yield from registry.areas.values()
        yield from _entities(registry, _moved_first(registry.daily))


def _entities(registry: Registry, ids: Iterable[str]) -> Iterator[Entity]:
    return (entity for one in ids if not (entity := registry.entities[one]).hidden)


def _moved_first(ids: Sequence[str]) -> Iterator[str]:
    """Give what can be told to do something before what can only be asked about."""
    yield from (one for one in ids if one.partition(".")[0] not in _ONLY_TELL)
    yield from (one for one in ids if one.partition(".")[0] in _ONLY_TELL)
