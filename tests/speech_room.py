"""A house that can speak, for tests: satellites, media players, a microphone with a loudspeaker of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from claw.base.action import SYSTEM, Action, Json, Origin, Outcome, OutcomeStatus
from claw.base.config_voice import QuietConfig, SpeechConfig
from claw.base.errors import Unavailable
from claw.gate.stop import Stop
from claw.house.backend import Link
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.mind.harmless import Harmless
from claw.voice.model import Satellite
from claw.voice.speaker import Speaker
from claw.voice.speech_house import HouseVoices
from claw.voice.speech_ways import Saying, Ways
from tests.held_clock import HeldClock

T = TypeVar("T")

KITCHEN = Satellite("kitchen", "kitchen", "assist_satellite.kitchen", "192.168.1.10")
HALL = Satellite("hall", "hall", None, "microphone")
BEDROOM = Satellite("bedroom", "bedroom", None, "192.168.1.11")
ELSEWHERE = Satellite(source="127.0.0.1")

HOUSE = {
    "time_zone": "Europe/Berlin",
    "areas": [{"id": one, "name": one.title()} for one in ("kitchen", "hall", "bedroom", "cellar")],
    "devices": [{"id": "box", "name": "Box", "area": "kitchen"}],
    "entities": [
        {
            "entity_id": "assist_satellite.kitchen",
            "name": "Kitchen Satellite",
            "device": "box",
            "state": "idle",
            "attributes": {"supported_features": 3},
        },
        {
            "entity_id": "media_player.box",
            "name": "Box",
            "device": "box",
            "state": "idle",
            "attributes": {"supported_features": 512 | 4096},
        },
        {
            "entity_id": "media_player.bedroom",
            "name": "Bedroom Speaker",
            "area": "bedroom",
            "state": "idle",
            "attributes": {"supported_features": 512 | 4096},
        },
        {
            "entity_id": "assist_satellite.attic",
            "name": "Attic Satellite",
            "state": "idle",
            "attributes": {"supported_features": 1},
        },
        {"entity_id": "tts.piper", "name": "Piper", "state": "unknown"},
        {"entity_id": "light.kitchen", "name": "Kitchen Lamp", "area": "kitchen", "state": "off"},
        {"entity_id": "sensor.kitchen", "name": "Kitchen Temperature", "area": "kitchen", "state": "20"},
    ],
}

CONFIG = SpeechConfig(
    rooms={"bedroom": "media_player.bedroom"},
    voice="tts.piper",
    quiet=QuietConfig(start="22:00", end="07:00"),
    most_per_hour=2,
)


@cache
def harmless() -> Harmless:
    """Return one of the shipped languages, which takes a second to read."""
    return Harmless(["computer"])


def clean(text: str, limit: int) -> str:
    return harmless().text(text, limit)


@dataclass(frozen=True)
class Came:
    """What came of an act."""

    outcomes: Sequence[Outcome]


@dataclass
class Door:
    """The gate, for tests: notes what it is asked; ``refuses`` names things that cannot be spoken through."""

    done: list[Action] = field(default_factory=list[Action])
    refuses: dict[str, OutcomeStatus] = field(default_factory=dict[str, OutcomeStatus])
    hold: asyncio.Event | None = None
    responses: dict[str, Json] = field(default_factory=dict[str, Json])

    async def perform(self, actions: Sequence[Action], origin: Origin) -> Came:
        (action,) = actions
        assert origin == SYSTEM
        status = self.refuses.get(action.entities[0], "sent")
        if status == "sent":
            self.done.append(action)
            if self.hold is not None and action.domain != "media_player":
                await self.hold.wait()
        return Came(() if status == "unchanged" else (Outcome(action, status, "no luck"),))

    @property
    def said(self) -> list[tuple[str, str]]:
        """What was said, and where."""
        texts = ((one.entities[0], one.data.get("message", one.data.get("question"))) for one in self.done)
        return [(entity, str(text)) for entity, text in texts if text is not None]


@dataclass
class Loud:
    """A loudspeaker beside a microphone, for tests."""

    name: str = "microphone:hall"
    place: str | None = "hall"
    said: list[Saying] = field(default_factory=list[Saying])
    works: bool = True
    hold: asyncio.Event | None = None
    cuts: int = 0
    error: Exception | None = None
    begins: bool = True
    fails: bool = False

    def ready(self) -> bool:
        return self.works

    async def speak(self, saying: Saying) -> None:
        if self.error is not None:
            raise self.error
        if self.begins:
            saying.begins()
        self.said.append(saying)
        try:
            if self.hold is not None:
                await self.hold.wait()
        except asyncio.CancelledError:
            if self.fails:
                raise Unavailable("the player ended before it had played") from None
            raise

    def cut(self) -> None:
        self.cuts += 1


@dataclass
class SpeechRoom:
    """All of it."""

    mirror: Mirror
    clock: HeldClock
    stop: Stop
    door: Door
    loud: Loud
    house: HouseVoices
    speaker: Speaker
    spoken: list[str] = field(default_factory=list[str])

    async def heard(self, work: Coroutine[None, None, T]) -> T:
        """Return what ``work`` comes to, letting the time pass that words take."""
        task = asyncio.ensure_future(work)
        for _ in range(200):
            await self.clock.settle()
            if task.done():
                break
            await self.clock.advance(0.05)
        return await task


def speech_room(folder: Path, config: SpeechConfig = CONFIG, house: dict[str, Json] = HOUSE) -> SpeechRoom:
    """Return a house at one o'clock in Berlin that can speak."""
    clock = HeldClock()
    mirror = Mirror(clock)
    mirror.linked(Link("syncing"))
    mirror.synced(parse_house(house, "test"))
    mirror.linked(Link("ready"))
    folder.mkdir(exist_ok=True)
    stop = Stop(folder, clock)
    door, loud = Door(), Loud()
    voices = HouseVoices(door.perform, mirror, clock, config.voice)
    speaker = Speaker(Ways(config, mirror, voices, (loud,)), clean, stop, clock)
    room = SpeechRoom(mirror, clock, stop, door, loud, voices, speaker)
    speaker.echo.append(room.spoken.append)
    return room


async def ended(task: asyncio.Task[object]) -> None:
    """Wait for a task that may have been cancelled."""
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], object]) -> None:
    """Wait for something outside of this process; fails after a while."""
    for _ in range(4000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")
