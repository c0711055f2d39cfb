"""How somebody comes in by what they know: the code that makes the first account, and passwords.

Where nobody is known, whoever can read the terminal or the journal of the daemon is its owner: it prints a code, which
makes the first account.  It is worth a quarter of an hour, and nothing once there is anybody.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from claw.base.errors import ClawError, Refused
from claw.channels.accounts import Accounts, By, Inside
from claw.channels.clients import Client
from claw.channels.codes import Codes
from claw.channels.signing import FRESH_S
from claw.channels.web.limits import Strikes
from claw.policy.people import Person

FIRST_LIFE = timedelta(minutes=15)
ACCOUNT_BURST = 10
"""Wrong passwords that an account takes at once, from however many addresses."""
ACCOUNT_REFILL_PER_S = 1 / 60

_FIRST = "first"
_WRONG = "That name and password do not fit."
_WRONG_CODE = (
    "That code is not valid. It works once, and for a quarter of an hour; `claw people first` prints a new one."
)


class Wait(Refused):
    """Too many tries: come back in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__(
            f"Too many wrong passwords. Wait {self.seconds} s, or sign in with a code from `claw signin NAME`."
        )


class Entering:
    """Takes what somebody types to prove who they are; used from the event loop only."""

    def __init__(self, accounts: Accounts, inside: Inside) -> None:
        self._accounts = accounts
        self._in = inside
        self._people = inside.household.people
        self._first = Codes(inside.clock, FIRST_LIFE)
        self._one = asyncio.Lock()
        # Names that nobody has are as many as strangers think up; those of the household are never pushed out by them.
        self._known = Strikes(inside.clock, ACCOUNT_BURST, ACCOUNT_REFILL_PER_S)
        self._unknown = Strikes(inside.clock, ACCOUNT_BURST, ACCOUNT_REFILL_PER_S)

    @property
    def is_first(self) -> bool:
        """Whether nobody is known here, so that the first account is to be made."""
        return len(self._people) == 0

    def first_code(self) -> str:
        """Return a new code that makes the first account; raises Refused where there is somebody already."""
        if not self.is_first:
            raise Refused("there are people here already: `claw signin NAME` makes a code for one of them")
        return self._first.make(_FIRST)

    async def first(self, code: str, name: str, password: str, by: By) -> Person:
        """Make the first account, of an owner, and return whose it is; ``password`` may be empty.

        Raises Refused for a wrong code, a name or a password that is none, and where there is somebody already.
        """
        async with self._one:
            if not self.is_first:
                raise Refused("there is an account already; sign in with it")
            if self._first.match(code) is None:
                raise Refused(_WRONG_CODE)
            person = self._in.household.newcomer(name, "owner")
            hashed = await self._in.passwords.hashed(password, (person.id, person.name)) if password else ""
            await self._accounts.write("first", person.id, by.origin, role=person.role)
            try:
                self._in.household.put(person)
            except ClawError:
                await self._accounts.write("not_let_in", person.id, by.origin)
                raise
            self._first.void(_FIRST)
            if hashed:
                await self._keep(person.id, hashed, by)
        return person

    async def by_password(self, name: str, password: str) -> str:
        """Return the id of the person with this name (or id) and password.

        Raises Refused, as Wait after too many; the answer is the same whether there is such a person or not.
        """
        said = _said(name)
        person = self._named(said)
        strikes = self._unknown if person is None else self._known
        # By what was typed, as its letters mean it: who has two names must not be told by the second being held up too.
        account = said if person else said[:60]
        if (wait_s := strikes.wait_s(account)) > 0:
            raise Wait(wait_s)
        # Counted before the answer is known, so that tries at the same time are as many as one after the other.
        strikes.strike(account)
        if not await self._in.passwords.fits(person.id if person else None, password) or person is None:
            raise Refused(_WRONG)
        strikes.forgive(account)
        return person.id

    async def set_password(self, client: Client, new: str, old: str, by: By) -> None:
        """Let somebody sign in with ``new`` from now on; every other browser of theirs is signed out.

        Raises Refused unless they sign in with ``old``, or came in within the last ten minutes.
        """
        person = await self._own(client, old)
        hashed = await self._in.passwords.hashed(new, (person.id, person.name))
        self._check_stands(client)
        await self._keep(person.id, hashed, by)
        self._in.clients.end(person.id, but=client.id, kinds=("session",), by=by.origin)

    async def remove_password(self, client: Client, old: str, by: By) -> None:
        """Let somebody sign in with codes and passkeys only; raises Refused as ``set_password``."""
        person = await self._own(client, old)
        self._check_stands(client)
        await self._accounts.write("password_removed", person.id, by.origin)
        self._in.passwords.remove(person.id)

    async def _keep(self, person: str, hashed: str, by: By) -> None:
        await self._accounts.write("password_set", person, by.origin)
        if self._people.role(person) is None:
            raise Refused("You may not sign in any more.")
        self._in.passwords.put(person, hashed)

    async def _own(self, client: Client, old: str) -> Person:
        person = self._people.get(client.person)
        if client.kind != "session" or person is None:
            raise Refused("only somebody who is signed in on the page has a password")
        fresh = self._in.clock.now() - client.created <= timedelta(seconds=FRESH_S)
        if old and person.id in self._in.passwords:
            await self.by_password(person.id, old)
        elif not fresh:
            raise Refused("type the password you have, or sign in anew first: you came in more than ten minutes ago")
        return person

    def _check_stands(self, client: Client) -> None:
        """Raise Refused for a browser that was signed out while a password was worked out."""
        if not self._in.clients.stands(client):
            raise Refused("You are not signed in any more.")

    def _named(self, said: str) -> Person | None:
        alike = [one for one in self._people if said in {one.id, one.name.casefold()}]
        return alike[0] if len(alike) == 1 else None


def _said(name: str) -> str:
    return " ".join(name.split()).casefold()


@dataclass(frozen=True)
class Admission:
    """What page and socket ask about who may come in."""

    accounts: Accounts
    entering: Entering
