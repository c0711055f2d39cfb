"""What a person decides when Claw is set up: read from short answers, checked, and kept for the next time.

An answer is one line, as it is typed or as it stands in a file of answers; what it means is decided here alone, so that
a terminal, a file and a test cannot differ.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from claw.care.init_home import Home
from claw.house.model import Registry
from claw.policy.people import ROLES

Ruling = Literal["ask", "never"]
_ID = re.compile(r"[a-z0-9_]{1,40}")
_RANGE = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9])?) *(?:-|to|\.\.) *(-?[0-9]{1,3}(?:\.[0-9])?) *°?[CF]?", re.IGNORECASE)
_LEAST, _MOST = {"°C": 5.0, "°F": 40.0}, {"°C": 35.0, "°F": 95.0}
USUAL_HEAT = {"°C": "16-25", "°F": "61-77"}
MOST_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody of the household; ``entity`` and ``user`` are their person and user id in Home Assistant."""

    id: str
    name: str
    role: str
    rooms: tuple[str, ...] = ()
    entity: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """All of it: who lives there, what is asked about, and between which temperatures nobody is."""

    people: tuple[Resident, ...]
    rulings: Mapping[str, Ruling] = field(default_factory=dict[str, Ruling])
    heat: tuple[float, float] = (16.0, 25.0)


def known_people(home: Home) -> tuple[Resident, ...]:
    """Return the persons of Home Assistant, the one whose token it is as owner and first; somebody in any case.

    Where nobody has that token, as it is of a user made for Claw, the first person is the owner.
    """
    found: dict[str, Resident] = {}
    for entity_id, state in sorted(home.house.states.items()):
        if not entity_id.startswith("person.") or len(found) >= MOST_PEOPLE:
            continue
        user = state.attributes.get("user_id")
        name = home.house.registry.entities[entity_id].name[:60] or entity_id
        one = _free(entity_id.partition(".")[2][:40], found)
        found[one] = Resident(one, name, "adult", (), entity_id, user if isinstance(user, str) else None)
    if not found:
        return (Resident("owner", home.token_of.name or "Owner", "owner", (), None, home.token_of.id or None),)
    owner = next((one for one in found.values() if one.user and one.user == home.token_of.id), None)
    first = owner or next((one for one in found.values() if one.user), None) or next(iter(found.values()))
    rest = [one for one in found.values() if one is not first]
    return (_with(first, "owner", ()), *rest)


def _free(wanted: str, taken: Mapping[str, object]) -> str:
    return next(one for one in (wanted, *(f"{wanted[:36]}_{n}" for n in range(2, 100))) if one not in taken)


def _with(one: Resident, role: str, rooms: tuple[str, ...]) -> Resident:
    return Resident(one.id, one.name, role, rooms, one.entity, one.user)


def as_before(known: Sequence[Resident], before: Mapping[str, object]) -> tuple[Resident, ...]:
    """Return the people with the roles and rooms of the last time; who came since as an adult, who was left out not."""
    rows = _rows(before.get("people"))
    if not rows:
        return tuple(known)
    seen = before.get("known")
    left_out = {str(one) for one in cast("Sequence[object]", seen)} if isinstance(seen, list) else set[str]()
    by_id = {one.id: one for one in known}
    found = [_again(one, _rows(row), by_id) for one, row in rows.items() if _ID.fullmatch(one)]
    found += [_with(one, "adult", ()) for one in known if one.id not in rows and one.id not in left_out]
    return tuple(found)


def _again(one: str, row: Mapping[str, object], by_id: Mapping[str, Resident]) -> Resident:
    rooms = row.get("rooms")
    places = tuple(str(room) for room in cast("Sequence[object]", rooms)) if isinstance(rooms, list) else ()
    person = by_id.get(one) or Resident(one, _named(one), "adult")
    return _with(person, str(row.get("role")), places)


def _named(one: str) -> str:
    return one.replace("_", " ").title()


def _rows(kept: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", kept) if isinstance(kept, Mapping) else {}


def people_said(people: Sequence[Resident]) -> str:
    """Return the answer that means these people."""
    return ", ".join(f"{one.id}={one.role}{':' + '+'.join(one.rooms) if one.rooms else ''}" for one in people)


def read_people(answer: str, known: Sequence[Resident], registry: Registry) -> tuple[Resident, ...]:
    """Return who is meant by ``anna=owner, mia=child:kids_room``; raises ValueError.

    Who is not named does not speak for themselves; ``known`` are the persons of Home Assistant.
    """
    by_id = {one.id: one for one in known}
    found: dict[str, Resident] = {}
    for part in filter(None, (one.strip() for one in answer.split(","))):
        name, _, rest = part.partition("=")
        role, _, rooms = (one.strip() for one in rest.partition(":"))
        one = name.strip()
        if not _ID.fullmatch(one):
            raise ValueError(f"{one!r} is no id: small letters, digits and _")
        if role not in ROLES:
            raise ValueError(f"{part!r}: expected a role after =: {', '.join(ROLES)}")
        if one in found:
            raise ValueError(f"{one!r} is named twice")
        places = tuple(filter(None, (room.strip() for room in rooms.split("+"))))
        if unknown := next((room for room in places if room not in registry.areas), None):
            raise ValueError(f"{unknown!r} is no room here: {', '.join(sorted(registry.areas)[:20])}")
        found[one] = _with(by_id.get(one) or Resident(one, _named(one), role), role, places)
    if not any(one.role == "owner" for one in found.values()):
        raise ValueError("somebody has to be the owner, such as anna=owner")
    return tuple(found.values())


def read_ruling(answer: str) -> Ruling:
    """Return what is meant by ``ask`` or ``never``; raises ValueError."""
    word = answer.strip().lower()
    if word in {"ask", "a", "yes", "y"}:
        return "ask"
    if word in {"never", "n", "no"}:
        return "never"
    raise ValueError(f"{answer!r}: expected ask (an adult says yes each time) or never")


def read_heat(answer: str, unit: str) -> tuple[float, float]:
    """Return the two ends that ``16-25`` means in the unit of the house; raises ValueError."""
    found = _RANGE.fullmatch(answer.strip())
    low, high = (float(found[1]), float(found[2])) if found else (1.0, 0.0)
    least, most = _LEAST.get(unit, 5.0), _MOST.get(unit, 35.0)
    if not least <= low < high <= most:
        raise ValueError(
            f"{answer!r}: expected two temperatures from {least:g} to {most:g}, such as {USUAL_HEAT[unit]}"
        )
    return low, high


def read_rulings(kept: object) -> Mapping[str, Ruling]:
    """Return rulings as they were kept; what is none asks."""
    return {key: "never" if value == "never" else "ask" for key, value in _rows(kept).items()}
