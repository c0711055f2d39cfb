"""New sentences against bare hassil in the same run, per language; repeated sentences; the tail.

Rounds are interleaved: each sentence once by bare ``recognize_best`` over the whole package with the same names, once
by ``Intents`` with its caches emptied.  The medians are by the wall clock; the tail is judged in processor time, so
that it says something on a shared machine too, and printed in both.  ``python bench/recognise.py [rounds] [--json]``.
"""

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from hassil import Intents as Bare
from hassil import recognize_best
from measure import Figure, report

from claw.base.action import Origin
from claw.house.file import parse_house
from claw.house.model import House
from claw.mind.intents import Intents
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.understood import Unclear

PACKAGE = {"en": "en", "de": "de", "fr": "fr", "nl": "nl", "zh": "zh-CN"}
SENTENCES = {
    "en": (
        "turn on the {light}|set the {light} to {number} percent|turn off the lights in the {area}|open the {cover}"
        "|lock the {lock}|which lights are on in the {area}|is the {lock} locked|what is the weather"
    ),
    "de": (
        "schalte {light} an|stelle {light} auf {number} Prozent|schalte das Licht in {area} aus"
        "|öffne {cover}|verriegle {lock}|welche Lichter sind an in {area}|ist {lock} abgeschlossen|wie ist das Wetter"
    ),
    "fr": (
        "allume {light}|règle la luminosité de {light} à {number} %|éteins la lumière dans {area}"
        "|ouvre {cover}|verrouille {lock}|quelles lumières sont allumées dans {area}"
        "|est-ce que {lock} est verrouillé|quel temps fait-il"
    ),
    "nl": (
        "doe {light} aan|zet {light} op {number} procent|doe het licht in {area} uit|open {cover}"
        "|vergrendel {lock}|welke lampen zijn aan in {area}|is {lock} op slot|wat is het weer"
    ),
    "zh": (
        "打开{light}|把{light}调到{number}%|关闭{area}的灯|打开{cover}|锁上{lock}"
        "|{area}有哪些灯开着|{lock}锁着吗|今天天气怎么样"
    ),
}
ROOMS = 20


def house_of(language: str) -> House:
    han = language == "zh"
    room = "{}号房间" if han else "Room {}"
    kinds = {
        "light": ("号灯", "Lamp"),
        "cover": ("号窗帘", "Blind"),
        "lock": ("号锁", "Lock"),
        "switch": ("号插座", "Plug"),
    }
    return parse_house(
        {
            "language": language,
            "areas": [{"id": f"room_{at}", "name": room.format(at)} for at in range(ROOMS)],
            "entities": [
                {
                    "entity_id": f"{domain}.n{at}",
                    "name": f"{at}{chinese}" if han else f"{latin} {at}",
                    "area": f"room_{at}",
                    "state": "off",
                    "attributes": {"supported_color_modes": ["brightness"], "supported_features": 15},
                }
                for domain, (chinese, latin) in kinds.items()
                for at in range(ROOMS)
            ]
            + [{"entity_id": "weather.home", "name": "Weather 0", "state": "sunny"}],
        }
    )


def said(language: str, at: int) -> str:
    number, han = at % ROOMS, language == "zh"
    patterns = SENTENCES[language].split("|")
    pattern = patterns[at % len(patterns)]
    names = {
        "light": f"{number}号灯" if han else f"Lamp {number}",
        "cover": f"{number}号窗帘" if han else f"Blind {number}",
        "lock": f"{number}号锁" if han else f"Lock {number}",
        "area": f"{number}号房间" if han else f"Room {number}",
        "number": str(at % 100),
    }
    return pattern.format(**names)


def bare_of(language: str, house: House) -> Callable[[str], Any]:
    data = json.loads(files("home_assistant_intents").joinpath("data", f"{PACKAGE[language]}.json").read_text("utf-8"))
    compiled = Bare.from_dict(data)
    lists = {key: found for key, found in name_book(house.registry, load(language)).lists.items() if key != "thing"}
    return lambda text: recognize_best(text, compiled, slot_lists=lists, best_slot_name="name")


def taken(act: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds by the wall clock and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000


def high(figures: list[float]) -> float:
    return sorted(figures)[int(len(figures) * 0.99)]


def measure(language: str, rounds: int) -> list[Figure]:
    house = house_of(language)
    intents, bare, origin = Intents([language]), bare_of(language, house), Origin("bench", language=language)
    intents.warm(house)
    for at in range(40):
        bare(said(language, at))
        assert not isinstance(intents.recognise(said(language, at), house, origin), Unclear), said(language, at)
    gc.collect()
    gc.freeze()
    theirs, ours, again = [], [], []
    for at in range(rounds):
        text = said(language, at)
        intents.forget()
        both = [
            (theirs, lambda text=text: bare(text)),
            (ours, lambda text=text: intents.recognise(text, house, origin)),
        ]
        for figures, act in both if at % 2 else reversed(both):
            figures.append(taken(act))
        again.append(taken(lambda text=text: intents.recognise(text, house, origin))[0])
    gc.unfreeze()
    bare_p50, p50, repeated = (statistics.median(x) for x in ([w for w, _ in theirs], [w for w, _ in ours], again))
    wall, processor = high([w for w, _ in ours]), high([p for _, p in ours])
    return [
        Figure(f"{language}: new sentence / bare hassil, p50", p50 / bare_p50, "x", most=1.5),
        Figure(f"{language}: new sentence, p50", p50, "ms"),
        Figure(f"{language}: bare hassil, p50", bare_p50, "ms"),
        Figure(f"{language}: new sentence, p99 in processor time", processor, "ms", most=12),
        Figure(f"{language}: new sentence, p99 by the clock", wall, "ms"),
        Figure(f"{language}: sentence said before, p50", repeated, "ms", most=0.05),
    ]


if __name__ == "__main__":
    count = int(next((word for word in sys.argv[1:] if word.isdigit()), "200"))
    assert count >= 20, "too few rounds to say anything"
    report([figure for language in SENTENCES for figure in measure(language, count)], f"{count} sentences each")
