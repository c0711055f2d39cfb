"""The shape of ``tests/*.yaml``: what a skill is told in which house, and what it must do there and say.

A skill brings its own tests, so that whoever changes a byte of it finds out what it still does.  Only the files are
known here: who runs them in a house is ``claw/skills/proving.py``.  One file holds some cases::

    house: demo                     # the house of `claw demo`, or a house written out as a house file has it;
                                    # left out: the house that the skill is proved in
    cases:
      - name: two lamps are still on
        said: good night            # a sentence, matched by the skill's phrases ...
        with: {area: bedroom}       # ... or the values of its parameters
        by: owner                   # a role or a person's id; an owner by default
        in: bedroom                 # the area in which it is said
        now: 2026-01-05T22:30       # what the clocks in the house show
        home: [anna, ben]           # who is at home; everybody else is away
        given:                      # how things are before: a state, or a state and attributes
          light.kitchen_ceiling: on
          climate.heat_pump: {state: heat, temperature: 21}
        without: [vacuum, lock.front_door]   # domains and entities that this house has not
        answer: true                # what an owner answers where somebody is asked; left out: nobody answers
        expect:
          ends: done
          calls:                    # all of them, in this order; the entities of one call in any order
            - {call: light.turn_off, on: [light.kitchen_ceiling]}
            - {call: climate.set_temperature, on: climate.heat_pump, data: {temperature: 17}}
          states: {lock.front_door: locked, climate.heat_pump: {temperature: 17}}
          says: [Good night]        # each stands somewhere in the answer
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from claw.base.action import NO_DATA
from claw.base.documents import parse_marked
from claw.base.errors import Invalid
from claw.house.file import parse_house
from claw.house.model import House
from claw.policy.words import EntityId, Name, Part, state_text
from claw.skills.manifest import ActionName, Language, ParameterName, Value
from claw.skills.model import TESTS, Skill

DEMO = "demo"
"""The name of the house of ``claw demo``."""

MOST_CASES = 100
"""Cases of one skill: more would take longer than anybody waits."""

Ends = Literal["done", "started", "missed", "refused", "asked", "failed"]
"""How a run ends.

``done``: all that it called worked and what must be so is so; ``started``: some of it is still on its way; ``missed``:
it was not meant, or cannot begin as things are, so that the ordinary way goes on; ``refused``: the rules or its rights
say no; ``asked``: it waits for a person's yes; ``failed``: something did not work, or is not so afterwards, and it
says so.
"""


def _state(value: object) -> object:
    return value if isinstance(value, dict) else {"state": state_text(value)}


def _some(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not 0 < len(value) <= MOST_CASES:
        raise ValueError(f"found {len(value)} cases, expected 1 to {MOST_CASES}")
    return value


def _one_or_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _moment(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"found {value!r}, expected a moment such as 2026-01-05T22:30") from None


States = Annotated[Mapping[str, Any], BeforeValidator(_state), Field(min_length=1)]
"""A state and attributes of one entity, the state under ``state``; either may be missing."""
Given = Annotated[Mapping[EntityId, States], Field(max_length=200)]
Ids = Annotated[tuple[EntityId, ...], BeforeValidator(_one_or_list), Field(max_length=100)]
Words = Annotated[tuple[Annotated[str, StringConstraints(min_length=1, max_length=500)], ...], Field(max_length=20)]
Kinds = Annotated[tuple[Name, ...], BeforeValidator(_one_or_list), Field(max_length=100)]
Moment = Annotated[str, AfterValidator(lambda value: (_moment(value), value)[1])]


class ExpectedCall(Part):
    """One call that must be made: the action, its entities in any order, and all of its data.

    It may be written as the program writes it: both are compared in the form that the gate gives them.
    """

    call: ActionName
    on: Ids = ()
    data: Annotated[Mapping[str, Any], Field(max_length=20)] = Field(default_factory=lambda: NO_DATA)


class Expect(Part):
    """What must come of a case; of what is left out nothing is expected, but for ``ends``.

    ``ends`` is ``done``, ``started`` (some of it is still on its way), ``missed`` (it was not meant, or cannot begin as
    things are), ``refused`` (the rules or its rights say no), ``asked`` (it waits for a yes) or ``failed`` (something
    did not work, and it says so).  ``calls`` are all of them, in this order unless ``any_order``; ``[]`` is none.
    ``states`` is how things are afterwards: a state, or a state and attributes.  Each of ``says`` stands somewhere in
    the answer, none of ``says_not`` does.
    """

    ends: Ends = "done"
    calls: Annotated[tuple[ExpectedCall, ...], Field(max_length=50)] | None = None
    any_order: bool = False
    states: Given | None = None
    says: Annotated[Words, BeforeValidator(_one_or_list)] = ()
    says_not: Annotated[Words, BeforeValidator(_one_or_list)] = ()

    @model_validator(mode="after")
    def _something(self) -> "Expect":
        if self.calls is None and self.states is None and self.ends in {"done", "failed"}:
            raise ValueError("a case says what is called (calls: [] for nothing) or how things are afterwards (states)")
        return self


class Scenario(Part):
    """One case: what is asked, by whom, in which house, and what must come of it.

    It is a sentence (``said``), matched by the skill's phrases, or values for its parameters (``with``).  ``by`` is a
    role, a person's id, or ``nobody`` for a voice that nobody knows; ``in`` the area in which it is said; ``now`` what
    the clocks of the house show (a Monday at noon by default).  ``home`` are those who are at home: everybody else is
    away.  ``given`` is how things are before, ``without`` are domains and entities that this house has not.
    ``answer`` is what an owner says where somebody is asked for a yes; left out, nobody answers.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    said: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    with_: Mapping[ParameterName, Value] | None = Field(None, alias="with", max_length=8)
    language: Language = "en"
    by: Name = "owner"
    in_: Name | None = Field(None, alias="in")
    now: Moment | None = None
    home: Kinds | None = None
    given: Given | None = None
    without: Kinds = ()
    answer: bool | None = None
    expect: Expect

    @model_validator(mode="after")
    def _asked_one_way(self) -> "Scenario":
        if self.said is not None and self.with_ is not None:
            raise ValueError("expected either what is said or with what it is run")
        return self

    @property
    def moment(self) -> datetime | None:
        """What the clocks in the house show, without a zone where the file gives none."""
        return _moment(self.now) if self.now is not None else None


class CaseFile(Part):
    """A ``tests/*.yaml``.

    ``house`` is ``demo``, or a house written out as a house file has it; left out, it is the house that the skill is
    proved in.
    """

    house: Annotated[str, StringConstraints(max_length=60)] | Mapping[str, Any] | None = None
    cases: Annotated[tuple[Scenario, ...], AfterValidator(_some)]


@dataclass(frozen=True, slots=True)
class Told:
    """One case of a skill with the file it stands in.

    ``house`` is the one written out there, ``named`` the name of another; with neither it is the one of the proof.
    """

    path: str
    case: Scenario
    house: House | None = None
    named: str = ""

    @property
    def name(self) -> str:
        """The case, as a report calls it."""
        return f"{self.path.removeprefix(TESTS)}: {self.case.name}"


def read_cases(text: str, path: str) -> tuple[Told, ...]:
    """Return the cases in ``text``; raises Invalid naming ``path``, the line and what was expected."""
    document = parse_marked(text, path, CaseFile)
    written, house, named = document.value.house, None, ""
    if isinstance(written, str):
        if written != DEMO:
            raise document.invalid(f"found the house {written!r}, expected {DEMO}, or a house written out", "house")
        named = written
    elif written is not None:
        try:
            house = parse_house(written, path)
        except Invalid as error:
            raise document.invalid(error.problem, "house") from None
    names = [case.name for case in document.value.cases]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise document.invalid(f"found the case {name!r} twice", "cases", at, "name")
    return tuple(Told(path, case, house, named) for case in document.value.cases)


def cases_of(skill: Skill) -> tuple[Told, ...]:
    """Return all cases of a skill in the order of its files; raises Invalid for the first file that is wrong."""
    found: list[Told] = []
    for path, text in sorted(skill.tests.items()):
        found += read_cases(text, path)
        if len(found) > MOST_CASES:
            raise Invalid(path, None, f"found more than {MOST_CASES} cases, which take longer than anybody waits")
    return tuple(found)
