"""What a service takes: typed fields with units and bounds, checked against the entity they are meant for.

Home Assistant checks little (one version sets a thermostat to 500 °C when told so) and a model writes anything, so
every value is checked here before the policy sees it.  Nothing is converted from another type: ``"21"`` is not 21 and
true is not 1.  Bounds come from the entity where it states any; a bound it should state and does not is a refusal, not
a guess.  What acts on what, and what it does, is in ``claw/house/catalogue``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from claw.base.action import Json
from claw.base.errors import Refused
from claw.house.model import State
from claw.house.proof import Goal
from claw.house.text import quoted

MAX_TEXT = 255  # as long as a state of Home Assistant may be
DAY_S = 86_400
LARGEST = 1e15
_STEP_TOLERANCE = 1e-6
_ENTITY_ID = re.compile(r"[a-z0-9_]+\.[a-z0-9_]{1,255}", re.ASCII)
_CLOCK_TIME = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)", re.ASCII)


Bound = float | str | tuple[str, float]
"""A figure, the name of the attribute that must hold it, or that name and what holds when it is missing."""


@dataclass(frozen=True, slots=True)
class Feature:
    """What an entity must be able to do: any of ``bits`` of its ``supported_features``; Home Assistant's name of it."""

    name: str
    bits: int

    def supported_by(self, state: State) -> bool:
        """Return whether the entity says that it can."""
        bits = state.attributes.get("supported_features")
        return isinstance(bits, int) and bool(bits & self.bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of a service's data.

    ``modes`` are the colour modes of a light of which it must support any.
    """

    required: bool = False
    needs: Feature | None = None
    modes: frozenset[str] = frozenset()
    unit: str = ""

    def take(self, value: Json, state: State) -> Json:
        """Return ``value`` in its normal form for the entity in ``state``; raises Refused saying what was expected."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Field):
    """A finite number from ``low`` to ``high``; ``step`` names the attribute that holds its grid."""

    low: Bound
    high: Bound
    whole: bool = False
    step: str | None = None

    def take(self, value: Json, state: State) -> Json:
        """Return the number, an int when ``whole``."""
        low, high = _bound(self.low, state), _bound(self.high, state)
        kind = "a whole number" if self.whole else "a number"
        expected = f"expected {kind} from {low:g} to {high:g}{self.unit and ' ' + self.unit}"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Refused(expected)
        if not low <= value <= high:  # false for NaN too
            raise Refused(expected)
        if self.whole and value != int(value):
            raise Refused(expected)
        step = finite(state.attributes.get(self.step)) if self.step else None
        if step is not None and step > 0:
            steps = (value - low) / step
            if abs(steps - round(steps)) > _STEP_TOLERANCE:
                raise Refused(f"{expected} in steps of {step:g}")
        return int(value) if self.whole else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Field):
    """True or false."""

    def take(self, value: Json, state: State) -> Json:  # noqa: ARG002  true is true on every entity
        """Return the truth value."""
        if not isinstance(value, bool):
            raise Refused("expected true or false")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Field):
    """Words, ``shortest`` to ``longest`` characters (figures, or attribute names), no controls but newline.

    ``without`` are characters that would be more than words where they go.
    """

    shortest: Bound = 1
    longest: Bound = MAX_TEXT
    without: str = ""

    def take(self, value: Json, state: State) -> Json:
        """Return the text as it is."""
        low, high = _bound(self.shortest, state), _bound(self.longest, state)
        if not isinstance(value, str) or not low <= len(value) <= high:
            raise Refused(f"expected text of {low:g} to {high:g} characters")
        if any(char != "\n" and not char.isprintable() for char in value):
            raise Refused("expected text without control characters")
        if any(char in self.without for char in value):
            raise Refused(f"expected text without {' '.join(self.without)}")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Field):
    """One of ``options``: the words themselves, or the name of the attribute that lists them."""

    options: tuple[str, ...] | str

    def take(self, value: Json, state: State) -> Json:
        """Return the chosen word."""
        options = choices(state, self.options) if isinstance(self.options, str) else self.options
        if not isinstance(value, str) or value not in options:
            raise Refused("expected one of " + ", ".join(quoted(option, 30) for option in options[:20]))
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers(Field):
    """A fixed list of numbers, each between its own bounds: a colour."""

    bounds: tuple[tuple[float, float], ...]
    whole: bool = False

    def take(self, value: Json, state: State) -> Json:
        """Return the list."""
        if not isinstance(value, (list, tuple)) or len(value) != len(self.bounds):
            raise Refused(f"expected a list of {len(self.bounds)} numbers")
        pairs = zip(self.bounds, value, strict=True)
        return [Number(low=low, high=high, whole=self.whole).take(one, state) for (low, high), one in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Field):
    """A date (``2026-01-31``), a time (``07:30`` or ``07:30:00``) or both, in the house's own time zone.

    ``attributes`` names what must be true of the entity for it to hold one (``has_date``).
    """

    form: Literal["date", "time", "datetime"]
    attributes: tuple[str, ...] = ()

    def take(self, value: Json, state: State) -> Json:
        """Return it as Home Assistant writes it."""
        expected = f"expected a {self.form} such as {_MOMENTS[self.form][1]}"
        if not isinstance(value, str) or not value.isascii():
            raise Refused(expected)
        if not all(state.attributes.get(name) is True for name in self.attributes):
            raise Refused(f"it holds no {self.form}")
        try:
            return _MOMENTS[self.form][0](value)
        except ValueError:
            raise Refused(expected) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration(Field):
    """A span of time up to a day: seconds, or ``H:MM:SS``."""

    def take(self, value: Json, state: State) -> Json:
        """Return it as ``HH:MM:SS``."""
        expected = "expected seconds from 1 to 86400, or H:MM:SS"
        if isinstance(value, str):
            match = _CLOCK_TIME.fullmatch(value)
            if match is None:
                raise Refused(expected)
            value = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
        try:
            seconds = Number(low=1, high=DAY_S, whole=True).take(value, state)
        except Refused:
            raise Refused(expected) from None
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing(Field):
    """The id of another thing of the house, of one ``domain``, that is used and not acted on: a voice."""

    domain: str

    def take(self, value: Json, state: State) -> Json:  # noqa: ARG002  it is another entity that is named
        """Return the id; whether there is such a thing is for the house to say."""
        if not isinstance(value, str) or not _ENTITY_ID.fullmatch(value) or value.partition(".")[0] != self.domain:
            raise Refused(f"expected an id such as {self.domain}.name")
        return value


MakeGoal = Callable[[State, Mapping[str, Json]], Goal]


@dataclass(frozen=True, slots=True)
class Service:
    """One action: what it takes, what it needs, and what it does.

    ``name`` is ``domain.service``; it acts on entities of that domain or of the one in ``of``, on none when
    ``targets`` is false.  At most one key of each set in ``exclusive`` may be given, at least one of ``any_of``, and
    the two of ``range`` only together and in order.  ``only_in`` are the states in which it does anything, and no harm,
    when not all.
    ``goal`` says from an entity's state and the valid data what it will be; None when nothing can be known, as for
    services that a person declared in the configuration.  ``patience_s`` is how long the device may take to show it.
    """

    name: str
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])
    needs: Feature | None = None
    goal: MakeGoal | None = None
    patience_s: float = 5.0
    targets: bool = True
    exclusive: tuple[frozenset[str], ...] = ()
    any_of: frozenset[str] = frozenset()
    range: tuple[str, str] | None = None
    only_in: tuple[str, ...] = ()
    of: str = ""

    @property
    def domain(self) -> str:
        """The part of the name before the dot."""
        return self.name.partition(".")[0]

    @property
    def acts_on(self) -> str:
        """The domain of the entities it acts on."""
        return self.of or self.domain


def finite(value: Json) -> float | None:
    """Return a number as a float, None for anything else: what a device states about itself may be wrong too.

    So is a number that no device has: what is reckoned from it would leave the range of numbers.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) <= LARGEST else None  # false for NaN too


def choices(state: State, attribute: str) -> tuple[str, ...]:
    """Return the words that an attribute lists; none when it is missing or no list."""
    listed = state.attributes.get(attribute)
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    return tuple(option for option in listed if isinstance(option, str))


def _bound(bound: Bound, state: State) -> float:
    if isinstance(bound, (int, float)):
        return bound
    name, fallback = (bound, None) if isinstance(bound, str) else bound
    number = finite(state.attributes.get(name))
    if number is None:
        number = fallback
    if number is None:
        raise Refused(f"it does not say its {name}")
    return number


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _time(text: str) -> str:
    moment = time.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError("a time zone was given")
    return moment.isoformat("seconds")


def _datetime(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError("a time zone was given")
    return moment.isoformat(" ", "seconds")


_MOMENTS: Mapping[str, tuple[Callable[[str], str], str]] = {
    "date": (_date, "2026-01-31"),
    "time": (_time, "07:30:00"),
    "datetime": (_datetime, "2026-01-31 07:30:00"),
}
