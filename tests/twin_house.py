"""A house for proofs without a gate and without a sandbox: the program is run by Python on a copy of the states.

It is as strict as the real one where a test of the prover needs it, and takes no time at all; the real one has tests
of its own (tests/unit/daemon/test_proving.py).
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from claw.base.action import Action
from claw.base.documents import parse_document
from claw.base.errors import Refused
from claw.house.file import parse_house
from claw.house.model import House
from claw.house.semantics import apply
from claw.house.services import validate
from claw.skills.binding import Asker, Missing, bind, checked
from claw.skills.conditions import unmet
from claw.skills.manifest import Manifest
from claw.skills.model import Arguments, Skill
from claw.skills.phrases import Phrases
from claw.skills.proving_ground import Asked, Fault, Seen, Setting
from claw.skills.within import within

LAMP = {"supported_color_modes": ["brightness"], "color_mode": None, "brightness": None}
HOME = parse_house(
    {
        "areas": [{"id": "hall", "name": "Hall"}, {"id": "attic", "name": "Attic"}],
        "entities": [
            *(
                {"entity_id": f"light.{one}", "name": one, "area": area, "state": "off", "attributes": LAMP}
                for one, area in (("a", "hall"), ("b", "hall"), ("c", "attic"))
            ),
            {"entity_id": "lock.door", "name": "Door", "area": "hall", "state": "unlocked"},
            {"entity_id": "person.anna", "name": "Anna", "state": "home"},
        ],
        "people": [{"id": "anna", "name": "Anna", "role": "owner", "entity_id": "person.anna"}],
    }
)

MANIFEST = """
version: 1.0.0
triggers: {phrases: {en: ["night night", "[it is] time to sleep"]}}
may:
  - {call: light.turn_off, on: {domain: light}}
  - {call: lock.lock, on: {domain: lock}}
limits: {calls: 2}
after: [{of: {domain: lock}, values: [locked]}]
"""
PROGRAM = """\
lights = find(domain="light", state="on")
doors = find(domain="lock", state="unlocked")
if lights:
    await call("light.turn_off", lights)
if doors:
    await call("lock.lock", doors)
"Good night"
"""
TESTS = """
cases:
  - name: two lamps are on
    said: night night
    given: {light.a: on, light.b: on}
    expect:
      calls: [{call: light.turn_off, on: [light.a, light.b]}, {call: lock.lock, on: lock.door}]
      says: Good night
  - name: all is well
    said: night night
    given: {lock.door: locked}
    expect: {calls: []}
"""


def skill(program: str = PROGRAM, manifest: str = MANIFEST, tests: str = TESTS) -> Skill:
    """Return a skill of these parts."""
    found = parse_document(manifest, "skill.yaml", Manifest)
    return Skill("night-night", "Sends the house to sleep.", found, program, "", {"tests/a.yaml": tests}, "0" * 64)


@dataclass
class Twin:
    """Fills ``ProvingHouse``; ``rights`` False lets everything pass, as a broken gate would."""

    rights: bool = True
    lies: bool = False
    undoes: bool | None = True
    why: Mapping[str, str] = field(default_factory=dict[str, str])
    house: House = HOME
    runs: list[Asked] = field(default_factory=list[Asked])
    says: str = ""

    async def home(self, name: str = "") -> House:
        del name
        return self.house

    async def checked(self, skill: Skill, arguments: Sequence[Arguments], house: House) -> str:
        del arguments, house
        return "line 1: wrong" if "mistyped" in skill.program else ""

    async def run(self, skill: Skill, asked: Asked, setting: Setting) -> Seen:
        self.runs.append(asked)
        manifest = skill.manifest
        arguments = self._arguments(manifest, asked, setting.house)
        if arguments is None or unmet(manifest.before, setting.house, arguments, manifest):
            return Seen("missed", setting.house, says="not now")
        world = _World(setting, manifest, arguments, rights=self.rights)
        value, problem = await world.run(skill.program)
        unheld = unmet(manifest.after, world.house, arguments, manifest)
        refused = len(world.attempted) > len(world.calls)
        ends = "refused" if refused else "failed" if problem or ((unheld or world.broken) and not self.lies) else "done"
        seen = Seen(
            ends,
            world.house,
            tuple(world.calls),
            tuple(world.attempted),
            problem or str(value or ""),
            problem,
            not unheld,
            unheld,
            arguments,
        )
        if not asked.undo:
            return seen
        if self.undoes is None:
            return seen
        return replace(seen, undone=setting.house if self.undoes else world.house, not_undone=self.why)

    @staticmethod
    def _arguments(manifest: Manifest, asked: Asked, house: House) -> Arguments | None:
        asker = Asker(asked.place, asked.language)
        if asked.arguments is not None:
            return checked(manifest, asked.arguments, house, asker)
        found = Phrases([("x", manifest)]).match(asked.said, [asked.language])
        bound = bind(manifest, found[0].slots, house, asker) if found else None
        return None if bound is None or isinstance(bound, Missing) else bound


class _World:
    def __init__(self, setting: Setting, manifest: Manifest, arguments: Arguments, *, rights: bool) -> None:
        self.house = setting.house
        self.calls: list[Action] = []
        self.attempted: list[Action] = []
        self.broken: list[str] = []
        self._setting = setting
        self._manifest = manifest
        self._arguments = arguments
        self._rights = rights

    async def run(self, program: str) -> tuple[object, str]:
        tree = ast.parse(program)
        if isinstance(tree.body[-1], ast.Expr):
            last = tree.body[-1]
            tree.body[-1] = ast.copy_location(ast.Assign([ast.Name("value_", ast.Store())], last.value), last)
        code = compile(ast.fix_missing_locations(tree), "program", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        names: dict[str, Any] = {"call": self.call, "find": self.find, "state": self.state, **self._arguments}
        try:
            running = eval(code, names)  # noqa: S307  the tests' own programs
            if running is not None:
                await running
        except Exception as error:  # noqa: BLE001  whatever a program may break off with
            return None, f"failed: {type(error).__name__}: {error}"
        return names.get("value_"), ""

    async def call(self, service: str, entities: str | Sequence[str] = (), **data: object) -> bool:
        named = (entities,) if isinstance(entities, str) else tuple(entities)
        try:
            action = validate(self.house, Action(service, named, data))
        except Refused as error:
            raise ValueError(str(error)) from None
        self.attempted.append(action)
        if self._rights and within(self._manifest, action, self.house, self._arguments):
            raise RuntimeError("not within its rights")
        if any(self._setting.faults[one].fail for one in named if one in self._setting.faults):
            raise RuntimeError("the device reports an error")
        self.calls.append(action)
        faults = self._setting.faults
        broken = [one for one in named if one in faults and replace(faults[one], delay_s=0, travel_s=0) != Fault()]
        broken += [one for one in named if self.house.states[one].value == "unavailable"]
        self.broken += broken
        after = apply(self.house, action, self._setting.now)
        states = {one: self.house.states[one] if one in broken else state for one, state in after.states.items()}
        self.house = House(after.registry, MappingProxyType(states))
        return not broken

    def find(self, *, domain: str | None = None, state: str | None = None, area: str | None = None) -> list[str]:
        known: Mapping[str, Any] = self.house.states
        return [
            one
            for one in known
            if (domain is None or one.startswith(f"{domain}."))
            and (state is None or known[one].value == state)
            and (area is None or self.house.registry.entities[one].area == area)
        ]

    def state(self, entity: str) -> str:
        return self.house.states[entity].value


@dataclass
class Nobody:
    """Fills ``Sentences``: nobody understands anything but what a test says."""

    known: Mapping[str, str] = field(default_factory=dict[str, str])
    like: Mapping[str, str] = field(default_factory=dict[str, str])

    async def taken(self, text: str, language: str, skill: str) -> str:
        del language, skill
        return self.known.get(text, "")

    def resembles(self, text: str, language: str) -> str:
        del language
        return self.like.get(text, "")
