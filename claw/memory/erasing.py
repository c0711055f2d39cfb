"""What falls under a forgetting, and its rows: whose it is to forget is decided here, before anything is touched.

Somebody may forget what they told, what is about them as far as they may hear it, and everything of their own.  An
owner may forget what is the household's, and all of somebody who does not live here any more, without ever being shown
what it was.  What a person keeps for themselves about somebody else stays theirs.  What may not be heard is answered
exactly as what does not exist.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Self

from sqlite_utils import Database

from claw.base.action import Json
from claw.base.erasure import Eraser, Erasure
from claw.base.errors import Refused
from claw.memory.model import Audience, private_to
from claw.memory.passages import Passage, Passages

__all__ = ["Eraser", "Erasure", "Reach", "Rows", "Scope", "Selected"]

Reach = Literal["memory", "since", "person", "everything"]

SHORTEST = 5
"""Characters of a value that is looked for by itself: a shorter one stands in half of what anybody says."""

_CHAIN = (
    "with recursive chain (id) as (select id from memories where key = ?"
    " union select m.supersedes from memories m join chain c on m.id = c.id where m.supersedes is not null)"
    " select id from chain"
)

_OFFERED = (
    "delete from habits where (?2 = 'null' or person in (select value from json_each(?2)))"
    " and exists (select 1 from json_each(?1) where instr(lower(fact), lower(value)))"
)

_REPLACED = (
    "select id, sentence, visibility, subject, coalesce(valid_from, recorded) from memories"
    " where retired is not null and (status = 'superseded' or (status = 'rejected' and explicit"
    " and trust in ('resident_told', 'owner_told'))) and id not in (select value from json_each(?1))"
    " and id in (select supersedes from memories where id in (select value from json_each(?1)))"
    " and not exists (select 1 from memories m where m.key = memories.key and m.status = 'active'"
    " and m.id not in (select value from json_each(?1)))"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is to be forgotten: one memory, what came since a time (UTC), a person, or everything."""

    reach: Reach
    memory: int | None = None
    since: datetime | None = None
    person: str | None = None

    @classmethod
    def one(cls, memory: int) -> Self:
        """Return the reach of one memory, by its number."""
        return cls("memory", memory=memory)

    @classmethod
    def after(cls, since: datetime) -> Self:
        """Return the reach of all that was said and kept since ``since``."""
        return cls("since", since=since)

    @classmethod
    def about(cls, person: str) -> Self:
        """Return the reach of everything of and about one person, by their id."""
        return cls("person", person=person)

    @classmethod
    def all(cls) -> Self:
        """Return the reach of everything that was ever remembered."""
        return cls("everything")


@dataclass(frozen=True, slots=True)
class Selected:
    """What a scope comes to for one asker: the rows, and whose entries of the log go with them.

    ``whole`` is True where all of somebody's traces go, not only what was kept in memory; ``speakers`` are the people
    whose entries of the log go, None for everybody's, and ``unknown`` whether those of nobody who is known go too.
    """

    erasure: Erasure
    whole: bool = False
    speakers: tuple[str, ...] | None = ()
    unknown: bool = False


class Rows:
    """The rows of memory in ``claw.db``; used from the event loop only."""

    def __init__(
        self,
        db: Database,
        passages: Passages,
        lives_here: Callable[[str], bool],
        name: Callable[[str], str],
    ) -> None:
        """``lives_here`` says whether a person (by id) still has a say of their own: a grown-up who lives here.

        ``name`` gives what the person with an id is called, the id where nobody has it.
        """
        self._db = db
        self._passages = passages
        self._lives_here = lives_here
        self._name = name

    def select(self, scope: Scope, audience: Audience) -> Selected:
        """Return what ``scope`` means for whoever asks; raises Refused for what is not there or not theirs.

        Words are looked for in what was said by the asker, by whoever told what is forgotten and by whoever is
        forgotten: others' stay, whatever is in them.
        """
        me = audience.person
        if me is None:
            raise Refused("I do not know who you are, so I can forget nothing for you: ask on a device of your own")
        found = self._selected(scope, me, audience)
        told = found.erasure.speakers or ()
        speakers = None if found.speakers is None else frozenset({me, *found.speakers, *told})
        return replace(found, erasure=replace(found.erasure, speakers=speakers))

    def _selected(self, scope: Scope, me: str, audience: Audience) -> Selected:
        match scope.reach:
            case "memory":
                return self._memory(scope.memory or 0, me, audience)
            case "since":
                return self._since(scope.since or datetime.min.replace(tzinfo=UTC), me, owner=audience.owner)
            case "person":
                return self._person(scope.person or me, me, audience)
            case "everything":
                if not audience.owner:
                    raise Refused("only an owner can have everything forgotten; you can have all about you forgotten")
                where = "1 = 1"
                found = self._gathered(self._numbers("memories", where), self._numbers("episodes", where))
                return Selected(replace(found, everything=True), whole=True, speakers=None, unknown=True)

    def _memory(self, number: int, me: str, audience: Audience) -> Selected:
        row = self._db.conn.execute(
            "select key, author, subject, visibility from memories where id = ?", (number,)
        ).fetchone()
        if row is None or not (row[1] == me or row[3] in audience.may_hear()):
            raise Refused(f"I know of no memory {number}")
        key, author, subject, visibility = row
        if not (author == me or subject == f"person:{me}" or (audience.owner and not visibility.startswith("person:"))):
            raise Refused(f"memory {number} was told by somebody else: they can have it forgotten, or an owner")
        # What it took the place of goes with it, or "what was it before" would still tell of it.
        chain = self._db.conn.execute(_CHAIN, (key,)).fetchall()
        return Selected(self._gathered(frozenset(found for (found,) in chain)))

    def _since(self, since: datetime, me: str, *, owner: bool) -> Selected:
        start = since.astimezone(UTC).isoformat(timespec="milliseconds")
        nobodys = " or (author is null and visibility not like 'person:%')" if owner else ""
        unknown = " or person is null" if owner else ""
        memories = self._numbers("memories", f"recorded >= ? and (author = ?{nobodys})", start, me)
        episodes = self._numbers("episodes", f"at >= ? and (person = ?{unknown})", start, me)
        found = self._gathered(memories, episodes)
        return Selected(replace(found, person=me, since=since), whole=True, speakers=(me,), unknown=owner)

    def _person(self, person: str, me: str, audience: Audience) -> Selected:
        heard, subject = tuple(audience.may_hear()), f"person:{person}"
        if person == me or (audience.owner and not self._lives_here(person)):
            heard = tuple({*heard, private_to(person)})
            memories = self._numbers("memories", f"author = ? or {_heard(heard)}", person, subject, *heard)
            found = self._gathered(memories, self._numbers("episodes", "person = ?", person))
            return Selected(replace(found, person=person), whole=True, speakers=(person,))
        if not audience.owner:
            return self._some(self._numbers("memories", f"author = ? and {_heard(heard)}", me, subject, *heard))
        shared = tuple(one for one in heard if not one.startswith("person:"))
        own = f"(author = ? and {_heard(heard)})"
        values = (subject, *shared, me, subject, *heard)
        return self._some(self._numbers("memories", f"{_heard(shared)} or {own}", *values))

    def _some(self, memories: frozenset[int]) -> Selected:
        if not memories:
            raise Refused("I know of nothing of that kind that is yours to have forgotten")
        return Selected(self._gathered(memories))

    def _numbers(self, table: str, where: str, *values: str) -> frozenset[int]:
        rows = self._db.conn.execute(f"select id from {table} where {where}", values)  # noqa: S608  ours, not a value
        return frozenset(number for (number,) in rows)

    def _gathered(self, memories: frozenset[int], episodes: frozenset[int] = frozenset()) -> Erasure:
        """Return ``memories`` and ``episodes`` with the exchanges they rest on, their entries, talks and words."""
        chosen = (_list(memories),)
        sources = self._column("select episode from evidence where memory in (select value from json_each(?))", chosen)
        episodes |= frozenset(int(one) for one in sources)
        said = (_list(episodes),)
        entries = self._column(
            "select audit from memories where id in (select value from json_each(?1))"
            " union select audit from evidence where memory in (select value from json_each(?1))"
            " union select audit from episodes where id in (select value from json_each(?2))",
            (*chosen, *said),
        )
        tellers = self._column(
            "select author from memories where id in (select value from json_each(?1))"
            " union select person from evidence where memory in (select value from json_each(?1))",
            chosen,
        )
        told = self._db.conn.execute(
            "select sentence, value from memories where id in (select value from json_each(?))", chosen
        ).fetchall()
        words = [text for sentence, value in told for text in (sentence, *_texts(json.loads(value)))]
        where = "from episodes where id in (select value from json_each(?))"
        words += self._column(f"select text {where}", said)
        return Erasure(
            memories=memories,
            episodes=episodes,
            entries=frozenset(int(one) for one in entries),
            conversations=frozenset(self._column(f"select conversation {where}", said)) - {""},
            words=tuple(dict.fromkeys(text for text in words if text.strip())),
            speakers=frozenset(tellers),
        )

    def _column(self, query: str, values: Sequence[str]) -> list[str]:
        return [one for (one,) in self._db.conn.execute(query, values) if one is not None]

    def erase(self, erasure: Erasure) -> int:
        """Delete the rows, in the caller's transaction, and return how many went."""
        memories, episodes = (_list(erasure.memories),), (_list(erasure.episodes),)
        replaced = self._replaced(erasure)
        self._passages.drop_all(erasure.memories, erasure.episodes)
        gone = self._run("delete from reads where memory in (select value from json_each(?))", memories)
        gone += self._run("delete from evidence where memory in (select value from json_each(?))", memories)
        gone += self._run("delete from memories where id in (select value from json_each(?))", memories)
        self._run(
            "update memories set supersedes = null where supersedes in (select value from json_each(?))", memories
        )
        self._believe_again(replaced)
        gone += self._run("delete from habits where memory in (select value from json_each(?))", memories)
        gone += self._run(
            _OFFERED, (json.dumps(erasure.words), "null" if erasure.speakers is None else _list(erasure.speakers))
        )
        gone += self._run("delete from episodes where id in (select value from json_each(?))", episodes)
        self._run("update evidence set episode = null where episode in (select value from json_each(?))", episodes)
        self._run("update episodes set previous = null where previous in (select value from json_each(?))", episodes)
        talks = (_list(erasure.conversations),)
        gone += self._run("delete from reads where conversation in (select value from json_each(?))", talks)
        return gone + self._traces(erasure)

    def _replaced(self, erasure: Erasure) -> list[tuple[int, str, str, str, str]]:
        """Return what the memories that go took the place of, where all that goes is what came lately."""
        if erasure.since is None:
            return []
        return self._db.conn.execute(_REPLACED, (_list(erasure.memories),)).fetchall()

    def _believe_again(self, replaced: Iterable[tuple[int, str, str, str, str]]) -> None:
        for number, sentence, visibility, subject, at in replaced:
            believed = self._run(
                "update memories set status = 'active', retired = null, valid_to = null where id = ?"
                " and not exists (select 1 from memories m where m.key = memories.key and m.status = 'active')",
                (str(number),),
            )
            if not believed:
                continue
            kind, _, who = subject.partition(":")
            speaker = self._name(who) if kind == "person" else ""
            passage = Passage(sentence, visibility, speaker=speaker, at=datetime.fromisoformat(at))
            self._passages.put(passage, memory=number)

    def _traces(self, erasure: Erasure) -> int:
        """Delete what was seen of somebody, or of everybody."""
        if erasure.everything:
            tables = ("changes", "overrides", "habits", "reads", "consents", "residents", "sleeps")
            return sum(self._run(f"delete from {table}", ()) for table in tables)  # noqa: S608  names of ours
        if erasure.person is None:
            return 0
        if erasure.since is not None:
            start = erasure.since.astimezone(UTC).isoformat(timespec="milliseconds")
            where, values = " where person = ? and at >= ?", (erasure.person, start)
            return sum(self._run(f"delete from {table}{where}", values) for table in ("changes", "overrides"))  # noqa: S608  names of ours
        tables = ("changes", "overrides", "habits", "consents")
        whose = (erasure.person,)
        gone = sum(self._run(f"delete from {table} where person = ?", whose) for table in tables)  # noqa: S608  names of ours
        gone += self._run("delete from reads where audience = ?", whose)
        # Who lives here now stands in the configuration, and would only come back.
        return gone + self._run("delete from residents where person = ? and until is not null", whose)

    def _run(self, statement: str, values: Sequence[str]) -> int:
        return max(0, self._db.conn.execute(statement, values).rowcount)


def _list(values: Iterable[int | str]) -> str:
    return json.dumps(sorted(values))


def _heard(visibilities: Sequence[str]) -> str:
    return f"(subject = ? and visibility in ({','.join('?' * len(visibilities))}))"


def _texts(value: Json) -> list[str]:
    """Return the texts in a value that are long enough to be looked for by themselves."""
    match value:
        case str():
            return [value] if len(value) >= SHORTEST else []
        case dict() | list():
            return [text for one in (value.values() if isinstance(value, dict) else value) for text in _texts(one)]
        case _:
            return []
