"""Who is at home, and what state a thing is in, as far as the house can say: yes, no, or not known."""

from collections.abc import Iterable

from claw.house.model import UNAVAILABLE, House
from claw.policy.people import People
from claw.policy.rules import ANYONE, NOBODY

HOME = "home"


def state_of(house: House, entity_id: str) -> str | None:
    """Return the state of what the file means by ``entity_id``; None where it is not known, or may be old."""
    if house.stale:
        return None
    renamed = house.registry.renamed  # nearly always empty, and asked for at every decision
    state = house.states.get(renamed.get(entity_id, entity_id) if renamed else entity_id)
    return None if state is None or state.value in UNAVAILABLE else state.value


def at_home(house: House, people: People, wanted: tuple[str, ...]) -> bool | None:
    """Return whether ``wanted`` (people's ids, ``anyone`` or ``nobody``) holds: of several people one is enough."""
    if wanted == (NOBODY,):
        found = at_home(house, people, (ANYONE,))
        return None if found is None else not found
    return _any(_is_home(house, entity) for entity in entities_of(people, wanted))


def away(house: House, people: People, wanted: tuple[str, ...]) -> bool | None:
    """Return whether one of these people is known not to be at home."""
    found = (_is_home(house, entity) for entity in entities_of(people, wanted))
    return _any(None if home is None else not home for home in found)


def entities_of(people: People, wanted: Iterable[str]) -> list[str]:
    """Return what says where these people are; somebody of whom nothing says it has the empty text."""
    if {ANYONE, NOBODY} & set(wanted):
        return [person.entity for person in people if person.entity]
    found = (people.get(person_id) for person_id in wanted)
    return [(person.entity or "") if person else "" for person in found]


def _is_home(house: House, entity_id: str) -> bool | None:
    state = state_of(house, entity_id)
    return None if state is None else state == HOME


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Return True where one is, False where each is known not to be, None otherwise, and where there is none."""
    known = list(answers)
    return True if True in known else None if None in known or not known else False
