"""What is believed, and since when: the one place that writes the tables of memories and their evidence.

Whether two facts contradict each other is decided by their keys alone, never by likeness and never by a model: a fact
with the same key and another value takes the other's place, the same value is one more reason to believe it, and a
different key touches nothing.  What was believed stays with the time at which it was so, until somebody forgets it.
Nothing here asks who may write (``claw/memory/admission.py`` does); who may read is part of each question, in SQL.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.memory.model import Audience, Evidence, Fact, Memory, Status, Told
from claw.memory.passages import Passages


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping a fact.

    ``memory`` is the fact as it is kept now (its ``status`` says whether it has an effect), ``before`` what it took the
    place of, ``new`` whether there is a memory more than before: False where it was known already.
    """

    memory: Memory
    before: Memory | None = None
    new: bool = True


class Facts:
    """The tables ``memories`` and ``evidence`` of ``claw.db``; used from the event loop only.

    ``changed`` are called after each write that may change what is in force; they must be quick.
    """

    def __init__(self, db: Database, clock: Clock, passages: Passages, name: Callable[[str], str]) -> None:
        """``name`` gives what the person with an id is called, the id where nobody has it."""
        self._db = db
        self._clock = clock
        self._passages = passages
        self._name = name
        self.changed: list[Callable[[], None]] = []

    def keep(self, fact: Fact, told: Told, *, status: Status = "active") -> Kept:
        """Keep ``fact`` as it was ``told``, all or nothing; ``status`` is ``active`` or ``candidate``.

        A fact that may not take the place of what is believed (an implicit one of an explicit one, a weaker source of
        a stronger one), or whose time is still to come, becomes a candidate.  Raises Broken where the disk fails.
        """
        raise NotImplementedError

    def correct(self, number: int, fact: Fact, told: Told) -> Kept:
        """Keep ``fact`` in the place of memory ``number``, which was never so, whatever the keys of the two are.

        Raises Refused where there is no such memory in force, or where a weaker source would correct a stronger one.
        """
        raise NotImplementedError

    def get(self, number: int) -> Memory | None:
        """Return that memory, whoever may hear of it: for code."""
        raise NotImplementedError

    def visible(self, number: int, audience: Audience) -> Memory | None:
        """Return that memory where ``audience`` may hear of it, whatever its status; else None, as if it were not."""
        raise NotImplementedError

    def active(self, kind: str | None = None, subject: str | None = None, predicate: str | None = None) -> list[Memory]:
        """Return what is in force, without regard to who may hear of it, newest first: for code, never for a person.

        Of facts and events what is believed; of the other kinds only what holds at this moment.
        """
        raise NotImplementedError

    def shown(
        self,
        audience: Audience,
        about: str | None = None,
        statuses: Iterable[Status] = ("active",),
        limit: int = 200,
    ) -> list[Memory]:
        """Return what ``audience`` may hear of ``about`` (a subject; of everything without), newest first.

        With ``active`` also what is believed of a time that is over.
        """
        raise NotImplementedError

    def evidence(self, number: int, audience: Audience) -> list[Evidence]:
        """Return why memory ``number`` is believed, oldest first; nothing where ``audience`` may not hear of it.

        The words of an exchange are given to the one who spoke them alone; to others their evidence has no text.
        """
        raise NotImplementedError

    def history(self, key: str, audience: Audience) -> list[Memory]:
        """Return what was believed of ``key`` (``memory.fact.key``) one after the other, oldest first, with what is.

        What never was so (corrected, turned down) is not in it.
        """
        raise NotImplementedError

    def as_of(
        self,
        moment: datetime,
        audience: Audience,
        *,
        until: datetime | None = None,
        subject: str | None = None,
        predicate: str | None = None,
        known: datetime | None = None,
    ) -> list[Memory]:
        """Return what was so in the world at ``moment``, or at any time from it to ``until`` (excluded), oldest first.

        ``known`` asks what Claw believed then; now, where it is not given.  A memory without a beginning counts from
        when it was told.
        """
        raise NotImplementedError

    def confirm(self, number: int, told: Told) -> Kept:
        """Take somebody's yes to a candidate: it is in force from now on.  Raises Refused where there is none."""
        raise NotImplementedError

    def reject(self, number: int) -> Memory:
        """Take somebody's no to a candidate: it is not proposed again.  Raises Refused where there is none."""
        raise NotImplementedError

    def rejected(self, fact: Fact) -> bool:
        """Return whether somebody said no to exactly this."""
        raise NotImplementedError

    def retire(self, number: int, at: datetime) -> Memory:
        """End what is in force: it was so until ``at`` (UTC).  Raises Refused where it is not in force."""
        raise NotImplementedError

    def pin(self, number: int, *, pinned: bool = True) -> None:
        """Keep that memory from fading with time, or no more; raises Refused where it is not."""
        raise NotImplementedError

    def seen(self, numbers: Iterable[int], audience: Audience, conversation: str) -> None:
        """Note that these memories were shown, or had a part in an answer."""
        raise NotImplementedError

    def turn(self) -> int:
        """Bring into force what was told ahead of its time and whose time has come; return how many.

        Called at the start, and once a day.
        """
        raise NotImplementedError
