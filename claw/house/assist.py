"""How Home Assistant's own voice assistants are set up, as far as it decides what reaches Claw at all.

A person says "unlock the front door" to a satellite; whether Claw's policy is asked depends on settings over there:
which agent the satellite's assistant uses, and whether Home Assistant's own sentences come first.  Claw cannot change
that and must not; it can read it and say so in plain words.  Every name in here is text that somebody else wrote.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

from claw.base.action import Json
from claw.house.model import State
from claw.house.text import plain, quoted

AGENT = "Claw"
"""What the conversation agent is called that Home Assistant makes of Claw's Wyoming server."""
TELLS_PLACES = (2025, 5)
"""2025.4 is known not to say at which satellite somebody speaks."""

_UNKNOWN = (
    "Home Assistant does not know Claw as a conversation agent: add the integration Wyoming Protocol there, with the"
    " address and port of Claw's Wyoming server."
)
_UNUSED = (
    "None of Home Assistant's assistants uses Claw: what is said to a satellite there does not come here. Choose Claw"
    " as the conversation agent of one, in its settings under Voice assistants."
)
_VERSION = re.compile(r"(20\d\d)\.(\d{1,2})\b", re.ASCII)
_MOST_NAMED = 10
_MOST_ROWS = 200
_PREFERRED = "preferred"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Assist:
    """Home Assistant's answers, as they came; ``pipelines`` is None where it has no voice assistants."""

    pipelines: Json
    entities: Json
    config: Json


@runtime_checkable
class Assists(Protocol):
    """A house that has assistants of its own; a simulated one has none."""

    async def assist(self) -> Assist:
        """Return how they are set up; raises Unavailable."""
        ...


def findings(assist: Assist, states: Mapping[str, State]) -> list[str]:
    """Return, a sentence or two each, what keeps words from Claw or brings them past it; none when all is well."""
    rows = _rows(assist.entities)
    agents = {
        str(row.get("entity_id"))
        for row in rows
        if row.get("platform") == "wyoming" and row.get("original_name") == AGENT and _is(row, "conversation")
    }
    if not agents:
        return [_UNKNOWN]
    pipelines = _rows(assist.pipelines.get("pipelines") if isinstance(assist.pipelines, Mapping) else None)
    return [
        *_past_claw(pipelines[:_MOST_ROWS], agents),
        *_elsewhere(assist, pipelines, rows, states, agents),
        *_places(assist.config),
    ]


def _past_claw(pipelines: Sequence[Row], agents: set[str]) -> Iterator[str]:
    ours = [one for one in pipelines if one.get("conversation_engine") in agents]
    if not ours:
        yield _UNUSED
    local = [_name(one) for one in ours if one.get("prefer_local_intents") is True]
    if local:
        yield (
            f"Home Assistant's own sentences come before Claw in {_listed(local)}: what they understand is done there,"
            ' "unlock the front door" included, past the policy and the log of Claw. Turn off "Prefer handling commands'
            ' locally" in its settings under Voice assistants.'
        )


def _elsewhere(
    assist: Assist, pipelines: Sequence[Row], rows: Sequence[Row], states: Mapping[str, State], agents: set[str]
) -> Iterator[str]:
    """Give the satellites that talk to somebody else, where any assistant talks to Claw."""
    if not any(one.get("conversation_engine") in agents for one in pipelines):
        return
    preferred = assist.pipelines.get("preferred_pipeline")
    by_name = {str(one.get("name")): one for one in pipelines}
    chosen = next((one for one in pipelines if one.get("id") == preferred), None)
    devices = {row.get("device_id"): str(row.get("entity_id")) for row in rows if _is(row, "assist_satellite")}
    away: list[str] = []
    for row in rows:
        satellite = devices.get(row.get("device_id")) if row.get("device_id") is not None else None
        if satellite is None or not _is(row, "select") or row.get("translation_key") != "pipeline":
            continue
        state = states.get(str(row.get("entity_id")))
        option = state.value if state is not None else ""
        used = chosen if option == _PREFERRED else by_name.get(option)
        if used is not None and used.get("conversation_engine") not in agents:
            away.append(f"{plain(satellite)} ({_name(used)})")
    if away:
        yield f"What is said to these satellites goes to an assistant that is not Claw: {_listed(away)}."


def _places(config: Json) -> Iterator[str]:
    version = str(config.get("version")) if isinstance(config, Mapping) else ""
    found = _VERSION.match(version)
    if found is not None and (int(found[1]), int(found[2])) < TELLS_PLACES:
        yield (
            f"Home Assistant {plain(version, 20)} does not say at which satellite somebody speaks: all of them count as"
            " the one place that is written beside its address (voice.wyoming.peers), or as nowhere."
        )


def _rows(answer: Json) -> list[Row]:
    if not isinstance(answer, (list, tuple)):
        return []
    return [cast("Row", row) for row in cast("Sequence[object]", answer) if isinstance(row, Mapping)]


def _is(row: Row, domain: str) -> bool:
    return str(row.get("entity_id")).partition(".")[0] == domain


def _name(pipeline: Row) -> str:
    return quoted(str(pipeline.get("name")), 40)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
