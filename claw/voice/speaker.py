"""Claw's voice: says something where it belongs, by the best loudspeaker that is there, one thing at a time.

Whatever leaves here is harmless and short (``speech_text.py``), is known to ``Echo`` before it sounds, and is silenced
at once by a bare stop and by the kill switch.  While Claw is stopped it says nothing but that.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from claw.base.clock import Timer, within
from claw.base.erasure import Erasure
from claw.base.errors import ClawError, UnknownOutcome
from claw.gate.stop import Stop
from claw.voice.model import Cue, Satellite, Stages
from claw.voice.speech_text import Clean, spoken
from claw.voice.speech_ways import MICROPHONE, Saying, Way, Ways

logger = logging.getLogger(__name__)

MOST_WAITING, MOST_URGENT = 4, 12
"""Things that wait for one loudspeaker; more would be said when nobody knows any more what they were about."""
LONGEST_S = 75.0
"""What takes longer to be said than this is given up."""

Sounding = Callable[[], AbstractContextManager[None]]
"""Gives a context inside of which an ear knows that Claw itself sounds near it."""


@dataclass
class _Mouth:
    """One loudspeaker in use: who speaks now, whether that is urgent, and how many wait."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    now: "_Now | None" = None


@dataclass(eq=False)
class _Now:
    """What is being said by one loudspeaker; ``begun`` once it sounds, ``cut`` by whom it was ended before its end."""

    way: Way
    text: str
    urgent: bool
    task: asyncio.Task[None]
    begun: bool = False
    cut: Literal["", "person", "other"] = ""


class Speaker:
    """Says things; one for the daemon.  ``echo`` are told every text before it sounds."""

    def __init__(self, ways: Ways, clean: Clean, stop: Stop, timer: Timer) -> None:
        """``clean`` makes text harmless.  From here on the stop silences everything."""
        self.ways = ways
        self.echo: list[Callable[[str], None]] = []
        self._clean = clean
        self._stop = stop
        self._timer = timer
        self._mouths: dict[str, _Mouth] = {}
        self._ears: list[tuple[Satellite, Sounding]] = []
        self._dropped = 0
        stop.hooks.append(self.silence)

    def heard_by(self, satellite: Satellite, sounding: Sounding) -> None:
        """Let an ear know when Claw sounds near it: through its own loudspeaker, or in its room."""
        self._ears.append((satellite, sounding))

    async def say(
        self,
        text: str,
        where: Satellite | str,
        *,
        urgent: bool = False,
        cue: Cue = "none",
        language: str | None = None,
        stages: Stages | None = None,
        chime: bool = False,
    ) -> bool:
        """Say ``text`` at a satellite or in an area, and return whether it was heard there, if only in part.

        A microphone of this machine sounds ``cue``: ``done`` instead of the words, any other before them.  A text may
        be empty.  What is urgent interrupts what is not.  Never raises for what a loudspeaker does.
        """
        ways = self.ways.of(where) if isinstance(where, Satellite) else self.ways.in_room(where)
        stopped = cue == "stopped"
        if self._stop.engaged and not stopped:
            text, cue = "", "stopped"  # it says nothing, but it is no riddle either
        own = self.ways.microphone(where) if isinstance(where, Satellite) else None
        begins = partial(stages.mark, "said") if stages is not None else _nothing
        sound = Saying(cue=cue, urgent=urgent, begins=begins)
        if cue != "none" and own is not None and await self._tried(own, sound) and cue == "done":
            return True
        return await self._through(ways, Saying(text, language, chime, begins, urgent=urgent, stopped=stopped))

    async def everywhere(self, text: str) -> bool:
        """Say ``text`` in every room at once, before anything else; return whether it was heard in any."""
        saying = Saying(text, chime=True, urgent=True)
        rooms = self.ways.everywhere()
        return any(await asyncio.gather(*(self._through(ways, saying) for ways in rooms)))

    async def _through(self, ways: Iterable[Way], saying: Saying) -> bool:
        """Say it by the first of ``ways`` that can."""
        saying = replace(saying, text=spoken(saying.text, self._clean))
        for way in ways if saying.text else ():
            if self._stop.engaged and not saying.stopped:
                return False
            heard = await self._tried(way, saying) if way.ready() else False
            if heard is not False:
                return heard is True
        return False

    async def _tried(self, way: Way, saying: Saying) -> bool | None:
        """Return whether it was heard by this loudspeaker; None where it was not, and no other one is to say it."""
        try:
            return await self._by(way, saying)
        except UnknownOutcome as error:
            logger.warning("Nobody knows whether %s said it: %s", way.name, error)
            return None  # by another it would be said twice
        except ClawError as error:
            logger.warning("%s does not speak: %s", way.name, error)
            return False

    def speaks(self, satellite: Satellite) -> bool:
        """Return whether something is being said where this satellite is."""
        return any(self._near(now.way, satellite) for now in self._present())

    def cut(self, satellite: Satellite) -> bool:
        """End what is being said at a satellite and in its room; return whether something was."""
        found = [now for now in self._present() if self._near(now.way, satellite)]
        self._end(found, by_person=True)
        return bool(found)

    def silence(self) -> None:
        """End everything that is being said: a hook of the stop, which ends players by itself and closes the house."""
        for now in self._present():
            now.cut = "other"
            now.task.cancel()

    def erase(self, erasure: Erasure) -> int:
        """Say nothing any more of what is to be forgotten, nor of what waits, whatever it is."""
        gone = [now for now in self._present() if erasure.means(now.text)]
        waiting = sum(mouth.waiting for mouth in self._mouths.values()) - len(self._present())
        self._end(gone)
        self._dropped += 1
        return len(gone) + max(0, waiting)

    async def close(self) -> None:
        """End everything that is being said, and wait for that."""
        found = self._present()
        self.silence()
        await asyncio.gather(*(now.task for now in found), return_exceptions=True)
        await self.ways.close()

    async def _by(self, way: Way, saying: Saying) -> bool | None:
        """Say it by one loudspeaker when it is its turn; return whether it was heard, raises ClawError.

        None where somebody cut it, or something more urgent did.
        """
        mouth = self._mouths.setdefault(way.name, _Mouth())
        if mouth.waiting >= (MOST_URGENT if saying.urgent else MOST_WAITING):
            return False
        if saying.urgent and mouth.now is not None and not mouth.now.urgent:
            self._end([mouth.now])
        since = (self._stop.times, self._dropped)
        mouth.waiting += 1
        try:
            async with mouth.lock:
                if (self._stop.times, self._dropped) != since:
                    return None  # it waited through a stop: nobody wants to hear it any more
                return await self._now(mouth, way, saying)
        finally:
            mouth.waiting -= 1
            if not mouth.waiting:
                self._mouths.pop(way.name, None)

    async def _now(self, mouth: _Mouth, way: Way, saying: Saying) -> bool | None:
        for told in self.echo if saying.text else ():
            told(saying.text)
        with ExitStack() as ears:
            self._deafen(ears, way)
            begins = saying.begins

            def begun() -> None:
                now.begun = True
                begins()

            task = asyncio.get_running_loop().create_task(way.speak(replace(saying, begins=begun)))
            now = mouth.now = _Now(way, saying.text, saying.urgent, task)
            try:
                if await within(self._timer, LONGEST_S, task):
                    return True
            except (asyncio.CancelledError, ClawError):  # a player that is cut says that it failed
                if not now.cut or cancelled():
                    raise
            finally:
                mouth.now = None
            if now.cut:
                return True if now.cut == "person" and now.begun else None
            way.cut()
            raise UnknownOutcome("it took too long")

    def _deafen(self, ears: ExitStack, way: Way) -> None:
        for satellite, sounding in self._ears:
            if self._near(way, satellite):
                ears.enter_context(sounding())

    def _present(self) -> list[_Now]:
        return [mouth.now for mouth in self._mouths.values() if mouth.now is not None]

    @staticmethod
    def _near(way: Way, satellite: Satellite) -> bool:
        own = f"{MICROPHONE}:{satellite.id}" if satellite.source == MICROPHONE else satellite.entity
        return way.name == own or (satellite.place is not None and way.place == satellite.place)

    @staticmethod
    def _end(found: Iterable[_Now], *, by_person: bool = False) -> None:
        for now in found:
            now.cut = "person" if by_person else "other"
            now.way.cut()
            now.task.cancel()


def cancelled() -> bool:
    """Return whether the present task is to end, and not only something it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _nothing() -> None: ...
