"""The examination: which subjects there are, in which order, and what they found, the worst first.

Each subject is a function of its own that returns what it found.  One that fails is a finding itself and keeps no other
from being looked at: an examination is for when things are broken.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from claw.base.errors import ClawError, Refused
from claw.care.doctor_backup import backup
from claw.care.doctor_case import Case
from claw.care.doctor_channels import channels
from claw.care.doctor_clock import clock
from claw.care.doctor_config import config
from claw.care.doctor_daemon import daemon
from claw.care.doctor_disk import disk
from claw.care.doctor_files import files
from claw.care.doctor_house import house
from claw.care.doctor_installed import installed
from claw.care.doctor_log import log
from claw.care.doctor_model import model
from claw.care.doctor_open import open_doors
from claw.care.doctor_policy import policy
from claw.care.doctor_rights import rights
from claw.care.doctor_routines import routines
from claw.care.doctor_sandbox import sandbox
from claw.care.doctor_token import token
from claw.care.doctor_unit import unit
from claw.care.doctor_versions import versions
from claw.care.doctor_voice import voice
from claw.care.finding import Finding, Level
from claw.house.text import plain

Subject = Callable[[Case], Iterable[Finding]]

LEVELS: Final[tuple[Level, ...]] = ("problem", "warning", "note", "ok")
MOST_OF_ONE = 40
"""So many findings of one subject are told."""


@dataclass(frozen=True)
class Place:
    """Where a subject is looked at: in the daily view, in the view for security, or in both."""

    look: Subject
    daily: bool = True
    security: bool = False


SUBJECTS: Final[Mapping[str, Place]] = {
    "daemon": Place(daemon),
    "config": Place(config),
    "policy": Place(policy, security=True),
    "house": Place(house),
    "token": Place(token, security=True),
    "model": Place(model),
    "clock": Place(clock),
    "disk": Place(disk),
    "log": Place(log, security=True),
    "backup": Place(backup, security=True),
    "sandbox": Place(sandbox, security=True),
    "files": Place(files, security=True),
    "installed": Place(installed, security=True),
    "versions": Place(versions),
    "voice": Place(voice),
    "channels": Place(channels, security=True),
    "routines": Place(routines),
    "unit": Place(unit),
    "open": Place(open_doors, daily=False, security=True),
    "rights": Place(rights, daily=False, security=True),
}
"""What there is to look at, by the name that ``--only`` knows it by."""


def chosen(only: Collection[str], *, security: bool) -> list[str]:
    """Return the names of what is to be looked at; raises Refused for a name that is none."""
    unknown = sorted(set(only) - set(SUBJECTS))
    if unknown:
        raise Refused(f"there is no {plain(unknown[0], 40)} to look at; there is {', '.join(SUBJECTS)}")
    if only:
        return [name for name in SUBJECTS if name in only]
    return [name for name, place in SUBJECTS.items() if (place.security if security else place.daily)]


def examine(case: Case, only: Collection[str] = ()) -> list[Finding]:
    """Return what was found, problems first; raises Refused for a subject that there is not.

    Nothing is changed and nothing acts in the house.
    """
    found: list[Finding] = []
    for name in chosen(only, security=case.wanted.security):
        case.progress(name)
        found += _looked(name, SUBJECTS[name].look, case)
    return sorted(found, key=lambda one: LEVELS.index(one.level))


def _looked(name: str, look: Subject, case: Case) -> list[Finding]:
    found: list[Finding] = []
    try:
        found += look(case)
    except ClawError as error:
        found.append(Finding(name, "problem", f"It could not be looked at: {error}"))
    except Exception as error:  # noqa: BLE001  the boundary of each subject: what is broken must not end the examination
        found.append(Finding(name, "problem", f"It could not be looked at ({type(error).__name__}: {error})"))
    more = len(found) - MOST_OF_ONE
    if more > 0:
        found.sort(key=lambda one: LEVELS.index(one.level))
        found[MOST_OF_ONE:] = [Finding(name, found[MOST_OF_ONE].level, f"and {more} more like these")]
    return [replace(one, text=plain(one.text, 600), mend=plain(one.mend, 1000)) for one in found]
