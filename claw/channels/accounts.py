"""Who belongs to the household and who does not: what owners change while the daemon runs, each step of it in the log.

Only an owner in a browser that is signed in changes it, or the console.  A token never does: it lies in a file that any
program may read.  Shutting somebody out comes before everything that could fail: they count as nobody, and every way in
that they had is gone, when the first thing is awaited.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, ClawError, Refused
from claw.channels.clients import Change, Client, Clients
from claw.channels.passwords import Passwords
from claw.channels.revoked import Revoked
from claw.house.text import plain
from claw.policy.household import Household
from claw.policy.people import Person, Role

KIND = "people"
"""The kind of entry in the log; there are only ids and words of Claw's own in it."""

Did = Literal[
    "first", "let_in", "not_let_in", "role", "shut_out", "admitted", "password_set", "password_removed", Change
]


@dataclass(frozen=True)
class Inside:
    """What accounts are made of."""

    clients: Clients
    household: Household
    passwords: Passwords
    revoked: Revoked
    audit: AuditLog
    clock: Clock


@dataclass(frozen=True)
class By:
    """Whoever asks for a change: the browser or program, None at the socket, where ``console`` counts."""

    origin: Origin
    client: Client | None = None
    console: bool = False


class Accounts:
    """What owners see and change of the household; used from the event loop only."""

    def __init__(self, inside: Inside) -> None:
        self.revoked = inside.revoked
        self._in = inside
        self._people = inside.household.people
        self._one = asyncio.Lock()
        inside.clients.told.append(self._told)

    def all(self, by: By) -> list[dict[str, Json]]:
        """Return everybody as an owner sees them; whoever is none sees themselves."""
        mine = by.client.person if by.client else by.origin.person
        everybody = self._is_owner(by)
        return [self._row(person) for person in self._people if everybody or person.id == mine]

    async def let_in(self, name: str, role: Role, by: By) -> Person:
        """Let somebody new in, who has no way to sign in yet; raises Refused, and Broken."""
        self._check_owner(by)
        async with self._one:
            person = self._in.household.newcomer(name, role)
            await self.write("let_in", person.id, by.origin, role=role)
            try:
                self._in.household.put(person)
            except ClawError:
                await self.write("not_let_in", person.id, by.origin)
                raise
        return person

    def invite(self, person: str, by: By) -> str:
        """Return a code that signs ``person`` (or ``screen:<area>``) in once; raises Refused for who is shut out."""
        self._check_owner(by)
        return self._in.clients.sign_in_code(person, by.origin)

    async def change_role(self, person: str, role: Role, by: By) -> None:
        """Give somebody another role; they have to sign in anew.  Raises Refused, also for the last owner."""
        self._check_owner(by)
        household = self._in.household
        async with self._one:
            changed = household.with_role(person, role)
            if role != "owner" and not household.owners(but=person):
                raise Refused("that is the last owner; make somebody else one first")
            await self.write("role", person, by.origin, role=role)
            before = self._found(person).role
            try:
                household.put(changed)
            except ClawError:
                await self.write("role", person, by.origin, role=before)
                raise
            # What their browsers and programs may do at most was given for the role that they had.
            self._in.clients.forget_code(person)
            self._in.clients.end(person, by=by.origin)

    async def revoke(self, named: str, by: By) -> dict[str, Json]:
        """Shut somebody out (their id or name): they count as nobody and every way in of theirs ends.

        Returns their ``person`` id and how many of each kind ``ended``.  Raises Refused, on a page also for the last
        owner, and Broken where something of it could not be written: they are out all the same.
        """
        self._check_owner(by)
        person = self._found(named).id
        if not by.console and not self._in.household.owners(but=person):
            raise Refused(
                "nobody could let them in again: that is the last owner (`claw people revoke` at the console)"
            )
        ended: Mapping[str, int] = {}
        problems: list[str] = []
        try:
            ended = self._in.revoked.end(person)
        except Broken as error:
            problems.append(str(error))
        try:
            self._in.household.bar(person)
        except Broken as error:
            problems.append(str(error))
        await self.write("shut_out", person, by.origin, ended=dict(ended))
        if problems:
            raise Broken("; ".join(problems))
        return {"person": person, "ended": dict(ended)}

    async def admit(self, named: str, by: By) -> str:
        """Let somebody count again who was shut out, and return their id; they need a new code to sign in."""
        self._check_owner(by)
        person = self._found(named)
        if not person.barred:
            raise Refused(f"{person.name} is not shut out")
        await self.write("admitted", person.id, by.origin)
        self._in.household.admit(person.id)
        return person.id

    def clients(self, by: By) -> list[dict[str, Json]]:
        """Return the browsers and programs that stand: an owner's are everybody's, whoever is none sees their own."""
        client = self._browser(by)
        everybody = self._is_owner(by)
        found = sorted(self._in.clients.all(), key=lambda one: one.last_used or one.created, reverse=True)
        found.sort(key=lambda one: (one.id != client.id, one.person != client.person))
        return [
            {
                "id": one.id,
                "name": plain(one.name, 60),
                "person": one.person,
                "kind": one.kind,
                "rights": sorted(one.ceiling),
                "created": one.created.isoformat(),
                "expires": one.expires.isoformat(),
                "last_used": one.last_used.isoformat() if one.last_used else None,
                "current": one.id == client.id,
            }
            for one in found
            if self._in.clients.stands(one) and (everybody or one.person == client.person)
        ]

    def end_client(self, ident: str, by: By) -> None:
        """End a browser or program: one's own, or as an owner anybody's; raises Refused."""
        client = self._browser(by)
        found = next((one for one in self._in.clients.all() if one.id == ident), None)
        if found is None or not (found.person == client.person or self._is_owner(by)):
            raise Refused("there is no such browser or program of yours")
        self._in.clients.revoke(ident, by.origin)

    def end_others(self, by: By) -> int:
        """End every browser of one's own but this one; return how many there were."""
        client = self._browser(by)
        return self._in.clients.end(client.person, but=client.id, kinds=("session",), by=by.origin)

    async def write(self, did: Did, person: str, by: Origin, **more: Json) -> None:
        """Write into the log that ``did`` was done about ``person``; raises Broken, and then it is not to be done."""
        await self._in.audit.append(KIND, {"did": did, "person": person, **more}, origin=by)

    def _told(self, what: Change, person: str, client: str, by: Origin) -> None:
        self._in.audit.note(KIND, {"did": what, "person": person, **({"client": client} if client else {})}, origin=by)

    def _row(self, person: Person) -> dict[str, Json]:
        clients = self._in.clients
        mine = [one for one in clients.all() if one.person == person.id and clients.stands(one)]
        return {
            "id": person.id,
            "name": plain(person.name, 60),
            "role": person.role,
            "configured": self._in.household.is_configured(person.id),
            "barred": person.barred,
            "password": person.id in self._in.passwords,
            "browsers": sum(one.kind == "session" for one in mine),
            "programs": sum(one.kind != "session" for one in mine),
        }

    def _found(self, named: str) -> Person:
        """Return whom an id or a name means; raises Refused for nobody."""
        known = self._people.get(named)
        if known is None:
            alike = [one for one in self._people if one.name.casefold() == named.strip().casefold()]
            known = alike[0] if len(alike) == 1 else None
        if known is None:
            raise Refused(f"there is nobody called {plain(named, 60)!r} in this household")
        return known

    def _is_owner(self, by: By) -> bool:
        client = by.client
        proved = client is not None and client.kind == "session" and self._in.clients.stands(client)
        return by.console or (proved and client is not None and self._people.role(client.person) == "owner")

    def _check_owner(self, by: By) -> None:
        if not self._is_owner(by):
            raise Refused("only an owner who is signed in on the page, or the console, may do this")

    def _browser(self, by: By) -> Client:
        client = by.client
        if client is None or client.kind != "session" or self._people.get(client.person) is None:
            raise Refused("only somebody who is signed in on the page may do this")
        return client
