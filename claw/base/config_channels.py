"""What a person may configure about meeting Claw elsewhere: phones, chats, other programs; nothing of it by default.

No token is in here: each is in a file that only its owner can read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

MQTT_PORT = 1883

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Service = Annotated[str, StringConstraints(pattern=r"^notify\.mobile_app_[a-z0-9_]+$", max_length=100)]
HassUser = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Urgency = Literal["low", "normal", "high"]


def _address(written: str) -> str:
    parts = urlsplit(written)  # raises ValueError for half an IPv6 address; so does the port where it is none
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        raise ValueError(f"found {written!r}, expected an address that begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected an address without a password: it comes from a file")
    return written


def _page(written: str) -> str:
    if written.startswith("/") and not written.startswith("//") and written.isprintable():
        return written  # within Home Assistant, where the app itself is: a page behind its ingress
    return _address(written)


Address = Annotated[str, AfterValidator(_address)]
Page = Annotated[str, StringConstraints(max_length=500), AfterValidator(_page)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PhoneConfig(_Strict):
    """A phone with Home Assistant's companion app: its ``service`` there, and the ``person`` who carries it.

    ``user`` is that person's user id in Home Assistant: an answer counts only where the event names it.  With
    ``proves: session`` a tap on this phone counts like a signed-in page: for one that asks for its lock before an
    answer (iOS does; Android does not).
    """

    service: Service
    person: Id
    user: HassUser
    proves: Literal["tap", "session"] = "tap"
    least: Urgency = "normal"


class NotifierConfig(_Strict):
    """A server that messages are posted to: ntfy's way (``kind: ntfy``, ``topic``), or as JSON to any (``webhook``).

    What is for everyone is posted there, and what is for ``person``, where one is named: who reads there reads it all.
    """

    kind: Literal["ntfy", "webhook"]
    url: Address
    topic: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    token_file: Path | None = None
    person: Id | None = None
    least: Urgency = "normal"

    @model_validator(mode="after")
    def _whole(self) -> "NotifierConfig":
        if (self.kind == "ntfy") is not bool(self.topic):
            raise ValueError("ntfy has a topic, and a webhook has none")
        parts = urlsplit(self.url)
        if parts.query or parts.fragment:
            raise ValueError("expected an address without ? and #: what proves Claw there goes into token_file")
        return self


class TelegramConfig(_Strict):
    """A Telegram bot of the household's own; who may write to it is enrolled with a code.

    With ``proves: session`` a tap in an enrolled chat counts like a signed-in page, also for what is risky: for a
    household whose phones and computers all ask for a lock before they show a chat.
    """

    token_file: Path
    api: Address = "https://api.telegram.org"
    proves: Literal["tap", "session"] = "tap"
    least: Urgency = "normal"


class MqttConfig(_Strict):
    """A broker at which Home Assistant finds Claw as a device: its stop switch, what waits, what it did last."""

    host: str = Field(min_length=1, max_length=255)
    port: int = Field(default=MQTT_PORT, ge=1, le=65535)
    username: str | None = Field(default=None, max_length=200)
    password_file: Path | None = None
    tls: bool = False
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")] = "homeassistant"
    node: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")] = "claw"


class McpServerConfig(_Strict):
    """A server of tools that programs may call as ``mcp.<name>.<tool>``: a ``command``, or the ``url`` of one.

    A command is started for each call, with an empty environment but for what ``environment`` sets, and without a
    network unless ``network`` allows one; of a ``url`` nothing but its own host is reached.
    """

    command: Annotated[tuple[Annotated[str, StringConstraints(max_length=4096)], ...], Field(max_length=40)] = ()
    url: Address | None = None
    token_file: Path | None = None
    environment: Mapping[str, str] = Field(default_factory=dict, max_length=20)
    network: bool = False
    timeout_s: float = Field(default=30.0, ge=1, le=300)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.command) == (self.url is not None):
            raise ValueError("expected a command or a url")
        return self


class McpConfig(_Strict):
    """The Model Context Protocol, both ways: ``serve`` answers at ``/mcp``; the tools of ``servers`` are used."""

    serve: bool = True
    servers: Mapping[Id, McpServerConfig] = Field(default_factory=dict, max_length=20)


class ChannelsConfig(_Strict):
    """Every way to meet Claw besides its page, its socket and voice.

    ``page`` is where a phone finds Claw's page: an address, or a path within Home Assistant.
    """

    page: Page | None = None
    phones: tuple[PhoneConfig, ...] = Field(default=(), max_length=20)
    notifiers: tuple[NotifierConfig, ...] = Field(default=(), max_length=10)
    telegram: TelegramConfig | None = None
    mqtt: MqttConfig | None = None
    mcp: McpConfig | None = None

    @model_validator(mode="after")
    def _apart(self) -> "ChannelsConfig":
        services = [phone.service for phone in self.phones]
        if len(set(services)) < len(services):
            raise ValueError("phones: a service is named twice: each phone has one person")
        return self

    def placed(self, base: Path) -> "ChannelsConfig":
        """Return the same with its paths taken from the folder ``base``."""

        def at(path: Path | None) -> Path | None:
            return base / path if path is not None else None

        telegram, mqtt, mcp = self.telegram, self.mqtt, self.mcp
        return self.model_copy(
            update={
                "notifiers": tuple(one.model_copy(update={"token_file": at(one.token_file)}) for one in self.notifiers),
                "telegram": telegram and telegram.model_copy(update={"token_file": at(telegram.token_file)}),
                "mqtt": mqtt and mqtt.model_copy(update={"password_file": at(mqtt.password_file)}),
                "mcp": mcp
                and mcp.model_copy(
                    update={
                        "servers": {
                            name: one.model_copy(update={"token_file": at(one.token_file)})
                            for name, one in mcp.servers.items()
                        }
                    }
                ),
            }
        )
