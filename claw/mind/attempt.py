"""One attempt to understand one sentence in one language: whole, then without its exception, then part by part.

A part is never dropped: a compound of which one part is unclear is unclear, and says which.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from claw.base.action import NO_DATA, Action
from claw.house.model import House
from claw.house.text import plain
from claw.mind import compound, hygiene
from claw.mind.grammar import Grammar
from claw.mind.orders import actions, kind_for
from claw.mind.questions import question
from claw.mind.reading import Reading
from claw.mind.targets import Doubt, Targets
from claw.mind.understood import Command, Question, Unclear, Understood

_MOST_TRIES = 40

Read = Callable[[str, str], tuple[Reading, ...]]
"""Text and language to readings, remembered by whoever gives this."""

NOT_UNDERSTOOD = "I did not understand that."


class _Before(NamedTuple):
    """What a piece may borrow from the one before it: its verb, and the sentence it stood for."""

    verb: str
    sentence: str


class Attempt:
    """One sentence in one language: remembers whether any state was looked at."""

    def __init__(
        self,
        grammar: Grammar,
        read: Read,
        house: House,
        place: str | None,
        said: str,
        chosen: Mapping[str, str] = NO_DATA,
    ) -> None:
        self.looked = False
        self._read = read
        self._house = house
        self._said = said
        self._language = grammar.language
        self._code = grammar.language.code
        self._book = grammar.book
        self._targets = Targets(grammar.book, place, chosen)
        self._tries = 0

    def understand(self, text: str) -> Understood:
        """Return what the cleaned ``text`` means, whole or in parts."""
        whole = self._one(text)
        if isinstance(whole, (Command, Question)) or whole.firm:
            return self._told(whole)
        exception = compound.cut_exception(text, self._language)
        if exception is not None:
            return self._told(self._except(*self._untailed(*exception)))
        pieces = compound.cut(text, self._language)
        return self._told(self._several(pieces) if len(pieces) > 1 else whole)

    def _told(self, result: Command | Question | Doubt) -> Understood:
        if isinstance(result, Doubt):
            return Unclear(self._code, None, result.reason, result.word, result.choices)
        return result

    def _one(self, text: str) -> Command | Question | Doubt:
        """Return what one simple sentence means: the first of its readings that leads to something."""
        self._tries += 1
        if self._tries > _MOST_TRIES:
            return Doubt("That is too much at once: please say it in smaller parts.", firm=True)
        text, scale = self._scaled(text)
        doubt: Doubt | None = None
        for reading in self._read(text, self._code):
            meant = self._meant(reading.but(scale=scale) if scale else reading)
            if not isinstance(meant, Doubt):
                return meant
            if meant.firm:
                return meant
            doubt = doubt or meant
        return doubt or Doubt(NOT_UNDERSTOOD)

    def _scaled(self, text: str) -> tuple[str, str | None]:
        """Return the sentence without "Celsius" or "Fahrenheit", and which of them was said."""
        text, scale = hygiene.degrees(text)
        folded = text.casefold()
        for unit, words in self._language.units.items():
            for word in words:
                if word in folded:
                    start = folded.index(word)
                    return " ".join(f"{text[:start].rstrip()}° {text[start + len(word) :]}".split()), unit[0].upper()
        return text, scale

    def _meant(self, reading: Reading) -> Command | Question | Doubt:
        if reading.does.startswith("q_"):
            return question(reading, self._targets, self._code)
        entities = self._entities(reading)
        if isinstance(entities, Doubt):
            return entities
        made = actions(reading, entities, self._house)
        if isinstance(made, Doubt):
            self.looked = True
            return made
        found, looked = made
        self.looked = self.looked or looked
        return Command(found, self._code, self._said)

    def _entities(self, reading: Reading) -> tuple[str, ...] | Doubt:
        if reading.get("thing") is not None or reading.get("kind") is not None:
            return self._targets.find(self._placed(reading))
        kind = kind_for(reading)
        if kind is None:
            return Doubt(NOT_UNDERSTOOD)
        found = self._targets.find(self._placed(reading.but(kind=f"{kind}/many")))
        if kind == "media" and (isinstance(found, Doubt) or reading.get("area") is None):
            return self._playing(reading, found)
        return found

    def _placed(self, reading: Reading) -> Reading:
        """Send the only vacuum anywhere: it does not live in the room that it cleans."""
        if reading.does != "clean":
            return reading
        return (
            reading.but(area=None, floor=None, where="house")
            if len(self._book.by_domain.get("vacuum", ())) == 1
            else reading
        )

    def _playing(self, reading: Reading, found: tuple[str, ...] | Doubt) -> tuple[str, ...] | Doubt:
        """Return the players meant by "pause" where none is named: what plays here, what plays at all, what is here."""
        if not isinstance(found, Doubt) and reading.get("where") is not None:
            return found
        self.looked = True
        wanted = {"paused"} if reading.does == "play" else {"playing", "buffering", "on"}
        players = {player.entity_id: player for player in self._book.by_domain.get("media_player", ())}
        near = tuple(p for p in players if players[p].area == self._targets.place and self._targets.place is not None)
        busy = tuple(p for p in players if (state := self._house.states.get(p)) and state.value in wanted)
        for chosen in (tuple(p for p in near if p in busy), busy, near, tuple(players) if len(players) == 1 else ()):
            if chosen:
                return chosen
        return Doubt("Which player do you mean?", firm=True)

    def _several(self, pieces: Sequence[str]) -> Command | Doubt:
        if len(pieces) > compound.MOST_PARTS:
            return Doubt("That is too much at once: please say it in smaller parts.")
        verb = before = ""
        made: list[Action] = []
        for at, piece in enumerate(pieces):
            part, before = self._part(piece, _Before(verb, before), pieces[at + 1 :])
            if isinstance(part, Question):
                return Doubt("Please ask a question by itself, without a command in the same sentence.")
            if isinstance(part, Doubt):
                why = f": {part.reason}" if part.reason != NOT_UNDERSTOOD else "."
                return replace(part, reason=f"I did not understand the part “{plain(piece)}”{why}")
            made.extend(part.actions)
            verb = compound.verb_of(piece, self._language) or verb
        return Command(_merged(made), self._code, self._said)

    def _part(self, piece: str, before: "_Before", later: Sequence[str]) -> tuple[Command | Question | Doubt, str]:
        """Return what one piece means, and the whole sentence it stands for, with what it borrowed."""
        followers: list[str] = []
        for follower in later:
            if compound.verb_of(follower, self._language):
                break
            followers.append(follower)
            if compound.tail_of(follower, self._language):
                break  # the nearest ending: in "a and b on, c off" the first is to be on
        last = followers[-1] if followers else ""
        tail = compound.tail_of(last, self._language)
        noun = compound.noun_of(last[: len(last) - len(tail)] if tail else last, self._language)
        nouns = [noun] if noun and not compound.noun_of(piece, self._language) else []
        doubt: Doubt | None = None
        elsewhere = self._elsewhere(piece, before.sentence)
        led = compound.led(piece, before.verb, self._language)
        offered = compound.offers(piece, before.verb, tail, nouns, self._language)
        for offer in (*offered, *(elsewhere or (led,)), piece):
            meant = self._one(offer)
            if not isinstance(meant, Doubt):
                return meant, offer
            doubt = meant if doubt is None or (meant.firm and not doubt.firm) else doubt
        return doubt or Doubt(NOT_UNDERSTOOD), piece

    def _elsewhere(self, piece: str, sentence: str) -> tuple[str, ...]:
        """Return the sentence before said of the place that ``piece`` is: "the lights in the kitchen and the hall"."""
        tail = compound.tail_of(piece, self._language)
        words = piece[: len(piece) - len(tail)] if tail else piece
        place = hygiene.name_text(compound.bare(words, self._language))
        places = {**self._book.areas, **self._book.floors}
        if place not in places:
            return ()
        return compound.swapped(sentence, tuple(places), place)

    def _except(self, base: str, rest: str) -> Command | Doubt:
        pieces = compound.cut(base, self._language)
        whole = self._one(base)
        command = whole if isinstance(whole, Command) else self._several(pieces) if len(pieces) > 1 else whole
        if not isinstance(command, Command):
            return command if isinstance(command, Doubt) else Doubt("There is nothing to except from a question.")
        last = (pieces or (base,))[-1]
        verb, tail = compound.verb_of(last, self._language), compound.tail_of(last, self._language)
        spared: set[str] = set()
        further: list[str] = []
        for piece in compound.cut(rest, self._language):
            if further or compound.verb_of(piece, self._language):
                further.append(piece)
                continue
            found = self._noun(piece, verb, tail)
            if isinstance(found, Doubt):
                return Doubt(f"I did not understand the exception “{plain(piece)}”.")
            spared |= found
        left = _without(command.actions, spared)
        if not left:
            return Doubt("With that exception nothing is left to do.")
        if not further:
            return Command(left, self._code, self._said)
        more = self._several(further) if len(further) > 1 else self._one(further[0])
        if isinstance(more, Command):
            return Command(_merged([*left, *more.actions]), self._code, self._said)
        return more if isinstance(more, Doubt) else Doubt("Please ask a question by itself.")

    def _untailed(self, base: str, rest: str) -> tuple[str, str]:
        """Return both with an ending that the base lacks put back: "all lights except the kitchen off"."""
        tail = compound.tail_of(rest, self._language)
        if tail and isinstance(self._one(base), Doubt) and not isinstance(self._one(base + tail), Doubt):
            return base + tail, rest[: len(rest) - len(tail)]
        return base, rest

    def _noun(self, piece: str, verb: str, tail: str) -> set[str] | Doubt:
        """Return every entity that a noun alone can mean: a room's, a name's, a kind's, or what the verb would move."""
        said = hygiene.name_text(compound.bare(piece, self._language))
        for prefix in ("in ", "on "):
            said = compound.bare(said.removeprefix(prefix), self._language)
        entities = [entity for rows in self._book.by_domain.values() for entity in rows]
        if said in self._book.areas:
            return {e.entity_id for e in entities if e.area == self._book.areas[said]}
        if said in self._book.floors:
            return {e.entity_id for e in entities if self._book.floor_of(e) == self._book.floors[said]}
        if said in self._book.things:
            return {bearer.entity_id for bearer in self._book.things[said]}
        if said in self._language.kinds:
            kind = self._language.kinds[said].partition("/")[0]
            scope = self._targets.scope(Reading("off", (), None, ()))
            if not isinstance(scope, Doubt):
                found = self._targets.of_kind(kind, frozenset(self._book.by_domain), scope)
                return {entity.entity_id for entity in found}
        gap = "" if self._language.spaceless else " "
        meant = self._one(f"{verb}{gap}{piece}{tail}")
        if isinstance(meant, Command):
            return {entity_id for action in meant.actions for entity_id in action.entities}
        return meant if isinstance(meant, Doubt) else Doubt(NOT_UNDERSTOOD)


def _without(actions_made: Sequence[Action], spared: set[str]) -> tuple[Action, ...]:
    kept = [(action, tuple(e for e in action.entities if e not in spared)) for action in actions_made]
    return tuple(Action(action.name, entities, action.data) for action, entities in kept if entities)


def _merged(made: Sequence[Action]) -> tuple[Action, ...]:
    """Join neighbours that are the same act on different things, each thing once."""
    joined: list[Action] = []
    for action in made:
        last = joined[-1] if joined else None
        if last is not None and last.name == action.name and last.data == action.data:
            entities = tuple(dict.fromkeys((*last.entities, *action.entities)))
            joined[-1] = Action(last.name, entities, last.data)
        else:
            joined.append(action)
    return tuple(joined)
