"""What keeps people, light and water out or in: covers, valves, locks and the alarm.

These are reached by their own actions alone.  Home Assistant's voice commands turn "off" on a lock into unlocking it;
here nothing generic leads to any of them.
"""

from collections.abc import Mapping

from claw.base.action import Json
from claw.house.catalogue.goals import becomes, sets, unseen
from claw.house.fields import Feature, Field, MakeGoal, Number, Service, Text, finite
from claw.house.model import State
from claw.house.proof import Check, Goal, NoneOf, is_, near

SUN_COVERS = frozenset({"blind", "curtain", "shade", "shutter", "awning"})
"""Device classes of covers that keep the sun out, and nobody."""

_OPEN = 100
_TOLERANCE = 5  # percent: motors stop a little early or late
_TRAVEL_S = 60.0
_BOLT_S = 15.0
_EXIT_DELAY_S = 120.0  # arming waits until the people are out

_PERCENT = Number(low=0, high=_OPEN, whole=True, unit="%", required=True)
_CODE: Mapping[str, Field] = {"code": Text(longest=32)}


def _to(fixed: int | None = None) -> MakeGoal:
    """Return the goal to be open by ``fixed`` percent, by the field ``position`` when None."""

    def goal(state: State, data: Mapping[str, Json]) -> Goal:
        wished: int = data["position"] if fixed is None else fixed
        now = finite(state.attributes.get("current_position"))
        attributes: dict[str, Json] = {} if now is None else {"current_position": wished}
        seen: dict[str, Check] = {} if now is None else {"current_position": near(wished, _TOLERANCE)}
        ends = ("open",) if wished > 0 else ("closed",)
        if 0 < wished <= _TOLERANCE:
            ends = ("open", "closed")
        if now is None:
            now = 0.0 if state.value == "closed" else float(_OPEN)
        opens = wished > now or wished == _OPEN
        moving = ("opening", "closing") if opens else ("closing", "opening")
        return Goal(ends[0], attributes, is_(*ends), seen, moving)

    return goal


def _stopped(state: State, _data: Mapping[str, Json]) -> Goal:
    still = state.value
    if still in {"opening", "closing"}:
        still = "closed" if state.attributes.get("current_position") == 0 else "open"
    return Goal(still, state=NoneOf(("opening", "closing")))


def _tilted(position: int) -> MakeGoal:
    def goal(state: State, _data: Mapping[str, Json]) -> Goal:
        return Goal(
            attributes={"current_tilt_position": position},
            seen={"current_tilt_position": near(position, _TOLERANCE)},
            reports="current_tilt_position" in state.attributes,
        )

    return goal


def _cover(name: str, feature: str, bits: int, goal: MakeGoal, **fields: Field) -> Service:
    needs = Feature(f"CoverEntityFeature.{feature}", bits)
    return Service(f"cover.{name}", fields, needs, goal, patience_s=_TRAVEL_S)


def _valve(name: str, feature: str, bits: int, goal: MakeGoal, **fields: Field) -> Service:
    needs = Feature(f"ValveEntityFeature.{feature}", bits)
    return Service(f"valve.{name}", fields, needs, goal, patience_s=_TRAVEL_S)


def _arm(name: str, bits: int, *over: str) -> Service:
    """Arming is the safe direction only from a weaker state: from a stronger one, or in an alarm, it disarms in part.

    ``over`` are the states besides disarmed that this one is no weaker than.
    """
    goal = becomes(f"armed_{name}", moving=("arming", "pending"), failed=("triggered",))
    needs = Feature(f"AlarmControlPanelEntityFeature.ARM_{name.upper()}", bits)
    from_ = ("disarmed", "arming", f"armed_{name}", *over)
    return Service(f"alarm_control_panel.alarm_arm_{name}", _CODE, needs, goal, patience_s=_EXIT_DELAY_S, only_in=from_)


SERVICES = (
    _cover("open_cover", "OPEN", 1, _to(_OPEN)),
    _cover("close_cover", "CLOSE", 2, _to(0)),
    _cover("set_cover_position", "SET_POSITION", 4, _to(), position=_PERCENT),
    _cover("stop_cover", "STOP", 8, _stopped),
    _cover("open_cover_tilt", "OPEN_TILT", 16, _tilted(_OPEN)),
    _cover("close_cover_tilt", "CLOSE_TILT", 32, _tilted(0)),
    _cover("stop_cover_tilt", "STOP_TILT", 64, unseen()),
    _cover(
        "set_cover_tilt_position",
        "SET_TILT_POSITION",
        128,
        sets("tilt_position", "current_tilt_position", _TOLERANCE),
        tilt_position=_PERCENT,
    ),
    _valve("open_valve", "OPEN", 1, _to(_OPEN)),
    _valve("close_valve", "CLOSE", 2, _to(0)),
    _valve("set_valve_position", "SET_POSITION", 4, _to(), position=_PERCENT),
    _valve("stop_valve", "STOP", 8, _stopped),
    Service("lock.lock", _CODE, goal=becomes("locked", moving=("locking",), failed=("jammed",)), patience_s=_BOLT_S),
    Service(
        "lock.unlock",
        _CODE,
        goal=becomes("unlocked", "open", moving=("unlocking",), failed=("jammed",)),
        patience_s=_BOLT_S,
    ),
    Service(
        "lock.open",
        _CODE,
        Feature("LockEntityFeature.OPEN", 1),
        becomes("open", "unlocked", moving=("opening", "unlocking"), failed=("jammed",)),
        patience_s=_BOLT_S,
    ),
    Service(
        "alarm_control_panel.alarm_disarm",
        _CODE,
        goal=becomes("disarmed", moving=("disarming", "pending")),
        patience_s=_BOLT_S,
    ),
    _arm("home", 1),
    _arm("away", 2, "armed_home", "armed_night", "armed_custom_bypass", "armed_vacation"),
    _arm("night", 4, "armed_home"),
    _arm("custom_bypass", 16),
    _arm("vacation", 32, "armed_home", "armed_night", "armed_custom_bypass", "armed_away"),
)
