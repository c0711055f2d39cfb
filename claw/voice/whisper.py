"""faster-whisper, in a process of its own (``claw/voice/whisper_child.py``) that may die or hang as it likes.

What decodes sound is native code with a model of gigabytes: it runs out of memory, it meets sound that it loops on.
Then one person is told once that their words were lost, and the process is replaced, sooner after the first time than
after the fifth.  Nothing is ever fetched: a model is a folder that a person put there.
"""

import asyncio
import itertools
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from claw.base.action import Json
from claw.base.clock import Timer, within
from claw.base.config_voice import WhisperConfig
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.base.reinstall import adding
from claw.voice.child import Child
from claw.voice.frames import Frame
from claw.voice.model import Audio, Heard, Hints
from claw.voice.transcriber import Partial

logger = logging.getLogger(__name__)

CHILD = "claw.voice.whisper_child"
HANG_S = 10.0
"""A sound takes no longer; a process that is still at it is ended."""
LOAD_S = 180.0
"""The largest models on the slowest disks."""
PAUSES_S = (0.0, 1.0, 2.0, 5.0, 15.0, 60.0)
"""Before the first try after a failure, the second, and so on until a sound became text again."""
PIECE = 1 << 19
LONGEST_TEXT = 10_000
NEEDED = ("model.bin", "config.json", "tokenizer.json")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
QUIET_S = 3600.0

LOST = "Turning that into words failed. Please say it again."
RESTING = "Speech to text failed and is being started again. Please say it again in a moment."
LOADING = "I am still getting ready to listen. Please say it again in a moment."

Starts = Callable[[], Awaitable[Child]]


class Whisper:
    """The engine that needs nobody else."""

    name = "whisper"
    partials = False

    def __init__(self, config: WhisperConfig, timer: Timer, *, start: Starts | None = None) -> None:
        """``start`` starts another process than the usual one."""
        # The process starts elsewhere, where a relative path leads to nothing.
        self._config = config.model_copy(update={"model": config.model.absolute()})
        self._timer = timer
        self._start = start or (lambda: Child.start(CHILD))
        self._child: Child | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._resting = False
        self._closed = False
        self._failures = 0
        self._one = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Frame]] = {}
        self._jobs: set[asyncio.Task[Heard]] = set()
        self._problem: ClawError | None = None

    @property
    def problem(self) -> str:
        """Return what keeps it from working, as far as is known."""
        return "" if self._problem is None else str(self._problem)

    @property
    def pid(self) -> int | None:
        """The process that listens; None where there is none."""
        return None if self._child is None else self._child.pid

    async def warm(self) -> None:
        """Start the process and have the model loaded; raises Broken and Unavailable where that fails.

        It is tried again afterwards whatever happens.
        """
        self._keep()
        await self._tried.wait()
        self._raise()

    async def transcribe(self, audio: Audio, hints: Hints, partial: Partial | None = None) -> Heard:
        """Return what ``audio`` says; raises Broken where the model cannot be used, else Unavailable.

        Whoever stops waiting does not stop the process: it is at work until it is done, and only then takes the next.
        """
        del partial  # a command is one segment: there is nothing before the end
        self._keep()
        begun = asyncio.Event()
        job = asyncio.create_task(self._job(audio, hints, begun))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        job.add_done_callback(_looked_at)
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            if not begun.is_set():  # else the next sound would wait for one that nobody wants
                job.cancel()
            raise

    async def close(self) -> None:
        """End the process; no other is started."""
        self._closed = True
        keepers = [] if self._keeper is None else [self._keeper]
        tasks: list[asyncio.Task[Any]] = [*self._jobs, *keepers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _keep(self) -> None:
        if self._closed:
            raise Unavailable(RESTING)
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._kept())

    async def _kept(self) -> None:
        """Have a process listen, and another one when it ends."""
        while True:
            child: Child | None = None
            try:
                child = await self._loaded()
                self._child, self._problem = child, None
                self._tried.set()
                await self._listen(child)
                self._problem = Unavailable(RESTING)
                logger.warning("The process that turns speech into text has ended; it is started again")
            except ClawError as error:
                if str(error) != self.problem:
                    logger.warning("Speech to text does not start: %s", error)
                self._problem = error
            except Exception:
                # The boundary of this task: whatever it was, another process is tried, as after any failure.
                logger.exception("What keeps speech to text going failed unexpectedly")
                self._problem = Unavailable(RESTING)
            finally:
                self._child = None
                self._tried.clear()
                self._give_up()
                if child is not None:
                    await self._ended(child)
            if pause := PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]:
                self._resting = True
                self._tried.set()
                await self._timer.sleep(pause)
                self._resting = False
                self._tried.clear()
            self._failures += 1

    async def _loaded(self) -> Child:
        """Return a process with the model loaded; raises Broken, Unavailable."""
        await asyncio.to_thread(check, self._config.model)
        child = await self._start()
        try:
            await child.send(Frame("load", self._settings()))
            first = await child.read(self._timer, LOAD_S)
        except BaseException:
            await self._ended(child)
            raise
        if first is None or first.type != "ready":
            await self._ended(child)
            raise Broken(f"the speech model in {self._config.model} cannot be loaded: {_why(first)}")
        return child

    def _settings(self) -> dict[str, Json]:
        config = self._config
        return {
            "model": str(config.model),
            "compute": config.compute,
            "threads": config.threads,
            "memory_mb": config.memory_mb,
        }

    async def _listen(self, child: Child) -> None:
        """Hand on what the process says until it has ended."""
        while True:
            try:
                frame = await child.read(self._timer, QUIET_S)
            except Unavailable:
                continue  # nobody spoke for an hour
            except Refused:
                return  # no frame: it is not itself any more
            if frame is None:
                return
            number = frame.data.get("id")
            asked = self._asked.pop(number, None) if isinstance(number, int) else None
            if asked is not None and not asked.done():
                asked.set_result(frame)

    async def _job(self, audio: Audio, hints: Hints, begun: asyncio.Event) -> Heard:
        async with self._one:
            child = await self._ready()
            begun.set()
            number = next(self._numbers)
            answer = self._asked[number] = asyncio.get_running_loop().create_future()
            try:
                if not await within(self._timer, HANG_S, self._said(child, number, audio, hints, answer)):
                    logger.warning("The process that turns speech into text hangs; it is ended")
                    self._drop(child)
                    raise Unavailable(LOST)
                heard = _heard(answer.result(), audio)
            finally:
                self._asked.pop(number, None)
        self._failures = 0
        return heard

    async def _said(self, child: Child, number: int, audio: Audio, hints: Hints, answer: asyncio.Future[Frame]) -> None:
        for at in range(0, len(audio.pcm), PIECE):
            await self._send(child, Frame("sound", {}, audio.pcm[at : at + PIECE]))
        asked: dict[str, Json] = {
            "id": number,
            "rate": audio.rate,
            "channels": audio.channels,
            "language": hints.language,
            "names": list(hints.names),
        }
        await self._send(child, Frame("transcribe", asked))
        await asyncio.wait({answer})

    async def _send(self, child: Child, frame: Frame) -> None:
        try:
            await child.send(frame)
        except Unavailable:
            raise Unavailable(LOST) from None

    async def _ready(self) -> Child:
        """Return the process, waiting while the model is loaded; raises Broken, Unavailable."""
        loading = self._child is None and not self._resting
        if loading and not await within(self._timer, HANG_S, self._tried.wait()):
            raise Unavailable(LOADING)
        if self._child is None:
            self._raise()
            raise Unavailable(RESTING)
        return self._child

    def _raise(self) -> None:
        """Raise what keeps it from working; anew each time, for an error remembers everybody whom it was told."""
        if self._problem is not None:
            raise (Broken if isinstance(self._problem, Broken) else Unavailable)(str(self._problem))

    def _drop(self, child: Child) -> None:
        """End a process; nobody is given to it from here on."""
        child.kill()
        if self._child is child:
            self._child = None
            self._tried.clear()

    def _give_up(self) -> None:
        """Tell everybody who waits that their words are lost."""
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(Frame("failed"))

    async def _ended(self, child: Child) -> None:
        child.kill()
        await child.end(self._timer)


def check(folder: Path) -> None:
    """Raise Broken where ``folder`` holds no model that can be read without fetching anything."""
    folder = folder.absolute()
    if not folder.is_dir():
        raise Broken(f"there is no folder {folder} with a speech model")
    vocabulary = next((name for name in VOCABULARIES if (folder / name).is_file()), VOCABULARIES[0])
    needed = (*NEEDED, vocabulary)
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise Broken(f"the speech model in {folder} is not whole: {', '.join(missing)} is missing")
    closed = [name for name in needed if not os.access(folder / name, os.R_OK)]
    if closed:
        raise Broken(f"the speech model in {folder} cannot be read: {', '.join(closed)} is for somebody else only")


def _why(frame: Frame | None) -> str:
    """Return why a process could not load the model; one that is gone without a word most likely had no room."""
    if frame is None:
        return WHY["memory"]
    if frame.data.get("why") == "missing":
        return f"faster-whisper is not installed ({adding('voice')})"
    return WHY.get(str(frame.data.get("why")), WHY["model"])


WHY = {
    "memory": "it needs more memory than memory_mb allows",
    "model": "it is damaged, or not in the format of faster-whisper",
}


def _heard(frame: Frame, audio: Audio) -> Heard:
    text, language = frame.data.get("text"), frame.data.get("language")
    if frame.type != "heard" or not isinstance(text, str):
        raise Unavailable(LOST)
    return Heard(text[:LONGEST_TEXT], language if isinstance(language, str) else None, audio.seconds, audio.truncated)


def _looked_at(task: asyncio.Task[Heard]) -> None:
    if not task.cancelled():
        task.exception()  # nobody may be waiting any more
