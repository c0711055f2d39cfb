"""The nouns of memory: a fact, where it came from, who may hear it, and what is left when it is forgotten.

Everything is frozen.  A *fact* is what is said; a *memory* is a fact that was kept, with its number and its life; an
*episode* is the raw exchange that it came from.  Two facts with the same key cannot both be true at once: the later one
supersedes the earlier.  Nothing in here is an instruction, and the policy never reads it.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, cast, get_args

from claw.base.action import NO_DATA, Json, canonical

Kind = Literal["fact", "preference", "routine", "correction", "alias", "constraint", "event"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Status = Literal["candidate", "active", "superseded", "rejected"]
"""``candidate`` has no effect until somebody says yes or behaviour has proved it; what is forgotten has no row."""

Trust = Literal["external", "inferred", "guest_told", "observed", "resident_told", "owner_told"]
TRUSTS: tuple[Trust, ...] = get_args(Trust)
"""How far a source may be believed, weakest first; a memory has the weakest of all its evidence."""

Sensitivity = Literal["normal", "private", "secret"]
"""``private`` is shown to its owner alone, ``secret`` is refused at the door: nothing secret is ever stored."""

Stance = Literal["supports", "contradicts"]

GUESTS, HOUSEHOLD, OWNERS = "guests_ok", "household", "owner_only"
"""Who may hear of something: everybody, everybody who lives here, owners; or ``person:<id>``, one person alone."""

LONGEST = 500
"""Characters of one remembered sentence; a longer one is refused, not cut."""


def private_to(person: str) -> str:
    """Return the visibility of what one person alone may hear."""
    return f"person:{person}"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is said, before it is kept.

    ``subject`` is ``person:<id>``, ``area:<id>``, ``entity:<registry id, or entity id where it has none>``, ``house``
    or ``thing:<words>``.  ``value`` is JSON; of an alias ``{"name": …}``, of a preference the service data it sets
    (``{"brightness_pct": 30}``).  ``sentence`` is how it is read back and found.  ``condition`` says when it holds
    (``after``, ``before`` as ``HH:MM`` in the house's time, ``weekdays``, ``area``, ``occupied``).  ``valid_from`` and
    ``valid_to`` are when it was so in the world (UTC, the end excluded), not when Claw heard of it.  ``several`` is
    True where one subject may have many values at once (allergies), which then do not supersede each other.
    """

    kind: Kind
    subject: str
    predicate: str
    value: Json
    sentence: str
    condition: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    visibility: str = HOUSEHOLD
    sensitivity: Sensitivity = "normal"
    several: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "condition", MappingProxyType(dict(self.condition)))

    @property
    def key(self) -> str:
        """What it is about: two facts with one key contradict each other unless they are equal.

        The time belongs to what an event is about: two visits do not contradict each other.
        """
        parts = [self.subject.casefold(), alike(self.predicate), dict(self.condition), self.visibility]
        if self.several:
            parts.append(alike(self.value))
        if self.kind == "event":
            parts.append(self.valid_from)
        return hashlib.sha256(canonical(parts)).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Told:
    """Where a fact comes from: who said it, through what, and how far that may be believed.

    ``episode`` is the exchange, ``audit`` the entry of the log, ``first`` and ``last`` the span of observed changes;
    at least one of them is there.  ``taint`` names the strangers' texts that had a part in it.
    """

    trust: Trust
    channel: str = ""
    person: str | None = None
    explicit: bool = False
    episode: int | None = None
    audit: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    taint: tuple[str, ...] = ()
    weight: float = 1.0
    stance: Stance = "supports"


@dataclass(frozen=True, slots=True)
class Memory:
    """A fact that was kept.

    ``recorded`` and ``retired`` are when Claw learned it and stopped believing it (UTC): the record's time beside the
    world's.  ``supersedes`` is the memory whose place it took.  ``author`` is the person who told it.
    """

    id: int
    fact: Fact
    status: Status
    trust: Trust
    explicit: bool
    confidence: float
    author: str | None
    recorded: datetime
    retired: datetime | None = None
    supersedes: int | None = None
    taint: tuple[str, ...] = ()
    used: int = 0
    last_used: datetime | None = None
    confirmed: datetime | None = None
    pinned: bool = False
    audit: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to believe a memory, or not to: the words, the entry of the log or the changes it rests on."""

    memory: int
    told: Told
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One exchange as it was said: kept for as long as a memory rests on it, or until ``until`` (UTC)."""

    id: int
    at: datetime
    channel: str
    place: str | None
    person: str | None
    confidence: float
    conversation: str
    trust: Trust
    text: str
    until: datetime | None = None
    audit: int | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears an answer: everybody present, of whom the least trusted decides.

    ``person`` is the one person who is there, None where there are several or nobody is known; ``resident`` whether
    all who hear live here; ``owner`` whether all of them are owners.
    """

    person: str | None = None
    resident: bool = False
    owner: bool = False

    def may_hear(self) -> tuple[str, ...]:
        """Return the visibilities that this audience may hear of."""
        heard = [GUESTS]
        if self.resident:
            heard.append(HOUSEHOLD)
        if self.owner:
            heard.append(OWNERS)
        if self.person is not None:
            heard.append(private_to(self.person))
        return tuple(heard)


ANYBODY = Audience()
"""A guest, a voice that nobody knows, a wall tablet."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a search found: a memory or an episode, with its score (higher is nearer)."""

    score: float
    text: str
    memory: int | None = None
    episode: int | None = None
    speaker: str = ""
    day: str = ""


_GAP = re.compile(r"\W+")
_QUIET = re.compile(
    r"[\s!?;:'\"\u2018-\u201f`\u00b4\u2026]"
    r"|(?<![0-9])[.,]|[.,](?![0-9])"  # not the point of a number
    r"|(?<=[^\W\d_])[-_](?=[^\W\d_])|(?<!\S)-(?!\S)"  # not the sign of one
)


def folded(text: str) -> str:
    """Return ``text`` for comparing: no case, no accents, one space between words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_GAP.sub(" ", "".join(char for char in plain if not unicodedata.combining(char))).split())


def alike(value: Json) -> Json:
    """Return ``value`` in the form in which two that mean the same are equal: no case, no accents, no full stop.

    Signs that tell values apart stay: -5 is not 5, and C++ is not C.
    """
    if isinstance(value, str):
        plain = unicodedata.normalize("NFKD", value.casefold())
        return " ".join(_QUIET.sub(" ", "".join(char for char in plain if not unicodedata.combining(char))).split())
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Json]", value)
        return {str(key): alike(one) for key, one in mapping.items()}
    if isinstance(value, (list, tuple)):
        return [alike(one) for one in cast("Sequence[Json]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def weakest(trusts: Iterable[Trust]) -> Trust:
    """Return the weakest of some trusts, the weakest there is where there are none."""
    return TRUSTS[min((TRUSTS.index(one) for one in trusts), default=0)]
