"""How an act on a routine reads in a question: laid open, so that nobody says yes to what they were not shown."""

from dataclasses import replace

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.model import House
from claw.routines.making import parsed
from claw.routines.spec import Spec
from claw.routines.wording_do import deeds
from claw.routines.wording_when import phrases

_SHOWN = frozenset({"name", "when", "do"})


def open_to_view(action: Action, house: House) -> Action:
    """Return ``action`` with what it schedules in words instead of JSON; as it is where that is no routine."""
    written = action.data.get("spec")
    if not isinstance(written, str):
        return action
    try:
        spec = parsed(written)
    except Refused:
        return action
    data = {key: value for key, value in action.data.items() if key != "spec"}
    return replace(action, data={**data, **_laid_open(spec, house)})


def _laid_open(spec: Spec, house: House) -> dict[str, Json]:
    """Return all of a routine: its name, when, each thing it does, and everything else that somebody gave it."""
    found: dict[str, Json] = {"name": spec.name, "when": phrases(spec, house.registry)}
    done = deeds(spec.do, house, to="who asked")
    found |= {f"does {number}" if len(done) > 1 else "does": said for number, said in enumerate(done, 1)}
    rest = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=set(_SHOWN))
    return found | {key.replace("_", " "): str(value) for key, value in rest.items()}
