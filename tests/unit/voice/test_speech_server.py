import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.clock import SystemClock
from claw.base.errors import Unavailable
from claw.voice.frames import Frame, encode
from claw.voice.speech_server import Format, VoiceServer, _sound
from claw.voice.wyoming_line import Line
from tests.held_clock import HeldClock
from tests.peers.wyoming_voice import RATE, VoicePeer, tone, voice_peer
from tests.speech_room import until

START = encode(Frame("audio-start", {"rate": RATE, "width": 2, "channels": 1}))
PIECE = {"rate": RATE, "width": 2, "channels": 1}
NUMBERS = st.sampled_from([RATE, 2, 1, 0, -1, 3, 8000, 48_001, True, None, "2", 1.5, [2]])


@pytest.fixture
async def peer() -> AsyncIterator[VoicePeer]:
    async with voice_peer() as found:
        yield found


async def said(server: VoiceServer, text: str = "Dinner.", language: str | None = None) -> list[tuple[Format, bytes]]:
    async with aclosing(server.say(text, language)) as pieces:
        return [one async for one in pieces]


def instead(*parts: bytes, then_close: bool = True):  # noqa: ANN201  a coroutine function
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if not then_close:
            await asyncio.Event().wait()

    return answer


async def test_words_go_out_and_sound_comes_back(peer: VoicePeer) -> None:
    found = await said(VoiceServer(peer.server, SystemClock()), "Dinner.", "de")
    assert b"".join(piece for _, piece in found) == tone(peer.seconds)
    assert {form for form, _ in found} == {Format(RATE)}
    (asked,) = peer.asked
    assert asked.text == "Dinner."
    assert asked.voice is not None
    assert asked.voice.language == "de"


async def test_without_a_language_the_server_chooses_its_voice(peer: VoicePeer) -> None:
    await said(VoiceServer(peer.server, SystemClock()))
    assert peer.asked[0].voice is None


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((), "hung up"),
        ((START,), "hung up"),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "no sense"),
        ((b'{"type": "audio-chunk", "payload_length": 99999999999}\n',), "no sense"),
        ((encode(Frame("error", {"text": "no such voice"})),), "cannot"),
        ((encode(Frame("audio-start", {"rate": 0, "width": 2, "channels": 1})),), "form"),
        ((encode(Frame("audio-start", {"rate": True, "width": 2, "channels": 1})),), "form"),
        ((encode(Frame("audio-start", {"rate": RATE, "width": 3, "channels": 1})),), "form"),
        ((encode(Frame("audio-start", {"rate": RATE, "width": 2, "channels": 9})),), "form"),
        ((encode(Frame("audio-start", {})),), "form"),
        ((encode(Frame("audio-chunk", PIECE, b"12")),), "form"),
        ((START, encode(Frame("audio-chunk", {**PIECE, "rate": 8000}, b"12"))), "form"),
        ((START, encode(Frame("audio-chunk", PIECE, b"123"))), "half a sample"),
        ((START, *[encode(Frame("audio-chunk", PIECE, bytes(1 << 20)))] * 3), "end"),
    ],
)
async def test_a_server_that_is_wrong_is_said_so(peer: VoicePeer, parts: tuple[bytes, ...], why: str) -> None:
    peer.instead = instead(*parts)
    with pytest.raises(Unavailable, match=why):
        await said(VoiceServer(peer.server, SystemClock()))


async def test_a_server_that_says_nothing_is_not_waited_for(peer: VoicePeer) -> None:
    peer.instead = instead(START, then_close=False)
    clock = HeldClock()
    task = asyncio.ensure_future(said(VoiceServer(peer.server, clock)))
    await until(lambda: bool(peer.asked))
    for _ in range(5):
        await clock.advance(10)
    with pytest.raises(Unavailable, match="nothing whole came"):
        await task


async def test_a_server_that_takes_no_call_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "open_connection", never)
    clock = HeldClock()
    task = asyncio.ensure_future(said(VoiceServer("tcp://127.0.0.1:1", clock)))
    await clock.advance(6)
    with pytest.raises(Unavailable, match="does not answer"):
        await task


async def test_a_server_that_hangs_up_rudely_is_said_so(peer: VoicePeer) -> None:
    async def rude(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(START)
        await writer.drain()
        writer.transport.abort()

    peer.instead = rude
    with pytest.raises(Unavailable):
        await said(VoiceServer(peer.server, SystemClock()))


async def test_what_newer_servers_send_besides_is_passed_over(peer: VoicePeer) -> None:
    peer.instead = instead(
        encode(Frame("synthesize-stopped")),
        START,
        encode(Frame("audio-chunk", PIECE)),
        encode(Frame("tts-metrics", {"took": 1})),
        encode(Frame("audio-chunk", PIECE, b"1234")),
        encode(Frame("audio-stop")),
    )
    assert [piece for _, piece in await said(VoiceServer(peer.server, SystemClock()))] == [b"1234"]


@given(
    st.lists(
        st.sampled_from(["audio-start", "audio-chunk", "audio-stop", "error", "pong"]).flatmap(
            lambda kind: st.tuples(
                st.just(kind),
                st.fixed_dictionaries({}, optional=dict.fromkeys(("rate", "width", "channels"), NUMBERS)),
                st.binary(max_size=40),
            )
        ),
        max_size=6,
    ).map(lambda events: b"".join(encode(Frame(*event)) for event in events))
    | st.binary(max_size=60)
)
@settings(max_examples=60, deadline=None)
async def test_whatever_a_server_sends_is_sound_or_no_sound(sent: bytes) -> None:
    class Wire:
        def __init__(self) -> None:
            self.left = [sent]

        async def read(self, _count: int = -1) -> bytes:
            return self.left.pop() if self.left else b""

    try:
        async with aclosing(_sound(Line("it", Wire(), None, SystemClock()))) as pieces:  # type: ignore[arg-type]
            async for form, piece in pieces:
                assert 8_000 <= form.rate <= 48_000
                assert form.channels in {1, 2}
                assert len(piece) % (2 * form.channels) == 0
    except Unavailable:
        pass


async def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        await said(VoiceServer("tcp://127.0.0.1:1", SystemClock()))


async def test_who_stops_listening_hangs_up(peer: VoicePeer) -> None:
    peer.seconds = 3.0
    async with aclosing(VoiceServer(peer.server, SystemClock()).say("Dinner.")) as pieces:
        async for _ in pieces:
            break
    await peer.gone.wait()
