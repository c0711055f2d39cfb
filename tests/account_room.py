"""Accounts on a log, a database and a clock of their own, without a daemon."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Origin
from claw.base.errors import Invalid
from claw.channels.accounts import KIND, Accounts, By, Inside
from claw.channels.clients import Client, Clients
from claw.channels.entering import Entering
from claw.channels.passwords import Passwords
from claw.channels.revoked import Revoked
from claw.policy.admitted import Admitted
from claw.policy.household import Household
from claw.policy.people import People, Person
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

CONSOLE = By(Origin("cli", source="uid 0"), console=True)
STRANGER = By(Origin("web", source="peer 10.0.0.9"))
HOUSEHOLD = (Person("anna", "Anna", "owner"), Person("ben", "Ben Smith", "adult"), Person("carl", "Carl", "child"))


class FittingRules:
    """A policy that fits any household, until it does not."""

    def __init__(self) -> None:
        self.fits = True
        self.taken = 0

    def anew(self) -> Any:
        if not self.fits:
            raise Invalid("policy.yaml", 3, "found rooms: own")

        def take() -> None:
            self.taken += 1

        return take


class AccountRoom:
    """Everything around accounts, with the household of a configuration."""

    def __init__(self, folder: Path, configured: tuple[Person, ...] = HOUSEHOLD) -> None:
        self.clock = HeldClock()
        self.db = Database(memory=True)
        migrate(self.db)
        self.audit = AuditLog.open(folder / "audit.db", self.clock)
        self.rules = FittingRules()
        admitted = Admitted(self.db, configured)
        self.people = People(admitted.people())
        self.clients = Clients(self.db, self.clock, self.people)
        household = Household(admitted, self.people, self.rules, self.clock)
        self.passwords = Passwords(self.db, self.clock)
        self.inside = Inside(self.clients, household, self.passwords, Revoked(), self.audit, self.clock)
        self.accounts = Accounts(self.inside)
        self.entering = Entering(self.accounts, self.inside)
        for what, end in (("sessions", self.clients.end), ("passwords", self.passwords.remove)):
            self.accounts.revoked.add(what, end)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.audit.close()

    def page(self, person: str) -> tuple[Client, By]:
        """Return a browser in which somebody has just signed in, and them as whoever asks."""
        client, _ = self.clients.enter(person, "a browser")
        return client, By(Origin("web", person, authenticated=True), client)

    async def older(self, client: Client, minutes: float = 11) -> None:
        """Let time pass until a sign-in is not a fresh one."""
        await self.clock.advance(timedelta(minutes=minutes).total_seconds())
        assert self.clients.stands(client)

    async def log(self) -> list[tuple[str, str]]:
        """Return what the log says was done, and about whom, oldest first."""
        await self.audit.append("end", {})  # what was only noted is on disk with it
        entries = self.audit.entries(0, 1000, kinds=(KIND,))
        return [(entry.payload["did"], entry.payload["person"]) for entry in entries if entry.payload]
