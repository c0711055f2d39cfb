"""Voice put together: ears, what a spoken sentence may mean, and a mouth; only where the configuration names any.

Nothing listens before ``start``.  What is heavy (speech to text, the detector, wake words) runs in processes of its
own, which hold no secret and which the stop leaves alone: what is stopped must still be able to hear, and to say so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from claw.base.clock import SystemClock
from claw.base.config_voice import OpenAIEngineConfig
from claw.base.errors import ClawError
from claw.base.supervised import Supervised
from claw.channels.microphone import Microphone
from claw.channels.microphone_turns import Ways as MicrophoneWays
from claw.channels.voiced import Rooms as AskedRooms
from claw.channels.voiced import Voiced
from claw.channels.wyoming import WyomingServer
from claw.channels.wyoming_behind import Behind as WyomingBehind
from claw.gate.cause import Causes
from claw.gate.children import Children
from claw.gate.messages import Messages
from claw.gate.spoken import by_voice
from claw.house.assist import Assists, findings
from claw.house.model import State
from claw.llm.sound_budget import SoundBudget
from claw.mind.approved import ApprovedNames
from claw.mind.harmless import Harmless
from claw.policy.windows import local
from claw.voice.asking import Asking
from claw.voice.asking import Door as AskingDoor
from claw.voice.brief import Brief
from claw.voice.claims import Claims
from claw.voice.echo import Echo
from claw.voice.engines import engine_of, leaves
from claw.voice.hearing import Behind, Hearing, Words
from claw.voice.hotwords import Hotwords, lately
from claw.voice.listening import STOP_WORD
from claw.voice.meaning import Meaning
from claw.voice.rings import Rings
from claw.voice.snapping import Known, Snapping
from claw.voice.speaker import Speaker
from claw.voice.speech_house import HouseVoices
from claw.voice.speech_manners import Manners
from claw.voice.speech_messages import Aloud
from claw.voice.speech_player import Player, PlayerWay
from claw.voice.speech_server import VoiceServer
from claw.voice.speech_text import Clean
from claw.voice.speech_ways import Ways
from claw.voice.stop_words import StopWords
from claw.voice.transcriber import Transcriber
from claw.voice.withheld import OpenEar, TriedEar

if TYPE_CHECKING:
    from claw.base.config_voice import VoiceConfig
    from claw.daemon.build import Daemon

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Around:
    """What voice is built on, besides the daemon itself."""

    causes: Causes
    names: ApprovedNames
    children: Children
    messages: Messages


@dataclass(frozen=True)
class Voice:
    """All of voice that runs by itself."""

    hearing: Hearing
    speaker: Speaker
    rings: Rings
    asking: Asking
    ear: Transcriber | None
    server: WyomingServer | None
    microphones: tuple[Microphone, ...]
    listening: tuple[Supervised, ...]
    """What has the microphones listen."""
    tasks: list[asyncio.Task[None]]

    async def start(self) -> None:
        """Begin to listen; raises Broken where the server's address cannot be had."""
        if self.server is not None:
            await self.server.start()
        self.listen()

    def listen(self) -> None:
        """Begin to listen by whatever is not the server."""
        self.tasks.append(asyncio.create_task(self.hearing.warm(), name="names as they sound"))
        if self.ear is not None:
            self.tasks.append(asyncio.create_task(_warm(self.ear), name="speech to text"))
        for one in self.listening:
            one.start()

    async def close(self) -> None:
        """Listen no more, and end what is being said."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for one in self.listening:
            await one.close()
        if self.server is not None:
            await self.server.close()
        await self.hearing.close()
        await self.rings.close()
        await self.speaker.close()
        if self.ear is not None:
            await self.ear.close()


def voiced(config: "VoiceConfig", daemon: "Daemon", around: Around, rooms: AsyncExitStack) -> Voice:
    """Return voice as ``config`` names it, the desk answering about it from now on; ``rooms`` closes it."""
    clock, mirror = daemon.clock, daemon.mirror
    known, wakes = daemon.intents.known, (*daemon.config.wake_words, *_own_wakes(config))
    clean, stops = Harmless(wakes, known).text, StopWords(wakes, known)
    speaker, manners = _speaker(config, daemon, around.children, clean)
    rings = Rings(speaker, mirror, lambda state: _by_hand(around.causes, state), clock)
    daemon.stop.hooks.append(rings.cut)
    questions = daemon.gate.questions
    questions.channels = (*questions.channels, "voice")  # as far as a rule names it: see claw/gate/spoken.py
    door = AskingDoor(
        daemon.gate.perform,
        daemon.desk.answer,
        lambda one, origin: by_voice(origin) and questions.takes_voice(one),
        daemon.follower.responded,
    )
    asking = Asking(door, mirror, speaker, clean, daemon.config.languages[0])
    brief = Brief(mirror.house, clean, lambda: manners.night, questions)
    snapping = Snapping(daemon.intents, mirror.house, _known(daemon))
    words = Words(stops, snapping, daemon.intents.control)
    hearing = _hearing(daemon, (speaker, rings, asking), words, brief)
    mouth = Aloud(speaker, rings, manners, hearing.talks.satellite, clock, hearing.afterwards.needless)
    around.messages.mouths.append(mouth)
    ear = _ear(config, daemon, around.names, stops)
    away = config.transcriber is not None and leaves(config.transcriber)
    microphones = _microphones(config, (hearing, ear, speaker, stops), clock, lambda: away and daemon.stop.engaged)
    for one in microphones:
        speaker.heard_by(one.satellite, one.sounding)
    claims = Claims(config.wyoming, lambda: mirror.registry) if config.wyoming is not None else None
    server = None
    if config.wyoming is not None and claims is not None:
        behind = WyomingBehind(hearing, claims, _stopping(stops), daemon.config.languages, clock, ear)
        server = WyomingServer(config.wyoming, behind, clock)
    daemon.memory.forgets_in(hearing, rings, speaker)
    listening = tuple(Supervised(f"microphone {one.satellite.id}", one.run, clock, clock) for one in microphones)
    voice = Voice(hearing, speaker, rings, asking, ear, server, microphones, listening, [])
    rooms.push_async_callback(voice.close)
    answers = AskedRooms(
        config,
        lambda: mirror.registry,
        lambda: hearing.times.times().as_json(),
        claims.vouched if claims is not None else tuple,
        hearing.heard,
        server.state if server is not None else None,
        lambda: {one.satellite.id: one.state for one in microphones},
        TriedEar(ear, lambda: away and daemon.stop.engaged) if ear is not None else None,
        _assistants(daemon),
        Meaning(words, daemon.intents.listen, mirror.house, _known(daemon)).of,
    )
    daemon.desk.hear(Voiced(answers))
    return voice


def _hearing(daemon: "Daemon", mouth: tuple[Speaker, Rings, Asking], words: Words, brief: Brief) -> Hearing:
    speaker, rings, asking = mouth
    language, echo = daemon.config.languages[0], Echo(daemon.clock)
    speaker.echo.append(echo.spoke)
    behind = Behind(
        daemon.desk.say,
        daemon.stop.engage,
        daemon.gate.tell,
        lambda kind, payload, origin: daemon.audit.note(kind, payload, origin=origin),
        speaker.cut,
        rings.silence,
        asking,
        language,
    )
    hearing = Hearing(behind, words, brief, echo, daemon.clock, daemon.clock)
    daemon.follower.noted.append(hearing.noted)
    daemon.follower.ended.append(hearing.ended)
    return hearing


def _assistants(daemon: "Daemon") -> Callable[[], Awaitable[Sequence[str]]] | None:
    """Return what tells how Home Assistant's own assistants bring words to Claw, or past it."""
    house = daemon.backend
    if not isinstance(house, Assists):
        return None

    async def found() -> Sequence[str]:
        return findings(await house.assist(), daemon.mirror.states)

    return found


def _stopping(stops: StopWords) -> Callable[[str], bool]:
    return lambda text: stops.everything(text) is not None


def _speaker(config: "VoiceConfig", daemon: "Daemon", children: Children, clean: Clean) -> tuple[Speaker, Manners]:
    speech, clock, mirror = config.speech, daemon.clock, daemon.mirror
    house = HouseVoices(daemon.gate.perform, mirror, clock, speech.voice)
    server = VoiceServer(speech.server, clock) if speech.server is not None else None
    manners = Manners(speech, clock, lambda: local(mirror.registry, clock.now()))
    players = [
        PlayerWay(one.id, one.place, Player(one.speaker, children, clock), server, lambda: manners.night)
        for one in config.microphones
        if one.speaker is not None
    ]
    return Speaker(Ways(speech, mirror, house, players), clean, daemon.stop, clock), manners


def _ear(config: "VoiceConfig", daemon: "Daemon", names: ApprovedNames, stops: StopWords) -> Transcriber | None:
    if config.transcriber is None:
        return None
    hotwords = Hotwords(lambda: daemon.mirror.registry, names.shown, lambda: lately(daemon.mirror.states))
    engine, clock = engine_of(config.transcriber, daemon.clock), daemon.clock
    return Transcriber(
        engine,
        clock,
        clock,
        hotwords.hints,
        stops=_stopping(stops),
        allowance=_allowance(config, daemon),
        language=daemon.config.languages[0],
    )


def _allowance(config: "VoiceConfig", daemon: "Daemon") -> SoundBudget | None:
    """Return how much sound may be sent to a server that takes money for it; None where none is asked."""
    engine, mirror = config.transcriber, daemon.mirror
    if not isinstance(engine, OpenAIEngineConfig):
        return None

    def at_home(now: datetime) -> datetime:
        return local(mirror.registry, now) or now.astimezone()

    return SoundBudget(daemon.clock, engine.seconds_per_day, at_home, daemon.memory.store.ground.db)


def _microphones(
    config: "VoiceConfig",
    behind: tuple[Hearing, Transcriber | None, Speaker, StopWords],
    clock: SystemClock,
    withheld: Callable[[], bool],
) -> tuple[Microphone, ...]:
    """Return the microphones of this machine; from those that are always open, what is ``withheld`` is sent nowhere."""
    hearing, ear, speaker, stops = behind
    if ear is None:
        return ()

    def stopping(text: str, language: str | None) -> bool:
        return stops.everything(text) is not None or stops.bare_stop(text, language)

    woken = MicrophoneWays(hearing, ear, speaker, stopping)
    always = MicrophoneWays(hearing, OpenEar(ear, withheld), speaker, stopping)
    return tuple(Microphone(one, woken if one.wake else always, clock, clock) for one in config.microphones)


def _own_wakes(config: "VoiceConfig") -> Sequence[str]:
    """Return what wakes the microphones of this machine, as it is said; a word that stops is none of these."""
    words = (word for one in config.microphones if one.wake is not None for word in one.wake.words)
    return tuple(word.replace("_", " ") for word in words if word != STOP_WORD)


def _by_hand(causes: Causes, state: State) -> bool:
    who = causes.behind(state.context, state.cause)
    return who.kind in {"hand", "person"}


def _known(daemon: "Daemon") -> Sequence[Known]:
    """Return who else understands sentences as they stand: phrases of skills, and the names of a talk."""
    skills, names = daemon.skills.turn.runs, daemon.memory.taught.names
    return (
        lambda text, origin: skills.knows(text, origin.language or daemon.config.languages[0]),
        lambda text, origin: names.said(text, origin.conversation) != text,
    )


async def _warm(ear: Transcriber) -> None:
    try:
        await ear.warm()
    except ClawError as error:
        logger.warning("Speech cannot be turned into text yet: %s", error)
