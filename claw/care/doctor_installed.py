"""Whether the installed files are those that were installed: each package's against its RECORD."""

import sys
from collections.abc import Iterator, Mapping
from typing import Final

from claw.base.installed import Compared, Difference, Kind, compare, folders
from claw.base.reinstall import again, is_clone
from claw.care.doctor_case import Case
from claw.care.finding import Finding, Level

ABOUT = "installed"
TOLD = 10
"""So many differences are told by name."""
WORDS: Final[Mapping[Kind, tuple[Level, str]]] = {
    "changed": ("problem", "is not as it was installed"),
    "missing": ("warning", "is missing"),
    "stranger": ("problem", "was brought by no package, and Python would run it"),
    "pth": ("problem", "is run at every start of Python, and is not one of those that are known"),
}
TAKEN_OVER = "urllib3"
"""What urllib3-future writes over at a start of Python, where both are installed."""


def installed(case: Case) -> Iterator[Finding]:
    """Give what differs; every file is read where everything is wanted, Claw's own in any case."""
    told = [0]

    def progress(done: int, of: int) -> None:
        if case.wanted.full and done * 10 // max(of, 1) > told[0]:
            told[0] = done * 10 // of
            case.progress(f"installed: {done} of {of} packages")

    roots = folders()
    found = compare(roots, whole=case.wanted.full, progress=progress)
    yield from differing(found)
    if found.editable:
        text = f"Not held against anything, because they run from somebody's own folder: {', '.join(found.editable)}."
        yield Finding(ABOUT, "note", text)
    if found.unrecorded:
        names = ", ".join(found.unrecorded[:TOLD])
        text = f"Installed by the system's own packages, which say themselves whether they are whole: {names}."
        yield Finding(ABOUT, "note", text, "dpkg --verify")
    if found.ok:
        how = "are" if case.wanted.full else "have the size and, where they are Claw's own, the bytes that they were"
        yield Finding(ABOUT, "ok", f"{found.files} files of {found.packages} packages {how} as installed.")
    if not roots:
        yield Finding(ABOUT, "note", "This Python has no folder of installed packages.")


def differing(found: Compared) -> Iterator[Finding]:
    """Give the differences of a comparison, the first by name."""
    for one in found.differences[:TOLD]:
        level, words = WORDS[one.kind]
        of = f" of {one.package}" if one.package else ""
        yield Finding(ABOUT, level, f"{one.path}{of} {words}.", _mend(one))
    if found.found > TOLD:
        yield Finding(ABOUT, "problem", f"and {found.found - TOLD} more files that differ.", again())


def _mend(one: Difference) -> str:
    name = one.package.rpartition("-")[0]
    if name == TAKEN_OVER:
        taken = f"{sys.executable} -m pip uninstall urllib3" if is_clone() else again()
        return f"urllib3-future wrote over urllib3, which nothing of Claw needs: {taken}"
    if name:
        return again()
    return "Look at what it is; if nobody put it there, take this machine for somebody else's."
