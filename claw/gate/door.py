"""What lies behind the gate: who does an action, once there is a permit for it."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Acknowledgement, Action, Permit
from claw.base.permit import PermitDesk
from claw.gate.running import Running


class Effector(Protocol):
    """Something that can do actions of one or more domains."""

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do ``action`` once, spending ``permit``; raises Refused, Unavailable (nothing sent) or UnknownOutcome."""
        ...


@dataclass(frozen=True)
class Door:
    """The effectors behind the gate, and the desk that makes their permits.

    ``own`` names those of Claw itself by action (``claw.model``) or, for all others of it, by domain (``claw``);
    ``running`` holds the calls that are under way, so that the stop can end them.
    """

    desk: PermitDesk
    house: Effector
    own: dict[str, Effector]
    running: Running | None = None

    async def send(self, action: Action, audit: int) -> Acknowledgement:
        """Send ``action``, whose durable intent is ``audit``, to its effector; raises UnknownOutcome when it is cut."""
        with self.running.call() if self.running is not None else nullcontext():
            effector = self.own.get(action.name) or self.own.get(action.domain, self.house)
            return await effector.perform(self.desk.issue(action, audit), action)
