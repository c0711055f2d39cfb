"""Turns sound into text, by whichever engine a person configured, and never keeps anybody waiting for it.

Whatever the engine is, the same holds: one sound after the other, one more waiting for each satellite and two in all,
a short one rather than a long one, ten seconds for each, and one plain sentence when it does not work.  A satellite
that the registry puts in a room does not lose its turn to voices from nowhere.  Neither sound nor text is kept or
logged here.

An engine may begin before it is sure that somebody has ended (``speculate``): where that guess was right, the wait for
the end of speech is won; where it was wrong, nobody ever hears of it.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import NoReturn, Protocol

from claw.base.action import Json
from claw.base.clock import Clock, Timer, within
from claw.base.errors import Broken, Refused, Unavailable
from claw.voice.model import CHANNELS, LONGEST_S, RATES, Audio, Heard, Hints, Satellite
from claw.voice.plausible import plausible

logger = logging.getLogger(__name__)

Partial = Callable[[str], Awaitable[None]]
"""Takes what an engine has understood so far, all of it: a hint for a screen, which the end may contradict."""

LIMIT_S = 10.0
"""From asking to text; a person who waits longer says it again."""
SHORTEST_S = 0.25
"""Nothing shorter is a word."""
MOST_WAITING = 2
GUESS_BELOW_S = 1.5
"""An engine that takes longer is not asked on a guess: a wrong one would keep the right one waiting."""
RECENT = 20

BUSY = "Too many people are talking to me at once. Please say it again."
SLOW = "Turning that into words took too long. Please say it again."
DOWN = "I cannot turn speech into words at the moment."


class Enough(Unavailable):
    """An engine that may cost money was sent as much sound as it may be on ``day``; there is more tomorrow."""

    def __init__(self, text: str, day: str) -> None:
        super().__init__(text)
        self.day = day


class Allowance(Protocol):
    """How much sound an engine may be sent (``claw/llm/sound_budget.py``)."""

    @property
    def day(self) -> str:
        """The day that is counted."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing is sent any more today."""
        ...

    def take(self, seconds: float) -> bool:
        """Count what is sent now; False where it may not be.  Raises Broken where it cannot be counted."""
        ...

    def status(self) -> dict[str, Json]:
        """Return ``seconds_today`` and ``seconds_per_day``."""
        ...


class Engine(Protocol):
    """What turns sound into text; tests/unit/voice/test_transcriber.py holds each of them to the same promises."""

    @property
    def name(self) -> str:
        """What a person calls it: ``whisper``, ``wyoming``, ``openai``."""
        ...

    @property
    def partials(self) -> bool:
        """Whether it tells what it has understood before it is done."""
        ...

    @property
    def problem(self) -> str:
        """Return what keeps it from working, as far as is known; empty where nothing does."""
        ...

    async def warm(self) -> None:
        """Make ready; raises Broken where a person has to mend something, Unavailable where it does not work now."""
        ...

    async def transcribe(self, audio: Audio, hints: Hints, partial: Partial | None = None) -> Heard:
        """Return what ``audio`` says; raises what ``warm`` raises.  It is called for one sound at a time."""
        ...

    async def close(self) -> None:
        """End what it started."""
        ...


@dataclass(slots=True)
class _Waiter:
    """Somebody whose turn is not yet."""

    key: tuple[str, str]
    vouched: bool
    seconds: float
    turn: asyncio.Future[None]


class Transcriber:
    """The one ear of the house; one for all channels."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        timer: Timer,
        hints_of: Callable[[Satellite, str | None], Hints],
        *,
        stops: Callable[[str], bool] = lambda _: False,
        allowance: Allowance | None = None,
        language: str = "en",
    ) -> None:
        """``hints_of`` gives the language and the names that help to hear a satellite right.

        A text that ``stops`` everything is never taken for one that the engine made up, whatever names a house has.
        ``allowance`` is how much sound the engine may be sent, None where that is nobody's business.  ``language`` is
        the house's own.
        """
        self._engine = engine
        self._clock = clock
        self._timer = timer
        self._hints_of = hints_of
        self._stops = stops
        self._allowance = allowance
        self._language = language
        self._working = False
        self._waiting: list[_Waiter] = []
        self._guesses: set[asyncio.Task[Heard]] = set()
        self._took: deque[float] = deque(maxlen=RECENT)
        self._counts: Counter[str] = Counter()

    @property
    def partials(self) -> bool:
        """Whether ``transcribe`` tells what is understood before it is done."""
        return self._engine.partials

    async def warm(self) -> None:
        """Have the engine ready before the first word; raises Broken and Unavailable as the engine does."""
        await self._engine.warm()

    async def transcribe(
        self, audio: Audio, satellite: Satellite, language: str | None = None, *, partial: Partial | None = None
    ) -> Heard:
        """Return what ``audio`` says, no text where it says nothing.

        Raises Refused for what is no sound, Unavailable with one plain sentence where it cannot be had now.
        """
        audio = fit(audio)
        if audio.seconds < SHORTEST_S:
            self._counts["empty"] += 1
            return Heard("", language, audio.seconds, truncated=audio.truncated)
        found: list[Heard] = []

        async def asked() -> None:
            await self._turn((satellite.source, satellite.id), audio.seconds, vouched=satellite.place is not None)
            try:
                found.append(await self._heard(audio, self._hints(satellite, language), partial))
            finally:
                self._pass_on()

        try:
            ended = await within(self._timer, LIMIT_S, asked())
        except Unavailable:
            self._counts["failed"] += 1
            raise
        if not ended:
            self._counts["failed"] += 1
            raise Unavailable(SLOW)
        heard = found[0]
        self._counts["heard" if heard.text else "empty"] += 1
        return heard

    def speculate(self, audio: Audio, satellite: Satellite, language: str | None = None) -> "Speculation | None":
        """Begin with what may be all of it; None where somebody else is at work, or the engine is too slow for that."""
        slow = bool(self._took) and median(self._took) > GUESS_BELOW_S
        if self._working or slow or self._problem:
            return None
        task = asyncio.create_task(self.transcribe(audio, satellite, language))
        self._guesses.add(task)
        task.add_done_callback(self._guessed)
        return Speculation(task)

    def state(self) -> dict[str, Json]:
        """Return how it does, for status and metrics: no place, no word."""
        return {
            "engine": self._engine.name,
            "problem": self._problem,
            "waiting": len(self._waiting),
            "median_ms": round(median(self._took) * 1000) if self._took else None,
            **{name: self._counts[name] for name in ("heard", "empty", "failed", "turned_away")},
            **self._sent(),
        }

    async def close(self) -> None:
        """End the engine and what it is asked; nothing is transcribed afterwards."""
        guesses = list(self._guesses)
        for task in guesses:
            task.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
        await self._engine.close()

    def _sent(self) -> dict[str, Json]:
        allowed = self._allowance
        return {} if allowed is None else {**allowed.status(), "enough": allowed.over}

    @property
    def _problem(self) -> str:
        """Return what keeps sound from becoming text, as far as is known."""
        over = self._allowance is not None and self._allowance.over
        return self._engine.problem or (_enough(self._language) if over else "")

    async def _heard(self, audio: Audio, hints: Hints, partial: Partial | None) -> Heard:
        began = self._clock.monotonic()
        try:
            if self._allowance is not None and not self._allowance.take(audio.seconds):
                raise Enough(_enough(hints.language or self._language), self._allowance.day)
            heard = await self._engine.transcribe(audio, hints, partial)
        except (Broken, Refused) as error:
            logger.warning("No speech to text: %s", error)
            raise Unavailable(DOWN) from error
        self._took.append(self._clock.monotonic() - began)
        text = heard.text if self._stops(heard.text) else plausible(heard.text, hints)
        return replace(heard, text=text, truncated=audio.truncated or heard.truncated)

    def _hints(self, satellite: Satellite, language: str | None) -> Hints:
        hints = self._hints_of(satellite, language)
        return replace(hints, names=tuple(name for name in hints.names if not self._stops(name)))

    async def _turn(self, key: tuple[str, str], seconds: float, *, vouched: bool) -> None:
        """Return when it is the turn of ``key``; raises Unavailable where too many wait already."""
        if not self._working:
            self._working = True
            return
        own = next((one for one in self._waiting if one.key == key), None)
        if own is not None:
            # What stops everything is short; a television is not, and would else keep it from being heard.
            if own.seconds <= seconds:
                self._turn_away()
            self._put_off(own)
        elif len(self._waiting) >= MOST_WAITING:
            stranger = next((one for one in reversed(self._waiting) if not one.vouched), None)
            if not vouched or stranger is None:
                self._turn_away()
            self._put_off(stranger)
        waiter = _Waiter(key, vouched, seconds, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        try:
            await waiter.turn
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            elif not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self._pass_on()
            raise

    def _put_off(self, waiter: _Waiter) -> None:
        self._waiting.remove(waiter)
        self._counts["turned_away"] += 1
        waiter.turn.set_exception(Unavailable(BUSY))

    def _turn_away(self) -> NoReturn:
        self._counts["turned_away"] += 1
        raise Unavailable(BUSY)

    def _pass_on(self) -> None:
        self._working = False
        while self._waiting and not self._working:
            waiter = self._waiting.pop(0)
            if not waiter.turn.done():
                self._working = True
                waiter.turn.set_result(None)

    def _guessed(self, task: asyncio.Task[Heard]) -> None:
        self._guesses.discard(task)
        if not task.cancelled():
            task.exception()  # whoever guessed may not want to know


class Speculation:
    """Sound that is being turned into text before it is known to be all of it."""

    def __init__(self, task: asyncio.Task[Heard]) -> None:
        self._task = task

    async def heard(self) -> Heard:
        """Return what was said: it was all of it.  Raises what ``Transcriber.transcribe`` raises."""
        return await self._task

    def drop(self) -> None:
        """Forget about it: somebody went on speaking."""
        self._task.cancel()


def _enough(language: str) -> str:
    from claw.mind.replies import reply_text  # noqa: PLC0415  much to load for what most engines never come to

    return reply_text("heard_enough", language)


def fit(audio: Audio) -> Audio:
    """Return ``audio``, cut after ``LONGEST_S`` seconds; raises Refused for what no engine could make sense of."""
    if audio.rate not in RATES or audio.channels not in CHANNELS:
        raise Refused(f"sound of {audio.rate} Hz and {audio.channels} channels: expected 8 to 48 kHz, one or two")
    width = 2 * audio.channels
    if len(audio.pcm) % width:
        raise Refused("sound that ends in the middle of a sample")
    most = int(LONGEST_S * audio.rate) * width
    return audio if len(audio.pcm) <= most else replace(audio, pcm=audio.pcm[:most], truncated=True)
