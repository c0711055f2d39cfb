"""Requests as a program answered them, in the house of the demo, and a way to run what was learned of them."""

import ast
import asyncio
import inspect
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from claw.base.action import Action, Json, Origin
from claw.base.errors import Refused
from claw.daemon.demo import FOLDER
from claw.gate.prior import kept
from claw.house.file import load_house
from claw.house.model import House
from claw.house.semantics import apply
from claw.house.services import validate
from claw.program.arguments import FindArguments
from claw.program.looks import _Filter
from claw.skills.model import Draft, Skill, Trace
from claw.skills.reading import read_skill, sealed

HOUSE = load_house(FOLDER / "house.yaml")
NOW = datetime(2026, 5, 1, 18, 30, tzinfo=UTC)


def lights(area: str, house: House = HOUSE) -> tuple[str, ...]:
    """Return the lamps of a room."""
    found = (one for one in house.registry.entities.values() if (one.domain, one.area) == ("light", area))
    return tuple(sorted(one.entity_id for one in found))


def on(*entities: str, **data: Json) -> Action:
    """Return the act that turns lamps on."""
    return Action("light.turn_on", entities, data)


def off(*entities: str) -> Action:
    """Return the act that turns lamps off."""
    return Action("light.turn_off", entities)


def written(calls: Iterable[Action]) -> str:
    """Return a program as a model writes it that does ``calls`` and decides nothing."""
    lines = [
        f"await call({one.name!r}, {list(one.entities)!r}, "
        + ", ".join(f"{k}={v!r}" for k, v in one.data.items())
        + ")"
        for one in calls
    ]
    return "\n".join([*lines, "'All done.'"])


def trace(
    said: str,
    calls: Iterable[Action],
    *,
    place: str | None = "hall",
    source: str | None = None,
    language: str = "en",
    number: int = 1,
    person: str = "anna",
    house: House = HOUSE,
) -> Trace:
    """Return a request that a program answered by ``calls`` in ``house``."""
    acts = tuple(calls)
    text = written(acts) if source is None else source
    ids = {one for call in acts for one in call.entities}
    ids |= {
        one.value for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Constant) and one.value in house.states
    }
    before = {
        one: {"state": house.states[one].value, **kept(one, house.states[one])}
        for one in sorted(ids & house.states.keys())
    }
    origin = Origin("web", person, place, authenticated=True, conversation="c")
    return Trace(number, NOW, said, language, origin, text, acts, before, place, number * 10, "scripted", 100)


def skill_of(draft: Draft) -> Skill:
    """Return the draft as the library reads it; it has no problems."""
    skill = read_skill(sealed(draft.files), draft.name)
    assert skill.problems == ()
    return skill


def did(program: str, arguments: Mapping[str, Json], house: House = HOUSE) -> list[Action]:
    """Return the calls of ``program`` in ``house``, one for each thing; the sandbox's own part is not in this."""
    calls: list[Action] = []
    now = [house]

    async def call(service: str, entities: Any = (), **data: Json) -> bool:
        ids = (entities,) if isinstance(entities, str) else tuple(entities)
        calls.extend(Action(service, (one,), data) for one in ids)
        with suppress(Refused):
            now[0] = apply(now[0], validate(now[0], Action(service, ids, data)), NOW)
        if not ids:
            calls.append(Action(service, (), data))
        return True

    async def notify(text: str, to: str = "me") -> bool:
        calls.append(Action("claw.notify", (), {"text": text, "to": to}))
        return True

    def find(words: str = "", **filters: str) -> list[str]:
        assert words == ""
        fits = _Filter(now[0], FindArguments(**filters))
        return [one for one in sorted(house.registry.entities) if fits.entity(one)]

    def state(entity: str, attribute: str | None = None) -> Any:
        found = now[0].states.get(entity)
        if found is None:
            raise LookupError(entity)
        return found.value if attribute is None else found.attributes.get(attribute)

    code = compile(program, "program.py", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    names = {"call": call, "notify": notify, "find": find, "state": state, "asyncio": asyncio, **arguments}
    result = eval(code, names)  # noqa: S307  a program that the test itself made
    if inspect.iscoroutine(result):
        try:
            while True:
                result.send(None)
        except StopIteration:
            pass
    return calls


def apart(calls: Iterable[Action]) -> set[tuple[str, tuple[str, ...], str]]:
    """Return what was called for each thing by itself, to be compared."""
    return {
        (call.name, (one,) if one else (), repr(sorted(call.data.items())))
        for call in calls
        for one in (call.entities or ("",))
    }
