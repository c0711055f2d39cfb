"""Signing with a passkey: what one may be used for, and all that a signed yes is bound to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Origin, Pending
from claw.base.errors import Refused
from claw.channels.clients import EVERY_RIGHT, Client
from claw.channels.passkeys import Passkeys, to_bytes
from claw.channels.signing import Signing, Site
from claw.gate.answering import WHOLE, Choice
from tests.gate_room import OWNER, POLICY, UNLOCK, Room, gate_room
from tests.held_clock import HeldClock
from tests.peers.soft_passkey import SoftPasskey

SIGNED = POLICY.replace("channels: [web, cli]}", "channels: [web, cli], strength: signed, grant: 1 h}")
HERE = Site("http", "localhost:8321")
THERE = Site("https", "claw.home")
ANNA = Origin("web", "anna", authenticated=True, source="test", strength="session")
START = HeldClock().now()
YEAR = START.replace(year=START.year + 1)


def browser(person: str = "anna", ident: str = "c1", **other: Any) -> Client:
    return replace(Client(ident, "a browser", person, "session", EVERY_RIGHT, "", START, YEAR), **other)


@dataclass
class Desk:
    """A gate, and what takes signatures in front of it."""

    room: Room
    clock: HeldClock
    keys: Passkeys
    signing: Signing

    async def enrol(self, client: Client | None = None, site: Site = HERE, **soft: Any) -> SoftPasskey:
        """Return a passkey that is known; where the browser has one here already, ``by`` signs for it."""
        client, by = client or browser(), soft.pop("by", None)
        key = SoftPasskey(**soft)
        asked = self.signing.ask_to_add(client, site, "a phone")
        proof = by.sign(asked["sign"], site.origin) if by is not None else None
        await self.signing.add(client, site, "a phone", key.make(asked["create"], site.origin), proof, ANNA)
        return key

    async def asked(self, *actions: Any) -> Pending:
        pending = (await self.room.gate.perform(actions or (UNLOCK,), OWNER)).pending
        assert pending is not None
        return pending

    def to_sign(self, question: str, choice: Choice = WHOLE, client: Client | None = None) -> dict[str, Any]:
        return self.signing.ask_to_answer(client or browser(), HERE, question, choice)["sign"]

    async def answer(
        self, question: str, credential: dict[str, Any], choice: Choice = WHOLE, client: Client | None = None
    ) -> None:
        await self.signing.answer(client or browser(), HERE, question, choice, credential, ANNA)


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    clock = HeldClock()
    async with gate_room(folder, SIGNED, clock) as room:  # type: ignore[arg-type]
        keys = Passkeys(room.db, room.audit, clock)
        room.questions.enrolled = keys.enrolled
        yield Desk(room, clock, keys, Signing(keys, clock, room.audit, room.questions.standing.get, str.title))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("site", "name"),
    [
        (HERE, "localhost"),
        (Site("http", "localhost"), "localhost"),
        (THERE, "claw.home"),
        (Site("https", "claw.home:8443"), "claw.home"),
        (Site("http", "127.0.0.1:8321"), "http://localhost:8321/ on this machine"),
        (Site("https", "192.168.1.2"), "this address is a number"),
        (Site("https", "[::1]:8321"), "this address is a number"),
        (Site("http", "claw.home"), "with https"),
        (Site("http", "localhost.evil"), "with https"),
    ],
)
def test_passkeys_are_bound_to_a_name_where_nobody_listens(site: Site, name: str) -> None:
    if "." not in name.removesuffix(".home") and " " not in name:
        assert site.name() == name
        return
    with pytest.raises(Refused, match=name):
        site.name()


async def test_a_passkey_that_was_made_here_is_known_and_signs_its_person_in(here: Desk) -> None:
    key = await here.enrol()
    (known,) = here.keys.of("anna")
    assert (to_bytes(known.id), known.name, known.site) == (key.id, "a phone", "localhost")
    asked = here.signing.ask_to_enter(HERE)["sign"]
    assert asked["allowCredentials"] == []
    brought = key.sign(asked, HERE.origin)
    assert await here.signing.enter(HERE, brought) == "anna"
    with pytest.raises(Refused, match="used already"):
        await here.signing.enter(HERE, brought)


async def test_a_first_passkey_needs_a_sign_in_of_the_last_minutes(here: Desk) -> None:
    assert here.signing.shown(browser(), HERE)["fresh"]
    asked = here.signing.ask_to_add(browser(), HERE, "a phone")
    await here.clock.advance(601)
    with pytest.raises(Refused, match="sign out and in again"):
        here.signing.ask_to_add(browser(), HERE, "a phone")
    made = SoftPasskey().make(asked["create"], HERE.origin)
    with pytest.raises(Refused, match="sign out and in again"):
        await here.signing.add(browser(), HERE, "a phone", made, None, ANNA)
    assert not here.keys.enrolled("anna")


async def test_each_further_one_and_each_removal_needs_a_signature_with_one_that_is_there(here: Desk) -> None:
    first = await here.enrol()
    asked = here.signing.ask_to_add(browser(), HERE, "a key")
    made = SoftPasskey().make(asked["create"], HERE.origin)
    with pytest.raises(Refused, match="has to be signed"):
        await here.signing.add(browser(), HERE, "a key", made, None, ANNA)
    ident = here.keys.of("anna")[0].id
    with pytest.raises(Refused, match="has to be signed"):
        await here.signing.remove(browser(), HERE, ident, None, ANNA)
    to_add = first.sign(asked["sign"], HERE.origin)
    with pytest.raises(Refused, match="not what is asked now"):
        await here.signing.remove(browser(), HERE, ident, to_add, ANNA)
    await here.clock.advance(3600)
    await here.enrol(by=first)
    assert len(here.keys.of("anna")) == 2
    to_remove = here.signing.ask_to_remove(browser(), HERE, ident)["sign"]
    await here.signing.remove(browser(), HERE, ident, first.sign(to_remove, HERE.origin), ANNA)
    assert [key.id != ident for key in here.keys.of("anna")] == [True]


@pytest.mark.parametrize(
    "client", [browser(kind="token"), browser(kind="model"), browser("screen:hall")], ids=["token", "model", "screen"]
)
async def test_only_a_person_in_a_browser_has_passkeys(here: Desk, client: Client) -> None:
    await here.enrol()
    pending = await here.asked()
    with pytest.raises(Refused, match="only a browser"):
        here.signing.ask_to_add(client, HERE, "a phone")
    with pytest.raises(Refused, match="only a browser"):
        here.to_sign(pending.id, client=client)


async def test_a_new_passkey_of_another_browser_or_site_is_none(here: Desk) -> None:
    made = SoftPasskey().make(here.signing.ask_to_add(browser(), HERE, "x")["create"], HERE.origin)
    for client, site in ((browser("ben"), HERE), (browser(ident="c2"), HERE), (browser(), THERE)):
        with pytest.raises(Refused, match="not what is asked now"):
            await here.signing.add(client, site, "x", made, None, ANNA)
    assert not here.keys.enrolled("anna")


async def test_a_signed_yes_is_taken_and_the_log_keeps_the_signature(here: Desk) -> None:
    key = await here.enrol()
    pending = await here.asked()
    brought = key.sign(here.to_sign(pending.id), HERE.origin)
    await here.answer(pending.id, brought)
    entry = next(entry for entry in here.room.audit.entries() if entry.kind == "signed")
    assert entry.parent == pending.audit
    assert (entry.payload or {})["signature"] == brought["response"]["signature"]


async def test_a_signed_yes_is_for_what_stands_in_the_log(here: Desk) -> None:
    await here.enrol()
    pending = await here.asked()
    entry = here.room.audit.entry(pending.audit)
    assert entry is not None
    assert (entry.payload or {})["digest"] in here.signing._yes(browser(), pending.id, WHOLE)


async def test_a_signature_is_used_once(here: Desk) -> None:
    key = await here.enrol(counts=False)
    pending = await here.asked()
    brought = key.sign(here.to_sign(pending.id), HERE.origin)
    await here.answer(pending.id, brought)
    with pytest.raises(Refused, match="used already"):
        await here.answer(pending.id, brought)


async def test_a_signature_for_another_question_is_none(here: Desk) -> None:
    key = await here.enrol()
    one, other = await here.asked(), await here.asked()
    with pytest.raises(Refused, match="not what is asked now"):
        await here.answer(other.id, key.sign(here.to_sign(one.id), HERE.origin))


@pytest.mark.parametrize(
    "changed", [Choice(frozenset({0})), Choice(number="12"), Choice(grant_s=600.0)], ids=["without", "number", "grant"]
)
async def test_a_signature_holds_for_the_choice_that_was_signed(here: Desk, changed: Choice) -> None:
    key = await here.enrol()
    pending = await here.asked()
    with pytest.raises(Refused, match="not what is asked now"):
        await here.answer(pending.id, key.sign(here.to_sign(pending.id), HERE.origin), changed)
    with pytest.raises(Refused, match="not what is asked now"):
        await here.answer(pending.id, key.sign(here.to_sign(pending.id, changed), HERE.origin))


async def test_a_signature_holds_in_the_browser_it_was_asked_in_for_its_person(here: Desk) -> None:
    key = await here.enrol()
    pending = await here.asked()
    brought = key.sign(here.to_sign(pending.id), HERE.origin)
    for client in (browser(ident="c2"), browser("ben")):
        with pytest.raises(Refused, match="not what is asked now"):
            await here.answer(pending.id, brought, client=client)


async def test_nobody_signs_with_the_key_of_somebody_else(here: Desk) -> None:
    anna, ben = await here.enrol(), await here.enrol(browser("ben"))
    pending = await here.asked()
    assert [key["id"] for key in here.to_sign(pending.id)["allowCredentials"]] == [here.keys.of("anna")[0].id]
    with pytest.raises(Refused, match="not known here"):
        await here.answer(pending.id, ben.sign(here.to_sign(pending.id), HERE.origin))
    with pytest.raises(Refused, match="no valid signature"):
        await here.answer(pending.id, anna.sign(here.to_sign(pending.id), HERE.origin, key=ben))


async def test_a_challenge_for_signing_in_signs_no_yes(here: Desk) -> None:
    key = await here.enrol()
    pending = await here.asked()
    with pytest.raises(Refused, match="not what is asked now"):
        await here.answer(pending.id, key.sign(here.signing.ask_to_enter(HERE)["sign"], HERE.origin))
    with pytest.raises(Refused, match="not what is asked now"):
        await here.signing.enter(HERE, key.sign(here.to_sign(pending.id), HERE.origin))


async def test_who_has_no_passkey_here_is_told_so(here: Desk) -> None:
    await here.enrol(browser("ben"))
    pending = await here.asked()
    with pytest.raises(Refused, match="no passkey here to sign with; add one under People"):
        here.to_sign(pending.id)


async def test_a_passkey_of_another_name_signs_nothing_here(here: Desk) -> None:
    key = await here.enrol(site=THERE)
    asked = here.signing.ask_to_enter(HERE)["sign"]
    with pytest.raises(Refused, match="not known here"):
        await here.signing.enter(HERE, key.sign(asked, HERE.origin))
    assert [one["here"] for one in here.signing.shown(browser(), HERE)["keys"]] == [False]


async def test_two_minutes_are_the_time_to_sign(here: Desk) -> None:
    key = await here.enrol()
    asked = here.signing.ask_to_enter(HERE)["sign"]
    await here.clock.advance(120)
    with pytest.raises(Refused, match="longer than two minutes"):
        await here.signing.enter(HERE, key.sign(asked, HERE.origin))


async def test_a_copy_of_a_key_that_counts_signs_nothing(here: Desk) -> None:
    key = await here.enrol()
    await here.signing.enter(HERE, key.sign(here.signing.ask_to_enter(HERE)["sign"], HERE.origin))
    with pytest.raises(Refused, match="as if there were a copy"):
        await here.signing.enter(HERE, key.sign(here.signing.ask_to_enter(HERE)["sign"], HERE.origin, counter=1))


async def test_a_question_that_is_over_or_unknown_cannot_be_signed(here: Desk) -> None:
    key = await here.enrol()
    pending = await here.asked()
    brought = key.sign(here.to_sign(pending.id), HERE.origin)
    await here.room.gate.answer(pending.id, OWNER, yes=False)
    for question in (pending.id, "unknown"):
        with pytest.raises(Refused, match="no such question"):
            await here.answer(question, brought)


async def test_at_an_address_where_browsers_use_none_it_is_said(here: Desk) -> None:
    site = Site("http", "127.0.0.1:8321")
    assert "http://localhost:8321/" in here.signing.shown(browser(), site)["problem"]
    with pytest.raises(Refused, match="this address is a number"):
        here.signing.ask_to_add(browser(), site, "a phone")
