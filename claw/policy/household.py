"""Changes who belongs to the household while the daemon runs: on disk, in the table, and in the policy in force.

The three go together: a policy is compiled with the people it speaks of, and its hash covers them.  Letting somebody in
happens whole or not at all.  Shutting somebody out happens at once, in memory first, like a stop: what the disk or the
policy say to it afterwards lifts nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from claw.base.clock import Clock
from claw.base.errors import Broken, Invalid, Refused
from claw.policy.admitted import Admitted
from claw.policy.people import People, Person, Role

logger = logging.getLogger(__name__)


class Rules(Protocol):
    """The policy in force, which is taken anew when people change (``claw/daemon/reloading.py``)."""

    def anew(self) -> Callable[[], None]:
        """Return what puts it in force for people as they are now; raises Invalid where it does not fit them."""
        ...


class Household:
    """The people, and whoever may change them asks here; it asks nobody who that is."""

    def __init__(self, admitted: Admitted, people: People, rules: Rules, clock: Clock) -> None:
        self.people = people
        self._admitted = admitted
        self._rules = rules
        self._clock = clock

    def is_configured(self, person: str) -> bool:
        """Return whether the configuration names somebody: then only it says what they are."""
        return self._admitted.is_configured(person)

    def newcomer(self, name: str, role: Role) -> Person:
        """Return somebody new called ``name``, not admitted yet; raises Refused for a name that is none, or taken."""
        return self._admitted.newcomer(name, role)

    def put(self, person: Person) -> None:
        """Let somebody be as ``person`` says, known or new; raises Refused where the policy does not fit, Broken."""
        before = tuple(self.people)
        self.people.replace(self._admitted.with_(person))
        try:
            into_force = self._rules.anew()
            self._admitted.put(person, self._clock.now())
        except Invalid as error:
            self.people.replace(before)
            raise Refused(f"the policy does not fit a household with {person.name} as {person.role}: {error}") from None
        except Broken:
            self.people.replace(before)
            raise
        into_force()

    def bar(self, person: str) -> None:
        """Let somebody count as nobody from now on; raises Refused for somebody unknown, Broken where the disk is full.

        It holds in every case.
        """
        self._known(person)
        try:
            self._admitted.bar(person, self._clock.now())
        finally:
            self._anew()

    def admit(self, person: str) -> None:
        """Let somebody count again who was shut out; raises Refused for somebody unknown, and Broken."""
        self._known(person)
        self._admitted.admit(person)
        self._anew()

    def owners(self, but: str = "") -> list[Person]:
        """Return the owners who count at some time, except ``but``."""
        return [one for one in self.people if one.role == "owner" and not one.barred and one.id != but]

    def with_role(self, person: str, role: Role) -> Person:
        """Return somebody as they would be with another role; raises Refused for somebody the configuration names."""
        known = self._known(person)
        if self.is_configured(person):
            raise Refused(f"{known.name} is in the configuration, and only it says which role they have")
        return replace(known, role=role, barred=False)

    def _known(self, person: str) -> Person:
        known = self.people.get(person)
        if known is None:
            raise Refused(f"there is nobody called {person!r} in this household")
        return known

    def _anew(self) -> None:
        self.people.replace(self._admitted.people())
        try:
            self._rules.anew()()
        except Invalid as error:
            # Who counts as nobody is asked of the table itself; only the policy's hash does not tell it yet.
            logger.warning("The policy in force does not fit the household as it is now")
            logger.info("It does not fit: %s", error)
