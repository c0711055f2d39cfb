"""Which newcomer took the place of a thing that is gone: by its kind, its words and its room; a tie is asked.

Nothing of the lost thing is left but its id, the names that people gave it and what is done with it.  So a match is a
guess, made only where one newcomer is clearly the likeliest, never across kinds, and never for what guards the house,
sets others off or decides about others: there a person says it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from claw.house.file import ENTITY_ID
from claw.house.model import Entity, Registry
from claw.house.text import quoted
from claw.policy.risky import RISKY, RISKY_COVERS

CLEAR: Final = 2.0
"""So much has to speak for a newcomer."""
AHEAD: Final = 1.0
"""So much more has to speak for it than for any other."""
MOST_CHOICES: Final = 4
_WORDS: Final = 5.0
_AREA: Final = 3.0
_CLASS: Final = 2.0

SETTING_OFF: Final = frozenset({"script", "scene", "automation", "button", "input_button", "group"})
WHERE_PEOPLE_ARE: Final = frozenset({"person", "device_tracker"})
OUTER: Final = frozenset(RISKY_COVERS - {None})

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Gone:
    """A thing that is named and that the house has no more.

    ``names`` are what people called it, ``deciding`` says that others hang on it, ``before`` are registry ids that were
    known before it or with it and are so no newcomers, ``taken`` says that its id is another's today.
    """

    entity_id: str
    names: tuple[str, ...] = ()
    deciding: bool = False
    before: frozenset[str] = frozenset()
    taken: bool = False

    @property
    def domain(self) -> str:
        """The kind of thing it was."""
        return self.entity_id.partition(".")[0]


@dataclass(frozen=True)
class Pair:
    """One line of the mapping: ``said`` where a person said it, ``same`` where it is one thing under another id."""

    old: str
    new: str
    why: str
    said: bool = False
    same: bool = False


@dataclass(frozen=True)
class Asked:
    """What a person has to say: ``why`` it is not guessed, and the likeliest newcomers."""

    old: str
    why: str
    choices: tuple[str, ...] = ()


def matched(
    gone: Sequence[Gone], registry: Registry, named: Collection[str]
) -> tuple[tuple[Pair, ...], tuple[Asked, ...]]:
    """Return which newcomer each thing became, and which of them have to be asked for.

    ``named`` are the ids that something names already: what has its own place took no other's.
    """
    pairs: list[Pair] = []
    asked: list[Asked] = []
    for one in gone:
        found = _likeliest(one, registry, named)
        if isinstance(found, Pair):
            pairs.append(found)
        else:
            asked.append(found)
    wanted: dict[str, list[Pair]] = {}
    for pair in pairs:
        wanted.setdefault(pair.new, []).append(pair)
    for new, those in wanted.items():
        if len(those) > 1:
            asked += [Asked(pair.old, "several things that are gone fit the same newcomer", (new,)) for pair in those]
    alone = tuple(pair for pair in pairs if len(wanted[pair.new]) == 1)
    return alone, tuple(sorted(asked, key=lambda one: one.old))


def guarded(gone: Gone, new: Entity | None = None) -> str:
    """Return why nobody but a person may say what took this place, empty where a guess may."""
    if gone.domain in WHERE_PEOPLE_ARE:
        return "it says where somebody is"
    if gone.domain in SETTING_OFF:
        return "it sets others off"
    if gone.domain == "cover":
        outer = bool(_words(gone.entity_id) & OUTER) or new is None or new.device_class in RISKY_COVERS
        if outer:
            return "it may be a door or a garage"
    elif gone.domain in RISKY:
        return "it guards the house"
    return "others hang on what it says" if gone.deciding else ""


def _likeliest(gone: Gone, registry: Registry, named: Collection[str]) -> Pair | Asked:
    newcomers = [one for one in registry.entities.values() if _may_be(one, gone, named)]
    scored = sorted(
        ((*_score(gone, one, registry), one) for one in newcomers), key=lambda row: (-row[0], row[2].entity_id)
    )
    choices = tuple(one.entity_id for score, _, one in scored if score > 0)[:MOST_CHOICES]
    best = scored[0] if scored else None
    if why := guarded(gone, best[2] if best else None):
        return Asked(gone.entity_id, f"{why}, so it is not guessed", choices)
    if best is None:
        return Asked(gone.entity_id, f"the house has no {gone.domain} that came in its place")
    score, reasons, new = best
    if score < CLEAR:
        return Asked(gone.entity_id, "nothing speaks clearly for any newcomer", choices)
    if len(scored) > 1 and score - scored[1][0] < AHEAD:
        return Asked(gone.entity_id, "more than one newcomer fits as well", choices)
    return Pair(gone.entity_id, new.entity_id, "; ".join(reasons))


def _may_be(one: Entity, gone: Gone, named: Collection[str]) -> bool:
    if one.domain != gone.domain or one.hidden or one.category or not ENTITY_ID.fullmatch(one.entity_id):
        return False
    if one.entity_id == gone.entity_id:
        return gone.taken
    return one.entity_id not in named and one.registry_id not in gone.before


def _score(gone: Gone, one: Entity, registry: Registry) -> tuple[float, list[str]]:
    """Return how much speaks for a newcomer, and what."""
    if one.entity_id == gone.entity_id:
        return 2 * (_WORDS + _AREA + _CLASS), ["it has the same id"]
    score, reasons = 0.0, [f"both are a {gone.domain}"]
    old = _words(gone.entity_id).union(*map(_words, gone.names))
    shared = _words(gone.entity_id) & _words(one.entity_id, *one.names)
    by_name = {name for name in gone.names if set(_words(name)) & _words(one.entity_id, *one.names)}
    if shared:
        score += _WORDS * len(shared) / len(_words(gone.entity_id))
        reasons.append(f"both are called {' '.join(sorted(shared))}")
    elif by_name:
        score += 1
        reasons.append(f"people called it {quoted(min(by_name), 40)}")
    areas = {
        area.id for area in registry.areas.values() if _within(_words(area.id), old) or _within(_words(area.name), old)
    }
    if one.area in areas:
        score += _AREA
        reasons.append(f"it is in {quoted(registry.areas[one.area].name, 40)}")
    elif areas and one.area is not None:
        score -= _AREA
    if one.device_class and _within(_words(one.device_class), old):
        score += _CLASS
        reasons.append(f"it is a {one.device_class}")
    return score, reasons


def _within(words: frozenset[str], all_of: Collection[str]) -> bool:
    return bool(words) and words <= set(all_of)


def _words(*texts: str) -> frozenset[str]:
    """Return the words of ids and names, without the kind that an id begins with."""
    bare = (text.partition(".")[2] if ENTITY_ID.fullmatch(text) else text for text in texts)
    return frozenset(word.casefold() for text in bare for word in _WORD.findall(text))


def said(replace: Iterable[str]) -> Mapping[str, str]:
    """Return what ``OLD=NEW`` says, by the old id; raises ValueError for what is none, or says two things of one."""
    found: dict[str, str] = {}
    for text in replace:
        old, sign, new = (part.strip() for part in text.partition("="))
        if not sign or not ENTITY_ID.fullmatch(old) or not ENTITY_ID.fullmatch(new):
            raise ValueError(f"found {quoted(text)}, expected such as light.old=light.new")
        if old.partition(".")[0] != new.partition(".")[0]:
            raise ValueError(f"{old} and {new} are of different kinds: one never takes the other's place")
        if old in found or new in found.values():
            raise ValueError(f"{quoted(text)}: each id can be said once")
        found[old] = new
    return found
