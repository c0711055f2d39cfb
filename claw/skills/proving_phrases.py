"""The phrases of a skill, said: every form of each, with names and figures of a house in its places.

A phrase that another part of Claw already understands would be heard there and not here, or, worse, the other way
round; so each is said once, in a proof, to everybody who listens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from claw.base.action import Json
from claw.house.model import House
from claw.skills.manifest import SLOT, Manifest, Parameter
from claw.skills.model import Skill
from claw.skills.phrases import Phrases, folded, forms
from claw.skills.proving_ground import Sentences

MOST_NAMES = 3
"""Values of one place that are tried."""
MOST_SAID = 400
"""Sentences of one skill that are tried."""

_MINUTES = {"en": "minutes", "de": "Minuten", "fr": "minutes", "nl": "minuten", "zh": "分钟"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence that means the skill: in which language, and the phrase it is of."""

    text: str
    language: str
    phrase: str


def spoken(manifest: Manifest, house: House) -> Iterator[Spoken]:
    """Give every form of every phrase, with values of ``house`` in its slots; those without any value are left out."""
    said = manifest.triggers.phrases if manifest.triggers else None
    for language, phrases in (said or {}).items():
        for phrase in phrases:
            for form in forms(phrase):
                for text in _filled(form, manifest, house, language):
                    yield Spoken(text, language, phrase)


async def stolen(skill: Skill, house: House, sentences: Sentences) -> tuple[tuple[Spoken, str], ...]:
    """Return the sentences that somebody else understands, or that are not understood as this skill, each with why."""
    own = Phrases([(skill.name, skill.manifest)])
    found: list[tuple[Spoken, str]] = []
    for one in islice(spoken(skill.manifest, house), MOST_SAID):
        why = await _wrong(one, skill, house, own, sentences)
        if why:
            found.append((one, why))
    return tuple(found)


async def _wrong(one: Spoken, skill: Skill, house: House, own: Phrases, sentences: Sentences) -> str:
    if not own.match(one.text, [one.language]):
        return "it is not understood as its own"
    if control := sentences.resembles(one.text, one.language):
        return f"it may be taken for {control!r}"
    taken = await sentences.taken(one.text, one.language, skill.name)
    return f"it is understood already: {taken}" if taken and not _is_for_a_scene(one, skill, house) else ""


def _is_for_a_scene(one: Spoken, skill: Skill, house: House) -> bool:
    """Return whether a household calls a scene of its own what a skill that came with Claw listens to.

    Their scene goes first, and nothing is taken from anybody: who ships a "good night" cannot know who has one already.
    """
    if skill.manifest.provenance.made != "shipped":
        return False
    scenes = [entity for entity in house.registry.entities.values() if entity.domain in {"scene", "script"}]
    return any(folded(name) and folded(name) in folded(one.text) for entity in scenes for name in entity.names)


def _filled(form: str, manifest: Manifest, house: House, language: str) -> Iterator[str]:
    slots = list(dict.fromkeys(SLOT.findall(form)))
    if not slots:
        yield form
        return
    values = {slot: _values(manifest.parameters[slot], house, language) for slot in slots}
    if not all(values.values()):
        return
    for turn in range(max(map(len, values.values()))):
        text = form
        for slot in slots:
            text = text.replace(f"{{{slot}}}", values[slot][turn % len(values[slot])])
        yield text


def _values(parameter: Parameter, house: House, language: str) -> Sequence[str]:
    """Return words for a value, as somebody would say it in this house."""
    match parameter.type:
        case "entity":
            domains = parameter.domain or ()
            things = (one for one in house.registry.entities.values() if one.domain in domains and not one.hidden)
            return [one.name for one in islice(things, MOST_NAMES)]
        case "area":
            return [one.name for one in islice(house.registry.areas.values(), MOST_NAMES)]
        case "number":
            return [f"{value:g}" for value in _range(parameter)]
        case "duration":
            return [f"{max(1, round(value / 60))} {_MINUTES[language]}" for value in _range(parameter)]
        case "enum":
            return list(parameter.values or ())[:MOST_NAMES]
        case "bool":
            return []


def _range(parameter: Parameter) -> list[float]:
    low, high = parameter.min or 0.0, parameter.max or 0.0
    return list(dict.fromkeys((low, high, round((low + high) / 2))))


def example(parameter: Parameter, house: House) -> Json:
    """Return a value that a run may be given in ``house``, None where there is none."""
    if parameter.default is not None:
        return parameter.default
    match parameter.type:
        case "entity":
            domains = parameter.domain or ()
            return next((one for one in sorted(house.states) if one.partition(".")[0] in domains), None)
        case "area":
            return next(iter(sorted(house.registry.areas)), None)
        case "number" | "duration":
            return parameter.min
        case "enum":
            return (parameter.values or (None,))[0]
        case "bool":
            return True
