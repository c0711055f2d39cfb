"""Nobody reads what another said: every way into a whole daemon, tried with the words of three people.

Anna is an owner, Ben an adult, Carl a child; a voice in the hall is anybody.  What each of them says holds a word that
nobody else says; it must come back to whoever said it and to nobody else, by whatever way they look.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Origin, Reply
from claw.base.errors import Refused
from claw.channels.clients import EVERY_RIGHT
from claw.daemon.build import Daemon
from tests.living import living
from tests.serving import serving

POLICY = """
version: 1
rules:
  - {id: talk, allow: claw.notify}
  - {id: light, allow: [light.*, input_text.*]}
  - {id: lock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli]}}
  - {id: keep, confirm: claw.remember}
"""
ANNA = Origin("web", "anna", authenticated=True, source="client 1", conversation="web:1:main", strength="session")
BEN = Origin("web", "ben", authenticated=True, source="client 2", conversation="web:2:main", strength="session")
CARL = Origin("web", "carl", authenticated=True, source="client 3", conversation="web:3:main", strength="session")
VOICE = Origin("voice:hall", place="hall", source="hall", conversation="voice:hall")
CONSOLE = Origin("cli", source="uid 1000", conversation="cli:1000:main")
WORDS = {ANNA: "aardvark", BEN: "bergamot", CARL: "cinnabar", VOICE: "vermilion", CONSOLE: "xylophone"}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path, POLICY) as made:
        yield made


async def talk(daemon: Daemon) -> list[Reply]:
    """Have everybody say and ask for something with their own word in it, in every way that leaves a trace."""
    replies: list[Reply] = []
    for origin, word in WORDS.items():
        replies += [
            await daemon.desk.say(f"turn on the kitchen lights, {word}", origin),
            await daemon.desk.say("turn on the kitchen lights", origin),
            await daemon.desk.say(f"unlock the front door for {word}", origin),
        ]
        for action in (
            Action("claw.remember", (), {"op": "keep", "sentence": f"{word} is the word"}),
            Action("claw.notify", (), {"to": f"person:{origin.person or 'nobody'}", "text": f"{word} is here"}),
            Action("light.turn_on", ("light.nowhere",), {"effect": word}),
        ):
            await daemon.gate.perform((action,), origin, said=f"do {word}")
    await daemon.gate.perform((Action("lock.unlock", ("lock.front_door",)),), ANNA, said="open for aardvark")
    await daemon.audit.append("running", {})  # with it goes what was only noted so far
    return replies


async def everything(daemon: Daemon, viewer: Origin) -> str:
    """Return all that somebody can get to read, by every question of the desk."""
    desk = daemon.desk
    told: list[object] = [desk.status(), desk.house(), desk.cards(viewer), desk.log(limit=1000, viewer=viewer)]
    told += [repr(desk.pending(viewer))]
    for entry in daemon.audit.entries(0, 1000):
        told += [desk.why(entry.seq, viewer), desk.lookback.trace(entry.seq, viewer)]
    for since in ("", "00:00"):
        try:
            told.append(await desk.lookback.undo(viewer, since=since, dry_run=True))
        except Refused as refusal:
            told.append(str(refusal))
    return json.dumps(told, default=repr)


def heard(daemon_told: str) -> set[str]:
    return {word for word in WORDS.values() if word in daemon_told}


@pytest.mark.parametrize("viewer", WORDS, ids=lambda one: one.channel + str(one.person))
async def test_each_reads_their_own_words_and_nobody_elses(daemon: Daemon, viewer: Origin) -> None:
    async with daemon.desk.feed(viewer) as queue:
        await talk(daemon)
        read = heard(await everything(daemon, viewer))
        streamed = heard(json.dumps([queue.get_nowait() for _ in range(queue.qsize())], default=repr))
    own = set() if viewer is VOICE else {WORDS[viewer]}
    assert read == own
    assert streamed == own


async def test_who_looks_without_a_name_reads_nobodys_words(daemon: Daemon) -> None:
    async with daemon.desk.feed() as queue:
        await talk(daemon)
        streamed = json.dumps([queue.get_nowait() for _ in range(queue.qsize())], default=repr)
    told = [daemon.desk.log(limit=1000), daemon.desk.cards(), repr(daemon.desk.pending())]
    told += [daemon.desk.why(entry.seq) for entry in daemon.audit.entries(0, 1000)]
    told += [daemon.desk.lookback.trace(entry.seq) for entry in daemon.audit.entries(0, 1000)]
    assert heard(streamed) == heard(json.dumps(told)) == set()


async def test_what_was_done_stays_plain_to_see_for_those_who_did_not_ask_for_it(daemon: Daemon) -> None:
    await daemon.desk.say("turn on the kitchen lights", BEN)
    intent = next(one for one in daemon.desk.log(limit=1000, viewer=ANNA) if one["kind"] == "intent")
    assert intent["origin"]["person"] == "ben"
    assert intent["payload"]["action"]["name"] == "light.turn_on"
    assert intent["payload"]["rule"] == "light"
    assert intent["payload"]["private"] is True
    assert "said" not in intent["payload"]


async def test_a_yes_to_what_one_may_not_see_is_none_and_a_no_does_no_harm(daemon: Daemon) -> None:
    keep = Action("claw.remember", (), {"op": "keep", "sentence": "aardvark is the word"})
    performed = await daemon.gate.perform((keep,), ANNA)
    assert performed.pending is not None
    with pytest.raises(Refused, match="somebody else"):
        await daemon.desk.answer(performed.pending.id, BEN, yes=True)
    assert [one.id for one in daemon.desk.pending()] == [performed.pending.id]
    reply = await daemon.desk.answer(performed.pending.id, BEN, yes=False)
    assert "aardvark" not in json.dumps(reply, default=repr)


async def test_a_door_that_a_child_asks_for_is_shown_to_those_who_may_open_it(daemon: Daemon) -> None:
    await daemon.desk.say("unlock the front door", CARL)
    (shown,) = daemon.desk.cards(BEN)
    assert shown["card"]["lines"][0]["entity"] == "lock.front_door"
    assert "front door" in shown["question"]


async def test_over_http_each_reads_their_own_words_and_nobody_elses(tmp_path: Path) -> None:
    async with serving(tmp_path, POLICY) as served:
        _, his = served.daemon.clients.issue("his", "ben", EVERY_RIGHT)
        tokens = {"aardvark": served.token, "bergamot": his}
        async with served.events() as hers, served.events(his) as for_him:
            for word, token in tokens.items():
                for text in (f"turn on the kitchen lights, {word}", "unlock the front door"):
                    body = {"text": text}
                    status, reply, _ = await served.ask("POST", "/api/messages", token=token, json=body)
                    assert status == 200, reply
                wrong = {"name": "light.turn_on", "entities": ["light.nowhere"], "data": {"effect": word}}
                assert (await served.ask("POST", "/api/actions", token=token, json=wrong))[0] == 200
            keep = Action("claw.remember", (), {"op": "keep", "sentence": "aardvark is the word"})
            await served.daemon.gate.perform((keep,), ANNA)
            await served.daemon.audit.append("running", {})
            streamed = {}
            for word, events in (("aardvark", hers), ("bergamot", for_him)):
                frames: list[object] = []
                while not (frames and isinstance(frames[-1], dict) and _is_running(frames[-1])):
                    frames.append((await events.next())[1])
                streamed[word] = heard(json.dumps(frames))
        last = served.daemon.audit.head()[0]
        for word, token in tokens.items():
            told = [(await served.ask("GET", "/api/pending", token=token))[1]]
            told.append((await served.ask("GET", "/api/log?limit=1000", token=token))[1])
            for seq in range(1, last + 1):
                for what in ("why", "trace"):
                    status, found, _ = await served.ask("GET", f"/api/{what}/{seq}", token=token)
                    assert status == 200, found
                    told.append(found)
            assert heard(json.dumps(told)) == {word}
            assert streamed[word] == {word}


def _is_running(event: dict[str, Any]) -> bool:
    return event.get("type") == "log" and event["entry"]["kind"] == "running"


async def line(daemon: Daemon, **call: object) -> Any:
    """Ask through the local socket, as the Unix user that runs this test."""
    reader, writer = await asyncio.open_unix_connection(daemon.socket._path, limit=1 << 22)
    try:
        writer.write(json.dumps(call).encode() + b"\n")
        return json.loads(await asyncio.wait_for(reader.readline(), 10))
    finally:
        writer.close()


async def test_through_the_socket_who_asks_reads_what_they_typed_and_no_more(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        await daemon.socket.start()
        reader, writer = await asyncio.open_unix_connection(daemon.socket._path, limit=1 << 22)
        writer.write(b'{"do": "follow"}\n')
        await writer.drain()
        await asyncio.sleep(0.05)
        await daemon.desk.say("turn on the kitchen lights, aardvark", ANNA)
        await daemon.desk.say("turn on the kitchen lights", ANNA)
        keep = Action("claw.remember", (), {"op": "keep", "sentence": "aardvark is the word"})
        await daemon.gate.perform((keep,), ANNA, said="keep that aardvark is the word")
        await line(daemon, do="say", text="unlock the front door for xylophone")
        await line(daemon, do="say", text="unlock the front door")
        unlock = await line(
            daemon, do="act", action="light.turn_on", entities=["light.nowhere"], data={"effect": "xylophone"}
        )
        assert "ok" in unlock
        await daemon.audit.append("running", {})
        told: list[Any] = [await line(daemon, do="log", limit=1000), await line(daemon, do="pending")]
        for seq in range(1, daemon.audit.head()[0] + 1):
            told += [await line(daemon, do="why", seq=seq), await line(daemon, do="trace", seq=seq)]
        streamed: list[Any] = []
        while not (streamed and _is_running(streamed[-1])):
            streamed.append(json.loads(await asyncio.wait_for(reader.readline(), 10)))
        writer.close()
    assert heard(json.dumps(told)) == heard(json.dumps(streamed)) == {"xylophone"}


async def test_what_the_daemon_started_itself_reads_nobodys_words(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY, ours=True) as daemon:
        await daemon.socket.start()
        await line(daemon, do="act", action="light.turn_on", entities=["light.nowhere"], data={"effect": "xylophone"})
        await daemon.audit.append("running", {})
        assert heard(json.dumps(await line(daemon, do="log", limit=1000))) == set()


async def test_a_tablet_on_the_wall_is_a_place_and_hears_nobodys_words(tmp_path: Path) -> None:
    async with serving(tmp_path, POLICY) as served:
        tablet = served.page("screen:kitchen")
        await served.daemon.gate.perform(
            (Action("claw.remember", (), {"op": "keep", "sentence": "aardvark is the word"}),), ANNA
        )
        said = {"text": "turn on the kitchen lights"}
        status, reply, _ = await served.ask("POST", "/api/messages", token=None, headers=tablet, json=said)
        assert (status, reply["status"]) == (200, "done")
        intent = [one for one in served.daemon.audit.entries(0, 100) if one.kind == "intent"][-1]
        assert intent.origin is not None
        assert (intent.origin.channel, intent.origin.place) == ("screen:kitchen", "kitchen")
        assert (intent.origin.person, intent.origin.authenticated) == (None, False)
        _, waiting, _ = await served.ask("GET", "/api/pending", token=None, headers=tablet)
        assert len(waiting) == 1
        assert heard(json.dumps(waiting)) == set()
        for path in ("/api/log", "/api/why/1"):
            assert (await served.ask("GET", path, token=None, headers=tablet))[0] == 403
        yes = {"answer": "yes"}
        path = f"/api/pending/{waiting[0]['id']}"
        assert (await served.ask("POST", path, token=None, headers=tablet, json=yes))[0] == 403
