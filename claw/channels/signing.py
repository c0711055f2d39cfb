"""Signing with a passkey: how one comes to be known, how somebody signs in with it, and how a yes is signed.

A signed yes is worth what its challenge is bound to: the question and its digest in the log, what was struck out, the
number that was picked, for how long it holds, the browser it was asked in and the person.  The browser is told none of
that again when the answer comes: it is worked out anew from what the answer says.  So a signature for another question,
or for less, is none, and neither is one that was used.

A passkey that anybody with an open page could add would be worth no more than the page.  The first one under a name
needs a sign-in of the last ten minutes, which starts from the console; each further one, and each removal, a signature
with one that is there.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin, Pending
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.channels.challenges import LIFE_S, About, Challenges
from claw.channels.clients import Client, place_of
from claw.channels.passkeys import Passkey, Passkeys, to_text
from claw.gate.answering import Choice

if TYPE_CHECKING:  # it imports the package for signatures, which is loaded with the first of them
    from claw.channels.attested import Signature

FRESH_S = 600.0
SIGNED = "signed"
"""The kind of entry in the log that keeps a signature."""

NO_KEY = "you have no passkey here to sign with; add one under People"
_UNKNOWN = "that passkey is not known here"
_ALGORITHMS = (-7, -8, -257)
"""ES256, Ed25519 and RS256, by their numbers."""

Credential = Mapping[str, Json]
"""What a browser brings from a passkey, in the JSON that the standard gives it."""

Standing = Callable[[str], Pending | None]
"""Gives the question of this id while it stands."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a browser has the page open: the scheme, and the ``Host`` of a checked request, lower case."""

    scheme: str
    host: str

    @property
    def origin(self) -> str:
        """What a browser calls it."""
        return f"{self.scheme}://{self.host}"

    @property
    def port(self) -> str:
        """The port with its colon, empty for the scheme's own."""
        name, colon, port = self.host.rpartition(":")
        return f":{port}" if colon and port.isdigit() and name else ""

    def name(self) -> str:
        """Return the name that passkeys are bound to; raises Refused where browsers make and use none."""
        name = self.host.removesuffix(self.port)
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            pass
        else:
            raise Refused(
                "browsers bind a passkey to a name, and this address is a number: open the page at "
                f"http://localhost{self.port}/ on this machine, or by a name with https"
            )
        if self.scheme != "https" and name != "localhost":
            raise Refused(
                "browsers use passkeys only where nobody can listen: open the page with https, or at "
                f"http://localhost{self.port}/ on the machine itself"
            )
        return name


class Signing:
    """Every ceremony with a passkey; ``keys`` are those that are known.

    What a method named ``ask_...`` returns goes to the browser as it is: ``create`` or ``sign`` (None where no
    signature is needed) are options in the standard's JSON.
    """

    def __init__(
        self, keys: Passkeys, clock: Clock, audit: AuditLog, standing: Standing, name_of: Callable[[str], str]
    ) -> None:
        self.keys = keys
        self._clock = clock
        self._audit = audit
        self._standing = standing
        self._name_of = name_of
        self._challenges = Challenges(clock)

    def shown(self, client: Client, site: Site) -> dict[str, Json]:
        """Return somebody's passkeys and what can be done here: ``problem`` says why none can be, empty where they can.

        ``fresh`` says whether the sign-in is new enough for a first one.
        """
        try:
            here, problem = site.name(), ""
        except Refused as refused:
            here, problem = "", str(refused)
        return {
            "problem": problem,
            "fresh": self._fresh(client),
            "keys": [
                {
                    "id": key.id,
                    "name": key.name,
                    "site": key.site,
                    "here": key.site == here,
                    "created": key.created.isoformat(),
                    "last_used": key.last_used.isoformat() if key.last_used else None,
                }
                for key in self.keys.of(client.person)
            ],
        }

    def ask_to_add(self, client: Client, site: Site, name: str) -> dict[str, Json]:
        """Return what a browser needs to make a passkey; raises Refused where this client may not have one made."""
        here, person = site.name(), _person(client)
        self.keys.check_room(person, name)
        return {
            "sign": self._to_prove(client, here, "add"),
            "create": {
                "challenge": to_text(self._challenges.make(self._to_make(client, here))),
                "rp": {"id": here, "name": "Claw"},
                "user": {"id": self.keys.handle(person), "name": person, "displayName": self._name_of(person)},
                "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
                "excludeCredentials": self._described(person, here),
                "authenticatorSelection": {
                    "residentKey": "required",
                    "requireResidentKey": True,
                    "userVerification": "required",
                },
                "attestation": "none",
                "timeout": int(LIFE_S * 1000),
            },
        }

    async def add(
        self, client: Client, site: Site, name: str, made: Credential, proof: Credential | None, origin: Origin
    ) -> Passkey:
        """Keep the passkey that was just made; raises Refused unless it was, here, by who may."""
        here, person = site.name(), _person(client)
        attested = await _attested()
        await self._prove(client, site, "add", proof)
        challenge, about = attested.challenge_of(made), self._to_make(client, here)
        self._challenges.check(challenge, about)
        new = attested.made(made, challenge, here, site.origin)
        self._challenges.spend(challenge)
        handle = self.keys.handle(person)
        key = Passkey(new.id, person, name, new.key, here, handle, new.counter, self._clock.now())
        await self.keys.add(key, origin)
        return key

    def ask_to_remove(self, client: Client, site: Site, ident: str) -> dict[str, Json]:
        """Return what has to be signed before a passkey goes."""
        return {"sign": self._to_prove(client, site.name(), f"remove {ident}")}

    async def remove(self, client: Client, site: Site, ident: str, proof: Credential | None, origin: Origin) -> None:
        """Take one of the client's own passkeys away; raises Refused without the signature that this needs."""
        await self._prove(client, site, f"remove {ident}", proof)
        await self.keys.remove(_person(client), ident, origin)

    def ask_to_enter(self, site: Site) -> dict[str, Json]:
        """Return what somebody signs who wants to sign in: whoever it is says so by the passkey they take."""
        return {"sign": self._to_sign(site.name(), ("enter", site.name()), [])}

    async def enter(self, site: Site, credential: Credential) -> str:
        """Return whose passkey signed; raises Refused, in the same words for any that does not count."""
        key, _ = await self._signed(site, ("enter", site.name()), credential, None)
        return key.person

    def ask_to_answer(self, client: Client, site: Site, question: str, choice: Choice) -> dict[str, Json]:
        """Return what has to be signed for a yes to ``question`` with this choice; raises Refused without a key."""
        here, about = site.name(), self._yes(client, question, choice)
        keys = self._described(_person(client), here)
        if not keys:
            raise Refused(NO_KEY)
        return {"sign": self._to_sign(here, about, keys)}

    async def answer(
        self, client: Client, site: Site, question: str, choice: Choice, credential: Credential, origin: Origin
    ) -> None:
        """Take the signature under a yes, once, and keep it in the log; raises Refused unless it is for just this."""
        about = self._yes(client, question, choice)
        key, signature = await self._signed(site, about, credential, _person(client))
        pending = self._pending(question)
        payload = {"question": question, "passkey": key.id, "key": to_text(key.key), **signature.parts}
        await self._audit.append(SIGNED, payload, origin=origin, parent=pending.audit)

    def _yes(self, client: Client, question: str, choice: Choice) -> About:
        """Return what a signed yes is about: all that must not be another when the answer comes."""
        payload: Mapping[str, Json] = {}
        entry = self._audit.entry(self._pending(question).audit)
        if entry is not None and entry.payload is not None:
            payload = entry.payload
        digest = payload.get("digest")
        if not isinstance(digest, str):
            raise Refused("what was asked is not in the log any more, so a yes to it cannot be signed")
        chosen = [sorted(choice.without), choice.number, float(choice.grant_s)]
        return ("yes", client.id, _person(client), question, digest, *chosen)

    def _pending(self, question: str) -> Pending:
        pending = self._standing(question)
        if pending is None:
            raise Refused("there is no such question, or it is answered already")
        return pending

    async def _signed(
        self, site: Site, about: About, credential: Credential, person: str | None
    ) -> "tuple[Passkey, Signature]":
        """Return the key and its signature under ``about``, used up; raises Refused for anything else.

        ``person`` is whose key it must be, None where the key says who it is.
        """
        here, attested = site.name(), await _attested()
        challenge = attested.challenge_of(credential)
        self._challenges.check(challenge, about)
        key = self.keys.get(str(credential.get("id")))
        if key is None or key.site != here or (person is not None and key.person != person):
            raise Refused(_UNKNOWN)
        found: Signature = attested.signature(credential, challenge, here, site.origin, key.key, key.handle)
        # Nothing is awaited from the check on, so that of two answers with one signature only one gets past here.
        self._challenges.spend(challenge)
        return self.keys.used(key, found.counter), found

    def _to_sign(self, here: str, about: About, keys: list[dict[str, Json]]) -> dict[str, Json]:
        return {
            "challenge": to_text(self._challenges.make(about)),
            "rpId": here,
            "allowCredentials": keys,
            "userVerification": "required",
            "timeout": int(LIFE_S * 1000),
        }

    def _to_prove(self, client: Client, here: str, deed: str) -> dict[str, Json] | None:
        """Return what has to be signed before ``deed``, None where a sign-in that is new enough is the proof."""
        keys = self._described(_person(client), here)
        if not keys:
            self._check_fresh(client)
            return None
        return self._to_sign(here, self._deed(client, deed), keys)

    async def _prove(self, client: Client, site: Site, deed: str, proof: Credential | None) -> None:
        person = _person(client)
        if not self._here(person, site.name()):
            self._check_fresh(client)
        elif proof is None:
            raise Refused("this has to be signed with a passkey that you have here already")
        else:
            await self._signed(site, self._deed(client, deed), proof, person)

    def _check_fresh(self, client: Client) -> None:
        if not self._fresh(client):
            minutes = f"{FRESH_S / 60:g}"
            raise Refused(f"this needs a sign-in of the last {minutes} minutes: sign out and in again, then try again")

    def _fresh(self, client: Client) -> bool:
        return 0 <= (self._clock.now() - client.created).total_seconds() <= FRESH_S

    def _here(self, person: str, here: str) -> list[Passkey]:
        return [key for key in self.keys.of(person) if key.site == here]

    def _described(self, person: str, here: str) -> list[dict[str, Json]]:
        return [{"type": "public-key", "id": key.id} for key in self._here(person, here)]

    @staticmethod
    def _to_make(client: Client, here: str) -> About:
        return ("make", client.id, client.person, here)

    @staticmethod
    def _deed(client: Client, deed: str) -> About:
        return ("deed", client.id, client.person, deed)


def _person(client: Client) -> str:
    """Return who is signed in on this browser; raises Refused for a program, and for a screen in a room."""
    if client.kind != "session" or place_of(client.person) is not None:
        raise Refused("only a browser in which a person signed in can use passkeys")
    return client.person


async def _attested() -> ModuleType:
    """Return what looks at signatures; it is loaded beside the loop, which goes on meanwhile."""
    return await asyncio.to_thread(_loaded)


def _loaded() -> ModuleType:
    from claw.channels import attested  # noqa: PLC0415  the package behind it takes a fifth of a second to load

    return attested
