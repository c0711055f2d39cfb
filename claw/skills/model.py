"""The nouns of the library: a skill as its folder holds it, how far it is trusted, what was seen of it.

A skill is its bytes: ``hash`` is over all files of its folder, and trust is given to a hash, never to a name.  All
values here are frozen and say nothing about where they are kept.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from claw.base.action import NO_DATA, Action, Json, Origin
from claw.skills.manifest import Made, Manifest

State = Literal["draft", "tested", "shadow", "trusted", "stale", "retired"]
"""How far a version has come.

``draft``: nobody has looked at these bytes; ``tested``: its proof is green; ``shadow``: runs dry beside the normal way;
``trusted``: runs; ``stale``: trusted and not used for long, still runs; ``retired``: does not run, kept.
"""

RUNS: frozenset[State] = frozenset({"trusted", "stale"})
"""States in which a skill answers by itself."""

MANIFEST, PROGRAM, PROSE, CHANGES, TESTS = "skill.yaml", "program.py", "SKILL.md", "CHANGELOG.md", "tests/"
"""The files of a skill's folder; what begins with ``TESTS`` is a test."""

Files = Mapping[str, bytes]
"""The files of a folder by their path in it, with ``/`` between."""

Arguments = Mapping[str, Json]
"""The values of a skill's parameters in one run, by name."""


def content_hash(files: Files) -> str:
    """Return the SHA-256 over all paths and bytes: the identity of a version."""
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        digest.update(f"{len(path.encode())}:{path}:{len(data)}:".encode() + data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Skill:
    """One version of a skill, read from its folder.

    ``problems`` are sentences for a person: where there is one it is a draft, whatever it was before.  ``tests`` are
    the texts of its test files by path.
    """

    name: str
    description: str
    manifest: Manifest
    program: str
    prose: str
    tests: Mapping[str, str]
    hash: str
    problems: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Its number, as the manifest has it."""
        return self.manifest.version


@dataclass(frozen=True, slots=True)
class Standing:
    """How far Claw trusts a skill, and who may have it run.

    ``hash`` is what the state was given to.  ``people`` are those whose own requests made it; where there is none, it
    is for everybody whom the policy lets.  ``accepted_by`` is the owner who took its manifest, after which it is
    everybody's, too.  ``why`` it is in this state is for a person; ``agreed`` is how often its dry runs did what was
    then really done.
    """

    name: str
    version: str
    hash: str
    state: State
    made: Made
    enabled: bool = True
    people: tuple[str, ...] = ()
    accepted_by: str = ""
    accepted_at: datetime | None = None
    why: str = ""
    agreed: int = 0
    changed: datetime | None = None
    last_run: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One request that a program answered well: what was said, by whom, what was called, in which house.

    ``calls`` are the acts in order as the gate took them, ``before`` the states and attributes, before the first act,
    of all entities that they name: enough to replay it.  ``entry`` is the log's entry of the program, ``source`` its
    text; ``place`` the room of the asker; ``skill`` what was made of it.
    """

    id: int
    at: datetime
    said: str
    language: str
    origin: Origin
    source: str
    calls: tuple[Action, ...]
    before: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: NO_DATA)
    place: str | None = None
    entry: int | None = None
    model: str = ""
    tokens: int = 0
    skill: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A skill that was put together and is not in the library yet.

    ``files`` are all of its folder; ``people`` whose requests or demonstration it came from; ``traces`` the numbers of
    those; ``told`` one sentence of what it does.
    """

    name: str
    files: Files
    made: Made
    people: tuple[str, ...]
    told: str
    traces: tuple[int, ...] = ()


CaseKind = Literal["test", "replay", "trouble", "idempotence", "undo", "rights", "mutant", "phrases", "type"]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a proof tried: what (``replay 1``, ``seed 17: night, slow``), whether it held, why not."""

    kind: CaseKind
    name: str
    held: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a proof found; ``ms`` is how long it took.  A skill without any case is not proved."""

    name: str
    version: str
    hash: str
    cases: tuple[Case, ...]
    ms: float = 0.0

    @property
    def green(self) -> bool:
        """Whether everything that was tried held."""
        return bool(self.cases) and all(case.held for case in self.cases)

    def failed(self) -> tuple[Case, ...]:
        """Return the cases that did not hold."""
        return tuple(case for case in self.cases if not case.held)
