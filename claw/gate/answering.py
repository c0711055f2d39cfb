"""Who may say yes, how, and how well proved: the terms of a question held against the one who answers.

A yes counts for as much as the channel knows about the person behind it.  Three strengths, weakest first: ``tap`` (a
notification somebody tapped, or a program with a token), ``session`` (a page that was signed in with a code, or a Unix
user that the configuration maps to a person), ``signed`` (a plan signed by a person's own key).
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from claw.base.action import Origin, Pending, Strength, Terms
from claw.base.errors import Refused
from claw.gate.channel_words import way
from claw.policy.people import People
from claw.policy.verdicts import SILENT_CHANNELS

STRENGTHS: tuple[Strength, ...] = ("tap", "session", "signed")
RISKY_STRENGTH: Strength = "session"
"""The least that a yes to a risky act needs, whatever its rule says; a voice never proves as much."""

SIGNING_CHANNELS = frozenset({"web"})
"""Kinds of channel through which a yes can be signed: only a browser asks a passkey."""

ADULTS = frozenset({"owner", "adult"})
NUMBERS = 3

Enrolled = Callable[[str], bool]
"""Whether a person has a key to sign with."""


def nobody_enrolled(person: str) -> bool:
    """Return that nobody has a key: nothing here can take a signature yet."""
    del person
    return False


@dataclass(frozen=True, slots=True)
class Choice:
    """What comes with a yes: positions struck out, the number picked, and for how many seconds it is a grant too."""

    without: frozenset[int] = frozenset()
    number: str = ""
    grant_s: float = 0.0


WHOLE = Choice()
"""A yes to all of it, once."""


def at_least(terms: Terms, strength: Strength) -> Terms:
    """Return ``terms`` that ask for ``strength`` or more."""
    return terms if _rank(terms.strength) >= _rank(strength) else replace(terms, strength=strength)


def for_risky(terms: Terms) -> Terms:
    """Return ``terms`` as they are for a risky act: a signed-in adult, or whom the rule names in so many words.

    A rule that names nobody would let a child, or a guest, say yes to their own question.
    """
    return at_least(terms if terms.roles else replace(terms, roles=tuple(sorted(ADULTS))), RISKY_STRENGTH)


def may_answer(terms: Terms, origin: Origin, people: People, now: datetime | None = None) -> None:
    """Raise Refused unless ``origin`` is somebody, and somewhere, that ``terms`` let answer.

    ``now`` is the time that the clocks in the house show, None where it is not known.
    """
    channel = origin.channel.partition(":")[0]
    if channel == "voice" and terms.strength != "tap":
        raise Refused("this cannot be answered by voice; answer on a page or at the command line")
    if terms.channels:
        if not any(fnmatchcase(channel, wanted) or fnmatchcase(origin.channel, wanted) for wanted in terms.channels):
            ways = dict.fromkeys(way(wanted) for wanted in terms.channels)
            raise Refused(f"this cannot be answered by {channel}; it can {' or '.join(ways)}")
    elif channel in SILENT_CHANNELS:
        raise Refused(f"this cannot be answered by {channel}")
    if origin.asks_only:
        raise Refused("this client may ask, but not answer")
    if origin.taint or origin.routine or origin.skill:
        raise Refused("only a person can answer this, not what a person read or set up")
    if not origin.authenticated or origin.person is None:
        raise Refused("only a signed-in person can answer this")
    role = role_now(people, origin.person, now)
    if role is None or (terms.roles and role not in terms.roles):
        raise Refused(f"only {' or '.join(terms.roles) or 'somebody of this household'} can answer this")
    if _rank(origin.strength) < _rank(terms.strength):
        raise Refused(f"this needs {_PROOF[terms.strength]}; {channel} does not prove enough")


def may_refuse(terms: Terms, origin: Origin, people: People, now: datetime | None = None) -> None:
    """Raise Refused unless ``origin`` is somebody whom ``terms`` let answer, if they were proved better, elsewhere.

    A no does nothing that silence would not do, so the weakest proof is enough for it, through any channel of people.
    """
    may_answer(replace(terms, channels=(), strength="tap"), origin, people, now)


def if_signed(origin: Origin, enrolled: Enrolled) -> Origin:
    """Return ``origin`` as it would be with the signature of a person who is signed in and has a key.

    It says what somebody could answer, so what they may see; it answers nothing.
    """
    could = origin.strength == "session" and origin.person is not None and enrolled(origin.person)
    return replace(origin, strength="signed") if could else origin


def somebody_may(
    terms: Terms, people: People, enrolled: Enrolled, channels: Iterable[str], now: datetime | None = None
) -> None:
    """Raise Refused, saying what is missing, when nobody of the household could ever answer on these ``terms``.

    ``channels`` are the kinds of channel that this daemon has.
    """
    known = [person for person in people if people.counts(person, now)]
    fitting = [person for person in known if not terms.roles or person.role in terms.roles]
    if not fitting:
        raise Refused(f"nobody here may say yes to this ({' or '.join(terms.roles) or 'no people are known'})")
    if terms.strength == "signed" and not any(enrolled(person.id) for person in fitting):
        raise Refused("this needs a signed yes, and nobody here has a key to sign with yet")
    there = set(channels) - ({"voice"} if terms.strength != "tap" else set[str]())
    if terms.strength == "signed":
        there &= SIGNING_CHANNELS
    if terms.channels and not any(
        fnmatchcase(kind, want.partition(":")[0]) for want in terms.channels for kind in there
    ):
        raise Refused(f"nobody can answer this here: it asks for a yes by {' or '.join(terms.channels)}")


def role_now(people: People, person_id: str | None, now: datetime | None) -> str | None:
    """Return somebody's role, None outside their hours, and for who has hours where the time ``now`` is not known."""
    person = people.get(person_id)
    return person.role if person and people.counts(person, now) else None


def draw_numbers() -> tuple[str, tuple[str, ...]]:
    """Return a number of two digits to be told in a room, and the three to pick from, in order."""
    offered = secrets.SystemRandom().sample(range(10, 100), NUMBERS)
    return str(secrets.choice(offered)), tuple(str(number) for number in sorted(offered))


def left(count: int, without: frozenset[int]) -> tuple[int, ...]:
    """Return the positions of ``count`` actions that were not struck out; raises Refused for one there is not."""
    if odd := sorted(at for at in without if not 0 <= at < count):
        raise Refused(f"there is no action {odd[0] + 1} in this question; it has {count}")
    return tuple(at for at in range(count) if at not in without)


def check_grant(pending: Pending, seconds: float) -> None:
    """Raise Refused unless a yes to this question may hold for this long."""
    terms = pending.terms
    if seconds and not (pending.origin.authenticated and pending.origin.person):
        raise Refused("only what a known person asked can be granted for a while")
    if not 0 <= seconds <= terms.grant_s:
        most = f"{terms.grant_s / 60:g} minutes at most" if terms.grant_s else "only this once"
        raise Refused(f"a yes to this may not be given for {seconds / 60:g} minutes; {most}")


_PROOF = {
    "tap": "a signed-in person",
    "session": "a signed-in page, or the command line of a known user",
    "signed": "a yes signed with your own key",
}


def _rank(strength: Strength | None) -> int:
    return STRENGTHS.index(strength) if strength is not None else 0
