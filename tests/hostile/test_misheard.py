"""Sentences that were misheard, a thousand and more: none may end in the opposite of what was said.

The mishearings are made, not recorded: words that sound alike, letters that are lost or swapped, words that are lost,
doubled or torn apart.  So the share that is helped says how the plumbing works and nothing about any microphone.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import claw.daemon
from claw.base.action import Origin
from claw.house.file import load_house, parse_house
from claw.house.model import House
from claw.mind.intents import Intents
from claw.mind.language import load
from claw.mind.understood import Command, Question, Unclear, Understood
from claw.voice.snapping import Snapped, Snapping

DEMO = Path(claw.daemon.__file__).parent / "demo" / "house.yaml"
EVERYDAY = Path(__file__).parents[1] / "everyday"
SEED = 8
EACH = 320
"""Mishearings of each language under ``prove``; a tenth of them always."""


@dataclass(frozen=True)
class Tongue:
    """What is said in a language, of what, and what its words are heard as."""

    names: Mapping[str, str]
    said: Mapping[str, list[str]]
    """Sentences by the kind of thing they are about."""
    heard: Mapping[str, list[str]]
    directions: frozenset[str]


TONGUES = {
    code: Tongue(rows["names"], rows["said"], rows["heard"], frozenset(load(code).spoken["polar"]))
    for code, rows in yaml.safe_load((EVERYDAY / "misheard.yaml").read_text(encoding="utf-8")).items()
}

OPPOSITE = {
    one: other
    for pair in (
        ("turn_on", "turn_off"), ("lock", "unlock"), ("open_cover", "close_cover"), ("media_pause", "media_play"),
        ("True", "False"),
    )
    for one, other in (pair, pair[::-1])
}  # fmt: skip
OPENS = {"unlock", "open_cover", "open", "alarm_disarm"}


def house_of(code: str) -> House:
    names = TONGUES[code].names
    rows = [
        {
            "entity_id": entity,
            "name": name,
            "area": "kitchen" if entity == "light.ceiling" else "hall",
            "state": {"lock": "locked", "cover": "open", "media_player": "playing"}.get(
                entity.partition(".")[0], "off"
            ),
            "attributes": {"supported_color_modes": ["brightness"], "supported_features": 63},
            **({"device_class": "garage"} if "garage" in entity else {}),
        }
        for entity, name in names.items()
        if entity != "area"
    ]
    areas = [{"id": "kitchen", "name": names["area"]}, {"id": "hall", "name": "Vestibule"}]
    return parse_house({"language": code, "areas": areas, "entities": rows})


def said(code: str) -> list[str]:
    tongue = TONGUES[code]
    return [
        pattern.format(name.casefold())
        for kind, patterns in tongue.said.items()
        for pattern in patterns
        for entity, name in tongue.names.items()
        if entity.partition(".")[0] == kind
    ]


def misheard(code: str, count: int) -> Iterator[tuple[str, str]]:
    """Yield what was said and what was heard instead, always the same ones."""
    drawn, sentences, tongue = random.Random(f"{SEED} {code}"), said(code), TONGUES[code]
    while count:
        truth = drawn.choice(sentences)
        parts = list(truth) if code == "zh" else truth.split()
        for _ in range(drawn.choice((1, 1, 1, 2, 2, 3))):
            at = drawn.randrange(len(parts) or 1)
            parts[at : at + 1] = _instead(parts[at], tongue, drawn) if parts and parts[at] else []
        heard = ("" if code == "zh" else " ").join(parts)
        if heard != truth and heard.strip():
            count -= 1
            yield truth, heard


def _instead(word: str, tongue: Tongue, drawn: random.Random) -> list[str]:
    # "Off" that is heard as "up" is another sentence, and a right one: nobody can tell that by looking at it.
    known = [heard for heard in tongue.heard.get(word, ()) if tongue.directions.isdisjoint(heard.split())]
    if known and drawn.random() < 0.6:
        return drawn.choice(known).split()
    if drawn.random() < 0.2:
        return []
    if drawn.random() < 0.1:
        return [word, word]
    at = drawn.randrange(len(word))
    return [
        drawn.choice((
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            word[:at] + drawn.choice("aeiou") + word[at + 1 :],
        ))
    ]  # fmt: skip


def deeds(understood: Understood) -> set[tuple[str, str]]:
    """Return each thing that would be moved, and how."""
    if isinstance(understood, Question):
        return {("asked", entity) for entity in understood.entities}
    if not isinstance(understood, Command):
        return set()
    return {
        (str(action.data.get("is_volume_muted", action.name.partition(".")[2])), entity)
        for action in understood.actions
        for entity in action.entities
    }


def opposite(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> bool:
    return any(OPPOSITE.get(does) == done for does, _ in one for done, _ in other)


class Judge:
    """What came of mishearings in one language."""

    def __init__(self, code: str, house: House | None = None) -> None:
        self.code = code
        self.house = house or house_of(code)
        self.intents = Intents([code])
        self.snapping = Snapping(self.intents, lambda: self.house)
        self.origin = Origin("voice:hall", place="hall", language=code)
        self.came: Counter[str] = Counter()

    async def hear(self, truth: str, heard: str) -> None:
        """Take one mishearing; fails where it ends in what nobody said."""
        meant = deeds(self.intents.recognise(truth, self.house, self.origin))
        assert meant, f"{truth!r} is a sentence of this house"
        as_it_stands = self.intents.recognise(heard, self.house, self.origin)
        snapped = await self.snapping.snap(heard, self.origin)
        if not isinstance(as_it_stands, Unclear):
            assert snapped == Snapped(heard), "what is understood stays as it is"
            self.came["understood"] += 1
            return
        if snapped.ask:
            assert (snapped.text, snapped.changed) == (heard, False), "who asks does nothing"
            suggested = deeds(self.intents.recognise(snapped.suggested, self.house, self.origin))
            assert OPENS.isdisjoint(does for does, _ in suggested), f"a yes to {snapped.ask!r} would open"
            self.came["asked"] += 1
            self.came["asked right"] += suggested == meant or not snapped.suggested
        elif snapped.changed:
            done = deeds(self.intents.recognise(snapped.text, self.house, self.origin))
            assert not opposite(meant, done), f"{truth!r}, heard as {heard!r}, was taken for {snapped.text!r}"
            assert OPENS.isdisjoint(does for does, _ in done), f"{heard!r} opened: {snapped.text!r}"
            assert re.findall(r"\d+", heard) == re.findall(r"\d+", snapped.text), "a figure stays as it was heard"
            self.came["done"] += 1
            self.came["done right"] += done == meant
        else:
            assert snapped == Snapped(heard)
            self.came["left"] += 1

    def helped(self) -> str:
        """Say what share of what would not have been understood was helped."""
        lost = self.came["done"] + self.came["asked"] + self.came["left"]
        done, asked, right = (self.came[key] for key in ("done", "asked", "done right"))
        helped = f"{(done + asked) / max(1, lost):.0%} helped"
        return f"{self.code}: {lost} not understood, {done} done ({right} just as said), {asked} asked: {helped}"


async def _all_of(code: str, count: int) -> Judge:
    judge = Judge(code)
    for truth, heard in misheard(code, count):
        await judge.hear(truth, heard)
    print(judge.helped())  # noqa: T201  the share that is helped is a figure to look at, and not to hold anybody to
    return judge


@pytest.mark.parametrize("code", TONGUES)
async def test_no_mishearing_is_taken_for_its_opposite(code: str) -> None:
    judge = await _all_of(code, EACH // 10)
    assert judge.came["done"] + judge.came["asked"], "and some are helped"
    assert code != "zh" or not judge.came["done"], "of what has no letters nothing is put right, only asked"


@pytest.mark.prove
@pytest.mark.parametrize("code", TONGUES)
async def test_no_mishearing_of_a_thousand_is_taken_for_its_opposite(code: str) -> None:
    judge = await _all_of(code, EACH)
    assert judge.came["done right"] >= 0.9 * judge.came["done"]


@pytest.mark.parametrize("code", TONGUES)
async def test_what_is_said_every_day_is_neither_put_right_nor_asked_about(code: str) -> None:
    judge = Judge(code, load_house(DEMO))  # its many names leave more to mistake
    for line in (EVERYDAY / f"{code}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert await judge.snapping.snap(line, judge.origin) == Snapped(line)
