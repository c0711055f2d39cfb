"""The files that Claw's first configuration is made of: looked at, put together with what is new, written whole or not.

Beside the files lies ``.init``: what was proposed last, and the answers, so that the next run can tell what a person
changed.  A file that was never proposed is somebody's own and is never touched.
"""

import json
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from claw.base.action import Json
from claw.base.config import Config
from claw.base.documents import parse_document, read_text
from claw.base.errors import Broken, Invalid
from claw.care.finding import Finding, Level
from claw.care.init_home import Home
from claw.care.init_merge import difference, merge
from claw.daemon.declared import people_of, services_of
from claw.house.services import CATALOGUE
from claw.policy.cases import Test
from claw.policy.load import parse_policy
from claw.policy.review import check as review
from claw.policy.testing import read_tests

KEPT = ".init"
ANSWERS = "answers.json"
PROPOSED = ".proposed"

_LEVELS: Mapping[str, Level] = {"error": "problem", "warning": "warning", "note": "note"}


@dataclass(frozen=True, slots=True)
class Planned:
    """One file: its text now (None where there is none), what was proposed now, and what is to stand there.

    ``left_out`` are proposed parts that a person's own changes kept out; ``why`` says what keeps the file as it is,
    and the proposal is then put beside it.
    """

    path: Path
    now: str | None
    proposal: str
    after: str
    left_out: tuple[str, ...] = ()
    why: str = ""

    @property
    def changes(self) -> bool:
        """Whether the file is to be written."""
        return self.now != self.after

    @property
    def diff(self) -> str:
        """What changes, as a unified diff."""
        return difference(self.now or "", self.after, self.path.name)

    def unchanged(self, why: str) -> "Planned":
        """Return the same with the file left as it is."""
        return replace(self, after=self.now or "", why=why)


def planned(path: Path, proposal: str) -> Planned:
    """Return what becomes of the file at ``path``; raises Invalid where one is there and cannot be read."""
    now = read_text(path) if path.exists() or path.is_symlink() else None
    if now is None or now == proposal:
        return Planned(path, now, proposal, proposal)
    before = _kept(path)
    if before is None:
        return Planned(path, now, proposal, now, why="it is not of `claw init`")
    merged = merge(before, now, proposal)
    return Planned(path, now, proposal, merged.text, merged.left_out)


def _kept(path: Path) -> str | None:
    try:
        return read_text(path.parent / KEPT / path.name)
    except Invalid:
        return None


def answers_of(folder: Path) -> Mapping[str, Json]:
    """Return what was answered last time; nothing where nothing readable is there."""
    try:
        found: object = json.loads(read_text(folder / KEPT / ANSWERS))
    except (Invalid, ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Json]", found) if isinstance(found, Mapping) else {}


def checked(config: Planned, policy: Planned, home: Home) -> tuple[Planned, Planned, list[Finding]]:
    """Return both files as they may be written, and what `claw policy check` finds about them.

    What does not fit this house, or fails its own tests, is not written: the file then stays as it is.  Raises Invalid
    where what is there already does not hold either.
    """
    tried = [(config, policy)]
    if policy.now is not None:
        tried.append((config, policy.unchanged("with what you changed the proposal does not hold")))
    if config.now is not None and policy.now is not None:
        both = config.unchanged("with what you changed the proposal does not hold")
        tried.append((both, policy.unchanged("with what you changed the proposal does not hold")))
    for last, (one, other) in enumerate(tried, 1 - len(tried)):
        try:
            return one, other, _looked_at(one, other, home)
        except Invalid:
            if last == 0:
                raise
    raise AssertionError("nothing was tried")


def _looked_at(config: Planned, policy: Planned, home: Home) -> list[Finding]:
    settings = parse_document(config.after, str(config.path), Config)
    people = people_of(settings, None)
    actions = frozenset({*CATALOGUE, *services_of(settings)})
    held = parse_policy(policy.after, str(policy.path), people, home.house.registry, actions)
    tests: Sequence[Test] = read_tests(policy.after, str(policy.path)).value.tests
    return [
        Finding("policy", _LEVELS[one.level], f"{one.rule}: {one.text}" if one.rule else one.text)
        for one in review(held, home.house.registry, actions, tests)
    ]


def write(
    files: Iterable[Planned],
    secrets: Mapping[Path, str],
    folder: Path,
    answers: Mapping[str, object],
    reader: int | None = None,
) -> None:
    """Write all of it, readable by nobody else, or nothing; raises Broken where the disk does not take it.

    ``reader`` is the group of a service that is to read the files themselves, and none of the secrets.

    Proposals that are not taken go beside their files.  Each is written whole under another name first, and put in
    its place when all of them are there; no Ctrl-C comes between the first and the last.
    """
    texts: dict[Path, str] = dict(secrets)
    groups: dict[Path, int] = {}
    for one in files:
        if one.changes:
            texts[one.path] = one.after
            if reader is not None:
                groups[one.path] = reader
        if one.why:
            texts[one.path.with_name(one.path.name + PROPOSED)] = one.proposal
        else:
            texts[folder / KEPT / one.path.name] = one.proposal
    texts[folder / KEPT / ANSWERS] = json.dumps(answers, indent=2) + "\n"
    new: dict[Path, Path] = {}
    try:
        if reader is not None and not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            os.chown(folder, -1, reader)
            folder.chmod(0o2750)
        for made in (folder, folder / KEPT, *(path.parent for path in secrets)):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, text in texts.items():
            real = path.resolve() if path.is_symlink() else path
            new[real] = real.with_name(f".{real.name}.{os.getpid()}")
            _written(new[real], text, groups.get(path))
        _put(new)
    except OSError as error:
        raise Broken(f"{error.filename or folder} cannot be written: {error.strerror or error}") from error
    finally:
        for left in new.values():
            left.unlink(missing_ok=True)


def _put(new: Mapping[Path, Path]) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        for path, written in new.items():
            written.replace(path)
        for folder in {path.parent for path in new}:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _written(path: Path, text: str, group: int | None) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        if group is not None:
            os.fchown(handle, -1, group)
        os.fchmod(handle, 0o600 if group is None else 0o640)
        file.write(text)
        file.flush()
        os.fsync(handle)
