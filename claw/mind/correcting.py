"""What somebody was not content with: kept for that person, as a reason for a preference that may come of it.

The mending itself was a command like any other.  What is kept has no effect: it says what was done, what was said about
it and what was done instead.  It is nobody else's business, and of a voice that nobody knows nothing is kept.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from claw.base.action import Action, Json, Origin
from claw.base.errors import Refused
from claw.house.model import House
from claw.house.text import plain, quoted
from claw.memory.model import Fact, private_to
from claw.memory.subjects import HOUSE, of_area, of_entity
from claw.mind.thread import Correction

logger = logging.getLogger(__name__)

PREDICATE = "corrected"
_MOST_NAMES = 4


class Keeps(Protocol):
    """What writes to memory (``claw.memory.memories.Memories``)."""

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "") -> object:
        """Keep ``fact`` as told by ``origin``; raises Refused where it may not be kept."""
        ...


class Correcting:
    """Keeps corrections of people who live here."""

    def __init__(self, memories: Keeps, lives_here: Callable[[Origin], bool]) -> None:
        self._memories = memories
        self._lives_here = lives_here

    async def note(self, correction: Correction, house: House, origin: Origin) -> None:
        """Keep a correction of whoever is known at ``origin``; what may not be kept is mended all the same."""
        if origin.person is None or not self._lives_here(origin):
            return
        fact = correction_of(correction, house, origin.person)
        try:
            await self._memories.tell(fact, origin, said=correction.said)
        except Refused as error:
            logger.debug("A correction is not kept: %s", error)


def correction_of(correction: Correction, house: House, person: str) -> Fact:
    """Return the fact that ``person`` was not content with an act, private to them."""
    did, mend = correction.did.actions, correction.mend.actions
    ids = list(dict.fromkeys(entity for action in did for entity in action.entities))
    entities = [house.registry.entities[one] for one in ids if one in house.registry.entities]
    areas = {entity.area for entity in entities}
    if len(entities) == 1:
        subject = of_entity(entities[0])
    else:
        area = areas.pop() if len(areas) == 1 else None
        subject = of_area(area) if area else HOUSE
    names = ", ".join(quoted(entity.name, 40) for entity in entities[:_MOST_NAMES]) or "the house"
    sentence = f"{quoted(correction.said, 80)} was said about {names}, so {_text(did)} became {_text(mend)}"
    value: dict[str, Json] = {
        "said": plain(correction.said, 80),
        "did": [_written(action) for action in did[:_MOST_NAMES]],
        "mend": [_written(action) for action in mend[:_MOST_NAMES]],
    }
    return Fact("correction", subject, PREDICATE, value, sentence, visibility=private_to(person), several=True)


def _written(action: Action) -> dict[str, Json]:
    return {action.name.partition(".")[2]: dict(action.data)}


def _text(actions: tuple[Action, ...]) -> str:
    """Return what was done, in the words of the services: "turn on, brightness pct 30"."""
    said: list[str] = []
    for action in dict.fromkeys((action.name, tuple(sorted(action.data.items()))) for action in actions):
        name, data = action
        words = [name.partition(".")[2].replace("_", " ")]
        words += [f"{key.replace('_', ' ')} {plain(str(value), 20)}" for key, value in data]
        said.append(", ".join(words))
    return quoted(" and ".join(said[:_MOST_NAMES]), 120)
