"""The people of the household: one table of who they are and which role they hold.

The policy names roles and ids, the channels prove who speaks; this table is where the two meet.  It knows nothing of
devices and is replaced whole, never edited.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from claw.base.action import canonical
from claw.base.errors import Broken

Role = Literal["owner", "adult", "child", "guest", "service"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the household; ``uid`` is the Unix user that speaks for them."""

    id: str
    name: str
    role: Role
    uid: int | None = None


class People:
    """Everybody of the household, found by id or by Unix user; raises Broken when two share either."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._by_id: dict[str, Person] = {}
        self._by_uid: dict[int, Person] = {}
        for person in people:
            if person.id in self._by_id:
                raise Broken(f"two people have the id {person.id!r}")
            self._by_id[person.id] = person
            if person.uid is not None:
                other = self._by_uid.setdefault(person.uid, person)
                if other is not person:
                    raise Broken(f"{other.id!r} and {person.id!r} have the same uid {person.uid}")

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, person_id: str | None) -> Person | None:
        """Return the person with this id, None where there is nobody."""
        return self._by_id.get(person_id) if person_id is not None else None

    def role(self, person_id: str | None) -> Role | None:
        """Return the role of the person with this id, None where there is nobody."""
        person = self.get(person_id)
        return person.role if person else None

    def by_uid(self, uid: int) -> Person | None:
        """Return the person for whom this Unix user speaks, None where there is nobody."""
        return self._by_uid.get(uid)

    def table(self) -> bytes:
        """Return the whole table in one canonical form: what a policy's hash covers besides its file."""
        rows = sorted([p.id, p.name, p.role, p.uid] for p in self._by_id.values())
        return canonical(rows)
