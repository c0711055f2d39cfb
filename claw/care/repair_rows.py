"""What is kept in the daemon's database about a thing that was replaced: each row before and after, and its act.

Nothing is written here.  A row changes by an act of the person at the console, which the daemon judges and logs like
any other: a routine by ``claw.routine_change``, a name or liking by ``claw.remember``.  What a row says is its people's
and is not shown: only the places in it that name the thing.
"""

import difflib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from claw.base.action import Action, Json
from claw.base.errors import Broken, Refused
from claw.care.repair_kept import Kind, Use
from claw.house.model import Entity, Registry
from claw.house.text import quoted
from claw.memory.aliases import LONGEST
from claw.memory.effector import correcting
from claw.memory.rows import MEMORY, memory_of
from claw.memory.subjects import of_entity
from claw.routines.acts import CHANGE
from claw.routines.making import written
from claw.routines.model import OF_SKILL
from claw.routines.spec import Spec
from claw.routines.things import moved

_ROUTINE = "SELECT spec FROM routines WHERE id = ?"
_MEMORY = f"SELECT {MEMORY} FROM memories WHERE id = ?"  # noqa: S608  our own names
_PLAIN = re.compile(r"[^\W_]+(?:[ -][^\W_]+){0,5}")
"""A name that may stand in a command and a sentence and is nothing but a name there."""
_GONE, _THERE = "the one that is gone", "the one that came"


@dataclass(frozen=True)
class Row:
    """One row: the lines that change, and the act that changes them.

    ``act`` is None where no act can, and a person has to make the thing anew; ``again`` is the sentence that does.
    """

    kind: Kind
    id: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    act: Action | None
    again: str = ""

    @property
    def name(self) -> str:
        """What it is called here."""
        return f"{'routine' if self.kind == 'routine' else 'memory'} {self.id}"

    @property
    def diff(self) -> str:
        """The same as the diff of a file."""
        return "".join(
            f"{line}\n" for line in difflib.unified_diff(self.before, self.after, self.name, self.name, lineterm="")
        )


def rows(
    db: sqlite3.Connection | None, uses: Sequence[Use], new: Mapping[str, str], registry: Registry
) -> tuple[Row, ...]:
    """Return the rows of ``uses`` that change, memories first; ``new`` are newcomers by what they replace."""
    if db is None:
        return ()
    routines = sorted({use.id for use in uses if use.kind == "routine" and not use.id.startswith(OF_SKILL)})
    found = [
        _routine(db, one, {use.entity_id: new[use.entity_id] for use in uses if (use.kind, use.id) == ("routine", one)})
        for one in routines
    ]
    things = [(use, registry.entities[new[use.entity_id]]) for use in uses if use.kind != "routine"]
    # Memories first: what a name may be is held against all other names, and nothing was done then where it may not.
    return (*(_memory(db, use, thing) for use, thing in things), *(one for one in found if one is not None))


def _routine(db: sqlite3.Connection, ident: str, new: Mapping[str, str]) -> Row | None:
    stored = db.execute(_ROUTINE, (ident,)).fetchone()
    try:
        spec = Spec.model_validate(json.loads(stored[0]))
    except (ValueError, ValidationError, TypeError):
        return None  # `claw doctor` says that it cannot be read
    changed = moved(spec, new)
    before, after = (
        list(_lines(one.model_dump(mode="json", by_alias=True, exclude_defaults=True))) for one in (spec, changed)
    )
    # The newcomer has the id of the thing before it: a change keeps what a routine meant by it.
    same = [old for old, one in new.items() if old == one]
    # It names the newcomer too, and two things would become one: what it means by them then, a person says.
    merged = moved(changed, {one: old for old, one in new.items()}) != spec
    was = (*(one for one in before if one not in after), *(f"{one}: {_GONE}" for one in same))
    now = (*(one for one in after if one not in before), *(f"{one}: {_THERE}" for one in same))
    return Row("routine", ident, was, now, None if same or merged else Action(CHANGE, (), _data(ident, changed)))


def _data(ident: str, spec: Spec) -> dict[str, Json]:
    return {"routine": ident, "spec": written(spec)}


def _lines(value: Json, place: str = "") -> Iterator[str]:
    """Give every text of a routine with the place at which it stands."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _lines(one, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, one in enumerate(value, 1):
            yield from _lines(one, f"{place}.{number}")
    else:
        yield f"{place}: {value}"


def _memory(db: sqlite3.Connection, use: Use, thing: Entity) -> Row:
    same = use.entity_id == thing.entity_id
    was = f"about: {use.entity_id}" + (f", {_GONE}" if same else "")
    now = f"about: {thing.entity_id}" + (f", {_THERE}" if same else "")
    act: Action | None = None
    if use.kind == "alias" and not use.gone:  # what still is there would have to give the name up first
        plain = all(map(_PLAIN.fullmatch, (use.name, thing.name)))
        return Row(use.kind, use.id, (was,), (now,), None, f"call {thing.name} {use.name}" if plain else "")
    try:
        fact = memory_of(db.execute(_MEMORY, (use.id,)).fetchone()).fact
        sentence = fact.sentence.replace(use.entity_id, thing.entity_id)
        name = fact.value.get("name") if isinstance(fact.value, Mapping) else None
        if use.kind == "alias" and isinstance(name, str):
            sentence = f"{quoted(thing.name, LONGEST)} ({thing.entity_id}) is also called {quoted(name, LONGEST)}"
        act = correcting(int(use.id), replace(fact, subject=of_entity(thing), sentence=sentence))
    except (Broken, Refused, TypeError, ValueError):
        act = None  # it cannot be read as a memory; whoever it is of says it anew
    return Row(use.kind, use.id, (was,), (now,), act)
