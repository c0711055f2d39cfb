"""Sound files as people have them: WAV with samples of any size, from a telephone to a recorder.

Python's own reader knows whole numbers alone and not the header that most 24-bit files have.  A file may be wrong, cut
off, or claim gigabytes: what counts is what is there.
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from claw.base.errors import Refused
from claw.voice.model import CHANNELS, RATES, Audio

MOST_BYTES = 64 << 20
MOST_S = 60.0
"""Of a longer file only this much is read."""
_PLAIN, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_WIDTHS = {_PLAIN: (1, 2, 3, 4), _FLOAT: (4, 8)}
_HEADER, _FORMAT, _EXTENDED = 12, 16, 26
_FULL_SCALE = 32_767
NO_WAV = "that is no WAV file"


@dataclass(frozen=True, slots=True)
class _Form:
    """How samples are written: whole numbers or fractions, of ``width`` bytes."""

    kind: int
    channels: int
    rate: int
    width: int

    @property
    def block(self) -> int:
        """Bytes of one moment."""
        return self.channels * self.width


def read_wav(file: Path | bytes) -> tuple[Audio, float]:
    """Return the sound of a WAV file, or of the bytes of one, as 16-bit samples, and how many seconds all of it is.

    At most a minute is read.  Takes whole numbers of 8 to 32 bits and fractions of 32 and 64, 8 to 48 kHz, one or two
    channels; raises Refused, with one plain sentence, for anything else.
    """
    raw = file if isinstance(file, bytes) else _bytes(file)
    form, sound = _parts(raw)
    most = int(MOST_S * form.rate) * form.block
    kept = sound[: min(most, len(sound) - len(sound) % form.block)]
    if not kept:
        raise Refused("there is no sound in it")
    audio = Audio(_sixteen_bit(kept, form), form.rate, form.channels, truncated=len(sound) > most)
    return audio, len(sound) / form.block / form.rate


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
    if len(raw) > MOST_BYTES:
        raise Refused(f"{path} is larger than {MOST_BYTES >> 20} MB")
    return raw


def _parts(raw: bytes) -> tuple[_Form, bytes]:
    """Return how the samples are written, and the samples."""
    if raw[:4] != b"RIFF" or raw[8:_HEADER] != b"WAVE":
        raise Refused(NO_WAV)
    form: _Form | None = None
    for name, part in _chunks(raw):
        if name == b"fmt ":
            form = _form(part)
        elif name == b"data" and form is not None:
            return form, part
    raise Refused(f"{NO_WAV}: it ends too early")


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = _HEADER
    while at + 8 <= len(raw):
        name, size = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        yield name, raw[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _form(part: bytes) -> _Form:
    if len(part) < _FORMAT:
        raise Refused(f"{NO_WAV}: it does not say how it is written")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", part[:_FORMAT])
    if kind == _EXTENSIBLE and len(part) >= _EXTENDED:
        kind = int.from_bytes(part[24:_EXTENDED], "little")
    form = _Form(kind, channels, rate, bits // 8)
    if bits % 8 or form.width not in _WIDTHS.get(kind, ()):
        raise Refused(f"its samples ({bits} bits, format {kind}) are none that Claw reads: expected plain ones")
    if rate not in RATES or channels not in CHANNELS:
        raise Refused(f"{rate} Hz and {channels} channels: expected 8 to 48 kHz, one or two channels")
    return form


def _sixteen_bit(raw: bytes, form: _Form) -> bytes:
    if form.kind == _FLOAT:
        return _of_fractions(raw, form.width)
    pcm = bytearray(2 * (len(raw) // form.width))
    if form.width == 1:  # unsigned, these alone
        pcm[1::2] = bytes(one ^ 0x80 for one in raw)
    else:  # the upper two bytes of each
        pcm[0::2], pcm[1::2] = raw[form.width - 2 :: form.width], raw[form.width - 1 :: form.width]
    return bytes(pcm)


def _of_fractions(raw: bytes, width: int) -> bytes:
    samples = array("f" if width == array("f").itemsize else "d", raw)
    if sys.byteorder == "big":
        samples.byteswap()
    # What is no number is silence; what is too loud is cut off, as any converter does.
    whole = array("h", (round(_FULL_SCALE * max(-1.0, min(1.0, one))) if one == one else 0 for one in samples))  # noqa: PLR0124  NaN alone differs from itself
    if sys.byteorder == "big":
        whole.byteswap()
    return whole.tobytes()
