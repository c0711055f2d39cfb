"""What was asked and answered well by a program, kept for as long as a second such request may make a skill of it.

Only what the household's grown-ups asked themselves counts, and only where all of it went well: nothing that failed or
was refused, nothing that a stranger's text had a part in, nothing that took a second program, and nothing that somebody
undid or changed by hand within ten minutes.  What was asked is a person's word: it is theirs, and goes when they want.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from claw.base.action import Action, Json, Origin, canonical, to_json
from claw.base.clock import Clock
from claw.base.errors import Broken
from claw.gate.answering import ADULTS
from claw.gate.prior import kept
from claw.house.model import House, State
from claw.house.trusted import trusted_value
from claw.memory.rows import stamp
from claw.memory.sources import proven
from claw.program.ran import Ran
from claw.skills.model import Trace
from claw.skills.plan import Found
from claw.skills.skeleton import skeleton
from claw.skills.source import Source, source_of
from claw.store.db import writing

KEPT = timedelta(days=60)
LATELY = timedelta(hours=1)
"""How long "make that a skill" means the last request of a talk."""
_DAY = timedelta(days=1)
MOST_CALLS = 50
MOST_THINGS = 200
LONGEST_SOURCE = 20_000

_DIGITS = re.compile(r"[0-9]{4,}")
_MASKED = "****"
"""What stands for a code in a request (``claw/program/waits.py``)."""
_WELL = frozenset({"done", "started", "unchanged", "sent"})
_WHEREABOUTS = frozenset({"person", "device_tracker", "zone"})
_NEVER = frozenset({"claw.remember", "claw.read", "claw.model", "claw.schedule"})
_COLUMNS = "id, at, said, language, origin, source, calls, before, place, entry, model, tokens, skill"

Role = Callable[[str | None], str | None]
"""The role of a person by id, None for nobody of the household."""


@dataclass(frozen=True, slots=True)
class Done:
    """A request that a program answered, as the planner tells it.

    ``before`` is the house as it stood before the first act (a copy, not the live view); ``entry`` the log's number of
    the model's call; ``programs`` how many programs did something for it.
    """

    said: str
    origin: Origin
    language: str
    source: str
    ran: Ran
    before: House
    model: str = ""
    tokens: int = 0
    entry: int | None = None
    programs: int = 1


class Traces:
    """The requests that count; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock, role: Role) -> None:
        """``role`` says who of the household somebody is now."""
        self._db = db
        self._clock = clock
        self._role = role
        self._looked: datetime | None = None

    def keep(self, done: Done) -> Trace | None:
        """Keep what was done and return it, None where it does not count; raises Broken where the disk fails."""
        if self.why_not(done):
            return None
        calls = tuple(outcome.action for outcome in done.ran.outcomes)
        now = self._clock.now()
        before = _before(calls, source_of(done.source), done.before)
        origin = Origin(
            channel=done.origin.channel,
            person=done.origin.person,
            place=done.origin.place,
            authenticated=True,
            conversation=done.origin.conversation,
            language=done.origin.language,
        )
        row = {
            "at": stamp(now),
            "person": origin.person or "",
            "conversation": origin.conversation,
            "language": done.language,
            "said": done.said,
            "origin": canonical(to_json(origin)).decode(),
            "source": done.source,
            "calls": canonical([call.as_json() for call in calls]).decode(),
            "before": canonical(before).decode(),
            "skeleton": skeleton(calls),
            "place": origin.place,
            "entry": done.entry,
            "model": done.model,
            "tokens": done.tokens,
            "undone": 0,
            "skill": "",
        }
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        with writing(Path("claw.db")), self._db.conn:
            found = self._db.conn.execute(
                f"INSERT INTO skill_traces ({names}) VALUES ({marks})",  # noqa: S608  our own names
                tuple(row.values()),
            )
        number = found.lastrowid or 0
        return Trace(
            number, now, done.said, done.language, origin, done.source, calls, before, origin.place, done.entry,
            done.model, done.tokens,
        )  # fmt: skip

    def why_not(self, done: Done) -> str:
        """Return why a request is nothing to learn from, in a sentence; empty where it is."""
        origin, ran = done.origin, done.ran
        role = self._role(origin.person)
        if not proven(origin, role) or role not in ADULTS or origin.asks_only:
            return "only what owners and adults ask themselves is learned"
        if origin.taint or ran.taint:
            return "something that somebody else wrote had a part in it"
        if done.programs != 1 or ran.problem is not None or not ran.ended or ran.question is not None:
            return "it did not go well at the first try"
        if not ran.outcomes or any(outcome.status not in _WELL for outcome in ran.outcomes):
            return "nothing was done, or not all of it went well"
        return _too_much(done)

    def get(self, ids: Sequence[int]) -> tuple[Trace, ...]:
        """Return those that are still kept and were let stand, oldest first."""
        marks = ", ".join("?" for _ in ids)
        return self._read(f"undone = 0 AND id IN ({marks})", tuple(ids)) if ids else ()

    def of(self, skill: str) -> tuple[Trace, ...]:
        """Return those that a skill was made of, as far as they are still kept, oldest first."""
        return self._read("undone = 0 AND skill = ?", (skill,)) if skill else ()

    def alike(self, trace: Trace) -> tuple[Trace, ...]:
        """Return what the same person had done by the same acts and was let stand, oldest first, itself included."""
        person = trace.origin.person or ""
        return self._read("undone = 0 AND person = ? AND skeleton = ?", (person, skeleton(trace.calls)))

    def last(self, origin: Origin) -> Trace | None:
        """Return the last of this conversation and person within the hour, None where there is none."""
        if not origin.person or not origin.conversation:
            return None
        since = stamp(self._clock.now() - LATELY)
        values = (origin.person, origin.conversation, since)
        found = self._read("undone = 0 AND person = ? AND conversation = ? AND at >= ?", values)
        return found[-1] if found else None

    def undone(self, trace: int) -> str:
        """Note that it was taken back and counts no more; return the skill that was made of it, empty for none."""
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute("UPDATE skill_traces SET undone = 1 WHERE id = ?", (trace,))
        row = self._db.execute("SELECT skill FROM skill_traces WHERE id = ?", (trace,)).fetchone()
        return str(row[0]) if row is not None else ""

    def made(self, ids: Sequence[int], skill: str) -> None:
        """Note what skill was made of these."""
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.executemany("UPDATE skill_traces SET skill = ? WHERE id = ?", [(skill, one) for one in ids])

    async def look(self) -> None:
        """Drop what is too old, once a day; called once a minute.  Raises Broken where the disk fails."""
        now = self._clock.now()
        if self._looked is None or now - self._looked >= _DAY:
            self.expire()
            self._looked = now

    def expire(self) -> int:
        """Drop what is older than 60 days; return how many."""
        with writing(Path("claw.db")), self._db.conn:
            old = (stamp(self._clock.now() - KEPT),)
            return self._db.conn.execute("DELETE FROM skill_traces WHERE at < ?", old).rowcount

    def _read(self, where: str, values: tuple[object, ...]) -> tuple[Trace, ...]:
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM skill_traces WHERE {where} ORDER BY id",  # noqa: S608  our own words
            values,
        ).fetchall()
        return tuple(map(_trace, rows))


def _too_much(done: Done) -> str:
    """Return why its acts or its program are none to be learned, empty where they are."""
    calls = [outcome.action for outcome in done.ran.outcomes]
    if len(calls) > MOST_CALLS or len(done.source) > LONGEST_SOURCE:
        return "it is too long"
    if len({entity for call in calls for entity in call.entities}) > MOST_THINGS:
        return "it is about too many things"
    if any(call.name in _NEVER for call in calls):
        return "it kept or asked something, and did nothing"
    if any("code" in call.data for call in calls) or _has_code(done.said, calls):
        return "a code was part of it, and codes are not kept"
    return _beyond(source_of(done.source))


def _beyond(source: Source) -> str:
    """Return what a program looked at or asked that is not the house's state, in a sentence; empty where nothing."""
    if any(one.partition(".")[0] in _WHEREABOUTS for one in source.texts):
        return "who was at home had a part in it, and that is not kept"
    if source.elsewhere:
        return f"its program uses {source.elsewhere}(), and what comes of that is not the same each time"
    return ""


def _has_code(said: str, calls: Sequence[Action]) -> bool:
    """Return whether digits were said that may be somebody's code: four or more, and no figure of what was done."""
    figures = {str(value).removesuffix(".0") for call in calls for value in call.data.values()}
    return _MASKED in said or any(run not in figures for run in _DIGITS.findall(said))


def _before(calls: Sequence[Action], source: Source, house: House) -> dict[str, dict[str, Json]]:
    """Return how all that a program moved, named or searched for was before: nothing in it is anybody's text."""
    ids = {entity for call in calls for entity in call.entities} | (source.texts & house.states.keys())
    for search in source.finds:
        if search != Found():  # by words alone nothing is found twice the same
            ids |= {
                one.entity_id
                for one in house.registry.entities.values()
                if search.domain in {"", one.domain} and search.area in {"", one.area or ""}
            }
    found = {one: _shot(one, house.states[one]) for one in sorted(ids)[: 2 * MOST_THINGS] if one in house.states}
    return {one: shot for one, shot in found.items() if shot}


def _shot(entity_id: str, state: State) -> dict[str, Json]:
    """Return the value of a state and the attributes that can be put back; of a text nothing at all."""
    if not trusted_value(entity_id.partition(".")[0], state):
        return {}
    return {"state": state.value, **kept(entity_id, state)}


def _trace(row: Sequence[Any]) -> Trace:
    try:
        number, at, said, language, origin, source, calls, before, place, entry, model, tokens, skill = row
        return Trace(
            id=number,
            at=datetime.fromisoformat(at).astimezone(UTC),
            said=said,
            language=language,
            origin=_origin(json.loads(origin)),
            source=source,
            calls=tuple(Action(one["name"], tuple(one["entities"]), one["data"]) for one in json.loads(calls)),
            before=json.loads(before),
            place=place,
            entry=entry,
            model=model,
            tokens=tokens,
            skill=skill,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Broken("claw.db holds a request, kept for learning, that cannot be read") from error


def _origin(given: Mapping[str, Any]) -> Origin:
    """Return who asked, as much of it as was kept."""
    return Origin(
        channel=str(given["channel"]),
        person=given["person"],
        place=given["place"],
        authenticated=given["authenticated"] is True,
        conversation=str(given["conversation"]),
        language=given["language"],
    )
