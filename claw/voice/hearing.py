"""The one way in for spoken words, whatever ear they come from: what is dropped, what stops, and what is asked of Claw.

Nobody is known here.  Whoever stands before a microphone speaks, and so do a television, a visitor at the letter box
and Claw itself; so what goes on from here carries a place and nothing else: no person, no proof.  The order is fixed.
The phrase that stops everything comes before whatever could lose it; then what is nobody's wish (Claw's own voice),
then a bare "stop", then what another microphone brought already; only then is the sentence a sentence.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from claw.base.action import Json, Message, Origin, Outcome, Reply, ReplyStatus
from claw.base.clock import Clock, Timer
from claw.base.erasure import Erasure
from claw.base.errors import Unavailable
from claw.mind.replies import reply_text
from claw.mind.understood import Control
from claw.voice.afterwards import Afterwards, Asks
from claw.voice.brief import Brief, Said
from claw.voice.echo import Echo
from claw.voice.model import Answer, Ignored, Satellite, Utterance
from claw.voice.snapping import Snapped, Snapping
from claw.voice.stage_times import Result, StageTimes
from claw.voice.stop_words import StopWords
from claw.voice.talks import SUGGESTED_S, Talk, Talks
from claw.voice.turns import Cut, Late, Turns
from claw.voice.twins import Key, Twins, key_of

logger = logging.getLogger(__name__)

LONGEST = 2000
"""Characters of one utterance: nobody says more in half a minute."""

AWAITED_S = 20.0
"""So long after a question of Claw's may somebody answer in words of it."""

MOST_HEARD = 256
STOPPED = "said aloud"


@dataclass(frozen=True)
class Words:
    """What sentences mean before they are sentences to the house; ``control``: a word to Claw itself, by no model."""

    stops: StopWords
    snapping: Snapping
    control: Callable[[str, Origin], Control | None]


@dataclass(frozen=True)
class Behind:
    """What stands behind the ear.

    ``say`` answers a sentence (``Desk.say``); ``stop`` engages the switch; ``tell`` sends a message through the
    gate; ``note`` writes a row of the log: kind, payload, origin.  ``cut`` ends what is being said at a satellite and
    ``silence`` what rings in a place; each returns whether there was anything.  ``asking`` asks a question aloud that
    may be answered so, None where no satellite can.  ``language`` is the house's own.
    """

    say: Callable[[str, Origin], Awaitable[Reply]]
    stop: Callable[[str, Origin], object]
    tell: Callable[[Message], Awaitable[bool]]
    note: Callable[[str, Mapping[str, Json], Origin], None]
    cut: Callable[[Satellite], bool] = lambda _satellite: False
    silence: Callable[[str | None], bool] = lambda _place: False
    asking: Asks | None = None
    language: str = "en"


class Hearing:
    """Answers what is said aloud; one for all ears.

    ``talks`` says where a conversation is held; ``echo`` is told what Claw says, ``times`` shows how long turns took,
    ``afterwards`` says what is left to say.
    """

    def __init__(self, behind: Behind, words: Words, brief: Brief, echo: Echo, clock: Clock, timer: Timer) -> None:
        """Nobody has spoken yet."""
        self.echo = echo
        self.times = StageTimes()
        self.talks = Talks(clock)
        self.afterwards = Afterwards(behind.tell, behind.asking, brief, behind.language, clock, timer)
        self._behind = behind
        self._words = words
        self._brief = brief
        self._clock = clock
        self._twins = Twins(clock)
        self._turns = Turns(behind.say, timer)
        self._tasks: set[asyncio.Task[Answer]] = set()
        self._heard: OrderedDict[str, datetime] = OrderedDict()
        self._awaited: dict[Key, float] = {}

    async def warm(self) -> None:
        """Do beforehand what the first misheard sentence would wait for."""
        await self._words.snapping.warm()

    async def hear(self, utterance: Utterance) -> Answer:
        """Return what is to be said, or sounded, for an utterance; raises nothing for anything that it may hold.

        A caller that is cancelled ends nothing: what was asked is done, and what there is to say about it is told.
        """
        work = asyncio.get_running_loop().create_task(self._safely(utterance))
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(self.afterwards.unheard)
            raise

    def heard(self) -> Mapping[str, datetime]:
        """Return when each satellite, by its id, was heard last."""
        return dict(self._heard)

    def noted(self, outcome: Outcome, origin: Origin) -> None:
        """Take what came of an act, so that a turn that is cut short can say what it had done (``Follower.noted``)."""
        self._turns.noted(outcome, origin)

    def ended(self, outcome: Outcome, origin: Origin) -> None:
        """Take how an act ended after its reply (``Follower.ended``): what is plain to see where it was asked for."""
        self.afterwards.ended(outcome, self.talks.satellite(origin.conversation), origin)

    def erase(self, erasure: Erasure) -> int:
        """Let go of what Claw said lately and of the talks; both would be gone in minutes."""
        return self.echo.erase(erasure) + self.talks.erase(erasure) + self.afterwards.erase(erasure)

    async def close(self) -> None:
        """End every turn that still runs."""
        await self._turns.close()
        await self.afterwards.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _safely(self, utterance: Utterance) -> Answer:
        try:
            return await self._hear(utterance)
        except Unavailable:
            return self._answer(utterance, Said(self._fixed("busy", utterance), "failed"), "refused")
        except Exception as error:  # noqa: BLE001  a task boundary: whatever broke, somebody waits for a word
            logger.error("A spoken turn broke: %s", type(error).__name__)  # noqa: TRY400  a traceback may hold words
            return self._answer(utterance, Said(self._fixed("failed", utterance), "failed"), "failed")

    async def _hear(self, utterance: Utterance) -> Answer:
        satellite, text = utterance.satellite, utterance.text
        utterance.stages.mark("text")
        self._heard[satellite.id] = self._clock.now()
        self._heard.move_to_end(satellite.id)
        while len(self._heard) > MOST_HEARD:
            self._heard.popitem(last=False)
        if len(text) > LONGEST:
            return self._dropped(utterance, "long", self._fixed("too_long", utterance))
        if not any(map(str.isalnum, text)):
            return self._dropped(utterance, "blank")
        if (code := self._words.stops.everything(text)) is not None and not self.echo.held(text):
            self._behind.stop(STOPPED, _origin(utterance, ""))
            stopped = self._answer(utterance, Said(reply_text("stopped", code), "stopped"), "stop")
            return replace(stopped, language=code)
        talk = self.talks.of(satellite, utterance.conversation)
        origin = _origin(utterance, talk.id)
        control = self._words.control(text, origin)
        yes = control is not None and control.word == "yes"
        awaited = self._awaited.get(key_of(satellite), 0.0) > self._clock.monotonic()
        if self.echo.is_echo(text, awaited=awaited, any_part=yes):
            return self._dropped(utterance, "echo")
        if self._words.stops.bare_stop(text, utterance.language):
            return await self._bare_stop(utterance)
        return await self._once(utterance, talk, origin, control)

    async def _bare_stop(self, utterance: Utterance) -> Answer:
        """End what is heard at a satellite: speech, what rings there, and the turn that is under way."""
        satellite = utterance.satellite
        quiet = [self._behind.cut(satellite), self._behind.silence(satellite.place)]
        done = await self._turns.cancel(key_of(satellite))
        if done is not None:
            told = self._brief.done(done, utterance.language or self._behind.language)
            return self._answer(utterance, Said(self._fixed("spoken_cut", utterance, done=told), "stopped"), "cut")
        if any(quiet):
            return self._answer(utterance, Said("", "stopped"), "cut")
        # A "stop" into the room, or on television, is for somebody else then: an open microphone does not join in.
        return replace(self._answer(utterance, Said(self._fixed("spoken_nothing", utterance)), "cut"), handled=False)

    async def _once(self, utterance: Utterance, talk: Talk, origin: Origin, control: Control | None) -> Answer:
        """Answer a sentence, unless another satellite brought it already and it was done for that one."""
        satellite = utterance.satellite
        meant = control or await self._words.snapping.snap(utterance.text, origin)
        text = meant.text if isinstance(meant, Snapped) else utterance.text  # two ears spell one command in two ways
        if await self._twin(text, satellite, origin, control):
            return self._dropped(utterance, "twin")
        once, acted = self._twins.begin(text, satellite), True
        try:
            answer = await self._sentence(utterance, talk, origin, meant)
            acted = answer.reply is None or answer.reply.status not in {"unclear", "refused", "failed"}
        except Unavailable:
            acted = None
            raise
        finally:
            once.settle(acted=acted)
        return answer

    async def _twin(self, text: str, satellite: Satellite, origin: Origin, control: Control | None) -> bool:
        """Return whether it was done, or tried, for another satellite; waits for what becomes of it there."""
        seen = None
        # Of several that waited for the same, the next may be at it now.
        while (other := self._twins.first(text, satellite)) is not None and other is not seen:
            seen, acted = other, await asyncio.shield(other.acted)
            # Where the first stood nowhere its words could mean less, and its yes was no answer to this one's question.
            here = control is not None or (other.satellite.place is None and satellite.place is not None)
            if acted or (acted is False and not here):
                self._behind.note("twin", {"heard_first": other.satellite.id}, origin)
                return True
        return False

    async def _sentence(self, utterance: Utterance, talk: Talk, origin: Origin, meant: Control | Snapped) -> Answer:
        control = meant if isinstance(meant, Control) else None
        text, told = utterance.text, control is not None and control.word == "yes"
        (suggested, until), talk.suggested = talk.suggested, ("", 0.0)
        word = control.word if control is not None and suggested and until > self._clock.monotonic() else ""
        if word == "no":
            return self._answer(utterance, Said(self._fixed("nevermind", utterance)), "answered")
        if word == "yes":
            text = suggested
        elif isinstance(meant, Snapped):
            if meant.ask:
                talk.suggested = (meant.suggested, self._clock.monotonic() + SUGGESTED_S)
                self._awaits(utterance)
                return self._answer(utterance, Said(self._brief.words(meant.ask)), "asked")
            text, told = meant.text, meant.changed
        return await self._turn(utterance, talk, origin, text, told=told)

    async def _turn(self, utterance: Utterance, talk: Talk, origin: Origin, text: str, *, told: bool) -> Answer:
        began = self._clock.monotonic()
        came = await self._turns.take(text, origin, key_of(utterance.satellite))
        match came:
            case Cut():
                return self._answer(utterance, Said(""), "cut")
            case Late():
                self.afterwards.late(came, talk.satellite, origin)
                return self._answer(utterance, Said(self._fixed("spoken_moment", utterance)), "late")
            case Reply():
                _mark(utterance, came, began)
                return self._replied(utterance, origin, came, told=told)

    def _replied(self, utterance: Utterance, origin: Origin, reply: Reply, *, told: bool) -> Answer:
        said = self._brief.of(reply, utterance.satellite, told=told)
        if reply.status == "pending" and reply.pending:
            aloud = self._brief.aloud(reply.pending[-1])
            if aloud is not None and self.afterwards.put(aloud, utterance.satellite, origin, said.text):
                said = Said("")  # it is asked in a moment, by a satellite that then listens for the answer
        result = _RESULTS[reply.status]
        if result in {"asked", "unclear"} or "?" in said.text:
            self._awaits(utterance)
        return self._answer(utterance, said, result, reply, origin)

    def _dropped(self, utterance: Utterance, why: Ignored, text: str = "") -> Answer:
        """Answer with nothing, or with why: these words are nobody's wish, or nobody can make anything of them."""
        answer = self._answer(utterance, Said(text), why)
        return replace(answer, handled=why in {"twin", "echo"}, ignored=why)

    def _answer(
        self,
        utterance: Utterance,
        said: Said,
        result: Result,
        reply: Reply | None = None,
        origin: Origin | None = None,
    ) -> Answer:
        self.times.note(utterance.stages, result)
        self.echo.spoke(said.text)  # whoever says it: a satellite of the house says it without a word to anybody
        if reply is not None:  # a number that was drawn to be picked elsewhere is in the words and nowhere else
            reply = replace(reply, pending=tuple(replace(one, number="") for one in reply.pending))
        return Answer(
            text=said.text,
            cue=said.cue,
            handled=reply is None or reply.status != "unclear",
            language=reply.language if reply is not None else utterance.language or self._behind.language,
            reply=reply,
            origin=origin,
        )

    def _awaits(self, utterance: Utterance) -> None:
        """Take note that whoever stands there was asked something, and may answer in words of the question."""
        now = self._clock.monotonic()
        self._awaited = {key: until for key, until in self._awaited.items() if until > now}
        self._awaited[key_of(utterance.satellite)] = now + AWAITED_S

    def _fixed(self, key: str, utterance: Utterance, **values: str) -> str:
        return reply_text(key, utterance.language or self._behind.language, **values)


def _origin(utterance: Utterance, conversation: str) -> Origin:
    """Return what is known of whoever speaks: where, and nothing else."""
    satellite = utterance.satellite
    return Origin(
        channel=f"voice:{satellite.id}",
        place=satellite.place,
        source=satellite.source,
        conversation=conversation,
        language=utterance.language,
    )


def _mark(utterance: Utterance, reply: Reply, began: float) -> None:
    """Mark when it was understood, and when the last act was acknowledged: seeing that it took effect comes after."""
    timings = reply.timings
    utterance.stages.mark("intent", at=began + timings.get("recognise", 0.0) / 1000)
    if reply.outcomes:
        taken = sum(timings.get(stage, 0.0) for stage in ("recognise", "decide", "disk", "device"))
        utterance.stages.mark("act", at=began + taken / 1000)


_RESULTS: Mapping[ReplyStatus, Result] = {
    "done": "done",
    "started": "done",
    "answered": "answered",
    "pending": "asked",
    "partial": "failed",
    "unclear": "unclear",
    "refused": "refused",
    "stopped": "refused",
    "failed": "failed",
}
