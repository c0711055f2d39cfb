"""What is kept about things beside the files: routines, names and likings, own skills, and registry ids of before.

Read only, from the database and from the folder of skills.  A routine and a memory mean a thing by its registry id, so
they lose it also where a newcomer has the same entity id.  What they are called and say is their people's and is not
told: a routine and a memory go by their number, but for a name that all of the household may hear.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, cast

from pydantic import ValidationError

from claw.base.errors import Invalid
from claw.house.file import ENTITY_ID
from claw.house.model import Registry
from claw.memory.model import GUESTS, HOUSEHOLD
from claw.memory.subjects import entity_of
from claw.routines.spec import Spec
from claw.routines.things import KEPT, named
from claw.skills import places
from claw.skills.folder import read_folder
from claw.skills.lock import skill_folders

Kind = Literal["routine", "alias", "preference"]
MOST: Final = 10_000
_SUBJECT: Final = "entity:"
_ROUTINES: Final = "SELECT id, spec, kept FROM routines WHERE state NOT IN ('over', 'removed') LIMIT ?"
_MEMORIES: Final = (
    "SELECT id, kind, subject, value, visibility FROM memories WHERE status = 'active' AND kind IN ('alias', "
    "'preference') AND subject LIKE 'entity:%' LIMIT ?"
)
_RENAMES: Final = "SELECT registry_id, entity_id, seen, written FROM renames ORDER BY rowid LIMIT ?"


@dataclass(frozen=True)
class Use:
    """One row that means a thing by ``entity_id``, which is ``gone`` or there; ``name`` is what an alias calls it."""

    kind: Kind
    id: str
    entity_id: str
    gone: bool
    name: str = ""


@dataclass(frozen=True)
class Kept:
    """What the database says.

    ``renamed`` are present ids by those that the policy uses.  ``order`` are registry ids as they became known,
    each with the id that the thing was last seen with.  ``unknown`` counts memories about things
    of which nobody knows an id any more.
    """

    uses: tuple[Use, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    order: tuple[tuple[str, str], ...] = ()
    unknown: int = 0

    def before(self, entity_id: str) -> frozenset[str]:
        """Return the registry ids that were known before the thing of this id was, or with it."""
        ids = [registry_id for registry_id, _ in self.order]
        at = [number for number, (_, known) in enumerate(self.order) if known == entity_id]
        return frozenset(ids[: at[0]]) if at else frozenset()


def kept(db: sqlite3.Connection | None, registry: Registry, policy: str) -> Kept:
    """Return what a database keeps about things, none of it where there is none; ``policy`` is the policy's text."""
    if db is None:
        return Kept()
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    rows = db.execute(_RENAMES, (MOST,)).fetchall() if "renames" in tables else []
    known = {str(key): str(seen or meant) for key, meant, seen, _ in rows}
    digest = hashlib.sha256(policy.encode()).hexdigest()
    renamed = {
        str(meant): there.entity_id
        for key, meant, _, written in rows
        if written == digest and (there := registry.by_registry_id.get(key)) and meant not in {"", there.entity_id}
    }
    uses: list[Use] = []
    unknown = 0
    for use, registry_id in _routines(db, registry) if "routines" in tables else ():
        known.setdefault(registry_id, use.entity_id)
        uses.append(use)
    for use in _memories(db, registry) if "memories" in tables else ():
        entity_id = use.entity_id if ENTITY_ID.fullmatch(use.entity_id) else known.get(use.entity_id, "")
        uses += [replace(use, entity_id=entity_id)] if entity_id else []
        unknown += not entity_id
    order = tuple((str(key), str(seen or meant)) for key, meant, seen, _ in rows)
    return Kept(tuple(uses), renamed, order, unknown)


def _routines(db: sqlite3.Connection, registry: Registry) -> Iterator[tuple[Use, str]]:
    """Give every use of every routine that can be read, with the registry id by which it means the thing."""
    for ident, written, beside in db.execute(_ROUTINES, (MOST,)).fetchall():
        try:
            spec = Spec.model_validate(json.loads(written))
            things = json.loads(beside).get(KEPT)
        except (ValueError, ValidationError, AttributeError):
            continue  # `claw doctor` says of a routine that it cannot be read; nothing is known of its things
        things = cast("Mapping[str, Any]", things if isinstance(things, Mapping) else {})
        for entity_id in filter(ENTITY_ID.fullmatch, named(spec)):
            registry_id = str(things.get(entity_id, ""))
            there = registry.by_registry_id.get(registry_id) if registry_id else registry.entities.get(entity_id)
            yield Use("routine", str(ident), there.entity_id if there else entity_id, there is None), registry_id


def _memories(db: sqlite3.Connection, registry: Registry) -> Iterator[Use]:
    """Give every name and liking of a thing; of one that is gone with its registry id, where it has one."""
    for ident, kind, subject, value, visibility in db.execute(_MEMORIES, (MOST,)).fetchall():
        there = entity_of(subject, registry)
        name = ""
        if kind == "alias" and visibility in {HOUSEHOLD, GUESTS}:
            try:
                name = str(json.loads(value)["name"])
            except (ValueError, KeyError, TypeError):
                name = ""
        thing = there.entity_id if there else str(subject).removeprefix(_SUBJECT)
        yield Use(kind, str(ident), thing, there is None, name)


def skills(state: Path) -> Mapping[str, Mapping[str, str]]:
    """Return the texts of the household's own skills, by the skill and the path of each; a wrong folder is left out."""
    found: dict[str, Mapping[str, str]] = {}
    for folder in skill_folders(places.own(state)) if places.own(state).is_dir() else ():
        try:
            found[folder.name] = {path: data.decode() for path, data in read_folder(folder).items()}
        except (Invalid, OSError, UnicodeDecodeError):
            continue  # `claw skills list` says what is wrong with it
    return found


def rewritten(text: str, new: Mapping[str, str]) -> str:
    """Return a skill's text with whole ids written in place of others; parts of longer words stay."""
    if not new:
        return text
    longest = sorted(new, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, longest))})(?![\w])")
    return pattern.sub(lambda found: new[found[1]], text)


def mentioned(texts: Iterable[str], ids: Iterable[str]) -> frozenset[str]:
    """Return those of ``ids`` that stand as whole ids in one of ``texts``."""
    whole = set(re.findall(r"(?<![\w.])[a-z][a-z0-9_]*\.[a-z0-9_]+(?![\w])", "\n".join(texts)))
    return frozenset(ids) & whole
