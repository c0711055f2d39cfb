"""Words that only mean something after what was said before: "a bit warmer", "again", "not that one", "turn it off".

Pure: text in, a ``Reference`` out, None where the sentence stands by itself.  A reference is taken only when the whole
sentence is one, so that nothing that means something on its own is caught here.  English first; of the other languages
the short forms.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from claw.house.text import plain
from claw.mind.tongues import MUCH, TONGUES, TOO, Tongue, Verb

LONGEST = 80
"""More characters than this are never a mere reference."""


@dataclass(frozen=True, slots=True)
class Step:
    """More or less of something; ``direction`` 1, -1, ONWARD or BACKWARD; no domains: whatever moved last.

    ``complaint`` is what was found to be too much or too little, in the words for it; empty where nothing was.
    """

    direction: int
    domains: frozenset[str]
    size: float = 1.0
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """The same once more."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Not that: back to what it was; ``disliked`` where it was only said that it is not liked."""

    disliked: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """The other thing of the kind in the same area; ``instead`` takes the first act back; ``every`` means all."""

    domain: str | None = None
    instead: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class Also:
    """The same with a named area, floor or thing; ``instead`` takes the first act back."""

    name: str
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Do:
    """Another verb for the same things: "turn it off"."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class SetTo:
    """A figure for the same things: "set it to 40 %"; ``unit`` is "%", "c", "f", "°" or empty."""

    value: float
    unit: str


Reference = Step | Again | Undo | Other | Also | Do | SetTo

_POLITE = re.compile(
    r"^(?:please|ok|okay|bitte|alsjeblieft|请)[, ]*|[, ]*(?:please|bitte|alsjeblieft|s'il (?:te|vous) plaît)$"
)


def refer(text: str, language: str) -> Reference | None:
    """Return what ``text`` refers to when it is nothing but a reference in ``language``, else None.

    A question is no reference, nor is anything longer than ``LONGEST`` or with characters that cannot be seen.
    """
    said = _normal(text)
    if said is None:
        return None
    return next(_read(said, _grammar(language if language in TONGUES else "en")), None)


class _Grammar(NamedTuple):
    """The compiled patterns of one language."""

    tongue: Tongue
    step: re.Pattern[str]
    other: re.Pattern[str]
    every: re.Pattern[str]
    instead: re.Pattern[str]
    also: tuple[re.Pattern[str], ...]
    fixed: tuple[tuple[re.Pattern[str], Reference], ...]
    set_to: re.Pattern[str]


@lru_cache(maxsize=len(TONGUES))
def _grammar(language: str) -> _Grammar:
    tongue = TONGUES[language]
    words = "|".join(sorted(map(re.escape, tongue.steps), key=len, reverse=True))
    kinds = f"(?:{'|'.join(sorted(tongue.kinds, key=len, reverse=True))})"

    def build(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern.replace("{words}", words).replace("{kinds}", kinds))

    return _Grammar(
        tongue,
        build(tongue.step),
        build(tongue.other),
        build(tongue.every),
        build(tongue.instead),
        tuple(build(pattern) for pattern in tongue.also),
        (
            *((build(pattern), Do(verb)) for pattern, verb in tongue.verbs.items()),
            (build(tongue.again), Again()),
            (build(tongue.undo), Undo()),
            (build(tongue.dislike), Undo(disliked=True)),
        ),
        build(tongue.set_to),
    )


def _normal(text: str) -> str | None:
    if len(text) > LONGEST:
        return None
    folded = " ".join(text.split())
    if plain(folded, LONGEST) != folded or folded.endswith(("?", "\uff1f")):
        return None
    said = folded.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    said = re.sub(r"(?<!\d)[,;]|[,;](?!\d)|[.!\u3002\uff01\uff0c]+$", " ", said.rstrip(" .!\u3002\uff01"))
    said = _POLITE.sub("", " ".join(said.split()))
    return " ".join(said.split()) or None


def _read(said: str, grammar: _Grammar) -> Iterator[Reference]:
    """Yield the readings of a sentence, the narrowest first."""
    if found := grammar.step.fullmatch(said):
        yield _step(found, grammar.tongue)
    yield from (reference for pattern, reference in grammar.fixed if pattern.fullmatch(said))
    if found := grammar.set_to.fullmatch(said):
        yield _set_to(found)
    yield from _pointing(said, grammar)


def _pointing(said: str, grammar: _Grammar) -> Iterator[Reference]:
    instead = grammar.instead.match(said)
    rest = said[instead.end() :] if instead else said
    for pattern, every in ((grammar.other, False), (grammar.every, True)):
        if found := pattern.fullmatch(rest):
            kind = (found.groupdict().get("kind") or "").strip()
            yield Other(grammar.tongue.kinds.get(kind), instead=instead is not None, every=every)
    if instead:
        yield Also(_ARTICLE.sub("", rest), instead=True)
    else:
        yield from (Also(found["name"]) for pattern in grammar.also if (found := pattern.fullmatch(said)))


_ARTICLE = re.compile(r"^(?:in |im )?(?:the |der |die |das |den |le |la |les |l'|de |het )?")


def _step(found: re.Match[str], tongue: Tongue) -> Step:
    word = found["word"]
    direction, domains = tongue.steps[word]
    groups = found.groupdict()
    small = groups.get("bit") or (groups.get("after") or "").startswith(" a")
    size = 0.5 if small else 2.0 if (groups.get("much") or "").strip() in MUCH else 1.0
    return Step(direction, domains, size, word if word.startswith(TOO) else "")


def _set_to(found: re.Match[str]) -> SetTo:
    groups = found.groupdict()
    value = groups["value"] or groups.get("value2") or ""
    unit = groups.get("unit") or groups.get("unit2") or ""
    if unit.startswith("°") and len(unit) > 1:
        return SetTo(float(value.replace(",", ".")), unit[-1])
    degrees = unit.startswith(("°", "d", "g", "\u5ea6"))
    return SetTo(float(value.replace(",", ".")), "°" if degrees else unit and "%")
