"""What is told of a program: as far as it has come, at its end, and where it broke off by itself."""

from typing import Any

from claw.base.action import Json
from claw.program.events import Ended, Failed
from claw.program.job import Job
from claw.program.looks import Shown
from claw.program.ran import Problem, ProblemKind, Ran
from claw.program.segment import Segments

_LIMITS = frozenset({"limit", "crashed", "MemoryError", "TimeoutError", "RecursionError"})


def over(job: Job, event: Ended | Failed) -> Ran:
    """Return what came of a program that came to its end, or broke off by itself."""
    if isinstance(event, Ended):
        value = _opened(job, event.value)
        return ran_of(job, value=value, printed=event.printed)
    line = f" (line {event.line})" if event.line else ""
    kind: ProblemKind = "limit" if event.kind in _LIMITS else "halted" if event.kind == "abandoned" else "failed"
    text = event.message if kind != "failed" else f"{event.kind}: {event.message}{line}"
    return ran_of(job, printed=event.printed, problem=Problem(kind, text))


def ran_of(job: Job, **more: Any) -> Ran:
    """Return what came of a program so far; ``more`` are the other fields of a ``Ran``."""
    did, shown = tuple(job.outcomes), tuple(job.shown)
    calls = tuple(job.calls)
    return Ran(job.id, outcomes=did, shown=shown, taint=job.origin.taint, calls=calls, entry=job.entry, **more)


def _opened(job: Job, value: Json) -> Json:
    """Return what a program returned; texts that it could not read itself are shown instead."""
    match value:
        case {"handle": str(handle), **rest} if not rest and handle in job.tape.texts:
            found = job.tape.text(handle)
            job.origin = Segments.origin(job, (found.source,))
            shown = Shown(found.source, found.text)
            if shown not in job.shown:
                job.shown.append(shown)
            return None
        case dict():
            return {key: _opened(job, one) for key, one in value.items()}
        case list():
            return [_opened(job, one) for one in value]
        case _:
            return value
