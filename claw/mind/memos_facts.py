"""From a sentence to a fact: what it is about, what it says of it, and when it was so.

Nothing is guessed and no model is asked.  A form of sentence that is known becomes a fact of which there can be only
one at a time ("the bin day is Friday", later "Tuesday"), or one of many ("Sam is allergic to nuts"); whatever else is
said stays a note that takes nothing's place.  "I" and "yesterday" mean something else to whoever reads it later, so the
sentence is kept with the name and the day.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from claw.base.action import Json
from claw.base.errors import Refused
from claw.memory.model import HOUSEHOLD, Fact, Kind, Sensitivity, folded, private_to
from claw.memory.subjects import HOUSE
from claw.mind import memos_days
from claw.mind.memos_days import When
from claw.mind.memos_subjects import THING, Subject, Subjects
from claw.mind.memos_templates import Match
from claw.mind.phrases import fill, phrases

LIVES = "lives here"
DID = "was done"
NOTE = "note"
_SHORTEST = 2
_NAMED = re.compile(r"^(?:[A-Z][\w'.-]*)(?: [A-Z][\w'.-]*)*$")
_KIND_OF = re.compile(r"^\S*(?:ish|an|ese|ch|ic|ist|ing)$")
"""One word with a capital that says what somebody is rather than who: "Polish", "Catholic"."""
_FIGURE = re.compile(r"^[\d.,:]+(?: ?\w+| ?%)?$")
_ON = {"en": "on ", "de": "am ", "fr": "le ", "nl": "op "}
_TOWARDS = ("for", "to", "auf", "für", "au", "pour", "à", "naar", "voor")
"""What stands before a day that something was put off to or planned for."""
_STAY = frozenset({"lives", "lived", "moved_in", "moved_out"})
_LISTS = frozenset({"allergic", "prefers"})


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence states, before it is about somebody and of a time."""

    subject: Subject
    predicate: str
    value: Json
    several: bool = False
    kind: Kind = "fact"
    sentence: str = ""


@dataclass(frozen=True)
class Statements:
    """Reads sentences, as they are said at ``now`` in a house of this time zone."""

    subjects: Subjects
    now: datetime
    time_zone: str
    today: date

    def read(self, text: str, *, private: bool = False) -> Fact:
        """Return the fact that ``text`` states; raises Refused, with a sentence, for what states none."""
        said, when = self.stated(text)
        start, end = self._times(said, when)
        visibility, sensitivity = HOUSEHOLD, "normal"
        if private:
            visibility, sensitivity = private_to(self.subjects.me().id), "private"
        return Fact(
            said.kind,
            said.subject.key,
            said.predicate,
            said.value,
            said.sentence,
            valid_from=start,
            valid_to=end,
            visibility=visibility,
            sensitivity=_sensitivity(sensitivity),
            several=said.several,
        )

    def typed(self, text: str) -> bool:
        """Return whether ``text`` has a form that is known, rather than being just some words."""
        try:
            said, when = self.stated(text)
        except Refused:
            return False
        return said.predicate != NOTE or when is not None

    def stated(self, text: str) -> tuple["_Said", When | None]:
        """Return what ``text`` states, and when that was."""
        tongue = self.subjects.tongue
        if len(folded(text)) < _SHORTEST or len(text.split()) < (1 if tongue.spaceless else _SHORTEST):
            raise Refused(phrases(tongue.code).memos["fact"])
        when = memos_days.find(text, tongue.days, self.today, past=tongue.is_past(text))
        rest = when.cut(text) if when is not None else text
        sentence = self._dated(text, when)
        for match in tongue.facts.matches(rest):
            if match.means in _STAY and (when is not None or match.means in {"lives", "moved_in", "moved_out"}):
                said = self._stay(match)
                return _spoken(said, self._sentence(match, sentence, said)), when
        if when is None or when.shape != "point" or self._is_value(text, when):
            whole = rest if when is not None and when.shape != "point" else text
            for match in tongue.facts.matches(whole):
                said = self._typed(match, when)
                if said is not None:
                    over = when if when is not None and when.shape != "point" else None
                    return _spoken(said, self._sentence(match, sentence, said)), over
        if when is not None and when.loose and not tongue.is_past(text):
            when = None
        if when is not None and when.shape == "point":
            if self._untrue(text, when):
                raise Refused(phrases(tongue.code).memos["ahead"])
            return self._event(rest, sentence, when), when
        said = self.subjects.mentioned(text) or Subject(HOUSE, "")
        return _Said(said, NOTE, folded(text), several=True, sentence=self._third(sentence)), when

    def _times(self, said: _Said, when: When | None) -> tuple[datetime | None, datetime | None]:
        """Return from when to when it was so, in UTC; what is still to come is no time at which it began."""
        if when is None:
            return None, None
        start = memos_days.moment(when.start, self.time_zone) if when.start is not None else None
        end = memos_days.moment(when.end, self.time_zone) if when.end is not None else None
        if said.predicate == LIVES and when.shape == "point":
            end = None
        if said.kind == "event" and start is not None and start > self.now:
            return None, None
        return start, end

    def _stay(self, match: Match) -> _Said:
        who = self.subjects.find(match.get("who") or self._speaker())
        if who.person is None and not who.key.startswith(THING):
            raise Refused(phrases(self.subjects.tongue.code).memos["stranger"].format(name=_quote(match.get("who"))))
        return _Said(who, LIVES, match.means != "moved_out")

    def _typed(self, match: Match, when: When | None) -> _Said | None:
        """Return what a known form of sentence states, None where it is not one after all."""
        means, value = match.means, match.get("value")
        if self._unfit(match, when):
            return None
        who = Subject(HOUSE, "") if means == "ours" else self.subjects.find(match.get("who") or self._speaker())
        if means in {"mine", "ours", "attribute"}:
            return _Said(who, folded(match.get("attr")), value)
        if means in {"likes", "dislikes"}:
            return _Said(who, f"likes {folded(value)}", means == "likes")
        if means in {*_LISTS, "place"}:
            return _Said(who, "is in" if means == "place" else means, value, several=means in _LISTS)
        if who.key.startswith(THING):
            return _Said(who, "is", value, several=not self._only_one(value))
        measure = self._measure(value)
        return _Said(who, "is" if measure is None else f"is {measure}", value, several=measure is None)

    def _measure(self, value: str) -> str | None:
        """Return what a figure counts ("years old"), None where it is no figure: nobody has two ages at once."""
        first, _, rest = value.partition(" ")
        numbers = self.subjects.tongue.days.numbers
        if not (_FIGURE.match(first) or first.casefold() in {said for said, count in numbers.items() if count > 1}):
            return None
        return {"": "old", "years": "old", "years old": "old"}.get(folded(rest), folded(rest))

    def _unfit(self, match: Match, when: When | None) -> bool:
        """Return whether a sentence that has the form of a fact is something else after all."""
        means, who = match.means, match.get("who")
        if means in {"mine", "ours", "attribute"}:
            return not folded(match.get("attr"))
        if means in {"done", "did", *_STAY} or not who or who.casefold() in self.subjects.tongue.articles:
            return True
        # "my sister is ..." is no form of its own: whose sister it is would be lost.
        mine = means in {"is", "was", "place"} and self._my(who)
        return mine or (means == "was" and (when is None or when.shape == "point"))

    def _speaker(self) -> str:
        return next(iter(self.subjects.tongue.me))

    def _my(self, words: str) -> bool:
        """Return whether "my" stands at the front: whose thing it is then says the form before."""
        first = words.casefold().split()[:1]
        return bool(first) and first[0] in self.subjects.tongue.mine

    def _only_one(self, value: str) -> bool:
        """Return whether a thing can be only one such: a day, a figure, a name; but many things can be said of it."""
        weekdays = {name.casefold() for name in self.subjects.tongue.days.calendar.weekdays}
        words = value.casefold().replace(",", " ").split()
        if words and all(word in weekdays or word.rstrip("s") in weekdays for word in words):
            return True
        dated = memos_days.find(value, self.subjects.tongue.days, self.today)
        whole = dated is not None and dated.first == 0 and dated.last >= len(value)
        named = self.subjects.tongue.code == "en" and _NAMED.match(value) and not _KIND_OF.search(value)
        return whole or bool(named) or _FIGURE.match(value) is not None

    def _is_value(self, text: str, when: When) -> bool:
        """Return whether a day is what is said of something: "Sam's birthday is 3 May"."""
        for match in self.subjects.tongue.facts.matches(text):
            value = match.get("value")
            if value and match.means in {"mine", "ours", "attribute", "is"}:
                return text[when.first : when.last].strip(" ,.").endswith(value) or when.loose
        return False

    def _event(self, rest: str, sentence: str, when: When) -> _Said:
        """Return that something was done on a day; of those there can be as many as there are days."""
        subject = None
        for match in self.subjects.tongue.facts.matches(rest):
            if match.means in {"did", "done"} and match.get("thing"):
                thing = match.get("thing").split(" in the ")[0].split(" at the ")[0]
                subject = self.subjects.find(thing)
                break
        subject = subject or self.subjects.mentioned(rest) or Subject(HOUSE, "")
        day = when.start.isoformat() if when.start is not None else ""
        value = {"day": day, "what": folded(rest)}
        return _Said(subject, DID, value, several=True, kind="event", sentence=self._third(sentence))

    def _untrue(self, text: str, when: When) -> bool:
        """Return whether something is told as done on a day that is still to come; "moved to 3 May" is no such day."""
        tongue = self.subjects.tongue
        ahead = when.start is not None and when.start > self.today and tongue.is_past(text)
        before = text[: when.first].casefold().split()[-1:]
        towards = (*tongue.days.lists["to"], *_TOWARDS)
        return ahead and not tongue.spaceless and bool(before) and before[0] not in towards

    def _dated(self, text: str, when: When | None) -> str:
        """Return the sentence with the day itself for "yesterday" and "last month"."""
        if when is None or when.loose or when.start is None or when.end is None or when.shape != "point":
            return text
        said = text[when.first : when.last].strip()
        if any(map(str.isdigit, said)) or any(
            month.casefold() in said.casefold() for month in self.subjects.tongue.days.calendar.months
        ):
            return text
        words, tongue = phrases(self.subjects.tongue.code), self.subjects.tongue
        before, after = text[: when.first].rstrip(), text[when.last :].lstrip()
        if (when.end - when.start).days == 1:
            shown = _ON.get(tongue.code, "") + words.day(when.start)
        else:
            last = when.end - timedelta(days=1)
            shown = fill(words.memos["span_both"], start=words.day(when.start), end=words.day(last))
        return ("" if tongue.spaceless else " ").join(filter(None, (before, shown, after)))

    def _sentence(self, match: Match, sentence: str, said: _Said) -> str:
        """Return how a fact is read back: as it was said, by name where somebody spoke of themselves."""
        tongue = self.subjects.tongue
        form = tongue.says.get({"mine": "attribute"}.get(match.means, match.means))
        if form is not None:
            value = match.get("value")
            return form.format(who=said.subject.name, value=value, attr=match.get("attr")).strip()
        return self._third(sentence)

    def _third(self, sentence: str) -> str:
        """Return a sentence in which the speaker is called by name."""
        tongue = self.subjects.tongue
        words = {word.casefold().strip(" ,.") for word in sentence.split()}
        if not words & (tongue.me | tongue.mine) or not self.subjects.origin.authenticated:
            return sentence
        person = self.subjects.people.get(self.subjects.origin.person)
        if person is None:
            return sentence
        if tongue.code != "en":
            return f"{person.name}: {sentence}"
        for pattern, spoken in _ENGLISH:
            sentence = pattern.sub(spoken.format(name=person.name.replace("\\", "")), sentence)
        return sentence


_ENGLISH = tuple(
    (re.compile(pattern, re.IGNORECASE), spoken)
    for pattern, spoken in (
        (r"\bI(?: am|'m)\b", "{name} is"),
        (r"\bI(?: have|'ve)\b", "{name} has"),
        (r"\bI do not\b|\bI don't\b", "{name} does not"),
        (r"\bI (like|love|hate|prefer|enjoy|dislike|need|want|live)\b", r"{name} \1s"),
        (r"\bmy\b", "{name}'s"),
        (r"\bI\b|\bme\b|\bmyself\b", "{name}"),
    )
)


def _spoken(said: _Said, sentence: str) -> _Said:
    return replace(said, sentence=sentence)


def _quote(text: str) -> str:
    return f"“{text}”"


def _sensitivity(text: str) -> Sensitivity:
    return "private" if text == "private" else "normal"
