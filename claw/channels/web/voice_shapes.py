"""What the API tells about voice, as the document describes it; loaded when somebody asks for the document."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from claw.base.action import Json


class Spread(BaseModel):
    """What one stage of the last spoken turns took."""

    turns: int
    p50_ms: float
    p95_ms: float


class Server(BaseModel):
    """The Wyoming server: where it listens, who may connect, how many do, and what came over it."""

    address: str
    announced: bool
    peers: int
    open: int
    counts: dict[str, int]


class Microphones(BaseModel):
    """How many microphones of this machine there should be, and how many listen."""

    configured: int
    listening: int


class Ears(BaseModel):
    """How the ears do, without a word of where they are; ``results`` count turns by what came of them."""

    wyoming: Server | None
    transcriber: dict[str, Json] | None
    microphones: Microphones
    quiet: str | None
    turns: int
    stages: dict[str, Spread]
    results: dict[str, int]


class Satellite(BaseModel):
    """One place to speak; ``known`` is False where Home Assistant has none of that name."""

    id: str
    name: str
    kind: Literal["satellite", "machine", "microphone", "nowhere"]
    place: str | None
    place_name: str | None
    vouched: str
    known: bool
    addresses: list[str]
    about: str
    heard: datetime | None


class Speaks(BaseModel):
    """What speaks in a room."""

    place: str
    place_name: str | None
    by: list[str]


class Devices(Ears):
    """Where people may speak and where Claw does, what is worth a look, and what voice cannot know."""

    satellites: list[Satellite]
    speakers: list[Speaks]
    findings: list[str]
    note: str
