"""What a channel may ask about routines: which there are, when each is due, what became of it, and to change them.

Who may know of which, and who may change it, is settled in the room of routines; here it becomes something that can be
shown.  What is not for somebody's eyes is as if it were not there.  What changes a routine goes through the gate.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from claw.base.action import Json, Origin, Pending, Reply, ReplyStatus
from claw.base.clock import Clock
from claw.base.errors import ClawError, Refused
from claw.channels.routine_day import Day, line
from claw.channels.routine_due import Due, due_of
from claw.channels.routine_shown import Known, row_json, run_json, seen, whole_json, worded
from claw.channels.shown import shown
from claw.channels.shown import told as told_reply
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.house.text import plain
from claw.mind.statuses import status
from claw.policy.people import People, Role
from claw.routines.acts import ACTIONS, CHANGE, SCHEDULE
from claw.routines.model import Done, Routine, RunStatus
from claw.routines.place import Place, place_of
from claw.routines.routines import Routines, Told
from claw.routines.safety import TEST
from claw.routines.spec import ByClock, Spec
from claw.routines.whose import Asker, owned, why_not
from claw.routines.written import LONGEST, read_spec

Deed = Literal["run", "pause", "resume", "skip", "remove", "adopt"]
"""What may be asked to be done with a routine; whether it may be done is the rules' to say."""
DEEDS: tuple[Deed, ...] = ("run", "pause", "resume", "skip", "remove", "adopt")
MOST_LISTED = 500
MOST_NEXT = 100
MOST_DAYS = 40
SHOWN_NEXT = 3
AT_ONCE = 20
"""Rows of the history that are put into words before others have their turn."""
_STOPPED = "I am stopped. Nothing about routines is changed until somebody resets me."
_NOT_LATER = (
    "I do not understand that as something for later. Say when and what, such as"
    ' "every weekday at seven open the blinds", or write it with --when and --do.'
)
_RUN: Mapping[RunStatus, ReplyStatus] = {
    "running": "started",
    "done": "done",
    "shadow": "answered",
    "asked": "pending",
    "skipped": "answered",
    "held": "refused",
    "refused": "refused",
    "failed": "failed",
    "missed": "failed",
    "unknown": "failed",
    "replaced": "failed",
}
_WOULD = "It would do this, and nothing was done:"
_ENDED = frozenset({"over", "removed"})


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from.

    ``talk`` answers a sentence about something later (None where it is none), ``would`` says what a run that ran dry
    would have done, ``role`` the role that somebody has at this moment.  ``problem`` says of a routine, by its id, why
    it cannot be set off as the house is now.
    """

    routines: Routines
    talk: Callable[[str, Origin], Awaitable[Reply | None]]
    would: Callable[[int], Sequence[str]]
    role: Callable[[str | None], Role | None]
    people: People
    mirror: Mirror
    clock: Clock
    problem: Callable[[str], str] = lambda _: ""


class Routined:
    """Answers about routines; one for all channels."""

    def __init__(self, rooms: Rooms) -> None:
        self._in = rooms

    async def listed(self, origin: Origin, *, over: bool = False) -> list[Json]:
        """Return the routines that this origin may know of, a line each; ``over``: also those that have ended."""
        known, asker, rows = self._known(), self._asker(origin), list[Json]()
        for one in self._in.routines.list(origin, over=over):
            rows.append(self._row(one, known, asker))
            await asyncio.sleep(0)  # a line takes a millisecond to put into words, and there may be hundreds
        return rows

    async def one(self, routine: str, origin: Origin) -> dict[str, Json]:
        """Return one routine, by id or name, with its rules, how it is written and its last runs; raises Refused."""
        found, known, asker = self._found(routine, origin), self._known(), self._asker(origin)
        return {
            **self._row(found, known, asker),
            **whole_json(seen(found, asker), known),
            "history": await self._runs(origin, found.id, 10, None),
        }

    async def next(self, origin: Origin, *, routine: str = "", limit: int = 20) -> list[Json]:
        """Return the next firings by the clock, of one routine or of all together, earliest first; raises Refused."""
        found = [self._found(routine, origin)] if routine else self._in.routines.list(origin)
        dues, _ = await due_of(found, self._in.routines.next, max(1, min(limit, MOST_NEXT)))
        return self._dues(dues, origin)

    async def history(
        self, origin: Origin, *, routine: str = "", limit: int = 50, before: datetime | None = None
    ) -> list[Json]:
        """Return what came of the last firings, latest first, of one routine or of all; raises Refused."""
        ident = self._found(routine, origin).id if routine else None
        return await self._runs(origin, ident, max(1, min(limit, MOST_LISTED)), before)

    async def day(self, origin: Origin, *, routine: str = "", day: date | None = None) -> dict[str, Json]:
        """Return one day on the wall clock of the house as a line: what ran on it, and what is to come; raises Refused.

        Today where none is named; of one routine, or of all.
        """
        found = [self._found(routine, origin)] if routine else list(self._in.routines.list(origin))
        try:
            asked = Day(day or self._now().date(), self._place())
            start, end = asked.start, asked.end
        except (OverflowError, ValueError):
            raise Refused("there is no such day") from None
        rows = await self._runs(origin, found[0].id if routine else None, MOST_LISTED + 1, end)
        ran = [row for row in rows if datetime.fromisoformat((row["until"] or row["due"])["at"]) >= start]
        now, dues, more = self._in.clock.now(), list[Due](), False
        if now < end:
            dues, more = await due_of(found, self._in.routines.next, MOST_LISTED, end)
        due = self._dues([one for one in dues if one[0] >= start], origin)
        told = line(asked, now, ran, due)
        return {**told, "cut": told["cut"] or more}

    async def say(self, words: str, origin: Origin) -> dict[str, Json]:
        """Make, change or end a routine by a sentence, as talk does; what is not about something later does nothing."""
        reply = await self._in.talk(words, origin) if words.strip() and len(words) <= LONGEST else None
        if reply is None:
            return {"status": "unclear", "text": _NOT_LATER, "routine": None, "warnings": []}
        said = told_reply(reply)
        asks = {"ask": said.pending[0].id} if said.pending else {}
        row = self._meant(said, origin)
        return shown({"status": said.status, "text": said.text, "routine": row, "warnings": [], **asks})

    async def add(self, written: Mapping[str, Json], origin: Origin, *, dry_run: bool = False) -> dict[str, Json]:
        """Make a routine as it is written, with the short forms of triggers and steps; say when it fires next.

        ``dry_run``: only say what stands in the way, when it would fire and what it would do now.
        """
        try:
            spec = read_spec(written, self._now())
            if dry_run:
                return await self._tried(spec, origin)
            return self._said(await self._in.routines.add(spec, origin), origin)
        except Refused as error:
            return _refused(error)

    async def decide(self, deed: Deed, routine: str, origin: Origin, *, days: Sequence[date] = ()) -> dict[str, Json]:
        """Run, pause, resume, skip, remove or adopt one, by id or name; return status, text and how it stands."""
        do, to = self._in.routines, routine
        try:
            to = self._found(routine, origin).id
        except Refused as error:
            return _refused(error)
        match deed:
            case "run":
                told = await do.run(to, origin)
                return {**self._said(told, origin), **({"status": _of_run(told)} if told.ok else {})}
            case "pause":
                told = await do.pause(to, origin)
            case "resume":
                told = await do.resume(to, origin)
            case "skip":
                told = await do.skip(to, origin, days=days[:MOST_DAYS])
            case "remove":
                told = await do.remove(to, origin)
            case "adopt":
                told = await do.adopt(to, origin)
        return self._said(told, origin)

    async def dry_run(self, routine: str, origin: Origin) -> dict[str, Json]:
        """Return what one would do now, and do nothing; raises Refused."""
        found = self._found(routine, origin)
        return _dry(await self._in.routines.dry_run(found.id, origin))

    def export(self, routine: str, origin: Origin) -> dict[str, Json]:
        """Return one as an automation of Home Assistant, and what of it has no counterpart there; raises Refused."""
        found, asker = self._found(routine, origin), self._asker(origin)
        if not worded(found, asker):
            raise Refused("it holds words of somebody else; only they can take it along")
        from claw.routines.export import automation  # noqa: PLC0415  few daemons ever export anything

        made = automation(found, self._in.people, self._place())
        return {"id": found.id, "name": plain(found.spec.name), "yaml": made.yaml, "left_out": list(made.left_out)}

    async def test_safety(self, origin: Origin) -> dict[str, Json]:
        """Have what guards life tried, dry, and return what came of it."""
        return await self.decide("run", TEST, origin)

    def _found(self, named: str, origin: Origin) -> Routine:
        known = self._in.routines.get(named, origin)
        if known is not None:
            return known
        found = self._in.routines.named(named, origin)
        if len(found) > 1:
            ids = ", ".join(f"{one.id} ({plain(one.spec.name)})" for one in found[:10])
            raise Refused(f"more than one is called that: say which by its id: {ids}")
        if not found:
            raise Refused(f"there is no routine called {plain(named, 80)}")
        return found[0]

    def _meant(self, reply: Reply, origin: Origin) -> Json:
        """Return the routine that a sentence made or changed, None where it was none or several."""
        acts = [outcome for outcome in reply.outcomes if outcome.action.name in ACTIONS and outcome.status == "sent"]
        # A new one is called by the entry that brought it.
        ids = {str(act.action.data.get("routine", f"r{act.audit}")) for act in acts}
        found = self._in.routines.get(ids.pop(), origin) if len(ids) == 1 else None
        return self._row(found, self._known(), self._asker(origin)) if found is not None else None

    def _row(self, routine: Routine, known: Known, asker: Asker) -> Json:
        due = self._in.routines.next(routine, SHOWN_NEXT) if routine.fires else ()
        if routine.fires and not routine.why:
            routine = replace(routine, why=self._in.problem(routine.id))
        return row_json(seen(routine, asker), known, asker, due, self._can(routine, asker))

    def _can(self, routine: Routine, asker: Asker) -> list[Deed]:
        """Return what is offered to whoever looks: what makes sense now, and is theirs to ask for."""
        over, clock = routine.state in _ENDED, any(isinstance(one, ByClock) for one in routine.spec.when)
        alone = routine.expires is not None or routine.state == "suspended"
        sense: dict[Deed, bool] = {
            "run": not over and routine.state not in {"waiting", "suspended"},
            "pause": routine.fires,
            "resume": routine.state == "paused",
            "skip": routine.fires and clock,
            "remove": routine.state != "removed",
            "adopt": routine.state == "waiting" or (not over and not owned(routine, asker) and alone),
        }
        maker = self._in.role(routine.made_by.person)
        return [deed for deed in DEEDS if sense[deed] and not why_not(deed, routine, asker, maker)]

    def _dues(self, dues: Sequence[Due], origin: Origin) -> list[Json]:
        known, asker = self._known(), self._asker(origin)
        return [
            {"routine": one.id, "name": plain(seen(one, asker).spec.name), "state": one.state, **known.at(at)}
            for at, one in dues
        ]

    async def _runs(self, origin: Origin, routine: str | None, limit: int, before: datetime | None) -> list[Json]:
        known, asker = self._known(), self._asker(origin)
        there = {one.id: one for one in self._in.routines.list(origin, over=True)}
        rows: list[Json] = []
        for run in self._in.routines.history(origin, routine, limit=limit, before=before):
            whole = there.get(run.routine)
            words = whole is not None and worded(whole, asker)
            would = self._in.would(run.id) if run.status == "shadow" and words else ()
            rows.append({**run_json(run, whole, known, words=words), "would": [plain(one, 400) for one in would]})
            if len(rows) % AT_ONCE == 0:
                await asyncio.sleep(0)
        return rows

    async def _tried(self, spec: Spec, origin: Origin) -> dict[str, Json]:
        problems = await self._in.routines.check(spec, origin)
        if problems:
            return {"status": "refused", "text": shown(" ".join(problems)), "routine": None, "warnings": []}
        return _dry(await self._in.routines.dry_run(spec, origin))

    def _said(self, told: Told, origin: Origin) -> dict[str, Json]:
        outcome = _came_of(told)
        asks = told.performed.pending
        row = None
        if told.routine is not None:
            found = self._in.routines.get(told.routine.id, origin) or told.routine
            row = self._row(found, self._known(), self._asker(origin))
        return shown(
            {
                "status": outcome,
                "text": _STOPPED if outcome == "stopped" else told.text,
                "routine": row,
                "warnings": list(told.warnings),
                **({"ask": asks.id} if asks is not None else {}),
            }
        )

    def _asker(self, origin: Origin) -> Asker:
        return Asker(origin, self._in.role(origin.person) if origin.authenticated else None)

    def _place(self) -> Place:
        return place_of(self._in.mirror.registry)

    def _now(self) -> datetime:
        return self._in.clock.now().astimezone(self._place().zone)

    def _known(self) -> Known:
        return Known(self._in.people, self._in.mirror.house(), self._place(), self._in.clock.now())


def opened(pending: Pending, house: House) -> Pending:
    """Return a question with what it would set for later in words, as its card shows it."""
    if not any(action.name in {SCHEDULE, CHANGE} for action in pending.actions):
        return pending
    from claw.routines.asking import open_to_view  # noqa: PLC0415  few questions are about routines

    return replace(pending, actions=tuple(open_to_view(action, house) for action in pending.actions))


def _came_of(told: Told) -> ReplyStatus:
    """Return what came of a change: nothing about a routine could still be on its way."""
    if told.performed.pending is not None:
        return "pending"
    if told.ok:
        return "done"
    outcome = status(told.performed.outcomes) if told.performed.outcomes else "refused"
    return "failed" if outcome in {"done", "started"} else outcome


def _of_run(told: Told) -> ReplyStatus:
    """Return what came of a run that somebody asked for; where it has not ended yet it has begun."""
    return _RUN[told.run.status] if told.run is not None else "started"


def _dry(done: Done) -> dict[str, Json]:
    return shown(
        {
            "status": "refused" if done.status == "refused" else "answered",
            "text": done.reason or (_WOULD if done.would else "It would do nothing."),
            "came": done.status,
            "would": list(done.would),
        }
    )


def _refused(error: ClawError) -> dict[str, Json]:
    return {"status": "refused", "text": shown(str(error)), "routine": None, "warnings": []}
