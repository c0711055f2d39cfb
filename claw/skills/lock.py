"""The lock of a place of skills: name, version and content hash of each, as it was written by whoever may.

A folder whose bytes hash to something else than its lock says was changed behind the library's back and is a draft.
The lock is no secret and no signature: who can write the folder can write the lock.  It tells an accident from a
version; what is trusted is in claw.db besides (``skills.hash``).

Run as a program it seals the skills in a folder and writes their lock: ``python -m claw.skills.lock skills``.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from claw.base.documents import read_text
from claw.base.errors import Broken, Invalid
from claw.house.text import plain
from claw.policy.words import Part
from claw.skills.folder import read_folder
from claw.skills.manifest import Sha256, SkillName, Version
from claw.skills.model import Files
from claw.skills.places import LOCK
from claw.store.db import PRIVATE_FILE, sync_directory

SHIPPED_FILE = 0o644
"""The mode of the lock that ships: whoever is to run Claw must be able to read it."""


@dataclass(frozen=True, slots=True)
class Locked:
    """What the lock holds about one skill.  ``instead`` is the hash of the shipped one whose place it takes."""

    version: str
    hash: str
    instead: str = ""


class _Locked(Part):
    version: Version
    hash: Sha256
    instead: Sha256 | None = None


class _Lock(Part):
    skills: Annotated[Mapping[SkillName, _Locked], Field(max_length=2000)] = Field(default_factory=dict)


def read_lock(path: Path) -> Mapping[str, Locked]:
    """Return the lock at ``path``, empty where there is none; raises Invalid where it is damaged."""
    if not path.exists() and not path.is_symlink():
        return {}
    if path.is_symlink():
        raise Invalid(str(path), None, "is a link, expected a file")
    try:
        lock = _Lock.model_validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = ": ".join(filter(None, (".".join(str(part) for part in first["loc"]), first["msg"])))
        raise Invalid(str(path), None, plain(f"is no lock: {what}", 200)) from error
    return {name: Locked(one.version, one.hash, one.instead or "") for name, one in lock.skills.items()}


def write_lock(path: Path, locked: Mapping[str, Locked], mode: int = PRIVATE_FILE) -> None:
    """Write the lock durably and whole; raises Broken."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(lock_text(locked))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise Broken(f"{path} cannot be written: {error.strerror}") from error


def lock_text(locked: Mapping[str, Locked]) -> str:
    """Return the text of a lock: one skill to a line, by name."""
    lines = [f"  {json.dumps(name)}: {json.dumps(_row(one))}" for name, one in sorted(locked.items())]
    return '{"skills": {\n' + ",\n".join(lines) + "\n}}\n"


def _row(one: Locked) -> Mapping[str, str]:
    row = {"version": one.version, "hash": one.hash}
    return {**row, "instead": one.instead} if one.instead else row


def skill_folders(folder: Path) -> tuple[Path, ...]:
    """Return the folders of skills in ``folder``, by name: what is not hidden and not a file; raises Invalid."""
    try:
        return tuple(sorted(one for one in folder.iterdir() if not one.name.startswith(".") and not one.is_file()))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Invalid(str(folder), None, f"cannot be read: {error.strerror}") from error


def fresh(folder: Path) -> Mapping[str, Locked]:
    """Return the lock that the skills in ``folder`` ask for; raises Invalid where one cannot be read."""
    from claw.skills.reading import read_skill  # noqa: PLC0415  who reads a lock at the start need not read skills

    found: dict[str, Locked] = {}
    for one in skill_folders(folder):
        skill = read_skill(read_folder(one, installed=True), one.name)
        found[one.name] = Locked(skill.version, skill.hash)
    return found


def seal(folder: Path) -> tuple[str, ...]:
    """Seal every skill in ``folder`` and write their lock; returns the names; raises Invalid or Broken."""
    from claw.skills.reading import sealed  # noqa: PLC0415  see above

    for one in skill_folders(folder):
        files: Files = read_folder(one, installed=True)
        for path, data in sealed(files).items():
            if files[path] != data:
                (one / path).write_bytes(data)
    locked = fresh(folder)
    write_lock(folder / LOCK, locked, SHIPPED_FILE)
    return tuple(locked)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004  the program's own name, and a folder
        sys.exit("expected one folder of skills")
    try:
        sys.stdout.write(f"{len(seal(Path(sys.argv[1])))} skills sealed and locked\n")
    except Broken as error:
        sys.exit(str(error))
