"""A routine as an automation of Home Assistant, to take along: what does not depend on Claw goes on without it.

Pure: text out of a routine.  Nothing there asks for a yes, holds back from what somebody did by hand or says what was
missed, so the head of the export says so; what has no counterpart at all is named there line by line and left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from claw.base.action import Action, Json
from claw.gate.messages import NOTIFY
from claw.gate.plan import without_secrets
from claw.house.text import plain
from claw.policy.people import People
from claw.routines.export_if import Condition, Notes, conditions, evaluated, inert, span
from claw.routines.export_when import Around, Exported, exported
from claw.routines.model import Routine
from claw.routines.place import Place
from claw.routines.spec import Act, Acts, Prompts, Says, Spec, Step, span_s

HEAD = (
    "In Home Assistant no policy asks or denies, nothing holds back from what somebody did by hand, and what was missed"
    " is neither said nor made up for."
)
LONGEST = 400
_MODE = {"queue": "queued", "skip": "single", "restart": "restart"}


@dataclass(frozen=True, slots=True)
class Automation:
    """The text of an automation, a list of one as its files hold them, and what of the routine is not in it."""

    yaml: str
    left_out: tuple[str, ...]


def automation(routine: Routine, people: People, place: Place) -> Automation:
    """Return ``routine`` as an automation; ``place`` is the wall clock that it is written for."""
    spec, notes = routine.spec, list[str]()
    fired = [one for trigger in spec.when for one in exported(trigger, Around(people, place, routine.created, notes))]
    body: dict[str, Json] = {
        "id": f"claw_{routine.id}",
        "alias": plain(spec.name),
        "description": f"Exported from Claw, where it is the routine {routine.id}.",
        **({} if routine.fires else {"initial_state": False}),
        "triggers": _triggers(fired),
        "conditions": [*_only(fired), *_always(spec, people, place, notes)],
        "actions": [done for step in spec.do for done in _actions(step, notes)],
        "mode": _MODE[spec.overlap],
    }
    _missing(routine, body, notes)
    left = tuple(dict.fromkeys(plain(note, LONGEST) for note in notes))
    head = "".join(f"# {line}\n" for line in (HEAD, *(f"- {note}" for note in left)))
    return Automation(head + yaml.safe_dump([body], sort_keys=False, allow_unicode=True, width=100), left)


def _triggers(fired: Sequence[Exported]) -> list[Json]:
    """Return the triggers, with an id each where a condition has to tell them apart."""
    if not any(one.only for one in fired) or len(fired) == 1:
        return [one.trigger for one in fired]
    return [{**one.trigger, "id": f"t{at}"} for at, one in enumerate(fired)]


def _only(fired: Sequence[Exported]) -> list[Condition]:
    """Return what must hold for each trigger by itself."""
    if len(fired) == 1:
        return list(fired[0].only)
    if not any(one.only for one in fired):
        return []
    ways: list[Condition] = [
        {"condition": "and", "conditions": [{"condition": "trigger", "id": f"t{at}"}, *one.only]}
        for at, one in enumerate(fired)
    ]
    return [{"condition": "or", "conditions": ways}]


def _always(spec: Spec, people: People, place: Place, notes: Notes) -> list[Condition]:
    """Return what must hold whatever sets it off."""
    found = conditions(spec.only_if, people, notes) if spec.only_if else []
    if spec.quiet:
        found.append({"condition": "not", "conditions": [span(*(end[:5] for end in spec.quiet))]})
    if spec.cooldown:
        last = "this.attributes.last_triggered"
        rested = f"{last} is none or (now() - {last}).total_seconds() >= {span_s(spec.cooldown):g}"
        found.append(evaluated(rested))
    if spec.until:
        end = spec.until if spec.until.tzinfo else spec.until.replace(tzinfo=place.zone)
        found.append(evaluated(f"now() < as_datetime('{end.isoformat()}')"))
    return found


def _actions(step: Step, notes: Notes) -> list[Json]:
    match step:
        case Acts(actions=acts):
            return [done for act in acts for done in _act(act, notes)]
        case Says():
            return [_said(step.say, step.to, notes)]
        case Prompts():
            notes.append("what is asked of the model has no counterpart: left out")
        case _:
            notes.append(f"the skill {step.skill} runs in Claw only: left out")
    return []


def _act(act: Act, notes: Notes) -> list[Json]:
    if act.action == NOTIFY:
        return [_said(str(act.data.get("text", "")), str(act.data.get("to", "")), notes)]
    if act.action.startswith(("claw.", "mcp.")):
        notes.append(f"{act.action} is an act of Claw's own: left out")
        return []
    open_ = without_secrets(Action(act.action, act.entities, act.data))
    if open_.data != act.data:
        notes.append(f"{act.action} carries a code, which is not written here: fill it in")
    done: dict[str, Json] = {"action": act.action}
    if act.entities:
        done["target"] = {"entity_id": list(act.entities)}
    return [{**done, "data": inert(dict(open_.data))} if open_.data else done]


def _said(text: str, to: str, notes: Notes) -> Json:
    whom = {"me": "who made it", "everyone": "everyone"}.get(to, plain(to))
    notes.append(f"what Claw tells {whom} is shown on Home Assistant's own page: put one of your notify actions there")
    return {"action": "persistent_notification.create", "data": {"message": inert(text)}}


def _missing(routine: Routine, body: Mapping[str, Json], notes: Notes) -> None:
    """Say what of the whole routine has no counterpart."""
    spec = routine.spec
    if routine.safety:
        notes.append("it guards life in Claw; here it is an automation like any other, and stops when one turns it off")
    if not routine.fires:
        notes.append(f"it is {routine.state} in Claw, so it is off here")
    if spec.max_runs:
        notes.append(f"it is over after {spec.max_runs} runs in Claw: here it goes on")
    if routine.expires:
        notes.append(f"it expires on {routine.expires:%Y-%m-%d} in Claw: here it goes on")
    if routine.skips:
        notes.append(f"it is skipped on {', '.join(sorted(map(str, routine.skips)))} in Claw: here it is not")
    if not body["triggers"]:
        notes.append("nothing sets it off here any more")
    if not body["actions"]:
        notes.append("it does nothing here any more")
