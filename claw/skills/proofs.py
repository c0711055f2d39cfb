"""Proofs beside everything else: one at a time, cut short by the stop, caught up with after a restart.

A green proof moves a draft on: what was learned or shown then runs dry beside the ordinary way; what was imported or
written by hand waits for an owner, however green it is.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from claw.base.action import SYSTEM, Message, Origin
from claw.base.errors import ClawError, Refused
from claw.gate.follow import address
from claw.skills.ground import Ground, called
from claw.skills.life_words import sentence
from claw.skills.model import Draft, Report, Skill, Standing

logger = logging.getLogger(__name__)

BY_ITSELF = frozenset({"learned", "shown"})
"""How a skill came about that may run dry as soon as its proof is green."""
MOST_WAITING = 20

Ready = Callable[[Skill, Draft, Origin, bool], Awaitable[object]]
"""Is told of a skill whose proof is green: what it is, where from, who asked, and whether in so many words."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    name: str
    draft: Draft
    origin: Origin
    asked: bool


class Proofs:
    """Proves skills and keeps what came of it; used from the event loop only."""

    def __init__(self, ground: Ground) -> None:
        self._in = ground
        self._waiting: deque[_Waiting] = deque(maxlen=MOST_WAITING)
        self._work: asyncio.Task[None] | None = None
        self._one = asyncio.Lock()
        self._tried: set[tuple[str, str]] = set()
        self.ready: list[Ready] = []
        """Called once a learned skill begins to run dry."""

    def soon(self, draft: Draft, origin: Origin, *, asked: bool) -> None:
        """Prove what was just written, and tell whoever ``asked`` what came of it."""
        self._put(_Waiting(draft.name, draft, origin, asked))

    def catch_up(self, *, anew: bool = False) -> None:
        """Prove learned drafts whose proof was cut short, each once until that is begun ``anew``."""
        if anew:
            self._tried.clear()
        for standing in self._in.standings.all():
            key = (standing.name, standing.hash)
            if standing.state == "draft" and standing.made in BY_ITSELF and key not in self._tried:
                skill = self._in.library.get(standing.name)
                if skill is not None and not skill.problems and self._in.standings.report(*key) is None:
                    draft = Draft(standing.name, {}, standing.made, standing.people, skill.description)
                    whose = replace(SYSTEM, person=next(iter(standing.people), None))
                    self._put(_Waiting(standing.name, draft, whose, asked=False))

    async def prove(self, name: str, origin: Origin) -> Report:
        """Prove a skill now, keep the report and move it on where all of it held.

        Raises Refused where there is none, Unavailable where nothing can be proved now.
        """
        async with self._one:
            skill = self._in.library.read(name)
            self._tried.add((name, skill.hash))
            report = await self._in.prover.prove(skill, self._in.traces(name))
            self._in.standings.proved(report)
            standing = self._in.standings.of(name)
            if standing is not None and standing.hash == report.hash:
                await self._moved_on(skill, standing, report, origin)
            return report

    def stop(self) -> None:
        """End the proof that is under way, and those that wait: the next start, or look, begins them anew."""
        self._waiting.clear()
        self._tried.clear()
        if self._work is not None:
            self._work.cancel()

    async def close(self) -> None:
        """End what is under way."""
        self.stop()
        if self._work is not None:
            await asyncio.gather(self._work, return_exceptions=True)

    def _put(self, waiting: _Waiting) -> None:
        if any(one.name == waiting.name for one in self._waiting):
            return
        self._waiting.append(waiting)
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._all(), name="proofs of skills")

    async def _all(self) -> None:
        while self._waiting:
            one = self._waiting.popleft()
            try:
                await self._prove(one)
            except ClawError as error:
                logger.warning("The skill %s cannot be proved now: %s", one.name, error)
            except Exception:
                # The boundary of the task: what one proof runs into must not keep the others from theirs.
                logger.exception("The proof of the skill %s broke off", one.name)

    async def _prove(self, one: _Waiting) -> None:
        report = await self.prove(one.name, one.origin)
        standing, skill = self._in.standings.of(one.name), self._in.library.get(one.name)
        if standing is None or skill is None or standing.hash != report.hash:
            return
        if report.green and standing.state == "shadow":
            for tell in self.ready:
                await tell(skill, one.draft, one.origin, one.asked)
        elif one.asked and not report.green:
            language = one.origin.language or self._in.language
            text = sentence(language, "failed", name=called(one.name), why=_failing(report))
            await self._in.tell(Message(address(one.origin), text))

    async def _moved_on(self, skill: Skill, standing: Standing, report: Report, origin: Origin) -> None:
        by = origin if origin.person is not None and origin.channel != SYSTEM.channel else None
        if not report.green:
            if standing.state == "draft":
                self._in.standings.put(standing, "failed", f"its proof failed: {_failing(report)}", origin=by)
            return
        if standing.state != "draft":
            return
        if skill.problems:
            self._in.standings.put(standing, "proved", skill.problems[0], origin=by)
            return
        why = f"its proof is green ({len(report.cases)} cases)"
        tested = await self._in.standings.raised(replace(standing, state="tested"), "tested", why, by)
        if tested.made in BY_ITSELF:
            why = "it runs dry beside the ordinary way until it agrees three times, or an owner says yes"
            await self._in.standings.raised(replace(tested, state="shadow", agreed=0), "shadow", why, by)


def _failing(report: Report) -> str:
    failed = report.failed()
    if not failed:
        return "nothing of it could be tried"
    first = f"{failed[0].name}: {failed[0].why}" if failed[0].why else failed[0].name
    return first if len(failed) == 1 else f"{first} (and {len(failed) - 1} more)"


def check_green(ground: Ground, standing: Standing) -> None:
    """Raise Refused, with a sentence, unless the bytes of ``standing`` were proved and all of it held."""
    if standing.made == "shipped":
        return  # proved before it was shipped, and by its lock it is that
    report = ground.standings.report(standing.name, standing.hash)
    if report is None:
        raise Refused(f'"{called(standing.name)}" has not been proved yet: have it proved first')
    if not report.green:
        raise Refused(f'"{called(standing.name)}" does not pass its proof: {_failing(report)}')
