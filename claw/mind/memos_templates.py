"""Sentence templates that a person who knows a language but no Python can mend, made into patterns.

They look like those for devices: ``[maybe]``, ``(this|that)`` and ``{slot}``.  A space stands for any space, with or
without a comma before it; a slot takes as few words as it can, and ``{slot+}`` as many.  A template is always the whole
sentence, so nothing that goes on with a command is taken for something else.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from claw.base.errors import Broken

_TOKEN = re.compile(r"\{(?P<slot>[a-z]+)(?P<greedy>\+?)\}|(?P<mark>[\[\]()|])|(?P<gap>\s+)|(?P<text>[^\[\](){}|\s]+)")
_GAP = r"(?:\s*,?\s+|(?<=\s)|^|$)"
_MARKS = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence that a template covers: what the template means, and what stood in its slots."""

    means: str
    slots: Mapping[str, str]

    def get(self, slot: str) -> str:
        """Return what stood in a slot, empty where nothing did."""
        return self.slots.get(slot) or ""


class Templates:
    """The templates of one section of one language, tried in the order in which they are written.

    Most sentences are no talk about memory, so a template is made into a pattern only once a sentence has all the words
    that it cannot do without.
    """

    def __init__(self, section: Mapping[str, Iterable[str]]) -> None:
        self._templates = tuple(
            (means, template, _needed(template)) for means, templates in section.items() for template in templates
        )

    @property
    def means(self) -> frozenset[str]:
        """What the templates may mean."""
        return frozenset(means for means, _, _ in self._templates)

    def matches(self, text: str) -> Iterator[Match]:
        """Yield what ``text`` may mean, the first template first; raises Broken for one that cannot be read."""
        folded = text.casefold()
        for means, template, needed in self._templates:
            if not all(word in folded for word in needed):
                continue
            found = compiled(template).fullmatch(text)
            if found is not None:
                yield Match(means, {slot: (said or "").strip(" ,") for slot, said in found.groupdict().items()})

    def match(self, text: str) -> Match | None:
        """Return what ``text`` means, None where no template covers it."""
        return next(self.matches(text), None)


def _needed(template: str) -> tuple[str, ...]:
    """Return the words that stand in every sentence that a template covers: those in no bracket."""
    depth, needed = 0, list[str]()
    for token in _TOKEN.finditer(template):
        if token["mark"] in {"[", "("}:
            depth += 1
        elif token["mark"] in {"]", ")"}:
            depth -= 1
        elif token["text"] and depth == 0:
            needed.append(token["text"].casefold())
    return tuple(needed)


@lru_cache(maxsize=2048)
def compiled(template: str) -> re.Pattern[str]:
    """Return the pattern of one template; raises Broken where it cannot be read."""
    pattern, end = "", 0
    for token in _TOKEN.finditer(template):
        if token.start() != end:
            break
        end = token.end()
        if token["slot"]:
            pattern += f"(?P<{token['slot']}>\\S.*{'' if token['greedy'] else '?'})"
        elif token["mark"]:
            pattern += _MARKS[token["mark"]]
        else:
            pattern += _GAP if token["gap"] else re.escape(token["text"])
    try:
        if end == len(template):
            return re.compile(pattern, re.IGNORECASE)
    except re.error:
        pass
    raise Broken(f"the sentence template {template!r} cannot be read")
