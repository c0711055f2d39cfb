"""Which things the household shows to Home Assistant's voice assistants ("expose to Assist").

Home Assistant keeps the answer with each entity of its registry, and beside it for those that are in none; the latter
only administrators may list.  What it has not settled is not exposed: it settles it itself as soon as a thing appears.
"""

from collections.abc import Mapping
from typing import Any, cast

from claw.base.action import Json

ASSISTANT = "conversation"

_DOMAINS = frozenset(
    "climate cover fan humidifier light media_player scene switch todo vacuum water_heater".split()  # noqa: SIM905  shorter than ten quoted words
)
_CLASSES: Mapping[str, frozenset[str]] = {
    "binary_sensor": frozenset({"door", "garage_door", "lock", "motion", "opening", "presence", "window"}),
    "sensor": frozenset(
        {
            "aqi",
            "carbon_dioxide",
            "carbon_monoxide",
            "humidity",
            "pm10",
            "pm25",
            "temperature",
            "volatile_organic_compounds",
        }
    ),
}


def usually_exposed(entity_id: str, device_class: str | None, *, daily: bool) -> bool:
    """Return whether Home Assistant exposes such a thing unless somebody says otherwise.

    ``daily``: it is neither hidden nor there to configure or diagnose.
    """
    domain = entity_id.partition(".")[0]
    return daily and (domain in _DOMAINS or device_class in _CLASSES.get(domain, frozenset()))


def exposed_in(row: Mapping[str, Any], listed: Json, entity_id: str) -> bool | None:
    """Return what Home Assistant says: by its registry's ``row``, else by the list of all (None where not to be had).

    None where neither can tell: the thing is in no registry, and the list is for administrators.
    """
    options = row.get("options")
    if isinstance(options, Mapping):
        return _said(cast("Mapping[str, Any]", options).get(ASSISTANT), "should_expose")
    if isinstance(listed, Mapping):
        return _said(cast("Mapping[str, Any]", listed).get(entity_id), ASSISTANT)
    return None


def _said(row: object, key: str) -> bool:
    return isinstance(row, Mapping) and cast("Mapping[str, Any]", row).get(key) is True
