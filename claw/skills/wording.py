"""The words of a learned skill, made of the words it was asked in: its phrases, its name, what it does.

No model is asked.  A phrase is a request with the words of its parameters taken out; what is said about the skill is
written from its steps, by the names of the house.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence

from claw.base.errors import Refused
from claw.house.model import House
from claw.house.text import plain as cleaned
from claw.skills.mentions import Mention, words
from claw.skills.model import Trace
from claw.skills.naming import noun
from claw.skills.plan import SLOT, Chosen, Doing, Fixed, Named, Plan

LONGEST_PHRASE = 120
LONGEST_NAME = 48
LONG_WORD = 6
MOST_PHRASES = 6
MOST_NAMED = 4

_FRINGE = re.compile(r"^[\s,.;:!?…。！？，、]+|[\s,.;:!?…。！？，、]+$")  # noqa: RUF001  the marks of Chinese
_BRACES = re.compile(r"[\[\]{}()|<>]")
_COURTESY: Mapping[str, str] = {
    "en": r"(please|could you|can you|would you|will you|hey|ok|okay)",
    "de": r"(bitte|kannst du|könntest du|würdest du|hey|ok)",
    "fr": r"(s'il te plaît|s’il te plaît|stp|peux-tu|tu peux|pourrais-tu|ok)",  # noqa: RUF001  as people type it
    "nl": r"(alsjeblieft|alstublieft|kun je|kan je|wil je|ok)",
    "zh": r"(请你?|帮我|麻烦你?|麻烦)",
}
_ARTICLES: Mapping[str, Mapping[str, str]] = {
    "en": {"the": "[the]", "my": "[my]"},
    "de": {"im": "[im] [in] [der]", "der": "[der]", "die": "[die] [das] [den]", "das": "[die] [das] [den]",
           "den": "[die] [das] [den]", "dem": "[dem] [der]"},
    "fr": {"le": "[le] [la]", "la": "[le] [la]", "les": "[les]"},
    "nl": {"de": "[de] [het]", "het": "[de] [het]"},
}  # fmt: skip
"""What stands before the name of a room changes with it."""

_INTO: Mapping[str, str] = {"en": "in [the] {}", "de": "[im] [in] [der] {}", "fr": "dans [le] [la] {}",
                            "nl": "in [de] [het] {}"}  # fmt: skip
"""How a room is named where the request said "in here"."""

_AT: Mapping[str, str] = {"en": "at", "de": "mit", "fr": "à", "nl": "op"}

_SMALL = frozenset(
    {"a", "an", "the", "in", "at", "to", "of", "on", "for", "with", "my", "im", "der", "die", "das", "auf", "mit", "le"}
    | {"la", "les", "dans", "de", "du", "het", "een", "op", "met", "by", "and", "und", "et", "en"}
)
_VERBS: Mapping[str, str] = {
    "turn_on": "turns on", "turn_off": "turns off", "toggle": "toggles", "open_cover": "opens", "close_cover": "closes",
    "set_cover_position": "moves", "set_temperature": "sets", "set_hvac_mode": "sets", "volume_set": "sets",
    "select_source": "sets", "media_play": "plays", "media_pause": "pauses", "media_stop": "stops", "lock": "locks",
    "unlock": "unlocks", "start": "starts", "return_to_base": "sends home", "dock": "sends home", "press": "presses",
    "set_preset_mode": "sets", "set_percentage": "sets", "volume_mute": "mutes",
}  # fmt: skip


def phrases(plan: Plan, traces: Sequence[Trace], called: str = "") -> dict[str, tuple[str, ...]]:
    """Return what is said to run it, by language: each request as it was said, with its parameters' places open.

    ``called`` is a name that was given to it, in the language of the last request.
    """
    found: dict[str, dict[str, None]] = {}
    for at, trace in enumerate(traces):
        for one in _templates(plan, at, trace):
            found.setdefault(trace.language, {})[one] = None
    if called and traces:
        language = traces[-1].language
        named = _BRACES.sub(" ", _tidy(called, language))
        first = [named, *_at(named, plan, language)] if _long_enough(named) or _is_long_word(named) else []
        found[language] = {**dict.fromkeys(first), **found.get(language, {})}
    return {language: tuple(ones)[:MOST_PHRASES] for language, ones in found.items() if ones}


def _at(named: str, plan: Plan, language: str) -> Iterator[str]:
    """Yield how a name is said with the figure that may change, where there is one: "reading time at 40 percent"."""
    figures = [one for one in plan.parameters if one.spec.type == "number" and not any(one.named)]
    if len(figures) == 1:
        yield f"{named} {_AT.get(language, '')} {SLOT % figures[0].name}".replace("  ", " ")


def _templates(plan: Plan, at: int, trace: Trace) -> Iterator[str]:
    """Yield the phrases of one request, the nearest to how it was said first."""
    slots = [(one.name, mention) for one in plan.parameters if (mention := one.named[at]) is not None]
    named = [(name, mention) for name, mention in slots if mention.kind != "here"]
    yield from _kept(_cut(trace.said, named, trace.language), trace.language)
    here = next(((name, mention) for name, mention in slots if mention.kind == "here"), None)
    into = _INTO.get(trace.language)
    if here is not None:
        other = (here[0], here[1], into.format(SLOT % here[0]) if into is not None else SLOT % here[0])
        text = _cut(trace.said, [*named, (other[0], other[1])], trace.language, {here[1]: other[2]})
        yield from _kept(text, trace.language)


def _kept(text: str, language: str) -> Iterator[str]:
    tidy = _tidy(text, language)
    if _long_enough(tidy):
        yield tidy


def _cut(
    said: str, slots: Sequence[tuple[str, Mention]], language: str, instead: Mapping[Mention, str] | None = None
) -> str:
    """Return ``said`` with places for the parameters; what has a meaning in a phrase is taken out of the rest."""
    parts: list[str] = []
    end = 0
    for name, mention in sorted(slots, key=lambda one: one[1].start):
        before = _BRACES.sub(" ", said[end : mention.start])
        place = (instead or {}).get(mention) or SLOT % name
        parts += [_loosened(before, language), place]
        end = mention.end
    parts.append(_BRACES.sub(" ", said[end:]))
    return "".join(parts)


def _loosened(before: str, language: str) -> str:
    """Return the words before a name with its article made optional."""
    stripped = before.rstrip()
    head, _, article = stripped.rpartition(" ")
    other = _ARTICLES.get(language, {}).get(article.casefold())
    return before if other is None else f"{head} {other} "


def _tidy(text: str, language: str) -> str:
    """Return a phrase without courtesies, marks at its ends and double spaces, in lower case."""
    text = re.sub(r"\s+", " ", text.casefold()).strip()
    polite = _COURTESY.get(language)
    while True:
        plain = _FRINGE.sub("", text)
        if polite is not None:
            edge = r"\b" if language != "zh" else ""
            plain = re.sub(rf"^{polite}{edge}|{edge}{polite}$", "", plain).strip()
        if plain == text:
            return text
        text = plain


def _long_enough(phrase: str) -> bool:
    """Return whether a phrase says enough to be meant: two words, one and a parameter, three characters of Chinese."""
    own = words(re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", phrase))
    signs = sum(len(one.plain) == 1 and ord(one.plain) > 0x3400 for one in own)  # noqa: PLR2004  where Chinese begins
    least = 1 if "{" in phrase else 2
    return len(phrase) <= LONGEST_PHRASE and (len(own) - signs >= least or signs > least)


def _is_long_word(name: str) -> bool:
    """Return whether a name that was given is one word that cannot be said by accident: German writes two as one."""
    return name.isalpha() and LONG_WORD <= len(name) <= LONGEST_PHRASE


def name(said: Mapping[str, Sequence[str]], plan: Plan, called: str, taken: Collection[str]) -> str:
    """Return a name for its folder: that which it was called, else of its first phrase, else of what it does.

    Raises Refused where ``called`` is a name that there is already: whoever chose it has to choose another.
    """
    wanted = slug(called)
    if wanted and wanted in taken:
        raise Refused(f"there is a skill called {wanted} already")
    first = next(iter(said.get("en", ())), "") or next((one for ones in said.values() for one in ones), "")
    bare = re.sub(r"\[[^\]]*\]", " ", first)
    base = wanted or slug(re.sub(r"\{[^}]*\}", " ", bare), small=False) or slug(_firsts(bare), small=False)
    base = base or _by_deed(plan)
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def slug(text: str, *, small: bool = True) -> str:
    """Return ``text`` as the name of a folder, without ``small`` words at its ends; empty where it makes none."""
    spread = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    parts = re.findall(r"[a-z0-9]+", "".join(char for char in spread if not unicodedata.combining(char)))
    if not small:
        while parts and parts[-1] in _SMALL:
            parts.pop()
        while parts and parts[0] in _SMALL:
            parts.pop(0)
    kept = "-".join(parts[:6])[:LONGEST_NAME].strip("-")
    return kept if any(char.isalpha() for char in kept) and (len(parts) > 1 or small) else ""


def _firsts(phrase: str) -> str:
    """Return a phrase up to its first parameter, with that one's name."""
    before, _, rest = phrase.partition("{")
    return f"{before} {rest.partition('}')[0].replace('_', ' ')}"


def _by_deed(plan: Plan) -> str:
    service = plan.doings[0].service if plan.doings else "skill"
    return slug(service.replace(".", " ").replace("_", " "))


def told(plan: Plan, house: House) -> str:
    """Return one sentence of what it does, with the names of the house."""
    parts = [_deed(doing, plan, house) for doing in plan.doings]
    text = ", ".join(dict.fromkeys(parts)) or "answers a question"
    return f"{text[0].upper()}{text[1:]}."[:900]


def _deed(doing: Doing, plan: Plan, house: House) -> str:
    service = doing.service.partition(".")[2]
    if doing.service == "claw.notify":
        return "sends a message"
    verb = _VERBS.get(service, service.replace("_", " ") + ":")
    values = [_value(key, datum, plan) for key, datum in sorted(doing.data.items())]
    with_ = f" ({', '.join(values)})" if values else ""
    return f"{verb} {_things(doing, house)}{with_}"


def _value(key: str, datum: object, plan: Plan) -> str:
    what = key.removesuffix("_pct").replace("_", " ")
    if isinstance(datum, Fixed):
        return f"{what} {datum.value}{' %' if key.endswith('_pct') else ''}"
    del plan
    return f"{what} as you say"


def _things(doing: Doing, house: House) -> str:
    what = doing.things
    if isinstance(what, Chosen):
        return f"the {noun(doing.domain)} that you name"
    if isinstance(what, Named):
        names = [_name(house, one) for one in what.ids[:MOST_NAMED]]
        more = f" and {len(what.ids) - MOST_NAMED} more" if len(what.ids) > MOST_NAMED else ""
        return ", ".join(names) + more
    where = (
        "in the room that you name" if what.given else f"in {_area(house, what.area)}" if what.area else "in the house"
    )
    return f"every {noun(what.domain or doing.domain)} {where}" + (f" that is {what.state}" if what.state else "")


def _name(house: House, entity: str) -> str:
    known = house.registry.entities.get(entity)
    return cleaned(known.name if known is not None else entity, 40)


def _area(house: House, area: str) -> str:
    known = house.registry.areas.get(area)
    return cleaned(known.name if known is not None else area, 40)
