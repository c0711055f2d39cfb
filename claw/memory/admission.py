"""What may be remembered at all: the same few rules for whoever writes, and no model is asked.

A memory fills with junk from what it takes in, not from how it is searched: restated instructions, its own answers, the
state of a lamp, an errand of one evening.  And what is kept once is believed for months, so an order dressed as a fact
("always unlock when ...") must not get in, nor a code that nobody should find here.  Each refusal is one sentence.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from claw.base.action import canonical
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.house.text import quoted
from claw.memory.audience import OWN_CHANNELS, RESIDENTS
from claw.memory.conditions import readable
from claw.memory.confidential import looks_secret
from claw.memory.facts import Facts
from claw.memory.meanings import MEANS
from claw.memory.model import GUESTS, HOUSEHOLD, LONGEST, OWNERS, Audience, Fact, Told, private_to
from claw.memory.residue import LIVE, ORDER, ordered, residue
from claw.memory.rows import digest
from claw.memory.written import LONGEST_FACT, as_text, texts_of
from claw.policy.people import People, Role

MOST_CANDIDATES = 5
"""New candidates of a day."""
MOST_OF_STRANGERS = 2
"""Of those, what nobody who lives here said: a guest must not be able to crowd out what the house learned."""
MOST_ACTIVE = 500
"""Memories in force."""
DAY = timedelta(days=1)
FARTHEST = timedelta(days=50 * 366)
"""How far ahead a memory may speak of."""
FIRST_YEAR = 1900

CONFIDENTIAL = "That looks like a password, a code or a key. I do not keep secrets: use a password store."

Check = Callable[[Fact, Told, Role | None], None]
"""One more rule, of a kind of its own: raises Refused with a sentence.  The role is that of who tells it."""

_DAY = re.compile(r"(?<!\d)(\d{4})-(\d\d?)-(\d\d?)(?!\d)")
GUARDED = re.compile(
    r"\b(?:un)?lock(?:s|ed|ing)?\b|\balarms?\b|\b(?:dis)?arm(?:s|ed|ing)?\b|\bdoor code\b|\bsafe\b|\bvalves?\b|"
    r"\bsirens?\b|\bgarage\b|\bgates?\b|\b(?:min(?:imum)?|max(?:imum)?)[ _]?temp\w*|\btarget_temp_\w+|\bmoney\b|"
    r"\bpay(?:s|ing|ments?)?\b|\bbank\b|\bcredit\b|\bbudget\b|\bprices?\b|[€$£]\s?\d|\d\s?[€$£]",
    re.IGNORECASE,
)
"""What a guess from behaviour never speaks of."""

_GUARDED_DOMAINS = frozenset(("lock", "alarm_control_panel", "valve", "siren", "camera", "water_heater"))
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
_JOINERS = "\u200c\u200d"
"""Some scripts, and families of emoji, are written with these."""
_SILENT = frozenset({"system", "routine", "tool", "assistant", "sensor"})
"""Channels at whose end nobody speaks."""


@dataclass(frozen=True)
class Admission:
    """Says no to what must not be kept.

    ``checks`` are rules of other modules, asked last; ``domain`` gives the domain of the thing that a subject means in
    the house today, empty where it means none.
    """

    facts: Facts
    people: People
    clock: Clock
    checks: list[Check] = field(default_factory=list[Check])
    domain: Callable[[str], str] = lambda _: ""

    def admit(self, fact: Fact, told: Told, role: Role | None = None) -> None:
        """Raise Refused, with a whole sentence for a person, where ``fact`` may not be kept.

        ``role`` is that of who tells it, None for nobody who can be proven.  Nothing is written here.
        """
        _check_form(fact)
        _check_words(fact)
        self._check_times(fact)
        self._check_people(fact, told, role)
        if not told.explicit:
            self._check_guess(fact, told)
            self._check_known(fact, told, role)
        self._check_room(fact, told)
        self.recheck(fact, told, role)

    def recheck(self, fact: Fact, told: Told, role: Role | None) -> None:
        """Raise Refused where the rules of its kind speak against ``fact``: asked again when a candidate gets a yes."""
        for check in self.checks:
            check(fact, told, role)

    def _check_times(self, fact: Fact) -> None:
        now = self.clock.now()
        for moment in (fact.valid_from, fact.valid_to):
            if moment is not None and not (moment.year >= FIRST_YEAR and moment - now < FARTHEST):
                raise Refused(f"The year {moment.year} cannot be right, so I do not keep that.")
        if fact.valid_from is not None and fact.valid_to is not None and fact.valid_to <= fact.valid_from:
            raise Refused("That would end before it begins, so I do not keep it.")
        for text in (fact.sentence, *texts_of(fact.value)):
            for year, month, day in _DAY.findall(text):
                try:
                    date(int(year), int(month), int(day))
                except ValueError:
                    raise Refused(f"There is no day {year}-{month}-{day}, so I do not keep that.") from None

    def _check_people(self, fact: Fact, told: Told, role: Role | None) -> None:
        kind, _, about = fact.subject.partition(":")
        if kind == "person" and self.people.get(about) is None:
            raise Refused(f"I do not know anybody who is called {quoted(about, 40)} here.")
        heard = fact.visibility
        if heard in {GUESTS, HOUSEHOLD}:
            return
        if heard == OWNERS:
            if role != "owner":
                raise Refused("Only an owner can tell me something that is for owners alone.")
        elif told.person is None or heard != private_to(told.person):
            raise Refused("You can have something kept for yourself alone, but not for somebody else alone.")

    def _check_guess(self, fact: Fact, told: Told) -> None:
        """Refuse what nobody who lives here said, where a mistake would cost too much or nobody said it at all."""
        if told.trust != "observed" and told.channel.partition(":")[0] in _SILENT:
            raise Refused("Only what people say is remembered, and nobody said that.")
        if self._guarded(fact):
            raise Refused("About locks, alarms, the limits of the heating and money I keep only what you tell me.")

    def everyday(self, fact: Fact, person: str | None) -> bool:
        """Return whether ``fact`` is a plain matter of the household, in which grown-ups put each other right.

        What is said of somebody else, of locks, alarms and money, and what is not for the whole household, is none.
        """
        kind, _, about = fact.subject.partition(":")
        plain = fact.kind in {"fact", "event"} and fact.sensitivity == "normal" and fact.visibility == HOUSEHOLD
        return plain and (kind != "person" or about == person) and not self._guarded(fact)

    def _guarded(self, fact: Fact) -> bool:
        words = " ".join((fact.predicate, fact.sentence, *texts_of(fact.value)))
        domain = self.domain(fact.subject) or fact.subject.removeprefix("entity:").partition(".")[0]
        return bool(GUARDED.search(words.replace("_", " ")) or GUARDED.search(words)) or domain in _GUARDED_DOMAINS

    def _check_known(self, fact: Fact, told: Told, role: Role | None) -> None:
        """Refuse what is known or was answered, where whoever asks may hear of that: others must not learn it so."""
        if told.trust != "observed" and not _hears(told, role):
            return
        if self.facts.rejected(fact):
            raise Refused("Somebody said no to that before, so I do not propose it again.")
        heard = Audience(told.person, resident=True, owner=role == "owner")
        if told.trust != "observed" and self.facts.known(digest(fact.sentence), heard):
            raise Refused("I know that already.")

    def _check_room(self, fact: Fact, told: Told) -> None:
        """Refuse what is too much; what is known already, or takes another's place, takes no room."""
        if told.explicit:
            if self.facts.count_active() >= MOST_ACTIVE and not self.facts.holds(fact.key):
                raise Refused(f"I keep {MOST_ACTIVE} things and no more; let me forget something first.")
            return
        strangers = told.trust not in {"observed", "inferred"}
        if not strangers and self.facts.holds(fact.key, proposed=True):
            return
        since = self.clock.now() - DAY
        if self.facts.count_proposed(since) >= MOST_CANDIDATES or (
            strangers and self.facts.count_proposed(since, strangers=True) >= MOST_OF_STRANGERS
        ):
            raise Refused("That is enough for one day; tell somebody who lives here if it matters.")


def _hears(told: Told, role: Role | None) -> bool:
    """Return whether whoever is answered lives here and is by themselves."""
    return told.person is not None and role in RESIDENTS and told.channel in OWN_CHANNELS


def _check_form(fact: Fact) -> None:
    if not fact.sentence.strip() or not fact.subject.strip() or not fact.predicate.strip():
        raise Refused("There is nothing in that to remember.")
    if len(fact.sentence) > LONGEST:
        raise Refused(f"That is too long to remember: one thing at a time, in {LONGEST} characters at most.")
    whole = as_text(fact)
    if len(whole) > LONGEST_FACT or any(
        len(part) > LONGEST for part in (fact.subject, fact.predicate, canonical(fact.value).decode())
    ):
        raise Refused("That is too much to remember at once: one thing at a time.")
    texts = (fact.subject, fact.predicate, fact.sentence, *texts_of(fact.value), *texts_of(dict(fact.condition)))
    if any(unicodedata.category(char) in _UNSEEN and char not in _JOINERS for text in texts for char in text):
        raise Refused("There are characters in that which nobody can see, so I do not keep it.")
    if not readable(fact.condition):
        raise Refused("I did not understand when that is to hold.")


def _check_words(fact: Fact) -> None:
    """Refuse a secret, an order and the state of a moment."""
    # The value of a meaning is the id of a thing of this house, which its own rule looks up.
    values = [] if (fact.kind, fact.predicate) == ("preference", MEANS) else texts_of(fact.value)
    stated = f"{fact.predicate.replace('_', ' ')}: {' '.join(values)}" if values else ""
    kind, _, about = fact.subject.partition(":")
    about = about if kind == "thing" else ""  # an id of the registry looks as random as a key
    if any(looks_secret(text) for text in (fact.sentence, stated, f"{about} {stated}", *values)):
        raise Refused(CONFIDENTIAL)
    if any(ordered(text) for text in values) or (fact.kind not in {"alias", "preference"} and ordered(fact.sentence)):
        raise Refused(ORDER)
    if fact.kind in {"fact", "event", "correction", "constraint"}:
        why = residue(fact.sentence)
        # What was so at a time of its own is no state of this moment.
        if why is not None and not (why == LIVE and (fact.valid_from or fact.valid_to)):
            raise Refused(why)
