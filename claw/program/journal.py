"""What the log holds of a program: who wrote it from what, what it would have done, and what each line led to.

A program is the reason for every act of it, so it stands above them: requests, intents and refusals of its run name its
entry as their parent, and whoever reads the log finds it from any of them.  Its source is under the payload, which can
be erased.  There is no hash of the source beside it: one could try codes against that until it fits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from claw.audit.log import AuditLog
from claw.base.action import Json
from claw.gate.plan import logged, without_codes
from claw.program.events import Call
from claw.program.job import Job
from claw.program.ran import Problem, Written
from claw.program.rehearse import Rehearsal

PROGRAM, REHEARSAL, CALLS, ENDED = "program", "rehearsal", "calls", "ended"
"""The kinds of entries that a program leaves, beside those of its acts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a program in its run, and the entries of the log that came of it."""

    call: Call
    entries: Sequence[int] = ()


class Journal:
    """Writes down programs; used from the event loop only."""

    def __init__(self, audit: AuditLog, versions: Callable[[], Mapping[str, str]]) -> None:
        """``versions`` are the hashes of the rules in force."""
        self._audit = audit
        self._versions = versions

    async def begins(self, job: Job, written: Written) -> int:
        """Write down a program of which nothing has run, and return its number once it is on disk.

        Raises Broken where the disk does not take it.
        """
        payload = {"run": job.id, "said": without_codes(job.said), "source": without_codes(job.source)}
        if written.skill:
            payload |= {"skill": written.skill, "version": written.version}
        by = {"prompt": written.prompt, "model": written.model, "skill": written.hash}
        versions = {**self._versions(), **{name: known for name, known in by.items() if known}}
        return await self._audit.append(PROGRAM, payload, origin=job.origin, parent=written.entry, versions=versions)

    def rehearsed(self, job: Job, rehearsal: Rehearsal) -> None:
        """Write down what a segment would do, before it is judged; on disk before the first act of it is."""
        acts = zip(rehearsal.lines, rehearsal.actions, strict=True)
        self._note(job, REHEARSAL, {"acts": [{"line": line, "action": logged(action)} for line, action in acts]})

    def called(self, job: Job, steps: Iterable[Step]) -> None:
        """Write down what a segment called in its run, folded by place: a loop is one row, however often it turns."""
        places: dict[tuple[int, str], dict[str, Json]] = {}
        for step in steps:
            place = (step.call.span.line, step.call.name)
            known = places.setdefault(place, {"line": place[0], "call": place[1], "times": 0, "entries": []})
            known["times"] += 1
            known["entries"] += [number for number in step.entries if number not in known["entries"]]
        if places:
            self._note(job, CALLS, {"calls": list(places.values())})

    def ended(self, job: Job, problem: Problem | None) -> None:
        """Write down that a program is over, and what was wrong with it."""
        said = {} if problem is None else {"why": without_codes(problem.text)}
        self._note(job, ENDED, {"how": problem.kind if problem else "ended", **said})

    def _note(self, job: Job, kind: str, payload: Mapping[str, Json]) -> None:
        self._audit.note(
            kind, {"run": job.id, **payload}, origin=job.origin, parent=job.entry, versions=self._versions()
        )
