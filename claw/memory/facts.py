"""What is believed, and since when: the one place that writes the tables of memories and their evidence.

Whether two facts contradict each other is decided by their keys alone, never by likeness and never by a model: a fact
with the same key and another value takes the other's place, the same value is one more reason to believe it, and a
different key touches nothing.  What was believed stays with the time at which it was so, until somebody forgets it.
Nothing here asks who may write (``claw/memory/admission.py`` does); who may read is part of each question, in SQL.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.memory import timeline
from claw.memory.beliefs import Beliefs
from claw.memory.model import Audience, Fact, Memory, Status, Told, private_to
from claw.memory.passages import Passage, Passages
from claw.memory.rows import INSERT_EVIDENCE, INSERT_MEMORY, certainty, digest, evidence_row, memory_row, stamp
from claw.store.db import writing

_GONE = "there is no such memory"


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping a fact.

    ``memory`` is the fact as it is kept now (its ``status`` says whether it has an effect), ``before`` what it took the
    place of, ``new`` whether there is a memory more than before: False where it was known already.
    """

    memory: Memory
    before: Memory | None = None
    new: bool = True


class Facts(Beliefs):
    """The tables ``memories`` and ``evidence`` of ``claw.db``; used from the event loop only.

    ``changed`` are called after each write that may change what is in force; they must be quick.
    """

    def __init__(self, db: Database, clock: Clock, passages: Passages, name: Callable[[str], str]) -> None:
        """``name`` gives what the person with an id is called, the id where nobody has it."""
        super().__init__(db, clock)
        self._passages = passages
        self._name = name
        self.changed: list[Callable[[], None]] = []

    def keep(self, fact: Fact, told: Told, *, status: Status = "active", equal: bool = False) -> Kept:
        """Keep ``fact`` as it was ``told``, all or nothing; ``status`` is ``active`` or ``candidate``.

        ``equal`` says that it is an everyday matter, in which no grown-up's word counts for more than another's.

        A fact that may not take the place of what is believed (an implicit one of an explicit one, a weaker source of
        a stronger one), or whose time is still to come, becomes a candidate.  Raises Refused for what could not be
        told from a public one, ValueError for what rests on nothing, Broken where the disk fails.
        """
        _check(fact, told)
        with self._writing():
            return self._keep(fact, told, candidate=status == "candidate", equal=equal)

    def correct(self, number: int, fact: Fact, told: Told, *, equal: bool = False) -> Kept:
        """Keep ``fact`` in the place of memory ``number``, which was never so, whatever the keys of the two are.

        ``equal`` is as for ``keep``.

        Raises Refused where there is no such memory in force, or where a weaker source would correct a stronger one.
        """
        _check(fact, told)
        old = self.get(number)
        if old is None or not _believed(old):
            raise Refused(_GONE)
        author = told.explicit and old.author is not None and told.person == old.author
        if not (author or timeline.stands(told, old, equal=equal)):
            raise Refused("that was told by somebody whose word counts for more here")
        again = (fact.valid_from or old.fact.valid_from, fact.valid_to) == (old.fact.valid_from, old.fact.valid_to)
        with self._writing():
            if again and fact.key == old.fact.key and timeline.same_value(fact, old.fact) and old.status == "active":
                return self._supported(old, fact, told)
            self._end(old, "rejected", None)
            if fact.valid_from is None and fact.kind == old.fact.kind:
                fact = replace(fact, valid_from=old.fact.valid_from)
            kept = self._keep(fact, told, supersedes=old.id, equal=equal)
            if kept.memory.status == "candidate":
                raise Refused(f"something else is known of that: {kept.memory.fact.sentence}")
            return replace(kept, before=old)

    def confirm(self, number: int, told: Told) -> Kept:
        """Take somebody's yes to a candidate: it is in force from now on, or once its time has come.

        Raises Refused where there is none, or where somebody whose word counts for more said otherwise.
        """
        found = self._candidate(number)
        old = self._in_force(found.fact.key)
        way = timeline.bearing(found.fact, replace(told, explicit=True), old, self._clock.now()) if old else "after"
        if way == "yields":
            raise Refused("somebody whose word counts for more here said otherwise")
        with self._writing():
            self._testify(found.id, told)
            self._db.conn.execute(
                "update memories set confirmed = ? where id = ?", (stamp(self._clock.now()), found.id)
            )
            if old is not None and way in {"same", "surer"}:
                return self._supported(old, found.fact, told)
            if way == "later":
                return Kept(self._got(found.id), new=False)
            return Kept(self._enforce(found, old, way), old if way == "replaces" else None, new=False)

    def reject(self, number: int) -> Memory:
        """Take somebody's no to a candidate: it is not proposed again.  Raises Refused where there is none."""
        found = self._candidate(number)
        with self._writing():
            self._end(found, "rejected", found.fact.valid_to)
            return self._got(number)

    def retire(self, number: int, at: datetime) -> Memory:
        """End what is in force: it was so until ``at`` (UTC).  Raises Refused where it is not in force."""
        found = self.get(number)
        if found is None or found.status != "active":
            raise Refused(_GONE)
        with self._writing():
            began = found.fact.valid_from
            self._end(found, "superseded", at if began is None or at > began else began)
            return self._got(number)

    def pin(self, number: int, *, pinned: bool = True) -> Memory:
        """Keep that memory from fading with time, or no more; raises Refused where it is not."""
        with self._writing():
            if not self._db.conn.execute("update memories set pinned = ? where id = ?", (pinned, number)).rowcount:
                raise Refused(_GONE)
            return self._got(number)

    def seen(self, ids: Iterable[int], audience: Audience, conversation: str) -> None:
        """Note that these memories were shown, or had a part in an answer."""
        numbers, at = tuple(dict.fromkeys(ids)), stamp(self._clock.now())
        if not numbers:
            return
        heard = audience.person or audience.may_hear()[-1]  # by whom, so that it goes with who is forgotten
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.executemany(
                "insert into reads (at, memory, conversation, audience, shown) select ?, id, ?, ?, 1 from memories"
                " where id = ?",
                [(at, conversation, heard, number) for number in numbers],
            )
            self._db.conn.executemany(
                "update memories set used = used + 1, last_used = ? where id = ?", [(at, number) for number in numbers]
            )

    def turn(self) -> int:
        """Bring into force what was told ahead of its time and whose time has come; return how many.

        Called at the start, and once a day.  What nobody who lives here said, or said yes to, waits for a yes as ever.
        """
        now, turned = self._clock.now(), 0
        for found in self._select(
            "status = 'candidate' and valid_from > recorded and valid_from <= ? and (confirmed is not null or"
            " (explicit = 1 and trust in ('resident_told', 'owner_told') and taint = '[]')) order by valid_from, id",
            (stamp(now),),
        ):
            told = Told(found.trust, person=found.author, explicit=True, audit=found.audit)
            old = self._in_force(found.fact.key)
            way = timeline.bearing(found.fact, told, old, now) if old else "after"
            if way in {"replaces", "after"}:
                with self._writing():
                    self._enforce(found, old, way)
                turned += 1
        return turned

    def find_again(self, number: int) -> None:
        """Have memory ``number`` found by a search again, in the caller's transaction; nothing where it is gone."""
        found = self.get(number)
        if found is not None:
            self._find(number, found.fact, found.recorded)

    def announce(self) -> None:
        """Tell whoever listens that what is in force may have changed: for those who take rows away themselves."""
        for changed in self.changed:
            changed()

    @contextmanager
    def _writing(self) -> Generator[None]:
        """Make one change of what is in force, all or nothing, and tell whoever listens."""
        with writing(Path("claw.db")), self._db.conn:
            yield
        self.announce()

    def _keep(
        self, fact: Fact, told: Told, *, candidate: bool = False, supersedes: int | None = None, equal: bool = False
    ) -> Kept:
        old = self._in_force(fact.key)
        if candidate:
            return self._proposed(fact, told, old)
        if old is None:
            return Kept(self._insert(fact, told, "active", supersedes=supersedes))
        way = timeline.bearing(fact, told, old, self._clock.now(), equal=equal)
        if way in {"same", "surer"}:
            return self._supported(old, fact, told) if way == "same" else self._vouched(old, fact, told)
        if way in {"later", "yields"}:
            return self._proposed(fact, told, None)
        if way == "before":
            return Kept(self._insert(fact, told, "superseded", supersedes=supersedes))
        self._give_way(fact, old, way)
        before = old if way == "replaces" else None
        return Kept(self._insert(fact, told, "active", supersedes=supersedes or (before and before.id)), before)

    def _proposed(self, fact: Fact, told: Told, old: Memory | None) -> Kept:
        """Keep what has no effect yet: one row for the same proposal, however often it is made."""
        alike = [*([old] if old else []), *self._select("key = ? and status = 'candidate'", (fact.key,))]
        known = next((one for one in alike if timeline.same_value(one.fact, fact)), None)
        return self._supported(known, fact, told) if known else Kept(self._insert(fact, told, "candidate"))

    def _absorb(self, held: Memory) -> Memory:
        """Let go of proposals of what is in force now: nobody is to be asked what was answered."""
        if held.status == "active":
            for one in self._select(
                "key = (select key from memories where id = ?) and status = 'candidate'"
                " and (valid_from is null or valid_from <= ?)",
                (held.id, stamp(self._clock.now())),
            ):
                if timeline.same_value(one.fact, held.fact):
                    self._db.conn.execute("delete from memories where id = ?", (one.id,))
        return held

    def _supported(self, old: Memory, fact: Fact, told: Told) -> Kept:
        """Believe what is kept for one more reason; a weaker one would only take from it, and is left out."""
        if timeline.supports(told, old):
            self._testify(old.id, told)
            now, begun, ended = stamp(self._clock.now()), fact.valid_from, fact.valid_to
            self._db.conn.execute(
                "update memories set confidence = max(confidence, ?),"
                " confirmed = case when ? then ? else confirmed end,"
                " valid_from = coalesce(valid_from, ?), valid_to = coalesce(valid_to, ?) where id = ?",
                (
                    certainty(told),
                    told.explicit,
                    now,
                    begun and stamp(begun),
                    ended and stamp(ended),
                    old.id,
                ),
            )
        return Kept(self._absorb(self._got(old.id)), new=False)

    def _vouched(self, old: Memory, fact: Fact, told: Told) -> Kept:
        """Let what a better source said by itself rest on that source alone."""
        self._db.conn.execute("delete from evidence where memory = ?", (old.id,))
        self._testify(old.id, told)
        begun, ended = fact.valid_from or old.fact.valid_from, fact.valid_to or old.fact.valid_to
        self._db.conn.execute(
            "update memories set sentence = ?, hash = ?, trust = ?, explicit = ?, confidence = ?, author = ?,"
            " taint = '[]', audit = ?, valid_from = ?, valid_to = ? where id = ?",
            (
                fact.sentence,
                digest(fact.sentence),
                told.trust,
                told.explicit,
                certainty(told),
                told.person,
                told.audit,
                begun and stamp(begun),
                ended and stamp(ended),
                old.id,
            ),
        )
        self._find(old.id, replace(fact, valid_from=begun), old.recorded)
        return Kept(self._absorb(self._got(old.id)), new=False)

    def _enforce(self, found: Memory, old: Memory | None, way: timeline.Bearing) -> Memory:
        """Bring a candidate into force, in the place of what was in force."""
        past = way == "before"
        if old is not None and not past:
            self._give_way(found.fact, old, way)
        self._db.conn.execute(
            "update memories set status = ?, supersedes = coalesce(supersedes, ?) where id = ?",
            ("superseded" if past else "active", old.id if old and way == "replaces" else None, found.id),
        )
        self._find(found.id, found.fact, found.recorded)
        return self._absorb(self._got(found.id))

    def _give_way(self, fact: Fact, old: Memory, way: timeline.Bearing) -> None:
        """Take ``old`` out of force; what is of a time that is over stays believed of it."""
        if way == "after":
            self._db.conn.execute("update memories set status = 'superseded' where id = ?", (old.id,))
        else:
            self._end(old, "superseded", timeline.ends(fact, old, self._clock.now()))

    def _end(self, old: Memory, status: Status, ended: datetime | None) -> None:
        """Stop believing ``old``, which was so until ``ended``."""
        self._db.conn.execute(
            "update memories set status = ?, retired = ?, valid_to = coalesce(?, valid_to) where id = ?",
            (status, stamp(self._clock.now()), ended and stamp(ended), old.id),
        )
        self._passages.drop(memory=old.id)

    def _insert(self, fact: Fact, told: Told, status: Status, *, supersedes: int | None = None) -> Memory:
        now = self._clock.now()
        row = memory_row(fact, told, now, status=status, supersedes=supersedes)
        number = self._db.conn.execute(INSERT_MEMORY, row).lastrowid
        if number is None:  # an insert always has a number; only its type says otherwise
            raise Broken("claw.db gave no number to what it keeps")
        self._testify(number, told)
        if status == "candidate":
            return self._got(number)
        self._find(number, fact, now)
        return self._absorb(self._got(number))

    def _testify(self, number: int, told: Told) -> None:
        self._db.conn.execute(INSERT_EVIDENCE, evidence_row(number, told, self._clock.now()))

    def _find(self, number: int, fact: Fact, recorded: datetime) -> None:
        """Have the memory found by a search, in the same transaction."""
        kind, _, who = fact.subject.partition(":")
        speaker = self._name(who) if kind == "person" else ""
        passage = Passage(fact.sentence, fact.visibility, speaker=speaker, at=fact.valid_from or recorded)
        self._passages.put(passage, memory=number)

    def _in_force(self, key: str) -> Memory | None:
        return next(iter(self._select("key = ? and status = 'active'", (key,))), None)

    def _candidate(self, number: int) -> Memory:
        found = self.get(number)
        if found is None or found.status != "candidate":
            raise Refused("nothing like that waits for a yes or no")
        return found

    def _got(self, number: int) -> Memory:
        found = self.get(number)
        if found is None:  # it was written in this transaction
            raise Broken(f"claw.db lost memory {number}")
        return found


def _believed(memory: Memory) -> bool:
    """Return whether a memory counts for anything now, or may come to."""
    return memory.status in {"active", "candidate"} or (memory.status == "superseded" and memory.retired is None)


def _check(fact: Fact, told: Told) -> None:
    if told.episode is None and told.audit is None and told.first is None:
        raise ValueError("a memory rests on something that was said, done or seen")
    if fact.sensitivity == "secret":
        raise Refused("a secret is not remembered")
    if fact.sensitivity == "private" and not (told.person and fact.visibility == private_to(told.person)):
        raise Refused("what is private is remembered only by whom it belongs to")
