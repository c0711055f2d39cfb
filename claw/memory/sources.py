"""How far something may be believed: told from who asked and how, never from what is asked.

A person's own words are believed as far as that person is; words that a program put together only where every one of
them is the person's, because a model may have read them anywhere; what strangers' texts had a part in never by itself.
"""

import re
from collections.abc import Iterable
from typing import Literal

from claw.base.action import Origin
from claw.memory.audience import OWN_CHANNELS, RESIDENTS
from claw.memory.model import Fact, Status, Told, Trust, folded
from claw.memory.written import texts_of

By = Literal["words", "program", "habit"]
"""Whose sentence it is: a person's own words, a program's, or what was seen of a habit and offered."""

_SPOKEN_FOR: tuple[Trust, ...] = ("resident_told", "owner_told")


def _row(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOT = _row(
    "not no never nobody nothing none neither nor without cannot cant isnt arent doesnt dont didnt wasnt wont nicht "
    "kein keine nie niemand ne pas jamais niet geen nooit"
)
_SMALL = _row(
    "a an the is are was were be been am has have had do does did that this my your his her our their its it i you he "
    "she we they me him us them of to in on at for and s"
)
"""Words that may differ where one sentence is made of another; those that deny are not among them."""
_APOSTROPHE = re.compile(r"['\u2019](?:s\b)?")
_UNSPACED = 0x2E80
"""From this character on, scripts are written without spaces."""


def proven(origin: Origin, role: str | None) -> bool:
    """Return whether somebody who lives here said this themselves: proven, and nobody asks in their name.

    A voice and a shared screen are anybody's, whoever a channel takes them for.
    """
    known = origin.authenticated and origin.person is not None and role in RESIDENTS
    return known and origin.channel in OWN_CHANNELS and not (origin.routine or origin.skill)


def told_by(origin: Origin, role: str | None, by: By, *, own: bool = False, audit: int | None = None) -> Told:
    """Return how far what ``origin`` asks to have remembered is believed, resting on entry ``audit`` of the log.

    ``role`` is the person's at this time; ``own`` whether a program's sentence is in the person's own words.
    """
    trust = _trust(origin, role, by, own=own)
    return Told(
        trust,
        origin.channel,
        origin.person if origin.authenticated else None,
        explicit=trust in _SPOKEN_FOR,
        audit=audit,
        taint=origin.taint,
        weight=0.9 if by == "habit" else 0.5,
    )


def status_of(told: Told, origin: Origin, role: str | None) -> Status:
    """Return whether what was ``told`` is in force at once: said by who lives here, or a habit they said yes to."""
    accepted = told.trust == "observed" and proven(origin, role)
    return "active" if told.explicit or accepted else "candidate"


def _trust(origin: Origin, role: str | None, by: By, *, own: bool) -> Trust:
    if origin.taint:
        return "external"
    if by == "habit":
        return "observed"
    if not proven(origin, role):
        return "inferred" if origin.authenticated and role in RESIDENTS else "guest_told"
    if by == "program" and not own:
        return "inferred"
    return "owner_told" if role == "owner" else "resident_told"


def in_own_words(fact: Fact, said: str, names: Iterable[str] = ()) -> bool:
    """Return whether every word of ``fact`` that means something is in what a person ``said``, denials included.

    ``names`` are what the speaker is called: who says "my" need not say their own name.  A question states nothing.
    """
    if fact.kind not in {"fact", "event"} or not said.strip() or said.rstrip().endswith(("?", "\uff1f", "\u00bf")):
        return False
    spoken, written = _words(said), _words(fact.sentence)
    if (spoken & _NOT) != (written & _NOT):
        return False
    kind, _, about = fact.subject.partition(":")
    meant = written | _words(" ".join(texts_of(fact.value)))
    meant |= _words(about) if kind == "thing" else set()
    known = spoken | _words(" ".join(names)) | _SMALL
    letters = frozenset(said)
    return bool(written) and all(word in known or _spoken(word, letters) for word in meant)


def _words(text: str) -> frozenset[str]:
    return frozenset(folded(_APOSTROPHE.sub("", text)).split())


def _spoken(word: str, letters: frozenset[str]) -> bool:
    """Return whether a word of a script without spaces was said, as far as its characters tell."""
    return all(ord(char) >= _UNSPACED and char in letters for char in word)
