"""Routines and runs as rows of the database, and back: what comes from a file is read with care.

A row that cannot be read is named and left where it is; it neither fires nor keeps the others from firing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar, get_args

from claw.audit.draft import stored_origin
from claw.base.action import Json, Origin, canonical
from claw.routines.model import Firing, Routine, Run, RunStatus, State
from claw.routines.spec import Spec

ROUTINE = (
    "id, name, kind, spec, made_by, person, place, conversation, language, created, state, why, runs, shadow_left, "
    "expires, adopted_by, skips, last, kept, entry, accounted"
)
RUN = (
    "id, routine, key, trigger, due, status, reason, cause, context, asked_by, began, ended, times, until, entries, "
    "would, untold"
)
COLUMNS = len(ROUTINE.split(", "))

STATES: tuple[State, ...] = get_args(State)
STATUSES: tuple[RunStatus, ...] = get_args(RunStatus)
_FIRST_YEAR, _LAST_YEAR = 1900, 9000

T = TypeVar("T")
Row = Sequence[Any]

NOBODY = Origin(channel="unknown")
"""Whoever made a routine whose row does not say so: nobody, who may do nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of routines: as it stands, what others keep for it, and up to when its firings are accounted for."""

    routine: Routine
    kept: Mapping[str, Json]
    accounted: datetime


def text(moment: datetime) -> str:
    """Return a moment as it is stored."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def maybe(moment: datetime | None) -> str | None:
    """Return the same of a moment that may be missing."""
    return None if moment is None else text(moment)


def spec_text(spec: Spec) -> str:
    """Return a spec as it is stored."""
    return spec.model_dump_json(by_alias=True, exclude_defaults=True)


def routine_row(kept: Kept, *, derived: bool = False) -> tuple[object, ...]:
    """Return the columns of ``ROUTINE``; one that is derived leaves its spec out."""
    routine, maker = kept.routine, kept.routine.made_by
    return (
        routine.id,
        routine.spec.name,
        routine.spec.kind,
        "" if derived else spec_text(routine.spec),
        canonical(maker).decode(),
        maker.person,
        maker.place,
        maker.conversation,
        routine.language,
        text(routine.created),
        routine.state,
        routine.why,
        routine.runs,
        routine.shadow_left,
        maybe(routine.expires),
        routine.adopted_by,
        json.dumps(sorted(day.isoformat() for day in routine.skips)),
        maybe(routine.last),
        canonical(kept.kept).decode(),
        routine.entry,
        text(kept.accounted),
    )


def read_routine(row: Row, spec: Spec | None = None) -> Kept:
    """Return a row of ``ROUTINE``, with ``spec`` in it where it keeps none; raises ValueError where it is damaged."""
    try:
        values = dict(zip(ROUTINE.split(", "), row, strict=True))
        maker = stored_origin(json.loads(values["made_by"])) or NOBODY
        kept = dict(json.loads(values["kept"]))
        routine = Routine(
            id=_text(values["id"]),
            spec=spec or Spec.model_validate_json(values["spec"]),
            made_by=maker,
            created=_moment(values["created"]),
            state=_one_of(STATES, values["state"]),
            why=_text(values["why"]),
            runs=_number(values["runs"]),
            shadow_left=_number(values["shadow_left"]),
            expires=_maybe(values["expires"]),
            adopted_by=_text(values["adopted_by"]),
            skips=frozenset(date.fromisoformat(day) for day in json.loads(values["skips"])),
            language=_text(values["language"]),
            last=_maybe(values["last"]),
            entry=values["entry"],
        )
        return Kept(routine, kept, _moment(values["accounted"]))
    except (TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


def read_run(row: Row) -> Run:
    """Return a row of ``RUN``; raises ValueError where it is damaged."""
    try:
        values = dict(zip(RUN.split(", "), row, strict=True))
        asked = values["asked_by"]
        firing = Firing(
            routine=_text(values["routine"]),
            trigger=_number(values["trigger"]),
            due=_moment(values["due"]),
            key=_text(values["key"]),
            cause=_text(values["cause"]),
            context=values["context"],
            asked_by=stored_origin(json.loads(asked)) if asked else None,
        )
        return Run(
            id=values["id"],
            routine=values["routine"],
            firing=firing,
            status=_one_of(STATUSES, values["status"]),
            reason=_text(values["reason"]),
            began=_maybe(values["began"]),
            ended=_maybe(values["ended"]),
            times=_number(values["times"]),
            until=_maybe(values["until"]),
            entries=tuple(_number(one) for one in json.loads(values["entries"])),
        )
    except (TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _moment(stored: str) -> datetime:
    """Return a moment in UTC; one without a zone, or at the end of all time, is damage: nothing compares with it."""
    found = datetime.fromisoformat(stored)
    if found.tzinfo is None:
        raise ValueError(f"found {stored[:40]!r}, expected a moment with its zone")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(f"found the year {found.year}, expected one from {_FIRST_YEAR} to {_LAST_YEAR}")
    return found.astimezone(UTC)


def _maybe(stored: str | None) -> datetime | None:
    return None if stored is None else _moment(stored)


def _text(stored: object) -> str:
    if not isinstance(stored, str):
        raise ValueError(f"found {str(stored)[:40]!r}, expected text")  # noqa: TRY004  one kind of error for damage
    return stored


def _number(stored: object) -> int:
    if not isinstance(stored, int) or isinstance(stored, bool):
        raise ValueError(f"found {str(stored)[:40]!r}, expected a whole number")  # noqa: TRY004  as above
    return stored


def _one_of(known: tuple[T, ...], stored: object) -> T:
    found = next((one for one in known if one == stored), None)
    if found is None:
        raise ValueError(f"found {str(stored)[:40]!r}, expected one of {', '.join(map(str, known))}")
    return found
