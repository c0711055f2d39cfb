"""The door that every microphone stands before: what must be kept out of it, and what must always get in."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress

import pytest

from claw.base.clock import SystemClock
from claw.base.config_voice import PeerConfig, WyomingConfig
from claw.base.errors import Broken
from claw.channels import wyoming as module
from claw.channels.wyoming import WyomingServer
from claw.channels.wyoming_behind import Behind
from claw.house.model import Registry
from claw.voice.claims import Claims
from claw.voice.frames import Frame, encode
from tests.wyoming_room import HERE, LISTED, Mind, Room, Sounds, client, sound, told, until, words, wyoming

CHUNK = b'{"type": "audio-chunk", "data": {"rate": 16000, "width": 2, "channels": 1}, "payload_length": %d}\n'

NOTHING_OF_OURS = {
    "not-json": b"hello\n",
    "http": b"GET / HTTP/1.1\r\nHost: claw\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
    "bad-utf8": b'{"type": "transcript", "data": {"text": "\xff"}}\n',
    "70-kB-line": b'{"type": "transcript", "data": {"text": "' + b"a" * 70_000 + b'"}}\n',
    "no-end-of-line": b"a" * 70_000,
}
NO_EVENTS = {
    "list": b"[1, 2]\n",
    "null": b"null\n",
    "no-type": b'{"data": {"text": "turn on the light"}}\n',
    "deep": b'{"type": "transcript", "data": {"text": ' + b"[" * 30_000 + b"]" * 30_000 + b"}}\n",
    "length-as-text": b'{"type": "transcript", "payload_length": "12"}\n',
    "data-no-object": b'{"type": "transcript", "data": "turn on the light"}\n',
    "more-data-no-object": b'{"type": "transcript", "data_length": 4}\n[12]',
    "length-below-nothing": b'{"type": "audio-chunk", "payload_length": -1}\n',
    "data-length-below-nothing": b'{"type": "transcript", "data_length": -1}\n',
    "10-GB": (CHUNK % 10_737_418_240, "too-large"),
    "50-MB": (CHUNK % 52_428_800 + bytes(1 << 20), "too-large"),
    "70-kB-of-data": (b'{"type": "transcript", "data_length": 70000}\n' + b" " * 70_000, "too-large"),
}
CUT_SHORT = {
    "line": b'{"type": "transcript", "data": {"text": "turn on the light"}}',
    "data": b'{"type": "transcript", "data_length": 60}\n{"text": "turn on the light"}',
    "payload": b"".join(encode(one) for one in sound(stop=False)) + CHUNK % 640 + b"ab" * 200,
}


async def works(room: Room) -> None:
    """Whatever somebody else does, whoever speaks next is heard."""
    async with client(room) as one:
        assert await one.ask(words("hello")) == Frame("handled", {"text": "heard hello"})
    room.mind.heard.clear()


@pytest.mark.parametrize("sent", NOTHING_OF_OURS.values(), ids=NOTHING_OF_OURS)
async def test_whoever_speaks_another_protocol_is_hung_up_on_and_counted(sent: bytes) -> None:
    async with wyoming() as room:
        assert await told(room, sent) == []
        assert room.counts["not_wyoming"] == 1
        assert not room.mind.heard
        await works(room)


@pytest.mark.parametrize("sent", NO_EVENTS.values(), ids=NO_EVENTS)
async def test_what_is_no_event_is_an_error_and_the_end(sent: bytes | tuple[bytes, str]) -> None:
    raw, code = sent if isinstance(sent, tuple) else (sent, "bad-frame")
    async with wyoming(Sounds()) as room:
        answers = await told(room, raw, words("turn on the light"))
        assert [(one.type, one.data["code"]) for one in answers] == [("error", code)]
        assert room.counts[code.replace("-", "_")] == 1
        assert not room.mind.heard
        await works(room)


@pytest.mark.parametrize("sent", CUT_SHORT.values(), ids=CUT_SHORT)
async def test_what_ends_in_the_middle_begins_nothing(sent: bytes) -> None:
    ear = Sounds()
    async with wyoming(ear) as room:
        assert await told(room, sent, ends=True) == []
        await until(lambda: not room.server._open)
        assert room.counts["truncated"] == 1
        assert (room.mind.heard, ear.heard) == ([], [])
        await works(room)


async def test_events_of_others_are_passed_over() -> None:
    async with wyoming() as room, client(room) as one:
        await one.say(Frame("run-satellite"), Frame("select-program", {"name": "x"}), Frame("transcript-start"))
        assert await one.ask(Frame("ping", {"text": "a"})) == Frame("pong", {"text": "a"})
        assert await one.ask(Frame("ping", {"text": ["a"]})) == Frame("pong")
        assert room.counts["unknown"] == 3


async def test_whoever_has_said_all_is_still_answered() -> None:
    async with wyoming() as room:
        room.mind.waits = {"think"}
        asking = asyncio.ensure_future(told(room, words("think"), ends=True))
        await until(lambda: bool(room.mind.heard))
        room.mind.go.set()
        assert await asking == [Frame("handled", {"text": "heard think"})]
        await until(lambda: not room.server._open)


# --- time


@pytest.mark.parametrize(
    ("sent", "later"),
    [(b"", b" "), (CHUNK % 640, b"ab"), (b'{"type"', b":"), (encode(Frame("mystery")), encode(Frame("mystery")))],
    ids=["silent", "claims-more", "half-a-line", "says-nothing-known"],
)
async def test_a_silent_client_is_let_go_after_half_a_minute(sent: bytes, later: bytes) -> None:
    async with wyoming(Sounds()) as room, client(room) as one:
        await until(lambda: bool(room.server._open))
        await one.say(sent)
        await room.clock.advance(28)
        await one.say(later)  # a trickle is no event, and one that nobody knows is none that counts
        await asyncio.sleep(0.01)
        assert len(room.server._open) == 1
        await room.clock.advance(4)
        assert await one.rest() == []
        assert room.counts["idle"] == 1


async def test_a_client_that_waits_for_its_answer_is_not_silent() -> None:
    async with wyoming() as room, client(room) as one:
        room.mind.waits = {"think"}
        await one.say(words("think"))
        await until(lambda: bool(room.mind.heard))
        await room.clock.advance(120)
        room.mind.go.set()
        assert await one.read() == Frame("handled", {"text": "heard think"})


async def test_a_client_that_does_not_go_after_an_error_is_hung_up_on() -> None:
    async with wyoming() as room, client(room) as one:
        assert (await one.ask(b"[]\n") or Frame("")).type == "error"
        await one.say(bytes(1 << 16))  # it goes on, and is not read
        assert len(room.server._open) == 1
        await room.clock.advance(5)
        await until(lambda: not room.server._open)
        assert "idle" not in room.counts


# --- who may come in


async def test_a_machine_that_is_not_listed_is_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    async with wyoming() as room:
        room.server._behind.claims._open = False  # as where others can reach it
        async with client(room) as one:
            assert await one.ask(words("hello")) == Frame("handled", {"text": "heard hello"})
        room.server._behind.claims._peers.clear()
        for _ in range(3):
            async with client(room) as one:
                assert await one.read() is None
        assert room.counts["refused"] == 3
        assert room.mind.texts == ["hello"]
    assert len([one for one in caplog.records if "may not connect" in one.message]) == 1


async def test_a_newcomer_always_gets_in_and_the_silent_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newcomer may bring the word that stops everything."""
    monkeypatch.setattr(module, "MOST_OF_ONE", 3)
    async with wyoming() as room, client(room) as busy, client(room) as silent, client(room) as recent:
        room.mind.waits = {"think"}
        await busy.say(words("think"))
        await until(lambda: len(room.mind.heard) == 1)
        await room.clock.advance(1)
        assert await recent.ask(words("hello"))
        async with client(room) as newcomer:
            assert await newcomer.ask(words("stop everything")) == Frame("handled", {"text": "heard stop everything"})
        assert await silent.read() is None
        assert await recent.ask(words("hello"))
        room.mind.go.set()
        assert await busy.read() == Frame("handled", {"text": "heard think"})
        assert room.counts["crowded_out"] == 1


async def test_all_machines_together_have_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 2)
    monkeypatch.setattr(module, "FRESH_S", 0.0)
    async with wyoming() as room, client(room) as one, client(room) as two, client(room) as three:
        assert await one.read() is None
        assert await two.ask(words("hello"))
        assert await three.ask(words("hello"))
        assert room.server.state()["open"] == 2


async def test_a_crowd_at_the_door_pushes_out_nobody_who_is_about_to_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many of the silent are kept, and only for a moment."""
    async with wyoming() as room, AsyncExitStack() as open_:
        about_to = await open_.enter_async_context(client(room))
        crowd = [await open_.enter_async_context(client(room)) for _ in range(module.MOST_CONNECTIONS * 2)]
        assert await about_to.ask(words("stop everything")) == Frame("handled", {"text": "heard stop everything"})
        # Whoever said something, or could have, is one of so many.
        await room.clock.advance(module.FRESH_S)
        async with client(room) as newcomer:
            assert await newcomer.ask(words("hello"))
            assert room.server.state()["open"] == module.MOST_OF_ONE
        assert await crowd[0].read() is None
        monkeypatch.setattr(module, "MOST_FRESH", 2)
        for _ in range(module.MOST_OF_ONE * 2):
            await open_.enter_async_context(client(room))
        await until(lambda: room.server.state()["open"] <= module.MOST_OF_ONE + 2)


async def test_a_client_that_never_reads_is_let_go() -> None:
    async with wyoming() as room, client(room) as one:
        with suppress(ConnectionError):
            await one.say(*[Frame("describe")] * 100_000)
        await until(lambda: not room.server._open)
        assert room.counts["unread"] == 1


async def test_the_log_of_the_process_takes_one_line_a_minute_and_no_word(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = b"unlock the front door"
    async with wyoming(Sounds("unlock the front door")) as room:
        for _ in range(5):
            await told(room, secret + b"\n")
            await told(room, b'{"type": "transcript", "data": "' + secret + b'"}\n')
        async with client(room) as one:
            await one.ask(words(secret.decode(), satellite_id="assist_satellite.kitchen"))
            await one.ask(*sound())
        assert (room.counts["not_wyoming"], room.counts["bad_frame"]) == (5, 5)
        ours = [one.getMessage() for one in caplog.records if one.name.startswith("claw")]
        assert len(ours) == 1
        assert HERE in ours[0]
        assert "unlock" not in caplog.text
        await room.clock.advance(60)
        await told(room, b"hello\n")
    assert "9 times more" in caplog.text


# --- beginning and end


async def test_an_address_that_is_taken_is_said_plainly() -> None:
    async with wyoming() as room:
        config = WyomingConfig(port=room.server.port)
        behind = Behind(Mind(), Claims(config, Registry), bool, ("en",), SystemClock())
        second = WyomingServer(config, behind, SystemClock())
        with pytest.raises(Broken, match=f"cannot listen on 127.0.0.1 port {room.server.port}"):
            await second.start()
        await second.close()


async def test_the_network_is_told_while_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    told_of: list[tuple[str, int] | str] = []

    class Announcement:
        def __init__(self, host: str, port: int) -> None:
            told_of.append((host, port))

        async def tell(self) -> None:
            await asyncio.get_running_loop().create_future()

        async def close(self) -> None:
            told_of.append("closed")

    monkeypatch.setattr(module, "Announcement", Announcement)
    config = WyomingConfig(host="0.0.0.0", port=0, announce=True, peers=(LISTED,))  # noqa: S104  which is what it is about
    server = WyomingServer(
        config, Behind(Mind(), Claims(config, Registry), bool, ("en",), SystemClock()), SystemClock()
    )
    await server.start()
    listening = server.port
    async with client(listening) as one:
        assert await one.ask(words("hello")) == Frame("handled", {"text": "heard hello"})
    await server.close()
    assert told_of == [("0.0.0.0", listening), "closed"]  # noqa: S104  as above


async def test_the_end_of_the_server_is_the_end_of_every_connection_and_turn() -> None:
    async with wyoming(Sounds(wait=asyncio.Event())) as room, client(room) as one, client(room) as two:
        room.mind.waits = {"think"}
        await one.say(words("think"))
        await two.say(*sound())
        await until(lambda: sum(one.busy for one in room.server._talks) == 2)
        await room.server.close()
        assert (await one.read(), await two.read()) == (None, None)
        assert (room.server._tally.under_way, room.server._talks, room.server._open) == (0, set(), {})
        with pytest.raises(ConnectionError):
            await told(room, words("hello"))


async def test_what_is_told_of_it_names_nobody() -> None:
    async with wyoming(peers=(LISTED, PeerConfig(address="192.168.1.10"))) as room:
        await works(room)
        state = room.server.state()
    assert {name: state[name] for name in ("host", "announced", "peers")} == {
        "host": HERE,
        "announced": False,
        "peers": 2,
    }
    assert state["counts"]["turns"] == state["counts"]["connections"] == 1
    assert "192.168.1.10" not in str(state)


async def test_it_listens_on_this_machine_alone_unless_told_otherwise() -> None:
    async with wyoming() as room:
        assert room.server._server is not None
        assert [one.getsockname() for one in room.server._server.sockets] == [(HERE, room.server.port)]
