"""What a person may configure: one small file, refused whole when any of it is wrong.

No secret is ever in it: the house's token comes from ``$CLAW_HOUSE_TOKEN``, the model's key from ``$OPENAI_API_KEY``,
or either from a file that only the owner can read (a systemd credential is such a file).  The daemon reads this file
and never writes it.
"""

import os
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from claw.base.config_late import Late
from claw.base.config_listen import ListenConfig
from claw.base.config_routines import RoutinesConfig
from claw.base.config_services import ServiceConfig
from claw.base.documents import read_document
from claw.base.errors import Broken, Invalid
from claw.base.places import kept_at
from claw.base.redaction import hide
from claw.base.regular import open_regular

if TYPE_CHECKING:
    from claw.base.config_care import BackupConfig, TracesConfig
    from claw.base.config_channels import ChannelsConfig
    from claw.base.config_voice import VoiceConfig

    Backup = BackupConfig | None
    Channels = ChannelsConfig | None
    Traces = TracesConfig | None
    Voice = VoiceConfig | None
else:
    Backup = Annotated[Any, Late("claw.base.config_care", "BackupConfig")]
    Channels = Annotated[Any, Late("claw.base.config_channels", "ChannelsConfig")]
    Traces = Annotated[Any, Late("claw.base.config_care", "TracesConfig")]
    Voice = Annotated[Any, Late("claw.base.config_voice", "VoiceConfig")]

TOKEN_VARIABLE = "CLAW_HOUSE_TOKEN"  # noqa: S105  the name of a variable, not a token
MOST_SECRET = 1 << 16
"""Bytes of a file with a secret in it; no token or key comes near."""
KEY_VARIABLE = "OPENAI_API_KEY"
PUBLIC_MODELS = "https://api.openai.com/v1"

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Language = Literal["en", "de", "fr", "nl", "zh"]
EntityId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=255)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HouseConfig(_Strict):
    """Where the house is: a Home Assistant ``url``, or a ``simulated`` house file.

    With ``logbook`` Home Assistant's own logbook says what Claw did and for whom.
    """

    url: str | None = None
    token_file: Path | None = None
    simulated: Path | None = None
    logbook: bool = False

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("expected an address that begins with http:// or https://")
        return url


class ModelConfig(_Strict):
    """The model that writes programs for what no sentence covers: ``name``, at any server with OpenAI's interface.

    Its key comes from ``$OPENAI_API_KEY`` or from ``key_file``; a server of your own may need none.  An answer may take
    ``timeout_s`` seconds.  ``tools: auto`` offers the model a tool for its program and does without where the server
    knows none.  At a cap only what needs no model is understood until midnight: ``tokens_per_day`` for everything, of
    which ``background_tokens_per_day`` for what nobody asked for just now, ``tokens_per_source`` for each channel,
    ``tokens_per_person`` for each person, and ``money_per_day`` in the currency of ``price_in`` and ``price_out``, the
    prices of a million tokens read and written.
    """

    name: str = Field(min_length=1, max_length=200)
    base_url: str = PUBLIC_MODELS
    key_file: Path | None = None
    timeout_s: float = Field(default=60.0, ge=1, le=900)
    tools: Literal["auto", "always", "never"] = "auto"
    tokens_per_day: int = Field(default=500_000, ge=0)
    background_tokens_per_day: int = Field(default=100_000, ge=0)
    tokens_per_source: int | None = Field(default=None, ge=0)
    tokens_per_person: int | None = Field(default=None, ge=0)
    money_per_day: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    price_in: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    price_out: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        parts = urlsplit(url)  # raises ValueError for half an IPv6 address; so does the port where it is none
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise ValueError("expected an address that begins with http:// or https://")
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("expected an address without spaces and special characters")
        if parts.username is not None or parts.password is not None:
            raise ValueError("expected an address without a password: the key comes from elsewhere")
        return url

    @model_validator(mode="after")
    def _has_prices(self) -> Self:
        if self.money_per_day is not None and (self.price_in is None or self.price_out is None):
            raise ValueError("money_per_day needs price_in and price_out")
        return self


class EmbeddingsConfig(_Strict):
    """A model that says what a text means, to find memories by other words than theirs.

    It is asked at the server of ``model`` with its key, unless ``base_url`` and ``key_file`` name another, and always
    within its caps.  The words of every memory that all of the household may hear are sent there once, and so is each
    question to the memory.  ``weight`` is its say in what is found, beside that of the words themselves.
    """

    name: str = Field(min_length=1, max_length=200)
    base_url: str | None = None
    key_file: Path | None = None
    weight: float = Field(default=0.3, gt=0, lt=1)

    def as_model(self, model: ModelConfig) -> ModelConfig:
        """Return the same as a model beside ``model``; raises ValidationError for an address that is none."""
        url = self.base_url or model.base_url
        key_file = self.key_file or (model.key_file if url == model.base_url else None)
        changed = {"name": self.name, "base_url": url, "key_file": key_file}
        return ModelConfig.model_validate({**model.model_dump(), **changed})


class MemoryConfig(_Strict):
    """What is remembered, and how it is found again."""

    embeddings: EmbeddingsConfig | None = None


class SourceConfig(_Strict):
    """A text that programs may read, always as a stranger's: what an ``entity`` says, or a ``file`` of this machine."""

    entity: EntityId | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.entity is None) == (self.file is None):
            raise ValueError("expected either an entity or a file")
        return self


class HoursConfig(_Strict):
    """A span of local time on some days, every day where none is named."""

    start: TimeOfDay
    end: TimeOfDay
    days: tuple[Day, ...] = ()


class PersonConfig(_Strict):
    """Somebody of the household; ``uid`` is the Unix user that speaks for them on this machine.

    ``entity`` is their person in Home Assistant.  ``rooms`` (area ids), ``hours`` and ``end`` (their last day) bound
    what a role lets them do; outside their hours and after their last day they count as nobody.
    """

    id: Id
    name: str = Field(min_length=1, max_length=60)
    role: Literal["owner", "adult", "child", "guest", "service"]
    uid: int | None = Field(default=None, ge=0)
    entity: EntityId | None = None
    rooms: tuple[Id, ...] = ()
    hours: tuple[HoursConfig, ...] = ()
    end: date | None = None


class SafeConfig(_Strict):
    """One action of the safe-state list."""

    action: ActionName
    entities: tuple[EntityId, ...] = ()


class StopConfig(_Strict):
    """What the kill switch does besides stopping.

    ``category`` 0 cuts at once; 1 does the ``safe`` actions first, for two seconds at most.  ``helper`` is a switch of
    Home Assistant (an ``input_boolean``) that stops Claw when it goes on, and shows whether Claw is stopped.
    """

    category: Literal[0, 1] = 0
    safe: tuple[SafeConfig, ...] = Field(default=(), max_length=20)
    helper: EntityId | None = None


class AuditConfig(_Strict):
    """Where the signed heads of the audit log are kept besides the log, and how much of it stays in one file.

    ``witness_file`` is best on another machine's disk; where it is not named it lies beside the state directory.
    ``journald`` sends every head to the system's journal, ``witness_entity`` (an ``input_text``) keeps the last one in
    Home Assistant.  ``keep_days`` is how long sealed parts of the log are kept; without it they stay.
    """

    witness_file: Path | None = None
    journald: bool = True
    witness_entity: EntityId | None = None
    keep_days: int | None = Field(default=None, ge=30)


class Config(_Strict):
    """The whole file.

    ``sources`` are the texts that programs may read, by the name that a program calls them; ``wake_words`` are those of
    the household's own microphones, which no text of a model may hold.
    """

    house: HouseConfig
    model: ModelConfig | None = None
    policy: Path = Path("policy.yaml")
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1)
    listen: ListenConfig = ListenConfig()
    people: tuple[PersonConfig, ...] = ()
    services: Mapping[ActionName, ServiceConfig] = Field(default_factory=dict)
    sources: Mapping[Id, SourceConfig] = Field(default_factory=dict, max_length=50)
    wake_words: tuple[str, ...] = Field(default=(), max_length=20)
    stop: StopConfig = StopConfig()
    audit: AuditConfig = AuditConfig()
    memory: MemoryConfig = MemoryConfig()
    routines: RoutinesConfig = RoutinesConfig()
    voice: Voice = None
    channels: Channels = None
    backup: Backup = None
    traces: Traces = None
    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that it was read from, None where it is none's."""
        return self._file

    def read_from(self, path: Path) -> Self:
        """Return the same, known to be what the file at ``path`` says."""
        known = self.model_copy()
        known._file = path.resolve()  # noqa: SLF001  its own, on its copy
        return known


def read_config(path: Path) -> Config:
    """Return the configuration at ``path`` with its paths made absolute; raises Invalid with file and line."""
    if not path.exists():
        raise Invalid(str(path), None, "is not there: `claw init` makes one, --config names another")
    config = read_document(path, Config)
    house = config.house
    if (house.url is None) == (house.simulated is None):
        raise Invalid(str(path), None, "house: expected either a url or a simulated house file")
    base = path.resolve().parent
    named = {"token_file": house.token_file, "simulated": house.simulated}
    house = house.model_copy(update={key: base / file if file else None for key, file in named.items()})
    audit = config.audit
    if audit.witness_file is not None:
        audit = audit.model_copy(update={"witness_file": base / audit.witness_file})
    model = config.model
    if model is not None and model.key_file is not None:
        model = model.model_copy(update={"key_file": base / model.key_file})
    memory = config.memory
    if memory.embeddings is not None:
        memory = _placed(path, memory, memory.embeddings, model)
    sources = {
        name: source.model_copy(update={"file": base / source.file}) if source.file is not None else source
        for name, source in config.sources.items()
    }
    update = {"house": house, "model": model, "policy": base / config.policy, "audit": audit, "sources": sources}
    met = {
        "listen": config.listen.placed(base),
        "voice": config.voice.placed(base) if config.voice else None,
        "channels": config.channels.placed(base) if config.channels else None,
        "backup": config.backup.placed(base) if config.backup else None,
    }
    return config.model_copy(update={**update, **met, "memory": memory}).read_from(path)


def _placed(path: Path, memory: MemoryConfig, embeddings: EmbeddingsConfig, model: ModelConfig | None) -> MemoryConfig:
    """Return ``memory`` with its path made absolute; raises Invalid for embeddings that could not be asked for."""
    if model is None:
        raise Invalid(str(path), None, "memory: embeddings: expected a model, whose caps they share")
    if embeddings.key_file is not None:
        embeddings = embeddings.model_copy(update={"key_file": path.resolve().parent / embeddings.key_file})
    try:
        embeddings.as_model(model)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"]
        raise Invalid(str(path), None, f"memory: embeddings: base_url: {why}") from error
    return memory.model_copy(update={"embeddings": embeddings})


def read_token(house: HouseConfig, environment: Mapping[str, str] = os.environ) -> str:
    """Return the house's token; raises Broken when there is none or others can read its file."""
    token = environment.get(TOKEN_VARIABLE, "")
    if house.token_file is not None:
        token = _secret("token", house.token_file, environment)
    token = token.strip()
    if not _usable(token):
        raise Broken(f"there is no token for the house: set ${TOKEN_VARIABLE}, or token_file in the configuration")
    return hide(token)


def read_key(model: ModelConfig, environment: Mapping[str, str] = os.environ) -> str:
    """Return the key for the model's server, empty where a server of the household's own is asked without one.

    Raises Broken when there is none for a public server, or when others can read its file.
    """
    key = environment.get(KEY_VARIABLE, "")
    if model.key_file is not None:
        key = _secret("key", model.key_file, environment)
    key = key.strip()
    needed = model.key_file is not None or model.base_url == PUBLIC_MODELS
    if not _usable(key) and (key or needed):
        raise Broken(f"there is no key for the model: set ${KEY_VARIABLE}, or key_file in the configuration")
    return hide(key)


def model_of(environment: Mapping[str, str]) -> ModelConfig | None:
    """Return the model that the usual variables name, None where they name none; raises Broken for a wrong address.

    It takes ``$CLAW_MODEL`` and one of ``$OPENAI_BASE_URL`` and ``$OPENAI_API_KEY``.
    """
    name, url = environment.get("CLAW_MODEL", ""), environment.get("OPENAI_BASE_URL", "")
    if not name or not (url or environment.get(KEY_VARIABLE)):
        return None
    try:
        return ModelConfig(name=name, base_url=url or PUBLIC_MODELS)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        variable = "OPENAI_BASE_URL" if first["loc"] == ("base_url",) else "CLAW_MODEL"
        raise Broken(f"${variable} cannot be used: {first['msg']}") from error


def read_secret(what: str, path: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return the secret in a file of its own; raises Broken, naming ``what`` it is, where there is none to be had."""
    secret = _secret(what, path, environment).strip()
    if not _usable(secret):
        raise Broken(f"the {what} file {path} holds no {what}")
    return hide(secret)


def _secret(what: str, path: Path, environment: Mapping[str, str]) -> str:
    """Return what a file holds that only its owner may read; raises Broken.

    systemd shows its own credentials as readable by a group, because the access list that lets the service in counts
    as one; their directory is nobody else's to enter.  Root reads what it gave the service where it keeps that.
    """
    if os.geteuid() == 0 and kept_at(path).is_file():
        path = kept_at(path)
    try:
        with open_regular(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(MOST_SECRET).decode()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Broken(f"the {what} file {path} cannot be read: {why}") from error
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    others = stat.S_IRWXO if credentials and path.parent == Path(credentials) else stat.S_IRWXG | stat.S_IRWXO
    if mode & others:
        raise Broken(f"the {what} file {path} can be read by others: chmod 600 it")
    return text


def _usable(secret: str) -> bool:
    return secret.isascii() and secret.isprintable() and bool(secret)


def state_directory(given: Path | None, name: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the state directory: ``given``, else ``$CLAW_STATE_DIR``, else ``$XDG_STATE_HOME/<name>``."""
    if given is not None:
        return given.absolute()
    if environment.get("CLAW_STATE_DIR"):
        return Path(environment["CLAW_STATE_DIR"]).absolute()
    base = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base).absolute() / name
