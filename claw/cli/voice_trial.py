"""Trying a recording: with the ear of the running daemon, or with one of our own where none runs.

The file is read, and speech found in it, in this process; only what is speech goes over the socket.
"""

import asyncio
import base64
from dataclasses import replace
from pathlib import Path

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.config import read_config
from claw.base.config_voice import OpenAIEngineConfig
from claw.base.errors import Unavailable
from claw.cli.client import Client
from claw.llm.sound_budget import SoundBudget
from claw.voice.engines import engine_of
from claw.voice.model import Audio, Heard, Hints, Satellite
from claw.voice.transcriber import Transcriber
from claw.voice.trial import Trial, trial

NO_ENGINE = "nothing here turns sound into text: name a transcriber under voice in the configuration (docs/voice.md)"


class Asked:
    """The ear of the running daemon; ``means`` is what it said of each sound that became text."""

    def __init__(self, ask: Client, satellite: str) -> None:
        self._ask = ask
        self._satellite = satellite
        self.means: list[Json] = []

    async def transcribe(self, audio: Audio, satellite: Satellite, language: str | None = None) -> Heard:
        """Return what was said; raises Refused and Unavailable, as the daemon does."""
        del satellite  # which one it is meant to be is the daemon's to look up
        more = {"language": language} if language else {}
        sound = base64.b64encode(audio.pcm).decode()
        told = await asyncio.to_thread(self._ask.ask, "voice_hear", audio=sound, name=self._satellite, **more)
        self.means.append(told["means"])
        return Heard(told["text"], told["language"], told["seconds"])


async def asked(file: Path, satellite: str, language: str | None, ask: Client) -> Trial:
    """Try a file with the daemon's engine; raises NoDaemon, Refused, Unavailable."""
    voice = (await asyncio.to_thread(ask.ask, "status"))["voice"]
    if voice is None or voice["transcriber"] is None:
        raise Unavailable(NO_ENGINE)
    ear = Asked(ask, satellite)
    told = await trial(file, ear, language=language)
    means = iter(ear.means)
    return replace(told, pieces=tuple(one if one.problem else replace(one, means=next(means)) for one in told.pieces))


async def alone(file: Path, language: str | None, config: Path) -> Trial:
    """Try a file with an engine of our own; raises Invalid, Refused, Unavailable, Broken."""
    voice = read_config(config).voice
    if voice is None or voice.transcriber is None:
        raise Unavailable(NO_ENGINE)
    clock, engine = SystemClock(), voice.transcriber
    allowance = None
    if isinstance(engine, OpenAIEngineConfig):  # the daemon's ledger is the daemon's: this counts for itself
        allowance = SoundBudget(clock, engine.seconds_per_day, lambda now: now.astimezone())
    ear = Transcriber(engine_of(engine, clock), clock, clock, lambda _, said: Hints(said), allowance=allowance)
    try:
        await ear.warm()
        return await trial(file, ear, language=language)
    finally:
        await ear.close()
