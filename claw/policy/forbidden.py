"""What no rule can lift, and what no rule can reach by accident.

A policy file is written by a person in a hurry.  These lists hold whatever it says: *forbidden* actions run code on the
host, rewrite the house or its evidence, or bypass the actions that the policy judges.  *Indirect* actions set off
something else (a script may unlock the door), so an allow must name the very entity.
"""

import re
from collections.abc import Mapping

from claw.base.action import Json
from claw.policy.globs import compiled, is_glob

FORBIDDEN = (
    # code and commands on the host
    "shell_command.*",
    "python_script.*",
    "pyscript.*",
    "command_line.*",
    "rest_command.*",
    "downloader.*",
    "hassio.*",
    "homeassistant.restart",
    "homeassistant.stop",
    "homeassistant.reload_*",
    "homeassistant.set_location",
    "*.reload",
    "*.reload_*",
    "update.install",
    # the evidence and the way back
    "recorder.*",
    "backup.*",
    "system_log.*",
    "homeassistant.save_persistent_states",
    "homeassistant.delete_*",
    "homeassistant.remove_*",
    "config.*",
    "auth.*",
    # below or beside the actions that are judged
    "mqtt.*",
    "zwave_js.*",
    "zha.*",
    "event.fire",
    "scene.apply",
    "scene.create",
    "alarm_control_panel.alarm_trigger",
    "lock.*usercode*",
    "lock.*user_code*",
)
INDIRECT = ("script", "scene", "automation", "button", "input_button", "homeassistant", "conversation", "group")
"""Action domains whose effect is whatever the target sets off."""

OWN_ACTIONS_ONLY = ("lock", "cover", "valve", "alarm_control_panel", "siren")
"""Entity domains that a generic on or off must never move: it would unlock, open or disarm."""

CLEAR = "clear_notification"
OWN_TAG = re.compile(r"claw-[0-9a-f]{8}")
"""The name under which a question of Claw's lies on a phone."""

_COMMAND = re.compile(
    r"\W*(?:command_|clear_notification|remove_channel|request_location_update|delete_alert|clear_badge|update_widgets"
    r"|update_complications)",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile("|".join(compiled(glob).pattern for glob in FORBIDDEN))
_DOMAINS = frozenset(glob.partition(".")[0] for glob in FORBIDDEN)


def forbidden(action: str, entity_id: str = "") -> str | None:
    """Return why ``action`` on this entity is forbidden whatever the policy says, None when it is not."""
    if _FORBIDDEN.fullmatch(action):
        return f"{action} is forbidden and no rule can allow it"
    if action != action.lower():
        return f"{action} is no action: they are written in lower case"
    domain, target = action.partition(".")[0], entity_id.partition(".")[0]
    if domain in {"homeassistant", "group"} and target in OWN_ACTIONS_ONLY:
        return f"{entity_id} can be moved only by an action of {target}"
    return None


def commands_a_phone(data: Mapping[str, Json]) -> bool:
    """Return whether a message is none: Home Assistant's app on a phone takes these words as commands and obeys.

    Taking back a notification that Claw itself put there, and nothing besides, is none.
    """
    message = data.get("message")
    return isinstance(message, str) and _COMMAND.match(message) is not None and not _clears_own(data)


def _clears_own(data: Mapping[str, Json]) -> bool:
    beside = data.get("data")
    tag = beside.get("tag") if isinstance(beside, Mapping) and len(beside) == 1 else None
    return set(data) == {"message", "data"} and data["message"] == CLEAR and bool(OWN_TAG.fullmatch(str(tag)))


def indirect(action: str) -> bool:
    """Return whether ``action`` sets off something other than its own effect."""
    return action.partition(".")[0] in INDIRECT


def may_be_indirect(glob: str) -> bool:
    """Return whether an action glob can match an indirect action."""
    domain = glob.partition(".")[0]
    return is_glob(domain) or domain in INDIRECT


def speaks_of_forbidden(glob: str) -> bool:
    """Return whether an action glob lies in a domain with forbidden actions, so that a denial may name it."""
    return glob.partition(".")[0] in _DOMAINS
