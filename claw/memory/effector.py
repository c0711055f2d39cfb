"""Writing to memory as an act: judged, logged and stopped like a lamp, and believed no further than its source.

The action ``claw.remember`` carries all that is to be kept, so that a question about it can wait for its yes through a
restart.  How far it is believed is never in there: it is told from the entry in the log under which the gate sent it,
and so is whether a program wrote it, whatever the action itself says.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Json, Origin, Permit
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.house.fields import LARGEST, Choice, Field, Flag, Number, Service, Text
from claw.memory.admission import CONFIDENTIAL, Admission
from claw.memory.confidential import looks_secret
from claw.memory.episodes import Episodes
from claw.memory.facts import Kept
from claw.memory.model import LONGEST, Audience, Fact, Memory, Told, private_to
from claw.memory.residents import Consent, Residents
from claw.memory.sources import By, in_own_words, proven, status_of, told_by
from claw.memory.subjects import of_person
from claw.memory.written import LONGEST_FACT, as_text, from_text
from claw.policy.people import Role

REMEMBER = "claw.remember"

OPERATIONS = ("keep", "correct", "settle", "pin", "consent")

FIELDS: Mapping[str, Field] = {
    "op": Choice(required=True, options=OPERATIONS),
    "sentence": Text(longest=LONGEST),
    "fact": Text(longest=LONGEST_FACT),
    "by": Choice(options=("words", "program", "habit")),
    "memory": Number(low=1, high=LARGEST, whole=True),
    "yes": Flag(),
    "person": Text(longest=100),
    "habits": Flag(),
    "talks": Flag(),
}

SERVICE = Service(name=REMEMBER, targets=False, fields=FIELDS)
"""The action in the catalogue's terms."""

MOST_RESULTS = 100
_NOT_THERE = "there is no such memory"
_ONLY_RESIDENTS = "only somebody who lives here, and is known to be it, may do that"

Roles = Callable[[str | None], Role | None]
"""Gives the role that somebody has at this moment, None for nobody."""


def keeping(fact: Fact, by: By = "words") -> Action:
    """Return the action that keeps ``fact``; raises Refused for one that cannot be written down."""
    return Action(REMEMBER, (), {"op": "keep", "sentence": fact.sentence, "fact": as_text(fact), "by": by})


def correcting(number: int, fact: Fact) -> Action:
    """Return the action that keeps ``fact`` in the place of memory ``number``; raises Refused as ``keeping``."""
    return Action(REMEMBER, (), {"op": "correct", "memory": number, "sentence": fact.sentence, "fact": as_text(fact)})


@dataclass(frozen=True)
class Rooms:
    """What memory is made of; ``role`` gives somebody's role now, ``name`` what they are called."""

    admission: Admission
    episodes: Episodes
    residents: Residents
    role: Roles
    name: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One act: what, for whom and in which words, under which entry of the log."""

    data: Mapping[str, Json]
    origin: Origin
    role: Role | None
    said: str
    by: By
    entry: int

    @property
    def audience(self) -> Audience:
        """Who asks, as the one who would hear: what they may not hear of is not there for them."""
        if not proven(self.origin, self.role):
            raise Refused(_ONLY_RESIDENTS)
        return Audience(self.origin.person, resident=True, owner=self.role == "owner")


class Remembering:
    """The effector of ``claw.remember``."""

    def __init__(self, permits: PermitDesk, audit: AuditLog, rooms: Rooms) -> None:
        self._permits = permits
        self._audit = audit
        self._in = rooms
        self._facts = rooms.admission.facts
        self._done: OrderedDict[int, Kept | Consent] = OrderedDict()

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do one operation on memory; raises Refused, with a sentence, for what may not be kept or by whom."""
        self._permits.spend(permit, action)
        if action.name != REMEMBER:
            raise Refused(f"{action.name} is not something that memory does")
        asked = self._asked(action.data, permit.audit)
        do: Mapping[str, Callable[[_Asked], Kept | Consent]] = {
            "keep": self._keep,
            "correct": self._correct,
            "settle": self._settle,
            "pin": self._pin,
            "consent": self._consent,
        }
        done = do[asked.data["op"]](asked)
        self._done[permit.audit] = done
        while len(self._done) > MOST_RESULTS:
            self._done.popitem(last=False)
        if isinstance(done, Consent):
            return Acknowledgement(response={"habits": done.habits, "talks": done.talks})
        return Acknowledgement(response={"memory": done.memory.id, "status": done.memory.status, "new": done.new})

    def take(self, entry: int | None) -> Kept | Consent | None:
        """Return what came of the act with that number in the log, once."""
        return None if entry is None else self._done.pop(entry, None)

    def admit(self, fact: Fact, origin: Origin, said: str, by: By) -> None:
        """Raise Refused, with a whole sentence, where ``fact`` would not be kept: nothing is asked of anybody yet."""
        self._admitted(fact, _Asked({}, origin, self._in.role(origin.person), said, by, 0))

    def _admitted(self, fact: Fact, asked: _Asked) -> Told:
        """Return how far ``fact`` is believed; raises Refused where it may not be kept, or came with a secret."""
        told = self._told(fact, asked)
        self._in.admission.admit(fact, told, asked.role)
        if looks_secret(asked.said):
            raise Refused(CONFIDENTIAL)
        return told

    def _asked(self, data: Mapping[str, Json], entry: int) -> _Asked:
        found = self._audit.entry(entry)
        if found is None or found.origin is None or found.payload is None:
            raise Refused("the log does not say who asked for this")
        said, run = found.payload.get("said"), found.payload.get("run")
        by = cast("By", data.get("by", "words"))
        # A person's own yes makes a habit theirs; a program never speaks with a person's voice.
        by = "program" if run and by == "words" else by
        return _Asked(
            data, found.origin, self._in.role(found.origin.person), said if isinstance(said, str) else "", by, entry
        )

    def _told(self, fact: Fact, asked: _Asked) -> Told:
        own = asked.by == "program" and self._own(fact, asked)
        return told_by(asked.origin, asked.role, asked.by, own=own, audit=asked.entry)

    def _own(self, fact: Fact, asked: _Asked) -> bool:
        person = asked.origin.person
        kind, _, about = fact.subject.partition(":")
        speaker = self._in.name(person) if person is not None else ""
        names = (speaker, *((self._in.name(about),) if kind == "person" and about == person else ()))
        if (
            kind == "person"
            and about != person
            and not in_own_words(replace(fact, value=[fact.value, self._in.name(about)]), asked.said, names)
        ):
            return False
        return in_own_words(fact, asked.said, names)

    def _keep(self, asked: _Asked) -> Kept:
        fact = self._fact(asked)
        told = self._admitted(fact, asked)
        status = status_of(told, asked.origin, asked.role)
        # Before a room or a guest nothing says whether it was known, proposed or declined: the answer is always one.
        unheard = told.trust != "observed" and not proven(asked.origin, asked.role)
        declined = unheard and self._facts.rejected(fact)
        kept = self._facts.keep(fact, self._sourced(told, asked), status=status, equal=self._equal(asked, fact))
        if not unheard:
            return kept
        if declined and kept.memory.status == "candidate":
            self._facts.reject(kept.memory.id)
        return Kept(replace(kept.memory, fact=fact, status="candidate"))

    def _correct(self, asked: _Asked) -> Kept:
        number = self._number(asked)
        old = self._facts.visible(number, asked.audience)
        if old is None:
            raise Refused(_NOT_THERE)
        fact = self._fact(asked)
        told = self._admitted(fact, asked)
        if not told.explicit:
            raise Refused(_ONLY_RESIDENTS)
        equal = self._equal(asked, fact) and self._equal(asked, old.fact)
        return self._facts.correct(number, fact, self._sourced(told, asked), equal=equal)

    def _equal(self, asked: _Asked, fact: Fact) -> bool:
        """Return whether a word counts for as much as an owner's: a grown-up's own, of an everyday matter."""
        own = asked.by == "words" and not asked.origin.asks_only and proven(asked.origin, asked.role)
        return own and asked.role == "adult" and self._in.admission.everyday(fact, asked.origin.person)

    def _settle(self, asked: _Asked) -> Kept:
        found = self._facts.visible(self._number(asked), asked.audience)
        if found is None or found.status != "candidate":
            raise Refused("nothing like that waits for a yes or no")
        self._answers(asked, found)
        if asked.data.get("yes") is not True:
            return Kept(self._facts.reject(found.id), new=False)
        told = told_by(asked.origin, asked.role, "words", audit=asked.entry)
        self._in.admission.recheck(found.fact, replace(told, taint=found.taint), asked.role)
        return self._facts.confirm(found.id, self._sourced(told, asked))

    def _answers(self, asked: _Asked, found: Memory) -> None:
        """Raise Refused unless this person may say yes or no to ``found``: a child only where it is about them."""
        own = found.fact.subject == of_person(asked.origin.person or "") or found.fact.visibility == private_to(
            asked.origin.person or ""
        )
        if asked.role == "child" and not own:
            raise Refused("a grown-up has to say yes or no to that")
        self._by_hand(asked)

    def _pin(self, asked: _Asked) -> Kept:
        found = self._facts.visible(self._number(asked), asked.audience)
        if found is None:
            raise Refused(_NOT_THERE)
        return Kept(self._facts.pin(found.id, pinned=asked.data.get("yes") is True), new=False)

    def _consent(self, asked: _Asked) -> Consent:
        person = asked.data.get("person")
        if not proven(asked.origin, asked.role) or person != asked.origin.person:
            raise Refused("only you yourself can agree to what is learned about you")
        self._by_hand(asked)
        return self._in.residents.agree(str(person), habits=asked.data.get("habits"), talks=asked.data.get("talks"))

    @staticmethod
    def _by_hand(asked: _Asked) -> None:
        """Raise Refused where a yes would not be a person's: a client that may only ask, a program, strangers' text."""
        if asked.origin.asks_only or asked.origin.taint or asked.by != "words":
            raise Refused("a yes to that has to come from a person, by themselves")

    def _fact(self, asked: _Asked) -> Fact:
        fact = from_text(str(asked.data.get("fact", "")))
        if asked.data.get("sentence") != fact.sentence:
            raise Refused("what would be kept is not what was shown")
        return fact

    @staticmethod
    def _number(asked: _Asked) -> int:
        number: Any = asked.data.get("memory")
        if not isinstance(number, int):
            raise Refused(_NOT_THERE)
        return number

    def _sourced(self, told: Told, asked: _Asked) -> Told:
        """Return ``told`` with the exchange it rests on; a person's words are kept with the memory, and no other's."""
        if not asked.said.strip() or asked.by == "habit":
            return told
        name = self._in.name(told.person) if told.person is not None else ""
        number = self._in.episodes.note(asked.origin, asked.said, told.trust, name=name, audit=asked.entry)
        return replace(told, episode=number)
