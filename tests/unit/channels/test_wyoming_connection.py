"""One connection, without a network: what the transport does to it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.config_voice import WyomingConfig
from claw.channels.wyoming_behind import Behind
from claw.channels.wyoming_connection import IDLE_S, MOST_UNREAD, OWED_S, PARTING_S, Connection, Shared
from claw.channels.wyoming_sound import Room
from claw.channels.wyoming_talk import DEAF
from claw.channels.wyoming_tally import Tally
from claw.house.model import Registry
from claw.voice.claims import Claims
from claw.voice.frames import CLIENT, Frame, FrameReader, encode
from claw.voice.model import LONGEST_S, Heard
from tests.held_clock import HeldClock
from tests.wyoming_room import Mind, Sounds, sound, words


class Wire(asyncio.Transport):
    """A transport that keeps what is written, and what is done to it."""

    def __init__(self, peer: tuple[str, int] | None = ("::ffff:127.0.0.1", 5)) -> None:
        super().__init__({"peername": peer})
        self.written = b""
        self.done: list[str] = []
        self.told: list[str] = []
        self.unread = 0

    def write(self, data: object) -> None:
        self.written += bytes(data)  # type: ignore[arg-type]

    def get_write_buffer_size(self) -> int:
        return self.unread

    def is_closing(self) -> bool:
        return bool({"close", "abort"} & set(self.done))

    def can_write_eof(self) -> bool:
        return True

    def __getattribute__(self, name: str) -> object:
        if name in {"pause_reading", "resume_reading", "close", "abort", "write_eof"}:
            return lambda: self.done.append(name)
        return super().__getattribute__(name)


SILENT = Sounds()


def connected(
    *,
    admitted: bool = True,
    peer: tuple[str, int] | None = ("::ffff:127.0.0.1", 5),
    room: Room | None = None,
    ear: Sounds | None = SILENT,
) -> tuple[Connection, Wire, Mind]:
    clock, mind, wire = HeldClock(), Mind(), Wire(peer)
    behind = Behind(mind, Claims(WyomingConfig(), Registry), bool, ("en",), clock, Sounds() if ear is SILENT else ear)
    shared = Shared(
        behind,
        Tally(clock),
        room or Room(),
        lambda _: admitted,
        lambda _: wire.told.append("begun"),
        lambda _: wire.told.append("closed"),
    )
    connection = Connection(shared)
    connection.connection_made(wire)
    return connection, wire, mind


def counts(connection: Connection) -> dict[str, int]:
    return {name: count for name, count in connection._shared.tally.counts().items() if count}


def answers(wire: Wire) -> list[Frame]:
    return FrameReader(CLIENT).feed(wire.written)


def kinds(wire: Wire) -> list[str]:
    return [str(one.data.get("code", one.type)) for one in answers(wire)]


def sent(*frames: Frame) -> bytes:
    return b"".join(map(encode, frames))


def test_a_machine_is_known_by_one_address() -> None:
    assert connected()[0].peer == "127.0.0.1"
    assert connected(peer=None)[0].peer == ""


def test_whoever_may_not_come_in_is_hung_up_on() -> None:
    assert connected(admitted=False)[1].done == ["abort"]


async def test_whoever_waits_for_an_answer_has_more_time_than_whoever_says_nothing() -> None:
    connection, wire, mind = connected()
    mind.waits = {"a"}
    connection.data_received(encode(words("a")))
    assert connection.overdue(IDLE_S) is False
    assert connection.overdue(OWED_S) is True
    mind.go.set()
    await HeldClock.settle()
    assert wire.written == encode(Frame("handled", {"text": "heard a"}))
    assert connection.overdue(IDLE_S) is True


async def test_the_last_words_of_whoever_hangs_up_are_heard() -> None:
    connection, _, mind = connected()
    connection.data_received(encode(words("a")) + encode(words("stop everything")))
    connection.connection_lost(ConnectionResetError())
    await HeldClock.settle()
    assert mind.texts == ["a", "stop everything"]
    assert not connection.talk.busy


def test_an_error_is_sent_before_the_line_is_cut_and_nothing_after_it() -> None:
    connection, wire, mind = connected()
    connection.data_received(b"[]\n" + encode(words("a")))
    connection.data_received(encode(words("a")))
    connection.send(Frame("pong"))
    assert wire.written.count(b"\n") == 1
    assert wire.done[-1] == "write_eof"
    assert connection.overdue(PARTING_S)
    assert connection.eof_received() is False
    assert not mind.heard
    assert counts(connection) == {"bad_frame": 1}


def test_events_before_a_wrong_one_count() -> None:
    connection, wire, _ = connected()
    connection.data_received(encode(Frame("ping")) + b"[]\n")
    assert wire.written.startswith(encode(Frame("pong")))
    assert b"bad-frame" in wire.written


def test_whoever_leaves_too_much_unread_is_let_go() -> None:
    connection, wire, _ = connected()
    wire.unread = MOST_UNREAD + 1
    connection.data_received(encode(Frame("ping")))
    assert wire.done[-1] == "abort"


async def test_an_answer_that_nobody_waits_for_goes_nowhere() -> None:
    connection, wire, mind = connected()
    mind.waits = {"a"}
    connection.data_received(encode(words("a")))
    assert wire.told == ["begun"]
    await HeldClock.settle()
    assert connection.talk.busy
    connection.connection_lost(None)
    assert connection.gone
    await HeldClock.settle()
    assert (wire.written, mind.texts, connection.talk.busy) == (b"", ["a"], False)
    assert wire.told == ["begun", "closed", "closed"]  # the connection, and then its last turn
    assert connection._shared.tally.under_way == 0
    connection.send(Frame("pong"))
    connection.fail("busy", "too late")
    connection.end()
    assert (wire.written, wire.done) == (b"", [])


def test_a_new_connection_has_some_time_to_say_something() -> None:
    connection, _, _ = connected()
    assert not connection.overdue(IDLE_S - 1)
    assert connection.overdue(IDLE_S)


@pytest.mark.parametrize(
    ("frame", "keeps"),
    [
        (Frame("nonsense"), False),
        (Frame("transcribe", {"language": "en"}), True),
        (Frame("audio-start", {"rate": 8_000, "width": 2, "channels": 1}), True),
    ],
)
async def test_only_what_means_something_here_keeps_a_connection(frame: Frame, *, keeps: bool) -> None:
    connection, _, _ = connected()
    clock: Any = connection._clock
    await clock.advance(IDLE_S - 1)
    connection.data_received(encode(frame))
    await clock.advance(1)
    assert connection.overdue(clock.monotonic()) is not keeps
    assert counts(connection) == ({} if keeps else {"unknown": 1})


async def test_sound_that_nobody_listens_to_any_more_keeps_no_connection_and_the_next_is_heard() -> None:
    ear = Sounds()
    connection, wire, _ = connected(ear=ear)
    clock: Any = connection._clock
    story = sound(bytes(int(LONGEST_S * 8_000) * 2 + 2), stop=False, rate=8_000)
    for frame in story:
        connection.data_received(encode(frame))
    await clock.advance(IDLE_S - 1)
    connection.data_received(encode(story[-1]))
    await clock.advance(1)
    assert connection.overdue(clock.monotonic())
    short = sound(rate=8_000)
    for frames in (short, story, [short[-1]], short[2:]):  # told to begin, and to stop and go on without that
        for frame in frames:
            connection.data_received(encode(frame))
        await clock.settle()
    assert [audio.truncated for audio, _, _ in ear.heard] == [True, False, True, False]
    assert kinds(wire) == ["transcript"] * 4
    assert counts(connection) == {"transcripts": 4}


async def test_an_answer_begins_the_wait_anew() -> None:
    connection, _, mind = connected()
    clock: Any = connection._clock
    mind.waits = {"a"}
    connection.data_received(encode(words("a")))
    await clock.advance(OWED_S - 1)
    mind.go.set()
    await clock.settle()
    assert not connection.overdue(OWED_S - 1 + IDLE_S - 1)


async def test_what_is_said_after_a_mistake_or_after_the_end_is_not_heard() -> None:
    connection, wire, mind = connected()
    bad = Frame("audio-start", {"rate": 1})
    connection.data_received(sent(bad, words("a")))
    connection.data_received(b"[]\n")
    assert (kinds(wire), counts(connection)) == (["bad-audio"], {"bad_sound": 1})
    connection.end()
    connection.fail("busy", "too late")
    assert wire.done == ["write_eof", "abort"]
    connection, wire, mind = connected()
    connection.end()
    connection.data_received(encode(words("a")))
    await HeldClock.settle()
    assert (mind.heard, wire.written, connection.parting) == ([], b"", False)


def test_whoever_speaks_another_language_is_hung_up_on_without_a_word() -> None:
    connection, wire, _ = connected()
    connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
    assert (wire.written, wire.done, connection.parting) == (b"", ["abort"], True)
    connection.data_received(b"hello\n")
    connection.connection_lost(None)
    assert counts(connection) == {"not_wyoming": 1}
    connection, _, _ = connected()
    connection.data_received(encode(words("a"))[:-1])
    connection.connection_lost(None)
    assert counts(connection) == {"truncated": 1}


async def test_whoever_has_said_all_is_answered_and_then_hung_up_on() -> None:
    connection, wire, mind = connected()
    mind.waits = {"a"}
    assert connection.eof_received() is False  # nothing is owed
    connection, wire, mind = connected(ear=Sounds(error=ValueError()))
    mind.waits = {"a"}
    connection.data_received(sent(words("b"), words("a")))
    await HeldClock.settle()
    assert wire.done == []  # one is answered; there may be more to say
    assert connection.eof_received() is True
    connection.answered()
    assert wire.done == []  # the other one still waits
    mind.go.set()
    await HeldClock.settle()
    assert (kinds(wire), wire.done) == (["handled", "handled"], ["close"])
    connection, wire, mind = connected(ear=Sounds(error=ValueError()))
    connection.data_received(sent(*sound()))
    connection.eof_received()
    await HeldClock.settle()
    assert (kinds(wire), wire.done[0]) == (["stt-unavailable"], "close")
    assert counts(connection) == {"errors": 1, "no_transcript": 1}


async def test_after_an_error_nothing_is_owed_to_whoever_has_said_all() -> None:
    ear = Sounds(error=ValueError(), wait=asyncio.Event())
    assert ear.wait is not None
    connection, wire, mind = connected(ear=ear)
    mind.waits = {"a"}
    connection.data_received(sent(*sound(), words("a")))
    assert connection.eof_received() is True
    await HeldClock.settle()
    ear.wait.set()
    await HeldClock.settle()
    assert (kinds(wire), wire.done) == (["stt-unavailable"], ["close"])
    await connection.talk.close()
    connection, _, mind = connected()
    mind.waits = {"a"}
    connection.data_received(encode(words("a")) + b"[]\n")
    assert connection.eof_received() is False
    await connection.talk.close()


def test_so_much_may_be_left_unread_and_more_is_counted() -> None:
    connection, wire, _ = connected()
    wire.unread = MOST_UNREAD
    connection.data_received(encode(Frame("ping")))
    assert (wire.done, counts(connection)) == ([], {})
    wire.unread += 1
    connection.data_received(encode(Frame("ping")))
    assert (wire.done, counts(connection)) == (["abort"], {"unread": 1})


async def test_half_a_sound_is_let_go_of_whatever_ends_it() -> None:
    room, half = Room(1000), sound(bytes(600), stop=False)
    connection, _, mind = connected(room=room)
    mind.waits = {"a"}
    connection.data_received(sent(words("a"), *half))
    assert room.left == 400
    connection.data_received(sent(*half))  # another one begins
    assert room.left == 400
    await HeldClock.settle()
    await connection.talk.close()
    assert (room.left, connection.talk.busy) == (1000, False)
    for bad in (Frame("audio-chunk", {"rate": 1}), half[-1]):  # what cannot be heard, and what there is no room for
        connection, wire, _ = connected(room=room)
        connection.data_received(sent(*half, bad))
        assert (len(answers(wire)), room.left) == (1, 1000)


def test_a_recording_begins_as_it_was_said_to_begin() -> None:
    connection, wire, _ = connected()
    connection.data_received(sent(*sound(rate=16_000)[:2], *sound(rate=8_000)[2:]))
    assert kinds(wire) == ["bad-audio"]


@pytest.mark.parametrize("frame", sound()[1:], ids=lambda frame: frame.type)
async def test_where_nobody_listens_every_part_of_a_sound_is_refused(frame: Frame) -> None:
    connection, wire, _ = connected(ear=None)
    connection.data_received(encode(frame))
    await HeldClock.settle()
    assert [(one.type, one.data.get("text")) for one in answers(wire)] == [("error", DEAF)]
    assert counts(connection) == {"no_transcript": 1}


@pytest.mark.parametrize("pieces", [(), ("turn",)])
async def test_pieces_are_offered_where_there_are_some(pieces: tuple[str, ...]) -> None:
    connection, wire, _ = connected(ear=Sounds(pieces=pieces))
    connection.data_received(encode(Frame("describe")))
    assert answers(wire)[0].data["asr"][0]["supports_transcript_streaming"] is bool(pieces)


async def test_answers_keep_the_order_of_what_was_asked_those_of_sound_too() -> None:
    ear = Sounds("on", pieces=("o",))
    connection, wire, mind = connected(ear=ear)
    mind.waits = {"a", "b"}
    connection.data_received(sent(words("a"), *sound(), words("c")))
    await HeldClock.settle()
    assert wire.written == b""
    mind.go.set()
    await HeldClock.settle()
    text = ["transcript-start", "transcript-chunk", "transcript", "transcript-stop"]
    assert kinds(wire) == ["handled", *text, "handled"]
    assert connection.talk._last is None
    wire.written = b""
    connection.data_received(sent(*sound()))  # nothing comes before it: its pieces come as they are heard
    await HeldClock.settle()
    assert kinds(wire) == ["transcript-start", "transcript-chunk", *text[1:]]
    mind.go.clear()
    wire.written, ear.error = b"", ValueError()
    connection.data_received(sent(words("c"), words("b"), *sound()))
    await HeldClock.settle()
    assert kinds(wire) == ["handled"]
    mind.go.set()
    await HeldClock.settle()
    assert kinds(wire) == ["handled", "handled", "stt-unavailable"]
    assert counts(connection) == {"turns": 4, "transcripts": 2, "no_transcript": 1, "errors": 1}


async def test_a_turn_that_is_through_does_not_let_the_next_but_one_go_before_the_next() -> None:
    connection, wire, mind = connected()
    mind.waits = {"b"}
    connection.data_received(sent(words("a"), words("b")))
    await HeldClock.settle()
    connection.data_received(sent(words("c"), words("")))
    await HeldClock.settle()
    mind.go.set()
    await HeldClock.settle()
    assert [one.data["text"] for one in answers(wire)] == ["heard a", "heard b", "heard c", ""]
    assert counts(connection) == {"turns": 3, "not_handled": 1}
    assert (connection.talk._asked, connection.talk.busy) == (set(), False)
    assert all(one.stages.at("text") is not None and one.stages.at("said") is not None for one in mind.heard)


@pytest.mark.parametrize(
    ("pieces", "text", "chunks"),
    [
        (("o", "o", "on"), "on", ["o", "n"]),
        (("o",), "o", ["o"]),
        (("o",), "burn", ["o"]),
        (("",), "on", ["on"]),
        (("",), "", []),
    ],
)
async def test_each_piece_is_what_is_new_and_what_was_sent_is_not_taken_back(
    pieces: tuple[str, ...], text: str, chunks: list[str]
) -> None:
    connection, wire, _ = connected(ear=Sounds(text, pieces=pieces))
    connection.data_received(sent(*sound()))
    await HeldClock.settle()
    assert [one.data["text"] for one in answers(wire) if one.type == "transcript-chunk"] == chunks
    assert kinds(wire)[0] == "transcript-start"
    assert kinds(wire).count("transcript-start") == 1


async def test_what_was_heard_says_its_own_language_and_when_it_was_heard() -> None:
    connection, wire, mind = connected(ear=Sounds("stop everything"))
    connection.data_received(sent(*sound(), Frame("transcribe", {"language": "tlh"}), *sound()[1:]))
    await HeldClock.settle()
    assert [one.data.get("language") for one in answers(wire)] == ["en", None]
    assert all(one.stages.at("speech") is not None and one.stages.at("text") is not None for one in mind.heard)


anything = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
)
named = st.sampled_from(["text", "language", "context", "rate", "width", "channels", "timestamp", "name"])
plausible = st.fixed_dictionaries(
    {"rate": st.sampled_from([8_000, 16_000]), "width": st.just(2), "channels": st.just(1)}
)
events = st.builds(
    Frame,
    st.sampled_from(
        ["describe", "ping", "transcript", "transcribe", "audio-start", "audio-chunk", "audio-stop", "other"]
    ),
    plausible
    | st.dictionaries(named, anything | st.dictionaries(st.sampled_from(["satellite_id", "device_id"]), anything)),
    st.sampled_from([b"", b"ab", b"abc", bytes(1 << 20)]),
)


@given(st.lists(events, max_size=30), st.binary(max_size=5))
@settings(max_examples=60, deadline=None)
def test_whatever_events_come_nothing_breaks_and_everything_is_let_go(sent: list[Frame], more: bytes) -> None:
    async def live() -> None:
        room = Room()
        connection, wire, _ = connected(room=room)
        for frame in sent:
            connection.data_received(encode(frame))
            await asyncio.sleep(0)
        connection.data_received(more)
        await HeldClock.settle()
        assert not connection.talk.busy
        connection.connection_lost(None)
        await HeldClock.settle()
        assert room.left == Room().left
        answered = FrameReader(CLIENT).feed(wire.written)
        assert {one.type for one in answered} <= {"info", "pong", "handled", "not-handled", "transcript", "error"}
        assert [one.type for one in answered].count("error") == (wire.done.count("write_eof"))
        assert connection._shared.tally.counts()["errors"] == 0

    asyncio.run(live())


class Tells(Sounds):
    """An ear that knows a language by itself, or none."""

    tells: str | None = None

    async def transcribe(self, *args: Any, **named: Any) -> Heard:
        return replace(await super().transcribe(*args, **named), language=self.tells)


@pytest.mark.parametrize(("tells", "told"), [("de", "de"), (None, "en")])
async def test_the_language_that_was_heard_comes_before_the_one_that_was_said(tells: str | None, told: str) -> None:
    ear = Tells()
    ear.tells = tells
    connection, wire, _ = connected(ear=ear)
    connection.data_received(sent(*sound()))
    await HeldClock.settle()
    assert answers(wire)[0].data["language"] == told
