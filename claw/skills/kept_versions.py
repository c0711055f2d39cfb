"""Every version that was ever in the library, with its files: what a rollback goes back to.

Beside the files lies what reading them found, so that a start need not parse twelve manifests; it counts only for the
same bytes and the same reader.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlite_utils import Database

from claw.base.action import canonical
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.skills.manifest import Manifest
from claw.skills.model import Files, Skill, content_hash
from claw.store.db import writing

READER = 1
"""Counts up whenever the library finds something else in the same bytes than it did."""
_FILE = Path("claw.db")


@dataclass(frozen=True, slots=True)
class Found:
    """What reading the files of a version found."""

    description: str
    manifest: Manifest
    problems: tuple[str, ...]


class KeptVersions:
    """The table ``skill_versions``, but for the proofs in it; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def found(self, name: str, hash: str) -> Found | None:  # noqa: A002  the noun of this room (Skill.hash)
        """Return what this reader found in a version, None where it has not read it or the row is damaged."""
        row = self._db.execute("SELECT found FROM skill_versions WHERE name = ? AND hash = ?", (name, hash)).fetchone()
        try:
            told: Any = json.loads(row[0])
            if told.get("reader") != READER:
                return None
            problems = tuple(str(one) for one in told["problems"])
            return Found(str(told["description"]), Manifest.model_validate(told["manifest"]), problems)
        except (KeyError, TypeError, AttributeError, ValueError, ValidationError):
            return None

    def keep(self, skills: Mapping[str, tuple[Skill, Files]], parent: Mapping[str, str] | None = None) -> None:
        """Keep versions, by the names of their skills, with what was found in them; raises Broken.

        ``parent`` are the numbers of the versions that they were made from.
        """
        now = self._clock.now().isoformat(timespec="milliseconds")
        rows = [
            (name, skill.hash, skill.version, _texts(files), (parent or {}).get(name), now, _told(skill))
            for name, (skill, files) in skills.items()
        ]
        with writing(_FILE), self._db.conn:
            self._db.conn.executemany(
                "INSERT INTO skill_versions (name, hash, version, files, parent, created, found)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, hash) DO UPDATE SET found = excluded.found",
                rows,
            )

    def numbers(self, name: str) -> Mapping[str, str]:
        """Return the versions of a skill as hash -> number, the newest last."""
        rows = self._db.execute(
            "SELECT hash, version FROM skill_versions WHERE name = ? ORDER BY created, rowid", (name,)
        ).fetchall()
        return dict(rows)

    def files(self, name: str, hash: str) -> Files:  # noqa: A002  as above
        """Return the files of a version; raises Refused where it is not known or is no longer what it was."""
        row = self._db.execute("SELECT files FROM skill_versions WHERE name = ? AND hash = ?", (name, hash)).fetchone()
        if row is None:
            raise Refused(f"There is no such version of {name}.")
        try:
            files = {str(path): text.encode() for path, text in json.loads(row[0]).items()}
        except (TypeError, ValueError, AttributeError):
            files = {}
        if content_hash(files) != hash:
            raise Refused(f"That version of {name} was damaged where it was kept.")
        return files

    def meant(self, name: str) -> str:
        """Return the hash that the standing of a skill was given to, empty where it has none."""
        row = self._db.execute("SELECT hash FROM skills WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def drop(self, name: str) -> None:
        """Forget all versions of a skill; raises Broken."""
        with writing(_FILE), self._db.conn:
            self._db.conn.execute("DELETE FROM skill_versions WHERE name = ?", (name,))


def _texts(files: Files) -> str:
    return canonical({path: data.decode() for path, data in files.items()}).decode()


def _told(skill: Skill) -> str:
    manifest = skill.manifest.model_dump(mode="json", exclude_unset=True)
    told = {"description": skill.description, "manifest": manifest, "problems": skill.problems, "reader": READER}
    return json.dumps(told, ensure_ascii=False, allow_nan=False)  # in its own order, which parameters are asked in
