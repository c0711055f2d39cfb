"""What every channel may ask about the stop, the pause and the drill; part of the desk that all channels share.

A reset says what goes on and what does not, before it is done and in its answer: a person who lifts a stop must not
have to guess what begins to move.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin, Pending
from claw.base.errors import Refused
from claw.channels.shown import shown
from claw.gate.answering import ADULTS
from claw.gate.confirm import Questions
from claw.gate.pause import Pause, PauseState
from claw.gate.stop import UNWATCHED, VOIDED, Stop, StopState
from claw.house.text import plain


class Stopping(Protocol):
    """What belongs to the stop beside its switch; the daemon has it."""

    pause: Pause

    def status(self) -> dict[str, Json]:
        """Return how all of it stands."""
        ...


class Drills(Protocol):
    """What proves the stop; the daemon has it."""

    @property
    def last(self) -> Json:
        """The figures of the last drill and when it was, None where there was none."""
        ...

    async def run(self) -> dict[str, Json]:
        """Trip a switch of its own under load, log the figures and return them; raises Unavailable during another."""
        ...


class Switching:
    """Answers about the switch; who may is settled here for all channels."""

    def __init__(
        self,
        stop: Stop,
        stopping: Stopping,
        drills: Drills,
        questions: Questions,
        audit: AuditLog,
    ) -> None:
        self._stop = stop
        self._drills = drills
        self._stopping = stopping
        self._questions = questions
        self._audit = audit

    @property
    def paused(self) -> list[Callable[[PauseState], None]]:
        """Who is told when a pause begins or ends."""
        return self._stopping.pause.told

    def status(self) -> dict[str, Json]:
        """Return the switch, what belongs to it, and what a reset would let go on; None where nothing is stopped."""
        return {
            "stop": self.shown(self._stop.state()),
            "stopping": shown(self._stopping.status()),
            "pause": shown(self._stopping.pause.state()),
            "drill": shown(self._drills.last),
        }

    def shown(self, state: StopState) -> dict[str, Json]:
        """Return the switch as a channel shows it: with what is not watched meanwhile and what a reset lets go on."""
        meanwhile = {"unwatched": UNWATCHED} if state.engaged else {}
        return {**shown(state), **meanwhile, "resumes": self.preview() if state.engaged else None}

    def preview(self) -> list[str]:
        """Return in plain sentences what a reset lets go on, and what it does not."""
        waiting = self._questions.waiting()
        lines = ["Claw may move things again when it is asked to; the link to the house opens for acts."]
        lines.append("Nothing that was cut or refused is done again.")
        lines.append("Safety routines watch for smoke, gas, carbon monoxide, water and frost again.")
        if waiting:  # not their texts: this is shown to whoever may see that Claw is stopped
            what = "1 waiting question is" if len(waiting) == 1 else f"{len(waiting)} waiting questions are"
            lines.append(f"{what} void: ask again.")
        lines.append("Programs that were killed are not started again by the reset.")
        pause = self._stopping.pause.state()
        if pause.paused:
            lines.append(
                "Claw stays paused" + (f" until {pause.until}." if pause.until else " until somebody resumes it.")
            )
        return lines

    def stop(self, reason: str, origin: Origin) -> dict[str, Json]:
        """Engage the kill switch; it holds before anything is written."""
        return self.shown(self._stop.engage(plain(reason, 200) or "no reason given", origin))

    async def reset(self, reason: str, origin: Origin, *, console: bool) -> dict[str, Json]:
        """Release the kill switch; raises Refused when this origin may not, or without a reason."""
        adult, times = self._adult(origin), self._stop.times
        why = plain(reason, 200)
        if adult and not console and origin.strength in {None, "tap"}:
            # A token lies in a file: whatever runs here may read it, and no program decides that it is safe to go on.
            raise Refused(
                "a stop is reset on a page that somebody signed in to, or with `claw reset`; not with a token"
            )
        self._stop.may_reset(why, console=console, adult=adult)
        resumes = self.preview()
        voided: Sequence[Pending] = self._questions.waiting()
        row: dict[str, Json] = {
            "reason": why,
            "console": console,
            "resumes": list(resumes),
            "void": [one.id for one in voided],
        }
        await self._audit.append("reset", row, origin=origin)
        # Before the switch: a question must not find the house open for the moment in between.
        self._questions.void_denied(lambda _: VOIDED)
        self._stop.reset(why, console=console, adult=adult, times=times)
        return {**shown(self._stop.state()), "resumes": resumes}

    async def pause(self, reason: str, origin: Origin, seconds: float | None) -> dict[str, Json]:
        """Do nothing new for a while; raises Refused for a wrong length, Broken when it cannot be kept."""
        state = self._stopping.pause.begin(plain(reason, 200), origin, seconds)
        await self._audit.append("pause", shown(state), origin=origin)
        return shown(state)

    async def resume(self, reason: str, origin: Origin, *, console: bool) -> dict[str, Json]:
        """Go on after a pause; raises Refused unless an adult of the household asks, or the console."""
        if not console and not self._adult(origin):
            raise Refused("an adult of the household can end a pause")
        if not self._stopping.pause.state().paused:
            raise Refused("it is not paused")
        await self._audit.append("resume", {"reason": plain(reason, 200), "console": console}, origin=origin)
        self._stopping.pause.end()
        return shown(self._stopping.pause.state())

    async def drill(self, origin: Origin) -> dict[str, Json]:
        """Prove the stop on a switch of its own; raises Refused for a child or nobody, who could ask all day."""
        if not self._adult(origin) and origin.channel != "cli":
            raise Refused("an adult of the household can ask for a drill")
        return shown(await self._drills.run())

    def _adult(self, origin: Origin) -> bool:
        return origin.authenticated and self._questions.role(origin.person) in ADULTS
