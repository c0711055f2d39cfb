"""For whom a routine acts, as they stand at this moment: it never does more than they may, and nothing once they left.

The judge asks here for every act (``claw/gate/makers.py``), so no way of running a routine goes past it.  What nobody
in particular set up, by voice in some room, reaches that room alone and nothing risky.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from claw.base.action import Action, Json, Message, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.gate.answering import ADULTS
from claw.gate.judge import Judge
from claw.gate.messages import NOTIFY
from claw.gate.risk import risky
from claw.house.model import Registry
from claw.house.text import plain, quoted
from claw.policy.people import People
from claw.policy.reach import parts_of
from claw.policy.windows import local
from claw.routines.model import FIRES, Routine, Run, State
from claw.routines.spec import Says
from claw.routines.wording_do import deed
from claw.routines.wording_when import phrases

FREE_DAYS = 7
"""After so many days a routine is over that nobody in particular made and nobody took over."""

OF_RUNS = "run:"
"""What the tasks of runs begin with in the log."""
_ANNOUNCED = "announced"
"""The key under which a routine keeps that grown-ups were told of it."""
_LEFT = "left"
"""The key under which a routine keeps how it stood before its person left."""
_DECIDING = ("claw.schedule", "claw.routine_", "claw.skill_", "claw.forget")
_HARMLESS = frozenset({"claw.read", "claw.model"})
_STANDS: frozenset[State] = frozenset({"on", "shadow", "paused", "waiting"})
_RESTS: frozenset[State] = frozenset({"paused", "over"})
_STATES: Mapping[State, str] = {
    "paused": "it is paused",
    "waiting": "it waits for somebody's yes",
    "suspended": "it is suspended",
    "over": "it is over",
    "removed": "it was removed",
}
_MOST_NAMED = 5
_LONGEST = 1900


class Shelf(Protocol):
    """Where routines are kept (``claw/routines/book.py``)."""

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id, a skill's too; None where there is none."""
        ...

    def all(self) -> Sequence[Routine]:
        """Return every routine that is not removed."""
        ...

    def change(self, routine: str, **fields: object) -> Routine:
        """Put other values into some fields of a routine as it stands now; raises Refused where there is none."""
        ...

    def kept(self, routine: str) -> Mapping[str, Json]:
        """Return what is kept for a routine, empty where nothing is."""
        ...

    def keep(self, routine: str, kept: Mapping[str, Json]) -> None:
        """Put these keys into what is kept for it, and leave the others."""
        ...


def nobodys(routine: Routine) -> bool:
    """Return whether nobody who is known answers for it: it was set by voice, and nobody took it over."""
    return not (routine.safety or routine.adopted_by or _known(routine.made_by))


def expiry(made_by: Origin, now: datetime) -> datetime | None:
    """Return when a new routine is over that nobody in particular makes; None for one that somebody does."""
    return None if _known(made_by) else now + timedelta(days=FREE_DAYS)


def made(routine: Routine) -> Origin | None:
    """Return whoever it acts for, as they asked for it; whoever took it over, as at the page."""
    if routine.safety:
        return None
    maker = replace(routine.made_by, conversation="", routine="", skill="", task="")
    if routine.adopted_by and routine.adopted_by != (maker.person if maker.authenticated else None):
        return Origin("web", routine.adopted_by, authenticated=True, taint=maker.taint, strength="session")
    return maker


def task_of(run: Run) -> str:
    """Return what the task of a run is called in the log; what a skill or program does in it has a name of its own."""
    return f"{OF_RUNS}{run.id}"


def acting(routine: Routine, run: Run | None = None) -> Origin:
    """Return the origin in which a run acts: the routine's own name, its person, its place and its taint."""
    maker = made(routine)
    return Origin(
        "routine",
        person=maker.person if maker else None,
        place=maker.place if maker else None,
        authenticated=maker is not None and maker.authenticated,
        source=f"routine:{routine.id}",
        language=routine.language,
        taint=routine.made_by.taint,
        routine=routine.id,
        task=task_of(run) if run is not None else "",
    )


def address(routine: Routine) -> str:
    """Return where goes what is for its person: to them, or to the room in which nobody in particular set it up."""
    maker = made(routine)
    if maker is not None and maker.person and maker.authenticated:
        return f"person:{maker.person}"
    return f"place:{maker.place}" if maker is not None and maker.place else "everyone"


class RoutineRights:
    """Fills the judge's port (``judge.makers``); used from the event loop only.

    ``look`` is called at the start, when the household or the rules change, and by ``Doing`` before each run;
    ``changed`` with the id of a routine that came or changed (``book.changed``).
    """

    def __init__(
        self, shelf: Shelf, people: People, judge: Judge, clock: Clock, tell: Callable[[Message], object]
    ) -> None:
        """``tell`` sends a message without waiting for it."""
        self._shelf = shelf
        self._people = people
        self._judge = judge
        self._clock = clock
        self._tell = tell
        self._open = Counter[str]()
        self._by_hand = Counter[str]()
        self._supposed: dict[str, Routine] = {}

    def began(self, routine: str) -> None:
        """Take note that a run is under way, or waits for a yes: it may end also where nothing more is to come."""
        self._open[routine] += 1

    def ended(self, routine: str) -> None:
        """Take note that a run is over."""
        self._open[routine] -= 1
        self._open += Counter[str]()  # leaves out those of which nothing is under way

    @contextmanager
    def by_hand(self, routine: str) -> Generator[None]:
        """Let a routine act though it is paused or over, while this is open: a person wants it to run now."""
        self._by_hand[routine] += 1
        try:
            yield
        finally:
            self._by_hand[routine] -= 1
            self._by_hand += Counter[str]()

    def by_request(self, origin: Origin) -> bool:
        """Return whether a person asked for the run in which a routine acts: then it is their hand, too."""
        return bool(origin.routine) and self._by_hand[origin.routine] > 0

    @contextmanager
    def supposed(self, routine: Routine) -> Generator[Origin]:
        """Let the judge take ``routine`` for one that runs dry; give the origin in which it would act.

        Nothing may be awaited inside: while it lasts, no run of it does anything.
        """
        self._supposed[routine.id] = replace(routine, state="shadow")
        try:
            yield acting(routine)
        finally:
            del self._supposed[routine.id]

    def maker(self, origin: Origin) -> Origin | None:
        """Return whoever the routine ``origin.routine`` acts for as they would ask themselves now.

        None where it acts for the house alone.  Raises Refused where there is no such routine, it may not act now, its
        person is not of the household any more, or ``origin`` is not one in which a routine acts.
        """
        routine = self._routine(origin)
        why = self.why_not(routine)
        if why:
            raise Refused(f"{quoted(routine.spec.name, 60)} may not act: {why}")
        maker = made(routine)
        whom = (maker.person, maker.authenticated, maker.place) if maker else (None, False, None)
        if (origin.person, origin.authenticated, origin.place) != whom:
            raise Refused(f"{quoted(routine.spec.name, 60)} acts for somebody else")
        return maker

    def bound(self, actions: Sequence[Action], origin: Origin) -> None:
        """Raise Refused where the routine may not do one of ``actions``, whoever made it."""
        routine = self._routine(origin)
        if odd := next((one.name for one in actions if one.name.startswith(_DECIDING)), None):
            raise Refused(f"{odd} is for people to ask for: no routine decides about routines, skills or memories")
        if nobodys(routine):
            for action in actions:
                in_room(action, routine.made_by.place, self._judge.mirror.registry)

    def charged(self, action: Action, origin: Origin) -> None:
        """Raise Refused where ``action`` may be judged but not done: a routine that runs dry moves nothing."""
        routine = self._routine(origin)
        if routine.state == "shadow":
            raise Refused(f"{quoted(routine.spec.name, 60)} runs dry: {action.name} is not done")

    def why_not(self, routine: Routine) -> str:
        """Return why it may not act now, a sentence without its full stop; empty where it may."""
        stands = routine.state in FIRES or (routine.state == "over" and self._open[routine.id] > 0)
        if not (stands or (routine.state in _RESTS and self._by_hand[routine.id] > 0)):
            return _STATES[routine.state]
        if routine.expires is not None and routine.expires <= self._clock.now():
            return "its time is over"
        return "" if routine.safety or nobodys(routine) else self._away(routine)

    def look(self, routines: Iterable[Routine] | None = None) -> tuple[str, ...]:
        """Suspend the routines of people who left, end those that nobody took over in time; return their ids.

        Owners are told once.  Those of somebody who is back stand as they stood before.
        """
        gone: list[tuple[Routine, str]] = []
        ended: list[str] = []
        for routine in tuple(self._shelf.all() if routines is None else routines):
            if routine.safety:
                continue
            if routine.state == "suspended":
                self._back(routine)
            elif routine.state in _STANDS and nobodys(routine):
                self._announce(routine)
                if routine.expires is not None and routine.expires <= self._clock.now():
                    self._shelf.change(routine.id, state="over", why=f"nobody took it over in {FREE_DAYS} days")
                    ended.append(routine.id)
            elif routine.state in _STANDS and (why := self._left(routine)):
                self._shelf.keep(routine.id, {_LEFT: routine.state})
                self._shelf.change(routine.id, state="suspended", why=why)
                gone.append((routine, why))
        if gone:
            self._tell_owners(_rest(gone))
        return (*(routine.id for routine, _ in gone), *ended)

    def _back(self, routine: Routine) -> None:
        """Let a routine stand as before that was suspended for who left, where they are of the household again."""
        before = self._shelf.kept(routine.id).get(_LEFT)
        if before in _STANDS and not self._left(routine):
            self._shelf.keep(routine.id, {_LEFT: None})
            self._shelf.change(routine.id, state=before, why="")

    def changed(self, routine: str) -> None:
        """Tell grown-ups, once, of a new routine that nobody in particular made; of any other nothing is said."""
        found = self._shelf.get(routine)
        if found is not None and found.state in _STANDS and nobodys(found):
            self._announce(found)

    def unread(self, damaged: Mapping[str, str]) -> None:
        """Tell owners of the routines whose rows cannot be read: they do not fire, and nobody else would say it."""
        if damaged:
            names = ", ".join(quoted(one, 60) for one in sorted(damaged)[:_MOST_NAMED])
            more = f" and {len(damaged) - _MOST_NAMED} more" if len(damaged) > _MOST_NAMED else ""
            self._tell_owners(
                f"What is kept of some routines is damaged and cannot be read, so that they do not run: {names}{more}."
                " Set them up again."
            )

    def people_of(self, roles: Sequence[str]) -> tuple[str, ...]:
        """Return where messages go for everybody who has one of ``roles`` now, grown-ups where none is named."""
        wanted, now = roles or tuple(ADULTS), self._now()
        return tuple(f"person:{one.id}" for one in self._people if self._people.role(one.id, now) in wanted)

    def _announce(self, routine: Routine) -> None:
        tells = routine.spec.kind == "timer" and all(isinstance(step, Says) for step in routine.spec.do)
        if tells or self._shelf.kept(routine.id).get(_ANNOUNCED):
            return  # what tells a room that its egg is done is no news
        self._shelf.keep(routine.id, {_ANNOUNCED: True})
        registry = self._judge.mirror.registry
        area = registry.areas.get(routine.made_by.place or "")
        when = phrases(routine.spec, registry)
        what = deed(routine.spec.do, self._judge.mirror.house(), to="that room")
        self._tell_owners(
            f"Somebody whom I do not know set this up {f'in {quoted(area.name, 60)}' if area else 'by voice'}:"
            f" {quoted(routine.spec.name, 60)}, {when}: {what}. It does nothing outside of that room and ends after"
            f" {FREE_DAYS} days, unless one of you takes it over."
        )

    def _routine(self, origin: Origin) -> Routine:
        routine = self._supposed.get(origin.routine) or self._shelf.get(origin.routine)
        if routine is None or routine.state == "removed":
            raise Refused(f"there is no routine {quoted(origin.routine, 80)} here")
        if origin.channel != "routine" or origin.source != f"routine:{routine.id}":
            raise Refused(f"nobody else acts in the name of the routine {quoted(origin.routine, 80)}")
        return routine

    def _away(self, routine: Routine) -> str:
        """Return why its person does not count now: they left, or it is outside of their hours."""
        why = self._left(routine)
        person = self._people.get(_person(routine))
        if why or person is None or self._people.counts(person, self._now()):
            return why
        return f"{plain(person.name)} counts only at some hours, and not at this one"

    def _left(self, routine: Routine) -> str:
        """Return why its person is not of the household any more, empty where they are."""
        person, now = self._people.get(_person(routine)), self._now()
        if person is None:
            return f"{quoted(_person(routine) or '', 60)} is not of this household any more"
        if person.end is not None and now is not None and now.date() > person.end:
            return f"{plain(person.name)} is of this household no more since {person.end.isoformat()}"
        return ""

    def _now(self) -> datetime | None:
        return local(self._judge.mirror.registry, self._clock.now())

    def _tell_owners(self, text: str) -> None:
        """Tell every owner; where there is none, every grown-up."""
        owners = [one.id for one in self._people if one.role == "owner"]
        for person in owners or [one.id for one in self._people if one.role in ADULTS]:
            self._tell(Message(f"person:{person}", text[:_LONGEST]))


def in_room(action: Action, place: str | None, registry: Registry) -> None:
    """Raise Refused for what a routine may not do that nobody in particular made in the room ``place``."""
    if action.name == NOTIFY:
        if place is None or action.data.get("to") != f"place:{place}":
            raise Refused("what nobody in particular set up says nothing outside of its room")
        return
    if action.name in _HARMLESS:
        return
    if risky(action, registry):
        raise Refused(f"{action.name} is risky, and nobody in particular set this up")
    parts = parts_of(registry, action)
    things = None if parts is None else [part.entity for part in parts if part.entity]
    if place is None or not things or not all(_area(registry, one) == place for one in things):
        raise Refused("what nobody in particular set up moves nothing outside of its room")


def _known(origin: Origin) -> bool:
    return origin.authenticated and origin.person is not None


def _person(routine: Routine) -> str | None:
    return routine.adopted_by or routine.made_by.person


def _area(registry: Registry, entity_id: str) -> str | None:
    entity = registry.entities.get(entity_id)
    return entity.area if entity else None


def _rest(gone: Sequence[tuple[Routine, str]]) -> str:
    """Return in a sentence or two which routines rest, and why."""
    whys = "; ".join(dict.fromkeys(why for _, why in gone))
    names = [quoted(routine.spec.name, 60) for routine, _ in gone[:_MOST_NAMED]]
    more = f" and {len(gone) - len(names)} more" if len(gone) > len(names) else ""
    verb = "rests" if len(gone) == 1 else "rest"
    return f"{', '.join(names)}{more} {verb} from now on: {whys}. An owner can take such a routine over, or remove it."
