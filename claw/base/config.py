"""What a person may configure: one small file, refused whole when any of it is wrong.

No secret is ever in it: the house's token comes from ``$CLAW_HOUSE_TOKEN`` or from a file that only the owner can read
(a systemd credential is such a file).  The daemon reads this file and never writes it.
"""

import os
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from claw.base.documents import read_document
from claw.base.errors import Broken, Invalid

TOKEN_VARIABLE = "CLAW_HOUSE_TOKEN"  # noqa: S105  the name of a variable, not a token
PORT = 8321

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


class ListenConfig(_Strict):
    """Where the web page listens, and the further names (``Host`` headers) it answers to."""

    host: str = "127.0.0.1"
    port: int = Field(default=PORT, ge=0, le=65535)
    names: tuple[str, ...] = ()


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


class FieldConfig(_Strict):
    """One field of a declared service."""

    type: Literal["number", "integer", "boolean", "string"]
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    options: tuple[str, ...] = ()


class ServiceConfig(_Strict):
    """A service of a custom integration, which Claw would otherwise refuse as unknown.

    The policy judges it like any other.  ``tier`` is its risk: 0 read, 1 comfort, 2 bounded, 3 security, 4 forbidden.
    What is declared as 3 always waits for a person's yes, whatever the policy allows; 4 stays unknown.
    """

    tier: int = Field(ge=0, le=4)
    targets: bool = True
    fields: Mapping[str, FieldConfig] = Field(default_factory=dict)


class Config(_Strict):
    """The whole file."""

    house: HouseConfig
    policy: Path = Path("policy.yaml")
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1)
    listen: ListenConfig = ListenConfig()
    people: tuple[PersonConfig, ...] = ()
    services: Mapping[ActionName, ServiceConfig] = Field(default_factory=dict)
    stop: StopConfig = StopConfig()
    audit: AuditConfig = AuditConfig()


def read_config(path: Path) -> Config:
    """Return the configuration at ``path`` with its paths made absolute; raises Invalid with file and line."""
    config = read_document(path, Config)
    house = config.house
    if (house.url is None) == (house.simulated is None):
        raise Invalid(str(path), None, "house: expected either a url or a simulated house file")
    base = path.resolve().parent
    house = house.model_copy(
        update={
            "token_file": base / house.token_file if house.token_file else None,
            "simulated": base / house.simulated if house.simulated else None,
        }
    )
    audit = config.audit
    if audit.witness_file is not None:
        audit = audit.model_copy(update={"witness_file": base / audit.witness_file})
    return config.model_copy(update={"house": house, "policy": base / config.policy, "audit": audit})


def read_token(house: HouseConfig, environment: Mapping[str, str] = os.environ) -> str:
    """Return the house's token; raises Broken when there is none or others can read its file."""
    token = environment.get(TOKEN_VARIABLE, "")
    if house.token_file is not None:
        try:
            mode = house.token_file.stat().st_mode
            token = house.token_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Broken(f"the token file {house.token_file} cannot be read: {error}") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Broken(f"the token file {house.token_file} can be read by others: chmod 600 it")
    token = token.strip()
    if not token.isascii() or not token.isprintable() or not token:
        raise Broken(f"there is no token for the house: set ${TOKEN_VARIABLE}, or token_file in the configuration")
    return token


def state_directory(given: Path | None, name: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the state directory: ``given``, else ``$CLAW_STATE_DIR``, else ``$XDG_STATE_HOME/<name>``."""
    if given is not None:
        return given.absolute()
    if environment.get("CLAW_STATE_DIR"):
        return Path(environment["CLAW_STATE_DIR"]).absolute()
    base = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base).absolute() / name
