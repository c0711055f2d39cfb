"""Which values of the data were the request's own: figures and words that were named, or that differed.

A figure may be told in percent and done in hundredths, or in the 255 steps of a lamp; then the parameter is the percent
that people speak of.  A parameter reaches as far as the device goes, but not to where the act becomes another one (a
lamp at 0 % is off).
"""

from collections.abc import Mapping, Sequence
from typing import cast

from claw.base.action import Json
from claw.base.errors import Refused
from claw.house.fields import Choice, Field, Flag, Number, choices, finite
from claw.house.model import House
from claw.house.services import CATALOGUE
from claw.skills.manifest import Parameter
from claw.skills.mentions import Mention
from claw.skills.naming import Unused
from claw.skills.plan import Datum, Fixed, Given, Learned, Scale, part
from claw.skills.skeleton import Step

_FULL = 255
_LEVELS = frozenset({"brightness", "brightness_pct", "percentage", "volume_level"})
"""Data whose 0 is another act: off, or silent."""
_SAME = 0.005
MOST_WORDS = 30

Seen = tuple[Json, ...]


def field_of(service: str, key: str) -> Field | None:
    """Return the field of an action, None where it is none that can be a parameter."""
    known = CATALOGUE.get(service)
    found = known.fields.get(key) if known is not None else None
    return found if isinstance(found, (Number, Choice, Flag)) and "code" not in key else None


class Figures:
    """Goes through the data of all steps; ``found`` are the parameters so far."""

    def __init__(self, named: Sequence[Sequence[Mention]], house: House, unused: Unused) -> None:
        """``named`` is what each request named."""
        self._named = named
        self._house = house
        self._unused = unused
        self.found: list[Learned] = []

    def data(self, service: str, column: Sequence[Step], free: frozenset[str]) -> dict[str, Datum]:
        """Return the data of one step; raises Refused where they differ and no parameter can be made of that."""
        return {
            key: self._datum(service, key, tuple(step.data[key] for step in column), column, free=key in free)
            for key in column[-1].data
        }

    def _datum(self, service: str, key: str, seen: Seen, column: Sequence[Step], *, free: bool) -> Datum:
        field = field_of(service, key)
        varies = any(one != seen[0] for one in seen)
        if field is None or any(isinstance(one, (list, tuple, Mapping)) for one in seen):
            if varies:
                raise Refused(f"these requests differ in {key.replace('_', ' ')}, which cannot be a parameter")
            return Fixed(seen[-1])
        if isinstance(field, Number):
            datum = self._number(service, key, field, seen, column, free=free or varies)
        elif isinstance(field, Choice):
            datum = self._word(key, field, seen, column, free=free or varies)
        elif varies or free:
            datum = self._made(key, part(Parameter, type="bool", default=bool(seen[-1])), seen, (None,) * len(seen))
        else:
            datum = None
        return Fixed(seen[-1]) if datum is None else datum

    def _number(
        self, service: str, key: str, field: Number, seen: Seen, column: Sequence[Step], *, free: bool
    ) -> Datum | None:
        """Return the parameter that a figure is; None where it was neither named nor differs."""
        figures = [finite(one) for one in seen]
        if any(one is None for one in figures):
            return None
        known = cast("list[float]", figures)
        for scale in _scales(service, key, field):
            named = tuple(self._figure(at, one, scale) for at, one in enumerate(known))
            if all(one is not None for one in named):
                values = tuple(one.figure for one in named if one is not None)
                return self._measured(key, field, scale, values, named, column, seen[-1])
        if not free:
            return None
        scale: Scale = "percent" if (field.low, field.high) == (0, 1) else ""
        values = tuple(round(one * 100) if scale == "percent" else one for one in known)
        return self._measured(key, field, scale, values, (None,) * len(seen), column, seen[-1])

    def _figure(self, at: int, value: float, scale: Scale) -> Mention | None:
        """Return where a request names the figure that comes to ``value``."""
        return next(
            (one for one in self._named[at] if one.figure is not None and abs(done(one.figure, scale) - value) < _SAME),
            None,
        )

    def _measured(
        self,
        key: str,
        field: Number,
        scale: Scale,
        values: Sequence[float | None],
        named: tuple[Mention | None, ...],
        column: Sequence[Step],
        last: Json,
    ) -> Datum | None:
        given = [one for one in values if one is not None]
        reach = (1.0, 100.0) if scale else self._reach(key, field, column)
        if reach is None:
            reach = (min(given), max(given))
        low, high = min(reach[0], *given), max(reach[1], *given)
        whole = [int(one) if one == int(one) else one for one in given]
        spec = part(
            Parameter,
            type="number",
            min=_whole(low),
            max=_whole(high),
            unit="%" if scale else (field.unit or None) if len(field.unit) <= 10 else None,  # noqa: PLR2004  as the manifest has it
            default=None if all(one is not None for one in named) else whole[-1],
            ask=f"What {self._unused.shown(key)}?",
        )
        del last
        return self._made(key, spec, tuple(whole), named, scale)

    def _reach(self, key: str, field: Number, column: Sequence[Step]) -> tuple[float, float] | None:
        """Return from where to where all things of the step go; None where one does not say."""
        lows, highs = [_end(field.low)], [_end(field.high)]
        for entity in (one for step in column for one in step.entities):
            state = self._house.states.get(entity)
            for bound, ends in ((field.low, lows), (field.high, highs)):
                name = bound if isinstance(bound, str) else bound[0] if isinstance(bound, tuple) else None
                if name is not None and state is not None:
                    ends.append(finite(state.attributes.get(name)))
        low = max((one for one in lows if one is not None), default=None)
        high = min((one for one in highs if one is not None), default=None)
        if low is None or high is None or low > high:
            return None
        return (max(low, 1.0) if key in _LEVELS and low == 0 and field.whole else low), high

    def _word(self, key: str, field: Choice, seen: Seen, column: Sequence[Step], *, free: bool) -> Datum | None:
        """Return the parameter that a word is; None where it was neither named nor differs."""
        texts = [one for one in seen if isinstance(one, str)]
        named = tuple(
            next((m for m in self._named[at] if m.kind == "word" and text in m.ids), None)
            for at, text in enumerate(texts)
        )
        if not (free or all(one is not None for one in named)) or len(texts) != len(seen):
            return None
        values = tuple(dict.fromkeys((*texts, *self._options(field, column))))[:MOST_WORDS]
        default = None if all(one is not None for one in named) else texts[-1]
        spec = part(Parameter, type="enum", values=values, default=default, ask=f"Which {self._unused.shown(key)}?")
        return self._made(key, spec, tuple(texts), named)

    def _options(self, field: Choice, column: Sequence[Step]) -> tuple[str, ...]:
        """Return what else the word could be: what the action itself knows, or every thing of the step lists."""
        if not isinstance(field.options, str):
            return tuple(one for one in field.options if 0 < len(one) <= 60)  # noqa: PLR2004  as the manifest has it
        listed: list[tuple[str, ...]] = []
        for entity in (one for step in column for one in step.entities):
            state = self._house.states.get(entity)
            listed.append(choices(state, field.options) if state is not None else ())
        common = set(listed[0]).intersection(*listed) if listed else set[str]()
        return tuple(one for one in (listed[0] if listed else ()) if one in common and 0 < len(one) <= 60)  # noqa: PLR2004  as above

    def _made(
        self, key: str, spec: Parameter, values: Seen, named: tuple[Mention | None, ...], scale: Scale = ""
    ) -> Given:
        """Return the parameter with these values: the one that there is, where the request means one figure by both."""
        for known in self.found:
            same = known.values == values and known.named == named
            if same and known.spec.type == spec.type and (known.spec.unit == spec.unit or any(named)):
                merged = _narrower(known.spec, spec)
                self.found[self.found.index(known)] = Learned(known.name, merged, values, named)
                return Given(known.name, scale)
        name = self._unused.name(key)
        self.found.append(Learned(name, spec, values, named))
        return Given(name, scale)


def done(figure: float, scale: Scale) -> float:
    """Return the datum that a figure comes to."""
    if scale == "percent":
        return figure / 100
    return round(figure * _FULL / 100) if scale == "byte" else figure


def _scales(service: str, key: str, field: Number) -> tuple[Scale, ...]:
    if (field.low, field.high) == (0, 1):
        return ("percent", "")
    return ("", "byte") if (service, key) == ("light.turn_on", "brightness") else ("",)


def _narrower(one: Parameter, other: Parameter) -> Parameter:
    if one.min is None or other.min is None or one.max is None or other.max is None:
        return one
    low, high = max(one.min, other.min), min(one.max, other.max)
    return one.model_copy(update={"min": low, "max": high}) if low <= high else one


def _end(bound: object) -> float | None:
    if isinstance(bound, tuple):
        return None
    return float(bound) if isinstance(bound, (int, float)) else None


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value
