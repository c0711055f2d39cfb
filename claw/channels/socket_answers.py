"""What the local socket answers about memory, skills and routines: one line per word, with what it asks of the desk."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import get_args

from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.channels.call import Call, Word
from claw.channels.remembering import Remembering
from claw.channels.routined import DEEDS as ROUTINE_DEEDS
from claw.channels.routined import Deed as RoutineDeed
from claw.channels.routined import Routined
from claw.channels.skilful import Skilful
from claw.skills.deciding import Deed
from claw.skills.model import Files

Answers = Mapping[Word, Callable[[], Awaitable[Json] | Json]]


def of_memory(memory: Remembering, call: Call, origin: Origin) -> Answers:
    """Return what each word about memory asks."""
    return {
        "memory": lambda: memory.listed(origin, about=call.name, kind=call.kind, limit=call.limit),
        "memory_search": lambda: memory.search(call.text, origin, k=call.limit),
        "memory_why": lambda: memory.why(call.seq, origin),
        "memory_add": lambda: memory.add(call.text, origin, private=call.private),
        "memory_correct": lambda: memory.correct(call.seq, call.text, origin),
        "memory_forget": lambda: memory.forget(
            origin, number=call.seq, since=call.since, person=call.person or "", everything=call.everything
        ),
        "memory_export": lambda: memory.export(origin),
        "memory_proposals": lambda: memory.proposals(origin),
        "memory_settle": lambda: memory.settle(call.id, origin, yes=call.yes),
        "memory_consents": lambda: memory.consents(origin),
        "memory_consent": lambda: memory.consent(origin, habits=call.habits, talks=call.talks),
        "memory_night": lambda: memory.night(origin),
        "memory_sleep": lambda: memory.sleep(origin, dry_run=call.dry_run, undo=call.undo),
    }


def of_skills(skills: Skilful, call: Call, origin: Origin) -> Answers:
    """Return what each word about skills asks."""
    return {
        "skills": lambda: skills.listed(origin),
        "skill": lambda: skills.one(call.name, origin),
        "skill_history": lambda: skills.history(call.name, origin, limit=call.limit),
        "skill_compare": lambda: skills.compared(call.name, origin, old=call.old, new=call.hash),
        "skill_decide": lambda: skills.decide(_deed(call), call.name, origin, content=call.hash),
        "skill_prove": lambda: skills.prove(call.name, origin),
        "skill_import": lambda: skills.take(call.name, _files(call), origin),
        "skill_export": lambda: skills.export(call.name, origin),
    }


def of_routines(routines: Routined, call: Call, origin: Origin) -> Answers:
    """Return what each word about routines asks."""
    return {
        "routines": lambda: routines.listed(origin, over=call.everything),
        "routine": lambda: routines.one(call.name, origin),
        "routine_next": lambda: routines.next(origin, routine=call.name, limit=call.limit),
        "routine_history": lambda: routines.history(
            origin, routine=call.name, limit=call.limit, before=_moment(call.before)
        ),
        "routine_day": lambda: routines.day(origin, routine=call.name, day=call.dates[0] if call.dates else None),
        "routine_say": lambda: routines.say(call.text, origin),
        "routine_add": lambda: routines.add(call.data, origin, dry_run=call.dry_run),
        "routine_decide": lambda: routines.decide(_routine_deed(call), call.name, origin, days=call.dates),
        "routine_dry_run": lambda: routines.dry_run(call.name, origin),
        "routine_export": lambda: routines.export(call.name, origin),
        "routine_test_safety": lambda: routines.test_safety(origin),
    }


def _deed(call: Call) -> Deed:
    for deed in get_args(Deed):
        if deed == call.deed:
            return deed
    raise Refused("say what is to be done with the skill")


def _routine_deed(call: Call) -> RoutineDeed:
    for deed in ROUTINE_DEEDS:
        if deed == call.deed:
            return deed
    raise Refused("say what is to be done with the routine")


def _moment(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _files(call: Call) -> Files:
    # What is no text is kept as it came, so that it is told by the file's name.
    return {path: text.encode(errors="surrogatepass") for path, text in call.files.items()}
