"""One possible meaning of a sentence, before anybody looks which entities that is.

The package's slots and ours become the same few: thing, area, floor, where, kind, all, attr, num, unit, and so on.
A reading is a value: it can be cached, compared and ranked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hassil.recognize import RecognizeResult

from claw.mind.kinds import KINDS, REACH
from claw.mind.language import Template
from claw.mind.names import NameBook

HERE = "@here"
"""The area the asker stands in, whichever it is."""

_RENAMED = {
    "name": "thing",
    "brightness": "num",
    "percentage": "num",
    "position": "num",
    "volume_level": "num",
    "temperature": "num",
    "fan_mode": "option",
}
_COVER_KINDS = frozenset({"blind", "shade", "shutter", "curtain", "awning", "garage", "gate", "door", "window"})
_DOMAIN_KINDS = {"light": "light", "fan": "fan", "switch": "switch", "lock": "lock", "cover": "cover", "valve": "valve"}
_STATE_WORDS = {
    "bs_open_states": {"on": "open", "off": "closed"},
    "bs_door_states": {"on": "open", "off": "closed"},
    "bs_occupancy_states": {"on": "detected", "off": "clear"},
}
_MOST_WORDS = 6
_PAUSES = frozenset(",;、")
"""hassil drops these before a wildcard sees them, so they are looked for in what was said."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A verb with its slots, and how well it fits (lower rank is better)."""

    does: str
    slots: tuple[tuple[str, Any], ...]
    domains: frozenset[str] | None
    rank: tuple[int, ...]

    def __hash__(self) -> int:
        return hash((self.does, self.slots))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reading):
            return NotImplemented
        return (self.does, self.slots, self.domains) == (other.does, other.slots, other.domains)

    def get(self, slot: str, default: Any = None) -> Any:
        """Return the value of ``slot``."""
        return next((value for name, value in self.slots if name == slot), default)

    def but(self, **changes: Any) -> "Reading":
        """Return the same reading with slots changed; None leaves a slot out."""
        slots = {name: value for name, value in {**dict(self.slots), **changes}.items() if value is not None}
        return Reading(self.does, tuple(sorted(slots.items())), self.domains, self.rank)


def reading_of(result: RecognizeResult, template: Template, book: NameBook, joining: frozenset[str]) -> Reading | None:
    """Return the reading of a match, None where it is none: a greedy wildcard, a name that the verb cannot reach."""
    slots: dict[str, Any] = {}
    wildcards = 0
    for entity in result.entities_list:
        if entity.is_wildcard:
            wildcards += 1
            if _greedy(str(entity.text), joining) or not _PAUSES.isdisjoint(result.original_text):
                return None
        slots[_RENAMED.get(entity.name, entity.name)] = entity.value
    said = {name: value for name, value in template.fixed.items() if name != "states"}
    slots = {**said, **slots}
    if not template.own:
        slots = _package_slots(slots, template, {entity.name for entity in result.entities_list})
    does = str(slots.pop("does", template.does))
    reach = REACH[does] if template.domains is None or does == "q_value" else REACH[does] & template.domains
    thing = slots.get("thing")
    weak = 0
    if thing is not None:
        bearers = [bearer for bearer in book.things.get(str(thing), ()) if bearer.domain in reach]
        if not bearers:
            return None
        weak = int(all(bearer.weak for bearer in bearers))
    kind = KINDS.get(str(slots.get("kind", "")).partition("/")[0])
    if kind is not None and thing is None and not does.startswith("q_") and kind.domains.isdisjoint(reach):
        return None
    rank = (
        int(does == "activate" and not result.text_chunks_matched),  # a name alone never beats a sentence with a verb
        0 if thing is not None and not weak else 1,
        int(does != "q_presence"),
        wildcards,
        -len(str(thing or "")),
        weak,
        int(does == "choose"),
        int(slots.get("where") == "here" and "kind" in slots and not template.own),
        -result.text_chunks_matched,
        len(slots),
    )
    return Reading(does, tuple(sorted(slots.items(), key=lambda slot: slot[0])), template.domains, rank)


def _greedy(text: str, joining: frozenset[str]) -> bool:
    words = text.casefold().split()
    if len(words) > _MOST_WORDS:
        return True
    return not joining.isdisjoint(words) or (
        not text.isascii() and any(joiner in text for joiner in joining if not joiner.isascii())
    )


def _package_slots(slots: dict[str, Any], template: Template, said: set[str]) -> dict[str, Any]:
    """Return the package's slots in our terms."""
    slots = dict(slots)
    if slots.get("area") == HERE:
        del slots["area"]
        slots["where"] = "here"
    domain, classes = slots.pop("domain", None), slots.pop("device_class", None)
    if "thing" not in slots and template.does != "q_presence":
        kind = _kind(domain, classes) or slots.get("kind")
        if kind is not None:
            slots["kind"] = kind if "/" in kind else f"{kind}/many"
            if not {"area", "floor", "where"} & set(slots) and template.does in {"on", "off"}:
                slots["all"] = "all"
    if "thing" in slots:
        slots.pop("kind", None)
    _package_values(slots, template, said)
    return slots


def _kind(domain: object, classes: object) -> str | None:
    first = classes[0] if isinstance(classes, list) and classes else classes
    if isinstance(first, str) and first in _COVER_KINDS:
        return first
    return _DOMAIN_KINDS.get(domain[0] if isinstance(domain, list) and domain else str(domain))


def _package_values(slots: dict[str, Any], template: Template, said: set[str]) -> None:
    if template.does == "light" and "num" in slots:
        if "brightness" in said:
            slots.update(does="level", attr="brightness")
        else:
            slots["white"] = slots.pop("num")
    if template.does == "relative":
        step = slots.pop("volume_step", None)
        up = step == "up" or (isinstance(step, (int, float)) and step > 0)
        slots.update(does="more" if up else "less")
        if isinstance(step, (int, float)):
            slots["num"] = abs(step)
    words: Mapping[str, str] = _STATE_WORDS.get(template.fixed.get("states") or "", {})
    if template.does == "q_presence":
        slots["zone"] = _zone(slots.pop("state", None))
    elif "state" in slots:
        slots["state"] = words.get(str(slots["state"]), slots["state"])


def _zone(state: object) -> str | None:
    return str(state).strip() if state is not None else None
