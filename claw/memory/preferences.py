"""What people like: figures that an understood command gets where it says none.

A preference is a fact of the kind ``preference``: about a thing, a room or the house, for one domain, with the service
data as its value and the hours as its condition.  It is applied before the gate, so the policy judges what will really
be done; what was said wins; and nothing that locks, opens, heats or guards can be moved by it at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from claw.base.action import Action, Effect, Json, Origin, canonical
from claw.base.errors import Refused
from claw.gate.plan import Plan
from claw.house.model import Entity, House
from claw.memory.aliases import Known
from claw.memory.conditions import holds, minutes, readable
from claw.memory.meanings import MEANS
from claw.memory.model import GUESTS, HOUSEHOLD, TRUSTS, Audience, Fact, Memory, Told, private_to
from claw.memory.subjects import HOUSE, area_of, entity_of
from claw.policy.people import Role


class Figure(NamedTuple):
    """One thing that can be liked of a domain; ``said`` are the data that say it already.

    ``low`` and ``high`` bound it, in the unit of the service.  ``with_`` is the service that sets it where turning the
    thing on cannot; empty where it can.
    """

    low: float
    high: float
    said: frozenset[str]
    with_: str = ""


_BRIGHTNESS = frozenset({"brightness", "brightness_pct", "brightness_step", "brightness_step_pct", "white", "profile"})
_COLOUR = frozenset({"color_temp", "color_temp_kelvin", "rgb_color", "hs_color", "xy_color", "color_name", "effect"})

FIGURES: Mapping[str, Mapping[str, Figure]] = {
    "light": {
        "brightness_pct": Figure(1, 100, _BRIGHTNESS),
        "color_temp_kelvin": Figure(1000, 12000, _COLOUR | {"white", "profile"}),
    },
    "fan": {"percentage": Figure(1, 100, frozenset({"percentage", "preset_mode"}))},
    "media_player": {"volume_level": Figure(0, 1, frozenset({"volume_level"}), "media_player.volume_set")},
}
"""What can be liked at all.  Locks, covers, valves and alarms are not in here, nor is what heats."""

_TURNS_ON = frozenset({"light.turn_on", "fan.turn_on", "media_player.turn_on", "media_player.media_play"})
_SETS = frozenset({"media_player.volume_set", "media_player.volume_up", "media_player.volume_down"})
_STRICTNESS: tuple[Effect, ...] = ("allow", "confirm", "deny")
_OBSERVED = TRUSTS.index("observed")
_TOLD = TRUSTS.index("resident_told")


class Judging(Protocol):
    """What the gate would say: ``claw.gate.judge.Judge``."""

    def judge(self, actions: Sequence[Action], origin: Origin) -> Plan:
        """Return the plan for ``actions``, nothing counted or done; raises Refused for anything invalid."""
        ...


@dataclass(frozen=True, slots=True)
class Applied:
    """Actions with what people like in them, and the memories that had a part, each with its things."""

    actions: tuple[Action, ...]
    used: tuple[tuple[Memory, tuple[str, ...]], ...] = ()


def preference(
    subject: str,
    domain: str,
    value: Mapping[str, Json],
    sentence: str,
    *,
    condition: Mapping[str, Json] | None = None,
    visibility: str = HOUSEHOLD,
) -> Fact:
    """Return the fact that things of ``domain`` at ``subject`` get the data ``value`` when they are turned on.

    ``subject`` is a thing's, a room's or the house's (``claw/memory/subjects.py``); ``value`` one or more of
    ``FIGURES[domain]``.  Raises Refused, with a sentence, for what no preference may set.
    """
    fact = Fact(
        "preference",
        subject,
        f"{domain}.{'+'.join(sorted(value))}",
        dict(value),
        sentence,
        condition=condition or {},
        visibility=visibility,
    )
    _check(fact)
    return fact


def _check(fact: Fact) -> None:
    """Raise Refused unless a preference is one that can be applied as it says."""
    domain, _, keys = fact.predicate.partition(".")
    figures = FIGURES.get(domain)
    if figures is None:
        raise Refused("I can keep what you like of lights, fans and players, and of nothing else.")
    value = fact.value
    if not isinstance(value, Mapping) or not value or keys != "+".join(sorted(map(str, value))):
        raise Refused("That is not the way in which a preference is kept.")
    for key, wanted in value.items():
        figure = figures.get(str(key))
        if figure is None:
            raise Refused(f"Of these I can keep {', '.join(sorted(figures)).replace('_', ' ')}, and nothing else.")
        if isinstance(wanted, bool) or not isinstance(wanted, (int, float)) or not figure.low <= wanted <= figure.high:
            raise Refused(f"For that I need a figure from {figure.low:g} to {figure.high:g}.")
    if fact.subject.partition(":")[0] not in {"entity", "area", HOUSE}:
        raise Refused("A preference is about a thing, a room or the whole house.")
    if (entity := fact.subject.removeprefix("entity:")) != fact.subject and "." in entity and domain not in entity:
        raise Refused("That thing has no such figure.")
    if not readable(fact.condition):
        raise Refused("I did not understand when that is to hold.")


class Preferences:
    """Applies what people like to commands; used from the event loop only."""

    def __init__(
        self,
        known: Known,
        judge: Judging,
        audience: Callable[[Origin], Audience],
        now: Callable[[], datetime | None],
    ) -> None:
        """``now`` gives the time as the clocks in the house show it, None where its time zone is not known."""
        self._known = known
        self._judge = judge
        self._audience = audience
        self._now = now
        self._rows: tuple[Memory, ...] = ()
        known.changed.append(self._changed)
        self._changed()

    def check(self, fact: Fact, told: Told, role: Role | None) -> None:
        """Raise Refused, with a sentence, for a preference that may not be kept; other facts are none of its business.

        For ``Admission.checks``.
        """
        del role
        if fact.kind == "preference" and fact.predicate != MEANS:
            _check(fact)
            if told.taint:
                raise Refused("Somebody outside had a part in that, so I do not keep it as what is liked here.")

    def hears(self, origin: Origin) -> frozenset[str]:
        """Return the visibilities that whoever hears the answer to ``origin`` may know of."""
        return frozenset(self._audience(origin).may_hear())

    def applied(self, actions: Sequence[Action], house: House, origin: Origin) -> Applied:
        """Return ``actions`` with the figures that hold now for whoever asks.

        What they say already stays; so does an action that would be judged more strictly with the figure, or refused.
        Of several that fit, a person's own goes before the household's, a thing before its room before the house, and
        the narrower hours before the wider.
        """
        if not self._rows or not any(action.name in _TURNS_ON for action in actions):
            return Applied(tuple(actions))
        likes = [row for row in self._rows if self._holds(row, house, origin)]
        made: list[Action] = []
        used: dict[int, tuple[Memory, tuple[str, ...]]] = {}
        set_already = {entity for action in actions if action.name in _SETS for entity in action.entities}
        for action in actions:
            for entities, chosen in _split(action, likes, house, set_already, origin):
                for filled, able in self._parts(Action(action.name, entities, action.data), chosen, origin):
                    made += filled
                    for row in {row.id: row for row in chosen.values()}.values() if able else ():
                        used[row.id] = (row, (*used.get(row.id, (row, ()))[1], *able))
        return Applied(tuple(made), tuple(used.values()))

    def _parts(
        self, part: Action, chosen: Mapping[str, Memory], origin: Origin
    ) -> Iterator[tuple[tuple[Action, ...], tuple[str, ...]]]:
        """Give ``part`` with its figures and the things that got them; where not all of them can, those that can."""
        filled = self._filled(part, chosen, origin)
        if filled or not chosen or len(part.entities) == 1:
            yield filled or (part,), part.entities if filled else ()
            return
        alone = {one: self._filled(Action(part.name, (one,), part.data), chosen, origin) for one in part.entities}
        able = tuple(one for one in part.entities if alone[one])
        rest = tuple(one for one in part.entities if not alone[one])
        if able:
            yield self._filled(Action(part.name, able, part.data), chosen, origin), able
        if rest:
            yield (Action(part.name, rest, part.data),), ()

    def _filled(self, part: Action, chosen: Mapping[str, Memory], origin: Origin) -> tuple[Action, ...]:
        """Return ``part`` with its figures, and what sets those it cannot carry; nothing where that may not be."""
        if not chosen:
            return ()
        figures = FIGURES[part.domain]
        inside = {key: row.fact.value[key] for key, row in chosen.items() if not figures[key].with_}
        beside = {key: row.fact.value[key] for key, row in chosen.items() if figures[key].with_}
        filled = Action(part.name, part.entities, {**part.data, **inside})
        more = tuple(Action(figures[key].with_, part.entities, {key: value}) for key, value in beside.items())
        first = part.name.endswith("turn_on")
        wanted = (filled, *more) if first else (*more, filled)
        plain, better = self._effect((part,), origin), self._effect(wanted, origin)
        if plain is None or better is None or _STRICTNESS.index(better) > _STRICTNESS.index(plain):
            return ()
        told = all(TRUSTS.index(row.trust) >= _TOLD for row in chosen.values())
        return () if plain == "confirm" and not told else wanted

    def _effect(self, actions: Sequence[Action], origin: Origin) -> Effect | None:
        try:
            plan = self._judge.judge(actions, origin)
        except Refused:
            return None
        effects = [one.effect for one in plan.decisions]
        return next(effect for effect in reversed(_STRICTNESS) if effect in effects)

    def _holds(self, row: Memory, house: House, origin: Origin) -> bool:
        visible = row.fact.visibility
        if visible not in {HOUSEHOLD, GUESTS} and visible not in self.hears(origin):
            return False
        return holds(row.fact.condition, self._now(), house, origin)

    def _changed(self) -> None:
        self._rows = tuple(row for row in self._known.active(kind="preference") if _counts(row))


def _counts(memory: Memory) -> bool:
    """Return whether a preference is one that people here have, as far as that can be told, and says what it must."""
    if memory.taint or (TRUSTS.index(memory.trust) < _OBSERVED and memory.confirmed is None):
        return False
    try:
        _check(memory.fact)
    except Refused:
        return False
    return True


def _split(
    action: Action, likes: Sequence[Memory], house: House, set_already: set[str], origin: Origin
) -> Iterator[tuple[tuple[str, ...], dict[str, Memory]]]:
    """Give the things of ``action`` in groups of which each is liked in the same way, in order."""
    figures = FIGURES.get(action.domain, {}) if action.name in _TURNS_ON else {}
    groups: dict[bytes, tuple[list[str], dict[str, Memory]]] = {}
    for entity_id in action.entities:
        entity = house.registry.entities.get(entity_id)
        chosen: dict[str, Memory] = {}
        for key, figure in figures.items():
            said = bool(figure.said & action.data.keys()) or (bool(figure.with_) and entity_id in set_already)
            fits = [(rank, row) for row in likes if (rank := _rank(row, key, entity, house, origin)) is not None]
            if fits and not said:
                chosen[key] = max(fits, key=lambda fit: fit[0])[1]
        alike = canonical({key: row.fact.value[key] for key, row in chosen.items()})
        groups.setdefault(alike, ([], chosen))[0].append(entity_id)
    if not groups:
        yield (), {}
    yield from ((tuple(entities), chosen) for entities, chosen in groups.values())


def _rank(row: Memory, key: str, entity: Entity | None, house: House, origin: Origin) -> tuple[int, ...] | None:
    """Return how exactly a preference is meant for ``entity``, the higher the more; None where it is not."""
    fact = row.fact
    if entity is None or key not in fact.value or not fact.predicate.startswith(f"{entity.domain}."):
        return None
    registry = house.registry
    if fact.subject == HOUSE:
        exact = 0
    elif (area := area_of(fact.subject, registry)) is not None and area.id == entity.area:
        exact = 1
    elif entity_of(fact.subject, registry) == entity:
        exact = 2
    else:
        return None
    own = origin.person is not None and fact.visibility == private_to(origin.person)
    return int(own), exact, int(row.explicit), len(fact.condition), -minutes(fact.condition), row.id
