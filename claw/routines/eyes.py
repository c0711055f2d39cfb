"""What a trigger sees: each looks at some things and tells when what it waits for begins, and when it ends.

An eye is a small memory: the value it last knew, on which side of a threshold, who was at home.  What is unavailable or
unknown is never a value: nothing begins by it, a span that runs ends, and begins anew once the thing is back.  The
first look is no event.  Nothing here knows the time, the book or the house as a whole.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from claw.base.action import Json
from claw.house.fields import finite
from claw.house.model import UNAVAILABLE, State
from claw.house.text import plain, quoted
from claw.house.trusted import WORDS, number
from claw.policy.presence import HOME
from claw.routines.spec import Becomes, Passes, Presence

_NAME = 60
_VALUE = 40
_TEXT = "#"
"""What the mark of a text begins with, of which only that it is the same is of interest."""


@dataclass(frozen=True, slots=True)
class Began:
    """What a trigger waits for has begun.

    ``subject`` tells several in one trigger apart; ``stamp`` names this beginning once and for all, but for the moment
    where it ends with a colon; ``cause`` is for a person; ``state`` is what showed it.
    """

    subject: str
    stamp: str
    cause: str
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """What had begun is so no more, or cannot be seen any more."""

    subject: str


Seen = Sequence[Began | Over]
NOTHING: Seen = ()


class Eye(ABC):
    """One trigger's look at the house; ``entities`` are the present ids of what it looks at."""

    entities: frozenset[str] = frozenset()

    @abstractmethod
    def see(self, entity: str, state: State | None) -> Seen:
        """Take how a thing is now (None: it is gone) and return what began or ended by it."""

    @abstractmethod
    def counted(self, subject: str) -> None:
        """Take that what began was counted as a firing: it counts again only after it was over."""

    @abstractmethod
    def kept(self) -> Mapping[str, Json]:
        """Return what it must not forget over a restart."""

    @abstractmethod
    def restore(self, kept: Mapping[str, Json]) -> None:
        """Take that up again; what cannot be read is left out."""


class BecomesEye(Eye):
    """Sees a thing come to a state."""

    def __init__(self, trigger: Becomes, entity: str, name: str) -> None:
        self.entities = frozenset((entity,))
        self._name = plain(name, _NAME)
        self._to = frozenset(trigger.to)
        self._from = frozenset(trigger.from_)
        self._lasts = trigger.for_ is not None
        self._none = UNAVAILABLE - self._to - self._from
        self._value: str | None = None
        self._owed = False
        self._runs = False

    def see(self, entity: str, state: State | None) -> Seen:
        """Take a state; what is written to its attributes alone is no change."""
        del entity  # it is the one that there is
        value = self._named(state.value) if state is not None else "unavailable"
        before = self._value
        if value == before and (self._runs or not self._owed):
            return NOTHING  # nearly always
        over: Seen = (Over(""),) if self._runs else NOTHING
        self._runs = False
        if value in self._none:
            return over
        self._value = value
        if value != before:
            wanted = (not self._to or value in self._to) and (not self._from or before in self._from)
            self._owed = before is not None and wanted
        if not self._owed or state is None:
            return over
        self._runs = self._lasts
        self._owed = self._lasts
        told = quoted(state.value, _VALUE) if value.startswith(_TEXT) else value
        return (*over, Began("", f"{value}:{moment(state)}", f"{self._name} is {told}", state))

    def _named(self, value: str) -> str:
        """Return the name of a value: itself, or a mark of a text, which may be words of people and is not kept."""
        plainly = value in WORDS or value in self._to or value in self._from or number(value) is not None
        return value if plainly else f"{_TEXT}{_mark(value)}"

    def counted(self, subject: str) -> None:
        """Wait for the next change."""
        del subject
        self._owed = self._runs = False

    def kept(self) -> Mapping[str, Json]:
        """Return the value that was last known, and whether its span was still to run out."""
        return {"value": self._value, "owed": self._owed} if self._value is not None else {}

    def restore(self, kept: Mapping[str, Json]) -> None:
        """Take up the value of before."""
        value = kept.get("value")
        if isinstance(value, str):
            self._value, self._owed = value, kept.get("owed") is True and self._lasts


class LevelEye(Eye):
    """Sees something become so that is so or not: it counts once, and again after it was not."""

    def __init__(self) -> None:
        self._armed: bool | None = None
        self._runs = False

    def level(self, so: bool | None, begun: Callable[[], Began], *, rearms: bool = True) -> Seen:  # noqa: FBT001  it is the value
        """Take whether it is so, None where that is not known; ``rearms``: it is far enough from being so."""
        if so is True:
            if self._armed is None:
                self._armed = False
            if not self._armed or self._runs:
                return NOTHING
            self._runs = True
            return (begun(),)
        ended = self._runs
        self._runs = False
        if so is False and (rearms or self._armed is None):
            self._armed = True
        return (Over(""),) if ended else NOTHING

    def counted(self, subject: str) -> None:
        """Wait until it is not so."""
        del subject
        self._armed = self._runs = False

    def kept(self) -> Mapping[str, Json]:
        """Return whether the next time counts."""
        return {"armed": self._armed} if self._armed is not None else {}

    def restore(self, kept: Mapping[str, Json]) -> None:
        """Take up whether the next time counts."""
        armed = kept.get("armed")
        self._armed = armed if isinstance(armed, bool) else None


class PassesEye(LevelEye):
    """Sees a figure pass a threshold."""

    def __init__(self, trigger: Passes, entity: str, name: str) -> None:
        super().__init__()
        self.entities = frozenset((entity,))
        self._name = plain(name, _NAME)
        self._attribute = trigger.attribute
        # Falling below is rising above, seen in a mirror: one way to compare is enough.
        self._sign = 1.0 if trigger.above is not None else -1.0
        threshold = trigger.above if trigger.above is not None else trigger.below or 0.0
        self._least = self._sign * threshold
        self._rearm = self._least - trigger.hysteresis
        self._side = f"{'above' if trigger.above is not None else 'below'} {threshold:g}"

    def see(self, entity: str, state: State | None) -> Seen:
        """Take a figure; what is none is not known."""
        del entity
        figure = self._figure(state)
        if figure is None or state is None:
            return self.level(None, lambda: self._began(0.0, State("")))
        signed = self._sign * figure
        return self.level(signed > self._least, lambda: self._began(figure, state), rearms=signed <= self._rearm)

    def _figure(self, state: State | None) -> float | None:
        if state is None:
            return None
        return number(state.value) if self._attribute is None else finite(state.attributes.get(self._attribute))

    def _began(self, figure: float, state: State) -> Began:
        cause = f"{self._name} is {figure:g}, {self._side}"
        # An attribute is written without the moment of its state: only when it is counted tells one from the next.
        at = moment(state) if self._attribute is None else ""
        return Began("", f"{figure:g}:{at}", cause, state)


class HoldsEye(LevelEye):
    """Sees a whole condition become so."""

    def __init__(self, entities: frozenset[str], holds: Callable[[], bool | None]) -> None:
        super().__init__()
        self.entities = entities
        self._holds = holds

    def see(self, entity: str, state: State | None) -> Seen:
        """Look at the whole condition."""
        del entity
        return self.look(state)

    def look(self, state: State | None = None) -> Seen:
        """Look at the whole condition; ``state`` is what changed where something did."""
        return self.level(self._holds(), lambda: Began("", ":", "its condition came about", state))


class PresenceEye(Eye):
    """Sees people come and leave; where somebody was last seen they are until they are seen elsewhere."""

    def __init__(self, trigger: Presence, people: Mapping[str, tuple[str, str]]) -> None:
        """``people``: of each person's id, the present id of what says where they are, and their name."""
        self.entities = frozenset(entity for entity, _ in people.values())
        self._people = {entity: (person, plain(name, _NAME)) for person, (entity, name) in people.items()}
        self._comes = trigger.does == "comes"
        group = {"first", "last"} & set(trigger.presence)
        self._group = bool(group)
        self._home: dict[str, bool] = {}
        self._runs: set[str] = set()
        self._owed: set[str] = set()
        self._lasts = trigger.for_ is not None

    @property
    def unseen(self) -> tuple[str, ...]:
        """The names of those of whom it was never known where they are."""
        return tuple(name for person, name in self._people.values() if person not in self._home)

    def see(self, entity: str, state: State | None) -> Seen:
        """Take where somebody is."""
        if state is None or state.value in UNAVAILABLE or entity not in self._people:
            return NOTHING
        person, name = self._people[entity]
        home, before = state.value == HOME, self._home.get(person)
        self._home[person] = home
        so, subject = self._so(person, home=home), "" if self._group else person
        if so is False:
            return self._over(subject)
        if so and before is not None and before is not home:
            self._owed.add(subject)
        if not so or subject not in self._owed or subject in self._runs:
            return NOTHING
        (self._runs.add if self._lasts else self._owed.discard)(subject)
        did = ("came home" if self._comes else "left") + (", and nobody else is at home" if self._group else "")
        return (
            Began(subject, f"{_mark(person)}:{'home' if home else 'away'}:{moment(state)}", f"{name} {did}", state),
        )

    def _so(self, person: str, *, home: bool) -> bool | None:
        """Return whether what is waited for is so, None where this person's move says nothing about it."""
        if not self._group:
            return home is self._comes
        # The first to come finds nobody, the last to leave leaves nobody; of whom nothing is known may be there.
        alone = all(self._home.get(one) is False for one, _ in self._people.values() if one != person)
        if home is self._comes:
            return True if alone else None
        return False if alone or not self._comes else None

    def _over(self, subject: str) -> Seen:
        self._owed.discard(subject)
        if subject not in self._runs:
            return NOTHING
        self._runs.discard(subject)
        return (Over(subject),)

    def counted(self, subject: str) -> None:
        """Wait for the next coming or leaving."""
        self._owed.discard(subject)
        self._runs.discard(subject)

    def kept(self) -> Mapping[str, Json]:
        """Return who was at home."""
        return {"home": {**self._home}, "owed": sorted(self._owed)} if self._home else {}

    def restore(self, kept: Mapping[str, Json]) -> None:
        """Take up who was at home."""
        home, owed = kept.get("home"), kept.get("owed")
        if isinstance(home, Mapping):
            known = {person for person, _ in self._people.values()}
            told = cast("Mapping[str, Json]", home)
            self._home = {one: value for one, value in told.items() if one in known and isinstance(value, bool)}
        if isinstance(owed, Sequence) and self._lasts:
            self._owed = {one for one in owed if isinstance(one, str)}


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def moment(state: State) -> str:
    """Return when a state came about as the house tells it, which is the same however often it is told."""
    return state.changed.isoformat() if state.changed is not None else ""
