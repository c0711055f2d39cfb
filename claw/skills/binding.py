"""From the words in a phrase's slots to the typed values of a run, and from values to the line that gives them.

Names are looked up in the house: an entity by its names, an area by its own.  A value that does not fit its parameter
is no value: the run does not begin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Json
from claw.house.model import House
from claw.skills.manifest import Manifest
from claw.skills.model import Arguments


class Figures(Protocol):
    """Who reads numbers and spans of time in words, in a language."""

    def number(self, text: str, language: str) -> float | None:
        """Return the number that ``text`` is ("forty percent"), None where it is none."""
        ...

    def seconds(self, text: str, language: str) -> float | None:
        """Return the span of time that ``text`` is ("half an hour"), None where it is none."""
        ...


@dataclass(frozen=True, slots=True)
class Missing:
    """A parameter without a value: what to ask for it (empty where its manifest asks nothing), and what was found.

    ``choices`` are entity or area ids between which nothing was chosen.
    """

    name: str
    ask: str
    why: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Where the asker stands (area id) and their language."""

    place: str | None = None
    language: str = "en"


def bind(
    manifest: Manifest, slots: Mapping[str, str], house: House, asker: Asker, figures: Figures | None = None
) -> Arguments | Missing:
    """Return the values of all parameters for the words in ``slots``, or the first one that has none."""
    raise NotImplementedError


def checked(manifest: Manifest, given: Mapping[str, Json], house: House, asker: Asker) -> Arguments:
    """Return ``given`` with defaults filled in; raises Refused for a value that does not fit, or one too many."""
    raise NotImplementedError


def header(arguments: Arguments) -> str:
    """Return the one line that gives a program its values: ``area = 'living_room'; brightness = 40``."""
    raise NotImplementedError
