"""Somebody who was let in and is not any more: what was begun before, and what was made for later, does not count."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from claw.base.action import Reply, Request
from claw.base.errors import Refused
from claw.channels import passwords
from claw.channels.entering import ACCOUNT_BURST
from claw.channels.passkeys import Passkey, Passkeys
from claw.channels.telegram_links import Links, Standing
from claw.daemon.build import Daemon
from claw.daemon.met_openai import Served as OpenAi
from claw.daemon.met_openai import jobs
from claw.policy.people import Person
from tests.account_room import CONSOLE as ON_CONSOLE
from tests.living import OWNER
from tests.modelling import modelling, token_of
from tests.serving import Served, admission_of
from tests.telegram_room import CARL, Room, chatting

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCEPTED = "application/json, text/event-stream"
LAMP = "light.kitchen_ceiling"
RPC = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "act", "arguments": {"actions": [{"name": "light.turn_on", "entities": [LAMP]}]}},
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "PASSES", 1)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with modelling(tmp_path_factory.mktemp("before")) as running:
        kept = jobs(running.daemon)
        v1 = OpenAi(running.daemon, running.web, kept)
        await v1.start()
        yield running
        await v1.close()
        await kept.close()


@asynccontextmanager
async def half_sent(served: Served, path: str, body: Any, **headers: str) -> AsyncIterator[Any]:
    """Send a request but for its last byte, and give what sends that and returns status and answer."""
    data = json.dumps(body).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", served.web.port)
    told = {"Host": served.host, "Content-Type": "application/json", "Content-Length": str(len(data))} | headers
    told |= {"Accept": ACCEPTED, "Connection": "close"}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told.items())
    writer.write(head.encode() + b"\r\n" + data[:-1])
    await writer.drain()
    await asyncio.sleep(0.1)  # it was admitted, and is waited for

    async def rest() -> tuple[int, str]:
        writer.write(data[-1:])
        await writer.drain()
        async with asyncio.timeout(10):
            answer = (await reader.read()).decode()
        return int(answer.split()[1]), answer.partition("\r\n\r\n")[2]

    try:
        yield rest
    finally:
        writer.close()


@pytest.mark.parametrize("way", ["page", "token", "yes", "mcp", "v1"])
async def test_a_request_that_was_begun_before_its_client_was_ended_is_not_taken(served: Served, way: str) -> None:
    clients = served.daemon.clients
    await served.daemon.desk.say("turn off the kitchen ceiling", OWNER)
    path, body = "/api/messages", {"text": "turn on the kitchen ceiling light"}
    match way:
        case "mcp":
            path, body, headers = "/mcp", RPC, {"Authorization": f"Bearer {token_of(served)}"}
        case "v1":
            path, headers = "/v1/chat/completions", {"Authorization": f"Bearer {token_of(served)}"}
            body = {"messages": [{"role": "user", "content": body["text"]}]}
        case "token":
            headers = {"Authorization": f"Bearer {clients.issue('script', 'anna')[1]}"}
        case _:
            headers = served.page("anna")
    if way == "yes":
        asked = await served.daemon.desk.say("turn on the bathroom fan", OWNER)
        path, body = f"/api/pending/{asked.pending[0].id}", {"answer": "yes"}
    newest = clients.all()[-1]
    async with half_sent(served, path, body, **headers) as rest:
        clients.revoke(newest.id)
        status, _ = await rest()
    assert served.daemon.mirror.states[LAMP].value == "off"
    assert served.daemon.mirror.states["fan.bathroom"].value == "off"
    assert status == 401


def thinking(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Have the next answer wait for the second event, and set the first when it is asked for."""
    asked, going_on, said = asyncio.Event(), asyncio.Event(), daemon.desk._in.turn.handle

    async def slowly(request: Request) -> Reply:
        asked.set()
        await going_on.wait()
        return await said(request)

    monkeypatch.setattr(daemon.desk._in.turn, "handle", slowly)
    return asked, going_on


@pytest.mark.parametrize("way", ["/v1", "/v1, as a stream", "the page", "/mcp"])
async def test_an_answer_that_is_awaited_is_not_told_to_who_was_shut_out(
    served: Served, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    daemon, question = served.daemon, "is the front door locked?"
    asked, going_on = thinking(daemon, monkeypatch)
    if way == "the page":
        path, body, headers = "/api/messages", {"text": question}, served.page("carl")
    elif way == "/mcp":
        path, body = way, RPC | {"params": {"name": "ask", "arguments": {"text": question}}}
        headers = {"Authorization": f"Bearer {token_of(served, 'chat', 'carl')}", "Accept": ACCEPTED}
    else:
        path, headers = "/v1/chat/completions", {"Authorization": f"Bearer {token_of(served, 'chat', 'carl')}"}
        body = {"messages": [{"role": "user", "content": question}], "stream": "stream" in way}
    asking = asyncio.ensure_future(served.ask("POST", path, json=body, token=None, headers=headers))
    await asked.wait()
    await admission_of(daemon).accounts.revoke("carl", ON_CONSOLE)
    try:
        going_on.set()
        status, answer, _ = await asking
        assert status == (200 if way in {"/mcp", "/v1, as a stream"} else 401)
        assert "unauthenticated" in str(answer)
        assert "locked" not in str(answer)
    finally:
        await admission_of(daemon).accounts.admit("carl", ON_CONSOLE)


def _chats(room: Room) -> list[Any]:
    return list(room.telegram._chats._chats.values())


async def test_an_answer_that_is_awaited_by_telegram_is_not_told_to_who_was_shut_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(tmp_path) as room:
        await room.enrol("carl", CARL)
        asked, going_on = thinking(room.daemon, monkeypatch)
        room.server.says(CARL, "is the front door locked?")
        await asked.wait()
        await admission_of(room.daemon).accounts.revoke("carl", ON_CONSOLE)
        going_on.set()
        await room.server.until(lambda: all(one.task is None or one.task.done() for one in _chats(room)))
        assert not [one for one in room.server.said(CARL) if "locked" in str(one)]


async def test_a_code_that_somebody_made_for_another_ends_with_who_made_it(served: Served) -> None:
    clients, accounts = served.daemon.clients, admission_of(served.daemon).accounts
    page = served.page("anna")
    _, made, _ = await served.ask("POST", "/api/people/ben/invite", json={}, token=None, headers=page)
    by_console = clients.sign_in_code("carl")
    await accounts.revoke("anna", ON_CONSOLE)
    try:
        login = {"Origin": f"http://{served.host}"}
        status, *_ = await served.ask("POST", "/api/login", json={"code": made["code"]}, token=None, headers=login)
        assert status == 401
        status, *_ = await served.ask("POST", "/api/login", json={"code": by_console}, token=None, headers=login)
        assert status == 200, "the console's own codes are nobody's"
    finally:
        await accounts.admit("anna", ON_CONSOLE)


async def test_a_chat_or_a_passkey_that_is_being_added_does_not_outlive_its_person(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon, accounts = served.daemon, admission_of(served.daemon).accounts
    db, append = daemon.memory.store.ground.db, daemon.audit.append
    known = Standing(lambda one: daemon.people.role(one) is not None, lambda _: True)
    links, keys = Links(db, daemon.audit, daemon.clock, known), Passkeys(db, daemon.audit, daemon.clock)
    accounts.revoked.add("Telegram accounts", links.end)
    accounts.revoked.add("passkeys", keys.end)

    async def shut_out_meanwhile(kind: str, *args: Any, **more: Any) -> Any:
        monkeypatch.setattr(daemon.audit, "append", append)
        entry = await append(kind, *args, **more)
        await accounts.revoke("carl", ON_CONSOLE)
        return entry

    key = Passkey("k1", "carl", "a phone", b"key", "localhost", "aGFuZGxl", 0, daemon.clock.now())
    for begin in (lambda: links.enrol(links._codes.make("carl"), 4711), lambda: keys.add(key, OWNER)):
        monkeypatch.setattr(daemon.audit, "append", shut_out_meanwhile)
        with pytest.raises(Refused):
            await begin()
        await accounts.admit("carl", ON_CONSOLE)
        assert (links.person(4711), keys.of("carl")) == (None, []), "it would let them in again"


@pytest.mark.parametrize("again", [" {}", "{}  ", "{0} {0}"])
async def test_which_names_there_are_is_not_told_by_which_of_two_spellings_is_held_up(
    served: Served, again: str
) -> None:
    entering = admission_of(served.daemon).entering
    daemon = served.daemon
    before = tuple(daemon.people)
    daemon.people.replace((*before, Person("eve", "Eve Eve", "guest")))

    async def tried(name: str) -> str:
        for _ in range(ACCOUNT_BURST):
            with pytest.raises(Refused):
                await entering.by_password(name, "wrong")
        with pytest.raises(Refused) as refused:
            await entering.by_password(again.format(name), "wrong")
        return type(refused.value).__name__

    try:
        assert await tried("eve") == await tried("mallory")
    finally:
        daemon.people.replace(before)
