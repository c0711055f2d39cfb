"""What a Wyoming client says, and what it is answered."""

import asyncio
import json
import logging
import socket
import struct
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.handle import Handled
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong

from claw.base.config_voice import PeerConfig
from claw.base.errors import Refused, Unavailable
from claw.channels import wyoming_sound, wyoming_talk
from claw.house.model import Device, Entity
from claw.voice.frames import Frame, FrameReader
from claw.voice.model import LONGEST_S, NOWHERE, Audio, Heard, Hints, Satellite
from claw.voice.transcriber import BUSY, SLOW, Transcriber
from tests.held_clock import HeldClock
from tests.wyoming_room import HERE, KITCHEN, REGISTRY, Sounds, client, sound, told, until, words, wyoming

RECORDED = {
    path.stem: [json.loads(line) for line in path.read_text().splitlines()]
    for path in sorted((Path(__file__).parents[2] / "peers" / "wyoming_frames").glob("*.jsonl"))
}
BLANK = [
    Frame("transcript", {}),
    Frame("transcript", {"text": None}),
    words(""),
    words(" \n "),
    Frame("transcript", {"text": 7}),
]


@pytest.mark.parametrize("version", RECORDED)
async def test_what_home_assistant_sends_is_understood(version: str) -> None:
    ear = Sounds("turn on the lights")
    async with wyoming(ear) as room:
        for row in RECORDED[version]:
            async with client(room) as hass:
                answer = await hass.ask(row["sent"].encode("latin-1"))
            assert answer is not None
            first = json.loads(row["sent"].partition("\n")[0])["type"]
            kind = {"describe": "info", "transcribe": "transcript", "transcript": "handled"}[first]
            assert (row["why"], answer.type) == (row["why"], "not-handled" if row["why"] == "empty text" else kind)
    said = {one.text: one for one in room.mind.heard}
    assert {"turn on the kitchen lights", "and off again", "schalte das Küchenlicht ein", ""} <= set(said)
    assert {(audio.rate, audio.channels, bool(audio.pcm), lang) for audio, _, lang in ear.heard} == {
        (16_000, 1, True, "en")
    }
    assert not {"bad_frame", "unknown", "errors"} & set(room.counts)
    # None of its devices is one of this registry: what is claimed of them counts for nothing.
    assert {one.satellite.id for one in room.mind.heard} == {NOWHERE}
    if any(one.conversation for one in room.mind.heard):  # the newer says in which talk, and in which language
        assert said["turn on the lights"].language == "en"
        assert said["schalte das Küchenlicht ein"].language == "de"
        assert said["and off again"].conversation == "01JABCDEFGHJKMNPQRSTVWXYZ0"


async def test_a_real_satellite_stands_where_the_registry_has_its_entity_or_device() -> None:
    """As the newest Home Assistant tells of one; who claims the same without being listed was nowhere above."""
    (row,) = [one for one in RECORDED["2026.11.0"] if '"satellite_id"' in one["sent"] and "sound" in one["why"]]
    (frame,) = FrameReader().feed(row["sent"].encode("latin-1"))
    entity, device = frame.data["context"]["satellite_id"], frame.data["context"]["device_id"]
    registry = replace(
        REGISTRY,
        devices={device: Device(device, "Satellite", area="hall")},
        entities={entity: Entity(entity, "Satellite", area="hall", device=device)},
    )
    for listed in (entity, device):
        async with wyoming(peers=[PeerConfig(address=HERE, satellites=(listed,))], registry=registry) as room:
            async with client(room) as hass:
                await hass.ask(frame)
            assert [one.satellite for one in room.mind.heard] == [Satellite(entity, "hall", entity, HERE)]


async def test_the_fields_own_client_talks_to_it() -> None:
    ear = Sounds("turn on the lights")
    async with wyoming(ear) as room, AsyncTcpClient(HERE, room.server.port) as one:
        await one.write_event(Describe().event())
        info = await one.read_event()
        assert info is not None
        said = Info.from_event(info)
        assert [(len(said.asr), said.handle[0].supports_home_control, said.handle[0].models[0].languages)] == [
            (1, True, ["en", "de"])
        ]
        await one.write_event(Ping("are you there").event())
        pong = await one.read_event()
        assert pong is not None
        assert Pong.from_event(pong).text == "are you there"
        await one.write_event(Transcript("turn on the lights", context={"satellite_id": KITCHEN.id}).event())
        handled = await one.read_event()
        assert handled is not None
        assert Handled.from_event(handled).text == "heard turn on the lights"
        await one.write_event(Transcribe(language="de").event())
        await one.write_event(AudioStart(48_000, 2, 2).event())
        await one.write_event(AudioChunk(48_000, 2, 2, b"abcd" * 100).event())
        await one.write_event(AudioStop().event())
        transcript = await one.read_event()
        assert transcript is not None
        assert Transcript.from_event(transcript) == Transcript("turn on the lights", None, "de")
    assert room.mind.heard[0].satellite == KITCHEN
    assert [(audio.rate, audio.channels, lang) for audio, _, lang in ear.heard] == [(48_000, 2, "de")]


async def test_a_claim_is_taken_for_what_it_is_worth() -> None:
    async with wyoming() as room, client(room) as one:
        for context in (
            {"satellite_id": "assist_satellite.kitchen", "device_id": "d1", "conversation_id": "a"},
            {"satellite_id": "assist_satellite.hall", "conversation_id": "web:anna"},
            {"conversation_id": "x" * 500},
        ):
            await one.ask(words("hello", **context))
        await one.ask(Frame("transcript", {"text": "hello", "context": "assist_satellite.kitchen", "language": 7}))
    nowhere = Satellite(source=HERE)
    assert [(one.satellite, one.conversation, one.language) for one in room.mind.heard] == [
        (KITCHEN, "a", "en"),
        (nowhere, "web:anna", "en"),
        (nowhere, "", "en"),
        (nowhere, "", None),
    ]


@pytest.mark.parametrize(
    ("claimed", "spoken"), [("de-CH", "de"), ("EN_us", "en"), ("fr", None), ("", None), ("*", None), (["en"], None)]
)
async def test_a_language_is_one_that_claw_speaks_or_none(claimed: object, spoken: str | None) -> None:
    async with wyoming() as room, client(room) as one:
        await one.ask(Frame("transcript", {"text": "hello", "language": claimed}))
    assert room.mind.heard[0].language == spoken


async def test_nothing_to_say_is_an_empty_text_and_not_none() -> None:
    """Home Assistant would say the word None, or break, without a text."""
    async with wyoming() as room, client(room) as one:
        assert [await one.ask(frame) for frame in BLANK] == [Frame("not-handled", {"text": ""})] * len(BLANK)


async def test_a_stop_is_heard_while_the_turn_before_it_waits_and_answers_keep_their_order() -> None:
    async with wyoming() as room, client(room) as one:
        room.mind.waits = {"what is the weather"}
        await one.say(words("what is the weather"), words("stop everything"))
        await until(lambda: "stop everything" in room.mind.texts)
        room.mind.go.set()
        assert [(await one.read() or Frame("")).data["text"] for _ in range(2)] == [
            "heard what is the weather",
            "heard stop everything",
        ]


@pytest.mark.parametrize("bound", ["MOST_TURNS", "MOST_UNDER_WAY"])
async def test_with_too_many_turns_under_way_only_a_stop_is_heard(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(wyoming_talk, bound, 2)
    async with wyoming() as room, client(room) as one:
        room.mind.waits = {"think"}
        await one.say(words("think"), words("think"), words("turn on the light"), words("stop everything"))
        await until(lambda: room.mind.texts == ["think", "think", "stop everything"])
        room.mind.go.set()
        assert [(await one.read() or Frame("")).data["text"] for _ in range(4)] == [
            "heard think",
            "heard think",
            "I am busy. Try again in a moment.",
            "heard stop everything",
        ]
        assert (room.counts["turned_away"], room.server._tally.under_way) == (1, 0)


async def test_whoever_waits_for_too_many_answers_is_hung_up_on_and_the_stop_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wyoming_talk, "MOST_OWED", 9)
    async with wyoming() as room:
        room.mind.waits = {"think"}
        answers = await told(room, *[words("think")] * 9, words("stop everything"), words("think"))
        assert [(one.type, one.data["code"]) for one in answers] == [("error", "busy")]
        assert room.mind.texts == ["think"] * 8 + ["stop everything"]


async def test_a_turn_that_breaks_is_one_clear_answer_and_no_word_of_it_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with wyoming(Sounds(error=RuntimeError("my secret"))) as room:
        room.mind.breaks = "my secret"
        async with client(room) as one:
            assert (await one.ask(words("my secret")) or Frame("")).type == "not-handled"
            assert (await one.ask(words("hello"))) == Frame("handled", {"text": "heard hello"})
        assert [(frame.type, frame.data.get("code")) for frame in await told(room, *sound())] == [
            ("error", "stt-unavailable")
        ]
        assert room.counts["errors"] == 2
    assert "failed unexpectedly" in caplog.text
    assert "secret" not in caplog.text


# --- sound


@pytest.mark.parametrize(
    "sent",
    [[Frame("audio-stop")], sound(b""), [Frame("transcribe"), Frame("audio-stop")]],
    ids=["stop-without-start", "no-bytes", "nothing-at-all"],
)
async def test_no_sound_is_no_text_at_once(sent: list[Frame]) -> None:
    ear = Sounds()
    async with wyoming(ear) as room, client(room) as one:
        answer = await one.ask(*sent)
        assert answer is not None
        assert (answer.type, answer.data["text"]) == ("transcript", "")
    assert not ear.heard


@pytest.mark.parametrize(
    "shape",
    [
        {"rate": 0},
        {"rate": 7_999},
        {"rate": 48_001},
        {"rate": -16_000},
        {"rate": "16000"},
        {"rate": 16_000.0},
        {"rate": "missing"},
        {"rate": True},
        {"width": 3},
        {"width": 1},
        {"width": "missing"},
        {"channels": 0},
        {"channels": 3},
        {"channels": None},
        {"pcm": b"abc"},
        {"pcm": b"ab" * 3, "channels": 2},
    ],
    ids=str,
)
async def test_sound_that_cannot_be_heard_is_refused(shape: dict[str, object]) -> None:
    ear = Sounds()
    pcm = shape.pop("pcm", b"ab" * 160)
    async with wyoming(ear) as room:
        answers = await told(room, *sound(pcm, **shape))  # type: ignore[arg-type]
        assert [(one.type, one.data.get("code")) for one in answers] == [("error", "bad-audio")]
        assert room.counts["bad_sound"] == 1
        async with client(room) as one:
            assert (await one.ask(words("hello")) or Frame("")).type == "handled"
        assert room.server._shared.room.left == wyoming_sound.MOST_AT_ONCE
    assert not ear.heard


async def test_sound_that_changes_in_the_middle_is_refused() -> None:
    async with wyoming(Sounds()) as room:
        chunk = Frame("audio-chunk", {"rate": 8_000, "width": 2, "channels": 1}, b"ab")
        answers = await told(room, *sound(stop=False), chunk)
        assert [one.data.get("code") for one in answers] == ["bad-audio"]


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (44_100, 2), (48_000, 2)])
async def test_more_than_half_a_minute_is_cut_and_heard_without_waiting_for_the_end(rate: int, channels: int) -> None:
    ear = Sounds("a long story")
    whole = int(LONGEST_S * rate) * 2 * channels
    async with wyoming(ear) as room, client(room) as one:
        answer = await one.ask(*sound(bytes(whole + 64_000), stop=False, rate=rate, channels=channels))
        assert answer == Frame("transcript", {"text": "a long story", "language": "en"})
        # What still comes is not listened to, and the next utterance is a new one.
        await one.say(*sound(bytes(64_000), rate=rate, channels=channels)[2:])
        assert (await one.ask(*sound()) or Frame("")).type == "transcript"
    assert [(len(audio.pcm), audio.truncated) for audio, _, _ in ear.heard] == [(whole, True), (320, False)]
    assert room.server._shared.room.left == wyoming_sound.MOST_AT_ONCE


@pytest.mark.parametrize("error", [Unavailable("One moment."), Refused("no sound")])
async def test_a_transcriber_that_cannot_is_one_clear_error_and_words_still_work(error: Exception) -> None:
    async with wyoming(Sounds(error=error)) as room:
        answers = await told(room, *sound())
        assert answers == [Frame("error", {"text": str(error), "code": "stt-unavailable"})]
        async with client(room) as one:
            assert (await one.ask(words("hello")) or Frame("")).type == "handled"
        assert room.server._shared.room.left == wyoming_sound.MOST_AT_ONCE


class Stuck:
    """An engine that does what it is told: hang, or die."""

    name, problem, partials = "stuck", "", False

    def __init__(self) -> None:
        self.dies = asyncio.Event()

    async def warm(self) -> None:
        pass

    async def transcribe(self, _audio: Audio, _hints: Hints, _partial: object = None) -> Heard:
        await self.dies.wait()
        self.dies.clear()
        raise Unavailable("It died. Please say it again.")

    async def close(self) -> None:
        pass


async def test_an_engine_that_is_busy_dies_or_hangs_is_one_clear_error_each_and_words_still_work() -> None:
    clock, engine = HeldClock(), Stuck()
    ear = Transcriber(engine, clock, clock, lambda _satellite, _language: Hints())
    async with wyoming(ear) as room, client(room) as first, client(room) as second:
        for one, waiting in ((first, 0), (second, 1)):
            await one.say(*sound(bytes(16_000)))
            await until(partial(_is, ear, waiting))
        # One is at work, one of this place waits: a third is turned away at once.
        busy = await told(room, *sound(bytes(16_000)))
        async with client(room) as other:
            assert (await other.ask(words("hello")) or Frame("")).type == "handled"
        engine.dies.set()
        died = await first.rest()
        await clock.advance(10)
        hung = await second.rest()
    assert [(one.type, one.data["code"]) for one in (*busy, *died, *hung)] == [("error", "stt-unavailable")] * 3
    assert [one.data["text"] for one in (*busy, *died, *hung)] == [BUSY, "It died. Please say it again.", SLOW]
    await ear.close()


def _is(ear: Transcriber, waiting: int) -> bool:
    return ear._working and ear.state()["waiting"] == waiting


async def test_without_a_transcriber_sound_is_refused_and_none_is_offered() -> None:
    async with wyoming(None) as room:
        assert [one.data["code"] for one in await told(room, *sound())] == ["stt-unavailable"]
        async with client(room) as one:
            info = await one.ask(Frame("describe"))
    assert info is not None
    assert info.data["asr"] == []


async def test_text_comes_in_pieces_where_the_engine_has_them() -> None:
    async with wyoming(Sounds("turn on the light", pieces=("turn", "turn on", "burn"))) as room, client(room) as one:
        await one.say(*sound())
        said = [await one.read() for _ in range(5)]
        more = await one.read()
    assert more == Frame("transcript-stop")
    assert [(frame.type, frame.data.get("text")) for frame in said if frame] == [
        ("transcript-start", None),
        ("transcript-chunk", "turn"),
        ("transcript-chunk", " on"),
        ("transcript-chunk", " the light"),
        ("transcript", "turn on the light"),
    ]


async def test_the_stop_phrase_counts_where_only_its_text_was_asked_for() -> None:
    async with wyoming(Sounds("stop everything")) as room, client(room) as one:
        await one.ask(*sound())
    assert room.mind.texts == ["stop everything"]
    async with wyoming(Sounds("turn on the light")) as room, client(room) as one:
        await one.ask(*sound())
    assert room.mind.texts == []


async def test_what_was_said_to_its_end_is_heard_to_its_end_whoever_hangs_up() -> None:
    ear = Sounds("stop everything", wait=asyncio.Event())
    assert ear.wait is not None
    async with wyoming(ear) as room:
        async with client(room) as one, client(room) as other:
            await one.say(*sound())
            await other.say(*sound(stop=False))
            await until(lambda: bool(ear.heard) and len(room.server._open) == 2)
            # Clients that are gone, not ones that have only said all they had to say.
            for gone in (one, other):
                gone.writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
        await until(lambda: not room.server._open)
        ear.wait.set()
        await until(lambda: not room.server._talks)
        assert room.mind.texts == ["stop everything"]
        assert room.server._shared.room.left == wyoming_sound.MOST_AT_ONCE


async def test_all_sound_together_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async with wyoming(Sounds()) as room:
        room.server._shared.room.left = 1000
        assert [one.data["code"] for one in await told(room, *sound(bytes(2000)))] == ["stt-unavailable"]
        assert room.server._shared.room.left == 1000
        async with client(room) as one:
            assert (await one.ask(*sound(bytes(800))) or Frame("")).type == "transcript"
