"""What Claw says unasked, as an action like any other.

A message leaves the process, so it is judged, logged and stopped like a lamp: ``claw.notify`` goes through the gate,
and this effector is where it comes out.  Channels listen here; which of them shows a message is decided by ``to``.
"""

import logging
from collections.abc import Callable, Mapping

from claw.base.action import Acknowledgement, Action, Message, Permit
from claw.base.errors import Refused, Unavailable
from claw.base.permit import PermitDesk
from claw.house.fields import Choice, Service, Text

logger = logging.getLogger(__name__)

NOTIFY = "claw.notify"

SERVICES: Mapping[str, Service] = {
    NOTIFY: Service(
        name=NOTIFY,
        targets=False,
        fields={
            "to": Text(required=True, longest=100),
            "text": Text(required=True, longest=2000),
            "kind": Choice(options=("late", "alarm", "question", "note")),
            "urgency": Choice(options=("low", "normal", "high")),
        },
    )
}
"""Claw's own actions, in the catalogue's terms."""


def notify(message: Message) -> Action:
    """Return the action that sends ``message``."""
    return Action(
        NOTIFY, (), {"to": message.to, "text": message.text, "kind": message.kind, "urgency": message.urgency}
    )


class Messages:
    """The effector of ``claw.*``: hands each message to every listener."""

    def __init__(self, desk: PermitDesk) -> None:
        self._desk = desk
        self.listeners: list[Callable[[Message], None]] = []

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Deliver one message; raises Refused on a bad permit or another action, Unavailable when nobody listens."""
        self._desk.spend(permit, action)
        if action.name != NOTIFY:
            raise Refused(f"{action.name} is not something Claw can do")
        if not self.listeners:
            raise Unavailable("nobody is listening")
        data = action.data
        message = Message(data["to"], data["text"], data.get("kind", "note"), data.get("urgency", "normal"))
        for listener in self.listeners:
            listener(message)
        return Acknowledgement()
