"""A yes that has to be signed, over HTTP against a whole daemon: what is no such yes opens nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from claw.channels.clients import EVERY_RIGHT
from claw.channels.signing import Signing
from claw.channels.web.server import WebServer
from claw.house.model import Change, State
from tests.peers.soft_passkey import SoftPasskey
from tests.serving import Served, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRONT, GATE = "lock.front_door", "lock.garden_gate"
POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - id: unlock
    confirm: lock.unlock
    ask: {roles: [owner, adult], channels: [web, cli], strength: signed, grant: 1 h, same_chat: true}
"""


@dataclass
class Door:
    """A front door that needs a signed yes, and browsers in front of it."""

    served: Served
    signing: Signing

    @property
    def host(self) -> str:
        return f"localhost:{self.served.web.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def browser(self, person: str = "anna") -> dict[str, str]:
        """Return the headers of a browser in which ``person`` has just signed in, at localhost."""
        return self.served.page(person) | {"Host": self.host, "Origin": self.origin}

    async def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> tuple[int, Any]:
        status, found, _ = await self.served.ask(method, path, token=None, headers=headers, json=body)
        return status, found

    async def enrol(self, headers: dict[str, str]) -> SoftPasskey:
        """Return the first passkey of whoever is signed in."""
        key = SoftPasskey()
        status, asked = await self.ask("POST", "/api/passkeys/begin", headers, {"name": "a phone"})
        assert status == 200, asked
        body = {"name": "a phone", "credential": key.make(asked["create"], self.origin)}
        status, shown = await self.ask("POST", "/api/passkeys", headers, body)
        assert (status, len(shown["keys"])) == (200, 1), shown
        return key

    async def question(self, headers: dict[str, str], entity: str = FRONT) -> str:
        """Have an unlocking asked for and return the question's id."""
        said = await self.ask("POST", "/api/actions", headers, {"name": "lock.unlock", "entities": [entity]})
        assert said[1]["status"] == "pending", said
        return said[1]["pending"][0]["id"]

    async def to_sign(self, headers: dict[str, str], question: str, **choice: Any) -> dict[str, Any]:
        status, asked = await self.ask("POST", f"/api/pending/{question}/sign", headers, choice)
        assert status == 200, asked
        return asked["sign"]

    async def signed(
        self, headers: dict[str, str], question: str, credential: dict[str, Any], **choice: Any
    ) -> tuple[int, Any]:
        body = {"credential": credential, **choice}
        return await self.ask("POST", f"/api/pending/{question}/signed", headers, body)

    def shut(self) -> bool:
        states = self.served.daemon.mirror.states
        return all(states[entity].value == "locked" for entity in (FRONT, GATE))

    async def waits(self, question: str) -> bool:
        return any(one.id == question for one in self.served.daemon.gate.questions.waiting())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with serving(tmp_path_factory.mktemp("signed"), POLICY) as served:
        signing = served.daemon.web._web.signing
        assert signing is not None, "the daemon as it is built takes signatures"
        served.web.sign_with(signing)  # the page of these tests has a clock of its own
        yield Door(served, signing)


@pytest_asyncio.fixture(loop_scope="module")
async def door(whole: Door) -> AsyncIterator[Door]:
    """A house in which nobody has a passkey, nothing waits and all is locked."""
    yield whole
    daemon = whole.served.daemon
    for person in ("anna", "ben", "carl"):
        whole.signing.keys.end(person)
    for one in daemon.gate.questions.waiting():
        daemon.gate.questions.void(one.id)
    daemon.mirror.changed([Change(entity, State("locked")) for entity in (FRONT, GATE)])


async def test_a_signed_yes_unlocks(door: Door) -> None:
    anna = door.browser()
    key = await door.enrol(anna)
    question = await door.question(anna)
    brought = key.sign(await door.to_sign(anna, question), door.origin)
    status, reply = await door.signed(anna, question, brought)
    assert (status, reply["status"]) == (200, "done"), reply
    assert not door.shut()
    answer = next(entry for entry in door.served.daemon.audit.entries(newest_first=True) if entry.kind == "answer")
    assert answer.origin is not None
    assert (answer.origin.person, answer.origin.strength) == ("anna", "signed")


async def test_where_nobody_has_a_key_it_is_refused_at_once_and_said(door: Door) -> None:
    status, reply = await door.ask("POST", "/api/actions", door.browser(), {"name": "lock.unlock", "entities": [FRONT]})
    assert (status, reply["status"]) == (200, "refused")
    assert "nobody here has a key to sign with yet" in reply["text"]


async def test_a_yes_that_is_not_signed_is_none(door: Door) -> None:
    anna = door.browser()
    await door.enrol(anna)
    question = await door.question(anna)
    status, said = await door.ask("POST", f"/api/pending/{question}", anna, {"answer": "yes"})
    assert (status, said["error"]["text"]) == (
        403,
        "this needs a yes signed with your own key; web does not prove enough",
    )
    held = {"name": "lock.unlock", "entities": [GATE], "held": {GATE: "locked"}}
    assert (await door.ask("POST", "/api/actions", anna, held))[1]["status"] == "pending"
    typed = await door.ask("POST", "/api/messages", anna, {"text": "yes"})
    assert typed[1]["status"] != "done", typed
    assert await door.waits(question)
    assert door.shut()


async def test_a_signature_that_was_used_is_none_even_after_the_same_was_asked_anew(door: Door) -> None:
    anna = door.browser()
    key = await door.enrol(anna)
    question = await door.question(anna, GATE)
    brought = key.sign(await door.to_sign(anna, question), door.origin)
    wrong = await door.signed(anna, question, brought, without=[0])
    assert wrong[0] == 403
    first, second = await asyncio.gather(*(door.signed(anna, question, brought) for _ in range(2)))
    assert sorted([first[0], second[0]]) == [200, 403]
    assert (await door.signed(anna, question, brought))[0] == 403
    again = await door.question(anna)
    assert (await door.signed(anna, again, brought))[0] == 403
    assert door.served.daemon.mirror.states[FRONT].value == "locked"


async def test_a_signature_for_another_question_is_none(door: Door) -> None:
    anna = door.browser()
    key = await door.enrol(anna)
    gate, front = await door.question(anna, GATE), await door.question(anna, FRONT)
    status, said = await door.signed(anna, front, key.sign(await door.to_sign(anna, gate), door.origin))
    assert (status, "not what is asked now" in said["error"]["text"]) == (403, True)
    assert await door.waits(front)
    assert door.shut()


@pytest.mark.parametrize("choice", [{"grant_s": 600}, {"without": [0]}, {"number": "12"}])
async def test_a_signature_for_another_choice_is_none(door: Door, choice: dict[str, Any]) -> None:
    anna = door.browser()
    key = await door.enrol(anna)
    question = await door.question(anna)
    brought = key.sign(await door.to_sign(anna, question), door.origin)
    status, said = await door.signed(anna, question, brought, **choice)
    assert (status, "not what is asked now" in said["error"]["text"]) == (403, True)
    assert await door.waits(question)
    assert door.shut()


async def test_nothing_but_the_key_of_the_one_who_is_signed_in_signs(door: Door) -> None:
    anna, ben, carl = door.browser(), door.browser("ben"), door.browser("carl")
    key, other, childs = await door.enrol(anna), await door.enrol(ben), await door.enrol(carl)
    question = await door.question(anna)
    asked = await door.to_sign(anna, question)
    for credential in (
        other.sign(asked, door.origin),
        key.sign(asked, door.origin, key=other),
        key.sign(asked, "http://localhost:9"),
        key.sign(asked, door.origin, flags=0x01),
        {},
    ):
        assert (await door.signed(anna, question, credential))[0] == 403
    # A thief of the cookie in another browser, and a child with a key of their own, whom the rule does not name.
    assert (await door.signed(ben, question, key.sign(asked, door.origin)))[0] == 403
    to_child = childs.sign(await door.to_sign(carl, question), door.origin)
    status, said = await door.signed(carl, question, to_child)
    assert (status, said["error"]["text"]) == (403, "only owner or adult can answer this")
    assert await door.waits(question)
    assert door.shut()


async def test_a_program_signs_nothing_and_has_no_passkey_made(door: Door) -> None:
    anna = door.browser()
    key = await door.enrol(anna)
    question = await door.question(anna)
    _, token = door.served.daemon.clients.issue("a program", "anna", EVERY_RIGHT)
    program = {"Authorization": f"Bearer {token}", "Host": door.host}
    for path, body in (
        (f"/api/pending/{question}/sign", {}),
        ("/api/passkeys/begin", {"name": "mine"}),
        (f"/api/pending/{question}/signed", {"credential": key.sign(await door.to_sign(anna, question), door.origin)}),
    ):
        status, said = await door.ask("POST", path, program, body)
        assert (status, "only a browser" in said["error"]["text"]) == (403, True), path
    assert door.shut()


async def test_who_is_shut_out_signs_no_more(door: Door) -> None:
    anna, ben = door.browser(), door.browser("ben")
    key = await door.enrol(ben)
    question = await door.question(anna)
    brought = key.sign(await door.to_sign(ben, question), door.origin)
    status, said = await door.ask("POST", "/api/people/ben/revoke", anna, {})
    assert (status, said["ended"]["passkeys"]) == (200, 1)
    assert (await door.ask("POST", "/api/people/ben/admit", anna, {}))[0] == 200
    assert (await door.signed(ben, question, brought))[0] == 401
    assert (await door.signed(door.browser("ben"), question, brought))[0] == 403
    entering = await door.ask("POST", "/api/login/passkey/begin", {"Origin": door.origin, "Host": door.host})
    credential = key.sign(entering[1]["sign"], door.origin)
    headers = {"Origin": door.origin, "Host": door.host}
    assert (await door.ask("POST", "/api/login/passkey", headers, {"credential": credential}))[0] == 401
    assert door.shut()


async def test_somebody_signs_in_with_a_passkey_once_for_each_signature(door: Door) -> None:
    key = await door.enrol(door.browser("ben"))
    headers = {"Origin": door.origin, "Host": door.host}
    _, asked = await door.ask("POST", "/api/login/passkey/begin", headers)
    body = {"credential": key.sign(asked["sign"], door.origin)}
    status, found, answered = await door.served.ask(
        "POST", "/api/login/passkey", token=None, headers=headers, json=body
    )
    assert (status, found["person"]) == (200, "ben")
    cookie = answered["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    _, session = await door.ask("GET", "/api/session", headers | {"Cookie": cookie.partition(";")[0]})
    assert (session["person"], session["kind"]) == ("ben", "session")
    assert (await door.ask("POST", "/api/login/passkey", headers, body))[0] == 401
    assert (await door.ask("POST", "/api/login/passkey/begin", {"Origin": "http://evil", "Host": door.host}))[0] == 403


async def test_who_could_sign_a_yes_sees_what_it_is_for_and_who_could_not_does_not(door: Door) -> None:
    anna, ben = door.browser(), door.browser("ben")
    await door.enrol(anna)
    body = {"name": "lock.unlock", "entities": [FRONT], "data": {"code": "4711"}}
    assert (await door.ask("POST", "/api/actions", anna, body))[1]["status"] == "pending"
    (hidden,) = (await door.ask("GET", "/api/pending", ben))[1]
    await door.enrol(ben)
    (shown,) = (await door.ask("GET", "/api/pending", ben))[1]
    assert hidden["question"] == "(somebody else's words)"
    assert shown["question"].startswith("Unlock the front door")


async def test_at_an_address_of_numbers_it_is_said_that_browsers_have_no_passkeys(door: Door) -> None:
    anna = door.served.page()
    status, shown = await door.ask("GET", "/api/passkeys", anna)
    assert (status, "open the page at http://localhost" in shown["problem"]) == (200, True)
    status, said = await door.ask("POST", "/api/passkeys/begin", anna, {"name": "a phone"})
    assert (status, "this address is a number" in said["error"]["text"]) == (403, True)


async def test_a_page_without_passkeys_says_so(door: Door) -> None:
    daemon, clock = door.served.daemon, door.served.clock
    web = WebServer(daemon.desk, daemon.clients, clock, clock, port=0)
    await web.start()
    try:
        door.served.web, kept = web, door.served.web
        try:
            status, said = await door.ask("GET", "/api/passkeys", door.served.page())
            assert (status, said["error"]["text"]) == (503, "there are no passkeys here")
        finally:
            door.served.web = kept
    finally:
        await web.close()
