"""What a person may configure about speech: who may bring words, what turns sound into text, where Claw speaks."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

WYOMING_PORT = 10700
LEAST_MB = 400
"""What loads and listens takes 320 MB with a model of no size on two cores, and more with each core and each weight."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Thing = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=255)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Claimed = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,255}$")]
Command = Annotated[tuple[str, ...], Field(min_length=1, max_length=40)]


def _address(written: str) -> str:
    try:
        return str(ip_address(written))
    except ValueError:
        raise ValueError(f"found {written!r}, expected an address such as 192.168.1.10") from None


def _server(written: str) -> str:
    parts = urlsplit(written)
    near = parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/") and not parts.query
    far = parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path and not parts.query
    if not near and not far:
        raise ValueError(
            f"found {written!r}, expected the address of a Wyoming server such as tcp://127.0.0.1:10300, or "
            "unix:///run/claw-voice/asr.sock for a socket of this machine"
        )
    return written


def _room(written: object) -> object:
    if isinstance(written, int) and written < LEAST_MB:
        raise ValueError(
            f"found {written}, expected {LEAST_MB} or more: with less not even the smallest model is loaded"
        )
    return written


Address = Annotated[str, AfterValidator(_address)]
Server = Annotated[str, AfterValidator(_server)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PeerConfig(_Strict):
    """One machine that may bring words, and for which satellites it may speak.

    ``satellites`` are entities (``assist_satellite.kitchen``) or device ids of Home Assistant: the registry says where
    they stand.  ``place`` is the area for what comes from here without such an id.
    """

    address: Address
    satellites: tuple[Claimed, ...] = Field(default=(), max_length=200)
    place: Id | None = None


class WyomingConfig(_Strict):
    """Where the Wyoming server listens.

    The protocol proves nobody.  On this machine alone (the default) every program may speak, from nowhere; beyond it
    only the ``peers``.  ``announce`` tells the network of it.
    """

    host: Address = "127.0.0.1"
    port: int = Field(default=WYOMING_PORT, ge=0, le=65535)
    announce: bool = False
    peers: tuple[PeerConfig, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _knows_its_peers(self) -> Self:
        if not ip_address(self.host).is_loopback and not self.peers:
            raise ValueError("a voice server that others can reach needs its peers: whoever connects may speak")
        if self.announce and ip_address(self.host).is_loopback:
            raise ValueError("announce: nobody else can reach a server that listens on this machine alone")
        return self


class WhisperConfig(_Strict):
    """Speech to text on this machine: a folder with a model that faster-whisper reads; nothing is fetched."""

    engine: Literal["whisper"]
    model: Path
    compute: Literal["default", "int8", "int8_float32", "float16", "float32"] = "int8"
    threads: int = Field(default=0, ge=0, le=64)
    memory_mb: Annotated[int, BeforeValidator(_room)] = Field(default=4096, ge=LEAST_MB, le=65536)


class WyomingEngineConfig(_Strict):
    """Speech to text by another Wyoming server."""

    engine: Literal["wyoming"]
    server: Server
    model: str | None = Field(default=None, max_length=100)


class OpenAIEngineConfig(_Strict):
    """Speech to text by a server with OpenAI's interface; its key comes from ``$OPENAI_API_KEY`` or ``key_file``.

    It is sent ``seconds_per_day`` seconds of sound a day at most, and none where that is 0: a television talks all day,
    and such servers take money for each second.  One in the house may have all 86400.
    """

    engine: Literal["openai"]
    base_url: str = Field(pattern=r"^https?://[^\s@]+$", max_length=300)
    model: str = Field(min_length=1, max_length=200)
    key_file: Path | None = None
    seconds_per_day: int = Field(default=3600, ge=0, le=86_400)


Engine = Annotated[WhisperConfig | WyomingEngineConfig | OpenAIEngineConfig, Field(discriminator="engine")]


class WakeConfig(_Strict):
    """What wakes a microphone: words that pymicro-wakeword knows, or those of a Wyoming ``server``."""

    words: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")], ...] = Field(
        min_length=1, max_length=4
    )
    server: Server | None = None


class MicrophoneConfig(_Strict):
    """One microphone of this machine, read by a ``command`` that writes 16 kHz mono S16_LE to its output.

    Without ``wake`` it listens always.  ``speaker`` is a command that plays 22.05 kHz mono S16_LE, or what the voice's
    server sends, from its input.
    """

    id: Id
    command: Command
    place: Id | None = None
    wake: WakeConfig | None = None
    speaker: Command | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")


class QuietConfig(_Strict):
    """A span of the night; what is not urgent is not said aloud then."""

    start: TimeOfDay
    end: TimeOfDay


class SpeechConfig(_Strict):
    """How Claw speaks.

    ``rooms`` says for an area what speaks there: an ``assist_satellite`` or a ``media_player``; without it the
    satellites that Home Assistant has there.  ``voice`` is the ``tts`` entity for media players, ``server`` a Wyoming
    text-to-speech server for microphones of this machine.  What is not urgent is said aloud at most ``most_per_hour``
    times an hour in a room, and not in the ``quiet`` hours.
    """

    rooms: Mapping[Id, Thing] = Field(default_factory=dict, max_length=200)
    voice: Thing | None = None
    server: Server | None = None
    quiet: QuietConfig | None = QuietConfig(start="22:00", end="07:00")
    most_per_hour: int = Field(default=10, ge=0, le=120)


class VoiceConfig(_Strict):
    """Everything about speech; what is not named is not there."""

    wyoming: WyomingConfig | None = None
    transcriber: Engine | None = None
    microphones: tuple[MicrophoneConfig, ...] = Field(default=(), max_length=16)
    speech: SpeechConfig = SpeechConfig()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ids = [one.id for one in self.microphones]
        if len(set(ids)) < len(ids):
            raise ValueError("microphones: two have the same id")
        if self.microphones and self.transcriber is None:
            raise ValueError("microphones: expected a transcriber, which turns what they hear into text")
        return self

    def placed(self, base: Path) -> Self:
        """Return the same with its paths made absolute, as seen from the folder ``base``."""
        engine = self.transcriber
        if isinstance(engine, WhisperConfig):
            engine = engine.model_copy(update={"model": base / engine.model})
        elif isinstance(engine, OpenAIEngineConfig) and engine.key_file is not None:
            engine = engine.model_copy(update={"key_file": base / engine.key_file})
        return self.model_copy(update={"transcriber": engine})
