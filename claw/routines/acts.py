"""The acts on routines in the catalogue's terms; every start needs them, so nothing else of this room comes along."""

from collections.abc import Mapping

from claw.house.fields import Service, Text

SCHEDULE, CHANGE, PAUSE, RESUME, SKIP, REMOVE, ADOPT, RUN = ACTIONS = (
    "claw.schedule",
    "claw.routine_change",
    "claw.routine_pause",
    "claw.routine_resume",
    "claw.routine_skip",
    "claw.routine_remove",
    "claw.routine_adopt",
    "claw.routine_run",
)

LONGEST_SPEC = 16_000
"""Characters of a routine as it is written."""

_ID = Text(required=True, shortest=1, longest=80)
_SPEC = Text(required=True, shortest=2, longest=LONGEST_SPEC)

SERVICES: Mapping[str, Service] = {
    SCHEDULE: Service(name=SCHEDULE, targets=False, fields={"spec": _SPEC}),
    CHANGE: Service(name=CHANGE, targets=False, fields={"routine": _ID, "spec": _SPEC}),
    SKIP: Service(
        name=SKIP, targets=False, fields={"routine": _ID, "days": Text(required=True, shortest=10, longest=400)}
    ),
    **{
        name: Service(name=name, targets=False, fields={"routine": _ID}) for name in (PAUSE, RESUME, REMOVE, ADOPT, RUN)
    },
}
"""The actions in the catalogue's terms: ``routine`` is its id, ``spec`` its JSON, ``days`` local days (``2026-11-27``),
with commas between."""
