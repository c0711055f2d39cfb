"""Routines and runs as rows of the database, and back: what comes from a file is read with care.

A row that cannot be read is named and left where it is; it neither fires nor keeps the others from firing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from claw.audit.draft import stored_origin
from claw.base.action import Json, Origin, canonical
from claw.routines.model import Firing, Routine, Run
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
            id=values["id"],
            spec=spec or Spec.model_validate_json(values["spec"]),
            made_by=maker,
            created=datetime.fromisoformat(values["created"]),
            state=values["state"],
            why=values["why"],
            runs=values["runs"],
            shadow_left=values["shadow_left"],
            expires=_moment(values["expires"]),
            adopted_by=values["adopted_by"],
            skips=frozenset(date.fromisoformat(day) for day in json.loads(values["skips"])),
            language=values["language"],
            last=_moment(values["last"]),
            entry=values["entry"],
        )
        return Kept(routine, kept, datetime.fromisoformat(values["accounted"]))
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def read_run(row: Row) -> Run:
    """Return a row of ``RUN``; raises ValueError where it is damaged."""
    try:
        values = dict(zip(RUN.split(", "), row, strict=True))
        asked = values["asked_by"]
        firing = Firing(
            routine=values["routine"],
            trigger=values["trigger"],
            due=datetime.fromisoformat(values["due"]),
            key=values["key"],
            cause=values["cause"],
            context=values["context"],
            asked_by=stored_origin(json.loads(asked)) if asked else None,
        )
        return Run(
            id=values["id"],
            routine=values["routine"],
            firing=firing,
            status=values["status"],
            reason=values["reason"],
            began=_moment(values["began"]),
            ended=_moment(values["ended"]),
            times=values["times"],
            until=_moment(values["until"]),
            entries=tuple(json.loads(values["entries"])),
        )
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _moment(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)
