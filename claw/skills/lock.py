"""The lock of a place of skills: name, version and content hash of each, as it was written by whoever may."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Locked:
    """What the lock holds about one skill.  ``instead`` is the hash of the shipped one whose place it takes."""

    version: str
    hash: str
    instead: str = ""


def read_lock(path: Path) -> Mapping[str, Locked]:
    """Return the lock at ``path``, empty where there is none; raises Invalid where it is damaged."""
    raise NotImplementedError


def write_lock(path: Path, locked: Mapping[str, Locked]) -> None:
    """Write the lock durably and at once; raises Broken."""
    raise NotImplementedError


def fresh(folder: Path) -> Mapping[str, Locked]:
    """Return the lock that the folders in ``folder`` ask for; raises Invalid where one cannot be read."""
    raise NotImplementedError
