"""The library: which skills there are, and that each is byte for byte what it was when it was written here.

It knows nothing of trust: ``whole`` says whether the bytes of a skill are those that were locked and those that its
standing was given to; what that standing is, is somebody else's to say.  A skill of the home cannot take the name of
one that came with Claw, but for an earlier version of that one to which somebody went back.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import sqlite_utils

from claw.base.clock import Clock
from claw.base.errors import Broken, Invalid, Refused
from claw.house.text import quoted
from claw.skills.folder import read_folder
from claw.skills.kept_versions import KeptVersions
from claw.skills.lock import Locked, read_lock, skill_folders
from claw.skills.model import Draft, Files, Skill, content_hash
from claw.skills.outline import outlined, skill_of
from claw.skills.places import LOCK
from claw.skills.shelf import Shelf

Place = Literal["shipped", "own"]
MOST_SKILLS = 1_000
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A skill and where it lies; ``locked`` is None where the lock does not know it."""

    skill: Skill
    place: Place
    folder: Path
    locked: Locked | None


class Library:
    """All skills, by name; used from the event loop only.

    ``changed`` are called with the name of a skill whose bytes, or whose being there, is no longer what it was.
    """

    def __init__(self, shipped: Path | None, own: Path, db: sqlite_utils.Database, clock: Clock) -> None:
        """Take the two places (``claw/skills/places.py``) and claw.db; ``load`` reads them."""
        self.changed: list[Callable[[str], None]] = []
        self._shipped = shipped
        self._shelf = Shelf(own)
        self._versions = KeptVersions(db, clock)
        self._kept: dict[str, _Kept] = {}
        self._broken: dict[str, str] = {}
        self._locks: Mapping[Place, Mapping[str, Locked]] = {"shipped": {}, "own": {}}
        self._erased: set[str] = set()
        """Names that were erased since somebody last began to write one of them."""
        self._busy = asyncio.Lock()

    def load(self) -> None:
        """Read all folders again and finish what a crash left half done; never raises for a wrong skill."""
        before = {name: kept.skill.hash for name, kept in self._kept.items()}
        try:
            self._shelf.recover()
        except Broken as error:
            _logger.warning("What a crash left of a skill cannot be put in order: %s", error)
        self._kept, self._broken = {}, {}
        self._read_locks()
        fresh: dict[str, tuple[Skill, Files]] = {}
        for name in self._names():
            self._look(name, fresh)
        self._keep(fresh)
        after = {name: kept.skill.hash for name, kept in self._kept.items()}
        self._tell(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))

    def all(self) -> tuple[Skill, ...]:
        """Return every skill that can be read, by name; those with problems are drafts."""
        return tuple(self._kept[name].skill for name in sorted(self._kept))

    def get(self, name: str) -> Skill | None:
        """Return the skill as it was last read; None where there is none that can be read."""
        kept = self._kept.get(name)
        return kept.skill if kept else None

    def broken(self) -> Mapping[str, str]:
        """Return, by name, why a folder cannot be read as a skill at all."""
        return dict(self._broken)

    def place(self, name: str) -> Place:
        """Return where a skill lies; raises Refused where there is none."""
        return self._there(name).place

    def whole(self, name: str) -> Skill:
        """Return the skill for one run, its bytes read and hashed again now.

        Raises Refused with the sentence why where there is none, where they are not what the lock holds, where they
        are not what its standing was given to, or where it has problems.
        """
        skill = self.read(name)
        if skill.problems:
            raise Refused(f"The skill {name} does not run: {skill.problems[0]}")
        if (meant := self._versions.meant(name)) and meant != skill.hash:
            raise Refused(f"The skill {name} is not the version that was trusted, so it does not run.")
        return skill

    def read(self, name: str) -> Skill:
        """Return the skill as its folder is now, problems and all, for a proof; raises Refused."""
        before = self._kept.get(name)
        if before is not None and self._hash(before) == before.skill.hash:
            return before.skill
        if before is not None or name in self._broken:
            self._look(name, {})
            if before is not None:
                self._tell([name])
        return self._there(name).skill

    def versions(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return number and hash of every version that was ever here, the newest first."""
        return tuple((number, digest) for digest, number in reversed([*self._versions.numbers(name).items()]))

    def files(self, name: str, hash: str = "") -> Files:  # noqa: A002  the noun of this room (Skill.hash)
        """Return the files of a version, of the present one by default; raises Refused where it is not known."""
        if hash and hash != getattr(self.get(name), "hash", ""):
            return self._versions.files(name, hash)
        kept = self._there(name)
        try:
            return read_folder(kept.folder, installed=kept.place == "shipped")
        except Invalid as error:
            raise Refused(f"The skill {name} cannot be read: {error}") from error

    async def write(self, draft: Draft) -> Skill:
        """Put a new skill, or a new version of an own one, into the library; raises Refused, or Broken (the disk).

        It is prepared first (``claw/skills/preparing.py``), so its hash is that of the skill that is returned.  The
        folder is swapped whole: after a crash it is the old one or the new one.  What was imported may have problems,
        and is a draft with them; anything else with problems is refused.
        """
        async with self._busy:
            self._erased.discard(draft.name)
            fit, skill = await self._prepared(draft)
            parent = skill.manifest.provenance.parent or next(iter(self.versions(draft.name)), ("", ""))[0]
            self._versions.keep({draft.name: (skill, fit.files)}, {draft.name: parent})
            await self._put(draft.name, fit.files, Locked(skill.version, skill.hash))
            return self._again(draft.name)

    async def restore(self, name: str, hash: str) -> Skill:  # noqa: A002  as above
        """Put an earlier version back, shipped or own; raises Refused where it is not known, Broken."""
        async with self._busy:
            self._erased.discard(name)
            files = self._versions.files(name, hash)
            number = self._versions.numbers(name)[hash]
            shipped = self._locks["shipped"].get(name)
            if shipped is not None and shipped.hash == hash:
                await asyncio.to_thread(self._shelf.drop, name)
            else:
                await self._put(name, files, Locked(number, hash, shipped.hash if shipped else ""))
            return self._again(name)

    def erase(self, name: str) -> None:
        """Take an own skill and all its versions off the disk: for erasing a person's words, and nothing else.

        Raises Broken where the disk does not take it.
        """
        self._erased.add(name)
        self._shelf.drop(name)
        if name not in self._locks["shipped"]:
            self._versions.drop(name)
        self._read_locks()
        self._look(name, {})
        self._tell([name])

    # Reading what is there.

    def _names(self) -> Iterable[str]:
        names: set[str] = {*self._locks["shipped"], *self._locks["own"]}
        for folder in (self._shipped, self._shelf.folder):
            if folder is not None:
                names |= {one.name for one in _folders(folder)}
        if len(names) > MOST_SKILLS:
            _logger.warning("There are %d skills; only the first %d are read", len(names), MOST_SKILLS)
        return sorted(names)[:MOST_SKILLS]

    def _look(self, name: str, fresh: dict[str, tuple[Skill, Files]]) -> None:
        """Read one skill again; what its bytes turn out to be for the first time goes into ``fresh``."""
        self._kept.pop(name, None)
        self._broken.pop(name, None)
        place, folder, locked = self._where(name)
        if locked is None and not folder.exists() and not folder.is_symlink():
            return
        try:
            files = read_folder(folder, installed=place == "shipped")
            skill = self._read(name, files, fresh, place, locked)
        except Invalid as error:
            self._broken[name] = str(error)
            _logger.warning("The skill %s cannot be read: %s", quoted(name), error)
        else:
            self._kept[name] = _Kept(skill, place, folder, locked)

    def _where(self, name: str) -> tuple[Place, Path, Locked | None]:
        shipped, own = self._locks["shipped"].get(name), self._locks["own"].get(name)
        if shipped is not None and self._shipped is not None and (own is None or own.instead != shipped.hash):
            return "shipped", self._shipped / name, shipped
        return "own", self._shelf.folder / name, own

    def _read(
        self, name: str, files: Files, fresh: dict[str, tuple[Skill, Files]], place: Place, locked: Locked | None
    ) -> Skill:
        digest = content_hash(files)
        as_locked = locked is not None and locked.hash == digest
        found = self._versions.found(name, digest)
        if found is not None:
            skill = skill_of(files, name, found.description, found.manifest, found.problems)
        else:
            # What ships was looked at before it was locked.  What is not what was locked is a draft, whatever a closer
            # look would find, and is looked at when somebody imports it.
            skill = _looked_at(files, name) if place == "own" and as_locked else outlined(files, name)[0]
            if as_locked:
                fresh[name] = (skill, files)
        return replace(skill, problems=(*self._not_locked(skill, files, locked), *skill.problems))

    def _not_locked(self, skill: Skill, files: Files, locked: Locked | None) -> tuple[str, ...]:
        if locked is None:
            return (f"Nobody has taken {skill.name} into the library: its folder was just put there.",)
        if locked.hash == skill.hash:
            return ()
        which = f"something in {skill.name}"
        try:
            before = self._versions.files(skill.name, locked.hash)
            paths = sorted(path for path in before.keys() | files.keys() if before.get(path) != files.get(path))
            which = f"{paths[0]} of {skill.name}" if paths else which
        except Refused:
            pass
        since = f"was changed since version {locked.version} was locked"
        return (f"{which} {since}. Import it with a higher version to keep it.",)

    def _read_locks(self) -> None:
        self._locks = {"shipped": _lock(self._shipped), "own": _lock(self._shelf.folder)}

    def _hash(self, kept: _Kept) -> str:
        try:
            return content_hash(read_folder(kept.folder, installed=kept.place == "shipped"))
        except Invalid:
            return ""

    def _there(self, name: str) -> _Kept:
        if (kept := self._kept.get(name)) is not None:
            return kept
        if name in self._broken:
            raise Refused(f"The skill {name} cannot be read: {self._broken[name]}")
        raise Refused(f"There is no skill called {quoted(name)}.")

    # Writing.

    async def _prepared(self, draft: Draft) -> tuple[Draft, Skill]:
        from claw.skills.preparing import prepared  # noqa: PLC0415  a home that learns nothing never needs it

        if draft.name in self._locks["shipped"]:
            raise Refused(f"There is already a skill {draft.name} that came with Claw; take another name.")
        try:
            return await asyncio.to_thread(prepared, draft, self._versions.numbers(draft.name))
        except Invalid as error:
            raise Refused(f"It is no skill: {error}") from error

    async def _put(self, name: str, files: Files, locked: Locked) -> None:
        await asyncio.to_thread(self._shelf.put, name, files, locked)
        if name in self._erased:
            self.erase(name)
            raise Refused(f"What {name} was made of was forgotten meanwhile.")

    def _again(self, name: str) -> Skill:
        self._read_locks()
        self._look(name, {})
        self._tell([name])
        return self._there(name).skill

    def _keep(self, fresh: Mapping[str, tuple[Skill, Files]]) -> None:
        if not fresh:
            return
        try:
            self._versions.keep(fresh)
        except Broken:
            _logger.exception("What was read of skills cannot be kept; it is read again at the next start")

    def _tell(self, names: Iterable[str]) -> None:
        for name in names:
            for hook in self.changed:
                hook(name)


def _folders(folder: Path) -> tuple[Path, ...]:
    try:
        return skill_folders(folder)
    except Invalid as error:
        _logger.warning("Skills cannot be read: %s", error)
        return ()


def _looked_at(files: Files, name: str) -> Skill:
    from claw.skills.reading import read_skill  # noqa: PLC0415  megabytes that a start does not need, see outline.py

    return read_skill(files, name)


def _lock(folder: Path | None) -> Mapping[str, Locked]:
    if folder is None:
        return {}
    try:
        return read_lock(folder / LOCK)
    except Invalid as error:
        _logger.warning("No skill there is more than a draft: %s", error)
        return {}
