"""The house of one case: the home as it is written, the case's own states laid over it, at the case's own time.

A home may carry fields that are not for here and leave out what a house needs to be lived in: an owner who can say yes,
and a clock.  Both are filled in, the same way each time, so that a case comes out the same wherever it is run.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from claw.base.action import Json
from claw.base.config import PersonConfig
from claw.base.errors import Refused
from claw.evaluation.cases import Case, Homes, Past
from claw.house.file import AreaRow, DeviceRow, EntityRow, FloorRow, GroupRow, HouseFile, PersonRow, parse_house
from claw.house.model import Area, House, State

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
"""What time it is where neither case nor home say it: a Monday."""

OWNER = PersonConfig(id="the_owner", name="The Owner", role="owner")
"""Who says yes where nobody of the home is an owner."""

_ROWS: Mapping[str, type[BaseModel]] = {
    "floors": FloorRow,
    "areas": AreaRow,
    "devices": DeviceRow,
    "entities": EntityRow,
    "groups": GroupRow,
    "people": PersonRow,
}
_ROLES = frozenset({"owner", "adult", "child", "guest", "service"})
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Home:
    """The house that one case plays in.

    ``written`` is its house file, ``now`` the moment it shows, ``past`` what its entities went through before, oldest
    first, ``people`` who lives in it, an owner among them.
    """

    written: Mapping[str, Json]
    house: House
    now: datetime
    past: Mapping[str, tuple[State, ...]]
    people: tuple[PersonConfig, ...]


def home_of(case: Case, homes: Homes) -> Home:
    """Return the house for ``case``; raises Refused where there is none, Invalid where it makes no sense."""
    raw = homes.get(case.home)
    if raw is None:
        raise Refused(f"there is no home {case.home!r} in the file of houses")
    written = _known(raw)
    now = _now(case, written)
    written["now"] = now.isoformat()
    if "time_zone" not in written:
        written["time_zone"] = _zone_name(now)
    _lay(case, written)
    house = parse_house(written, case.home)
    return Home(written, house, now, _past(case.setup_history, house), people_of(house))


def slug(text: str, otherwise: str = "it") -> str:
    """Return ``text`` as an id of at most 40 small letters, digits and underscores."""
    return _SLUG.sub("_", text.casefold())[:40].strip("_") or otherwise


def area_of(house: House, said: str | None) -> str | None:
    """Return the id of the area that a case calls ``said``, by id, name or alias; None where the house has none."""
    if said is None:
        return None
    areas: Iterable[Area] = house.registry.areas.values()
    wanted = said.casefold()
    return next(
        (area.id for area in areas if wanted in {one.casefold() for one in (area.id, area.name, *area.aliases)}), None
    )


def people_of(house: House) -> tuple[PersonConfig, ...]:
    """Return who lives in the house, as a configuration names them; somebody without a known role is an adult."""
    found = [
        PersonConfig.model_validate(
            {
                "id": slug(person.id),
                "name": person.name[:60],
                "role": person.role if person.role in _ROLES else "adult",
                "entity": person.entity_id,
                "rooms": tuple(room for room in person.rooms if room in house.registry.areas),
            }
        )
        for person in house.registry.people
    ]
    return tuple(found) if any(one.role == "owner" for one in found) else (*found, OWNER)


def _known(raw: Mapping[str, Json]) -> dict[str, Any]:
    """Return what of a home is for a house file; what is null is left out, as if it were not written."""
    written: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in HouseFile.model_fields or value is None:
            continue
        row = _ROWS.get(key)
        if row is None:
            written[key] = value
        elif isinstance(value, list):
            rows = cast("list[Json]", value)
            written[key] = [_row(row, one) if isinstance(one, dict) else one for one in rows]
    return written


def _row(row: type[BaseModel], raw: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in raw.items() if key in row.model_fields and value is not None}


def _lay(case: Case, written: dict[str, Any]) -> None:
    """Lay the states of the case over those of the home; an entity that the home lacks is added to it."""
    rows: list[dict[str, Any]] = [dict(row) for row in written.get("entities", ())]
    known: dict[object, dict[str, Any]] = {row.get("entity_id"): row for row in rows}
    for entity_id, wish in case.setup.items():
        row = known.get(entity_id)
        if row is None:
            row = dict[str, Any](entity_id=entity_id)
            rows.append(row)
        if wish.state is not None:
            row["state"] = wish.state
        merged: dict[str, Json] = {**(row.get("attributes") or {}), **wish.attributes}
        row["attributes"] = {name: value for name, value in merged.items() if value is not None}
    written["entities"] = rows


def _now(case: Case, written: Mapping[str, Any]) -> datetime:
    """Return what time it is; raises Refused where the case says it in no known way."""
    zone = _zone(written.get("time_zone"))
    begun = NOON if zone is None else NOON.replace(tzinfo=zone)
    if written.get("now") is not None:
        begun = _moment(str(written["now"]), begun, zone, "the home's now")
    if case.context.now is None:
        return begun
    return _moment(case.context.now, begun, zone, "context.now")


def _moment(text: str, day: datetime, zone: tzinfo | None, what: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None:
        try:
            at = time.fromisoformat(text)
        except ValueError:
            raise Refused(f"{what}: found {text[:40]!r}, expected a moment such as 2026-01-05T19:30:00") from None
        found = day.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0, tzinfo=at.tzinfo)
    return found if found.tzinfo is not None else found.replace(tzinfo=zone or day.tzinfo or UTC)


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(name)) if name is not None else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone_name(now: datetime) -> str:
    """Return the zone of a home that names none: the one in which its clock shows what is written."""
    hours, rest = divmod(now.utcoffset() or timedelta(), timedelta(hours=1))
    if rest or hours == 0:
        return "UTC"
    return f"Etc/GMT{-hours:+d}"  # the sign of these names is turned around


def _past(history: Iterable[Past], house: House) -> Mapping[str, tuple[State, ...]]:
    zone = _zone(house.registry.time_zone) or UTC
    found: dict[str, list[State]] = {}
    for one in history:
        at = one.at if one.at.tzinfo is not None else one.at.replace(tzinfo=zone)
        attributes = one.attributes or dict(
            house.states[one.entity_id].attributes if one.entity_id in house.states else {}
        )
        found.setdefault(one.entity_id, []).append(State(one.state, attributes, at.astimezone(UTC)))
    ordered = {entity: sorted(states, key=lambda state: state.changed or NOON) for entity, states in found.items()}
    return {entity: tuple(states) for entity, states in ordered.items()}
