"""Who hears an answer, told from how the question came in: what is remembered is filtered by this before it is ranked.

A memory may be heard by whoever is nearest to the ear that asked, so the least trusted person who could be there
decides.  A room has no identity: a voice and a shared screen speak to anybody who stands there, whoever they say they
are.  Only a channel of one person's own, which proved that person, speaks to them alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from claw.base.action import Origin
from claw.gate.answering import role_now
from claw.memory.model import ANYBODY, Audience
from claw.policy.people import People

RESIDENTS = frozenset({"owner", "adult", "child"})
"""The roles of those who live here."""

OWN_CHANNELS = frozenset({"web", "cli", "chat", "telegram", "phone"})
"""Channels that end at one person's own device; what is not named here is a room, or nobody."""


def audience_of(origin: Origin, people: People, now: datetime | None) -> Audience:
    """Return who hears the answer to what came in as ``origin``.

    ``now`` is the time as the clocks in the house show it, None where its time zone is not known: then somebody who
    counts only at some hours is nobody.  Guests, services, unknown people and voices, shared screens, and everything
    that came through no person's own channel are ``ANYBODY``.
    """
    if not origin.authenticated or origin.person is None or origin.channel not in OWN_CHANNELS:
        return ANYBODY
    role = role_now(people, origin.person, now)
    if role not in RESIDENTS:
        return ANYBODY
    return Audience(person=origin.person, resident=True, owner=role == "owner")


@dataclass(frozen=True, slots=True)
class Hearing:
    """Tells who hears, for whoever has an origin and no clock; ``now`` gives the time as clocks in the house show."""

    people: People
    now: Callable[[], datetime | None]

    def of(self, origin: Origin) -> Audience:
        """Return who hears the answer to what came in as ``origin``."""
        return audience_of(origin, self.people, self.now())
