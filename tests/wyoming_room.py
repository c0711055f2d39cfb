"""A Wyoming server that really listens, with nothing behind it but what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from claw.base.config_voice import PeerConfig, WyomingConfig
from claw.channels.wyoming import WyomingServer
from claw.channels.wyoming_behind import Behind, TellingEar
from claw.house.model import Area, Device, Entity, Registry
from claw.voice.claims import Claims
from claw.voice.frames import CLIENT, BadFrame, Frame, FrameReader, encode
from claw.voice.model import Answer, Audio, Heard, Satellite, Utterance
from tests.held_clock import HeldClock

HERE = "127.0.0.1"
REGISTRY = Registry(
    areas={"kitchen": Area("kitchen", "Kitchen"), "hall": Area("hall", "Hall")},
    devices={"d1": Device("d1", "Kitchen satellite", area="kitchen")},
    entities={
        "assist_satellite.kitchen": Entity("assist_satellite.kitchen", "Kitchen", area="kitchen", device="d1"),
        "assist_satellite.hall": Entity("assist_satellite.hall", "Hall", area="hall"),
    },
)
KITCHEN = Satellite("assist_satellite.kitchen", "kitchen", "assist_satellite.kitchen", HERE)
LISTED = PeerConfig(address=HERE, satellites=("assist_satellite.kitchen",))


class Mind:
    """Says what it heard; ``waits`` are texts whose answer waits for ``go``, ``breaks`` one that goes wrong."""

    def __init__(self) -> None:
        self.heard: list[Utterance] = []
        self.waits: set[str] = set()
        self.breaks = ""
        self.go = asyncio.Event()

    async def hear(self, utterance: Utterance) -> Answer:
        self.heard.append(utterance)
        if utterance.text in self.waits:
            await self.go.wait()
        if utterance.text and utterance.text == self.breaks:
            raise RuntimeError(utterance.text)
        said = bool(utterance.text.strip())
        return Answer(f"heard {utterance.text}" if said else "", handled=said)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.heard]


@dataclass
class Sounds:
    """An ear that hears ``text`` in everything, or raises ``error``; ``wait`` holds it up."""

    text: str = "turn on the light"
    error: Exception | None = None
    pieces: Sequence[str] = ()
    wait: asyncio.Event | None = None
    heard: list[tuple[Audio, Satellite, str | None]] = field(default_factory=list)

    @property
    def partials(self) -> bool:
        return bool(self.pieces)

    async def transcribe(
        self,
        audio: Audio,
        satellite: Satellite,
        language: str | None = None,
        *,
        partial: Callable[[str], Awaitable[None]] | None = None,
    ) -> Heard:
        self.heard.append((audio, satellite, language))
        if self.wait is not None:
            await self.wait.wait()
        if self.error is not None:
            raise self.error
        for piece in self.pieces if partial is not None else ():
            await partial(piece)
        return Heard(self.text, language, audio.seconds, truncated=audio.truncated)


@dataclass
class Room:
    """The server, what it is held by and what is behind it."""

    server: WyomingServer
    clock: HeldClock
    mind: Mind

    @property
    def counts(self) -> dict[str, int]:
        """What was counted so far, the zeros left out."""
        return {name: count for name, count in self.server.state()["counts"].items() if count}


@asynccontextmanager
async def wyoming(
    ear: TellingEar | None = None,
    peers: Sequence[PeerConfig] = (LISTED,),
    languages: Sequence[str] = ("en", "de"),
    stops: Callable[[str], bool] = "stop everything".__eq__,
    registry: Registry = REGISTRY,
) -> AsyncIterator[Room]:
    """Give a server on a free port of this machine."""
    config, clock, mind = WyomingConfig(port=0, peers=tuple(peers)), HeldClock(), Mind()
    behind = Behind(mind, Claims(config, lambda: registry), stops, languages, clock, ear)
    server = WyomingServer(config, behind, clock)
    await server.start()
    try:
        yield Room(server, clock, mind)
    finally:
        await server.close()


class Client:
    """Whoever connects: says bytes, reads events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader(CLIENT)

    async def say(self, *sent: Frame | bytes) -> None:
        self.writer.write(b"".join(one if isinstance(one, bytes) else encode(one) for one in sent))
        await self.writer.drain()

    async def read(self) -> Frame | None:
        """Return the next event; None where the server has hung up."""
        try:
            return await self._frames.read(self.reader, HeldClock(), 30)
        except (ConnectionError, BadFrame):
            return None

    async def ask(self, *sent: Frame | bytes) -> Frame | None:
        await self.say(*sent)
        return await self.read()

    async def rest(self) -> list[Frame]:
        """Return everything that comes until the server hangs up."""
        frames: list[Frame] = []
        while (frame := await self.read()) is not None:
            frames.append(frame)
        return frames


@asynccontextmanager
async def client(room: Room | int) -> AsyncIterator[Client]:
    """Give a connection to the server."""
    port = room if isinstance(room, int) else room.server.port
    reader, writer = await asyncio.open_connection(HERE, port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):  # the server hung up first: that is what most of these tests are about
            await writer.wait_closed()


async def told(room: Room | int, *sent: Frame | bytes, ends: bool = False) -> list[Frame]:
    """Return everything that a server answers until it hangs up; ``ends``: whoever speaks says that this was all."""
    async with client(room) as one:
        await one.say(*sent)
        if ends:
            one.writer.write_eof()
        return await one.rest()


async def until(true: Callable[[], bool]) -> None:
    """Return when ``true`` is; a test that waits in vain ends by its own limit."""
    while not true():  # noqa: ASYNC110  what it waits for is in another's hands
        await asyncio.sleep(0.001)


def words(text: str, **context: object) -> Frame:
    """Return what Home Assistant sends for a sentence."""
    return Frame("transcript", {"text": text, "language": "en", "context": context})


def sound(pcm: bytes = b"ab" * 160, *, stop: bool = True, **shape: object) -> list[Frame]:
    """Return what Home Assistant sends for sound, in chunks."""
    kind = {"rate": 16_000, "width": 2, "channels": 1, "timestamp": None} | shape
    kind = {name: value for name, value in kind.items() if value != "missing"}
    chunks = [Frame("audio-chunk", kind, pcm[at : at + 64_000]) for at in range(0, len(pcm), 64_000)]
    return [
        Frame("transcribe", {"language": "en"}),
        Frame("audio-start", kind),
        *chunks,
        *([Frame("audio-stop", {"timestamp": None})] if stop else []),
    ]
