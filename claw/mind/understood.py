"""What a sentence was understood as: the four things that recognition may hand on.

Nothing here acts or reads a state.  A ``Command`` names entities that exist; a ``Question`` names what to look at and
leaves looking to the writer of answers; a ``Control`` is a word to Claw itself; ``Unclear`` says politely what
was not understood and what would have been.

Question kinds, and what their fields hold
------------------------------------------

====================  =====================================  ==========================  ===========================
kind                  entities                               wanted                      example
====================  =====================================  ==========================  ===========================
``state``             the things asked about, at least one   a state word for yes or no  "is the garage open" (open)
                                                             None: say their states      "what is the hall lamp doing"
``any``, ``all``      every thing of the kind in the place   a state word                "are any windows open"
``which``, ``count``  every thing of the kind in the place   a state word                "which lights are on"
``value``             what carries the reading               the measure                 "how humid is it upstairs"
``presence``          ``person.*``                           None, ``home``,             "is anyone home", "who is
                                                             ``not_home`` or an area     home", "where is Anna"
``weather``           ``weather.*``                          None                        "what is the weather"
``time``, ``date``    none                                   None                        "what time is it"
``who``, ``why``,     the things asked about                 a state word, or None for   "who opened the garage",
``when``                                                     whatever changed last       "when was the door locked"
====================  =====================================  ==========================  ===========================

``wanted`` state words are those of ``STATE_WORDS``: what people say, not what a domain calls it (a window sensor is
``on`` when the window is ``open``).  ``fits`` translates.  A measure is a sensor's device class (``temperature``,
``humidity``, ``battery``, ``power``, ``carbon_dioxide`` ...) or the name of an attribute (``brightness``,
``current_position``, ``volume_level``, ``media_title``, ``target_temperature`` for a set point); entities are sensors
of that class, or the thing that has the attribute (for ``temperature`` and ``humidity`` a climate, whose ``current_``
attribute is meant).

``detail`` keys, each only where it was said: ``area`` and ``floor`` (ids) for the place; ``domain`` and
``device_class`` for the kind ("lights", "windows"); ``ask`` for presence: ``any`` (is anyone), ``which`` (who), ``all``
(is everybody), ``count`` (how many), ``state`` (is Anna home) or ``where``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from claw.base.action import NO_DATA, Action, Json
from claw.house.model import Entity, State

QuestionKind = Literal[
    "state", "any", "all", "which", "count", "value", "presence", "weather", "time", "date", "who", "why", "when"
]
ControlWord = Literal["stop", "undo", "yes", "no", "nevermind", "help", "hello", "thanks", "did", "reset"]

STATE_WORDS: Mapping[str, frozenset[str]] = {
    "on": frozenset({"on", "playing", "paused", "heat", "cool", "auto", "heat_cool", "dry", "fan_only", "cleaning"}),
    "off": frozenset({"off", "standby"}),
    "open": frozenset({"open", "opening", "on"}),
    "closed": frozenset({"closed", "off"}),
    "locked": frozenset({"locked"}),
    "unlocked": frozenset({"unlocked", "unlocking", "open", "opening"}),
    "home": frozenset({"home", "on"}),
    "not_home": frozenset({"not_home", "off"}),
    "playing": frozenset({"playing"}),
    "paused": frozenset({"paused"}),
    "idle": frozenset({"idle", "standby"}),
    "active": frozenset({"active"}),
    "docked": frozenset({"docked"}),
    "cleaning": frozenset({"cleaning"}),
    "returning": frozenset({"returning"}),
    "mowing": frozenset({"mowing"}),
    "armed": frozenset({"armed_home", "armed_away", "armed_night", "armed_vacation", "armed_custom_bypass", "arming"}),
    "disarmed": frozenset({"disarmed"}),
    "triggered": frozenset({"triggered", "pending"}),
    "detected": frozenset({"on"}),
    "clear": frozenset({"off"}),
    "wet": frozenset({"on"}),
    "dry": frozenset({"off"}),
    "low": frozenset({"on"}),
    "normal": frozenset({"off"}),
    "charging": frozenset({"on"}),
}
"""A state word and the state values that it fits."""

_INVERSE_LOCK = {"locked": "off", "unlocked": "on"}


def fits(wanted: str, entity: Entity, state: State) -> bool:
    """Return whether ``entity`` in ``state`` is what the state word ``wanted`` says; False when it is not known.

    A lock's "open" is not locked, a binary lock sensor's "locked" is its ``off``, and a word that is no state word is
    compared as it is.
    """
    if entity.domain == "binary_sensor" and wanted in _INVERSE_LOCK:
        return state.value == _INVERSE_LOCK[wanted]
    if entity.domain == "lock" and wanted in {"open", "closed"}:
        wanted = "unlocked" if wanted == "open" else "locked"
    return state.value in STATE_WORDS.get(wanted, (wanted,))


@dataclass(frozen=True, slots=True)
class Command:
    """Actions to hand to the gate, in the order they were said; ``text`` is what was said.

    ``undoes`` are the entries of the log that they take back.
    """

    actions: tuple[Action, ...]
    language: str
    text: str
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be read from the house; the kinds and fields are described at the top of this module."""

    kind: QuestionKind
    entities: tuple[str, ...]
    wanted: str | None
    detail: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Control:
    """A word to Claw itself: recognised before and without anything else.

    ``reset`` is one only while Claw is stopped, and lifts nothing: it asks how that is done.
    """

    word: ControlWord
    language: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Not understood, and never acted upon.

    ``reason`` is a whole polite sentence in English; ``nearest`` a sentence that would be understood in this house,
    None where nothing is near.  Where it was only not clear which of several a ``word`` means, ``choices`` are their
    entity ids: a question that can be answered.  Where only a name was lacking, one that nothing here bears, it is
    ``lacks``.
    """

    language: str
    nearest: str | None
    reason: str
    word: str = ""
    choices: tuple[str, ...] = ()
    lacks: str = ""


Understood = Command | Question | Control | Unclear
