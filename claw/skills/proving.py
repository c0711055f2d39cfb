"""The proof of a skill: what it does in a house that is thrown away, before any real thing may move by it.

Its own tests, the requests it was made of, houses in trouble, a second run, the way back, its program with something
wrong in it, and its phrases among everybody else's.  The house is simulated, but gate, log, rules, sandbox and rights
are the ones that a real run goes through (``claw/daemon/proving.py``).  What is not shown here is not promised.
"""

import asyncio
from collections.abc import Callable, Sequence

from claw.base.action import Json
from claw.base.clock import Stopwatch, SystemClock, Timer, within
from claw.house.model import House
from claw.skills.model import Case, Report, Skill, Trace
from claw.skills.proof import Effort, Pause, Proof, Step, Way
from claw.skills.proving_ground import Asked, Fault, ProvingHouse, Seen, Sentences, Setting

__all__ = ["FULL", "TENTH", "Asked", "Effort", "Fault", "Prover", "ProvingHouse", "Seen", "Sentences", "Setting"]

FULL = Effort()
"""All houses in trouble and all mutants."""
TENTH = Effort(0.1)
"""A tenth of both, always the same one for one version: for a quick look."""
LONGEST_S = 900.0
"""Seconds of one proof: some hundred programs, each of which may take as long as the sandbox lets it."""
SHOWN = 20
"""Cases that did not hold, as a report shows them."""


_REAL = SystemClock()


class Prover:
    """Proves skills, each for itself."""

    def __init__(
        self,
        proving: ProvingHouse,
        sentences: Sentences,
        effort: Effort = FULL,
        *,
        halted: Callable[[], bool] = lambda: False,
        step: Step = lambda _kind, _name: None,
        pause: Pause = lambda: asyncio.sleep(0),
        timer: Timer = _REAL,
    ) -> None:
        """``halted`` tells whether the stop came, ``step`` is told of progress, ``pause`` is waited for before runs."""
        self._way = Way(proving, sentences, effort, halted, step, pause)
        self._timer = timer

    async def prove(self, skill: Skill, traces: Sequence[Trace] = (), house: House | None = None) -> Report:
        """Return what the proof found; ``house`` is used in place of the household's.

        Raises Unavailable when the stop came or nothing can be run here; what is wrong with the skill is in the report.
        """
        watch = Stopwatch()
        proof = Proof(self._way, skill, house or await self._way.proving.home())
        work = asyncio.ensure_future(proof.whole(traces))
        ended = await within(self._timer, LONGEST_S, work)
        why = f"it takes longer than {LONGEST_S / 60:g} minutes"
        cases = work.result() if ended else [Case("trouble", "its proof", held=False, why=why)]
        return Report(skill.name, skill.version, skill.hash, tuple(cases), round(watch.total(), 1))


def report_json(report: Report) -> dict[str, Json]:
    """Return a report as plain JSON: how many cases of each kind held, what failed and why, and how long it took."""
    kinds: dict[str, dict[str, int]] = {}
    for case in report.cases:
        row = kinds.setdefault(case.kind, {"held": 0, "failed": 0})
        row["held" if case.held else "failed"] += 1
    failed = [{"kind": case.kind, "name": case.name, "why": case.why} for case in report.failed()[:SHOWN]]
    return {
        "name": report.name,
        "version": report.version,
        "hash": report.hash,
        "green": report.green,
        "cases": len(report.cases),
        "kinds": kinds,
        "failed": failed,
        "ms": report.ms,
    }
