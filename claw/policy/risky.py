"""The dangerous direction: which actions let somebody in, let something out or switch a guard off."""

from collections.abc import Mapping

from claw.house.model import Entity

RISKY_COVERS = frozenset({"garage", "gate", "door", "window", None})
"""A cover without a class may be any of them."""

RISKY: Mapping[str, tuple[str, ...]] = {
    "lock": ("lock.unlock", "lock.open"),
    "alarm_control_panel": ("alarm_control_panel.alarm_disarm",),
    "valve": ("valve.open_valve", "valve.set_valve_position", "valve.toggle"),
    "cover": ("cover.open_cover", "cover.set_cover_position", "cover.toggle"),
    "siren": ("siren.turn_on", "siren.toggle"),
}
"""Per entity domain, the actions in the dangerous direction; a toggle counts as one."""


def risky_actions(entity: Entity) -> tuple[str, ...]:
    """Return the actions that are dangerous on this entity, none where it guards nothing."""
    if entity.domain == "cover" and entity.device_class not in RISKY_COVERS:
        return ()
    return RISKY.get(entity.domain, ())
