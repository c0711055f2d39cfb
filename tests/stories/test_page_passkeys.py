"""Passkeys in a real browser, whose authenticator is a virtual one: made, signed in with, and signing a yes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, Page, Request, expect

from tests.browsing import PATIENCE_MS, go
from tests.seeing import wrong_with
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, PHONE, looking, say
from tests.stories.test_page_cards import became

pytestmark = page_room.pytestmark

FRONT, GATE = "lock.front_door", "lock.garden_gate"
POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*", "lock.lock"]}
  - {id: messages, allow: claw.notify}
  - id: unlock
    confirm: lock.unlock
    ask: {roles: [owner, adult], channels: [web], strength: signed, grant: 1 h}
"""


class Signer:
    """A page at localhost, and the authenticator of the device it is on."""

    def __init__(self, page: Page, wire: CDPSession, authenticator: str) -> None:
        self.page = page
        self._wire = wire
        self._authenticator = authenticator

    async def is_somebody_else(self, somebody: bool) -> None:
        """Have the device know its owner's finger, or not."""
        asked = {"authenticatorId": self._authenticator, "isUserVerified": not somebody}
        await self._wire.send("WebAuthn.setUserVerified", asked)

    async def post(self, path: str, body: Any) -> Any:
        """Return status and answer of what a script on the page sends with its cookie."""
        return await self.page.evaluate(
            """async ([path, body]) => {
                const headers = { "Content-Type": "application/json" };
                const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
                return [answer.status, await answer.json()];
            }""",
            [path, body],
        )

    async def signs(self, question: str, choice: Any) -> Any:
        """Return what the passkey signs for a yes to ``question`` with this choice."""
        status, asked = await self.post(f"api/pending/{question}/sign", choice)
        assert status == 200, asked
        return await self.page.evaluate("async (ask) => (await import('./page/passkey.js')).sign(ask)", asked["sign"])


@asynccontextmanager
async def at_localhost(desk: page_room.Desk, size: dict[str, int], person: str = "anna") -> AsyncIterator[Signer]:
    """Give a page at an address at which browsers have passkeys, where ``person`` has signed in."""
    context = await desk.browser.new_context(viewport=size)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    wire = await context.new_cdp_session(page)
    await wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await desk.sign_in(page, person, desk.daemon.web.address.replace("127.0.0.1", "localhost"))
    await expect(page.locator("#pulse")).to_have_text("All is well")
    yield Signer(page, wire, made["authenticatorId"])
    await context.close()


async def add_passkey(page: Page, name: str) -> None:
    await go(page, "People")
    await page.get_by_label("What to call a new one").fill(name)
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.locator(".keys li")).to_contain_text(name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory, chromium: None) -> AsyncIterator[page_room.Desk]:
    del chromium
    async with looking(tmp_path_factory.mktemp("passkeys"), policy=POLICY) as opened:
        yield opened


async def test_a_person_adds_a_passkey_signs_with_it_and_comes_in_with_it(desk: page_room.Desk) -> None:
    async with at_localhost(desk, PHONE) as anna:
        page = anna.page
        await say(page, "unlock the garden gate")
        await expect(page.locator(".bubble").last).to_contain_text("nobody here has a key to sign with yet")
        await add_passkey(page, "Anna's phone")
        await desk.shot(page, "phone-people-passkey")
        assert await wrong_with(page) == []
        await go(page, "Talk")
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request) if request.url.endswith("/signed") else None)
        await say(page, "unlock the garden gate")
        card = page.locator(".question")
        await expect(card).to_contain_text("A yes to this is signed with a passkey.")
        await desk.shot(page, "phone-card-signed")
        assert await wrong_with(page) == []

        await anna.is_somebody_else(True)
        await card.get_by_role("button", name="Sign, and do it").click()
        await expect(card.get_by_role("alert")).to_contain_text("Nothing was signed")
        await anna.is_somebody_else(False)

        async with at_localhost(desk, DESK, "ben") as ben:
            theirs = ben.page.locator(".question")
            await theirs.get_by_role("button", name="Sign, and do it").click()
            await expect(theirs.get_by_role("alert")).to_contain_text("you have no passkey here to sign with")
            await desk.shot(ben.page, "desk-card-no-passkey")

        await card.get_by_role("button", name="Sign, and do it").click()
        await became(desk, GATE, "unlocked")
        await expect(card).to_have_count(0)

        # The very same once more, by a script on the page.
        (first,) = sent
        assert (await anna.post(first.url, first.post_data_json))[0] == 403
        await say(page, "lock the garden gate")
        await became(desk, GATE, "locked")

        await page.get_by_role("button", name="Anna", exact=True).click()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await expect(page).to_have_url(re.compile("/login$"))
        await desk.shot(page, "phone-login-passkey")
        await page.get_by_role("button", name="Use a passkey").click()
        await expect(page.locator("#account")).to_have_text("Anna")


async def test_a_signature_is_for_one_question_and_one_choice(desk: page_room.Desk) -> None:
    async with at_localhost(desk, DESK, "ben") as ben:
        await add_passkey(ben.page, "A key")
        await desk.shot(ben.page, "desk-people-passkey")
        await go(ben.page, "Talk")
        ids: list[str] = []
        for entity in (FRONT, GATE):
            said = await ben.post("api/actions", {"name": "lock.unlock", "entities": [entity]})
            ids.append(said[1]["pending"][0]["id"])
        front, gate = ids
        for question, choice in ((gate, {}), (front, {"grant_s": 3600}), (front, {"without": [0]})):
            credential = await ben.signs(front, {})
            status, said = await ben.post(f"api/pending/{question}/signed", {**choice, "credential": credential})
            assert (status, "not what is asked now" in said["error"]["text"]) == (403, True)
        assert [desk.daemon.mirror.states[entity].value for entity in (FRONT, GATE)] == ["locked", "locked"]
        card = ben.page.locator(".question").filter(has_text=GATE)
        await card.get_by_label("For how long").select_option(label="Also for the next 10 minutes")
        await card.get_by_role("button", name="Sign, and do it").click()
        await became(desk, GATE, "unlocked")
        await ben.page.locator(".question").get_by_role("button", name="No", exact=True).click()
        await go(ben.page, "People")
        await ben.page.get_by_role("button", name="Remove A key").click()
        await expect(ben.page.locator(".keys li")).to_have_count(0)
        await go(ben.page, "Talk")
        await say(ben.page, "lock the garden gate")
        await became(desk, GATE, "locked")
