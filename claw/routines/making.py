"""Whether somebody may have a routine, and how it stands then: the limits, what could never be allowed, whose it is.

Nothing here says what a routine may do when it fires; that is asked of the policy each time, and of whoever made it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pydantic import ValidationError

from claw.base.action import Action, Message, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.gate.messages import notify
from claw.house.fields import Service
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.policy.at_best import never_allowed
from claw.policy.decide import Policy
from claw.policy.people import People
from claw.routines.checking import Ground, actions_of, problems, sentence
from claw.routines.model import Routine
from claw.routines.place import place_of
from claw.routines.rights import expiry, in_room
from claw.routines.spec import Prompts, Runs, Says, Spec

MOST = 200
"""Routines of one home that are not over."""
MOST_OF_ONE = 30
"""The same of one person."""
MOST_OF_A_ROOM = 10
"""The same made in one room by somebody who is not known."""
ENDED = frozenset({"over", "removed"})

_WARNED = 3


class Shelf(Protocol):
    """Where routines stand (``claw/routines/book.py``)."""

    def all(self) -> Sequence[Routine]:
        """Return every routine that is not removed, oldest first."""
        ...

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id, None where there is none."""
        ...


@dataclass(frozen=True)
class Household:
    """What a routine is made in: the house, its policy and people, and what can be done in it.

    ``services`` are the actions beside the catalogue's.  ``skill`` says why somebody may not have a skill run with
    these values, empty where they may; ``gate`` what is wrong with the program before a prompt, None without a model.
    """

    mirror: Mirror
    policy: Callable[[], Policy]
    people: People
    clock: Clock
    services: Mapping[str, Service]
    skill: Callable[[Runs, Origin], str]
    gate: Callable[[str], str] | None = None

    def ground(self, house: House, origin: Origin) -> Ground:
        """Return what a routine of ``origin`` is held against in ``house``, now."""
        place, now = place_of(house.registry), self.clock.now()
        return Ground(house, place, now, self.services, self.people, lambda runs: self.skill(runs, origin), self.gate)


def parsed(written: str) -> Spec:
    """Return the routine that is written as JSON; raises Refused, saying what was expected, for what is none."""
    try:
        spec = Spec.model_validate_json(written)
        kept = Spec.model_validate_json(spec.model_dump_json(by_alias=True, exclude_defaults=True))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in found["loc"])
        raise Refused(f"{where}: {found['msg']}" if where else found["msg"]) from None
    if kept != spec:  # NaN becomes another thing on disk, and would be damage after the next start
        raise Refused("something in it is no figure; expected numbers that are finite")
    return spec


def written(spec: Spec) -> str:
    """Return ``spec`` as JSON, as it is kept and as an act carries it."""
    return spec.model_dump_json(by_alias=True, exclude_defaults=True)


class Making:
    """Holds what somebody wants against the house, its rules and what there is already."""

    def __init__(self, shelf: Shelf, household: Household) -> None:
        self._shelf = shelf
        self._in = household

    def check(self, spec: Spec, origin: Origin, *, besides: str = "") -> tuple[str, ...]:
        """Return what stands in the way of ``spec`` as ``origin``'s, a sentence each; nothing where it may be made.

        ``besides``: the routine whose place it takes does not count towards the limits.
        """
        house = self._in.mirror.house()
        found = problems(spec, self._in.ground(house, origin))
        return found or tuple(filter(None, (self._full(origin, besides), self._never(spec, origin, house))))

    def warnings(self, spec: Spec, origin: Origin) -> tuple[str, ...]:
        """Return what would be refused or asked first if it fired now, a sentence each; it fires at other times."""
        house, now, policy = self._in.mirror.house(), self._in.clock.now(), self._in.policy()
        maker = _as_maker(origin)
        found: dict[str, None] = {}
        for action in actions_of(spec):
            for asked in (maker, _as_routine(maker)):
                decision = policy.decide(house, action, asked, now)
                if decision.effect == "deny":
                    found[f"As things are now {action.name} would be refused: {decision.why.rstrip('.')}."] = None
                elif decision.effect == "confirm":
                    found[f"Each time somebody has to say yes before {action.name} is done."] = None
        return tuple(found)[:_WARNED]

    def made(self, ident: str, spec: Spec, origin: Origin, entry: int, *, accepted: bool) -> Routine:
        """Return the routine that ``origin`` gets; ``accepted``: an owner said yes to it after seeing all of it.

        What a stranger's text had a part in waits for such a yes; what nobody known has made ends by itself.
        """
        now, maker = self._in.clock.now(), _as_maker(origin)
        waits = bool(maker.taint) and not accepted
        return Routine(
            id=ident,
            spec=spec,
            made_by=maker,
            created=now,
            state="waiting" if waits else "shadow" if spec.shadow else "on",
            why="text from outside the household had a part in it: an owner has to take it over" if waits else "",
            shadow_left=spec.shadow,
            expires=expiry(maker, now),
            language=maker.language or "en",
            entry=entry,
        )

    def _full(self, origin: Origin, besides: str) -> str:
        """Return why there is no room for another one, empty where there is."""
        standing = [one for one in self._shelf.all() if one.state not in ENDED and one.id != besides]
        if len(standing) >= MOST:
            return f"There are {MOST} routines already, which is the most a home can have: remove some first."
        if _known(origin):
            theirs = sum(one.made_by.authenticated and one.made_by.person == origin.person for one in standing)
            return f"You have {MOST_OF_ONE} routines already: remove some first." if theirs >= MOST_OF_ONE else ""
        here = sum(not one.made_by.authenticated and one.made_by.place == origin.place for one in standing)
        return f"This room has {MOST_OF_A_ROOM} routines already: remove some first." if here >= MOST_OF_A_ROOM else ""

    def _never(self, spec: Spec, origin: Origin, house: House) -> str:
        """Return why something of it could never be allowed to ``origin``, empty where all of it could be."""
        maker = _as_maker(origin)
        actions = (*actions_of(spec), *_messages(spec, maker))
        if not _known(maker):
            if any(isinstance(step, Prompts) for step in spec.do):
                return "Only for somebody who is known a model is asked."
            try:
                for action in actions:
                    in_room(action, maker.place, house.registry)
            except Refused as refusal:
                return sentence(str(refusal))
        denied = never_allowed(self._in.policy(), house, actions, (maker, _as_routine(maker)))
        return f"That could never be done: {denied.why.rstrip('.')}." if denied is not None else ""


def _as_maker(origin: Origin) -> Origin:
    """Return who asks as they are kept with what they make: themselves, without the run or skill they asked in."""
    return replace(origin, task="", skill="", routine="")


def _as_routine(maker: Origin) -> Origin:
    return replace(maker, channel="routine", source="routine:new", routine="new", conversation="", strength=None)


def _known(origin: Origin) -> bool:
    return origin.authenticated and origin.person is not None


def _messages(spec: Spec, maker: Origin) -> Iterable[Action]:
    """Give what ``spec`` says, as acts."""
    me = f"person:{maker.person}" if _known(maker) else f"place:{maker.place}"
    for step in spec.do:
        if isinstance(step, Says):
            kind = "timer" if spec.kind == "timer" else "note"
            yield notify(Message(me if step.to == "me" else step.to, step.say, kind, step.urgency))
