"""What in this home goes past Claw's policy and log, or gives Claw more than it needs: said, with what mends it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from claw.base.action import Json
from claw.care.finding import Finding
from claw.care.init_config import placeless
from claw.care.init_home import Home
from claw.care.init_risks import RiskyThing
from claw.house.assist import AGENT
from claw.house.text import plain, quoted

OWN_USER = (
    "In Home Assistant: Settings, People, Users, Add user (Claw; not an administrator). Sign in as that user, and run"
    " `claw init --token-file FILE` with a token of theirs."
)
_SHOWN = 8
_BUILT_IN = ("conversation.home_assistant", "homeassistant")

Row = Mapping[str, Any]


def bypasses(home: Home, things: Sequence[RiskyThing]) -> list[Finding]:
    """Return what is to be known before Claw is relied on, the worst first."""
    return [*_assistants(home, things), *_token(home), *_unlisted(home), *_satellites(home)]


def _assistants(home: Home, things: Sequence[RiskyThing]) -> Iterator[Finding]:
    pipelines = _rows(home.assist.pipelines.get("pipelines") if isinstance(home.assist.pipelines, Mapping) else None)
    reached = [one.entity_id for one in things if one.exposed and one.group != "heating"]
    local = [_name(one) for one in pipelines if one.get("prefer_local_intents") is True]
    if local:
        text = (
            f'"Prefer handling commands locally" is on in {_listed(local)}: what Home Assistant understands itself is'
            ' done there, "unlock the front door" included, past the policy and the log of Claw'
        )
        mend = "In Home Assistant: Settings, Voice assistants, this assistant, turn it off."
        yield Finding("assist", "warning", text, mend)
    ours = {
        str(row.get("entity_id"))
        for row in _rows(home.assist.entities)
        if row.get("platform") == "wyoming" and row.get("original_name") == AGENT
    }
    others = [_agent(one) for one in pipelines if one.get("conversation_engine") not in ours]
    if others:
        text = (
            f"these assistants of Home Assistant do not ask Claw: {_listed(others)}; what is exposed to them they move"
        )
        mend = "Choose Claw as their conversation agent under Voice assistants, once it runs (docs/voice.md)."
        yield Finding("assist", "warning" if reached else "note", text, mend)
    if reached:
        text = (
            f"exposed to Home Assistant's own assistants, which ask nobody: {_listed(reached)}; "
            "Claw asks about them whether they are exposed or not"
        )
        yield Finding(
            "assist", "warning", text, "In Home Assistant: Settings, Voice assistants, Expose, take them out."
        )


def _token(home: Home) -> Iterator[Finding]:
    user = home.token_of
    if user.admin:
        who = "the owner of this Home Assistant" if user.owner else "an administrator"
        text = (
            f"the token is of {quoted(user.name, 40)}, {who}: whoever gets hold of it can change Home Assistant itself."
            " Claw needs an administrator's only for answers from phones, and for things that are in no registry"
        )
        yield Finding("token", "warning", text, OWN_USER)


def _unlisted(home: Home) -> Iterator[Finding]:
    unknown = sorted(one for one, entity in home.house.registry.entities.items() if entity.exposed is None)
    known = ("light", "fan", "media_player", "cover", "vacuum", "climate", "humidifier", "water_heater", "todo")
    lost = [one for one in unknown if one.partition(".")[0] in known]
    if lost:
        text = (
            f"in no registry of Home Assistant, so that only an administrator's token could tell whether they are"
            f" exposed: {_listed(lost)}; the policy allows nothing with them"
        )
        yield Finding("exposure", "note", text, "Name them in a rule of policy.yaml by their ids, under on: entity.")


def _satellites(home: Home) -> Iterator[Finding]:
    lost = placeless(home)
    if lost:
        text = f"satellites in no room: {_listed(lost)}; Claw would not know where somebody speaks"
        yield Finding(
            "voice", "note", text, "In Home Assistant, give their devices an area; then run `claw init` again."
        )


def _rows(answer: Json) -> list[Row]:
    if not isinstance(answer, (list, tuple)):
        return []
    return [cast("Row", row) for row in cast("Sequence[object]", answer) if isinstance(row, Mapping)]


def _name(row: Row) -> str:
    return quoted(str(row.get("name")), 40)


def _agent(row: Row) -> str:
    engine = str(row.get("conversation_engine"))
    return f"{_name(row)} ({'Home Assistant itself' if engine in _BUILT_IN else plain(engine, 60)})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
