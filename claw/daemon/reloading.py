"""A changed policy file comes into force without a restart, whole or not at all.

The file is somebody's to write and the daemon's only to read, so it may be caught half written.  It counts once it has
stood still between two looks, is whole, fits this house and passes its own tests; then the judge's policy is replaced
in one step and the questions that would now be denied are void.  Until then, and for ever where that never happens, the
last good one stays in force, and status, page and log say what is wrong with the file and on which line.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import sqlite_utils

from claw.audit.log import AuditLog
from claw.base.action import SYSTEM, Json, Origin
from claw.base.clock import Timer, within
from claw.base.documents import Document, parse_marked, read_text
from claw.base.errors import ClawError, Invalid
from claw.daemon.in_force import described, last, unlike
from claw.gate.judge import Judge
from claw.house.identity import Identities
from claw.house.mirror import Mirror
from claw.house.model import Registry
from claw.policy.decide import Policy
from claw.policy.household import Household
from claw.policy.rules import PolicyFile

logger = logging.getLogger(__name__)

LOOK_S = 2.0
"""How often the file is looked at; it must be the same at two looks to be read."""
SETTLE_S = 0.5
"""How long it must have stood still when somebody asks for a look."""

Read = Callable[[str, Registry | None], Policy]
"""Text of the file and the house, None where it is not known yet → the policy; raises Invalid."""


class Signature(NamedTuple):
    """What changes when a file does, even where its length and its time of change are set back."""

    inode: int
    size: int
    modified_ns: int
    changed_ns: int


def signature(path: Path) -> Signature | None:
    """Return the signature of the file at ``path``, None where there is none that can be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Signature(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def check_whole(text: str, name: str, before: str) -> Document[PolicyFile]:
    """Return the file in ``text``; raises Invalid where it is wrong, or looks cut beside ``before``, now in force.

    A file that was cut may be a good one that says less, and what it lacks may be a denial.  So every part that the
    file in force has must be there.  Tests at the end make it certain: a file that has any of them has all its rules.
    """
    document = parse_marked(text, name, PolicyFile)
    parts = document.value.model_fields_set
    for part in parse_marked(before, name, PolicyFile).value.model_fields_set - parts:
        problem = f"found no {part!r}, which the file in force has: half written? `{part}: []` would say that it is not"
        raise document.invalid(problem)
    end = _last_part(text)
    stump = before.startswith(text.rstrip()) and before.rstrip() != text.rstrip()
    if end not in {"tests", ""} and (stump or not text.endswith("\n")):
        raise document.invalid("looks half written: `tests:` at its end would show that nothing is missing")
    return document


def _last_part(text: str) -> str:
    """Return the last key at the left margin; empty in a file within braces, which is whole or no file at all."""
    if text.lstrip().startswith("{"):
        return ""
    heads = [line.partition(":")[0].strip("\"' ") for line in text.splitlines()]
    return next((head for head in reversed(heads) if head in PolicyFile.model_fields), "")


def _text_of(path: Path) -> str:
    """Return what is in the file; raises Invalid, also for a pipe, which would hold up every later look."""
    if path.exists() and not path.is_file():
        raise Invalid(str(path), None, "is no file")
    return read_text(path)


@dataclass(frozen=True)
class Source:
    """Where the policy comes from: the file, what makes a policy of its text, and the actions it may name."""

    path: Path
    read: Read
    actions: Collection[str]


@dataclass(frozen=True)
class Changed:
    """A file that may come into force: its text and shape, what it means by ids, and who had it read."""

    text: str
    file: PolicyFile
    identities: Identities
    origin: Origin


class Reloading:
    """Watches the policy file of one daemon; used from the event loop only.

    ``changed`` is called after a new policy came into force: what was settled under the old one is looked at again.
    ``said`` is what the log keeps of the file in force, ``notice`` what people should know of how it came to be so.
    ``household`` is who changes the people that it speaks of, None where nobody does.
    """

    def __init__(
        self,
        source: Source,
        text: str,
        judge: Judge,
        mirror: Mirror,
        audit: AuditLog,
        db: sqlite_utils.Database,
        timer: Timer,
    ) -> None:
        """Take the ``text`` that is in force now and the judge who decides by it."""
        self.path = source.path
        self.actions = tuple(sorted(source.actions))
        self.text = text
        file = parse_marked(text, str(source.path), PolicyFile).value
        self.tests = file.tests
        self.said = described(text, file)
        self.notice = ""
        self.changed: list[Callable[[], None]] = []
        self.household: Household | None = None
        self._policy = source.read
        self._judge = judge
        self._mirror = mirror
        self._audit = audit
        self._db = db
        self._timer = timer
        self._read_as: Signature | None = None
        self._seen: Signature | None = None
        self._refused = ""
        self._woken = asyncio.Event()
        self._one = asyncio.Lock()

    @property
    def policy(self) -> str:
        """The hash of the policy in force."""
        return self._judge.policy.hash

    def look_back(self) -> dict[str, Json]:
        """Return what is to be logged where the file is not the one that was last in force; empty where it is.

        To be asked before the log knows of this start.
        """
        before = last(self._audit)
        self.notice = unlike(before.payload if before else None, self.said)
        if before is None or not self.notice:
            return {}
        logger.warning("Look at the policy: %s", self.notice)
        return {"before": before.versions.get("policy"), "after": self.policy, **self.said, "why": self.notice}

    def wake(self) -> None:
        """Look at the file soon, whatever its times say."""
        self._read_as = None
        self._woken.set()

    def registered(self, registry: Registry, _renamed: Mapping[str, str]) -> None:
        """Hold what counts, or the file that was refused, against the house as it is now."""
        if self._refused:
            self.wake()
        else:
            self._judge.hold_against(registry, lambda known: self._policy(self.text, known))

    def anew(self) -> Callable[[], None]:
        """Return what puts the rules in force for the people as they are now; raises Invalid where they do not fit."""
        policy = self._policy(self.text, None)

        def into_force() -> None:
            self._judge.policy = policy
            if self._mirror.told is not None:
                self.registered(self._mirror.registry, {})
            for tell in self.changed:
                tell()

        return into_force

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            woken = await within(self._timer, LOOK_S, self._woken.wait())
            self._woken.clear()
            await self.look()
            if woken:
                await self._timer.sleep(SETTLE_S)
                await self.look()

    async def now(self, origin: Origin) -> None:
        """Read the file as it is, for ``origin`` who knows that it is whole; returns once it counts or is refused."""
        async with self._one:
            await self._take(signature(self.path), origin)

    async def look(self) -> None:
        """Read the file if it changed and has stood still since the look before."""
        async with self._one:
            found = signature(self.path)
            stands, self._seen = found == self._seen, found
            if stands and (found is None or found != self._read_as):
                await self._take(found)

    async def _take(self, found: Signature | None, origin: Origin = SYSTEM) -> None:
        path, house = self.path, self._mirror.told
        if house is None:
            return  # nothing can be moved before the house is known; the next look finds the file again
        text = ""
        try:
            text = await asyncio.to_thread(_text_of, path)
            if signature(path) != found:
                return
            if text == self.text:
                self._read_as = found
                self._restored()
                return
            document = await asyncio.to_thread(check_whole, text, str(path), self.text)
            identities = Identities(self._db, text)
            policy = await asyncio.to_thread(self._policy, text, identities.marked(house))
            await self._into_force(policy, Changed(text, document.value, identities, origin))
            if self._mirror.told is not house:
                self.registered(self._mirror.registry, {})
        except Invalid as error:
            await self._refuse(text, str(error), origin)
        except ClawError as error:
            logger.warning("The changed policy cannot come into force now: %s", error)
            self._judge.problem = f"the changed policy file is not in force: {error}"
            return
        self._read_as = found

    async def _into_force(self, policy: Policy, new: Changed) -> None:
        before, file = self._judge.policy.hash, new.file
        said = described(new.text, file)
        row = {"before": before, "after": policy.hash, **said}
        await self._audit.append("policy", row, origin=new.origin, versions={"policy": policy.hash})
        self.text, self.tests, self._refused = new.text, file.tests, ""
        self.said, self.notice = said, ""
        self._judge.policy = policy
        self._judge.problem = ""
        self._mirror.follow_by(new.identities.follow)
        logger.warning("A changed policy is in force: %d rules, %s", len(file.rules), policy.hash[:16])
        for tell in self.changed:
            tell()

    async def _refuse(self, text: str, problem: str, origin: Origin) -> None:
        digest = hashlib.sha256(f"{problem}\0{text}".encode()).hexdigest()
        self._judge.problem = f"the changed file is not in force: {problem}"
        if digest == self._refused:
            return
        self._refused = digest
        logger.warning("The changed policy is refused, the last good one counts: %s", problem)
        self._audit.note(
            "policy_refused",
            {"why": problem, "file": hashlib.sha256(text.encode()).hexdigest()},
            origin=origin,
            versions={"policy": self._judge.policy.hash},
        )

    def _restored(self) -> None:
        """The file says again what counts: nothing about it is wrong any more."""
        if self._refused:
            self._refused = ""
            self.registered(self._mirror.registry, {})
