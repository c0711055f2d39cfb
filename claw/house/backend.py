"""The contract of a device backend.

Two things implement it: the simulated house and Home Assistant.  One test class
(``tests/unit/house/test_backend_contract.py``) holds both to it.  A backend pushes: state changes arrive far more often
than anybody asks, and a queue between socket and mirror would only add a place to lose them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from claw.base.action import Acknowledgement, Action, Json, Permit
from claw.house.model import Change, House, State

Exact = tuple[str, tuple[str, ...]]
"""The name of an action and its entities, in their order."""

LinkStatus = Literal["connecting", "ready", "lost", "refused", "closed"]


@dataclass(frozen=True, slots=True)
class Link:
    """How the connection stands: ``refused`` means the credentials are wrong and nothing is tried any more."""

    status: LinkStatus
    detail: str = ""


class Listener(Protocol):
    """What a backend tells; called on the event loop, must return quickly and never raise."""

    def synced(self, house: House) -> None:
        """Take a complete fresh snapshot: after connecting, after a reconnect, and when the registry changed."""
        ...

    def changed(self, changes: Sequence[Change]) -> None:
        """Take state changes, in order."""
        ...

    def linked(self, link: Link) -> None:
        """Take a new link status."""
        ...

    def happened(
        self, event_type: str, data: Mapping[str, Json], context: str | None = None, by: str | None = None
    ) -> None:
        """Take an event of a type that ``events`` asked for, and the id of its context where there is one.

        ``by`` is the user of the house whose own hand it was, None where it was nobody's (``claw/house/telling.py``).
        """
        ...


class HouseBackend(Protocol):
    """Devices and their states, wherever they are."""

    @property
    def alive(self) -> bool:
        """Whether it is at its work: it follows the house, or tries to.

        A house that is away, or that refuses the credentials, is no reason to be dead; a task that ended or hangs is.
        """
        ...

    async def connect(self, listener: Listener) -> None:
        """Start to follow the house until ``close``; may return before the first snapshot is there."""
        ...

    async def snapshot(self) -> House:
        """Return the house as it is now, read afresh; raises Unavailable while there is no link."""
        ...

    async def events(self, types: Sequence[str]) -> None:
        """Also tell the listener about these event types, across reconnects."""
        ...

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do ``action`` once and return when the house has accepted it.

        Raises Refused (bad permit, or the house rejects the arguments), Unavailable (nothing was sent), UnknownOutcome
        (sent, but the link broke before the answer).
        """
        ...

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        """Return the states of one entity in a span of time, oldest first; raises Unavailable."""
        ...

    def hold(self, but: Collection[Exact] = ()) -> None:
        """Close the house for acts, at once: ``perform`` refuses everything but the actions ``but`` names exactly.

        What waits to be sent is not sent any more, its caller gets UnknownOutcome; where part of it may lie in a buffer
        on its way, the connection is aborted, so that nothing of it comes out.  Reading and following go on, or come
        back.  Called again it changes what passes.  Never waits, never raises.
        """
        ...

    def cut(self) -> None:
        """Abort the connection as it is, while held: what may reopen then can only read and send what passes."""
        ...

    def release(self) -> None:
        """Open the house for acts again; nothing that was held back is sent."""
        ...

    async def close(self) -> None:
        """Stop following and release everything; nothing is sent afterwards."""
        ...
