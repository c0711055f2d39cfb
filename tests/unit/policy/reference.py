"""The policy language read literally: slow, linear, and written apart from the judge it is compared with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from claw.base.action import Action, Decision, Effect, Origin, Terms
from claw.house.model import Entity, House
from claw.policy.people import People
from claw.policy.rules import On, Rule, StateWish, When

FORBIDDEN = ["shell_command.*", "hassio.*", "mqtt.*", "recorder.*", "alarm_control_panel.alarm_trigger"]
INDIRECT = ["script", "scene", "automation", "button", "input_button", "homeassistant", "conversation", "group"]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def any_glob(globs: tuple[str, ...], value: str | None) -> bool:
    return value is not None and any(fnmatchcase(value, glob) for glob in globs)


def ids(entity: Entity | None, *, lenient: bool) -> list[str]:
    """The ids that count: the one the file means, and where that makes a rule stricter the present one too."""
    if entity is None:
        return []
    if entity.former is None:
        return [entity.entity_id]
    return [entity.former] if lenient else [entity.former, entity.entity_id]


def keys_that_fit(on: On, entity: Entity | None, house: House, *, lenient: bool) -> dict[str, bool]:
    fits: dict[str, bool] = {}
    if on.entity:
        fits["entity"] = any(any_glob(on.entity, one) for one in ids(entity, lenient=lenient))
    if on.area:
        fits["area"] = entity is not None and any_glob(on.area, entity.area)
    if on.floor:
        area = house.registry.areas.get(entity.area) if entity and entity.area else None
        fits["floor"] = area is not None and any_glob(on.floor, area.floor)
    if on.label:
        fits["label"] = entity is not None and any(any_glob(on.label, label) for label in entity.labels)
    if on.device_class:
        fits["device_class"] = entity is not None and any_glob(on.device_class, entity.device_class)
    if on.exposed is not None:
        said = entity.exposed if entity else not on.exposed
        fits["exposed"] = not lenient if said is None else said is on.exposed
    return fits


def dangerous(action: str, entity: Entity | None) -> bool:
    """What no exposure allows: opening what lets somebody or something in, or switching a guard off."""
    opens = ["open_cover", "set_cover_position", "toggle"]
    shades = ["blind", "curtain", "shade", "shutter", "awning", "damper"]
    match entity.domain if entity else "":
        case "lock":
            words = ["unlock", "open"]
        case "cover":
            words = [] if entity and entity.device_class in shades else opens
        case "valve":
            words = ["open_valve", "set_valve_position", "toggle"]
        case "siren":
            words = ["turn_on", "toggle"]
        case "alarm_control_panel":
            words = ["alarm_disarm"]
        case _:
            words = []
    return action.partition(".")[2] in words


def asker_fits(rule: Rule, origin: Origin, people: People) -> bool:
    who = rule.who
    if who is None:
        return True
    if who.role and not (origin.authenticated and people.role(origin.person) in who.role):
        return False
    if who.person and not (origin.authenticated and origin.person in who.person):
        return False
    if who.place and not any_glob(who.place, origin.place):
        return False
    if who.authenticated is not None and who.authenticated != origin.authenticated:
        return False
    kind = origin.channel.split(":", maxsplit=1)[0]
    return not who.channel or any_glob(who.channel, origin.channel) or any_glob(who.channel, kind)


def state_fits(wish: StateWish, value: str | None) -> bool | None:
    if value in {None, "unknown", "unavailable"}:
        return None
    if wish.values:
        return value in wish.values
    try:
        number = float(value)
    except ValueError:
        return None
    return (wish.min is None or number >= wish.min) and (wish.max is None or number <= wish.max)


def time_fits(when: When, local: datetime) -> bool:
    day, minute = DAYS[local.weekday()], local.hour * 60 + local.minute
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in when.between or ("00:00", "24:00"))
    night = start > end
    if night and minute < end:
        day = DAYS[(local - timedelta(days=1)).weekday()]
    elif not (start <= minute and (night or minute < end)):
        return False
    return not when.days or day in when.days


def moment_fits(rule: Rule, house: House, origin: Origin, now: datetime) -> bool:
    when = rule.when
    if when is None:
        return True
    if when.tainted is not None and when.tainted != (len(origin.taint) > 0):
        return False
    if not time_fits(when, now.astimezone(ZoneInfo(house.registry.time_zone))):
        return False
    for entity_id, wish in when.states.items():
        called = [
            one.entity_id for one in house.registry.entities.values() if (one.former or one.entity_id) == entity_id
        ]
        meant = [one for one in called if house.registry.entities[one].former != ""]
        unknown = entity_id in house.registry.entities and not meant
        state = None if unknown else house.states.get(meant[0] if meant else entity_id)
        fits = state_fits(wish, state.value if state else None)
        if fits is False or (fits is None and rule.allow):
            return False
    return True


def inside(key: str, low: float | None, high: float | None, action: Action) -> bool:
    """For the bounds that random rules use: brightness_pct and temperature in the house's own unit."""
    data, values = action.data, []
    if key == "brightness_pct":
        if "brightness_pct" in data:
            values.append(data["brightness_pct"])
        if "brightness" in data:
            values.append(data["brightness"] / 255 * 100)
        if not values and action.name == "light.turn_on":
            return False
    else:
        values = [data[name] for name in ("temperature", "target_temp_low", "target_temp_high") if name in data]
        if not values and action.name == "climate.set_temperature":
            return False
    return all((low is None or value >= low - 1e-9) and (high is None or value <= high + 1e-9) for value in values)


def speaks(rule: Rule, house: House, action: Action, entity_id: str, who: tuple[Origin, People], now: datetime) -> bool:
    origin, people = who
    entity = house.registry.entities.get(entity_id)
    meant = ids(entity, lenient=True)
    named = rule.on is not None and any(one in rule.on.entity for one in meant)
    lenient = bool(rule.allow)
    beyond = not rule.beyond or not all(inside(key, one.min, one.max, action) for key, one in rule.beyond.items())
    return (
        any_glob(rule.actions, action.name)
        and (not rule.allow or action.domain not in INDIRECT or named)
        and (not rule.on or all(keys_that_fit(rule.on, entity, house, lenient=lenient).values()))
        and not (rule.allow and rule.on and rule.on.exposed is not None and dangerous(action.name, entity))
        and (not rule.except_ or not any(keys_that_fit(rule.except_, entity, house, lenient=not lenient).values()))
        and asker_fits(rule, origin, people)
        and moment_fits(rule, house, origin, now)
        and all(inside(key, one.min, one.max, action) for key, one in rule.within.items())
        and beyond
    )


def strictest_terms(all_terms: Sequence[Terms]) -> Terms | None:
    kept: list[tuple[str, ...]] = []
    for named in ([terms.roles for terms in all_terms], [terms.channels for terms in all_terms]):
        limited = [set(names) for names in named if names]
        common = set.intersection(*limited) if limited else set[str]()
        if len(limited) < len(named):  # who names no channel takes any but these; no role is called like one of them
            common -= {name for name in common if name.partition(":")[0] in {"voice", "routine", "system"}}
        if limited and not common:
            return None
        kept.append(tuple(sorted(common)))
    return Terms(
        *kept, min(terms.within_s for terms in all_terms), same_chat=all(terms.same_chat for terms in all_terms)
    )


def judge(
    rules: list[Rule], people: People, house: House, action: Action, origin: Origin, now: datetime
) -> tuple[Effect, Terms | None]:
    """Return effect and terms for the whole action."""
    effects: list[Effect] = []
    terms: list[Terms] = []
    for entity_id in action.entities or ("",):
        found = [rule for rule in rules if speaks(rule, house, action, entity_id, (origin, people), now)]
        if any(fnmatchcase(action.name, glob) for glob in FORBIDDEN) or any(rule.deny for rule in found):
            effects.append("deny")
        elif asking := [rule for rule in found if rule.confirm]:
            effects.append("confirm")
            terms += [rule.terms or Terms() for rule in asking]
        else:
            effects.append("allow" if found else "deny")
    if "deny" in effects:
        return "deny", None
    if "confirm" in effects:
        merged = strictest_terms(terms)
        return ("confirm", merged) if merged else ("deny", None)
    return "allow", None


def same(decision: Decision, expected: tuple[Effect, Terms | None]) -> bool:
    """Whether the judge said what the reference says; the order of roles and channels does not count."""
    terms = decision.terms
    if terms is not None:
        terms = Terms(tuple(sorted(terms.roles)), tuple(sorted(terms.channels)), terms.within_s, terms.same_chat)
    return (decision.effect, terms) == expected
