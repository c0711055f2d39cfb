"""How much sound is held, and of which kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Unavailable
from claw.channels.wyoming_sound import BadSound, Recording, Room, shape_of
from claw.voice.frames import Frame
from claw.voice.model import LONGEST_S


def chunk(pcm: bytes, rate: object = 16_000, channels: object = 1, width: object = 2) -> Frame:
    return Frame("audio-chunk", {"rate": rate, "width": width, "channels": channels}, pcm)


@given(
    st.sampled_from([8_000, 16_000, 44_100, 48_000]),
    st.sampled_from([1, 2]),
    st.lists(st.integers(0, 500_000), max_size=12),
)
def test_what_is_held_is_what_came_up_to_half_a_minute_and_is_all_given_back(
    rate: int, channels: int, counts: list[int]
) -> None:
    room = Room()
    recording = Recording((rate, channels), room)
    whole, most = 0, int(LONGEST_S * rate) * 2 * channels
    for count in counts:
        recording.add(chunk(bytes(count * 2 * channels), rate, channels))
        whole += count * 2 * channels
        assert Room().left - room.left == min(whole, most)
    assert recording.full == (whole > most)
    audio = recording.audio()
    assert (len(audio.pcm), audio.rate, audio.channels, audio.truncated) == (
        min(whole, most),
        rate,
        channels,
        whole > most,
    )
    recording.close()
    recording.close()
    assert room.left == Room().left


def test_sound_beyond_what_all_may_hold_is_refused_and_what_was_held_is_given_back() -> None:
    room = Room(1000)
    first, second = Recording((16_000, 1), room), Recording((16_000, 1), room)
    first.add(chunk(bytes(800)))
    with pytest.raises(Unavailable):
        second.add(chunk(bytes(400)))
    first.close()
    second.add(chunk(bytes(1000)))
    second.close()
    assert room.left == 1000


@pytest.mark.parametrize(
    "bad", [chunk(b"abc"), chunk(b"ab", channels=2), chunk(b"ab", rate=8_000), chunk(b"", width=3)]
)
def test_a_chunk_that_does_not_fit_is_refused_and_adds_nothing(bad: Frame) -> None:
    room = Room()
    recording = Recording((16_000, 1), room)
    recording.add(chunk(b"ab"))
    with pytest.raises(BadSound):
        recording.add(bad)
    assert recording.audio().pcm == b"ab"


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers())


@given(anything, anything, anything)
def test_a_kind_of_sound_is_one_that_can_be_heard_or_refused(rate: object, width: object, channels: object) -> None:
    try:
        found = shape_of(chunk(b"", rate, channels, width))
    except BadSound:
        return
    assert width == 2
    assert found == (rate, channels)
    assert 8_000 <= found[0] <= 48_000
    assert found[1] in {1, 2}
