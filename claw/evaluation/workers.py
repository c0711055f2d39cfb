"""Cases run side by side, each worker a process of its own: what one case does to its process happens to no other.

A worker takes one case after another and is thrown away when it dies or when a case takes too long; the case it had is
then a case that failed, and the next one gets a fresh worker.
"""

import asyncio
import logging
import multiprocessing
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, cast

from claw.base.clock import Stopwatch, SystemClock
from claw.base.config import ModelConfig
from claw.base.errors import ClawError
from claw.evaluation.cases import Case, Homes, Unreadable
from claw.evaluation.score import Verdict, failed, score
from claw.evaluation.trial import live

PATIENCE_S = 240.0
"""How long one case may take; a model may be slow, and it is asked three times at most for each sentence."""

_LOOK_S = 1.0

Pipe = Any
"""One end of a pipe; what the standard library calls it differs by platform."""

Run = Callable[[Case, Homes, ModelConfig | None], Verdict]

Told = Callable[[Verdict], None]
"""Is told each verdict as it comes."""


def run_case(case: Case, homes: Homes, model: ModelConfig | None) -> Verdict:
    """Live through one case in this process and return its verdict; whatever goes wrong is that case's failure."""
    watch = Stopwatch()
    try:
        with tempfile.TemporaryDirectory(prefix="claw-eval-") as folder:
            verdict = score(case, asyncio.run(live(case, homes, Path(folder), model)))
    except ClawError as error:
        verdict = failed(case, str(error))
    except Exception as error:  # noqa: BLE001  one case ends here; the others know nothing of it
        verdict = failed(case, f"it crashed: {type(error).__name__}: {error}")
    return replace(verdict, seconds=round(watch.total() / 1000, 3))


def run_cases(
    cases: Sequence[Case | Unreadable],
    homes: Homes,
    model: ModelConfig | None,
    *,
    jobs: int,
    told: Told,
    patience_s: float = PATIENCE_S,
    run: Run | None = None,
) -> list[Verdict]:
    """Run ``cases`` in ``jobs`` processes and return their verdicts in the order of the cases.

    ``run`` is what a worker does with a case, ``run_case`` where none is given; a fresh process must be able to import
    it.
    """
    verdicts: dict[int, Verdict] = {}
    todo: deque[tuple[int, Case]] = deque()
    for at, case in enumerate(cases):
        if isinstance(case, Unreadable):
            verdicts[at] = failed(case, case.why)
            told(verdicts[at])
        else:
            todo.append((at, case))
    crew = _Crew((run or run_case, homes, model), min(jobs, len(todo)), patience_s)
    try:
        for at, verdict in crew.work(todo):
            verdicts[at] = verdict
            told(verdict)
    finally:
        crew.end()
    return [verdicts[at] for at in range(len(cases))]


@dataclass
class _Worker:
    """A process that runs cases, and the case that it has."""

    process: SpawnProcess
    pipe: Pipe
    has: tuple[int, Case] | None = None
    since: float = 0.0
    usable: bool = True


class _Crew:
    """The workers of one evaluation."""

    def __init__(self, given: tuple[Run, Homes, ModelConfig | None], size: int, patience_s: float) -> None:
        self._clock = SystemClock()
        self._context = multiprocessing.get_context("spawn")
        self._given = given
        self._patience_s = patience_s
        self._workers = [self._hire() for _ in range(size)]

    def work(self, todo: deque[tuple[int, Case]]) -> Iterator[tuple[int, Verdict]]:
        """Have everything done; give each verdict with the position of its case."""
        for worker in self._workers:
            self._hand(worker, todo)
        while any(worker.has for worker in self._workers):
            ready = wait([worker.pipe for worker in self._workers if worker.has], timeout=_LOOK_S)
            for at, worker in enumerate(self._workers):
                if worker.has is None:
                    continue
                number, case = worker.has
                verdict = self._heard(worker, case) if worker.pipe in ready else self._overdue(worker, case)
                if verdict is None:
                    continue
                worker.has = None
                if todo and not worker.usable:
                    self._dismiss(worker)
                    self._workers[at] = self._hire()
                self._hand(self._workers[at], todo)
                yield number, verdict

    def end(self) -> None:
        """End all workers."""
        for worker in self._workers:
            self._dismiss(worker)

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, *self._given), name="claw-eval", daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _hand(self, worker: _Worker, todo: deque[tuple[int, Case]]) -> None:
        if todo:
            worker.has, worker.since = todo.popleft(), self._clock.monotonic()
            with suppress(OSError):  # it is dead: that is noticed where its answer should be
                worker.pipe.send(worker.has[1])

    @staticmethod
    def _heard(worker: _Worker, case: Case) -> Verdict:
        try:
            return cast("Verdict", worker.pipe.recv())
        except (EOFError, OSError):
            worker.usable = False
            return failed(case, "the process it ran in died")

    def _overdue(self, worker: _Worker, case: Case) -> Verdict | None:
        if self._clock.monotonic() - worker.since <= self._patience_s:
            return None
        worker.usable = False
        worker.process.kill()
        return failed(case, f"it was not through after {self._patience_s:g} s")

    @staticmethod
    def _dismiss(worker: _Worker) -> None:
        worker.pipe.close()
        worker.process.kill()
        worker.process.join()


def _serve(pipe: Pipe, run: Run, homes: Homes, model: ModelConfig | None) -> None:
    """Run cases until nobody sends any; the first thing that runs in a worker."""
    logging.disable(logging.CRITICAL)  # a case is told by its verdict
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        while True:
            pipe.send(run(pipe.recv(), homes, model))
