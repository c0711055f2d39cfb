"""When two values count as the same: rounding on the way through percentages, scales and colours is no mistake."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import cast

from claw.base.action import Json

_TOLERANCE: Mapping[str, float] = {
    "brightness": 3.0,  # of 255: a percent
    "color_temp_kelvin": 60.0,
    "current_position": 1.0,
    "current_tilt_position": 1.0,
    "hs_color": 2.0,
    "humidity": 1.0,
    "percentage": 1.0,
    "rgb_color": 4.0,
    "rgbw_color": 4.0,
    "rgbww_color": 4.0,
    "volume_level": 0.011,
    "xy_color": 0.02,
}
"""By how much an attribute may differ, in its own unit."""

_HAIR = 0.051
"""By how much any other number may differ: a tenth of a degree, rounded."""

PERCENT_OF = {"brightness_pct": ("brightness", 2.55), "position": ("current_position", 1.0)}
"""What a case may call an attribute by the name of the data that sets it, and how much of it one is."""

_NUMBER = re.compile(r"(?<![\w.,])[-\u2212]?\d+(?:[.,]\d+)?(?![\w]|[.,:]\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def number(value: Json) -> float | None:
    """Return ``value`` as a number where it is one, also where it is written as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if isfinite(found) else None


def alike(wanted: Json, found: Json, name: str = "") -> bool:
    """Return whether ``found`` is what was ``wanted``; ``name`` is the attribute, empty for a state."""
    if isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)):
        pair = cast("Sequence[Json]", wanted), cast("Sequence[Json]", found)
        return len(pair[0]) == len(pair[1]) and all(alike(one, other, name) for one, other in zip(*pair, strict=True))
    one, other = number(wanted), number(found)
    if one is not None and other is not None:
        return abs(one - other) <= _TOLERANCE.get(name, _HAIR)
    if isinstance(wanted, str) and isinstance(found, str):
        return wanted.strip().casefold() == found.strip().casefold()
    return wanted == found


def says(text: str, words: str) -> bool:
    """Return whether ``text`` holds these words, as words; a number is found however it is written."""
    wanted = number(words.strip())
    if wanted is not None:
        plain = _THOUSANDS.sub("", text)
        return any(abs(one - wanted) <= _HAIR for one in map(_read, _NUMBER.findall(plain)))
    said, sought = _folded(text), _folded(words)
    if not sought:
        return False
    if _WIDE.search(sought):
        return sought in said
    return re.search(rf"(?<!\w){re.escape(sought)}(?!\w)", said) is not None


def _read(found: str) -> float:
    return float(found.replace("\u2212", "-").replace(",", "."))


def _folded(text: str) -> str:
    """Return ``text`` without what does not matter: case, width, accents' encoding, kinds of quotes and spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join(plain.split())
