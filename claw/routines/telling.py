"""What is told of an act on a routine: one sentence, and of a new one all that it will do and when.

It is read back from what is kept, never from what was said, so that who hears it hears what will happen.
"""

from collections.abc import Sequence
from datetime import datetime

from claw.house.model import House, Registry
from claw.house.text import quoted
from claw.routines.acts import ADOPT, PAUSE, REMOVE, RESUME, RUN, SKIP
from claw.routines.checking import sentence
from claw.routines.model import Routine, Run
from claw.routines.place import place_of
from claw.routines.wording_do import deed
from claw.routines.wording_when import moment, phrases

UNKNOWN = "There is no such routine."
RELEASED = "It goes on from now, and stays whose it is."
"""What an owner hears who let one go on that waits, and that says something in words for somebody else."""
_MOST_NAME = 60

_DONE = {
    PAUSE: "{name} is paused.",
    RESUME: "{name} is on again.",
    REMOVE: "{name} is removed.",
    ADOPT: "{name} is yours now.",
    RUN: "{name} runs now.",
}
_CAME = {
    "done": "{name} is done.",
    "shadow": "{name} ran dry.",
    "asked": "{name} asks first.",
    "failed": "{name} failed.",
    "refused": "{name} was refused.",
    "held": "{name} was held back.",
    "skipped": "{name} did nothing.",
    "unknown": "What became of {name} is not known.",
}


def done(action: str, routine: Routine, now: datetime, registry: Registry) -> str:
    """Return what is told once ``action`` was done to ``routine``."""
    name = quoted(routine.spec.name, _MOST_NAME)
    if action == SKIP:
        today = place_of(registry).wall(now).date()
        days = [f"{day:%a} {day.day} {day:%b}" for day in sorted(routine.skips) if day >= today]
        return f"{name} does not run on {_listed(days)}." if days else f"{name} skips no day."
    return _DONE.get(action, "{name} is set up.").format(name=_capital(name))


def back(routine: Routine, coming: Sequence[datetime], now: datetime, house: House) -> str:
    """Return all that a routine does: when, what, its next firings, and what is special about how it stands."""
    registry = house.registry
    told = f"{phrases(routine.spec, registry)}: {deed(routine.spec.do, house)}"
    found = [f"{_capital(told)}."]
    if coming:
        found.append(f"Next: {', '.join(moment(due, now, registry) for due in coming)}.")
    if problem := place_of(registry).problem:
        found.append(sentence(problem))
    if routine.state == "waiting":
        found.append(sentence(f"it waits: {routine.why}"))
    elif routine.state == "shadow":
        times = "once" if routine.shadow_left == 1 else f"{routine.shadow_left} times"
        found.append(f"It runs dry {times} first, and says what it would have done.")
    elif routine.state == "paused":
        found.append("It is still paused.")
    if routine.expires is not None:
        found.append(f"It ends {moment(routine.expires, now, registry)}, unless somebody who lives here takes it over.")
    return " ".join(found)


def begun(routine: Routine) -> str:
    """Return what is told of a run that has not ended yet."""
    return f"{_capital(quoted(routine.spec.name, _MOST_NAME))} has begun and goes on."


def ran(routine: Routine, run: Run) -> str:
    """Return what came of a run, with the reason."""
    name = quoted(routine.spec.name, _MOST_NAME)
    told = _CAME.get(run.status, "{name} has begun.").format(name=name)
    return _capital(told if not run.reason else f"{told} {sentence(run.reason)}")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
