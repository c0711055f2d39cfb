"""What a microphone tells of its sound: woken, a command begins, here it is; and nothing of Claw's own voice."""

from hypothesis import given, settings
from hypothesis import strategies as st

from claw.voice.frames import Frame
from claw.voice.listening import DEAF_S, FRAME_BYTES, Listening
from claw.voice.segmenter import FRAME_S

QUIET, VOICE, WAKE, STOP = b"\x00\x00", b"\x01\x00", b"\x02\x00", b"\x03\x00"


class Told:
    """A detector, and wake words, that are told by the sound itself."""

    def __init__(self) -> None:
        self.forgot = 0
        self.heard = 0

    def hear(self, pcm: bytes) -> float:
        self.heard += 1
        return 0.0 if pcm.startswith(QUIET) else 1.0

    def forget(self) -> None:
        self.forgot += 1


class Words:
    def hear(self, pcm: bytes) -> str | None:
        return {WAKE: "alexa", STOP: "stop"}.get(pcm[:2])


def sound(kind: bytes, seconds: float) -> list[bytes]:
    return [kind * (FRAME_BYTES // 2)] * round(seconds / FRAME_S)


def told(listening: Listening, *pieces: list[bytes]) -> list[Frame]:
    return [frame for piece in pieces for pcm in piece for frame in listening.hear(pcm)]


def kinds(frames: list[Frame]) -> list[str]:
    return [frame.type for frame in frames]


def woken() -> Listening:
    return Listening(Told(), Words())


def test_without_a_wake_word_every_command_comes_out_with_what_was_before_it() -> None:
    frames = told(Listening(Told(), None), sound(QUIET, 2), sound(VOICE, 1), sound(QUIET, 2))
    assert kinds(frames) == ["started", "paused", "clip"]
    clip = frames[-1]
    assert abs(len(clip.payload) / 32_000 - (0.5 + 1 + 0.7)) < 3 * FRAME_S
    assert clip.payload.count(VOICE) == len(b"".join(sound(VOICE, 1))) // 2
    assert clip.data == {"quiet_s": 0.704, "cut": False, "over": False}


def test_asleep_it_does_not_even_look_for_speech() -> None:
    detector = Told()
    listening = Listening(detector, Words())
    assert not told(listening, sound(VOICE, 10))
    assert detector.heard == 0


def test_a_wake_word_opens_it_for_one_command() -> None:
    listening = woken()
    frames = told(listening, sound(VOICE, 1), sound(WAKE, 0.1), sound(VOICE, 1), sound(QUIET, 1), sound(VOICE, 5))
    assert kinds(frames) == ["wake", "started", "paused", "clip"]
    assert frames[0].data == {"word": "alexa"}


def test_nothing_said_before_the_wake_word_comes_out() -> None:
    frames = told(woken(), sound(VOICE, 3), sound(WAKE, 0.04), sound(VOICE, 1), sound(QUIET, 1))
    assert len(frames[-1].payload) / 32_000 < 1 + 0.7 + 0.2


def test_after_a_wake_word_nobody_spoke() -> None:
    listening = woken()
    assert kinds(told(listening, sound(WAKE, 0.04), sound(QUIET, 6))) == ["wake", "nobody"]
    assert not told(listening, sound(VOICE, 2), sound(QUIET, 2))


def test_a_wake_word_found_in_frame_after_frame_is_one() -> None:
    assert kinds(told(woken(), sound(WAKE, 1.0), sound(QUIET, 0.1))).count("wake") == 1


def test_a_follow_up_needs_no_wake_word_for_a_while() -> None:
    listening = woken()
    listening.speaking()
    told(listening, sound(VOICE, 1))
    listening.spoke(5.0)
    frames = told(listening, sound(QUIET, 1), sound(VOICE, 1), sound(QUIET, 1))
    assert kinds(frames) == ["started", "paused", "clip"]
    assert not frames[-1].data["over"]
    assert not told(listening, sound(VOICE, 2), sound(QUIET, 1)), "and for one answer only"


def test_a_follow_up_that_nobody_takes_ends() -> None:
    listening = woken()
    listening.speaking()
    listening.spoke(5.0)
    assert kinds(told(listening, sound(QUIET, 8))) == ["nobody"]


def test_of_claws_own_voice_a_microphone_with_a_wake_word_hears_nothing() -> None:
    listening = woken()
    listening.speaking()
    frames = told(listening, sound(VOICE, 5), sound(QUIET, 2))
    listening.spoke()
    assert not [*frames, *told(listening, sound(VOICE, DEAF_S), sound(QUIET, 2), sound(VOICE, 3))]


def test_a_wake_word_gets_through_while_claw_speaks_and_the_command_counts() -> None:
    listening = woken()
    listening.speaking()
    woke = told(listening, sound(VOICE, 1), sound(WAKE, 0.04))
    listening.spoke()  # it was cut
    frames = told(listening, sound(VOICE, 0.6), sound(QUIET, 1))
    assert kinds([*woke, *frames]) == ["wake", "started", "paused", "clip"]
    assert not frames[-1].data["over"]


def test_the_word_stop_ends_what_claw_says_and_wakes_nothing() -> None:
    listening = woken()
    listening.speaking()
    frames = told(listening, sound(VOICE, 1), sound(STOP, 0.5), sound(VOICE, 3))
    listening.spoke()
    assert kinds([*frames, *told(listening, sound(VOICE, 3), sound(STOP, 0.1), sound(QUIET, 1))]) == ["stop", "stop"]


def test_the_word_stop_in_a_quiet_room_is_not_for_claw() -> None:
    listening = woken()
    assert not told(listening, sound(STOP, 0.1), sound(VOICE, 2), sound(QUIET, 1))
    listening.speaking()
    told(listening, sound(VOICE, 1))
    listening.spoke()
    assert not told(listening, sound(QUIET, 13), sound(STOP, 0.1))


def test_the_word_stop_in_a_command_is_part_of_it() -> None:
    frames = told(woken(), sound(WAKE, 0.04), sound(VOICE, 1), sound(STOP, 0.5), sound(VOICE, 1), sound(QUIET, 1))
    assert kinds(frames) == ["wake", "started", "paused", "clip"]


def test_without_a_wake_word_what_was_said_over_claws_voice_is_marked() -> None:
    listening = Listening(Told(), None)
    listening.speaking()
    frames = told(listening, sound(VOICE, 1), sound(QUIET, 1))
    assert [(frame.type, frame.data.get("over")) for frame in frames if frame.payload] == [
        ("paused", True),
        ("clip", True),
    ]


def test_after_claw_spoke_an_echo_is_not_heard_and_the_next_command_is() -> None:
    listening = Listening(Told(), None)
    listening.speaking()
    told(listening, sound(VOICE, 1))
    listening.spoke()
    frames = told(listening, sound(VOICE, DEAF_S - 0.05), sound(QUIET, 2), sound(VOICE, 1), sound(QUIET, 1))
    assert kinds(frames) == ["started", "paused", "clip"]
    assert not frames[-1].data["over"]


def test_a_wake_word_in_a_command_is_part_of_it() -> None:
    frames = told(woken(), sound(WAKE, 0.04), sound(VOICE, 3), sound(WAKE, 0.1), sound(VOICE, 1), sound(QUIET, 1))
    assert kinds(frames) == ["wake", "started", "paused", "clip"]


def test_that_claw_is_done_without_having_begun_changes_nothing() -> None:
    listening = Listening(Told(), None)
    frames = told(listening, sound(VOICE, 1))
    listening.spoke(5.0)
    assert kinds([*frames, *told(listening, sound(QUIET, 1))]) == ["started", "paused", "clip"]


def test_sound_that_ends_in_a_command_gives_it() -> None:
    listening = Listening(Told(), None)
    told(listening, sound(VOICE, 1))
    assert kinds(list(listening.flush())) == ["clip"]


def test_hours_of_sound_keep_seconds_of_it() -> None:
    listening = Listening(Told(), None)
    told(listening, *[[*sound(VOICE, 1), *sound(QUIET, 4)]] * 100, sound(VOICE, 20), sound(QUIET, 30))
    assert len(listening._kept) * FRAME_S < 1


def test_nothing_that_was_heard_is_kept_asleep() -> None:
    listening = woken()
    told(listening, sound(WAKE, 0.04), sound(VOICE, 2), sound(QUIET, 1))
    assert not listening._kept


PARTS = st.lists(
    st.tuples(st.sampled_from([QUIET, VOICE, VOICE, WAKE, STOP]), st.integers(1, 60))
    | st.sampled_from(["speaking", "spoke", "ask"]),
    max_size=25,
)


class Witness:
    """Numbers every frame of sound, and looks at what comes out of a microphone by these numbers."""

    def __init__(self, *, wakes: bool) -> None:
        self.wakes, self.sounding = wakes, False
        self.opened = None if wakes else 0
        self.over: list[bool] = []

    def frame(self, kind: bytes) -> bytes:
        number = len(self.over).to_bytes(4, "little")
        self.over.append(self.sounding)
        return kind + number * ((FRAME_BYTES - 2) // 4) + b"\0\0"

    def spoke(self, *, asked: bool) -> None:
        if self.sounding and asked and self.opened is None:
            self.opened = len(self.over)
        self.sounding = False

    def saw(self, frame: Frame) -> None:
        if frame.type == "wake":
            self.opened, self.sounding, self.over[-1] = len(self.over) - 1, False, False
        if frame.payload:
            pieces = range(0, len(frame.payload), FRAME_BYTES)
            heard = [int.from_bytes(frame.payload[at + 2 : at + 6], "little") for at in pieces]
            assert self.opened is not None, "nobody woke it"
            assert self.opened <= heard[0]
            assert heard == sorted(set(heard))
            assert heard[-1] == len(self.over) - 1
            assert frame.data["over"] == any(self.over[one] for one in heard)
        if frame.type in {"clip", "nobody"} and self.wakes:
            self.opened = None


@settings(max_examples=60)
@given(PARTS, st.booleans())
def test_whatever_sounds_a_command_is_one_stretch_of_what_was_said_to_claw(
    parts: list[tuple[bytes, int] | str], wakes: bool
) -> None:
    listening, witness = Listening(Told(), Words() if wakes else None), Witness(wakes=wakes)
    for part in parts:
        if part == "speaking":
            listening.speaking()
            witness.sounding = True
        elif isinstance(part, str):
            listening.spoke(5.0 if part == "ask" else None)
            witness.spoke(asked=part == "ask")
        else:
            for _ in range(part[1]):
                for frame in listening.hear(witness.frame(part[0])):
                    witness.saw(frame)
        assert len(listening._kept) * FRAME_S < 16.5
