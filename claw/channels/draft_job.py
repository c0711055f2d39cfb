"""One question about a draft of a policy, as it goes to the process that answers it and comes back: JSON, nothing else.

Both sides live here, so that neither can know a shape that the other does not.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, cast

from pydantic import TypeAdapter

from claw.audit.entries import Entry
from claw.base.action import Json, Origin, to_json
from claw.base.errors import Invalid, Refused
from claw.house.model import House, Registry, State
from claw.policy.people import People, Person
from claw.policy.supposing import Case, Ground

Do = Literal["check", "explain", "replay"]


def ground_json(ground: Ground) -> dict[str, Json]:
    """Return what a policy is held against as JSON; takes a tenth of a second for a large house."""
    return {
        "people": [to_json(person) for person in ground.people],
        "actions": sorted(ground.actions),
        "registry": to_json(ground.house.registry),
        "states": {entity: state.value for entity, state in ground.house.states.items()},
        "now": ground.now.isoformat(),
    }


def row_json(entry: Entry) -> dict[str, Json]:
    """Return one entry of the log as JSON, as far as a replay reads it."""
    return {
        "seq": entry.seq,
        "time": entry.time.isoformat(),
        "kind": entry.kind,
        "origin": to_json(entry.origin),
        "parent": entry.parent,
        "payload": to_json(entry.payload),
    }


def packed(
    do: Do, text: str, ground: Ground, *, before: str = "", case: Case | None = None, rows: Sequence[Json] = ()
) -> bytes:
    """Return a question: what to do with ``text``, and what it is held against.

    To explain, ``before`` is the text in force where that is what is asked about, else empty.
    """
    asked = {"do": do, "text": text, "before": before, "case": to_json(case), "rows": list(rows)}
    return json.dumps({**asked, "ground": ground_json(ground)}).encode()


def answered(job: bytes) -> dict[str, Json]:
    """Return the answer to a packed question; raises Refused for one that has none."""
    from claw.policy.drafted import checked, explained, replayed  # noqa: PLC0415  only the process that answers pays

    asked: Mapping[str, Any] = json.loads(job)
    ground, text = _ground(asked["ground"]), str(asked["text"])
    try:
        if asked["do"] == "check":
            return checked(text, str(asked["before"]), ground)
        if asked["do"] == "explain":
            return explained(
                text, TypeAdapter(Case).validate_python(asked["case"]), ground, draft=text != asked["before"]
            )
        return replayed(text, _rows(asked["rows"]), ground)
    except Invalid as error:
        where = "" if error.line is None else f"line {error.line}: "
        raise Refused(f"{where}{error.problem}") from None


def _ground(told: Mapping[str, Any]) -> Ground:
    states = {entity: State(value) for entity, value in told["states"].items()}
    house = House(TypeAdapter(Registry).validate_python(told["registry"]), MappingProxyType(states))
    people = People(TypeAdapter(list[Person]).validate_python(told["people"]))
    return Ground(people, frozenset(told["actions"]), house, datetime.fromisoformat(told["now"]))


def _rows(told: Iterable[Mapping[str, Any]]) -> Iterable[Entry]:
    origins = TypeAdapter(Origin)
    for row in told:
        origin = None if row["origin"] is None else origins.validate_python(row["origin"])
        payload = cast("Mapping[str, Json] | None", row["payload"])
        moment = datetime.fromisoformat(row["time"])
        yield Entry(row["seq"], moment, row["kind"], origin, row["parent"], payload, MappingProxyType({}), b"")
