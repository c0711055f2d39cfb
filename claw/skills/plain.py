"""What a skill may do, in words that whoever is asked for a yes understands: every right, none left out.

The words come from the manifest alone, never from its prose: what a folder says of itself is no promise.  Names of
things and rooms are those of this house, made harmless; what the house does not know stands by its id.
"""

from dataclasses import dataclass

from claw.house.model import Registry
from claw.skills.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Plain:
    """A manifest in sentences.

    ``short`` is one line of all rights; ``may`` has a sentence for each, ``reads`` what it looks at, ``asks`` before
    what it always asks, ``limits`` how much at most, ``when`` what sets it off (phrases apart), ``before`` and
    ``after`` what must be so, ``undo`` whether it can be taken back, ``takes`` what a run is given.
    """

    short: str
    may: tuple[str, ...]
    reads: tuple[str, ...]
    asks: str
    limits: str
    when: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    undo: str
    takes: tuple[str, ...]


def in_words(manifest: Manifest, registry: Registry) -> Plain:
    """Return ``manifest`` in sentences for a person, with the names of ``registry``."""
    raise NotImplementedError


def gained(before: Manifest, after: Manifest, registry: Registry) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what ``after`` may do that ``before`` does not say, and what it says no more, in the same words."""
    raise NotImplementedError
