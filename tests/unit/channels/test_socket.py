import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest

from claw.channels.call import Call, Word
from claw.channels.socket import MOST_CONNECTIONS, Peer, SocketServer
from claw.daemon.build import Daemon
from claw.policy.people import People, Person
from tests.living import CONSOLE, living


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        await made.socket.start()
        yield made


async def ask(daemon: Daemon, line: bytes) -> Any:
    """Send one line and return the answer, None when the daemon hung up."""
    reader, writer = await asyncio.open_unix_connection(daemon.socket._path, limit=1 << 22)
    try:
        writer.write(line + b"\n")
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        answer = await asyncio.wait_for(reader.readline(), 10)
        return json.loads(answer) if answer else None
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def call(daemon: Daemon, **arguments: object) -> Any:
    return await ask(daemon, json.dumps(arguments).encode())


async def test_it_talks(daemon: Daemon) -> None:
    answer = await call(daemon, do="say", text="turn on the kitchen lights")
    assert answer["ok"]["status"] == "done"


async def test_what_was_done_is_traced_and_taken_back(daemon: Daemon) -> None:
    said = await call(daemon, do="say", text="turn on the kitchen lights")
    number = said["ok"]["outcomes"][0]["audit"]
    assert (await call(daemon, do="trace", seq=number))["ok"]["acts"][0]["seq"] == number
    who = await call(daemon, do="who", name="light.kitchen_ceiling")
    assert who["ok"]["who"]["entry"] == number
    would = await call(daemon, do="undo", dry_run=True)
    assert would["ok"]["undoes"] == [number]
    assert (await call(daemon, do="undo"))["ok"]["status"] == "done"
    assert (await call(daemon, do="undo"))["error"]["kind"] == "refused"


async def test_the_socket_is_for_its_owner_only(daemon: Daemon) -> None:
    assert daemon.socket._path.stat().st_mode & 0o777 == 0o600
    assert daemon.socket._path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("folder", "mode"), [(0o750, 0o660), (0o710, 0o660), (0o700, 0o600), (0o740, 0o600)])
async def test_a_service_is_asked_by_whose_group_may_enter_its_folder(
    daemon: Daemon, tmp_path: Path, folder: int, mode: int
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    run.chmod(folder)
    server = SocketServer(run / "claw.sock", daemon.desk, daemon.clients, daemon.people, daemon.clock, lambda *_: False)
    await server.start()
    assert (run / "claw.sock").stat().st_mode & 0o777 == mode
    await server.close()


async def test_who_owns_the_folder_of_a_socket_is_not_the_console_for_that(daemon: Daemon, tmp_path: Path) -> None:
    folder = Path("/")
    if os.geteuid() == 0:
        folder = tmp_path / "run"
        folder.mkdir()
        os.chown(folder, 12345, 12345)
    them = folder.stat().st_uid
    server = SocketServer(folder / "x", daemon.desk, daemon.clients, daemon.people, daemon.clock, lambda *_: False)
    assert them != server._owner == os.geteuid()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"\x00" * 100,
        b'{"do": "rm"}',
        b'{"do": "say", "text": 5}',
        b'{"do": "say", "surprise": 1}',
        b'{"do": "log", "limit": 100000}',
        b'{"do": "why", "seq": -1}',
        b'{"do": "trace", "seq": "x"}',
        b'{"do": "who", "name": 5}',
        b'{"do": "undo", "since": "' + b"1" * 30 + b'"}',
        b'{"do": "undo", "tick": "lock.front_door"}',
        b'{"do": "undo", "tick": [' + b'"lock.a", ' * 60 + b'"lock.b"]}',
        b'{"do": "say", "text": "hello", "language": "' + b"x" * 900_000 + b'"}',
        b'{"do": "say", "text": "' + b"x" * 900_000 + b'"}',
        b'{"do": "act", "action": "' + b"x" * 900_000 + b'"}',
        b'{"do": "act", "action": "light.turn_on", "entities": ["light.kitchen_ceiling"], "data": {"a": [[[[1]]]]}}',
    ],
)
async def test_a_bad_line_is_a_clear_answer_and_the_next_one_works(daemon: Daemon, line: bytes) -> None:
    answer = await ask(daemon, line)
    if answer is not None and "ok" in answer:
        assert answer["ok"]["status"] in {"unclear", "refused"}
    elif answer is not None:
        assert answer["error"]["kind"] == "refused"
    assert (await call(daemon, do="status"))["ok"]["link"]["ready"]


async def test_a_line_without_an_end_is_cut_off(daemon: Daemon) -> None:
    assert "too long" in (await ask(daemon, b"x" * (1 << 21)))["error"]["text"]
    assert (await call(daemon, do="status"))["ok"]["link"]["ready"]


async def test_too_many_connections_are_turned_away_and_the_rest_served(daemon: Daemon) -> None:
    held = [await asyncio.open_unix_connection(daemon.socket._path) for _ in range(MOST_CONNECTIONS)]
    await asyncio.sleep(0.05)
    assert "too many" in (await call(daemon, do="status"))["error"]["text"]
    for _, writer in held:
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.05)
    assert (await call(daemon, do="status"))["ok"]["link"]["ready"]


async def test_follow_tells_what_happens(daemon: Daemon) -> None:
    reader, writer = await asyncio.open_unix_connection(daemon.socket._path)
    writer.write(b'{"do": "follow"}\n')
    await writer.drain()
    await asyncio.sleep(0.05)
    await call(daemon, do="say", text="turn on the kitchen lights")
    seen: set[str] = set()
    async with asyncio.timeout(5):
        while not {"state", "log"} <= seen:
            seen.add(json.loads(await reader.readline())["type"])
    writer.close()
    await writer.wait_closed()


async def test_whoever_hangs_up_makes_room_although_nothing_happens(daemon: Daemon) -> None:
    for _ in range(MOST_CONNECTIONS + 8):
        _, writer = await asyncio.open_unix_connection(daemon.socket._path)
        writer.write(b'{"do": "follow"}\n')
        await writer.drain()
        await asyncio.sleep(0.01)  # it is listening by now
        writer.close()
        await writer.wait_closed()
    answer = await call(daemon, do="status")
    assert "ok" in answer, answer


async def test_a_fault_of_ours_is_answered_and_the_next_call_works(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise OverflowError("too large")

    monkeypatch.setattr(daemon.desk, "house", broken)
    answer = await call(daemon, do="house")
    assert (answer["error"]["kind"], "inside Claw" in answer["error"]["text"]) == ("broken", True)
    assert "too large" in caplog.text
    assert "ok" in await call(daemon, do="status")


async def test_the_peer_is_who_the_kernel_says(daemon: Daemon) -> None:
    await call(daemon, do="say", text="turn on the kitchen lights")
    entry = next(one for one in daemon.audit.entries(0, 100) if one.kind not in {"skill", "routine"})
    assert entry.origin is not None
    assert entry.origin.source == f"uid {os.getuid()}"
    assert entry.origin.person == "anna"


def test_only_the_owner_of_the_state_directory_and_root_are_the_console() -> None:
    people = People([Person("anna", "Anna", "owner", 1000), Person("ben", "Ben", "adult", 1001)])
    assert Peer(1000, people, owner=1000).console
    assert Peer(0, people, owner=1000).console
    guest = Peer(1001, people, owner=1000)
    assert not guest.console
    assert guest.origin(Call(do="status")).person == "ben"
    stranger = Peer(1002, people, owner=1000).origin(Call(do="status"))
    assert (stranger.person, stranger.authenticated) == (None, False)


async def test_what_only_the_console_may_do_is_refused_to_others(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.channels.socket._peer", lambda _: (os.getpid(), 4242))
    await call(daemon, do="stop")
    for arguments in (
        {"do": "reset", "reason": "please"},
        {"do": "sign_in_code", "person": "anna"},
        {"do": "clients"},
        {"do": "client_add", "name": "x", "person": "anna"},
        {"do": "client_revoke", "id": "x"},
        {"do": "tools"},
        {"do": "tool_accept", "name": "mcp.notes.search", "hash": "0"},
        {"do": "tool_drop", "name": "mcp.notes.search"},
    ):
        assert (await call(daemon, **arguments))["error"]["kind"] == "refused"
    assert daemon.stop.engaged


async def test_tokens_are_made_listed_and_revoked(daemon: Daemon) -> None:
    made = (await call(daemon, do="client_add", name="tablet", person="anna", rights=["talk"], days=1))["ok"]
    assert made["token"].startswith("claw_")
    (row,) = (await call(daemon, do="clients"))["ok"]
    assert (row["name"], row["ceiling"], row["revoked"]) == ("tablet", ["talk"], False)
    assert made["token"] not in json.dumps(row)
    await call(daemon, do="client_revoke", id=made["id"])
    assert daemon.clients.recognise(made["token"]) is None


async def test_where_no_tools_and_no_models_are_configured_it_says_so(daemon: Daemon) -> None:
    for arguments in ({"do": "tools"}, {"do": "model_call", "token": "x"}):
        assert (await call(daemon, **arguments))["error"]["kind"] == "unavailable"


async def test_an_explanation_may_suppose_another_asker(daemon: Daemon) -> None:
    arguments = {"do": "policy_explain", "action": "lock.unlock", "entities": ["lock.front_door"]}
    assert (await call(daemon, **arguments))["ok"]["decision"]["effect"] == "confirm"
    supposed = await call(daemon, **arguments, channel="routine")
    assert supposed["ok"]["decision"]["effect"] == "deny"


async def test_a_program_that_claw_started_speaks_for_nobody_and_may_undo_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, ours=True) as daemon:
        await daemon.socket.start()
        asked = (await call(daemon, do="say", text="unlock the front door"))["ok"]
        assert asked["status"] in {"pending", "refused"}
        question = asked["pending"][0]["id"] if asked["pending"] else "none"
        refused = {"kind": "refused", "text": "a program that Claw itself started may not do this"}
        assert (await call(daemon, do="answer", id=question, yes=True))["error"] == refused
        await call(daemon, do="stop", reason="a child may stop")
        assert daemon.stop.engaged
        for arguments in (
            {"do": "reset", "reason": "please"},
            {"do": "resume", "reason": "please"},
            {"do": "sign_in_code", "person": "anna"},
            {"do": "client_add", "name": "x", "person": "anna"},
        ):
            assert (await call(daemon, **arguments))["error"] == refused
        assert daemon.stop.engaged
        entry = next(one for one in daemon.audit.entries(0, 100) if one.kind not in {"skill", "routine"})
        assert entry.origin is not None
        assert entry.origin.person is None


async def test_the_daemons_own_process_and_its_children_are_known_by_the_kernels_word(tmp_path: Path) -> None:
    async with living(tmp_path, ours=None) as daemon:  # this process is the daemon's, too
        await daemon.socket.start()
        await daemon.desk.stop("smoke", CONSOLE)
        assert "Claw itself started" in (await call(daemon, do="reset", reason="please"))["error"]["text"]
        code = (
            "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
            's.sendall(b\'{"do": "reset", "reason": "please"}\\n\'); print(s.makefile().readline())'
        )
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-c", code, str(daemon.socket._path), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await child.communicate()
        assert b"Claw itself started" in said
        assert daemon.stop.engaged


async def test_memory_is_asked_for_the_one_who_asks(daemon: Daemon) -> None:
    told = (await call(daemon, do="memory_add", text="Ben is allergic to nuts"))["ok"]
    number = told["memory"]["id"]
    assert [one["id"] for one in (await call(daemon, do="memory", name="Ben"))["ok"]] == [number]
    assert (await call(daemon, do="memory_search", text="nuts"))["ok"][0]["memory"]["id"] == number
    assert (await call(daemon, do="memory_why", seq=number))["ok"]["memory"]["author"] == "Anna"
    assert (await call(daemon, do="memory_why", seq=999))["error"]["kind"] == "refused"
    right = (await call(daemon, do="memory_correct", seq=number, text="Ben is allergic to milk"))["ok"]
    assert right["status"] == "done"
    assert (await call(daemon, do="memory_proposals"))["ok"] == []
    assert (await call(daemon, do="memory_settle", id="habit-1", yes=True))["ok"]["status"] == "refused"
    assert (await call(daemon, do="memory_consent", talks=True))["ok"]["talks"] is True
    assert (await call(daemon, do="memory_consents"))["ok"] == {"person": "anna", "habits": False, "talks": True}
    assert "milk" in json.dumps((await call(daemon, do="memory_export"))["ok"])
    assert (await call(daemon, do="memory_night"))["ok"]["may"] is True
    assert (await call(daemon, do="memory_sleep", dry_run=True))["ok"]["dry_run"] is True
    gone = (await call(daemon, do="memory_forget", seq=right["memory"]["id"]))["ok"]
    assert (gone["status"], gone["verified"]) == ("done", True)
    assert (await call(daemon, do="memory"))["ok"] == []


async def test_what_is_typed_for_oneself_alone_is_for_oneself_alone(daemon: Daemon) -> None:
    for text in ("just for me: I am afraid of spiders", "I am afraid of mice, only for me"):
        told = (await call(daemon, do="memory_add", text=text))["ok"]
        assert told["memory"]["visibility"] == "person:anna"


async def test_skills_are_asked_for_and_decided_about(daemon: Daemon) -> None:
    rows = (await call(daemon, do="skills"))["ok"]
    assert "movie-time" in [row["name"] for row in rows]
    one = (await call(daemon, do="skill", name="movie-time"))["ok"]
    off = (await call(daemon, do="skill_decide", name="movie-time", deed="disable", hash=one["hash"]))["ok"]
    assert (off["status"], off["skill"]["enabled"]) == ("done", False)
    assert (await call(daemon, do="skill_history", name="movie-time"))["ok"]["events"][0]["what"] == "disabled"
    assert (await call(daemon, do="skill_compare", name="movie-time"))["error"]["kind"] == "refused"
    assert "program.py" in (await call(daemon, do="skill_export", name="movie-time"))["ok"]
    assert (await call(daemon, do="skill", name="../../etc"))["error"]["kind"] == "refused"
    brought = (await call(daemon, do="skill_import", name="x", files={"../SKILL.md": "x"}))["ok"]
    assert brought["status"] == "refused"


async def test_what_claw_itself_started_is_told_nothing_of_memory(tmp_path: Path) -> None:
    async with living(tmp_path, ours=True) as daemon:
        await daemon.socket.start()
        for word in (word for word in get_args(Word) if word.startswith(("memory", "skill"))):
            answer = await call(daemon, do=word, text="nuts", everything=word == "memory_forget")
            assert answer["error"]["kind"] == "refused", word
