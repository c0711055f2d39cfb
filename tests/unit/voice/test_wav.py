"""Sound files as people have them: every size of sample says the same, and what is no file says so."""

import math
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Refused
from claw.voice.wav import MOST_BYTES, NO_WAV, read_wav

WAVE = [math.sin(at / 5) * 0.5 for at in range(2000)]
PLAIN, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def chunk(name: bytes, part: bytes) -> bytes:
    return name + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)


def wav(form: bytes, data: bytes, *more: bytes) -> bytes:
    body = b"WAVE" + chunk(b"fmt ", form) + b"".join(more) + chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def form(kind: int, bits: int, rate: int = 16_000, channels: int = 1) -> bytes:
    block = channels * bits // 8
    return struct.pack("<HHIIHH", kind, channels, rate, rate * block % (1 << 32), block, bits)


def extended(kind: int, bits: int) -> bytes:
    return form(EXTENSIBLE, bits) + struct.pack("<HHI", 22, bits, 4) + struct.pack("<H", kind) + bytes(14)


def whole(bits: int) -> bytes:
    if bits == 8:
        return bytes(round(one * 127) + 128 for one in WAVE)
    full = 2 ** (bits - 1) - 1
    return b"".join(round(one * full).to_bytes(bits // 8, "little", signed=True) for one in WAVE)


FILES = {
    "8": wav(form(PLAIN, 8), whole(8)),
    "16": wav(form(PLAIN, 16), whole(16)),
    "24": wav(form(PLAIN, 24), whole(24)),
    "32": wav(form(PLAIN, 32), whole(32)),
    "24 extended": wav(extended(PLAIN, 24), whole(24)),
    "fractions of 32": wav(form(FLOAT, 32), struct.pack(f"<{len(WAVE)}f", *WAVE)),
    "fractions of 64, extended": wav(extended(FLOAT, 64), struct.pack(f"<{len(WAVE)}d", *WAVE)),
    "with notes of a recorder": wav(form(PLAIN, 16), whole(16), chunk(b"LIST", b"INFOabc"), chunk(b"fact", b"1234")),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_sample_says_the_same(kind: str) -> None:
    audio, seconds = read_wav(FILES[kind])
    assert seconds == len(WAVE) / 16_000
    heard = struct.unpack(f"<{len(WAVE)}h", audio.pcm)
    assert max(abs(one / 32_767 - true) for one, true in zip(heard, WAVE, strict=True)) < 0.01
    assert not audio.truncated


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    path.write_bytes(FILES["16"])
    assert read_wav(path) == read_wav(FILES["16"])


def test_of_a_long_file_the_first_minute_is_read() -> None:
    audio, seconds = read_wav(wav(form(PLAIN, 16, 8_000, 2), bytes(8_000 * 4 * 90)))
    assert (audio.seconds, seconds, audio.truncated) == (60.0, 90.0, True)
    assert (audio.rate, audio.channels) == (8_000, 2)


def test_what_is_no_number_is_silence_and_what_is_too_loud_is_cut() -> None:
    audio, _ = read_wav(wav(form(FLOAT, 32), struct.pack("<4f", math.nan, math.inf, -7.0, 0.0)))
    assert struct.unpack("<4h", audio.pcm) == (0, 32_767, -32_767, 0)


def test_half_a_sample_at_the_end_is_let_go_of() -> None:
    assert len(read_wav(wav(form(PLAIN, 16, channels=2), bytes(1003)))[0].pcm) == 1000


WRONG = {
    "nothing": (b"", NO_WAV),
    "text": (b"turn on the lights" * 10, NO_WAV),
    "only a head": (b"RIFF\x00\x00\x00\x00WAVE", "ends too early"),
    "sound before its form": (b"RIFF\0\0\0\0WAVE" + chunk(b"data", bytes(100)), "ends too early"),
    "half a form": (wav(b"\x01\x00", bytes(100)), "does not say how it is written"),
    "no sound": (wav(form(PLAIN, 16), b""), "no sound in it"),
    "rate of nothing": (wav(form(PLAIN, 16, rate=0), bytes(100)), "0 Hz"),
    "too quick": (wav(form(PLAIN, 16, rate=96_000), bytes(100)), "96000 Hz"),
    "a choir": (wav(form(PLAIN, 16, channels=8), bytes(100)), "8 channels"),
    "twelve bits": (wav(form(PLAIN, 12), bytes(100)), "12 bits"),
    "a telephone's": (wav(form(7, 8), bytes(100)), "format 7"),
    "an extension that is cut off": (wav(form(EXTENSIBLE, 16) + b"\0", bytes(100)), "format 65534"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_read_says_why(kind: str) -> None:
    raw, why = WRONG[kind]
    with pytest.raises(Refused, match=why):
        read_wav(raw)


def test_a_file_that_is_not_there_or_too_large_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        read_wav(tmp_path / "none.wav")
    with pytest.raises(Refused, match="directory"):
        read_wav(tmp_path)
    with (tmp_path / "large.wav").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(Refused, match="larger than"):
        read_wav(tmp_path / "large.wav")


@given(st.sampled_from(sorted(FILES)), st.integers(0, 120), st.binary(min_size=1, max_size=4), st.integers(0, 200))
def test_whatever_is_broken_in_a_file_it_is_read_or_refused(kind: str, at: int, more: bytes, cut: int) -> None:
    raw = FILES[kind]
    broken = raw[:at] + more + raw[at + len(more) :]
    with suppress(Refused):
        audio, seconds = read_wav(broken[: len(broken) - cut])
        assert audio.pcm
        assert len(audio.pcm) % (2 * audio.channels) == 0
        assert seconds >= audio.seconds - 0.001
