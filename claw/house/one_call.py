"""The one message in which Home Assistant is told to act: exactly what was judged, and nothing that widens it."""

import re
from collections.abc import Mapping

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.aloud import target_and_data
from claw.house.wire import ENTITY_ID

_NAME = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_TARGETS = frozenset({"entity_id", "device_id", "area_id", "floor_id", "label_id"})
_ABOUT: Mapping[str, frozenset[str]] = {"logbook.log": frozenset({"entity_id"})}
"""Data that look like a target and are none: what a note is about, which nothing is done to."""
_RESPONDS = frozenset(
    {
        "assist_satellite.ask_question",
        "calendar.get_events",
        "todo.get_items",
        "weather.get_forecasts",
    }
)


def fields_of(action: Action) -> dict[str, Json]:
    """Return the fields of the one message that does ``action``; raises Refused when it could reach further than named.

    The policy judged exactly these entities, so nothing may pass that Home Assistant would widen: a target among the
    data, ``all``, or a group.
    """
    if not _NAME.fullmatch(action.name):
        raise Refused("that is not the name of an action")
    widening = sorted(_TARGETS.intersection(action.data) - _ABOUT.get(action.name, frozenset()))
    if widening:
        raise Refused(f"the data of an action must not name targets ({', '.join(widening)})")
    for entity_id in action.entities:
        if not ENTITY_ID.fullmatch(entity_id) or entity_id.startswith("group."):
            raise Refused("an action names single entities only")
    domain, _, service = action.name.partition(".")
    target, data = target_and_data(action)
    fields: dict[str, Json] = {"domain": domain, "service": service, "service_data": data}
    if target is not None:
        fields["target"] = target
    if action.name in _RESPONDS:
        fields["return_response"] = True
    return fields
