"""One routine, and what became of it, as a channel may show it: when, what it does, how it stands and why.

Names and sentences came from people and devices, so that they are made harmless here.  What somebody says to one person
is theirs: others who may know of a routine see that it says something, and not what.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from claw.base.action import Json, Origin
from claw.channels.shown import shown
from claw.channels.veil import HIDDEN
from claw.house.model import House
from claw.house.text import plain
from claw.mind.whereabouts import follows
from claw.policy.people import People
from claw.routines.model import OF_SKILL, Routine, Run
from claw.routines.place import Place
from claw.routines.safety import TEST
from claw.routines.spec import Becomes, ByHouse, Holds, Passes, Presence, Prompts, Says, Spec, Step, Trigger
from claw.routines.whose import Asker, owned
from claw.routines.wording_do import deeds
from claw.routines.wording_when import moment, phrase

LONGEST = 400
LATE_S = 60.0
"""A run that began so much after it was due is told as late."""
_TESTS = "look whether the alarms would work, move nothing, and tell the owners"
_OVERLAP = {
    "queue": "while it still runs, the next run waits",
    "skip": "while it still runs, it is not run again",
    "restart": "a new run takes the place of one that still runs",
}


@dataclass(frozen=True)
class Known:
    """What people and things are called, the wall clock, and what time it is."""

    people: People
    house: House
    place: Place
    now: datetime

    def person(self, ident: str | None) -> str:
        """Return a person's name, the empty text for nobody; somebody who has left goes by their id."""
        known = self.people.get(ident) if ident else None
        return plain(known.name if known else ident or "")

    def maker(self, origin: Origin) -> str:
        """Return who made something, in words."""
        if origin.authenticated and origin.person:
            return self.person(origin.person)
        area = self.house.registry.areas.get(origin.place or "")
        return f"somebody in {plain(area.name)}" if area else "somebody"

    def at(self, moment_: datetime) -> dict[str, Json]:
        """Return a moment: exactly, on the wall clock of the house, and in words as short as they are clear."""
        return {
            "at": moment_.isoformat(timespec="seconds"),
            "wall": self.place.wall(moment_).isoformat(timespec="seconds"),
            "said": moment(moment_, self.now, self.house.registry),
        }


def seen(routine: Routine, asker: Asker) -> Routine:
    """Return a routine as ``asker`` may see it: without what it says to another person, or asks a model for them.

    What was said aloud in a room is nobody's own, and whoever adopts it has to know it.
    """
    if owned(routine, asker) or not routine.made_by.person:
        return routine
    mine = f"person:{asker.person}"
    steps = tuple(_seen(step, mine) for step in routine.spec.do)
    return replace(routine, spec=routine.spec.model_copy(update={"do": steps}))


def row_json(routine: Routine, known: Known, asker: Asker, due: Sequence[datetime], can: Iterable[str]) -> Json:
    """Return a routine in one line, with its next firings and what ``asker`` may ask to be done with it.

    ``routine`` is as they may see it.
    """
    spec, registry = routine.spec, known.house.registry
    does = deeds(spec.do, known.house, to="you" if owned(routine, asker) else known.maker(routine.made_by))
    return {
        "id": routine.id,
        "name": plain(spec.name),
        "kind": "skill" if routine.id.startswith(OF_SKILL) else spec.kind,
        "state": routine.state,
        "why": shown(plain(routine.why, LONGEST)),
        "fires": routine.fires,
        "when": [plain(phrase(trigger, registry, once=spec.max_runs == 1), LONGEST) for trigger in spec.when],
        "does": [_TESTS] if routine.id == TEST else [_unquoted(plain(said, LONGEST)) for said in does],
        "by_event": any(isinstance(trigger, ByHouse) for trigger in spec.when),
        "made_by": "the house" if routine.safety else known.maker(routine.made_by),
        "mine": owned(routine, asker),
        "adopted_by": known.person(routine.adopted_by),
        "created": routine.created.isoformat(),
        "last": known.at(routine.last) if routine.last else None,
        "expires": known.at(routine.expires) if routine.expires else None,
        "next": [known.at(one) for one in due],
        "runs": routine.runs,
        "shadow_left": routine.shadow_left,
        "skips": sorted(map(str, routine.skips)),
        "can": list(can),
    }


def whole_json(routine: Routine, known: Known) -> dict[str, Json]:
    """Return what else there is to a routine: its rules in sentences, and all of it as it is written."""
    return {
        "rules": [plain(rule, LONGEST) for rule in _rules(routine, known)],
        "language": routine.language,
        "entry": routine.entry,
        "tainted": [plain(one) for one in routine.made_by.taint],
        "spec": shown(written(routine.spec)),
    }


def written(spec: Spec) -> dict[str, Json]:
    """Return a routine as a file would hold it."""
    return spec.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def run_json(run: Run, routine: Routine | None, known: Known, *, words: bool) -> dict[str, Json]:
    """Return a row of the history; where ``words`` of its routine are somebody else's, so is its reason.

    Where people were is theirs: what set off a routine that follows them is not told.
    """
    began = run.began
    late = (began - run.firing.due).total_seconds() if began is not None else 0.0
    trigger = _trigger(routine, run.firing.trigger)
    return {
        "id": run.id,
        "routine": run.routine,
        "name": plain(routine.spec.name) if routine is not None else run.routine,
        "due": known.at(run.firing.due),
        "until": known.at(run.until) if run.until else None,
        "began": began.isoformat() if began else None,
        "ended": run.ended.isoformat() if run.ended else None,
        "late_s": round(late) if late >= LATE_S else 0,
        "status": run.status,
        "reason": plain(run.reason, LONGEST) if words else "",
        "cause": "" if run.firing.asked_by or (trigger and _follows(trigger)) else plain(run.firing.cause, LONGEST),
        "by_hand": known.maker(run.firing.asked_by) if run.firing.asked_by else "",
        "times": run.times,
        "entries": list(run.entries),
    }


def worded(routine: Routine, asker: Asker) -> bool:
    """Return whether every word of a routine may be known to ``asker``."""
    hidden = any(isinstance(step, Says) and step.say == HIDDEN for step in routine.spec.do)
    return not hidden and seen(routine, asker).spec == routine.spec


def _seen(step: Step, mine: str) -> Step:
    if isinstance(step, Prompts):
        return step.model_copy(update={"prompt": HIDDEN, "gate": HIDDEN})
    if isinstance(step, Says) and (step.to == "me" or step.to.startswith("person:")) and step.to != mine:
        return step.model_copy(update={"say": HIDDEN})
    return step


def _unquoted(said: str) -> str:
    """Return a phrase so that what is hidden does not look as if it were said."""
    return said.replace(f': "{HIDDEN}"', " something")


def _trigger(routine: Routine | None, at: int) -> Trigger | None:
    when = routine.spec.when if routine is not None else ()
    return when[at] if 0 <= at < len(when) else None


def _follows(trigger: Trigger) -> bool:
    """Return whether what sets it off is where somebody is."""
    match trigger:
        case Presence():
            return True
        case Becomes():
            return follows(trigger.state)
        case Passes():
            return follows(trigger.number)
        case Holds():
            return bool(trigger.holds.home or trigger.holds.away) or any(map(follows, trigger.holds.states))
        case _:
            return False


def _rules(routine: Routine, known: Known) -> Iterable[str]:
    """Give what else decides whether it runs, a sentence each."""
    spec = routine.spec
    if spec.only_if:
        yield f"only {phrase(Holds(holds=spec.only_if), known.house.registry)}"
    if spec.quiet:
        yield f"not from {spec.quiet[0]} to {spec.quiet[1]}"
    if routine.skips:
        yield f"not on {', '.join(sorted(map(str, routine.skips)))}"
    if spec.cooldown:
        yield f"rests {spec.cooldown} after it ran"
    if routine.shadow_left:
        yield f"runs dry {_times(routine.shadow_left)} before it acts"
    yield from _ends(routine)
    if not routine.safety:
        yield _missed(spec)
        yield _OVERLAP[spec.overlap]


def _ends(routine: Routine) -> Iterable[str]:
    if routine.spec.max_runs:
        yield f"{_times(routine.spec.max_runs)} at most, {routine.runs} so far"
    for end in (routine.spec.until, routine.expires):
        if end is not None:
            yield f"until {end:%Y-%m-%d %H:%M}"


def _missed(spec: Spec) -> str:
    if spec.missed == "skip":
        return "what was missed is left out"
    often = "once" if spec.missed == "once" else "as often as it was"
    return f"what was missed is made up for, {often}, where it is not older than {spec.grace}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
