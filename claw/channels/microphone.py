"""A microphone of this machine: a child process hears with it, and what it hears is said to Claw as from any ear.

Sound does not stay here: a clip comes out of the child, goes to the transcriber, and is let go of.  What was said goes
through ``Hearing`` like the words of every satellite, so it is nobody's; the place is what the configuration says.
While Claw itself sounds in the room, a wake word cuts it, and without one only a stop gets through.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress

from claw.base.action import Json
from claw.base.clock import Clock, Timer
from claw.base.config_voice import MicrophoneConfig
from claw.base.errors import ClawError, Unavailable
from claw.channels.microphone_turns import OWN_CUE, Turns, Ways
from claw.house.text import plain
from claw.voice.child import SOUND, Child
from claw.voice.frames import BadFrame, Frame
from claw.voice.model import LONGEST_S, Audio

logger = logging.getLogger(__name__)

CHILD = "claw.voice.listening_child"
STARTS_IN_S = 20.0
SILENT_S = 15.0
"""The child says that it is alive every five seconds of sound."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
STEADY_S = 60.0
"""Who listened for so long did not fail at once: the next try comes soon again."""
LONGEST_REASON = 400


class Microphone:
    """One microphone; ``run`` is its task."""

    def __init__(
        self,
        config: MicrophoneConfig,
        ways: Ways,
        clock: Clock,
        timer: Timer,
        start: Callable[[], Awaitable[Child]] | None = None,
    ) -> None:
        """``start`` makes another child process than the usual one."""
        self._config = config
        self._turns = Turns(config, ways, clock)
        self._clock = clock
        self._timer = timer
        self._start = start or (lambda: Child.start(CHILD, keep=SOUND))
        self._state = "starting"
        self._sounding = 0
        self._told: asyncio.Queue[Frame] = asyncio.Queue()
        self.satellite = self._turns.satellite

    @property
    def state(self) -> str:
        """How it does, in a word or a sentence: ``listening``, ``starting``, or what is wrong."""
        return self._state

    @contextmanager
    def sounding(self) -> Generator[None]:
        """While inside, Claw itself sounds near: only the wake word, or a stop, is heard."""
        if OWN_CUE.get():  # the detector takes no tone for speech, and a person speaks on over it
            yield
            return
        self._sounding += 1
        if self._sounding == 1:
            self._told.put_nowait(Frame("speaking"))
        try:
            yield
        finally:
            self._sounding -= 1
            if not self._sounding:
                self._told.put_nowait(Frame("spoke", {"listen_s": self._turns.follow_up()}))

    async def run(self) -> None:
        """Listen until cancelled; what goes wrong is told by ``state`` and tried again."""
        pause = FIRST_PAUSE_S
        try:
            while True:
                began = self._clock.monotonic()
                problem = await self._once()
                if problem != self._state:
                    logger.warning("The microphone %s does not listen: %s", self._config.id, problem)
                self._state = problem
                if self._clock.monotonic() - began > STEADY_S:
                    pause = FIRST_PAUSE_S
                await self._timer.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
        finally:
            await self._turns.close()

    async def _once(self) -> str:
        """Listen with one child to its end; return what went wrong."""
        child: Child | None = None
        telling: asyncio.Task[None] | None = None
        try:
            child = await self._start()
            await child.send(Frame("settings", self._settings()))
            self._told = asyncio.Queue()
            if self._sounding:
                self._told.put_nowait(Frame("speaking"))
            telling = asyncio.ensure_future(self._tell(child, self._told))
            return await self._follow(child)
        except BadFrame:
            return "its process says what makes no sense"
        except ClawError as error:
            return plain(str(error), LONGEST_REASON)
        finally:
            self._turns.nobody()
            if telling is not None:
                telling.cancel()
                await asyncio.gather(telling, return_exceptions=True)
            if child is not None:
                await child.end(self._timer)

    def _settings(self) -> dict[str, Json]:
        wake = self._config.wake
        return {
            "command": list(self._config.command),
            "wake": None if wake is None else {"words": list(wake.words), "server": wake.server},
        }

    @staticmethod
    async def _tell(child: Child, told: "asyncio.Queue[Frame]") -> None:
        with suppress(Unavailable):  # who reads from it notices too
            while True:
                await child.send(await told.get())

    async def _follow(self, child: Child) -> str:
        """Do what the child tells until it ends; return why it did.  Raises Unavailable, BadFrame."""
        idle = STARTS_IN_S
        while (frame := await child.read(self._timer, idle)) is not None:
            idle = SILENT_S
            if frame.type == "problem":
                return plain(str(frame.data.get("text")), LONGEST_REASON)
            if frame.type == "ready":
                self._state = "listening"
            self._take(frame)
        return "its process ended"

    def _take(self, frame: Frame) -> None:
        """Do what one frame tells; that it is alive needs nothing done."""
        turns, over = self._turns, bool(frame.data.get("over"))
        match frame.type:
            case "wake":
                turns.woken()
            case "stop":
                turns.stopped()
            case "started":
                turns.started()
            case "paused":
                turns.paused(_audio(frame), over=over)
            case "resumed":
                turns.resumed()
            case "clip":
                turns.ended(_audio(frame), _seconds(frame.data.get("quiet_s")), over=over)
            case "nobody":
                turns.nobody()
            case _:
                pass


def _audio(frame: Frame) -> Audio:
    return Audio(frame.payload[: len(frame.payload) & ~1], truncated=bool(frame.data.get("cut")))


def _seconds(said: Json) -> float:
    return min(float(said), LONGEST_S) if isinstance(said, (int, float)) and said > 0 else 0.0
