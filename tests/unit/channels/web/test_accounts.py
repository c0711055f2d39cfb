"""Accounts over HTTP: signing in by what one knows, and what an owner changes from the page."""

from typing import Any

import pytest

from claw.channels import passwords
from claw.channels.accounts import KIND
from claw.channels.entering import ACCOUNT_BURST
from tests.serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = "copper walks sideways"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)


async def asked(served: Served, method: str, path: str, headers: dict[str, str], **body: Any) -> tuple[int, Any]:
    status, answer, _ = await served.ask(method, path, token=None, headers=headers, **body)
    return status, answer


async def test_a_password_opens_a_session_and_a_wrong_one_does_not(served: Served) -> None:
    page = served.page("ben")
    assert await asked(served, "POST", "/api/password", page, json={"new": GOOD}) == (200, {"password": True})
    body = {"name": "ben", "password": GOOD}
    status, session, headers = await served.ask("POST", "/api/login", token=None, json=body)
    assert (status, session["person"], session["kind"]) == (200, "ben", "session")
    assert "httponly" in headers["Set-Cookie"].lower()
    for wrong in (body | {"password": "wrong"}, body | {"name": "nobody"}):
        status, answer, headers = await served.ask("POST", "/api/login", token=None, json=wrong)
        assert (status, answer["error"]["kind"]) == (401, "wrong_password")
        assert "Set-Cookie" not in headers
    assert await asked(served, "POST", "/api/password/remove", page, json={"old": GOOD}) == (200, {"password": False})
    await served.clock.advance(60)
    assert (await served.ask("POST", "/api/login", token=None, json=body))[0] == 401


async def test_an_account_that_was_tried_too_often_says_how_long_to_wait(served: Served) -> None:
    await served.clock.advance(600)
    for _ in range(ACCOUNT_BURST):
        await served.ask("POST", "/api/login", token=None, json={"name": "carl", "password": "wrong"})
    status, answer, headers = await served.ask(
        "POST", "/api/login", token=None, json={"name": "carl", "password": "wrong"}
    )
    assert (status, answer["error"]["kind"]) == (429, "too_many")
    assert 1 <= int(headers["Retry-After"]) <= 60
    await served.clock.advance(600)


@pytest.mark.parametrize("body", [{}, {"name": "anna"}, {"code": "x", "name": "anna", "password": "y"}, {"code": 1}])
async def test_a_sign_in_is_one_proof(served: Served, body: dict[str, Any]) -> None:
    status, answer, _ = await served.ask("POST", "/api/login", token=None, json=body)
    assert (status, answer["error"]["kind"]) == (400, "invalid")


async def test_where_somebody_is_known_no_first_account_is_made(served: Served) -> None:
    status, door, _ = await served.ask("GET", "/api/door", token=None)
    assert (status, door) == (200, {"first": False, "warnings": []})
    body = {"code": "ABCD2345", "name": "Eve"}
    status, answer, _ = await served.ask("POST", "/api/first", token=None, json=body)
    assert (status, answer["error"]["kind"]) == (401, "wrong_code")
    assert served.daemon.people.get("eve") is None


async def test_an_owner_lets_somebody_in_changes_their_role_and_shuts_them_out(served: Served) -> None:
    anna = served.page("anna")
    status, made = await asked(served, "POST", "/api/people", anna, json={"name": "Dora", "role": "guest"})
    assert (status, made["person"]) == (200, "dora")
    before = served.daemon.reloading.policy
    status, session, headers = await served.ask("POST", "/api/login", token=None, json={"code": made["code"]})
    assert (status, session["person"], session["rights"]) == (200, "dora", ["stop", "talk"])
    dora = {"Cookie": headers["Set-Cookie"].partition(";")[0], "Origin": f"http://{served.host}"}
    assert await asked(served, "GET", "/api/people", dora) == (
        200,
        [
            {
                "id": "dora", "name": "Dora", "role": "guest", "configured": False, "barred": False,
                "password": False, "browsers": 1, "programs": 0,
            }
        ],
    )  # fmt: skip
    status, everybody = await asked(served, "POST", "/api/people/dora/role", anna, json={"role": "adult"})
    assert (status, everybody[-1]["role"]) == (200, "adult")
    assert served.daemon.reloading.policy != before, "the hash of the policy covers its people"
    assert (await asked(served, "GET", "/api/session", dora))[0] == 401
    dora = served.page("dora")
    status, ended = await asked(served, "POST", "/api/people/dora/revoke", anna, json={})
    assert (status, ended) == (200, {"person": "dora", "ended": {"browsers and programs": 1}})
    assert (await asked(served, "GET", "/api/session", dora))[0] == 401
    assert await asked(served, "POST", "/api/people/dora/admit", anna, json={}) == (200, {"person": "dora"})
    status, code = await asked(served, "POST", "/api/people/dora/invite", anna, json={})
    assert (status, len(code["code"])) == (200, 8)


async def test_browsers_are_listed_and_ended(served: Served) -> None:
    here, there = served.page("carl"), served.page("carl")
    status, found = await asked(served, "GET", "/api/clients", here)
    assert (status, [one["current"] for one in found], {one["person"] for one in found}) == (
        200, [True, False], {"carl"},
    )  # fmt: skip
    status, left = await asked(served, "POST", f"/api/clients/{found[1]['id']}/end", here, json={})
    assert (status, len(left)) == (200, 1)
    assert (await asked(served, "GET", "/api/session", there))[0] == 401
    assert await asked(served, "POST", "/api/clients/end_others", here, json={}) == (200, {"ended": 0})


async def test_every_change_of_who_may_come_in_stands_in_the_log_without_any_name(served: Served) -> None:
    anna = served.page("anna")
    await asked(served, "POST", "/api/people", anna, json={"name": "Quentin Q", "role": "guest"})
    await asked(served, "POST", "/api/password", anna, json={"new": GOOD})
    await served.daemon.audit.append("end", {})
    entries = served.daemon.audit.entries(0, 1000, kinds=(KIND,))
    did = {entry.payload["did"] for entry in entries if entry.payload}
    assert {"let_in", "code", "signed_in", "password_set", "ended", "issued"} <= did
    assert "Quentin" not in str([entry.payload for entry in entries])
    assert all(entry.origin is not None for entry in entries)


CHANGES = (
    ("/api/people", {"name": "Eve", "role": "owner"}),
    ("/api/people/ben/role", {"role": "owner"}),
    ("/api/people/ben/invite", {}),
    ("/api/people/anna/invite", {}),
    ("/api/people/anna/revoke", {}),
    ("/api/people/anna/admit", {}),
)


@pytest.mark.parametrize(("path", "body"), CHANGES)
async def test_only_an_owner_in_a_browser_changes_the_household(served: Served, path: str, body: Any) -> None:
    status, answer, _ = await served.ask("POST", path, json=body)  # a token of the owner's, with every right
    assert (status, answer["error"]["kind"]) == (403, "refused")
    assert (await asked(served, "POST", path, served.page("ben"), json=body))[0] == 403
    foreign = served.page("anna") | {"Origin": "http://evil.example"}
    assert (await asked(served, "POST", path, foreign, json=body))[0] == 403
    assert (await asked(served, "POST", path, {"Cookie": served.page("anna")["Cookie"]}, json=body))[0] == 403
    assert (await served.ask("POST", path, token=None, json=body))[0] == 401
    assert served.daemon.people.get("eve") is None
    assert served.daemon.people.role("anna") == "owner"


async def test_a_token_has_no_password_and_no_browsers(served: Served) -> None:
    for method, path, body in (
        ("GET", "/api/clients", None),
        ("POST", "/api/clients/end_others", {}),
        ("POST", "/api/password", {"new": GOOD}),
    ):
        status, answer, _ = await served.ask(method, path, **({"json": body} if body is not None else {}))
        assert (status, answer["error"]["kind"]) == (403, "refused"), path
