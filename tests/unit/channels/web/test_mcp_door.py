import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from claw.channels.web import api
from claw.channels.web.guard import BODY_LIMIT
from claw.channels.web.mcp_door import McpDoor
from tests.modelling import modelling, token_of
from tests.serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with modelling(tmp_path_factory.mktemp("mcp")) as running:
        yield running


async def post(served: Served, token: str | None, body: Any = LIST, **options: Any) -> tuple[int, Any]:
    status, answer, _ = await served.ask("POST", "/mcp", token=token, json=body, **options)
    return status, answer


async def test_only_a_token_for_a_model_opens_it(served: Served) -> None:
    await served.clock.advance(600)  # whoever was turned away before
    status, answer = await post(served, token_of(served))
    assert (status, len(answer["result"]["tools"])) == (200, 5)
    for token in (served.token, None, "claw_x.y", "x" * 300):
        assert (await post(served, token))[0] == 401
    assert (await post(served, None, headers=served.page()))[0] == 401


@pytest.mark.parametrize("operation", api.OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
async def test_a_token_for_a_model_opens_nothing_else(served: Served, operation: Any) -> None:
    path = operation.path.replace("{id}", "x").replace("{seq:int}", "1").replace("{id:int}", "1")
    token = token_of(served, rights=("talk", "approve", "stop", "reset", "read_log"))
    status, answer, _ = await served.ask(operation.method, path, token=token, json={})
    assert status in {401, 429}, answer


@pytest.mark.parametrize("path", ["/api/events", "/api/openapi.json", "/metrics"])
async def test_a_token_for_a_model_opens_no_stream_and_no_figures(served: Served, path: str) -> None:
    assert (await served.ask("GET", path, token=token_of(served)))[0] in {401, 429}


async def test_a_web_page_may_not_ask_and_a_foreign_name_is_none_of_ours(served: Served) -> None:
    await served.clock.advance(600)  # so many were turned away before
    token = token_of(served)
    assert (await post(served, token, headers={"Origin": "http://evil.example"}))[0] == 403
    assert (await post(served, token, headers={"Host": "evil.example"}))[0] == 421


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_there_is_no_stream_to_hold_and_no_session_to_take(served: Served, method: str) -> None:
    status, _, headers = await served.ask(method, "/mcp", token=token_of(served))
    assert (status, headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[" * 50_000, 400),
        (b"[]", 400),
        (b"null", 400),
        (json.dumps({"jsonrpc": "2.0", "id": 1, "method": "x"}).encode(), 200),
        (json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}).encode(), 200),
        (json.dumps({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}).encode(), 200),
        (b" " * (BODY_LIMIT + 1), 413),
    ],
)
async def test_nonsense_is_answered(served: Served, sent: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    found, answer, _ = await served.ask("POST", "/mcp", token=token_of(served), data=sent, headers=headers)
    assert found == status, answer
    assert "error" in answer


async def test_only_json_is_read(served: Served) -> None:
    headers = {"Content-Type": "text/plain"}
    assert (await served.ask("POST", "/mcp", token=token_of(served), data=b"{}", headers=headers))[0] == 415


async def test_a_slow_body_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.channels.web.body.BODY_PATIENCE_S", 0.02)
    monkeypatch.setattr("claw.channels.web.app.LETTING_GO_S", 0.02)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.web.port)
    lines = ("POST /mcp HTTP/1.1", f"Host: {served.host}", f"Authorization: Bearer {token_of(served)}")
    head = "\r\n".join((*lines, "Content-Type: application/json", "Content-Length: 10", "", "{"))
    writer.write(head.encode())
    assert b" 408 " in await reader.readline()
    writer.close()


async def test_a_revoked_token_is_out_at_once(served: Served) -> None:
    await served.clock.advance(600)
    client, token = served.daemon.clients.issue("gone", "anna", kind="model")
    assert (await post(served, token))[0] == 200
    served.daemon.clients.revoke(client.id)
    assert (await post(served, token))[0] == 401


async def test_without_the_package_it_says_which_one(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    door = McpDoor(None)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "claw.channels.web.mcp_served", None)
    with pytest.raises(Exception, match="make channels"):
        await door.answer({}, None, None)  # type: ignore[arg-type]
    await door.close()
    with pytest.raises(Exception, match="ending"):
        await door.answer({}, None, None)  # type: ignore[arg-type]
