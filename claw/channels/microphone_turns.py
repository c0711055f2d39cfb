"""From a clip of sound to an answer that sounded: the commands of one microphone, each in a task of its own.

Several may be under way at once: whoever said something slow may say "stop" after it.  A command that seems over is
turned into text before it is certain that it is, and that guess is let go of where somebody only took a breath.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from claw.base.clock import Clock
from claw.base.config_voice import MicrophoneConfig
from claw.base.errors import ClawError
from claw.voice.model import Answer, Audio, Cue, Ear, Heard, Hears, Satellite, Stages, Utterance
from claw.voice.transcriber import Enough

logger = logging.getLogger(__name__)

FOLLOW_UP_S = 5.0
"""After a question of Claw's, so long nobody has to say the wake word."""
COMPLAINS_S = 600.0
"""That it cannot hear, a microphone that is always open says once in this time: a television never ends."""
UNDER_WAY = 32
"""Commands of one microphone that are being heard, done and answered; each has its limits, and nobody is so quick."""

STOP = "stop"
"""A bare stop, in every language."""
OWN_CUE: ContextVar[bool] = ContextVar("OWN_CUE", default=False)
"""Set where a microphone sounds a cue of its own: nothing is deaf for a note or two."""


class Guess(Protocol):
    """Text that is being made of sound that may go on."""

    async def heard(self) -> Heard:
        """Return what was said in it; raises what ``transcribe`` raises."""
        ...

    def drop(self) -> None:
        """Let go of it: the sound went on."""
        ...


class GuessingEar(Ear, Protocol):
    """An ear that may begin before it is certain that somebody has ended."""

    def speculate(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Guess | None:
        """Begin with what may turn out to be the whole command; None where that would only be in the way."""
        ...


class Mouth(Protocol):
    """How Claw sounds at a microphone of this machine (``claw/voice/speaker.py``)."""

    async def say(
        self,
        text: str,
        where: Satellite | str,
        *,
        cue: Cue = "none",
        language: str | None = None,
        stages: Stages | None = None,
    ) -> bool:
        """Say it there and return, when that is over, whether it was heard; raises nothing for what fails."""
        ...

    def cut(self, satellite: Satellite) -> bool:
        """End what is being said there at once; return whether something was."""
        ...


@dataclass(frozen=True)
class Ways:
    """Where what a microphone hears goes, and where answers come out.

    ``stops`` tells of a text and its language whether it is a stop of either kind (``claw/voice/stop_words.py``).
    """

    hearing: Hears
    ear: GuessingEar
    mouth: Mouth
    stops: Callable[[str, str | None], bool]


class Turns:
    """The commands of one microphone."""

    def __init__(self, config: MicrophoneConfig, ways: Ways, clock: Clock) -> None:
        """Nobody has spoken yet."""
        self.satellite = Satellite(id=config.id, place=config.place, source="microphone")
        self._config = config
        self._ways = ways
        self._clock = clock
        self._follow_up: float | None = None
        self._guess: Guess | None = None
        self._stages: Stages | None = None
        self._complained: float | None = None
        self._enough = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def follow_up(self) -> float | None:
        """Return, once, for how many seconds an answer to what was just said needs no wake word."""
        seconds, self._follow_up = self._follow_up, None
        return seconds

    def woken(self) -> None:
        """Take a wake word: whatever Claw is saying ends, and somebody is about to speak."""
        self.nobody()
        self._ways.mouth.cut(self.satellite)
        self._stages = Stages(self._clock)
        self._stages.mark("wake")
        self._go(self._cue("listening"))

    def stopped(self) -> None:
        """Take the word that ends what Claw says: it was told by a model for this one word, and no text is made."""
        if len(self._tasks) < UNDER_WAY:
            self._go(self._said(STOP, Stages(self._clock), self._config.language))

    def started(self) -> None:
        """Take the beginning of speech."""
        self._stages = self._stages or Stages(self._clock)

    def paused(self, audio: Audio, *, over: bool) -> None:
        """Take all of a command so far: it may be over."""
        self.resumed()
        if not over:
            self._guess = self._ways.ear.speculate(audio, self.satellite, self._config.language)

    def resumed(self) -> None:
        """Take that it was not over."""
        guess, self._guess = self._guess, None
        if guess is not None:
            guess.drop()

    def nobody(self) -> None:
        """Take that there is no command after all."""
        self.resumed()
        self._stages = None

    def ended(self, audio: Audio, quiet_s: float, *, over: bool) -> None:
        """Take a whole command, with ``quiet_s`` of silence at its end; ``over``: it was said over Claw's own voice."""
        if len(self._tasks) >= UNDER_WAY:
            logger.warning("The microphone %s brings more than anybody says; some of it is left out", self._config.id)
            self.nobody()
            return
        stages, self._stages = self._stages or Stages(self._clock), None
        guess, self._guess = self._guess, None
        stages.mark("speech", at=self._clock.monotonic() - quiet_s)
        self._go(self._turn(audio, stages, guess, over=over))

    async def close(self) -> None:
        """End what is under way."""
        self.nobody()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _turn(self, audio: Audio, stages: Stages, guess: Guess | None, *, over: bool) -> None:
        """Turn a command into text, the text into an answer, and sound that."""
        language, ear = self._config.language, self._ways.ear
        try:
            heard = await (guess.heard() if guess else ear.transcribe(audio, self.satellite, language))
        except ClawError as error:
            await self._complain(error)
            return
        stages.mark("text")
        language = language or heard.language
        if not heard.text or (over and not self._ways.stops(heard.text, language)):
            if self._config.wake is not None:
                await self._cue("failed")
            return
        await self._said(heard.text, stages, language)

    async def _said(self, text: str, stages: Stages, language: str | None) -> None:
        answer = await self._ways.hearing.hear(Utterance(text, self.satellite, stages, language))
        if not answer.handled and self._config.wake is None:
            return  # an open microphone hears every talk in the room; it does not join in
        await self._answer(answer, stages)

    async def _answer(self, answer: Answer, stages: Stages) -> None:
        # Whoever can sound a cue sounds "done" instead of the words that say the same.
        text = "" if answer.cue == "done" and self._config.speaker else answer.text
        if not text:
            await self._cue(answer.cue, stages)
            return
        self._follow_up = FOLLOW_UP_S if _asks(answer) and self._config.wake else None
        await self._ways.mouth.say(text, self.satellite, cue=answer.cue, language=answer.language, stages=stages)
        self._follow_up = None

    async def _complain(self, error: ClawError) -> None:
        """Say that nothing could be heard, where somebody woke it, or else now and then; "enough" once a day."""
        now, wake = self._clock.monotonic(), self._config.wake
        if isinstance(error, Enough):
            if error.day == self._enough:
                await self._cue("failed" if wake is not None else "none")
                return
            self._enough = error.day
        elif wake is None:
            if self._complained is not None and now - self._complained < COMPLAINS_S:
                return
            self._complained = now
        await self._ways.mouth.say(str(error), self.satellite, cue="failed")

    async def _cue(self, cue: Cue, stages: Stages | None = None) -> None:
        if cue == "none":
            return
        OWN_CUE.set(True)  # for the rest of this task, which ends with it
        await self._ways.mouth.say("", self.satellite, cue=cue, stages=stages)

    def _go(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("A command of the microphone %s failed", self._config.id, exc_info=error)


def _asks(answer: Answer) -> bool:
    pending = answer.reply is not None and answer.reply.status in {"pending", "unclear"}
    return pending or answer.text.rstrip().endswith(("?", "\uff1f"))
