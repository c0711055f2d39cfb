"""What a policy would say to a request that nobody made: "what if Anna asked at eleven, with the window open"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.base.action import Action, Json, Origin, to_json
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.cli.ground import Draft, Ground
from claw.house.model import House, Registry, State
from claw.policy.cases import moment


@dataclass(frozen=True)
class Supposed:
    """A request that nobody made; empty texts are what they are when nobody says otherwise."""

    action: Action
    person: str = ""
    channel: str = ""
    place: str = ""
    at: str = ""
    tainted: bool = False
    states: Sequence[str] = ()

    @property
    def origin(self) -> Origin:
        """Who asks: a named person counts as signed in."""
        return Origin(
            channel=self.channel or "cli",
            person=self.person or None,
            place=self.place or None,
            authenticated=bool(self.person),
            taint=("what if",) if self.tainted else (),
            strength="session" if self.person else None,
        )


def supposed(asked: Supposed, draft: Draft, there: Ground) -> Json:
    """Return the explanation of what ``draft`` says there; raises Refused for a person, time or state that is none."""
    house = there.known
    if asked.person and there.people.get(asked.person) is None:
        raise Refused(f"nobody here is {asked.person}; there are {', '.join(person.id for person in there.people)}")
    known = House(house.registry, MappingProxyType({**house.states, **_states(asked.states, house.registry)}))
    return to_json(draft.policy.explain(known, asked.action, asked.origin, _moment(asked.at, house.registry)))


def _moment(at: str, registry: Registry) -> datetime:
    if not at:
        return SystemClock().now()
    try:
        return moment(at).replace(tzinfo=_zone(registry.time_zone))
    except ValueError as error:
        raise Refused(f"--at: {error}") from None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _states(written: Sequence[str], registry: Registry) -> dict[str, State]:
    found: dict[str, State] = {}
    for one in written:
        entity, equals, value = one.partition("=")
        if not equals or entity not in registry.entities:
            raise Refused(f"--state: found {one!r}, expected an entity of this house and its state, such as light.a=on")
        found[entity] = State(value)
    return found
