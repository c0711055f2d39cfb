"""Reading a wire that anybody may write on."""

import asyncio
import json
import logging
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wyoming.event import Event, async_read_event, async_write_event

from claw.base.errors import Unavailable
from claw.voice.frames import (
    CLIENT,
    DEEPEST,
    LONGEST_TYPE,
    SERVER,
    BadFrame,
    Frame,
    FrameReader,
    Limits,
    encode,
    sound_form,
)
from tests.held_clock import HeldClock

SMALL = Limits(line=200, data=100, payload=300)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words | st.floats(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=3),
    max_leaves=6,
)
frames = st.builds(
    Frame,
    st.text("abcdefgh-", min_size=1, max_size=30),
    st.dictionaries(words, values, max_size=4),
    st.binary(max_size=400),
)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    """Return ``data`` in pieces, cut where ``cuts`` say."""
    at = sorted({0, len(data), *(one % (len(data) + 1) for one in cuts)})
    return [data[start:end] for start, end in pairwise(at)] or [data]


def fed(pieces: list[bytes], limits: Limits = SERVER) -> tuple[list[Frame], str]:
    """Return the events that came out, and the code of what was wrong in the end."""
    reader, out = FrameReader(limits), []
    try:
        for piece in pieces:
            out += reader.feed(piece)
        out += reader.feed(b"")
    except BadFrame as bad:
        return out, bad.code
    return out, "partial" if reader.partial else ""


@given(st.lists(frames, max_size=4), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=60, deadline=None)
def test_events_come_out_whole_however_the_bytes_are_cut(sent: list[Frame], cuts: list[int]) -> None:
    assert fed(cut(b"".join(map(encode, sent)), cuts)) == (sent, "")


@given(st.binary(max_size=600) | st.lists(frames, max_size=3).map(lambda one: b"".join(map(encode, one))), st.data())
@settings(max_examples=120, deadline=None)
def test_whatever_comes_in_whatever_pieces_ends_the_same_way(raw: bytes, data: st.DataObject) -> None:
    """Broken at a random place, too: the same events, and the same complaint or none."""
    if raw and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + data.draw(st.binary(max_size=3)) + raw[at + data.draw(st.integers(0, 3)) :]
    cuts = data.draw(st.lists(st.integers(0, 10_000), max_size=8))
    assert fed(cut(raw, cuts), SMALL) == fed([raw], SMALL)


@given(
    st.sampled_from(["data_length", "payload_length"]),
    st.integers() | st.floats() | words | st.booleans() | st.lists(st.integers(), max_size=2),
)
@settings(max_examples=100, deadline=None)
def test_a_length_is_a_number_of_bytes_within_the_limit_or_the_event_is_refused_at_its_line(
    name: str, length: object
) -> None:
    most = SMALL.data if name == "data_length" else SMALL.payload
    out, how = fed([json.dumps({"type": "x", name: length}).encode() + b"\n"], SMALL)
    if type(length) is int and 0 <= length <= most:
        assert how == ("partial" if length else "")
    else:
        assert not out
        assert how in {"bad-frame", "too-large", "not-wyoming"}


NO_EVENTS = {
    "http": (b"GET / HTTP/1.1\r\nHost: claw\r\n\r\n", "not-wyoming"),
    "no-json": (b"hello\n", "not-wyoming"),
    "blank-line": (b"\n", "not-wyoming"),
    "bad-utf8": (b'{"type": "\xff"}\n', "not-wyoming"),
    "nan": (b'{"type": "x", "data": {"a": NaN}}\n', "not-wyoming"),
    "utf16": ('{"type": "x"}\n'.encode("utf-16"), "not-wyoming"),
    "long-line": (b'{"type": "' + b"x" * 70_000 + b'"}\n', "not-wyoming"),
    "long-line-without-end": (b" " * 70_000, "not-wyoming"),
    "list": (b"[]\n", "bad-frame"),
    "null": (b"null\n", "bad-frame"),
    "no-type": (b"{}\n", "bad-frame"),
    "type-a-number": (b'{"type": 1}\n', "bad-frame"),
    "type-blank": (b'{"type": ""}\n', "bad-frame"),
    "type-long": (b'{"type": "' + b"x" * 61 + b'"}\n', "bad-frame"),
    "deep": (b'{"type": "x", "data": {"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}\n", "bad-frame"),
    "deeper-than-needed": (b'{"type": "x", "data": {"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}}\n", "bad-frame"),
    "deep-in-data": (
        b'{"type": "x", "data_length": %d}\n{"a":' % (2 * DEEPEST + 6) + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
        "bad-frame",
    ),
    "data-a-list": (b'{"type": "x", "data": []}\n', "bad-frame"),
    "data-a-text": (b'{"type": "x", "data": "a"}\n', "bad-frame"),
    "half-a-character": (b'{"type": "x", "data": {"text": "\\ud800"}}\n', "bad-frame"),
    "length-as-text": (b'{"type": "x", "payload_length": "10"}\n', "bad-frame"),
    "length-as-float": (b'{"type": "x", "data_length": 1.5}\n', "bad-frame"),
    "length-as-truth": (b'{"type": "x", "data_length": true}\n', "bad-frame"),
    "length-below-nothing": (b'{"type": "x", "payload_length": -1}\n', "bad-frame"),
    "ten-gigabytes": (b'{"type": "audio-chunk", "payload_length": 10737418240}\n', "too-large"),
    "much-data": (b'{"type": "x", "data_length": 65537}\n', "too-large"),
    "data-no-json": (b'{"type": "x", "data_length": 3}\nabc', "bad-frame"),
    "data-no-object": (b'{"type": "x", "data_length": 2}\n[]', "bad-frame"),
}


@pytest.mark.parametrize(("raw", "code"), NO_EVENTS.values(), ids=NO_EVENTS)
def test_what_is_no_event_is_refused_with_a_code_that_says_how(raw: bytes, code: str) -> None:
    before = encode(Frame("ping"))
    assert fed([raw]) == ([], code)
    assert fed([before + raw + before]) == ([Frame("ping")], code)


@pytest.mark.parametrize("raw", [b"[]\n", b'{"type": "x", "data_length": 3}\nabc'])
def test_a_broken_reader_gives_nothing_any_more_and_keeps_nothing(raw: bytes) -> None:
    reader = FrameReader()
    with pytest.raises(BadFrame):
        reader.feed(raw)
    assert not reader.partial
    with pytest.raises(BadFrame):
        reader.feed(encode(Frame("ping")))


def test_what_is_just_within_the_limits_is_taken() -> None:
    line = json.dumps({"type": "x" * LONGEST_TYPE}).encode().ljust(SMALL.line) + b"\n"
    assert fed([line], SMALL) == ([Frame("x" * LONGEST_TYPE)], "")
    assert fed([b" " + line], SMALL) == ([], "not-wyoming")
    for name, most in (("data_length", SMALL.data), ("payload_length", SMALL.payload)):
        assert fed([json.dumps({"type": "x", name: most}).encode() + b"\n"], SMALL) == ([], "partial")
        assert fed([json.dumps({"type": "x", name: most + 1}).encode() + b"\n"], SMALL) == ([], "too-large")


def test_many_lists_beside_each_other_are_not_deep() -> None:
    wide = Frame("info", {"voices": [{"languages": ["en"]}] * (2 * DEEPEST)})
    assert fed([encode(wide)]) == ([wide], "")


def test_what_may_be_left_out_may_be_null() -> None:
    line = b'{"type": "ping", "data": null, "data_length": null, "payload_length": null, "version": "1.10"}\n'
    assert fed([line]) == ([Frame("ping")], "")


def test_data_after_the_line_is_added_to_data_in_it() -> None:
    line = b'{"type": "x", "data": {"a": 1, "b": 1}, "data_length": 8}\n{"b": 2}'
    assert fed([line]) == ([Frame("x", {"a": 1, "b": 2})], "")


def test_a_server_that_a_person_chose_may_say_more() -> None:
    info = encode(Frame("info", {"voices": ["a" * 1000] * 200}))
    assert fed([info])[1] == "too-large"
    assert fed([info], CLIENT)[1] == ""


def test_what_no_json_can_say_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(Frame("transcript", {"share": math.nan}))


def test_half_a_character_of_ours_is_sent_as_a_question_mark() -> None:
    assert fed([encode(Frame("handled", {"text": "a\ud800b"}))])[0][0].data == {"text": "a?b"}


class Pieces:
    """A stream that gives one piece each time, and then its end."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self._pieces = list(pieces)
        self._ends = ends

    async def read(self, _n: int = -1) -> bytes:
        if not self._pieces and not self._ends:
            await asyncio.get_running_loop().create_future()
        return self._pieces.pop(0) if self._pieces else b""


async def test_a_stream_is_read_event_by_event_to_its_end() -> None:
    two = encode(Frame("ping")) + encode(Frame("audio-chunk", {"rate": 8000}, b"ab"))
    reader, stream = FrameReader(), Pieces(two[:5], two[5:])
    assert await reader.read(stream, HeldClock(), 30) == Frame("ping")
    assert await reader.read(stream, HeldClock(), 30) == Frame("audio-chunk", {"rate": 8000}, b"ab")
    assert await reader.read(stream, HeldClock(), 30) is None


@pytest.mark.parametrize("at", [3, 45, 60])
async def test_a_stream_that_ends_in_the_middle_is_truncated(at: int) -> None:
    whole = encode(Frame("audio-chunk", {"rate": 8000}, b"ab" * 20))
    with pytest.raises(BadFrame) as bad:
        await FrameReader().read(Pieces(whole[:at]), HeldClock(), 30)
    assert bad.value.code == "truncated"


async def test_a_trickle_is_waited_for_no_longer_than_silence() -> None:
    clock = HeldClock()
    reading = asyncio.ensure_future(FrameReader().read(Pieces(b'{"type"', ends=False), clock, 30))
    await clock.advance(29)
    assert not reading.done()
    await clock.advance(2)
    with pytest.raises(Unavailable):
        await reading


@given(frames)
@settings(max_examples=40, deadline=None)
def test_the_fields_own_package_reads_what_is_written_here_and_the_other_way(frame: Frame) -> None:
    async def both() -> tuple[Event | None, list[Frame]]:
        stream = asyncio.StreamReader()
        stream.feed_data(encode(frame))
        stream.feed_eof()
        kept = Kept()
        await async_write_event(Event(frame.type, dict(frame.data), frame.payload), kept)  # type: ignore[arg-type]
        return await async_read_event(stream), FrameReader().feed(kept.data)

    read, back = asyncio.run(both())
    assert read is not None
    assert (read.type, read.data, read.payload or b"") == (frame.type, dict(frame.data), frame.payload)
    assert back == [frame]


class Kept:
    """A writer that keeps."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def writelines(self, many: list[bytes]) -> None:
        self.data += b"".join(many)

    async def drain(self) -> None:
        pass


def test_nothing_of_what_came_is_in_what_is_complained_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for raw in (b'{"type": "x", "data": "unlock the door"}\n', b"unlock the door\n"):
        with pytest.raises(BadFrame) as bad:
            FrameReader().feed(raw)
        assert "unlock" not in str(bad.value)
    assert not caplog.records


def test_many_lists_side_by_side_are_not_deep() -> None:
    wide = Frame("info", {"asr": [{"models": []} for _ in range(DEEPEST)]})
    assert fed([encode(wide)]) == ([wide], "")


@pytest.mark.parametrize(
    ("data", "form"),
    [
        ({"rate": 8_000, "width": 2, "channels": 1}, (8_000, 1)),
        ({"rate": 48_000, "width": 2, "channels": 2}, (48_000, 2)),
        ({"rate": 7_999, "width": 2, "channels": 1}, None),
        ({"rate": 48_001, "width": 2, "channels": 1}, None),
        ({"rate": 16_000, "width": 3, "channels": 1}, None),
        ({"rate": 16_000, "width": 2, "channels": True}, None),
        ({"rate": 16_000.0, "width": 2, "channels": 1}, None),
        ({"rate": "16000", "width": 2, "channels": 1}, None),
        ({}, None),
    ],
)
def test_sound_is_of_a_form_that_can_be_heard_or_none(data: dict[str, object], form: tuple[int, int] | None) -> None:
    assert sound_form(Frame("audio-start", data)) == form
