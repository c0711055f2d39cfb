"""One row of the HTTP API: its address, the right it needs, what it takes, what it gives and what it calls."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from claw.base.action import Json
from claw.channels.channel import Desk
from claw.channels.clients import Client, Right
from claw.channels.entering import Admission
from claw.channels.signing import Signing, Site

LARGEST = 2**63 - 1
"""The largest number SQLite can look up."""


def _day(value: object) -> object:
    """Read a day as it is written: a number is no day, which a reader that is kind would take for seconds."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, Field(strict=True), BeforeValidator(_day)]
Instant = Annotated[datetime, Field(strict=True), BeforeValidator(_instant)]


class Strict(BaseModel):
    """A body or query from outside: a key that is not known is an error, not a no-op."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Strict):
    """No parameters."""


@dataclass(frozen=True)
class Call:
    """One checked request."""

    desk: Desk
    client: Client
    body: Strict
    query: Strict
    path: Mapping[str, Json]
    site: Site
    signing: Signing | None = None
    admission: Admission | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One row of the API."""

    method: Literal["GET", "POST"]
    path: str
    right: Right | None
    summary: str
    run: Callable[[Call], Awaitable[Json]]
    reply: Any = dict[str, Json]
    body: type[Strict] | None = None
    query: type[Strict] = Nothing
