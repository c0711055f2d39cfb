"""The people of the household: one table of who they are and which role they hold.

The policy names roles and ids, the channels prove who speaks; this table is where the two meet.  It knows nothing of
devices and is replaced whole, never edited.  Who is shut out stays in it under their name and counts as nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from claw.base.action import canonical
from claw.base.errors import Broken
from claw.policy.windows import Window

Role = Literal["owner", "adult", "child", "guest", "service"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of local time in which somebody counts; on every day where none is named."""

    start: str
    end: str
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the household.

    ``uid`` is the Unix user that speaks for them, ``entity`` what says in the house whether they are at home.  Where
    ``hours`` or ``end`` (the last day) are given they count as nobody outside them; ``rooms`` are the area ids that a
    rule calls their own.  Who is ``barred`` counts as nobody, whatever they hold, until an owner admits them again.
    """

    id: str
    name: str
    role: Role
    uid: int | None = None
    entity: str | None = None
    rooms: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    end: date | None = None
    barred: bool = False

    @property
    def limited(self) -> bool:
        """Whether there are times at which they count as nobody."""
        return bool(self.hours) or self.end is not None or self.barred


class People:
    """Everybody of the household, found by id or by Unix user.

    ``roles`` are those of who counts at any time.  Raises Broken when two share an id or a Unix user, or when
    somebody's hours hold no time.
    """

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._by_id: dict[str, Person] = {}
        self._windows: dict[str, tuple[Window, ...]] = {}
        self._by_uid: dict[int, Person] = {}
        self.roles: Mapping[str | None, Role] = {}
        self.replace(people)

    def replace(self, people: Iterable[Person]) -> None:
        """Put ``people`` in the place of everybody, in one step; raises Broken, and changes nothing, as above."""
        by_id: dict[str, Person] = {}
        by_uid: dict[int, Person] = {}
        for person in people:
            if person.id in by_id:
                raise Broken(f"two people have the id {person.id!r}")
            by_id[person.id] = person
            if person.uid is not None:
                other = by_uid.setdefault(person.uid, person)
                if other is not person:
                    raise Broken(f"{other.id!r} and {person.id!r} have the same uid {person.uid}")
        self._windows = {person.id: _windows(person) for person in by_id.values()}
        self._by_id, self._by_uid = by_id, by_uid
        self.roles = {person.id: person.role for person in by_id.values() if not person.limited}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, person_id: str | None) -> Person | None:
        """Return the person with this id, None where there is nobody."""
        return self._by_id.get(person_id) if person_id is not None else None

    def role(self, person_id: str | None, now: datetime | None = None) -> Role | None:
        """Return the role of the person with this id, None where there is nobody, and for who is shut out.

        With ``now``, as the clocks in the house show it, also None outside their hours and after their last day.
        """
        person = self.get(person_id)
        if person is None or person.barred:
            return None
        return person.role if now is None or self.counts(person, now) else None

    def counts(self, person: Person, now: datetime | None) -> bool:
        """Return whether ``person`` counts at this local time; where it is not known, only who always counts does."""
        if not person.limited:
            return True
        if person.barred or now is None or (person.end is not None and now.date() > person.end):
            return False
        windows = self._windows[person.id]
        return not windows or any(window.holds_at(now) for window in windows)

    def by_uid(self, uid: int) -> Person | None:
        """Return the person for whom this Unix user speaks, None where there is nobody, and for who is shut out."""
        person = self._by_uid.get(uid)
        return person if person is not None and not person.barred else None

    def table(self) -> bytes:
        """Return the whole table in one canonical form: what a policy's hash covers besides its file."""
        rows = [
            [p.id, p.name, p.role, p.uid, p.entity, p.rooms, p.hours, p.end, *([True] if p.barred else ())]
            for p in sorted(self, key=lambda person: person.id)
        ]
        return canonical(rows)


NO_PEOPLE = People()
"""A household of which nobody is known."""


def _windows(person: Person) -> tuple[Window, ...]:
    try:
        return tuple(Window(hours.start, hours.end, hours.days) for hours in person.hours)
    except ValueError as error:
        raise Broken(f"the hours of {person.id!r}: {error}") from None
