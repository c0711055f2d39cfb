"""One row of the HTTP API: its address, the right it needs, what it takes, what it gives and what it calls."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from claw.base.action import Json
from claw.channels.channel import Desk
from claw.channels.clients import Client, Right

LARGEST = 2**63 - 1
"""The largest number SQLite can look up."""


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
