"""What was misheard, put right from the names of this house; and where it cannot be, asked about.

A recogniser that does not know the name of a lamp writes another word that sounds like it.  A word that nobody here
says, and that sounds like a name of this house, becomes that name.  Only names are put right: "on" and "off", "lock"
and "unlock", numbers and what is opposite in any other way stay as they were heard, so what is done is never the
opposite of what was said.  Where a verb was misheard ("torn up"), the word beside it may have been too, so that is
asked about; and what lets somebody in is only ever asked about.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from claw.base.action import Action, Origin
from claw.gate.risk import risky
from claw.house.model import House
from claw.mind import hygiene
from claw.mind.grammar import Grammar
from claw.mind.intents import Intents
from claw.mind.replies import reply_text
from claw.mind.understood import Command, Control, Question, Unclear
from claw.voice.hearable import Hearable, Proposal
from claw.voice.nearly import Nearly
from claw.voice.sounds import WORD, words

Known = Callable[[str, Origin], bool]
"""Whether somebody else understands a sentence as it stands; asks without doing anything."""

_MOST_WORDS = 20
"""A command has fewer; a longer sentence is talk, and goes on as it was heard."""
_MOST_MISHEARD = 3
_MOST_TRIES = 6
"""Sentences that are tried: each costs a few milliseconds of the loop."""
_MARGIN, _MARGIN_EXACT = 0.12, 0.05
"""So much nearer must the nearest name be than another one that would do something else; the second where it sounds
just like what was heard."""
_MOST_NEAR = 12

_GUARDED = frozenset({"lock", "alarm_control_panel", "valve", "siren", "script", "automation"})
"""Things that are asked about, whatever is to be done with them."""
_OPENING = frozenset({"unlock", "open", "toggle", "alarm_disarm"})


@dataclass(frozen=True, slots=True)
class Snapped:
    """What to go on with.

    ``text`` is what was said, or what was meant where ``changed``: then the answer has to name what was done.  Where
    ``ask`` is not empty it is a question to say instead, and nothing is to be done; ``suggested`` is then the sentence
    that a yes to it means, empty where somebody has to say it in words.
    """

    text: str
    ask: str = ""
    suggested: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class _Meant:
    """A sentence that would be understood, and what it means; ``sure``: nothing else was as near."""

    text: str
    cost: float
    means: Command | Question
    sure: bool = False


class Snapping:
    """Compares what was heard with what can be said in this house."""

    def __init__(self, intents: Intents, house: Callable[[], House], known: Sequence[Known] = ()) -> None:
        """``known`` are the others that understand sentences: phrases of skills, names of a talk, follow-ups."""
        self._intents = intents
        self._house = house
        self._known = tuple(known)
        self._hearable: dict[str, tuple[Grammar, Hearable]] = {}
        self._nearly = Nearly(intents)
        self._least_words = 1 if any(intents.language(code).spaceless for code in intents.languages) else 2

    async def snap(self, text: str, origin: Origin) -> Snapped:
        """Return what to go on with for ``text`` from ``origin``; never raises, never acts."""
        house = self._house()
        if not self._least_words <= len(WORD.findall(text)) <= _MOST_WORDS:
            return Snapped(text)
        understood = await self._intents.listen(text, house, origin)
        if not isinstance(understood, Unclear) or understood.choices or any(one(text, origin) for one in self._known):
            return Snapped(text)
        if hygiene.refusal(text) is not None:
            return Snapped(text)
        for grammar in self._asked_first(origin):
            snapped = await self._in(grammar, text, house, origin)
            if snapped is not None:
                return snapped
        return Snapped(text)

    async def warm(self) -> None:
        """Do what the first misheard sentence would otherwise wait for: half a second in a house of thousands."""
        for grammar in self._intents.awake:
            if not grammar.language.spaceless:
                await self._heard(grammar)

    async def _in(self, grammar: Grammar, text: str, house: House, origin: Origin) -> Snapped | None:
        """Return what to go on with as far as one language can tell, None where it cannot."""
        code = grammar.language.code
        if not grammar.language.spaceless:
            meant = await self._put_right(await self._heard(grammar), text, house, origin)
            if meant is not None:
                best, names_only = meant
                if best.sure and names_only and not _some(_guarded, best.means, house):
                    return Snapped(best.text, changed=True)
                return _asking(text, best, house, code)
        near = self._near(grammar, text, house, origin)
        return None if near is None else _asking(text, near, house, code)

    async def _put_right(
        self, hearable: Hearable, text: str, house: House, origin: Origin
    ) -> tuple[_Meant, bool] | None:
        """Return the sentence that was meant, and whether only names were put right in it; None where there is none."""
        cleaned = hygiene.clean(text)
        found: list[tuple[_Meant, bool]] = []
        farthest = 1.0
        for at, (sentence, (cost, names_only)) in enumerate(_sentences(hearable, cleaned)):
            if at >= _MOST_TRIES or cost > farthest:
                break
            meant = self._means(sentence, cost, house, origin, hearable.code)
            if meant is not None:
                found.append((meant, names_only))
                farthest = min(farthest, cost + (_MARGIN if cost else _MARGIN_EXACT))
            await asyncio.sleep(0)  # each try is some milliseconds, and others wait
        if not found:
            return None
        best, names_only = found[0]
        return replace(best, sure=all(_same(one.means, best.means) for one, _ in found)), names_only

    def _near(self, grammar: Grammar, text: str, house: House, origin: Origin) -> _Meant | None:
        """Return the sentence of this house that was nearly said, None where there is none."""
        code, found = grammar.language.code, list[_Meant]()
        for sentence, cost in self._nearly.sentences(text, grammar.language, _MOST_NEAR)[:_MOST_TRIES]:
            if found and cost > found[0].cost:
                break
            meant = self._means(sentence, cost, house, origin, code)
            if meant is not None:
                found.append(meant)
        if not found:
            return None
        return replace(found[0], sure=all(_same(one.means, found[0].means) for one in found))

    def _means(self, sentence: str, cost: float, house: House, origin: Origin, code: str) -> _Meant | None:
        """Return ``sentence`` where it means something, and is no word to Claw itself."""
        if self._intents.control(sentence, origin) is not None:
            return None
        means = self._intents.would_mean(sentence, house, origin, code)
        return None if isinstance(means, (Unclear, Control)) else _Meant(sentence, cost, means)

    async def _heard(self, grammar: Grammar) -> Hearable:
        """Return the words of a language in this house, made anew beside the loop when its names have changed."""
        code = grammar.language.code
        known = self._hearable.get(code)
        if known is None or known[0] is not grammar:
            known = self._hearable[code] = (grammar, await asyncio.to_thread(Hearable, grammar))
        return known[1]

    def _asked_first(self, origin: Origin) -> list[Grammar]:
        asked = (origin.language or "").replace("_", "-").partition("-")[0].casefold()
        return sorted(self._intents.awake, key=lambda grammar: grammar.language.code != asked)


def _sentences(hearable: Hearable, cleaned: str) -> list[tuple[str, tuple[float, bool]]]:
    """Return what may have been said, nearest first, each with every unknown word put right; none where one cannot.

    With each comes how far it is from what was heard, and whether only names were put right.
    """
    spans = [found.span() for found in WORD.finditer(cleaned)]
    said = [cleaned[start:end].casefold() for start, end in spans]
    unknown = hearable.unknown(said)
    if not 0 < len(unknown) <= _MOST_MISHEARD:
        return []
    rows: dict[str, tuple[float, bool]] = {}
    for chosen in _covers(hearable, said, sorted(unknown), ()):
        text = cleaned
        for one in reversed(chosen):
            text = text[: spans[one.start][0]] + one.name + text[spans[one.end - 1][1] :]
        if hearable.directions(words(text)) == hearable.directions(said):
            row = (sum(one.cost for one in chosen), not any(one.verb for one in chosen))
            rows[text] = min(row, rows.get(text, row))
    return sorted(rows.items(), key=lambda row: row[1])


def _covers(
    hearable: Hearable, said: Sequence[str], unknown: Sequence[int], chosen: tuple[Proposal, ...]
) -> Iterator[tuple[Proposal, ...]]:
    """Yield the ways to put every unknown word right, from left to right."""
    done = chosen[-1].end if chosen else 0
    left = [place for place in unknown if place >= done]
    if not left:
        yield chosen
        return
    for proposal in hearable.proposals(said, left[0]):
        if proposal.start >= done:
            yield from _covers(hearable, said, left, (*chosen, proposal))


def _asking(text: str, meant: _Meant, house: House, code: str) -> Snapped:
    """Return the question whether ``meant`` was meant; what lets somebody in, or is one of two, is to be said again."""
    question = reply_text("nearest", code, sentence=meant.text)
    plain = meant.sure and not _some(_lets_in, meant.means, house)
    return Snapped(text, ask=question, suggested=meant.text if plain else "")


def _same(one: Command | Question, other: Command | Question) -> bool:
    if isinstance(one, Command) and isinstance(other, Command):
        return one.actions == other.actions
    return one == other


def _some(what: Callable[[Action, House], bool], means: Command | Question, house: House) -> bool:
    return isinstance(means, Command) and any(what(action, house) for action in means.actions)


def _guarded(action: Action, house: House) -> bool:
    """Return whether nobody should set this off by a mishearing."""
    return action.name.partition(".")[0] in _GUARDED or _lets_in(action, house)


def _lets_in(action: Action, house: House) -> bool:
    """Return whether something would be opened, or a guard switched off."""
    domain, _, service = action.name.partition(".")
    moved = domain in {"cover", "valve"} and ("open" in service or "position" in service)
    return moved or service in _OPENING or risky(action, house.registry)
