"""What may be believed, and the mark that stays on whatever was not.

Labels are on sources, not on values: a value in the sandbox cannot carry one.  Numbers, and words out of a closed
list, are trusted: nobody can write an instruction with them.  All other text (a calendar, a media title, a text helper)
is a stranger's, whoever wrote it; a program gets a handle in its place, and the first such text that a program looks at
marks the rest of its run.  A conversation in which that happened stays marked, because its next request may be answered
with what is still in it: "thanks" must not set off what an invitation asked for.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claw.base.action import Json
from claw.house.fields import choices, finite
from claw.house.model import UNAVAILABLE, Entity, State
from claw.house.trusted import COLOUR_MODES, NUMBERS, number, trusted_value, unit

_CHOSEN = frozenset({"input_select", "select"})
"""Domains whose state is one of the words that the entity lists."""

_LISTED: Mapping[str, str] = {
    "preset_mode": "preset_modes",
    "fan_mode": "fan_modes",
    "swing_mode": "swing_modes",
    "fan_speed": "fan_speed_list",
    "mode": "available_modes",
}
"""Attributes that are words, and where the entity lists them."""

_OWN: Mapping[str, frozenset[str]] = {
    "hvac_action": frozenset(
        {"off", "heating", "cooling", "drying", "fan", "idle", "preheating", "defrosting"},
    ),
    "color_mode": COLOUR_MODES,
    "direction": frozenset({"forward", "reverse"}),
    "repeat": frozenset({"off", "all", "one"}),
}
"""Attributes that are words of Home Assistant's own."""

_ABLE: Mapping[str, frozenset[str]] = {"supported_color_modes": COLOUR_MODES}
"""Attributes that list what a thing can do in words of Home Assistant's own."""

COLOUR = "hs_color"
"""Hue and saturation: two numbers."""

BITS = "supported_features"
"""What else it can do: a whole number, one bit for each."""

AREA, UNIT = "area", "unit_of_measurement"
"""The id of the room where it is, as the household laid them out, and what a reading is in."""

_FLAGS = ("is_volume_muted", "oscillating", "shuffle", "away_mode", "motion_detection")
TEXTS = ("media_title", "media_artist", "media_album_name", "source", "sound_mode", "effect", "message", "description")
"""Attributes that anybody may have written."""

READABLE = frozenset({*NUMBERS, *_LISTED, *_OWN, *_ABLE, BITS, COLOUR, AREA, UNIT, *_FLAGS, *TEXTS})
"""All attributes that a program may read; no code, token or address is among them."""

_LONGEST_OPTION = 60
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A text that somebody else wrote, and where it is from: an id of the house or of the configuration."""

    source: str
    text: str


def value_of(entity: Entity, state: State) -> Json | Untrusted:
    """Return the state's value as a program gets it: a number, a word, a time, or untrusted text; None for unknown."""
    if state.value in UNAVAILABLE:
        return None
    domain = entity.domain
    if trusted_value(domain, state):
        read = number(state.value)
        return state.value if read is None else read
    listed = domain in _CHOSEN or (domain == "sensor" and entity.device_class == "enum")
    if listed and len(state.value) <= _LONGEST_OPTION and state.value in choices(state, "options"):
        return state.value
    return Untrusted(entity.entity_id, state.value)


def attribute_of(entity: Entity, state: State, name: str) -> Json | Untrusted:
    """Return one of the ``READABLE`` attributes in the same way; None where the entity has none of that name."""
    if name == AREA:
        return entity.area
    value = state.attributes.get(name)
    if value is None:
        return None
    if name in {BITS, UNIT, COLOUR} or name in NUMBERS or name in _FLAGS or name in _ABLE:
        return _told(name, value, state)
    if not isinstance(value, str):
        return None
    words = choices(state, _LISTED[name]) if name in _LISTED else _OWN.get(name, ())
    if value in words and len(value) <= _LONGEST_OPTION:
        return value
    return Untrusted(entity.entity_id, value)


def _told(name: str, value: Json, state: State) -> Json:
    """Return an attribute that holds no words but Home Assistant's own."""
    if name in NUMBERS:
        return finite(value)
    if name in _FLAGS:
        return value if isinstance(value, bool) or value in {"on", "off"} else None
    if name in _ABLE:
        listed = choices(state, name)
        return [word for word in sorted(_ABLE[name]) if word in listed]
    if name == UNIT:
        return unit(state) or None
    if name == COLOUR:
        pair = [finite(one) for one in value] if isinstance(value, (list, tuple)) else []  # pyright: ignore[reportUnknownVariableType]  JSON
        return pair if len(pair) == _PAIR and None not in pair else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32 else None


def joined(taint: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return both, each source once, in the order they came in."""
    return tuple(dict.fromkeys((*taint, *more)))


class Marks:
    """The untrusted sources that each conversation has been touched by, until somebody clears it.

    Where too many are marked, the oldest are not forgotten but counted as one: a conversation that is not known any
    more is then marked by ``FORGOTTEN``.
    """

    MOST = 10_000
    FORGOTTEN = "something read before"

    def __init__(self) -> None:
        self._marks: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._forgot = False
        self._fresh: OrderedDict[str, None] = OrderedDict()

    def add(self, conversation: str, sources: Sequence[str]) -> None:
        """Mark a conversation; one without a name is nobody's, so that its marks are those of its one request."""
        if not conversation or not sources:
            return
        self._marks[conversation] = joined(self._marks.get(conversation, ()), sources)
        self._marks.move_to_end(conversation)
        while len(self._marks) > self.MOST:
            self._marks.popitem(last=False)
            self._forgot = True

    def of(self, conversation: str) -> tuple[str, ...]:
        """Return the sources that a conversation is marked by."""
        known = self._marks.get(conversation)
        if known is not None or not conversation:
            return known or ()
        return (self.FORGOTTEN,) if self._forgot and conversation not in self._fresh else ()

    def clear(self, conversation: str) -> None:
        """Take the marks of a conversation away: its context is a fresh one."""
        self._marks.pop(conversation, None)
        self._fresh[conversation] = None
        while len(self._fresh) > self.MOST:
            self._fresh.popitem(last=False)
