"""What one Wyoming client says, event by event, and what it is answered.

Words (``transcript``) go to ``Hearing`` with what is known of where they were said; sound goes to the transcriber, and
its text back to the client.  Several turns of one client may be under way: whatever the first waits for, and however
many there are, a "stop everything" behind them is heard at once.  They are answered in the order in which they were
asked, as the protocol knows no numbers.

After an ``error`` the connection ends, as Home Assistant reads none and would wait for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from traceback import extract_tb
from typing import Protocol

from claw.base.action import Json
from claw.base.errors import ClawError, Refused
from claw.channels.wyoming_behind import Behind, TellingEar
from claw.channels.wyoming_info import info
from claw.channels.wyoming_sound import BadSound, Recording, Room, shape_of
from claw.channels.wyoming_tally import Tally
from claw.mind.replies import reply_text
from claw.voice.claims import conversation
from claw.voice.frames import Frame
from claw.voice.model import Answer, Audio, Heard, Stages, Utterance

logger = logging.getLogger(__name__)

MOST_TURNS = 8
"""Turns of one client that are under way at once; more is answered with no, except for what stops everything."""
MOST_UNDER_WAY = 64
"""The same for all clients together."""
MOST_OWED = 64
"""Answers that one client may wait for; whoever asks for more is no person, and is hung up on."""
DEAF = "I cannot turn speech into words here"


class Line(Protocol):
    """The connection that a client is at the other end of."""

    @property
    def peer(self) -> str:
        """Its address."""
        ...

    def send(self, frame: Frame) -> None:
        """Send one event; nothing where it is gone."""
        ...

    def fail(self, code: str, text: str) -> None:
        """Send an ``error`` and hang up."""
        ...

    def answered(self) -> None:
        """Hang up where nothing more will come and nothing is owed any more: a turn has ended."""
        ...


class Talk:
    """One client, from its connection to its end."""

    def __init__(self, behind: Behind, line: Line, tally: Tally, room: Room) -> None:
        self._behind = behind
        self._line = line
        self._tally = tally
        self._room = room
        self._language: str | None = None
        self._recording: Recording | None = None
        self._deaf = False
        self._turns: set[asyncio.Task[None]] = set()
        self._asked: set[asyncio.Task[None]] = set()
        self._last: asyncio.Task[None] | None = None
        self._takes: dict[str, Callable[[Frame], None]] = {
            "describe": self._describe,
            "ping": self._ping,
            "transcript": self._transcript,
            "transcribe": self._transcribe,
            "audio-start": self._audio_start,
            "audio-chunk": self._audio_chunk,
            "audio-stop": self._audio_stop,
        }

    @property
    def busy(self) -> bool:
        """Whether an answer is still owed."""
        return bool(self._turns)

    def take(self, frame: Frame) -> bool:
        """Take one event; return whether it was one that means something here."""
        take = self._takes.get(frame.type)
        if take is None:
            self._tally.count("unknown")
            return False
        if frame.type == "audio-chunk" and self._deaf:
            return False
        try:
            take(frame)
        except BadSound as bad:
            self._drop()
            self._tally.complain(self._line.peer, "bad_sound", f"sound that cannot be heard: {bad}")
            self._line.fail("bad-audio", str(bad))
        except ClawError as error:
            self._drop()
            self._tally.complain(self._line.peer, "no_transcript", str(error))
            self._line.fail("stt-unavailable", str(error))
        return True

    def hang_up(self) -> None:
        """Nobody waits for answers any more: let go of half a sound, and have ``Hearing`` know it of words.

        Not before each turn has begun: what came with the last bytes may be what stops everything.  For the same reason
        sound that was whole is heard to its end.
        """
        self._drop()
        for task in self._asked:
            asyncio.get_running_loop().call_soon(task.cancel)

    async def close(self) -> None:
        """End everything: the server goes away."""
        self._drop()
        turns = list(self._turns)
        for task in turns:
            task.cancel()
        await asyncio.gather(*turns, return_exceptions=True)

    def _describe(self, _frame: Frame) -> None:
        ear = self._behind.ear
        partials = ear is not None and ear.partials
        self._line.send(info(self._behind.languages, hears=ear is not None, partials=partials))

    def _ping(self, frame: Frame) -> None:
        text = frame.data.get("text")
        self._line.send(Frame("pong", {"text": text} if isinstance(text, str) else {}))

    def _transcript(self, frame: Frame) -> None:
        context = frame.data.get("context")
        claims: dict[str, Json] = context if isinstance(context, dict) else {}
        text = frame.data.get("text")
        satellite = self._behind.claims.satellite(self._line.peer, claims.get("satellite_id"), claims.get("device_id"))
        utterance = Utterance(
            text=text if isinstance(text, str) else "",
            satellite=satellite,
            stages=Stages(self._behind.clock),
            language=self._spoken(frame.data.get("language")),
            conversation=conversation(claims.get("conversation_id")),
        )
        utterance.stages.mark("text")
        crowded = len(self._turns) >= MOST_TURNS or self._tally.under_way >= MOST_UNDER_WAY
        if crowded and not self._behind.stops(utterance.text):
            self._tally.complain(self._line.peer, "turned_away", "it asks for too much at once")
            self._begin(self._turned_away(utterance, self._last))
        else:
            self._tally.under_way += 1
            task = self._begin(self._handled(utterance, self._last))
            self._asked.add(task)
            task.add_done_callback(self._through)

    def _transcribe(self, frame: Frame) -> None:
        self._language = self._spoken(frame.data.get("language"))

    def _audio_start(self, frame: Frame) -> None:
        self._drop()
        self._record(frame)

    def _audio_chunk(self, frame: Frame) -> None:
        if self._recording is None:
            self._record(frame)
        if self._recording is not None:
            self._recording.add(frame)
            if self._recording.full:
                # Nobody listens to more.  What still comes is not kept, nor does it keep the connection.
                self._audio_stop(frame)
                self._deaf = True

    def _audio_stop(self, _frame: Frame) -> None:
        if self._deaf:
            self._deaf = False
            return
        if self._behind.ear is None:
            raise Refused(DEAF)
        recording, self._recording = self._recording, None
        audio = recording.audio() if recording is not None else Audio(b"")
        task = self._begin(self._heard(self._behind.ear, audio, self._language, self._last))
        if recording is not None:
            task.add_done_callback(lambda _: recording.close())

    def _record(self, frame: Frame) -> None:
        if self._behind.ear is None:
            raise Refused(DEAF)
        self._recording = Recording(shape_of(frame), self._room)

    def _drop(self) -> None:
        self._deaf = False
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def _begin(self, turn: Coroutine[object, object, None]) -> asyncio.Task[None]:
        self._last = task = asyncio.get_running_loop().create_task(turn)
        self._turns.add(task)
        task.add_done_callback(self._ended)
        if len(self._turns) > MOST_OWED:
            self._line.fail("busy", "too much is asked at once")
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._turns.discard(task)
        if self._last is task:
            self._last = None
        self._line.answered()

    def _through(self, turn: asyncio.Task[None]) -> None:
        self._asked.discard(turn)
        self._tally.under_way -= 1

    async def _handled(self, utterance: Utterance, before: asyncio.Task[None] | None) -> None:
        try:
            answer = await self._behind.hearing.hear(utterance)
        except Exception as error:  # noqa: BLE001  the boundary: whoever spoke is answered, the log says where it broke
            self._broke(error)
            answer = Answer(self._words("broken", utterance), handled=False)
        await _after(before)
        self._tally.count("turns" if answer.handled else "not_handled")
        self._line.send(Frame("handled" if answer.handled else "not-handled", {"text": answer.text}))
        utterance.stages.mark("said")

    async def _turned_away(self, utterance: Utterance, before: asyncio.Task[None] | None) -> None:
        await _after(before)
        self._line.send(Frame("not-handled", {"text": self._words("busy", utterance)}))

    async def _heard(
        self, ear: TellingEar, audio: Audio, language: str | None, before: asyncio.Task[None] | None
    ) -> None:
        pieces = _Pieces(self._line) if ear.partials else None
        try:
            partial = pieces.add if pieces is not None and before is None else None
            heard = await self._text(ear, audio, language, partial)
        except Exception as error:  # noqa: BLE001  the boundary: whoever waits for text is told that there is none
            why = str(error) if isinstance(error, ClawError) else DEAF
            if not isinstance(error, ClawError):
                self._broke(error)
            await _after(before)
            self._tally.complain(self._line.peer, "no_transcript", "its sound could not be turned into text")
            self._line.fail("stt-unavailable", why)
            return
        await _after(before)
        self._tally.count("transcripts")
        if pieces is not None:
            pieces.end(heard.text)
        language = heard.language or language
        self._line.send(Frame("transcript", {"text": heard.text} | ({"language": language} if language else {})))
        if pieces is not None:
            self._line.send(Frame("transcript-stop"))

    async def _text(
        self, ear: TellingEar, audio: Audio, language: str | None, partial: Callable[[str], Awaitable[None]] | None
    ) -> Heard:
        if not audio.pcm:
            return Heard("")
        satellite = self._behind.claims.satellite(self._line.peer)
        stages = Stages(self._behind.clock)
        stages.mark("speech")
        heard = await ear.transcribe(audio, satellite, language, partial=partial)
        stages.mark("text")
        if self._behind.stops(heard.text):
            await self._behind.hearing.hear(Utterance(heard.text, satellite, stages, heard.language))
        return heard

    def _broke(self, error: Exception) -> None:
        """Say in the log where a turn broke, without the error's words: they may be somebody's."""
        self._tally.count("errors")
        at = extract_tb(error.__traceback__)[-1]
        logger.error(
            "A spoken turn failed unexpectedly: %s at %s:%s", type(error).__name__, Path(at.filename).name, at.lineno
        )

    def _spoken(self, claimed: Json) -> str | None:
        """Return the language a client says it is, where Claw speaks it; ``de-CH`` is German."""
        if not isinstance(claimed, str):
            return None
        code = claimed.replace("_", "-").partition("-")[0].casefold()
        return code if code in self._behind.languages else None

    def _words(self, key: str, utterance: Utterance) -> str:
        return reply_text(key, utterance.language or self._behind.languages[0])


class _Pieces:
    """Text that is sent while it comes about; what was sent cannot be taken back, so only what adds to it is."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._sent = ""
        self._begun = False

    async def add(self, text: str) -> None:
        """Send what is new of ``text``."""
        if not self._begun:
            self._begun = True
            self._line.send(Frame("transcript-start"))
        if text.startswith(self._sent) and text != self._sent:
            self._line.send(Frame("transcript-chunk", {"text": text[len(self._sent) :]}))
            self._sent = text

    def end(self, text: str) -> None:
        """Send what is left of the whole text."""
        if not self._begun:
            self._line.send(Frame("transcript-start"))
            self._begun = True
        if text.startswith(self._sent) and text != self._sent:
            self._line.send(Frame("transcript-chunk", {"text": text[len(self._sent) :]}))


async def _after(before: asyncio.Task[None] | None) -> None:
    """Return when the turn before has been answered."""
    if before is not None and not before.done():
        await asyncio.wait({before})
