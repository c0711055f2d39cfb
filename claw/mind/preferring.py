"""What people like, in the words of a talk ("from now on bedroom lights at 30 % after ten"), and in a command.

Reading such a sentence uses the recogniser that reads commands, so that a preference can be about nothing that a
command could not be about; what it names decides whether it is about a thing, a room or the whole house.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from claw.base.action import Action, Json, Origin, Reply
from claw.base.errors import Refused
from claw.house.model import Entity, House
from claw.house.services import validate
from claw.memory.model import HOUSEHOLD, Fact, Memory, private_to
from claw.memory.preferences import FIGURES, Preferences, preference
from claw.memory.subjects import HOUSE, of_area, of_entity
from claw.mind.hours import cut
from claw.mind.hygiene import clean, name_text, refusal
from claw.mind.intents import Intents
from claw.mind.phrases import Phrases, fill, phrases
from claw.mind.understood import Command, Unclear
from claw.policy.windows import DAYS

_SETS: Mapping[str, str] = {
    "light.turn_on": "light",
    "fan.turn_on": "fan",
    "fan.set_percentage": "fan",
    "media_player.volume_set": "media_player",
}
"""Actions that set a figure which can be liked, with the domain."""

_OTHERS = "I can keep what you like of lights, fans and players, and of nothing else."
_FIGURES = "I can keep how bright, how warm in colour, how fast or how loud you like it, and nothing else."
_BY_ITSELF = "I keep how you like a thing when you ask for it; I do nothing by itself because of that."
_WHICH = ("Which", "I do not know which room", "“")
"""How a doubt begins that says which of several is to be named."""
_TAIL = re.compile(r" (?:sein|leuchten|zijn|staan|être|be)$")


class _Words(NamedTuple):
    """How a wish is put in one language: what leads it in, who it is for, and what makes a command of it."""

    lead: str
    own: str
    at: str
    commands: tuple[str, ...]


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        r"^(?:that )?(?:i(?:'d| would)? (?:like|want|prefer|love)(?: to have)? |we (?:like|want|prefer) |have |keep )",
        r"[, ]*\b(?:just |only )?for me(?: only| alone)?\b",
        r" (?:(?:should|shall|must|are to|is to) (?:always )?(?:be|come on|go on)|comes? on|goes? on|turns? on|are|is)?"
        r" ?(?:at|to|on at|with) (?=[\d\w])",
        ("{x}", "set {x}", "set {to}", "{to}", "turn on {x}"),
    ),
    "de": _Words(
        r"^(?:ich (?:möchte|will|hätte gern|mag) |bitte )",
        r"[, ]*\b(?:nur )?für mich(?: allein)?\b",
        r" (?:soll(?:en)?(?: immer)?|immer)? ?(?:auf|mit|bei) (?=\d)",
        ("{x}", "stelle {x}", "stelle {to}", "{to}"),
    ),
    "fr": _Words(
        r"^(?:je (?:veux|voudrais|préfère|aime) )",
        r"[, ]*\b(?:juste |seulement )?pour moi(?: seul| seule)?\b",
        r" (?:doi(?:t|vent) (?:toujours )?être)? ?(?:à) (?=\d)",
        ("{x}", "mets {x}", "mets {to}", "règle {x}"),
    ),
    "nl": _Words(
        r"^(?:ik (?:wil|wil graag|heb graag) )",
        r"[, ]*\b(?:alleen )?voor mij(?: alleen)?\b",
        r" (?:moet(?:en)?)? ?(?:op) (?=\d)",
        ("{x}", "zet {x}", "zet {to}"),
    ),
    "zh": _Words(
        r"^(?:我(?:想要|要|喜欢))",
        r"(?:只)?(?:为|给)我",
        r"要?(?:调|开|设)?到(?=\d)",
        ("{x}", "把{x}", "{to}", "把{to}"),
    ),
}
_TO: Mapping[str, str] = {"en": " to ", "de": " auf ", "fr": " à ", "nl": " op ", "zh": "调到"}


@dataclass(frozen=True, slots=True)
class Liked:
    """A command with what people like in it, and the words that say so; empty where the hearers may not know it."""

    command: Command
    note: str = ""
    used: tuple[int, ...] = ()
    entities: frozenset[str] = field(default_factory=frozenset[str])

    def told(self, reply: Reply) -> Reply:
        """Return ``reply`` with the words that say what was put in, where that was done."""
        return replace(reply, text=f"{reply.text} {self.note}") if self.note and self.done(reply) else reply

    def done(self, reply: Reply) -> bool:
        """Return whether something was done with what was put in."""
        return any(
            self.entities.intersection(outcome.action.entities) and outcome.status in {"done", "started", "unchanged"}
            for outcome in reply.outcomes
        )


class Preferring:
    """Applies preferences to understood commands and reads new ones."""

    def __init__(self, preferences: Preferences, intents: Intents) -> None:
        self._preferences = preferences
        self._intents = intents
        self.uses: list[Callable[[tuple[int, ...], Origin], None]] = []
        """Called with the preferences that had a part in what was done: what is used does not fade."""

    def liked(self, command: Command, house: House, origin: Origin) -> Liked:
        """Return ``command`` as whoever asks likes it now; what was said wins, and what takes back is left as it is."""
        if command.undoes:
            return Liked(command)
        applied = self._preferences.applied(command.actions, house, origin)
        if not applied.used:
            return Liked(command)
        hears = self._preferences.hears(origin)
        notes = [note_of(row, phrases(command.language)) for row, _ in applied.used if row.fact.visibility in hears]
        return Liked(
            replace(command, actions=applied.actions),
            " ".join(dict.fromkeys(notes)),
            tuple(row.id for row, _ in applied.used),
            frozenset(entity for _, entities in applied.used for entity in entities),
        )

    def done(self, liked: Liked, reply: Reply, origin: Origin) -> None:
        """Tell whoever keeps count which preferences had a part in what was done."""
        if liked.used and liked.done(reply):
            for use in self.uses:
                use(liked.used, origin)

    async def from_now_on(self, rest: str, house: House, origin: Origin) -> Fact:
        """Return the fact that "from now on ``rest``" states, to be told to ``Memories`` by whoever asked.

        Raises Refused with a whole sentence where it is no preference, or one that may not be.
        """
        refused = refusal(rest)
        if refused is not None:
            raise Refused(refused)
        for code in self._order(origin):
            text, condition = cut(clean(rest), code)
            words = _WORDS.get(code, _WORDS["en"])
            own = re.search(words.own, text, re.IGNORECASE)
            if own is not None:
                text = f"{text[: own.start()]} {text[own.end() :]}"
            text = _TAIL.sub("", re.sub(words.lead, "", " ".join(text.split()), flags=re.IGNORECASE))
            command = await self._command(text, code, house, origin)
            if command is not None:
                return self._fact(command, text, condition, house, private_of(origin, own=own is not None))
        raise Refused("I did not understand what you would like. Say it like “bedroom lights at 30 % after ten”.")

    async def wish(self, said: str, house: House, origin: Origin) -> Fact | None:
        """Return the wish of one's own that "I like ``…``" states, None where that is about something else.

        It is for whoever says it alone, whatever it says of who it is for.
        """
        wishes = (words.lead for code in self._order(origin) if (words := _WORDS.get(code)) is not None)
        if origin.person is None or not any(re.match(lead, said, re.IGNORECASE) for lead in wishes):
            return None
        try:
            fact = await self.from_now_on(said, house, origin)
        except Refused:
            return None
        return replace(fact, visibility=private_to(origin.person))

    def _order(self, origin: Origin) -> Sequence[str]:
        asked = (origin.language or "").replace("_", "-").partition("-")[0].casefold()
        return sorted(self._intents.languages, key=lambda code: code != asked)

    async def _command(self, text: str, code: str, house: House, origin: Origin) -> Command | None:
        """Return the command that a wish would be, None where no wording of it is one; raises Refused for a doubt."""
        words = _WORDS.get(code, _WORDS["en"])
        parts = re.split(words.at, text, flags=re.IGNORECASE)
        to = _TO.get(code, " to ").join((" ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else text
        doubt = ""
        asking = replace(origin, language=code)
        for command in words.commands:
            tried = command.replace("{x}", text).replace("{to}", to)
            understood = await self._intents.listen(tried, house, asking)
            if isinstance(understood, Command) and any(action.data for action in understood.actions):
                return understood
            if isinstance(understood, Command):
                doubt = doubt or (_OTHERS if _guarded(understood.actions) else _BY_ITSELF)
            if isinstance(understood, Unclear) and understood.reason.startswith(_WHICH):
                doubt = doubt or understood.reason
        if doubt:
            raise Refused(doubt)
        return None

    def _fact(self, command: Command, text: str, condition: Mapping[str, Json], house: House, visible: str) -> Fact:
        domain, value, ids = _wanted(command.actions)
        entities = [house.registry.entities[one] for one in ids if one in house.registry.entities]
        words = phrases(command.language)
        subject, shape, name = self._about(text, command.actions[0], entities, house, words.quote)
        when = when_words(condition, words)
        value_text = value_words(value, words)
        things = words.likings[domain]
        sentence = fill(words.likings[shape], name=name, value=value_text, when=when, things=things)
        return preference(subject, domain, value, sentence, condition=condition, visibility=visible)

    def _about(
        self, text: str, action: Action, entities: Sequence[Entity], house: House, quote: Callable[[str], str]
    ) -> tuple[str, str, str]:
        """Return what a wish is about: the subject, the form of its sentence, and a name; raises Refused in doubt."""
        if len(entities) == 1 and self._names(text, entities[0]):
            return of_entity(entities[0]), "thing", quote(entities[0].name)
        areas = {entity.area for entity in entities}
        area = house.registry.areas.get(next(iter(areas)) or "") if len(areas) == 1 else None
        if area is not None:
            return of_area(area.id), "room", quote(area.name)
        if len(entities) == 1:
            return of_entity(entities[0]), "thing", quote(entities[0].name)
        others = {one for one in house.registry.entities.values() if one.domain == action.domain} - set(entities)
        if not any(
            _daily(one) and one.entity_id not in house.registry.groups and _able(one, action, house) for one in others
        ):
            return HOUSE, "house", ""
        raise Refused("Please say that for one room, one thing or all of the house.")

    def _names(self, text: str, entity: Entity) -> bool:
        """Return whether ``text`` calls a thing by a name of its own, and not just by its room and kind."""
        said = f" {name_text(text)} "
        for grammar in self._intents.awake:
            gap = "" if grammar.language.spaceless else " "
            for name, bearers in grammar.book.things.items():
                if f"{gap}{name}{gap}" in said and any(one.entity_id == entity.entity_id for one in bearers):
                    return True
        return False


def private_of(origin: Origin, *, own: bool) -> str:
    """Return who a wish is for: the person alone where they say so, else the household."""
    if own and origin.person is not None:
        return private_to(origin.person)
    return HOUSEHOLD


def note_of(row: Memory, words: Phrases) -> str:
    """Return the words that say what a preference put in: "30 %, as you like it after 22:00."."""
    value = value_words(row.fact.value, words)
    return fill(words.likings["liked"], value=value, when=when_words(row.fact.condition, words))


def value_words(value: Mapping[str, Json], words: Phrases) -> str:
    """Return the figures of a preference in words."""
    said: list[str] = []
    for key, wanted in sorted(value.items()):
        if key == "color_temp_kelvin":
            said.append(fill(words.likings["kelvin"], value=words.number(float(wanted), 0)))
        else:
            part = float(wanted) * (100 if key == "volume_level" else 1)
            said.append(words.number(part, 0) + words.marks["percent"])
    return words.join(said)


def when_words(condition: Mapping[str, Json], words: Phrases) -> str:
    """Return the hours and days of a condition in words, empty where it has none; begins with its own space."""
    after, before = condition.get("after"), condition.get("before")
    shape = "between" if after and before else "after" if after else "before" if before else ""
    said = fill(words.likings[shape], after=str(after), before=str(before)) if shape else ""
    days = condition.get("weekdays")
    if days:
        names = words.join([words.calendar.weekdays[DAYS.index(day)] for day in days])
        said += fill(words.likings["days"], days=names)
    return said


def _wanted(actions: Sequence[Action]) -> tuple[str, dict[str, Json], tuple[str, ...]]:
    """Return the domain, the figures and the things of a wish; raises Refused where they are not of one kind."""
    domains = {_SETS.get(action.name) for action in actions}
    domain = domains.pop() if len(domains) == 1 else None
    if domain is None:
        raise Refused(_OTHERS)
    values = {tuple(sorted(action.data.items())) for action in actions}
    value = dict(values.pop()) if len(values) == 1 else {}
    if not value or not value.keys() <= FIGURES[domain].keys():
        raise Refused(_FIGURES)
    return domain, value, tuple(entity for action in actions for entity in action.entities)


def _guarded(actions: Sequence[Action]) -> bool:
    return any(action.domain not in FIGURES for action in actions)


def _able(entity: Entity, action: Action, house: House) -> bool:
    """Return whether a thing could have been in ``action`` too."""
    try:
        validate(house, Action(action.name, (entity.entity_id,), action.data))
    except Refused:
        return False
    return True


def _daily(entity: Entity) -> bool:
    return not entity.hidden and entity.category is None
