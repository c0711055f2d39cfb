"""Where background work comes into a turn: talk about what is to happen later, again and again, or when something does.

The room of routines lies above this one, as a routine speaks like a channel; so what it answers comes in by a port.
"""

from typing import Protocol

from claw.base.action import Origin, Reply


class RoutineTalk(Protocol):
    """Talk about routines, timers and reminders (``claw/routines/talk.py``)."""

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about something later or about what is scheduled, None where it is none."""
        ...
