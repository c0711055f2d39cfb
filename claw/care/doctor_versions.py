"""Whether Python and the packages are of the versions that this Claw asks for."""

import platform
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata

from claw.base.reinstall import again
from claw.care.doctor_case import Case
from claw.care.finding import Finding

ABOUT = "versions"
CLAW = "claw"
TRIED = ((3, 11), (3, 13))

_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*\(?([^;()]*)\)?\s*(?:;(.*))?", re.ASCII)
_CLAUSE = re.compile(r"(==|>=|<=|!=|~=|<|>)\s*([0-9][0-9a-zA-Z.]*)", re.ASCII)


def versions(case: Case) -> Iterator[Finding]:
    """Give what is of another version than it should be."""
    del case
    python = sys.version_info[:2]
    if python > TRIED[1]:
        text = f"Python {platform.python_version()} is newer than the newest that Claw was tried with."
        yield Finding(ABOUT, "note", text)
    else:
        yield Finding(ABOUT, "ok", f"Python {platform.python_version()}.")
    try:
        wanted = metadata.requires(CLAW) or []
        own = metadata.version(CLAW)
    except metadata.PackageNotFoundError:
        text = "Claw is not installed as a package: what it asks for is not known."
        yield Finding(ABOUT, "note", text, again())
        return
    odd = list(unmet(wanted))
    yield from odd
    if not odd:
        yield Finding(ABOUT, "ok", f"Claw {own}, and every package that it asks for.")


def unmet(wanted: Sequence[str]) -> Iterator[Finding]:
    """Give the requirements, as a package's metadata write them, that this Python does not meet."""
    for written in wanted:
        found = _REQUIREMENT.match(written)
        if found is None:
            continue
        name, clauses, marker = found[1], found[2], found[3] or ""
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if not marker:  # an extra that was not asked for, or nothing for this machine
                yield Finding(ABOUT, "problem", f"{name} is not installed, and Claw needs it.", again())
            continue
        if not fits(version, clauses):
            text = f"{name} is installed in version {version}, and Claw asks for {clauses.strip()}."
            yield Finding(ABOUT, "problem", text, again())


def fits(version: str, clauses: str) -> bool:
    """Return whether a version is within such as ``>=1.2,<2``; what is written otherwise is passed over."""
    have = _numbers(version)
    for sign, bound in _CLAUSE.findall(clauses):
        asked = _numbers(bound)
        width = max(len(have), len(asked))
        left, right = _padded(have, width), _padded(asked, width)
        holds = {
            "==": left == right,
            "!=": left != right,
            ">=": left >= right,
            "<=": left <= right,
            ">": left > right,
            "<": left < right,
            "~=": left >= right and have[: max(1, len(asked) - 1)] == asked[: max(1, len(asked) - 1)],
        }[sign]
        if not holds:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with: what comes after them makes no difference to any bound of ours."""
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", version, re.ASCII)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _padded(numbers: tuple[int, ...], width: int) -> tuple[int, ...]:
    return numbers + (0,) * (width - len(numbers))
