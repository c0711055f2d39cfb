"""A question's card in words, for where there is no page: a notification, a chat.

The lines are the card's own (``claw/gate/card.py``): names stand in quotes and are cut there, risky lines come first.
Where not all of them fit, nobody can say yes beside them: who approves has seen all of it.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from claw.base.action import Json
from claw.gate.channel_words import way
from claw.house.text import plain

LONGEST = 1_000
"""Characters: what a notification shows at all, and what a person reads before a tap."""

_ROOM_FOR_REST = 40


def card_words(card: Mapping[str, Json], longest: int = LONGEST) -> str:
    """Return the card in lines of plain text, at most ``longest`` characters; what is left out is counted."""
    lines = _lines(card)
    if len("\n".join(lines)) <= longest:
        return "\n".join(lines)
    kept: list[str] = []
    room = longest - _ROOM_FOR_REST
    for line in lines:
        if room < len(line) + 1:
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join([*kept, f"… and {len(lines) - len(kept)} more lines on the page"])


def fits(card: Mapping[str, Json], longest: int = LONGEST) -> bool:
    """Return whether all of the card stands in its words."""
    return len("\n".join(_lines(card))) <= longest


def _lines(card: Mapping[str, Json]) -> list[str]:
    question = plain(_text(card.get("question")), LONGEST)
    things = [_thing(line) for line in _mappings(card.get("lines"))]
    return [question, *dict.fromkeys(things), *_around(card)]


def _thing(line: Mapping[str, Json]) -> str:
    name, becomes = _text(line.get("name")) or _text(line.get("does")), _text(line.get("becomes"))
    where = ", ".join(filter(None, (_text(line.get("device_class")), _text(line.get("area")))))
    was = _text(line.get("was"))
    change = f"{was} → {becomes}" if was else becomes
    mark = "also " if line.get("also") is True else ""
    return plain(f"• {mark}{name}{f' ({where})' if where else ''}{f': {change}' if change else ''}", 300)


def _around(card: Mapping[str, Json]) -> list[str]:
    """Return who asks, what from outside had a part in it, and why it is asked at all."""
    asker, place, channel = (_text(card.get(key)) for key in ("asker", "place", "channel"))
    where = f" in {place}" if place else ""
    through = f", {way(channel)}" if channel else ""
    by = f"Asked by {asker or 'nobody known'}{through}{where}" if asker or channel else ""
    influenced = card.get("influenced")
    sources = [_text(one) for one in influenced] if isinstance(influenced, Sequence) else []
    outside = f"Text from outside had a part in it: {', '.join(sources)}" if sources else ""
    why = _text(card.get("why"))
    return [plain(line, 300) for line in (by, outside, f"Asked because {why}" if why else "") if line]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _mappings(value: Json) -> list[Mapping[str, Json]]:
    found = cast("Sequence[Json]", value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [cast("Mapping[str, Json]", one) for one in found if isinstance(one, Mapping)]
