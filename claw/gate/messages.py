"""What Claw says unasked, as an action like any other.

A message leaves the process, so it is judged, logged and stopped like a lamp: ``claw.notify`` goes through the gate,
and this effector is where it comes out.  Channels listen here; which of them shows a message is decided by ``to``.
Mouths say some of it aloud, and know whether anybody could hear it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Protocol

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
            "kind": Choice(options=("late", "alarm", "question", "note", "timer")),
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


Listener = Callable[[Message], bool | None]
"""Shows messages; returns False where it is nobody's that it shows them to: then it reached nobody there."""


class Mouth(Protocol):
    """Says messages aloud, or sends them to where somebody reads them (``claw/voice/speech_messages.py``)."""

    def reaches(self, message: Message) -> bool:
        """Return whether it would say this one now."""
        ...

    def why_not(self, message: Message) -> str:
        """Return why it would not say this one now, in words for a person; empty where it never would, or would."""
        ...

    async def tell(self, message: Message) -> bool:
        """Say it and return whether somebody could hear it; raises nothing."""
        ...


class Messages:
    """The effector of ``claw.*``: hands each message to every listener, and has it said by every mouth that would."""

    def __init__(self, desk: PermitDesk) -> None:
        self._desk = desk
        self.listeners: list[Listener] = []
        self.mouths: list[Mouth] = []

    def reaches(self, message: Message) -> bool:
        """Return whether anybody would show or say this message now."""
        return bool(self.listeners) or any(mouth.reaches(message) for mouth in self.mouths)

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Deliver one message; raises Refused on a bad permit or another action, Unavailable when it reaches nobody.

        What is said aloud takes as long as saying it.
        """
        self._desk.spend(permit, action)
        if action.name != NOTIFY:
            raise Refused(f"{action.name} is not something Claw can do")
        data = action.data
        message = Message(data["to"], data["text"], data.get("kind", "note"), data.get("urgency", "normal"))
        # All of them, whoever shows it first; and at once: a loudspeaker that takes a minute keeps no phone waiting.
        shown = [listener(message) is not False for listener in tuple(self.listeners)]
        said = await asyncio.gather(*(mouth.tell(message) for mouth in self.mouths if mouth.reaches(message)))
        if not any(shown) and not any(said):
            raise Unavailable(self._why_not(message, tried=bool(said)))
        return Acknowledgement()

    def _why_not(self, message: Message, *, tried: bool) -> str:
        """Return why a message reached nobody; ``tried``: it was to be said aloud, and was not."""
        if tried:
            return "nobody is listening, and what speaks or sends there did not say it (claw log)"
        return next(filter(None, (mouth.why_not(message) for mouth in self.mouths)), "nobody is listening")
