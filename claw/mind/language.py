"""One language's sentences: the package's, less what is never mapped, and ours on top.

The package (home-assistant-intents) brings templates that volunteers keep for each language; our
``sentences/<language>.yaml`` brings what it lacks and the words that must be recognised without it.  Both become
``Template``: one sentence each, with the verb of ours that it means.  Package templates that lock or unlock are
left out whole: in several languages they are the words for "open" and "turn off".
"""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any, cast

import yaml
from hassil import Intents as Compiled
from hassil.intents import IntentData

from claw.base.errors import Broken
from claw.mind.clauses import Index, index_of
from claw.mind.listed import listed
from claw.mind.package import VERBS, domains_of, fixed_of, state_list, verb_of

SHIPPED = ("en", "de", "fr", "nl", "zh")

_KEPT = ("examples", "memos", "skills")
"""Sections of a file that others read.  The templates are most of it and are read again when they are parsed: the files
of five languages are 1 MB as objects, and four of the languages sleep as a rule."""


@dataclass(frozen=True, eq=False)
class Template:
    """One sentence template, the verb it means, what it fixes, and the domains its ``{name}`` may have."""

    data: IntentData
    does: str
    fixed: Mapping[str, Any]
    domains: frozenset[str] | None
    own: bool


@dataclass(frozen=True)
class Language:
    """Everything that is known of a language before any house is."""

    code: str
    controls: Mapping[str, str]
    address: tuple[str, ...]
    polite: tuple[str, ...]
    joiners: Mapping[str, tuple[str, ...]]
    verbs: tuple[str, ...]
    tails: tuple[str, ...]
    articles: tuple[str, ...]
    floors: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str]
    endings: Mapping[str, tuple[str, ...]]
    units: Mapping[str, tuple[str, ...]]
    reserved: frozenset[str]
    spoken: Mapping[str, tuple[str, ...]]
    spaceless: bool
    orders: tuple[str, ...]
    no_names: frozenset[str]
    raw: Mapping[str, Any] = field(repr=False)

    @cached_property
    def compiled(self) -> "Sentences":
        """Parse the templates: some 100 ms, so done once and not before it is needed."""
        return _sentences(self)


@dataclass(frozen=True)
class Sentences:
    """The parsed templates of a language, with hassil's own lists and rules."""

    templates: tuple[Template, ...]
    hassil: Compiled

    @cached_property
    def index(self) -> Index:
        """What each template requires; of no house, so made once."""
        rows = ((template.data.sentences[0].expression, template.does) for template in self.templates)
        return index_of(rows, self.hassil.expansion_rules)


def load(code: str) -> Language:
    """Return the language ``code`` (one of ``SHIPPED``); raises Broken when its file is missing or no mapping."""
    raw = written(code)
    return Language(
        code=code,
        # Who types what stops everything by voice means it too.
        controls={phrase.casefold(): word for word, phrases in raw.get("controls", {}).items() for phrase in phrases}
        | {phrase.casefold(): "stop" for phrase in raw.get("spoken", {}).get("stop", ())},
        address=_texts(raw, "address"),
        polite=_texts(raw, "polite"),
        joiners={key: _longest_first(phrases) for key, phrases in raw.get("joiners", {}).items()},
        verbs=_longest_first(raw.get("verbs", ())),
        tails=_texts(raw, "tails"),
        articles=_longest_first(raw.get("articles", ())),
        floors={key: tuple(words) for key, words in raw.get("floors", {}).items()},
        kinds={
            phrase: f"{kind}/{number}"
            for kind, numbers in raw.get("kinds", {}).items()
            for number, phrases in numbers.items()
            for phrase in phrases
        },
        endings={domain: tuple(words) for domain, words in raw.get("name_endings", {}).items()},
        units={unit: _longest_first(words) for unit, words in raw.get("units", {}).items()},
        reserved=frozenset(_reserved(raw)),
        spoken={key: tuple(words) for key, words in raw.get("spoken", {}).items()},
        spaceless=code == "zh",
        orders=_texts(raw, "orders"),
        no_names=frozenset(_texts(raw, "no_names")),
        raw={key: raw[key] for key in _KEPT if key in raw},
    )


def written(code: str) -> dict[str, Any]:
    """Return the file of a language as it is written; raises Broken when it is missing or no mapping."""
    if code not in SHIPPED:
        raise Broken(f"there are no sentences for the language {code!r}; there are for {', '.join(SHIPPED)}")
    text = files("claw.mind").joinpath("sentences", f"{code}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    raw = yaml.load(text, Loader=loader)  # noqa: S506  both are safe loaders; the C one is ten times faster
    if not isinstance(raw, dict):
        raise Broken(f"sentences/{code}.yaml does not hold a mapping")
    return cast("dict[str, Any]", raw)


def _reserved(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words that are no shortened name of a thing: "temperature" is what is asked, not a sensor."""
    for values in (raw.get("measures", {}), raw.get("lists", {}).get("attr", {}), raw.get("states", {})):
        for phrases in values.values():
            yield from (str(phrase) for phrase in phrases)


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in raw.get(key, ()))


def _longest_first(phrases: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted((str(phrase) for phrase in phrases), key=len, reverse=True))


def _sentences(language: Language) -> Sentences:
    raw = written(language.code)
    package: dict[str, Any] = {"intents": {}, "lists": {}, "expansion_rules": {}}
    if "package" in raw:
        place = files("home_assistant_intents").joinpath("data", f"{raw['package']}.json")
        package = json.loads(place.read_text(encoding="utf-8"))
    dropped = set(raw.get("drop", ()))
    kept = {name: intent for name, intent in package["intents"].items() if name in VERBS and name not in dropped}
    merged = {
        "language": raw.get("package", language.code),
        "intents": {
            **kept,
            **{f"claw:{does}": {"data": _own(blocks)} for does, blocks in raw.get("intents", {}).items()},
        },
        "lists": {**package["lists"], **_lists(raw, language.kinds)},
        "expansion_rules": {**package["expansion_rules"], **raw.get("rules", {})},
        "skip_words": package.get("skip_words", []),
        "settings": package.get("settings", {}),
    }
    hassil = Compiled.from_dict(merged)
    templates = tuple(
        template for name, intent in hassil.intents.items() for block in intent.data for template in _split(name, block)
    )
    lists = {name: listed(known) for name, known in hassil.slot_lists.items()}
    return Sentences(templates, dataclasses.replace(hassil, intents={}, slot_lists=lists))


def _own(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"sentences": block["say"], "metadata": {"with": block.get("with", {})}} for block in blocks]


def _lists(raw: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    lists: dict[str, Any] = {
        name: {"values": [{"in": phrase, "out": value} for value, phrases in values.items() for phrase in phrases]}
        for name, values in raw.get("lists", {}).items()
    }
    for name, plural in (("state", "states"), ("measure", "measures")):
        values = raw.get(plural, {})
        lists[name] = {"values": [{"in": said, "out": value} for value, phrases in values.items() for said in phrases]}
    lists["kind"] = {"values": [{"in": phrase, "out": kind} for phrase, kind in kinds.items()]}
    lists.update({name: {"range": spec} for name, spec in raw.get("numbers", {}).items()})
    lists.update({name: {"wildcard": True} for name in raw.get("wildcards", ())})
    return lists


def _split(name: str, block: IntentData) -> Iterator[Template]:
    if name.startswith("claw:"):
        fixed = (block.metadata or {}).get("with", {})
        for text in block.sentence_texts:
            yield Template(dataclasses.replace(block, sentence_texts=[text]), name[5:], fixed, None, own=True)
        return
    domains = frozenset(domains_of(block))
    does = verb_of(name, block, domains)
    if does is None:
        return
    for text in block.sentence_texts:
        fixed = {**fixed_of(name, block), "states": state_list(text)}
        yield Template(dataclasses.replace(block, sentence_texts=[text]), does, fixed, domains or None, own=False)
